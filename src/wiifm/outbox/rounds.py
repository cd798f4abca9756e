"""A round of one delivery: what is due again, then what is new, in order per holder.

Nobody else delivers meanwhile: the store says who is at it, and until when. No transaction is open while an observer is called.
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
from wiifm.events import FORGOTTEN
from wiifm.faults import DISTURBANCES, literal
from wiifm.ledger import Award, Holder, Receipt
from wiifm.memory import Memory
from wiifm.notices import Notice
from wiifm.outbox.tables import (
    ATTEMPTS,
    BEHIND,
    DELIVERIES,
    DUE,
    HOLDER,
    KIND,
    NO,
    NOTICE,
    PLACE,
    REASON,
    UNDELIVERED,
    WAITS,
)
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Key, Reading, Row, Store, Writing

PAGE = 200
"""So many events, or notices that are due again, are looked up at once."""

LEASE = timedelta(minutes=2)
"""So long nobody else delivers; whoever is at it says so anew well before."""

WRONG = timedelta(hours=1)
"""Whoever is at it for longer than that to come had a wrong clock, or ours was put back: nobody waits for them."""

RENEWAL = timedelta(seconds=20)
"""After so long, what was done is written down, and the lease renewed."""

ENOUGH = 3
"""After so many failures in a row the observer is taken to be away."""

REST = timedelta(minutes=1)
"""So long an observer that is away isn't bothered."""

LONG_REST = WRONG
"""So long one that is gone isn't: as long as anybody is waited for."""


def notices_of(book: RuleBook, receipt: Receipt) -> list[Notice]:
    """All that a receipt has to tell, in its order; a badge that makes a level is told as that, and nothing is told to who is forgotten.

    >>> notices_of(RuleBook.load("plugin:sharing"), Receipt(event="e1", status="recorded"))
    []
    """
    return [
        each
        for each in all_notices_of(receipt)
        if not each.holder.id.startswith(FORGOTTEN)
        and (not isinstance(each.about, Award) or each.about.badge in book.badges)
    ]


def all_notices_of(receipt: Receipt) -> list[Notice]:
    """The same, and what it tells of badges that no book has any more, and of whoever is forgotten.

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
    """A notice to be told, and what its row in the outbox says of it, if it has one."""

    no: int
    place: int
    notice: Notice
    attempts: int = 0
    reason: str = WAITS
    stands: bool = False


@define(eq=False)
class Round:
    """One round of a delivery, for whoever can take it."""

    name: str
    delivery: Delivery
    store: Store
    memory: Memory
    clock: Callable[[], datetime]
    told: int = 0
    _by: str = field(factory=lambda: uuid4().hex)
    _no: int = 0
    """All notices of the events up to this one are told, or stand in the outbox."""
    _began: int = 0
    _written: datetime = field(default=Factory(lambda self: self.clock(), takes_self=True))
    _held: dict[Holder, bool] = field(factory=dict)
    """Whether notices of a holder have to wait in line."""
    _advanced: set[Holder] = field(factory=set)
    """Holders whose first notice in line was told, or parked."""
    _some_wait: bool = False
    _cut: dict[tuple[int, Holder], int] = field(factory=dict)
    """Of an event amid which an earlier round ended, up to which place the notices of a holder were told, or stand in the outbox."""
    _rows: list[Row] = field(factory=list)
    _gone: list[Key] = field(factory=list)
    _in_a_row: int = 0
    _rest: timedelta = REST
    _lost: bool = False

    def __attrs_post_init__(self) -> None:
        self._began = micros(self._written)

    # ---- whose turn it is --------------------------------------------------------------------------------

    def is_called_for(self) -> bool:
        """Whether there is anything to tell, and nobody else is at it."""
        with self.memory.reading():
            size = self.memory.log.size
        with self.store.reading() as reading:
            no, until, _ = self._state(reading)
            if self._is_taken(until):
                return False
            return size > no or any(self._due_rows(reading, 1))

    def take(self) -> bool:
        """Take the delivery, unless somebody else has."""
        with self.store.writing() as writing:
            self._no, until, _ = self._state(writing)
            if self._is_taken(until):
                return False
            lease = micros(self._written + LEASE)
            writing.put(DELIVERIES, [(self.name, self._no, lease, self._by)])
            for row in writing.scan(UNDELIVERED, (self.name, self._no + 1)):
                no, place = _place(row)
                self._cut[no, _holder(row)] = place
            self._some_wait = any(writing.scan(UNDELIVERED, (self.name,), index="due", most=1))
        return True

    def _is_taken(self, until: int) -> bool:
        return self._began < until <= micros(self._written + WRONG)

    def _state(self, reading: Reading) -> tuple[int, int, str]:
        ((_, no, until, by),) = reading.find(DELIVERIES, [(self.name,)])
        return int(no), int(until), str(by)  # type: ignore[arg-type]

    # ---- what there is to tell ---------------------------------------------------------------------------

    def _due(self) -> Iterator[_Candidate]:
        """What failed and is due, and what waits in line behind it."""
        with self.store.reading() as reading:
            rows = sorted(self._due_rows(reading), key=_place)
        for start in range(0, len(rows), PAGE):
            if self._is_over:
                return
            if start:
                self._write_down()
            yield from self._in_order(rows[start : start + PAGE])
        for row in {_holder(row): row for row in rows}.values():
            yield from self._line_behind(row)

    def _due_rows(self, reading: Reading, most: int | None = None) -> Iterator[Row]:
        """The rows that are due; and those that are due later than anything is put off, as they failed while a clock was ahead."""
        latest = micros(self._written) + (self.delivery.longest + WRONG) // timedelta(
            microseconds=1
        )
        mine = partial(reading.scan, UNDELIVERED, (self.name,), index="due", most=most)
        yield from mine(before=(self._began + 1,))
        yield from mine(since=(min(latest, BEHIND),), before=(BEHIND,))

    def _line_behind(self, row: Row | None) -> Iterator[_Candidate]:
        """What waits in line behind a notice, until one of it fails."""
        while row and not (self._is_over or self._held.get(_holder(row))):
            line, last = (self.name, *_holder(row)), _place(row)
            with self.store.reading() as reading:
                rows = reading.scan(UNDELIVERED, line, index="waiting")
                page = list(islice((each for each in rows if _place(each) > last), PAGE))
            yield from self._in_order(page)
            row = page[-1] if len(page) == PAGE else None
            if row:
                self._write_down()

    def _in_order(self, page: list[Row]) -> Iterator[_Candidate]:
        notices = self._notices({int(row[NO]) for row in page})  # type: ignore[arg-type]
        for row in page:
            if self._is_over:
                return
            if row[DUE] != BEHIND or not self._held.get(_holder(row)):
                yield from self._standing(row, notices)

    def _standing(self, row: Row, notices: dict[int, list[Notice]]) -> Iterator[_Candidate]:
        no, place = int(row[NO]), int(row[PLACE])  # type: ignore[arg-type]
        found = [each for each in notices.get(no, ()) if each.id == row[NOTICE]]
        if not found:
            self._rows.append((*row[:DUE], None, "its event no longer tells this"))
            self._advanced.add(_holder(row))
        for notice in found:
            attempts = int(row[ATTEMPTS])  # type: ignore[arg-type]
            yield _Candidate(no, place, notice, attempts, str(row[REASON]), stands=True)

    def _new(self) -> Iterator[_Candidate]:
        """What came since."""
        if self._rows or self._gone:
            self._write_down()
        more = True
        while more:
            with self.memory.reading():
                size = self.memory.log.size
                last = min(self._no + PAGE, size)
                notices = self._notices({*range(self._no + 1, last + 1)})
            self._look_up(notices)
            for no in range(self._no + 1, last + 1):
                if self._is_over:
                    return
                for place, notice in enumerate(notices.get(no, ())):
                    if place > self._cut.get((no, notice.holder), -1):
                        yield _Candidate(no, place, notice)
                self._no = no
            more = last < size
            if more:
                self._write_down()

    def _notices(self, numbers: set[int]) -> dict[int, list[Notice]]:
        with self.memory.reading():
            receipts = self.memory.receipts_by_number(sorted(numbers))
        return {no: notices_of(self.memory.book, receipt) for no, receipt in receipts.items()}

    def _look_up(self, notices: dict[int, list[Notice]]) -> None:
        """Look up whose notices wait, of those who are to be told some: many may wait, and one of each says so."""
        if not self._some_wait:
            return
        holders = {each.holder for found in notices.values() for each in found}
        with self.store.reading() as reading:
            for holder in holders - self._held.keys():
                self._held[holder] = self._first(reading, holder) is not None

    def _first(self, reading: Reading, holder: Holder) -> Row | None:
        """The row of the first notice in the line of a holder."""
        mine = (self.name, *holder)
        return next(reading.scan(UNDELIVERED, mine, index="waiting", most=1), None)

    # ---- telling it --------------------------------------------------------------------------------------

    def go(self) -> None:
        """Tell what is due, then what is new, until there is no more or the observer is away."""
        try:
            for candidate in chain(self._due(), self._new()):
                self._attend(candidate)
                if self.clock() - self._written >= RENEWAL:
                    self._write_down()
        finally:
            self._write_down(last=True)

    @property
    def _is_over(self) -> bool:
        return self._in_a_row >= ENOUGH or self._lost

    def _attend(self, candidate: _Candidate) -> None:
        """Tell a notice, unless an earlier one of its holder waits, or the observer went away amid an event."""
        holder = candidate.notice.holder
        if self._held.get(holder):
            self._set_aside(candidate, BEHIND)
            return
        if self._is_over:
            self._held[holder] = True
            self._set_aside(candidate, micros(self.clock()))
            return
        try:
            self.delivery.to(candidate.notice)
        except DISTURBANCES as error:  # a foreign observer: it is tried again
            self._in_a_row += 1
            candidate.attempts += 1
            candidate.reason = literal(error, 300)
            self._fail(candidate, error)
        else:
            self._in_a_row = 0
            self.told += 1
            if candidate.stands:
                self._gone.append((self.name, candidate.no, candidate.place))
                self._advanced.add(holder)

    def _fail(self, candidate: _Candidate, error: BaseException) -> None:
        """Have a notice tried again later, no sooner than whoever failed says; park it where it was tried often enough, or nobody is there any more."""
        notice, is_gone = candidate.notice, isinstance(error, Gone)
        if is_gone:
            self._in_a_row, self._rest = ENOUGH, LONG_REST
        if is_gone or candidate.attempts >= self.delivery.attempts:
            self._set_aside(candidate, None)
            self._advanced.add(notice.holder)
            return
        pause = self.delivery.pause(notice.id, candidate.attempts)
        if isinstance(error, NotYet):
            pause = max(pause, min(error.after, self.delivery.longest))
        self._held[notice.holder] = True
        self._set_aside(candidate, micros(self.clock() + pause))

    def _set_aside(self, candidate: _Candidate, due: int | None) -> None:
        notice = candidate.notice
        self._rows.append(
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

    def _write_down(self, *, last: bool = False) -> None:
        """Write down what was told and what failed; the last time, let others go on."""
        if self._lost:
            return
        self._written = now = self.clock()
        until, by = micros(now + LEASE), self._by
        if last:
            until, by = micros(now + self._rest) if self._is_over else 0, ""
        with self.store.writing() as writing:
            if self._state(writing)[2] != self._by:
                self._lost = True  # it took too long, and somebody else goes on from where it was written down last
                return
            writing.put(UNDELIVERED, self._rows)
            writing.delete(UNDELIVERED, self._gone)
            self._move_up(writing)
            writing.put(DELIVERIES, [(self.name, self._no, until, by)])
        for each in (self._rows, self._gone, self._advanced):
            each.clear()

    def _move_up(self, writing: Writing) -> None:
        """Whoever is first in a line now is due now: whatever becomes of this round, no line is stuck."""
        first = [self._first(writing, holder) for holder in self._advanced]
        waits = [row for row in first if row and row[DUE] == BEHIND]
        writing.put(UNDELIVERED, [(*row[:DUE], self._began, row[REASON]) for row in waits])


def _holder(row: Row) -> Holder:
    """Whose notice a row is about."""
    return Holder(*row[KIND : HOLDER + 1])  # type: ignore[arg-type]


def _place(row: Row) -> tuple[int, int]:
    """Where a notice stands in the order of the log."""
    return int(row[NO]), int(row[PLACE])  # type: ignore[arg-type]
