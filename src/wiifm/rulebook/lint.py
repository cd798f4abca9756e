"""What a sound rule book probably doesn't mean: overlaps, what nobody can reach, and what knows no limit."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from attrs import evolve, frozen

from wiifm.badges import Badge, Ladder
from wiifm.campaigns import PAID
from wiifm.criteria import Criterion, term_of
from wiifm.periods import Over
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.contradictions import never
from wiifm.rulebook.reach import gives, giving, most_of
from wiifm.rules import Rule

_ALIKE = 0.85
"""Ids that are at least as similar may be meant to be one."""


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
    found = (_unlimited, _overlapping, _named_alike, _out_of_reach, _never_so)
    return [doubt for look in found for doubt in look(book)]


def _unlimited(book: RuleBook) -> Iterator[Doubt]:
    """Rules by which anybody may give or take as much as they like."""
    total = {limit.purse for limit in book.limits.values() if limit.all}
    for rule in book.rules.values():
        held = rule.limit or rule.gate or rule.graded or rule.judged or rule.purse in total
        held = held or rule.on == (PAID,)  # by what the campaign has to share
        if not held and gives(rule):
            worth = (
                f"{rule.purse} by the kind {rule.kind!r}"
                if rule.kind
                else f"{rule.points} {rule.purse}"
            )
            what = f"it gives {worth} each time, as often as somebody likes"
            yield Doubt(f"rule {rule.id}", what, "a limit or a gate")


def _overlapping(book: RuleBook) -> Iterator[Doubt]:
    """Pairs of rules that credit the same members for the same events in the same purse, neither with a condition."""
    plain = [rule for rule in book.rules.values() if _plain(rule)]
    for one, other in combinations(plain, 2):
        shared = sorted({*one.on} & {*other.on})
        gated, alike = one.gate or other.gate, _similar(one.id, other.id)
        if shared and _same(one, other) and (alike or not gated):
            what = f"both credit the {one.to} of {', '.join(shared)} in {one.purse}"
            meant = "one id for both, so that the one replaces the other, or a condition (where),"
            perhaps = meant if alike else "a condition (where)"
            yield Doubt(f"rules {one.id} and {other.id}", what, perhaps)


def _plain(rule: Rule) -> bool:
    """Whether a rule holds for all of its events, and has no function that decides otherwise."""
    return rule.where is None and rule.test is None and not rule.kind


def _similar(one: str, other: str) -> bool:
    """Whether one id is the other with a letter more, less or in another place: ids that count (``grade-1``) are told apart on purpose."""
    near = SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE
    return near and (len(one) != len(other) or sorted(one) == sorted(other))


def _named_alike(book: RuleBook) -> Iterator[Doubt]:
    """Badges with the id of a rule: neither replaces the other."""
    for name in sorted(book.badges.keys() & book.rules.keys()):
        what = "there is a rule of this id, which it doesn't replace"
        yield Doubt(f"badge {name}", what, "an id of its own")


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


def _out_of_reach(book: RuleBook) -> Iterator[Doubt]:
    """Levels, and thresholds of points earned, that nobody can reach: as nothing gives these points, or not so many."""
    for ladder in book.ladders.values():
        if not ladder.climbs:
            yield from _too_high(book, ladder)
    for where, part in _criteria(book):
        if part.measure == "earned":
            yield from _too_many(book, where, part)


def _too_high(book: RuleBook, ladder: Ladder) -> Iterator[Doubt]:
    """Levels above all that can be had in their purse."""
    if any(badge.points and badge.purse == ladder.purse for badge in book.badges.values()):
        return
    rules, name = giving(book, ladder.purse, None), f"ladder {ladder.id}"
    if not rules and max(ladder.levels.values(), default=0) > 0:
        what = f"nobody can climb it, as nothing gives {ladder.purse}"
        yield Doubt(name, what, f"a rule with purse = '{ladder.purse}'")
    most = most_of(book, rules, Over(), net=True)
    for level, threshold in ladder.levels.items() if rules else ():
        if threshold > most.points:
            what = f"{threshold:g} {ladder.purse} can't be had, as {most}"
            yield Doubt(f"{name}, level {level}", what, "a lower threshold or a higher limit")


def _too_many(book: RuleBook, where: str, part: Criterion) -> Iterator[Doubt]:
    """Thresholds above what the rules that a criterion asks for can give in its time."""
    rules, over = giving(book, part.purse, part.to, part.rules), Over.parse(part.over)
    if not isinstance(over, Over) or part.or_only:
        return
    among = f"of {', '.join(part.rules)} " if part.rules else ""
    all_that_counts = not (part.rules or part.on or part.since) and part.per == "member"
    most = most_of(book, rules, over, net=all_that_counts)
    reason = most if rules else f"nothing {among}gives {part.purse}"
    perhaps = (
        "a lower threshold or a higher limit" if rules else f"a rule with purse = '{part.purse}'"
    )
    time = {"ever": "", "calendar": f" in a {part.over}"}.get(over.kind, f" in {part.over}")
    for tier, threshold in part.at_least.items():
        if threshold > most.points:
            what = f"{threshold:g} {part.purse}{time} can't be had, as {reason}"
            yield Doubt(f"{where} {tier}".rstrip(), what, perhaps)


def _never_so(book: RuleBook) -> Iterator[Doubt]:
    """Conditions that no event meets."""
    asking: list[tuple[str, Rule | Criterion]] = [
        *((f"rule {rule.id}", rule) for rule in book.rules.values()),
        *_criteria(book),
    ]
    for where, each in asking:
        on = {name: book.types[name] for name in each.on if name in book.types}
        if each.where and (name := never(each.where, on)):
            what = f"no event meets {each.where!r}: {name} is never so"
            yield Doubt(where, what, "or in place of and, or another value,")


def _criteria(book: RuleBook) -> Iterator[tuple[str, Criterion]]:
    for badge in book.badges.values():
        for part in _asked(badge):
            yield f"badge {badge.id}", part
    for name, ladder in book.ladders.items():
        for climb in ladder.climbs:
            for part in _asked(climb):
                yield f"ladder {name}, level {climb.id.partition('/')[2]}", part


def _asked(badge: Badge) -> Iterator[Criterion]:
    """The criteria of a badge, the two of each ratio (the first has no threshold), and those inside of groups and streaks, over their periods."""
    for part in badge.asks:
        yield part
        if part.terms:
            over, under = (term_of(part, each) for each in part.terms)
            yield from (evolve(over, at_least={}), under)
        if part.each is not None:
            group = "day" if part.group == "workday" else part.group
            in_time = isinstance(Over.parse(group), Over)
            yield evolve(
                part.each,
                over=group if in_time else part.over,
                per=part.per if in_time and part.over == "ever" else part.group,
                to=part.to,
                on=part.each.on or part.on,
                since=part.since,
            )
