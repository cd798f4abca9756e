"""Archive old events in a file that can be recorded again, and erase their free texts from the store.

Everything that decides stays in the store: it still accepts late events, retractions and another rule book, and ``verify`` still succeeds. The
kind of the commit that erased notes which events were archived, so that each event is archived once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import overload

from attrs import frozen

from wiifm.archive.archived import Span, spans_of
from wiifm.archive.codec import micros
from wiifm.archive.log import event_of
from wiifm.archive.tables import COMMITS, EVENTS
from wiifm.archive.versions import check_book, check_writable
from wiifm.arguments import check_moment
from wiifm.events import Event
from wiifm.faults import Fault, InvalidInput, StoreBusy, StoreFault, counted
from wiifm.personal import check_kept, free_fields
from wiifm.rulebook.book import RuleBook
from wiifm.sources.jsonl import read_jsonl, write_jsonl
from wiifm.stores.protocol import Reading, Row, Store
from wiifm.upkeep.erasing import erasing
from wiifm.upkeep.file_lock import locked
from wiifm.upkeep.opening import opened_with_book, path_of
from wiifm.upkeep.replay import last_commit

_NO, _TYPE, _AT, _DATA = (EVENTS.place(name) for name in ("no", "type", "at", "data"))


@frozen
class Pruned:
    """What :func:`prune` did: how many events it archived, and from how many events, entries and commits it erased texts.

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


@overload
def prune(
    store: Store | str,
    book: RuleBook | None,
    before: datetime,
    archive: str | Path,
    keep: Collection[str] = (),
) -> Pruned: ...
@overload
def prune(
    store: Store | str, *, before: datetime, archive: str | Path, keep: Collection[str] = ()
) -> Pruned: ...
def prune(
    store: Store | str,
    book: RuleBook | None = None,
    before: datetime | None = None,
    archive: str | Path = "",
    keep: Collection[str] = (),
) -> Pruned:
    """Write the events before a moment into an archive, and erase their free texts from the store.

    A text is free if nothing in the rule book that decides reads its field. Sentences that quoted such a text are made again without it.
    Points, badges and entries stay. Events that were archived before aren't archived again. All archives and all later events, recorded
    into a new store, give the same standings. If a run is interrupted, run it again with the same file.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> from datetime import UTC
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> _ = Engine.over(store, book)
    >>> prune(store, before=datetime(2026, 6, 1, tzinfo=UTC), archive="may.jsonl.gz").archived
    0

    Args:
        store: an open store, or its URL.
        book: the rule book of the store; unless given, the one that is kept in it. Without it, name the other arguments.
        before: the moment, with its UTC offset.
        archive: a file of JSON Lines, compressed if its name ends with ``.gz``. Nothing is erased before the file is complete and flushed to
            the disk. No file is created if there is nothing to archive.
        keep: fields whose texts are not erased, because a function of a plugin reads them.

    Raises:
        InvalidInput: the moment has no UTC offset, no event type of the book has a text field that is to be kept, or the archive can't be
            written. Nothing was erased.
        OtherBook: the store has another rule book.
        StoreFault: the store can't be written to, its rule book can't be rebuilt here, the archive exists with other contents, or what
            anybody has depends on a text that would be erased.
    """
    edge, file = _checked(before, archive)
    with opened_with_book(store, book) as (found, decided):
        return _prune(found, decided, edge, file, keep)


def _checked(before: datetime | None, archive: str | Path) -> tuple[datetime, Path]:
    if before is None or not str(archive):
        name, expected = ("archive", "a file") if before else ("before", "a moment")
        raise InvalidInput([Fault(name, "nothing", expected)])
    check_moment("before", before)
    return before, path_of("archive", archive, "a file: a str or a Path")


def _prune(
    store: Store, book: RuleBook, before: datetime, archive: Path, keep: Collection[str]
) -> Pruned:
    check_kept(book, keep)
    check_book(store, book, "prune")
    check_writable(store)
    with store.reading() as reading:
        _, upto, _ = last_commit(reading)
        span, spans = Span(micros(before), upto), _spans(reading)
        archived = _write_archive(archive, lambda: _due(reading, span, spans))
    aged = Aged(span, free_fields(book, keep))
    return _erase(store, book, aged, spans, archived) if archived else Pruned(0, 0, 0, 0)


def _erase(store: Store, book: RuleBook, aged: Aged, spans: list[Span], archived: int) -> Pruned:
    with erasing(store, book, aged) as erasure:
        if _spans(erasure.session) != spans:
            raise StoreBusy("another process pruned the store at the same time; try again")
        erased = erasure.erase("the store can't be pruned", {}, aged.span.note)
    return Pruned(archived, erased.events, erased.entries, erased.commits)


# ---- the archive -----------------------------------------------------------------------------------------


def _spans(reading: Reading) -> list[Span]:
    """What was archived before, as the commits note it."""
    return list(spans_of(reading.scan(COMMITS)))


def _lies_in(row: Row, span: Span) -> bool:
    return span.has(int(str(row[_AT])), int(str(row[_NO])))


def _due(reading: Reading, span: Span, spans: list[Span]) -> Iterator[Event]:
    """The events to archive, in the order of time."""
    for row in reading.scan(EVENTS, index="time", before=(span.before,)):
        if _lies_in(row, span) and not any(_lies_in(row, each) for each in spans):
            yield event_of(row)


def _write_archive(path: Path, due: Callable[[], Iterator[Event]]) -> int:
    """Ensure that a file contains exactly the events that are due, and return how many; create no file if there are none.

    Raises:
        StoreFault: the file exists with other contents.
    """
    if next(due(), None) is None:
        return 0
    if not path.exists():
        partial = path.with_name(f"partial-{path.name}")
        with locked(partial):
            if (
                not path.exists()
            ):  # another process may have written it before this one got the lock
                return _write_new(path, partial, due)
    if not path.is_file():
        raise StoreFault(f"{path}: found something that is no file, expected a file or a free name")
    if not _holds(path, due()):
        if _is_left_over(path, due()):
            raise StoreFault(
                f"{path}: found the archive of an interrupted run, out of date because a member was forgotten or more was recorded since; "
                "the store still has all of these events, so remove the file, and run it again"
            )
        expected = "those that would be archived, or no such file; name another file"
        raise StoreFault(f"{path}: found other events, expected {expected}")
    return sum(1 for _ in due())


def _write_new(path: Path, partial: Path, due: Callable[[], Iterator[Event]]) -> int:
    """Write a new file under a temporary name, and rename it once all of it is on the disk; return how many events it has."""
    written = write_jsonl(due(), partial)
    with partial.open("rb+") as stream:
        os.fsync(stream.fileno())
    if not _holds(partial, due()):
        raise StoreFault(f"{partial}: found something else than was written; check the disk")
    partial.replace(path)
    _sync_folder(path.parent)
    return written


def _holds(path: Path, events: Iterator[Event]) -> bool:
    """Whether a file contains exactly the given events, in this order."""
    pairs = zip_longest(read_jsonl(path), events)
    return all(
        isinstance(one, Event)
        and other is not None
        and json.dumps(one.as_json()) == json.dumps(other.as_json())
        for one, other in pairs
    )


def _is_left_over(path: Path, events: Iterator[Event]) -> bool:
    """Whether all events of a file, and there are some, have ids of the given events, even if their contents differ."""
    there, count = {each.id for each in events}, 0
    for each in read_jsonl(path):
        if not isinstance(each, Event) or each.id not in there:
            return False
        count += 1
    return count > 0


def _sync_folder(folder: Path) -> None:
    """Flush a folder to the disk, so that a renamed file keeps its name after a power failure. Only POSIX systems need it."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


# ---- the store -------------------------------------------------------------------------------------------


@frozen
class Aged:
    """Erases the free texts of the events of a span. It is an :class:`~wiifm.upkeep.erasing.Erasure`.

    Args:
        span: the events.
        free: the free text fields of each event type.
    """

    span: Span
    free: Mapping[str, Collection[str]]

    def concerns(self, event: Row) -> bool:
        """Whether an event has a text to erase."""
        return self.event(event) != event

    def event(self, row: Row) -> Row:
        """An event without its free texts."""
        free = self.free.get(str(row[_TYPE]), ())
        if row[_DATA] is None or not free or not _lies_in(row, self.span):
            return row
        data = json.loads(str(row[_DATA]))
        left = {key: type(value)() if key in free else value for key, value in data.items()}
        return row if left == data else (*row[:_DATA], json.dumps(left), *row[_DATA + 1 :])

    def holder(self, row: Row) -> Row:
        """A holder, unchanged."""
        return row

    def entry(self, row: Row) -> Row:
        """An entry, unchanged apart from its sentence."""
        return row

    def receipt(self, row: Row) -> Row:
        """A receipt, unchanged."""
        return row
