"""The correction entries that have to be appended to a ledger, so that its sums become those of a recomputed ledger.

Entries are never changed. For each event, holder, rule, purse and slot, the sums of both ledgers are compared; where they differ, one entry
over the difference is appended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias

from attrs import frozen

from wiifm.archive.paging import pages
from wiifm.archive.rows import (
    AMOUNT,
    CORRECTS,
    EVENT,
    GRADE,
    HOLDER,
    NO,
    PURSE,
    RULE,
    SAID,
    SAY,
    SLOT,
)
from wiifm.archive.tables import ENTRIES
from wiifm.stores.protocol import Cell, Reading, Row

Grant: TypeAlias = tuple[Cell, ...]
"""What an entry books under: holder, rule, purse and slot."""

_GRANT_AND_AMOUNT = itemgetter(HOLDER, RULE, PURSE, SLOT, AMOUNT)

Booked: TypeAlias = dict[Grant, list[Row]]
"""The entries for one event, by grant."""

AT_ONCE = 500
"""How many events have their entries looked up at once."""


class Adjustment(NamedTuple):
    """The amount by which the sum of an event and grant has to change.

    ``said``, ``say`` and ``grade`` are the cells of the entry whose words the correction takes over; ``first`` is the number of the entry that it
    corrects, or None if the ledger has none.
    """

    event: str
    grant: Grant
    amount: int
    said: Cell
    say: Cell
    first: Cell
    grade: Cell


@frozen
class Ledgers:
    """The two ledgers to compare.

    Args:
        stored: the ledger of the store.
        recomputed: the ledger as it would be if the new book had decided everything.
        numbers: the number in the store of each holder that has another one in ``recomputed``, by the latter.
        books: the digests of the new book, and of the one before it.
        upto: the last entry of ``stored`` that is compared; later ones are ignored.
    """

    stored: Reading
    recomputed: Reading
    numbers: Mapping[int, int]
    books: tuple[str, str]
    upto: int


def corrections(ledgers: Ledgers) -> Iterator[Row]:
    """The entries to append, as rows, sorted by event."""
    return _numbered(ledgers, _adjustments(_by_event(ledgers)))


def updated(
    ledgers: Ledgers, found: Iterable[Row], was: int, changed: Collection[str]
) -> Iterator[Row]:
    """The entries to append, where most of them were computed before: only some events are compared again.

    Args:
        ledgers: the ledgers as they are now.
        found: the corrections that were computed before.
        was: how many entries the ledger had then.
        changed: the ids of the events for which either ledger has a new entry since then.
    """
    kept = (_adjustment_of(row, was) for row in found if row[EVENT] not in changed)
    others = _adjustments(_of_events(ledgers, sorted(changed)))
    return _numbered(ledgers, merge(kept, others, key=attrgetter("event")))


def _numbered(ledgers: Ledgers, found: Iterable[Adjustment]) -> Iterator[Row]:
    """Adjustments as entries, numbered after those that the ledger has."""
    grades: dict[Cell, Cell] = {}
    for number, each in enumerate(found, ledgers.upto + 1):
        first = each.first or _first_of(each.grade, ledgers.stored, grades)
        grades.setdefault(each.grade, number)
        holder, *grant = each.grant
        words = (each.said, each.say, first, None, each.grade)
        yield (number, holder, each.event, *grant, str(each.amount), *words, *ledgers.books)


def _adjustments(found: Iterable[tuple[Booked, Booked]]) -> Iterator[Adjustment]:
    """The differences between what both ledgers booked for events."""
    for before, after in found:
        for grant in dict.fromkeys([*before, *after]):
            rows, made = before.get(grant, []), after.get(grant, [])
            if amount := _sum(made) - _sum(rows):
                like, first = (made or rows)[0], rows[0][NO] if rows else None
                words = (like[SAID], like[SAY], first, like[GRADE])
                yield Adjustment(str(like[EVENT]), grant, amount, *words)


def _adjustment_of(row: Row, was: int) -> Adjustment:
    """The adjustment of a correction that was computed when the ledger had ``was`` entries.

    It may refer to another correction as the entry that it corrects. That one gets a new number, so the reference is dropped.
    """
    corrects: int | None = row[CORRECTS]  # type: ignore[assignment]
    first = corrects if corrects is not None and corrects <= was else None
    grant, amount = (row[HOLDER], row[RULE], row[PURSE], row[SLOT]), int(str(row[AMOUNT]))
    return Adjustment(str(row[EVENT]), grant, amount, row[SAID], row[SAY], first, row[GRADE])


def _by_event(ledgers: Ledgers) -> Iterator[tuple[Booked, Booked]]:
    """What both ledgers booked for each event, without the events for which both have the same entries in the same order."""
    mine = groupby(ledgers.stored.scan(ENTRIES, index="event"), itemgetter(EVENT))
    theirs = groupby(ledgers.recomputed.scan(ENTRIES, index="event"), itemgetter(EVENT))
    nothing: tuple[str, list[Row]] = ("", [])
    one, other = next(mine, nothing), next(theirs, nothing)
    while one is not nothing or other is not nothing:
        rows: list[Row] = []
        made: list[Row] = []
        first = min(str(each[0]) for each in (one, other) if each is not nothing)
        if one is not nothing and one[0] == first:
            rows = [row for row in one[1] if row[NO] <= ledgers.upto]  # type: ignore[operator]
            one = next(mine, nothing)
        if other is not nothing and other[0] == first:
            made = [*other[1]]
            other = next(theirs, nothing)
        if ledgers.numbers or [*map(_GRANT_AND_AMOUNT, rows)] != [*map(_GRANT_AND_AMOUNT, made)]:
            yield _by_grant(rows, {}), _by_grant(made, ledgers.numbers)


def _of_events(ledgers: Ledgers, events: Iterable[str]) -> Iterator[tuple[Booked, Booked]]:
    """What both ledgers booked for each of the given events."""
    for page in pages(events, AT_ONCE):
        mine, theirs = (_entries_of(page, each) for each in (ledgers.stored, ledgers.recomputed))
        for event in page:
            rows = [row for row in mine[event] if row[NO] <= ledgers.upto]  # type: ignore[operator]
            yield _by_grant(rows, {}), _by_grant(theirs[event], ledgers.numbers)


def _entries_of(events: list[str], reading: Reading) -> dict[str, list[Row]]:
    """The entries for each of the given events, sorted by number."""
    found: dict[str, list[Row]] = {event: [] for event in events}
    rows = reading.find(ENTRIES, [(event,) for event in events], index="event")
    for row in sorted(rows, key=itemgetter(NO)):
        found[str(row[EVENT])].append(row)
    return found


def _by_grant(rows: list[Row], numbers: Mapping[int, int]) -> Booked:
    found: Booked = {}
    for row in rows:
        holder: int = row[HOLDER]  # type: ignore[assignment]
        grant = (numbers.get(holder, holder), row[RULE], row[PURSE], row[SLOT])
        found.setdefault(grant, []).append(row)
    return found


def _sum(rows: list[Row]) -> int:
    return sum(int(str(row[AMOUNT])) for row in rows)


def _first_of(grade: Cell, stored: Reading, grades: Mapping[Cell, Cell]) -> Cell:
    """The number of the first entry of a grade: in the ledger, or else among the corrections so far; None if there is none."""
    if grade is None:
        return None
    found = stored.find(ENTRIES, [(grade,)], index="grade")
    return min((row[NO] for row in found), default=grades.get(grade))  # type: ignore[type-var]
