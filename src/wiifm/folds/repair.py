"""What is known during the repair pass over a batch, and what the pass changed in each history."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable

from attrs import define, field

from wiifm.activities import Activity, Order, order_of
from wiifm.events import Event
from wiifm.ledger import Holder
from wiifm.records import Awards, History, Outcomes


@define(eq=False)
class HistoryChange:
    """What a batch changed in one history, from some position on.

    Attributes:
        events: the history's events from that position on.
        outcomes: the outcomes of folding them now.
        newly_credited: the ids of events that credit the holder now, and didn't before.
        gained, lost: the awards that the holder gained and lost.
        causes: the positions at which the history changed, sorted, each with the event of the batch that caused it.
        cause: the event of the batch because of which the history was looked at at all.
    """

    history: History
    events: list[Event]
    outcomes: Outcomes
    newly_credited: set[str]
    gained: Awards
    lost: Awards
    causes: list[tuple[Order, str]]
    cause: str

    def cause_of(self, place: Order) -> str:
        """The event of the batch that caused what became of an event at a position: that of the nearest change up to there."""
        found = bisect_right(self.causes, place, key=lambda pair: pair[0])
        return self.causes[found - 1][1] if found else self.cause


@define(eq=False)
class Repair:
    """What is found out about a batch while it is repaired. Events are given by their ids, causes are ids of events of the batch.

    Attributes:
        batch: the events of the batch.
        dirty: the events to be related again, each with its cause.
        ghostly: dead events whose ghosts have to be placed again, each with its cause.
        before, after: the activities of dirty events before the batch and now.
        ends: the positions at which histories ended before events of this batch were put into them.
        causes: for each holder the positions of events that changed, each with its cause.
        changed: for each holder the position from which on the history changes.
        newly_credited: for each holder the events that credit them now, and didn't before.
        died: for each holder the events whose ghosts were placed, each with the position of its death if it only died.
    """

    batch: set[str]
    dirty: dict[str, str] = field(factory=dict)
    ghostly: dict[str, str] = field(factory=dict)
    before: dict[str, tuple[Activity, ...]] = field(factory=dict)
    after: dict[str, tuple[Activity, ...]] = field(factory=dict)
    ends: dict[Holder, Order] = field(factory=dict)
    causes: dict[Holder, dict[Order, str]] = field(factory=dict)
    changed: dict[Holder, Order] = field(factory=dict)
    newly_credited: dict[Holder, set[str]] = field(factory=dict)
    died: dict[Holder, dict[str, Order | None]] = field(factory=dict)

    def compare(self, event: Event) -> None:
        """Compare what an event was with what it is now; note where it changed, and change the histories to which it is different."""
        before, after = (_by_holder(found[event.id]) for found in (self.before, self.after))
        for holder in {**before, **after} if before != after else ():
            self._note(holder, event, self.dirty[event.id])
            if before.get(holder) != after.get(holder):
                self.change(holder, event, self.dirty[event.id])
        for holder in after.keys() - before.keys():
            self.newly_credited.setdefault(holder, set()).add(event.id)

    def differs(self, event: str, holder: Holder) -> bool:
        """Whether a holder has other activities by an event now than before."""
        before, after = (found.get(event, ()) for found in (self.before, self.after))
        return _by_holder(before).get(holder) != _by_holder(after).get(holder)

    def change(self, holder: Holder, event: Event, cause: str) -> None:
        """Note that a history changes at an event."""
        self._note(holder, event, cause)
        place = order_of(event)
        self.changed[holder] = min(place, self.changed.get(holder, place))

    def _note(self, holder: Holder, event: Event, cause: str) -> None:
        self.causes.setdefault(holder, {}).setdefault(order_of(event), cause)

    def holders(self, ghostly: Collection[Holder]) -> list[Holder]:
        """The holders whose histories have to be folded again, in the order in which they were found. The ledger gets its rows in this order."""
        found = dict.fromkeys([*self.causes, *ghostly])
        return [each for each in found if each in self.changed or each in ghostly]


def _by_holder(activities: Iterable[Activity]) -> dict[Holder, list[Activity]]:
    """Group activities by their holder."""
    found: dict[Holder, list[Activity]] = {}
    for each in activities:
        found.setdefault(each.holder, []).append(each)
    return found
