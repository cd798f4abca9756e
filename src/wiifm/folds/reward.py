"""The third fold: what a holder's activities earn them.

The program's ``reward`` folds one activity into the holder's state and appends what it came to. Here a history in
which something changed further back is folded again, from the last snapshot before that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Activity, Order, order_of
from wiifm.events import Event
from wiifm.folds.gate import Gates
from wiifm.ledger import Holder, HolderKind
from wiifm.program import Program
from wiifm.records import History, Outcomes

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

    def shorten(self, last: Order) -> None:
        """Drop what lies behind a place from all histories, as nothing of it counts."""
        for history in self:
            history.shorten(last)

    def __iter__(self) -> Iterator[History]:
        for found in (self.member, self.unit, self.community):
            yield from found.values()


def refold(
    program: Program, gates: Gates, history: History, place: Order, activities_of: ActivitiesOf
) -> tuple[list[Event], Outcomes]:
    """Fold a history again from a place in the order on; answers the events from there on, and what they came to."""
    order = history.rewind(place, program.states[history.holder.kind])
    return _forward(program, gates, history, history.behind(order), place, activities_of)


def extend(
    program: Program, gates: Gates, history: History, place: Order, activities_of: ActivitiesOf
) -> tuple[list[Event], Outcomes]:
    """The same where nothing behind the place was folded before."""
    return _forward(program, gates, history, history.since(place), place, activities_of)


def _forward(
    program: Program,
    gates: Gates,
    history: History,
    events: list[Event],
    place: Order,
    activities_of: ActivitiesOf,
) -> tuple[list[Event], Outcomes]:
    before, after = Outcomes(), Outcomes()
    count = history.count - len(events)
    for number, event in enumerate(events):
        if number and count + number >= history.base + history.due:
            history.keep(count + number, order_of(events[number - 1]))
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
