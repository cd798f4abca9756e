"""Criteria, compiled: each watches the activities of a holder and tells its value for each key.

Progress and award come from the same cells: ``Watch.see`` folds an activity in, ``Watch.value`` reads
where a key stands.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any, TypeAlias

from attrs import frozen

from wiifm.activities import Activity, Slot
from wiifm.criteria import Criterion
from wiifm.periods import SPANS, Over
from wiifm.program import measures
from wiifm.program.grants import Outcome, condition, limit_key, sample_of
from wiifm.program.measures import Add, Cells, Key, Number, Read, Value
from wiifm.program.slots import criterion_slots
from wiifm.rulebook.book import RuleBook

Sample: TypeAlias = Callable[[Activity, int, Outcome], tuple[Any, ...]]
"""The samples of an activity (none, one, or one a topic), given the effective day and what was booked."""


@frozen
class Watch:
    """A criterion, compiled.

    ``see`` folds an activity in and yields (key, number of the period, value) for each key that it
    touched.
    """

    criterion: Criterion
    slots: frozenset[Slot]
    thresholds: tuple[tuple[str, Number], ...]
    keys: Callable[[Activity], tuple[Hashable, ...]]
    looks: Callable[[Activity], bool]
    sample: Sample
    over: Over
    prefix: tuple[Any, ...]
    add: Add
    read: Read

    def see(
        self, cells: Cells, a: Activity, day: int, out: Outcome
    ) -> Iterator[tuple[Hashable, int, Value]]:
        """Fold an activity in; nothing happens where the criterion doesn't look at it."""
        if not self.looks(a):
            return
        samples = self.sample(a, day, out)
        if not samples:
            return
        span = self.over.span(day)
        for key in self.keys(a):
            cell = (*self.prefix, key)
            if self.over.kind == "last":
                value = self._roll(cells, cell, samples, a.related.event.occurred_at)
            else:
                for sample in samples:
                    value = self.add(cells, cell, span, sample)
            yield key, span, value

    def _roll(self, cells: Cells, cell: Key, samples: tuple[Any, ...], now: datetime) -> Value:
        """The value over the window that ends now: measured anew from the samples within it."""
        first = now - self.over.length
        queue = tuple(item for item in cells.get(cell, ()) if item[0] >= first)
        queue += tuple((now, sample) for sample in samples)
        cells[cell] = queue
        scratch: Cells = {}
        for _, sample in queue:
            value = self.add(scratch, cell, 0, sample)
        return value

    def value(self, cells: Cells, key: Hashable, day: int, now: datetime) -> Value:
        """Where a key stands on an effective day; over a rolling window, at a moment."""
        cell = (*self.prefix, key)
        if self.over.kind != "last":
            return self.read(cells, cell, self.over.span(day))
        scratch: Cells = {}
        for at, sample in cells.get(cell, ()):
            if at >= now - self.over.length:
                self.add(scratch, cell, 0, sample)
        return self.read(scratch, cell, 0)


def watch(book: RuleBook, criterion: Criterion, prefix: tuple[Any, ...]) -> Watch:
    """Compile one criterion; ``prefix`` begins the keys of its cells."""
    on = criterion.on or (criterion.each.on if criterion.each else ())
    over = Over.parse(criterion.over)
    assert isinstance(over, Over), "the book was checked"
    inner = criterion.each or criterion
    add, read = _measure(book, criterion)
    return Watch(
        criterion=criterion,
        slots=criterion_slots(book, criterion),
        thresholds=tuple((tier, measures.exact(most)) for tier, most in criterion.at_least.items()),
        keys=KEYS[criterion.per],
        looks=_looks(book, criterion, on),
        sample=_grouped(book, criterion, _inner_sample(book, inner, on)),
        over=over,
        prefix=prefix,
        add=add,
        read=read,
    )


def _measure(book: RuleBook, criterion: Criterion) -> tuple[Add, Read]:
    inner = criterion.each
    if inner is None:
        return _plain_measure(book, criterion.measure)
    plain = _plain_measure(book, inner.measure)
    threshold = measures.exact(next(iter(inner.at_least.values())))
    if criterion.measure == "groups":
        return measures.groups(plain, threshold)
    return measures.streak(plain, threshold, criterion.group, criterion.freeze, book.calendar)


def _plain_measure(book: RuleBook, name: str) -> tuple[Add, Read]:
    return (
        measures.MEASURES[name]()
        if name in measures.MEASURES
        else measures.of_plugin(book.measures[name])
    )


def _looks(book: RuleBook, criterion: Criterion, on: tuple[str, ...]) -> Callable[[Activity], bool]:
    """Which activities a criterion looks at, among those of its event types and role."""
    since, until = criterion.since, criterion.until
    inner = criterion.each or criterion
    earns = inner.measure == "earned"
    strict = not criterion.self_credit and not earns
    wheres = [
        condition(book, on, c.where)
        for c in {id(c): c for c in (criterion, inner)}.values()
        if c.measure != "run"
    ]
    tests = [where for where in wheres if where is not None]

    def looks(a: Activity) -> bool:
        at = a.related.event.occurred_at
        if (since and at < since) or (until and at >= until):
            return False
        if earns and on and a.related.event.type not in on:
            return False
        if strict and a.is_self:
            return False
        return all(where(a) for where in tests)

    return looks


def _inner_sample(book: RuleBook, criterion: Criterion, on: tuple[str, ...]) -> Sample:
    """What a measure is given: a value, whether a run goes on, or what was earned."""
    if criterion.measure == "earned":
        purse, rules = book.purses[criterion.purse], frozenset(criterion.rules or book.rules)
        scale = 10**purse.decimals

        def earned(a: Activity, day: int, out: Outcome) -> tuple[Any, ...]:
            amounts = [
                minor
                for rule, (name, minor, _) in out.booked.items()
                if name == purse.id and rule in rules
            ]
            return (Fraction(sum(amounts), scale),) if amounts else ()

        return earned
    if criterion.measure == "run":
        holds = condition(book, on, criterion.where)
        return lambda a, day, out: (bool(holds(a)) if holds else True,)
    value = sample_of(book, on, criterion.value)

    def valued(a: Activity, day: int, out: Outcome) -> tuple[Any, ...]:
        found = value(a)
        return () if found is None else (found,)

    return valued


def _grouped(book: RuleBook, criterion: Criterion, inner: Sample) -> Sample:
    """Samples with the group or the period that they belong to."""
    if criterion.each is None:
        return inner
    if criterion.group in SPANS or criterion.group == "workday":
        span = SPANS["day" if criterion.group == "workday" else criterion.group]
        return lambda a, day, out: tuple((span(day), sample) for sample in inner(a, day, out))
    keys = KEYS[criterion.group]
    return lambda a, day, out: tuple((k, sample) for sample in inner(a, day, out) for k in keys(a))


def _present(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


KEYS: dict[str, Callable[[Activity], tuple[Hashable, ...]]] = {
    "member": lambda a: (None,),
    "object": lambda a: _present(a.related.target),
    "in_reply_to": lambda a: _present(a.related.event.in_reply_to),
    "topic": lambda a: a.related.topics,
    "community": lambda a: _present(a.related.community),
    "unit": lambda a: _present(a.unit),
    "person": lambda a: limit_key(a, "person"),
}
"""The keys that an activity counts for; none where it lacks what is counted by."""
