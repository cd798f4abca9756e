"""Histories whose past lies in a store: what this batch added is at hand, the rest is asked for.

What was added is written before anything is mended, so that whoever asks for the past finds all of it there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar
from weakref import ref

from attrs import define, field

from wiifm.activities import BEGINNING, Order, order_of
from wiifm.archive.cells import Cells, behind_epoch
from wiifm.archive.codec import Packed, micros, moment_of, pack, pack_state, unpack_state
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.scope import TransactionScope
from wiifm.archive.tables import CELLS, HISTORIES, SNAPSHOTS
from wiifm.events import Event
from wiifm.records import History, State
from wiifm.stores.protocol import Row, Writing

T = TypeVar("T")


class Past(Protocol):
    """Something whose past lies in a store."""

    def touch(self) -> None:
        """Have it written at the end of the batch."""


class Touched(list[T]):
    """What was added to something in this batch, which counts as touched."""

    __slots__ = ("_whose",)

    def __init__(self, whose: Past) -> None:
        super().__init__()
        self._whose = ref(whose)  # no cycle: what is let go of is to be free at once


class Tail(Touched[T]):
    """The same while nothing was added: with the first of it, whose tail it is counts as touched."""

    __slots__ = ()

    def append(self, item: T) -> None:
        """Add the first."""
        whose = self._whose()
        assert whose is not None
        whose.touch()
        super().append(item)
        self.__class__ = Touched  # type: ignore[assignment] # whose append is a list's: one is called for each event


@define(eq=False, kw_only=True)
class StoredHistory(History):
    """A history of which only the state, and what this batch added, is at hand."""

    no: int
    scope: TransactionScope
    touched: dict[int, StoredHistory]
    """Those that are to be written."""
    known: ReadThrough[str, Event]
    fresh: Callable[[], State]
    last: Order = BEGINNING
    epoch: int = 0
    epochs: dict[Order, int] = field(factory=dict)
    """The epochs that the snapshots end."""
    tables: dict[str, Cells] = field(factory=dict)
    parts: set[str] = field(factory=set)
    written: dict[tuple[int, str, Any], Any] = field(factory=dict)
    packed: Packed = field(factory=dict)
    shelved: dict[Order, State] | None = None
    """The snapshots that are in the store, by their places; None before they were asked for."""
    haunted: dict[str, Order] = field(factory=dict)
    """The died events that are noted in the store, and where each died."""

    def __attrs_post_init__(self) -> None:
        self.events = Tail(self)
        self.furnish()

    def furnish(self) -> None:
        """Give the state its tables, with nothing of them at hand."""
        self.parts.clear()
        self.tables = {name: Cells(self, name) for name in self.state.tables}
        for name, table in self.tables.items():
            setattr(self.state, name, table)

    def touch(self) -> None:
        """Have it written at the end of the batch."""
        self.touched[self.no] = self

    @property
    def reading(self) -> Writing:
        """Where its rows are."""
        return self.scope.open

    def asked(self, count: int) -> None:
        """Take it that so many more items of its tables are at hand."""
        self.scope.cells += count

    # ---- on the way forward ------------------------------------------------------------------------------

    def snapshot(self, count: int) -> None:
        """Keep the state as it is now; where nothing was added in this batch, only behind the next event."""
        if count:
            super().snapshot(count)
        else:
            self.due = 1

    def add_snapshot(self, count: int, order: Order) -> None:
        """Keep the state as it is now."""
        self._recall_snapshots()
        super().add_snapshot(count, order)
        self.epochs[order] = self.epoch
        self.epoch += 1
        self.touch()

    def noted(self, orders: Iterable[Order]) -> None:
        """Take it that events were put into the store, in their places."""
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
        """The events from a place in the order on."""
        since = (micros(place[0]), place[1])
        names = [str(row[2]) for row in self.scope.open.scan(HISTORIES, (self.no,), since=since)]
        self.known.recall(names)
        return [self.known[name] for name in names]

    def after(self, place: Order) -> list[Event]:
        """The events behind a place in the order."""
        found = self.since(place)
        return found[bisect_right(found, place, key=order_of) :]

    def rewind(self, place: Order, fresh: Callable[[], State]) -> Order:
        """Go back to the last snapshot before a place, or to a fresh state."""
        self._recall_snapshots()
        self.touch()
        order = super().rewind(place, fresh)
        last = self.epochs[order] if self.snapshots else -1
        gone = behind_epoch(self, last)
        if gone:
            self.scope.open.delete(CELLS, gone)
        self.epoch = last + 1
        self.written.clear()
        self.furnish()
        return order

    def drop_behind(self, last: Order) -> None:
        """Drop the snapshots behind a place."""
        self._recall_snapshots()
        self.snapshots = [each for each in self.snapshots if each[0] <= last]
        self.touch()

    def _recall_snapshots(self) -> None:
        if self.shelved is None:
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
            self.shelved = {order: state for order, _, state in earlier}
            self.snapshots[:0] = earlier

    # ---- into the store ----------------------------------------------------------------------------------

    def shelve_events(self) -> list[Row]:
        """Rows of what this batch added; from now on it belongs to the past."""
        rows: list[Row] = [(self.no, micros(e.occurred_at), e.id) for e in self.events]
        if rows:
            self.last = order_of(self.events[-1])
            self.base += len(rows)
            self.due -= len(rows)
            self.events = Tail(self)
        return rows

    def row(self) -> Row:
        """Its row among the holders, without events that this batch added."""
        at, name = self.last
        text = pack_state(self.state, self.packed)
        due = self.base + self.due
        kept = pack(self.kept) if self.kept else None
        return (self.no, *self.holder, self.base, due, micros(at), name, self.epoch, text, kept)

    def shelve_snapshots(self) -> tuple[list[Row], list[Row]]:
        """The keys of snapshots that are gone, and rows of those that are new."""
        if self.shelved is None:
            return [], []
        now = {order: (count, state) for order, count, state in self.snapshots}
        gone: list[Row] = [
            (self.no, micros(at), name) for at, name in self.shelved.keys() - now.keys()
        ]
        new: list[Row] = [
            (
                self.no,
                micros(order[0]),
                order[1],
                count,
                self.epochs[order],
                pack_state(state, {}),
            )
            for order, (count, state) in now.items()
            if self.shelved.get(order) is not state
        ]
        self.shelved = {order: state for order, (_, state) in now.items()}
        return gone, new

    def shelve_ghosts(self) -> tuple[list[Row], list[Row]]:
        """The keys of died events that don't concern it any more, and rows of those that do now."""
        now = {event: death for event, (death, _) in self.ghosts.items()}
        gone: list[Row] = [(self.no, event) for event in self.haunted.keys() - now.keys()]
        new: list[Row] = [
            (self.no, event, micros(death[0]), death[1])
            for event, death in now.items()
            if self.haunted.get(event) != death
        ]
        self.haunted = now
        return gone, new
