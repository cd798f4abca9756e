"""The ledger in a store, looked up by event, grade, holder and time. No more of it is read than is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from attrs import define, field

from wiifm.accounts import Accounts, BookedAmount, Gain, sentence
from wiifm.activities import within
from wiifm.archive.codec import bounds_of, micros, pack, slot_of, slot_text
from wiifm.archive.holders import StoredHistories
from wiifm.archive.log import AT, ID, trusted_event
from wiifm.archive.paging import pages
from wiifm.archive.past import StoredHistory
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.rows import (
    AMOUNT,
    BECAUSE,
    BOOK,
    CORRECTS,
    EVENT,
    GRADE,
    HOLDER,
    NO,
    PURSE,
    SAY,
    WAS,
    StoredRows,
)
from wiifm.archive.tables import ENTRIES, EVENTS, HISTORIES, HOLDERS
from wiifm.ledger import Entry, Holder
from wiifm.program.amounts import in_points
from wiifm.records import Booked, History
from wiifm.stores.protocol import Cell, Columns, Key, Row, Those, picked

AMOUNT_COLUMNS = ("no", "event", "rule", "purse", "slot", "amount")
LINE_COLUMNS = (*AMOUNT_COLUMNS, "say")
"""The columns of an entry that are read to sum up amounts (``AMOUNT_COLUMNS``), and those that are read to tell its holder."""

PAGE, LATEST_PAGE = 1_000, 50
"""How many entries are read at once: in order, and of the latest ones."""

NARROWEST, WIDEST = 1_000, 16_000
"""The first span of numbers in which entries by a rule are searched, and the widest one."""


@define(eq=False, kw_only=True)
class StoredAccounts(Accounts):
    """The entries of a ledger in a store."""

    rows: StoredRows
    histories: StoredHistories
    by_event: ReadThrough[str, list[int]] = field(init=False)
    by_grade: ReadThrough[str, list[int]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.by_event = ReadThrough(lambda keys: self._numbers("event", EVENT, keys))
        self.by_grade = ReadThrough(lambda keys: self._numbers("grade", GRADE, keys))

    def _numbers(self, index: str, column: int, keys: list[str]) -> Mapping[str, list[int]]:
        rows = self.rows.scope.open.find(ENTRIES, [(key,) for key in keys], index=index)
        found: dict[str, list[int]] = {}
        by_no = {row[NO]: row for row in rows}
        for no in self.rows.hold(rows):
            found.setdefault(str(by_no[no][column]), []).append(no)
        return found

    def begin(self, base: int) -> None:
        """Begin a batch, before which there are ``base`` entries."""
        self.rows.base = base
        self.amendments.clear()
        self._by_cause.clear()
        self._unindex(base)
        self.forget_all()

    def forget_all(self) -> None:
        """Clear the cache."""
        self.rows.forget()
        self.by_event.forget()
        self.by_grade.forget()

    @property
    def size(self) -> int:
        """The size of the largest cached part: rows, or events or grades, including those without rows."""
        return max(len(self.rows.held), self.by_event.size, self.by_grade.size)

    def of_event(self, event: str) -> list[int]:
        """The numbers of the rows that were booked for an event."""
        return [*self.by_event.get(event, []), *super().of_event(event)]

    def prefetch(self, events: Iterable[str]) -> None:
        """Recall, with one query, what was booked for some events."""
        self.by_event.recall(events)

    def of_grade(self, number: int) -> list[int]:
        """The numbers of all rows of the grade that a row belongs to."""
        row = self.rows[number - 1]
        if not row[2].graded:
            return []
        self._index()
        fresh = self._grades.get(self._grade(row), [])
        return [*self.by_grade.get(self._grade_key(row), []), *fresh]

    def _grade_key(self, row: Booked) -> str:
        holder, rule, thing = self._grade(row)
        # The purse belongs to the key, since another book may have changed it.
        return pack((*holder, rule, thing, row[2].purse))

    def of_holder(
        self, holder: Holder | None, after: int = 0, rule: str | None = None
    ) -> Iterator[tuple[int, Booked]]:
        """The rows of a holder, or of all, in order."""
        if rule is None:
            return self._booked_rows(self._pages_forwards(holder, after))
        spans = _widening(after + 1, len(self.rows) + 1)
        return self._booked_rows(self._pages_by_rule(holder, rule, spans))

    def latest(
        self, holder: Holder, before: int | None, rule: str | None = None
    ) -> Iterator[tuple[int, Booked]]:
        """The rows of a holder, the latest first."""
        end = len(self.rows) + 1
        bound = end if before is None else min(before, end)
        return self._booked_rows(self._pages_backwards(holder, rule, bound))

    def _pages_forwards(self, holder: Holder | None, after: int) -> Iterator[list[Row]]:
        """Pages of rows after a number. No page is read before it is needed."""
        scan, range_ = self.rows.scope.open.scan, self._range_of(holder)
        while range_ is not None:
            rows = [*scan(ENTRIES, *range_, since=(after + 1,), most=PAGE)]
            yield rows
            if len(rows) < PAGE:
                return
            after = int(rows[-1][NO])  # type: ignore[arg-type]

    def _pages_by_rule(
        self, holder: Holder | None, rule: str, spans: Iterable[tuple[int, int]]
    ) -> Iterator[list[Row]]:
        """The rows of a rule, for each span of numbers; the store filters."""
        reading, range_, only = self.rows.scope.open, self._range_of(holder), ("rule", (rule,))
        for low, high in spans if range_ is not None else ():
            yield reading.sift(ENTRIES, *range_, since=(low,), before=(high,), only=only)  # type: ignore[misc]

    def _pages_backwards(self, holder: Holder, rule: str | None, bound: int) -> Iterator[list[Row]]:
        """Pages of rows before a number, the latest first, of all rules or one. The rows of a holder are neighbours in the index, however long the
        ledger is.
        """
        reading, range_ = self.rows.scope.open, self._range_of(holder)
        only = None if rule is None else ("rule", (rule,))
        while range_ is not None:
            rows = reading.sift(ENTRIES, *range_, before=(bound,), only=only, last=LATEST_PAGE)[
                ::-1
            ]
            yield rows
            if len(rows) < LATEST_PAGE:
                return
            bound = int(rows[-1][NO])  # type: ignore[arg-type]

    def _range_of(self, holder: Holder | None) -> tuple[Key, str | None] | None:
        """The start of the key, and the index, by which the entries of a holder, or of all, are found; None for an unknown holder."""
        history = None if holder is None else self.histories.get(holder)
        if history is None:
            return ((), None) if holder is None else None
        return (history.no,), "holder"  # type: ignore[attr-defined]

    def _booked_rows(self, found: Iterable[list[Row]]) -> Iterator[tuple[int, Booked]]:
        for page in found:
            self.rows.hold(page)
            for row in page:
                yield int(row[NO]), self.rows[int(row[NO]) - 1]  # type: ignore[arg-type]

    def within(
        self, holder: Holder, since: datetime | None, until: datetime | None
    ) -> list[tuple[int, Booked]]:
        """The rows of a holder for events in a time span that still concern them; all others add up to nothing."""
        history = self.histories.get(holder)
        if since is None or history is None:
            return super().within(holder, since, until)
        found = self._rows_within(history, since, until, [*ENTRIES.columns])
        return [(no, self.rows[no - 1]) for no in self.rows.hold(found)]

    def gains(self, holder: Holder, since: datetime | None, until: datetime | None) -> list[Gain]:
        """The same rows as they are told to the holder. Only the columns for that are read."""
        history = self.histories.get(holder)
        if history is None:
            return []
        rows = sorted(self._rows_within(history, since, until, LINE_COLUMNS))
        events, purses = self.rows.log.events, self.book.purses
        events.recall(str(row[1]) for row in rows)
        found = []
        for no, name, rule, purse, slot, minor, say in rows:
            event, points = events[str(name)], in_points(int(minor), purses[purse].decimals)  # type: ignore[arg-type, index]
            found.append(Gain(no, event, rule, slot_of(slot), purse, points, say))  # type: ignore[arg-type]
        return found

    def booked_amounts(
        self, holder: Holder, since: datetime | None, until: datetime | None
    ) -> list[BookedAmount]:
        """The same rows as amounts, with what gave them. No event is looked up."""
        history = self.histories.get(holder)
        rows = sorted(self._rows_within(history, since, until, AMOUNT_COLUMNS)) if history else []
        return [
            (event, rule, slot_of(slot)[1], purse, int(minor))  # type: ignore[misc, arg-type]
            for _, event, rule, purse, slot, minor in rows
        ]

    def _rows_within(
        self, history: History, since: datetime | None, until: datetime | None, columns: Columns
    ) -> list[Row]:
        """The same rows as they are stored, in some columns; without bounds all rows of the holder."""
        assert isinstance(history, StoredHistory)
        reading, mine = self.rows.scope.open, (history.no,)
        if since is None and until is None:
            return reading.sift(ENTRIES, mine, index="holder", columns=columns)
        bounds = bounds_of(since, until)
        concerning = Those(table=HISTORIES, column="id", within=mine, **bounds)
        only = ("holder", mine)
        found = reading.follow(concerning, ENTRIES, "event", only=only, columns=columns)
        passed = [(e.id,) for e in self.histories.advances if within(e.occurred_at, since, until)]
        if passed:
            rows = reading.find(ENTRIES, passed, index="event")
            others = [row for row in rows if row[HOLDER] == history.no]
            found = [*{*found, *picked(ENTRIES, others, columns)}]
        return found

    def of_time(self, since: datetime | None, until: datetime | None) -> Iterator[list[Booked]]:
        """The rows of all events in a time span, found by the log, which has an index by time."""
        reading = self.rows.scope.open
        bounds = bounds_of(since, until)
        for page in pages(reading.scan(EVENTS, index="time", **bounds), PAGE):
            events = {str(row[ID]): trusted_event(row) for row in page}
            self.rows.log.events.hold(events, events)
            found = reading.find(ENTRIES, [(row[ID],) for row in page], index="event")
            yield [self.rows[no - 1] for no in self.rows.hold(found)]

    def sums(self, purse: str, since: datetime | None, until: datetime | None) -> dict[str, int]:
        """By member, the sum of what was booked in a purse for events in a time span, in minor units. Nothing else is read."""
        reading = self.rows.scope.open
        those = Those(table=EVENTS, column="id", index="time", **bounds_of(since, until))
        only, columns = ("purse", (purse,)), ("holder", "amount")
        sums: dict[Cell, int] = {}
        for no, minor in reading.follow(those, ENTRIES, "event", only=only, columns=columns):
            sums[no] = sums.get(no, 0) + int(minor)  # type: ignore[arg-type]
        return {name: sums[no] for no, name in self.members() if no in sums}

    def with_entries_before(self, members: Collection[str], moment: datetime) -> set[str]:
        """Those of some members who earned something before a moment. Of most the first row decides; of the others all rows are read."""
        reading, names = self.rows.scope.open, {n: m for n, m in self.members() if m in members}
        keys = [(no,) for no in names]
        firsts = reading.first_of(ENTRIES, keys, "holder", most=1, columns=("event",))
        found = self._earned_before(moment, {str(event) for (event,) in firsts})
        for no in names.keys() - found:
            rows = reading.sift(ENTRIES, (no,), index="holder", columns=("event",))
            found |= self._earned_before(moment, {str(event) for (event,) in rows}) & {no}
        return {names[no] for no in names.keys() & found}

    def _earned_before(self, moment: datetime, events: set[str]) -> set[Cell]:
        """The numbers of the holders for whom some events, if they were before a moment, added up to anything."""
        reading, end = self.rows.scope.open, micros(moment)
        rows = reading.find(EVENTS, [(event,) for event in events], index="id")
        early = [(row[ID],) for row in rows if row[AT] < end]  # type: ignore[operator]
        nets: dict[Row, int] = {}
        for row in reading.find(ENTRIES, early, index="event"):
            key = (row[HOLDER], row[EVENT], row[PURSE])
            nets[key] = nets.get(key, 0) + int(row[AMOUNT])  # type: ignore[arg-type]
        return {holder for (holder, _, _), minor in nets.items() if minor}

    def members(self) -> list[tuple[Cell, str]]:
        """The numbers and names of all members who may have entries."""
        rows = self.rows.scope.open.sift(
            HOLDERS, only=("kind", ("member",)), columns=("no", "name")
        )
        return [(no, str(name)) for no, name in rows]

    def cause(self, number: int) -> str:
        """The event whose recording caused a row."""
        if number > self.rows.base:
            return super().cause(number)
        row = self.rows.row(number)
        return str(row[BECAUSE] if row[BECAUSE] is not None else row[EVENT])

    def corrects(self, number: int) -> int | None:
        """The row that a row corrects."""
        if number > self.rows.base:
            return super().corrects(number)
        found = self.rows.row(number)[CORRECTS]
        return None if found is None else int(found)

    def entry(self, number: int) -> Entry:
        """An entry by its number, as it was written."""
        if number > self.rows.base:
            return super().entry(number)
        row, (history, event, grant, minor, _) = self.rows.row(number), self.rows[number - 1]
        corrects, because, was = row[CORRECTS], row[BECAUSE], row[WAS]
        return Entry(
            no=number,
            holder=history.holder,
            purse=grant.purse,
            amount=in_points(minor, self.book.purses[grant.purse].decimals),
            rule=grant.rule,
            event=event.id,
            occurred_at=event.occurred_at,
            role=grant.slot[1],
            say=str(row[SAY]),
            corrects=None if corrects is None else int(corrects),
            because=event.id if because is None else str(because),
            book=str(row[BOOK]),
            was=None if was is None else str(was),
        )

    def new_rows(self) -> list[Row]:
        """The rows of ``ENTRIES`` for this batch."""
        fresh = list(self.rows.fresh)
        self.by_grade.recall(self._grade_key(row) for row in fresh if row[2].graded)
        return [self._new_row(no, row) for no, row in enumerate(fresh, self.rows.base + 1)]

    def _new_row(self, no: int, row: Booked) -> Row:
        history, event, grant, minor, said = row
        amendment = self.amendments.get(no)
        decimals = self.book.purses[grant.purse].decimals
        points = "" if grant.plain else str(in_points(minor, decimals))
        return (
            no,
            history.no,  # type: ignore[attr-defined]
            event.id,
            grant.rule,
            grant.purse,
            slot_text(grant.slot),
            str(minor),
            None if said is None else pack(said),
            sentence(row, points),
            self.corrects(no) if amendment or grant.graded else None,
            None if amendment is None or amendment[1] == event.id else amendment[1],
            self._grade_key(row) if grant.graded else None,
            self.book.digest,
            None,
        )


def _widening(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Spans of growing width: who wants a few rows finds them soon, and who wants all needs few queries.

    >>> list(_widening(1, 4_500))
    [(1, 1001), (1001, 3001), (3001, 4500)]
    """
    width = NARROWEST
    while low < high:
        yield low, min(low + width, high)
        low, width = low + width, min(2 * width, WIDEST)
