"""Reads and writes the rows of a PostgreSQL store within a transaction."""

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
from wiifm.stores.database import DatabaseStore, Reader, Writer, counted_filter, range_of
from wiifm.stores.dialect import Dialect
from wiifm.stores.fitting import checked_rows, distinct
from wiifm.stores.protocol import Columns, Key, Kind, Only, Row, Table, Those
from wiifm.stores.statements import Projection, RowRange

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

DIALECT = Dialect(
    types={"integer": "bigint", "text": 'text COLLATE "C"', "bytes": "bytea"},
    placeholder="%b",
    first_key_cell="ANY(ARRAY[{}])",
    index_includes_key=True,
)

_MAX_ROWS = 2_000
"""How many rows a scan fetches, or a statement writes, at once at most."""

_FIRST_ROWS = 32
"""How many rows a scan fetches first if its caller sets no limit; many callers need only the first row."""

_GROWTH = 4
"""How many times more rows each further fetch of a scan asks for."""

_MAX_IN_PIPELINE = 50_000
"""After this many changed rows the results of the pipeline are read; until then they are kept in memory."""


class PostgresDatabase(DatabaseStore[Connection]):
    """What readers and writers need of the store: its dialect, and the translation of errors."""

    dialect = DIALECT

    @abstractmethod
    def translating_errors(self, connection: Connection) -> AbstractContextManager[None]:
        """Raise the server's errors as StoreFaults, which say how to solve the problem."""


class PostgresReader(Reader[Connection]):
    """Reads rows, in batches of limited size."""

    def pick(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; PostgreSQL filters."""
        keys = distinct(keys)
        if not keys:
            return []
        width, (count, wanted) = len(keys[0]), counted_filter(only)
        projection = Projection(tuple(table.columns if columns is None else columns), count)
        if len(keys) == 1:
            sql = statements.pick(DIALECT, table, index, width, projection)
            return self._query(sql, (*keys[0], *wanted))
        sql = statements.pick_all(DIALECT, table, index, width, projection)
        return self._query(sql, (*_key_arrays(table, index, keys), *wanted))

    def follow(
        self,
        those: Those,
        table: Table,
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; PostgreSQL joins."""
        bounds, cells = range_of(those.within, those.since, those.before, those.only)
        count, wanted = counted_filter(only)
        projection = Projection(tuple(table.columns if columns is None else columns), count)
        by = (those.column, those.index)
        sql = statements.follow_each(DIALECT, table, index, projection, those.table, by, bounds)
        return self._query(sql, (*cells, *wanted))

    def first_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; one query for all keys."""
        keys = distinct(keys)
        if not keys or not keys[0]:
            return super().first_of(table, keys, index, most=most, columns=columns)
        bounds = RowRange(len(keys[0]), None, None, None)
        selected = tuple(table.columns if columns is None else columns)
        sql = statements.ends_of_each(DIALECT, table, index, bounds, selected, False)
        return self._query(sql, (*_key_arrays(table, index, keys), most))

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
        """See :class:`~wiifm.stores.protocol.Reading`; one query for all keys."""
        keys = distinct(keys)
        if not keys or not keys[0]:
            return super().last_of(table, keys, index, before=before, most=most, columns=columns)
        bounds = RowRange(len(keys[0]), None, None if before is None else len(before), None)
        selected = tuple(table.columns if columns is None else columns)
        sql = statements.ends_of_each(DIALECT, table, index, bounds, selected, True)
        return self._query(sql, (*_key_arrays(table, index, keys), *(before or ()), most))

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

        Rows are fetched in batches that grow, each after the last row of the one before. No cursor stays open on the server.
        """

        def fetch(since: Key | None, before: Key | None, size: int) -> list[Row]:
            widths = (len(key) if key is not None else None for key in (since, before))
            sql = statements.scan(DIALECT, table, index, len(within), *widths, backwards, True)
            cells = (*within, *(since or ()), *(before or ()), size)
            return self._query(sql, cells)

        def rows_of(rows: list[Row], size: int) -> Iterator[Row]:
            while rows:
                for row in rows:
                    self.must_go_on()
                    yield row
                if len(rows) < size:
                    return
                last = tuple([rows[-1][place] for place in places])
                size = min(size * _GROWTH, _MAX_ROWS)
                rows = fetch(since, last, size) if backwards else fetch(last, before, size + 1)[1:]

        places = tuple(map(table.place, table.ordered_by(index)[len(within) :]))
        size = min(_FIRST_ROWS if most is None else most, _MAX_ROWS)
        return islice(rows_of(fetch(since, before, size), size), most)


class PostgresWriter(PostgresReader, Writer[Connection]):
    """Reads and writes.

    Writes are sent in a pipeline, without waiting for each result: the server works meanwhile, and the network may be slow.
    All results are read before the next read and before the commit.
    """

    def __init__(self, store: PostgresDatabase, connection: Connection) -> None:
        super().__init__(store, connection)
        self._translating_errors = store.translating_errors
        self._pipeline: AbstractContextManager[psycopg.Pipeline] | None = None
        self._rows_in_pipeline = 0

    def flush(self) -> None:
        """Read the results of the pipeline."""
        pipeline, self._pipeline, self._rows_in_pipeline = self._pipeline, None, 0
        if pipeline is not None:
            with self._reading_results():
                pipeline.__exit__(None, None, None)

    @contextmanager
    def _reading_results(self) -> Iterator[None]:
        """Close the connection on an error: the server skips the rest of the pipeline, and psycopg no longer knows which statements are prepared."""
        try:
            with self._translating_errors(self._connection):
                yield
        except StoreFault:
            self._connection.close()
            raise

    def end(self) -> None:
        """End the transaction, and with it a pipeline that is still open."""
        try:
            if self._process == os.getpid():
                with suppress(StoreFault):
                    self.flush()
        finally:
            super().end()

    def _send(self, sql: str, cells: Sequence[object], count: int) -> None:
        """Send a statement that changes ``count`` rows. If the pipeline holds too many results already, they are read first."""
        with self:
            if self._rows_in_pipeline > _MAX_IN_PIPELINE:
                self.flush()
            with self._reading_results():
                if self._pipeline is None:
                    pipeline = self._connection.pipeline()
                    pipeline.__enter__()
                    self._pipeline = pipeline
                self._connection.execute(sql.encode(), cells or None)
            self._rows_in_pipeline += count

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = checked_rows(self._place, table, rows)
        sql = statements.insert_all(DIALECT, table)
        for start in range(0, len(found), _MAX_ROWS):
            chunk = found[start : start + _MAX_ROWS]
            self._send(sql, _by_column(table, table.columns, chunk), len(chunk))

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = checked_rows(self._place, table, rows)
        sql = statements.put_all(DIALECT, table)
        for chunk in _chunks(table, found):
            self._send(sql, _by_column(table, table.columns, chunk), len(chunk))

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            found = distinct(keys)
        if len(found) == 1:
            self._send(statements.delete(DIALECT, table, len(found[0])), found[0], 1)
        elif found:
            width = len(found[0])
            cells = _by_column(table, table.key[:width], found)
            self._send(statements.delete_all(DIALECT, table, width), cells, len(found))


def _key_arrays(table: Table, index: str | None, keys: list[Key]) -> list[object]:
    """The cells of keys, as one array per column."""
    return _by_column(table, table.ordered_by(index)[: len(keys[0])], keys)


def _by_column(table: Table, columns: Iterable[str], rows: Iterable[Key]) -> list[object]:
    """The cells of rows, as one array per column."""
    columns_of_cells = zip(columns, zip(*rows, strict=True), strict=True)
    return [_array(table.columns[column], cells) for column, cells in columns_of_cells]


def _array(kind: Kind, cells: tuple[Any, ...]) -> object:
    """Cells in PostgreSQL's text format of arrays, which is faster to write and to parse than single cells."""
    if kind == "bytes":
        return [*cells]
    if kind == "integer":
        return f"{{{','.join(['NULL' if cell is None else str(cell) for cell in cells])}}}"
    if None in cells:
        each = ["NULL" if cell is None else f'"{_escaped(cell)}"' for cell in cells]
        return f"{{{','.join(each)}}}"
    whole = _escaped("\0".join(cells)).replace("\0", '","')  # no text contains NUL
    return f'{{"{whole}"}}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _chunks(table: Table, rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in chunks of limited size, without duplicate keys: one statement can't upsert a row twice."""
    places = tuple(map(table.place, table.key))
    chunk: dict[Key, Row] = {}
    for row in rows:
        key = tuple([row[place] for place in places])
        if key in chunk or len(chunk) == _MAX_ROWS:
            yield list(chunk.values())
            chunk = {}
        chunk[key] = row
    if chunk:
        yield list(chunk.values())
