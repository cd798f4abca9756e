"""Random tables, rows and calls for tests of stores, with cells that collide and that careless stores get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from attrs import frozen

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Cell, Columns, Index, Key, Kind, Only, Row, Table, Those

_CELLS: dict[Kind, tuple[Cell, ...]] = {
    "integer": (-(2**63), -5, -1, 0, 1, 2, 10, 2**31, 2**63 - 1),
    "text": (
        *("", "a", "A", "ä", "z", "aa", "a b", "Ω", "1", "null"),
        *("%s", "?", "'\"", "\\", "\n", "\uffff", "\U0001f351"),
    ),
    "bytes": (b"", b"\0", b"\0\0", b"a", b"\x7f", b"\x80\xff", b"\\x00"),
}
_COLUMNS = ("a", "b", "c", "order", "e")


@frozen
class Call:
    """A call of a method of a transaction."""

    name: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]

    def of(self, transaction: Any) -> object:
        """The result of the call on a transaction, or "a fault" if it raises :class:`StoreFault`; sorted, where no order is promised."""
        try:
            found = getattr(transaction, self.name)(*self.arguments, **self.options)
        except StoreFault:
            return "a fault"
        if self.name in ("find", "pick", "first_of", "last_of", "follow"):
            return sorted(found, key=repr)
        return list(found) if self.name in ("scan", "sift") else found


def table(random: Random, name: str) -> Table:
    """A table of random columns, with a random key and random indexes.

    >>> table(Random(1), "first").key
    ('b',)
    """
    names = _COLUMNS[: random.randint(1, len(_COLUMNS))]
    columns = {column: random.choice(sorted(_CELLS)) for column in names}
    indexes = {
        index: Index(_some(random, names), random.random() < 0.4)
        for index in ("x", "y")
        if random.random() < 0.6
    }
    return Table(name, columns, _some(random, names), indexes)


def _some(random: Random, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(random.sample(columns, random.randint(1, len(columns))))


def row(random: Random, table: Table) -> Row:
    """A random row that fits a table."""
    return tuple(
        None if column not in table.key and random.random() < 0.2 else random.choice(_CELLS[kind])
        for column, kind in table.columns.items()
    )


def question(random: Random, table: Table, rows: Sequence[Row]) -> Call:
    """A random query of a table, mostly about some of the given rows."""
    index = random.choice([None, *table.indexes])
    ordered = table.ordered_by(index)
    width = random.randint(0, len(ordered))
    if random.random() < 0.4:
        keys = [_key(random, table, ordered[:width], rows) for _ in range(random.randint(0, 12))]
        if random.random() < 0.4:
            reduced = {"only": _only(random, table), "columns": _columns(random, table)}
            return Call("pick", (table, keys, index), reduced)
        if random.random() < 0.4:
            before = _key(random, table, ordered[width : random.randint(width, len(ordered))], rows)
            most, columns = random.choice([0, 1, 2, 5]), _columns(random, table)
            bounded = {"before": before or None, "most": most, "columns": columns}
            if random.random() < 0.3:
                return Call("first_of", (table, keys, index), {"most": most, "columns": columns})
            return Call("last_of", (table, keys, index), bounded)
        return Call("find", (table, keys, index), {})
    width = random.randint(0, width)
    bounds = {
        bound: _key(random, table, ordered[width : random.randint(width, len(ordered))], rows)
        for bound in ("since", "before")
        if random.random() < 0.5
    }
    within = _key(random, table, ordered[:width], rows)
    if random.random() < 0.3:
        reduced = {"only": _only(random, table), "columns": _columns(random, table)}
        plain = [column for column in table.key if table.columns[column] != "bytes"]
        if index is None and plain and random.random() < 0.3:
            return Call("joined", (table, within), {**reduced, "columns": plain})
        last = random.choice([None, None, 0, 1, 2, 5])
        return Call("sift", (table, within, index), {**bounds, **reduced, "last": last})
    options = {"backwards": random.random() < 0.5, "most": random.choice([None, None, 0, 1, 2, 5])}
    return Call("scan", (table, within, index), {**bounds, **options})


def following(
    random: Random, table: Table, rows: Sequence[Row], other: Table, others: Sequence[Row]
) -> Call | None:
    """A random call of ``follow``: a table's rows by the cells of a column of another; None if no column there has the right kind."""
    index = random.choice([None, *table.indexes])
    kind = table.columns[table.ordered_by(index)[0]]
    columns = [column for column, of in other.columns.items() if of == kind]
    if not columns:
        return None
    way = random.choice([None, *other.indexes])
    order = other.ordered_by(way)
    width = random.randint(0, len(order))
    bounds = {
        bound: _key(random, other, order[width : random.randint(width, len(order))], others)
        for bound in ("since", "before")
        if random.random() < 0.4
    }
    those = Those(
        table=other,
        column=random.choice(columns),
        within=_key(random, other, order[:width], others),
        index=way,
        only=_only(random, other),
        **bounds,
    )
    reduced = {"only": _only(random, table), "columns": _columns(random, table)}
    return Call("follow", (those, table, index), reduced)


def _only(random: Random, table: Table) -> Only | None:
    if random.random() < 0.4:
        return None
    column = random.choice([*table.columns])
    return column, random.sample(_CELLS[table.columns[column]], random.randint(0, 3))


def _columns(random: Random, table: Table) -> Columns | None:
    return None if random.random() < 0.6 else _some(random, [*table.columns])


def change(random: Random, table: Table, rows: Sequence[Row]) -> Call:
    """A random change of a table, mostly one that succeeds and concerns some of the given rows."""
    width = random.randint(0, len(table.key))
    name = random.choice(["insert", "insert", "put", "put", "delete", "cut"])
    if name == "delete":
        keys = [_key(random, table, table.key[:width], rows) for _ in range(random.randint(0, 4))]
        return Call(name, (table, keys if width else keys[:0]), {})
    if name == "cut":
        since = table.key[width : random.randint(width, len(table.key))]
        parts = (table.key[:width], since)
        return Call(name, (table, *(_key(random, table, part, rows) for part in parts)), {})
    new = [row(random, table) for _ in range(random.randint(0, 6))]
    if name == "insert" and random.random() < 0.8:
        taken = {_cells_of(table, each, table.key) for each in rows}
        new = [each for each in new if _cells_of(table, each, table.key) not in taken]
        new = list({_cells_of(table, each, table.key): each for each in new}.values())
    return Call(name, (table, new), {})


def _key(random: Random, table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> Key:
    """Random cells for some columns, mostly those of one of the rows."""
    if rows and random.random() < 0.8:
        found = _cells_of(table, random.choice(rows), columns)
        if None not in found:
            return found
    return tuple(random.choice(_CELLS[table.columns[column]]) for column in columns)


def _cells_of(table: Table, row: Row, columns: tuple[str, ...]) -> Key:
    return tuple(row[table.place(column)] for column in columns)
