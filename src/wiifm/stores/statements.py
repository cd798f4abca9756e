"""The SQL of the stores, written once for the dialects of SQLite and PostgreSQL.

Each function writes one statement over a table; its docstring says which cells it takes, in which order. Nothing that
comes from outside stands in a statement: a cell is only ever handed over beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import NamedTuple

from wiifm.stores.dialect import Dialect
from wiifm.stores.protocol import Kind, Table

_kept = lru_cache(maxsize=2048)
"""Statements are written once: tables and dialects are told apart by what they are, not by what they look like."""


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _marks(dialect: Dialect, count: int) -> str:
    return f"({', '.join([dialect.mark] * count)})"


def index_name(table: str, index: str) -> str:
    """What an index is called in the database.

    >>> index_name("fruit", "weight")
    'fruit_by_weight'
    """
    return f"{table}_by_{index}"


def create_table(dialect: Dialect, table: Table) -> str:
    """Make a table that isn't there."""
    lines = [
        f'"{column}" {dialect.types[kind]}' + (" NOT NULL" if column in table.key else "")
        for column, kind in table.columns.items()
    ]
    lines.append(f"PRIMARY KEY ({_listed(table.key)})")
    by_integer = [table.columns[column] for column in table.key] == ["integer"]
    end = dialect.by_integer if by_integer else dialect.by_others
    return f'CREATE TABLE "{table.name}" ({", ".join(lines)}) {end}'


def create_index(dialect: Dialect, table: Table, index: str) -> str:
    """Make an index if it isn't there."""
    found = table.indexes[index]
    whole = dialect.whole_index and not found.unique
    columns = _listed(table.ordered_by(index) if whole else found.columns)
    name = f'{"UNIQUE INDEX" if found.unique else "INDEX"} IF NOT EXISTS "{index_name(table.name, index)}"'
    return f'CREATE {name} ON "{table.name}" ({columns}) WHERE {_in_index(table, index)}'


def _in_index(table: Table, index: str | None) -> str:
    """That a row is in an index: none of its cells is NULL."""
    columns = table.indexes[index].columns if index is not None else ()
    return " AND ".join(f'"{column}" IS NOT NULL' for column in columns) or "1 = 1"


@_kept
def insert(dialect: Dialect, table: Table) -> str:
    """Add a row, of its cells."""
    marks = _marks(dialect, len(table.columns))
    return f'INSERT INTO "{table.name}" ({_listed(table.columns)}) VALUES {marks}'


@_kept
def insert_each(dialect: Dialect, table: Table, count: int) -> str:
    """Add ``count`` rows, of the cells of all of them."""
    return insert(dialect, table) + f", {_marks(dialect, len(table.columns))}" * (count - 1)


@_kept
def put_each(dialect: Dialect, table: Table, count: int) -> str:
    """Add ``count`` rows, of the cells of all of them, one after the other in place of the one with its key."""
    return f"{insert_each(dialect, table, count)} {_instead(table)}"


def _instead(table: Table) -> str:
    """What an INSERT does where the key is there already."""
    others = [column for column in table.columns if column not in table.key]
    news = ", ".join(f'"{column}" = excluded."{column}"' for column in others)
    action = f"UPDATE SET {news}" if others else "NOTHING"
    return f"ON CONFLICT ({_listed(table.key)}) DO {action}"


@_kept
def delete(dialect: Dialect, table: Table, width: int) -> str:
    """Delete the rows whose key begins with these cells."""
    return f'DELETE FROM "{table.name}" WHERE {_begins(dialect, table.key[:width])}'


@_kept
def cut(dialect: Dialect, table: Table, width: int, since: int) -> str:
    """Delete the rows whose key begins with ``width`` cells and goes on at or behind ``since`` more."""
    following = _compared(dialect, table.key[width : width + since], ">=")
    return f"{delete(dialect, table, width)} AND {following}"


@_kept
def select(
    dialect: Dialect, table: Table, index: str | None, width: int, told: tuple[str, ...] = ()
) -> str:
    """The rows whose key (or index) begins with these cells; all their columns, or those that are to be told."""
    begins = _begins(dialect, table.ordered_by(index)[:width])
    return f"SELECT {_listed(told or table.columns)} FROM {_source(dialect, table, index)} WHERE {_in_index(table, index)} AND {begins}"


def _source(dialect: Dialect, table: Table, index: str | None) -> str:
    hint = dialect.hint.format(index_name(table.name, index)) if index is not None else ""
    return f'"{table.name}" {hint}'


def _begins(dialect: Dialect, columns: Iterable[str]) -> str:
    return _equal(columns, repeat(dialect.mark), dialect.first) or "1 = 1"


def _equal(columns: Iterable[str], cells: Iterable[str], first: str = "{}") -> str:
    """That each column is a cell, and how that is told of the first one."""
    told = map(str.format, chain([first], repeat("{}")), cells)
    return " AND ".join(map('"{}" = {}'.format, columns, told))


def _compared(dialect: Dialect, columns: tuple[str, ...], how: str) -> str:
    """Columns beside as many cells, as tuples are compared; of no columns, all are the same."""
    if not columns:
        return "1 = 1" if how == ">=" else "1 = 0"
    return f"({_listed(columns)}) {how} {_marks(dialect, len(columns))}"


@_kept
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
    """Rows in order, of the cells with which they begin, those of ``since`` and ``before``, and how many at most."""
    bounded = _bounded(dialect, table.ordered_by(index)[width:], since, before)
    order = _in_order(table, index, width, "DESC" if backwards else "ASC")
    limit = f" LIMIT {dialect.mark}" if limited else ""
    return f"{select(dialect, table, index, width)}{bounded}{order}{limit}"


def _bounded(
    dialect: Dialect, following: tuple[str, ...], since: int | None, before: int | None
) -> str:
    """That columns are at or behind ``since`` cells, and ahead of ``before``."""
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


class Asked(NamedTuple):
    """Rows that begin with ``width`` cells, and go on at or behind ``since`` and ahead of ``before``; of these, only those that have one
    of so many cells in a column. So a statement takes them in this order.
    """

    width: int
    since: int | None
    before: int | None
    only: tuple[str, int] | None


def _only(dialect: Dialect, only: tuple[str, int] | None) -> str:
    """That a row has one of so many cells in a column: none has one of none, which is told so that an index may still be named."""
    if only is None:
        return ""
    column, count = only
    return f' AND "{column}" IN {_marks(dialect, count) if count else "(NULL)"}'


@_kept
def sift(
    dialect: Dialect, table: Table, index: str | None, asked: Asked, told: tuple[str, ...]
) -> str:
    """What is to be told of rows in order, of the cells of what is asked for."""
    return _sifted(dialect, table, index, asked, told) + _in_order(table, index, asked.width, "ASC")


@_kept
def sift_backwards(
    dialect: Dialect, table: Table, index: str | None, asked: Asked, told: tuple[str, ...]
) -> str:
    """The same, the last ones first: behind these cells it takes how many at most."""
    order = _in_order(table, index, asked.width, "DESC")
    return f"{_sifted(dialect, table, index, asked, told)}{order} LIMIT {dialect.mark}"


def _sifted(
    dialect: Dialect, table: Table, index: str | None, asked: Asked, told: tuple[str, ...]
) -> str:
    bounded = _bounded(dialect, table.ordered_by(index)[asked.width :], asked.since, asked.before)
    begins = select(dialect, table, index, asked.width, told)
    return f"{begins}{bounded}{_only(dialect, asked.only)}"


@_kept
def joined(dialect: Dialect, table: Table, asked: Asked, told: tuple[str, ...]) -> str:
    """The same in one row: of each column the cells of all rows in order, which SQLite keeps up for what isn't commutative."""
    columns = ", ".join(f"group_concat(\"{column}\", ',')" for column in told)
    return f"SELECT {columns} FROM ({sift(dialect, table, None, asked, told)})"


@_kept
def follow(
    dialect: Dialect,
    table: Table,
    index: str | None,
    only: tuple[str, int] | None,
    told: tuple[str, ...],
    other: Table,
    by: tuple[str, str | None],
    asked: Asked,
) -> str:
    """What is to be told of the rows whose key (or index) begins with what others have in a column, which are found by an index of theirs: of
    the cells of what is asked for of these, and of ``only``.
    """
    column, way = by
    those = _sifted(dialect, other, way, asked, (column,))
    first = table.ordered_by(index)[0]
    begins = select(dialect, table, index, 0, told)
    return f'{begins} AND "{first}" IN ({those}){_only(dialect, only)}'


class Picked(NamedTuple):
    """What is to be told of rows; of these, only those that have one of so many cells in a column, which a statement takes last."""

    told: tuple[str, ...]
    only: tuple[str, int] | None


@_kept
def pick(dialect: Dialect, table: Table, index: str | None, width: int, picked: Picked) -> str:
    """What is to be told of the rows whose key (or index) begins with these cells."""
    begins = select(dialect, table, index, width, picked.told)
    return f"{begins}{_only(dialect, picked.only)}"


@_kept
def pick_each(
    dialect: Dialect, table: Table, index: str | None, width: int, count: int, picked: Picked
) -> str:
    """What is to be told of the rows whose key (or index) begins with one of ``count`` keys, of the cells of all these keys.

    The keys are a table of their own, and each is looked up: an IN over tuples would read the whole table.
    """
    columns = table.ordered_by(index)[:width]
    keys = ", ".join([_marks(dialect, width)] * count)
    return (
        f"WITH wanted ({_listed(_names(columns))}) AS (VALUES {keys}) "
        f"SELECT {_listed(picked.told)} FROM wanted CROSS JOIN {_source(dialect, table, index)} "
        f"ON {_same(columns)} AND {_in_index(table, index)}{_only(dialect, picked.only)}"
    )


def _names(columns: Sequence[str]) -> list[str]:
    """What the columns of the keys are called: like no column of a table."""
    return [f"={place}" for place in range(len(columns))]


def _same(columns: Sequence[str], first: str = "{}") -> str:
    return _equal(columns, map('"{}"'.format, _names(columns)), first)


ARRAYS: Mapping[Kind, str] = {
    "integer": "text::bigint[]",
    "text": "text::text[]",
    "bytes": "bytea[]",
}
"""How PostgreSQL takes many cells at once, all but bytes as one text; SQLite can't."""


def _unnested(dialect: Dialect, table: Table, columns: Iterable[str]) -> str:
    """Rows of their cells, column by column."""
    arrays = [f"{dialect.mark}::{ARRAYS[table.columns[column]]}" for column in columns]
    return f"unnest({', '.join(arrays)})"


@_kept
def insert_all(dialect: Dialect, table: Table) -> str:
    """Add rows, of their cells column by column."""
    rows = f"SELECT * FROM {_unnested(dialect, table, table.columns)}"
    return f'INSERT INTO "{table.name}" ({_listed(table.columns)}) {rows}'


@_kept
def put_all(dialect: Dialect, table: Table) -> str:
    """Add rows with different keys, of their cells column by column, in place of those with their keys."""
    return f"{insert_all(dialect, table)} {_instead(table)}"


@_kept
def pick_all(dialect: Dialect, table: Table, index: str | None, width: int, picked: Picked) -> str:
    """What is to be told of the rows whose key (or index) begins with one of some keys, of the cells of these column by column.

    Each key is looked up (OFFSET keeps it so): a join would read the whole table wherever nobody has analyzed it yet, as while it is being filled.
    What is found is sifted behind that: an index of that column would tell of far more rows than a key has.
    """
    columns = table.ordered_by(index)[:width]
    return _looked_up(dialect, table, index, columns, _wanted(dialect, table, columns), picked)


def _looked_up(
    dialect: Dialect,
    table: Table,
    index: str | None,
    columns: Sequence[str],
    wanted: str,
    picked: Picked,
) -> str:
    """What is to be told of the rows of a key each of whose rows is wanted."""
    sifted = () if picked.only is None else (picked.only[0],)
    told = dict.fromkeys((*picked.told, *sifted))
    rows = f'SELECT {_listed(told)} FROM "{table.name}" WHERE {_same(columns)} AND {_in_index(table, index)} OFFSET 0'
    found = f"SELECT {_listed(picked.told)} FROM {wanted} CROSS JOIN LATERAL ({rows}) AS found"
    return f"{found} WHERE 1 = 1{_only(dialect, picked.only)}"


@_kept
def ends_of_each(
    dialect: Dialect,
    table: Table,
    index: str | None,
    asked: Asked,
    told: tuple[str, ...],
    backwards: bool,
) -> str:
    """What is to be told of the first rows, or of the last ones, whose key (or index) begins with each of some keys, of the cells of these
    column by column; then those that they are ahead of, and how many at most.
    """
    ordered = table.ordered_by(index)
    columns = ordered[: asked.width]
    rows = f'SELECT {_listed(told)} FROM "{table.name}" WHERE {_same(columns, dialect.first)} AND {_in_index(table, index)}'
    rows += _bounded(dialect, ordered[asked.width :], None, asked.before)
    rows += f"{_in_order(table, index, asked.width, 'DESC' if backwards else 'ASC')} LIMIT {dialect.mark}"
    return f"SELECT found.* FROM {_wanted(dialect, table, columns)} CROSS JOIN LATERAL ({rows}) AS found"


@_kept
def follow_each(
    dialect: Dialect,
    table: Table,
    index: str | None,
    picked: Picked,
    other: Table,
    by: tuple[str, str | None],
    asked: Asked,
) -> str:
    """The same as ``follow``, each key looked up, and what is found sifted behind that."""
    column, way = by
    name, first = _listed(_names([column])), table.ordered_by(index)[:1]
    those = f"SELECT DISTINCT * FROM ({_sifted(dialect, other, way, asked, (column,))}) AS those"
    return _looked_up(dialect, table, index, first, f"({those}) AS wanted ({name})", picked)


@_kept
def delete_all(dialect: Dialect, table: Table, width: int) -> str:
    """Delete the rows whose key begins with one of some keys, of the cells of these column by column."""
    columns = table.key[:width]
    wanted = _wanted(dialect, table, columns)
    return f'DELETE FROM "{table.name}" USING {wanted} WHERE {_same(columns)}'


def _wanted(dialect: Dialect, table: Table, columns: Sequence[str]) -> str:
    return f"{_unnested(dialect, table, columns)} AS wanted ({_listed(_names(columns))})"
