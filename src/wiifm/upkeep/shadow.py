"""A shadow archive: a store is recomputed in it, and its derived tables are then moved into that store.

It is leaner than an archive: it writes no receipts, seals nothing, and lacks some indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from attrs import define, evolve

from wiifm.archive.archive import Archive
from wiifm.archive.chain import Seal
from wiifm.archive.log import ABOUT, derived_columns
from wiifm.archive.tables import TABLES
from wiifm.events import Event
from wiifm.journal import Mark
from wiifm.stores.protocol import Row, Table

CHANGED_EVENTS = Table("retold", {"no": "integer"}, key=("no",))
"""The events for which the new rule book gives other cells than the log has: what they are about, or what they say of a member."""

_UNUSED_INDEXES = {"events": {"actor"}, "entries": {"holder", "because"}}
"""The indexes that recomputing doesn't need: they would be a good part of what is written."""


def _without_unused_indexes(table: Table) -> Table:
    without = _UNUSED_INDEXES.get(table.name, set())
    return evolve(table, indexes={k: v for k, v in table.indexes.items() if k not in without})


class _Unsealed(Seal):
    """A seal that covers no rows, so that nothing is hashed."""

    def add(self, rows: Iterable[Row]) -> None:
        """Ignore the rows."""


@define(eq=False, kw_only=True)
class Shadow(Archive):
    """An archive without receipts, whose commits seal nothing: the store keeps its own receipts and commits."""

    seal_class: ClassVar[type[Seal]] = _Unsealed
    tables: ClassVar[Sequence[Table]] = [CHANGED_EVENTS, *map(_without_unused_indexes, TABLES)]

    def _event_rows(self, events: list[Event]) -> list[Row]:
        """The rows of the store, with the cells that follow from the new rule book; events for which these differ are noted."""
        was = [self.log.given[event.id] for event in events]
        rows: list[Row] = [
            (*row[:ABOUT], *derived_columns(event, self.relations))
            for row, event in zip(was, events, strict=True)
        ]
        if changed := [row[:1] for row, other in zip(rows, was, strict=True) if row != other]:
            self.scope.open.put(CHANGED_EVENTS, changed)
        return rows

    def _write_ledger(self, since: Mark, seal: Seal) -> None:
        self._write_entries(seal)
