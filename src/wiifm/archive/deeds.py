"""What members did, looked up in a store by the indexes of its log, and by where its events say that they happened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from operator import itemgetter

from attrs import define

from wiifm.archive.codec import bounds_of
from wiifm.archive.log import ABOUT, AT, ID, TOLD, TYPE, StoredLog, known_event, told_event
from wiifm.archive.paging import pages
from wiifm.archive.past import Desk
from wiifm.archive.tables import EVENTS, MENTIONS, RECEIVED
from wiifm.deeds import WANTED, Deeds, Place, Types, mentions
from wiifm.events import Event
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Only, Row, Those

_told: Callable[[Row], Row] = itemgetter(slice(ID, ABOUT))
_order = itemgetter(AT - ID, 0)

AT_ONCE = 128
"""So many are read at once at most by whoever may need no more than a few."""


def mention_rows(book: RuleBook, rows: Iterable[Row], events: Iterable[Event]) -> Iterator[Row]:
    """The rows that tell where events happened, each beside its row in the log."""
    for row, event in zip(rows, events, strict=True):
        kind = book.types[event.type]
        for place, name in mentions(kind, event):
            yield place, name, event.type, row[0]
        for topic in () if kind.creates else dict.fromkeys(event.topics):
            yield "tagged", topic, event.type, row[0]


def whole_moments(rows: Iterable[Row], at: int, wanted: int) -> Iterator[list[Row]]:
    """Rows in order of time, as many at once as are wanted; those of one moment together, since that order is not the one of their ids."""
    rest: list[Row] = []
    most = min(wanted + 1, AT_ONCE)
    for page in pages(rows, most):
        rest += page
        if len(page) < most:
            break
        done = [row for row in rest if row[at] != rest[-1][at]]
        yield done
        rest = rest[len(done) :]
    yield rest


def _only(of: Types) -> Only | None:
    return None if of is None else ("type", of)


@define(eq=False, kw_only=True)
class StoredDeeds(Deeds):
    """The events of a stored log by who did them, for whom, about what, and where."""

    log: StoredLog
    desk: Desk

    def by(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        of: Types = None,
    ) -> list[Event]:
        """What a member did in a time, in order: of all types, or only of some."""
        bounds, only = bounds_of(since, until), _only(of)
        return self._live(
            self.desk.open.sift(EVENTS, (member,), index="actor", **bounds, only=only, columns=TOLD)
        )

    def toward(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        of: Types = None,
    ) -> list[Event]:
        """What others did in a time that may be for a member, in order."""
        bounds, only = bounds_of(since, until), _only(of)
        noted = Those(table=RECEIVED, column="no", within=(member,), **bounds, only=only)
        return self._live(self.desk.open.follow(noted, EVENTS, columns=TOLD))

    def lately_by(
        self, member: str, until: datetime | None = None, wanted: int = WANTED
    ) -> Iterator[Event]:
        """What a member did before a moment, the latest first; so many are wanted, and more can be had."""
        bounds = bounds_of(None, until)
        rows = self.desk.open.scan(EVENTS, (member,), index="actor", backwards=True, **bounds)
        for page in whole_moments(rows, AT, wanted):
            yield from reversed(self._live(map(_told, page)))

    def lately_toward(
        self, member: str, until: datetime | None = None, wanted: int = WANTED
    ) -> Iterator[Event]:
        """What others did before a moment that may be for a member, the latest first; so many are wanted, and more can be had."""
        bounds = bounds_of(None, until)
        noted = self.desk.open.scan(RECEIVED, (member,), backwards=True, **bounds)
        for page in whole_moments(noted, RECEIVED.place("at"), wanted):
            yield from reversed(self._received(page))

    def about(self, objects: Collection[str], of: Types = None) -> dict[str, list[Event]]:
        """What happened to some objects, in order: of all types, or only of some."""
        rows = self.desk.open.find(EVENTS, [(name,) for name in objects], index="about")
        if of is not None:
            rows = [row for row in rows if row[TYPE] in of]
        places = {str(row[ID]): str(row[ABOUT]) for row in rows}
        found: dict[str, list[Event]] = {name: [] for name in objects}
        for event in self._live(map(_told, rows)):
            found[places[event.id]].append(event)
        return found

    def first_by(self, member: str) -> Event | None:
        """The first thing that a member did."""
        for row in self.desk.open.scan(EVENTS, (member,), index="actor"):
            event = known_event(row)
            if self.log.is_live(event):
                return event
        return None

    def lately(self, place: Place, name: str, types: Iterable[str], most: int) -> list[Event]:
        """The events of some types that were recorded last at a place, in order: at most so many of each type."""
        reading = self.desk.open
        numbers = [
            row[-1:]
            for kind in types
            for row in reading.scan(MENTIONS, (place, name, kind), backwards=True, most=most)
        ]
        return self._live(map(_told, reading.find(EVENTS, numbers)))

    def _received(self, rows: Iterable[Row]) -> list[Event]:
        """Those of the events that some rows tell of that count, in order."""
        found = self.desk.open.find(EVENTS, [(no,) for _, _, no, _ in rows])
        return self._live(map(_told, found))

    def _live(self, rows: Iterable[Row]) -> list[Event]:
        """Those events that count of which some cells tell, in order; what is at hand already isn't read from its cells once more."""
        held, at_hand = self.log.known, dict.get
        found = [at_hand(held, row[0]) or told_event(row) for row in sorted(rows, key=_order)]  # type: ignore[misc]
        events = {event.id: event for event in found}
        held.hold(events, events)
        gone = self.log.taken_back
        if not gone.some:
            return found
        has, types = dict.__contains__, self.log.book.types
        gone.recall(event.id for event in found)
        return [e for e in found if not (has(gone, e.id) or types[e.type].retracts)]
