"""Periods, windows and working days: from the words of a rule book to numbers that can be compared.

A calendar period is derived from the ordinal of a member's local date (``date.toordinal``), so that a day on which the
clocks change is a day like any other. A rolling window is elapsed time. Weeks begin on Monday (ISO 8601).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate
from typing import Literal, TypeAlias

from attrs import frozen

from wiifm.faults import Fault, nearest, short
from wiifm.frozendict import FrozenDict, frozen_mappings

Span: TypeAlias = Callable[[int], int]
"""Maps the ordinal of a day to the number of the period that contains it."""

Stretch: TypeAlias = tuple[datetime, datetime, int]
"""A stretch of time within one local day: its first moment, its end, and the ordinal of the day."""

PERIODS = ("day", "week", "month", "year", "ever")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_DURATION = re.compile(r"(\d{1,6})\s*(second|minute|hour|day|week)s?")
_EPOCH = date(1, 1, 1).toordinal()
DAYS_KEPT = 4_096
"""Of how many days a result is kept: events mostly fall on few days, so it needn't be computed for each of them."""


@lru_cache(DAYS_KEPT)
def _month(day: int) -> int:
    found = date.fromordinal(day)
    return found.year * 12 + found.month - 1


SPANS: dict[str, Span] = {
    "ever": lambda day: 0,
    "day": lambda day: day,
    "week": lambda day: (day - _EPOCH) // 7,
    "month": _month,
    "year": lru_cache(DAYS_KEPT)(lambda day: date.fromordinal(day).year),
}
"""The calendar periods. Each maps the ordinal of a day to a number; adjacent periods differ by one.

>>> SPANS["month"](date(2026, 1, 5).toordinal()) - SPANS["month"](date(2025, 12, 5).toordinal())
1
"""


def day_around(at: datetime, zone: tzinfo) -> Stretch:
    """The local day that a moment lies in. On a day on which the clocks change, the stretch is empty.

    >>> from zoneinfo import ZoneInfo
    >>> first, end, day = day_around(datetime(2026, 5, 4, 22, tzinfo=UTC), ZoneInfo("Europe/Paris"))
    >>> str(first), str(end), day == date(2026, 5, 5).toordinal()
    ('2026-05-04 22:00:00+00:00', '2026-05-05 22:00:00+00:00', True)
    """
    local = at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC, fold=0)
    first = midnight - (local.utcoffset() or timedelta())
    end = first + timedelta(days=1)
    same = (
        first.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset() == local.utcoffset()
    )
    return (first, end, local.toordinal()) if same else (at, at, local.toordinal())


def duration(text: str) -> timedelta | None:
    """Parse a length of time such as "30 days" or "12 hours", up to 36,600 days; None if the text isn't one.

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
    """The window of time of a criterion: ``ever``, a calendar period, ``every`` N days, or the ``last`` N days (rolling).

    >>> Over.parse("last 30 days")
    Over(kind='last', period='', length=datetime.timedelta(days=30))
    >>> Over.parse("month").span(date(2026, 3, 1).toordinal()) == 2026 * 12 + 2
    True
    >>> Over.parse("montly")
    Fault(where='over', found="'montly'", expected="'ever', 'day', 'week', 'month', 'year', 'last 30 days' or 'every 14 days'", nearest='month')
    """

    kind: Literal["ever", "calendar", "every", "last"] = "ever"
    period: str = "ever"
    length: timedelta = timedelta()

    @classmethod
    def parse(cls, text: str) -> Over | Fault:
        """The window that the words mean, or the fault if they mean none."""
        if text in SPANS:
            return cls("ever" if text == "ever" else "calendar", text)
        first, _, rest = text.strip().partition(" ")
        length = duration(rest)
        if length and first == "last":
            return cls("last", "", length)
        if length and first == "every" and length % timedelta(days=1) == timedelta():
            return cls("every", "", length)
        expected = "'ever', 'day', 'week', 'month', 'year', 'last 30 days' or 'every 14 days'"
        return Fault("over", short(text), expected, cls._meant(text))

    @staticmethod
    def _meant(text: str) -> str | None:
        """The window that a text probably means: it may lack "last", or have a misspelt word."""
        first, _, rest = text.strip().partition(" ")
        if duration(text.strip()):
            return f"last {text.strip()}"
        if duration(rest):
            return f"last {rest}" if nearest(first, ["last"]) else None
        return nearest(text, ["ever", "day", "week", "month", "year"])

    @property
    def span(self) -> Span:
        """Maps the ordinal of a day to the number of its period; for ``ever``, all days have the same number."""
        if self.kind == "every":
            days = self.length.days
            return lambda day: day // days
        return SPANS[self.period or "ever"]


@frozen(field_transformer=frozen_mappings)
class Calendar:
    """Which days are working days: the ``weekdays`` (ISO, Monday is 1), except for the ``holidays``.

    >>> office = Calendar(holidays=frozenset({date(2026, 12, 25)}))
    >>> office.is_workday(date(2026, 12, 24).toordinal()), office.is_workday(date(2026, 12, 25).toordinal())
    (True, False)

    ``days_off`` has further holidays by the name of the time zone where they are.

    >>> offices = Calendar(days_off=FrozenDict({"Europe/Paris": frozenset({date(2026, 7, 14)})}))
    >>> [each.is_workday(date(2026, 7, 14).toordinal()) for each in (offices, offices.at("Europe/Paris"))]
    [True, False]
    """

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    holidays: frozenset[date] = frozenset()
    days_off: Mapping[str, frozenset[date]] = FrozenDict()

    def at(self, zone: str) -> Calendar:
        """The working days in a time zone."""
        return Calendar(self.weekdays, self.holidays | self.days_off.get(zone, frozenset()))

    def is_workday(self, day: int) -> bool:
        """Whether the day with this ordinal is a working day."""
        return self.workdays_before(day + 1) > self.workdays_before(day)

    def workdays_between(self, first: int, last: int) -> int:
        """The number of working days between two days, given by ordinal; neither of them counts.

        >>> Calendar().workdays_between(date(2026, 5, 1).toordinal(), date(2026, 5, 5).toordinal())
        1
        """
        return max(0, self.workdays_before(last) - self.workdays_before(first + 1))

    def workdays_before(self, day: int) -> int:
        """The number of working days before a day, from the day with the ordinal 1 on, which was a Monday.

        >>> Calendar().workdays_before(8), Calendar(holidays=frozenset({date(1, 1, 2)})).workdays_before(8)
        (5, 4)
        """
        worked, off = _worked(self.weekdays, self.holidays)
        weeks, rest = divmod(day - 1, 7)
        return weeks * worked[7] + worked[rest] - bisect_left(off, day)


@lru_cache
def _worked(
    weekdays: frozenset[int], holidays: frozenset[date]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How many days are worked of the first 0 to 7 of a week; and the ordinals of the holidays on such weekdays, sorted."""
    worked = accumulate((weekday in weekdays for weekday in range(1, 8)), initial=0)
    off = sorted(each.toordinal() for each in holidays if each.isoweekday() in weekdays)
    return tuple(worked), tuple(off)
