"""What doesn't fit into a table, and how that is told: the same sentences for every store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from wiifm.faults import literal
from wiifm.stores.protocol import Cell, Key, Kind, Row, Table

LOWEST, HIGHEST = -(2**63), 2**63 - 1
"""The integers of 64 bits."""

_KINDS: dict[Kind, type] = {"integer": int, "text": str, "bytes": bytes}
_EXPECTED: dict[Kind, str] = {
    "integer": "an integer of at most 64 bits",
    "text": "a text without NUL and surrogates",
    "bytes": "bytes",
}


def distinct(keys: Collection[Key]) -> list[Key]:
    """Each key once, in their order.

    >>> distinct([("a",), ("b",), ("a",)])
    [('a',), ('b',)]

    Raises:
        ValueError: they aren't all of one length.
    """
    found = list(dict.fromkeys(keys))
    if found and len({len(key) for key in found}) > 1:
        raise ValueError(f"found keys of different lengths, expected one length: {literal(found)}")
    return found


def misfit(table: Table, rows: Iterable[Row]) -> str | None:
    """What is wrong with the first row that doesn't fit the table; None if all fit.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> misfit(fruit, [("apple", 3), ("plum", 2**64)])
    "table 'fruit', column 'weight': found 18446744073709551616, expected an integer of at most 64 bits"
    """
    for row in rows:
        if len(row) != len(table.columns):
            return f"table {table.name!r}: found a row of {len(row)} cells, expected {len(table.columns)}"
        for (column, kind), cell in zip(table.columns.items(), row, strict=True):
            if not _fits(cell, kind, column in table.key):
                expected = _EXPECTED[kind]
                return f"table {table.name!r}, column {column!r}: found {literal(cell)}, expected {expected}"
    return None


def _fits(cell: Cell, kind: Kind, in_key: bool) -> bool:
    if cell is None:
        return not in_key
    if not isinstance(cell, _KINDS[kind]):
        return False
    if isinstance(cell, int):
        return LOWEST <= cell <= HIGHEST
    if isinstance(cell, str):
        return "\0" not in cell and (cell.isascii() or _is_unicode(cell))
    return True


def _is_unicode(text: str) -> bool:
    """It has no surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def changed(there: Table, wanted: Table) -> str | None:
    """How a table that is there differs from the one that is wanted; None if it doesn't.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> changed(fruit, Table("fruit", {"name": "text"}, key=("name",)))
    "table 'fruit': found the columns name text, weight integer with the key name, expected name text with the key name"
    """
    found, expected = _told(there), _told(wanted)
    if found == expected:
        return None
    return f"table {wanted.name!r}: found the columns {found}, expected {expected}"


def _told(table: Table) -> str:
    columns = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
    return f"{columns} with the key {', '.join(table.key)}"


def twice(table: Table, columns: Sequence[str], row: Row) -> str:
    """That a row is there already, by the columns that are unique.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> twice(fruit, ["name"], ("apple", 3))
    "table 'fruit' has a row with name 'apple' already"
    """
    cells = ", ".join(f"{column} {literal(row[table.place(column)])}" for column in columns)
    return f"table {table.name!r} has a row with {cells} already"
