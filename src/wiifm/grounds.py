"""What stands behind a row of the ledger, as readings ask for it: the activity, and what a statement tells of a member's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice

from wiifm.activities import Activity, within
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.explanation import Explanation, explain
from wiifm.lasting import Moment
from wiifm.leaderboard import Board, Rank, around, leaderboard, ranked
from wiifm.ledger import Entry, Holder
from wiifm.memory import Memory
from wiifm.privacy import Names, explained
from wiifm.progress import progress_of
from wiifm.records import Booked
from wiifm.standing import minor_of, standing_of
from wiifm.statement.discreet import discreet
from wiifm.statement.earned import Grounds
from wiifm.statement.growth import kept, streaks
from wiifm.statement.nouns import Statement
from wiifm.statement.past import LATEST, Past, looked_at, time_before
from wiifm.statement.reach import MINUTES
from wiifm.statement.whole import Held, statement

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
    may_be_seen = memory.flow.relations.listed
    if board.whole:
        ranks = ranked(memory.book, board.purse, _points(memory, board.purse), may_be_seen)
    else:
        rows = _rows(memory, board)
        ranks = leaderboard(memory.book, rows, partial(look, memory), board, may_be_seen)
    return ranks if member is None else around(ranks, member)


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


def statement_of(
    memory: Memory,
    member: str,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    minutes: Mapping[Act, float] | None = None,
) -> Statement:
    """A member's statement as of a moment; ``minutes`` in place of those that are assumed unless somebody says so."""
    past = past_of(memory, member, since, until, now)
    begin = time_before(since, until or now) or since
    rows = memory.accounts.within(Holder("member", member), begin, until)
    memory.look_up([event for _, (_, event, _, _, _) in rows])
    names = Names(memory.book, member)
    found = [grounds(memory, past, number, row, names) for number, row in rows]
    assumed = MINUTES if minutes is None else minutes
    whole = statement(past, memory.deeds, held_of(memory, member, now), found, assumed)
    return whole if memory.book.individuals else discreet(whole, names.of)


def past_of(
    memory: Memory, member: str, since: datetime | None, until: datetime | None, now: datetime
) -> Past:
    """What a member did, and what others did for them or with their things, as far as is looked at for a time."""
    deeds, relations, book = memory.deeds, memory.flow.relations, memory.book
    begin = looked_at(since, until or now)
    mine = deeds.by(member, begin, until)
    if begin is not None and len(mine) < LATEST:
        mine = [*islice(deeds.lately_by(member, begin), LATEST - len(mine))][::-1] + mine
    received = _received(memory, member, begin, until)
    memory.look_up([*mine, *received])
    asked = [
        str(event.object)
        for event in mine
        if book.types[event.type].act == "asks" and within(event.occurred_at, since, until)
    ]
    return Past(
        member=member,
        book=book,
        relations=relations,
        mine=mine,
        received=received,
        replies=deeds.about(dict.fromkeys(asked)),
        now=now,
        since=since,
        until=until,
    )


def _received(
    memory: Memory, member: str, begin: datetime | None, until: datetime | None
) -> list[Event]:
    """What others did for a member from a moment on, and before it as far as to the latest ones."""
    deeds = memory.deeds
    found = _meant(memory, member, deeds.toward(member, begin, until))
    if begin is None or len(found) >= LATEST:
        return found
    earlier: list[Event] = []
    noted = deeds.lately_toward(member, begin)
    while page := list(islice(noted, LATEST - len(found) - len(earlier))):
        earlier += _meant(memory, member, page)
    return earlier[::-1] + found


def _meant(memory: Memory, member: str, events: list[Event]) -> list[Event]:
    """Those of some events that are for a member."""
    memory.look_up(events)
    recipient = memory.flow.relations.recipient
    return [event for event in events if recipient(event) == member]


def held_of(memory: Memory, member: str, now: datetime) -> Held:
    """What a member has, and how far they are from what is next."""
    holder = Holder("member", member)
    history = memory.flow.histories.get(holder)
    zone, time = memory.flow.relations.zone_by_now(member), memory.flow.histories.time(now)
    moment = Moment(now, zone, time)
    return Held(
        standing=standing_of(memory.program, holder, history),
        progress=tuple(progress_of(memory.program, "member", history, moment)),
        streaks=streaks(memory.program, history, moment),
        kept=kept(memory.program, history, moment),
    )


def grounds(memory: Memory, past: Past, number: int, row: Booked, names: Names) -> Grounds:
    """What a statement tells of a row; ``names`` says what others are called in its sentence."""
    event, grant = row[1], row[2]
    rule, live = memory.book.rules.get(grant.rule), memory.log.is_live(event)
    return Grounds(
        entry=names.entry(memory.accounts.entry(number), row),
        person=memory.flow.relations.person(event, grant.slot) if live else None,
        act=past.act(event) if rule else None,
        topics=past.topics(event) if live else (),
        means=rule.means if rule else "",
    )
