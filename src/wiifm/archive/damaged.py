"""The fault for a row that wiifm can't have written, and what to do about it."""

from __future__ import annotations

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
from wiifm.stores.protocol import Cell, Key, Table

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


def damaged_cell(
    place: str, table: Table, key: Key, column: str, found: Cell, expected: str
) -> StoreDamaged:
    """The fault for a cell of the row with a key; ``place`` names the store.

    >>> from wiifm.archive.tables import ENTRIES
    >>> print(damaged_cell("acme.db", ENTRIES, (7,), "amount", "5~", "an integer as text"))
    acme.db: table 'entries', row with no 7, column 'amount': found '5~', expected an integer as text; somebody or a failing disk ...
    """
    row = ", ".join(f"{name} {literal(cell)}" for name, cell in zip(table.key, key, strict=True))
    is_remade = (table in _REMADE and (table, column) not in _NAMES) or (
        table is EVENTS and column in DERIVED_COLUMNS
    )
    advice = _RESCORE if is_remade else _RESTORE
    return StoreDamaged(
        f"{place}: table {table.name!r}, row with {row}, column {column!r}: "
        f"found {literal(found)}, expected {expected}; {advice}",
        table.name,
        key,
        column,
    )
