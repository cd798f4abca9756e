"""Computes what a member learned, where they are needed, and first steps for a new member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import islice

from wiifm.activities import order_of, within
from wiifm.deeds import Deeds
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.pseudonyms import is_pseudonym
from wiifm.statement.nouns import (
    Beginning,
    FirstStep,
    Learning,
    Needed,
    Neighbour,
    NewColleague,
    OpenQuestion,
    Person,
    Talent,
)
from wiifm.statement.past import WITH_TOPICS, Past, people, types_of
from wiifm.statement.titling import own_title

TOPICS = 5
"""The number of the member's topics for which open questions and new colleagues are looked up."""

ASKED, SHARED = 20, 5
"""How many of the latest questions on a topic, and of the latest contributions to it, are read."""

LATELY = 20
"""How many of the latest profiles of a unit, of each type, are read; and of the latest events of each of its members."""

KNOWN = 10
"""How many of the members who asked or shared last are checked for being new."""

OPEN_FOR = timedelta(days=180)
"""Questions that have been open for longer aren't shown."""

NEW_FOR = timedelta(days=60)
"""How long after their first event a member counts as new."""

FIRST: Collection[Act] = ("asks", "replies", "thanks", "answers", "shares")
"""The acts that a new member may begin with, the easiest first."""

NEAR = 3
"""The maximum number of first steps, of neighbours, and of topics of a neighbour."""


def learning(past: Past) -> Learning:
    """The questions that the member asked, those that others answered, their replies, and what they read."""
    asked = list(past.done("asks"))
    answers = {
        event.id: [
            each
            for each in past.answers.get(str(event.object), ())
            if each.actor != past.member and within(each.occurred_at, None, past.until)
        ]
        for event in asked
    }
    read = [event for event in past.done("reads") if _of_another(past, event)]
    givers = ((each.actor, each) for found in answers.values() for each in found)
    return Learning(
        asked=tuple(event.id for event in asked),
        answered=tuple(event.id for event in asked if answers[event.id]),
        replied=tuple(event.id for event in past.done("replies") if _of_another(past, event)),
        read=tuple(event.id for event in read),
        objects=tuple(dict.fromkeys(str(past.relations.acted_on(event)) for event in read)),
        answerers=tuple(
            Person(member=name, events=events)
            for name, events in people(givers, past.member).items()
        ),
    )


def _of_another(past: Past, event: Event) -> bool:
    """Whether an event acts on something that another member made."""
    made = past.maker(past.relations.acted_on(event))
    return made is not None and made.actor != past.member


def own_topics(ever: Past, talents: Iterable[Talent]) -> tuple[str, ...]:
    """The member's strongest topics, the strongest first, by their confirmations, answers and contributions: see :class:`Needed`."""
    weights: Counter[str] = Counter()
    for talent in talents:
        weights[talent.topic] += 3 * len(talent.events)
    for event in ever.done(*WITH_TOPICS):
        for topic in dict.fromkeys(ever.topics(event)):
            weights[topic] += 1
    return tuple(sorted(weights, key=lambda topic: (-weights[topic], topic))[:TOPICS])


def needed(past: Past, deeds: Deeds, topics: tuple[str, ...]) -> Needed:
    """Where the member is needed on their topics, by members who are there as of ``until``."""
    most = {"asks": ASKED, "shares": SHARED}
    kinds = {name: kind.act for name, kind in past.book.types.items() if kind.act in most}
    types = {name: most[act] for name, act in kinds.items() if act}
    found = deeds.lately("topic", topics, types, past.until)
    there = past.relations.there({e.actor for e in found if e.actor is not None}, past.until)
    others = {None, *there} - {past.member}
    lately = [event for event in found if event.actor in others]
    asked = [event for event in lately if kinds[event.type] == "asks"]
    return Needed(
        topics=topics,
        questions=_open_questions(past, deeds, asked),
        colleagues=_new_colleagues(past, deeds, lately, topics),
    )


def _open_questions(past: Past, deeds: Deeds, asked: list[Event]) -> tuple[OpenQuestion, ...]:
    """Those of some questions that nobody has answered, in their order."""
    end = past.until or past.now
    asked = [event for event in asked if event.occurred_at >= end - OPEN_FOR]
    closing = types_of(past.book, ("answers", "accepts"))
    replies = deeds.about([str(event.object) for event in asked], closing)
    waiting = [
        event
        for event in asked
        if not any(
            past.until is None or each.occurred_at < past.until
            for each in replies[str(event.object)]
        )
    ]
    past.relations.prefetch_creators(str(event.object) for event in waiting)
    return tuple(
        OpenQuestion(
            object=str(event.object),
            title=own_title(event) or str(event.object),
            asker=event.actor,
            topics=event.topics,
            occurred_at=event.occurred_at,
            event=event.id,
        )
        for event in waiting
        if (made := past.maker(event.object)) is not None and made.id == event.id
    )


def _new_colleagues(
    past: Past, deeds: Deeds, lately: list[Event], topics: tuple[str, ...]
) -> tuple[NewColleague, ...]:
    """The members who are new, of those who asked or shared something lately on some topics."""
    since = (past.until or past.now) - NEW_FOR
    last = {event.actor: event for event in lately if event.actor is not None}
    latest = sorted(last.values(), key=order_of)[-KNOWN:]
    new = {str(event.actor): event for event in latest if event.occurred_at >= since}
    found: list[NewColleague] = []
    for name in new.keys() - deeds.did_before(new, since):
        event, first = new[name], deeds.first_by(name)
        if first is not None:
            shared = tuple(topic for topic in event.topics if topic in topics)
            found.append(
                NewColleague(member=name, topics=shared, since=first.occurred_at, event=event.id)
            )
    return tuple(sorted(found, key=lambda each: (each.since, each.member)))


def beginning(past: Past, deeds: Deeds) -> Beginning:
    """First steps under this book, and colleagues of the member's unit who already do them."""
    return Beginning(steps=_steps(past), neighbours=_neighbours(past, deeds))


def _steps(past: Past) -> tuple[FirstStep, ...]:
    """For each act to begin with, the rule without a condition that gives most for it, if there is one."""
    found = []
    for act in FIRST:
        types = {name for name, kind in past.book.types.items() if kind.act == act}
        rules = [
            rule
            for rule in past.book.rules.values()
            if rule.to == "actor" and types & {*rule.on} and not rule.where and rule.kind is None
        ]
        numbers = [rule for rule in rules if isinstance(rule.points, int | float)]
        best = max(numbers, key=lambda rule: float(rule.points or 0), default=None)
        if types:
            points = best.points if best and isinstance(best.points, int | float) else None
            rule, purse = (best.id, best.purse) if best else ("", "")
            found.append(FirstStep(act=act, rule=rule, purse=purse, points=points or None))
    return tuple(found[:NEAR])


def _neighbours(past: Past, deeds: Deeds) -> tuple[Neighbour, ...]:
    """Colleagues of the member's unit who shared or answered something lately, the most active first."""
    unit = past.unit(past.member)
    if not unit:
        return ()
    types = [name for name, kind in past.book.types.items() if kind.profiles]
    names = {event.actor for event in deeds.lately("unit", [unit], dict.fromkeys(types, LATELY))}
    found = []
    others = {e for e in names if e is not None and not is_pseudonym(e)} - {past.member}
    for name in sorted(past.relations.there(others)):
        events = [
            event
            for event in [*islice(deeds.lately_by(name, None, wanted=LATELY), LATELY)][::-1]
            if past.act(event) in ("answers", "shares") and past.unit(name) == unit
        ]
        if events:
            topics = Counter(topic for event in events for topic in past.topics(event))
            best = tuple(topic for topic, _ in topics.most_common(NEAR))
            found.append(Neighbour(member=name, topics=best, events=tuple(e.id for e in events)))
    return tuple(sorted(found, key=lambda each: (-len(each.events), each.member))[:NEAR])
