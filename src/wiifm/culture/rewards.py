"""The report's section on rewards: whether points follow help, and whether one rule outweighs the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from attrs import define, field

from wiifm.activities import within
from wiifm.culture.context import Context
from wiifm.culture.figures import effective_number, of_enough, plain, rank_correlation, refused
from wiifm.culture.nouns import Rewards, RuleShare
from wiifm.records import Booked

DROWNING = 0.5
"""A rule that gives more than this share of all points outweighs the others."""


@define
class Paid:
    """What was earned in a purse, in minor units: by rule, what each member got."""

    given: defaultdict[str, Counter[str]] = field(factory=lambda: defaultdict(Counter))

    def add(self, rule: str, member: str, minor: int) -> None:
        """Add what a rule gave to a member."""
        self.given[rule][member] += minor

    def take_in(self, other: Paid) -> None:
        """Add what was earned in another period."""
        for rule, got in other.given.items():
            self.given[rule].update(got)

    def by_member(self) -> Counter[str]:
        """What each member got by all rules together."""
        found = Counter[str]()
        for got in self.given.values():
            found.update(got)
        return found


def add_paid(
    purse: str, rows: Iterable[Booked], since: datetime | None, until: datetime, into: Paid
) -> None:
    """Add the rows of a ledger that were booked to members for events of the period."""
    for history, event, grant, minor, _ in rows:
        mine = history.holder.kind == "member" and grant.purse == purse
        if mine and within(event.occurred_at, since, until):
            into.add(grant.rule, history.holder.id, minor)


def rewards(context: Context, purse: str, paid: Paid) -> Rewards:
    """The rank correlation of points and help given, over all who have either; and each rule's share of the points."""
    gave, got = Counter[str](), paid.by_member()
    for (giver, _), times in context.tally.helps.items():
        gave[giver] += times
    persons = sorted({*gave, *(m for m, minor in got.items() if minor)})
    pairs = [(float(got[m]), float(gave[m])) for m in persons]
    given, withheld = _rules_shown(paid, context.fewest)
    total = sum(given.values())
    first = next(iter(given), None)
    drowns = first is not None and len(given) > 1 and given[first] > DROWNING * total
    effective = plain(effective_number([*given.values()]), len(given))
    return Rewards(
        purse=purse,
        points_and_help=of_enough(rank_correlation(pairs), len(persons), context.fewest),
        rules=tuple(
            RuleShare(rule=rule, share=round(minor / total, 4)) for rule, minor in given.items()
        ),
        withheld=withheld,
        effective_rules=effective if given else refused(context.fewest),
        drowning=first if drowns else None,
    )


def _rules_shown(paid: Paid, fewest: int) -> tuple[dict[str, int], int]:
    """What each rule gave, for the rules that gave something to enough persons, the most first; and the number of rules withheld.

    The withheld ones are in no total, so that what they gave can't be computed by subtraction.
    """
    sums, withheld = dict[str, int](), 0
    for rule, got in paid.given.items():
        minor = sum(got.values())
        if minor > 0 and sum(1 for each in got.values() if each) >= fewest:
            sums[rule] = minor
        else:
            withheld += minor > 0
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0]))), withheld
