"""All that a store holds about a member, as JSON, for the member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from wiifm.archive.archive import Archive
from wiifm.archive.codec import pack
from wiifm.archive.kept import digest_in
from wiifm.archive.ledger import HOLDER, SAID, SAY
from wiifm.archive.log import event_of
from wiifm.archive.tables import CELLS, CLAIMS, ENTRIES, EVENTS, HOLDERS, RECEIPTS, SNAPSHOTS
from wiifm.faults import StoreFault, UnknownName
from wiifm.ledger import Holder
from wiifm.outbox import undelivered
from wiifm.rulebook.book import RuleBook
from wiifm.standing import standing_of
from wiifm.stores.protocol import Reading, Row, Store, Table
from wiifm.upkeep.redaction import Redaction

Json: TypeAlias = dict[str, Any]


def export(store: Store, book: RuleBook, member: str) -> Json:
    """All that a store holds about a member.

    ``standing`` is what they have; ``events`` those that name them, as they were recorded; ``entries`` their lines of
    the ledger; ``mentioned`` the lines of others whose sentences name them; ``receipts`` what else was said;
    ``undelivered`` what they weren't told yet; and ``remembered`` what the folds keep of them: rows by table, with each column.

    Args:
        book: the rule book by which it was recorded.

    Raises:
        UnknownName: nothing in the store names the member.
        StoreFault: another book decided what is in the store.
    """
    if digest_in(store) != book.digest:
        raise StoreFault(
            f"the rule book {book.id!r} has the digest {book.digest}, and what is in the store was decided by the one "
            f"with the digest {digest_in(store)}: export by that one"
        )
    archive, sought = Archive.open(store, book), Redaction(member, "", {})
    waiting = [each.as_json() for each in undelivered(store) if each.holder == ("member", member)]
    with archive.reading():
        reading = archive.desk.open
        holders = reading.find(HOLDERS, [("member", member)], index="name")
        events = [event_of(row).as_json() for row in reading.scan(EVENTS) if sought.concerns(row)]
        if not (holders or events):
            raise UnknownName(f"member {member!r}: nothing in the store names them")
        numbers = {row[0] for row in holders}
        history = archive.flow.histories.get(Holder("member", member))
        standing = standing_of(archive.program, Holder("member", member), history)
        return {
            "member": member,
            "book": book.digest,
            "standing": {
                "points": {purse: str(amount) for purse, amount in standing.points.items()},
                "badges": [
                    [each.badge, each.tier, each.key, each.event] for each in standing.badges
                ],
                "levels": dict(standing.levels),
            },
            "events": events,
            "entries": _rows(reading, ENTRIES, lambda row: row[HOLDER] in numbers),
            "mentioned": _rows(
                reading, ENTRIES, lambda row: row[HOLDER] not in numbers and _names(sought, row)
            ),
            "receipts": _rows(reading, RECEIPTS, lambda row: sought.names(row[1])),
            "undelivered": waiting,
            "remembered": dict(_remembered(reading, member, numbers)),
        }


def _names(sought: Redaction, row: Row) -> bool:
    return sought.names(row[SAY]) or sought.names(row[SAID])


def _remembered(
    reading: Reading, member: str, numbers: set[Any]
) -> Iterator[tuple[str, list[Json]]]:
    """What the folds keep: of the holder, of others as far as it is about the member, and at gates."""
    part, actor, key, about = (
        CELLS.place("part"),
        CLAIMS.place("actor"),
        CLAIMS.place("key"),
        pack(member),
    )
    yield "holders", _rows(reading, HOLDERS, lambda row: row[0] in numbers)
    yield "snapshots", _rows(reading, SNAPSHOTS, lambda row: row[0] in numbers)
    yield "cells", _rows(reading, CELLS, lambda row: row[0] in numbers or row[part] == member)
    yield (
        "claims",
        _rows(reading, CLAIMS, lambda row: row[actor] == member or about in str(row[key])),
    )


def _rows(reading: Reading, table: Table, wanted: Callable[[Row], bool]) -> list[Json]:
    return [
        dict(zip(table.columns, row, strict=True)) for row in reading.scan(table) if wanted(row)
    ]
