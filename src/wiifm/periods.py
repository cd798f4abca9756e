"""Days, weeks, months and windows: from the words of a rule book to numbers that can be compared.

A calendar period is a member's own: it is counted from the ordinal of their local day
(``date.toordinal``), so a day on which the clocks change is one day like any other. A rolling
window is elapsed time. Weeks begin on Monday (ISO 8601).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, TypeAlias

from attrs import frozen

from wiifm.faults import Fault, nearest, short

Span: TypeAlias = Callable[[int], int]
"""From the ordinal of a day to the number of the period it lies in."""

PERIODS = ("day", "week", "month", "year", "ever")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_DURATION = re.compile(r"(\d{1,6})\s*(second|minute|hour|day|week)s?")
_EPOCH = date(1, 1, 1).toordinal()


def _month(day: int) -> int:
    found = date.fromordinal(day)
    return found.year * 12 + found.month - 1


SPANS: dict[str, Span] = {
    "ever": lambda day: 0,
    "day": lambda day: day,
    "week": lambda day: (day - _EPOCH) // 7,
    "month": _month,
    "year": lambda day: date.fromordinal(day).year,
}
"""The number of the calendar period that a day lies in; neighbours differ by one.

>>> SPANS["month"](date(2026, 1, 5).toordinal()) - SPANS["month"](date(2025, 12, 5).toordinal())
1
"""


def duration(text: str) -> timedelta | None:
    """A length of time from words such as "30 days" or "12 hours"; None if it is none.

    >>> duration("30 days"), duration("soon")
    (datetime.timedelta(days=30), None)
    """
    found = _DURATION.fullmatch(text.strip())
    if not found:
        return None
    length = timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    return length if timedelta() < length <= timedelta(days=36_600) else None


@frozen
class Over:
    """The time a criterion looks at: ``ever``, a calendar period, ``every`` so many days, or the ``last`` while.

    >>> Over.parse("last 30 days")
    Over(kind='last', period='', length=datetime.timedelta(days=30))
    >>> Over.parse("month").span(date(2026, 3, 1).toordinal()) == 2026 * 12 + 2
    True
    >>> Over.parse("montly")
    Fault(where='over', found="'montly'", expected="'ever', 'day', 'week', 'month', 'year', 'last 30 days' or 'every 14 days'", nearest=None)
    """

    kind: Literal["ever", "calendar", "every", "last"] = "ever"
    period: str = "ever"
    length: timedelta = timedelta()

    @classmethod
    def parse(cls, text: str) -> Over | Fault:
        """The window that the words mean, or the fault in them."""
        if text in SPANS:
            return cls("ever" if text == "ever" else "calendar", text)
        first, _, rest = text.strip().partition(" ")
        length = duration(rest)
        if length and first == "last":
            return cls("last", "", length)
        if length and first == "every" and length % timedelta(days=1) == timedelta():
            return cls("every", "", length)
        expected = "'ever', 'day', 'week', 'month', 'year', 'last 30 days' or 'every 14 days'"
        return Fault("over", short(text), expected, nearest(text, ["last", "every"]))

    @property
    def span(self) -> Span:
        """The number of the period that a day lies in; the same number for all days of ``ever``."""
        if self.kind == "every":
            days = self.length.days
            return lambda day: day // days
        return SPANS[self.period or "ever"]


@frozen
class Calendar:
    """Which days are working days: some weekdays (ISO, Monday is 1), without the holidays.

    >>> office = Calendar(holidays=frozenset({date(2026, 12, 25)}))
    >>> office.is_workday(date(2026, 12, 24).toordinal()), office.is_workday(date(2026, 12, 25).toordinal())
    (True, False)
    """

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    holidays: frozenset[date] = frozenset()

    def is_workday(self, day: int) -> bool:
        """Whether the day of this ordinal is a working day."""
        return (day - 1) % 7 + 1 in self.weekdays and date.fromordinal(day) not in self.holidays

    def workdays_between(self, first: int, last: int) -> int:
        """How many working days lie between two days, neither of them counted.

        >>> Calendar().workdays_between(date(2026, 5, 1).toordinal(), date(2026, 5, 5).toordinal())
        1
        """
        weeks, rest = divmod(max(0, last - first - 1), 7)
        found = weeks * len(self.weekdays)
        found += sum((day - 1) % 7 + 1 in self.weekdays for day in range(last - rest, last))
        lost = {day.toordinal() for day in self.holidays if day.isoweekday() in self.weekdays}
        return found - sum(first < day < last for day in lost)
