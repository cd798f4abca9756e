"""Erase parts of events from a store, so that nothing else changes and the chain of commits holds.

First the store is recomputed in a scratch store, as it would be without what is to be erased. If anybody would then have more or less, the
erasure is refused. Otherwise one transaction erases from the log, the ledger, the receipts and the outbox, replaces the derived tables by the
recomputed ones, and writes a commit. Commits that sealed a row that changed get a *redaction*: a new body, sealed by the new commit.

:mod:`wiifm.upkeep.forgetting` and :mod:`wiifm.retention` say what is erased, as an :class:`Erasure`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, Protocol

from attrs import frozen

from wiifm.accounts import filled_in
from wiifm.activities import Slot
from wiifm.archive.chain import Seal
from wiifm.archive.codec import slot_of, unpack
from wiifm.archive.commits import Commit, body_of, commits, sealed_cells
from wiifm.archive.log import event_of
from wiifm.archive.paging import pages
from wiifm.archive.rows import AMOUNT, EVENT, HOLDER, PURSE, RULE, SAID, SAY, SLOT
from wiifm.archive.stored_book import facts
from wiifm.archive.tables import (
    COMMITS,
    ENTRIES,
    EVENTS,
    HOLDERS,
    RECEIPTS,
    REDACTIONS,
    TABLES,
)
from wiifm.faults import StoreBusy, StoreFault
from wiifm.outbox.tables import erase_reasons, has_outbox
from wiifm.program.amounts import in_points
from wiifm.records import Grant
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Key, Reading, Row, Store, Table, Writing
from wiifm.upkeep.checkpoint import open_checkpoint, scratch_store
from wiifm.upkeep.rebuild import Order, rebuild
from wiifm.upkeep.redaction import receipt_unquoted
from wiifm.upkeep.replay import last_commit
from wiifm.upkeep.shadow import Shadow
from wiifm.upkeep.staging import PAGE, Staged, move, pages_by_key, remaining_corrections, stage


class Erasure(Protocol):
    """What is to be erased: maps each row to what remains of it."""

    def concerns(self, event: Row) -> bool:
        """Whether something of an event is to be erased."""

    def event(self, row: Row) -> Row:
        """What remains of an event."""

    def holder(self, row: Row) -> Row:
        """What remains of a holder."""

    def entry(self, row: Row) -> Row:
        """What remains of an entry, apart from its sentence, which isn't changed here."""

    def receipt(self, row: Row) -> Row:
        """What remains of a receipt."""


@frozen
class ErasedView(Reading):
    """A view of an archive as if the erasure were done already: what recomputing it reads of the log and the holders."""

    reading: Reading
    erasure: Erasure

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; supports no events, and holders only by their names."""
        assert table is not EVENTS
        if table is not HOLDERS:
            return self.reading.find(table, keys, index)
        assert index == "name"
        names = {*keys}
        return [row for row in self.scan(HOLDERS) if row[1:3] in names]

    def scan(
        self, table: Table, within: Key = (), index: str | None = None, **bounds: Any
    ) -> Iterator[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`."""
        rows = self.reading.scan(table, within, index, **bounds)
        if table is EVENTS:
            return map(self.erasure.event, rows)
        return map(self.erasure.holder, rows) if table is HOLDERS else rows


@frozen
class Erased:
    """The number of events, entries and commits from which something was erased."""

    events: int
    entries: int
    commits: int


@frozen
class ErasingTransaction:
    """The transaction that erases.

    Args:
        session: the transaction in the store.
        scratch: the store as it would be without what is erased.
        book: the rule book of the store.
        erasure: what to erase.
        order: the order in which ``scratch`` was recomputed.
        affected: the events from which something is erased: their ids by their numbers.
        grants: the grants of the book by rule and slot, whose sentences the entries have.
        has_outbox: whether deliveries may have begun in the store.
        staged: the corrections that were computed before the transaction; there have to be none.
    """

    session: Writing
    scratch: Store
    book: RuleBook
    erasure: Erasure
    order: Order
    affected: Mapping[int, str]
    grants: Mapping[tuple[str, Slot], Grant]
    has_outbox: bool
    staged: Staged

    def erase(self, refusal: str, renamed: Mapping[int, str], note: str = "") -> Erased:
        """Erase from the ledger, the log, the outbox (why notices weren't delivered) and the receipts, and write the commit.

        Args:
            refusal: how the error message begins if anybody would have more or less.
            renamed: the holders that were renamed in this transaction: their former names by their numbers.
            note: what to append to the kind of the commit.

        Raises:
            StoreFault: somebody would have more or less.
        """
        self._check(refusal)
        entries = self._erase_entries(renamed)
        self._erase_events()
        if self.has_outbox:
            erase_reasons(self.session, {*self.affected.values()})
        receipts = self._erase_receipts()
        commits = self._commit({*self.affected, *receipts}, entries, note)
        return Erased(len(self.affected), len(entries), commits)

    def _check(self, refusal: str) -> None:
        """Check that nobody would have more or less.

        Raises:
            StoreFault: somebody would.
        """
        books = (self.book.digest, self.book.digest)
        wrong = next(remaining_corrections(self.session, self.scratch, self.staged, books), None)
        if wrong is not None:
            raise StoreFault(
                f"{refusal}: what the rule {wrong[RULE]!s} gave for the event {wrong[EVENT]!s} depends on "
                "a text that would be erased; if a plugin's function reads that field, keep it (--keep FIELD, in Python keep=...)"
            )

    def _erase_events(self) -> None:
        for numbers in pages(self.affected, PAGE):
            rows = self.session.find(EVENTS, [(no,) for no in numbers])
            self.session.put(EVENTS, map(self.erasure.event, rows))

    def _erase_receipts(self) -> set[int]:
        """Erase from receipts, with all messages of plugins' errors, and return the numbers of the events whose receipts changed."""
        found: set[int] = set()
        for page in pages_by_key(self.session, RECEIPTS):
            without = [
                now for row in page if (now := receipt_unquoted(self.erasure.receipt(row))) != row
            ]
            self.session.put(RECEIPTS, without)
            events = self.session.find(EVENTS, [(name,) for name, _ in without], index="id")
            found.update(int(str(event[0])) for event in events)
        return found

    def _erase_entries(self, renamed: Mapping[int, str]) -> list[int]:
        """Erase from entries, and return the numbers of those that changed. It reads the events as they were, so these are erased later.

        A sentence stays as it is unless it contains a text that is erased. Then it is made again from what remains of the event.
        """
        found: list[int] = []
        for page in self._candidates(renamed):
            events, holders = self._events_and_holders(page)
            now = [
                self._remains(row, events[row[EVENT]], holders[row[HOLDER]], renamed)
                for row in page
            ]
            changed = [each for each, row in zip(now, page, strict=True) if each != row]
            self.session.put(ENTRIES, changed)
            found += [int(str(row[0])) for row in changed]
        return found

    def _candidates(self, renamed: Mapping[int, str]) -> Iterator[list[Row]]:
        """The entries that may have to change, page by page: those for an affected event or a renamed holder, and all with words or a grade."""
        events, (_, _, last) = {*self.affected.values()}, last_commit(self.session)
        columns = ("no", "holder", "event", "said", "grade")
        for first in range(1, last + 1, PAGE):
            since, before = (first,), (first + PAGE,)
            cells = self.session.sift(ENTRIES, since=since, before=before, columns=columns)
            numbers = [
                (no,)
                for no, holder, event, *more in cells
                if event in events or holder in renamed or more != [None, None]
            ]
            yield sorted(self.session.find(ENTRIES, numbers), key=itemgetter(0))

    def _events_and_holders(self, page: list[Row]) -> tuple[dict[Cell, Row], dict[Cell, str]]:
        """The events that some entries are for, by id, and the present names of their holders, by number."""
        names = {(row[EVENT],) for row in page}
        events = {row[1]: row for row in self.session.find(EVENTS, names, index="id")}
        numbers = {(row[HOLDER],) for row in page}
        return events, {row[0]: str(row[2]) for row in self.session.find(HOLDERS, numbers)}

    def _remains(self, row: Row, event: Row, holder: str, renamed: Mapping[int, str]) -> Row:
        """What remains of an entry, with its sentence."""
        left, now = self.erasure.event(event), self.erasure.entry(row)
        if left is event and now is row and row[HOLDER] not in renamed:
            return row
        words, still = dict(_words(event, row)), dict(_words(left, now))
        gone = [text for place, text in words.items() if still.get(place) != text]
        gone += [before for number, before in renamed.items() if number == row[HOLDER]]
        if any(text in str(row[SAY]) for text in gone):
            now = (*now[:SAY], self._sentence(now, left, holder), *now[SAY + 1 :])
        return now

    def _sentence(self, row: Row, event: Row, holder: str) -> str:
        """The sentence of an entry, made from what remains of its event; the name of its rule if the book doesn't have that grant any more."""
        grant = self.grants.get((str(row[RULE]), slot_of(str(row[SLOT]))))
        if grant is None or grant.purse != row[PURSE]:
            return str(row[RULE])
        points = in_points(int(str(row[AMOUNT])), self.book.purses[grant.purse].decimals)
        return filled_in(grant, event_of(event), holder, _said(row), str(points))

    def _commit(self, events: Collection[int], entries: Collection[int], note: str) -> int:
        """Write the commit and the redactions, and move in the recomputed tables.

        Args:
            events: the numbers of the events from which, or from whose receipts, something was erased.
            entries: the numbers of the entries from which something was erased.
            note: what to append to the kind of the commit.

        Returns:
            The number of commits that were redacted.
        """
        by = 1 + last_commit(self.session)[0]
        seal = Seal(f"{self.order.kind}{note}", self.book.digest)
        rows = list(_redactions(self.session, events, entries, by))
        self.session.insert(REDACTIONS, rows)
        seal.add(map(sealed_cells, rows))
        with self.scratch.reading() as made:
            move(self.session, made, self.book, seal, ())  # no corrections: _check found none
        return len(rows)


@contextmanager
def erasing(store: Store, book: RuleBook, erasure: Erasure) -> Iterator[ErasingTransaction]:
    """A transaction to erase in. Most of the recomputing is done before it begins, so that others can record during that time."""
    store.prepare(TABLES)
    outbox = has_outbox(store)
    with scratch_store(None, store, book) as scratch:
        shadow = Shadow.open(scratch, book)
        with store.reading() as reading:
            start = open_checkpoint(reading, scratch, book)
            rebuild(ErasedView(reading, erasure), shadow, start.order)
            affected, (_, events, _) = _affected(reading, erasure, 0), last_commit(reading)
            staged = stage(ErasedView(reading, erasure), scratch, (book.digest, book.digest))
        with store.writing() as session:
            _check_book(session, book)
            start.check(session, book, book.digest)
            rebuild(ErasedView(session, erasure), shadow, start.order)
            affected |= _affected(session, erasure, events)
            grants = shadow.program.grants
            yield ErasingTransaction(
                session, scratch, book, erasure, start.order, affected, grants, outbox, staged
            )


def _check_book(session: Reading, book: RuleBook) -> None:
    """Check that the store has the same book as when erasing began. By another one the same is erased, so it may just be repeated.

    Raises:
        StoreBusy: it has another one.
    """
    if (now := facts(session)["book"]) != book.digest:
        raise StoreBusy(
            f"while this command ran, the store was rescored by the rule book {now}, and nothing was erased; try again, by that one"
        )


def _affected(reading: Reading, erasure: Erasure, after: int) -> dict[int, str]:
    """The events with a number greater than ``after`` from which something is erased: their ids by their numbers."""
    rows = reading.scan(EVENTS, since=(after + 1,))
    return {int(str(row[0])): str(row[1]) for row in rows if erasure.concerns(row)}


def _said(entry: Row) -> Mapping[str, object]:
    """The words that are kept with an entry."""
    return {} if entry[SAID] is None else unpack(str(entry[SAID]))


def _words(event: Row, entry: Row) -> Iterator[tuple[tuple[object, ...], str]]:
    """The names and texts that the sentence of an entry may contain, each with the place that it comes from."""
    found = event_of(event)
    named = {"actor": found.actor, "recipient": found.recipient}
    for part, words in (("event", named), ("data", found.data), ("said", _said(entry))):
        for key, value in words.items():
            for number, text in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(text, str) and text:
                    yield (part, key, number), text


def _redactions(
    session: Writing, events: Collection[int], entries: Collection[int], by: int
) -> Iterator[Row]:
    """The redactions of the commits that added the given events and entries, sealed by the commit ``by``.

    It erases the former salts of these commits: with them, a guess at an erased text could be confirmed.
    """
    events, entries = sorted(events), sorted(entries)
    touched = [
        each
        for each in commits(session)
        if _within(events, each.events) or _within(entries, each.entries)
    ]
    for commit in touched:
        _erase_salts(session, commit)
        seal = Seal(commit.kind, commit.book)
        yield commit.no, by, seal.salt, body_of(session, commit, seal.salt)


def _within(numbers: list[int], span: tuple[int, int]) -> bool:
    """Whether any of the numbers, which are sorted, is greater than the first of a span and not greater than the last."""
    place = bisect_right(numbers, span[0])
    return place < len(numbers) and numbers[place] <= span[1]


def _erase_salts(session: Writing, commit: Commit) -> None:
    (row,) = session.find(COMMITS, [(commit.no,)])
    session.put(COMMITS, [(*row[:6], "", *row[7:])])
    earlier = session.find(REDACTIONS, [(commit.no,)])
    session.put(REDACTIONS, [(*each[:2], "", each[3]) for each in earlier])
