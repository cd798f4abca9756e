"""The report as a whole: from days, in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from attrs import define, field

from wiifm.culture.context import Ground
from wiifm.culture.days import Day
from wiifm.culture.deeds import Scene
from wiifm.culture.flows import flow
from wiifm.culture.knowledge import answering, knowledge, mentoring, saved
from wiifm.culture.nouns import Culture
from wiifm.culture.participation import adoption, manner, participation, spread, weeks
from wiifm.culture.rewards import Paid, rewards
from wiifm.culture.tally import Tally
from wiifm.event_types import Act
from wiifm.rulebook.book import FEWEST


@define(eq=False)
class Reading:
    """Reads days once, in order: adds up those of the time that is told, and notes who was there when first."""

    scene: Scene
    purse: str = "points"
    tally: Tally = field(factory=Tally)
    paid: Paid = field(factory=Paid)
    firsts: dict[str, int] = field(factory=dict)
    seen: dict[str, int] = field(factory=dict)

    def take(self, day: Day, *, inside: bool) -> None:
        """Take in a day, or a part of one: before the time that is told, or inside of it."""
        self.scene.learn(day.ordinal, day.named, day.said)
        for member in day.active:
            self.seen.setdefault(member, day.ordinal)
        for member in day.contributing:
            self.firsts.setdefault(member, day.ordinal)
        if inside:
            self.tally.take_in(day.tally)
            if self.purse in day.paid:
                self.paid.take_in(day.paid[self.purse])

    def ground(
        self,
        until: datetime,
        fewest: int = FEWEST,
        begins: int | None = None,
        nameable: Collection[str] = frozenset(),
    ) -> Ground:
        """What every section of the report is made from."""
        return Ground(
            self.scene,
            self.tally,
            until,
            fewest=fewest,
            begins=begins,
            nameable=nameable,
            firsts=self.firsts,
            seen=self.seen,
        )


def told(
    ground: Ground,
    book: str,
    since: datetime | None,
    minutes: Mapping[Act, float],
    purse: str,
    paid: Paid,
) -> Culture:
    """The report that a ground bears."""
    first = ground.first_day
    return Culture(
        book=book,
        since=since,
        until=ground.until,
        first_day=None if first is None else datetime.fromordinal(first).date(),
        fewest=ground.fewest,
        events=sum(ground.acts.values()),
        adoption=adoption(ground),
        participation=participation(ground),
        spread=spread(ground),
        weeks=weeks(ground),
        manner=manner(ground),
        flow=flow(ground),
        answering=answering(ground),
        knowledge=knowledge(ground),
        mentoring=mentoring(ground),
        saved=saved(ground, minutes),
        rewards=rewards(ground, purse, paid),
    )
