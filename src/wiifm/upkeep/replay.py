"""The log of an archive, recorded once more into another one: commit by commit, as it came."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from wiifm.archive.archive import Archive
from wiifm.archive.log import event_of
from wiifm.archive.tables import COMMITS, EVENTS
from wiifm.events import Event
from wiifm.stores.protocol import Reading, Row

Batch: TypeAlias = list[Event]

TOGETHER = 1_000
"""So many commits at most are written in one transaction."""


def counts_of(commit: Row) -> tuple[int, int, int]:
    """The number of a commit, and how many events and entries there were after it."""
    no, events, entries = (int(str(cell)) for cell in commit[:3])
    return no, events, entries


def batches(reading: Reading, behind: int = 0) -> Iterator[Batch]:
    """The events of each commit behind one, in the order in which they were written."""
    before = 0
    for row in reading.scan(COMMITS, since=(behind,)):
        no, events, _ = counts_of(row)
        if no > behind:
            rows = reading.scan(EVENTS, since=(before + 1,), before=(events + 1,))
            yield [event_of(each) for each in rows]
        before = events


def replay(found: Iterator[Batch], into: Archive) -> None:
    """Record batches, each as a commit of its own."""
    while some := list(islice(found, TOGETHER)):
        with into.writing([event for batch in some for event in batch]):
            for batch in some:
                fresh, _, rejected = into.log.admit(batch)
                if rejected:
                    raise rejected[0].error
                into.commit(fresh)
                into.end_batch()
