"""Whether points follow help, and whether one rule drowns the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from attrs import define, field

from wiifm.culture.figures import effective_number, of_enough, plain, rank_correlation
from wiifm.culture.ground import Ground
from wiifm.culture.nouns import Rewards, RuleShare
from wiifm.records import Booked

DROWNING = 0.5
"""A rule that gives more than this part of the points drowns the others."""


@define
class Paid:
    """What was earned in a purse, in minor units: by rule, and by member."""

    purse: str
    rules: Counter[str] = field(factory=Counter)
    members: Counter[str] = field(factory=Counter)

    def add(self, rows: Iterable[Booked], since: datetime | None, until: datetime) -> None:
        """Count those rows that were booked for events of a time."""
        for history, event, grant, minor, _ in rows:
            mine = history.holder.kind == "member" and grant.purse == self.purse
            if mine and event.occurred_at < until and (since is None or event.occurred_at >= since):
                self.rules[grant.rule] += minor
                self.members[history.holder.id] += minor


def rewards(ground: Ground, paid: Paid) -> Rewards:
    """The rank correlation of points and help given, over all who have either; and the parts of each rule."""
    gave = Counter[str]()
    for (giver, _), times in ground.tally.helps.items():
        gave[giver] += times
    persons = sorted({*gave, *paid.members})
    pairs = [(float(paid.members[m]), float(gave[m])) for m in persons]
    given = {rule: minor for rule, minor in paid.rules.most_common() if minor > 0}
    total, enough = sum(given.values()), (len(persons), ground.fewest)
    shares = tuple(
        RuleShare(rule=rule, share=round(minor / total, 4)) for rule, minor in given.items()
    )
    shown = len(persons) >= ground.fewest
    first = next(iter(shares), None)
    return Rewards(
        purse=paid.purse,
        points_and_help=of_enough(rank_correlation(pairs), *enough),
        rules=shares if shown else (),
        effective_rules=of_enough(plain(effective_number([*given.values()]), len(given)), *enough),
        drowning=first.rule
        if first and shown and first.share > DROWNING and len(given) > 1
        else None,
    )
