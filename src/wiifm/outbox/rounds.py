"""A round of one delivery: tells what is due again, then what is new, in order per holder.

The store keeps a lease, so that only one process delivers at a time. No transaction is open while an observer is called.
Progress is saved at intervals; after a crash the notices since then are delivered again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice
from uuid import uuid4

from attrs import Factory, define, field

from wiifm.archive.codec import micros
from wiifm.deliveries import Delivery, Gone, NotYet
from wiifm.faults import FOREIGN_ERRORS, literal
from wiifm.ledger import Award, Holder, Receipt
from wiifm.memory import Memory
from wiifm.notices import Notice
from wiifm.outbox.tables import (
    ATTEMPTS,
    DELIVERIES,
    DUE,
    HOLDER,
    KIND,
    NO,
    NOTICE,
    PLACE,
    REASON,
    UNDELIVERED,
    WAITING,
    WAITING_REASON,
)
from wiifm.pseudonyms import is_pseudonym
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Key, Reading, Row, Store, Writing

PAGE = 200
"""How many events, or due notices, are looked up at once."""

LEASE = timedelta(minutes=2)
"""For how long no other process delivers. The lease is renewed well before it ends."""

MAX_LEASE = timedelta(hours=1)
"""A lease that ends later than this from now is ignored: one of the two clocks was wrong."""

SAVE_INTERVAL = timedelta(seconds=20)
"""How often progress is saved, and with it the lease renewed."""

MAX_FAILURES = 3
"""After so many notices in a row failed, the observer counts as unavailable: the round ends, and after the pause one more is enough."""

PAUSE = timedelta(minutes=1)
"""For how long an unavailable observer is not called."""

LONG_PAUSE = MAX_LEASE
"""The same for one that raised ``Gone``. It is as long as a lease may be."""


def notices_of(book: RuleBook, receipt: Receipt) -> list[Notice]:
    """The notices of a receipt, in order. Awards of the badges that make up the levels of a ladder are left out, since the level is notified
    instead. Nobody who was forgotten is notified.

    >>> notices_of(RuleBook.load("plugin:sharing"), Receipt(event="e1", status="recorded"))
    []
    """
    return [
        each
        for each in all_notices_of(receipt)
        if not is_pseudonym(each.holder.id)
        and (not isinstance(each.about, Award) or each.about.badge in book.badges)
    ]


def all_notices_of(receipt: Receipt) -> list[Notice]:
    """The same, with the awards of badges that the book doesn't have, and with members who were forgotten.

    >>> all_notices_of(Receipt(event="e1", status="recorded"))
    []
    """
    event = receipt.event
    return [
        *(Notice.of("entry.written", event, each) for each in receipt.entries),
        *(Notice.of("award.withdrawn", event, each) for each in receipt.withdrawn),
        *(Notice.of("award.granted", event, each) for each in receipt.awards),
        *(
            Notice.of("level.reached" if each.up else "level.lost", event, each)
            for each in receipt.levels
        ),
    ]


@define
class _Candidate:
    """A notice to deliver, with the number of its event, its place in the receipt, and what its row in the outbox says, if it has one."""

    no: int
    place: int
    notice: Notice
    attempts: int = 0
    reason: str = WAITING_REASON
    is_stored: bool = False


@define(eq=False)
class Round:
    """A round of one delivery. Check ``is_needed``, then ``acquire`` the lease, then ``run``."""

    name: str
    delivery: Delivery
    store: Store
    memory: Memory
    clock: Callable[[], datetime]
    failed_in_a_row: list[str] = field(factory=list)
    """The ids of the notices that failed since the last success, those of this engine's earlier rounds included: with few notices to a
    round, no round alone would see that the observer is unavailable. One that is tried again and again is one failure."""
    delivered: int = 0
    _token: str = field(factory=lambda: uuid4().hex)
    _upto: int = 0
    """All notices of the events up to this number are delivered, or in the outbox."""
    _started_at: int = 0
    _saved_at: datetime = field(default=Factory(lambda self: self.clock(), takes_self=True))
    _blocked: dict[Holder, bool] = field(factory=dict)
    """By holder, whether their notices have to wait for an earlier one."""
    _line_advanced: set[Holder] = field(factory=set)
    """Holders whose first notice in line was delivered or parked in this round."""
    _any_waiting: bool = False
    _resume_after: dict[tuple[int, Holder], int] = field(factory=dict)
    """If an earlier round ended in the middle of an event: by its number and holder, the place up to which notices are delivered or in the outbox."""
    _changed_rows: list[Row] = field(factory=list)
    _delivered_keys: list[Key] = field(factory=list)
    _is_gone: bool = False
    _pause: timedelta = PAUSE
    _lease_lost: bool = False

    def __attrs_post_init__(self) -> None:
        self._started_at = micros(self._saved_at)

    # ---- the lease ---------------------------------------------------------------------------------------

    def is_needed(self) -> bool:
        """Whether there is anything to deliver, and no other process holds the lease."""
        with self.memory.reading():
            size = self.memory.log.size
        with self.store.reading() as reading:
            no, until, _ = self._read_progress(reading)
            if self._is_leased(until):
                return False
            return size > no or any(self._due_rows(reading, 1))

    def acquire(self) -> bool:
        """Take the lease; returns False if another process holds it."""
        with self.store.writing() as writing:
            self._upto, until, _ = self._read_progress(writing)
            if self._is_leased(until):
                return False
            lease = micros(self._saved_at + LEASE)
            writing.put(DELIVERIES, [(self.name, self._upto, lease, self._token)])
            for row in writing.scan(UNDELIVERED, (self.name, self._upto + 1)):
                no, place = _position(row)
                self._resume_after[no, _holder(row)] = place
            self._any_waiting = any(writing.scan(UNDELIVERED, (self.name,), index="due", most=1))
        return True

    def _is_leased(self, until: int) -> bool:
        return self._started_at < until <= micros(self._saved_at + MAX_LEASE)

    def _read_progress(self, reading: Reading) -> tuple[int, int, str]:
        ((_, no, until, by),) = reading.find(DELIVERIES, [(self.name,)])
        return int(no), int(until), str(by)  # type: ignore[arg-type]

    # ---- the notices -------------------------------------------------------------------------------------

    def _due_candidates(self) -> Iterator[_Candidate]:
        """Notices that failed and are due, and those that wait for them."""
        with self.store.reading() as reading:
            rows = sorted(self._due_rows(reading), key=_position)
        for start in range(0, len(rows), PAGE):
            if self._must_stop:
                return
            if start:
                self._save()
            yield from self._candidates_of(rows[start : start + PAGE])
        for row in {_holder(row): row for row in rows}.values():
            yield from self._waiting_after(row)

    def _due_rows(self, reading: Reading, most: int | None = None) -> Iterator[Row]:
        """The rows that are due; and those that are due later than any pause could be, which failed while a clock was ahead."""
        latest = micros(self._saved_at) + (self.delivery.longest + MAX_LEASE) // timedelta(
            microseconds=1
        )
        mine = partial(reading.scan, UNDELIVERED, (self.name,), index="due", most=most)
        yield from mine(before=(self._started_at + 1,))
        yield from mine(since=(min(latest, WAITING),), before=(WAITING,))

    def _waiting_after(self, row: Row | None) -> Iterator[_Candidate]:
        """The notices that wait in line after a row, until one of them fails."""
        while row and not (self._must_stop or self._blocked.get(_holder(row))):
            line, last = (self.name, *_holder(row)), _position(row)
            with self.store.reading() as reading:
                rows = reading.scan(UNDELIVERED, line, index="waiting")
                page = list(islice((each for each in rows if _position(each) > last), PAGE))
            yield from self._candidates_of(page)
            row = page[-1] if len(page) == PAGE else None
            if row:
                self._save()

    def _candidates_of(self, page: list[Row]) -> Iterator[_Candidate]:
        notices = self._notices({int(row[NO]) for row in page})  # type: ignore[arg-type]
        for row in page:
            if self._must_stop:
                return
            if row[DUE] != WAITING or not self._blocked.get(_holder(row)):
                yield from self._stored_candidate(row, notices)

    def _stored_candidate(self, row: Row, notices: dict[int, list[Notice]]) -> Iterator[_Candidate]:
        no, place = int(row[NO]), int(row[PLACE])  # type: ignore[arg-type]
        found = [each for each in notices.get(no, ()) if each.id == row[NOTICE]]
        if not found:
            self._changed_rows.append(
                (*row[:DUE], None, "the receipt of its event no longer contains it")
            )
            self._line_advanced.add(_holder(row))
        for notice in found:
            attempts = int(row[ATTEMPTS])  # type: ignore[arg-type]
            yield _Candidate(no, place, notice, attempts, str(row[REASON]), is_stored=True)

    def _new_candidates(self) -> Iterator[_Candidate]:
        """The notices of events that were recorded since the last round."""
        if self._changed_rows or self._delivered_keys:
            self._save()
        more = True
        while more:
            with self.memory.reading():
                size = self.memory.log.size
                last = min(self._upto + PAGE, size)
                notices = self._notices({*range(self._upto + 1, last + 1)})
            self._find_blocked(notices)
            for no in range(self._upto + 1, last + 1):
                if self._must_stop:
                    return
                for place, notice in enumerate(notices.get(no, ())):
                    if place > self._resume_after.get((no, notice.holder), -1):
                        yield _Candidate(no, place, notice)
                self._upto = no
            more = last < size
            if more:
                self._save()

    def _notices(self, numbers: set[int]) -> dict[int, list[Notice]]:
        with self.memory.reading():
            receipts = self.memory.receipts_by_number(sorted(numbers))
        return {no: notices_of(self.memory.book, receipt) for no, receipt in receipts.items()}

    def _find_blocked(self, notices: dict[int, list[Notice]]) -> None:
        """Look up which of the holders of some notices have undelivered ones. Many may have: only one row of each is read."""
        if not self._any_waiting:
            return
        holders = {each.holder for found in notices.values() for each in found}
        with self.store.reading() as reading:
            for holder in holders - self._blocked.keys():
                self._blocked[holder] = self._first_in_line(reading, holder) is not None

    def _first_in_line(self, reading: Reading, holder: Holder) -> Row | None:
        """The row of a holder's first notice in line, or None."""
        mine = (self.name, *holder)
        return next(reading.scan(UNDELIVERED, mine, index="waiting", most=1), None)

    # ---- delivering --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Deliver what is due, then what is new, until nothing is left or the observer is unavailable."""
        try:
            for candidate in chain(self._due_candidates(), self._new_candidates()):
                self._deliver_or_store(candidate)
                if self.clock() - self._saved_at >= SAVE_INTERVAL:
                    self._save()
        finally:
            self._save(last=True)

    @property
    def _must_stop(self) -> bool:
        failed = self._is_gone or len(self.failed_in_a_row) >= MAX_FAILURES
        return failed or self._lease_lost

    def _deliver_or_store(self, candidate: _Candidate) -> None:
        """Deliver a notice; or put it into the outbox if an earlier one of its holder waits, or the observer became unavailable during this event."""
        holder = candidate.notice.holder
        if self._blocked.get(holder):
            self._store_row(candidate, WAITING)
            return
        if self._must_stop:
            self._blocked[holder] = True
            self._store_row(candidate, micros(self.clock()))
            return
        try:
            self.delivery.to(candidate.notice)
        except FOREIGN_ERRORS as error:  # an observer may raise anything
            if candidate.notice.id not in self.failed_in_a_row:
                self.failed_in_a_row.append(candidate.notice.id)
            candidate.attempts += 1
            candidate.reason = literal(error, 300)
            self._handle_failure(candidate, error)
        else:
            self.failed_in_a_row.clear()
            self.delivered += 1
            if candidate.is_stored:
                self._delivered_keys.append((self.name, candidate.no, candidate.place))
                self._line_advanced.add(holder)

    def _handle_failure(self, candidate: _Candidate, error: BaseException) -> None:
        """Have a notice tried again after a pause (at least that of a ``NotYet``); or park it after its last attempt, or after ``Gone``."""
        notice, is_gone = candidate.notice, isinstance(error, Gone)
        if is_gone:
            self._is_gone, self._pause = True, LONG_PAUSE
        if is_gone or candidate.attempts >= self.delivery.attempts:
            self._store_row(candidate, None)
            self._line_advanced.add(notice.holder)
            return
        pause = self.delivery.pause(notice.id, candidate.attempts)
        if isinstance(error, NotYet):
            pause = max(pause, min(error.after, self.delivery.longest))
        self._blocked[notice.holder] = True
        self._store_row(candidate, micros(self.clock() + pause))

    def _store_row(self, candidate: _Candidate, due: int | None) -> None:
        notice = candidate.notice
        self._changed_rows.append(
            (
                self.name,
                candidate.no,
                candidate.place,
                notice.id,
                notice.type,
                *notice.holder,
                notice.event,
                candidate.attempts,
                due,
                candidate.reason,
            )
        )

    def _save(self, *, last: bool = False) -> None:
        """Save what was delivered and what failed, and renew the lease; the last time, release it."""
        if self._lease_lost:
            return
        self._saved_at = now = self.clock()
        until, by = micros(now + LEASE), self._token
        if last:
            until, by = micros(now + self._pause) if self._must_stop else 0, ""
        with self.store.writing() as writing:
            if self._read_progress(writing)[2] != self._token:
                self._lease_lost = True  # another process continues from what was saved last
                return
            writing.put(UNDELIVERED, self._changed_rows)
            writing.delete(UNDELIVERED, self._delivered_keys)
            self._make_first_due(writing)
            writing.put(DELIVERIES, [(self.name, self._upto, until, by)])
        for each in (self._changed_rows, self._delivered_keys, self._line_advanced):
            each.clear()

    def _make_first_due(self, writing: Writing) -> None:
        """Make the first notice of each line that advanced due now, so that no line gets stuck, even if this round crashes."""
        first = [self._first_in_line(writing, holder) for holder in self._line_advanced]
        waits = [row for row in first if row and row[DUE] == WAITING]
        writing.put(UNDELIVERED, [(*row[:DUE], self._started_at, row[REASON]) for row in waits])


def _holder(row: Row) -> Holder:
    """The holder of the notice in a row."""
    return Holder(*row[KIND : HOLDER + 1])  # type: ignore[arg-type]


def _position(row: Row) -> tuple[int, int]:
    """The position of a row in the order of the log."""
    return int(row[NO]), int(row[PLACE])  # type: ignore[arg-type]
