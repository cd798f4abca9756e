"""Validation of rows and keys before a store writes or looks them up, with the messages that all stores share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import TypeAlias

from wiifm.faults import StoreFault, literal
from wiifm.stores.protocol import Cell, Key, Kind, Row, Table

LOWEST, HIGHEST = -(2**63), 2**63 - 1
"""The range of 64-bit integers."""

_MAX_ROW_BY_ROW = 8
"""Up to so many rows are checked row by row; more are checked column by column."""

_Getter: TypeAlias = Callable[[Row], tuple[Cell, ...]]

_TYPES: dict[Kind, type] = {"integer": int, "text": str, "bytes": bytes}
_EXPECTED: dict[Kind, str] = {
    "integer": "an integer of at most 64 bits",
    "text": "a text without NUL and surrogates",
    "bytes": "bytes",
}


def checked_rows(place: str, table: Table, rows: Iterable[Row]) -> list[Row]:
    """The rows as a list, once each is valid for the table: as many cells as columns, each of its column's kind.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> checked_rows("acme.db", fruit, [("apple", 3), ("plum", 2**64)])
    Traceback (most recent call last):
    wiifm.faults.StoreFault: acme.db: table 'fruit', column 'weight': found 18446744073709551616, expected an integer of at most 64 bits
    """
    found = list(rows)
    if not _all_fit(table, found):
        faulty = next(row for row in found if not _all_fit(table, [row]))
        raise StoreFault(f"{place}: table {table.name!r}{_fault_in(table, faulty)}")
    return found


fitting = checked_rows
"""The former name of :func:`checked_rows`, which stores that were written by it may import."""


def _all_fit(table: Table, rows: list[Row]) -> bool:
    """Whether all rows fit. Many rows are checked column by column, without a call per cell."""
    if len(rows) <= _MAX_ROW_BY_ROW:
        return all(_fits(table, row) for row in rows)
    if set(map(len, rows)) != {len(table.columns)}:
        return False
    columns = zip(table.columns.items(), zip(*rows, strict=True), strict=True)
    return all(_are_valid(cells, kind, column in table.key) for (column, kind), cells in columns)


def _fits(table: Table, row: Row) -> bool:
    """Whether a row fits: its cells have the right types, then those of one type are checked together."""
    getters = _by_types(table, tuple(map(type, row)))
    if getters is None:
        return False
    integers, texts = getters[0](row), getters[1](row)
    in_range = not integers or (min(integers) >= LOWEST and max(integers) <= HIGHEST)  # type: ignore[type-var, operator]
    return in_range and _is_plain("".join(texts))  # type: ignore[arg-type]


@lru_cache(maxsize=512)
def _by_types(table: Table, types: tuple[type, ...]) -> tuple[_Getter, _Getter] | None:
    """Getters for the integers and for the texts of rows whose cells have these types; None if such rows don't fit the table."""
    if len(types) != len(table.columns):
        return None
    for (column, kind), found in zip(table.columns.items(), types, strict=True):
        if found is not _TYPES[kind] and (found is not type(None) or column in table.key):
            return None
    integers, texts = ([at for at, each in enumerate(types) if each is kind] for kind in (int, str))
    return _getter(integers), _getter(texts)


def _getter(places: list[int]) -> _Getter:
    """A getter for the cells at some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


def _are_valid(cells: tuple[Cell, ...], kind: Kind, in_key: bool) -> bool:
    """Whether all cells are valid for a column of a kind. None is valid except in a key."""
    types = set(map(type, cells))
    if types != {_TYPES[kind]}:
        if (in_key and type(None) in types) or types - {_TYPES[kind], type(None)}:
            return False
        cells = tuple(filter(None, cells))  # 0 and empty texts are always valid
    if kind == "integer" and cells:
        return min(cells) >= LOWEST and max(cells) <= HIGHEST  # type: ignore[type-var, operator]
    return kind != "text" or _is_plain("".join(cells))  # type: ignore[arg-type]


def _is_plain(text: str) -> bool:
    """Whether a text has neither NUL nor surrogates."""
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _fault_in(table: Table, row: Row) -> str:
    """What is wrong with a row that doesn't fit."""
    if len(row) != len(table.columns):
        return f": found a row of {len(row)} cells, expected {len(table.columns)}"
    return next(
        f", column {column!r}: found {literal(cell)}, expected {_EXPECTED[kind]}"
        for (column, kind), cell in zip(table.columns.items(), row, strict=True)
        if not _are_valid((cell,), kind, column in table.key)
    )


def distinct(keys: Collection[Key]) -> list[Key]:
    """The keys without duplicates, in their order. Keys with an invalid text are left out, since no row can have them.

    >>> distinct([("a",), ("b",), ("a",), ("\\0",)])
    [('a',), ('b',)]

    Raises:
        ValueError: the keys don't all have the same length.
    """
    found = list(dict.fromkeys(keys))
    if len(set(map(len, found))) > 1:
        raise ValueError(f"found keys of different lengths, expected one length: {literal(found)}")
    return found if _is_plain(_texts(found)) else [key for key in found if _is_plain(_texts([key]))]


def _texts(keys: list[Key]) -> str:
    """All texts in some keys, joined."""
    cells = [*chain.from_iterable(keys)]
    if {*map(type, cells)} != {str}:
        cells = [cell for cell in cells if type(cell) is str]
    return "".join(cells)  # type: ignore[arg-type]


def twice(table: Table, columns: Sequence[str], row: Row) -> str:
    """The message for a row whose values in the unique ``columns`` exist already.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> twice(fruit, ["name"], ("apple", 3))
    "table 'fruit' has a row with name 'apple' already"
    """
    cells = ", ".join(f"{column} {literal(row[table.place(column)])}" for column in columns)
    return f"table {table.name!r} has a row with {cells} already"
