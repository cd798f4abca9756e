"""What stands behind a row of the ledger, as readings ask for it: the activity, and who and what a statement tells of."""

from __future__ import annotations

from wiifm.activities import Activity
from wiifm.memory import Memory
from wiifm.records import Booked
from wiifm.statement import Grounds


def look(memory: Memory, row: Booked) -> Activity | None:
    """The activity that a row was booked for, as far as it still counts."""
    history, event, grant, _, _ = row
    found = memory.flow.activities(event)
    mine = (a for a in found if a.slot == grant.slot and a.holder == history.holder)
    return next(mine, None)


def grounds(memory: Memory, number: int, row: Booked) -> Grounds:
    """What a statement tells of a row."""
    event, grant = row[1], row[2]
    rule, live = memory.book.rules.get(grant.rule), memory.log.is_live(event)
    return Grounds(
        entry=memory.accounts.entry(number),
        person=memory.flow.relations.person(event, grant.slot) if live else None,
        text=str(event.data.get("text", "")),
        means=rule.means if rule else "",
    )
