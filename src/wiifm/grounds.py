"""What stands behind a row of the ledger, as readings ask for it: the activity, and what a statement tells of a member's rows."""

from __future__ import annotations

from datetime import datetime

from wiifm.activities import Activity
from wiifm.ledger import Holder
from wiifm.memory import Memory
from wiifm.progress import progress_of
from wiifm.records import Booked
from wiifm.standing import standing_of
from wiifm.statement import Grounds, Statement, statement


def look(memory: Memory, row: Booked) -> Activity | None:
    """The activity that a row was booked for, as far as it still counts."""
    history, event, grant, _, _ = row
    found = memory.flow.activities(event)
    mine = (a for a in found if a.slot == grant.slot and a.holder == history.holder)
    return next(mine, None)


def statement_of(
    memory: Memory,
    member: str,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
) -> Statement:
    """A member's statement as of a moment."""
    holder = Holder("member", member)
    history = memory.flow.histories.get(holder)
    rows = list(memory.accounts.of_holder(holder))
    memory.look_up([event for _, (_, event, _, _, _) in rows])
    found = [grounds(memory, number, row) for number, row in rows]
    day = now.astimezone(memory.flow.relations.zone_by_now(member)).toordinal()
    time = memory.flow.histories.time(now)
    progress = [*progress_of(memory.program, "member", history, day, now, time)]
    standing = standing_of(memory.program, holder, history)
    return statement(standing, found, progress, since, until)


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
