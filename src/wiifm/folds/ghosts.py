"""Ghosts: dead events whose past still counts. Only used for rule books with badges that are kept (``keep``).

An event dies when it is retracted, or when the event that created what it acts on, or something further up the replies,
is. A kept badge counts what was alive just before each death. So this module keeps the relations of *all* events,
retracted ones included, next to the live ones; and the histories keep the activities that dead events had.
``docs/reference/semantics.md``, "Kept badges", has the definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import Factory, define, field

from wiifm.activities import BEGINNING, Activity, Order, Related
from wiifm.events import Event
from wiifm.folds.relate import Relations
from wiifm.folds.reward import Histories
from wiifm.ledger import Holder
from wiifm.log import Log
from wiifm.program import Program


@define
class Ghost:
    """A dead event: the position of its death, and every holder that it credited, alive or dead."""

    death: Order
    holders: frozenset[Holder]


@define(eq=False)
class Ghosts:
    """The ghosts by the id of their event, and the relations of all events as if none had been retracted."""

    program: Program
    log: Log
    relations: Relations = field(
        default=Factory(lambda ghosts: Relations(ghosts.program.book), takes_self=True)
    )
    by_id: dict[str, Ghost] = field(factory=dict)
    horizon: Order = BEGINNING
    """The position of the latest retraction. An event before it may belong to a past that a kept badge counts, so it comes late."""
    _relate: dict[str, Callable[[Event], Related]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._relate = dict(self.program.bind_relate(self.relations))

    def prefetch(self, events: Iterable[Event]) -> None:
        """Load what the deaths of events depend on."""
        self.relations.prefetch(events)

    def death(self, event: Event) -> Order | None:
        """The position at which an event died: the earliest of its own retractions, and of those of the creators that it depends on."""
        stands_on = [event, *self.relations.creator_chain(self.relations.acted_on(event))]
        deaths = (self.log.death(each) for each in stands_on)
        return min((death for death in deaths if death is not None), default=None)

    def revive(self, event: Event) -> Related:
        """What an event would be if nothing had been retracted: who is behind it, and its activities."""
        return self._relate[event.type](event)

    def place(
        self,
        event: Event,
        was: Iterable[Activity],
        alive: Iterable[Activity],
        histories: Histories,
    ) -> dict[Holder, Order | None]:
        """Put the ghost of an event into the histories that it concerns, instead of the one that they had.

        Args:
            was: the activities that the event had before the batch.
            alive: the activities that it has now, if it still counts.

        Returns:
            The holders whose kept badges may have changed. If all that happened to one is that the event died, with the activities that it
            had, the position of its death, otherwise None.
        """
        before = self.by_id.pop(event.id, None)
        found: dict[Holder, Order | None] = dict.fromkeys(before.holders if before else ())
        for holder in sorted(found):
            histories.of(holder).ghosts.pop(event.id, None)
        death = self.death(event)
        if death is None:
            return found
        revived, was = self.revive(event).activities, list(was)
        holders = frozenset(a.holder for a in (*revived, *alive))
        self.by_id[event.id] = Ghost(death, holders)
        for holder in sorted(holders):
            mine = [a for a in revived if a.holder == holder]
            histories.of(holder).ghosts[event.id] = (death, mine)
            same = before is None and mine == [a for a in was if a.holder == holder]
            found[holder] = death if same else None
        return found
