"""Histories and gates whose past lies in a store: what this batch added is at hand, the rest is asked for.

What was added is written before anything is mended, so that whoever asks for the past finds all of it there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from weakref import ref

from attrs import define, field

from wiifm.activities import BEGINNING, Order, order_of
from wiifm.archive.cells import Cells, behind_epoch
from wiifm.archive.codec import Packed, micros, moment_of, pack, pack_state, unpack_state
from wiifm.archive.recalled import Recalled
from wiifm.archive.tables import CELLS, CLAIMS, HISTORIES, SNAPSHOTS
from wiifm.doors import Claim, Door, Placed
from wiifm.events import Event
from wiifm.faults import StoreFault
from wiifm.records import History, State
from wiifm.stores.protocol import Key, Row, Writing

T = TypeVar("T")
O = TypeVar("O", bound=Hashable)  # noqa: E741 - whose tail it is

PAGE = 250
"""How many claims of the past are recalled at once."""

MICROSECOND = timedelta(microseconds=1)


@define(eq=False)
class Desk:
    """The transaction that is open, and what was touched in it."""

    session: Writing | None = None
    histories: dict[int, StoredHistory] = field(factory=dict)
    doors: dict[tuple[str, str], StoredDoor] = field(factory=dict)

    @property
    def open(self) -> Writing:
        """The transaction."""
        if self.session is None:
            raise StoreFault("the archive was asked for something outside of a transaction")
        return self.session

    def clear(self) -> None:
        """Have nothing touched."""
        self.histories.clear()
        self.doors.clear()


class Touched(list[T]):
    """What was added to something in this batch, which counts as touched."""

    __slots__ = ("_whose",)

    def __init__(self, whose: StoredHistory | StoredDoor) -> None:
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
    desk: Desk
    known: Recalled[str, Event]
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
        self.desk.histories[self.no] = self

    @property
    def reading(self) -> Writing:
        """Where its rows are."""
        return self.desk.open

    # ---- on the way forward ------------------------------------------------------------------------------

    def rest(self, count: int) -> None:
        """Keep the state as it is now; where nothing was added in this batch, only behind the next event."""
        if count:
            super().rest(count)
        else:
            self.due = 1

    def keep(self, count: int, order: Order) -> None:
        """Keep the state as it is now."""
        self._recall_snapshots()
        super().keep(count, order)
        self.epochs[order] = self.epoch
        self.epoch += 1
        self.touch()

    def note(self, event: Event) -> None:
        """Put an event into the store, in its place, if it isn't there yet."""
        order = order_of(event)
        row = (self.no, micros(order[0]), order[1])
        if not self.desk.open.find(HISTORIES, [row]):
            self.desk.open.insert(HISTORIES, [row])
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
        names = [str(row[2]) for row in self.desk.open.scan(HISTORIES, (self.no,), since=since)]
        self.known.recall(names)
        return [self.known[name] for name in names]

    def behind(self, place: Order) -> list[Event]:
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
            self.desk.open.delete(CELLS, gone)
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
            rows = list(self.desk.open.scan(SNAPSHOTS, (self.no,)))
            earlier = [
                ((moment_of(int(at)), str(name)), int(count), unpack_state(str(text), self.fresh))  # type: ignore[arg-type]
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


@define(eq=False, kw_only=True)
class StoredDoor(Door):
    """A gate at one key, of which only what is used up, and what this batch claimed, is at hand.

    Where something changes among the claims of the past, those from there on are recalled, page by page, as far as they are asked for.
    """

    where: tuple[str, str]
    desk: Desk
    since: Key | None = None
    """From where on claims of the past are at hand; None while none are."""
    upto: Key | None = None
    """Up to where they are; None: all of them."""
    written: dict[Key, Placed | None] = field(factory=dict)
    """Claims of the past that have another place now, those that were put among them, and, as None, those that were dropped."""

    def __attrs_post_init__(self) -> None:
        self.claims = Tail(self)

    def touch(self) -> None:
        """Have it written at the end of the batch."""
        self.desk.doors[self.where] = self

    def put(self, claim: Claim) -> None:
        """Take in a claim at its place in the order."""
        self._recall_around(claim)
        super().put(claim)
        self.written[_key_of(claim)] = (*claim, 0)

    def drop(self, claim: Claim) -> None:
        """Take a claim out."""
        self._recall_around(claim)
        super().drop(claim)
        self.written[_key_of(claim)] = None

    def place_of(self, claim: Claim) -> int:
        """The place that a claim has."""
        number = self._where(claim)
        if number < len(self.claims) and self.claims[number][:4] == claim[:4]:
            return self.claims[number][7]
        rows = self.desk.open.find(CLAIMS, [(*self.where, *_key_of(claim))])
        return int(rows[0][9])  # type: ignore[arg-type]

    def recall(self, row: Row) -> None:
        """Take in what is used up, and find out who gave last, or who got through where each may only once."""
        _, _, through, points, period, carried = row
        self.through, self.points = int(through), int(str(points))  # type: ignore[arg-type]
        self.period, self.carried = period, int(str(carried))  # type: ignore[assignment]
        if self.terms.within is not None:
            self._recall_who_gave(self.terms.within)
        if self.terms.gate.distinct:
            rows = (row for row in self.desk.open.scan(CLAIMS, self.where) if row[9])
            passed = islice(rows, self.through)  # all others were refused
            self.actors = {str(row[7]) for row in passed if row[7] is not None}

    def _recall_who_gave(self, within: timedelta) -> None:
        """Find out when each of both gave last, as far as it may matter to whoever gives next."""
        last: datetime | None = None
        for row in self.desk.open.scan(CLAIMS, self.where, backwards=True):
            at = moment_of(row[2])  # type: ignore[arg-type]
            last = last or at
            if last - at > within or len(self.gave) == 2:
                break
            self.gave.setdefault(row[7], at)  # type: ignore[arg-type]

    def _recall_around(self, claim: Claim) -> None:
        """Have the claims at hand from one on, and those ahead of it that tell what is used up there."""
        self.touch()
        key = _key_of(claim)
        since = self._needed_for(key)
        if self.since is None:
            self.since, self.upto = since, since
        elif since < self.since:
            rows = self.desk.open.scan(CLAIMS, self.where, since=since, before=self.since)
            self.claims[:0] = map(_placed, rows)
            self.since = since
        while self.upto is not None and key >= self.upto:
            self._recall_page()

    def _needed_for(self, key: Key) -> Key:
        """The first claim that settling needs for a change at a key, which is the one ahead of it, if not an earlier one."""
        if self.terms.carry is not None:
            return ()
        rows = self.desk.open.scan(CLAIMS, self.where, before=key, backwards=True, most=1)
        ahead = next(rows, None)
        if ahead is None:
            return ()
        if self.terms.within is not None:
            return (int(ahead[2]) - self.terms.within // MICROSECOND,)  # type: ignore[arg-type]
        return ahead[2:6]

    def _recall_page(self) -> None:
        rows = [*self.desk.open.scan(CLAIMS, self.where, since=self.upto, most=PAGE + 1)]
        self.upto = rows[PAGE][2:6] if len(rows) > PAGE else None
        self.claims += map(_placed, rows[:PAGE])

    def _from(self, number: int) -> Iterator[int]:
        while number < len(self.claims) or self.upto is not None:
            if number == len(self.claims):
                self._recall_page()
                continue
            yield number
            number += 1

    def _move(self, number: int, place: int) -> None:
        super()._move(number, place)
        claim = self.claims[number]
        self.written[_key_of(claim)] = claim

    def shelve_claims(self) -> tuple[list[Key], list[Row], list[Row]]:
        """The keys of claims of the past that were dropped, rows of those that changed, and of those that were added.

        From now on they all belong to the past.
        """
        gone: list[Key] = [(*self.where, *key) for key, claim in self.written.items() if not claim]
        moved = [self._row(claim) for claim in self.written.values() if claim]
        new = [self._row(claim) for claim in self.claims] if self.since is None else []
        self.claims, self.since, self.upto, self.written = Tail(self), None, None, {}
        return gone, moved, new

    def _row(self, claim: Placed) -> Row:
        at, name, rule, rank, amount, actor, period, place = claim
        return (*self.where, micros(at), name, rule, rank, str(amount), actor, period, place)

    def row(self) -> Row:
        """What is used up."""
        return (*self.where, self.through, str(self.points), self.period, str(self.carried))


def _key_of(claim: Claim | Placed) -> Key:
    """By what a claim is found among those of its gate and key."""
    at, name, rule, rank = claim[:4]
    return micros(at), name, rule, rank


def _placed(row: Row) -> Placed:
    _, _, at, name, rule, rank, amount, actor, period, place = row
    found = (moment_of(int(at)), str(name), str(rule), int(rank))  # type: ignore[arg-type]
    taken = (int(str(amount)), None if actor is None else str(actor))
    return (*found, *taken, int(period), int(place))  # type: ignore[arg-type]
