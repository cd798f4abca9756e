"""What was touched in a transaction, written to its tables."""

from __future__ import annotations

from wiifm.archive.cells import cell_rows
from wiifm.archive.past import Desk
from wiifm.archive.tables import CELLS, CLAIMS, DOORS, GHOSTS, HISTORIES, HOLDERS, SNAPSHOTS
from wiifm.stores.protocol import Key, Row


def write_pasts(desk: Desk) -> None:
    """Write which events concern whom, and what was counted and claimed, so that whoever mends finds it."""
    histories = [*desk.histories.values()]
    cells = [row for each in histories for row in cell_rows(each)]
    if cells:
        desk.open.put(CELLS, cells)
    rows = [row for each in histories for row in each.shelve_events()]
    if rows:
        desk.open.insert(HISTORIES, rows)
    _write_claims(desk)


def _write_claims(desk: Desk) -> None:
    gone: list[Key] = []
    moved: list[Row] = []
    new: list[Row] = []
    for door in desk.doors.values():
        for all_of_them, its in zip((gone, moved, new), door.shelve_claims(), strict=True):
            all_of_them += its
    if gone:
        desk.open.delete(CLAIMS, gone)
    if moved:
        desk.open.put(CLAIMS, moved)
    if new:
        desk.open.insert(CLAIMS, new)


def write_states(desk: Desk, haunted: bool) -> None:
    """Write what holders and gates have come to, whose pasts are written; ``haunted`` where died events may concern some."""
    session, histories = desk.open, [*desk.histories.values()]
    session.put(HOLDERS, [each.row() for each in histories])
    shelved = [each.shelve_snapshots() for each in histories]
    gone = [key for keys, _ in shelved for key in keys]
    if gone:
        session.delete(SNAPSHOTS, gone)
    new = [row for _, rows in shelved for row in rows]
    if new:
        session.put(SNAPSHOTS, new)
    if haunted:
        ghosts = [each.shelve_ghosts() for each in histories]
        session.delete(GHOSTS, [key for keys, _ in ghosts for key in keys])
        session.put(GHOSTS, [row for _, rows in ghosts for row in rows])
    doors = [door.row() for door in desk.doors.values()]
    if doors:
        session.put(DOORS, doors)
