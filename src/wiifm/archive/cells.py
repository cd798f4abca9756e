"""The tables of a holder's state, item by item: recalled by the object or person that they are about.

A table only ever grows, with the community. So a store keeps each item in a row of its own, and a state at rest is small
whatever the age of the community. Items are kept as of each epoch, of which a snapshot ends one: whoever goes back to
a snapshot drops what was written behind it.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable
from typing import Any, Protocol
from weakref import ref

from wiifm.archive.codec import pack, unpack_all, unpack_joined
from wiifm.archive.tables import CELLS
from wiifm.stores.protocol import Key, Reading, Row


class Owner(Protocol):
    """Whose tables they are."""

    no: int
    epoch: int
    tables: dict[str, Cells]
    parts: set[str]
    written: dict[tuple[int, str, Any], Any]

    @property
    def reading(self) -> Reading:
        """Where the rows are."""

    def count_loaded(self, count: int) -> None:
        """Take it that so many more items of the tables are at hand."""


def part_of(key: object) -> str:
    """What an item is about: its key, or the first text in it.

    >>> part_of("p1"), part_of((None, "ann")), part_of(None)
    ('p1', 'ann', '')
    """
    if isinstance(key, tuple):
        key = next((each for each in key if isinstance(each, str)), "")
    return key if isinstance(key, str) else ""


class Cells(dict[Any, Any]):
    """One table of a holder's state, of which what was asked for is at hand.

    It only refers to its owner weakly, as a state doesn't outlive its holder: what an archive lets go of is free at once, while
    Python's cycle collector rests.
    """

    __slots__ = ("_name", "_owner", "_whole")

    def __init__(self, owner: Owner, name: str) -> None:
        super().__init__()
        self._owner, self._name, self._complete = ref(owner), name, False

    @property
    def owner(self) -> Owner:
        """Whose table it is."""
        found = self._owner()
        assert found is not None
        return found

    def get(self, key: Any, default: Any = None, /) -> Any:
        """The value under a key."""
        if key in self:
            return self[key]
        part, owner = part_of(key), self.owner
        if not self._complete and part not in owner.parts:
            recall_cells(owner.reading, [(owner, {part})])
            return super().get(key, default)
        return default

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        owner = self.owner
        owner.written[owner.epoch, self._name, key] = value

    def hold(self, key: Any, value: Any) -> None:
        """Take it that a value is in the store."""
        super().__setitem__(key, value)

    def mark_complete(self) -> None:
        """Take it that the store has nothing but what is held."""
        self._complete = True

    def items(self) -> ItemsView[Any, Any]:  # type: ignore[override]
        """All keys and values."""
        if not self._complete:
            mine, owner = ("field", (self._name,)), self.owner
            found = owner.reading.joined(CELLS, (owner.no,), only=mine, columns=("key", "value"))
            keys, values = map(unpack_joined, found)  # those of a key by their epochs
            at_hand = {**self}
            super().update(zip(keys, values, strict=True))
            super().update(at_hand)
            self._complete = True
            owner.count_loaded(len(keys))
        return super().items()

    def copy(self) -> None:  # type: ignore[override]
        """Nothing: a snapshot leaves the items where they are, and ends an epoch."""

    def __len__(self) -> int:
        return 0  # what lies in the store weighs nothing

    def __bool__(self) -> bool:
        return True


def recall_cells(reading: Reading, wanted: Iterable[tuple[Owner, set[str]]]) -> None:
    """Recall all items of some holders that are about some things."""
    missing = [(owner, parts - owner.parts) for owner, parts in wanted]
    keys: list[Key] = [(owner.no, part) for owner, parts in missing for part in parts]
    if not keys:
        return
    _hold({owner.no: owner for owner, _ in missing}, reading.find(CELLS, keys))
    for owner, parts in missing:
        owner.parts |= parts
        owner.count_loaded(len(parts))


def _hold(owners: dict[int, Any], rows: list[Row]) -> None:
    """Take in what rows say, of each item the last; what is at hand already is as new, or newer."""
    last = {row[:4]: row for row in sorted(rows, key=_epoch)}
    rows = [row for row in last.values() if row[2] in owners[row[0]].tables]  # type: ignore[index]
    keys = unpack_all([str(row[3]) for row in rows])
    values = unpack_all([str(row[5]) for row in rows])
    for row, key, value in zip(rows, keys, values, strict=True):
        table = owners[row[0]].tables[row[2]]  # type: ignore[index]
        if key not in table:
            table.hold(key, value)


def _epoch(row: Row) -> int:
    return row[4]  # type: ignore[return-value]


def cell_rows(owner: Owner) -> list[Row]:
    """Rows of what was written, which isn't told again."""
    rows: list[Row] = [
        (owner.no, part_of(key), name, pack(key), epoch, pack(value))
        for (epoch, name, key), value in owner.written.items()
    ]
    owner.written.clear()
    return rows


def keys_after_epoch(owner: Owner, epoch: int) -> list[Key]:
    """The keys of the rows that were written behind an epoch."""
    rows = owner.reading.scan(CELLS, (owner.no,), index="epoch", since=(epoch + 1,))
    return [row[:5] for row in rows]
