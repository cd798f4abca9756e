"""The histories of all holders, recalled as needed, and written if they are touched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial

from attrs import define, field

from wiifm.activities import BEGINNING, Activity, Order, order_of
from wiifm.archive.cells import cell_rows, recall_cells
from wiifm.archive.codec import cells_of, micros, moment_of, unpack
from wiifm.archive.log import StoredLog
from wiifm.archive.past import StoredHistory
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.relations import StoredRelations
from wiifm.archive.scope import TransactionScope
from wiifm.archive.state_codec import Packed, awards_in, number_in, unpack_state
from wiifm.archive.tables import CELLS, GHOSTS, HISTORIES, HOLDERS, SNAPSHOTS
from wiifm.events import Event
from wiifm.folds.ghosts import Ghost, Ghosts
from wiifm.folds.reward import Histories
from wiifm.ledger import Holder, HolderKind
from wiifm.levels import Ladders
from wiifm.records import Awards, History, State, with_kept
from wiifm.stores.protocol import Cell, Row

PARTS = frozenset({"target", "person", "community", "topics"})
"""The fields of an activity by which states count."""


@define(eq=False, kw_only=True)
class StoredHistories(Histories):
    """Histories in a store, by holder. ``count`` is the last number that was given to one."""

    scope: TransactionScope
    log: StoredLog
    member: ReadThrough[str, History] = field(init=False)
    unit: ReadThrough[str, History] = field(init=False)
    community: ReadThrough[str, History] = field(init=False)
    touched: dict[int, StoredHistory] = field(factory=dict)
    """The histories that have to be written."""
    count: int = 0
    ghosts: StoredGhosts | None = None
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
        cached = {"member": self.member, "unit": self.unit, "community": self.community}
        for kind, found in cached.items():
            found.recall([each.id for each in holders if each.kind == kind])

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
            holder=holder,
            state=state,
            no=no,
            scope=self.scope,
            touched=self.touched,
            known=self.log.events,
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
        self.log.events.recall(str(row[1]) for row in rows)
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
        numbers = ((name, number_in(text, field)) for name, text, _ in self._uncached_members())
        return found | {name: number for name, number in numbers if number}

    def awards_of_members(self) -> Iterator[tuple[str, Awards]]:
        """The awards of each member, kept ones included. Nothing else of a state is decoded."""
        yield from super().awards_of_members()
        for name, text, kept in self._uncached_members():
            yield name, with_kept(awards_in(text), {} if kept is None else unpack(str(kept)))

    def _uncached_members(self) -> Iterator[tuple[str, str, Cell]]:
        """The members who aren't cached, each with the texts of their state and of their kept awards."""
        for _, kind, name, *_, text, kept in self.scope.open.scan(HOLDERS):
            if kind == "member" and dict.get(self.member, str(name)) is None:
                yield str(name), str(text), kept

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

    def write_pasts(self) -> None:
        """Write which events concern whom, and what was counted. This comes before repairs, which read it."""
        session, touched = self.scope.open, self.touched.values()
        cells = [row for each in touched for row in cell_rows(each)]
        if cells:
            session.put(CELLS, cells)
        rows = [row for each in touched for row in each.shelve_events()]
        if rows:
            session.insert(HISTORIES, rows)

    def write_states(self) -> None:
        """Write the states of holders, whose pasts must have been written; then none counts as touched."""
        session, touched = self.scope.open, self.touched.values()
        session.put(HOLDERS, [each.row() for each in touched])
        shelved = [each.shelve_snapshots() for each in touched]
        removed = [key for keys, _ in shelved for key in keys]
        if removed:
            session.delete(SNAPSHOTS, removed)
        new = [row for _, rows in shelved for row in rows]
        if new:
            session.put(SNAPSHOTS, new)
        if self.ghosts is not None:
            ghosts = [each.shelve_ghosts() for each in touched]
            session.delete(GHOSTS, [key for keys, _ in ghosts for key in keys])
            session.put(GHOSTS, [row for _, rows in ghosts for row in rows])
        self.touched.clear()

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
            found.forget()


@define(eq=False, kw_only=True)
class StoredGhosts(Ghosts):
    """The dead events in a store."""

    relations: StoredRelations
    by_id: ReadThrough[str, Ghost]

    def prefetch(self, events: Iterable[Event]) -> None:
        """Recall which of some events are dead, and the relations of all."""
        events = list(events)
        super().prefetch(events)
        self.by_id.recall(event.id for event in events)


def _all_of(value: str | tuple[str, ...] | None) -> tuple[str | None, ...]:
    """The names in a field of an activity."""
    return value if isinstance(value, tuple) else (value,)
