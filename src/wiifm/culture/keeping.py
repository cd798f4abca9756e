"""Puts the days of a store into the store, so that a report costs days, whoever asks for it, and not events.

A reading writes nothing; so this is for whoever looks after a store, once a day, say. What was kept before stays, but for days
that changed since.
"""

from __future__ import annotations

from wiifm.archive.archive import Archive
from wiifm.archive.tables import DAYS, DAYS_UPTO
from wiifm.archive.versions import check_book
from wiifm.culture.stored_days import Aside, Kept, note_of, stands, upto
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store, Writing


def keep(store: Store, book: RuleBook) -> int:
    """Keep what each day comes to, as of now; answers how many days were tallied for it.

    >>> from wiifm import Engine, Event
    >>> from wiifm.stores.memory import MemoryStore
    >>> from datetime import UTC, datetime
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="bob", recipient="ann")
    >>> _ = Engine.over(store, book).record(thanks)
    >>> keep(store, book), keep(store, book)
    (1, 0)

    Raises:
        StoreFault: nothing was recorded in the store yet, or another rule book decided what is in it.
    """
    check_book(store, book, "keep its days")
    archive = Archive.open(store, book)
    while True:
        with archive.reading():
            aside = Kept(archive).bring_up_to_date()
        if aside.at == (0, ""):
            return 0
        with store.writing() as session:
            if stands(session, aside.at):
                return _put(session, aside)


def _put(session: Writing, aside: Aside) -> int:
    """Write what was tallied, unless others did so meanwhile."""
    if upto(session) != aside.base or aside.base == aside.at:
        return 0
    if aside.base is None:
        session.cut(DAYS, (), (0,))
    session.put(DAYS, ((ordinal, *texts) for ordinal, texts in sorted(aside.days.items())))
    session.cut(DAYS_UPTO, (), (0,))
    session.insert(DAYS_UPTO, [note_of(aside.at)])
    return len(aside.days)
