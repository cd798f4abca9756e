"""How rows get into an SQLite file and out of it, within a transaction."""

from __future__ import annotations

import os
import re
import sqlite3
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import TypeAlias, TypeVar

from wiifm.faults import StoreFault
from wiifm.stores import statements
from wiifm.stores.background import BackgroundThread, Work
from wiifm.stores.database import DatabaseStore, Reader, Writer, asked_for, counted
from wiifm.stores.dialect import Dialect
from wiifm.stores.fitting import distinct, fitting, twice
from wiifm.stores.protocol import Columns, Key, Kind, Only, Row, Table, Those
from wiifm.stores.statements import Picked

T = TypeVar("T")

_Adding: TypeAlias = Callable[[Dialect, Table, int], str]
"""What says that so many rows are added."""

TYPES: dict[Kind, str] = {"integer": "INTEGER", "text": "TEXT", "bytes": "BLOB"}
_STRICT = ["STRICT"] if sqlite3.sqlite_version_info >= (3, 37) else []

DIALECT = Dialect(
    types=TYPES,
    mark="?",
    first="{}",
    whole_index=False,
    hint='INDEXED BY "{}"',
    by_integer=", ".join(_STRICT),
    by_others=", ".join([*_STRICT, "WITHOUT ROWID"]),
)

_MANY = 64
"""How many rows are worth a thread."""

_SIZES = (128, 32, 8, 4, 2, 1)
"""For how many keys at once there are statements: few, so that each is compiled once; and no more than 999 cells."""

_ADDED = (512, 128, 32, 8, 1)
"""For how many rows at once there are statements; SQLite works on each of these without Python."""


class SqliteDatabase(DatabaseStore[sqlite3.Connection]):
    """A store as its rows know it: what refuses them, and what looks at them before they go in."""

    dialect = DIALECT
    fitting = staticmethod(fitting)

    @abstractmethod
    def told(self, error: sqlite3.Error) -> StoreFault:
        """What SQLite says, as a sentence that tells the way out."""


class SqliteReader(Reader[sqlite3.Connection]):
    """Reads, and takes rows one by one from cursors."""

    def __init__(self, store: SqliteDatabase, connection: sqlite3.Connection) -> None:
        super().__init__(store, connection)
        self._told, self._fitting = store.told, store.fitting
        self._cursors: set[sqlite3.Cursor] = set()

    def pick(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`: SQLite picks."""
        rows: list[Row] = []
        count_of, wanted = counted(only)
        picked = Picked(tuple(table.columns if columns is None else columns), count_of)
        for part in _parts(distinct(keys), _SIZES):
            width, count = len(part[0]), len(part)
            if count == 1:
                sql = statements.pick(DIALECT, table, index, width, picked)
            else:
                sql = statements.pick_each(DIALECT, table, index, width, count, picked)
            rows += self._ask(sql, (*chain.from_iterable(part), *wanted))
        return rows

    def scan(
        self,
        table: Table,
        within: Key = (),
        index: str | None = None,
        *,
        since: Key | None = None,
        before: Key | None = None,
        backwards: bool = False,
        most: int | None = None,
    ) -> Iterator[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        bounds = (len(key) if key is not None else None for key in (since, before))
        sql = statements.scan(
            DIALECT, table, index, len(within), *bounds, backwards, most is not None
        )
        limit = (most,) if most is not None else ()
        cells = (*within, *(since or ()), *(before or ()), *limit)
        with self:
            self.settle()
            try:
                cursor = self._connection.execute(sql, cells)
            except sqlite3.Error as error:
                raise self._told(error) from error
        self._cursors.add(cursor)
        return self._taken(cursor)

    def joined(
        self, table: Table, within: Key = (), *, only: Only | None = None, columns: Columns
    ) -> tuple[str, ...]:
        """See :class:`~wiifm.stores.protocol.Reading`: SQLite joins."""
        asked, cells = asked_for(within, None, None, only)
        ((*found,),) = self._ask(statements.joined(DIALECT, table, asked, tuple(columns)), cells)
        return tuple("" if each is None else str(each) for each in found)

    def follow(
        self,
        those: Those,
        table: Table,
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`: SQLite follows."""
        asked, cells = asked_for(those.within, those.since, those.before, those.only)
        count, wanted = counted(only)
        told = tuple(table.columns if columns is None else columns)
        by = (those.column, those.index)
        sql = statements.follow(DIALECT, table, index, count, told, those.table, by, asked)
        return self._ask(sql, (*cells, *wanted))

    def _taken(self, cursor: sqlite3.Cursor) -> Iterator[Row]:
        try:
            yield from chain(cursor)  # which doesn't close it, as the cursor alone would be
        except sqlite3.Error as error:
            with self:
                raise self._told(error) from error
        finally:
            if cursor in self._cursors:
                self._cursors.discard(cursor)
                cursor.close()

    def end(self) -> None:
        """End, and take no more rows: a cursor that is still open would hold on to its state of the tables."""
        super().end()
        if self._process == os.getpid():
            while self._cursors:
                self._cursors.pop().close()


class SqliteWriter(SqliteReader, Writer[sqlite3.Connection]):
    """The same, and changes. Many rows are written by a thread of its own, while whoever wrote them goes on."""

    def __init__(self, store: SqliteDatabase, connection: sqlite3.Connection) -> None:
        super().__init__(store, connection)
        self._behind = BackgroundThread()

    def _have(self, work: Work, count: int) -> None:
        """Have so many rows written: behind those that are being written, or at once."""
        with self:
            alone = not self._cursors  # nobody takes rows one by one meanwhile
            if alone and (self._behind.busy or count >= _MANY):
                self._behind.do(work)
            else:
                self.settle()
                work()

    def settle(self) -> None:
        """Wait until all is written that is to be."""
        self._behind.wait()

    def end(self) -> None:
        """End; what is still to be written isn't."""
        try:
            self._behind.end()
        finally:
            super().end()

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        self._add(statements.insert_each, table, rows)

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        self._add(statements.put_each, table, rows)

    def _add(self, sql: _Adding, table: Table, rows: Iterable[Row]) -> None:
        with self:
            found = self._fitting(self._place, table, rows)
            if found:
                self._have(lambda: self._write(sql, table, found), len(found))

    def _write(self, sql: _Adding, table: Table, rows: list[Row]) -> None:
        for part in _parts(rows, _ADDED):
            try:
                cells = list(chain.from_iterable(part))
                self._connection.execute(sql(DIALECT, table, len(part)), cells)
            except sqlite3.IntegrityError as error:
                if len(part) > 1:  # one of them can't be added: none of them was
                    self._write(sql, table, part[: len(part) // 2])
                    self._write(sql, table, part[len(part) // 2 :])
                else:  # it says "UNIQUE constraint failed: fruit.name"
                    fitting(self._place, table, part)
                    columns = re.findall(r"\.(\w+)", str(error))
                    raise StoreFault(f"{self._place}: {twice(table, columns, part[0])}") from error
            except (OverflowError, UnicodeError):
                fitting(self._place, table, part)
                raise
            except sqlite3.Error as error:
                raise self._told(error) from error

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = distinct(keys)
            if found:
                self._have(lambda: self._delete(table, found), len(found))

    def _delete(self, table: Table, keys: list[Key]) -> None:
        try:
            sql = statements.delete(DIALECT, table, len(keys[0]))
            self._connection.executemany(sql, keys)
        except sqlite3.Error as error:
            raise self._told(error) from error


def _parts(rows: list[T], sizes: Iterable[int]) -> Iterator[list[T]]:
    """Keys or rows, cut into parts of the sizes for which there are statements; there is one for each by itself."""
    if len(rows) == 1:
        yield rows
        return
    start = 0
    for size in sizes:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
