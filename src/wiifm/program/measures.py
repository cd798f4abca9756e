"""The measures of criteria, compiled: each folds samples into cells and tells its value.

``Add`` puts a sample in and returns the new value; ``Read`` tells the value as it is. Both get the
flat cells of one holder, a key to keep their state under, and the number of the period (``span``): a
state of another span counts as none. All values in cells are immutable, so a copy of the cells is a
snapshot. A number is exact: a float is the decimal that it is written as.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any, TypeAlias

from wiifm.periods import Calendar
from wiifm.rulebook.book import Measure

Cells: TypeAlias = dict[Any, Any]
Key: TypeAlias = tuple[Any, ...]
Number: TypeAlias = int | Fraction
Value: TypeAlias = Number | None
Add: TypeAlias = Callable[[Cells, Key, int, Any], Value]
Read: TypeAlias = Callable[[Cells, Key, int], Value]


def exact(number: int | float | Fraction) -> Number:
    """A number without rounding: 0.1 is a tenth.

    >>> exact(0.1) + exact(0.2) == exact(0.3)
    True
    """
    return Fraction(repr(number)) if isinstance(number, float) else number


def _stored(
    start: Any, step: Callable[[Any, Any], Any], value: Callable[[Any], Value]
) -> tuple[Add, Read]:
    """A measure whose state is one value in one cell."""

    def add(cells: Cells, key: Key, span: int, sample: Any) -> Value:
        found = cells.get(key)
        state = step(found[1] if found is not None and found[0] == span else start, sample)
        cells[key] = (span, state)
        return value(state)

    def read(cells: Cells, key: Key, span: int) -> Value:
        found = cells.get(key)
        return value(found[1] if found is not None and found[0] == span else start)

    return add, read


def _distinct() -> tuple[Add, Read]:
    """How many different samples: a cell for each, and one for their number."""
    count, read = _stored(0, lambda state, sample: state + sample, lambda state: state)

    def add(cells: Cells, key: Key, span: int, sample: Hashable) -> Value:
        seen = (*key, "=", sample)
        if cells.get(seen) == span:
            return count(cells, key, span, 0)
        cells[seen] = span
        return count(cells, key, span, 1)

    return add, read


def _larger(state: Value, sample: Any) -> Value:
    number = exact(sample)
    return number if state is None or number > state else state


MEASURES: dict[str, Callable[[], tuple[Add, Read]]] = {
    "count": lambda: _stored(0, lambda state, _: state + 1, lambda state: state),
    "sum": lambda: _stored(0, lambda state, x: state + exact(x), lambda state: state),
    "earned": lambda: _stored(0, lambda state, x: state + exact(x), lambda state: state),
    "max": lambda: _stored(None, _larger, lambda state: state),
    "latest": lambda: _stored(None, lambda _, x: exact(x), lambda state: state),
    "mean": lambda: _stored(
        (0, 0),
        lambda state, x: (state[0] + exact(x), state[1] + 1),
        lambda state: Fraction(state[0]) / state[1] if state[1] else None,
    ),
    "run": lambda: _stored(0, lambda state, holds: state + 1 if holds else 0, lambda state: state),
    "distinct": _distinct,
}
"""The measures that stand on their own; groups and streaks are made of one of these."""


class MeasureFailed(Exception):
    """A plugin's measure raised, or read something that is no number."""


def of_plugin(measure: Measure) -> tuple[Add, Read]:
    """A plugin's measure, in the same form as ours; what it raises becomes :class:`MeasureFailed`."""

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def safe(*arguments: Any) -> Any:
            try:
                return call(*arguments)
            except Exception as error:  # a plugin may raise anything; it is told in the receipt
                raise MeasureFailed(f"the measure {measure.name} raised {error!r}") from error

        return safe

    return _stored(
        measure.start, guarded(measure.add), guarded(lambda state: exact(measure.read(state)))
    )


def groups(inner: tuple[Add, Read], threshold: Number) -> tuple[Add, Read]:
    """How many groups reach the threshold of an inner measure; samples are (group, sample)."""
    inner_add, inner_read = inner
    count, read = _stored(0, lambda state, change: state + change, lambda state: state)

    def add(cells: Cells, key: Key, span: int, sample: tuple[Hashable, Any]) -> Value:
        group = (*key, "/", sample[0])
        before = reaches(inner_read(cells, group, span), threshold)
        after = reaches(inner_add(cells, group, span, sample[1]), threshold)
        return count(cells, key, span, after - before)

    return add, read


def reaches(value: Value, threshold: Number) -> bool:
    """Whether a value meets a threshold; nothing never does."""
    return value is not None and value >= threshold


def streak(
    inner: tuple[Add, Read], threshold: Number, unit: str, freeze: int, calendar: Calendar
) -> tuple[Add, Read]:
    """How many periods in a row reach the threshold of an inner measure.

    Samples are (number of the period, sample). The state is the streak as it stands, and as it stood
    before the latest period, for when that one falls below the threshold again.
    """
    inner_add, inner_read = inner
    missed = calendar.workdays_between if unit == "workday" else lambda last, now: now - last - 1

    def longer(now: tuple[int, int, int], period: int) -> tuple[int, int, int]:
        last, length, used = now
        gap = missed(last, period) if length else 0
        if length and used + gap <= freeze:
            return (period, length + 1, used + gap)
        return (period, 1, 0)

    def add(cells: Cells, key: Key, span: int, sample: tuple[int, Any]) -> Value:
        period, value = sample
        now: tuple[int, int, int]
        now, before = cells.get(key, _NO_STREAK)
        if unit != "workday" or calendar.is_workday(period):
            inside = (*key, "/")
            met = reaches(inner_read(cells, inside, period), threshold)
            meets = reaches(inner_add(cells, inside, period, value), threshold)
            if meets and not met:
                now, before = longer(now, period), now
            elif met and not meets:
                now = before
            cells[key] = (now, before)
        return now[1]

    def read(cells: Cells, key: Key, span: int) -> Value:
        return int(cells.get(key, _NO_STREAK)[0][1])

    return add, read


_NO_STREAK = ((0, 0, 0), (0, 0, 0))
