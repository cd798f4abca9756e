"""A cell that wiifm can't have written, and the fault that says where it is and what to do about it."""

from __future__ import annotations

from attrs import frozen

from wiifm.archive.tables import (
    AWAITED,
    CELLS,
    CLAIMS,
    DAYS,
    DAYS_UPTO,
    DOORS,
    EVENTS,
    GHOSTS,
    HISTORIES,
    HOLDERS,
    MENTIONS,
    PENDING,
    RECEIVED,
    SNAPSHOTS,
)
from wiifm.faults import literal
from wiifm.stores.damaged import StoreDamaged
from wiifm.stores.protocol import Row, Table

_REMADE = (
    *(MENTIONS, RECEIVED, AWAITED, PENDING, HOLDERS, GHOSTS, HISTORIES, SNAPSHOTS, CELLS, DOORS),
    *(CLAIMS, DAYS, DAYS_UPTO),
)
"""The tables that rescoring makes again from the events."""

DERIVED_COLUMNS = ("about", "says")
"""The columns of an event that rescoring makes again, too."""

_NAMES = ((HOLDERS, "kind"), (HOLDERS, "name"))
"""The columns that say whose the entries with a number are. Rescoring keeps the numbers, and so these."""

_BY_OTHERS = "somebody or a failing disk changed the store:"
_RESTORE = f"{_BY_OTHERS} restore a backup (wiifm verify tells what else was changed)"
_RESCORE = (
    f"{_BY_OTHERS} run wiifm verify; if the chain holds, rescore by the same rule book (wiifm rescore STORE BOOK), which makes the row "
    "again from the events, else restore a backup"
)


@frozen
class Unsound:
    """A cell that wiifm can't have written: the row, the column, and what was expected there."""

    table: Table
    row: Row
    column: str
    expected: str

    @property
    def is_remade(self) -> bool:
        """Whether rescoring makes the cell again."""
        named = (self.table, self.column) in _NAMES
        derived = self.table is EVENTS and self.column in DERIVED_COLUMNS
        return derived or (self.table in _REMADE and not named)

    def fault(self, place: str) -> StoreDamaged:
        """The fault for the cell; ``place`` names the store.

        >>> from wiifm.archive.tables import FACTS
        >>> print(Unsound(FACTS, ("purses", "?"), "value", "an object as JSON").fault("acme.db"))
        acme.db: table 'facts', row with name 'purses', column 'value': found '?', expected an object as JSON; somebody or a failing disk ...
        """
        cells = dict(zip(self.table.columns, self.row, strict=True))
        key = tuple(cells[name] for name in self.table.key)
        named = ", ".join(f"{name} {literal(cells[name])}" for name in self.table.key)
        return StoreDamaged(
            f"{place}: table {self.table.name!r}, row with {named}, column {self.column!r}: "
            f"found {literal(cells[self.column])}, expected {self.expected}; "
            f"{_RESCORE if self.is_remade else _RESTORE}",
            self.table.name,
            key,
            self.column,
        )
