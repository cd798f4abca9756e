"""What was booked for the events in a community or on a topic, looked up from the place: down the replies, then from events to entries.

An object passes its community and topics on to the replies to it, until one of these has its own, and to everything that
acts on it. So events at other places aren't read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import define, field

from wiifm.archive.accounts import PAGE, StoredAccounts
from wiifm.archive.codec import Bounds, micros
from wiifm.archive.paging import pages
from wiifm.archive.relations import StoredRelations
from wiifm.archive.tables import ENTRIES, EVENTS, MENTIONS
from wiifm.records import Booked
from wiifm.stores.protocol import Cell, Reading, Row

SEEN = ("id", "type", "at", "object")
"""The columns of an event that are read on the way."""

Within: TypeAlias = Literal["community", "topic"]
Placed: TypeAlias = tuple[int, str]
"""The moment and the id of an event."""

MAX_STEPS_PER_EVENT = 1
"""How many events may be visited per event in the time span, before all events of the span are read instead, which takes twice as long for each."""


@define(eq=False, kw_only=True)
class Walk:
    """The search from what names a community or topic itself to all events there in a time span."""

    relations: StoredRelations
    evict: Callable[[], object]
    since: int | None
    before: int | None
    most: int
    """After so many visited events the search is given up."""
    found: list[Placed] = field(factory=list)

    def events_at(self, where: Within, name: str) -> set[Placed] | None:
        """The events of the time span at a place; None if the search was given up."""
        own = "community" if where == "community" else "topics"
        seen, passing = 0, set[str]()
        rows = _placed_directly(self.relations.scope.open, where, name, self.most)
        ahead: list[tuple[str, str]] = []
        while rows is not None and seen + len(rows) <= self.most:
            seen += len(rows)
            ahead += self._take(rows)
            if not ahead:
                return {*self.found}
            page, ahead = ahead[-PAGE:], ahead[:-PAGE]
            passed_on = self._about({each for each in page if each[0] not in passing}, own)
            passing.update(str(row[-2]) for row in passed_on)
            rows = [row for row in passed_on if row[-1] is None]
            self.evict()
        return None

    def _take(self, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
        """Note which events at the place are in the time span; yields the objects that they create, with the creating events."""
        creating, since, before = self.relations.creating, self.since, self.before
        for id, kind, at, thing, *_ in rows:
            if (since is None or at >= since) and (before is None or at < before):  # type: ignore[operator]
                self.found.append((at, id))  # type: ignore[arg-type]
            if kind in creating:
                yield thing, id  # type: ignore[misc]

    def _about(self, creations: set[tuple[str, str]], own: str) -> list[Row]:
        """The events about some objects, as far as the given event was the first to create the object; each with its own community or topics."""
        keys, columns = [(name,) for name in {name for name, _ in creations}], (*SEEN, "about", own)
        rows = self.relations.scope.open.pick(EVENTS, keys, "about", columns=columns)
        creators = self._first_creators({str(row[-2]) for row in rows})
        return [row for row in rows if (row[-2], creators.get(str(row[-2]))) in creations]

    def _first_creators(self, names: set[str]) -> dict[str, str]:
        """By object, the event that created it first. Mostly there is one, and it counts: then nothing else is read."""
        relations, log, said = self.relations, self.relations.log, dict[str, list[str]]()
        keys, columns = [(f"object:{name}",) for name in names], ("says", "id")
        for subject, id in relations.scope.open.pick(EVENTS, keys, "says", columns=columns):
            said.setdefault(str(subject).removeprefix("object:"), []).append(str(id))
        log.retractions.recall(id for ids in said.values() for id in ids)
        sole = {name: ids[0] for name, ids in said.items() if not ids[1:]}
        plain = {name: id for name, id in sole.items() if id not in log.retractions}
        others = {name: relations.creator(name) for name in said.keys() - plain}
        return {**plain, **{name: creator.id for name, creator in others.items() if creator}}


def _placed_directly(reading: Reading, where: Within, name: str, most: int) -> list[Row] | None:
    """The events that name a place themselves; None if there are more than ``most``."""
    if where == "community":
        return reading.sift(EVENTS, only=("community", (name,)), columns=SEEN)
    mentioned = [
        key
        for place in ("topic", "tagged")
        for key in reading.sift(MENTIONS, (place, name), columns=("no",))
    ]
    return None if len(mentioned) > most else reading.pick(EVENTS, mentioned, columns=SEEN)


def events_between(reading: Reading, since: int | None, before: int | None, count: int) -> int:
    """About how many events are in a time span: those that were recorded between its first and its last one."""
    if since is None and before is None:
        return count
    low, high = (None if each is None else (each,) for each in (since, before))
    ends = [
        row[0]
        for backwards in (False, True)
        for row in reading.scan(
            EVENTS, index="time", since=low, before=high, backwards=backwards, most=1
        )
    ]
    return abs(ends[1] - ends[0]) + 1 if ends else 0  # type: ignore[operator]


@define(eq=False)
class StoredBookings:
    """What was booked for some events, which are in order of time."""

    accounts: StoredAccounts
    events: list[Placed]

    def _events(self, since: datetime | None, until: datetime | None) -> Iterator[list[tuple[str]]]:
        first, end = (
            default if moment is None else bisect_left(self.events, (micros(moment), ""))
            for moment, default in ((since, 0), (until, len(self.events)))
        )
        yield from pages(((self.events[number][1],) for number in range(first, end)), PAGE)

    def of_time(self, since: datetime | None, until: datetime | None) -> Iterator[list[Booked]]:
        """The rows of events in a time span, in pages, in any order."""
        stored = self.accounts.rows
        for keys in self._events(since, until):
            rows = stored.scope.open.find(ENTRIES, keys, "event")
            yield [stored[no - 1] for no in stored.hold(rows)]

    def sums(self, purse: str, since: datetime | None, until: datetime | None) -> dict[str, int]:
        """By member, the sum of what was booked in a purse for events in a time span, in minor units."""
        reading, found = self.accounts.rows.scope.open, dict[Cell, int]()
        only, columns = ("purse", (purse,)), ("holder", "amount")
        for keys in self._events(since, until):
            for no, minor in reading.pick(ENTRIES, keys, "event", only=only, columns=columns):
                found[no] = found.get(no, 0) + int(minor)  # type: ignore[arg-type]
        return {name: found[no] for no, name in self.accounts.members() if no in found}


def bookings_of(
    accounts: StoredAccounts,
    relations: StoredRelations,
    evict: Callable[[], object],
    places: Mapping[Within, str | None],
    bounds: Bounds,
) -> StoredBookings | None:
    """What was booked for the events of a time span at all of some places; None if it takes less to read all events of the span."""
    since, before = (bound and bound[0] for bound in (bounds["since"], bounds["before"]))
    reading = accounts.rows.scope.open
    most = MAX_STEPS_PER_EVENT * events_between(reading, since, before, relations.log.count)
    common: set[Placed] | None = None
    for where, name in places.items():
        if name is None:
            continue
        walk = Walk(relations=relations, evict=evict, since=since, before=before, most=most)
        there = walk.events_at(where, name)
        if there is None:
            return None
        common = there if common is None else common & there
    return StoredBookings(accounts, sorted(common or ()))
