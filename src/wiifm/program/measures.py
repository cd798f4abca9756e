"""The measures of criteria, as source: how each starts, takes a sample, and is read.

The state ``v`` of a measure is one immutable value. Only ``distinct`` on its own has a set, which it changes in place.
Numbers are exact: a float stands for the decimal as which it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from fractions import Fraction
from functools import lru_cache, reduce
from math import isfinite
from typing import Any, TypeAlias

from attrs import frozen

from wiifm.criteria import Criterion, Measure
from wiifm.failures import WrongAnswer, failure
from wiifm.faults import FOREIGN_ERRORS, origin, short
from wiifm.periods import DAYS_KEPT, Calendar
from wiifm.program.medians import median, with_sample
from wiifm.program.running import mean
from wiifm.program.values import different, with_value
from wiifm.program.writing import Constants, Source
from wiifm.rulebook.book import RuleBook
from wiifm.states import is_state, state_fault

Number: TypeAlias = int | Fraction

LARGEST = 10**308
"""The bound of what a plugin's measure may read, so that it can be shown as a float."""


def exact(number: int | float | Fraction) -> Number:
    """A number without rounding: 0.1 is a tenth.

    >>> exact(0.1) + exact(0.2) == exact(0.3)
    True
    """
    return Fraction(repr(number)) if isinstance(number, float) else number


def whole(number: Number) -> Number:
    """The same number, as an int if it is a whole one: ints are compared many times faster.

    >>> whole(Fraction(9, 3)), whole(Fraction(9, 2))
    (3, Fraction(9, 2))
    """
    return int(number) if number.denominator == 1 else number


class MeasureFailed(Exception):
    """A plugin's measure raised, or returned something that is no number."""


def guarded(
    measure: Measure, function: Callable[..., Any], checked: Callable[[Any], Any]
) -> Callable[..., Any]:
    """A plugin's function whose result is checked. Whatever goes wrong becomes :class:`MeasureFailed`."""

    def safe(*arguments: Any) -> Any:
        try:
            return checked(function(*arguments))
        except FOREIGN_ERRORS as error:  # a plugin may raise anything; the receipt says so
            by = f" of {measure.by}" if measure.by else ""
            how = failure(error, function)
            text = f"the measure {measure.name}{by}, {origin(function)}, {how}"
            raise MeasureFailed(text) from error

    return safe


@frozen
class Plain:
    """A measure of samples, as source with ``{v}`` for its state and ``{x}`` for a sample.

    Attributes:
        first: the state before any sample.
        step: the state after a sample.
        value: the value of a state.
        numeric: samples have to be made exact.
        holds: the state is a set that is changed in place.
        nullable: the value may be None although the state isn't.
        foreign: it is a plugin's.
        adds: the state is the value, and each sample adds to it.
        reached: whether the value reaches ``{least}``, if that is told sooner without the value.
    """

    first: str
    step: str
    value: str = "{v}"
    numeric: bool = False
    holds: bool = False
    nullable: bool = False
    foreign: bool = False
    adds: bool = False
    reached: str = ""

    def write_step(self, source: Source, v: str, x: str) -> None:
        """Write how a sample is folded in."""
        source.line(
            self.step.format(v=v, x=x) if self.holds else f"{v} = {self.step.format(v=v, x=x)}"
        )

    def read(self, v: str) -> str:
        """Source of its value."""
        return self.value.format(v=v)

    def reaches(self, v: str, threshold: str) -> str:
        """Source of whether its value reaches a threshold. No value never does."""
        if self.reached:
            return self.reached.format(v=v, least=threshold)
        if self.nullable:
            return f"REACHES({self.read(v)}, {threshold})"
        if self.first == "None":
            return f"({v} is not None and {v} >= {threshold})"
        return f"({self.read(v)} >= {threshold})"


_PLAIN = {
    "count": Plain("0", "{v} + 1", adds=True),
    "sum": Plain("0", "{v} + {x}", numeric=True, adds=True),
    "earned": Plain("0", "{v} + {x}", adds=True),
    "max": Plain("None", "{x} if {v} is None or {x} > {v} else {v}", numeric=True),
    "latest": Plain("None", "{x}", numeric=True),
    "mean": Plain(
        "(0, 0)",
        "({v}[0] + {x}, {v}[1] + 1)",
        "MEAN({v})",
        numeric=True,
        nullable=True,
        reached="({v}[1] > 0 and {v}[0] >= {least} * {v}[1])",
    ),
    "median": Plain("None", "WITH_SAMPLE({v}, {x})", "MEDIAN({v})", numeric=True, nullable=True),
    "gap": Plain("(None, 0)", "LONGER_GAP({v}, {x})", "{v}[1]"),
    "run": Plain("0", "{v} + 1 if {x} else 0"),
    "distinct": Plain("frozenset()", "WITH_VALUE({v}, {x})", "DIFFERENT({v})"),
}
_DISTINCT = Plain("set()", "{v}.add({x})", "len({v})", holds=True)


def longer_gap(state: tuple[int | None, int], day: int) -> tuple[int, int]:
    """The last day and the longest gap, after a further day. A gap is the number of days between two successive days.

    >>> longer_gap(longer_gap(longer_gap((None, 0), 5), 9), 10)
    (10, 3)
    """
    last, longest = state
    return day, longest if last is None else max(longest, day - last - 1)


def gap_on(value: int, last: int | None, day: int) -> int:
    """The longest gap as of a day: what has passed since the last of the days counts as if the gap ended now.

    >>> gap_on(3, 10, 12), gap_on(3, 10, 20), gap_on(0, None, 20)
    (3, 9, 0)
    """
    return value if last is None else max(value, day - last - 1)


def gap_within(value: int, last: tuple[datetime, int] | None, day: int, first: datetime) -> int:
    """Like :func:`gap_on`; the last day only counts if it is not before the moment ``first``."""
    return gap_on(value, last[1] if last and last[0] >= first else None, day)


def plain(book: RuleBook, constants: Constants, name: str, alone: bool = False) -> Plain:
    """A measure by its name: a built-in one, or a plugin's. ``alone`` tells that its state has a field to itself."""
    if name == "distinct" and alone:
        return _DISTINCT
    if name in _PLAIN:
        constants.values |= _NAMES.get(name, {})
        return _PLAIN[name]
    measure = book.measures[name]
    first = constants.name(f"{name} start", measure.start)
    add = constants.name(f"{name} add", guarded(measure, measure.add, _state))
    read = constants.name(f"{name} read", guarded(measure, measure.read, exact_value))
    constants.values["REACHES"] = reaches
    return Plain(first, f"{add}({{v}}, {{x}})", f"{read}({{v}})", nullable=True, foreign=True)


def guarded_measure(measure: Measure) -> Callable[[list[Number]], Number | None]:
    """A plugin's measure, as a function of a list of samples."""
    add, read = guarded(measure, measure.add, _state), guarded(measure, measure.read, exact_value)

    def measured(samples: list[Number]) -> Number | None:
        found: Number | None = read(reduce(add, samples, measure.start))
        return found

    return measured


def _state(found: object) -> object:
    """The state that a plugin's measure returned. Anything mutable could change under a snapshot."""
    if not is_state(found):
        raise WrongAnswer(state_fault(found))
    return found


def exact_value(found: object) -> Number | None:
    """What a plugin's measure returned as its value, without rounding; it must be a finite number or None.

    >>> exact_value(0.5), exact_value(None)
    (Fraction(1, 2), None)

    Raises:
        WrongAnswer: it is no number, or none that could be shown.
    """
    if found is None:
        return None
    if type(found) not in (int, float, Fraction):
        kind = type(found).__name__
        raise WrongAnswer(
            f"the value {short(found)} is of the type {kind}, no int, float or Fraction"
        )
    if isinstance(found, float) and not isfinite(found):
        raise WrongAnswer(f"the value {found} isn't finite")
    number: int | float | Fraction = found  # type: ignore[assignment]
    if not -LARGEST < number < LARGEST:
        raise WrongAnswer(f"the value {short(int(number))} isn't within 10**308")
    return exact(number)


def reaches(value: Number | None, threshold: Number) -> bool:
    """Whether a value reaches a threshold. No value never does."""
    return value is not None and value >= threshold


_NAMES: dict[str, dict[str, object]] = {
    "mean": {"MEAN": mean, "REACHES": reaches},
    "median": {"WITH_SAMPLE": with_sample, "MEDIAN": median, "REACHES": reaches},
    "gap": {"LONGER_GAP": longer_gap},
    "distinct": {"WITH_VALUE": with_value, "DIFFERENT": different},
}
"""The functions that the source of a measure calls."""


@frozen
class Grouped:
    """Groups or a streak over an inner measure, whose samples come with the group that they belong to.

    Groups by period keep (period, inner state, number of groups). A streak keeps (period, inner state, streak now, streak
    before this period), where a streak is (latest period, length, missed periods). Groups by anything else keep their
    number, and the inner state of each group in the table ``inner``.
    """

    criterion: Criterion
    inner: Plain
    threshold: str
    workdays: str
    by_period: bool
    by_zone: bool
    """Whether working days depend on the time zone that somebody is in."""

    @property
    def first(self) -> str:
        """Source of the state before any sample."""
        if not self.by_period:
            return "0"
        nothing = "(0, 0, 0), (0, 0, 0)" if self.criterion.measure == "streak" else "0"
        return f"(None, {self.inner.first}, {nothing})"

    def read(self, v: str) -> str:
        """Source of its value."""
        if not self.by_period:
            return v
        return f"{v}[2][1]" if self.criterion.measure == "streak" else f"{v}[2]"

    def write_step(self, source: Source, v: str, x: str, group: str, inner: str, key: str) -> None:
        """Write how a sample of a group is folded in. ``inner`` is the table of inner states, and ``key`` the group's key in it."""
        if not self.by_period:
            source.line(f"w = {inner}.get({key}, {self.inner.first})")
            self._write_inner_step(source, x)
            source.line(f"{inner}[{key}] = w", f"{v} += meets - met")
        elif self.criterion.measure == "streak":
            with source.blocks(self._on_a_workday(group)):
                self._write_streak(source, v, x, group)
        else:
            source.line(f"period, w, number = {v}")
            if self.met_at_once:
                more = (
                    f"({group}, w + 1, number) if period == {group} else ({group}, 1, number + 1)"
                )
                source.line(f"{v} = {more}")
                return
            with source.block(f"if period != {group}:"):
                source.line(f"w = {self.inner.first}")
            self._write_inner_step(source, x)
            source.line(f"{v} = ({group}, w, number + meets - met)")

    def _on_a_workday(self, group: str) -> str:
        """The head of a block for workdays, if only these count."""
        return f"if {self.works(group, 'local')}:" if self.criterion.group == "workday" else ""

    def works(self, day: str, moment: str) -> str:
        """Source of whether a day is a working day, where somebody is at a moment in local time."""
        return f"{self._workdays(f'{day} + 1', moment)} > {self._workdays(day, moment)}"

    def _write_inner_step(self, source: Source, x: str) -> None:
        """Write how a sample is folded into the inner measure, and whether its threshold was met before and is now."""
        source.line(f"met = {self.inner.reaches('w', self.threshold)}")
        self.inner.write_step(source, "w", x)
        source.line(f"meets = {self.inner.reaches('w', self.threshold)}")

    def _write_streak(self, source: Source, v: str, x: str, group: str) -> None:
        """Write how a sample is folded into a streak."""
        missed = self._missed("now[0]", group, "local")
        if self.met_at_once and not self.criterion.freeze:
            self._write_simple_streak(source, v, group, missed)
            return
        source.line(f"period, w, now, before = {v}")
        with source.block(f"if period != {group}:"):
            source.line(f"w = {self.inner.first}")
        self._write_inner_step(source, x)
        with source.block("if meets and not met:"):
            source.line(f"before, missed = now, {missed} if now[1] else 0")
            with source.block(f"if now[1] and now[2] + missed <= {self.criterion.freeze}:"):
                source.line(f"now = ({group}, now[1] + 1, now[2] + missed)")
            with source.block("else:"):
                source.line(f"now = ({group}, 1, 0)")
        with source.block("elif met and not meets:"):
            source.line("now = before")
        source.line(f"{v} = ({group}, w, now, before)")

    def _write_simple_streak(self, source: Source, v: str, group: str, missed: str) -> None:
        """Write a streak in which one sample is enough for a period, and no period may be missed."""
        source.line(f"period, w, now, before = {v}")
        with source.block(f"if period == {group}:"):
            source.line(f"{v} = ({group}, w + 1, now, before)")
        with source.block("else:"):
            source.line(f"length = now[1] + 1 if now[1] and {missed} <= 0 else 1")
            source.line(f"{v} = ({group}, 1, ({group}, length, 0), now)")

    @property
    def met_at_once(self) -> bool:
        """Whether the first sample meets the inner threshold."""
        return self.inner is _PLAIN["count"] and self.threshold == "1"

    def _missed(self, last: str, group: str, moment: str) -> str:
        """Source of how many periods lie between the last one of a streak and another, as of a moment in local time."""
        if self.criterion.group == "workday":
            before = self._workdays(f"{last} + 1", moment)
            return f"{self._workdays(group, moment)} - {before}"
        return f"{group} - {last} - 1"

    def _workdays(self, day: str, moment: str) -> str:
        """Source of how many working days are before a day, where somebody is at a moment in local time."""
        return f"{self.workdays}({day}{f', {moment}.tzinfo' if self.by_zone else ''})"

    def broken(self, v: str, group: str) -> str:
        """Source of whether a streak can't go on any more in a period, as of ``now``."""
        missed = self._missed(f"{v}[2][0]", group, "now")
        return f"{v}[2][2] + {missed} > {self.criterion.freeze}"

    def settled(self, v: str, group: str) -> str:
        """Source of whether a further sample can change nothing; "" if it always may.

        A count that has reached its threshold in the present period can't fall below it again.
        """
        count = self.inner is _PLAIN["count"] and self.by_period
        return f"{v}[0] == {group} and {v}[1] >= {self.threshold}" if count else ""


def grouped(book: RuleBook, constants: Constants, criterion: Criterion) -> Grouped:
    """The groups or the streak that a criterion asks for."""
    assert criterion.each is not None, "the book was checked"
    return Grouped(
        criterion,
        plain(book, constants, criterion.each.measure),
        number(constants, criterion.each.least),
        constants.name("workdays before", _workdays_before(book.calendar)),
        criterion.group in ("day", "workday", "week", "month", "year"),
        criterion.group == "workday" and bool(book.calendar.days_off),
    )


@lru_cache
def _workdays_before(calendar: Calendar) -> Callable[..., int]:
    """The function that counts the working days before a day, in a time zone if they depend on it."""
    if not calendar.days_off:
        return lru_cache(DAYS_KEPT)(calendar.workdays_before)

    @lru_cache(DAYS_KEPT)
    def workdays_before(day: int, zone: tzinfo) -> int:
        return calendar.at(str(zone)).workdays_before(day)

    return workdays_before


def number(constants: Constants, value: float) -> str:
    """Source of an exact number."""
    found = whole(exact(value))
    return repr(found) if isinstance(found, int) else constants.name(f"number {value}", found)
