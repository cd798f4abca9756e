"""What an engine asks of a store: tables of rows that are found by key and read in order, and transactions.

A store knows nothing of events or points. It keeps the rows of tables (:class:`Table`), each under its key, and
lets one writer at a time change them, all or nothing. Whoever brings a store of their own writes these few
functions, and runs ``wiifm.testing.StoreContract`` over them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Literal, Protocol, TypeAlias

from attrs import field, frozen

Cell: TypeAlias = int | str | bytes | None
"""What a row holds in one column. An integer has at most 64 bits, a text neither NUL nor surrogates."""

Row: TypeAlias = tuple[Cell, ...]
"""A cell for each column of a table, in their order."""

Kind: TypeAlias = Literal["integer", "text", "bytes"]

Key: TypeAlias = tuple[Cell, ...]
"""Cells of leading columns, as ``Table.ordered_by`` lists them: all of them, or fewer; none of them is None."""


@frozen
class Index:
    """Columns by which the rows of a table are found too; a row that has None in one of them isn't in it."""

    columns: tuple[str, ...]
    unique: bool = False


@frozen(eq=False)
class Table:
    """A table: its columns in their order, the key that tells its rows apart, and further ways to find them.

    No column of the key is ever None; any other may be. Rows are compared by their cells: integers as numbers, texts
    by code point, bytes by byte. Tables, columns and indexes have names of lower-case letters, digits and ``_``.

    >>> Table("fruit", {"name": "text", "weight": "integer"}, key=("name",)).place("weight")
    1
    """

    name: str
    columns: Mapping[str, Kind]
    key: tuple[str, ...]
    indexes: Mapping[str, Index] = field(factory=dict)

    def place(self, column: str) -> int:
        """Where a column stands in a row."""
        return list(self.columns).index(column)

    def ordered_by(self, index: str | None) -> tuple[str, ...]:
        """The columns of an index and, behind them, those of the key: so rows have one order; None is the key itself.

        >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, ("name",), {"heavy": Index(("weight",))})
        >>> fruit.ordered_by("heavy")
        ('weight', 'name')
        """
        first = self.indexes[index].columns if index is not None else ()
        return (*first, *(column for column in self.key if column not in first))


Only: TypeAlias = tuple[str, Collection[Cell]]
"""A column of a table, and the cells of which a row has one there; none of them is None."""

Columns: TypeAlias = Sequence[str]
"""Some columns of a table, one or more, in any order."""


@frozen(kw_only=True)
class Those:
    """What some rows have in a column, by which others are found: the rows of ``table`` whose key (or index) begins with ``within``, and
    goes on at or behind ``since`` and ahead of ``before``.
    """

    table: Table
    column: str
    within: Key = ()
    index: str | None = None
    since: Key | None = None
    before: Key | None = None
    only: Only | None = None

    def keys(self, reading: Reading) -> list[Key]:
        """The keys that they are; a row that has None there has none.

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
    """The state of all tables at the beginning of the block, which others can't change while it is read.

    Once the block has ended, it answers nothing more, and neither does an iterator that it gave. Each call raises
    :class:`wiifm.NotPrepared` for a table that isn't there.
    """

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """The rows whose key (or index) begins with one of ``keys``, all of one length; each row once, in any order."""

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

        Of these, only those whose next columns are at or behind ``since`` and ahead of ``before``, both compared as
        tuples; ``backwards`` the last ones first; no more than ``most``. A writer must not change the table while they
        take its rows; other tables they may.
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
        """The rows that ``scan`` gives, in its order: of these, ``only`` those with one of some cells in a column, and of those the
        ``last`` ones, so many; of each, some ``columns``.

        A store that subclasses this protocol has it already, and may do it in a better way: without handing over what isn't wanted.
        """
        if last is None:
            rows = self.scan(table, within, index, since=since, before=before)
            return _sifted(table, rows, only, columns)
        rows = self.scan(table, within, index, since=since, before=before, backwards=True)
        return _sifted(table, rows, only, columns, last)[::-1]

    def pick(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The rows that ``find`` gives: of these, ``only`` those with one of some cells in a column; of each, some ``columns``.

        A store that subclasses this protocol has it already, and may do it in a better way: without handing over what isn't wanted.
        """
        return _sifted(table, self.find(table, keys, index), only, columns)

    def first_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """Of the rows whose key (or index) begins with each of ``keys``, all of one length, the first ones, so many at ``most``; of each, some
        ``columns``. In any order.

        A store that subclasses this protocol has it already, and may do it in a better way: one question for all keys.
        """
        found = [
            row for key in dict.fromkeys(keys) for row in self.scan(table, key, index, most=most)
        ]
        return found if columns is None else picked(table, found, columns)

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
        """Of the rows whose key (or index) begins with each of ``keys``, all of one length, the last ones ahead of ``before``, so many at
        ``most``; of each, some ``columns``. In any order.

        A store that subclasses this protocol has it already, and may do it in a better way: one question for all keys.
        """
        return [
            row
            for key in dict.fromkeys(keys)
            for row in self.sift(table, key, index, before=before, columns=columns, last=most)
        ]

    def joined(
        self, table: Table, within: Key = (), *, only: Only | None = None, columns: Columns
    ) -> tuple[str, ...]:
        """What ``sift`` tells of columns of integers or texts in which no row has None, each as one text: its cells in order, with
        commas in between.

        A store that subclasses this protocol has it already, and may do it in a better way: many small cells are handed over at once.
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
        """The rows that ``find`` finds by what other rows have in a column: of these, ``only`` those with one of some cells in one; of
        each, some ``columns``.

        A store that subclasses this protocol has it already, and may do it in a better way: without handing over the keys.
        """
        return self.pick(table, those.keys(self), index, only=only, columns=columns)


def _sifted(
    table: Table,
    rows: Iterable[Row],
    only: Only | None,
    columns: Columns | None,
    most: int | None = None,
) -> list[Row]:
    if only is not None:
        place, cells = table.place(only[0]), only[1]
        rows = (row for row in rows if row[place] in cells)
    found = [*islice(rows, most)]
    return found if columns is None else picked(table, found, columns)


def picked(table: Table, rows: Iterable[Row], columns: Columns) -> list[Row]:
    """The cells of rows in some columns, in this order.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> picked(fruit, [("plum", 2), ("apple", 3)], ["weight"])
    [(2,), (3,)]
    """
    places = [table.place(column) for column in columns]
    return [tuple([row[place] for place in places]) for row in rows]


class Writing(Reading, Protocol):
    """The same for the one writer, who sees what they have written so far.

    A call that raises spoils the transaction: it can only be left, and nothing of it stays, even where the block
    catches the error.
    """

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows whose keys aren't there yet. A store may write them while whoever asked goes on: then it is the
        next call that reads, or the end of the block, that raises.

        Raises:
            StoreFault: a key, or an index that is unique, has such a row already; or a row doesn't fit the table.
        """

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows, one after the other, each in place of the one that has the same key; as ``insert`` does.

        Raises:
            StoreFault: an index that is unique has such a row already; or a row doesn't fit the table.
        """

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """Delete the rows whose key begins with one of ``keys``, all of which are of one length."""

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """Delete the rows whose key begins with ``within`` and whose next columns are at or behind ``since``."""


class Store(Protocol):
    """Tables that outlive the process, and transactions over them."""

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make the tables that aren't there yet, and their indexes.

        Raises:
            StoreFault: a table of this name is there, but has other columns or another key.
        """

    def reading(self) -> AbstractContextManager[Reading]:
        """One state of all tables."""

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction: all of it is durable once the block has ended, or nothing of it where the block raised.

        There is one writer at a time, over all processes; others wait their turn.

        Raises:
            StoreBusy: the turn didn't come in time.
            StoreFault: this thread is writing already.
        """

    def close(self) -> None:
        """Let go of connections and files; the store can't be used any more."""
