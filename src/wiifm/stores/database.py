"""Base classes of the stores in SQL databases: what SQLite and PostgreSQL have in common.

``DatabaseStore`` runs transactions on pooled connections; ``Reader`` and ``Writer`` answer within one. Subclasses execute
the SQL and translate the database's errors.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Generic

from wiifm.stores import statements
from wiifm.stores.catalogue import missing
from wiifm.stores.connections import C, Connections
from wiifm.stores.dialect import Dialect
from wiifm.stores.fitting import distinct
from wiifm.stores.protocol import Columns, Key, Only, OpenStore, Reading, Row, Table, Writing
from wiifm.stores.statements import RowRange
from wiifm.stores.transaction import Transaction
from wiifm.stores.turns import Turns


class Reader(Transaction, Reading, Generic[C]):
    """Reads on a connection on which a transaction has begun."""

    def __init__(self, store: DatabaseStore[C], connection: C) -> None:
        super().__init__(store.place)
        self._store = store
        self._connection = connection

    def _query(self, sql: str, cells: Sequence[object]) -> list[Row]:
        with self:
            self.flush()
            return self._store.execute(self._connection, sql, cells)

    def flush(self) -> None:
        """Wait until all pending writes are done; a reader has none."""

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        return self.pick(table, keys, index)

    def sift(
        self,
        table: Table,
        within: Key = (),
        index: str | None = None,
        *,
        since: Key | None = None,
        before: Key | None = None,
        only: Only | None = None,
        columns: Columns | None = None,
        last: int | None = None,
    ) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; the database filters."""
        bounds, cells = range_of(within, since, before, only)
        rows = self._store.dialect, table, index, bounds
        selected = tuple(table.columns if columns is None else columns)
        if last is None:
            return self._query(statements.sift(*rows, selected), cells)
        return self._query(statements.sift_backwards(*rows, selected), (*cells, last))[::-1]


def range_of(
    within: Key, since: Key | None, before: Key | None, only: Only | None
) -> tuple[RowRange, Key]:
    """The shape of a range of rows, by which its statement is written, and the cells that the statement takes."""
    low, high = (None if key is None else len(key) for key in (since, before))
    count, wanted = counted_filter(only)
    cells = (*within, *(since or ()), *(before or ()), *wanted)
    return RowRange(len(within), low, high, count), cells


def counted_filter(only: Only | None) -> tuple[tuple[str, int] | None, Key]:
    """A filter as its column and the number of its cells, by which a statement is written; and the cells."""
    if only is None:
        return None, ()
    column, cells = only
    wanted = [cell for (cell,) in distinct([(cell,) for cell in cells])]
    return (column, len(wanted)), tuple(wanted)


class Writer(Reader[C], Writing):
    """Reads and writes. Writes may be deferred; a read or the commit flushes them."""

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        sql = statements.cut(self._store.dialect, table, len(within), len(since))
        self._query(sql, (*within, *since))


class DatabaseStore(OpenStore, ABC, Generic[C]):
    """A store over pooled connections to a database. Subclasses implement the abstract methods for their database."""

    dialect: ClassVar[Dialect]

    def __init__(self, place: str, timeout: float) -> None:
        self.place = place
        self._timeout = timeout
        self._turns = Turns(place)
        self._connections = Connections(self._identity(), self._connect, self._roll_back)

    def __str__(self) -> str:
        return self.place

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """A transaction that reads one snapshot of all tables."""
        with self._connections.borrowed(self._begin_reading) as connection:
            reader = self._reader(connection)
            try:
                yield reader
            finally:
                is_intact = reader.goes_on()
                reader.end()
            if is_intact:
                self._end_reading(connection)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction that reads and writes."""
        with self._write_transaction() as connection:
            writer = self._writer(connection)
            try:
                try:
                    yield writer
                    with writer:
                        writer.flush()
                finally:
                    writer.end()
            finally:  # again, in case an interrupt came in the first call: nothing may use this connection after the block
                writer.end()
            self._commit(connection)

    def prepare(self, tables: Iterable[Table]) -> None:
        """Create the tables and indexes that don't exist yet."""
        wanted = list(tables)
        names = [each.name for each in wanted]
        with self._connections.borrowed(self._begin_reading) as connection:
            if not missing(self.place, self._tables(connection, names), wanted):
                return
        with self._write_transaction() as connection:
            self._initialise(connection)
            for table, index in missing(self.place, self._tables(connection, names), wanted):
                if index is None:
                    self.execute(connection, statements.create_table(self.dialect, table))
                else:
                    self.execute(connection, statements.create_index(self.dialect, table, index))
            self._commit(connection)

    def close(self) -> None:
        """Close the connections; the store can't be used afterwards."""
        self._connections.close()

    @contextmanager
    def _write_transaction(self) -> Iterator[C]:
        """Wait for the writer's turn, and begin a transaction on a connection."""
        deadline = time.monotonic() + self._timeout

        def begin(connection: C) -> None:
            self._begin_writing(connection, max(0.001, deadline - time.monotonic()))

        with self._turns.taken(self._timeout), self._connections.borrowed(begin) as connection:
            yield connection

    @abstractmethod
    def execute(self, connection: C, sql: str, cells: Sequence[object] = ()) -> list[Any]:
        """Execute a statement with its cells; returns the rows of its result.

        Raises:
            StoreFault: the database refused it.
        """

    @abstractmethod
    def _identity(self) -> str:
        """What identifies this database among all others."""

    @abstractmethod
    def _connect(self) -> C: ...

    @abstractmethod
    def _roll_back(self, connection: C) -> None:
        """Roll back the open transaction, if there is one."""

    @abstractmethod
    def _begin_reading(self, connection: C) -> None:
        """Begin a transaction that reads a snapshot of this moment."""

    @abstractmethod
    def _begin_writing(self, connection: C, timeout: float) -> None:
        """Begin a transaction as the only writer, waiting at most ``timeout`` seconds."""

    @abstractmethod
    def _commit(self, connection: C) -> None: ...

    def _end_reading(self, connection: C) -> None:
        """End a transaction that has only read."""
        self._commit(connection)

    @abstractmethod
    def _reader(self, connection: C) -> Reader[C]: ...

    @abstractmethod
    def _writer(self, connection: C) -> Writer[C]: ...

    @abstractmethod
    def _tables(self, connection: C, names: list[str]) -> dict[str, Table]:
        """Those of the named tables that exist. Only these are looked up, since a database may have many others."""

    @abstractmethod
    def _initialise(self, connection: C) -> None:
        """Prepare the database for its first tables, such as by creating their schema."""
