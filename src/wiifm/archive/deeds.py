"""What members did, looked up in a store by the indexes of its log, and by where its events say that they happened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from attrs import define

from wiifm.archive.log import ABOUT, ID, StoredLog, event_of
from wiifm.archive.past import Desk
from wiifm.archive.tables import EVENTS, MENTIONS
from wiifm.deeds import Deeds, Place, mentions
from wiifm.events import Event
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Row


def mention_rows(book: RuleBook, rows: Iterable[Row], events: Iterable[Event]) -> Iterator[Row]:
    """The rows that tell where events happened, each beside its row in the log."""
    for row, event in zip(rows, events, strict=True):
        for place, name in mentions(book.types[event.type], event):
            yield place, name, event.type, row[0]


@define(eq=False, kw_only=True)
class StoredDeeds(Deeds):
    """The events of a stored log by who did them, for whom, about what, and where."""

    log: StoredLog
    desk: Desk

    def by(self, member: str) -> list[Event]:
        """What a member did, in order."""
        return self._live(self.desk.open.find(EVENTS, [(member,)], index="actor"))

    def to(self, member: str) -> list[Event]:
        """What names a member as its recipient, in order."""
        return self._live(self.desk.open.find(EVENTS, [(member,)], index="recipient"))

    def about(self, objects: Collection[str]) -> dict[str, list[Event]]:
        """What happened to some objects, in order."""
        rows = self.desk.open.find(EVENTS, [(name,) for name in objects], index="about")
        places = {str(row[ID]): str(row[ABOUT]) for row in rows}
        found: dict[str, list[Event]] = {name: [] for name in objects}
        for event in self._live(rows):
            found[places[event.id]].append(event)
        return found

    def first_by(self, member: str) -> Event | None:
        """The first thing that a member did."""
        return next(self._walk(member, backwards=False), None)

    def last_by(self, member: str, most: int) -> list[Event]:
        """The last things that a member did, in order."""
        found = []
        for event in self._walk(member, backwards=True):
            found.append(event)
            if len(found) == most:
                break
        return found[::-1]

    def lately(self, place: Place, name: str, types: Iterable[str], most: int) -> list[Event]:
        """The events of some types that were recorded last at a place, in order: at most so many of each type."""
        reading = self.desk.open
        numbers = [
            row[-1:]
            for kind in types
            for row in reading.scan(MENTIONS, (place, name, kind), backwards=True, most=most)
        ]
        return self._live(reading.find(EVENTS, numbers))

    def _walk(self, member: str, *, backwards: bool) -> Iterator[Event]:
        for row in self.desk.open.scan(EVENTS, (member,), index="actor", backwards=backwards):
            event = event_of(row)
            if self.log.is_live(event):
                yield event

    def _live(self, rows: Iterable[Row]) -> list[Event]:
        """Those of some rows' events that count; what is at hand already isn't read from its row once more."""
        held = self.log.known
        found = {str(row[ID]): dict.get(held, str(row[ID])) or event_of(row) for row in rows}
        held.hold(found, found)
        self.log.taken_back.recall(found)
        return self._counting(found.values())
