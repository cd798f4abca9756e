"""A store by another rule book: all of it is decided anew beside it, and moved in at once.

By the same rule book, that mends what an earlier wiifm decided wrongly. What the ledger holds stays; the difference is appended to it. Whoever reads or records meanwhile does so by the book
before, up to the moment at which the new one takes over.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from wiifm.archive.chain import Seal
from wiifm.archive.stored_book import digest_in
from wiifm.archive.tables import TABLES
from wiifm.archive.versions import check_writable
from wiifm.faults import counted
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store
from wiifm.upkeep.checkpoint import Checkpoint, begun, scratch_store
from wiifm.upkeep.rebuild import rebuild
from wiifm.upkeep.shadow import Shadow
from wiifm.upkeep.staging import Staged, move, stage, still_due


@frozen
class Rescored:
    """What became of it: by which book and the one before, of how many events, and how many entries were appended.

    >>> print(Rescored("b2", "b1", events=7, corrections=2))
    7 events by the rule book b2 instead of b1: 2 corrections
    >>> print(Rescored("b2", "b2", events=7, corrections=0))
    7 events once more by the rule book b2: 0 corrections
    """

    book: str
    was: str
    events: int
    corrections: int

    def __str__(self) -> str:
        by = f"by the rule book {self.book}"
        how = f"once more {by}" if self.book == self.was else f"{by} instead of {self.was}"
        return f"{counted(self.events, 'event')} {how}: {counted(self.corrections, 'correction')}"


def rescore(store: Store, book: RuleBook, folder: Path | None = None) -> Rescored:
    """Have all that was recorded in a store decided anew by another rule book, which is its own from then on; or by the same.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> _ = Engine.over(store, book)
    >>> rescore(store, book).corrections
    0

    Args:
        folder: where to put what is made meanwhile: if it is stopped, it is gone on with from there. It takes
            about as much room as the store, and is removed at the end.

    Raises:
        StoreFault: there is nothing of wiifm in the store, or nothing can be written in it; the book lacks a purse that the ledger has, or counts it
            in other decimals; something was erased meanwhile; or another process is at the same in the folder.
        InvalidEvent: the book can't take an event that was recorded.
    """
    was = digest_in(store)
    books = (book.digest, was)
    check_writable(store)
    store.prepare(TABLES)
    with scratch_store(folder, store, book) as scratch:
        anew = Shadow.open(scratch, book)
        start, aside = _made_beside(store, scratch, anew, was)
        with store.writing() as session:
            start.check(session, book, was)
            rebuild(session, anew, start.order)
            seal = Seal(start.order.kind, book.digest)
            rows = still_due(session, scratch, aside, books)
            with scratch.reading() as made:
                appended, events = move(session, made, book, seal, rows)
    return Rescored(book.digest, was, events, appended)


def _made_beside(store: Store, scratch: Store, anew: Shadow, was: str) -> tuple[Checkpoint, Staged]:
    """Decide anew what is there, and then what came meanwhile, so that others wait the less in the end; answers where it was begun, and
    what is owed so far.
    """
    with store.reading() as reading:
        start = begun(reading, scratch, anew.book)
        rebuild(reading, anew, start.order)
    with store.reading() as reading:
        start.check(reading, anew.book, was)
        rebuild(reading, anew, start.order)
        return start, stage(reading, scratch, (anew.book.digest, was))
