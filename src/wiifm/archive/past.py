"""Histories whose past lies in a store. The events of a batch are in memory; earlier ones are recalled only where they are needed.

New events are written before anything is repaired, so that repairs find all events in the store.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar
from weakref import ref

from attrs import define, field

from wiifm.activities import BEGINNING, Order, order_of
from wiifm.archive.cells import Cells, keys_after_epoch
from wiifm.archive.codec import cells_of, micros, moment_of, pack
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.scope import TransactionScope
from wiifm.archive.state_codec import Packed, pack_state, unpack_state
from wiifm.archive.tables import CELLS, HISTORIES, SNAPSHOTS
from wiifm.events import Event
from wiifm.records import History, Snapshot, State
from wiifm.stores.protocol import Row, Writing

T = TypeVar("T")


class Touchable(Protocol):
    """Something that is written at the end of a batch if it was touched."""

    def touch(self) -> None:
        """Mark it to be written at the end of the batch."""


class Touched(list[T]):
    """What this batch added to an object that is marked as touched."""

    __slots__ = ("_whose",)

    def __init__(self, whose: Touchable) -> None:
        super().__init__()
        self._whose = ref(whose)  # no cycle, so that what is evicted is freed at once


class Tail(Touched[T]):
    """The same while it is empty: the first item marks the object as touched."""

    __slots__ = ()

    def append(self, item: T) -> None:
        """Add the first item."""
        whose = self._whose()
        assert whose is not None
        whose.touch()
        super().append(item)
        self.__class__ = Touched  # type: ignore[assignment] # whose append is that of list, since it is called for each event


@define(eq=False, kw_only=True)
class StoredHistory(History):
    """A history of which only the state, and the events of this batch, are in memory."""

    no: int
    scope: TransactionScope
    touched: dict[int, StoredHistory]
    """The histories that have to be written."""
    known: ReadThrough[str, Event]
    fresh: Callable[[], State]
    last: Order = BEGINNING
    epoch: int = 0
    epochs: dict[Order, int] = field(factory=dict)
    """The epoch that each snapshot ended."""
    tables: dict[str, Cells] = field(factory=dict)
    parts: set[str] = field(factory=set)
    written: dict[tuple[int, str, Any], Any] = field(factory=dict)
    packed: Packed = field(factory=dict)
    stored_snapshots: list[Snapshot] | None = None
    """The snapshots in the store; None before they were recalled."""
    stored_ghosts: dict[str, Order] = field(factory=dict)
    """The dead events that the store notes for this holder, with the place at which each died."""

    def __attrs_post_init__(self) -> None:
        self.events = Tail(self)
        self.reset_tables()

    def reset_tables(self) -> None:
        """Give the state its tables, with nothing cached."""
        self.parts.clear()
        self.tables = {name: Cells(self, name) for name in self.state.tables}
        for name, table in self.tables.items():
            setattr(self.state, name, table)

    def touch(self) -> None:
        """Mark this history to be written at the end of the batch."""
        self.touched[self.no] = self

    @property
    def reading(self) -> Writing:
        """The transaction to read from."""
        return self.scope.open

    def count_loaded(self, count: int) -> None:
        """Count further items of its tables as cached."""
        self.scope.cells += count

    # ---- on the way forward ------------------------------------------------------------------------------

    def snapshot(self, count: int) -> None:
        """Take a snapshot after so many of the batch's events; if there are none, one is due after the next event."""
        if count:
            super().snapshot(count)
        else:
            self.due = 1

    def add_snapshot(self, count: int, order: Order) -> None:
        """Take a snapshot."""
        self._recall_snapshots()
        super().add_snapshot(count, order)
        self.epochs[order] = self.epoch
        self.epoch += 1
        self.touch()

    def added(self, orders: Iterable[Order]) -> None:
        """Count events that were inserted into the store at their places."""
        for order in orders:
            self.base += 1
            self.due -= 1
            self.last = max(self.last, order)
        self.touch()

    # ---- back to an earlier place ------------------------------------------------------------------------

    @property
    def end(self) -> Order:
        """The place of the last event."""
        return order_of(self.events[-1]) if self.events else self.last

    def since(self, place: Order) -> list[Event]:
        """The events from a place on."""
        since = cells_of(place)
        names = [str(row[2]) for row in self.scope.open.scan(HISTORIES, (self.no,), since=since)]
        self.known.recall(names)
        return [self.known[name] for name in names]

    def after(self, place: Order) -> list[Event]:
        """The events after a place."""
        found = self.since(place)
        return found[bisect_right(found, place, key=order_of) :]

    def rewind(self, place: Order, fresh: Callable[[], State]) -> Order:
        """Go back to the last snapshot before a place, or to a fresh state; returns the place of that snapshot."""
        self._recall_snapshots()
        self.touch()
        order = super().rewind(place, fresh)
        last = self.epochs[order] if self.snapshots else -1
        gone = keys_after_epoch(self, last)
        if gone:
            self.scope.open.delete(CELLS, gone)
        self.epoch = last + 1
        self.written.clear()
        self.reset_tables()
        return order

    def drop_snapshots_after(self, last: Order) -> None:
        """Drop the snapshots after a place."""
        self._recall_snapshots()
        self.snapshots = [each for each in self.snapshots if each[0] <= last]
        self.touch()

    def _recall_snapshots(self) -> None:
        if self.stored_snapshots is None:
            rows = list(self.scope.open.scan(SNAPSHOTS, (self.no,)))
            earlier = [
                (
                    (moment_of(int(at)), str(name)),  # type: ignore[arg-type]
                    int(count),  # type: ignore[arg-type]
                    unpack_state(str(text), self.fresh, {}),
                )
                for _, at, name, count, _, text in rows
            ]
            for _, at, name, _, epoch, _ in rows:
                self.epochs[moment_of(int(at)), str(name)] = int(epoch)  # type: ignore[arg-type]
            self.stored_snapshots = earlier
            self.snapshots[:0] = earlier

    # ---- into the store ----------------------------------------------------------------------------------

    def shelve_events(self) -> list[Row]:
        """The rows of the events of this batch; from now on they are past."""
        rows: list[Row] = [(self.no, micros(e.occurred_at), e.id) for e in self.events]
        if rows:
            self.last = order_of(self.events[-1])
            self.base += len(rows)
            self.due -= len(rows)
            self.events = Tail(self)
        return rows

    def row(self) -> Row:
        """Its row in ``HOLDERS``. The events of this batch must have been shelved."""
        at, name = self.last
        text = pack_state(self.state, self.packed)
        due = self.base + self.due
        kept = pack(self.kept) if self.kept else None
        return (self.no, *self.holder, self.base, due, micros(at), name, self.epoch, text, kept)

    def shelve_snapshots(self) -> tuple[list[Row], list[Row]]:
        """The keys of the snapshots that were dropped, and the rows of new ones."""
        stored = self.stored_snapshots
        if stored is None or stored == self.snapshots:
            return [], []
        before = {place: state for place, _, state in stored}
        now = {place: (count, state) for place, count, state in self.snapshots}
        gone: list[Row] = [(self.no, micros(at), name) for at, name in before.keys() - now.keys()]
        new: list[Row] = [
            (self.no, micros(at), name, count, self.epochs[at, name], pack_state(state, {}))
            for (at, name), (count, state) in now.items()
            if before.get((at, name)) is not state
        ]
        self.stored_snapshots = self.snapshots.copy()
        return gone, new

    def shelve_ghosts(self) -> tuple[list[Row], list[Row]]:
        """The keys of the dead events that no longer concern this holder, and the rows of those that do now."""
        now = {event: death for event, (death, _) in self.ghosts.items()}
        gone: list[Row] = [(self.no, event) for event in self.stored_ghosts.keys() - now.keys()]
        new: list[Row] = [
            (self.no, event, micros(death[0]), death[1])
            for event, death in now.items()
            if self.stored_ghosts.get(event) != death
        ]
        self.stored_ghosts = now
        return gone, new
