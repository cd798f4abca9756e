"""What a store is, in its plainest form: lists that are sorted whenever somebody asks. Stores are compared with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from wiifm.faults import StoreFault
from wiifm.stores.protocol import Cell, Columns, Key, Only, Row, Table, Those


class Model:
    """The rows of some tables, by their names.

    >>> fruit = Table("fruit", {"name": "text", "weight": "integer"}, key=("name",))
    >>> model = Model()
    >>> model.insert(fruit, [("plum", 2), ("apple", 3)])
    >>> model.scan(fruit, most=1)
    [('apple', 3)]
    """

    def __init__(self, rows: dict[str, list[Row]] | None = None) -> None:
        self.rows: dict[str, list[Row]] = rows or {}

    def copy(self) -> Model:
        """The same rows, apart from the original."""
        return Model({name: list(rows) for name, rows in self.rows.items()})

    def _all(self, table: Table) -> list[Row]:
        return self.rows.setdefault(table.name, [])

    def find(self, table: Table, keys: Collection[Key], index: str | None = None) -> list[Row]:
        """The rows that begin with a key, in no order to rely on."""
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
        """The rows in order."""
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
        """The rows in order that have one of some cells in a column, or some cells of them; of these so many of the last."""
        rows = self.scan(table, within, index, since=since, before=before)
        found = [_told(table, row, columns) for row in rows if _has(table, row, only)]
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
        """The rows that begin with a key and have one of some cells in a column, or some cells of them, in no order to rely on."""
        rows = self.find(table, keys, index)
        return [_told(table, row, columns) for row in rows if _has(table, row, only)]

    def first_of(
        self,
        table: Table,
        keys: Collection[Key],
        index: str | None = None,
        *,
        most: int,
        columns: Columns | None = None,
    ) -> list[Row]:
        """The first rows that begin with each key, or some cells of them, in no order to rely on."""
        rows = [row for key in {*keys} for row in self.sift(table, key, index)[:most]]
        return [_told(table, row, columns) for row in rows]

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
        """The last rows that begin with each key, or some cells of them, in no order to rely on."""
        rest = {"before": before, "columns": columns, "last": most}
        return [row for key in {*keys} for row in self.sift(table, key, index, **rest)]  # type: ignore[arg-type]

    def joined(
        self, table: Table, within: Key = (), *, only: Only | None = None, columns: Columns
    ) -> tuple[str, ...]:
        """Some cells of the rows in order that have one of some cells in a column, each column as one text."""
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
        """The rows that are found by what others have in a column, or some cells of them, in no order to rely on."""
        bounds = {"since": those.since, "before": those.before, "only": those.only}
        others = self.sift(those.table, those.within, those.index, **bounds)  # type: ignore[arg-type]
        keys = [(row[those.table.place(those.column)],) for row in others]
        return self.pick(table, keys, index, only=only, columns=columns)

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows; a key or an index that is unique must not have them."""
        for row in rows:
            if self.find(table, [_at(table, row, None)]):
                raise StoreFault(f"the key of {row} is there already")
            self._add(table, row)

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows in place of those with their keys."""
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
        """Delete the rows that begin with a key."""
        gone = self.find(table, keys)
        self.rows[table.name] = [row for row in self._all(table) if row not in gone]

    def cut(self, table: Table, within: Key, since: Key) -> None:
        """Delete the rows that begin with a key, and go on behind another."""
        gone = self.scan(table, within, since=since)
        self.rows[table.name] = [row for row in self._all(table) if row not in gone]


def _at(table: Table, row: Row, index: str | None) -> tuple[Cell, ...]:
    """Where a row stands in an order."""
    return tuple(row[table.place(column)] for column in table.ordered_by(index))


def _is_in(table: Table, row: Row, index: str | None) -> bool:
    return None not in _at(table, row, index)


def _has(table: Table, row: Row, only: Only | None) -> bool:
    return only is None or row[table.place(only[0])] in only[1]


def _told(table: Table, row: Row, columns: Columns | None) -> Row:
    return tuple(row[table.place(column)] for column in columns or table.columns)
