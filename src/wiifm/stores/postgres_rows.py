"""How rows get into a PostgreSQL database and out of it, within a transaction."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from typing import Any, TypeAlias

import psycopg

from wiifm.faults import StoreFault
from wiifm.stores import statements
from wiifm.stores.database import DatabaseStore, Reader, Writer, asked_for, counted
from wiifm.stores.dialect import Dialect
from wiifm.stores.fitting import distinct, fitting
from wiifm.stores.protocol import Columns, Key, Kind, Only, Row, Table, Those
from wiifm.stores.statements import Asked, Picked

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

DIALECT = Dialect(
    types={"integer": "bigint", "text": 'text COLLATE "C"', "bytes": "bytea"},
    mark="%b",
    first="ANY(ARRAY[{}])",
    whole_index=True,
)

_AT_ONCE = 2_000
"""How many rows a scan fetches, or a statement writes, at once at most."""

_AT_FIRST = 32
"""How many rows a scan fetches first where nobody says how many: whoever looks for one often needs no more than the first."""

_MORE = 4
"""So many times more it fetches next, as long as somebody takes them."""

_IN_LINE = 50_000
"""When so many rows were changed, the server is heard: until then they are held."""


class PostgresDatabase(DatabaseStore[Connection]):
    """A store as its rows know it: what tells what its server refuses."""

    dialect = DIALECT

    @abstractmethod
    def telling(self, connection: Connection) -> AbstractContextManager[None]:
        """Tell what the server says, as a sentence with a way out."""


class PostgresReader(Reader[Connection]):
    """Reads, some thousands of rows at once."""

    def pick(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`: PostgreSQL picks."""
        keys = distinct(keys)
        if not keys:
            return []
        width, (count, wanted) = len(keys[0]), counted(only)
        picked = Picked(tuple(table.columns if columns is None else columns), count)
        if len(keys) == 1:
            sql = statements.pick(DIALECT, table, index, width, picked)
            return self._ask(sql, (*keys[0], *wanted))
        sql = statements.pick_all(DIALECT, table, index, width, picked)
        return self._ask(sql, (*_wanted(table, index, keys), *wanted))

    def follow(
        self,
        those: Those,
        table: Table,
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`: PostgreSQL follows."""
        asked, cells = asked_for(those.within, those.since, those.before, those.only)
        count, wanted = counted(only)
        picked = Picked(tuple(table.columns if columns is None else columns), count)
        by = (those.column, those.index)
        sql = statements.follow_each(DIALECT, table, index, picked, those.table, by, asked)
        return self._ask(sql, (*cells, *wanted))

    def first_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`: in one question."""
        keys = distinct(keys)
        if not keys or not keys[0]:
            return super().first_of(table, keys, index, most=most, columns=columns)
        asked = Asked(len(keys[0]), None, None, None)
        told = tuple(table.columns if columns is None else columns)
        sql = statements.ends_of_each(DIALECT, table, index, asked, told, False)
        return self._ask(sql, (*_wanted(table, index, keys), most))

    def last_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        before: Key | None = None,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`: in one question."""
        keys = distinct(keys)
        if not keys or not keys[0]:
            return super().last_of(table, keys, index, before=before, most=most, columns=columns)
        asked = Asked(len(keys[0]), None, None if before is None else len(before), None)
        told = tuple(table.columns if columns is None else columns)
        sql = statements.ends_of_each(DIALECT, table, index, asked, told, True)
        return self._ask(sql, (*_wanted(table, index, keys), *(before or ()), most))

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
        """See :class:`~wiifm.stores.protocol.Reading`.

        Rows are fetched at once, the more the more were taken, each time from behind the last one: nothing stays open at the server.
        """

        def part(since: Key | None, before: Key | None, size: int) -> list[Row]:
            widths = (len(key) if key is not None else None for key in (since, before))
            sql = statements.scan(DIALECT, table, index, len(within), *widths, backwards, True)
            cells = (*within, *(since or ()), *(before or ()), size)
            return self._ask(sql, cells)

        def taken(rows: list[Row], size: int) -> Iterator[Row]:
            while rows:
                for row in rows:
                    self.must_go_on()
                    yield row
                if len(rows) < size:
                    return
                last = tuple([rows[-1][place] for place in places])
                size = min(size * _MORE, _AT_ONCE)
                rows = part(since, last, size) if backwards else part(last, before, size + 1)[1:]

        places = tuple(map(table.place, table.ordered_by(index)[len(within) :]))
        size = min(_AT_FIRST if most is None else most, _AT_ONCE)
        return islice(taken(part(since, before, size), size), most)


class PostgresWriter(PostgresReader, Writer[Connection]):
    """The same, and changes.

    These go to the server in one line, and nobody waits for each answer: the server works meanwhile, and may be far
    away. What it says to all of them is heard before anything is read or committed.
    """

    def __init__(self, store: PostgresDatabase, connection: Connection) -> None:
        super().__init__(store, connection)
        self._telling = store.telling
        self._line: AbstractContextManager[psycopg.Pipeline] | None = None
        self._in_line = 0

    def settle(self) -> None:
        """Hear what the server says to the line."""
        line, self._line, self._in_line = self._line, None, 0
        if line is not None:
            with self._heard():
                line.__exit__(None, None, None)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Where the server refuses something it leaves out the rest of the line, and psycopg doesn't know any more which
        statements it has prepared: the connection is closed.
        """
        try:
            with self._telling(self._connection):
                yield
        except StoreFault:
            self._connection.close()
            raise

    def end(self) -> None:
        """End; a line that is still open is broken off."""
        try:
            if self._process == os.getpid():
                with suppress(StoreFault):
                    self.settle()
        finally:
            super().end()

    def _line_up(self, sql: str, cells: Sequence[object], count: int) -> None:
        """Put a statement in the line, which changes so many rows; the line holds no more of them than it should."""
        with self:
            if self._in_line > _IN_LINE:
                self.settle()
            with self._heard():
                if self._line is None:
                    line = self._connection.pipeline()
                    line.__enter__()
                    self._line = line
                self._connection.execute(sql.encode(), cells or None)
            self._in_line += count

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = fitting(self._place, table, rows)
        sql = statements.insert_all(DIALECT, table)
        for start in range(0, len(found), _AT_ONCE):
            part = found[start : start + _AT_ONCE]
            self._line_up(sql, _by_column(table, table.columns, part), len(part))

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = fitting(self._place, table, rows)
        sql = statements.put_all(DIALECT, table)
        for part in _parts(table, found):
            self._line_up(sql, _by_column(table, table.columns, part), len(part))

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = distinct(keys)
        if len(found) == 1:
            self._line_up(statements.delete(DIALECT, table, len(found[0])), found[0], 1)
        elif found:
            width = len(found[0])
            cells = _by_column(table, table.key[:width], found)
            self._line_up(statements.delete_all(DIALECT, table, width), cells, len(found))


def _wanted(table: Table, index: str | None, keys: list[Key]) -> list[object]:
    """Keys, column by column."""
    return _by_column(table, table.ordered_by(index)[: len(keys[0])], keys)


def _by_column(table: Table, columns: Iterable[str], rows: Iterable[Key]) -> list[object]:
    """Rows as an array for each column."""
    columns_of_cells = zip(columns, zip(*rows, strict=True), strict=True)
    return [_array(table.columns[column], cells) for column, cells in columns_of_cells]


def _array(kind: Kind, cells: tuple[Any, ...]) -> object:
    """Cells as PostgreSQL reads an array: quicker to write, and to read, than each cell by itself."""
    if kind == "bytes":
        return [*cells]
    if kind == "integer":
        return f"{{{','.join(['NULL' if cell is None else str(cell) for cell in cells])}}}"
    if None in cells:
        each = ["NULL" if cell is None else f'"{_escaped(cell)}"' for cell in cells]
        return f"{{{','.join(each)}}}"
    whole = _escaped("\0".join(cells)).replace("\0", '","')  # no text has a NUL
    return f'{{"{whole}"}}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _parts(table: Table, rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, in parts that aren't large and in which no key comes twice: one statement can't put a row two times."""
    places = tuple(map(table.place, table.key))
    part: dict[Key, Row] = {}
    for row in rows:
        key = tuple([row[place] for place in places])
        if key in part or len(part) == _AT_ONCE:
            yield list(part.values())
            part = {}
        part[key] = row
    if part:
        yield list(part.values())
