"""Where a member's statement is gathered: what they did, what others did for them, what they have and what is booked.

Apart from the other readings, since it is asked for later than an engine is opened, and takes as long to import as half of the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from wiifm.accounts import Gain
from wiifm.activities import within
from wiifm.arguments import holder_of
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.expiry import Moment
from wiifm.ledger import Holder
from wiifm.memory import Memory
from wiifm.privacy import Names
from wiifm.progress import progress_of
from wiifm.rulebook.book import RuleBook
from wiifm.standing import standing_of
from wiifm.standings import is_small
from wiifm.statement.anonymous import anonymous
from wiifm.statement.assembly import Holdings, assemble
from wiifm.statement.earned import Earnings, EntryContext, totals_of_rows
from wiifm.statement.growth import by_nearness, kept, streaks
from wiifm.statement.nouns import Statement
from wiifm.statement.past import (
    DONE_BEFORE,
    LATEST,
    RECEIVED_BEFORE,
    WITH_OTHERS,
    WITH_TOPICS,
    Lookback,
    Past,
    Period,
    time_before,
    types_of,
)
from wiifm.statement.reach import MINUTES
from wiifm.statement.titles import titled


def statement_of(
    memory: Memory,
    member: str,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    minutes: Mapping[Act, float] | None = None,
) -> Statement:
    """A member's statement as of a moment; ``minutes`` in place of those that are assumed unless somebody says so.

    Raises:
        InvalidInput: nobody can have such a name.
    """
    holder, time = holder_of(member), Period(since, until, now)
    mine, (noted, further) = _done(memory, member, time), _noted(memory, member, time)
    names = Names(memory.book, member)
    lines = _lines(memory, holder, time, names)  # of events that are at hand by now
    held, before = holdings_of(memory, member, now), time_before(since, until or now)
    earlier = memory.accounts.booked_amounts(holder, before, since) if before and since else ()
    about = [line.event for line in lines]
    about += _looked_behind(memory.book, mine, time)
    memory.prefetch_facts([*about, *noted], held.objects)
    past = _past_of(memory, member, time, mine, _received(memory, member, noted, further))
    gained = Earnings(grounds(memory, past, lines), totals_of_rows(memory.book, earlier))
    assumed = MINUTES if minutes is None else minutes
    whole = assemble(past, memory.deeds, held, gained, assumed)
    if memory.book.individuals:
        return whole
    reached = {each.to for each in whole.reach.units}
    return anonymous(whole, names, {unit for unit in reached if is_small(memory, unit)})


def _lines(memory: Memory, holder: Holder, time: Period, names: Names) -> list[Gain]:
    """What a member is told of what is booked for them in a time; ``names`` says what others are called in its sentences."""
    accounts = memory.accounts
    if memory.book.individuals:
        return accounts.gains(holder, time.since, time.until)
    rows = accounts.within(holder, time.since, time.until)
    return [names.line(accounts.gain(number, row), row) for number, row in rows]


def _past_of(
    memory: Memory, member: str, time: Period, mine: list[Event], received: list[Event]
) -> Past:
    """What a member did, and what others did for them, with what came of the questions that are told."""
    deeds, types = memory.deeds, memory.book.types
    asked = [
        str(event.object)
        for event in mine
        if types[event.type].act == "asks" and within(event.occurred_at, time.since, time.until)
    ]
    answering = {name for name, kind in types.items() if kind.act == "answers"}
    acted = any(types[event.type].act for event in mine)
    return Past(
        member=member,
        book=memory.book,
        relations=memory.flow.relations,
        mine=mine,
        received=received,
        answers=deeds.about(dict.fromkeys(asked), answering),
        active=acted or _acted(memory, member, time.lookback),
        now=time.now,
        since=time.since,
        until=time.until,
    )


def _looked_behind(book: RuleBook, mine: list[Event], time: Period) -> Iterator[Event]:
    """What a member did of which a statement asks what it is about."""
    topical, social = types_of(book, WITH_TOPICS), types_of(book, WITH_OTHERS)
    for event in mine:
        if event.type in topical or (
            event.type in social and within(event.occurred_at, time.since, time.until)
        ):
            yield event


def _done(memory: Memory, member: str, time: Period) -> list[Event]:
    """What a member did in the time that is told, and before it as far as it is looked at."""
    deeds, back = memory.deeds, time.lookback
    found = deeds.by(member, time.since, time.until)
    if back is None:
        return found
    found = deeds.by(member, *back, types_of(memory.book, DONE_BEFORE)) + found
    topical = types_of(memory.book, WITH_TOPICS)
    begin, lacking = back[0], LATEST - sum(event.type in topical for event in found)
    if begin is None or lacking <= 0:
        return found
    return [*islice(deeds.lately_by(member, begin, topical, lacking), lacking)][::-1] + found


def _acted(memory: Memory, member: str, back: Lookback | None) -> bool:
    """Whether a member did anything at all that types say an act of, before the time that is told."""
    types = {name for name, kind in memory.book.types.items() if kind.act}
    return back is not None and any(memory.deeds.lately_by(member, back[1], types, 1))


def _noted(memory: Memory, member: str, time: Period) -> tuple[list[Event], Iterator[Event]]:
    """What others did that may be for a member, as far as it is looked at; and what is behind the first of it, the latest first."""
    deeds, back = memory.deeds, time.lookback
    noted = deeds.toward(member, time.since, time.until)
    if back is None:
        return noted, iter(())
    told = types_of(memory.book, RECEIVED_BEFORE)
    noted = deeds.toward(member, *back, told) + noted
    begin, lacking = back[0], max(0, LATEST - sum(event.type in told for event in noted))
    further = iter(()) if begin is None else deeds.lately_toward(member, begin, told, lacking)
    return [*islice(further, lacking)][::-1] + noted, further


def _received(
    memory: Memory, member: str, noted: list[Event], further: Iterator[Event]
) -> list[Event]:
    """What others did for a member: of what was noted, and of what lies further back as far as to the latest ones."""
    recipient, told = memory.flow.relations.recipient, types_of(memory.book, RECEIVED_BEFORE)
    found = [event for event in noted if recipient(event) == member]
    lacking = LATEST - sum(event.type in told for event in found)
    while page := list(islice(further, max(0, lacking))):
        memory.prefetch_facts(page, ())
        theirs = [event for event in reversed(page) if recipient(event) == member]
        found, lacking = theirs + found, lacking - len(theirs)
    return found


def holdings_of(memory: Memory, member: str, now: datetime) -> Holdings:
    """What a member has, and how far they are from what is next."""
    holder = Holder("member", member)
    history = memory.flow.histories.get(holder)
    zone, time = memory.flow.relations.current_zone(member), memory.flow.histories.time(now)
    moment = Moment(now, zone, time)
    standing = standing_of(memory.program, holder, history)
    progress = by_nearness(progress_of(memory.program, "member", history, moment))
    return Holdings(
        standing=standing,
        progress=tuple(progress),
        streaks=streaks(memory.program, history, moment),
        kept=kept(memory.program, history, moment),
        objects=titled(memory.book, standing.badges, progress),
    )


def grounds(memory: Memory, past: Past, lines: list[Gain]) -> list[EntryContext]:
    """What a statement wants to know of what is told of some rows."""
    rules, is_live, relations = memory.book.rules, memory.log.is_live, memory.flow.relations
    found = []
    for line in lines:
        event, rule = line.event, rules.get(line.rule)
        act, means = (past.act(event), rule.means) if rule else (None, "")
        thing = relations.acted_on(event)
        if is_live(event):
            who, topics = relations.person(event, line.slot), past.topics(event)
            found.append(EntryContext(line, who, act, topics, means, thing))
        else:
            found.append(EntryContext(line, None, act, (), means, thing))
    return found
