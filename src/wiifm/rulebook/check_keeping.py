"""Checks the keys ``keep_up``, ``none_of`` and ``or_only`` of badges."""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.badges import Badge
from wiifm.criteria import MEASURES, Criterion
from wiifm.faults import Fault, short
from wiifm.periods import Over, duration
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_rules import parse_faults
from wiifm.rulebook.names import time_fields


def keeping_faults(book: RuleBook, badge: Badge) -> Iterator[Fault]:
    """All faults of ``keep_up``, ``none_of`` and ``or_only`` of a badge, by key."""
    if badge.none_of and not badge.parts and badge.keep_up is None:
        expected = "a criterion that gives the badge: a measure, all_of or any_of"
        yield Fault("none_of", "no other criterion", expected)
    for part in badge.none_of:
        if len(part.at_least) > 1:
            yield Fault("none_of", "several tiers", "one threshold in each part")
    for part in badge.asks:
        yield from _only_faults(book, badge, part)
    if badge.keep_up is not None:
        yield from _keep_up_faults(book, badge)


def _only_faults(book: RuleBook, badge: Badge, part: Criterion) -> Iterator[Fault]:
    """The faults of a threshold that depends on the event that advances time."""
    if part.or_only is None:
        return
    if badge.keep_up is None:
        yield Fault("or_only", repr(part.or_only), "no `or_only` without keep_up")
    names = time_fields(book)
    yield from parse_faults(part.or_only, "or_only", "number", names)


def _keep_up_faults(book: RuleBook, badge: Badge) -> Iterator[Fault]:
    keep_up = badge.keep_up
    assert keep_up is not None
    if not any(kind.advances for kind in book.types.values()):
        yield Fault("keep_up", "keep_up", "an event type with advances, such as time.advanced")
    if not 0 < keep_up.share <= 1:
        yield Fault("keep_up, share", str(keep_up.share), "a number above 0, up to 1")
    if keep_up.grace and duration(keep_up.grace) is None:
        yield Fault("keep_up, grace", repr(keep_up.grace), "a length of time such as '14 days'")
    if not badge.asks:
        yield Fault("keep_up", "no criterion", "a criterion that must be kept up")
    if badge.keep:
        yield Fault("keep", "true", "false for a badge that must be kept up")
    if badge.points:
        yield Fault("points", short(dict(badge.points)), "none for a badge that may be lost")
    if len(badge.tiers) > 1 or (len(badge.parts) == 1 and any(badge.parts[0].at_least)):
        expected = "one threshold without a tier for a badge that must be kept up"
        yield Fault("at_least", "tiers", expected)
    for part in badge.asks:
        yield from _kept_part_faults(part)


def _kept_part_faults(part: Criterion) -> Iterator[Fault]:
    """The faults of a criterion that can't be evaluated when time is advanced, without an activity."""
    why = "in a badge that must be kept up"
    if part.per != "member":
        yield Fault("per", repr(part.per), f"'member' {why}")
    if part.again:
        yield Fault("again", str(part.again), f"'once' {why}")
    over = Over.parse(part.over)
    if isinstance(over, Over) and over.kind not in ("ever", "last"):
        yield Fault(
            "over", repr(part.over), f"'ever' or a rolling window such as 'last 30 days' {why}"
        )
    for each in filter(None, (part, part.each, *part.terms)):
        if each.measure == "streak" or each.measure not in MEASURES:
            expected = f"one of wiifm's own measures other than streak {why}"
            yield Fault("measure", repr(each.measure), expected)
