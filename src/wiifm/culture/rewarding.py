"""Whether points follow help, and whether one rule drowns the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from attrs import define, field

from wiifm.activities import within
from wiifm.culture.figures import effective_number, of_enough, plain, rank_correlation
from wiifm.culture.ground import Ground
from wiifm.culture.nouns import Rewards, RuleShare
from wiifm.records import Booked

DROWNING = 0.5
"""A rule that gives more than this part of the points drowns the others."""


@define
class Paid:
    """What was earned in a purse, in minor units: by rule, and by member."""

    rules: Counter[str] = field(factory=Counter)
    members: Counter[str] = field(factory=Counter)

    def add(self, rule: str, member: str, minor: int) -> None:
        """Count what a rule gave to a member."""
        self.rules[rule] += minor
        self.members[member] += minor

    def take_in(self, other: Paid) -> None:
        """Add what was earned in another time."""
        self.rules.update(other.rules)
        self.members.update(other.members)


def paid_in(
    purse: str, rows: Iterable[Booked], since: datetime | None, until: datetime, into: Paid
) -> None:
    """Count those rows of a ledger that were booked for events of a time."""
    for history, event, grant, minor, _ in rows:
        mine = history.holder.kind == "member" and grant.purse == purse
        if mine and within(event.occurred_at, since, until):
            into.add(grant.rule, history.holder.id, minor)


def rewards(ground: Ground, purse: str, paid: Paid) -> Rewards:
    """The rank correlation of points and help given, over all who have either; and the parts of each rule."""
    gave = Counter[str]()
    for (giver, _), times in ground.tally.helps.items():
        gave[giver] += times
    persons = sorted({*gave, *(m for m, minor in paid.members.items() if minor)})
    pairs = [(float(paid.members[m]), float(gave[m])) for m in persons]
    most = sorted(paid.rules.items(), key=lambda item: (-item[1], item[0]))
    given = {rule: minor for rule, minor in most if minor > 0}
    total, enough = sum(given.values()), (len(persons), ground.fewest)
    shares = tuple(
        RuleShare(rule=rule, share=round(minor / total, 4)) for rule, minor in given.items()
    )
    shown = len(persons) >= ground.fewest
    first = next(iter(shares), None)
    return Rewards(
        purse=purse,
        points_and_help=of_enough(rank_correlation(pairs), *enough),
        rules=shares if shown else (),
        effective_rules=of_enough(plain(effective_number([*given.values()]), len(given)), *enough),
        drowning=first.rule
        if first and shown and first.share > DROWNING and len(given) > 1
        else None,
    )
