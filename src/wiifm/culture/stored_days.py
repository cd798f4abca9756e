"""The days of an archive: those that are kept in its store, and those that are tallied now, as they changed since.

Whoever reads writes nothing: what they tally stays in their process. :func:`~wiifm.culture.keeping.keep` puts it into the store.
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
from wiifm.culture.deeds import Known, Noted, Objects
from wiifm.culture.packing import FORMAT, Texts, packed
from wiifm.culture.stale_days import day_of, touched
from wiifm.events import Event
from wiifm.memory import Memory
from wiifm.stores.protocol import Reading, Row

PAGE = 5_000
"""How many events are looked through at once."""

Upto = tuple[int, str]
"""A commit, and its link: how far the days of a store were read."""


def upto(session: Reading) -> Upto | None:
    """How far the days that are kept were read, if they still are what the log comes to but for what was recorded since.

    What another version of the texts is kept in is never read.
    """
    row = next(session.scan(DAYS_UPTO, backwards=True, most=1), None)
    found = None if row is None else noted(row)
    return found if found and stands(session, found) else None


def noted(row: Row) -> Upto | None:
    """How far days were read, by what is noted of it; None where their texts are of another version."""
    version, _, link = str(row[1]).rpartition(":")
    return (int(str(row[0])), link) if version == str(FORMAT) else None


def note_of(found: Upto) -> Row:
    """What is noted of how far days were read: the commit, and its link behind the version of the texts.

    A wiifm that knows none of versions takes that for the link of no commit, and reads nothing either.
    """
    no, link = found
    return no, f"{FORMAT}:{link}"


def stands(session: Reading, found: Upto) -> bool:
    """Whether a commit is there, or was none yet, and nothing but new events came behind it: nothing was erased or decided anew."""
    no, linked = found
    rows = session.find(COMMITS, [(no,)])
    later = session.scan(COMMITS, since=(no + 1,))
    return [row[-1] for row in rows] == [linked] * (no > 0) and all(
        row[4] == BATCH for row in later
    )


@define(eq=False)
class Aside:
    """What a process tallied itself, above what is kept in the store.

    ``days`` has those that changed since, as of the commit ``at``; what is kept is of ``base``.
    """

    base: Upto | None
    at: Upto
    days: dict[int, Texts] = field(factory=dict)


@define(eq=False)
class Kept:
    """The days of an archive, as of the state of its store that is being read."""

    archive: Archive

    def bring_up_to_date(self) -> Aside:
        """Tally what changed since it was read last, by this process or by whoever keeps days; answers that."""
        session = self.archive.scope.open
        base, aside, now = upto(session), self.archive.report_cache, self._now(session)
        if not isinstance(aside, Aside) or aside.base != base or not stands(session, aside.at):
            aside = Aside(base, base or (0, ""))
        if aside.at != now:
            self._read_since(session, aside)
            aside.at = now
        self.archive.report_cache = aside
        return aside

    def _now(self, session: Reading) -> Upto:
        row = next(session.scan(COMMITS, backwards=True, most=1), None)
        return (0, "") if row is None else (int(str(row[0])), str(row[-1]))

    def _read_since(self, session: Reading, aside: Aside) -> None:
        """Tally the days that changed; all of them where none was yet."""
        rows = session.find(COMMITS, [(aside.at[0],)])
        events, entries = (int(str(cell)) for cell in rows[0][1:3]) if rows else (0, 0)
        if self.archive.log.size > 2 * events:
            found = self.all_days()
            aside.days.update((day.ordinal, packed(day)) for day in found)
            return
        changed = touched(session, self.archive.book, events, entries)
        for first, last in _runs(changed):
            found = self._tallied(begins(first), ends(last), Known(self.archive.relations))
            aside.days.update((day.ordinal, packed(day)) for day in found)

    # ---- days as they are kept ---------------------------------------------------------------------------

    def texts(self) -> Iterator[tuple[int, Texts]]:
        """All days, in order."""
        aside = self.bring_up_to_date()
        fresh = ((each, aside.days[each]) for each in sorted(aside.days))
        stored = self.archive.scope.open.scan(DAYS) if aside.base else ()
        rows = ((int(str(row[0])), _texts(row)) for row in stored)
        yield from merge(fresh, (each for each in rows if each[0] not in aside.days))

    # ---- days of events ----------------------------------------------------------------------------------

    def all_days(self) -> Iterator[Day]:
        """All days, tallied from nothing: objects are noted as they are met."""
        return self._tallied(None, None, Noted(Known(self.archive.relations).about))

    def part(self, since: datetime, until: datetime) -> Iterator[Day]:
        """The part of a day between two moments of it; none where there is nothing."""
        return self._tallied(since, until, Known(self.archive.relations))

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
            self._let_go()
        if day is not None:
            yield day

    def _living(self, page: list[Row], objects: Objects) -> dict[str, Event]:
        """The events of some rows that count, with what they are about at hand."""
        log = self.archive.log
        log.taken_back.recall(str(row[ID]) for row in page)
        events = filter(log.is_live, map(trusted_event, page))
        found = {event.id: event for event in events}
        if isinstance(objects, Known):
            recall_reply_targets(found.values(), (), self.archive.relations)
        return found

    def _booked(
        self, session: Reading, page: list[Row]
    ) -> dict[str, list[tuple[str, str, str, int]]]:
        """What was booked for events, to members: purse, rule, member and amount."""
        rows = session.find(ENTRIES, [(row[ID],) for row in page], index="event")
        holders = session.find(HOLDERS, [(no,) for no in {row[HOLDER] for row in rows}])
        names = {row[0]: str(row[2]) for row in holders if row[1] == "member"}
        found: dict[str, list[tuple[str, str, str, int]]] = {}
        for row in rows:
            if row[HOLDER] in names:
                told = (str(row[PURSE]), str(row[RULE]), names[row[HOLDER]], int(str(row[AMOUNT])))
                found.setdefault(str(row[EVENT]), []).append(told)
        return found

    def _let_go(self) -> None:
        self.archive.log.known.forget()
        self.archive.log.taken_back.forget()
        self.archive.relations.forget_all()


def _texts(row: Row) -> Texts:
    _, people, deeds, earned = row
    return str(people), str(deeds), str(earned)


def _runs(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Days in a row, each from its first to its last.

    >>> list(_runs([3, 1, 2, 7]))
    [(1, 3), (7, 7)]
    """
    numbered = enumerate(sorted(days))
    for _, run in groupby(numbered, key=lambda item: item[1] - item[0]):
        found = [day for _, day in run]
        yield found[0], found[-1]


def kept_days(memory: Memory) -> Kept | None:
    """The days of a memory that is in a store."""
    return Kept(memory) if isinstance(memory, Archive) else None
