"""Where a member's statement is gathered: what they did, what others did for them, what they have and what is booked.

Apart from the other readings, since it is asked for later than an engine is opened, and takes as long to import as half of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from wiifm.activities import within
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.lasting import Moment
from wiifm.ledger import Holder
from wiifm.memory import Memory
from wiifm.privacy import Names
from wiifm.progress import progress_of
from wiifm.records import Booked
from wiifm.standing import standing_of
from wiifm.statement.discreet import discreet
from wiifm.statement.earned import Gained, Grounds, came_to
from wiifm.statement.growth import kept, nearness, streaks
from wiifm.statement.nouns import Statement
from wiifm.statement.past import LATEST, WITH_OTHERS, WITH_TOPICS, Past, looked_at, time_before
from wiifm.statement.reach import MINUTES
from wiifm.statement.titles import titled
from wiifm.statement.whole import Held, statement


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
    told = [each for each in rows if within(each[1][1].occurred_at, since, until)]
    earlier = [row for _, row in rows if not within(row[1].occurred_at, since, until)]
    memory.look_up([event for _, (_, event, _, _, _) in told])
    names = Names(memory.book, member)
    found = [grounds(memory, past, number, row, names) for number, row in told]
    assumed, held = MINUTES if minutes is None else minutes, held_of(memory, member, now)
    memory.look_at(held.objects)
    gained = Gained(found, came_to(memory.book, earlier))
    whole = statement(past, memory.deeds, held, gained, assumed)
    return whole if memory.book.individuals else discreet(whole, names)


def past_of(
    memory: Memory, member: str, since: datetime | None, until: datetime | None, now: datetime
) -> Past:
    """What a member did, and what others did for them or with their things, as far as is looked at for a time."""
    deeds, relations, book = memory.deeds, memory.flow.relations, memory.book
    begin = looked_at(since, until or now)
    mine = deeds.by(member, begin, until)
    lacking = LATEST - len(mine)
    if begin is not None and lacking > 0:
        mine = [*islice(deeds.lately_by(member, begin, lacking), lacking)][::-1] + mine
    acts = [(event, book.types[event.type].act) for event in mine]
    told = [(e, act) for e, act in acts if act and within(e.occurred_at, since, until)]
    about = [event for event, act in acts if act in WITH_TOPICS]
    about += [event for event, act in told if act in WITH_OTHERS]
    received = _received(memory, member, begin, until, about)
    asked = [str(event.object) for event, act in told if act == "asks"]
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
    memory: Memory, member: str, begin: datetime | None, until: datetime | None, mine: list[Event]
) -> list[Event]:
    """What others did for a member from a moment on, and before it as far as to the latest ones.

    What all of it is about is looked up at once, and what some of the member's own events are about with it.
    """
    deeds, recipient = memory.deeds, memory.flow.relations.recipient
    noted = deeds.toward(member, begin, until)
    lacking = max(0, LATEST - len(noted))
    before = iter(()) if begin is None else deeds.lately_toward(member, begin, lacking)
    page, earlier = list(islice(before, lacking)), list[Event]()
    memory.look_up([*mine, *noted, *page])
    found = [event for event in noted if recipient(event) == member]
    while True:
        earlier += [event for event in page if recipient(event) == member]
        page = list(islice(before, max(0, LATEST - len(found) - len(earlier))))
        if not page:
            return earlier[::-1] + found
        memory.look_up(page)


def held_of(memory: Memory, member: str, now: datetime) -> Held:
    """What a member has, and how far they are from what is next."""
    holder = Holder("member", member)
    history = memory.flow.histories.get(holder)
    zone, time = memory.flow.relations.zone_by_now(member), memory.flow.histories.time(now)
    moment = Moment(now, zone, time)
    standing = standing_of(memory.program, holder, history)
    progress = sorted(progress_of(memory.program, "member", history, moment), key=nearness)
    return Held(
        standing=standing,
        progress=tuple(progress),
        streaks=streaks(memory.program, history, moment),
        kept=kept(memory.program, history, moment),
        objects=titled(memory.book, standing.badges, progress),
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
