"""The third fold: what a holder's activities earn them.

The program's ``reward`` folds one activity into a holder's state and writes its outcomes. This module has the histories
of all holders, and folds one again from the last snapshot before a change (``refold``), or on from its end (``extend``).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Activity, Order, order_of
from wiifm.events import Event
from wiifm.folds.gate import Gates
from wiifm.ledger import Holder, HolderKind
from wiifm.program import Program
from wiifm.records import Awards, History, Outcomes, last_advance, spacing_if_late

ActivitiesOf: TypeAlias = Callable[[list[Event]], list[tuple[Activity, ...]]]
"""Returns for each of some events its activities now; none where it doesn't count."""

PART = 2_000
"""How many events of a history are related together; they, and what they need, are held in memory meanwhile."""

NOWHERE: Mapping[str, int] = {}
"""The places of an activity that claims nothing."""


@define(eq=False)
class Histories:
    """The histories of all holders, by kind and id; and the events that advance time (``advances``), in order."""

    program: Program
    member: dict[str, History] = field(factory=dict)
    unit: dict[str, History] = field(factory=dict)
    community: dict[str, History] = field(factory=dict)
    advances: list[Event] = field(factory=list)

    def new(self, kind: HolderKind, name: str) -> History:
        """A new history without events."""
        found = History(Holder(kind, name), self.program.states[kind]())
        self._of(kind)[name] = found
        return found

    def _of(self, kind: HolderKind) -> dict[str, History]:
        return {"member": self.member, "unit": self.unit, "community": self.community}[kind]

    def get(self, holder: Holder) -> History | None:
        """The history of a holder, if there is one."""
        return self._of(holder.kind).get(holder.id)

    def prefetch(self, holders: Collection[Holder]) -> None:
        """Load the histories of some holders. Nothing to do where all are in memory."""

    def add_events(self, concerned: Mapping[Holder, Iterable[Event]]) -> None:
        """Put events into the histories of holders, as far as they aren't in them yet."""
        for holder, events in concerned.items():
            self.of(holder).add_events(events)

    def prefetch_counted(self, history: History, activities: Iterable[Activity]) -> None:
        """Load what a history has counted for the keys of some activities of its holder."""

    def of(self, holder: Holder) -> History:
        """The history of a holder, new if there is none yet."""
        return self.get(holder) or self.new(holder.kind, holder.id)

    # ---- time that passes --------------------------------------------------------------------------------

    def advance(self, event: Event, out: Outcomes) -> None:
        """Fold an event that advances time, and comes in order, into the states of all holders that it concerns."""
        self.advances.append(event)
        for history in self.in_time():
            step = self.program.passing.get(history.holder.kind)
            if step is not None and step(history, event, out):
                self.changed(history)

    def passing(
        self, kind: HolderKind, place: Order
    ) -> tuple[Callable[..., bool] | None, list[Event]]:
        """The step by which time changes holders of a kind (None if it doesn't), and the events that advance time from a position on."""
        step = self.program.passing.get(kind)
        found = self.advances[bisect_left(self.advances, place, key=order_of) :] if step else []
        return step, found

    def time(self, now: datetime) -> Event | None:
        """The last event that advanced time up to a moment; None if there is none."""
        return next((each for each in reversed(self.advances) if each.occurred_at <= now), None)

    def in_time(self) -> Iterator[History]:
        """All histories. Those yielded may be changed."""
        return iter(list(self))

    def holders_in_time(self) -> list[Holder]:
        """The holders for whom passing time may change something."""
        kinds = self.program.passing
        return [each.holder for each in self if each.holder.kind in kinds]

    def changed(self, history: History) -> None:
        """Note that passing time has changed the state of a history."""

    def learn(self, event: Event) -> None:
        """Add an event that advances time, at its position."""
        insort(self.advances, event, key=order_of)

    def unlearn(self, event: Event) -> None:
        """Remove an event that advances time, as it was retracted."""
        self.advances.remove(event)

    def truncate(self, last: Order) -> None:
        """Drop everything after a position from all histories, as nothing of it counts."""
        for history in self:
            history.truncate(last)

    def members(self, field: str) -> dict[str, int]:
        """The values of a numeric field of the members' states, as far as they aren't 0."""
        found = {name: getattr(each.state, field, 0) for name, each in self.member.items()}
        return {name: number for name, number in found.items() if number}

    def awards_of_members(self) -> Iterator[tuple[str, Awards]]:
        """The awards of each member, kept ones included."""
        return ((name, each.awards()) for name, each in self.member.items())

    def of_kind(self, kind: HolderKind) -> Iterator[History]:
        """The histories of all holders of a kind."""
        yield from self._of(kind).values()

    def __iter__(self) -> Iterator[History]:
        for found in (self.member, self.unit, self.community):
            yield from found.values()


def refold(
    histories: Histories, gates: Gates, history: History, place: Order, activities_of: ActivitiesOf
) -> tuple[list[Event], Outcomes]:
    """Fold a history again from a position on.

    Returns:
        The events from that position on, and their outcomes.
    """
    order = history.rewind(place, histories.program.states[history.holder.kind])
    start = max(order, last_advance(history.state))
    return _forward(histories, gates, history, history.after(order), (start, place), activities_of)


def extend(
    histories: Histories, gates: Gates, history: History, place: Order, activities_of: ActivitiesOf
) -> tuple[list[Event], Outcomes]:
    """Like :func:`refold`, for a history in which nothing after the position was folded before."""
    return _forward(histories, gates, history, history.since(place), (place, place), activities_of)


def _forward(
    histories: Histories,
    gates: Gates,
    history: History,
    events: list[Event],
    since: tuple[Order, Order],
    activities_of: ActivitiesOf,
) -> tuple[list[Event], Outcomes]:
    """Fold events into a history, and between them the advances of time from the first position in ``since`` on.

    The second one is that of the change. Late events seldom come alone, so a snapshot is taken before it if the way there
    was long.
    """
    program, (start, place) = histories.program, since
    before, after = Outcomes(), Outcomes()
    first, number = history.count - len(events), 0
    late = bisect_left(events, place, key=order_of)
    step, passing = histories.passing(history.holder.kind, start)
    for event in merge(events, passing, key=order_of) if passing else events:
        out = before if order_of(event) < place else after
        if step is not None and event.type in program.advancing:
            step(history, event, out)
            continue
        full = number and first + number >= history.base + history.due
        if full or (number == late and number >= spacing_if_late(history.state)):
            history.add_snapshot(first + number, order_of(events[number - 1]))
        if number % PART == 0:
            part = events[number : number + PART]
            found, places = _load_part(histories, gates, history, part, activities_of)
        fold(program, history, found[number % PART], places, out)
        number += 1
    return events[late:], after


def _load_part(
    histories: Histories,
    gates: Gates,
    history: History,
    events: list[Event],
    activities_of: ActivitiesOf,
) -> tuple[list[tuple[Activity, ...]], Iterator[Mapping[str, int]]]:
    """The activities of some events, and the places of the claims of those that credit the holder; all data is loaded in sets."""
    found = activities_of(events)
    mine = [a for each in found for a in each if a.holder == history.holder]
    histories.prefetch_counted(history, mine)
    claiming = [a for a in mine if a.slot in histories.program.claims]
    return found, iter(gates.places(claiming))


def fold(
    program: Program,
    history: History,
    activities: Iterable[Activity],
    places: Iterator[Mapping[str, int]],
    out: Outcomes,
) -> None:
    """Fold those of an event's activities that credit a holder into the holder's state.

    ``places`` yields the places of each activity that makes claims, one mapping after the other.
    """
    for a in activities:
        if a.holder == history.holder:
            claimed = next(places) if a.slot in program.claims else NOWHERE
            program.reward[a.slot](history, a, out, claimed)
