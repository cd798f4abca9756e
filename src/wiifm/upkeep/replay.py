"""The log of an archive, recorded once more into another one: commit by commit, as it came, or in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from attrs import frozen

from wiifm.archive.archive import Archive
from wiifm.archive.log import AT, ID, events_of
from wiifm.archive.paging import pages
from wiifm.archive.tables import COMMITS, EVENTS
from wiifm.collector import young_generation_only
from wiifm.events import Event
from wiifm.stores.protocol import Reading, Row, Table

TOGETHER = 1_000
"""So many commits at most are written in one transaction, and no more than make up ``SIZE`` events."""

SIZE = 20_000
"""How many events in the order of time are decided at once: the more, the less often is written what they all touch, and the more is held in
memory. What is remembered of events that were taken back depends on it, so the commit by which all was decided anew tells it."""


@frozen
class Batch:
    """The events of a commit as rows, in the order in which they were written, and how many there were after it."""

    rows: list[Row]
    upto: int


def counts_of(commit: Row) -> tuple[int, int, int]:
    """The number of a commit, and how many events and entries there were after it."""
    no, events, entries = (int(str(cell)) for cell in commit[:3])
    return no, events, entries


def commit_of(reading: Reading, no: int) -> tuple[int, int, int]:
    """The same of the commit with a number; nothing but zeros before the first."""
    rows = reading.find(COMMITS, [(no,)])
    return counts_of(rows[0]) if rows else (0, 0, 0)


def last_commit(reading: Reading) -> tuple[int, int, int]:
    """The same of the last commit; nothing but zeros where there is none."""
    return counts_of(next(reading.scan(COMMITS, backwards=True, most=1), (0, 0, 0)))


def last_number(reading: Reading, table: Table) -> int:
    """The number of the last row of a table that is numbered; 0 where there is none."""
    return int(str(next(reading.scan(table, backwards=True, most=1), (0,))[0]))


def batches(reading: Reading, behind: int = 0, upto: int | None = None) -> Iterator[Batch]:
    """The batches behind a commit, up to another one."""
    _, before, _ = commit_of(reading, behind)
    last = None if upto is None else (upto + 1,)
    for row in reading.scan(COMMITS, since=(behind + 1,), before=last):
        _, events, _ = counts_of(row)
        yield Batch([*reading.scan(EVENTS, since=(before + 1,), before=(events + 1,))], events)
        before = events


def replay(found: Iterable[Batch], into: Archive) -> None:
    """Record batches, each as a commit of its own; those that were recorded before are left out.

    Events keep their numbers, although by another book they may take effect in another order.

    Raises:
        InvalidEvent: the archive can't take an event.
    """
    done = _done(into)
    rest = (batch for batch in found if batch.upto > done)
    with young_generation_only() as collect:
        for some in _together(rest):
            _take_some(some, into)
            collect()


def _together(found: Iterable[Batch]) -> Iterator[list[Batch]]:
    """As many batches as are written in one transaction: neither too many of them, nor too many events."""
    some: list[Batch] = []
    events = 0
    for batch in found:
        some.append(batch)
        events += len(batch.rows)
        if len(some) == TOGETHER or events >= SIZE:
            yield some
            some, events = [], 0
    if some:
        yield some


def _take_some(some: list[Batch], into: Archive) -> None:
    """Record some batches in one transaction."""
    events = [events_of(batch.rows) for batch in some]
    with into.writing([*chain.from_iterable(events)]):
        for batch, each in zip(some, events, strict=True):
            _take(batch.rows, each, into)
            into.end_batch()


def in_order_of_time(reading: Reading, into: Archive, upto: int, size: int) -> None:
    """Record the first so many events of a log, ``size`` at once, which keep their numbers; those that were recorded before are left out.

    Raises:
        InvalidEvent: the archive can't take an event.
    """
    if _done(into) >= upto:
        return
    rows = (row for row in _to_come(reading, into) if row[0] <= upto)  # type: ignore[operator]
    with young_generation_only() as collect:
        for page in pages(rows, size):
            _take_new(page, into)
            collect()


def _done(into: Archive) -> int:
    """How many events an archive has."""
    with into.reading():
        return into.log.count


def _to_come(reading: Reading, into: Archive) -> Iterator[Row]:
    """The events of a log in the order of time, behind the last of those that an archive has."""
    with into.reading():
        last = next(into.scope.open.scan(EVENTS, index="time", backwards=True, most=1), None)
    if last is None:
        return reading.scan(EVENTS, index="time")
    return islice(reading.scan(EVENTS, index="time", since=(last[AT], last[ID])), 1, None)


def _take_new(rows: list[Row], into: Archive) -> None:
    """Record the events of rows, none of which was recorded before: nobody needs to look for them."""
    events = events_of(rows)
    into.log.known.hold([event.id for event in events], {})
    with into.writing(events):
        _take(rows, events, into)


def _take(rows: list[Row], events: list[Event], into: Archive) -> None:
    """Record the events of rows as a commit, under the numbers that they have already."""
    fresh, _, rejected = into.log.admit(events)
    if rejected:
        raise rejected[0].error
    into.log.given = {str(row[ID]): row for row in rows}
    into.commit(fresh)
    into.log.given = {}
