"""A store in a database that speaks SQL: what is the same whichever database it is."""

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
from wiifm.stores.protocol import Columns, Key, Only, Reading, Row, Table, Writing
from wiifm.stores.statements import Asked
from wiifm.stores.transaction import Transaction
from wiifm.stores.turns import Turns


class Reader(Transaction, Reading, Generic[C]):
    """Reads by a connection on which a transaction has begun."""

    def __init__(self, store: DatabaseStore[C], connection: C) -> None:
        super().__init__(store.place)
        self._store = store
        self._connection = connection

    def _ask(self, sql: str, cells: Sequence[object]) -> list[Row]:
        with self:
            self.settle()
            return self._store.say(self._connection, sql, cells)

    def settle(self) -> None:
        """Wait until all is written that is to be."""

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
        """See :class:`~wiifm.stores.protocol.Reading`: the database sifts."""
        asked, cells = asked_for(within, since, before, only)
        what = self._store.dialect, table, index, asked
        told = tuple(table.columns if columns is None else columns)
        if last is None:
            return self._ask(statements.sift(*what, told), cells)
        return self._ask(statements.sift_backwards(*what, told), (*cells, last))[::-1]


def asked_for(
    within: Key, since: Key | None, before: Key | None, only: Only | None
) -> tuple[Asked, Key]:
    """What is asked for, and its cells."""
    low, high = (None if key is None else len(key) for key in (since, before))
    count, wanted = counted(only)
    cells = (*within, *(since or ()), *(before or ()), *wanted)
    return Asked(len(within), low, high, count), cells


def counted(only: Only | None) -> tuple[tuple[str, int] | None, Key]:
    """The column in which rows have one of so many cells, and these."""
    if only is None:
        return None, ()
    column, cells = only
    wanted = [cell for (cell,) in distinct([(cell,) for cell in cells])]
    return (column, len(wanted)), tuple(wanted)


class Writer(Reader[C], Writing):
    """The same, and changes, which need not be written at once: whoever reads or commits settles them."""

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        sql = statements.cut(self._store.dialect, table, len(within), len(since))
        self._ask(sql, (*within, *since))


class DatabaseStore(ABC, Generic[C]):
    """Transactions over connections to a database; how it is spoken to is up to each."""

    dialect: ClassVar[Dialect]

    def __init__(self, place: str, timeout: float) -> None:
        self.place = place
        self._timeout = timeout
        self._turns = Turns(place)
        self._connections = Connections(self._address(), self._connect, self._roll_back)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """One state of all tables."""
        with self._connections.lent(self._begin_reading) as connection:
            reader = self._reader(connection)
            try:
                yield reader
            finally:
                in_order = reader.goes_on()
                reader.end()
            if in_order:
                self._end_reading(connection)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction."""
        with self._turn() as connection:
            writer = self._writer(connection)
            try:
                try:
                    yield writer
                    with writer:
                        writer.settle()
                finally:
                    writer.end()
            finally:  # once more for whoever was interrupted just there: nobody else may write on this connection
                writer.end()
            self._commit(connection)

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make the tables that aren't there yet, and their indexes."""
        wanted = list(tables)
        names = [each.name for each in wanted]
        with self._connections.lent(self._begin_reading) as connection:
            if not missing(self.place, self._tables(connection, names), wanted):
                return
        with self._turn() as connection:
            self._make_room(connection)
            for table, index in missing(self.place, self._tables(connection, names), wanted):
                if index is None:
                    self.say(connection, statements.create_table(self.dialect, table))
                else:
                    self.say(connection, statements.create_index(self.dialect, table, index))
            self._commit(connection)

    def close(self) -> None:
        """Close the connections; the store can't be used any more."""
        self._connections.close()

    @contextmanager
    def _turn(self) -> Iterator[C]:
        """The writer's turn, and a connection on which a transaction has begun."""
        deadline = time.monotonic() + self._timeout

        def begin(connection: C) -> None:
            self._begin_writing(connection, max(0.001, deadline - time.monotonic()))

        with self._turns.taken(self._timeout), self._connections.lent(begin) as connection:
            yield connection

    @abstractmethod
    def say(self, connection: C, sql: str, cells: Sequence[object] = ()) -> list[Any]:
        """Have a statement executed; answers its rows.

        Raises:
            StoreFault: the database refused.
        """

    @abstractmethod
    def _address(self) -> str:
        """What tells this database from any other."""

    @abstractmethod
    def _connect(self) -> C: ...

    @abstractmethod
    def _roll_back(self, connection: C) -> None:
        """Undo what was not committed, if there is any."""

    @abstractmethod
    def _begin_reading(self, connection: C) -> None:
        """Begin a transaction that sees one state of all tables, that of this moment."""

    @abstractmethod
    def _begin_writing(self, connection: C, timeout: float) -> None:
        """Begin a transaction as the only writer, within some seconds."""

    @abstractmethod
    def _commit(self, connection: C) -> None: ...

    def _end_reading(self, connection: C) -> None:
        """End a transaction that only read."""
        self._commit(connection)

    @abstractmethod
    def _reader(self, connection: C) -> Reader[C]: ...

    @abstractmethod
    def _writer(self, connection: C) -> Writer[C]: ...

    @abstractmethod
    def _tables(self, connection: C, names: list[str]) -> dict[str, Table]:
        """Those of some tables that are there: no others are looked at, of which a database may have many."""

    @abstractmethod
    def _make_room(self, connection: C) -> None:
        """Make what tables need to stand in."""
