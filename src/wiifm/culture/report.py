"""Builds a report from days, read in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from attrs import define, field

from wiifm.culture.badges import Awarded, badge_tiers
from wiifm.culture.context import Context
from wiifm.culture.days import Day
from wiifm.culture.deeds import Scene
from wiifm.culture.flows import flow
from wiifm.culture.knowledge import answering, knowledge, mentoring, saved
from wiifm.culture.nouns import Culture
from wiifm.culture.participation import adoption, manner, participation, spread, weeks
from wiifm.culture.rewards import Paid, rewards
from wiifm.culture.tally import Tally
from wiifm.event_types import Act
from wiifm.rulebook.book import DEFAULT_FEWEST


@define(eq=False)
class DayReader:
    """Reads days in order, once: sums up those in the period, and notes when each person was first seen and first contributed."""

    scene: Scene
    purse: str = "points"
    tally: Tally = field(factory=Tally)
    paid: Paid = field(factory=Paid)
    firsts: dict[str, int] = field(factory=dict)
    seen: dict[str, int] = field(factory=dict)

    def take(self, day: Day, *, inside: bool) -> None:
        """Read a day, or a part of one, from before the period or inside of it."""
        self.scene.learn(day.ordinal, day.named, day.facts)
        for member in day.active:
            self.seen.setdefault(member, day.ordinal)
        for member in day.contributing:
            self.firsts.setdefault(member, day.ordinal)
        if inside:
            self.tally.take_in(day.tally)
            if self.purse in day.paid:
                self.paid.take_in(day.paid[self.purse])

    def context(
        self,
        until: datetime,
        fewest: int = DEFAULT_FEWEST,
        begins: int | None = None,
        nameable: Collection[str] = frozenset(),
    ) -> Context:
        """What the sections of the report are computed from."""
        return Context(
            self.scene,
            self.tally,
            until,
            fewest=fewest,
            begins=begins,
            nameable=nameable,
            firsts=self.firsts,
            seen=self.seen,
        )


def build_report(
    context: Context,
    book: str,
    since: datetime | None,
    minutes: Mapping[Act, float],
    purse: str,
    paid: Paid,
    awarded: Awarded,
) -> Culture:
    """Build the report."""
    first = context.first_day
    return Culture(
        book=book,
        since=since,
        until=context.until,
        first_day=None if first is None else datetime.fromordinal(first).date(),
        fewest=context.fewest,
        deeds=sum(context.acts.values()),
        adoption=adoption(context),
        participation=participation(context),
        spread=spread(context),
        weeks=weeks(context),
        manner=manner(context),
        flow=flow(context),
        answering=answering(context),
        knowledge=knowledge(context),
        mentoring=mentoring(context),
        saved=saved(context, minutes),
        rewards=rewards(context, purse, paid),
        badges=badge_tiers(context, awarded),
    )
