"""Readings of the ledger: leaderboards, entries and explanations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from functools import partial
from itertools import islice

from wiifm import arguments
from wiifm.accounts import Bookings
from wiifm.events import Event
from wiifm.explanation import Explanation, explain
from wiifm.leaderboard import Board, Rank, Sums, around, ranked
from wiifm.ledger import Entry, Holder
from wiifm.memory import Memory
from wiifm.privacy import explanation_for_holder
from wiifm.program.grants import purse_field
from wiifm.records import Booked
from wiifm.standings import check_entry_readable
from wiifm.windows import Window

PAGE = 1_000
"""How many entries are read at once."""


def ranks_of(memory: Memory, board: Board, near: str | Holder | None = None) -> list[Rank]:
    """Return the lines of a leaderboard, or those around a member.

    Raises:
        InvalidInput: no member can have such a name, or it is a unit or a community.
    """
    member = None if near is None else arguments.member_of("around", near)
    if board.whole:
        sums = memory.flow.histories.members(purse_field(board.purse))
    else:
        sums = _sums(memory, board).result()
    if board.beginning is not None:
        old = _not_newcomers(memory, board.beginning, sums)
        sums = {name: minor for name, minor in sums.items() if name not in old}
    ranks = ranked(memory.book, board.purse, sums, partial(_showable, memory, board))
    return ranks if member is None else around(ranks, member)


def _showable(memory: Memory, board: Board, members: Iterable[str]) -> list[str]:
    """Filter members by whether a board may show them: they want to be listed, and hadn't left at its moment."""
    relations = memory.flow.relations
    return relations.there(relations.listed(members), board.at + timedelta.resolution)


def _sums(memory: Memory, board: Board) -> Sums:
    """Sum what members earned in the periods of a board.

    Rows are read one by one only where it depends on their events, or on the time zones of their members.
    """
    found, parts = (
        Sums(board),
        board.window.parts(1 + (board.by == "improvement"), _common_zone(memory)),
    )
    since, until = parts[-1].since, parts[0].until
    bookings = _bookings(memory, board, since, until)
    if bookings is None:
        for rows in _counting_rows(memory, board, found, since, until):
            _add(memory, found, rows)
        return found
    for since, until, ago in parts:
        if ago is not None:
            for member, minor in bookings.sums(board.purse, since, until).items():
                found.count(ago, member, minor)
            continue
        for page in bookings.of_time(since, until):
            _add(memory, found, [row for row in page if found.asks_for(row)])
    return found


def _add(memory: Memory, found: Sums, rows: list[Booked]) -> None:
    """Count rows, each in the time zone of its member."""
    for row, local in _with_local_times(memory, found.board.window, rows):
        found.add(row, local)
    memory.let_go()


def _bookings(
    memory: Memory, board: Board, since: datetime | None, until: datetime | None
) -> Bookings | None:
    """The bookings of which all rows count on a board; None if the events of the rows must be looked up to know."""
    if board.unit is not None:
        return None
    if not board.looks:
        return memory.accounts
    return memory.happened(board.community, board.topic, since, until)


def _counting_rows(
    memory: Memory, board: Board, sums: Sums, since: datetime | None, until: datetime | None
) -> Iterator[list[Booked]]:
    """Yield the rows of a period that count on a board, in pages, by looking up their events."""
    relations = memory.flow.relations
    for page in _rows(memory, board.unit, since, until):
        rows = [row for row in page if sums.asks_for(row)]
        if board.looks:
            memory.prefetch_facts([row[1] for row in rows], ())
            rows = [row for row in rows if board.has(*relations.community_and_topics(row[1]))]
        yield rows


def _rows(
    memory: Memory, unit: str | None, since: datetime | None, until: datetime | None
) -> Iterator[list[Booked]]:
    """Yield the rows of events of a period, in pages; for a unit, those of members who were in it at the time of the event."""
    if unit is None:
        yield from memory.accounts.of_time(since, until)
        return
    members = (Holder("member", name) for name in memory.deeds.members_of(unit))
    found = (memory.accounts.within(each, since, until) for each in members)
    pages = ([row for _, row in page] for page in found)
    relations = memory.flow.relations
    for page in pages:
        relations.prefetch_profiles(row[0].holder.id for row in page)
        yield [row for row in page if relations.unit(row[0].holder.id, row[1]) == unit]


def _not_newcomers(memory: Memory, window: Window, members: Collection[str]) -> set[str]:
    """Those of some members for whom anything was booked before a window, and not cancelled."""
    parts = window.parts(1, _common_zone(memory))
    if parts[-1].since is None:
        return set()
    found = memory.accounts.with_entries_before(members, parts[-1].since)
    for since, until, ago in parts:
        for page in memory.accounts.of_time(since, until) if ago is None else ():
            rows = [row for row in page if row[0].holder.kind == "member"]
            located = _with_local_times(memory, window, rows)
            old = [row for row, local in located if window.ago(row[1].occurred_at, local)]
            found |= {row[0].holder.id for row in memory.accounts.nonzero(old)}
            memory.let_go()
    return found


def _common_zone(memory: Memory) -> tzinfo | None:
    """The time zone of all members; None if some may have another."""
    relations = memory.flow.relations
    return None if relations.zones else relations.home


def _with_local_times(
    memory: Memory, window: Window, rows: list[Booked]
) -> Iterator[tuple[Booked, datetime | None]]:
    """Yield rows, each with the time of its event in the time zone of its member, if the window needs it."""
    if not window.by_days:
        yield from ((row, None) for row in rows)
        return
    relations = memory.flow.relations
    relations.prefetch_profiles(row[0].holder.id for row in rows)
    for row in rows:
        zone = relations.zone(row[0].holder.id, row[1])
        yield row, row[1].occurred_at.astimezone(zone)


def entries_for(memory: Memory, event: str | Event) -> list[Entry]:
    """Return the entries of an event, with those that correct them.

    Raises:
        InvalidInput: no event can have such an id.
    """
    name = arguments.id_of(event)
    arguments.check_name("event", name)
    return [memory.accounts.entry(number) for number in memory.accounts.of_event(name)]


def entries(
    memory: Memory, holder: str | Holder | None, purse: str | None, rule: str | None
) -> Iterator[Entry]:
    """Check the arguments, and return the ledger entries of one holder, purse or rule, or of all (None). Each page is read from one state.

    Raises:
        UnknownName: the book has no such purse, or neither the book nor any entry has such a rule.
        InvalidInput: no holder, or no rule, can have such a name.
    """
    wanted = None if holder is None else arguments.holder_of(holder)
    _check_purse_and_rule(memory, purse, rule)
    _check_rule(memory, rule)
    return _entries(memory, wanted, purse, rule)


def _check_purse_and_rule(memory: Memory, purse: str | None, rule: str | None) -> None:
    """Refuse a purse that the book doesn't have, and a rule that no book can have."""
    if purse is not None:
        arguments.check_known("purse", purse, memory.book.purses)
    if rule is not None:
        arguments.check_name("rule", rule)


def _check_rule(memory: Memory, rule: str | None) -> None:
    """Refuse a rule that neither the book nor any entry has: entries may be by rules of earlier books."""
    known = arguments.rules_of(memory.book)
    if rule not in (None, *known) and not any(_entries(memory, None, None, rule)):
        arguments.check_known("rule", rule, known)


def _entries(
    memory: Memory, holder: Holder | None, purse: str | None, rule: str | None
) -> Iterator[Entry]:
    """Yield entries page by page, without checks."""
    after, more = 0, True
    while more:
        with memory.reading():
            page = list(islice(memory.accounts.of_holder(holder, after, rule), PAGE))
            after, more = page[-1][0] if page else after, len(page) == PAGE
            found = [
                memory.accounts.entry(number)
                for number, (_, _, grant, _, _) in page
                if purse in (None, grant.purse)
            ]
        yield from found


def latest_entries(
    memory: Memory,
    holder: str | Holder,
    purse: str | None,
    rule: str | None,
    before: int | None,
    most: int,
) -> list[Entry]:
    """Return the latest entries of a holder, the last one first, at most ``most``.

    Args:
        memory: what holds the ledger.
        holder: the holder; a name alone is a member's.
        purse: only entries in this purse; None for all.
        rule: only entries by this rule; None for all.
        before: only entries with lower numbers; None for all.
        most: how many.

    Raises:
        UnknownName: the book has no such purse, or neither the book nor any entry has such a rule.
        InvalidInput: no holder, or no rule, can have such a name; or ``before`` or ``most`` isn't such a number.
    """
    wanted = arguments.holder_of(holder)
    arguments.check_count("before", 0 if before is None else before, least=0)
    arguments.check_count("limit", most, least=1)
    _check_purse_and_rule(memory, purse, rule)
    rows = memory.accounts.latest(wanted, before, rule)
    mine = (number for number, (_, _, grant, _, _) in rows if purse in (None, grant.purse))
    found = [memory.accounts.entry(number) for number in islice(mine, most)]
    if not found:
        _check_rule(memory, rule)
    return found


def explanation_of(memory: Memory, number: int) -> Explanation:
    """Explain an entry, as its holder may read it.

    Raises:
        UnknownName: there is no such entry.
        Withheld: it is of a unit or a community of too few members.
    """
    found = explain(memory.book, memory.log, memory.accounts, number)
    check_entry_readable(memory, found.entry.holder)
    entries = (found.entry, found.corrects, *found.corrections)
    rows = {each.no: memory.accounts.rows[each.no - 1] for each in entries if each}
    return explanation_for_holder(memory.book, found, rows)
