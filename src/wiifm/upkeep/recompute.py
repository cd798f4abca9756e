"""Recompute a store in a temporary file, and compare every row."""

from __future__ import annotations

from wiifm.archive.archive import Archive
from wiifm.archive.codec import pack, unpack
from wiifm.archive.commits import counts_of
from wiifm.archive.damage import unsound_cells
from wiifm.archive.log import ID
from wiifm.archive.paging import pages
from wiifm.archive.sound import UNREADABLE, Soundness
from wiifm.archive.stored_book import facts
from wiifm.archive.tables import COMMITS, ENTRIES, EVENTS, FACTS, HOLDERS, RECEIPTS
from wiifm.collector import young_generation_only
from wiifm.faults import StoreFault, WiifmError, short, shown
from wiifm.program import compile_book
from wiifm.program.amounts import in_points
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Row, Store
from wiifm.upkeep.compare_days import differing_day
from wiifm.upkeep.compare_outbox import outbox_differences
from wiifm.upkeep.compare_rows import Difference, differences
from wiifm.upkeep.corrections import Ledgers, corrections
from wiifm.upkeep.rebuild import KIND, Order, rebuild
from wiifm.upkeep.replay import batches, commit_of, replay
from wiifm.upkeep.scratch import temporary
from wiifm.upkeep.staging import PAGE


def recompute_and_compare(
    reading: Reading, book: RuleBook, outbox: Reading | None
) -> Difference | None:
    """The first difference between a store and what its events give.

    Args:
        outbox: where to read the outbox, if deliveries began in the store.

    Raises:
        StoreFault: the store can't be read, or there is no room for the temporary file.
    """
    with temporary() as scratch:
        try:
            done, wrong = _up_to_last_rescore(reading, scratch, book)
            if wrong is not None:
                return wrong
            replay(batches(reading, done), Archive.open(scratch, book))
        except StoreFault:
            raise
        except (WiifmError, *UNREADABLE) as error:
            return _why_not_recorded(reading, book, error)
        with scratch.reading() as other, young_generation_only():
            wrong = next(differences(reading, other), None) or _differing_fact(reading, other)
        archive = Archive.open(scratch, book)
        wrong = wrong or differing_day(reading, archive)
        return wrong or (next(outbox_differences(outbox, archive), None) if outbox else None)


def _why_not_recorded(reading: Reading, book: RuleBook, error: Exception) -> Difference:
    """The difference because of which events couldn't be recorded again: a cell of theirs that wiifm can't have written, or what was raised."""
    soundness = Soundness(compile_book(book))
    for found in unsound_cells(reading, soundness, (EVENTS,)):
        key, cell = str(found.row[0]), found.row[EVENTS.place(found.column)]
        what = f"{found.column} {short(cell)}"
        return Difference("events", key, str(found.row[ID]), None, None, what, found.expected)
    expected = "a log that can be recorded"
    return Difference("events", "", None, None, None, shown(error), expected)


def _up_to_last_rescore(
    reading: Reading, scratch: Store, book: RuleBook
) -> tuple[int, Difference | None]:
    """Recompute the state at the last commit that rescored, and return the number of that commit (0 if none did), and the first wrong sum."""
    rescored = [row for row in reading.scan(COMMITS) if str(row[4]).startswith(KIND)]
    if not rescored:
        return 0, None
    no, _, entries = counts_of(rescored[-1])
    order, holders = Order.of(str(rescored[-1][4])), int(str(rescored[-1][3]))
    rebuild(reading, Archive.open(scratch, book), order, no, holders)
    with scratch.reading() as made:
        wrong = next(corrections(Ledgers(reading, made, {}, (book.digest, ""), entries)), None)
    if wrong is not None:
        return no, _wrong_sum(reading, wrong, book)
    _copy_ledger(reading, scratch, no)
    return no, None


def _wrong_sum(reading: Reading, correction: Row, book: RuleBook) -> Difference:
    """A sum in the ledger that isn't what the events give, described by the correction that it would need."""
    _, number, event, rule, purse, _, amount = correction[:7]
    (holder,) = reading.find(HOLDERS, [(number,)])
    who = f"{holder[1]!s} {holder[2]!s}"
    known = book.purses.get(str(purse))
    missing = in_points(int(str(amount)), known.decimals if known else 0)
    found = f"a sum of {purse!s} that is {abs(missing)} too {'low' if missing > 0 else 'high'}"
    expected = "what the events give this holder by this rule"
    return Difference("entries", str(correction[9]), str(event), str(rule), who, found, expected)


def _copy_ledger(reading: Reading, scratch: Store, commit: int) -> None:
    """Copy the ledger, the receipts and the chain up to a commit, so that the recomputed archive continues from them."""
    no, events, entries = commit_of(reading, commit)
    with scratch.writing() as session:
        for table, end in ((ENTRIES, entries), (COMMITS, no)):
            session.cut(table, (), (0,))
            session.insert(table, reading.scan(table, before=(end + 1,)))
        session.cut(RECEIPTS, (), ("",))
        for page in pages(reading.scan(EVENTS, before=(events + 1,)), PAGE):
            session.insert(RECEIPTS, reading.find(RECEIPTS, [(row[1],) for row in page]))
        linked = str(reading.find(COMMITS, [(no,)])[0][-1])
        state = unpack(facts(session)["state"])
        now = {"state": pack((no, events, entries, *state[3:])), "chain": linked}
        session.put(FACTS, now.items())


def _differing_fact(reading: Reading, other: Reading) -> Difference | None:
    """The first fact that differs, apart from the chain, which has random salts."""
    found, expected = facts(reading), facts(other)
    for name in sorted({**found, **expected}):
        if name != "chain" and found.get(name) != expected.get(name):
            values = (str(each.get(name)) for each in (found, expected))
            return Difference("facts", name, None, None, None, *values)
    return None
