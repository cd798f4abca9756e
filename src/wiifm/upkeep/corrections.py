"""What has to be appended to a ledger, so that its sums are those of another one that was decided anew."""

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
"""For what something was booked: holder, rule, purse and slot."""

_BOOKED = itemgetter(HOLDER, RULE, PURSE, SLOT, AMOUNT)

Booked: TypeAlias = dict[Grant, list[Row]]

AT_ONCE = 500
"""The entries of so many events are looked up at once."""


class Owed(NamedTuple):
    """How much more an event brings somebody: of which grant, in the words of which entry, and which one it corrects, if there is one yet."""

    event: str
    grant: Grant
    more: int
    said: Cell
    say: Cell
    first: Cell
    grade: Cell


@frozen
class Ledgers:
    """Two ledgers beside each other.

    Args:
        stored: the ledger as it is.
        anew: the ledger as it would be had everything been decided by the new book.
        numbers: the holders that have another number there than here.
        books: the digests of the new book, and of the one before it.
        upto: how many entries the ledger has; there may be more, which aren't looked at.
    """

    stored: Reading
    anew: Reading
    numbers: Mapping[int, int]
    books: tuple[str, str]
    upto: int


def corrections(ledgers: Ledgers) -> Iterator[Row]:
    """The entries to append, in the order of events, as rows."""
    return _numbered(ledgers, _owed(_by_event(ledgers)))


def renewed(
    ledgers: Ledgers, found: Iterable[Row], was: int, again: Collection[str]
) -> Iterator[Row]:
    """The same where most were found before: they are looked for once more only for some events.

    Args:
        found: those that were found.
        was: how many entries the ledger had then.
        again: the events for which something was booked since, here or there.
    """
    kept = (_owed_by(row, was) for row in found if row[EVENT] not in again)
    others = _owed(_of_events(ledgers, sorted(again)))
    return _numbered(ledgers, merge(kept, others, key=attrgetter("event")))


def _numbered(ledgers: Ledgers, found: Iterable[Owed]) -> Iterator[Row]:
    """The entries behind those that there are."""
    grades: dict[Cell, Cell] = {}
    for number, each in enumerate(found, ledgers.upto + 1):
        first = each.first or _first_of(each.grade, ledgers.stored, grades)
        grades.setdefault(each.grade, number)
        holder, *grant = each.grant
        told = (each.said, each.say, first, None, each.grade)
        yield (number, holder, each.event, *grant, str(each.more), *told, *ledgers.books)


def _owed(found: Iterable[tuple[Booked, Booked]]) -> Iterator[Owed]:
    """What was booked before, and anew, as the difference."""
    for before, after in found:
        for grant in dict.fromkeys([*before, *after]):
            rows, made = before.get(grant, []), after.get(grant, [])
            if more := _sum(made) - _sum(rows):
                like, first = (made or rows)[0], rows[0][NO] if rows else None
                yield Owed(str(like[EVENT]), grant, more, like[SAID], like[SAY], first, like[GRADE])


def _owed_by(row: Row, was: int) -> Owed:
    """What an entry tells that was found when the ledger had so many; it may correct one that was to be appended, too."""
    corrects: int | None = row[CORRECTS]  # type: ignore[assignment]
    first = corrects if corrects is not None and corrects <= was else None
    grant, more = (row[HOLDER], row[RULE], row[PURSE], row[SLOT]), int(str(row[AMOUNT]))
    return Owed(str(row[EVENT]), grant, more, row[SAID], row[SAY], first, row[GRADE])


def _by_event(ledgers: Ledgers) -> Iterator[tuple[Booked, Booked]]:
    """What each event was booked for, before and anew; those left out for which the same was booked, one after the other."""
    mine = groupby(ledgers.stored.scan(ENTRIES, index="event"), itemgetter(EVENT))
    theirs = groupby(ledgers.anew.scan(ENTRIES, index="event"), itemgetter(EVENT))
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
        if ledgers.numbers or [*map(_BOOKED, rows)] != [*map(_BOOKED, made)]:
            yield _grants(rows, {}), _grants(made, ledgers.numbers)


def _of_events(ledgers: Ledgers, events: Iterable[str]) -> Iterator[tuple[Booked, Booked]]:
    """What some events were booked for, before and anew, one after the other."""
    for page in pages(events, AT_ONCE):
        mine, theirs = (_entries_of(page, each) for each in (ledgers.stored, ledgers.anew))
        for event in page:
            rows = [row for row in mine[event] if row[NO] <= ledgers.upto]  # type: ignore[operator]
            yield _grants(rows, {}), _grants(theirs[event], ledgers.numbers)


def _entries_of(events: list[str], reading: Reading) -> dict[str, list[Row]]:
    """The entries of each of some events, in their order."""
    found: dict[str, list[Row]] = {event: [] for event in events}
    rows = reading.find(ENTRIES, [(event,) for event in events], index="event")
    for row in sorted(rows, key=itemgetter(NO)):
        found[str(row[EVENT])].append(row)
    return found


def _grants(rows: list[Row], numbers: Mapping[int, int]) -> Booked:
    found: Booked = {}
    for row in rows:
        holder: int = row[HOLDER]  # type: ignore[assignment]
        grant = (numbers.get(holder, holder), row[RULE], row[PURSE], row[SLOT])
        found.setdefault(grant, []).append(row)
    return found


def _sum(rows: list[Row]) -> int:
    return sum(int(str(row[AMOUNT])) for row in rows)


def _first_of(grade: Cell, stored: Reading, grades: Mapping[Cell, Cell]) -> Cell:
    """The first entry of a grade, if there is one already."""
    if grade is None:
        return None
    found = stored.find(ENTRIES, [(grade,)], index="grade")
    return min((row[NO] for row in found), default=grades.get(grade))  # type: ignore[type-var]
