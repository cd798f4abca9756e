"""What each commit of an archive sealed, from the rows that are there now."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from wiifm.archive.chain import BATCH, Seal
from wiifm.archive.tables import COMMITS, ENTRIES, EVENTS, RECEIPTS, REDACTIONS
from wiifm.stores.protocol import Reading, Row
from wiifm.upkeep.replay import counts_of


@frozen
class Commit:
    """A commit as it stands in the chain, and which events and entries it added: behind the first number, up to the second."""

    no: int
    events: tuple[int, int]
    entries: tuple[int, int]
    holders: int
    kind: str
    book: str
    salt: str
    body: str
    link: str


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
    """The body of a commit, of what is there now, with some salt."""
    seal = Seal(commit.kind, commit.book, salt)
    if commit.kind != BATCH:
        seal.add(sealed(each) for each in reading.scan(REDACTIONS) if each[1] == commit.no)
    said = events_of(reading, commit)
    seal.add_events(said)
    first, last = commit.entries
    seal.add(reading.scan(ENTRIES, since=(first + 1,), before=(last + 1,)))
    seal.add(sorted(reading.find(RECEIPTS, [(str(each[1]),) for each in said])))
    seal.add([(commit.no, commit.events[1], commit.entries[1], commit.holders)])
    return seal.body()


def sealed(redaction: Row) -> Row:
    """What is sealed of a redaction: all but its salt."""
    commit, by, _, body = redaction
    return commit, by, body
