"""Erase a member from a store.

A pseudonym replaces the member's name, and the free texts of their events are erased. What others have stays, and so does the chain of
commits. :mod:`wiifm.upkeep.redaction` says what becomes of each row, :mod:`wiifm.upkeep.erasing` does it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import overload

from attrs import frozen

from wiifm.archive.receipts import receipt_of
from wiifm.archive.tables import EVENTS, HOLDERS, RECEIPTS, RECEIVED
from wiifm.archive.versions import check_book, check_writable
from wiifm.arguments import member_of
from wiifm.faults import UnknownName, counted, literal
from wiifm.ledger import Holder
from wiifm.outbox.rounds import all_notices_of
from wiifm.outbox.tables import EVENT, NOTICE, REASON, UNDELIVERED
from wiifm.personal import check_kept
from wiifm.pseudonyms import pseudonym
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Cell, Reading, Store, Writing
from wiifm.upkeep.erasing import erasing
from wiifm.upkeep.opening import opened_with_book
from wiifm.upkeep.redaction import Redaction


@frozen
class Forgotten:
    """What :func:`forget` did: the pseudonym (``name``), and the number of events, entries and commits from which something was erased.

    >>> print(Forgotten(pseudonym("0123456789abcdef"), events=2, entries=3, commits=1))
    forgotten-0123456789abcdef: 2 events, 3 entries, in 1 commit
    """

    name: str
    events: int
    entries: int
    commits: int

    def __str__(self) -> str:
        return f"{self.name}: {counted(self.events, 'event')}, {counted(self.entries, 'entry')}, in {counted(self.commits, 'commit')}"


def check_named(store: Store, book: RuleBook, member: str) -> None:
    """Check that :func:`forget` would find a member, so that a command can do so before it asks for confirmation.

    A member who is credited, is an actor, or received something is found by an index; for anybody else all events are read.

    Raises:
        InvalidInput: no event can have the name.
        UnknownName: nothing in the store names the member.
        StoreFault: the store has another rule book, or can't be written to.
    """
    _check(store, book)
    member = member_of("member", member)
    with store.reading() as reading:
        known = (
            reading.find(HOLDERS, [("member", member)], index="name"),
            reading.scan(EVENTS, (member,), index="actor", most=1),
            reading.scan(RECEIVED, (member,), most=1),
            filter(Redaction.by(book, member).concerns, reading.scan(EVENTS)),
        )
        if not any(next(iter(rows), None) for rows in known):
            raise _unknown(member)


def _check(store: Store, book: RuleBook) -> None:
    """Check that the store has this rule book and can be written to."""
    check_book(store, book, "forget")
    check_writable(store)


def _unknown(member: str) -> UnknownName:
    return UnknownName(
        f"member {literal(member)}: nothing in the store names them; if an earlier run was interrupted, it had already erased them"
    )


@overload
def forget(
    store: Store | str, book: RuleBook | None, member: str | Holder, keep: Collection[str] = ()
) -> Forgotten: ...
@overload
def forget(
    store: Store | str, *, member: str | Holder, keep: Collection[str] = ()
) -> Forgotten: ...
def forget(
    store: Store | str,
    book: RuleBook | None = None,
    member: str | Holder = "",
    keep: Collection[str] = (),
) -> Forgotten:
    """Erase a member from a store: a pseudonym replaces their name, and the free texts of their events are erased.

    Points, badges and entries stay, under the pseudonym, and so does all that others have; ``verify`` still succeeds. A text is
    free if nothing in the rule book that decides reads its field. Ids of events and objects stay as they are, and so do texts of others
    that mention the member in events that don't name them.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> from wiifm.events import Event
    >>> from datetime import UTC, datetime
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="bob", recipient="ann")
    >>> _ = Engine.over(store, book).record(thanks)
    >>> forget(store, member="bob").events
    1

    Args:
        store: an open store, or its URL.
        book: the rule book of the store; unless given, the one that is kept in it. Without it, name the other arguments.
        member: the member's name, or the holder that a reading returned.
        keep: fields whose texts are not erased, because a function of a plugin reads them.

    Raises:
        InvalidInput: it is a unit or a community, or no name that an event can have; or no event type of the book has a text field that is
            to be kept. Nothing was erased.
        UnknownName: nothing in the store names the member.
        OtherBook: the store has another rule book.
        StoreFault: the store can't be written to, its rule book can't be rebuilt here, or what anybody has depends on a text that would be
            erased.
    """
    with opened_with_book(store, book) as (found, decided):
        return _forget(found, decided, member_of("member", member), keep)


def _forget(store: Store, book: RuleBook, member: str, keep: Collection[str]) -> Forgotten:
    check_kept(book, keep)
    _check(store, book)
    name = pseudonym(secrets.token_hex(8))
    redaction = Redaction.by(book, member, name, keep)
    with erasing(store, book, redaction) as erasure:
        session = erasure.session
        holders = session.find(HOLDERS, [("member", member)], index="name")
        if not (holders or erasure.affected):
            raise _unknown(member)
        if erasure.has_outbox:
            _erase_outbox(session, redaction)
        session.put(HOLDERS, map(redaction.holder, holders))
        renamed = {int(str(row[0])): member for row in holders}
        erased = erasure.erase(f"member {member!r} can't be forgotten", renamed)
    return Forgotten(name, erased.events, erased.entries, erased.commits)


def _erase_outbox(session: Writing, redaction: Redaction) -> None:
    """Delete the undelivered notices to the member, and erase the name from the ids and failure reasons of those to others."""
    mine = session.find(UNDELIVERED, [("member", redaction.member)], index="holder")
    session.delete(UNDELIVERED, [row[: len(UNDELIVERED.key)] for row in mine])
    rows = list(session.scan(UNDELIVERED))
    new_ids = _new_notice_ids(session, redaction, {str(row[EVENT]) for row in rows})
    changed = []
    for row in rows:
        cells = [*row]
        cells[NOTICE] = new_ids.get(row[NOTICE], row[NOTICE])
        cells[REASON] = redaction.text(str(row[REASON]))
        if cells != [*row]:
            changed.append(cells)
    session.put(UNDELIVERED, map(tuple, changed))


def _new_notice_ids(
    session: Reading, redaction: Redaction, events: Collection[str]
) -> dict[Cell, str]:
    """The ids that the notices of some events get without the member's name, by their present ids (which depend on names in the receipt)."""
    found: dict[Cell, str] = {}
    for row in session.find(RECEIPTS, [(event,) for event in events]):
        receipts = (
            receipt_of(str(event), (), str(body)) for event, body in (row, redaction.receipt(row))
        )
        was, now = map(all_notices_of, receipts)
        found.update((one.id, other.id) for one, other in zip(was, now, strict=True))
    return found
