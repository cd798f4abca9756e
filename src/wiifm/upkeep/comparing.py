"""The rows of two archives beside each other, up to the first that differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from attrs import frozen

from wiifm.archive.tables import COMMITS, ENTRIES, EVENTS, FACTS, HOLDERS, RECEIPTS, TABLES
from wiifm.faults import short
from wiifm.stores.protocol import Cell, Reading, Row, Table

Pair: TypeAlias = tuple[Row | None, Row | None]
"""A row here and there, under one key; None where it is missing."""

COMPARED = (
    EVENTS,
    ENTRIES,
    RECEIPTS,
    *(t for t in TABLES if t not in (EVENTS, ENTRIES, RECEIPTS, FACTS, COMMITS)),
)
"""What follows from the events and the rule book, the most telling first."""


@frozen
class Difference:
    """What a store has, and what it should have: where, because of which event, by which rule, for whom.

    >>> print(Difference("entries", "7", "e3", "kudos", "ann", "amount 50", "amount 5"))
    entries 7 (event e3, rule kudos, ann): found amount 50, expected amount 5
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
    """What differs, table by table, in the order of their keys."""
    for table in COMPARED:
        for pair in _unequal(table, stored.scan(table), expected.scan(table)):
            yield _told(table, pair, stored)
    for one, other in _unequal(COMMITS, _counts(stored), _counts(expected)):
        yield _told(COMMITS, (one, other), stored)


def _counts(reading: Reading) -> Iterator[Row]:
    return (row[:6] for row in reading.scan(COMMITS))


def _unequal(table: Table, stored: Iterator[Row], expected: Iterator[Row]) -> Iterator[Pair]:
    """The pairs of rows that aren't equal; both come in the order of the table's key."""
    places = [table.place(column) for column in table.key]
    one, other = next(stored, None), next(expected, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(stored, None), next(expected, None)
            continue
        mine, theirs = ([row[each] for each in places] if row else None for row in (one, other))
        if theirs is None or (mine is not None and mine < theirs):
            yield one, None
            one = next(stored, None)
        elif mine is None or mine > theirs:
            yield None, other
            other = next(expected, None)
        else:
            yield one, other
            one, other = next(stored, None), next(expected, None)


def _told(table: Table, pair: Pair, stored: Reading) -> Difference:
    """A pair of rows that differ, for people."""
    row = pair[0] or pair[1]
    assert row is not None
    cells = dict(zip(table.columns, row, strict=False))
    event = cells.get("event") or (cells.get("id") if table is not COMMITS else None)
    found, expected = (_shown(table, each, other) for each, other in (pair, pair[::-1]))
    return Difference(
        table=table.name,
        key=" ".join(str(cells[column]) for column in table.key),
        event=None if event is None else str(event),
        rule=None if cells.get("rule") is None else str(cells["rule"]),
        holder=_holder(table, cells.get("holder"), cells, stored),
        found=found,
        expected=expected,
    )


def _holder(table: Table, number: Cell, cells: dict[str, Cell], stored: Reading) -> str | None:
    if table is HOLDERS:
        return f"{cells['kind']!s} {cells['name']!s}"
    found = stored.find(HOLDERS, [(number,)]) if isinstance(number, int) else []
    return f"{found[0][1]!s} {found[0][2]!s}" if found else None


def _shown(table: Table, row: Row | None, other: Row | None) -> str:
    """The cells of a row that another one has otherwise."""
    if row is None:
        return "nothing"
    if other is None:
        return "a row"
    named = zip(table.columns, row, other, strict=False)
    return ", ".join(f"{name} {short(one)}" for name, one, two in named if one != two)
