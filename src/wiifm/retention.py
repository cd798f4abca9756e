"""Old events are put into an archive that can be replayed; then the store lets go of their texts, on which nothing depends.

All that decides stays: late events, retractions, another rule book and the proof are as before.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

from attrs import frozen

from wiifm.archive.codec import micros
from wiifm.archive.log import event_of
from wiifm.archive.tables import COMMITS, EVENTS
from wiifm.archive.versions import check_book, check_writable
from wiifm.arguments import check_moment
from wiifm.events import Event
from wiifm.faults import StoreFault, counted
from wiifm.rulebook.book import RuleBook
from wiifm.sources.jsonl import read_jsonl, write_jsonl
from wiifm.stores.protocol import Reading, Row, Store
from wiifm.upkeep.erasing import erasing
from wiifm.upkeep.file_lock import locked
from wiifm.upkeep.redaction import free_fields
from wiifm.upkeep.replay import last_commit

_NO, _TYPE, _AT, _DATA = (EVENTS.place(name) for name in ("no", "type", "at", "data"))
_ARCHIVED = re.compile(r", archived before (-?\d+) up to (\d+)")

Span: TypeAlias = tuple[int, int]
"""Events before a moment, in microseconds, as far as they were among so many that were recorded first."""


@frozen
class Pruned:
    """A receipt: how many events were archived, from how many events and entries texts were erased, and in how many commits.

    >>> print(Pruned(archived=9, events=2, entries=3, commits=1))
    9 events archived; texts of 2 events and 3 entries erased, in 1 commit
    """

    archived: int
    events: int
    entries: int
    commits: int

    def __str__(self) -> str:
        return (
            f"{counted(self.archived, 'event')} archived; texts of {counted(self.events, 'event')} and {counted(self.entries, 'entry')} erased, "
            f"in {counted(self.commits, 'commit')}"
        )


def prune(
    store: Store, book: RuleBook, before: datetime, archive: str | Path, keep: Collection[str] = ()
) -> Pruned:
    """Write the events before a moment into an archive, and erase their free texts from the store.

    A text is free where the rule book doesn't ask for its field; entries that quoted it are told without it. Points,
    badges and entries stay. An archive holds no event that was archived before: all of them and all later events, recorded
    into a new store, come to the same standings. Whoever is stopped runs it again, with the same file.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> from datetime import UTC
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> _ = Engine.over(store, book)
    >>> prune(store, book, datetime(2026, 6, 1, tzinfo=UTC), "may.jsonl.gz").archived
    0

    Args:
        archive: a file of JSON Lines, compressed if its name ends with ``.gz``. Nothing is erased before it is whole, and on
            the disk; none is made where there is nothing to archive.
        keep: fields whose texts stay, since a plugin's function reads them.

    Raises:
        InvalidInput: the moment has no UTC offset, or the archive can't be written.
        StoreFault: another book decided what is in the store; nothing can be written in it; the archive is there and holds something else; or what
            somebody has depends on what would be erased.
    """
    check_book(store, book, "prune")
    check_moment("before", before)
    check_writable(store)
    edge = micros(before)
    with store.reading() as reading:
        _, upto, _ = last_commit(reading)
        span, spans = (edge, upto), _spans(reading)
        archived = _put_away(Path(archive), lambda: _due(reading, span, spans))
    aged = Aged(span, free_fields(book, keep))
    return _erase(store, book, aged, spans, archived) if archived else Pruned(0, 0, 0, 0)


def _erase(store: Store, book: RuleBook, aged: Aged, spans: list[Span], archived: int) -> Pruned:
    edge, upto = aged.span
    with erasing(store, book, aged) as erasure:
        if _spans(erasure.session) != spans:
            raise StoreFault("the store was pruned by somebody else meanwhile; look at it again")
        said = f", archived before {edge} up to {upto}"
        erased = erasure.erase("the store can't be pruned", {}, said)
    return Pruned(archived, erased.events, erased.entries, erased.commits)


# ---- the archive -----------------------------------------------------------------------------------------


def _spans(reading: Reading) -> list[Span]:
    """What was archived before, as the commits tell."""
    found = (_ARCHIVED.search(str(row[4])) for row in reading.scan(COMMITS))
    return [(int(each[1]), int(each[2])) for each in found if each]


def _lies_in(row: Row, span: Span) -> bool:
    return int(str(row[_AT])) < span[0] and int(str(row[_NO])) <= span[1]


def _due(reading: Reading, span: Span, spans: list[Span]) -> Iterator[Event]:
    """The events to archive, in order."""
    for row in reading.scan(EVENTS, index="time", before=(span[0],)):
        if _lies_in(row, span) and not any(_lies_in(row, each) for each in spans):
            yield event_of(row)


def _put_away(path: Path, due: Callable[[], Iterator[Event]]) -> int:
    """Have a file hold some events and nothing else, for good; answers how many, and makes none where there are none."""
    if next(due(), None) is None:
        return 0
    if not path.exists():
        partial = path.with_name(f"partial-{path.name}")
        with locked(partial):
            if not path.exists():  # somebody else may have been at it
                return _written(path, partial, due)
    if not path.is_file():
        raise StoreFault(f"{path}: found no file, expected one, or a name that is free")
    if not _holds(path, due()):
        if _is_left_over(path, due()):
            raise StoreFault(
                f"{path}: found what a run that was stopped left, which is by now otherwise in the store: somebody was forgotten since, say, "
                "whom the file still names, or more was recorded; all of it is still there, so remove the file, and run it again"
            )
        expected = "those that would be archived, or no such file; name another file"
        raise StoreFault(f"{path}: found other events, expected {expected}")
    return sum(1 for _ in due())


def _written(path: Path, partial: Path, due: Callable[[], Iterator[Event]]) -> int:
    """Have a new file hold some events, once all of it is on the disk under another name; answers how many."""
    written = write_jsonl(due(), partial)
    with partial.open("rb+") as stream:
        os.fsync(stream.fileno())
    if not _holds(partial, due()):
        raise StoreFault(f"{partial}: found something else than was written; look at the disk")
    partial.replace(path)
    _sync_folder(path.parent)
    return written


def _holds(path: Path, events: Iterator[Event]) -> bool:
    """Whether a file holds some events and nothing else."""
    pairs = zip_longest(read_jsonl(path), events)
    return all(
        isinstance(one, Event)
        and other is not None
        and json.dumps(one.as_json()) == json.dumps(other.as_json())
        for one, other in pairs
    )


def _is_left_over(path: Path, events: Iterator[Event]) -> bool:
    """Whether a file holds no other events than some, though maybe fewer, and otherwise."""
    there, count = {each.id for each in events}, 0
    for each in read_jsonl(path):
        if not isinstance(each, Event) or each.id not in there:
            return False
        count += 1
    return count > 0


def _sync_folder(folder: Path) -> None:
    """Have it on the disk that a file is there under its name; where folders can't be asked for that, it is."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


# ---- the store -------------------------------------------------------------------------------------------


@frozen
class Aged:
    """What goes from events of a span: the texts of the fields that are free, by event type."""

    span: Span
    free: Mapping[str, Collection[str]]

    def concerns(self, event: Row) -> bool:
        """Whether an event has such texts."""
        return self.event(event) != event

    def event(self, row: Row) -> Row:
        """An event without them."""
        free = self.free.get(str(row[_TYPE]), ())
        if row[_DATA] is None or not free or not _lies_in(row, self.span):
            return row
        data = json.loads(str(row[_DATA]))
        left = {key: type(value)() if key in free else value for key, value in data.items()}
        return row if left == data else (*row[:_DATA], json.dumps(left), *row[_DATA + 1 :])

    def holder(self, row: Row) -> Row:
        """A holder as they are."""
        return row

    def entry(self, row: Row) -> Row:
        """An entry as it is, but for its sentence."""
        return row

    def receipt(self, row: Row) -> Row:
        """A receipt as it is."""
        return row
