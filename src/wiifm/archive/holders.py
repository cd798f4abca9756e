"""The histories of all holders and the gates at all keys, recalled where they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from attrs import define, field

from wiifm.activities import BEGINNING, Order
from wiifm.archive.codec import micros, moment_of, number_in, pack, unpack, unpack_state
from wiifm.archive.doors import StoredDoor
from wiifm.archive.log import StoredLog
from wiifm.archive.past import Desk, StoredHistory
from wiifm.archive.recalled import Recalled, recalled
from wiifm.archive.tables import DOORS, GHOSTS, HOLDERS, SNAPSHOTS
from wiifm.folds.gate import Gates
from wiifm.folds.ghosts import Ghost, Ghosts
from wiifm.folds.reward import Histories
from wiifm.ledger import Holder, HolderKind
from wiifm.levels import Ladders
from wiifm.program.gates import terms_of
from wiifm.records import History
from wiifm.stores.protocol import Row


@define(eq=False, kw_only=True)
class StoredHistories(Histories):
    """Histories that are looked up by holder; ``count`` numbers them."""

    desk: Desk
    log: StoredLog
    count: int = 0
    ghosts: Ghosts | None = None
    ladders: Ladders = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ladders = Ladders.of(self.program.book)
        self.member = Recalled(partial(self._load, "member"))
        self.unit = Recalled(partial(self._load, "unit"))
        self.community = Recalled(partial(self._load, "community"))

    def new(self, kind: HolderKind, name: str) -> History:
        """A history without events."""
        self.count += 1
        found = self._history(self.count, Holder(kind, name))
        for table in found.tables.values():
            table.hold_all()
        self._of(kind)[name] = found
        found.touch()
        return found

    def recall(self, holders: list[Holder]) -> None:
        """Look up some holders at once."""
        for kind in ("member", "unit", "community"):
            names = [each.id for each in holders if each.kind == kind]
            recalled(self._of(kind)).recall(names)

    def _history(self, no: int, holder: Holder) -> StoredHistory:
        fresh = self.program.states[holder.kind]
        return StoredHistory(
            holder, fresh(), no=no, desk=self.desk, known=self.log.known, fresh=fresh
        )

    def _load(self, kind: HolderKind, names: list[str]) -> Mapping[str, History]:
        rows = self.desk.open.find(HOLDERS, [(kind, name) for name in names], index="name")
        found = {str(row[2]): self._read(row) for row in rows}
        if self.ghosts and self.ghosts.horizon > BEGINNING:
            self._haunt({each.no: each for each in found.values()}, self.ghosts)
        return found

    def _read(self, row: Row) -> StoredHistory:
        no, kind, name, count, due, at, last, epoch, text, kept = row
        found = self._history(int(no), Holder(kind, str(name)))  # type: ignore[arg-type]
        found.base, found.due = int(count), int(due) - int(count)  # type: ignore[arg-type]
        found.last = (moment_of(int(at)), str(last))  # type: ignore[arg-type]
        found.epoch = int(epoch)  # type: ignore[arg-type]
        found.state = unpack_state(str(text), found.fresh, found.packed)
        found.furnish()
        found.kept = unpack(str(kept)) if kept is not None else {}
        self.ladders.take_stock(found)
        return found

    def _haunt(self, found: Mapping[int, StoredHistory], ghosts: Ghosts) -> None:
        """Tell histories of the died events that concern them."""
        rows = self.desk.open.find(GHOSTS, [(no,) for no in found])
        self.log.known.recall(str(row[1]) for row in rows)
        for no, name, at, death in rows:
            history, place = found[int(no)], (moment_of(int(at)), str(death))  # type: ignore[arg-type]
            revived = ghosts.revive(self.log.events[str(name)]).activities
            mine = [a for a in revived if a.holder == history.holder]
            history.ghosts[str(name)] = (place, mine)
            history.haunted[str(name)] = place

    def died(self, names: list[str]) -> Mapping[str, Ghost]:
        """The died events among some: when they died, and all whom they concern."""
        rows = self.desk.open.find(GHOSTS, [(name,) for name in names], index="event")
        known = self.desk.open.find(HOLDERS, [(row[0],) for row in rows]) if rows else []
        holders = {row[0]: Holder(row[1], str(row[2])) for row in known}  # type: ignore[arg-type]
        found: dict[str, Ghost] = {}
        for no, name, at, death in rows:
            before = found.get(str(name))
            others = before.holders if before else frozenset()
            place = (moment_of(int(at)), str(death))  # type: ignore[arg-type]
            found[str(name)] = Ghost(place, others | {holders[no]})
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

    def in_time(self) -> Iterator[History]:
        """All histories by their numbers; those that aren't held yet are held only once they are changed."""
        known = 0
        for history in self:
            known = max(known, history.no)  # type: ignore[attr-defined]
            yield history
        new = [each for each in self.desk.histories.values() if each.no > known]
        yield from sorted(new, key=lambda each: each.no)

    def changed(self, history: History) -> None:
        """Hold a history that time has changed, and have it written."""
        assert isinstance(history, StoredHistory)
        self._of(history.holder.kind)[history.holder.id] = history
        history.touch()

    def holders_in_time(self) -> list[Holder]:
        """All holders for whom time may change something."""
        return [each.holder for each in self.in_time() if each.holder.kind in self.program.passing]

    def members(self, field: str) -> dict[str, int]:
        """What members have in a field of their states that holds a number, as far as it isn't 0: nothing else of a state is read."""
        found = super().members(field)
        for _, kind, name, *_, text, _ in self.desk.open.scan(HOLDERS):
            if kind == "member" and name not in found:
                number = number_in(str(text), field)
                if number and dict.get(self.member, str(name)) is None:
                    found[str(name)] = number
        return found

    def of_kind(self, kind: HolderKind) -> Iterator[History]:
        """The histories of all holders of a kind, by their names."""
        yield from self._each(self.desk.open.scan(HOLDERS, (kind,), index="name"))

    def __iter__(self) -> Iterator[History]:
        yield from self._each(self.desk.open.scan(HOLDERS))

    def _each(self, rows: Iterable[Row]) -> Iterator[History]:
        for row in rows:
            held = dict.get(self._of(row[1]), str(row[2]))  # type: ignore[arg-type]
            yield self._read(row) if held is None else held

    def furnish(self) -> None:
        """Hold nothing of the tables of all states."""
        for found in (self.member, self.unit, self.community):
            for history in found.values():
                assert isinstance(history, StoredHistory)
                history.furnish()

    def forget_all(self) -> None:
        """Hold nothing any more."""
        for found in (self.member, self.unit, self.community):
            recalled(found).forget()


@define(eq=False, kw_only=True)
class StoredGates(Gates):
    """Gates that are looked up by key."""

    desk: Desk

    def __attrs_post_init__(self) -> None:
        self.doors = {name: Recalled(partial(self._load, name)) for name in self.program.gates}

    def _load(
        self, gate: str, keys: list[tuple[object, ...]]
    ) -> Mapping[tuple[object, ...], StoredDoor]:
        terms = terms_of(self.program.gates[gate])
        found = {key: StoredDoor(terms, where=(gate, pack(key)), desk=self.desk) for key in keys}
        for row in self.desk.open.find(DOORS, [door.where for door in found.values()]):
            found[unpack(str(row[1]))].recall(row)
        return found

    def forget_all(self) -> None:
        """Hold nothing any more."""
        for found in self.doors.values():
            recalled(found).forget()
