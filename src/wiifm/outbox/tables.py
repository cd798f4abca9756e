"""The tables of the outbox. They don't contain the notices: these follow from the log and the receipts."""

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
"""How far each delivery has come: all notices of the events up to ``no`` were delivered, or are in the table below. Until the
moment ``until`` no other process delivers: either a round is under way, whose token is in ``by``, or the delivery pauses."""

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
"""Notices that weren't delivered, by the number of their event and their place in its receipt. Those of one holder form a line. ``due``
is when the first of the line is tried again; it is WAITING for the others, which aren't touched before their turn, and NULL for a
notice that is parked."""

WAITING = 2**62
"""The value of ``due`` for a notice that waits for an earlier one of its holder. It is later than any real moment."""

TABLES = (DELIVERIES, UNDELIVERED)

NO, PLACE, NOTICE, KIND, HOLDER, ATTEMPTS, DUE, REASON = map(
    UNDELIVERED.place, ("no", "place", "notice", "kind", "holder", "attempts", "due", "reason")
)


WAITING_REASON = "an earlier notice of the same holder waits"
"""The reason of a notice that wasn't tried yet."""

EVENT = UNDELIVERED.place("event")


def erase_reasons(writing: Writing, events: Collection[str]) -> None:
    """Reduce the reasons why notices of some events failed to the type of the exception: an observer may have quoted what it was told.

    A round that is under way holds the original texts. It loses its lease, and so writes nothing more.

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
    rows = [
        row
        for row in writing.scan(UNDELIVERED)
        if row[EVENT] in events and row[REASON] != WAITING_REASON
    ]
    writing.put(UNDELIVERED, [(*row[:REASON], unquoted(str(row[REASON]))) for row in rows])


def has_outbox(store: Store) -> bool:
    """Whether a store has the tables of an outbox.

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
