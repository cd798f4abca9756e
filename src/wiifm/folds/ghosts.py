"""What died events were while they lived: only for rule books with badges that are kept.

An event dies when it, or an event that created what it is about, is retracted. A kept badge counts what lived
just before each death, so the relations of all events, the retracted ones too, are held here beside the live ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from wiifm.activities import Activity, Order, Related
from wiifm.events import Event
from wiifm.folds.relate import Relations, Subject, activities, chain, relate, subjects
from wiifm.folds.reward import History, awards_in, earlier, effective_day, place_of
from wiifm.ledger import Holder
from wiifm.log import Log
from wiifm.program import Program
from wiifm.program.grants import Outcome
from wiifm.program.measures import Cells


@define
class Ghost:
    """A died event: when it died, what it credited while it lived, and all whom it has ever credited."""

    death: Order
    activities: tuple[Activity, ...]
    holders: frozenset[Holder]


@define(eq=False)
class Ghosts:
    """The died events by id, and the relations of all events, as if none had been retracted."""

    program: Program
    log: Log
    relations: Relations = field(init=False)
    found: dict[str, Ghost] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.relations = Relations(self.program)

    def death(self, event: Event) -> Order | None:
        """When an event died: the earliest of its own death and those of the creators it stands on."""
        kind = self.program.book.types[event.type]
        acted_on = event.in_reply_to if kind.creates else event.object
        stands_on = [event, *chain(self.relations, acted_on)]
        deaths = (self.log.death(each) for each in stands_on)
        return min((death for death in deaths if death is not None), default=None)

    def revive(self, event: Event) -> tuple[Related, tuple[Activity, ...]]:
        """Who was behind an event, and what it credited, by the relations of all events."""
        related = relate(self.relations, event)
        return related, activities(self.relations, related)

    def leans_on(self, event: Event) -> set[Subject]:
        """The subjects that a revived event depends on."""
        return subjects(self.relations, *self.revive(event))

    def place(
        self, event: Event, alive: Iterable[Activity], histories: dict[Holder, History]
    ) -> set[Holder]:
        """Give a died event to the histories that it concerns, in place of what they knew of it.

        ``alive`` are the activities that it has now, if it still lives otherwise. Answers whose
        kept badges have to be asked again.
        """
        before = self.found.pop(event.id, None)
        touched = set(before.holders) if before else set()
        for holder in touched:
            histories[holder].forget_ghost(event.id)
        death = self.death(event)
        if death is None:
            return touched
        _, revived = self.revive(event)
        holders = frozenset(a.holder for a in (*revived, *alive))
        self.found[event.id] = Ghost(death, revived, holders)
        for holder in holders:
            if holder not in histories:
                histories[holder] = History(holder, self.program)
            mine = [a for a in revived if a.holder == holder]
            histories[holder].remember_ghost(event.id, death, mine)
        return touched | holders


def kept_awards(program: Program, history: History) -> Cells:
    """The awards of kept badges that stay though events behind them died, with their cells.

    For each death that concerns the holder, what lived just before it is folded once more.
    """
    found: Cells = {}
    deaths = {event: death for event, (death, _) in history.ghosts.items()}
    for moment in sorted(set(deaths.values())):
        alive = [
            a for a in history.items if a.event.id not in deaths or deaths[a.event.id] < moment
        ]
        for death, revived in history.ghosts.values():
            alive += revived if death >= moment else ()
        cells: Cells = {}
        for a in sorted((a for a in alive if place_of(a)[:2] < moment), key=place_of):
            day, out = effective_day(cells, a), Outcome()
            for seeker in program.plans[a.slot].kept:
                seeker.ask(cells, a, day, out)
        for key, award in awards_in(cells):
            found[key] = earlier(found.get(key, award), award)
    return found
