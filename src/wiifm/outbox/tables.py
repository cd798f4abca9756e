"""The tables of the outbox. What is to be told isn't in them: it follows from the log and the receipts."""

from __future__ import annotations

from collections.abc import Collection

from wiifm.failures import unquoted
from wiifm.faults import NotPrepared
from wiifm.stores.protocol import Index, Store, Table, Writing

DELIVERIES = Table(
    "deliveries",
    {"name": "text", "no": "integer", "until": "integer", "by": "text"},
    key=("name",),
)
"""How far each delivery has come: all notices of the events up to ``no`` were told, or stand in the table below.
``until`` a moment nobody else delivers: it is at work, by whoever is named; or it rests."""

UNDELIVERED = Table(
    "undelivered",
    {
        "delivery": "text",
        "no": "integer",
        "place": "integer",
        "notice": "text",
        "type": "text",
        "kind": "text",
        "holder": "text",
        "event": "text",
        "attempts": "integer",
        "due": "integer",
        "reason": "text",
    },
    key=("delivery", "no", "place"),
    indexes={
        "due": Index(("delivery", "due")),
        "holder": Index(("kind", "holder")),
        "waiting": Index(("delivery", "kind", "holder", "due")),
        "notice": Index(("notice",)),
    },
)
"""Notices that weren't told, by the number of their event and their place in its receipt. Those of a holder stand in line: ``due`` is when
the first of them is tried again, and BEHIND for the others, which aren't touched until it is their turn. It is NULL where they are parked."""

BEHIND = 2**62
"""The moment behind all others, at which a notice is due that waits for an earlier one of its holder."""

TABLES = (DELIVERIES, UNDELIVERED)

NO, PLACE, NOTICE, KIND, HOLDER, ATTEMPTS, DUE, REASON = map(
    UNDELIVERED.place, ("no", "place", "notice", "kind", "holder", "attempts", "due", "reason")
)


WAITS = "an earlier notice of the same holder waits"
"""The reason of a notice that wasn't tried yet."""

OF = UNDELIVERED.place("event")


def erase_reasons(writing: Writing, events: Collection[str]) -> None:
    """Of why notices of some events weren't told, leave the kind of fault: an observer may have quoted what it was told.

    Whoever delivers meanwhile knows them as they were: they lose their turn, and write nothing down of it any more.

    >>> from wiifm.stores.memory import MemoryStore
    >>> store = MemoryStore()
    >>> store.prepare(TABLES)
    >>> row = ("crm", 1, 0, "n1", "entry.written", "member", "ann", "e1", 3, None, "KeyError('thanks for the map')")
    >>> with store.writing() as writing:
    ...     writing.put(UNDELIVERED, [row])
    ...     erase_reasons(writing, {"e1"})
    ...     print(next(writing.scan(UNDELIVERED))[REASON])
    KeyError; what it said was erased
    """
    at_work = [(name, no, 0, "") for name, no, _, by in writing.scan(DELIVERIES) if by]
    writing.put(DELIVERIES, at_work)
    rows = [row for row in writing.scan(UNDELIVERED) if row[OF] in events and row[REASON] != WAITS]
    writing.put(UNDELIVERED, [(*row[:REASON], unquoted(str(row[REASON]))) for row in rows])


def has_outbox(store: Store) -> bool:
    """Whether any delivery may have begun in a store.

    >>> from wiifm.stores.memory import MemoryStore
    >>> has_outbox(MemoryStore())
    False
    """
    try:
        with store.reading() as reading:
            list(reading.scan(UNDELIVERED, most=1))
    except NotPrepared:
        return False
    return True
