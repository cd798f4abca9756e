"""Compare the tables of a database with those that are wanted, to find the ones to create."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Index, Kind, Table
from wiifm.stores.statements import index_name


def missing(
    place: str, there: Mapping[str, Table], wanted: Iterable[Table]
) -> list[tuple[Table, str | None]]:
    """The tables and indexes that have to be created: a table is paired with None, an index is its table and its name.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> missing("acme.db", {"fruit": fruit}, [fruit])
    []
    >>> missing("acme.db", {"fruit": fruit}, [Table("fruit", {"name": "text"}, key=("name",))])
    Traceback (most recent call last):
    wiifm.faults.StoreFault: acme.db: table 'fruit': found the columns name (text), weight (integer) and the key name, expected the columns name (text) and the key name

    Raises:
        StoreFault: a table exists, but has other columns or another key.
    """
    found: list[tuple[Table, str | None]] = []
    for table in wanted:
        before = there.get(table.name)
        if before is None:
            found += [(table, None), *((table, index) for index in table.indexes)]
        elif _summary(before) != _summary(table):
            raise StoreFault(
                f"{place}: table {table.name!r}: found {_summary(before)}, expected {_summary(table)}"
            )
        else:
            found += [(table, index) for index in table.indexes if index not in before.indexes]
    return found


def described(
    columns: Iterable[tuple[str, str, str, int]], indexes: Iterable[tuple[str, str]]
) -> dict[str, Table]:
    """The tables of a database, made from its catalogue. Of an index only the name is known, since only that is compared.

    >>> described([("fruit", "name", "text", 1), ("fruit", "weight", "integer", 0)], [])["fruit"].key
    ('name',)

    Args:
        columns: for each column, in order: its table, its name, its kind, and its 1-based place in the key, or 0.
        indexes: for each index: its table, and its name in the database.
    """
    found: dict[str, dict[str, tuple[Kind, int]]] = {}
    for table, column, kind, at in columns:
        found.setdefault(table, {})[column] = cast(Kind, kind), at
    names = list(indexes)
    return {
        table: Table(
            table,
            {column: kind for column, (kind, _) in of.items()},
            tuple(sorted((column for column, (_, at) in of.items() if at), key=lambda c: of[c][1])),
            {
                name.removeprefix(index_name(table, "")): Index(())
                for there, name in names
                if there == table
            },
        )
        for table, of in found.items()
    }


def _summary(table: Table) -> str:
    columns = ", ".join(f"{column} ({kind})" for column, kind in table.columns.items())
    return f"the columns {columns} and the key {', '.join(table.key)}"
