"""Turns an event into a deed (who did what, to whom, about what), and into facts about members."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from attrs import define, field

from wiifm.event_types import Act, EventType
from wiifm.events import Event
from wiifm.folds.relate import THERE, Relations


class Deed(NamedTuple):
    """An act that somebody did. ``other`` is the recipient, or the author of what the event acts on; never the actor.

    ``thing`` is the question that the deed belongs to: the one that is asked, answered or solved. It is None if somebody answers their own
    question.
    """

    at: datetime
    act: Act
    actor: str | None
    other: str | None
    thing: str | None
    topics: tuple[str, ...]


class MemberFact(NamedTuple):
    """A fact about a member from an event on: their ``unit`` or ``manager`` (None if they have none any more), who mentors them or stops
    to, or that they join or leave.
    """

    what: str
    member: str
    value: str | None


class ObjectInfo(NamedTuple):
    """Who created an object, about which topics, and in reply to what."""

    maker: str | None
    topics: tuple[str, ...]
    reply: str | None


class Objects(Protocol):
    """Look-up of objects. An object belongs to whoever created it first in order, even if an earlier event mentions it."""

    def about(self, name: str) -> ObjectInfo | None:
        """What is known of an object; None if nothing created it."""

    def note(self, event: Event, topics: tuple[str, ...]) -> None:
        """Take note that an event creates an object, about some topics."""


@define(eq=False)
class CollectedObjects:
    """Objects collected from events as they are read, for a reader of all events. ``elsewhere`` looks up those that come later."""

    elsewhere: Callable[[str], ObjectInfo | None] = lambda name: None
    _made: dict[str, ObjectInfo] = field(factory=dict)

    def about(self, name: str) -> ObjectInfo | None:
        """What is known of an object; None if nothing created it."""
        return self._made.get(name) or self.elsewhere(name)

    def note(self, event: Event, topics: tuple[str, ...]) -> None:
        """Take note that an event creates an object; the first one counts."""
        if event.object not in self._made:
            self._made[str(event.object)] = ObjectInfo(event.actor, topics, event.in_reply_to)


@define(eq=False)
class EngineObjects:
    """Objects looked up in an engine's relations, which know all of them."""

    relations: Relations

    def about(self, name: str) -> ObjectInfo | None:
        """What is known of an object, with its topics inherited up the replies; None if nothing created it."""
        maker = self.relations.creator(name)
        if maker is None:
            return None
        return ObjectInfo(maker.actor, self.relations.inheritance(name)[1], maker.in_reply_to)

    def note(self, event: Event, topics: tuple[str, ...]) -> None:
        """Do nothing: the engine knows."""


def deed_of(kind: EventType, event: Event, objects: Objects) -> Deed | None:
    """The deed of a live event, if its type is an act; ``objects`` takes note of what it creates."""
    on, topics, other = kind.acted_on(event), event.topics, event.recipient
    about = objects.about(on) if on is not None else None
    if about is not None:
        topics = topics or about.topics
        other = other if other is not None else about.maker
    if kind.creates is not None:
        objects.note(event, topics)
    if kind.act is None:
        return None
    thing = on
    if kind.act == "asks":
        thing = event.object
    elif kind.act == "accepts" and about is not None and about.reply is not None:
        thing = about.reply
    actor = event.actor
    if kind.act == "answers" and about is not None and actor is not None and actor == about.maker:
        thing = None
    other = other if other != actor else None
    return Deed(event.occurred_at, kind.act, actor, other, thing, topics)


def member_facts(kind: EventType, event: Event) -> Iterator[MemberFact]:
    """The facts about members that an event states.

    >>> from wiifm.rulebook import RuleBook
    >>> from datetime import datetime, UTC
    >>> joined = Event(id="e", type="member.joined", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="ann", data={"unit": "Lab"})
    >>> list(member_facts(RuleBook.load("plugin:sharing").types["member.joined"], joined))
    [MemberFact(what='joining', member='ann', value=None), MemberFact(what='unit', member='ann', value='Lab')]
    """
    if kind.of_actor:
        if kind.relates in THERE:
            yield MemberFact(str(kind.relates), str(event.actor), None)
        for key in ("unit", "manager") if kind.profiles else ():
            if key in event.data:
                value = event.data[key]
                yield MemberFact(key, str(event.actor), str(value) if value else None)
    elif kind.relates is not None and event.actor != event.recipient:
        yield MemberFact(kind.relates, str(event.recipient), str(event.actor))


@define(eq=False)
class Scene:
    """Who there is, and their units, managers and mentors, as of the days that were read.

    ``units`` and ``managers`` that are passed in take precedence over what profiles say.

    >>> Scene(units={"ann": "Sales"}).members
    {'ann': 0}
    >>> scene = Scene()
    >>> scene.learn(739_000, ["bob", "mia"], [MemberFact("leaving", "bob", None)])
    >>> scene.members
    {'mia': 739000}
    """

    units: dict[str, str] = field(factory=dict)
    managers: dict[str, str] = field(factory=dict)
    known: dict[str, int] = field(factory=dict)
    """Everybody whom events or the platform name, with the ordinal of their first day; 0 if it isn't known."""
    moves: list[tuple[int, str, bool]] = field(factory=list)
    """(day, member, joins): who left and who joined, in order."""
    mentors: dict[str, set[str]] = field(factory=dict)
    """By member, who mentors them now."""
    _fixed: dict[str, frozenset[str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._fixed = {"unit": frozenset(self.units), "manager": frozenset(self.managers)}
        for name in (*self.units, *self.managers, *self.managers.values()):
            self.known.setdefault(name, 0)

    @property
    def members(self) -> dict[str, int]:
        """Everybody who is known and hasn't left."""
        there = {member: stays for _, member, stays in self.moves}
        return {name: day for name, day in self.known.items() if there.get(name, True)}

    def learn(self, day: int, named: Iterable[str], facts: Iterable[MemberFact]) -> None:
        """Take in the persons whom a day's events name, and the facts that they state, in order."""
        for name in named:
            self.known.setdefault(name, day)
        for what, member, value in facts:
            if what in ("unit", "manager"):
                known = self.units if what == "unit" else self.managers
                if member in self._fixed[what]:
                    continue
                if value is None:
                    known.pop(member, None)
                else:
                    known[member] = value
            elif what in THERE:
                self.moves.append((day, member, what == "joining"))
            elif what == "mentoring starts":
                self.mentors.setdefault(member, set()).add(str(value))
            else:
                self.mentors.get(member, set()).discard(str(value))

    def levels(self) -> dict[str, int]:
        """How many managers each member has above them; members outside of any reporting line, or in a cycle, are left out."""
        found: dict[str, int | None] = {}
        for member in {*self.managers, *self.managers.values()}:
            line, boss = list[str](), member
            while boss not in found:
                found[boss] = None  # it stays None if the line comes back to it
                line.append(boss)
                boss = self.managers.get(boss, boss)
            level = -1 if line and boss == line[-1] else found[boss]
            if level is not None:
                found |= {each: level + up for up, each in enumerate(reversed(line), 1)}
        return {member: level for member, level in found.items() if level is not None}
