"""Ghosts: dead events whose past still counts. Only used for rule books with badges that are kept (``keep``).

An event dies when it is retracted, or when the event that created what it acts on, or something further up the replies,
is. A kept badge counts what was alive just before each death. So this module keeps the relations of *all* events,
retracted ones included, next to the live ones; and the histories keep the activities that dead events had.
``docs/reference/semantics.md``, "Kept badges", has the definition.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import repeat

from attrs import Factory, define, field

from wiifm.activities import BEGINNING, Activity, Order, Related, order_of
from wiifm.events import Event
from wiifm.folds.relate import Relations
from wiifm.folds.reward import NOWHERE, Histories, fold
from wiifm.ledger import Holder
from wiifm.log import Log
from wiifm.program import Program
from wiifm.records import Awards, History, Outcomes, earlier


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

    def place(self, event: Event, alive: Iterable[Activity], histories: Histories) -> set[Holder]:
        """Put the ghost of an event into the histories that it concerns, instead of the one that they had.

        ``alive`` are the activities that the event has now, if it still counts. Returns the holders whose kept badges have to
        be computed again.
        """
        before = self.by_id.pop(event.id, None)
        touched = set(before.holders) if before else set()
        for holder in sorted(touched):
            histories.of(holder).ghosts.pop(event.id, None)
        death = self.death(event)
        if death is None:
            return touched
        revived = self.revive(event).activities
        holders = frozenset(a.holder for a in (*revived, *alive))
        self.by_id[event.id] = Ghost(death, holders)
        for holder in sorted(holders):
            mine = [a for a in revived if a.holder == holder]
            histories.of(holder).ghosts[event.id] = (death, mine)
        return touched | holders


def kept_awards(program: Program, history: History, items: list[Activity]) -> Awards:
    """The awards of kept badges that stay although events behind them died.

    ``items`` are the activities that the holder has now. For each death that concerns the holder, the activities that were
    alive just before it are folded by the program that has the kept badges alone. Those before the first ghost, and before
    the first death, are the same each time, and folded once.
    """
    found: Awards = {}
    deaths = {event: death for event, (death, _) in history.ghosts.items()}
    revived = [(death, a) for death, each in history.ghosts.values() for a in each]
    ghostly = [order_of(a.event) for _, a in revived]
    ghostly += [order_of(a.event) for a in items if a.event.id in deaths]
    first = min([*deaths.values(), *ghostly], default=BEGINNING)
    number = bisect_left(items, first, key=lambda a: order_of(a.event))
    same = History(history.holder, program.states[history.holder.kind]())
    fold(program, same, items[:number], repeat(NOWHERE), Outcomes())
    for moment in sorted(set(deaths.values())):
        alive = [a for a in items[number:] if deaths.get(a.event.id, BEGINNING) < moment]
        alive += [a for death, a in revived if death >= moment]
        before = [a for a in alive if order_of(a.event) < moment]
        then = History(history.holder, same.state.copy())
        fold(program, then, sorted(before, key=lambda a: a.order), repeat(NOWHERE), Outcomes())
        for key, cell in then.state.awards.items():
            found[key] = earlier(found.get(key, cell), cell)
    return found
