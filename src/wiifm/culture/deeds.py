"""From an event to a deed: who did what, with or for whom, about what; and what events say of who there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from attrs import define, field

from wiifm.event_types import Act, EventType
from wiifm.events import Event
from wiifm.folds.relate import THERE, Relations


class Deed(NamedTuple):
    """Something that somebody did. ``other`` is the author of what it was about, or whoever was named; never the actor.

    ``thing`` is what a question's answer belongs to: the question itself where somebody asks, or the one that is answered or solved;
    nothing where they answer their own.
    """

    at: datetime
    act: Act
    actor: str | None
    other: str | None
    thing: str | None
    topics: tuple[str, ...]


class Said(NamedTuple):
    """What an event says of a member: their ``unit`` or ``manager`` (None: none any more), who ``mentors`` them, or doesn't, or that they left, or
    are there, as of it."""

    what: str
    member: str
    value: str | None


class Made(NamedTuple):
    """What is known of an object: who made it, about what, and in reply to what."""

    maker: str | None
    topics: tuple[str, ...]
    reply: str | None


class Objects(Protocol):
    """Who made what. An object belongs to whoever created it first, though it may be told of earlier, as clocks have it."""

    def about(self, name: str) -> Made | None:
        """What is known of an object."""

    def note(self, event: Event, topics: tuple[str, ...]) -> None:
        """Take in that an event creates an object about some topics."""


@define(eq=False)
class Noted:
    """Objects as they are met: for whoever reads all events, from the first on. What comes later may be known ``elsewhere``."""

    elsewhere: Callable[[str], Made | None] = lambda name: None
    _made: dict[str, Made] = field(factory=dict)

    def about(self, name: str) -> Made | None:
        """What is known of an object."""
        return self._made.get(name) or self.elsewhere(name)

    def note(self, event: Event, topics: tuple[str, ...]) -> None:
        """Take in that an event creates an object about some topics."""
        if event.object not in self._made:
            self._made[str(event.object)] = Made(event.actor, topics, event.in_reply_to)


@define(eq=False)
class Known:
    """Objects as an engine knows them, which needs no telling."""

    relations: Relations

    def about(self, name: str) -> Made | None:
        """What is known of an object: its topics are its own, or else those of the nearest one up the replies."""
        maker = self.relations.creator(name)
        if maker is None:
            return None
        return Made(maker.actor, self.relations.inheritance(name)[1], maker.in_reply_to)

    def note(self, event: Event, topics: tuple[str, ...]) -> None:
        """Nothing is to be noted."""


def deed_of(kind: EventType, event: Event, objects: Objects) -> Deed | None:
    """What somebody did by an event that counts, if anything; what it creates is noted."""
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


def said_by(kind: EventType, event: Event) -> Iterator[Said]:
    """What an event says of members.

    >>> from wiifm.rulebook import RuleBook
    >>> from datetime import datetime, UTC
    >>> joined = Event(id="e", type="member.joined", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="ann", data={"unit": "Lab"})
    >>> list(said_by(RuleBook.load("plugin:sharing").types["member.joined"], joined))
    [Said(what='joining', member='ann', value=None), Said(what='unit', member='ann', value='Lab')]
    """
    if kind.of_actor:
        if kind.relates in THERE:
            yield Said(str(kind.relates), str(event.actor), None)
        for key in ("unit", "manager") if kind.profiles else ():
            if key in event.data:
                value = event.data[key]
                yield Said(key, str(event.actor), str(value) if value else None)
    elif kind.relates is not None and event.actor != event.recipient:
        yield Said(kind.relates, str(event.recipient), str(event.actor))


@define(eq=False)
class Scene:
    """Who there is, as far as was read.

    ``units`` and ``managers`` that are handed over stand above what profiles say.

    >>> Scene(units={"ann": "Sales"}).members
    {'ann': 0}
    >>> scene = Scene()
    >>> scene.learn(739_000, ["bob", "mia"], [Said("leaving", "bob", None)])
    >>> scene.members
    {'mia': 739000}
    """

    units: dict[str, str] = field(factory=dict)
    managers: dict[str, str] = field(factory=dict)
    known: dict[str, int] = field(factory=dict)
    """Everybody whom events or the platform know of, and the ordinal of their first day; 0 where it isn't known."""
    moves: list[tuple[int, str, bool]] = field(factory=list)
    """Who left, and who came, in order: on which day, and whether they are there since."""
    mentors: dict[str, set[str]] = field(factory=dict)
    """Who mentors each member now."""
    _fixed: dict[str, frozenset[str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._fixed = {"unit": frozenset(self.units), "manager": frozenset(self.managers)}
        for name in (*self.units, *self.managers, *self.managers.values()):
            self.known.setdefault(name, 0)

    @property
    def members(self) -> dict[str, int]:
        """Those of them who haven't left."""
        there = {member: stays for _, member, stays in self.moves}
        return {name: day for name, day in self.known.items() if there.get(name, True)}

    def learn(self, day: int, named: Iterable[str], said: Iterable[Said]) -> None:
        """Take in whom a day's events name, and what they say of members, in order."""
        for name in named:
            self.known.setdefault(name, day)
        for what, member, value in said:
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
        """How many managers each member has above them; nobody who is in no reporting line, nor in one that goes in a circle."""
        found: dict[str, int | None] = {}
        for member in {*self.managers, *self.managers.values()}:
            line, boss = list[str](), member
            while boss not in found:
                found[boss] = None  # as it stays where the line comes back to it
                line.append(boss)
                boss = self.managers.get(boss, boss)
            level = -1 if line and boss == line[-1] else found[boss]
            if level is not None:
                found |= {each: level + up for up, each in enumerate(reversed(line), 1)}
        return {member: level for member, level in found.items() if level is not None}
