"""The report as a whole: from the events that count, in order, and the rows of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from attrs import define

from wiifm.collecting import only_the_young
from wiifm.culture.deeds import Deed
from wiifm.culture.flowing import flow
from wiifm.culture.ground import Ground
from wiifm.culture.knowing import answering, knowledge, mentoring, saved
from wiifm.culture.nouns import Culture
from wiifm.culture.rewarding import Paid, rewards
from wiifm.culture.taking_part import adoption, manner, participation, spread, weeks
from wiifm.culture.tally import CONTRIBUTING, Tally, tally
from wiifm.event_types import Act


@define(eq=False)
class Reading:
    """Reads deeds once, in order: tallies those of the time that is told, and notes who was there when first."""

    since: datetime | None
    until: datetime
    tally: Tally
    firsts: dict[str, int]
    seen: dict[str, int]

    @classmethod
    def of(cls, deeds: Iterable[Deed], since: datetime | None, until: datetime) -> Reading:
        """All deeds before ``until``; those from ``since`` on are tallied."""
        found = cls(since, until, Tally(), {}, {})
        with only_the_young():
            found.tally = tally(found.inside(deeds))
        return found

    def inside(self, deeds: Iterable[Deed]) -> Iterator[Deed]:
        """The deeds of the time that is told."""
        firsts, seen, since = self.firsts, self.seen, self.since
        for deed in deeds:
            actor = deed.actor
            if actor is not None:
                if actor not in seen:
                    seen[actor] = deed.at.toordinal()
                if actor not in firsts and deed.act in CONTRIBUTING:
                    firsts[actor] = deed.at.toordinal()
            if since is None or deed.at >= since:
                yield deed


def told(
    ground: Ground, book: str, since: datetime | None, minutes: Mapping[Act, float], paid: Paid
) -> Culture:
    """The report that a ground bears."""
    first = ground.first_day
    return Culture(
        book=book,
        since=since,
        until=ground.until,
        first_day=None if first is None else datetime.fromordinal(first).date(),
        fewest=ground.fewest,
        events=sum(ground.tally.acts.values()),
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
        rewards=rewards(ground, paid),
    )
