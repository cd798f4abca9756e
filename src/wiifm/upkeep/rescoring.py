"""Rescore a store: recompute it by another rule book, which takes over.

The store is recomputed in a scratch store, while others read and record by the previous book. One transaction then moves the result in. Entries
of the ledger stay; corrections are appended for the differences.

By the same rule book, this repairs what an earlier wiifm decided wrongly.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from wiifm.archive.chain import Seal
from wiifm.archive.stored_book import digest_in
from wiifm.archive.tables import TABLES
from wiifm.archive.versions import check_writable
from wiifm.arguments import checked_book
from wiifm.faults import counted
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store
from wiifm.upkeep.checkpoint import Checkpoint, open_checkpoint, scratch_store
from wiifm.upkeep.opening import folder_of, opened_for
from wiifm.upkeep.rebuild import rebuild
from wiifm.upkeep.shadow import Shadow
from wiifm.upkeep.staging import Staged, move, remaining_corrections, stage


@frozen
class Rescored:
    """What :func:`rescore` did: the digests of the new rule book and of the previous one (``was``), the number of events, and of corrections.

    >>> print(Rescored("b2", "b1", events=7, corrections=2))
    7 events rescored by the rule book b2 (before: b1): 2 corrections
    >>> print(Rescored("b2", "b2", events=7, corrections=0))
    7 events rescored by the same rule book b2: 0 corrections
    """

    book: str
    was: str
    events: int
    corrections: int

    def __str__(self) -> str:
        same = f"the same rule book {self.book}"
        other = f"the rule book {self.book} (before: {self.was})"
        book = same if self.book == self.was else other
        corrections = counted(self.corrections, "correction")
        return f"{counted(self.events, 'event')} rescored by {book}: {corrections}"


def rescore(store: Store | str, book: RuleBook, folder: str | Path | None = None) -> Rescored:
    """Recompute all that was recorded in a store by another rule book, which becomes the rule book of the store; or by the same one.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> _ = Engine.over(store, book)
    >>> rescore(store, book).corrections
    0

    Args:
        store: an open store, or its URL.
        book: the rule book that takes over.
        folder: where to keep the scratch file, so that the next run continues after an interruption. The file takes about as much room as the
            store, and is removed at the end.

    Raises:
        InvalidInput: the rule book isn't one, or the scratch file can't be created.
        StoreFault: nothing was recorded in the store, or it can't be written to; or the book lacks a purse that the ledger has, or counts it
            in other decimals.
        StoreBusy: something was erased during the run, or another process rescores in the same folder.
        InvalidEvent: the book doesn't accept an event that was recorded.
    """
    place = folder_of(folder)
    with opened_for(store, checked_book(book)) as found:
        return _rescore(found, book, place)


def _rescore(store: Store, book: RuleBook, folder: Path | None) -> Rescored:
    was = digest_in(store)
    books = (book.digest, was)
    check_writable(store)
    store.prepare(TABLES)
    with scratch_store(folder, store, book) as scratch:
        shadow = Shadow.open(scratch, book)
        start, staged = _recompute(store, scratch, shadow, was)
        with store.writing() as session:
            start.check(session, book, was)
            rebuild(session, shadow, start.order)
            seal = Seal(start.order.kind, book.digest)
            rows = remaining_corrections(session, scratch, staged, books)
            with scratch.reading() as made:
                appended, events = move(session, made, book, seal, rows)
    return Rescored(book.digest, was, events, appended)


def _recompute(store: Store, scratch: Store, shadow: Shadow, was: str) -> tuple[Checkpoint, Staged]:
    """Recompute the store while others record; return the checkpoint, and the corrections so far.

    The first pass is long. The second one takes what was recorded during the first, so that little is left for the transaction at the end,
    during which others wait.
    """
    with store.reading() as reading:
        start = open_checkpoint(reading, scratch, shadow.book)
        rebuild(reading, shadow, start.order)
    with store.reading() as reading:
        start.check(reading, shadow.book, was)
        rebuild(reading, shadow, start.order)
        return start, stage(reading, scratch, (shadow.book.digest, was))
