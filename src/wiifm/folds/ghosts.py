"""What died events were while they lived: only for rule books with badges that are kept.

An event dies when it, or an event that created what it is about, is retracted. A kept badge counts what lived
just before each death, so the relations of all events, the retracted ones too, are held here beside the live ones.
"""

from __future__ import annotations

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
    """A died event: when it died, and all whom it has ever credited."""

    death: Order
    holders: frozenset[Holder]


@define(eq=False)
class Ghosts:
    """The died events by id, and the relations of all events, as if none had been retracted."""

    program: Program
    log: Log
    relations: Relations = field(
        default=Factory(lambda ghosts: Relations(ghosts.program.book), takes_self=True)
    )
    found: dict[str, Ghost] = field(factory=dict)
    horizon: Order = BEGINNING
    """The latest retraction: an event before it may be part of a past that a kept badge counts."""
    _relate: dict[str, Callable[[Event], Related]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._relate = dict(self.program.bind_relate(self.relations))

    def prefetch(self, events: Iterable[Event]) -> None:
        """Have at hand what is known of the deaths of events."""
        self.relations.prefetch(events)

    def death(self, event: Event) -> Order | None:
        """When an event died: the earliest of its own death and those of the creators it stands on."""
        stands_on = [event, *self.relations.creator_chain(self.relations.acted_on(event))]
        deaths = (self.log.death(each) for each in stands_on)
        return min((death for death in deaths if death is not None), default=None)

    def revive(self, event: Event) -> Related:
        """Who was behind an event, and what it credited, by the relations of all events."""
        return self._relate[event.type](event)

    def place(self, event: Event, alive: Iterable[Activity], histories: Histories) -> set[Holder]:
        """Give a died event to the histories that it concerns, in place of what they knew of it.

        ``alive`` are the activities that it has now, if it still lives otherwise. Answers whose
        kept badges have to be asked again.
        """
        before = self.found.pop(event.id, None)
        touched = set(before.holders) if before else set()
        for holder in sorted(touched):
            histories.of(holder).ghosts.pop(event.id, None)
        death = self.death(event)
        if death is None:
            return touched
        revived = self.revive(event).activities
        holders = frozenset(a.holder for a in (*revived, *alive))
        self.found[event.id] = Ghost(death, holders)
        for holder in sorted(holders):
            mine = [a for a in revived if a.holder == holder]
            histories.of(holder).ghosts[event.id] = (death, mine)
        return touched | holders


def kept_awards(program: Program, history: History, items: list[Activity]) -> Awards:
    """The awards of kept badges that stay though events behind them died.

    ``items`` are the activities that the holder has now. For each death that concerns them, what lived just
    before it is folded once more, by the program of the kept badges alone.
    """
    found: Awards = {}
    deaths = {event: death for event, (death, _) in history.ghosts.items()}
    for moment in sorted(set(deaths.values())):
        alive = [a for a in items if a.event.id not in deaths or deaths[a.event.id] < moment]
        for death, revived in history.ghosts.values():
            alive += revived if death >= moment else ()
        then = History(history.holder, program.states[history.holder.kind]())
        before = (a for a in alive if order_of(a.event) < moment)
        nowhere = repeat(NOWHERE)
        fold(program, then, sorted(before, key=lambda a: a.order), nowhere, Outcomes())
        for key, cell in then.state.awards.items():
            found[key] = earlier(found.get(key, cell), cell)
    return found
