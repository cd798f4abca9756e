"""The histories of all holders and the gates at all keys, recalled where they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from attrs import define

from wiifm.activities import Order
from wiifm.archive.codec import micros, moment_of, pack, unpack, unpack_state
from wiifm.archive.log import StoredLog
from wiifm.archive.past import Desk, StoredDoor, StoredHistory
from wiifm.archive.recalled import Recalled, recalled
from wiifm.archive.tables import DOORS, HOLDERS, SNAPSHOTS
from wiifm.folds.gate import Gates
from wiifm.folds.reward import Histories
from wiifm.ledger import Holder, HolderKind
from wiifm.program.gates import most_points
from wiifm.records import History
from wiifm.stores.protocol import Row


@define(eq=False, kw_only=True)
class StoredHistories(Histories):
    """Histories that are looked up by holder; ``count`` numbers them."""

    desk: Desk
    log: StoredLog
    count: int = 0

    def __attrs_post_init__(self) -> None:
        self.member = Recalled(partial(self._load, "member"))
        self.unit = Recalled(partial(self._load, "unit"))
        self.community = Recalled(partial(self._load, "community"))

    def new(self, kind: HolderKind, name: str) -> History:
        """A history without events."""
        self.count += 1
        found = self._history(self.count, Holder(kind, name))
        self._of(kind)[name] = found
        found.touch()
        return found

    def _history(self, no: int, holder: Holder) -> StoredHistory:
        fresh = self.program.states[holder.kind]
        return StoredHistory(
            holder, fresh(), no=no, desk=self.desk, known=self.log.known, fresh=fresh
        )

    def _load(self, kind: HolderKind, names: list[str]) -> Mapping[str, History]:
        rows = self.desk.open.find(HOLDERS, [(kind, name) for name in names], index="name")
        return {str(row[2]): self._read(kind, row) for row in rows}

    def _read(self, kind: HolderKind, row: Row) -> StoredHistory:
        no, _, name, count, due, at, last, text = row
        found = self._history(int(no), Holder(kind, str(name)))  # type: ignore[arg-type]
        found.base, found.due = int(count), int(due) - int(count)  # type: ignore[arg-type]
        found.last = (moment_of(int(at)), str(last))  # type: ignore[arg-type]
        found.state = unpack_state(str(text), found.fresh)
        return found

    def shorten(self, last: Order) -> None:
        """Drop all snapshots behind a place; the events there stay, as nobody counts them."""
        place = (micros(last[0]), last[1])
        rows = self.desk.open.scan(SNAPSHOTS, index="time", since=place)
        numbers = {row[0] for row in rows if row[1:3] != place}
        for row in self.desk.open.find(HOLDERS, [(number,) for number in numbers]):
            found = self.of(Holder(row[1], str(row[2])))  # type: ignore[arg-type]
            assert isinstance(found, StoredHistory)
            found.drop_behind(last)
        for history in list(self.desk.histories.values()):
            history.drop_behind(last)

    def __iter__(self) -> Iterator[History]:
        for row in self.desk.open.scan(HOLDERS):
            yield self.of(Holder(row[1], str(row[2])))  # type: ignore[arg-type]

    def forget_all(self) -> None:
        """Hold nothing any more."""
        for found in (self.member, self.unit, self.community):
            recalled(found).forget()


@define(eq=False, kw_only=True)
class StoredGates(Gates):
    """Gates that are looked up by key."""

    desk: Desk

    def __attrs_post_init__(self) -> None:
        self.doors = {name: Recalled(partial(self._load, name)) for name in self.program.book.gates}

    def _load(
        self, gate: str, keys: list[tuple[object, ...]]
    ) -> Mapping[tuple[object, ...], StoredDoor]:
        noun = self.program.book.gates[gate]
        found = {
            key: StoredDoor(noun, most_points(noun), where=(gate, pack(key)), desk=self.desk)
            for key in keys
        }
        for _, key, through, points in self.desk.open.find(
            DOORS, [door.where for door in found.values()]
        ):
            door = found[unpack(str(key))]
            door.through, door.points = int(through), int(str(points))  # type: ignore[arg-type]
            door.recall_actors()
        return found

    def forget_all(self) -> None:
        """Hold nothing any more."""
        for found in self.doors.values():
            recalled(found).forget()
