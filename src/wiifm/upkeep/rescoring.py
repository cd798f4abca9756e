"""A store by another rule book: all of it is decided anew beside it, and moved in at once.

What the ledger holds stays; the difference is appended to it. Whoever reads or records meanwhile does so by the book
before, up to the moment at which the new one takes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from attrs import frozen

from wiifm.archive.archive import Archive
from wiifm.archive.chain import Seal, link
from wiifm.archive.codec import pack, unpack
from wiifm.archive.kept import book_row, digest_in, facts, purses_of
from wiifm.archive.tables import BOOKS, COMMITS, ENTRIES, EVENTS, FACTS, HOLDERS
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Reading, Row, Store, Table, Writing
from wiifm.upkeep.beside import begun, beside, check, clear
from wiifm.upkeep.comparing import DERIVED
from wiifm.upkeep.corrections import corrections
from wiifm.upkeep.remaking import KIND, remade
from wiifm.upkeep.replay import counts_of

PAGE = 10_000
"""How many rows are moved at once."""


_CORRECTIONS = Table("corrections", ENTRIES.columns, key=("no",))


@frozen
class Rescored:
    """What became of it: by which book and the one before, of how many events, and how many entries were appended.

    >>> print(Rescored("b2", "b1", events=7, corrections=2))
    7 events by the rule book b2 instead of b1: 2 corrections
    """

    book: str
    was: str
    events: int
    corrections: int

    def __str__(self) -> str:
        return (
            f"{self.events} events by the rule book {self.book} instead of {self.was}: "
            f"{self.corrections} corrections"
        )


def rescore(store: Store, book: RuleBook, folder: Path | None = None) -> Rescored:
    """Have all that was recorded in a store decided anew by another rule book, which is its own from then on.

    Args:
        folder: where to put what is made meanwhile: if it is stopped, it is gone on with from there. It takes
            about as much room as the store, and is removed at the end.

    Raises:
        StoreFault: there is nothing of wiifm in the store; the book lacks a purse that the ledger has, or counts it
            in other decimals.
        InvalidEvent: the book can't take an event that was recorded.
    """
    was = digest_in(store)
    with beside(folder, store, book) as scratch:
        anew = Archive.open(scratch, book)
        with store.reading() as reading:
            base = begun(reading, scratch, book)
            remade(reading, anew, base)
        with store.writing() as session:
            check(facts(session), book, was)
            remade(session, anew, base)
            appended, events = _move(session, scratch, book, was, base)
    if folder is not None:
        clear(folder, book)
    return Rescored(book.digest, was, events, appended)


# ---- into the store --------------------------------------------------------------------------------------


def _move(session: Writing, scratch: Store, book: RuleBook, was: str, base: int) -> tuple[int, int]:
    """Put what was made in place of what was there; answers how many corrections and events there are."""
    no, events, entries = counts_of(next(session.scan(COMMITS, backwards=True, most=1), (0, 0, 0)))
    seal = Seal(f"{KIND}{base}", book.digest)
    with scratch.reading() as made:
        numbers = _numbers(session, made)
        rows = corrections(session, made, numbers, (book.digest, was), entries)
        _set_aside(scratch, rows)
    with scratch.reading() as made:
        appended = 0
        for page in _pages(made.scan(_CORRECTIONS)):
            session.insert(ENTRIES, page)
            seal.add(page)
            appended += len(page)
        for table in DERIVED:
            _replace(session, made, table, numbers)
        _retell(session, made, events)
        _conclude(session, made, book, seal, (no + 1, events, entries + appended))
    return appended, events


def _pages(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while page := list(islice(rows, PAGE)):
        yield page


def _numbers(session: Reading, made: Reading) -> dict[int, int]:
    """The holders that were made with another number than they have, or get, in the store; each with that."""
    last = next(session.scan(HOLDERS, backwards=True, most=1), (0,))
    count, numbers = int(str(last[0])), {}
    for page in _pages(made.scan(HOLDERS)):
        known = {
            row[1:3]: row[0]
            for row in session.find(HOLDERS, [row[1:3] for row in page], index="name")
        }
        for row in page:
            number = known.get(row[1:3])
            if number is None:
                number = count = count + 1
            if number != row[0]:
                numbers[int(str(row[0]))] = int(str(number))
    return numbers


def _set_aside(scratch: Store, rows: Iterator[Row]) -> None:
    """Keep corrections in a table of their own: nobody may change a ledger while they read it."""
    scratch.prepare([_CORRECTIONS])
    with scratch.writing() as session:
        session.cut(_CORRECTIONS, (), (0,))
        for page in _pages(rows):
            session.insert(_CORRECTIONS, page)


def _replace(session: Writing, made: Reading, table: Table, numbers: dict[int, int]) -> None:
    """Have the rows of a table be those that were made."""
    least: Cell = "" if table.columns[table.key[0]] == "text" else 0
    session.cut(table, (), (least,))
    column = "no" if table is HOLDERS else "holder"
    place = table.place(column) if column in table.columns else None
    for page in _pages(made.scan(table)):
        if place is not None and numbers:
            page = [_renumbered(row, place, numbers) for row in page]
        session.insert(table, page)


def _renumbered(row: Row, place: int, numbers: dict[int, int]) -> Row:
    number = int(str(row[place]))
    return (*row[:place], numbers.get(number, number), *row[place + 1 :])


def _retell(session: Writing, made: Reading, events: int) -> None:
    """Have the log tell what events are about, as far as that follows from the book."""
    for first in range(1, events + 1, PAGE):
        before = {
            row[0]: row for row in session.scan(EVENTS, since=(first,), before=(first + PAGE,))
        }
        after = made.scan(EVENTS, since=(first,), before=(first + PAGE,))
        session.put(EVENTS, [row for row in after if before[row[0]] != row])


def _conclude(
    session: Writing, made: Reading, book: RuleBook, seal: Seal, counts: tuple[int, int, int]
) -> None:
    """Write the commit, and what the archive knows of itself."""
    known = facts(session)
    body = seal.body()
    linked = link(known["chain"], body)
    holders = int(str(next(session.scan(HOLDERS, backwards=True, most=1), (0,))[0]))
    state = pack((*counts, holders, *unpack(facts(made)["state"])[4:]))
    session.insert(COMMITS, [(*counts, holders, seal.kind, seal.book, seal.salt, body, linked)])
    session.put(BOOKS, [book_row(book)])
    now = {"book": book.digest, "purses": purses_of(book), "chain": linked, "state": state}
    session.put(FACTS, now.items())
