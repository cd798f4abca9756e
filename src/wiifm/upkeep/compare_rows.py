"""The rows of two archives beside each other, up to the first that differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, zip_longest
from operator import itemgetter
from typing import TypeAlias

from attrs import frozen

from wiifm.archive.codec import pack, unpack
from wiifm.archive.paging import pages
from wiifm.archive.received import received_rows
from wiifm.archive.tables import (
    BOOKS,
    COMMITS,
    DAYS,
    DAYS_UPTO,
    ENTRIES,
    EVENTS,
    FACTS,
    HOLDERS,
    RECEIPTS,
    RECEIVED,
    REDACTIONS,
    TABLES,
)
from wiifm.faults import short
from wiifm.stores.protocol import Cell, Reading, Row, Table

Pair: TypeAlias = tuple[Row | None, Row | None]
"""A row here and there, under one key; None where it is missing."""

PAGE = 10_000
"""How many rows of a table are compared at once."""

_FIRST = (EVENTS, ENTRIES, RECEIPTS)
_OTHERWISE = (FACTS, BOOKS, COMMITS, REDACTIONS, DAYS, DAYS_UPTO)
DERIVED = tuple(each for each in TABLES if each not in (*_FIRST, *_OTHERWISE))
"""What the folds remember: made anew from the events at any time."""

_NOT_DECIDED: Mapping[str, tuple[str, ...]] = {
    "entries": ("said", "say"),
    "commits": ("salt", "body", "link"),
}
"""Columns that don't follow from what a rule book means: words, and what was drawn."""

_SAID = re.compile(
    r'("fault","(?:[^"\\]|\\.)*?)(?: raised (?!(?:Type|Value)Error\b)(\w*)| raised \w+| answered wrongly\b)(?:[^"\\]|\\.)*'
)
"""What a plugin raised, in a receipt as it is packed, and behind its kind what it said. What it answered wrongly was told as a TypeError
or a ValueError before."""


@frozen
class Difference:
    """What a store has, and what it should have: where, because of which event, by which rule, for whom.

    >>> print(Difference("entries", "7", "e3", "kudos", "member ann", "amount '50'", "amount '5'"))
    entries 7 (event e3, rule kudos, member ann): found amount '50', expected amount '5'
    """

    table: str
    key: str
    event: str | None
    rule: str | None
    holder: str | None
    found: str
    expected: str

    def __str__(self) -> str:
        about = [
            f"event {self.event}" if self.event is not None else "",
            f"rule {self.rule}" if self.rule is not None else "",
            self.holder or "",
        ]
        told = ", ".join(each for each in about if each)
        where = f"{self.table} {self.key}" + (f" ({told})" if told else "")
        return f"{where}: found {self.found}, expected {self.expected}"


def differences(stored: Reading, expected: Reading) -> Iterator[Difference]:
    """What differs, table by table, the most telling first, in the order of their keys."""
    for table in (*_FIRST, *DERIVED, COMMITS):
        columns = _decided(table)
        for pair in unequal(table, columns, stored, expected):
            if not (
                (table is RECEIVED and _is_true(pair, stored))
                or (table is RECEIPTS and _is_as_good(pair))
            ):
                yield _told(table, columns, pair, stored)


def _is_as_good(pair: Pair) -> bool:
    """Whether two receipts are the same but for what plugins said when they raised, or answered, which may be otherwise in each process: of a
    set, say, or of the time. The very words are sealed by the chain.

    One that was written before refusals told their event is as good without.
    """
    row, expected = (row and _SAID.sub(r"\1 \2", str(row[1])) for row in pair)
    return row == expected or bool(row and expected and row == _as_before(expected))


def _as_before(receipt: str) -> str:
    """A receipt without the events of its refusals."""
    status, why, refusals, *rest = unpack(receipt)
    return pack((status, why, tuple(each[:4] for each in refusals), *rest))


def _is_true(pair: Pair, stored: Reading) -> bool:
    """Whether a row that isn't expected tells for whom an event may be, as tables that were brought up to date do of all creators."""
    row, expected = pair
    if row is None or expected is not None:
        return False
    return row in received_rows(stored, stored.find(EVENTS, [(row[RECEIVED.place("no")],)]))


def _decided(table: Table) -> list[str]:
    return [each for each in table.columns if each not in _NOT_DECIDED.get(table.name, ())]


def unequal(table: Table, columns: list[str], stored: Reading, expected: Reading) -> Iterator[Pair]:
    """The pairs of rows that differ in some columns, which begin with those of the key; pages that are the same are compared at once."""
    mine, theirs = (_pages(table, columns, each) for each in (stored, expected))
    for one, other in zip_longest(mine, theirs, fillvalue=()):
        if one != other:
            here, there = _from(one, mine), _from(other, theirs)
            yield from _merged(here, there, len(table.key))
            return


def _pages(table: Table, columns: list[str], reading: Reading) -> Iterator[list[Row]]:
    """The rows of a table, so many at once, with no other columns than these."""
    found = pages(reading.scan(table), PAGE)
    if columns == [*table.columns]:
        return found
    cells = itemgetter(*map(table.place, columns))
    return ([*map(cells, page)] for page in found)


def _from(page: Iterable[Row], behind: Iterator[list[Row]]) -> Iterator[Row]:
    return chain(page, chain.from_iterable(behind))


def _merged(mine: Iterator[Row], theirs: Iterator[Row], width: int) -> Iterator[Pair]:
    """The pairs of rows that differ, of which so many cells are the key, in whose order they come."""
    one, other = next(mine, None), next(theirs, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(mine, None), next(theirs, None)
        elif other is None or (one is not None and one[:width] < other[:width]):
            yield one, None
            one = next(mine, None)
        elif one is None or one[:width] > other[:width]:
            yield None, other
            other = next(theirs, None)
        else:
            yield one, other
            one, other = next(mine, None), next(theirs, None)


def _told(table: Table, columns: list[str], pair: Pair, stored: Reading) -> Difference:
    """A pair of rows that differ, for people."""
    row = pair[0] or pair[1]
    assert row is not None
    cells = dict(zip(columns, row, strict=True))
    event = cells.get("event", cells.get("id"))
    found, expected = (_shown(columns, each, other) for each, other in (pair, pair[::-1]))
    return Difference(
        table=table.name,
        key=" ".join(str(cells[column]) for column in table.key),
        event=None if event is None else str(event),
        rule=None if cells.get("rule") is None else str(cells["rule"]),
        holder=_holder(table, cells, stored),
        found=found,
        expected=expected,
    )


def _holder(table: Table, cells: Mapping[str, Cell], stored: Reading) -> str | None:
    """Whose row it is, if anybody's."""
    if table is HOLDERS:
        return f"{cells['kind']!s} {cells['name']!s}"
    number = cells.get("holder")
    found = stored.find(HOLDERS, [(number,)]) if isinstance(number, int) else []
    return f"{found[0][1]!s} {found[0][2]!s}" if found else None


def _shown(columns: list[str], row: Row | None, other: Row | None) -> str:
    """The cells of a row that another one has otherwise."""
    if row is None:
        return "nothing"
    if other is None:
        return "a row"
    named = zip(columns, row, other, strict=True)
    return ", ".join(f"{name} {short(one)}" for name, one, two in named if one != two)
