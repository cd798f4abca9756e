"""The SQL of the stores, written once for the dialects of SQLite and PostgreSQL.

Each function writes one statement over a table, and its docstring lists the statement's parameters in order. No data ever
becomes part of the SQL text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import NamedTuple

from wiifm.stores.dialect import Dialect
from wiifm.stores.protocol import Kind, Table

_cached = lru_cache(maxsize=2048)
"""Each statement is written once. Tables and dialects are compared by identity."""


def _column_list(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _placeholders(dialect: Dialect, count: int) -> str:
    return f"({', '.join([dialect.placeholder] * count)})"


def index_name(table: str, index: str) -> str:
    """The name of an index in the database.

    >>> index_name("fruit", "weight")
    'fruit_by_weight'
    """
    return f"{table}_by_{index}"


def create_table(dialect: Dialect, table: Table) -> str:
    """Create a table."""
    lines = [
        f'"{column}" {dialect.types[kind]}' + (" NOT NULL" if column in table.key else "")
        for column, kind in table.columns.items()
    ]
    lines.append(f"PRIMARY KEY ({_column_list(table.key)})")
    has_integer_key = [table.columns[column] for column in table.key] == ["integer"]
    end = dialect.integer_key_suffix if has_integer_key else dialect.table_suffix
    return f'CREATE TABLE "{table.name}" ({", ".join(lines)}) {end}'


def create_index(dialect: Dialect, table: Table, index: str) -> str:
    """Create an index unless it exists."""
    found = table.indexes[index]
    whole = dialect.index_includes_key and not found.unique
    columns = _column_list(table.ordered_by(index) if whole else found.columns)
    name = f'{"UNIQUE INDEX" if found.unique else "INDEX"} IF NOT EXISTS "{index_name(table.name, index)}"'
    return f'CREATE {name} ON "{table.name}" ({columns}) WHERE {_in_index(table, index)}'


def _in_index(table: Table, index: str | None) -> str:
    """The condition that a row is in an index: none of the index's columns is NULL."""
    columns = table.indexes[index].columns if index is not None else ()
    return " AND ".join(f'"{column}" IS NOT NULL' for column in columns) or "1 = 1"


@_cached
def insert(dialect: Dialect, table: Table) -> str:
    """Insert a row. Parameters: its cells."""
    placeholders = _placeholders(dialect, len(table.columns))
    return f'INSERT INTO "{table.name}" ({_column_list(table.columns)}) VALUES {placeholders}'


@_cached
def insert_each(dialect: Dialect, table: Table, count: int) -> str:
    """Insert ``count`` rows. Parameters: their cells, row by row."""
    return insert(dialect, table) + f", {_placeholders(dialect, len(table.columns))}" * (count - 1)


@_cached
def put_each(dialect: Dialect, table: Table, count: int) -> str:
    """Insert ``count`` rows, or replace those with their keys. Parameters: their cells, row by row."""
    return f"{insert_each(dialect, table, count)} {_on_conflict(table)}"


def _on_conflict(table: Table) -> str:
    """The clause that makes an INSERT replace the row with its key."""
    others = [column for column in table.columns if column not in table.key]
    news = ", ".join(f'"{column}" = excluded."{column}"' for column in others)
    action = f"UPDATE SET {news}" if others else "NOTHING"
    return f"ON CONFLICT ({_column_list(table.key)}) DO {action}"


@_cached
def delete(dialect: Dialect, table: Table, width: int) -> str:
    """Delete the rows whose key begins with some cells. Parameters: these cells."""
    return f'DELETE FROM "{table.name}" WHERE {_begins_with(dialect, table.key[:width])}'


@_cached
def cut(dialect: Dialect, table: Table, width: int, since: int) -> str:
    """Delete the rows whose key begins with ``width`` cells, and continues with a tuple of ``since`` cells or a greater one. Parameters: both."""
    following = _compared(dialect, table.key[width : width + since], ">=")
    return f"{delete(dialect, table, width)} AND {following}"


@_cached
def select(
    dialect: Dialect, table: Table, index: str | None, width: int, selected: tuple[str, ...] = ()
) -> str:
    """The rows whose key (or index) begins with some cells: all columns, or those ``selected``. Parameters: these cells."""
    begins = _begins_with(dialect, table.ordered_by(index)[:width])
    return f"SELECT {_column_list(selected or table.columns)} FROM {_from(dialect, table, index)} WHERE {_in_index(table, index)} AND {begins}"


def _from(dialect: Dialect, table: Table, index: str | None) -> str:
    hint = dialect.hint.format(index_name(table.name, index)) if index is not None else ""
    return f'"{table.name}" {hint}'


def _begins_with(dialect: Dialect, columns: Iterable[str]) -> str:
    return _equal(columns, repeat(dialect.placeholder), dialect.first_key_cell) or "1 = 1"


def _equal(columns: Iterable[str], cells: Iterable[str], first: str = "{}") -> str:
    """The condition that each column equals its operand; ``first`` is how the first operand is written, with ``{}`` for itself."""
    operands = map(str.format, chain([first], repeat("{}")), cells)
    return " AND ".join(map('"{}" = {}'.format, columns, operands))


def _compared(dialect: Dialect, columns: tuple[str, ...], how: str) -> str:
    """The comparison of columns with as many parameters, as tuples. An empty tuple equals any other."""
    if not columns:
        return "1 = 1" if how == ">=" else "1 = 0"
    return f"({_column_list(columns)}) {how} {_placeholders(dialect, len(columns))}"


@_cached
def scan(
    dialect: Dialect,
    table: Table,
    index: str | None,
    width: int,
    since: int | None,
    before: int | None,
    backwards: bool,
    limited: bool,
) -> str:
    """Rows in order. Parameters: the cells with which their key (or index) begins, those of ``since`` and of ``before``, and the limit."""
    bounded = _bounded(dialect, table.ordered_by(index)[width:], since, before)
    order = _in_order(table, index, width, "DESC" if backwards else "ASC")
    limit = f" LIMIT {dialect.placeholder}" if limited else ""
    return f"{select(dialect, table, index, width)}{bounded}{order}{limit}"


def _bounded(
    dialect: Dialect, following: tuple[str, ...], since: int | None, before: int | None
) -> str:
    """The conditions that columns, as tuples, are at least ``since`` and less than ``before``, given as numbers of cells."""
    found = ""
    if since is not None:
        found += f" AND {_compared(dialect, following[:since], '>=')}"
    if before is not None:
        found += f" AND {_compared(dialect, following[:before], '<')}"
    return found


def _in_order(table: Table, index: str | None, width: int, way: str) -> str:
    if index is not None and table.indexes[index].unique:
        following = table.indexes[index].columns[width:]
    else:
        following = table.ordered_by(index)[width:]
    columns = (*table.ordered_by(index)[: min(width, 1)], *following) if following else ()
    order = ", ".join(f'"{column}" {way}' for column in columns)
    return f" ORDER BY {order}" if order else ""


class RowRange(NamedTuple):
    """The shape of a range of rows, in numbers of cells: the key (or index) begins with ``width`` cells, and continues with a tuple of at least
    ``since`` and less than ``before``. ``only``: a column, and of how many cells a row has one there. Parameters come in this order.
    """

    width: int
    since: int | None
    before: int | None
    only: tuple[str, int] | None


def _filter(dialect: Dialect, only: tuple[str, int] | None) -> str:
    """The condition that a row has one of ``count`` cells in a column. Even if that are none, the column is named, for the hint of an index."""
    if only is None:
        return ""
    column, count = only
    return f' AND "{column}" IN {_placeholders(dialect, count) if count else "(NULL)"}'


@_cached
def sift(
    dialect: Dialect, table: Table, index: str | None, bounds: RowRange, selected: tuple[str, ...]
) -> str:
    """The selected columns of the rows of a range, in order. Parameters: the cells of the range."""
    order = _in_order(table, index, bounds.width, "ASC")
    return _rows_in(dialect, table, index, bounds, selected) + order


@_cached
def sift_backwards(
    dialect: Dialect, table: Table, index: str | None, bounds: RowRange, selected: tuple[str, ...]
) -> str:
    """The same in reverse order. Parameters: the cells of the range, and the limit."""
    order = _in_order(table, index, bounds.width, "DESC")
    return f"{_rows_in(dialect, table, index, bounds, selected)}{order} LIMIT {dialect.placeholder}"


def _rows_in(
    dialect: Dialect, table: Table, index: str | None, bounds: RowRange, selected: tuple[str, ...]
) -> str:
    bounded = _bounded(
        dialect, table.ordered_by(index)[bounds.width :], bounds.since, bounds.before
    )
    begins = select(dialect, table, index, bounds.width, selected)
    return f"{begins}{bounded}{_filter(dialect, bounds.only)}"


@_cached
def joined(dialect: Dialect, table: Table, bounds: RowRange, selected: tuple[str, ...]) -> str:
    """One row with the cells of each selected column of the rows of a range, in order, joined with commas. (SQLite keeps the order of a subquery.)"""
    columns = ", ".join(f"group_concat(\"{column}\", ',')" for column in selected)
    return f"SELECT {columns} FROM ({sift(dialect, table, None, bounds, selected)})"


@_cached
def follow(
    dialect: Dialect,
    table: Table,
    index: str | None,
    only: tuple[str, int] | None,
    selected: tuple[str, ...],
    other: Table,
    by: tuple[str, str | None],
    bounds: RowRange,
) -> str:
    """The selected columns of the rows whose key (or index) begins with a value in a column of some rows of ``other``. ``by`` is that column,
    and the index by which the rows of ``other`` are found. Parameters: the cells of the range in ``other``, and of the filter.
    """
    column, way = by
    those = _rows_in(dialect, other, way, bounds, (column,))
    first = table.ordered_by(index)[0]
    begins = select(dialect, table, index, 0, selected)
    return f'{begins} AND "{first}" IN ({those}){_filter(dialect, only)}'


class Projection(NamedTuple):
    """Which columns of rows are selected; and a column, with the number of cells of which a row must have one there. A statement takes these
    cells last.
    """

    columns: tuple[str, ...]
    only: tuple[str, int] | None


@_cached
def pick(dialect: Dialect, table: Table, index: str | None, width: int, picked: Projection) -> str:
    """The selected columns of the rows whose key (or index) begins with some cells. Parameters: these cells, and those of the filter."""
    begins = select(dialect, table, index, width, picked.columns)
    return f"{begins}{_filter(dialect, picked.only)}"


@_cached
def pick_each(
    dialect: Dialect, table: Table, index: str | None, width: int, count: int, picked: Projection
) -> str:
    """The selected columns of the rows whose key (or index) begins with one of ``count`` keys. Parameters: the cells of the keys, and of the filter.

    The keys form a table of their own, so that each is looked up: an IN over tuples would read the whole table.
    """
    columns = table.ordered_by(index)[:width]
    keys = ", ".join([_placeholders(dialect, width)] * count)
    return (
        f"WITH wanted ({_column_list(_key_names(columns))}) AS (VALUES {keys}) "
        f"SELECT {_column_list(picked.columns)} FROM wanted CROSS JOIN {_from(dialect, table, index)} "
        f"ON {_matches(columns)} AND {_in_index(table, index)}{_filter(dialect, picked.only)}"
    )


def _key_names(columns: Sequence[str]) -> list[str]:
    """The names of the columns in the table of the keys, which differ from those of any stored table."""
    return [f"={place}" for place in range(len(columns))]


def _matches(columns: Sequence[str], first: str = "{}") -> str:
    return _equal(columns, map('"{}"'.format, _key_names(columns)), first)


ARRAYS: Mapping[Kind, str] = {
    "integer": "text::bigint[]",
    "text": "text::text[]",
    "bytes": "bytea[]",
}
"""The types by which PostgreSQL takes many cells as one parameter; all but bytes are sent as one text."""


def _unnest(dialect: Dialect, table: Table, columns: Iterable[str]) -> str:
    """A table of rows, whose parameters are arrays, one per column."""
    arrays = [f"{dialect.placeholder}::{ARRAYS[table.columns[column]]}" for column in columns]
    return f"unnest({', '.join(arrays)})"


@_cached
def insert_all(dialect: Dialect, table: Table) -> str:
    """Insert rows. Parameters: an array per column."""
    rows = f"SELECT * FROM {_unnest(dialect, table, table.columns)}"
    return f'INSERT INTO "{table.name}" ({_column_list(table.columns)}) {rows}'


@_cached
def put_all(dialect: Dialect, table: Table) -> str:
    """Insert rows with different keys, or replace those with their keys. Parameters: an array per column."""
    return f"{insert_all(dialect, table)} {_on_conflict(table)}"


@_cached
def pick_all(
    dialect: Dialect, table: Table, index: str | None, width: int, picked: Projection
) -> str:
    """The selected columns of the rows whose key (or index) begins with one of some keys. Parameters: an array per column of the keys, and the
    cells of the filter.

    Each key is looked up on its own (OFFSET 0 enforces it): while a table is being filled, and hasn't been analyzed yet, a join would read
    all of it. The filter comes after that: an index of the filter's column would find far more rows than a key has.
    """
    columns = table.ordered_by(index)[:width]
    return _lookup(dialect, table, index, columns, _keys_table(dialect, table, columns), picked)


def _lookup(
    dialect: Dialect,
    table: Table,
    index: str | None,
    columns: Sequence[str],
    wanted: str,
    picked: Projection,
) -> str:
    """The selected columns of the rows that each key of the table ``wanted`` finds."""
    sifted = () if picked.only is None else (picked.only[0],)
    selected = dict.fromkeys((*picked.columns, *sifted))
    rows = f'SELECT {_column_list(selected)} FROM "{table.name}" WHERE {_matches(columns)} AND {_in_index(table, index)} OFFSET 0'
    found = (
        f"SELECT {_column_list(picked.columns)} FROM {wanted} CROSS JOIN LATERAL ({rows}) AS found"
    )
    return f"{found} WHERE 1 = 1{_filter(dialect, picked.only)}"


@_cached
def ends_of_each(
    dialect: Dialect,
    table: Table,
    index: str | None,
    bounds: RowRange,
    selected: tuple[str, ...],
    backwards: bool,
) -> str:
    """The selected columns of the first or the last rows whose key (or index) begins with each of some keys. Parameters: an array per column of
    the keys, the cells of ``before``, and the limit per key.
    """
    ordered = table.ordered_by(index)
    columns = ordered[: bounds.width]
    rows = f'SELECT {_column_list(selected)} FROM "{table.name}" WHERE {_matches(columns, dialect.first_key_cell)} AND {_in_index(table, index)}'
    rows += _bounded(dialect, ordered[bounds.width :], None, bounds.before)
    rows += f"{_in_order(table, index, bounds.width, 'DESC' if backwards else 'ASC')} LIMIT {dialect.placeholder}"
    return f"SELECT found.* FROM {_keys_table(dialect, table, columns)} CROSS JOIN LATERAL ({rows}) AS found"


@_cached
def follow_each(
    dialect: Dialect,
    table: Table,
    index: str | None,
    picked: Projection,
    other: Table,
    by: tuple[str, str | None],
    bounds: RowRange,
) -> str:
    """Like ``follow``, but each key is looked up on its own, and the filter comes after that; see ``pick_all``."""
    column, way = by
    name, first = _column_list(_key_names([column])), table.ordered_by(index)[:1]
    those = f"SELECT DISTINCT * FROM ({_rows_in(dialect, other, way, bounds, (column,))}) AS those"
    return _lookup(dialect, table, index, first, f"({those}) AS wanted ({name})", picked)


@_cached
def delete_all(dialect: Dialect, table: Table, width: int) -> str:
    """Delete the rows whose key begins with one of some keys. Parameters: an array per column of the keys."""
    columns = table.key[:width]
    wanted = _keys_table(dialect, table, columns)
    return f'DELETE FROM "{table.name}" USING {wanted} WHERE {_matches(columns)}'


def _keys_table(dialect: Dialect, table: Table, columns: Sequence[str]) -> str:
    return f"{_unnest(dialect, table, columns)} AS wanted ({_column_list(_key_names(columns))})"
