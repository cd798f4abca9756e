"""What a badge, a ladder or a criterion can't mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Self

from attrs import frozen

from wiifm.badges import Badge, Ladder
from wiifm.criteria import GROUPS, MEASURES, PER_KEYS, STEADY, STREAKS, Criterion
from wiifm.expressions import Kind
from wiifm.faults import Fault, nearest, one_of, short
from wiifm.periods import Over
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rulebook.check_amounts import amount_faults, purse_faults, size_faults
from wiifm.rulebook.check_keeping import keeping_faults
from wiifm.rulebook.check_ratios import pair_faults, ratio_faults
from wiifm.rulebook.check_rules import (
    condition_faults,
    expression_faults,
    of_faults,
    on_faults,
    role_faults,
    say_faults,
    time_faults,
)
from wiifm.rules import HOLDERS

INNER = ("count", "sum", "max", "mean", "median", "latest", "distinct", "run", "gap", "earned")
VALUED = ("sum", "max", "mean", "median", "latest", "distinct")


@frozen
class Others:
    """What a badge may come after: all badges of a book, by name; and the names of those that come, over others or at once, after one that must
    be kept up.

    >>> from wiifm.badges import KeepUp
    >>> badges = {"a": Badge(id="a", keep_up=KeepUp()), "b": Badge(id="b", after=("a",)), "c": Badge(id="c", after=("b:gold",))}
    >>> sorted(Others.among(badges).after_kept_up)
    ['b', 'c']
    """

    badges: Mapping[str, Badge]
    after_kept_up: Collection[str]

    @classmethod
    def among(cls, badges: Mapping[str, Badge]) -> Self:
        """Those of some badges."""
        behind: dict[str, list[str]] = {}
        for name, badge in badges.items():
            for after in badge.after:
                behind.setdefault(after.partition(":")[0], []).append(name)
        waiting, found = [name for name, badge in badges.items() if badge.keep_up], set[str]()
        while waiting:
            fresh = {*behind.get(waiting.pop(), ())} - found
            found |= fresh
            waiting += fresh
        return cls(badges, found)


def badge_faults(book: RuleBook, badge: Badge, others: Others) -> Iterator[Fault]:
    """All that is wrong with one badge, by key."""
    yield from _asking_faults(book, badge)
    yield from _after_faults(badge, others)
    yield from keeping_faults(book, badge)
    yield from say_faults(book, [name for part in badge.asks for name in part.on], badge.say)
    if badge.points:
        yield from purse_faults(book, badge.purse)
    for tier in badge.points:
        if tier and tier not in badge.tiers:
            yield Fault(
                "points", f"the tier {tier!r}", "a tier of the badge", nearest(tier, badge.tiers)
            )
    yield from amount_faults(book, badge.purse, "points", badge.points.values())
    if badge.keep and badge.points:
        yield Fault(
            "points", "points", "none: what a kept badge paid could not be told from what stays"
        )
    if badge.keep and any(_earns(part) for part in badge.asks):
        yield Fault("keep", "true", "false for a badge that asks for points earned")


def _earns(part: Criterion) -> bool:
    asked = (part, *([part.each] if part.each else []), *part.terms)
    return any(each.measure == "earned" for each in asked)


def _asking_faults(book: RuleBook, badge: Badge) -> Iterator[Fault]:
    if not badge.asks and not badge.after:
        yield Fault(
            "all_of", "nothing", "a criterion: a measure such as count, all_of, any_of or after"
        )
    for part in badge.asks:
        yield from criterion_faults(book, part)
    if badge.needs != 1 and badge.join != "any":
        yield Fault("needs", str(badge.needs), "nothing without any_of: all_of needs all of them")
    elif not 1 <= badge.needs <= max(1, len(badge.parts)):
        many = f"1 to {len(badge.parts)}, as there are so many criteria in any_of"
        yield Fault("needs", str(badge.needs), many)
    if not badge.composite:
        if badge.tier:
            yield Fault(
                "tier", repr(badge.tier), f"at_least = {{ {badge.tier} = ... }} for one criterion"
            )
        return
    yield from _joint_faults(badge)


def _joint_faults(badge: Badge) -> Iterator[Fault]:
    """What the parts of a badge must have in common."""
    for key, values in (
        ("per", {part.per for part in badge.asks}),
        ("again", {part.again for part in badge.asks}),
        ("to", {HOLDERS.get(part.to, part.to) for part in badge.asks}),
    ):
        if len(values) > 1:
            yield Fault(key, "different ones", "the same for all parts")
    for part in badge.asks:
        if part in badge.parts and len(badge.parts) == 1:
            if badge.tier and any(part.at_least):
                yield Fault("tier", repr(badge.tier), "nothing beside the tiers of at_least")
        elif len(part.at_least) > 1:
            yield Fault("at_least", "several tiers", "one threshold in each part of several")
        elif any(part.at_least):
            tier = next(iter(part.at_least))
            yield Fault(
                "at_least", f"the tier {tier!r}", f"a number, and tier = {tier!r} for the badge"
            )
        if part.again not in ((), (part.per,)):
            yield Fault(
                "again",
                str(part.again),
                "'once', or the name of `per`, in a badge of several parts",
            )
        if badge.after and part.per != "member":
            yield Fault("per", repr(part.per), "'member' in a badge with `after`")


def _after_faults(badge: Badge, others: Others) -> Iterator[Fault]:
    known = others.badges
    for name in badge.after:
        other, _, tier = name.partition(":")
        if other not in known:
            yield Fault(
                "after", f"the badge {other!r}", "a badge of the book", nearest(other, known)
            )
        elif tier and tier not in known[other].tiers:
            tiers = known[other].tiers
            yield Fault(
                "after",
                f"the tier {tier!r}",
                one_of(f"a tier of {other}", tiers),
                nearest(tier, tiers),
            )
        elif other == badge.id:
            yield Fault("after", f"the badge {other!r}", "another badge than itself")
        elif badge.keep and not known[other].keep:
            yield Fault("after", f"the badge {other!r}", "a kept badge, since this one is kept")
    if badge.points and badge.id in others.after_kept_up:
        expected = "none for a badge that comes after one that must be kept up"
        yield Fault("points", "points", expected)


def circle_faults(book: RuleBook) -> Iterator[tuple[str, str, Fault]]:
    """What is wrong with the first badges, or levels, that wait for each other: each told with its section, and its name or its ladder's."""
    known = all_badges(book)
    graph = {
        name: [after.partition(":")[0] for after in badge.after] for name, badge in known.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(error.args[1])
        expected = "badges that don't wait for each other in a circle"
        fault = Fault("after", " -> ".join(circle), expected)
        yield from (("badge", name, fault) for name in book.badges if name in circle)
        for ladder in book.ladders.values():
            for badge in ladder.climbs:
                if badge.id in circle:
                    yield "ladder", ladder.id, fault.inside(f"level, {badge.id}")


def ladder_faults(book: RuleBook, ladder: Ladder, others: Others) -> Iterator[Fault]:
    """All that is wrong with one ladder, by key."""
    if bool(ladder.levels) == bool(ladder.climbs):
        yield Fault(
            "levels", "both or neither of levels and level", "levels by points, or [[level]]s"
        )
    yield from purse_faults(book, ladder.purse)
    if list(ladder.levels.values()) != sorted(set(ladder.levels.values())):
        yield Fault("levels", short(dict(ladder.levels)), "levels in ascending order of points")
    yield from size_faults("levels", ladder.levels.values())
    for badge in ladder.climbs:
        for fault in badge_faults(book, badge, others):
            yield fault.inside(f"level, {badge.id}")


def criterion_faults(book: RuleBook, part: Criterion) -> Iterator[Fault]:
    """All that is wrong with one criterion, by key."""
    if part.measure not in MEASURES and part.measure not in book.measures:
        known = [*MEASURES, *book.measures]
        expected = f"one of: {', '.join(known)}"
        yield Fault("measure", repr(part.measure), expected, nearest(part.measure, known))
        return
    yield from ratio_faults(part)
    yield from pair_faults(part)
    for number, term in enumerate(part.terms, 1):
        for fault in criterion_faults(book, term):
            yield fault.inside(f"ratio, number {number}")
    on = part.on or (part.each.on if part.each else ())
    if not part.terms and not (
        part.measure == "earned" or (part.each and part.each.measure == "earned" and not on)
    ):
        yield from on_faults(book, on)
    yield from role_faults(book, part.to)
    yield from of_faults(part.to, part.of)
    if "unit" in (part.per, part.group):
        yield from role_faults(book, "unit")
    yield from time_faults(part.since, part.until)
    yield from condition_faults(book, on, part.where)
    yield from _value_faults(book, part, on)
    yield from _group_faults(book, part, on)
    yield from _threshold_faults(part)
    yield from _over_faults(part)


def _value_faults(book: RuleBook, part: Criterion, on: tuple[str, ...]) -> Iterator[Fault]:
    needs = part.measure in VALUED or part.measure in book.measures
    if needs != bool(part.value):
        yield Fault(
            "value", repr(part.value), f"{'a' if needs else 'no'} value with {part.measure}"
        )
    elif needs:
        numeric = part.measure in ("sum", "max", "mean", "median", "latest")
        kind: Kind | None = "number" if numeric else None
        yield from expression_faults(book, on, part.value, part.measure, kind)
    if part.measure == "run" and part.where is None:
        yield Fault("where", "nothing", "the condition that a run is a run of")
    if part.measure == "earned":
        if part.purse not in book.purses:
            yield Fault("earned", repr(part.purse), "a purse", nearest(part.purse, book.purses))
        if part.where is not None:
            yield Fault("where", repr(part.where), "nothing: `earned` sees grants, not events")
    for name in part.rules:
        if part.measure != "earned" or name not in book.rules:
            yield Fault("rules", repr(name), "a rule, with `earned`", nearest(name, book.rules))


def _group_faults(book: RuleBook, part: Criterion, on: tuple[str, ...]) -> Iterator[Fault]:
    each, known = part.each, {"groups": GROUPS, "streak": STREAKS}.get(part.measure)
    if known is None:
        if each is not None:
            yield Fault(
                "each", "each", f"nothing with {part.measure}; it belongs to groups or streak"
            )
        if part.freeze:
            yield Fault("freeze", str(part.freeze), "nothing; it belongs to a streak")
        return
    if part.group not in known:
        what = "one of " + ", ".join(known)
        yield Fault(part.measure, repr(part.group), what, nearest(part.group, known))
    if not 0 <= part.freeze <= 366:
        yield Fault("freeze", str(part.freeze), "a number of periods from 0 to 366")
    if each is None:
        yield Fault("each", "nothing", "the inner criterion, such as { count = 'answer.posted' }")
        return
    yield from _inner_faults(book, part, each, on)


def _inner_faults(
    book: RuleBook, part: Criterion, each: Criterion, on: tuple[str, ...]
) -> Iterator[Fault]:
    if each.measure not in INNER and each.measure not in book.measures:
        yield Fault("each", f"the measure {each.measure!r}", "one of " + ", ".join(INNER))
    if part.on and each.on:
        yield Fault("each", "`on` in both", "`on` in the inner or the outer criterion")
    plain = Criterion(measure="", at_least={})
    for key in (
        "to",
        "of",
        "since",
        "until",
        "over",
        "per",
        "again",
        "self_credit",
        "each",
        "freeze",
        "or_only",
    ):
        if getattr(each, key) != getattr(plain, key):
            yield Fault("each", f"the key {key!r}", f"{key!r} in the outer criterion")
    if len(each.at_least) > 1:
        yield Fault("each", "several tiers", "one threshold")
    for faults in (
        condition_faults(book, on, each.where),
        _value_faults(book, each, on),
        _threshold_faults(each),
    ):
        for fault in faults:
            yield fault.inside("each")


def _threshold_faults(part: Criterion) -> Iterator[Fault]:
    thresholds = list(part.at_least.values())
    if not thresholds:
        yield Fault("at_least", "nothing", "a threshold, or one for each tier")
        return
    if thresholds != sorted(set(thresholds)):
        yield Fault("at_least", short(dict(part.at_least)), "tiers in ascending order")
    yield from size_faults("at_least", thresholds)
    if (
        part.measure in ("count", "distinct", "run", "gap", "groups", "streak")
        and thresholds[0] < 1
    ):
        yield Fault("at_least", str(thresholds[0]), "a number of at least 1")


def _over_faults(part: Criterion) -> Iterator[Fault]:
    if part.per not in PER_KEYS:
        yield Fault(
            "per", repr(part.per), "one of " + ", ".join(PER_KEYS), nearest(part.per, PER_KEYS)
        )
    over = Over.parse(part.over)
    if isinstance(over, Fault):
        yield over
        return
    yield from _groups_faults(part, over)
    if part.measure == "streak" and over.kind != "ever":
        yield Fault("over", repr(part.over), "'ever' for a streak, which has its own periods")
    for item in part.again:
        if isinstance(item, int):
            yield from _repeat_faults(part, item, over)
        elif item == "period" and over.kind not in ("calendar", "every"):
            yield Fault("again", "'period'", "a period in `over`, such as 'month'")
        elif item not in ("period", part.per) or item == "member":
            known = ["once", "period", part.per]
            yield Fault(
                "again",
                repr(item),
                "'once', 'period', a number, or what `per` says",
                nearest(item, known),
            )


def _groups_faults(part: Criterion, over: Over) -> Iterator[Fault]:
    """More days, weeks, months or years than lie in the time that a criterion looks at."""
    shortest = {"day": 1, "week": 7, "month": 28, "year": 365}.get(part.group)
    days = most_days(over)
    if part.measure != "groups" or shortest is None or days is None:
        return
    most = (days - 2) // shortest + 2
    asked = max(part.at_least.values(), default=0)
    if asked > most:
        expected = f"at most {most}: no more {part.group}s lie in {part.over!r}"
        yield Fault("at_least", short(asked), expected)


def most_days(over: Over) -> int | None:
    """On how many dates a time can lie; around the world dates are up to 26 hours apart, and members travel."""
    if over.kind == "last":
        return -(-(over.length + timedelta(hours=26)) // timedelta(days=1)) + 1
    lengths = {"day": 1, "week": 7, "month": 31, "year": 366}
    return over.length.days if over.kind == "every" else lengths.get(over.period)


def _repeat_faults(part: Criterion, every: int, over: Over) -> Iterator[Fault]:
    if every < 1:
        yield Fault("again", str(every), "a number of at least 1")
    yield from size_faults("again", [every])
    if part.measure not in STEADY or over.kind == "last":
        yield Fault("again", str(every), f"a measure that never falls: {', '.join(sorted(STEADY))}")
    if len(part.at_least) > 1:
        yield Fault("again", str(every), "one threshold; tiers can't repeat by number")
