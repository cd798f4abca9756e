"""The tables in a holder's state, stored item by item, and recalled by the object or person that an item is about.

Such a table grows with the community. With a row per item, the rest of a state stays small however old the community is.
Items are versioned by epochs, each of which ends with a snapshot. To go back to a snapshot, the versions after it are
deleted.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable
from typing import Any, Protocol
from weakref import ref

from wiifm.archive.codec import pack, unpack_all, unpack_joined
from wiifm.archive.tables import CELLS
from wiifm.stores.protocol import Key, Reading, Row


class Owner(Protocol):
    """The holder's history to which the tables belong."""

    no: int
    epoch: int
    tables: dict[str, Cells]
    parts: set[str]
    written: dict[tuple[int, str, Any], Any]

    @property
    def reading(self) -> Reading:
        """The transaction to read from."""

    def count_loaded(self, count: int) -> None:
        """Count further items as cached."""


def part_of(key: object) -> str:
    """What an item is about: its key if that is a text, or the first text in it; empty if there is none.

    >>> part_of("p1"), part_of((None, "ann")), part_of(None)
    ('p1', 'ann', '')
    """
    if isinstance(key, tuple):
        key = next((each for each in key if isinstance(each, str)), "")
    return key if isinstance(key, str) else ""


class Cells(dict[Any, Any]):
    """One table in a holder's state. It caches the items that were asked for.

    It refers to its owner weakly, and a state doesn't outlive its holder. So there are no cycles, and what an archive evicts is
    freed at once, although the garbage collector is off.
    """

    __slots__ = ("_complete", "_name", "_owner")

    def __init__(self, owner: Owner, name: str) -> None:
        super().__init__()
        self._owner, self._name, self._complete = ref(owner), name, False

    @property
    def owner(self) -> Owner:
        """The history to which the table belongs."""
        found = self._owner()
        assert found is not None
        return found

    def get(self, key: Any, default: Any = None, /) -> Any:
        """The value of a key, from the cache or the store."""
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
        """Cache a value that is in the store."""
        super().__setitem__(key, value)

    def mark_complete(self) -> None:
        """Note that the store has no further items of this table."""
        self._complete = True

    def items(self) -> ItemsView[Any, Any]:  # type: ignore[override]
        """All keys and values."""
        if not self._complete:
            mine, owner = ("field", (self._name,)), self.owner
            found = owner.reading.joined(CELLS, (owner.no,), only=mine, columns=("key", "value"))
            keys, values = map(
                unpack_joined, found
            )  # the versions of a key in the order of their epochs: the last one wins
            cached = {**self}
            super().update(zip(keys, values, strict=True))
            super().update(cached)
            self._complete = True
            owner.count_loaded(len(keys))
        return super().items()

    def copy(self) -> None:  # type: ignore[override]
        """None: a snapshot doesn't copy the items, it ends an epoch."""

    def __len__(self) -> int:
        return 0  # items in the store don't count towards the size of a state

    def __bool__(self) -> bool:
        return True


def recall_cells(reading: Reading, wanted: Iterable[tuple[Owner, set[str]]]) -> None:
    """Recall the items of some holders that are about some parts, with one query."""
    missing = [(owner, parts - owner.parts) for owner, parts in wanted]
    keys: list[Key] = [(owner.no, part) for owner, parts in missing for part in parts]
    if not keys:
        return
    _hold({owner.no: owner for owner, _ in missing}, reading.find(CELLS, keys))
    for owner, parts in missing:
        owner.parts |= parts
        owner.count_loaded(len(parts))


def _hold(owners: dict[int, Any], rows: list[Row]) -> None:
    """Cache the latest version of each item among some rows. Cached items are at least as new, and stay."""
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
    """The rows of the items that changed since the last call."""
    rows: list[Row] = [
        (owner.no, part_of(key), name, pack(key), epoch, pack(value))
        for (epoch, name, key), value in owner.written.items()
    ]
    owner.written.clear()
    return rows


def keys_after_epoch(owner: Owner, epoch: int) -> list[Key]:
    """The keys of the rows that were written after an epoch."""
    rows = owner.reading.scan(CELLS, (owner.no,), index="epoch", since=(epoch + 1,))
    return [row[:5] for row in rows]
