"""The working days of a rule book: its weekdays, without what is off everywhere, and without what is off in a time zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from wiifm.event_types import zone_fault
from wiifm.faults import Fault, nearest, short
from wiifm.periods import Calendar
from wiifm.rulebook.draft import Draft, Header


def working_days(merged: Draft, known: Mapping[str, frozenset[date]], note: str) -> Calendar:
    """The working days of a book, of which faults are added to the draft.

    Args:
        merged: the draft, whose header names calendars and dates.
        known: the dates of each calendar that plugins offer, by its name.
        note: what a fault of a missing calendar says of plugins that are switched off.
    """
    header = merged.header
    merged.faults += _faults(header, f"{merged.source}: book, key", known, note)
    everywhere = _dates((*header.calendar, *header.holidays), known)
    somewhere = {zone: _dates(named, known) - everywhere for zone, named in header.days_off.items()}
    days_off = {zone: found for zone, found in somewhere.items() if found}
    return Calendar(frozenset(header.workdays), everywhere, days_off)


def _dates(named: Iterable[str | date], known: Mapping[str, frozenset[date]]) -> frozenset[date]:
    """The dates among some names and dates, and those of the calendars with these names."""
    found = (known.get(each, ()) if isinstance(each, str) else (each,) for each in named)
    return frozenset[date]().union(*found)


def _faults(
    header: Header, where: str, known: Mapping[str, frozenset[date]], note: str
) -> Iterator[Fault]:
    """The faults of weekdays, and of names of calendars and time zones."""
    if not header.workdays or not {*header.workdays} <= {*range(1, 8)}:
        days = short(list(header.workdays))
        yield Fault(f"{where} 'workdays'", days, "ISO weekdays, 1 (Monday) to 7")
    somewhere = (each for named in header.days_off.values() for each in named)
    for key, dates, names in (
        ("calendar", "holidays", header.calendar),
        ("days_off", "days_off", (each for each in somewhere if isinstance(each, str))),
    ):
        for name in names:
            if name not in known:
                there = ", ".join(sorted(known)) or "none is installed"
                what = f"a calendar of a plugin: {there}{note}; or list the dates in `{dates}`"
                yield Fault(f"{where} {key!r}", repr(name), what, nearest(name, known))
    for zone in header.days_off:
        if fault := zone_fault(f"{where} 'days_off'", zone):
            yield fault
