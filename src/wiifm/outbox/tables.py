"""The tables of the outbox. What is to be told isn't in them: it follows from the log and the receipts."""

from __future__ import annotations

from wiifm.faults import NotPrepared
from wiifm.stores.protocol import Index, Store, Table

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
    indexes={"due": Index(("delivery", "due")), "holder": Index(("kind", "holder"))},
)
"""Notices that weren't told, by the number of their event and their place in its receipt; ``due`` is when they are tried
again, the same moment for all of one holder, and NULL where they are parked. Without attempts they wait for an earlier one."""

TABLES = (DELIVERIES, UNDELIVERED)

NO, PLACE, NOTICE, KIND, HOLDER, ATTEMPTS, DUE, REASON = map(
    UNDELIVERED.place, ("no", "place", "notice", "kind", "holder", "attempts", "due", "reason")
)


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
