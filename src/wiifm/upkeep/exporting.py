"""All that a store holds about a member, as JSON, for the member."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from operator import itemgetter
from typing import Any, TypeAlias

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
from wiifm.upkeep.redaction import Redaction
from wiifm.upkeep.replay import last_number
from wiifm.upkeep.staging import PAGE

Json: TypeAlias = dict[str, Any]


def export(store: Store, book: RuleBook, member: str) -> Json:
    """All that a store holds about a member.

    ``standing`` is what they have; ``events`` those that name them, as they were recorded; ``entries`` their lines of
    the ledger; ``mentioned`` the lines of others whose sentences name them; ``receipts`` what else was said;
    ``undelivered`` what they weren't told yet; and ``remembered`` what the folds keep of them: rows by table, with each column.
    What others' states and the days of culture reports tell of them beside follows from these events, and is others' own, too.

    >>> from wiifm.engine import Engine
    >>> from wiifm.stores.memory import MemoryStore
    >>> from wiifm.events import Event
    >>> from datetime import UTC, datetime
    >>> store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="bob", recipient="ann")
    >>> _ = Engine.over(store, book).record(thanks)
    >>> export(store, book, "bob")["events"][0]["id"]
    'e1'

    Args:
        book: the rule book by which it was recorded.

    Raises:
        UnknownName: nothing in the store names the member.
        StoreFault: another book decided what is in the store.
    """
    check_book(store, book, "export")
    if not is_text(member):
        raise _unknown(member)
    archive = Archive.open(store, book)
    waiting = [each.as_json() for each in undelivered_to(store, Holder("member", member))]
    with archive.reading():
        found = _found(archive, member)
    if not (found["events"] or found["remembered"]["holders"]):
        raise _unknown(member)
    return {"member": member, "book": book.digest, **found, "undelivered": waiting}


def _unknown(member: str) -> UnknownName:
    return UnknownName(f"member {literal(member)}: nothing in the store names them")


def _found(archive: Archive, member: str) -> Json:
    reading, sought = archive.scope.open, Redaction.by(archive.book, member)
    numbers = {row[0] for row in reading.find(HOLDERS, [("member", member)], index="name")}

    def mentions(holder: Cell, say: Cell) -> bool:
        return holder not in numbers and sought.names(say)

    events = _numbered(reading, EVENTS, ("actor", "recipient", "data"), sought.may_concern)
    mentioned = _numbered(reading, ENTRIES, ("holder", "say"), mentions)
    return {
        "standing": _standing(archive, Holder("member", member)),
        "events": [event_of(row).as_json() for row in events if sought.concerns(row)],
        "entries": _theirs(reading, ENTRIES, numbers, "holder"),
        "mentioned": [_told(ENTRIES, row) for row in mentioned],
        "receipts": _rows(reading, RECEIPTS, lambda row: sought.receipt(row) != row),
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
    """What the folds keep: of the holder, of others as far as it is kept by the member, and at gates."""
    about = pack(member)

    def by_name(table: Table, column: str) -> Callable[[Row], bool]:
        key, name = table.place("key"), table.place(column)
        return lambda row: row[name] == member or about in str(row[key])

    named = by_name(CELLS, "part")
    yield "holders", _theirs(reading, HOLDERS, numbers)
    yield "histories", _theirs(reading, HISTORIES, numbers)
    yield "ghosts", _theirs(reading, GHOSTS, numbers)
    yield "snapshots", _theirs(reading, SNAPSHOTS, numbers)
    yield "cells", _rows(reading, CELLS, lambda row: row[0] in numbers or named(row))
    yield "claims", _rows(reading, CLAIMS, by_name(CLAIMS, "actor"))
    yield "doors", _rows(reading, DOORS, by_name(DOORS, "key"))
    yield "received", _theirs(reading, RECEIVED, {member})


def _numbered(
    reading: Reading, table: Table, columns: Columns, wanted: Callable[..., bool]
) -> Iterator[Row]:
    """The rows of a table that is numbered whose cells in some columns are wanted: of all others nothing but these is handed over."""
    for first in range(1, last_number(reading, table) + 1, PAGE):
        since, before = (first,), (first + PAGE,)
        cells = reading.sift(table, since=since, before=before, columns=("no", *columns))
        numbers = [(no,) for no, *rest in cells if wanted(*rest)]
        yield from sorted(reading.find(table, numbers), key=itemgetter(0))


def _theirs(
    reading: Reading, table: Table, whose: Collection[Cell], index: str | None = None
) -> list[Json]:
    """The rows whose key (or index) begins with one of some cells."""
    return [
        _told(table, row) for each in whose for row in reading.scan(table, (each,), index=index)
    ]


def _rows(reading: Reading, table: Table, wanted: Callable[[Row], bool]) -> list[Json]:
    return [_told(table, row) for row in reading.scan(table) if wanted(row)]


def _told(table: Table, row: Row) -> Json:
    return dict(zip(table.columns, row, strict=True))
