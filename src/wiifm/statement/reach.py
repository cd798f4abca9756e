"""Computes whom a member's help reached, who recognised them and on which topics, and how much time others may have saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from attrs import evolve

from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.statement.nouns import Crossing, Person, Reach, Recognition, Saved, Talent, Used
from wiifm.statement.past import HELPED, RECEIVED, WEEKS, Past, people
from wiifm.statement.titling import Title

MINUTES: Mapping[Act, float] = MappingProxyType(
    {"accepts": 30, "confirms": 20, "uses": 15, "reads": 2}
)
"""The default number of minutes that an accepted answer, something that helped, something used again or passed on, and something read saves
the member who accepts, confirms, uses or reads it. These are assumptions that nobody measured: set your own."""

Helped = tuple[str | None, Event]
"""A member who was helped (None if hidden), and the event by which they were."""


def helped(past: Past) -> Iterator[Helped]:
    """Yield each help in the period: who was helped, and by which event."""
    for event in past.done("answers"):
        asked = past.maker(event.in_reply_to)
        yield (asked.actor if asked else None), event
    for event in past.got(*HELPED):
        yield event.actor, event
    for event in past.done("mentors"):
        yield event.recipient, event
    for name, events in past.credited.items():
        yield from ((name, event) for event in events)


def reach(past: Past) -> Reach:
    """Whom the member's help reached in the period."""
    pairs = list(helped(past))
    past.relations.prefetch_members(name for name, _ in pairs if name is not None)
    answered = [pair for pair in pairs if past.act(pair[1]) == "answers"]
    return Reach(
        people=_persons(people(pairs, past.member)),
        answered=_persons(people(answered, past.member)),
        questions=_questions(answered, past.member),
        units=_crossings(_units(past, pairs)),
        levels=_crossings(_levels(past, pairs)),
        used=_used(past),
    )


def _questions(answered: Iterable[Helped], member: str) -> tuple[str, ...]:
    """The questions of other members that were answered, each once."""
    theirs = (event.in_reply_to for who, event in answered if who not in (None, member))
    return tuple(dict.fromkeys(each for each in theirs if each is not None))


def helps(past: Past) -> int:
    """The number of members that the member helped in the period."""
    return len({name for name, _ in helped(past)} - {None, past.member})


def _persons(found: Mapping[str, tuple[str, ...]]) -> tuple[Person, ...]:
    return tuple(Person(member=name, events=events) for name, events in found.items())


def _units(past: Past, pairs: Iterable[Helped]) -> Iterator[tuple[str, str, str]]:
    """Yield each help to another unit: the unit, who was helped, and by which event."""
    for name, event in pairs:
        if name is not None and name != past.member:
            own = past.relations.unit(past.member, event)
            other = past.relations.unit(name, event) if own else None
            if other and own != other:
                yield other, name, event.id


def _levels(past: Past, pairs: list[Helped]) -> Iterator[tuple[str, str, str]]:
    """Yield each help across levels of the hierarchy: how many levels up (+) or down (-), who was helped, and by which event.

    Levels are counted only if both members stand below one person.
    """
    names = {name for name, _ in pairs if name is not None} - {past.member}
    own, *others = ([name, *past.managers(name)] for name in (past.member, *names))
    levels = {line[0]: len(own) - len(line) for line in others if line[-1] == own[-1]}
    for name, event in pairs:
        if name is not None and (steps := levels.get(name)):
            yield f"{steps:+d}", name, event.id


def _crossings(found: Iterable[tuple[str, str, str]]) -> tuple[Crossing, ...]:
    """Group help by where it went, by most people first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for to, name, event in found:
        groups.setdefault(to, []).append((name, event))
    lines = [
        Crossing(
            to=to,
            people=tuple(dict.fromkeys(name for name, _ in group)),
            events=tuple(dict.fromkeys(event for _, event in group)),
        )
        for to, group in groups.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-len(line.people), line.to)))


def _used(past: Past) -> tuple[Used, ...]:
    """The member's objects that others read, liked, used or were helped by, those of most people first."""
    groups: dict[str, list[Event]] = {}
    for event in past.got("reads", "likes", "uses", "confirms", "accepts"):
        thing = past.relations.acted_on(event)
        made = past.maker(thing)
        if thing is not None and made is not None and made.actor == past.member:
            groups.setdefault(thing, []).append(event)
    lines = [
        Used(
            object=thing,
            kind=past.relations.kind(thing) or "",
            title=past.title(thing).text,
            reply=past.title(thing).reply,
            people=tuple(people(((e.actor, e) for e in events), past.member)),
            events=tuple(event.id for event in events),
        )
        for thing, events in groups.items()
    ]
    return tuple(
        sorted(lines, key=lambda line: (-len(line.people), -len(line.events), line.object))
    )


def weeks(past: Past) -> tuple[int, ...]:
    """How often others were helped in each of the last weeks, the latest last: before ``until``, or up to and including ``now``."""
    last = past.now if past.until is None else past.until - timedelta.resolution
    week, counts = timedelta(weeks=1), [0] * WEEKS
    pairs = helped(evolve(past, since=last - WEEKS * week, until=past.until, credited={}))
    for name, event in pairs:
        ago = (last - event.occurred_at) // week
        if name != past.member and 0 <= ago < WEEKS:
            counts[WEEKS - 1 - ago] += 1
    return tuple(counts)


def recognition(past: Past) -> tuple[Recognition, ...]:
    """The events that recognised the member, the latest last."""
    found = []
    for event in past.got(*RECEIVED):
        thing = past.relations.acted_on(event)
        text = event.data.get("text", "")
        title = past.title(thing) if thing is not None else Title("")
        found.append(
            Recognition(
                giver=event.actor,
                act=past.act(event),
                text=text if isinstance(text, str) else "",
                object=thing,
                title=title.text,
                reply=title.reply,
                occurred_at=event.occurred_at,
                event=event.id,
            )
        )
    return tuple(found)


def talents(ever: Past) -> tuple[Talent, ...]:
    """The topics on which others confirmed the member, by most people first.

    ``ever`` is the past without ``since``: all events that were looked up.
    """
    groups: dict[str, list[Event]] = {}
    for event in ever.got("accepts", "confirms", "uses", "thanks"):
        for topic in ever.topics(event):
            groups.setdefault(topic, []).append(event)
    lines = [
        Talent(
            topic=topic,
            people=tuple(people(((e.actor, e) for e in events), ever.member)),
            events=tuple(event.id for event in events),
        )
        for topic, events in groups.items()
    ]
    known = [line for line in lines if line.people]
    return tuple(sorted(known, key=lambda line: (-len(line.people), -len(line.events), line.topic)))


def saved(past: Past, minutes: Mapping[Act, float]) -> Saved:
    """Estimate the time that others saved: each of them once for each object, by the act that saves most."""
    best: dict[tuple[str, str], tuple[float, Act, Event]] = {}
    for event in past.got(*minutes):
        act = past.act(event)
        assert act is not None
        thing = past.relations.acted_on(event) or event.id
        key = (event.actor, thing) if event.actor is not None else ("", event.id)
        if key not in best or minutes[act] > best[key][0]:
            best[key] = (minutes[act], act, event)
    by: dict[Act, list[str]] = {}
    for _, act, event in best.values():
        by.setdefault(act, []).append(event.id)
    return Saved(
        minutes=sum(each for each, _, _ in best.values()),
        by={act: tuple(by[act]) for act in minutes if act in by},
        assumed=dict(minutes),
    )
