"""What was booked for what happened in a community or on a topic, found from there: down the replies, and from the events to their entries.

What an object is in, or about, is passed on to those in reply to it until one of them says otherwise, and to all that acts on it.
So nothing is looked at that happened elsewhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import define, field

from wiifm.archive.codec import Bounds, micros
from wiifm.archive.ledger import AT_ONCE, StoredAccounts
from wiifm.archive.log import StoredRelations
from wiifm.archive.paging import pages
from wiifm.archive.tables import ENTRIES, EVENTS, MENTIONS
from wiifm.records import Booked
from wiifm.stores.protocol import Cell, Reading, Row

SEEN = ("id", "type", "at", "object")
"""What is looked at of an event."""

Within: TypeAlias = Literal["community", "topic"]
Placed: TypeAlias = tuple[int, str]
"""When an event happened, and its id."""

PATIENCE = 1
"""So many events are looked at on the way for each one of the time, before that is looked at as a whole: which takes twice as long for each."""


@define(eq=False, kw_only=True)
class Walk:
    """The way from what is said to be in a community, or on a topic, to all that happened there in a time."""

    relations: StoredRelations
    let_go: Callable[[], object]
    since: int | None
    before: int | None
    most: int
    """After so many events it is given up."""
    found: list[Placed] = field(factory=list)

    def to(self, where: Within, name: str) -> set[Placed] | None:
        """The events of the time at a place; None where it was given up."""
        own = "community" if where == "community" else "topics"
        seen, passing = 0, set[str]()
        rows = _said_there(self.relations.scope.open, where, name, self.most)
        ahead: list[tuple[str, str]] = []
        while rows is not None and seen + len(rows) <= self.most:
            seen += len(rows)
            ahead += self._take(rows)
            if not ahead:
                return {*self.found}
            page, ahead = ahead[-AT_ONCE:], ahead[:-AT_ONCE]
            passed_on = self._about({each for each in page if each[0] not in passing}, own)
            passing.update(str(row[-2]) for row in passed_on)
            rows = [row for row in passed_on if row[-1] is None]
            self.let_go()
        return None

    def _take(self, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
        """Note which of the events at the place are of the time; answers the objects that they create, each with its event."""
        creating, since, before = self.relations.creating, self.since, self.before
        for id, kind, at, thing, *_ in rows:
            if (since is None or at >= since) and (before is None or at < before):  # type: ignore[operator]
                self.found.append((at, id))  # type: ignore[arg-type]
            if kind in creating:
                yield thing, id  # type: ignore[misc]

    def _about(self, made: set[tuple[str, str]], own: str) -> list[Row]:
        """The events about some objects, as far as these were first created by the events beside them; each with what it says itself."""
        keys, columns = [(name,) for name in {name for name, _ in made}], (*SEEN, "about", own)
        rows = self.relations.scope.open.pick(EVENTS, keys, "about", columns=columns)
        makers = self._makers({str(row[-2]) for row in rows})
        return [row for row in rows if (row[-2], makers.get(str(row[-2]))) in made]

    def _makers(self, names: set[str]) -> dict[str, str]:
        """The events that created some objects first. Of most there is one, which counts: then nothing else is asked."""
        relations, log, said = self.relations, self.relations.log, dict[str, list[str]]()
        keys, columns = [(f"object:{name}",) for name in names], ("says", "id")
        for subject, id in relations.scope.open.pick(EVENTS, keys, "says", columns=columns):
            said.setdefault(str(subject).removeprefix("object:"), []).append(str(id))
        log.taken_back.recall(id for ids in said.values() for id in ids)
        sole = {name: ids[0] for name, ids in said.items() if not ids[1:]}
        plain = {name: id for name, id in sole.items() if id not in log.taken_back}
        others = {name: relations.creator(name) for name in said.keys() - plain}
        return {**plain, **{name: maker.id for name, maker in others.items() if maker}}


def _said_there(reading: Reading, where: Within, name: str, most: int) -> list[Row] | None:
    """The events that say themselves that they are at a place; None where they are more."""
    if where == "community":
        return reading.sift(EVENTS, only=("community", (name,)), columns=SEEN)
    mentioned = [
        key
        for place in ("topic", "tagged")
        for key in reading.sift(MENTIONS, (place, name), columns=("no",))
    ]
    return None if len(mentioned) > most else reading.pick(EVENTS, mentioned, columns=SEEN)


def events_between(reading: Reading, since: int | None, before: int | None, count: int) -> int:
    """About how many events are of a time: those that were recorded between its first one and its last."""
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
    """What was booked for some events, in order of time."""

    accounts: StoredAccounts
    events: list[Placed]

    def _events(self, since: datetime | None, until: datetime | None) -> Iterator[list[tuple[str]]]:
        first, end = (
            default if moment is None else bisect_left(self.events, (micros(moment), ""))
            for moment, default in ((since, 0), (until, len(self.events)))
        )
        yield from pages(((self.events[number][1],) for number in range(first, end)), AT_ONCE)

    def of_time(self, since: datetime | None, until: datetime | None) -> Iterator[list[Booked]]:
        """The rows of events of a time, some at once and in any order."""
        stored = self.accounts.stored
        for keys in self._events(since, until):
            rows = stored.scope.open.find(ENTRIES, keys, "event")
            yield [stored[no - 1] for no in stored.hold(rows)]

    def sums(self, purse: str, since: datetime | None, until: datetime | None) -> dict[str, int]:
        """What each member was booked in a purse by events of a time, in minor units."""
        reading, found = self.accounts.stored.scope.open, dict[Cell, int]()
        only, columns = ("purse", (purse,)), ("holder", "amount")
        for keys in self._events(since, until):
            for no, minor in reading.pick(ENTRIES, keys, "event", only=only, columns=columns):
                found[no] = found.get(no, 0) + int(minor)  # type: ignore[arg-type]
        return {name: found[no] for no, name in self.accounts.members() if no in found}


def bookings_of(
    accounts: StoredAccounts,
    relations: StoredRelations,
    let_go: Callable[[], object],
    places: Mapping[Within, str | None],
    bounds: Bounds,
) -> StoredBookings | None:
    """What was booked for what happened in a time at all of some places; None where it takes less to look at all of the time."""
    since, before = (bound and bound[0] for bound in (bounds["since"], bounds["before"]))
    reading = accounts.stored.scope.open
    most = PATIENCE * events_between(reading, since, before, relations.log.count)
    common: set[Placed] | None = None
    for where, name in places.items():
        if name is None:
            continue
        walk = Walk(relations=relations, let_go=let_go, since=since, before=before, most=most)
        there = walk.to(where, name)
        if there is None:
            return None
        common = there if common is None else common & there
    return StoredBookings(accounts, sorted(common or ()))
