"""What stands behind a row of the ledger, as readings ask for it: the activity, and what a statement tells of a member's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from wiifm.activities import Activity
from wiifm.explanation import Explanation, explain
from wiifm.leaderboard import Board, Rank, leaderboard, ranked
from wiifm.ledger import Holder
from wiifm.memory import Memory
from wiifm.privacy import Names, explained
from wiifm.progress import progress_of
from wiifm.records import Booked
from wiifm.standing import minor_of, standing_of
from wiifm.statement import Grounds, Statement, statement


def look(memory: Memory, row: Booked) -> Activity | None:
    """The activity that a row was booked for, as far as it still counts."""
    history, event, grant, _, _ = row
    found = memory.flow.activities(event)
    mine = (a for a in found if a.slot == grant.slot and a.holder == history.holder)
    return next(mine, None)


def ranks_of(memory: Memory, board: Board) -> list[Rank]:
    """The lines of a leaderboard."""
    may_be_seen = partial(listed, memory)
    if board.whole:
        return ranked(memory.book, board.purse, _points(memory, board.purse), may_be_seen)
    rows = _rows(memory, board)
    return leaderboard(memory.book, rows, partial(look, memory), board, may_be_seen)


def _points(memory: Memory, purse: str) -> dict[str, int]:
    """What members have in a purse, in minor units, as far as they have anything."""
    found = (each for each in memory.flow.histories if each.holder.kind == "member")
    sums = ((each.holder.id, minor_of(each.state, purse)) for each in found)
    return {name: minor for name, minor in sums if minor}


def _rows(memory: Memory, board: Board) -> Iterator[Booked]:
    """The rows that may count in a leaderboard, with what is behind them at hand; no more is held than that."""
    for page in memory.accounts.since(board.since):
        if board.looks:
            memory.look_behind([row[1] for row in page])
        yield from page
        memory.let_go()


def listed(memory: Memory, members: Iterable[str]) -> list[str]:
    """Of some members those that leaderboards may show."""
    found = memory.know_members(members)
    return [each for each in found if memory.flow.relations.is_listed(each)]


def explanation_of(memory: Memory, number: int) -> Explanation:
    """Why there is an entry, as its holder may read it."""
    found = explain(memory.book, memory.log, memory.accounts, number)
    entries = (found.entry, found.corrects, *found.corrections)
    rows = {each.no: memory.accounts.rows[each.no - 1] for each in entries if each}
    return explained(memory.book, found, rows)


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
    names = Names(memory.book, member)
    found = [grounds(memory, number, row, names) for number, row in rows]
    day = now.astimezone(memory.flow.relations.zone_by_now(member)).toordinal()
    progress = [*progress_of(memory.program, "member", history, day, now)]
    standing = standing_of(memory.program, holder, history)
    return statement(standing, found, progress, since, until)


def grounds(memory: Memory, number: int, row: Booked, names: Names) -> Grounds:
    """What a statement tells of a row; ``names`` says what others are called in it."""
    event, grant = row[1], row[2]
    rule, live = memory.book.rules.get(grant.rule), memory.log.is_live(event)
    return Grounds(
        entry=names.entry(memory.accounts.entry(number), row),
        person=names.of(memory.flow.relations.person(event, grant.slot)) if live else None,
        text=str(event.data.get("text", "")),
        means=rule.means if rule else "",
    )
