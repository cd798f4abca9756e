"""Proof that a store holds what its events come to: the chain of its commits, and all of it decided once more."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from wiifm.archive.chain import BATCH, link
from wiifm.archive.stored_book import BookUnavailable, book_row, facts, rebuilt_book
from wiifm.archive.tables import BOOKS, COMMITS, REDACTIONS
from wiifm.archive.versions import check_book
from wiifm.faults import StoreFault, WiifmError, counted, short, shown
from wiifm.outbox.tables import DELIVERIES, UNDELIVERED, has_outbox
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Row, Store
from wiifm.upkeep.commits import Commit, body_of, commits, events_of
from wiifm.upkeep.compare_rows import Difference
from wiifm.upkeep.recompute import UNREADABLE, recompute_and_compare
from wiifm.upkeep.replay import last_commit

_NOT_DECIDED = {each.name for each in (COMMITS, BOOKS, DELIVERIES, UNDELIVERED)}
"""What doesn't follow from the events by a rule book."""


@frozen
class Proof:
    """What was looked at, and what isn't as it should be.

    ``link`` is the last of the chain: whoever noted it elsewhere knows later that nothing before it was changed since.
    ``differences`` are the first of the chain, and the first of what was decided once more; none where all is well.

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
        told = "not as they were recorded" if lines else f"as they were recorded{upto}"
        counts = {"commit": self.commits, "event": self.events, "entry": self.entries}
        lines.append(f"{', '.join(counted(n, what) for what, n in counts.items())}: {told}")
        return "\n".join(lines)

    @property
    def can_be_mended(self) -> bool:
        """Whether something differs, but nothing that was sealed, or is still to be told: to rescore by the same rule book mends it.

        >>> missing = Difference("holders", "7", None, None, "member ann", "nothing", "a row")
        >>> Proof(1, 2, 3, "b5bb9d80", (missing,)).can_be_mended
        True
        """
        tables = {each.table for each in self.differences}
        return bool(tables) and not tables & _NOT_DECIDED


def verify(store: Store, book: RuleBook, noted: str | None = None) -> Proof:
    """Whether a store holds what its events come to by a rule book, and nobody has changed a byte of it.

    All of it is decided once more, in a file beside, which takes about as long as recording it took. What is recorded
    meanwhile isn't looked at.

    >>> from wiifm import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> engine = Engine.over(store, book)
    >>> verify(store, book).differences
    ()

    Args:
        noted: a link that an earlier proof told, which must be part of the chain.

    Raises:
        StoreFault: there is nothing of wiifm in the store, or another rule book decided what is in it; or it can't be
            proved, as there is no room for the file beside, say.
    """
    check_book(store, book, "verify")
    delivers = has_outbox(store)
    with store.reading() as reading:
        known = facts(reading)
        found = [_first("commits", _chain(reading, noted)), _first("books", _kept(reading, book))]
        try:
            found.append(recompute_and_compare(reading, book, reading if delivers else None))
        except StoreFault:
            if found == [None, None]:
                raise
        last = _counts(reading)
    differing = tuple(each for each in found if each is not None)
    return Proof(*last, known.get("chain", ""), differing)


def _first(table: str, found: Iterator[Difference]) -> Difference | None:
    """The first difference; in a table that can't even be read, what can't be."""
    try:
        return next(found, None)
    except UNREADABLE as error:
        return Difference(table, "", None, None, None, shown(error), "rows as they were written")


def _counts(reading: Reading) -> tuple[int, int, int]:
    """How many commits, events and entries there are, by the last commit, if it can be read."""
    try:
        return last_commit(reading)
    except UNREADABLE:
        return 0, 0, 0


# ---- the chain -------------------------------------------------------------------------------------------


def _chain(reading: Reading, noted: str | None) -> Iterator[Difference]:
    """Where the chain of commits is broken."""
    before, wanted = "", noted
    for expected, commit in enumerate(commits(reading), 1):
        if commit.no != expected:
            yield _broken(commit.no, f"commit {commit.no}", f"commit {expected}")
        yield from _body(reading, commit)
        before = link(before, commit.body)
        if commit.link != before:
            yield _broken(commit.no, f"the link {commit.link}", before)
        wanted = None if wanted == before else wanted
    yield from _unsealed(reading)
    last = facts(reading).get("chain", "")
    if last != before:
        yield _broken(None, f"{last!r} for the last link", repr(before))
    if wanted:
        yield _broken(None, "no link as it was noted", wanted)


def _body(reading: Reading, commit: Commit) -> Iterator[Difference]:
    """Whether a commit has the body that it sealed; or, where something was erased since, the one that was sealed then."""
    salt, body = commit.salt, commit.body
    redactions = sorted(reading.find(REDACTIONS, [(commit.no,)]))
    if redactions:
        salts = [salt, *(str(row[2]) for row in redactions[:-1])]
        if any(salts):
            yield _broken(commit.no, "a salt that was erased", "none")
        salt, body = map(str, redactions[-1][2:])
    found = body_of(reading, commit, salt)
    if found != body:
        said = events_of(reading, commit)
        what = f"events {said[0][1]!s} to {said[-1][1]!s}" if said else "no events"
        first, last = commit.entries
        told = f"{what}, entries {first + 1} to {last}, of the hash {found}"
        yield _broken(commit.no, told, f"the hash {body}")


def _unsealed(reading: Reading) -> Iterator[Difference]:
    """Redactions that no commit sealed: only one that erases, and a later one, does."""
    for commit, by, *_ in reading.scan(REDACTIONS):
        found = reading.find(COMMITS, [(by,)])
        if not found or found[0][4] == BATCH or not int(str(commit)) < int(str(by)):
            told = f"a redaction of commit {commit!s}, which it didn't seal"
            yield _broken(int(str(by)), told, "none")


def _broken(commit: int | None, found: str, expected: str) -> Difference:
    key = "" if commit is None else str(commit)
    return Difference("commits", key, None, None, None, found, expected)


def _kept(reading: Reading, book: RuleBook) -> Iterator[Difference]:
    """Rule books that aren't kept as they were."""
    now, cited = book_row(book), {book.digest, *(str(row[5]) for row in reading.scan(COMMITS))}
    for row in reading.scan(BOOKS):
        cited.discard(str(row[0]))
        if row != now and not _stands(row):
            expected = short(now[1:]) if row[0] == now[0] else "a book with this digest"
            yield Difference("books", str(row[0]), None, None, None, short(row[1:]), expected)
    for digest in sorted(cited):
        yield Difference("books", digest, None, None, None, "nothing", "a book with this digest")


def _stands(row: Row) -> bool:
    """Whether a book that is kept comes to its digest, as far as that can be told here; in other words, perhaps."""
    try:
        return row == book_row(rebuilt_book(row))
    except BookUnavailable:
        return True
    except (WiifmError, ValueError, TypeError, LookupError):
        return False
