"""Finds what a valid rule book probably doesn't intend: overlapping rules, unreachable thresholds, missing limits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from attrs import evolve, frozen

from wiifm.badges import Badge, Ladder
from wiifm.campaigns import PAID
from wiifm.criteria import Criterion, term_of
from wiifm.event_types import EventType
from wiifm.expressions.parsing import parse_tree
from wiifm.periods import Over
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.contradictions import contradictory_name
from wiifm.rulebook.names import ACROSS
from wiifm.rulebook.reach import gives, holds, most_of, rules_giving
from wiifm.rules import Rule

_ALIKE = 0.85
"""Ids with at least this similarity may be intended to be the same."""


@frozen
class Doubt:
    """Something in a book to look at: where it is, what follows from it, and what to consider instead.

    >>> print(Doubt("rule shared", "it gives 5 points each time", "a limit or a gate"))
    rule shared: it gives 5 points each time; consider a limit or a gate
    """

    where: str
    what: str
    perhaps: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; consider {self.perhaps}"


def lint(book: RuleBook) -> list[Doubt]:
    """All doubts about a book. None of them makes it invalid.

    >>> book = RuleBook.parse('''[book]
    ... id = "b"
    ... [[rule]]
    ... id = "shared"
    ... on = "post.shared"
    ... points = 5''')
    >>> [str(each) for each in lint(book)]
    ['rule shared: it gives 5 points each time, as often as somebody likes; consider a limit or a gate']
    """
    found = (_unlimited, _overlapping, _same_ids, _out_of_reach, _own_units, _unreceived, never_met)
    return [doubt for look in found for doubt in look(book)]


def _unlimited(book: RuleBook) -> Iterator[Doubt]:
    """Rules without a limit or gate, by which members can give or take any amount."""
    for rule in book.rules.values():
        if gives(rule) and not _is_bounded(book, rule):
            what = f"it gives {_worth(rule)} each time, as often as somebody likes"
            yield Doubt(f"rule {rule.id}", what, "a limit or a gate")


def _is_bounded(book: RuleBook, rule: Rule) -> bool:
    """Whether a limit, a gate or the pool of a campaign bounds what a rule gives."""
    own = rule.limit or rule.gate or rule.graded or rule.judged or rule.on == (PAID,)
    return bool(own) or any(holds(limit, rule) for limit in book.limits.values())


def _worth(rule: Rule) -> str:
    """What a rule gives, in words."""
    if rule.kind:
        return f"{rule.purse} by the kind {rule.kind!r}"
    if rule.points == 1 and rule.purse == "points":
        return "1 point"
    return f"{rule.points} {rule.purse}"


def _overlapping(book: RuleBook) -> Iterator[Doubt]:
    """Pairs of rules that credit the same members for the same events in the same purse, neither with a condition."""
    unconditional = [rule for rule in book.rules.values() if _is_unconditional(rule)]
    for one, other in combinations(unconditional, 2):
        shared = sorted({*one.on} & {*other.on})
        gated, alike = one.gate or other.gate, _similar(one.id, other.id)
        if shared and _credit_alike(one, other) and (alike or not gated):
            what = f"both credit the {one.to} of {', '.join(shared)} in {one.purse}"
            either = "one id for both, so that one replaces the other, or a condition (where)"
            perhaps = either if alike else "a condition (where)"
            yield Doubt(f"rules {one.id} and {other.id}", what, perhaps)


def _is_unconditional(rule: Rule) -> bool:
    """Whether a rule applies to all its events, and no function in Python decides."""
    return rule.where is None and rule.test is None and not rule.kind


def _similar(one: str, other: str) -> bool:
    """Whether two ids differ by a letter more, less or in another place. Numbered ids (``grade-1``) differ on purpose."""
    near = SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE
    return near and (len(one) != len(other) or sorted(one) == sorted(other))


def _same_ids(book: RuleBook) -> Iterator[Doubt]:
    """Badges with the id of a rule, which they don't replace."""
    for name in sorted(book.badges.keys() & book.rules.keys()):
        what = "there is a rule with this id, which it doesn't replace"
        yield Doubt(f"badge {name}", what, "an id of its own")


def _credit_alike(one: Rule, other: Rule) -> bool:
    """Whether two rules may credit the same holders at the same time."""
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
    """Levels, and thresholds of points earned, that nobody can reach because rules don't give as many points."""
    for ladder in book.ladders.values():
        if not ladder.climbs:
            yield from _too_high(book, ladder)
    for where, part in _all_criteria(book):
        if part.measure == "earned":
            yield from _too_many(book, where, part)


def _too_high(book: RuleBook, ladder: Ladder) -> Iterator[Doubt]:
    """Levels that take more points than their purse can have."""
    if any(badge.points and badge.purse == ladder.purse for badge in book.badges.values()):
        return
    rules, name = rules_giving(book, ladder.purse, None), f"ladder {ladder.id}"
    if not rules and max(ladder.levels.values(), default=0) > 0:
        what = f"nobody can climb it, as nothing gives {ladder.purse}"
        yield Doubt(name, what, f"a rule with purse = '{ladder.purse}'")
    most = most_of(book, rules, Over(), net=True)
    for level, threshold in ladder.levels.items() if rules else ():
        if threshold > most.points:
            what = f"{threshold:.15g} {ladder.purse} can't be had, as {most}"
            yield Doubt(f"{name}, level {level}", what, "a lower threshold or a higher limit")


def _too_many(book: RuleBook, where: str, part: Criterion) -> Iterator[Doubt]:
    """Thresholds that are more than what the rules of a criterion can give within its window."""
    rules, over = rules_giving(book, part.purse, part.to, part.rules), Over.parse(part.over)
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
            what = f"{threshold:.15g} {part.purse}{time} can't be had, as {reason}"
            yield Doubt(f"{where} {tier}".rstrip(), what, perhaps)


def _own_units(book: RuleBook) -> Iterator[Doubt]:
    """Criteria that count units, and find only those of the member themself."""
    for where, part in _all_criteria(book):
        counted = part.value if part.measure == "distinct" else part.group
        on = part.each.on if part.each and not part.on else part.on
        merits = {book.types[name].merit for name in on if name in book.types}
        if counted == f"{part.to}_unit" or (counted == "unit" and merits == {part.to}):
            other = "actor" if part.to == "recipient" else "recipient"
            what = f"it counts units of the {part.to}, which is the member, and not of the {other}"
            by_type = f"an event type with merit = '{other}'"
            yield Doubt(where, what, by_type if part.group else f"distinct = '{other}_unit'")


def _unreceived(book: RuleBook) -> Iterator[Doubt]:
    """Rules and criteria that ask for the recipient, or their unit, where events have no recipient unless they name one."""
    for where, each in _rules_and_criteria(book):
        inner = each.each if isinstance(each, Criterion) else None
        on = [book.types[name] for name in each.on or (inner.on if inner else ())]
        asked = [*(["the recipient"] if "recipient" in (each.to, each.of) else [])]
        asked += sorted({"recipient_unit", ACROSS} & _names_asked(each))
        if on and asked and all(map(_has_no_recipient, on)):
            types = " and ".join(kind.name for kind in on)
            what = f"it asks for {asked[0]}, but an event of {types} acts on nothing: it has a recipient only if it names one"
            yield Doubt(where, what, "an event type that acts on an object, or needs a recipient")


def _has_no_recipient(kind: EventType) -> bool:
    """Whether events of a type create something, or tell of their actor, and are for nobody in particular."""
    alone = kind.creates or kind.profiles or kind.relates == "leaving"
    return bool(alone) and not kind.acts_on and "recipient" not in kind.requires


def _names_asked(each: Rule | Criterion) -> set[str]:
    """The names in the expressions of a rule or criterion."""
    texts: list[object] = [each.where]
    if isinstance(each, Criterion):
        texts += [each.value]
    else:
        texts += [each.points, *(found.value for found in (each.graded, each.judged) if found)]
    trees = (parse_tree(text, "it")[1] for text in texts if text and isinstance(text, str))
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def never_met(book: RuleBook) -> Iterator[Doubt]:
    """Conditions that no event meets."""
    for where, each in _rules_and_criteria(book):
        on = {name: book.types[name] for name in each.on if name in book.types}
        if each.where and (name := contradictory_name(each.where, on)):
            what = f"no event meets {each.where!r}: no value of {name} satisfies it"
            yield Doubt(where, what, "`or` in place of `and`, or another value")


def _rules_and_criteria(book: RuleBook) -> Iterator[tuple[str, Rule | Criterion]]:
    """All rules, and the criteria of all badges and levels, each with its place."""
    for rule in book.rules.values():
        yield f"rule {rule.id}", rule
    yield from _all_criteria(book)


def _all_criteria(book: RuleBook) -> Iterator[tuple[str, Criterion]]:
    """The criteria of all badges and levels, each with its place."""
    for badge in book.badges.values():
        for part in _criteria_of(badge):
            yield f"badge {badge.id}", part
    for name, ladder in book.ladders.items():
        for climb in ladder.climbs:
            for part in _criteria_of(climb):
                yield f"ladder {name}, level {climb.id.partition('/')[2]}", part


def _criteria_of(badge: Badge) -> Iterator[Criterion]:
    """The criteria of a badge, with those inside of ratios, groups and streaks.

    The first criterion of a ratio has no threshold. A criterion inside of groups or of a streak is over the period of these.
    """
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
