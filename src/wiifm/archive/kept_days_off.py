"""What a store keeps of the days off of its rule book: the dates, since the calendars of plugins that they are from may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from attrs import evolve

from wiifm.periods import Calendar


def days_off_of(calendar: Calendar) -> dict[str, Any]:
    """The days off of a calendar as JSON; empty if there are none.

    >>> days_off_of(Calendar(holidays=frozenset({date(2026, 5, 1)})))
    {'off': ['2026-05-01']}
    """
    somewhere = {zone: _texts(dates) for zone, dates in sorted(calendar.days_off.items())}
    found = {"off": _texts(calendar.holidays), "off_in": somewhere}
    return {key: dates for key, dates in found.items() if dates}


def with_days_off(calendar: Calendar, kept: Mapping[str, Any]) -> Calendar:
    """A calendar with the days off that a store kept; as it is if none were kept.

    >>> calendar = Calendar(days_off={"Europe/Paris": frozenset({date(2026, 7, 14)})})
    >>> with_days_off(Calendar(), days_off_of(calendar)) == calendar
    True
    """
    if "off" not in kept and "off_in" not in kept:
        return calendar
    somewhere = {zone: _dates(off) for zone, off in kept.get("off_in", {}).items()}
    return evolve(calendar, holidays=_dates(kept.get("off", ())), days_off=somewhere)


def _texts(dates: Iterable[date]) -> list[str]:
    return sorted(map(date.isoformat, dates))


def _dates(texts: Iterable[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, texts))
