"""The ledger: rows that are only ever appended, and how they are read as entries.

``write`` appends what a repair pass changed in a history: rows for what is new, and corrections of earlier rows.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple, Protocol, TypeAlias

from attrs import define, field

from wiifm.activities import Slot, order_of, within
from wiifm.events import Event
from wiifm.folds.repair import HistoryChange
from wiifm.ledger import Amount, Entry, Holder
from wiifm.program.amounts import in_points
from wiifm.records import Booked, Grant, History
from wiifm.rulebook.book import RuleBook
from wiifm.rules import MENTORS

BookedAmount: TypeAlias = tuple[str, str, str, str, int]
"""A row without its sentence: the event, the rule, the holder's role, the purse, and the amount in minor units."""


class Gain(NamedTuple):
    """A row as its holder is told: its number, the event, the rule, the slot, the purse, the amount, and the sentence."""

    no: int
    event: Event
    rule: str
    slot: Slot
    purse: str
    amount: Amount
    say: str


class Ledger(Protocol):
    """Rows in the order in which they were written. They are only ever appended, but for a batch that fails."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int) -> Booked: ...
    def __iter__(self) -> Iterator[Booked]: ...
    def after(self, count: int) -> Iterator[Booked]:
        """The rows after the first ``count``."""

    def first_cells(self, count: int) -> list[History]:
        """The histories of the rows after the first ``count``; only those written in this batch."""

    def grants(self, count: int) -> Iterator[tuple[Event, Grant]]:
        """The events and grants of those rows."""

    def append(self, row: Booked) -> None:
        """Add a row."""

    def truncate(self, count: int) -> None:
        """Keep only the first ``count`` rows, as the batch that wrote the others failed."""


class Bookings(Protocol):
    """What was booked for some events, or for all."""

    def of_time(self, since: datetime | None, until: datetime | None) -> Iterator[list[Booked]]:
        """The rows of events with ``since <= occurred_at < until``, in pages, in any order."""

    def sums(self, purse: str, since: datetime | None, until: datetime | None) -> dict[str, int]:
        """What each member was booked in a purse for events of a time, in minor units."""


@define(eq=False)
class Accounts:
    """The rows of the ledger, in the order in which they were booked.

    Most rows were booked when their event came in order. ``amendments`` has the others, which a repair pass wrote, by their
    number (from 1): the number of the row that each corrects, if any, and the event that caused it.
    """

    book: RuleBook
    rows: Ledger
    amendments: dict[int, tuple[int | None, str]] = field(factory=dict)
    _by_cause: dict[str, list[int]] = field(factory=dict)
    """The numbers of amendments by the event that caused them."""
    _last: dict[str, int] = field(factory=dict)
    """The number of the last row of each event. Most events have one row, and a list for each would burden the garbage collector."""
    _before: dict[int, int] = field(factory=dict)
    """For a row the previous row of the same event, if there is one."""
    _grades: dict[tuple[Holder, str, str | None], list[int]] = field(factory=dict)
    _indexed: int = 0
    _of_holders: dict[Holder, array[int]] = field(factory=dict)
    """The numbers of the rows of each holder. Arrays aren't visited by the garbage collector."""
    _holders_indexed: int = 0

    def of_holder(
        self, holder: Holder | None, after: int = 0, rule: str | None = None
    ) -> Iterator[tuple[int, Booked]]:
        """The rows of a holder, or of all, each with its number; only those after a number, and by a rule, if given."""
        if holder is None:
            return _by(rule, enumerate(self.rows.after(after), after + 1))
        mine = self._numbers_of(holder)
        return _by(rule, ((no, self.rows[no - 1]) for no in mine[bisect_right(mine, after) :]))

    def _numbers_of(self, holder: Holder) -> Sequence[int]:
        """The numbers of a holder's rows. The index by holder is extended when it is first used after new rows."""
        try:
            for number, history in enumerate(
                self.rows.first_cells(self._holders_indexed), self._holders_indexed + 1
            ):
                self._of_holders.setdefault(history.holder, array("Q")).append(number)
            self._holders_indexed = len(self.rows)
        except BaseException:  # a partial index would note rows twice
            self._clear_holders()
            raise
        return self._of_holders.get(holder, array("Q"))

    def _clear_holders(self) -> None:
        """Drop the index by holder."""
        self._of_holders.clear()
        self._holders_indexed = 0

    def latest(
        self, holder: Holder, before: int | None, rule: str | None = None
    ) -> Iterator[tuple[int, Booked]]:
        """The rows of a holder, the last one first; only those before a number, and by a rule, if given."""
        mine = self._numbers_of(holder)
        end = len(mine) if before is None else bisect_left(mine, before)
        return _by(rule, ((no, self.rows[no - 1]) for no in reversed(mine[:end])))

    def within(
        self, holder: Holder, since: datetime | None, until: datetime | None
    ) -> list[tuple[int, Booked]]:
        """The rows of a holder for events of a time."""
        rows = self.of_holder(holder)
        return [each for each in rows if within(each[1][1].occurred_at, since, until)]

    def gains(self, holder: Holder, since: datetime | None, until: datetime | None) -> list[Gain]:
        """The rows of a holder for events of a time, as the holder is told."""
        return [self.gain(*each) for each in self.within(holder, since, until)]

    def gain(self, number: int, row: Booked) -> Gain:
        """A row as its holder is told."""
        _, event, grant, minor, _ = row
        points = in_points(minor, self.book.purses[grant.purse].decimals)
        say = sentence(row, str(points))
        return Gain(number, event, grant.rule, grant.slot, grant.purse, points, say)

    def booked_amounts(
        self, holder: Holder, since: datetime | None, until: datetime | None
    ) -> list[BookedAmount]:
        """The rows of a holder for events of a time, without sentences."""
        rows = (row for _, row in self.within(holder, since, until))
        return [(e.id, grant.rule, grant.slot[1], grant.purse, n) for _, e, grant, n, _ in rows]

    def of_time(self, since: datetime | None, until: datetime | None) -> Iterator[list[Booked]]:
        """The rows of events of a time, in pages, in any order."""
        yield [row for row in self.rows if within(row[1].occurred_at, since, until)]

    def sums(self, purse: str, since: datetime | None, until: datetime | None) -> dict[str, int]:
        """What each member was booked in a purse for events of a time, in minor units."""
        found: dict[str, int] = {}
        for history, _, grant, minor, _ in chain.from_iterable(self.of_time(since, until)):
            if grant.purse == purse and history.holder.kind == "member":
                member = history.holder.id
                found[member] = found.get(member, 0) + minor
        return found

    def with_entries_before(self, members: Collection[str], moment: datetime) -> set[str]:
        """Those of some members who have, in any purse, entries for an event before a moment that don't sum up to 0."""
        return {name for name in members if any(self._entries_before(name, moment))}

    def _entries_before(self, member: str, moment: datetime) -> Iterator[Booked]:
        """The rows of a member for events before a moment that don't sum up to 0."""
        for _, row in self.of_holder(Holder("member", member)):
            if row[1].occurred_at < moment:
                yield from self.nonzero([row])

    def prefetch(self, events: Iterable[str]) -> None:
        """Load the rows of some events. Nothing to do where all are in memory."""

    def of_event(self, event: str) -> list[int]:
        """The numbers of the rows of an event."""
        self._index()
        found, number = list[int](), self._last.get(event)
        while number is not None:
            found.append(number)
            number = self._before.get(number)
        return found[::-1]

    def of_grade(self, number: int) -> list[int]:
        """The numbers of all rows of the grade that a row belongs to; empty if its grant isn't graded."""
        row = self.rows[number - 1]
        if not row[2].graded:
            return []
        self._index()
        return self._grades[self._grade(row)]

    def _grade(self, row: Booked) -> tuple[Holder, str, str | None]:
        """What identifies the grade of a row: the holder, the rule, and the object."""
        history, event, grant, _, _ = row
        acted_on = self.book.types[event.type].acted_on(event)
        return history.holder, grant.rule, acted_on or event.object

    def _index(self) -> None:
        """Extend the index by event to the rows written since."""
        if self._indexed == len(self.rows):
            return
        try:
            self._index_from(self._indexed)
            self._indexed = len(self.rows)
        except BaseException:  # a partial index would note rows twice
            self._unindex(0)
            raise

    def _index_from(self, count: int) -> None:
        """Add the rows after the first ``count`` to the index by event."""
        last = self._last
        for number, (event, grant) in enumerate(self.rows.grants(count), count + 1):
            before = last.get(event.id)
            if before is not None:
                self._before[number] = before
            last[event.id] = number
            if grant.graded:
                self._grades.setdefault(self._grade(self.rows[number - 1]), []).append(number)

    def _unindex(self, count: int) -> None:
        """Drop the index by event; it will cover the rows after the first ``count``."""
        self._last.clear()
        self._before.clear()
        self._grades.clear()
        self._indexed = count

    def write(self, change: HistoryChange) -> set[str]:
        """Append what a repair pass changed in one history.

        For each event and grant the new sum is compared with that of the rows so far; the difference becomes a correction of
        the first of these rows. What nothing was booked for before becomes rows as they are.

        Returns:
            The ids of events for which less is booked now than before.
        """
        less = set()
        self.prefetch(event.id for event in change.events)
        now: dict[tuple[str, Grant], list[Booked]] = {}
        for row in change.outcomes.booked:
            now.setdefault((row[1].id, row[2]), []).append(row)
        for event in change.events:
            before = self._net(change.history, event.id)
            for grant, (amount, first) in before.items():
                rows = now.pop((event.id, grant), [])
                more = sum(row[3] for row in rows) - amount
                if more:
                    said = rows[0][4] if rows else self.rows[first - 1][4]
                    made = (change.history, event, grant, more, said)
                    self._append(made, first, change.cause_of(order_of(event)))
                    less |= {event.id} if more < 0 else set()
        for rows in sorted(now.values(), key=lambda rows: order_of(rows[0][1])):
            for row in rows:
                self._append(row, None, change.cause_of(order_of(row[1])))
        return less

    def _net(self, history: History, event: str) -> dict[Grant, tuple[int, int]]:
        """What was booked in a history for an event so far: for each grant the sum, and the number of its first row."""
        found: dict[Grant, tuple[int, int]] = {}
        for number in self.of_event(event):
            holder, _, grant, amount, _ = self.rows[number - 1]
            if holder.holder == history.holder:
                before, first = found.get(grant, (0, number))
                found[grant] = (before + amount, first)
        return found

    def nonzero(self, rows: list[Booked]) -> list[Booked]:
        """Those of some rows whose event didn't come to 0 for the holder in the row's purse."""
        self.prefetch(row[1].id for row in rows)
        return [row for row in rows if sum(self._amounts(row))]

    def _amounts(self, row: Booked) -> Iterator[int]:
        """All amounts that were booked for the holder of a row, in its purse, for its event."""
        for number in self.of_event(row[1].id):
            history, _, grant, minor, _ = self.rows[number - 1]
            if history.holder == row[0].holder and grant.purse == row[2].purse:
                yield minor

    def _append(self, row: Booked, corrects: int | None, cause: str) -> None:
        """Append a row; note the row that it corrects and its cause, unless it is simply booked for its own event."""
        self.rows.append(row)
        if corrects is not None or cause != row[1].id:
            self.amendments[len(self.rows)] = (corrects, cause)
            self._by_cause.setdefault(cause, []).append(len(self.rows))

    def truncate(self, count: int) -> None:
        """Keep only the first ``count`` rows, as the batch that wrote the others failed."""
        amended = [
            number for number in range(count + 1, len(self.rows) + 1) if number in self.amendments
        ]
        for cause in {self.amendments[number][1] for number in amended}:
            kept = [number for number in self._by_cause.get(cause, ()) if number <= count]
            self._by_cause[cause] = kept
        for number in amended:
            del self.amendments[number]
        self.rows.truncate(count)
        if self._indexed > count:
            self._unindex(0)
        if self._holders_indexed > count:
            self._clear_holders()

    def of_cause(self, event: str) -> list[int]:
        """The numbers of the rows that the arrival of an event caused."""
        own = [number for number in self.of_event(event) if number not in self.amendments]
        return sorted([*own, *self._by_cause.get(event, ())])

    def cause(self, number: int) -> str:
        """The event whose arrival caused a row."""
        amendment = self.amendments.get(number)
        return amendment[1] if amendment else self.rows[number - 1][1].id

    def corrects(self, number: int) -> int | None:
        """The row that a row corrects, if it does: an earlier one for the same event, or the first of the same grade."""
        amendment = self.amendments.get(number)
        if amendment and amendment[0]:
            return amendment[0]
        grade = self.of_grade(number)
        return grade[0] if grade and grade[0] < number else None

    def entry(self, number: int) -> Entry:
        """The entry with a number."""
        row = self.rows[number - 1]
        history, event, grant, minor, _ = row
        points = in_points(minor, self.book.purses[grant.purse].decimals)
        first, cause = self.amendments.get(number, (None, event.id))
        if first is None and grant.graded:
            first = self.corrects(number)
        return Entry(
            no=number,
            holder=history.holder,
            purse=grant.purse,
            amount=points,
            rule=grant.rule,
            event=event.id,
            occurred_at=event.occurred_at,
            role=grant.slot[1],
            say=sentence(row, str(points)),
            corrects=first,
            because=cause,
            book=self.book.digest,
        )


def _by(rule: str | None, rows: Iterable[tuple[int, Booked]]) -> Iterator[tuple[int, Booked]]:
    """Numbered rows, only those by a rule if it is given."""
    return (each for each in rows if rule in (None, each[1][2].rule))


_UNKNOWN = {"actor": "somebody", "recipient": "somebody", "object_type": "contribution"}


def sentence(row: Booked, points: str) -> str:
    """What a member is told about a row: the sentence of the grant, filled in.

    Words that could change later (such as a recipient that is inferred) were stored with the row, so its sentence never
    changes.
    """
    history, event, grant, _, said = row
    return filled_in(grant, event, history.holder.id, said, points)


def filled_in(
    grant: Grant, event: Event, holder: str, said: Mapping[str, object] | None, points: str
) -> str:
    """The sentence of a grant, filled in with the fields of an event and the words that were stored (``said``)."""
    if grant.plain:
        return grant.say
    words: dict[str, object] = {
        **event.data,
        "id": event.id,
        "type": event.type,
        "object": event.object,
        "in_reply_to": event.in_reply_to,
        "actor": event.actor,
        "rule": grant.rule,
        "points": points,
        "mentor": holder if grant.slot[1] in MENTORS else "",
        **(said or {}),
    }
    text = grant.say.format_map(_Words(words))
    return text if text == grant.say else text.rstrip(" :,;-")


class _Words(dict[str, object]):
    """Words for a sentence: a list is joined, and a missing value is an empty text, or "somebody"."""

    def __getitem__(self, name: str) -> object:
        found = self.get(name)
        if isinstance(found, tuple):
            return ", ".join(found)
        return _UNKNOWN.get(name, "") if found is None else found
