"""Reads and writes the rows of an SQLite store within a transaction."""

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
from wiifm.stores.database import DatabaseStore, Reader, Writer, counted_filter, range_of
from wiifm.stores.dialect import Dialect
from wiifm.stores.fitting import checked_rows, distinct, twice
from wiifm.stores.protocol import Columns, Key, Kind, Only, Row, Table, Those
from wiifm.stores.statements import Projection

T = TypeVar("T")

_Adding: TypeAlias = Callable[[Dialect, Table, int], str]
"""Writes the statement that adds a number of rows to a table."""

TYPES: dict[Kind, str] = {"integer": "INTEGER", "text": "TEXT", "bytes": "BLOB"}
_STRICT = ["STRICT"] if sqlite3.sqlite_version_info >= (3, 37) else []

DIALECT = Dialect(
    types=TYPES,
    placeholder="?",
    first_key_cell="{}",
    index_includes_key=False,
    hint='INDEXED BY "{}"',
    integer_key_suffix=", ".join(_STRICT),
    table_suffix=", ".join([*_STRICT, "WITHOUT ROWID"]),
)

SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite's module raises. The second one comes from a message that quotes a damaged schema."""

_MANY = 256
"""From this many rows on a write runs in the background thread. For fewer, handing over Python's lock takes as long as the writing saves."""

_SIZES = (128, 32, 8, 4, 2, 1)
"""The numbers of keys per query. There are few, so that each statement is compiled once, and none takes more than 999 parameters."""

_ADDED = (512, 128, 32, 8, 1)
"""The numbers of rows per INSERT. SQLite works on each without the GIL."""

_NULL = float("nan")
"""What is bound for None. SQLite stores it as NULL, and Python's module looks for an adapter of None, which takes a quarter of a
microsecond for each, but not of a float."""


class SqliteDatabase(DatabaseStore[sqlite3.Connection]):
    """What readers and writers need of the store: its dialect, the validation of rows, and the translation of errors."""

    dialect = DIALECT
    fitting = staticmethod(checked_rows)

    @abstractmethod
    def fault(self, error: Exception) -> StoreFault:
        """The fault that an error of SQLite is reported as."""


class SqliteReader(Reader[sqlite3.Connection]):
    """Reads rows; a scan takes them one by one from a cursor."""

    def __init__(self, store: SqliteDatabase, connection: sqlite3.Connection) -> None:
        super().__init__(store, connection)
        self._fault, self._fitting = store.fault, store.fitting
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
        """See :class:`~wiifm.stores.protocol.Reading`; SQLite filters."""
        rows: list[Row] = []
        count_of, wanted = counted_filter(only)
        projection = Projection(tuple(table.columns if columns is None else columns), count_of)
        for chunk in _chunks(distinct(keys), _SIZES):
            width, count = len(chunk[0]), len(chunk)
            if count == 1:
                sql = statements.pick(DIALECT, table, index, width, projection)
            else:
                sql = statements.pick_each(DIALECT, table, index, width, count, projection)
            rows += self._query(sql, (*chain.from_iterable(chunk), *wanted))
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
            self.flush()
            try:
                cursor = self._connection.execute(sql, cells)
            except SQLITE_ERRORS as error:
                raise self._fault(error) from error
        self._cursors.add(cursor)
        return self._rows_of(cursor)

    def joined(
        self, table: Table, within: Key = (), *, only: Only | None = None, columns: Columns
    ) -> tuple[str, ...]:
        """See :class:`~wiifm.stores.protocol.Reading`; SQLite joins the cells."""
        bounds, cells = range_of(within, None, None, only)
        ((*joined,),) = self._query(
            statements.joined(DIALECT, table, bounds, tuple(columns)), cells
        )
        return tuple("" if each is None else str(each) for each in joined)

    def follow(
        self,
        those: Those,
        table: Table,
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; SQLite joins."""
        bounds, cells = range_of(those.within, those.since, those.before, those.only)
        count, wanted = counted_filter(only)
        selected = tuple(table.columns if columns is None else columns)
        by = (those.column, those.index)
        sql = statements.follow(DIALECT, table, index, count, selected, those.table, by, bounds)
        return self._query(sql, (*cells, *wanted))

    def _rows_of(self, cursor: sqlite3.Cursor) -> Iterator[Row]:
        try:
            yield from chain(cursor)  # ``yield from cursor`` would close it with this generator
        except SQLITE_ERRORS as error:
            with self:
                raise self._fault(error) from error
        finally:
            if cursor in self._cursors:
                self._cursors.discard(cursor)
                cursor.close()

    def end(self) -> None:
        """End the transaction and close its cursors: an open one would hold on to the snapshot."""
        super().end()
        if self._process == os.getpid():
            while self._cursors:
                self._cursors.pop().close()


class SqliteWriter(SqliteReader, Writer[sqlite3.Connection]):
    """Reads and writes. Larger writes run in a background thread, while the caller continues."""

    def __init__(self, store: SqliteDatabase, connection: sqlite3.Connection) -> None:
        super().__init__(store, connection)
        self._background = BackgroundThread()

    def _run_write(self, work: Work, count: int) -> None:
        """Run a write of ``count`` rows: in the background thread if that is busy or the rows are many, otherwise at once."""
        with self:
            exclusive = not self._cursors  # no scan is under way on this connection
            if exclusive and (self._background.busy or count >= _MANY):
                self._background.submit(work)
            else:
                self.flush()
                work()

    def flush(self) -> None:
        """Wait until the background thread has written everything."""
        self._background.wait()

    def end(self) -> None:
        """End the transaction; writes that haven't begun are dropped."""
        try:
            self._background.end()
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
            checked = self._fitting(self._place, table, rows)
            if checked:
                self._run_write(lambda: self._write(sql, table, checked), len(checked))

    def _write(self, sql: _Adding, table: Table, rows: list[Row]) -> None:
        for chunk in _chunks(rows, _ADDED):
            try:
                cells = [_NULL if cell is None else cell for cell in chain.from_iterable(chunk)]
                self._connection.execute(sql(DIALECT, table, len(chunk)), cells)
            except sqlite3.IntegrityError as error:
                if len(chunk) > 1:  # one row can't be added, so none was: find it
                    self._write(sql, table, chunk[: len(chunk) // 2])
                    self._write(sql, table, chunk[len(chunk) // 2 :])
                else:  # SQLite says "UNIQUE constraint failed: fruit.name"
                    checked_rows(self._place, table, chunk)
                    columns = re.findall(r"\.(\w+)", str(error))
                    raise StoreFault(f"{self._place}: {twice(table, columns, chunk[0])}") from error
            except (OverflowError, UnicodeError):
                checked_rows(self._place, table, chunk)
                raise
            except sqlite3.Error as error:
                raise self._fault(error) from error

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            wanted = distinct(keys)
            if wanted:
                self._run_write(lambda: self._delete(table, wanted), len(wanted))

    def _delete(self, table: Table, keys: list[Key]) -> None:
        try:
            sql = statements.delete(DIALECT, table, len(keys[0]))
            self._connection.executemany(sql, keys)
        except SQLITE_ERRORS as error:
            raise self._fault(error) from error


def _chunks(rows: list[T], sizes: Iterable[int]) -> Iterator[list[T]]:
    """Keys or rows in chunks of the sizes for which there are statements, of which the last is 1."""
    if len(rows) == 1:
        yield rows
        return
    start = 0
    for size in sizes:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
