"""Writes the tallies of days into a store, so that a report reads days instead of events, in any process.

A report itself writes nothing; an operator runs this, for instance once a day. Days that are stored already are kept, unless they
changed since.
"""

from __future__ import annotations

from wiifm.archive.archive import Archive
from wiifm.archive.stored_book import kept_book
from wiifm.archive.tables import DAYS, DAYS_UPTO
from wiifm.archive.versions import check_book
from wiifm.arguments import checked_book
from wiifm.culture.stored_days import FreshDays, StoredDays, is_current, stored_upto, upto_row
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store, Writing
from wiifm.stores.urls import opened


def keep(store: Store | str, book: RuleBook | None = None) -> int:
    """Store the tally of each day as of now, and return how many days had to be tallied for it.

    >>> from wiifm import Engine, Event
    >>> from wiifm.stores.memory import MemoryStore
    >>> from datetime import UTC, datetime
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="bob", recipient="ann")
    >>> _ = Engine.over(store, book).record(thanks)
    >>> keep(store), keep(store)
    (1, 0)

    Args:
        store: an open store, or its URL.
        book: the rule book of the store; unless given, the one that is kept in it.

    Raises:
        InvalidInput: what is given as the book is none.
        OtherBook: another rule book decided what is in the store.
        StoreFault: nothing was recorded in the store yet, or its rule book can't be rebuilt here.
    """
    disabled = () if book is None else checked_book(book).disabled_plugins
    with opened(store, disabled) as found:
        return _keep(found, kept_book(found) if book is None else book)


def _keep(store: Store, book: RuleBook) -> int:
    check_book(store, book, "keep its days")
    archive = Archive.open(store, book, searched=Archive.tables)
    while True:
        with archive.reading():
            fresh = StoredDays(archive).bring_up_to_date()
        if fresh.at == (0, ""):
            return 0
        with store.writing() as session:
            if is_current(session, fresh.at):
                return _put(session, fresh)


def _put(session: Writing, fresh: FreshDays) -> int:
    """Write the fresh days, unless another process did so meanwhile."""
    if stored_upto(session) != fresh.base or fresh.base == fresh.at:
        return 0
    if fresh.base is None:
        session.cut(DAYS, (), (0,))
    session.put(DAYS, ((ordinal, *texts) for ordinal, texts in sorted(fresh.days.items())))
    session.cut(DAYS_UPTO, (), (0,))
    session.insert(DAYS_UPTO, [upto_row(fresh.at)])
    return len(fresh.days)
