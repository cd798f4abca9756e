"""The scratch store in which a store is recomputed, and the checkpoint that lets an interrupted run resume.

With a folder, the scratch store is a file that outlives the process. A later run with the same rule book continues it, unless something was
erased from the store, or the store was rescored, since the file was begun. Without a folder, it is a temporary file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import frozen

from wiifm.archive.stored_book import facts, purses_of
from wiifm.archive.tables import COMMITS, FACTS
from wiifm.culture.stored_days import is_current
from wiifm.faults import StoreBusy, StoreFault
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Store
from wiifm.upkeep import replay
from wiifm.upkeep.file_lock import locked
from wiifm.upkeep.rebuild import Order
from wiifm.upkeep.scratch import Scratch, temporary

_CHECKPOINT = "begun_4"
"""The fact under which a scratch store keeps its checkpoint. The name changes with the format, so that files of an earlier wiifm aren't used."""


@contextmanager
def scratch_store(folder: Path | None, store: Store, book: RuleBook) -> Iterator[Store]:
    """A store to recompute ``store`` in by a book: the one that an earlier run left in the folder if its checkpoint is valid, or else a new one.

    When the block ends, a file in the folder stays if its checkpoint is still valid, and is removed otherwise.

    Raises:
        StoreFault: another process recomputes by this book in the same folder.
    """
    if folder is None:
        with temporary() as scratch:
            yield scratch
        return
    path = _file(folder, book)
    with locked(path.with_suffix(".held")):
        _remove_if_stale(path, store)
        with closing(Scratch(path)) as scratch:
            yield scratch
        _remove_if_stale(path, store)  # moving the result into the store has made it stale


def _file(folder: Path, book: RuleBook) -> Path:
    return folder / f"wiifm-rescore-{book.digest}.db"


def _remove_if_stale(path: Path, store: Store) -> None:
    if path.exists() and not _has_valid_checkpoint(path, store):
        _remove(path)


def _has_valid_checkpoint(path: Path, store: Store) -> bool:
    """Whether a scratch file belongs to the log of a store as it is now."""
    with closing(Scratch(path)) as scratch:
        scratch.prepare([FACTS])  # the run that created the file may have been stopped before this
        with scratch.reading() as made:
            checkpoint = facts(made).get(_CHECKPOINT)
    if checkpoint is None:
        return False
    with store.reading() as reading:
        return Checkpoint(*json.loads(str(checkpoint))).is_valid(reading)


def _remove(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        each.unlink(missing_ok=True)


@frozen
class Checkpoint:
    """Where a scratch store was begun.

    Args:
        base: the last commit of the store at that moment, or 0 if there was none. Up to it, events are taken in the order of time.
        link: the link of that commit in the chain, or an empty string.
        size: how many events are decided at once.
    """

    base: int
    link: str
    size: int

    @property
    def order(self) -> Order:
        """The order in which the log is recomputed; every run that resumes uses the same one."""
        return Order(self.base, self.size)

    def is_valid(self, reading: Reading) -> bool:
        """Whether the store has had only new events since: nothing was erased, and it wasn't rescored."""
        return is_current(reading, (self.base, self.link))

    def check(self, session: Reading, book: RuleBook, previous: str) -> None:
        """Check that a book can take over the store, and that what was recomputed is still valid.

        Args:
            previous: the digest of the rule book that the store had at the beginning.

        Raises:
            StoreFault: the store has another rule book by now, or the new book lacks a purse of it or counts it in other decimals.
            StoreBusy: something was erased.
        """
        _check_takeover(facts(session), book, previous)
        if not self.is_valid(session):
            raise StoreBusy(
                "while this command ran, something was erased from the store or it was rescored; try again"
            )


def open_checkpoint(reading: Reading, scratch: Store, book: RuleBook) -> Checkpoint:
    """The checkpoint of a scratch store; a new one, at the last commit of the store, if it has none yet.

    Raises:
        StoreFault: as :meth:`Checkpoint.check`.
    """
    last = next(reading.scan(COMMITS, backwards=True, most=1), None)
    with scratch.writing() as session:
        noted = facts(session).get(_CHECKPOINT)
        if noted is None:
            noted = json.dumps((*((last[0], last[-1]) if last else (0, "")), replay.SIZE))
            session.put(FACTS, [(_CHECKPOINT, noted)])
    checkpoint = Checkpoint(*json.loads(str(noted)))
    checkpoint.check(reading, book, facts(reading)["book"])
    return checkpoint


def _check_takeover(known: dict[str, str], book: RuleBook, previous: str) -> None:
    """Check, by the facts of a store, that it still has its previous book and that ``book`` has every purse of it."""
    if known["book"] != previous:
        raise StoreFault(
            f"while this command ran, the store was rescored by the rule book {known['book']}; check whether you still want this one"
        )
    purses = json.loads(purses_of(book))
    for name, decimals in json.loads(known["purses"]).items():
        if purses.get(name) != decimals:
            raise StoreFault(
                f"purse {name!r} of the rule book {book.id!r}: found {_decimals(purses.get(name))}, expected "
                f"{_decimals(decimals)}, as in the books before it; a book has to keep every purse, even if no rule fills it any more"
            )


def _decimals(number: int | None) -> str:
    return "no such purse" if number is None else f"decimals = {number}"
