"""Checks badges and ladders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Self

from attrs import frozen

from wiifm.badges import Badge, Ladder
from wiifm.criteria import Criterion
from wiifm.faults import Fault, nearest, one_of, short
from wiifm.rulebook.book import RuleBook, all_badges
from wiifm.rulebook.check_amounts import amount_faults, purse_faults, size_faults
from wiifm.rulebook.check_criteria import criterion_faults
from wiifm.rulebook.check_keeping import keeping_faults
from wiifm.rulebook.check_sentences import say_faults
from wiifm.rules import HOLDER_KINDS


@frozen
class Others:
    """What the check of one badge needs to know about all badges.

    ``badges`` are the badges of a book by name, ``after_kept_up`` the names of those that come after one that must be kept
    up, directly or by way of others.

    >>> from wiifm.badges import KeepUp
    >>> badges = {"a": Badge(id="a", keep_up=KeepUp()), "b": Badge(id="b", after=("a",)), "c": Badge(id="c", after=("b:gold",))}
    >>> sorted(Others.among(badges).after_kept_up)
    ['b', 'c']
    """

    badges: Mapping[str, Badge]
    after_kept_up: Collection[str]

    @classmethod
    def among(cls, badges: Mapping[str, Badge]) -> Self:
        """What there is to know about these badges."""
        followers: dict[str, list[str]] = {}
        for name, badge in badges.items():
            for after in badge.after:
                followers.setdefault(after.partition(":")[0], []).append(name)
        pending, found = [name for name, badge in badges.items() if badge.keep_up], set[str]()
        while pending:
            fresh = {*followers.get(pending.pop(), ())} - found
            found |= fresh
            pending += fresh
        return cls(badges, found)


def badge_faults(book: RuleBook, badge: Badge, others: Others) -> Iterator[Fault]:
    """All faults of a badge, by key."""
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
            "points",
            "points",
            "none for a badge with `keep`: a bonus to correct couldn't be distinguished from one that stays",
        )
    if badge.keep and any(_earns(part) for part in badge.asks):
        yield Fault("keep", "true", "false for a badge with a criterion `earned`")


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
        yield Fault(
            "needs", str(badge.needs), "no `needs` without any_of: all_of needs all of them"
        )
    elif not 1 <= badge.needs <= max(1, len(badge.parts)):
        many = f"1 to {len(badge.parts)}, the number of criteria in any_of"
        yield Fault("needs", str(badge.needs), many)
    if not badge.composite:
        if badge.tier:
            yield Fault(
                "tier", repr(badge.tier), f"at_least = {{ {badge.tier} = ... }} for one criterion"
            )
        return
    yield from _joint_faults(badge)


def _joint_faults(badge: Badge) -> Iterator[Fault]:
    """The faults of a badge with several criteria, which must have some keys in common."""
    for key, values in (
        ("per", {part.per for part in badge.asks}),
        ("again", {part.again for part in badge.asks}),
        ("to", {HOLDER_KINDS.get(part.to, part.to) for part in badge.asks}),
    ):
        if len(values) > 1:
            yield Fault(key, "different values", "the same in all criteria")
    for part in badge.asks:
        if part in badge.parts and len(badge.parts) == 1:
            if badge.tier and any(part.at_least):
                yield Fault("tier", repr(badge.tier), "no `tier` together with tiers in at_least")
        elif len(part.at_least) > 1:
            yield Fault("at_least", "several tiers", "one threshold in each of several criteria")
        elif any(part.at_least):
            tier = next(iter(part.at_least))
            yield Fault(
                "at_least", f"the tier {tier!r}", f"a number, and tier = {tier!r} for the badge"
            )
        if part.again not in ((), (part.per,)):
            yield Fault(
                "again",
                short(list(part.again)),
                "'once', or the name of `per`, in a badge with several criteria",
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
            tiers = [*filter(None, known[other].tiers)]
            expected = (
                one_of(f"a tier of {other}", tiers)
                if tiers
                else f"{other!r} alone: it has no tiers"
            )
            yield Fault("after", f"the tier {tier!r}", expected, nearest(tier, tiers))
        elif other == badge.id:
            yield Fault("after", f"the badge {other!r}", "a badge other than itself")
        elif badge.keep and not known[other].keep:
            yield Fault(
                "after", f"the badge {other!r}", "a badge with `keep`, since this one has it"
            )
    if badge.points and badge.id in others.after_kept_up:
        expected = "none for a badge that comes after one with `keep_up`"
        yield Fault("points", "points", expected)


def circle_faults(book: RuleBook) -> Iterator[tuple[str, str, Fault]]:
    """The faults of the first circle of badges or levels that come after each other: each with its section, and its or its ladder's name."""
    known = all_badges(book)
    graph = {
        name: [after.partition(":")[0] for after in badge.after] for name, badge in known.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(error.args[1])
        expected = "badges that don't come after each other in a circle"
        fault = Fault("after", " -> ".join(circle), expected)
        yield from (("badge", name, fault) for name in book.badges if name in circle)
        for ladder in book.ladders.values():
            for badge in ladder.climbs:
                if badge.id in circle:
                    yield "ladder", ladder.id, fault.inside(f"level, {badge.id}")


def ladder_faults(book: RuleBook, ladder: Ladder, others: Others) -> Iterator[Fault]:
    """All faults of a ladder, by key."""
    if bool(ladder.levels) == bool(ladder.climbs):
        yield Fault(
            "levels",
            "both or neither of levels and level",
            "exactly one: levels by points, or tables [[level]]",
        )
    yield from purse_faults(book, ladder.purse)
    if "" in ladder.levels:
        expected = "a table of levels and the points for each, such as { helper = 50 }"
        yield Fault("levels", short(ladder.levels[""]), expected)
    if list(ladder.levels.values()) != sorted(set(ladder.levels.values())):
        yield Fault("levels", short(dict(ladder.levels)), "levels in ascending order of points")
    yield from size_faults("levels", ladder.levels.values())
    for badge in ladder.climbs:
        for fault in badge_faults(book, badge, others):
            yield fault.inside(f"level, {badge.id}")
