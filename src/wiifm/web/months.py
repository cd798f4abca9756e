"""The period of a culture report: whole months, up to the last midnight.

With any moment as a bound, the difference of two reports would show what one person did; and so would the same report, read again a
minute later. Months and days are in UTC, as in the report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import frozen

from wiifm.faults import Fault, InvalidInput, short
from wiifm.words.speech import Speech

OVERS = ("ever", "year", "half", "quarter")
"""The periods that are offered; ``half`` and ``quarter`` are this month and the five or two before it."""

_BACK = {"half": 5, "quarter": 2}
_MONTH = re.compile(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])")


@frozen(kw_only=True)
class Span:
    """A period: from ``since``, or from the beginning if that is None, until just before ``until``."""

    since: datetime | None
    until: datetime


def span_of(asked: Mapping[str, str], now: datetime) -> Span:
    """The period that a query asks for: by ``over``, or by the months ``from`` and ``to``, both included.

    >>> now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    >>> found = span_of({"from": "2026-01", "to": "2026-03"}, now)
    >>> f"{found.since:%d %b} to {found.until:%d %b}"
    '01 Jan to 01 Apr'
    >>> f"{span_of({'over': 'quarter'}, now).since:%d %b}"
    '01 Mar'

    Raises:
        InvalidInput: there is no such period or month, or ``from`` is after ``to``.
    """
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = (_month(name, asked.get(name)) for name in ("from", "to"))
    until = today if last is None or last >= today else min(today, _later(last, 1))
    if first is None and last is None:
        return Span(since=_since(over_of(asked, "ever"), today), until=today)
    if first is not None and first > until:
        expected = f"a month no later than {until:%Y-%m}"
        raise InvalidInput([Fault("from", short(asked["from"]), expected)])
    return Span(since=first, until=until)


def over_of(asked: Mapping[str, str], usual: str) -> str:
    """The name of the period that a query asks for, on any page. Older links say ``all`` for ``ever``.

    >>> over_of({"over": "all"}, "month"), over_of({}, "month")
    ('ever', 'month')
    """
    over = asked.get("over") or usual
    return "ever" if over == "all" else over


def overs(s: Speech) -> dict[str, str]:
    """The names of the periods that are offered."""
    return {
        "ever": s("All time"),
        "year": s("This year"),
        "half": s("Six months"),
        "quarter": s("Three months"),
    }


def _since(over: str, today: datetime) -> datetime | None:
    if over not in OVERS:
        raise InvalidInput([Fault("over", short(over), "one of " + ", ".join(OVERS))])
    month = today.replace(day=1)
    if over == "ever":
        return None
    return month.replace(month=1) if over == "year" else _later(month, -_BACK[over])


def _month(name: str, text: str | None) -> datetime | None:
    """The beginning of a month, from text such as ``2026-05``."""
    if not text:
        return None
    found = _MONTH.fullmatch(text)
    if found is None:
        raise InvalidInput([Fault(name, short(text), "a month, such as '2026-05'")])
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)


def _later(month: datetime, by: int) -> datetime:
    """The month that is so many months later."""
    years, left = divmod(month.month - 1 + by, 12)
    return month.replace(year=month.year + years, month=left + 1)
