"""Compare the rows of two archives, table by table, up to the first row that differs."""

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
from wiifm.archive.sound import UNREADABLE
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
from wiifm.one_line import one_line
from wiifm.stores.protocol import Cell, Reading, Row, Table

Pair: TypeAlias = tuple[Row | None, Row | None]
"""The row of each side under one key; None where a side has none."""

PAGE = 10_000
"""How many rows of a table are compared at once."""

_RECORDED = (EVENTS, ENTRIES, RECEIPTS)
_NOT_DERIVED = (FACTS, BOOKS, COMMITS, REDACTIONS, DAYS, DAYS_UPTO)
DERIVED = tuple(each for each in TABLES if each not in (*_RECORDED, *_NOT_DERIVED))
"""The tables of what the folds remember, which can be recomputed from the events at any time."""

_NOT_COMPARED: Mapping[str, tuple[str, ...]] = {
    "entries": ("said", "say"),
    "commits": ("salt", "body", "link"),
}
"""Columns that don't follow from the events and the rules: wording, random salts, and hashes that depend on both."""

_PLUGIN_ERROR = re.compile(
    r'("fault","(?:[^"\\]|\\.)*?)(?: raised (?!(?:Type|Value)Error\b)(\w*)| raised \w+| answered wrongly\b)(?:[^"\\]|\\.)*'
)
"""The message of a plugin's error in a packed receipt, after the type of the error. Wrong results of a plugin ("answered wrongly") were recorded
as TypeError or ValueError by earlier versions, so these compare as equal."""

_BY_THE_BOOK = ("limit", "capped", "gate", "floor")
"""The reasons of refusals whose details say what the rule book calls a limit, gate or floor, and what it leaves."""


@frozen
class Difference:
    """A row of a store that isn't what its events give.

    ``table`` and ``key`` say where it is, ``event``, ``rule`` and ``holder`` what it is for (if known), ``found`` what the store has, and
    ``expected`` what it should have. ``str`` says it in one line.

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
        details = ", ".join(each for each in about if each)
        where = f"{self.table} {self.key}".rstrip() + (f" ({details})" if details else "")
        return one_line(f"{where}: found {self.found}, expected {self.expected}")


def differences(stored: Reading, expected: Reading) -> Iterator[Difference]:
    """All differences, first those in the log, the ledger and the receipts, then those in derived tables; each table in the order of its key."""
    for table in (*_RECORDED, *DERIVED, COMMITS):
        columns = _compared_columns(table)
        for pair in unequal(table, columns, stored, expected):
            if not (
                (table is RECEIVED and _is_superfluous(pair, stored))
                or (table is RECEIPTS and _is_equivalent(pair))
            ):
                yield _difference(table, columns, pair, stored)


def _is_equivalent(pair: Pair) -> bool:
    """Whether two receipts differ only in wording: in the messages of plugins' errors, or in what a limit or gate is called.

    These messages may differ from process to process, as by the order of a set or the time, and wiifm's own words from
    version to version. The chain seals the exact words.

    A receipt of an earlier version, whose refusals don't say their event, counts as equal, too.
    """
    row, expected = pair
    if row is None or expected is None:
        return False
    try:
        found = _without_wording(str(row[1]))
    except UNREADABLE:
        return False
    wanted = _without_wording(str(expected[1]))
    return found in (wanted, _without_refused_events(wanted))


def _without_wording(receipt: str) -> str:
    """A receipt without the messages of errors, and without the words for what refused something by the rule book."""
    status, why, refusals, *rest = unpack(_PLUGIN_ERROR.sub(r"\1 \2", receipt))
    told = ((*each[:3], _amounts(*each[2:4]), *each[4:]) for each in refusals)
    return pack((status, why, tuple(told), *rest))


def _amounts(reason: str, detail: str) -> str:
    """The amounts in the detail of a refusal, such as "2 of 3"; for other reasons than a limit, gate or floor all of it."""
    return detail.partition(" leaves ")[2] if reason in _BY_THE_BOOK else detail


def _without_refused_events(receipt: str) -> str:
    """A receipt without the events of its refusals, as an earlier version wrote it."""
    status, why, refusals, *rest = unpack(receipt)
    return pack((status, why, tuple(each[:4] for each in refusals), *rest))


def _is_superfluous(pair: Pair, stored: Reading) -> bool:
    """Whether a row isn't needed, but true: tables that were migrated have a row for every creator that an event may concern."""
    row, expected = pair
    if row is None or expected is not None:
        return False
    return row in received_rows(stored, stored.find(EVENTS, [(row[RECEIVED.place("no")],)]))


def _compared_columns(table: Table) -> list[str]:
    return [each for each in table.columns if each not in _NOT_COMPARED.get(table.name, ())]


def unequal(table: Table, columns: list[str], stored: Reading, expected: Reading) -> Iterator[Pair]:
    """The pairs of rows that differ in the given columns, of which the first are those of the key.

    Whole pages are compared at first; rows only from the first page that differs on.
    """
    mine, theirs = (_pages(table, columns, each) for each in (stored, expected))
    for one, other in zip_longest(mine, theirs, fillvalue=()):
        if one != other:
            here, there = _rows_from(one, mine), _rows_from(other, theirs)
            yield from _merged(here, there, len(table.key))
            return


def _pages(table: Table, columns: list[str], reading: Reading) -> Iterator[list[Row]]:
    """The rows of a table in pages of :data:`PAGE` rows, with only the given columns."""
    found = pages(reading.scan(table), PAGE)
    if columns == [*table.columns]:
        return found
    cells = itemgetter(*map(table.place, columns))
    return ([*map(cells, page)] for page in found)


def _rows_from(page: Iterable[Row], following: Iterator[list[Row]]) -> Iterator[Row]:
    return chain(page, chain.from_iterable(following))


def _merged(mine: Iterator[Row], theirs: Iterator[Row], width: int) -> Iterator[Pair]:
    """The pairs of rows that differ; both sides are sorted by their first ``width`` cells, which are the key."""
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


def _difference(table: Table, columns: list[str], pair: Pair, stored: Reading) -> Difference:
    """Describe a pair of rows that differ."""
    row = pair[0] or pair[1]
    assert row is not None
    cells = dict(zip(columns, row, strict=True))
    event = cells.get("event", cells.get("id"))
    found, expected = (differing_cells(columns, each, other) for each, other in (pair, pair[::-1]))
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
    """The holder that a row is of, if it is of one."""
    if table is HOLDERS:
        return f"{cells['kind']!s} {cells['name']!s}"
    number = cells.get("holder")
    found = stored.find(HOLDERS, [(number,)]) if isinstance(number, int) else []
    return f"{found[0][1]!s} {found[0][2]!s}" if found else None


def differing_cells(columns: list[str], row: Row | None, other: Row | None) -> str:
    """The cells of a row that differ from those of another one; of long texts, the part where they begin to differ.

    >>> differing_cells(["no", "state"], (1, "x" * 100 + "7"), (1, "x" * 100 + "8"))
    "state '...xxxxxxxxxxxxxxxxxxxx7'"
    """
    if row is None:
        return "nothing"
    if other is None:
        return "a row"
    named = zip(columns, row, other, strict=True)
    return ", ".join(
        f"{name} {_where_different(one, two)}" for name, one, two in named if one != two
    )


_WHOLE, _BEFORE = 50, 20
"""How long a text may be to be shown from its beginning, and how much is otherwise shown before the first difference."""


def _where_different(one: Cell, other: Cell) -> str:
    """A cell; if it is a text that begins as the other one does, without most of this beginning."""
    if isinstance(one, str) and isinstance(other, str) and max(len(one), len(other)) > _WHOLE:
        pairs = enumerate(zip(one, other, strict=False))
        first = next((no for no, (a, b) in pairs if a != b), min(len(one), len(other)))
        if first > _BEFORE:
            return short("..." + one[first - _BEFORE :])
    return short(one)
