"""Migrates the tables of earlier versions.

A migration is part of one transaction: if it is interrupted, the store is unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from wiifm.archive.deeds import mention_rows
from wiifm.archive.log import event_of
from wiifm.archive.paging import pages
from wiifm.archive.received import received_rows
from wiifm.archive.stored_book import check_digest, digest_in, facts, kept_book
from wiifm.archive.tables import CLAIMS, DOORS, EVENTS, FACTS, MENTIONS, RECEIVED, VERSION
from wiifm.faults import OtherVersion, StoreBusy, StoreFault
from wiifm.program import compile_book
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Row, Store, Table, Writing

PAGE = 5_000
"""How many rows are in memory at once."""

OLD_DOORS = Table(
    "doors",
    {"gate": "text", "key": "text", "through": "integer", "points": "text"},
    key=("gate", "key"),
)
"""The states of gates in version 1. No gate carried over."""

OLD_CLAIMS = Table(
    "claims",
    {
        "gate": "text",
        "key": "text",
        "at": "integer",
        "id": "text",
        "rule": "text",
        "rank": "integer",
        "amount": "text",
        "actor": "text",
        "place": "integer",
    },
    key=("gate", "key", "at", "id", "rule", "rank"),
)
"""The claims of version 1."""


OLD_RECEIVED = Table(
    "received",
    {"member": "text", "at": "integer", "no": "integer"},
    key=("member", "at", "no"),
)
"""The received events of version 3, without their types."""


OLD_MENTIONS = Table(
    "mentions",
    {"place": "text", "name": "text", "type": "text", "no": "integer"},
    key=("place", "name", "type", "no"),
)
"""The mentions of versions 2 to 5, in the order of the log."""


def check_book(store: Store, book: RuleBook, what: str) -> None:
    """Check that the given book decided the contents of a store, and that its tables are of this version. ``what`` is what to do by the book, as
    a verb, for the message.

    Raises:
        OtherBook: another book decided.
        OtherVersion: the tables are of an earlier version.
        StoreFault: nothing was recorded there yet.
    """
    check_digest(book, digest_in(store), f"{what} by that one")
    version = _version_of(store)
    if version < VERSION:
        raise _outdated(version, book)


def check_writable(store: Store) -> None:
    """Check that a store can be written, before long work whose result is written at the end. A store that is busy counts as writable.

    >>> from wiifm.stores.memory import MemoryStore
    >>> store = MemoryStore()
    >>> store.prepare([FACTS])
    >>> check_writable(store)

    Raises:
        StoreFault: it can't be written.
    """
    with suppress(StoreBusy), store.writing() as session:
        session.delete(FACTS, [("",)])  # there is no such row, so nothing changes


def check_version(store: Store) -> None:
    """Check that the tables of a store are of this version.

    Raises:
        OtherVersion: they are of an earlier version.
        StoreFault: nothing was recorded there yet.
    """
    digest_in(store)
    version = _version_of(store)
    if version < VERSION:
        try:
            book = kept_book(store)
        except StoreFault:
            book = None
        raise _outdated(version, book)


def _version_of(store: Store) -> int:
    with store.reading() as session:
        return int(facts(session)["version"])


def _outdated(version: int, book: RuleBook | None) -> OtherVersion:
    """The fault for tables of an earlier version. If the book isn't known, it gives the advice that is right for any."""
    found = f"the store has tables of version {version}, expected version {VERSION}: "
    if version < 4 and (book is None or _keeps_smaller_states(book)):
        solution = (
            "version 4 changed what is stored for badges, so rescore the store once with the same book "
            "(wiifm rescore STORE BOOK; with --preview it first shows whether anything changes for anybody)"
        )
    else:
        solution = "open it once with the rule book that decided its contents (wiifm standings STORE, or Engine.open), which migrates them"
    return OtherVersion(found + solution, version, VERSION)


def migrate(session: Writing, book: RuleBook) -> None:
    """Migrate the tables to this version, by the book that decided the contents of the store.

    Raises:
        OtherVersion: the store has states of before version 4 that this book would store otherwise; only a rescoring converts them.
    """
    version = int(facts(session)["version"])
    if version == VERSION:  # another process has migrated it meanwhile
        return
    if version < 4 and _keeps_smaller_states(book):
        raise _outdated(version, book)
    if version < 2:
        _migrate_gates(session)
    for page in pages(session.scan(EVENTS), PAGE):
        if version < 4:
            session.put(RECEIVED, received_rows(session, page))
        session.put(MENTIONS, mention_rows(book, page, map(event_of, page)))
    drop_old_tables(session)


def _keeps_smaller_states(book: RuleBook) -> bool:
    """Whether the states of this book were larger before version 4, when each badge stored for itself what it measures."""
    badges = compile_book(book).badges
    parts = [
        part.field for each in badges for criterion in each.criteria for part in criterion.parts
    ]
    noted = any(
        w.is_kept_as_it_is for each in badges if each.badge.composite for w in each.criteria
    )
    return noted or len(set(parts)) < len(parts)


def _migrate_gates(session: Writing) -> None:
    for page in pages(session.scan(OLD_DOORS), PAGE):
        session.put(DOORS, [(*row, None, "0") for row in page])
    for page in pages(session.scan(OLD_CLAIMS), PAGE):
        session.put(CLAIMS, _with_period(page))


def _with_period(page: list[Row]) -> Iterator[Row]:
    for *claim, place in page:
        yield (*claim, 0, place)


def drop_old_tables(session: Writing) -> None:
    """Empty the old tables, and note that the store is of this version. It does nothing if the store is."""
    version = int(facts(session)["version"])
    if version < 2:
        for table in (OLD_DOORS, OLD_CLAIMS):
            session.cut(table, (), ("",))
    if version == 3:
        session.cut(OLD_RECEIVED, (), ("",))
    if 2 <= version < 6:
        session.cut(OLD_MENTIONS, (), ("",))
    if version < VERSION:
        session.put(FACTS, [("version", str(VERSION))])
