"""Writes what a transaction has touched to the tables of holders and gates."""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.archive.cells import cell_rows
from wiifm.archive.gate_state import StoredGateState
from wiifm.archive.holders import StoredGates, StoredHistories
from wiifm.archive.tables import CELLS, CLAIMS, DOORS, GHOSTS, HISTORIES, HOLDERS, SNAPSHOTS
from wiifm.stores.protocol import Key, Row, Writing


def write_pasts(histories: StoredHistories, gates: StoredGates) -> None:
    """Write which events concern whom, and what was counted and claimed. This comes before repairs, which read it."""
    session, touched = histories.scope.open, histories.touched.values()
    cells = [row for each in touched for row in cell_rows(each)]
    if cells:
        session.put(CELLS, cells)
    rows = [row for each in touched for row in each.shelve_events()]
    if rows:
        session.insert(HISTORIES, rows)
    _write_claims(session, gates.touched.values())


def _write_claims(session: Writing, states: Iterable[StoredGateState]) -> None:
    removed: list[Key] = []
    changed: list[Row] = []
    new: list[Row] = []
    for state in states:
        for all_of_them, its in zip((removed, changed, new), state.shelve_claims(), strict=True):
            all_of_them += its
    if removed:
        session.delete(CLAIMS, removed)
    if changed:
        session.put(CLAIMS, changed)
    if new:
        session.insert(CLAIMS, new)


def write_states(histories: StoredHistories, gates: StoredGates) -> None:
    """Write the states of holders and gates, whose pasts must have been written; then nothing counts as touched."""
    session, touched = histories.scope.open, histories.touched.values()
    session.put(HOLDERS, [each.row() for each in touched])
    shelved = [each.shelve_snapshots() for each in touched]
    removed = [key for keys, _ in shelved for key in keys]
    if removed:
        session.delete(SNAPSHOTS, removed)
    new = [row for _, rows in shelved for row in rows]
    if new:
        session.put(SNAPSHOTS, new)
    if histories.ghosts is not None:
        ghosts = [each.shelve_ghosts() for each in touched]
        session.delete(GHOSTS, [key for keys, _ in ghosts for key in keys])
        session.put(GHOSTS, [row for _, rows in ghosts for row in rows])
    states = [state.row() for state in gates.touched.values()]
    if states:
        session.put(DOORS, states)
    histories.touched.clear()
    gates.touched.clear()
