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
    BEHIND,
    DELIVERIES,
    DUE,
    HOLDER,
    KIND,
    NOTICE,
    REASON,
    TABLES,
    UNDELIVERED,
)
from wiifm.stores.protocol import Cell, Reading, Row, Store, Writing


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
    return _all_undelivered(rows)


def undelivered_to(store: Store, holder: Holder) -> list[Undelivered]:
    """What a holder wasn't told, in the order of the log.

    >>> from wiifm.stores.memory import MemoryStore
    >>> undelivered_to(MemoryStore(), Holder("member", "ann"))
    []
    """
    with store.reading() as reading:
        try:
            rows = reading.find(UNDELIVERED, [(*holder,)], index="holder")
        except NotPrepared:
            return []
    return _all_undelivered(sorted(rows, key=_key))


def undelivered_of(store: Store, notices: Collection[str], delivery: str | None = None) -> set[str]:
    """Which of some notices were not delivered: by one delivery, or by any.

    >>> from wiifm.stores.memory import MemoryStore
    >>> undelivered_of(MemoryStore(), ["n1"])
    set()
    """
    with store.reading() as reading:
        try:
            return {str(row[NOTICE]) for row in _rows_of(reading, notices, delivery)}
        except NotPrepared:
            return set()


def _rows_of(reading: Reading, notices: Collection[str], delivery: str | None) -> list[Row]:
    rows = reading.find(UNDELIVERED, [(notice,) for notice in notices], index="notice")
    return [row for row in rows if delivery in (None, row[0])]


def _key(row: Row) -> tuple[str, int, int]:
    name, no, place, *_ = row
    return str(name), int(no), int(place)  # type: ignore[arg-type]


def _all_undelivered(rows: Iterable[Row]) -> list[Undelivered]:
    """What rows say; a notice that waits is due once the first of its line is, which stands ahead of it."""
    first: dict[Row, Cell] = {}
    found = []
    for row in rows:
        due = row[DUE]
        if due is not None:
            due = first.setdefault(_line(row), due)
        found.append(_undelivered((*row[:DUE], due, *row[DUE + 1 :])))
    return found


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
        if notices:
            chosen = _rows_of(writing, notices, delivery)
        else:
            rows = writing.scan(UNDELIVERED, () if delivery is None else (delivery,))
            chosen = [row for row in rows if row[DUE] != BEHIND]
        lines: dict[Row, list[Row]] = {}
        for row in chosen:
            lines.setdefault(_line(row), []).append(row)
        count = sum(_wake(writing, line, parked, micros(now)) for line, parked in lines.items())
        woken = writing.find(DELIVERIES, list({line[:1] for line in lines}))
        writing.put(DELIVERIES, [(name, no, 0, "") for name, no, _, by in woken if not by])
    return count


def _wake(writing: Writing, line: Row, chosen: Iterable[Row], due: int) -> int:
    """Have a line begin anew, with those chosen that were parked in their places; answers how many stand in it then."""
    standing = list(writing.scan(UNDELIVERED, line, index="waiting"))
    parked = [row for row in chosen if row[DUE] is None]
    again = sorted([*parked, *(row for row in standing if row[DUE] != BEHIND)], key=_key)
    dues = [due, *[BEHIND] * (len(again) - 1)]
    writing.put(
        UNDELIVERED,
        [(*row[:ATTEMPTS], 0, at, row[REASON]) for row, at in zip(again, dues, strict=True)],
    )
    return len(standing) + len(parked)


def _line(row: Row) -> Row:
    """In which line a row stands: that of a holder, for a delivery."""
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
