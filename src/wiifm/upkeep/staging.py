"""What was made beside a store, moved in: its rows in place of those that were there, and the difference to the ledger."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge

from attrs import frozen

from wiifm.archive.chain import Seal
from wiifm.archive.codec import pack, unpack
from wiifm.archive.paging import pages
from wiifm.archive.rows import EVENT
from wiifm.archive.stored_book import book_row, facts, purses_of
from wiifm.archive.tables import BOOKS, COMMITS, DAYS, DAYS_UPTO, ENTRIES, EVENTS, FACTS, HOLDERS
from wiifm.archive.versions import drop_old_tables
from wiifm.collector import young_generation_only
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Key, Reading, Row, Store, Table, Writing
from wiifm.upkeep.compare_rows import DERIVED
from wiifm.upkeep.corrections import Ledgers, corrections, renewed
from wiifm.upkeep.replay import last_commit, last_number
from wiifm.upkeep.shadow import RETOLD

CORRECTIONS = Table("corrections", ENTRIES.columns, key=("no",))
"""Entries to append, as they are set aside beside a store."""

PAGE = 10_000
"""How many rows are moved at once."""


@young_generation_only()
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


@frozen
class Staged:
    """Corrections that are set aside: how many entries the ledger had, and the one that was made, and the numbers of its holders by those there."""

    entries: int
    made: int
    numbers: Mapping[int, int]


@young_generation_only()
def stage(session: Reading, scratch: Store, books: tuple[str, str]) -> Staged:
    """Keep the corrections in a table of their own: nobody may change a ledger while they read it.

    Args:
        books: the digests of the book by which it was made, and of the one before.
    """
    _, _, entries = last_commit(session)
    scratch.prepare([CORRECTIONS])
    with scratch.reading() as made, scratch.writing() as into:
        found = Staged(entries, last_number(made, ENTRIES), numbers_of(session, made))
        into.cut(CORRECTIONS, (), (0,))
        ledgers = Ledgers(session, made, found.numbers, books, entries)
        for page in pages(corrections(ledgers), PAGE):
            into.insert(CORRECTIONS, page)
    return found


def still_due(
    session: Writing, scratch: Store, aside: Staged, books: tuple[str, str]
) -> Iterator[Row]:
    """The corrections that were set aside, and what was booked since, here and there: only what that concerns is looked for once more."""
    with scratch.reading() as made:
        numbers = numbers_of(session, made)
    if numbers != aside.numbers:  # who is new has another number by now
        aside = stage(session, scratch, books)
    _, _, entries = last_commit(session)
    with scratch.reading() as made:
        again = {
            str(row[EVENT])
            for reading, upto in ((session, aside.entries), (made, aside.made))
            for row in reading.scan(ENTRIES, since=(upto + 1,))
        }
        rows = made.scan(CORRECTIONS)
        if again:
            ledgers = Ledgers(session, made, numbers, books, entries)
            rows = renewed(ledgers, rows, aside.entries, again)
        yield from rows


def by_key(session: Reading, table: Table) -> Iterator[list[Row]]:
    """All rows of a table in the order of its key, so many at once; those that were taken may be changed, and others put in their place."""
    key, page = _key_of(table), [*session.scan(table, most=PAGE)]
    while page:
        yield page
        last = key(page[-1])
        page = [*session.scan(table, since=last, most=PAGE + 1)]
        if page and key(page[0]) == last:
            del page[0]


def _key_of(table: Table) -> Callable[[Row], Key]:
    """What tells the key of a row of a table."""
    places = [table.place(column) for column in table.key]
    return lambda row: tuple([row[place] for place in places])


def _replace(session: Writing, made: Reading, table: Table, numbers: dict[int, int]) -> None:
    """Have the rows of a table be those that were made; those that are there already aren't written."""
    key = _key_of(table)
    rows = pages(_made_of(made, table, numbers), PAGE)
    for there, wanted in spans(by_key(session, table), rows, key):
        if there == wanted:  # as most are, and compared soonest
            continue
        known = {*there}
        new = [row for row in wanted if row not in known]
        keys = {*map(key, new)}
        gone = [each for each in map(key, known.difference(wanted)) if each not in keys]
        if gone:
            session.delete(table, gone)
        if new:
            session.put(table, new)


def _made_of(made: Reading, table: Table, numbers: dict[int, int]) -> Iterator[Row]:
    """The rows of a table as they were made, under the numbers that holders have in the store, in the order of the key."""
    column = "no" if table is HOLDERS else "holder"
    if not numbers or column not in table.columns:
        return made.scan(table)
    place = table.place(column)
    moved = (
        (*row[:place], number, *row[place + 1 :])
        for number, was in sorted((number, was) for was, number in numbers.items())
        for row in made.scan(table, (was,))  # whose keys begin with it
    )
    rest = (row for row in made.scan(table) if row[place] not in numbers)
    return merge(rest, moved, key=_key_of(table))


def spans(
    one: Iterator[list[Row]], other: Iterator[list[Row]], key: Callable[[Row], Key]
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Rows that come from two sides in the order of their keys, some at once: those of both up to the same key.

    >>> list(spans(iter([[(1,), (2,)], [(5,)]]), iter([[(2,), (3,)], [(4,)]]), tuple))
    [([(1,), (2,)], [(2,)]), ([], [(3,)]), ([], [(4,)]), ([(5,)], [])]
    """
    mine, theirs = next(one, []), next(other, [])
    while mine or theirs:
        end = min(key(rows[-1]) for rows in (mine, theirs) if rows)
        here, there = (bisect_right(rows, end, key=key) for rows in (mine, theirs))
        yield mine[:here], theirs[:there]
        mine, theirs = mine[here:] or next(one, []), theirs[there:] or next(other, [])


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
    drop_old_tables(session)
