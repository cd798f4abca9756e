"""Export all that a store holds about a member, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from operator import itemgetter
from typing import Any, TypeAlias, overload

from wiifm.archive.archive import Archive
from wiifm.archive.codec import pack
from wiifm.archive.log import event_of
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
from wiifm.events import is_text
from wiifm.faults import UnknownName, literal
from wiifm.ledger import Holder, number
from wiifm.outbox.state import undelivered_to
from wiifm.rulebook.book import RuleBook
from wiifm.standing import standing_of
from wiifm.stores.protocol import Cell, Columns, Reading, Row, Store, Table
from wiifm.upkeep.opening import opened_with_book
from wiifm.upkeep.redaction import Redaction
from wiifm.upkeep.replay import last_number
from wiifm.upkeep.staging import PAGE

Json: TypeAlias = dict[str, Any]


@overload
def export(store: Store | str, book: RuleBook | None, member: str) -> Json: ...
@overload
def export(store: Store | str, *, member: str) -> Json: ...
def export(store: Store | str, book: RuleBook | None = None, member: str = "") -> Json:
    """Export all that a store holds about a member, as a dict that can be written as JSON.

    ``standing`` is what they have; ``events`` are those that name them, as they were recorded; ``entries`` their entries in the ledger;
    ``mentioned`` the entries of others whose sentences name them; ``receipts`` the receipts that name them; ``undelivered`` the notices that
    weren't delivered to them yet; and ``remembered`` what the folds keep about them: rows by table, with every column. The states of
    others and the days of culture reports aren't included: what they contain about the member follows from these events, and they are
    about others, too.

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

    Raises:
        UnknownName: nothing in the store names the member.
        OtherBook: the store has another rule book.
        StoreFault: nothing was recorded in the store, or its rule book can't be rebuilt here.
    """
    with opened_with_book(store, book) as (found, decided):
        return _export(found, decided, member)


def _export(store: Store, book: RuleBook, member: str) -> Json:
    check_book(store, book, "export")
    if not is_text(member):
        raise _unknown(member)
    archive = Archive.open(store, book)
    waiting = [each.as_json() for each in undelivered_to(store, Holder("member", member))]
    with archive.reading():
        found = _collect(archive, member)
    if not (found["events"] or found["remembered"]["holders"]):
        raise _unknown(member)
    return {"member": member, "book": book.digest, **found, "undelivered": waiting}


def _unknown(member: str) -> UnknownName:
    return UnknownName(f"member {literal(member)}: nothing in the store names them")


def _collect(archive: Archive, member: str) -> Json:
    reading, sought = archive.scope.open, Redaction.by(archive.book, member)
    numbers = {row[0] for row in reading.find(HOLDERS, [("member", member)], index="name")}

    def mentions(holder: Cell, say: Cell) -> bool:
        return holder not in numbers and sought.names(say)

    events = _numbered(reading, EVENTS, ("actor", "recipient", "data"), sought.may_concern)
    mentioned = _numbered(reading, ENTRIES, ("holder", "say"), mentions)
    return {
        "standing": _standing(archive, Holder("member", member)),
        "events": [event_of(row).as_json() for row in events if sought.concerns(row)],
        "entries": _rows_of(reading, ENTRIES, numbers, "holder"),
        "mentioned": [_row_json(ENTRIES, row) for row in mentioned],
        "receipts": _rows_where(reading, RECEIPTS, lambda row: sought.receipt(row) != row),
        "remembered": dict(_remembered(reading, member, numbers)),
    }


def _standing(archive: Archive, holder: Holder) -> Json:
    found = standing_of(archive.program, holder, archive.flow.histories.get(holder))
    return {
        "points": {purse: number(amount) for purse, amount in found.points.items()},
        "badges": [each.as_json() for each in found.badges],
        "levels": dict(found.levels),
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
    reading: Reading, table: Table, columns: Columns, wanted: Callable[..., bool]
) -> Iterator[Row]:
    """The rows of a numbered table for which ``wanted``, called with the cells of some columns, is true.

    Only these cells are read of the other rows.
    """
    for first in range(1, last_number(reading, table) + 1, PAGE):
        since, before = (first,), (first + PAGE,)
        cells = reading.sift(table, since=since, before=before, columns=("no", *columns))
        numbers = [(no,) for no, *rest in cells if wanted(*rest)]
        yield from sorted(reading.find(table, numbers), key=itemgetter(0))


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
    return dict(zip(table.columns, row, strict=True))
