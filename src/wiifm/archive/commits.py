"""The commits of an archive, and their bodies computed from the rows that are there now.

:mod:`wiifm.archive.chain` defines the chain. Verifying compares the bodies with those in the chain; erasing replaces them.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from wiifm.archive.chain import BATCH, Seal
from wiifm.archive.tables import COMMITS, ENTRIES, EVENTS, RECEIPTS, REDACTIONS
from wiifm.stores.protocol import Reading, Row


@frozen
class Commit:
    """A commit of the chain.

    ``events`` and ``entries`` are half-open ranges of numbers: those that it added are greater than the first, up to and including the second.
    ``holders`` is how many holders there were after it.
    """

    no: int
    events: tuple[int, int]
    entries: tuple[int, int]
    holders: int
    kind: str
    book: str
    salt: str
    body: str
    link: str


def counts_of(commit: Row) -> tuple[int, int, int]:
    """The number of a commit, and how many events and entries there were after it, from its row."""
    no, events, entries = (int(str(cell)) for cell in commit[:3])
    return no, events, entries


def commits(reading: Reading) -> Iterator[Commit]:
    """All commits, in order."""
    events, entries = 0, 0
    for row in reading.scan(COMMITS):
        no, upto, through = counts_of(row)
        kind, book, salt, body, link = map(str, row[4:])
        added, holders = ((events, upto), (entries, through)), int(str(row[3]))
        yield Commit(no, *added, holders, kind, book, salt, body, link)
        events, entries = upto, through


def events_of(reading: Reading, commit: Commit) -> list[Row]:
    """The events that a commit added."""
    first, last = commit.events
    return list(reading.scan(EVENTS, since=(first + 1,), before=(last + 1,)))


def body_of(reading: Reading, commit: Commit, salt: str) -> str:
    """The body of a commit, computed from the rows that are there now and a salt."""
    seal = Seal(commit.kind, commit.book, salt)
    if commit.kind != BATCH:
        seal.add(sealed_cells(each) for each in reading.scan(REDACTIONS) if each[1] == commit.no)
    events = events_of(reading, commit)
    seal.add_events(events)
    first, last = commit.entries
    seal.add(reading.scan(ENTRIES, since=(first + 1,), before=(last + 1,)))
    seal.add(sorted(reading.find(RECEIPTS, [(str(each[1]),) for each in events])))
    seal.add([(commit.no, commit.events[1], commit.entries[1], commit.holders)])
    return seal.body()


def redactions_of(reading: Reading, commit: Commit) -> list[Row]:
    """The redactions of a commit, the last one at the end."""
    return sorted(reading.find(REDACTIONS, [(commit.no,)]))


def present_seal(commit: Commit, redactions: list[Row]) -> tuple[str, str]:
    """The salt and the body of the rows that a commit has now: its own or, if something was erased from them, those of the last redaction."""
    if not redactions:
        return commit.salt, commit.body
    *_, salt, body = redactions[-1]
    return str(salt), str(body)


def sealed_cells(redaction: Row) -> Row:
    """The cells of a redaction that the commit seals: all but the salt."""
    commit, by, _, body = redaction
    return commit, by, body
