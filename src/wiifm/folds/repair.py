"""What is found out about a batch while it is mended, and what it changed in one history."""

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
    """What a batch changed in one history, from some place in the order on.

    ``events`` are those from there on, and ``after`` what they have come to now; ``newly_credited`` are those that
    newly credit the holder. ``given`` and ``gone`` are the awards that came and went. ``causes`` tells at which places
    the history changed, and because of which event of the batch; ``cause`` is why it was looked at at all.
    """

    history: History
    events: list[Event]
    after: Outcomes
    newly_credited: set[str]
    given: Awards
    gone: Awards
    causes: list[tuple[Order, str]]
    cause: str

    def cause_of(self, place: Order) -> str:
        """The event of the batch that brought about what became of one: the nearest change up to there."""
        found = bisect_right(self.causes, place, key=lambda pair: pair[0])
        return self.causes[found - 1][1] if found else self.cause


@define(eq=False)
class Repair:
    """What is found out about a batch while it is mended.

    ``dirty`` events are looked at again, each because of one of the batch; ``before`` and ``after`` are what the
    relate fold says of them. ``ends`` is where the histories ended that the batch puts events into,
    ``causes`` at which places something became of events that concern a holder, and because of which event of the batch;
    ``changed`` from where on the histories change. ``newly_credited`` are the events that newly credit them.
    """

    new: set[str]
    dirty: dict[str, str] = field(factory=dict)
    ghostly: dict[str, str] = field(factory=dict)
    before: dict[str, tuple[Activity, ...]] = field(factory=dict)
    after: dict[str, tuple[Activity, ...]] = field(factory=dict)
    ends: dict[Holder, Order] = field(factory=dict)
    causes: dict[Holder, dict[Order, str]] = field(factory=dict)
    changed: dict[Holder, Order] = field(factory=dict)
    newly_credited: dict[Holder, set[str]] = field(factory=dict)

    def compare(self, event: Event) -> None:
        """Note whom an event concerns that isn't what it was; the histories of those change to whom it is something else."""
        before, after = (_by_holder(found[event.id]) for found in (self.before, self.after))
        for holder in {**before, **after} if before != after else ():
            self._note(holder, event, self.dirty[event.id])
            if before.get(holder) != after.get(holder):
                self.change(holder, event, self.dirty[event.id])
        for holder in after.keys() - before.keys():
            self.newly_credited.setdefault(holder, set()).add(event.id)

    def change(self, holder: Holder, event: Event, cause: str) -> None:
        """Note that a history changes at an event."""
        self._note(holder, event, cause)
        place = order_of(event)
        self.changed[holder] = min(place, self.changed.get(holder, place))

    def _note(self, holder: Holder, event: Event, cause: str) -> None:
        self.causes.setdefault(holder, {}).setdefault(order_of(event), cause)

    def holders(self, ghostly: Collection[Holder]) -> list[Holder]:
        """Whose histories are to be looked at again, in the order in which they were found: that of what the ledger gets."""
        found = dict.fromkeys([*self.causes, *ghostly])
        return [each for each in found if each in self.changed or each in ghostly]


def _by_holder(activities: Iterable[Activity]) -> dict[Holder, list[Activity]]:
    """Activities by whom they credit."""
    found: dict[Holder, list[Activity]] = {}
    for each in activities:
        found.setdefault(each.holder, []).append(each)
    return found
