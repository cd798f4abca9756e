"""Some of what a log tells is erased, and nothing else changes: without it all is decided anew, and the chain stays whole."""

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
from wiifm.archive.log import event_of
from wiifm.archive.paging import pages
from wiifm.archive.rows import AMOUNT, EVENT, HOLDER, PURSE, RULE, SAID, SAY, SLOT
from wiifm.archive.tables import (
    COMMITS,
    ENTRIES,
    EVENTS,
    HOLDERS,
    RECEIPTS,
    REDACTIONS,
    TABLES,
)
from wiifm.faults import StoreFault
from wiifm.outbox.tables import erase_reasons, has_outbox
from wiifm.program.amounts import in_points
from wiifm.records import Grant
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Key, Reading, Row, Store, Table, Writing
from wiifm.upkeep.checkpoint import begun, scratch_store
from wiifm.upkeep.commits import Commit, body_of, commits, sealed
from wiifm.upkeep.rebuild import Order, rebuild
from wiifm.upkeep.redaction import receipt_unquoted
from wiifm.upkeep.replay import last_commit
from wiifm.upkeep.shadow import Shadow
from wiifm.upkeep.staging import PAGE, Staged, by_key, move, stage, still_due


class Erasure(Protocol):
    """What goes from rows, and what stays."""

    def concerns(self, event: Row) -> bool:
        """Whether something goes from an event."""

    def event(self, row: Row) -> Row:
        """What stays of an event."""

    def holder(self, row: Row) -> Row:
        """What stays of a holder."""

    def entry(self, row: Row) -> Row:
        """What stays of an entry, but for its sentence."""

    def receipt(self, row: Row) -> Row:
        """What stays of a receipt."""


@frozen
class Without(Reading):
    """An archive as it would be without what is erased: its log and its holders, read in order."""

    reading: Reading
    erasure: Erasure

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """See :class:`~wiifm.stores.protocol.Reading`; nobody finds an event so, and holders only by their names."""
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
    """From how many events and entries something was erased, and in how many commits."""

    events: int
    entries: int
    commits: int


@frozen
class Erasing:
    """The transaction in which something is erased, and beside it what the store would hold without that.

    ``order`` is the one in which that was decided; ``concerned`` are the events from which something goes: their
    ids by their numbers; ``grants`` say what entries are told by; ``told`` is whether deliveries may have begun; ``aside`` is what was looked
    at before whether anybody would have more or less.
    """

    session: Writing
    scratch: Store
    book: RuleBook
    erasure: Erasure
    order: Order
    concerned: Mapping[int, str]
    grants: Mapping[tuple[str, Slot], Grant]
    told: bool
    aside: Staged

    def erase(self, what: str, renamed: Mapping[int, str], more: str = "") -> Erased:
        """Erase from the ledger, the log, why notices weren't delivered, and receipts, and write the commit that did.

        Args:
            what: what can't be done where somebody would have more or less because of it.
            renamed: the holders that have another name by now, by their numbers, each with the one before.
            more: what the commit says of itself beside.

        Raises:
            StoreFault: somebody would.
        """
        self._check(what)
        entries = self._entries(renamed)
        self._events()
        if self.told:
            erase_reasons(self.session, {*self.concerned.values()})
        receipts = self._receipts()
        commits = self._conclude({*self.concerned, *receipts}, entries, more)
        return Erased(len(self.concerned), len(entries), commits)

    def _check(self, what: str) -> None:
        """Nobody may have more or less because of it.

        Raises:
            StoreFault: somebody has; ``what`` is what can't be done then.
        """
        books = (self.book.digest, self.book.digest)
        wrong = next(still_due(self.session, self.scratch, self.aside, books), None)
        if wrong is not None:
            raise StoreFault(
                f"{what}: what the rule {wrong[RULE]!s} gave for the event {wrong[EVENT]!s} depends on "
                "what would be erased; if a function reads a field of it, keep that (keep=...)"
            )

    def _events(self) -> None:
        """Erase from the log."""
        for numbers in pages(self.concerned, PAGE):
            rows = self.session.find(EVENTS, [(no,) for no in numbers])
            self.session.put(EVENTS, map(self.erasure.event, rows))

    def _receipts(self) -> set[int]:
        """Erase from what was said, and what functions said as they raised; answers the numbers of the events whose receipts changed."""
        found: set[int] = set()
        for page in by_key(self.session, RECEIPTS):
            without = [
                now for row in page if (now := receipt_unquoted(self.erasure.receipt(row))) != row
            ]
            self.session.put(RECEIPTS, without)
            events = self.session.find(EVENTS, [(name,) for name, _ in without], index="id")
            found.update(int(str(event[0])) for event in events)
        return found

    def _entries(self, renamed: Mapping[int, str]) -> list[int]:
        """Erase from the ledger, before anything goes from the log; answers the numbers of the entries that changed.

        A sentence stays as it was told, unless something stands in it that goes. Then it is told anew, of what is left.
        """
        found: list[int] = []
        for page in self._touched(renamed):
            events, holders = self._behind(page)
            now = [
                self._entry(row, events[row[EVENT]], holders[row[HOLDER]], renamed) for row in page
            ]
            changed = [each for each, row in zip(now, page, strict=True) if each != row]
            self.session.put(ENTRIES, changed)
            found += [int(str(row[0])) for row in changed]
        return found

    def _touched(self, renamed: Mapping[int, str]) -> Iterator[list[Row]]:
        """The entries from which anything may go: those for events that are concerned or of a holder with another name, and those that say more than words."""
        events, (_, _, last) = {*self.concerned.values()}, last_commit(self.session)
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

    def _behind(self, page: list[Row]) -> tuple[dict[Cell, Row], dict[Cell, str]]:
        """The events that some entries are for, and what their holders are called by now."""
        names = {(row[EVENT],) for row in page}
        events = {row[1]: row for row in self.session.find(EVENTS, names, index="id")}
        numbers = {(row[HOLDER],) for row in page}
        return events, {row[0]: str(row[2]) for row in self.session.find(HOLDERS, numbers)}

    def _entry(self, row: Row, event: Row, holder: str, renamed: Mapping[int, str]) -> Row:
        left, now = self.erasure.event(event), self.erasure.entry(row)
        if left is event and now is row and row[HOLDER] not in renamed:
            return row
        words, still = dict(_words(event, row)), dict(_words(left, now))
        gone = [text for place, text in words.items() if still.get(place) != text]
        gone += [before for number, before in renamed.items() if number == row[HOLDER]]
        if any(text in str(row[SAY]) for text in gone):
            now = (*now[:SAY], self._told(now, left, holder), *now[SAY + 1 :])
        return now

    def _told(self, row: Row, event: Row, holder: str) -> str:
        """The sentence of an entry, of what is left of its event; what its rule is called, if the book doesn't say it any more."""
        grant = self.grants.get((str(row[RULE]), slot_of(str(row[SLOT]))))
        if grant is None or grant.purse != row[PURSE]:
            return str(row[RULE])
        points = in_points(int(str(row[AMOUNT])), self.book.purses[grant.purse].decimals)
        return filled_in(grant, event_of(event), holder, _said(row), str(points))

    def _conclude(self, events: Collection[int], entries: Collection[int], more: str) -> int:
        """Write the commit that erased from some events, or their receipts, and entries, and move in what was made; answers of how many commits something was erased."""
        by = 1 + last_commit(self.session)[0]
        seal = Seal(f"{self.order.kind}{more}", self.book.digest)
        rows = list(_reseal(self.session, events, entries, by))
        self.session.insert(REDACTIONS, rows)
        seal.add(map(sealed, rows))
        with self.scratch.reading() as made:
            move(self.session, made, self.book, seal, ())  # nothing is to be corrected, by check
        return len(rows)


@contextmanager
def erasing(store: Store, book: RuleBook, erasure: Erasure) -> Iterator[Erasing]:
    """A transaction to erase in, once everything was decided anew beside the store without what is to go."""
    store.prepare(TABLES)
    told = has_outbox(store)
    with scratch_store(None, store, book) as scratch:
        anew = Shadow.open(scratch, book)
        with store.reading() as reading:
            start = begun(reading, scratch, book)
            rebuild(Without(reading, erasure), anew, start.order)
            concerned, (_, events, _) = _concerned(reading, erasure, 0), last_commit(reading)
            aside = stage(Without(reading, erasure), scratch, (book.digest, book.digest))
        with store.writing() as session:
            start.check(session, book, book.digest)
            rebuild(Without(session, erasure), anew, start.order)
            concerned |= _concerned(session, erasure, events)
            grants = anew.program.grants
            yield Erasing(
                session, scratch, book, erasure, start.order, concerned, grants, told, aside
            )


def _concerned(reading: Reading, erasure: Erasure, upto: int) -> dict[int, str]:
    """The ids of the events behind so many from which something goes, by their numbers."""
    rows = reading.scan(EVENTS, since=(upto + 1,))
    return {int(str(row[0])): str(row[1]) for row in rows if erasure.concerns(row)}


def _said(entry: Row) -> Mapping[str, object]:
    """The words that were kept with an entry."""
    return {} if entry[SAID] is None else unpack(str(entry[SAID]))


def _words(event: Row, entry: Row) -> Iterator[tuple[tuple[object, ...], str]]:
    """The names and texts of which the sentence of an entry may be made, each with the place where it stands."""
    found = event_of(event)
    named = {"actor": found.actor, "recipient": found.recipient}
    for part, words in (("event", named), ("data", found.data), ("said", _said(entry))):
        for key, value in words.items():
            for number, text in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(text, str) and text:
                    yield (part, key, number), text


def _reseal(
    session: Writing, events: Collection[int], entries: Collection[int], by: int
) -> Iterator[Row]:
    """Redactions of the commits that added some events and entries; their salts, by which one could guess, go."""
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
    """Whether some of the numbers, which are sorted, lie behind the first of a span, up to the last."""
    place = bisect_right(numbers, span[0])
    return place < len(numbers) and numbers[place] <= span[1]


def _erase_salts(session: Writing, commit: Commit) -> None:
    (row,) = session.find(COMMITS, [(commit.no,)])
    session.put(COMMITS, [(*row[:6], "", *row[7:])])
    earlier = session.find(REDACTIONS, [(commit.no,)])
    session.put(REDACTIONS, [(*each[:2], "", each[3]) for each in earlier])
