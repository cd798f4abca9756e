"""A model of a store, with which stores are compared: plain lists of rows, sorted whenever somebody reads.

Its methods are those of the transactions in :mod:`wiifm.stores.protocol`, where the parameters are described.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Cell, Columns, Key, Only, Row, Table, Those


class Model:
    """The rows of some tables, by table name.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> model = Model()
    >>> model.insert(fruit, [("plum", 2), ("apple", 3)])
    >>> model.scan(fruit, most=1)
    [('apple', 3)]
    """

    def __init__(self, rows: dict[str, list[Row]] | None = None) -> None:
        self.rows: dict[str, list[Row]] = rows or {}

    def copy(self) -> Model:
        """An independent copy of the same rows."""
        return Model({name: list(rows) for name, rows in self.rows.items()})

    def _all(self, table: Table) -> list[Row]:
        return self.rows.setdefault(table.name, [])

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """The rows whose key in the index begins with one of these keys, in no particular order."""
        return [
            row
            for row in self._all(table)
            if any(_at(table, row, index)[: len(key)] == key for key in keys)
            and _is_in(table, row, index)
        ]

    def scan(
        self,
        table: Table,
        within: Key = (),
        index: str | None = None,
        *,
        since: Key | None = None,
        before: Key | None = None,
        backwards: bool = False,
        most: int | None = None,
    ) -> list[Row]:
        """The rows that begin with a key, in the order of the index, within bounds."""
        found = []
        for row in self.find(table, [within], index):
            following = _at(table, row, index)[len(within) :]
            if since is not None and following[: len(since)] < since:
                continue
            if before is not None and not following[: len(before)] < before:
                continue
            found.append(row)
        found.sort(key=lambda row: _at(table, row, index), reverse=backwards)
        return found[:most]

    def sift(
        self,
        table: Table,
        within: Key = (),
        index: str | None = None,
        *,
        since: Key | None = None,
        before: Key | None = None,
        only: Only | None = None,
        columns: Columns | None = None,
        last: int | None = None,
    ) -> list[Row]:
        """The rows of :meth:`scan` that ``only`` lets through, reduced to some columns; only the last so many if ``last`` is given."""
        rows = self.scan(table, within, index, since=since, before=before)
        found = [_cells(table, row, columns) for row in rows if _passes(table, row, only)]
        return found if last is None else found[max(0, len(found) - last) :]

    def pick(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The rows of :meth:`find` that ``only`` lets through, reduced to some columns, in no particular order."""
        rows = self.find(table, keys, index)
        return [_cells(table, row, columns) for row in rows if _passes(table, row, only)]

    def first_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The first ``most`` rows for each key, reduced to some columns, in no particular order."""
        rows = [row for key in {*keys} for row in self.sift(table, key, index)[:most]]
        return [_cells(table, row, columns) for row in rows]

    def last_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        before: Key | None = None,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The last ``most`` rows for each key, reduced to some columns, in no particular order."""
        rest = {"before": before, "columns": columns, "last": most}
        return [row for key in {*keys} for row in self.sift(table, key, index, **rest)]  # type: ignore[arg-type]

    def joined(
        self, table: Table, within: Key = (), *, only: Only | None = None, columns: Columns
    ) -> tuple[str, ...]:
        """For each column the cells of the rows of :meth:`sift`, joined by commas."""
        rows = self.sift(table, within, only=only)
        return tuple(",".join(str(row[table.place(each)]) for row in rows) for each in columns)

    def follow(
        self,
        those: Those,
        table: Table,
        index: str | None = None,
        *,
        only: Only | None = None,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The rows whose index begins with a cell of a column of ``those`` rows, reduced to some columns, in no particular order."""
        bounds = {"since": those.since, "before": those.before, "only": those.only}
        others = self.sift(those.table, those.within, those.index, **bounds)  # type: ignore[arg-type]
        keys = [(row[those.table.place(those.column)],) for row in others]
        return self.pick(table, keys, index, only=only, columns=columns)

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows; raise :class:`StoreFault` if a key, or the cells of a unique index, are taken."""
        for row in rows:
            if self.find(table, [_at(table, row, None)]):
                raise StoreFault(f"the key of {row} is there already")
            self._add(table, row)

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows, replacing those with the same keys."""
        for row in rows:
            self.delete(table, [_at(table, row, None)])
            self._add(table, row)

    def _add(self, table: Table, row: Row) -> None:
        for name, index in table.indexes.items():
            at = _at(table, row, name)[: len(index.columns)]
            if index.unique and None not in at and self.find(table, [at], name):
                raise StoreFault(f"the index {name} has {at} already")
        self._all(table).append(row)

    def delete(self, table: Table, keys: Collection[Key]) -> None:
        """Delete the rows that begin with one of these keys."""
        gone = self.find(table, keys)
        self.rows[table.name] = [row for row in self._all(table) if row not in gone]

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """Delete the rows that begin with a key and come at or after another."""
        gone = self.scan(table, within, since=since)
        self.rows[table.name] = [row for row in self._all(table) if row not in gone]


def _at(table: Table, row: Row, index: str | None) -> tuple[Cell, ...]:
    """The cells of a row by which an order sorts it."""
    return tuple(row[table.place(column)] for column in table.ordered_by(index))


def _is_in(table: Table, row: Row, index: str | None) -> bool:
    return None not in _at(table, row, index)


def _passes(table: Table, row: Row, only: Only | None) -> bool:
    return only is None or row[table.place(only[0])] in only[1]


def _cells(table: Table, row: Row, columns: Columns | None) -> Row:
    return tuple(row[table.place(column)] for column in columns or table.columns)
