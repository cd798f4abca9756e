"""Proof that a store holds what its events come to: the chain of its commits, and all of it decided once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from wiifm.archive.archive import Archive
from wiifm.archive.chain import Seal, link
from wiifm.archive.kept import book_row, made_again
from wiifm.archive.tables import BOOKS, COMMITS, ENTRIES, EVENTS, FACTS, RECEIPTS
from wiifm.faults import StoreFault, WiifmError, short, shown
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Store
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep.comparing import Difference, differences
from wiifm.upkeep.replay import batches, counts_of, replay


@frozen
class Proof:
    """What was looked at, and what isn't as it should be.

    ``link`` is the last of the chain: whoever noted it elsewhere knows later that nothing before it was changed since.
    ``differences`` are the first of the chain, and the first of what was decided once more; none where all is well.

    >>> print(Proof(commits=1, events=2, entries=3, link="b5bb9d80", differences=()))
    1 commits, 2 events, 3 entries: as they were recorded, up to b5bb9d80
    """

    commits: int
    events: int
    entries: int
    link: str
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        lines = [str(each) for each in self.differences]
        told = "not as they were recorded" if lines else f"as they were recorded, up to {self.link}"
        lines.append(
            f"{self.commits} commits, {self.events} events, {self.entries} entries: {told}"
        )
        return "\n".join(lines)


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
        StoreFault: there is nothing of wiifm in the store, or another rule book decided what is in it.
    """
    with store.reading() as reading:
        facts = _facts(reading)
        if facts.get("book") != book.digest:
            raise StoreFault(
                f"the rule book {book.id!r} has the digest {book.digest}, and what is in the store was decided by the "
                f"one with the digest {facts.get('book', '')}: verify it by that one"
            )
        found = [
            next(_chain(reading, noted), None),
            _kept(reading, book),
            _once_more(reading, book),
        ]
        last = next(reading.scan(COMMITS, backwards=True, most=1), (0, 0, 0))
    differing = tuple(each for each in found if each is not None)
    return Proof(*counts_of(last), facts.get("chain", ""), differing)


def _facts(reading: Reading) -> dict[str, str]:
    return {str(name): str(value) for name, value in reading.scan(FACTS)}


# ---- the chain -------------------------------------------------------------------------------------------


def _chain(reading: Reading, noted: str | None) -> Iterator[Difference]:
    """Where the chain of commits is broken."""
    before, events, entries, links = "", 0, 0, {noted, ""}
    for expected, row in enumerate(reading.scan(COMMITS), 1):
        no, upto, through = counts_of(row)
        kind, book, salt, body, linked = map(str, row[4:])
        if no != expected:
            yield _broken(no, f"commit {no}", f"commit {expected}")
        seal = Seal(kind, book, salt)
        said = [*reading.scan(EVENTS, since=(events + 1,), before=(upto + 1,))]
        names = [(str(each[1]),) for each in said]
        seal.add_events(said)
        seal.add(reading.scan(ENTRIES, since=(entries + 1,), before=(through + 1,)))
        seal.add(sorted(reading.find(RECEIPTS, names)))
        if seal.body() != body:
            what = f"events {names[0][0]} to {names[-1][0]}" if names else "no events"
            found = f"{what}, entries {entries + 1} to {through}, of the hash {seal.body()}"
            yield _broken(no, found, f"the hash {body}")
        before = link(before, body)
        if linked != before:
            yield _broken(no, f"the link {linked}", before)
        links.discard(before)
        events, entries = upto, through
    last = _facts(reading).get("chain", "")
    if last != before:
        yield _broken(None, f"{last!r} for the last link", repr(before))
    if noted in links and noted:
        yield _broken(None, "no link as it was noted", noted)


def _broken(commit: int | None, found: str, expected: str) -> Difference:
    key = "" if commit is None else str(commit)
    return Difference("commits", key, None, None, None, found, expected)


def _kept(reading: Reading, book: RuleBook) -> Difference | None:
    """Whether the rule book is kept as it was; another that means the same may have had other words."""
    found, expected = reading.find(BOOKS, [(book.digest,)]), [book_row(book)]
    if found == expected:
        return None
    try:
        if found == [book_row(made_again(found[0]))]:
            return None
    except (WiifmError, ValueError, IndexError):
        pass
    told = (short(row[0][1:]) if row else "nothing" for row in (found, expected))
    return Difference("books", book.digest, None, None, None, *told)


# ---- once more -------------------------------------------------------------------------------------------


def _once_more(reading: Reading, book: RuleBook) -> Difference | None:
    """The first that was decided otherwise than the events come to."""
    with TemporaryDirectory(prefix="wiifm-") as folder:
        scratch = SqliteStore(Path(folder) / "verify.db")
        with closing(scratch):
            try:
                replay(batches(reading), Archive.open(scratch, book))
            except (WiifmError, ValueError, TypeError, OverflowError, RecursionError) as error:
                expected = "a log that can be recorded"
                return Difference("events", "", None, None, None, shown(error), expected)
            with scratch.reading() as other:
                return next(differences(reading, other), None) or _other_facts(reading, other)


def _other_facts(reading: Reading, other: Reading) -> Difference | None:
    found, expected = _facts(reading), _facts(other)
    for name in ("version", "book", "state"):
        if found.get(name) != expected.get(name):
            told = (str(each.get(name)) for each in (found, expected))
            return Difference("facts", name, None, None, None, *told)
    return None
