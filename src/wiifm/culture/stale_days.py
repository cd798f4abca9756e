"""Finds the days whose tallies changed since an archive had so many events and entries.

A day changes if one of its events comes or is retracted; if the creator or topics of an object that its events are about change; and if
the ledger gets an entry for one of its events.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from wiifm.archive.paging import pages
from wiifm.archive.tables import ENTRIES, EVENTS
from wiifm.event_types import EventType
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Row

PAGE = 1_000
"""How many rows are read at once."""

_NO, _TYPE, _AT, _OBJECT, _TOPICS, _RETRACTS = map(
    EVENTS.place, ("no", "type", "at", "object", "topics", "retracts")
)
_EVENT = ENTRIES.place("event")


_FIRST, _A_DAY = date(1970, 1, 1).toordinal(), timedelta(days=1) // timedelta(microseconds=1)


def day_of(row: Row) -> int:
    """The ordinal of the day of an event's row."""
    return _FIRST + row[_AT] // _A_DAY  # type: ignore[operator]


def touched(session: Reading, book: RuleBook, events: int, entries: int) -> set[int]:
    """The ordinals of the days that changed since there were so many events and entries."""
    days: set[int] = set()
    for page in pages(session.scan(EVENTS, since=(events + 1,)), PAGE):
        ids = [(row[_RETRACTS],) for row in page if row[_RETRACTS] is not None]
        rows = [*page, *(session.find(EVENTS, ids, index="id") if ids else ())]
        days.update(map(day_of, rows))
        days |= _about(session, book.types, _made(book, rows), events)
    for page in pages(session.scan(ENTRIES, since=(entries + 1,)), PAGE):
        named = {(row[_EVENT],) for row in page}
        days.update(map(day_of, session.find(EVENTS, named, index="id")))
    return days


def _made(book: RuleBook, rows: Iterable[Row]) -> set[str]:
    """The objects that these events create."""
    return {str(row[_OBJECT]) for row in rows if book.types[str(row[_TYPE])].creates}


def _about(
    session: Reading, types: Mapping[str, EventType], objects: Collection[str], events: int
) -> set[int]:
    """The days of earlier events that are about these objects, or about replies to them that inherit their topics."""
    days, seen = set[int](), set(objects)
    ahead = [*objects]
    while ahead:
        rows = session.find(EVENTS, [(name,) for name in ahead], index="about")
        earlier = [row for row in rows if int(str(row[_NO])) <= events]
        days.update(map(day_of, earlier))
        made = (row for row in earlier if types[str(row[_TYPE])].creates and row[_TOPICS] is None)
        ahead = [*{str(row[_OBJECT]) for row in made} - seen]
        seen.update(ahead)
    return days
