"""A file beside a store, in which something is made that takes long: whoever is stopped finds it there again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import frozen

from wiifm.archive.stored_book import facts, purses_of
from wiifm.archive.tables import COMMITS, FACTS
from wiifm.culture.stored_days import is_current
from wiifm.faults import StoreFault
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Store
from wiifm.upkeep import replay
from wiifm.upkeep.file_lock import locked
from wiifm.upkeep.rebuild import Order
from wiifm.upkeep.scratch import Scratch, temporary

_BEGUN = "begun_4"
"""The fact by which a file tells with which log it was begun; what an earlier wiifm left noted less, or kept otherwise, under another name."""


@contextmanager
def scratch_store(folder: Path | None, store: Store, book: RuleBook) -> Iterator[Store]:
    """A store to make something in by a book: what another run left in the folder, if it is of use, and as long as it is.

    Raises:
        StoreFault: another process makes something by this book there.
    """
    if folder is None:
        with temporary() as scratch:
            yield scratch
        return
    path = _file(folder, book)
    with locked(path.with_suffix(".held")):
        _keep_if_of_use(path, store)
        with closing(Scratch(path)) as scratch:
            yield scratch
        _keep_if_of_use(path, store)  # what was moved in isn't any more


def _file(folder: Path, book: RuleBook) -> Path:
    return folder / f"wiifm-rescore-{book.digest}.db"


def _keep_if_of_use(path: Path, store: Store) -> None:
    if path.exists() and not _of_use(path, store):
        _remove(path)


def _of_use(path: Path, store: Store) -> bool:
    """Whether a file was begun with the log of a store, of which nothing was erased since."""
    with closing(Scratch(path)) as scratch:
        scratch.prepare([FACTS])  # whoever began may have come no further than to make the file
        with scratch.reading() as made:
            begun = facts(made).get(_BEGUN)
    if begun is None:
        return False
    with store.reading() as reading:
        return Checkpoint(*json.loads(str(begun))).stands(reading)


def _remove(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        each.unlink(missing_ok=True)


@frozen
class Checkpoint:
    """The commit up to which a file takes events in the order of time, where it was begun, and its link; 0 and nothing before the first; and how many
    events at once."""

    base: int
    link: str
    size: int

    @property
    def order(self) -> Order:
        """In which order it is made, whoever goes on with it."""
        return Order(self.base, self.size)

    def stands(self, reading: Reading) -> bool:
        """Whether nothing was erased or decided anew since: what was made has nothing in it that is gone by now."""
        return is_current(reading, (self.base, self.link))

    def check(self, session: Reading, book: RuleBook, was: str) -> None:
        """Complain about a book that can't go on with the ledger, or where what was made isn't of use any more.

        Raises:
            StoreFault: another book decided what is there meanwhile, a purse is missing, or something was erased meanwhile.
        """
        check(facts(session), book, was)
        if not self.stands(session):
            raise StoreFault(
                "something was erased from the store meanwhile, or it was decided anew; run it again"
            )


def begun(reading: Reading, scratch: Store, book: RuleBook) -> Checkpoint:
    """Where a file was begun: behind the last commit that there is, if it is new."""
    last = next(reading.scan(COMMITS, backwards=True, most=1), None)
    with scratch.writing() as session:
        noted = facts(session).get(_BEGUN)
        if noted is None:
            noted = json.dumps((*((last[0], last[-1]) if last else (0, "")), replay.SIZE))
            session.put(FACTS, [(_BEGUN, noted)])
    found = Checkpoint(*json.loads(str(noted)))
    found.check(reading, book, facts(reading)["book"])
    return found


def check(known: dict[str, str], book: RuleBook, was: str) -> None:
    """Complain about a book that can't go on with the ledger."""
    if known["book"] != was:
        raise StoreFault(
            f"the store was decided anew by the rule book {known['book']} meanwhile; look at it again"
        )
    purses = json.loads(purses_of(book))
    for name, decimals in json.loads(known["purses"]).items():
        if purses.get(name) != decimals:
            raise StoreFault(
                f"purse {name!r} of the rule book {book.id!r}: found {_decimals(purses.get(name))}, expected "
                f"{_decimals(decimals)}, as the ledger counts in it; no rule needs to fill it any more"
            )


def _decimals(number: int | None) -> str:
    return "no such purse" if number is None else f"decimals = {number}"
