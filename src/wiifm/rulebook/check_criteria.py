"""Checks criteria."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from wiifm.criteria import GROUPS, MEASURES, PER_KEYS, REPEATABLE, STREAKS, Criterion
from wiifm.expressions import Kind
from wiifm.faults import Fault, nearest, one_of, short
from wiifm.periods import Over
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.check_amounts import size_faults
from wiifm.rulebook.check_ratios import pair_faults, ratio_faults
from wiifm.rulebook.check_rules import (
    condition_faults,
    expression_faults,
    of_faults,
    on_faults,
    role_faults,
    time_faults,
)

# the measures that `each` may have, and those that have a `value`
INNER = ("count", "sum", "max", "mean", "median", "latest", "distinct", "run", "gap", "earned")
VALUED = ("sum", "max", "mean", "median", "latest", "distinct")


def criterion_faults(book: RuleBook, part: Criterion) -> Iterator[Fault]:
    """All faults of a criterion, by key."""
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
        yield Fault("where", "nothing", "a condition, which the events of a run meet")
    if part.measure == "earned":
        if part.purse not in book.purses:
            yield Fault(
                "earned",
                repr(part.purse),
                one_of("a purse of the book", book.purses),
                nearest(part.purse, book.purses),
            )
        if part.where is not None:
            yield Fault("where", repr(part.where), "nothing: `earned` sees grants, not events")
    for name in part.rules:
        if part.measure != "earned" or name not in book.rules:
            yield Fault(
                "rules",
                repr(name),
                "a rule of the book, together with `earned`",
                nearest(name, book.rules),
            )


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
    """The fault of a threshold of more days, weeks, months or years than the criterion's window can contain."""
    shortest = {"day": 1, "week": 7, "month": 28, "year": 365}.get(part.group)
    days = most_days(over)
    if part.measure != "groups" or shortest is None or days is None:
        return
    most = (days - 2) // shortest + 2
    asked = max(part.at_least.values(), default=0)
    if asked > most:
        expected = f"at most {most}: no more {part.group}s fit into {part.over!r}"
        yield Fault("at_least", short(asked), expected)


def most_days(over: Over) -> int | None:
    """The most local dates that a window can contain; None for ever. Zones differ by up to 26 hours, and members travel."""
    if over.kind == "last":
        return -(-(over.length + timedelta(hours=26)) // timedelta(days=1)) + 1
    lengths = {"day": 1, "week": 7, "month": 31, "year": 366}
    return over.length.days if over.kind == "every" else lengths.get(over.period)


def _repeat_faults(part: Criterion, every: int, over: Over) -> Iterator[Fault]:
    if every < 1:
        yield Fault("again", str(every), "a number of at least 1")
    yield from size_faults("again", [every])
    if part.measure not in REPEATABLE or over.kind == "last":
        yield Fault(
            "again",
            str(every),
            "over ever or a period, a measure that can repeat: " + ", ".join(sorted(REPEATABLE)),
        )
    if len(part.at_least) > 1:
        yield Fault("again", str(every), "one threshold without tiers")
