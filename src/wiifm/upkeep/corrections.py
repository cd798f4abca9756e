"""What has to be appended to a ledger, so that its sums are those of another one that was decided anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from wiifm.archive.rows import AMOUNT, EVENT, GRADE, HOLDER, NO, PURSE, RULE, SAID, SAY, SLOT
from wiifm.archive.tables import ENTRIES
from wiifm.stores.protocol import Cell, Reading, Row

Grant: TypeAlias = tuple[Cell, ...]
"""For what something was booked: holder, rule, purse and slot."""

_BOOKED = itemgetter(HOLDER, RULE, PURSE, SLOT, AMOUNT)

Booked: TypeAlias = dict[Grant, list[Row]]


def corrections(
    stored: Reading,
    anew: Reading,
    numbers: Mapping[int, int],
    books: tuple[str, str],
    upto: int,
) -> Iterator[Row]:
    """The entries to append, in the order of events, as rows.

    Args:
        stored: the ledger as it is.
        anew: the ledger as it would be had everything been decided by the new book.
        numbers: the holders that have another number there than here.
        books: the digests of the new book, and of the one before it.
        upto: how many entries the ledger has; there may be more, which aren't looked at.
    """
    number = upto
    grades: dict[Cell, Cell] = {}
    for before, after in _by_event(stored, anew, numbers, upto):
        for grant in dict.fromkeys([*before, *after]):
            rows, made = before.get(grant, []), after.get(grant, [])
            more = _sum(made) - _sum(rows)
            if not more:
                continue
            number += 1
            like, grade = (made or rows)[0], (made or rows)[0][GRADE]
            first = rows[0][NO] if rows else _first_of(grade, stored, grades)
            grades.setdefault(grade, number)
            told = (like[SAID], like[SAY], first, None, grade)
            yield (number, grant[0], like[EVENT], *grant[1:], str(more), *told, *books)


def _by_event(
    stored: Reading, anew: Reading, numbers: Mapping[int, int], upto: int
) -> Iterator[tuple[Booked, Booked]]:
    """What each event was booked for, before and anew; those left out for which the same was booked, one after the other."""
    mine = groupby(stored.scan(ENTRIES, index="event"), itemgetter(EVENT))
    theirs = groupby(anew.scan(ENTRIES, index="event"), itemgetter(EVENT))
    nothing: tuple[str, list[Row]] = ("", [])
    one, other = next(mine, nothing), next(theirs, nothing)
    while one is not nothing or other is not nothing:
        rows: list[Row] = []
        made: list[Row] = []
        first = min(str(each[0]) for each in (one, other) if each is not nothing)
        if one is not nothing and one[0] == first:
            rows = [row for row in one[1] if row[NO] <= upto]  # type: ignore[operator]
            one = next(mine, nothing)
        if other is not nothing and other[0] == first:
            made = [*other[1]]
            other = next(theirs, nothing)
        if numbers or [*map(_BOOKED, rows)] != [*map(_BOOKED, made)]:
            yield _grants(rows, {}), _grants(made, numbers)


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
