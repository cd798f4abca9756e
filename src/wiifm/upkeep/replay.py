"""Record the log of an archive into another one: batch by batch, as the events came, or in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from attrs import frozen

from wiifm.archive.archive import Archive
from wiifm.archive.commits import counts_of
from wiifm.archive.log import AT, ID, events_of
from wiifm.archive.paging import pages
from wiifm.archive.tables import COMMITS, EVENTS
from wiifm.collector import young_generation_only
from wiifm.events import Event
from wiifm.stores.protocol import Reading, Row, Table

TOGETHER = 1_000
"""How many batches are written in one transaction at most; fewer if they have :data:`SIZE` events."""

SIZE = 20_000
"""How many events in the order of time are decided at once. With more of them, states that many events touch are written less often, but more is
held in memory. What is remembered of retracted events depends on this number, so the commit that rescores records it."""


@frozen
class Batch:
    """The events of a commit as rows, in the order in which they were written; ``upto`` is how many events the log had after it."""

    rows: list[Row]
    upto: int


def commit_of(reading: Reading, no: int) -> tuple[int, int, int]:
    """The :func:`counts_of` the commit ``no``; zeros if there is none."""
    rows = reading.find(COMMITS, [(no,)])
    return counts_of(rows[0]) if rows else (0, 0, 0)


def last_commit(reading: Reading) -> tuple[int, int, int]:
    """The :func:`counts_of` the last commit; zeros if there is none."""
    return counts_of(next(reading.scan(COMMITS, backwards=True, most=1), (0, 0, 0)))


def last_number(reading: Reading, table: Table) -> int:
    """The number of the last row of a numbered table; 0 if it is empty."""
    return int(str(next(reading.scan(table, backwards=True, most=1), (0,))[0]))


def batches(reading: Reading, after: int = 0, upto: int | None = None) -> Iterator[Batch]:
    """The batches of the commits after ``after``, up to and including ``upto``."""
    _, before, _ = commit_of(reading, after)
    last = None if upto is None else (upto + 1,)
    for row in reading.scan(COMMITS, since=(after + 1,), before=last):
        _, events, _ = counts_of(row)
        yield Batch([*reading.scan(EVENTS, since=(before + 1,), before=(events + 1,))], events)
        before = events


def replay(found: Iterable[Batch], into: Archive) -> None:
    """Record batches, each as a commit of its own, without those that the archive has already.

    Events keep their numbers, although they may take effect in another order by another book.

    Raises:
        InvalidEvent: the book of the archive doesn't accept an event.
    """
    done = _event_count(into)
    rest = (batch for batch in found if batch.upto > done)
    with young_generation_only() as collect:
        for some in _together(rest):
            _record_together(some, into)
            collect()


def _together(found: Iterable[Batch]) -> Iterator[list[Batch]]:
    """Group batches into transactions: at most :data:`TOGETHER` of them, and no further batch after :data:`SIZE` events."""
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


def _record_together(some: list[Batch], into: Archive) -> None:
    """Record batches in one transaction."""
    events = [events_of(batch.rows) for batch in some]
    with into.writing([*chain.from_iterable(events)]):
        for batch, each in zip(some, events, strict=True):
            _commit(batch.rows, each, into)
            into.end_batch()


def in_order_of_time(reading: Reading, into: Archive, upto: int, size: int) -> None:
    """Record the events of a log up to the number ``upto``, in the order of time, ``size`` at once, without those that the archive has already.

    Events keep their numbers.

    Raises:
        InvalidEvent: the book of the archive doesn't accept an event.
    """
    if _event_count(into) >= upto:
        return
    rows = (row for row in _remaining(reading, into) if row[0] <= upto)  # type: ignore[operator]
    with young_generation_only() as collect:
        for page in pages(rows, size):
            _record_new(page, into)
            collect()


def _event_count(into: Archive) -> int:
    with into.reading():
        return into.log.count


def _remaining(reading: Reading, into: Archive) -> Iterator[Row]:
    """The events of a log in the order of time that come after the latest event of an archive."""
    with into.reading():
        last = next(into.scope.open.scan(EVENTS, index="time", backwards=True, most=1), None)
    if last is None:
        return reading.scan(EVENTS, index="time")
    return islice(reading.scan(EVENTS, index="time", since=(last[AT], last[ID])), 1, None)


def _record_new(rows: list[Row], into: Archive) -> None:
    """Record events in one transaction. None of them is in the archive yet, so they aren't looked up there."""
    events = events_of(rows)
    into.log.events.hold([event.id for event in events], {})
    with into.writing(events):
        _commit(rows, events, into)


def _commit(rows: list[Row], events: list[Event], into: Archive) -> None:
    """Record events as one commit, under the numbers that they have in their rows."""
    fresh, _, rejected = into.log.admit(events)
    if rejected:
        raise rejected[0].error
    into.log.given = {str(row[ID]): row for row in rows}
    into.commit(fresh)
    into.log.given = {}
