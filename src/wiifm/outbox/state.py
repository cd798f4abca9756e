"""The state of an outbox: how far deliveries have come, which notices were not delivered, and how to retry them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Literal, cast

from attrs import frozen

from wiifm.archive.codec import micros, moment_of
from wiifm.archive.damage import damage_told
from wiifm.archive.stored_book import digest_in
from wiifm.archive.tables import EVENTS
from wiifm.archive.unsound import Unsound
from wiifm.arguments import check_moment
from wiifm.faults import (
    FEW_NAMES,
    Fault,
    InvalidInput,
    NotPrepared,
    UnknownName,
    literal,
    nearest,
)
from wiifm.ledger import Holder
from wiifm.notices import NoticeType
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
    WAITING,
    has_outbox,
)
from wiifm.stores.protocol import Cell, Reading, Row, Store, Writing, place_of
from wiifm.stores.urls import opened


@frozen(kw_only=True)
class Undelivered:
    """A notice that was not delivered: why, how many attempts failed, and when it is tried again.

    >>> from datetime import UTC
    >>> found = Undelivered(delivery="crm", notice="n1", type="entry.written", holder=Holder("member", "ann"),
    ...                     event="e1", attempts=10, due=None, reason="ConnectionError('refused')")
    >>> found.state
    'parked'
    """

    delivery: str
    notice: str
    type: NoticeType
    holder: Holder
    event: str
    attempts: int
    due: datetime | None
    reason: str

    @property
    def state(self) -> Literal["parked", "failed", "waiting"]:
        """``parked`` until it is retried by hand; ``failed`` and to be tried again; or ``waiting`` for an earlier notice of its holder."""
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


def undelivered(store: Store | str, delivery: str | None = None) -> list[Undelivered]:
    """The notices that were not delivered, in the order of the log: of all deliveries, or of one. Nothing is written. The
    store may be given by its URL.

    >>> from wiifm import Engine, RuleBook
    >>> from wiifm.stores.memory import MemoryStore
    >>> store = MemoryStore()
    >>> _ = Engine.over(store, RuleBook.load("plugin:sharing"))
    >>> undelivered(store)
    []

    Raises:
        UnknownName: no delivery of this name was ever registered in the store.
        StoreFault: nothing was recorded in the store yet, or it can't be opened.
    """
    with opened(store) as found, damage_told(found, None, TABLES):
        _check_delivery(found, delivery)
        with found.reading() as reading:
            try:
                rows = list(reading.scan(UNDELIVERED, () if delivery is None else (delivery,)))
            except NotPrepared:
                return []
        return _all_undelivered(found, rows)


def _check_delivery(store: Store, delivery: str | None) -> None:
    """Check that something was recorded in a store, and that the delivery, if one is named, was registered in it.

    The store of an engine in memory has the tables of the outbox alone.
    """
    if not has_outbox(store):
        digest_in(store)
    if delivery is not None and delivery not in (known := _names(store)):
        message = f"delivery {literal(delivery)}: the store knows {', '.join(known) or 'none'}"
        raise UnknownName(message, nearest(str(delivery), known))


def _names(store: Store) -> list[str]:
    """The deliveries that were ever registered in a store."""
    with store.reading() as reading:
        try:
            return [str(row[0]) for row in reading.scan(DELIVERIES)]
        except NotPrepared:
            return []


def undelivered_to(store: Store, holder: Holder) -> list[Undelivered]:
    """The notices that were not delivered to a holder, in the order of the log. Nothing is written.

    >>> from wiifm.stores.memory import MemoryStore
    >>> undelivered_to(MemoryStore(), Holder("member", "ann"))
    []
    """
    with store.reading() as reading:
        try:
            rows = reading.find(UNDELIVERED, [(*holder,)], index="holder")
        except NotPrepared:
            return []
    return _all_undelivered(store, sorted(rows, key=_key))


def _rows_of(reading: Reading, notices: Collection[str], delivery: str | None) -> list[Row]:
    rows = reading.find(UNDELIVERED, [(notice,) for notice in notices], index="notice")
    return [row for row in rows if delivery in (None, row[0])]


def _key(row: Row) -> tuple[str, int, int]:
    name, no, place, *_ = row
    return str(name), int(no), int(place)  # type: ignore[arg-type]


def _all_undelivered(store: Store, rows: Iterable[Row]) -> list[Undelivered]:
    """Notices from rows in order. A notice that waits is due when the first of its line is, which comes before it.

    Raises:
        StoreDamaged: there is none before it.
    """
    first: dict[Row, Cell] = {}
    found = []
    for row in rows:
        due = row[DUE]
        if due is not None:
            due = first.setdefault(_line(row), due)
            if due == WAITING:
                expected = "a moment, as no earlier notice of the holder is there to wait for"
                raise Unsound(UNDELIVERED, row, "due", expected).fault(place_of(store))
        found.append(_undelivered((*row[:DUE], due, *row[DUE + 1 :])))
    return found


def _undelivered(row: Row) -> Undelivered:
    name, _, _, notice, kind_of, kind, holder, event, attempts, due, reason = row
    return Undelivered(
        delivery=str(name),
        notice=str(notice),
        type=cast(NoticeType, kind_of),
        holder=Holder(kind, str(holder)),  # type: ignore[arg-type]
        event=str(event),
        attempts=int(attempts),  # type: ignore[arg-type]
        due=None if due is None else moment_of(int(due)),
        reason=str(reason),
    )


@frozen
class Told:
    """How far a delivery has come: it was told the notices of the events up to number ``no``, of ``events`` that were recorded.

    >>> Told(no=3, events=5).events
    5
    """

    no: int
    events: int


def progress(store: Store | str) -> dict[str, Told]:
    """How far each delivery has come that was ever registered in a store, which may be given by its URL. Nothing is written.

    >>> from wiifm import Engine, RuleBook
    >>> from wiifm.stores.memory import MemoryStore
    >>> store = MemoryStore()
    >>> _ = Engine.over(store, RuleBook.load("plugin:sharing"))
    >>> progress(store)
    {}

    Raises:
        StoreFault: nothing was recorded in the store yet, or it can't be opened.
    """
    with opened(store) as found, damage_told(found, None, TABLES):
        _check_delivery(found, None)
        return _progress(found)


def _progress(store: Store) -> dict[str, Told]:
    with store.reading() as reading:
        try:
            rows = list(reading.scan(DELIVERIES))
            last = next(reading.scan(EVENTS, backwards=True, most=1), (0,))
        except NotPrepared:
            return {}
    count = int(last[0])  # type: ignore[arg-type]
    return {str(row[0]): Told(int(row[1]), count) for row in rows}  # type: ignore[arg-type]


def retry(
    store: Store | str, now: datetime, delivery: str | None = None, notices: Collection[str] = ()
) -> int:
    """Have notices that are parked or failed tried again at the next delivery, as if for the first time; returns how many notices that concerns.

    >>> from datetime import UTC
    >>> from wiifm import Engine, RuleBook
    >>> from wiifm.stores.memory import MemoryStore
    >>> store = MemoryStore()
    >>> _ = Engine.over(store, RuleBook.load("plugin:sharing"))
    >>> retry(store, datetime(2026, 5, 4, tzinfo=UTC))
    0

    Args:
        store: the store of the outbox, open or by its URL.
        now: when they become due, with its UTC offset.
        delivery: only notices of this delivery.
        notices: only notices with these ids, and those that wait for the same holders.

    Raises:
        InvalidInput: the moment has no UTC offset, or the notices aren't a collection of ids.
        UnknownName: no delivery of this name was ever registered in the store, or some of the notices neither wait nor are parked. Then none
            is tried again.
        StoreFault: nothing was recorded in the store yet, or it can't be opened or written to.
    """
    _check_retry(now, notices)
    with opened(store) as found, damage_told(found, None, TABLES):
        _check_delivery(found, delivery)
        if not has_outbox(found):
            _check_there(notices, ())
            return 0
        found.prepare(TABLES)
        with found.writing() as writing:
            return _retry(writing, micros(now), delivery, notices)


def _check_retry(now: datetime, notices: Collection[str]) -> None:
    if not isinstance(now, datetime):
        raise InvalidInput([Fault("now", literal(now), "a datetime with its UTC offset")])
    check_moment("now", now)
    is_collection = isinstance(notices, Collection) and not isinstance(notices, str)
    if not is_collection or not all(isinstance(each, str) for each in notices):
        raise InvalidInput([Fault("notices", literal(notices), "a collection of ids of notices")])


def _retry(writing: Writing, due: int, delivery: str | None, notices: Collection[str]) -> int:
    within = () if delivery is None else (delivery,)
    if notices:
        chosen = _rows_of(writing, notices, delivery)
        if {*notices} != {row[NOTICE] for row in chosen}:
            _check_there(notices, (str(row[NOTICE]) for row in writing.scan(UNDELIVERED, within)))
    else:
        chosen = [row for row in writing.scan(UNDELIVERED, within) if row[DUE] != WAITING]
    lines: dict[Row, list[Row]] = {}
    for row in chosen:
        lines.setdefault(_line(row), []).append(row)
    count = sum(_wake(writing, line, parked, due) for line, parked in lines.items())
    woken = writing.find(DELIVERIES, list({line[:1] for line in lines}))
    writing.put(DELIVERIES, [(name, no, 0, "") for name, no, _, by in woken if not by])
    return count


def _check_there(notices: Iterable[str], known: Iterable[str]) -> None:
    """Check that all of some notices are known to wait or to be parked."""
    there = {*known}
    unknown = [each for each in dict.fromkeys(notices) if each not in there]
    if not unknown:
        return
    if len(unknown) == 1:
        message = f"notice {literal(unknown[0])}: none with this id waits or is parked"
        raise UnknownName(message, nearest(unknown[0], there))
    named = ", ".join(map(literal, unknown[:FEW_NAMES]))
    more = f" and {len(unknown) - FEW_NAMES} more" if len(unknown) > FEW_NAMES else ""
    raise UnknownName(f"notices {named}{more}: none with these ids waits or is parked")


def _wake(writing: Writing, line: Row, chosen: Iterable[Row], due: int) -> int:
    """Make a line due, with those of the chosen notices that were parked back in their places; returns the number of notices in it."""
    standing = list(writing.scan(UNDELIVERED, line, index="waiting"))
    parked = [row for row in chosen if row[DUE] is None]
    again = sorted([*parked, *(row for row in standing if row[DUE] != WAITING)], key=_key)
    dues = [due, *[WAITING] * (len(again) - 1)]
    writing.put(
        UNDELIVERED,
        [(*row[:ATTEMPTS], 0, at, row[REASON]) for row, at in zip(again, dues, strict=True)],
    )
    return len(standing) + len(parked)


def _line(row: Row) -> Row:
    """The key of the line that a row belongs to: that of a holder, for a delivery."""
    return (row[0], *row[KIND : HOLDER + 1])


def begin(store: Store, names: Iterable[str], count: int) -> None:
    """Register deliveries that are new in a store: they are told what comes after the first ``count`` events."""
    store.prepare(TABLES)
    with store.reading() as reading:
        known = {row[0] for row in reading.scan(DELIVERIES)}
    if not known.issuperset(names):
        with store.writing() as writing:
            known = {row[0] for row in writing.scan(DELIVERIES)}
            new = [(name, count, 0, "") for name in names if name not in known]
            writing.insert(DELIVERIES, new)
