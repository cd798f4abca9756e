"""Looks up everything that a member's statement is made of: what they did, what others did for them, their holdings, and their entries.

:mod:`wiifm.statement.assembly` makes the statement from it. The engine imports this module only when a statement is first asked for, since the import
takes half as long as that of the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice

from wiifm.accounts import Gain
from wiifm.activities import within
from wiifm.arguments import member_of
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.expiry import Moment
from wiifm.ledger import Holder
from wiifm.memory import Memory
from wiifm.privacy import Names
from wiifm.progress import progress_of
from wiifm.rulebook.book import RuleBook
from wiifm.running_campaigns import running_campaigns
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
from wiifm.statement.titles import objects_to_title


def statement_of(
    memory: Memory,
    of: str | Holder,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    minutes: Mapping[Act, float] | None = None,
) -> Statement:
    """Return a member's statement for the period from ``since`` (None: the beginning) until ``until`` (None: ``now``).

    ``minutes`` says how much time each act is assumed to save; by default, it is :data:`~wiifm.statement.reach.MINUTES`.

    Raises:
        InvalidInput: no member can have such a name, or it is a unit or a community.
    """
    member = member_of("member", of)
    holder, period = Holder("member", member), Period(since, until, now)
    mine = _done(memory, member, period)
    candidates, further = _candidates(memory, member, period)
    names = Names(memory.book, member)
    lines = _lines(memory, holder, period, names)  # most of their events are in memory by now
    held, before = holdings_of(memory, member, period), time_before(since, until or now)
    earlier = memory.accounts.booked_amounts(holder, before, since) if before and since else ()
    about = [line.event for line in lines]
    about += _with_objects(memory.book, mine, period)
    memory.prefetch_facts([*about, *candidates], held.objects)
    received = _received(memory, member, candidates, further)
    past = _past_of(memory, member, period, mine, received)
    gained = Earnings(contexts_of(memory, past, lines), totals_of_rows(memory.book, earlier))
    assumed = MINUTES if minutes is None else minutes
    whole = assemble(past, memory.deeds, held, gained, assumed)
    if memory.book.individuals:
        return whole
    reached = {each.to for each in whole.reach.units}
    return anonymous(whole, names, {unit for unit in reached if is_small(memory, unit)})


def _lines(memory: Memory, holder: Holder, period: Period, names: Names) -> list[Gain]:
    """The lines of a member's ledger rows in a period; ``names`` says what others are called in their sentences."""
    accounts = memory.accounts
    if memory.book.individuals:
        return accounts.gains(holder, period.since, period.until)
    rows = accounts.within(holder, period.since, period.until)
    return [names.line(accounts.gain(number, row), row) for number, row in rows]


def _past_of(
    memory: Memory, member: str, period: Period, mine: list[Event], received: list[Event]
) -> Past:
    """What a member did and what others did for them, with the answers to the member's questions in the period."""
    deeds, types = memory.deeds, memory.book.types
    asked = [
        str(event.object)
        for event in mine
        if types[event.type].act == "asks" and within(event.occurred_at, period.since, period.until)
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
        active=acted or _acted(memory, member, period.lookback),
        now=period.now,
        since=period.since,
        until=period.until,
    )


def _with_objects(book: RuleBook, mine: list[Event], period: Period) -> Iterator[Event]:
    """Those of the member's events whose objects a statement asks about."""
    topical, social = types_of(book, WITH_TOPICS), types_of(book, WITH_OTHERS)
    for event in mine:
        if event.type in topical or (
            event.type in social and within(event.occurred_at, period.since, period.until)
        ):
            yield event


def _done(memory: Memory, member: str, period: Period) -> list[Event]:
    """The member's events in the period, and before it as far as the statement looks back."""
    deeds, back = memory.deeds, period.lookback
    found = deeds.by(member, period.since, period.until)
    if back is None:
        return found
    found = deeds.by(member, *back, types_of(memory.book, DONE_BEFORE)) + found
    topical = types_of(memory.book, WITH_TOPICS)
    begin, lacking = back[0], LATEST - sum(event.type in topical for event in found)
    if begin is None or lacking <= 0:
        return found
    return [*islice(deeds.lately_by(member, begin, topical, lacking), lacking)][::-1] + found


def _acted(memory: Memory, member: str, back: Lookback | None) -> bool:
    """Whether a member did anything before the period whose event type has an act."""
    types = {name for name, kind in memory.book.types.items() if kind.act}
    return back is not None and any(memory.deeds.lately_by(member, back[1], types, 1))


def _candidates(memory: Memory, member: str, period: Period) -> tuple[list[Event], Iterator[Event]]:
    """The events of others that may be for a member, as far as the statement looks back; and an iterator over earlier ones, the latest first."""
    deeds, back = memory.deeds, period.lookback
    candidates = deeds.toward(member, period.since, period.until)
    if back is None:
        return candidates, iter(())
    types = types_of(memory.book, RECEIVED_BEFORE)
    candidates = deeds.toward(member, *back, types) + candidates
    begin, lacking = back[0], max(0, LATEST - sum(event.type in types for event in candidates))
    further = iter(()) if begin is None else deeds.lately_toward(member, begin, types, lacking)
    return [*islice(further, lacking)][::-1] + candidates, further


def _received(
    memory: Memory, member: str, candidates: list[Event], further: Iterator[Event]
) -> list[Event]:
    """The events of others that are for a member: of the candidates, and of earlier ones until there are enough."""
    recipient, types = memory.flow.relations.recipient, types_of(memory.book, RECEIVED_BEFORE)
    found = [event for event in candidates if recipient(event) == member]
    lacking = LATEST - sum(event.type in types for event in found)
    while page := list(islice(further, max(0, lacking))):
        memory.prefetch_facts(page, ())
        theirs = [event for event in reversed(page) if recipient(event) == member]
        found, lacking = theirs + found, lacking - len(theirs)
    return found


def holdings_of(memory: Memory, member: str, period: Period) -> Holdings:
    """Return what a member holds, and their progress towards more, for a statement of a period."""
    holder = Holder("member", member)
    history = memory.flow.histories.get(holder)
    zone, time = memory.flow.relations.current_zone(member), memory.flow.histories.time(period.now)
    moment = Moment(period.now, zone, time)
    standing = standing_of(memory.program, holder, history)
    progress = by_nearness(progress_of(memory.program, "member", history, moment))
    return Holdings(
        standing=standing,
        progress=tuple(progress),
        streaks=streaks(memory.program, history, moment),
        kept=kept(memory.program, history, moment),
        campaigns=running_campaigns(memory, member, period.until, period.now),
        objects=objects_to_title(memory.book, standing.badges, period, progress),
    )


def contexts_of(memory: Memory, past: Past, lines: list[Gain]) -> list[EntryContext]:
    """Return lines with what a statement says about each: the other person, the act, topics, meaning and object."""
    rules, is_live, relations = memory.book.rules, memory.log.is_live, memory.flow.relations
    found = []
    for line in lines:
        event, rule = line.event, rules.get(line.rule)
        act, means = (past.act(event), rule.means) if rule else (None, "")
        whole = rule is not None and (rule.graded is not None or rule.judged is not None)
        thing = relations.acted_on(event)
        if is_live(event):
            who, topics = relations.person(event, line.slot), past.topics(event)
            found.append(EntryContext(line, who, act, topics, means, thing, whole))
        else:
            found.append(EntryContext(line, None, act, (), means, thing, whole))
    return found
