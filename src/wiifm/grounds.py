"""What stands behind the rows of the ledger, as readings ask for it: entries, ranks and explanations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from wiifm.activities import Activity
from wiifm.explanation import Explanation, explain
from wiifm.leaderboard import Board, Rank, Sums, around, ranked
from wiifm.ledger import Entry, Holder
from wiifm.memory import Memory
from wiifm.privacy import explained
from wiifm.program.grants import purse_field
from wiifm.records import Booked

PAGE = 1_000
"""How many entries are looked up at once."""


def look(memory: Memory, row: Booked) -> Activity | None:
    """The activity that a row was booked for, as far as it still counts."""
    history, event, grant, _, _ = row
    found = memory.flow.activities(event)
    mine = (a for a in found if a.slot == grant.slot and a.holder == history.holder)
    return next(mine, None)


def ranks_of(memory: Memory, board: Board, member: str | None = None) -> list[Rank]:
    """The lines of a leaderboard, or those around a member."""
    if board.whole:
        sums = memory.flow.histories.members(purse_field(board.purse))
    else:
        sums = _sums(memory, board).result()
    ranks = ranked(memory.book, board.purse, sums, memory.flow.relations.listed)
    return ranks if member is None else around(ranks, member)


def _sums(memory: Memory, board: Board) -> Sums:
    """What members earned in the times of a board: row by row only where it depends on who they are, or on where they live."""
    relations, found = memory.flow.relations, Sums(board)
    for part in board.parts(None if relations.zones else relations.home):
        if part.ago is not None and not board.looks:
            for member, minor in memory.accounts.sums(board.purse, *part.time).items():
                found.count(part.ago, member, minor)
        else:
            for page in memory.accounts.of_time(*part.time):
                _add(memory, found, page)
                memory.let_go()
    return found


def _add(memory: Memory, sums: Sums, page: list[Booked]) -> None:
    """Count rows one by one, with what is behind them at hand."""
    board, relations = sums.board, memory.flow.relations
    rows = [row for row in page if sums.asks_for(row)]
    if board.looks:
        memory.look_behind([row[1] for row in rows])
    if board.by_days:
        relations.locate(row[0].holder.id for row in rows)
    for row in rows:
        history, event, *_ = row
        zone = relations.zone(history.holder.id, event) if board.by_days else None
        local = event.occurred_at.astimezone(zone) if zone else None
        sums.add(row, look(memory, row) if board.looks else None, local)


def entries(
    memory: Memory, holder: Holder | None, purse: str | None, rule: str | None
) -> Iterator[Entry]:
    """The entries of all or a holder, of all purses or one, of all rules or one; each page is of one state of the store."""
    after, more = 0, True
    while more:
        with memory.reading():
            page = list(islice(memory.accounts.of_holder(holder, after), PAGE))
            after, more = page[-1][0] if page else after, len(page) == PAGE
            found = [
                memory.accounts.entry(number)
                for number, (_, _, grant, _, _) in page
                if purse in (None, grant.purse) and rule in (None, grant.rule)
            ]
        yield from found


def latest_entries(
    memory: Memory,
    holder: Holder,
    purse: str | None,
    rule: str | None,
    before: int | None,
    most: int,
) -> list[Entry]:
    """So many of a holder's entries, the last one first: those before a number, of all purses and rules or one."""
    rows = memory.accounts.latest(holder, before)
    mine = (
        number
        for number, (_, _, grant, _, _) in rows
        if purse in (None, grant.purse) and rule in (None, grant.rule)
    )
    return [memory.accounts.entry(number) for number in islice(mine, most)]


def explanation_of(memory: Memory, number: int) -> Explanation:
    """Why there is an entry, as its holder may read it."""
    found = explain(memory.book, memory.log, memory.accounts, number)
    entries = (found.entry, found.corrects, *found.corrections)
    rows = {each.no: memory.accounts.rows[each.no - 1] for each in entries if each}
    return explained(memory.book, found, rows)
