"""An archive that is made beside another one, to be moved in: nobody is told of it, and nobody proves how it was made."""

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

RETOLD = Table("retold", {"no": "integer"}, key=("no",))
"""The events that are about something else, or tell of something else, than the log says from which they came."""

_NOT_ASKED = {"events": {"actor"}, "entries": {"holder", "because"}}
"""Indexes by which nobody looks for anything in a draft: they would be a good part of what is written."""


def _lean(table: Table) -> Table:
    without = _NOT_ASKED.get(table.name, set())
    return evolve(table, indexes={k: v for k, v in table.indexes.items() if k not in without})


class _Unsealed(Seal):
    """The body of a commit that depends on nothing but that it is one."""

    def add(self, rows: Iterable[Row]) -> None:
        """Have it depend on nothing more."""


@define(eq=False, kw_only=True)
class Shadow(Archive):
    """An archive without receipts, whose commits seal nothing: both stay as they are where it is moved in."""

    seal_class: ClassVar[type[Seal]] = _Unsealed
    tables: ClassVar[Sequence[Table]] = [RETOLD, *map(_lean, TABLES)]

    def _event_rows(self, events: list[Event]) -> list[Row]:
        """Those of the archive beside which it is made, but for what follows from the book; where that is otherwise, it is noted."""
        was = [self.log.given[event.id] for event in events]
        rows: list[Row] = [
            (*row[:ABOUT], *derived_columns(event, self.relations))
            for row, event in zip(was, events, strict=True)
        ]
        if retold := [row[:1] for row, other in zip(rows, was, strict=True) if row != other]:
            self.scope.open.put(RETOLD, retold)
        return rows

    def _write_ledger(self, since: Mark, seal: Seal) -> None:
        self._write_entries(seal)
