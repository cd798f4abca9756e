"""What the outbox of a store holds: how far deliveries have come, what waits and what is parked, and to have it retried."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Literal

from attrs import frozen

from wiifm.archive.codec import micros, moment_of
from wiifm.archive.tables import EVENTS
from wiifm.faults import NotPrepared
from wiifm.ledger import Holder
from wiifm.outbox.tables import (
    ATTEMPTS,
    DELIVERIES,
    DUE,
    HOLDER,
    KIND,
    NOTICE,
    REASON,
    TABLES,
    UNDELIVERED,
)
from wiifm.stores.protocol import Row, Store


@frozen(kw_only=True)
class Undelivered:
    """A notice that was not delivered: why, how often it was tried, and when it is tried again.

    >>> from datetime import UTC
    >>> found = Undelivered(delivery="crm", notice="n1", type="entry.written", holder=Holder("member", "ann"),
    ...                     event="e1", attempts=10, due=None, reason="ConnectionError('refused')")
    >>> found.state
    'parked'
    """

    delivery: str
    notice: str
    type: str
    holder: Holder
    event: str
    attempts: int
    due: datetime | None
    reason: str

    @property
    def state(self) -> Literal["parked", "failed", "waiting"]:
        """Parked until somebody has it retried, failed and tried again, or waiting for an earlier one of its holder."""
        if self.due is None:
            return "parked"
        return "failed" if self.attempts else "waiting"

    def as_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "delivery": self.delivery,
            "notice": self.notice,
            "type": self.type,
            "holder": self.holder.as_json(),
            "event": self.event,
            "attempts": self.attempts,
            "state": self.state,
            "due": self.due and self.due.isoformat(),
            "reason": self.reason,
        }


def undelivered(store: Store, delivery: str | None = None) -> list[Undelivered]:
    """What was not delivered, in the order of the log: by all deliveries, or by one; nothing is written.

    >>> from wiifm.stores.memory import MemoryStore
    >>> undelivered(MemoryStore())
    []
    """
    with store.reading() as reading:
        try:
            rows = list(reading.scan(UNDELIVERED, () if delivery is None else (delivery,)))
        except NotPrepared:
            return []
    return [_undelivered(row) for row in rows]


def _undelivered(row: Row) -> Undelivered:
    name, _, _, notice, kind_of, kind, holder, event, attempts, due, reason = row
    return Undelivered(
        delivery=str(name),
        notice=str(notice),
        type=str(kind_of),
        holder=Holder(kind, str(holder)),  # type: ignore[arg-type]
        event=str(event),
        attempts=int(attempts),  # type: ignore[arg-type]
        due=None if due is None else moment_of(int(due)),
        reason=str(reason),
    )


@frozen
class Told:
    """How far a delivery has come: it was told of the events up to ``no``, of so many that there are.

    >>> Told(no=3, events=5).events
    5
    """

    no: int
    events: int


def progress(store: Store) -> dict[str, Told]:
    """How far each delivery has come that began in the store of an engine; nothing is written.

    >>> from wiifm.stores.memory import MemoryStore
    >>> progress(MemoryStore())
    {}
    """
    with store.reading() as reading:
        try:
            rows = list(reading.scan(DELIVERIES))
            last = next(reading.scan(EVENTS, backwards=True, most=1), (0,))
        except NotPrepared:
            return {}
    count = int(last[0])  # type: ignore[arg-type]
    return {str(row[0]): Told(int(row[1]), count) for row in rows}  # type: ignore[arg-type]


def retry(
    store: Store, now: datetime, delivery: str | None = None, notices: Collection[str] = ()
) -> int:
    """Have what is parked or waits tried again, as if for the first time, at the next delivery; answers how many notices.

    >>> from datetime import UTC
    >>> from wiifm.stores.memory import MemoryStore
    >>> retry(MemoryStore(), datetime(2026, 5, 4, tzinfo=UTC))
    0

    Args:
        store: where they are.
        now: from when on they are due.
        delivery: only those of this one.
        notices: only those with these ids, and what waits for the same holders.
    """
    store.prepare(TABLES)
    with store.writing() as writing:
        rows = list(writing.scan(UNDELIVERED, () if delivery is None else (delivery,)))
        chosen = [row for row in rows if not notices or row[NOTICE] in notices]
        holders = {_holder(row) for row in chosen}
        again = {row[:3]: row for row in rows if row[DUE] is not None and _holder(row) in holders}
        again |= {row[:3]: row for row in chosen}
        due = micros(now)
        writing.put(UNDELIVERED, [(*row[:ATTEMPTS], 0, due, row[REASON]) for row in again.values()])
        woken = writing.find(DELIVERIES, list({(row[0],) for row in again.values()}))
        writing.put(DELIVERIES, [(name, no, 0, "") for name, no, _, by in woken if not by])
    return len(again)


def _holder(row: Row) -> Row:
    """Which holder of which delivery a row is about."""
    return (row[0], *row[KIND : HOLDER + 1])


def begin(store: Store, names: Iterable[str], count: int) -> None:
    """Have deliveries that are new here begin behind so many events."""
    store.prepare(TABLES)
    with store.reading() as reading:
        known = {row[0] for row in reading.scan(DELIVERIES)}
    if not known.issuperset(names):
        with store.writing() as writing:
            known = {row[0] for row in writing.scan(DELIVERIES)}
            new = [(name, count, 0, "") for name in names if name not in known]
            writing.insert(DELIVERIES, new)
