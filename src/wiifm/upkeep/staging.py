"""Move a recomputed state into its store: replace the rows of derived tables, and append corrections to the ledger.

Corrections are computed before the transaction, and *staged* in a table of the scratch store. In the transaction, only what was recorded since
then is compared again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge

from attrs import frozen

from wiifm.archive.chain import Seal
from wiifm.archive.codec import pack, unpack
from wiifm.archive.paging import pages
from wiifm.archive.rows import EVENT
from wiifm.archive.stored_book import facts, purses_of, row_to_keep
from wiifm.archive.tables import BOOKS, COMMITS, DAYS, DAYS_UPTO, ENTRIES, EVENTS, FACTS, HOLDERS
from wiifm.archive.versions import drop_old_tables
from wiifm.collector import young_generation_only
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Key, Reading, Row, Store, Table, Writing
from wiifm.upkeep.compare_rows import DERIVED
from wiifm.upkeep.corrections import Ledgers, corrections, updated
from wiifm.upkeep.replay import last_commit, last_number
from wiifm.upkeep.shadow import CHANGED_EVENTS

CORRECTIONS = Table("corrections", ENTRIES.columns, key=("no",))
"""The table of the scratch store with the staged corrections."""

PAGE = 10_000
"""How many rows are moved at once."""


@young_generation_only()
def move(
    session: Writing, made: Reading, book: RuleBook, seal: Seal, rows: Iterable[Row]
) -> tuple[int, int]:
    """Move a recomputed state into its store, and write the commit.

    Args:
        session: the transaction in the store.
        made: the recomputed state.
        book: the rule book that it was recomputed by.
        seal: the seal of the commit.
        rows: the corrections to append to the ledger.

    Returns:
        How many corrections were appended, and how many events the store has.
    """
    no, events, entries = last_commit(session)
    numbers, appended = changed_numbers(session, made), 0
    for page in pages(rows, PAGE):
        session.insert(ENTRIES, page)
        seal.add(page)
        appended += len(page)
    for table in DERIVED:
        _replace(session, made, table, numbers)
    _update_events(session, made)
    for table in (DAYS, DAYS_UPTO):
        session.cut(table, (), (0,))
    _write_commit(session, made, book, seal, (no + 1, events, entries + appended))
    return appended, events


def changed_numbers(session: Reading, made: Reading) -> dict[int, int]:
    """The holders whose number in the recomputed state isn't the one that they have, or get, in the store: the latter by the former."""
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
    """What the staged corrections are based on.

    ``entries`` and ``made`` are how many entries the ledgers of the store and of the recomputed state had; ``numbers`` are the
    :func:`changed_numbers` of holders.
    """

    entries: int
    made: int
    numbers: Mapping[int, int]


@young_generation_only()
def stage(session: Reading, scratch: Store, books: tuple[str, str]) -> Staged:
    """Compute the corrections into a table of the scratch store: a ledger can't be appended to while it is read.

    Args:
        session: the store.
        scratch: the store with the recomputed state.
        books: the digests of the new rule book, and of the previous one.
    """
    _, _, entries = last_commit(session)
    scratch.prepare([CORRECTIONS])
    with scratch.reading() as made, scratch.writing() as into:
        staged = Staged(entries, last_number(made, ENTRIES), changed_numbers(session, made))
        into.cut(CORRECTIONS, (), (0,))
        ledgers = Ledgers(session, made, staged.numbers, books, entries)
        for page in pages(corrections(ledgers), PAGE):
            into.insert(CORRECTIONS, page)
    return staged


def remaining_corrections(
    session: Writing, scratch: Store, staged: Staged, books: tuple[str, str]
) -> Iterator[Row]:
    """All corrections that are due now. Only events for which either ledger has a new entry since staging are compared again.

    Args:
        session: the transaction in the store.
        scratch: the store with the recomputed state and the staged corrections.
        staged: what these are based on.
        books: the digests of the new rule book, and of the previous one.
    """
    with scratch.reading() as made:
        numbers = changed_numbers(session, made)
    if numbers != staged.numbers:  # a new holder has taken a number
        staged = stage(session, scratch, books)
    _, _, entries = last_commit(session)
    with scratch.reading() as made:
        changed = {
            str(row[EVENT])
            for reading, upto in ((session, staged.entries), (made, staged.made))
            for row in reading.scan(ENTRIES, since=(upto + 1,))
        }
        rows = made.scan(CORRECTIONS)
        if changed:
            ledgers = Ledgers(session, made, numbers, books, entries)
            rows = updated(ledgers, rows, staged.entries, changed)
        yield from rows


def pages_by_key(session: Reading, table: Table) -> Iterator[list[Row]]:
    """The rows of a table in the order of its key, page by page. Rows of pages that were taken may be changed or replaced during the iteration."""
    key, page = _key_of(table), [*session.scan(table, most=PAGE)]
    while page:
        yield page
        last = key(page[-1])
        page = [*session.scan(table, since=last, most=PAGE + 1)]
        if page and key(page[0]) == last:
            del page[0]


def _key_of(table: Table) -> Callable[[Row], Key]:
    """A function that returns the key of a row of a table."""
    places = [table.place(column) for column in table.key]
    return lambda row: tuple([row[place] for place in places])


def _replace(session: Writing, made: Reading, table: Table, numbers: dict[int, int]) -> None:
    """Replace the rows of a table by the recomputed ones, writing only those that differ."""
    key = _key_of(table)
    rows = pages(_recomputed_rows(made, table, numbers), PAGE)
    for there, wanted in spans(pages_by_key(session, table), rows, key):
        if there == wanted:  # the usual case
            continue
        known = {*there}
        new = [row for row in wanted if row not in known]
        keys = {*map(key, new)}
        gone = [each for each in map(key, known.difference(wanted)) if each not in keys]
        if gone:
            session.delete(table, gone)
        if new:
            session.put(table, new)


def _recomputed_rows(made: Reading, table: Table, numbers: dict[int, int]) -> Iterator[Row]:
    """The recomputed rows of a table in the order of its key, with the numbers that holders have in the store."""
    column = "no" if table is HOLDERS else "holder"
    if not numbers or column not in table.columns:
        return made.scan(table)
    place = table.place(column)
    moved = (
        (*row[:place], number, *row[place + 1 :])
        for number, was in sorted((number, was) for was, number in numbers.items())
        for row in made.scan(table, (was,))  # the number is the first cell of the key
    )
    rest = (row for row in made.scan(table) if row[place] not in numbers)
    return merge(rest, moved, key=_key_of(table))


def spans(
    one: Iterator[list[Row]], other: Iterator[list[Row]], key: Callable[[Row], Key]
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Pair up the rows of two sides, which come in pages sorted by key: each pair has all rows of both sides up to a common key.

    >>> list(spans(iter([[(1,), (2,)], [(5,)]]), iter([[(2,), (3,)], [(4,)]]), tuple))
    [([(1,), (2,)], [(2,)]), ([], [(3,)]), ([], [(4,)]), ([(5,)], [])]
    """
    mine, theirs = next(one, []), next(other, [])
    while mine or theirs:
        end = min(key(rows[-1]) for rows in (mine, theirs) if rows)
        here, there = (bisect_right(rows, end, key=key) for rows in (mine, theirs))
        yield mine[:here], theirs[:there]
        mine, theirs = mine[here:] or next(one, []), theirs[there:] or next(other, [])


def _update_events(session: Writing, made: Reading) -> None:
    """Update the cells of events that follow from the rule book, where it gives other ones."""
    for page in pages(made.scan(CHANGED_EVENTS), PAGE):
        session.put(EVENTS, made.find(EVENTS, page))


def _write_commit(
    session: Writing, made: Reading, book: RuleBook, seal: Seal, counts: tuple[int, int, int]
) -> None:
    """Write the commit, the rule book and the facts of the store."""
    known = facts(session)
    row = seal.commit((*counts, last_number(session, HOLDERS)), known["chain"])
    state = pack((*row[:4], *unpack(facts(made)["state"])[4:]))
    session.insert(COMMITS, [row])
    if to_keep := row_to_keep(session, book):
        session.put(BOOKS, [to_keep])
    now = {"book": book.digest, "purses": purses_of(book), "chain": row[-1], "state": state}
    session.put(FACTS, now.items())
    drop_old_tables(session)
