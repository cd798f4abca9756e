"""Verify a store: check the chain of its commits, recompute everything from its events, and compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf

from attrs import frozen

from wiifm.archive.chain import BATCH, link
from wiifm.archive.commits import (
    Commit,
    body_of,
    commits,
    events_of,
    present_seal,
    redactions_of,
)
from wiifm.archive.sound import UNREADABLE
from wiifm.archive.stored_book import (
    KEPT_TEXT_CHANGED,
    book_row,
    digest_in,
    facts,
    kept_book,
    rebuilt_book,
)
from wiifm.archive.tables import BOOKS, COMMITS, REDACTIONS
from wiifm.archive.versions import check_book
from wiifm.faults import (
    BookChanged,
    BookUnavailable,
    Fault,
    InvalidInput,
    InvalidRuleBook,
    StoreFault,
    WiifmError,
    counted,
    short,
    shown,
)
from wiifm.outbox.tables import DELIVERIES, UNDELIVERED, has_outbox
from wiifm.rulebook.book import RuleBook
from wiifm.stores.integrity import check_integrity
from wiifm.stores.protocol import Reading, Row, Store
from wiifm.upkeep.compare_rows import Difference, differing_cells
from wiifm.upkeep.opening import opened_for
from wiifm.upkeep.recompute import recompute_and_compare
from wiifm.upkeep.replay import last_commit

_TO_RECOMPUTE = "the one that decided (to verify the rest, give that rule book: --book BOOK)"

_LINK = re.compile("[0-9a-f]{64}")

_NOTED_IS_MISSING = "no commit with the noted link"
"""What is found where the chain holds, but doesn't contain the noted link."""

_NOT_RECOMPUTED = {each.name for each in (COMMITS, BOOKS, DELIVERIES, UNDELIVERED)}
"""The tables that rescoring can't repair, since they don't follow from the events and the rule book."""


@frozen
class Proof:
    """The result of :func:`verify`.

    ``commits``, ``events`` and ``entries`` are how many the store has. ``link`` is the last link of the chain: if you note it elsewhere and pass
    it to a later ``verify``, that proves that nothing before it was changed since. ``differences`` has at most three differences: the
    first in the chain, the first in the rule books, and the first in what was recomputed. It is empty if everything is as it was recorded.

    >>> print(Proof(commits=1, events=2, entries=3, link="b5bb9d80", differences=()))
    1 commit, 2 events, 3 entries: as they were recorded, up to b5bb9d80
    """

    commits: int
    events: int
    entries: int
    link: str
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        lines = [str(each) for each in self.differences]
        upto = f", up to {self.link}" if self.link else ""
        result = "not as they were recorded" if lines else f"as they were recorded{upto}"
        counts = {"commit": self.commits, "event": self.events, "entry": self.entries}
        lines.append(f"{', '.join(counted(n, what) for what, n in counts.items())}: {result}")
        return "\n".join(lines)

    @property
    def chain_is_broken(self) -> bool:
        """Whether a difference is in the chain of commits itself: what was recorded isn't there any more.

        >>> changed = Difference("commits", "1", None, None, None, "the link 1f", "2e")
        >>> Proof(1, 2, 3, "b5bb9d80", (changed,)).chain_is_broken
        True
        """
        return any(
            each.table == COMMITS.name and each.found != _NOTED_IS_MISSING
            for each in self.differences
        )

    @property
    def noted_is_missing(self) -> bool:
        """Whether the chain holds, but none of its commits has the noted link.

        The store alone can't tell why. The link may be of another store; this store may be a backup from before the link was noted; or
        somebody rewrote the chain as a whole.

        >>> missing = Difference("commits", "", None, None, None, "no commit with the noted link", "2e")
        >>> proof = Proof(1, 2, 3, "b5bb9d80", (missing,))
        >>> proof.noted_is_missing, proof.chain_is_broken, proof.can_be_mended
        (True, False, False)
        """
        return any(each.found == _NOTED_IS_MISSING for each in self.differences)

    @property
    def can_be_mended(self) -> bool:
        """Whether rescoring by the same rule book repairs the store: something differs, but not the chain, the rule books or the outbox.

        >>> missing = Difference("holders", "7", None, None, "member ann", "nothing", "a row")
        >>> Proof(1, 2, 3, "b5bb9d80", (missing,)).can_be_mended
        True
        """
        tables = {each.table for each in self.differences}
        return bool(tables) and not tables & _NOT_RECOMPUTED


def noted_fault(noted: object) -> Fault | None:
    """What is wrong with the link of an earlier proof, which is noted elsewhere; None if it may be one.

    What was never a link is a typing error: the store isn't to blame for it.

    >>> print(noted_fault("b5bb9d80"))
    noted: found 'b5bb9d80', expected the link of an earlier proof, 64 hexadecimal digits; without one, leave it out
    """
    if noted is None or (isinstance(noted, str) and _LINK.fullmatch(noted)):
        return None
    expected = "the link of an earlier proof, 64 hexadecimal digits; without one, leave it out"
    return Fault("noted", short(noted), expected)


def verify(store: Store | str, book: RuleBook | None = None, noted: str | None = None) -> Proof:
    """Verify that a store holds what its events give by its rule book, and that nobody changed it behind wiifm's back.

    Everything is recomputed in a temporary file, which takes about as long as recording took. Events that are recorded after it began aren't
    verified.

    >>> from wiifm import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> engine = Engine.over(store, book)
    >>> verify(store).differences
    ()

    Args:
        store: an open store, or its URL.
        book: the rule book of the store; unless given, the one that is kept in it. If somebody changed that one, this is a difference, and
            nothing is recomputed.
        noted: the ``link`` of an earlier proof, which must be part of the chain.

    Raises:
        InvalidInput: ``noted`` was never a link.
        OtherBook: the store has another rule book.
        BookUnavailable: the kept book can't be rebuilt here, as when a plugin is missing.
        StoreDamaged: nothing differs, but the database says that it is damaged, such as an index.
        StoreFault: nothing was recorded in the store, or it can't be verified, as when there is no room for the temporary file.
    """
    if fault := noted_fault(noted):
        raise InvalidInput([fault])
    with opened_for(store, book) as found:
        if book is not None:
            return _verify(found, book, noted)
        return verify_by_kept_book(found, noted)[0]


def _verify(store: Store, book: RuleBook, noted: str | None) -> Proof:
    check_book(store, book, "verify")
    delivers = has_outbox(store)
    with store.reading() as reading:
        known = facts(reading)
        found = [
            _first("commits", _chain_differences(reading, noted)),
            _first("books", _book_differences(reading, book)),
        ]
        try:
            found.append(recompute_and_compare(reading, book, reading if delivers else None))
        except StoreFault:
            if found == [None, None]:
                raise
        last = _counts(reading)
    differing = tuple(each for each in found if each is not None)
    if not differing:  # what verifying read is right, but an index that it doesn't need may not be
        check_integrity(store, inf)
    return Proof(*last, known.get("chain", ""), differing)


def verify_by_kept_book(store: Store, noted: str | None = None) -> tuple[Proof, RuleBook | None]:
    """Verify a store by the rule book that it keeps, as :func:`verify`; returns that book, too, or None if what is kept of it was changed."""
    digest = digest_in(store)
    try:
        book = kept_book(store)
    except (BookChanged, InvalidRuleBook, *UNREADABLE):
        found = f"a rule book without this digest: {KEPT_TEXT_CHANGED}"
        changed = Difference(BOOKS.name, digest, None, None, None, found, _TO_RECOMPUTE)
        with store.reading() as reading:
            broken = _first("commits", _chain_differences(reading, noted))
            differing = tuple(each for each in (broken, changed) if each is not None)
            return Proof(*_counts(reading), facts(reading).get("chain", ""), differing), None
    return _verify(store, book, noted), book


def _first(table: str, found: Iterator[Difference]) -> Difference | None:
    """The first difference, if there is one; an error while reading the table counts as a difference."""
    try:
        return next(found, None)
    except UNREADABLE as error:
        return Difference(table, "", None, None, None, shown(error), "rows as they were written")


def _counts(reading: Reading) -> tuple[int, int, int]:
    """How many commits, events and entries there are, by the last commit; zeros if that can't be read."""
    try:
        return last_commit(reading)
    except UNREADABLE:
        return 0, 0, 0


# ---- the chain -------------------------------------------------------------------------------------------


def _chain_differences(reading: Reading, noted: str | None) -> Iterator[Difference]:
    """Where the chain of commits is broken."""
    before, wanted = "", noted
    for expected, commit in enumerate(commits(reading), 1):
        if commit.no != expected:
            yield _broken(commit.no, f"commit {commit.no}", f"commit {expected}")
        yield from _body_differences(reading, commit)
        before = link(before, commit.body)
        if commit.link != before:
            yield _broken(commit.no, f"the link {commit.link}", before)
        wanted = None if wanted == before else wanted
    yield from _unsealed_redactions(reading)
    last = facts(reading).get("chain", "")
    if last != before:
        yield _broken(None, f"{last!r} for the last link", repr(before))
    if wanted:
        yield _broken(None, _NOTED_IS_MISSING, wanted)


def _body_differences(reading: Reading, commit: Commit) -> Iterator[Difference]:
    """Whether the rows of a commit have the body in the chain or, if something was erased from them since, the one in the last redaction."""
    redactions = redactions_of(reading, commit)
    salt, body = present_seal(commit, redactions)
    if redactions and any([commit.salt, *(str(row[2]) for row in redactions[:-1])]):
        yield _broken(commit.no, "a salt", "none, as erasing removed it")
    found = body_of(reading, commit, salt)
    if found != body:
        events = events_of(reading, commit)
        ids = f"events {events[0][1]!s} to {events[-1][1]!s}" if events else "no events"
        first, last = commit.entries
        rows = f"{ids}, entries {first + 1} to {last}, of the hash {found}"
        yield _broken(commit.no, rows, f"the hash {body}")


def _unsealed_redactions(reading: Reading) -> Iterator[Difference]:
    """Redactions that no commit sealed. Only a later commit can, and only one that erases."""
    for commit, by, *_ in reading.scan(REDACTIONS):
        found = reading.find(COMMITS, [(by,)])
        if not found or found[0][4] == BATCH or not int(str(commit)) < int(str(by)):
            row = f"a redaction of commit {commit!s}, which it didn't seal"
            yield _broken(int(str(by)), row, "none")


def _broken(commit: int | None, found: str, expected: str) -> Difference:
    key = "" if commit is None else str(commit)
    return Difference("commits", key, None, None, None, found, expected)


def _book_differences(reading: Reading, book: RuleBook) -> Iterator[Difference]:
    """Rule books that were changed, and those that a commit names but the store doesn't have."""
    now, cited = book_row(book), {book.digest, *(str(row[5]) for row in reading.scan(COMMITS))}
    for row in reading.scan(BOOKS):
        cited.discard(str(row[0]))
        if row != now and not _has_its_digest(row):
            texts = short(row[1:]), "a book with this digest"
            if row[0] == now[0]:
                columns = [*BOOKS.columns]
                texts = differing_cells(columns, row, now), differing_cells(columns, now, row)
            yield Difference("books", str(row[0]), None, None, None, *texts)
    for digest in sorted(cited):
        yield Difference("books", digest, None, None, None, "nothing", "a book with this digest")


def _has_its_digest(row: Row) -> bool:
    """Whether a kept book has the digest that it is kept under; True if that can't be found out here, as a plugin is missing."""
    try:
        return row == book_row(rebuilt_book(row))
    except BookUnavailable:
        return True
    except (WiifmError, ValueError, TypeError, LookupError):
        return False
