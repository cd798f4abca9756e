"""What was made beside a store, moved in: its rows in place of those that were there, and the difference to the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.archive.chain import Seal
from wiifm.archive.codec import pack, unpack
from wiifm.archive.kept import book_row, facts, purses_of
from wiifm.archive.paging import pages
from wiifm.archive.tables import BOOKS, COMMITS, DAYS, DAYS_UPTO, ENTRIES, EVENTS, FACTS, HOLDERS
from wiifm.archive.versions import leave_behind
from wiifm.collecting import only_the_young
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Reading, Row, Store, Table, Writing
from wiifm.upkeep.comparing import DERIVED
from wiifm.upkeep.corrections import corrections
from wiifm.upkeep.draft import RETOLD
from wiifm.upkeep.replay import last_commit, last_number

CORRECTIONS = Table("corrections", ENTRIES.columns, key=("no",))
"""Entries to append, as they are set aside beside a store."""

PAGE = 10_000
"""How many rows are moved at once."""


@only_the_young()
def move(
    session: Writing, made: Reading, book: RuleBook, seal: Seal, rows: Iterable[Row]
) -> tuple[int, int]:
    """Put what was made in place of what was there; answers how many corrections and events there are.

    Args:
        book: the rule book by which it was made.
        seal: the commit that does it.
        rows: the corrections.
    """
    no, events, entries = last_commit(session)
    numbers, appended = numbers_of(session, made), 0
    for page in pages(rows, PAGE):
        session.insert(ENTRIES, page)
        seal.add(page)
        appended += len(page)
    for table in DERIVED:
        _replace(session, made, table, numbers)
    _retell(session, made)
    for table in (DAYS, DAYS_UPTO):
        session.cut(table, (), (0,))
    _conclude(session, made, book, seal, (no + 1, events, entries + appended))
    return appended, events


def numbers_of(session: Reading, made: Reading) -> dict[int, int]:
    """The holders that were made with another number than they have, or get, in the store; each with that."""
    count, numbers = last_number(session, HOLDERS), {}
    for page in pages(made.scan(HOLDERS), PAGE):
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


@only_the_young()
def set_aside(session: Reading, scratch: Store, books: tuple[str, str]) -> None:
    """Keep the corrections in a table of their own: nobody may change a ledger while they read it.

    Args:
        books: the digests of the book by which it was made, and of the one before.
    """
    _, _, entries = last_commit(session)
    scratch.prepare([CORRECTIONS])
    with scratch.reading() as made, scratch.writing() as into:
        into.cut(CORRECTIONS, (), (0,))
        rows = corrections(session, made, numbers_of(session, made), books, entries)
        for page in pages(rows, PAGE):
            into.insert(CORRECTIONS, page)


def _replace(session: Writing, made: Reading, table: Table, numbers: dict[int, int]) -> None:
    """Have the rows of a table be those that were made."""
    least: Cell = "" if table.columns[table.key[0]] == "text" else 0
    session.cut(table, (), (least,))
    column = "no" if table is HOLDERS else "holder"
    place = table.place(column) if column in table.columns else None
    for page in pages(made.scan(table), PAGE):
        if place is not None and numbers:
            page = [_renumbered(row, place, numbers) for row in page]
        session.insert(table, page)


def _renumbered(row: Row, place: int, numbers: dict[int, int]) -> Row:
    number = int(str(row[place]))
    return (*row[:place], numbers.get(number, number), *row[place + 1 :])


def _retell(session: Writing, made: Reading) -> None:
    """Have the log tell what events are about, as far as that follows from the book."""
    for page in pages(made.scan(RETOLD), PAGE):
        session.put(EVENTS, made.find(EVENTS, page))


def _conclude(
    session: Writing, made: Reading, book: RuleBook, seal: Seal, counts: tuple[int, int, int]
) -> None:
    """Write the commit, and what the archive knows of itself."""
    known = facts(session)
    row = seal.commit((*counts, last_number(session, HOLDERS)), known["chain"])
    state = pack((*row[:4], *unpack(facts(made)["state"])[4:]))
    session.insert(COMMITS, [row])
    session.put(BOOKS, [book_row(book)])
    now = {"book": book.digest, "purses": purses_of(book), "chain": row[-1], "state": state}
    session.put(FACTS, now.items())
    leave_behind(session)
