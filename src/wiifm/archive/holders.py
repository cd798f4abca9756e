"""The histories of all holders, and the states of all gates, recalled as needed."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from functools import partial

from attrs import define, field

from wiifm.activities import BEGINNING, Activity, Order, order_of
from wiifm.archive.cells import recall_cells
from wiifm.archive.codec import (
    Packed,
    cells_of,
    micros,
    moment_of,
    number_in,
    pack,
    unpack,
    unpack_state,
)
from wiifm.archive.gate_state import PLACE, StoredGateState, key_of
from wiifm.archive.log import StoredLog
from wiifm.archive.past import StoredHistory
from wiifm.archive.read_through import ReadThrough, read_through
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import CLAIMS, DOORS, GHOSTS, HISTORIES, HOLDERS, SNAPSHOTS
from wiifm.events import Event
from wiifm.folds.gate import Claimed, GateKey, Gates
from wiifm.folds.ghosts import Ghost, Ghosts
from wiifm.folds.reward import Histories
from wiifm.ledger import Holder, HolderKind
from wiifm.levels import Ladders
from wiifm.program.gates import terms_of
from wiifm.records import History, State
from wiifm.stores.protocol import Cell, Row

PARTS = frozenset({"target", "person", "community", "topics"})
"""The fields of an activity by which states count."""


@define(eq=False, kw_only=True)
class StoredHistories(Histories):
    """Histories in a store, by holder. ``count`` is the last number that was given to one."""

    scope: TransactionScope
    log: StoredLog
    touched: dict[int, StoredHistory] = field(factory=dict)
    """The histories that have to be written."""
    count: int = 0
    ghosts: Ghosts | None = None
    ladders: Ladders = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ladders = Ladders.of(self.program.book)
        self.member = ReadThrough(partial(self._load, "member"))
        self.unit = ReadThrough(partial(self._load, "unit"))
        self.community = ReadThrough(partial(self._load, "community"))

    def new(self, kind: HolderKind, name: str) -> History:
        """A new history without events."""
        self.count += 1
        found = self._history(self.count, Holder(kind, name), self.program.states[kind](), {})
        for table in found.tables.values():
            table.mark_complete()
        self._of(kind)[name] = found
        found.touch()
        return found

    def prefetch(self, holders: Collection[Holder]) -> None:
        """Recall the histories of some holders, with one query per kind."""
        for kind in ("member", "unit", "community"):
            names = [each.id for each in holders if each.kind == kind]
            read_through(self._of(kind)).recall(names)

    def add_events(self, concerned: Mapping[Holder, Iterable[Event]]) -> None:
        """Insert events into the histories of holders, at their places in the store, unless they are there already."""
        orders: dict[Row, Order] = {}
        for holder, events in concerned.items():
            no = self.of(holder).no  # type: ignore[attr-defined]
            orders |= {(no, micros(e.occurred_at), e.id): order_of(e) for e in events}
        for row in self.scope.open.find(HISTORIES, list(orders)):
            del orders[row]
        if orders:
            self.scope.open.insert(HISTORIES, sorted(orders))
        places: dict[Cell, list[Order]] = {}
        for row, order in orders.items():
            places.setdefault(row[0], []).append(order)
        for holder in concerned:
            history = self.of(holder)
            assert isinstance(history, StoredHistory)
            history.added(places.get(history.no, ()))

    def prefetch_counted(self, history: History, activities: Iterable[Activity]) -> None:
        """Recall, with one query, what a history has counted by the objects and persons of some activities."""
        parts: set[str] = set()
        for a in activities:
            needs = self.program.tabled.get(a.event.type, {}).get(a.role, frozenset())
            for name in needs & PARTS:
                parts.update(each or "" for each in _all_of(getattr(a, name)))
        if parts:
            assert isinstance(history, StoredHistory)
            recall_cells(self.scope.open, [(history, parts)])

    def _history(self, no: int, holder: Holder, state: State, packed: Packed) -> StoredHistory:
        return StoredHistory(
            holder,
            state,
            no=no,
            scope=self.scope,
            touched=self.touched,
            known=self.log.known,
            fresh=self.program.states[holder.kind],
            packed=packed,
        )

    def _load(self, kind: HolderKind, names: list[str]) -> Mapping[str, History]:
        rows = self.scope.open.find(HOLDERS, [(kind, name) for name in names], index="name")
        found = {str(row[2]): self._read(row) for row in rows}
        if self.ghosts and self.ghosts.horizon > BEGINNING:
            self._load_ghosts({each.no: each for each in found.values()}, self.ghosts)
        return found

    def _read(self, row: Row) -> StoredHistory:
        no, kind, name, count, due, at, last, epoch, text, kept = row
        packed: Packed = {}
        state = unpack_state(str(text), self.program.states[kind], packed)  # type: ignore[index]
        found = self._history(int(no), Holder(kind, str(name)), state, packed)  # type: ignore[arg-type]
        found.base, found.due = int(count), int(due) - int(count)  # type: ignore[arg-type]
        found.last = (moment_of(int(at)), str(last))  # type: ignore[arg-type]
        found.epoch = int(epoch)  # type: ignore[arg-type]
        found.kept = unpack(str(kept)) if kept is not None else {}
        self.ladders.note_current_levels(found)
        return found

    def _load_ghosts(self, found: Mapping[int, StoredHistory], ghosts: Ghosts) -> None:
        """Load the dead events that concern some histories."""
        rows = self.scope.open.find(GHOSTS, [(no,) for no in found])
        self.log.known.recall(str(row[1]) for row in rows)
        for no, name, at, death in rows:
            history, place = found[int(no)], (moment_of(int(at)), str(death))  # type: ignore[arg-type]
            revived = ghosts.revive(self.log.events[str(name)]).activities
            mine = [a for a in revived if a.holder == history.holder]
            history.ghosts[str(name)] = (place, mine)
            history.stored_ghosts[str(name)] = place

    def died(self, names: list[str]) -> Mapping[str, Ghost]:
        """The dead events among some: at which place each died, and whom it concerns."""
        rows = self.scope.open.find(GHOSTS, [(name,) for name in names], index="event")
        known = self.scope.open.find(HOLDERS, [(row[0],) for row in rows]) if rows else []
        holders = {row[0]: Holder(row[1], str(row[2])) for row in known}  # type: ignore[arg-type]
        found: dict[str, Ghost] = {}
        for no, name, at, death in rows:
            before = found.get(str(name))
            others = before.holders if before else frozenset()
            place = (moment_of(int(at)), str(death))  # type: ignore[arg-type]
            found[str(name)] = Ghost(place, others | {holders[no]})
        return found

    def truncate(self, last: Order) -> None:
        """Drop all snapshots after a place. The events there stay, since none of them counts."""
        place = cells_of(last)
        rows = self.scope.open.scan(SNAPSHOTS, index="time", since=place)
        numbers = {row[0] for row in rows if row[1:3] != place}
        for row in self.scope.open.find(HOLDERS, [(number,) for number in numbers]):
            found = self.of(Holder(row[1], str(row[2])))  # type: ignore[arg-type]
            assert isinstance(found, StoredHistory)
            found.drop_snapshots_after(last)
        for history in list(self.touched.values()):
            history.drop_snapshots_after(last)

    def in_time(self) -> Iterator[History]:
        """All histories by number. Those that aren't cached are cached only when they change."""
        known = 0
        for history in self:
            known = max(known, history.no)  # type: ignore[attr-defined]
            yield history
        new = [each for each in self.touched.values() if each.no > known]
        yield from sorted(new, key=lambda each: each.no)

    def changed(self, history: History) -> None:
        """Cache a history that the passing of time has changed, and mark it to be written."""
        assert isinstance(history, StoredHistory)
        self._of(history.holder.kind)[history.holder.id] = history
        history.touch()

    def holders_in_time(self) -> list[Holder]:
        """All holders for whom the passing of time may change something."""
        return [each.holder for each in self.in_time() if each.holder.kind in self.program.passing]

    def members(self, field: str) -> dict[str, int]:
        """By member, the number in a field of the state, unless it is 0. Nothing else of a state is decoded."""
        found = super().members(field)
        for _, kind, name, *_, text, _ in self.scope.open.scan(HOLDERS):
            if kind == "member" and name not in found:
                number = number_in(str(text), field)
                if number and dict.get(self.member, str(name)) is None:
                    found[str(name)] = number
        return found

    def of_kind(self, kind: HolderKind) -> Iterator[History]:
        """The histories of all holders of a kind, by name."""
        yield from self._each(self.scope.open.scan(HOLDERS, (kind,), index="name"))

    def __iter__(self) -> Iterator[History]:
        yield from self._each(self.scope.open.scan(HOLDERS))

    def page(self, after: int, most: int) -> list[StoredHistory]:
        """The histories of the holders with the next numbers after a number, at most so many. They aren't cached."""
        found = self._each(self.scope.open.scan(HOLDERS, since=(after + 1,), most=most))
        return [each for each in found if isinstance(each, StoredHistory)]

    def _each(self, rows: Iterable[Row]) -> Iterator[History]:
        for row in rows:
            held = dict.get(self._of(row[1]), str(row[2]))  # type: ignore[arg-type]
            yield self._read(row) if held is None else held

    def reset_tables(self) -> None:
        """Clear the caches of the tables in all states."""
        for found in (self.member, self.unit, self.community):
            for history in found.values():
                assert isinstance(history, StoredHistory)
                history.reset_tables()

    def forget_all(self) -> None:
        """Clear the cache."""
        self.touched.clear()
        for found in (self.member, self.unit, self.community):
            read_through(found).forget()


class StoredGhosts(Ghosts):
    """The dead events in a store."""

    def prefetch(self, events: Iterable[Event]) -> None:
        """Recall which of some events are dead, and the relations of all."""
        events = list(events)
        super().prefetch(events)
        read_through(self.by_id).recall(event.id for event in events)


@define(eq=False, kw_only=True)
class StoredGates(Gates):
    """Gate states in a store, by gate and key."""

    scope: TransactionScope
    touched: dict[tuple[str, str], StoredGateState] = field(factory=dict)
    """The gate states that have to be written."""

    def __attrs_post_init__(self) -> None:
        self.states = {name: ReadThrough(partial(self._load, name)) for name in self.program.gates}

    def _load(
        self, gate: str, keys: list[tuple[object, ...]]
    ) -> Mapping[tuple[object, ...], StoredGateState]:
        terms = terms_of(self.program.gates[gate])
        scope, touched = self.scope, self.touched
        found = {
            key: StoredGateState(terms, where=(gate, pack(key)), scope=scope, touched=touched)
            for key in keys
        }
        for row in self.scope.open.find(DOORS, [state.where for state in found.values()]):
            found[unpack(str(row[1]))].recall(row)
        return found

    def prefetch(self, keys: Iterable[GateKey]) -> None:
        """Recall the states at some keys, with one query per gate."""
        found: dict[str, list[tuple[Hashable, ...]]] = {}
        for gate, key in keys:
            found.setdefault(gate, []).append(key)
        for gate, wanted in found.items():
            read_through(self.states[gate]).recall(wanted)

    def places_of(self, claimed: list[Claimed]) -> list[int]:
        """The places of some claims. Those that aren't in memory are read with one query."""
        states = [self._held(each) for each in claimed]
        keys = [
            (gate, pack(key), *key_of(claim)) if state is None else None
            for state, ((gate, key), _, claim) in zip(states, claimed, strict=True)
        ]
        wanted = {key for key in keys if key is not None}
        rows = self.scope.open.find(CLAIMS, list(wanted)) if wanted else ()
        found = {row[: len(CLAIMS.key)]: int(row[PLACE]) for row in rows}  # type: ignore[arg-type]
        return [
            state.place_of(claim) if state is not None else found[key]  # type: ignore[index]
            for state, key, (_, _, claim) in zip(states, keys, claimed, strict=True)
        ]

    def _held(self, claimed: Claimed) -> StoredGateState | None:
        """The gate state that has a claim in memory, or None."""
        (gate, key), _, claim = claimed
        state = dict.get(self.states[gate], key)
        return state if isinstance(state, StoredGateState) and state.holds(claim) else None

    def forget_all(self) -> None:
        """Clear the cache."""
        self.touched.clear()
        for found in self.states.values():
            read_through(found).forget()


def _all_of(value: str | tuple[str, ...] | None) -> tuple[str | None, ...]:
    """The names in a field of an activity."""
    return value if isinstance(value, tuple) else (value,)
