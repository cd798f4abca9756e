"""The tables of an earlier version, brought up to date: by the book that decided, or by one that decides all anew.

It is part of a transaction, so whatever is interrupted is as it was before; and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from wiifm.archive.deeds import mention_rows
from wiifm.archive.log import event_of
from wiifm.archive.paging import pages
from wiifm.archive.received import received_rows
from wiifm.archive.stored_book import decided_by, digest_in, facts, kept_book
from wiifm.archive.tables import CLAIMS, DOORS, EVENTS, FACTS, MENTIONS, RECEIVED, VERSION
from wiifm.faults import StoreBusy, StoreFault
from wiifm.program import compile_book
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Row, Store, Table, Writing

PAGE = 5_000
"""How many rows are looked through at once."""

DOORS_BEFORE = Table(
    "doors",
    {"gate": "text", "key": "text", "through": "integer", "points": "text"},
    key=("gate", "key"),
)
"""What was used up at gates in version 1, of which none carried over."""

CLAIMS_BEFORE = Table(
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
"""What was claimed at them."""


RECEIVED_BEFORE = Table(
    "received",
    {"member": "text", "at": "integer", "no": "integer"},
    key=("member", "at", "no"),
)
"""What was received in version 3, of whichever type."""


MENTIONS_BEFORE = Table(
    "mentions",
    {"place": "text", "name": "text", "type": "text", "no": "integer"},
    key=("place", "name", "type", "no"),
)
"""What was mentioned in versions 2 to 5, in the order in which it was recorded."""


def check_book(store: Store, book: RuleBook, what: str) -> None:
    """Complain where another book decided what is in a store, or its tables are of an earlier version; ``what`` is to be done by the book.

    Raises:
        StoreFault: it did, they are, or nothing was recorded there yet.
    """
    decided_by(book, digest_in(store), f"{what} by that one")
    version = _version_of(store)
    if version < VERSION:
        raise _outdated(version, book)


def check_writable(store: Store) -> None:
    """Complain about a store in which nothing can be written, before anybody works long for what would be written in the end.

    Where others are writing all the time, it can be.

    >>> from wiifm.stores.memory import MemoryStore
    >>> store = MemoryStore()
    >>> store.prepare([FACTS])
    >>> check_writable(store)

    Raises:
        StoreFault: nothing can.
    """
    with suppress(StoreBusy), store.writing() as session:
        session.delete(FACTS, [("",)])  # there is none: nothing changes


def check_version(store: Store) -> None:
    """Complain about tables of an earlier version.

    Raises:
        StoreFault: they are, or nothing was recorded there yet.
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


def _outdated(version: int, book: RuleBook | None) -> StoreFault:
    """What to do about an earlier version; where the book isn't known, what is right with any."""
    tells = f"the store has tables of version {version}, and this needs version {VERSION}: "
    if version < 4 and (book is None or _keeps_less(book)):
        return StoreFault(
            f"{tells}since 4 it is kept once what several badges measure alike, so have all of it decided anew by the same "
            "book, once (wiifm rescore STORE BOOK; with --preview it tells before whether anything changes for anybody)"
        )
    return StoreFault(
        f"{tells}open it once by the rule book that decided (wiifm standings STORE, or Engine.open), which brings them up to date"
    )


def bring_up_to_date(session: Writing, book: RuleBook) -> None:
    """Fill the tables that a store of an earlier version lacked, by the book that decided what is in it.

    Raises:
        StoreFault: of what badges of this book measure more was kept than now is; only by a rescoring it is made anew.
    """
    version = int(facts(session)["version"])
    if version == VERSION:  # somebody else did it meanwhile
        return
    if version < 4 and _keeps_less(book):
        raise _outdated(version, book)
    if version < 2:
        _since_2(session)
    for page in pages(session.scan(EVENTS), PAGE):
        if version < 4:
            session.put(RECEIVED, received_rows(session, page))
        session.put(MENTIONS, mention_rows(book, page, map(event_of, page)))
    leave_behind(session)


def _keeps_less(book: RuleBook) -> bool:
    """Whether less is kept by a book than if each of its badges kept for itself what it measures and what that came to."""
    badges = compile_book(book).badges
    parts = [
        part.field for each in badges for criterion in each.criteria for part in criterion.parts
    ]
    noted = any(
        w.is_kept_as_it_is for each in badges if each.badge.composite for w in each.criteria
    )
    return noted or len(set(parts)) < len(parts)


def _since_2(session: Writing) -> None:
    for page in pages(session.scan(DOORS_BEFORE), PAGE):
        session.put(DOORS, [(*row, None, "0") for row in page])
    for page in pages(session.scan(CLAIMS_BEFORE), PAGE):
        session.put(CLAIMS, _without_a_period(page))


def _without_a_period(page: list[Row]) -> Iterator[Row]:
    for *claim, place in page:
        yield (*claim, 0, place)


def leave_behind(session: Writing) -> None:
    """Be of this version, once all that earlier tables said is elsewhere; nothing where it is already."""
    version = int(facts(session)["version"])
    if version < 2:
        for table in (DOORS_BEFORE, CLAIMS_BEFORE):
            session.cut(table, (), ("",))
    if version == 3:
        session.cut(RECEIVED_BEFORE, (), ("",))
    if 2 <= version < 6:
        session.cut(MENTIONS_BEFORE, (), ("",))
    if version < VERSION:
        session.put(FACTS, [("version", str(VERSION))])
