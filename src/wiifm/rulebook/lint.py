"""What a sound rule book probably doesn't mean: overlaps, what nobody can reach, and what knows no limit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from attrs import frozen

from wiifm.badges import Badge
from wiifm.campaigns import PAID
from wiifm.criteria import Criterion
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Limit, Rule

_SPANS = {"day": 1, "workday": 1, "week": 7, "month": 31, "year": 366}


@frozen
class Doubt:
    """Something to look at: where, what it comes to, and what may have been meant.

    >>> print(Doubt("rule shared", "it gives 5 points each time", "a limit or a gate"))
    rule shared: it gives 5 points each time; perhaps a limit or a gate is missing
    """

    where: str
    what: str
    perhaps: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; perhaps {self.perhaps} is missing"


def lint(book: RuleBook) -> list[Doubt]:
    """All doubts about a book. None of them makes it wrong.

    >>> book = RuleBook.parse('''[book]
    ... id = "b"
    ... [[rule]]
    ... id = "shared"
    ... on = "post.shared"
    ... points = 5''')
    >>> [str(each) for each in lint(book)]
    ['rule shared: it gives 5 points each time, as often as somebody likes; perhaps a limit or a gate is missing']
    """
    return [*_unlimited(book), *_overlapping(book), *_empty_purses(book), *_above_caps(book)]


def _unlimited(book: RuleBook) -> Iterator[Doubt]:
    """Rules by which anybody may give or take as much as they like."""
    total = {limit.purse for limit in book.limits.values() if limit.all}
    for rule in book.rules.values():
        held = rule.limit or rule.gate or rule.graded or rule.judged or rule.purse in total
        held = held or rule.on == (PAID,)  # by what the campaign has to share
        if not held and _gives(rule):
            gives = f"it gives {rule.points} {rule.purse} each time, as often as somebody likes"
            yield Doubt(f"rule {rule.id}", gives, "a limit or a gate")


def _gives(rule: Rule) -> bool:
    return not isinstance(rule.points, int | float) or rule.points > 0


def _overlapping(book: RuleBook) -> Iterator[Doubt]:
    """Pairs of rules that credit the same members for the same events in the same purse, neither with a condition."""
    plain = [
        rule
        for rule in book.rules.values()
        if rule.where is None and rule.test is None and not rule.kind and not rule.gate
    ]
    for one, other in combinations(plain, 2):
        shared = sorted({*one.on} & {*other.on})
        if shared and _same(one, other):
            what = f"both credit the {one.to} of {', '.join(shared)} in {one.purse}"
            yield Doubt(f"rules {one.id} and {other.id}", what, "a condition (where)")


def _same(one: Rule, other: Rule) -> bool:
    """Whether two rules credit the same members at some time."""
    alike = (one.to, one.purse, one.of, one.audience) == (
        other.to,
        other.purse,
        other.of,
        other.audience,
    )
    apart = (one.until and other.since and one.until <= other.since) or (
        other.until and one.since and other.until <= one.since
    )
    return alike and not apart


def _empty_purses(book: RuleBook) -> Iterator[Doubt]:
    """Levels and badges that ask for points in a purse that nothing fills."""
    bonuses = {badge.purse for badge in book.badges.values() if badge.points}
    filled = bonuses | {rule.purse for rule in book.rules.values() if _gives(rule)}
    for name, ladder in book.ladders.items():
        most = max(ladder.levels.values(), default=0)
        if not ladder.climbs and ladder.purse not in filled and most > 0:
            what = f"nobody can climb it, as nothing gives {ladder.purse}"
            yield Doubt(f"ladder {name}", what, f"a rule with purse = '{ladder.purse}'")
    for where, part in _criteria(book):
        if part.measure == "earned" and part.purse not in filled:
            what = f"nobody can reach it, as nothing gives {part.purse}"
            yield Doubt(where, what, f"a rule with purse = '{part.purse}'")


def _above_caps(book: RuleBook) -> Iterator[Doubt]:
    """Thresholds of points earned in a period that a limit of all points keeps out of reach, or just within."""
    caps = [limit for limit in book.limits.values() if limit.all and limit.points is not None]
    for where, part in _criteria(book):
        for cap in caps if part.measure == "earned" and part.over in _SPANS else ():
            most = _most(cap, part.over)
            for tier, threshold in part.at_least.items():
                if cap.purse == part.purse and most is not None and threshold > most:
                    name = f"{where} {tier}".rstrip()
                    limit = f"the limit {cap.id!r} leaves {most:g} at most"
                    what = f"{threshold:g} {part.purse} in a {part.over} can't be had, as {limit}"
                    yield Doubt(name, what, "a lower threshold or a higher limit")


def _most(cap: Limit, over: str) -> float | None:
    """The most that a limit leaves in a period; None where that can't be told."""
    period = next((each for each in cap.per if each in _SPANS), None)
    if cap.points is None or period is None or len(cap.per) > 1:
        return None
    return cap.points * max(1, -(-_SPANS[over] // _SPANS[period]))


def _criteria(book: RuleBook) -> Iterator[tuple[str, Criterion]]:
    for badge in book.badges.values():
        for part in _asked(badge):
            yield f"badge {badge.id}", part
    for name, ladder in book.ladders.items():
        for climb in ladder.climbs:
            for part in _asked(climb):
                yield f"ladder {name}, level {climb.id.partition('/')[2]}", part


def _asked(badge: Badge) -> Iterator[Criterion]:
    """The criteria of a badge, and the two of each ratio."""
    for part in badge.asks:
        yield from (part, *part.terms)
