"""What is found out about a batch while it is mended, and what it changed in one history."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from attrs import define, field

from wiifm.activities import Activity, Order, order_of
from wiifm.events import Event
from wiifm.ledger import Holder
from wiifm.records import Awards, History, Outcomes


@define(eq=False)
class Turn:
    """What a batch changed in one history, from some place in the order on.

    ``events`` are those from there on, and ``after`` what they have come to now; ``fresh`` are those that
    newly credit the holder. ``given`` and ``gone`` are the awards that came and went. ``causes`` tells at which places
    the history changed, and because of which event of the batch; ``cause`` is why it was looked at at all.
    """

    history: History
    events: list[Event]
    after: Outcomes
    fresh: set[str]
    given: Awards
    gone: Awards
    causes: list[tuple[Order, str]]
    cause: str

    def cause_of(self, place: Order) -> str:
        """The event of the batch that brought about what became of one: the nearest change up to there."""
        found = bisect_right(self.causes, place, key=lambda pair: pair[0])
        return self.causes[found - 1][1] if found else self.cause


@define(eq=False)
class Batch:
    """What is found out about a batch while it is mended.

    ``dirty`` events are looked at again, each because of one of the batch; ``before`` and ``after`` are what the
    relate fold says of them. ``ends`` is where the histories ended that the batch puts events into.
    """

    new: set[str]
    dirty: dict[str, str] = field(factory=dict)
    haunted: dict[str, str] = field(factory=dict)
    before: dict[str, tuple[Activity, ...]] = field(factory=dict)
    after: dict[str, tuple[Activity, ...]] = field(factory=dict)
    ends: dict[Holder, Order] = field(factory=dict)
    touched: dict[Holder, dict[Order, str]] = field(factory=dict)
    fresh: dict[Holder, set[str]] = field(factory=dict)

    def compare(self, event: Event) -> None:
        """Note whose histories change at an event: of all for whom it is something else now than it was before."""
        before, after = (_by_holder(found[event.id]) for found in (self.before, self.after))
        for holder in {**before, **after}:
            if before.get(holder) != after.get(holder):
                self.touch(holder, event, self.dirty[event.id])
        for holder in after.keys() - before.keys():
            self.fresh.setdefault(holder, set()).add(event.id)

    def touch(self, holder: Holder, event: Event, cause: str) -> None:
        """Note that a history has changed at an event."""
        self.touched.setdefault(holder, {}).setdefault(order_of(event), cause)


def _by_holder(activities: Iterable[Activity]) -> dict[Holder, list[Activity]]:
    """Activities by whom they credit."""
    found: dict[Holder, list[Activity]] = {}
    for each in activities:
        found.setdefault(each.holder, []).append(each)
    return found
