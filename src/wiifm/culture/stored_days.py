"""The days of an archive: the tallies in its store, and fresh ones for the days that changed since they were stored.

A reader writes nothing: its fresh days stay in its process. :func:`~wiifm.culture.keeping.keep` stores them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby

from attrs import define, field

from wiifm.archive.archive import Archive
from wiifm.archive.chain import BATCH
from wiifm.archive.codec import bounds_of
from wiifm.archive.log import ID, trusted_event
from wiifm.archive.paging import pages
from wiifm.archive.replies import recall_reply_targets
from wiifm.archive.rows import AMOUNT, EVENT, HOLDER, PURSE, RULE
from wiifm.archive.tables import COMMITS, DAYS, DAYS_UPTO, ENTRIES, EVENTS, HOLDERS
from wiifm.culture.days import Day, begins, ends
from wiifm.culture.deeds import CollectedObjects, EngineObjects, Objects
from wiifm.culture.packing import FORMAT, Texts, packed, unreadable
from wiifm.culture.stale_days import day_of, touched
from wiifm.events import Event
from wiifm.memory import Memory
from wiifm.stores.protocol import Reading, Row

PAGE = 5_000
"""How many events are read at once."""

Upto = tuple[int, str]
"""How far days were read: the number of a commit, and its link (hash)."""


def stored_upto(session: Reading) -> Upto | None:
    """How far the stored days were read; None if there are none, or they are of another version, or what they were made from changed.

    New events since then don't matter.
    """
    row = next(session.scan(DAYS_UPTO, backwards=True, most=1), None)
    found = None if row is None else upto_of(row)
    return found if found and is_current(session, found) else None


def upto_of(row: Row) -> Upto | None:
    """How far the stored days were read, by the row that says so; None if their texts are of another version."""
    version, _, link = str(row[1]).rpartition(":")
    return (int(str(row[0])), link) if version == str(FORMAT) else None


def upto_row(found: Upto) -> Row:
    """The row that says how far days were read: the commit, and its link after the version of the texts.

    A wiifm from before versions takes that for a link that no commit has, and doesn't read these days either.
    """
    no, link = found
    return no, f"{FORMAT}:{link}"


def is_current(session: Reading, found: Upto) -> bool:
    """Whether the commit still exists (0: there was none), and only new events came after it: nothing was erased, no book replaced."""
    no, linked = found
    rows = session.find(COMMITS, [(no,)])
    later = session.scan(COMMITS, since=(no + 1,))
    return [row[-1] for row in rows] == [linked] * (no > 0) and all(
        row[4] == BATCH for row in later
    )


@define(eq=False)
class FreshDays:
    """The days that a process tallied itself, in addition to those in the store.

    ``days`` has the texts of those that changed after the commit ``base`` of the stored days, as of the commit ``at``.
    """

    base: Upto | None
    at: Upto
    days: dict[int, Texts] = field(factory=dict)


@define(eq=False)
class StoredDays:
    """The days of an archive, in the state of its store that is being read."""

    archive: Archive

    def bring_up_to_date(self) -> FreshDays:
        """Tally the days that changed since this process, or the one that stores days, read them; return the fresh days."""
        session = self.archive.scope.open
        base, fresh, now = stored_upto(session), self.archive.report_cache, self._now(session)
        if (
            not isinstance(fresh, FreshDays)
            or fresh.base != base
            or not is_current(session, fresh.at)
        ):
            fresh = FreshDays(base, base or (0, ""))
        if fresh.at != now:
            self._read_since(session, fresh)
            fresh.at = now
        self.archive.report_cache = fresh
        return fresh

    def _now(self, session: Reading) -> Upto:
        row = next(session.scan(COMMITS, backwards=True, most=1), None)
        return (0, "") if row is None else (int(str(row[0])), str(row[-1]))

    def _read_since(self, session: Reading, fresh: FreshDays) -> None:
        """Tally the days that changed; all of them if most events are new."""
        rows = session.find(COMMITS, [(fresh.at[0],)])
        events, entries = (int(str(cell)) for cell in rows[0][1:3]) if rows else (0, 0)
        if self.archive.log.size > 2 * events:
            found = self.all_days()
            fresh.days.update((day.ordinal, packed(day)) for day in found)
            return
        changed = touched(session, self.archive.book, events, entries)
        for first, last in _runs(changed):
            found = self._tallied(begins(first), ends(last), EngineObjects(self.archive.relations))
            fresh.days.update((day.ordinal, packed(day)) for day in found)

    # ---- days as they are kept ---------------------------------------------------------------------------

    def texts(self) -> Iterator[tuple[int, Texts]]:
        """The texts of all days, in order."""
        fresh = self.bring_up_to_date()
        changed = ((each, fresh.days[each]) for each in sorted(fresh.days))
        stored = self.archive.scope.open.scan(DAYS) if fresh.base else ()
        rows = ((int(str(row[0])), _texts(row)) for row in stored)
        yield from merge(changed, (each for each in rows if each[0] not in fresh.days))

    # ---- days of events ----------------------------------------------------------------------------------

    def all_days(self) -> Iterator[Day]:
        """All days, tallied from the first event on, with objects collected on the way."""
        return self._tallied(
            None, None, CollectedObjects(EngineObjects(self.archive.relations).about)
        )

    def part(self, since: datetime, until: datetime) -> Iterator[Day]:
        """The part of a day between two moments of it, as at most one item."""
        return self._tallied(since, until, EngineObjects(self.archive.relations))

    def _tallied(
        self, since: datetime | None, until: datetime | None, objects: Objects
    ) -> Iterator[Day]:
        session, types = self.archive.scope.open, self.archive.book.types
        day: Day | None = None
        rows = session.scan(EVENTS, index="time", **bounds_of(since, until))
        for page in pages(rows, PAGE):
            events = self._living(page, objects)
            booked = self._booked(session, page)
            for ordinal, found in groupby(page, key=day_of):
                if day is None or day.ordinal != ordinal:
                    if day is not None:
                        yield day
                    day = Day(ordinal)
                for row in found:
                    event = events.get(str(row[ID]))
                    if event is not None:
                        day.add(types[event.type], event, objects)
                    for purse, rule, member, minor in booked.get(str(row[ID]), ()):
                        day.paid[purse].add(rule, member, minor)
            self._free_memory()
        if day is not None:
            yield day

    def _living(self, page: list[Row], objects: Objects) -> dict[str, Event]:
        """The live events among some rows, by id; the objects that they are about are loaded."""
        log = self.archive.log
        log.retractions.recall(str(row[ID]) for row in page)
        events = filter(log.is_live, map(trusted_event, page))
        found = {event.id: event for event in events}
        if isinstance(objects, EngineObjects):
            recall_reply_targets(found.values(), (), self.archive.relations)
        return found

    def _booked(
        self, session: Reading, page: list[Row]
    ) -> dict[str, list[tuple[str, str, str, int]]]:
        """What was booked to members for the events of some rows, by event: (purse, rule, member, amount)."""
        rows = session.find(ENTRIES, [(row[ID],) for row in page], index="event")
        holders = session.find(HOLDERS, [(no,) for no in {row[HOLDER] for row in rows}])
        names = {row[0]: str(row[2]) for row in holders if row[1] == "member"}
        found: dict[str, list[tuple[str, str, str, int]]] = {}
        for row in rows:
            if row[HOLDER] in names:
                booking = (
                    str(row[PURSE]),
                    str(row[RULE]),
                    names[row[HOLDER]],
                    int(str(row[AMOUNT])),
                )
                found.setdefault(str(row[EVENT]), []).append(booking)
        return found

    def _free_memory(self) -> None:
        self.archive.log.events.forget()
        self.archive.log.retractions.forget()
        self.archive.relations.forget_all()


def _texts(row: Row) -> Texts:
    _, people, deeds, earned = row
    return str(people), str(deeds), str(earned)


def _runs(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The runs of consecutive days, each by its first and its last.

    >>> list(_runs([3, 1, 2, 7]))
    [(1, 3), (7, 7)]
    """
    numbered = enumerate(sorted(days))
    for _, run in groupby(numbered, key=lambda item: item[1] - item[0]):
        found = [day for _, day in run]
        yield found[0], found[-1]


def stored_days_of(memory: Memory) -> StoredDays | None:
    """The days of an engine's memory, if that is in a store. Its damage is looked for in them, too."""
    if not isinstance(memory, Archive):
        return None
    memory.damage.unreadable[DAYS.name] = lambda row: unreadable(int(str(row[0])), _texts(row))
    return StoredDays(memory)
