"""Rules, compiled: each becomes a function that books what one activity is worth to its holder.

``eligible`` answers whether a rule looks at an activity at all; the gate fold asks it before it
claims, the reward fold before it books. A ``Grant`` writes to the holder's cells and to the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import define, frozen

from wiifm.activities import Activity, source
from wiifm.expressions import parse
from wiifm.periods import PERIODS, SPANS, Span
from wiifm.program.amounts import AmountOf, amount_of, in_minor
from wiifm.program.measures import MEASURES, Cells
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import names_for
from wiifm.rules import Gate, Limit, Rule

NOTHING_BOOKED: dict[str, tuple[str, int, int]] = {}
"""Shared by all outcomes that booked nothing, which are most: it is never written to."""

Refused: TypeAlias = tuple[str, str, str | tuple[str, int, int]]
"""A grant that was refused: rule, reason, and detail, which is put into words only when it is read."""


@define
class Outcome:
    """What one activity came to: grants booked, grants refused, badges awarded.

    ``booked`` maps a rule to (purse, minor units, number of its entry once it has one); ``refused`` lists (rule, reason, detail);
    where a limit cut a grant, detail is (words, left, wanted). ``awarded`` lists the keys of awards.
    """

    booked: dict[str, tuple[str, int, int]] = NOTHING_BOOKED
    refused: tuple[Refused, ...] = ()
    awarded: tuple[tuple[Any, ...], ...] = ()

    def book(self, cells: Cells, rule: str, purse: str, minor: int) -> None:
        """Book an amount: in the outcome, and in the holder's total."""
        if self.booked is NOTHING_BOOKED:
            self.booked = {}
        before = self.booked.get(rule)
        self.booked[rule] = (purse, minor + (before[1] if before else 0), 0)
        cells[purse] = cells.get(purse, 0) + minor

    def refuse(self, rule: str, reason: str, detail: str | tuple[str, int, int]) -> None:
        """Note what a rule didn't give, and why not."""
        self.refused += ((rule, reason, detail),)


Grant: TypeAlias = Callable[[Cells, Activity, int, Outcome], None]
Eligible: TypeAlias = Callable[[Activity], str]
"""Answers "" where a rule holds, "self" where only self-credit stands against it, "no" where it
doesn't look at the activity at all, and what went wrong where a plugin's test raised."""


def condition(
    book: RuleBook, on: tuple[str, ...], where: str | None
) -> Callable[[Activity], Any] | None:
    """A condition on activities, compiled; None where there is none."""
    if where is None:
        return None
    found = parse(where, names_for(book.types, on), where="where", kind="flag")
    return found.function({name: source(name) for name in found.names}, "a")


def eligible(book: RuleBook, rule: Rule) -> Eligible:
    """Whether a rule holds for an activity: its validity, audience, self-credit and condition."""
    since, until, test = rule.since, rule.until, rule.test
    units, communities = frozenset(rule.audience.units), frozenset(rule.audience.communities)
    where = condition(book, rule.on, rule.where)
    strict = not rule.self_credit

    def holds(a: Activity) -> str:
        at = a.related.event.occurred_at
        if (since and at < since) or (until and at >= until):
            return "no"
        if communities and a.related.community not in communities:
            return "no"
        if units and a.holder_unit not in units:
            return "no"
        if where is not None and not where(a):
            return "no"
        if test is not None:
            try:
                if not test(a):
                    return "no"
            except Exception as error:  # a plugin's test: told in the receipt, breaks nothing else
                return f"its test raised {error!r}"
        return "self" if strict and a.is_self else ""

    return holds


@frozen
class LimitCells:
    """A limit, compiled: under which keys it counts, in which period, and how much it leaves."""

    words: str
    points: int | None
    times: int | None
    net: bool
    span: Span
    keys: Callable[[Activity], list[tuple[Any, ...]]]

    def counted(self, cells: Cells, key: tuple[Any, ...], day: int) -> tuple[int, int, int]:
        """The period's number, and the points and times counted in it so far."""
        span = self.span(day)
        found: tuple[int, int, int] | None = cells.get(key)
        return found if found is not None and found[0] == span else (span, 0, 0)


def limit_cells(book: RuleBook, limit: Limit) -> LimitCells:
    """Compile one limit."""
    period = next((name for name in limit.per if name in PERIODS), "ever")
    parts = [name for name in limit.per if name not in PERIODS]
    prefix = ("limit", limit.id)

    def keys(a: Activity) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = [prefix]
        for part in parts:
            values = limit_key(a, part)
            found = [(*key, value) for key in found for value in values]
        return found

    points = (
        None if limit.points is None else in_minor(limit.points, book.purses[limit.purse].decimals)
    )
    always = [prefix]
    return LimitCells(
        limit_words(limit),
        points,
        limit.times,
        limit.net,
        SPANS[period],
        keys if parts else lambda a: always,
    )


def limit_words(limit: Limit) -> str:
    """A limit as it is told: its name, or what it says where it stands inside a rule.

    >>> limit_words(Limit(id="answer-liked#1", points=200, per=("day",)))
    'the limit of 200 points per day'
    """
    if "#" not in limit.id:
        return f"the limit {limit.id!r}"
    most = [f"{limit.points:g} {limit.purse}"] if limit.points is not None else []
    most += [times_words(limit.times)] if limit.times is not None else []
    return f"the limit of {' and '.join(most)} per {' and '.join(limit.per)}"


def times_words(times: int) -> str:
    """A number of times, as it is told.

    >>> times_words(1), times_words(3)
    ('1 time', '3 times')
    """
    return "1 time" if times == 1 else f"{times} times"


def gate_words(gate: Gate) -> str:
    """A gate as it is told: its name, or what it says where it stands inside a rule.

    >>> gate_words(Gate(id="kudos#", of=("actor",), times=5, per="week"))
    'the gate of 5 times per week for each actor'
    """
    if "#" not in gate.id:
        return f"the gate {gate.id!r}"
    most = times_words(gate.times) if gate.times is not None else f"{gate.points:g} points"
    what = " and ".join(gate.of)
    return f"the gate of {most} per {gate.per}" + ("" if what == "all" else f" for each {what}")


def limit_key(a: Activity, part: str) -> tuple[str | None, ...]:
    """What an activity counts under for one key of a limit; an absent one is a key like any other."""
    match part:
        case "object":
            return (a.related.target,)
        case "person":
            return (a.person,)
        case "community":
            return (a.related.community,)
        case _:
            return a.related.topics or (None,)


def compile_grant(book: RuleBook, rule: Rule) -> Grant:
    """One rule as a function that books what an activity is worth."""
    names = {str(name) for name in rule.limit}
    names |= {n for n, x in book.limits.items() if x.all and x.purse == rule.purse} - set(
        rule.exempt
    )
    limits = tuple(limit_cells(book, book.limits[name]) for name in sorted(names))
    holds, worth = eligible(book, rule), _worth(book, rule)
    purse = book.purses[rule.purse]
    floor = None if purse.floor is None else in_minor(purse.floor, purse.decimals)
    name, shut = rule.id, gate_words(book.gates[str(rule.gate)]) if rule.gate is not None else ""

    def grant(cells: Cells, a: Activity, day: int, out: Outcome) -> None:
        reason = holds(a)
        if reason == "self":
            out.refuse(name, "self", "it would credit members for their own doing")
        elif reason and reason != "no":
            out.refuse(name, "fault", reason)
        if reason:
            return
        place = None
        if shut:
            place = a.places.get(name, 0) if a.places else 0
            if not place:
                out.refuse(name, "gate", f"{shut} was shut")
                return
        amount, after = worth(cells, a, place, out)
        if not amount:
            return
        amount = _within(limits, cells, a, day, amount, name, out)
        if amount < 0 and floor is not None:
            amount = min(0, max(amount, floor - cells.get(purse.id, 0)))
        if amount:
            _count(limits, cells, a, day, amount)
            out.book(cells, name, purse.id, amount)
            if after is not None:
                cells[after] = cells.get(after, 0) + amount

    return grant


def _within(
    limits: tuple[LimitCells, ...],
    cells: Cells,
    a: Activity,
    day: int,
    amount: int,
    rule: str,
    out: Outcome,
) -> int:
    """What the limits leave of an amount; what they don't is told in the outcome."""
    left, tightest = amount, ""
    for limit in limits:
        for key in limit.keys(a):
            _, points, times = limit.counted(cells, key, day)
            if limit.times is not None and times >= limit.times:
                out.refuse(rule, "limit", f"{limit.words} is used up")
                return 0
            if limit.points is not None and left > max(0, limit.points - points):
                left, tightest = max(0, limit.points - points), limit.words
    if tightest:
        reason = "capped" if left else "limit"
        out.refuse(rule, reason, (tightest, left, amount))
    return left


def _count(
    limits: tuple[LimitCells, ...], cells: Cells, a: Activity, day: int, amount: int
) -> None:
    for limit in limits:
        gain = amount if limit.net or amount > 0 else 0
        for key in limit.keys(a):
            span, points, times = limit.counted(cells, key, day)
            cells[key] = (span, points + gain, times + 1)


Given: TypeAlias = tuple[Any, ...] | None
Worth: TypeAlias = Callable[[Cells, Activity, int | None, Outcome], tuple[int | None, Given]]
"""From cells, activity and place to the amount, and the cell that keeps what a grade has given."""


def _worth(book: RuleBook, rule: Rule) -> Worth:
    if rule.kind is not None:
        return _custom_worth(book, rule)
    amount = amount_of(book, rule, source)
    if rule.graded is not None:
        return _graded_worth(book, rule, amount)
    return lambda cells, a, place, out: (amount(a, place, None), None)


def _graded_worth(book: RuleBook, rule: Rule, amount: AmountOf) -> Worth:
    """A grade: the difference between what the object is worth now and what it gave so far."""
    assert rule.graded is not None
    add, read = MEASURES[rule.graded.by]()
    value = sample_of(book, rule.on, rule.graded.value)
    name = rule.id

    def worth(
        cells: Cells, a: Activity, place: int | None, out: Outcome
    ) -> tuple[int | None, Given]:
        key, given = ("grade", name, a.related.target), ("given", name, a.related.target)
        sample = value(a)
        now = read(cells, key, 0) if sample is None else add(cells, key, 0, sample)
        target = amount(a, place, now)
        return (None if target is None else target - cells.get(given, 0), given)

    return worth


def _custom_worth(book: RuleBook, rule: Rule) -> Worth:
    """A rule kind of a plugin: its step folds over the activities that the rule looks at."""
    kind, settings = book.kinds[str(rule.kind)], dict(rule.settings)
    decimals, key = book.purses[rule.purse].decimals, ("kind", rule.id)

    def worth(
        cells: Cells, a: Activity, place: int | None, out: Outcome
    ) -> tuple[int | None, Given]:
        try:
            state, amount = kind.step(cells.get(key, kind.start), a, settings)
        except Exception as error:  # a plugin's step: told in the receipt, breaks nothing else
            out.refuse(rule.id, "fault", f"the rule kind {kind.name} raised {error!r}")
            return None, None
        if amount is not None and type(amount) not in (int, float):
            out.refuse(rule.id, "fault", f"the rule kind {kind.name} gave {amount!r}, no number")
            return None, None
        cells[key] = state
        return in_minor(amount, decimals), None

    return worth


def sample_of(book: RuleBook, on: tuple[str, ...], value: str) -> Callable[[Activity], Any]:
    """What a measure measures in an activity: the value of an expression, or 1 where it only counts."""
    if not value:
        return lambda a: 1
    found = parse(value, names_for(book.types, on), where="value", kind=None)
    return found.function({name: source(name) for name in found.names}, "a")
