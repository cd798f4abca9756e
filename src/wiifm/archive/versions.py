"""The tables of an earlier version, brought up to date: by the book that decided, or by one that decides all anew.

It is part of a transaction, so whatever is interrupted is as it was before; and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.archive.deeds import mention_rows
from wiifm.archive.kept import facts
from wiifm.archive.log import event_of
from wiifm.archive.paging import pages
from wiifm.archive.received import received_rows
from wiifm.archive.tables import CLAIMS, DOORS, EVENTS, FACTS, MENTIONS, RECEIVED, VERSION
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Row, Table, Writing

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


def bring_up_to_date(session: Writing, book: RuleBook) -> None:
    """Fill the tables that a store of an earlier version lacked, by the book that decided what is in it."""
    version = int(facts(session)["version"])
    if version < 2:
        _since_2(session, book)
    if version < 4:
        for page in pages(session.scan(EVENTS), PAGE):
            session.put(RECEIVED, received_rows(session, page))
    leave_behind(session)


def _since_2(session: Writing, book: RuleBook) -> None:
    for page in pages(session.scan(EVENTS), PAGE):
        session.put(MENTIONS, mention_rows(book, page, map(event_of, page)))
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
    if version < VERSION:
        session.put(FACTS, [("version", str(VERSION))])
