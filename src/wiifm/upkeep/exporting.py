"""Export all that a store holds about a member, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar, overload

from wiifm.archive.archive import Archive
from wiifm.archive.codec import moment_of, pack
from wiifm.archive.log import event_of
from wiifm.archive.receipts import receipt_of
from wiifm.archive.tables import (
    CELLS,
    CLAIMS,
    DOORS,
    ENTRIES,
    EVENTS,
    GHOSTS,
    HISTORIES,
    HOLDERS,
    RECEIPTS,
    RECEIVED,
    SNAPSHOTS,
)
from wiifm.archive.versions import check_book
from wiifm.arguments import member_of
from wiifm.faults import UnknownName, literal
from wiifm.ledger import Holder, Refusal, number
from wiifm.outbox.state import undelivered_to
from wiifm.rulebook.book import RuleBook
from wiifm.standing import standing_of
from wiifm.stores.protocol import Cell, Columns, Reading, Row, Store, Table
from wiifm.upkeep.opening import opened_with_book
from wiifm.upkeep.redaction import Redaction
from wiifm.upkeep.replay import last_number
from wiifm.upkeep.staging import PAGE

Json: TypeAlias = dict[str, Any]
Item = TypeVar("Item")

_OF_OTHERS = ("holder", "occurred_at")
"""What an entry of somebody else tells of them alone."""


@overload
def export(store: Store | str, book: RuleBook | None, member: str | Holder) -> Json: ...
@overload
def export(store: Store | str, *, member: str | Holder) -> Json: ...
def export(store: Store | str, book: RuleBook | None = None, member: str | Holder = "") -> Json:
    """Export all that a store holds about a member, as a dict that can be written as JSON.

    ``standing`` is what they have; ``events`` are those that name them, as they were recorded; ``entries`` their entries in the ledger;
    ``mentioned`` the entries of others whose sentences name them, without whose they are and when it happened; ``receipts`` what the receipts say of them;
    ``undelivered`` the notices that weren't delivered to them yet. All these are as ``as_json`` gives them. ``remembered`` is what the folds
    keep about them, which has no public form: rows by table, with every column. The states of others and the days of culture reports aren't
    included: what they contain about the member follows from these events, and they are about others, too.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> from wiifm.events import Event
    >>> from datetime import UTC, datetime
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="bob", recipient="ann")
    >>> _ = Engine.over(store, book).record(thanks)
    >>> export(store, member="bob")["events"][0]["id"]
    'e1'

    Args:
        store: an open store, or its URL.
        book: the rule book of the store; unless given, the one that is kept in it. Without it, name the other arguments.
        member: the member's name, or the holder that a reading returned.

    Raises:
        InvalidInput: it is a unit or a community, or no name that an event can have.
        UnknownName: nothing in the store names the member.
        OtherBook: the store has another rule book.
        StoreFault: nothing was recorded in the store, or its rule book can't be rebuilt here.
    """
    with opened_with_book(store, book) as (found, decided):
        return _export(found, decided, member_of("member", member))


def _export(store: Store, book: RuleBook, member: str) -> Json:
    check_book(store, book, "export")
    archive = Archive.open(store, book)
    waiting = [each.as_json() for each in undelivered_to(store, Holder("member", member))]
    with archive.reading():
        found = _collect(archive, member)
    if not (found["events"] or found["remembered"]["holders"]):
        raise UnknownName(f"member {literal(member)}: nothing in the store names them")
    return {"member": member, "book": book.digest, **found, "undelivered": waiting}


def _collect(archive: Archive, member: str) -> Json:
    reading, sought = archive.scope.open, Redaction.by(archive.book, member)
    holder = Holder("member", member)
    numbers = {row[0] for row in reading.find(HOLDERS, [(*holder,)], index="name")}
    return {
        "standing": _standing(archive, holder),
        "events": list(_events(archive, sought)),
        "entries": list(_entries(archive, holder)),
        "mentioned": list(_mentioned(archive, numbers, sought)),
        "receipts": list(_receipts(reading, sought)),
        "remembered": dict(_remembered(reading, member, numbers)),
    }


def _standing(archive: Archive, holder: Holder) -> Json:
    found = standing_of(archive.program, holder, archive.flow.histories.get(holder))
    return {
        "points": {purse: number(amount) for purse, amount in found.points.items()},
        "badges": [each.as_json() for each in found.badges],
        "levels": dict(found.levels),
    }


def _events(archive: Archive, sought: Redaction) -> Iterator[Json]:
    """The events that name the member."""
    columns = ("actor", "recipient", "data")
    upto = archive.log.count
    for page in _numbered(archive.scope.open, EVENTS, upto, columns, sought.may_concern):
        found = [event_of(row) for row in page if sought.concerns(row)]
        archive.log.events.hold([each.id for each in found], {each.id: each for each in found})
        yield from (each.as_json() for each in found)
        archive.let_go()


def _entries(archive: Archive, holder: Holder) -> Iterator[Json]:
    """The entries of the member."""
    for count, (no, _) in enumerate(archive.accounts.of_holder(holder), 1):
        yield archive.accounts.entry(no).as_json()
        if count % PAGE == 0:
            archive.let_go()


def _mentioned(archive: Archive, numbers: Collection[Cell], sought: Redaction) -> Iterator[Json]:
    """The entries of others whose sentences name the member; neither whose they are, nor when it happened."""

    def mentions(holder: Cell, say: Cell) -> bool:
        return holder not in numbers and sought.names(say)

    upto = len(archive.accounts.rows)
    for page in _numbered(archive.scope.open, ENTRIES, upto, ("holder", "say"), mentions):
        for no in archive.accounts.rows.hold(page):
            found = archive.accounts.entry(no).as_json()
            yield {key: value for key, value in found.items() if key not in _OF_OTHERS}
        archive.let_go()


def _receipts(reading: Reading, sought: Redaction) -> Iterator[Json]:
    """What receipts say of the member: those items that would be others without them."""
    for row in reading.scan(RECEIPTS):
        without = sought.receipt(row)
        if without is not row:
            one, other = (receipt_of(str(e), (), str(body)) for e, body in (row, without))
            yield {
                "event": one.event,
                "status": one.status,
                "why": one.why or None,
                "refusals": [_refusal_json(e) for e in _differing(one.refusals, other.refusals)],
                "awards": [e.as_json() for e in _differing(one.awards, other.awards)],
                "withdrawn": [e.as_json() for e in _differing(one.withdrawn, other.withdrawn)],
                "levels": [e.as_json() for e in _differing(one.levels, other.levels)],
            }


def _differing(items: Iterable[Item], others: Iterable[Item]) -> list[Item]:
    """Those of some items that differ from the others in the same places."""
    return [one for one, other in zip(items, others, strict=True) if one != other]


def _refusal_json(found: Refusal) -> Json:
    return {
        "event": found.event,
        "holder": found.holder and found.holder.as_json(),
        "rule": found.rule,
        "reason": found.reason,
        "detail": found.detail,
    }


def _remembered(
    reading: Reading, member: str, numbers: set[Cell]
) -> Iterator[tuple[str, list[Json]]]:
    """What the folds keep, by table: about the holder, about others by the member's name, and at gates."""
    about = pack(member)

    def by_name(table: Table, column: str) -> Callable[[Row], bool]:
        key, name = table.place("key"), table.place(column)
        return lambda row: row[name] == member or about in str(row[key])

    named = by_name(CELLS, "part")
    yield "holders", _rows_of(reading, HOLDERS, numbers)
    yield "histories", _rows_of(reading, HISTORIES, numbers)
    yield "ghosts", _rows_of(reading, GHOSTS, numbers)
    yield "snapshots", _rows_of(reading, SNAPSHOTS, numbers)
    yield "cells", _rows_where(reading, CELLS, lambda row: row[0] in numbers or named(row))
    yield "claims", _rows_where(reading, CLAIMS, by_name(CLAIMS, "actor"))
    yield "doors", _rows_where(reading, DOORS, by_name(DOORS, "key"))
    yield "received", _rows_of(reading, RECEIVED, {member})


def _numbered(
    reading: Reading, table: Table, upto: int, columns: Columns, wanted: Callable[..., bool]
) -> Iterator[list[Row]]:
    """The rows of a numbered table, up to a number, for which ``wanted``, called with the cells of some columns, is true, page by page.

    Only these cells are read of the other rows.
    """
    for first in range(1, min(upto, last_number(reading, table)) + 1, PAGE):
        since, before = (first,), (first + PAGE,)
        cells = reading.sift(table, since=since, before=before, columns=("no", *columns))
        numbers = [(no,) for no, *rest in cells if wanted(*rest)]
        yield sorted(reading.find(table, numbers), key=itemgetter(0))


def _rows_of(
    reading: Reading, table: Table, owners: Collection[Cell], index: str | None = None
) -> list[Json]:
    """The rows whose key (or index) begins with one of the given cells."""
    return [
        _row_json(table, row)
        for each in owners
        for row in reading.scan(table, (each,), index=index)
    ]


def _rows_where(reading: Reading, table: Table, wanted: Callable[[Row], bool]) -> list[Json]:
    return [_row_json(table, row) for row in reading.scan(table) if wanted(row)]


def _row_json(table: Table, row: Row) -> Json:
    """A row by column, with its moment as text."""
    found: Json = dict(zip(table.columns, row, strict=True))
    if found.get("at") is not None:
        found["at"] = moment_of(found["at"]).isoformat()
    return found
