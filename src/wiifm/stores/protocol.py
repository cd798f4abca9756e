"""The interface of a store: tables whose rows are found by key and read in order, and transactions over them.

A store knows nothing of events or points. It keeps the rows of tables (:class:`Table`), each under its key, and lets one
writer at a time change them, all or nothing. If you write a store of your own, implement these few methods, and run
``wiifm.testing.StoreContract`` over them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Literal, Protocol, Self, TypeAlias

from attrs import field, frozen

from wiifm.frozendict import frozen_mappings

Cell: TypeAlias = int | str | bytes | None
"""A value in one column of a row. An integer has at most 64 bits; a text has neither NUL nor surrogates."""

Row: TypeAlias = tuple[Cell, ...]
"""A cell for each column of a table, in their order."""

Kind: TypeAlias = Literal["integer", "text", "bytes"]
"""What the cells of a column are."""

Key: TypeAlias = tuple[Cell, ...]
"""Cells of leading columns, in the order of ``Table.ordered_by``: of all of them, or of fewer. None of the cells is None."""


@frozen
class Index:
    """Further columns by which the rows of a table are found. A row with None in one of them isn't in the index."""

    columns: tuple[str, ...]
    unique: bool = False


@frozen(eq=False, field_transformer=frozen_mappings)
class Table:
    """A table: its columns in order, the key that identifies a row, and its indexes.

    No column of the key is ever None; any other may be. Cells are compared as follows: integers as numbers, texts by code
    point, bytes by byte. The names of tables, columns and indexes consist of lower-case letters, digits and ``_``.

    >>> Table("fruit", {"name": "text", "weight": "integer"}, key=("name",)).place("weight")
    1
    """

    name: str
    columns: Mapping[str, Kind]
    key: tuple[str, ...]
    indexes: Mapping[str, Index] = field(factory=dict)

    def place(self, column: str) -> int:
        """The position of a column in a row."""
        return list(self.columns).index(column)

    def ordered_by(self, index: str | None) -> tuple[str, ...]:
        """The columns by which an index orders the rows: its own, then those of the key. With None, those of the key.

        >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, ("name",), {"heavy": Index(("weight",))})
        >>> fruit.ordered_by("heavy")
        ('weight', 'name')
        """
        first = self.indexes[index].columns if index is not None else ()
        return (*first, *(column for column in self.key if column not in first))


Only: TypeAlias = tuple[str, Collection[Cell]]
"""A filter: a column, and the cells of which a row must have one there. None of the cells is None."""

Columns: TypeAlias = Sequence[str]
"""One or more columns, in any order."""


@frozen(kw_only=True)
class Those:
    """Keys that are read from other rows: the cells that these have in ``column``. The rows are those of ``table`` whose key (or index)
    begins with ``within``, and whose next columns are at least ``since`` and less than ``before``.
    """

    table: Table
    column: str
    within: Key = ()
    index: str | None = None
    since: Key | None = None
    before: Key | None = None
    only: Only | None = None

    def keys(self, reading: Reading) -> list[Key]:
        """The keys; a row with None in the column has none.

        >>> from wiifm.stores.memory import MemoryStore
        >>> store = MemoryStore()
        >>> eaten = Table("eaten", {"by": "text", "fruit": "text"}, key=("by", "fruit"))
        >>> store.prepare([eaten])
        >>> with store.writing() as writing:
        ...     writing.insert(eaten, [("ann", "plum"), ("ann", "apple")])
        ...     Those(table=eaten, column="fruit", within=("ann",)).keys(writing)
        [('apple',), ('plum',)]
        """
        table, place = self.table, self.table.place(self.column)
        rows = reading.sift(
            table, self.within, self.index, since=self.since, before=self.before, only=self.only
        )
        return [(row[place],) for row in rows if row[place] is not None]


class Reading(Protocol):
    """A transaction that reads: a snapshot of all tables, as they were when the block began.

    Once the block has ended, all calls and iterators of the transaction raise. Each call raises :class:`wiifm.NotPrepared` if
    the table doesn't exist.
    """

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """The rows whose key (or index) begins with one of ``keys``, each row once, in any order. All keys have the same length."""

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
        """The rows whose key (or index) begins with ``within``, in the order of ``Table.ordered_by``.

        Only rows whose next columns, compared as tuples, are at least ``since`` and less than ``before``. ``backwards`` reverses
        the order; ``most`` limits the number of rows. While a writer consumes the iterator it must not change this table; it may
        change others.
        """

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
        """The rows of ``scan``, in its order: only those that have one of some cells in a column (``only``), and of those the ``last`` so many;
        of each row, only some ``columns``.

        This method is inherited. A store may override it to do the same faster, without transferring what isn't wanted.
        """
        if last is None:
            rows = self.scan(table, within, index, since=since, before=before)
            return _filtered(table, rows, only, columns)
        rows = self.scan(table, within, index, since=since, before=before, backwards=True)
        return _filtered(table, rows, only, columns, last)[::-1]

    def pick(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The rows of ``find``: only those that have one of some cells in a column (``only``); of each row, only some ``columns``.

        This method is inherited. A store may override it to do the same faster, without transferring what isn't wanted.
        """
        return _filtered(table, self.find(table, keys, index), only, columns)

    def first_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """For each of ``keys`` the first rows whose key (or index) begins with it, at most ``most`` per key; of each row, only some ``columns``.
        The rows are in any order. All keys have the same length.

        This method is inherited. A store may override it to do the same faster, with one query for all keys.
        """
        rows = [
            row for key in dict.fromkeys(keys) for row in self.scan(table, key, index, most=most)
        ]
        return rows if columns is None else picked(table, rows, columns)

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
        """For each of ``keys`` the last rows whose key (or index) begins with it and whose next columns are less than ``before``, at most ``most``
        per key; of each row, only some ``columns``. The rows are in any order. All keys have the same length.

        This method is inherited. A store may override it to do the same faster, with one query for all keys.
        """
        return [
            row
            for key in dict.fromkeys(keys)
            for row in self.sift(table, key, index, before=before, columns=columns, last=most)
        ]

    def joined(
        self, table: Table, within: Key = (), *, only: Only | None = None, columns: Columns
    ) -> tuple[str, ...]:
        """The rows of ``sift``, as one text per column: its cells in order, joined with commas. The columns hold integers or texts, and no None.

        This method is inherited. A store may override it to do the same faster, by transferring many small cells at once.
        """
        rows = self.sift(table, within, only=only, columns=columns)
        return tuple(",".join(map(str, cells)) for cells in zip(*rows, strict=True)) or ("",) * len(
            columns
        )

    def follow(
        self,
        those: Those,
        table: Table,
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The rows of ``pick``, for the keys in ``those``.

        This method is inherited. A store may override it to do the same faster, without transferring the keys.
        """
        return self.pick(table, those.keys(self), index, only=only, columns=columns)


def _filtered(
    table: Table,
    rows: Iterable[Row],
    only: Only | None,
    columns: Columns | None,
    most: int | None = None,
) -> list[Row]:
    if only is not None:
        place, cells = table.place(only[0]), only[1]
        rows = (row for row in rows if row[place] in cells)
    taken = [*islice(rows, most)]
    return taken if columns is None else picked(table, taken, columns)


def picked(table: Table, rows: Iterable[Row], columns: Columns) -> list[Row]:
    """The cells of rows in some columns, in the order of ``columns``.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> picked(fruit, [("plum", 2), ("apple", 3)], ["weight"])
    [(2,), (3,)]
    """
    places = [table.place(column) for column in columns]
    return [tuple([row[place] for place in places]) for row in rows]


class Writing(Reading, Protocol):
    """A transaction that reads and writes. It sees its own changes.

    If a call raises, the transaction has failed: every further call raises, and nothing is committed, even if the block
    catches the exception.
    """

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows whose keys don't exist yet. A store may write them in the background: then the next call that reads, or the end of the block,
        raises what went wrong.

        Raises:
            StoreFault: a row with the same key, or with the same cells in a unique index, exists already; or a row doesn't fit the table.
        """

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows one after the other, replacing the row with the same key. Like ``insert``, it may write in the background.

        Raises:
            StoreFault: another row with the same cells in a unique index exists already; or a row doesn't fit the table.
        """

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """Delete the rows whose key begins with one of ``keys``, which all have the same length."""

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """Delete the rows whose key begins with ``within`` and whose next columns are at least ``since``."""


class Store(Protocol):
    """Tables that outlive the process, and transactions over them."""

    def prepare(self, tables: Iterable[Table]) -> None:
        """Create the tables and indexes that don't exist yet.

        Raises:
            StoreFault: a table of this name exists, but has other columns or another key.
        """

    def reading(self) -> AbstractContextManager[Reading]:
        """A transaction that reads one snapshot of all tables."""

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction that reads and writes. When the block ends, all of it is durable; if the block raises, nothing of it is kept.

        There is one writer at a time, across all processes. Others wait for their turn.

        Raises:
            StoreBusy: the turn didn't come in time.
            StoreFault: this thread is in a writing transaction already.
        """

    def close(self) -> None:
        """Close connections and files; the store can't be used afterwards."""


class OpenStore(Store, Protocol):
    """A store that a ``with`` block closes, such as any that ``open_store`` returns. A store that inherits from this class has the block, too."""

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()


def place_of(store: Store) -> str:
    """How people are told of a store: as it says by ``__str__``; else by the name of its class, as its ``repr`` may contain a password.

    >>> from wiifm.stores.memory import MemoryStore
    >>> place_of(MemoryStore())
    'in memory'
    """
    told = type(store).__str__ is not object.__str__
    return str(store) if told else f"in a store of the class {type(store).__name__}"
