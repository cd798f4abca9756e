"""The third fold: what a holder's activities earn them.

The program's ``reward`` folds one activity into the holder's state and appends what it came to. Here a history in
which something changed further back is folded again, from the last snapshot before that.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Activity, Order, order_of
from wiifm.events import Event
from wiifm.folds.gate import Gates
from wiifm.ledger import Holder, HolderKind
from wiifm.program import Program
from wiifm.records import SPACING, History, Outcomes, spacing

ActivitiesOf: TypeAlias = Callable[[Event], Iterable[Activity]]
"""The activities that an event has now: none where it doesn't count."""


@define(eq=False)
class Histories:
    """The histories of all holders, by kind and id."""

    program: Program
    member: dict[str, History] = field(factory=dict)
    unit: dict[str, History] = field(factory=dict)
    community: dict[str, History] = field(factory=dict)

    def new(self, kind: HolderKind, name: str) -> History:
        """A history without events."""
        found = History(Holder(kind, name), self.program.states[kind]())
        self._of(kind)[name] = found
        return found

    def _of(self, kind: HolderKind) -> dict[str, History]:
        return {"member": self.member, "unit": self.unit, "community": self.community}[kind]

    def get(self, holder: Holder) -> History | None:
        """The history of a holder, if there is one."""
        return self._of(holder.kind).get(holder.id)

    def of(self, holder: Holder) -> History:
        """The history of a holder, which may be without events so far."""
        return self.get(holder) or self.new(holder.kind, holder.id)

    def __iter__(self) -> Iterator[History]:
        for found in (self.member, self.unit, self.community):
            yield from found.values()


def refold(
    program: Program, gates: Gates, history: History, place: Order, activities_of: ActivitiesOf
) -> tuple[list[Event], Outcomes]:
    """Fold a history again from a place in the order on; answers the events from there on, and what they came to."""
    return _forward(program, gates, history, _rewind(program, history, place), place, activities_of)


def extend(
    program: Program, gates: Gates, history: History, place: Order, activities_of: ActivitiesOf
) -> tuple[list[Event], Outcomes]:
    """The same where nothing behind the place was folded before."""
    count = bisect_left(history.events, place, key=order_of)
    return _forward(program, gates, history, count, place, activities_of)


def _forward(
    program: Program,
    gates: Gates,
    history: History,
    count: int,
    place: Order,
    activities_of: ActivitiesOf,
) -> tuple[list[Event], Outcomes]:
    before, after = Outcomes(), Outcomes()
    events = history.events
    for number in range(count, len(events)):
        if number >= history.due and number > count:
            history.rest(number)
        event = events[number]
        out = before if order_of(event) < place else after
        fold(program, gates, history, activities_of(event), out)
    return events[bisect_left(events, place, key=order_of) :], after


def fold(
    program: Program,
    gates: Gates | None,
    history: History,
    activities: Iterable[Activity],
    out: Outcomes,
) -> None:
    """Fold those of an event's activities that credit a holder into their state."""
    for a in activities:
        if a.holder == history.holder:
            claims = gates is not None and a.slot in program.claims
            places = gates.places(a) if gates is not None and claims else {}
            program.reward[a.slot](history, a, out, places)


def _rewind(program: Program, history: History, place: Order) -> int:
    """Go back to the last snapshot before a place; answers how many events lie before it."""
    snapshots = history.snapshots
    while snapshots and snapshots[-1][0] >= place:
        snapshots.pop()
    if not snapshots:
        history.state, history.due = program.states[history.holder.kind](), SPACING
        return 0
    order, _, state = snapshots[-1]
    history.state = state.copy()
    count = bisect_right(history.events, order, key=order_of)
    history.due = count + spacing(state)
    return count
