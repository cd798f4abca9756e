"""A store in memory, for tests and for trying things out, and as a reference for stores of your own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from wiifm.faults import NotPrepared, StoreClosed, StoreFault
from wiifm.stores.catalogue import missing
from wiifm.stores.fitting import checked_rows, distinct, twice
from wiifm.stores.protocol import Key, OpenStore, Reading, Row, Table, Writing
from wiifm.stores.sorted_rows import TOP, SortedRows
from wiifm.stores.transaction import Transaction
from wiifm.stores.turns import Turns

_PLACE = "the store in memory"


class _Sheets:
    """The rows of one table, sorted by its key (under None) and by each index (under its name)."""

    def __init__(self, table: Table, by: dict[str | None, SortedRows]) -> None:
        self.table = table
        self.by = by
        self._places = {
            name: tuple(map(table.place, table.ordered_by(name))) for name in (None, *table.indexes)
        }

    def copy(self) -> _Sheets:
        """A copy. From now on the original must not be changed."""
        return _Sheets(self.table, {name: sheet.copy() for name, sheet in self.by.items()})

    def key(self, row: Row, index: str | None = None) -> Key:
        """The cells by which an order sorts a row. A row with None among them isn't part of an index."""
        return tuple([row[place] for place in self._places[index]])

    def add(self, row: Row) -> None:
        """Add a row whose key doesn't exist yet.

        Raises:
            StoreFault: a unique index has such a row already.
        """
        for name, index in self.table.indexes.items():
            key = self.key(row, name)
            if None in key:
                continue
            start = key[: len(index.columns)]
            if index.unique and any(self.by[name].between(start, (*start, TOP))):
                raise StoreFault(f"{_PLACE}: {twice(self.table, index.columns, row)}")
            self.by[name].put(key, row)
        self.by[None].put(self.key(row), row)

    def remove(self, row: Row) -> None:
        """Remove a row, which must exist."""
        for name, sheet in self.by.items():
            key = self.key(row, name)
            if None not in key:
                sheet.remove(key)


class _Reading(Transaction, Reading):
    """Reads from tables that nobody changes."""

    def __init__(self, tables: dict[str, _Sheets]) -> None:
        super().__init__(_PLACE)
        self._tables = tables

    def _sheets(self, table: Table) -> _Sheets:
        with self:
            if table.name not in self._tables:
                raise NotPrepared(f"{_PLACE}: there is no table {table.name!r}")
            return self._tables[table.name]

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        sheet = self._sheets(table).by[index]
        return [row for key in distinct(keys) for row in sheet.between(key, (*key, TOP))]

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
        low = (*within, *(since or ()))
        high = (*within, TOP) if before is None else (*within, *before)
        rows = self._sheets(table).by[index].between(low, high, backwards=backwards)
        return self._while_open(islice(rows, most))

    def _while_open(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.must_go_on()
            yield row


class _Writing(_Reading, Writing):
    """Reads and writes, on copies of the tables that it changes."""

    def __init__(self, tables: dict[str, _Sheets]) -> None:
        super().__init__(dict(tables))
        self._copied: set[str] = set()

    def _writable(self, table: Table) -> _Sheets:
        found = self._sheets(table)
        if table.name not in self._copied:
            self._copied.add(table.name)
            found = self._tables[table.name] = found.copy()
        return found

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            sheets = self._writable(table)
            for row in checked_rows(_PLACE, table, rows):
                if sheets.by[None].get(sheets.key(row)) is not None:
                    raise StoreFault(f"{_PLACE}: {twice(table, table.key, row)}")
                sheets.add(row)

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            sheets = self._writable(table)
            for row in checked_rows(_PLACE, table, rows):
                before = sheets.by[None].get(sheets.key(row))
                if before is not None:
                    sheets.remove(before)
                sheets.add(row)

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            sheets = self._writable(table)
            for row in self.find(table, keys):
                sheets.remove(row)

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """See :class:`~wiifm.stores.protocol.Writing`."""
        with self:
            sheets = self._writable(table)
            for row in list(self.scan(table, within, since=since)):
                sheets.remove(row)

    def committed(self) -> dict[str, _Sheets]:
        """All tables as they are after this transaction."""
        self.must_go_on()
        return self._tables


def _rebuilt(table: Table, before: _Sheets | None) -> _Sheets:
    """The sorted rows of a table, filled from an earlier version of it that lacked some indexes."""
    made = _Sheets(table, {name: SortedRows() for name in (None, *table.indexes)})
    for row in before.by[None].between((), (TOP,)) if before is not None else ():
        made.add(row)
    return made


class MemoryStore(OpenStore):
    """A store in memory. It keeps every promise of a store except durability: it ends with its process.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> store = MemoryStore()
    >>> store.prepare([fruit])
    >>> with store.writing() as writing:
    ...     writing.insert(fruit, [("plum", 2), ("apple", 3)])
    >>> with store.reading() as reading:
    ...     list(reading.scan(fruit))
    [('apple', 3), ('plum', 2)]

    Args:
        timeout: how many seconds a writer waits for its turn.
    """

    def __init__(self, *, timeout: float = 30) -> None:
        self._timeout = timeout
        self._turns = Turns(_PLACE)
        self._tables: dict[str, _Sheets] | None = {}

    def __str__(self) -> str:
        return "in memory"

    def _state(self) -> dict[str, _Sheets]:
        if self._tables is None:
            raise StoreClosed(f"{_PLACE}: this store is closed; make another one")
        return self._tables

    def prepare(self, tables: Iterable[Table]) -> None:
        """Create the tables and indexes that don't exist yet."""
        with self._turns.taken(self._timeout):
            known = dict(self._state())
            there = {name: sheets.table for name, sheets in known.items()}
            for table, _ in missing(_PLACE, there, tables):
                known[table.name] = _rebuilt(table, known.get(table.name))
            self._tables = known

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """A transaction that reads one snapshot of all tables."""
        reading = _Reading(self._state())
        try:
            yield reading
        finally:
            reading.end()

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction that reads and writes."""
        with self._turns.taken(self._timeout):
            writing = _Writing(self._state())
            try:
                yield writing
                self._tables = writing.committed()
            finally:
                writing.end()

    def close(self) -> None:
        """Drop all tables; the store can't be used afterwards."""
        self._tables = None
