"""What was touched in a transaction, written to its tables."""

from __future__ import annotations

from collections.abc import Iterable

from wiifm.archive.cells import cell_rows
from wiifm.archive.gate_state import StoredGateState
from wiifm.archive.holders import StoredGates, StoredHistories
from wiifm.archive.tables import CELLS, CLAIMS, DOORS, GHOSTS, HISTORIES, HOLDERS, SNAPSHOTS
from wiifm.stores.protocol import Key, Row, Writing


def write_pasts(histories: StoredHistories, gates: StoredGates) -> None:
    """Write which events concern whom, and what was counted and claimed, so that whoever mends finds it."""
    session, touched = histories.scope.open, histories.touched.values()
    cells = [row for each in touched for row in cell_rows(each)]
    if cells:
        session.put(CELLS, cells)
    rows = [row for each in touched for row in each.shelve_events()]
    if rows:
        session.insert(HISTORIES, rows)
    _write_claims(session, gates.touched.values())


def _write_claims(session: Writing, states: Iterable[StoredGateState]) -> None:
    gone: list[Key] = []
    moved: list[Row] = []
    new: list[Row] = []
    for state in states:
        for all_of_them, its in zip((gone, moved, new), state.shelve_claims(), strict=True):
            all_of_them += its
    if gone:
        session.delete(CLAIMS, gone)
    if moved:
        session.put(CLAIMS, moved)
    if new:
        session.insert(CLAIMS, new)


def write_states(histories: StoredHistories, gates: StoredGates) -> None:
    """Write what holders and gates have come to, whose pasts are written; then nothing is touched any more."""
    session, touched = histories.scope.open, histories.touched.values()
    session.put(HOLDERS, [each.row() for each in touched])
    shelved = [each.shelve_snapshots() for each in touched]
    gone = [key for keys, _ in shelved for key in keys]
    if gone:
        session.delete(SNAPSHOTS, gone)
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
