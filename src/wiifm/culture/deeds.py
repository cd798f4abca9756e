"""From events to deeds: who did what, with or for whom, about what. Read the events that count, in order, once.

Beside the deeds it learns who there is: units and managers as profiles say them, and who mentors whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from attrs import define, field

from wiifm.event_types import Act, EventType
from wiifm.events import Event


class Deed(NamedTuple):
    """Something that somebody did. ``other`` is the author of what it was about, or whoever was named; never the actor.

    ``thing`` is what a question's answer belongs to: the question itself where somebody asks, or the one that is answered or solved.
    """

    at: datetime
    act: Act
    actor: str | None
    other: str | None
    thing: str | None
    topics: tuple[str, ...]


class _Made(NamedTuple):
    """What is remembered of an object: who made it, about what, and in reply to what."""

    maker: str | None
    topics: tuple[str, ...]
    reply: str | None


@define(eq=False)
class Scene:
    """Who there is and what was made, as far as the events were read.

    ``units`` and ``managers`` that are handed over stand above what profiles say. ``maker`` finds the event that created an object
    where that comes later in the order than what is done with it, as clocks have it.

    >>> from wiifm.rulebook import RuleBook
    >>> scene = Scene(RuleBook.load("plugin:sharing").types, units={"ann": "Sales"})
    >>> list(scene.deeds([])), scene.units
    ([], {'ann': 'Sales'})
    """

    types: Mapping[str, EventType]
    units: dict[str, str] = field(factory=dict)
    managers: dict[str, str] = field(factory=dict)
    members: dict[str, int] = field(factory=dict)
    """Everybody whom events or the platform know of, and the ordinal of their first day; 0 where it isn't known."""
    mentors: dict[str, set[str]] = field(factory=dict)
    """Who mentors each member now."""
    maker: Callable[[str], Event | None] = lambda name: None
    _fixed: frozenset[str] = field(init=False)
    _made: dict[str, _Made] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._fixed = frozenset([*self.units, *self.managers])
        for name in (*self.units, *self.managers, *self.managers.values()):
            self.members.setdefault(name, 0)

    def deeds(self, events: Iterable[Event]) -> Iterator[Deed]:
        """The deeds of events that count, which come in order."""
        types, members = self.types, self.members
        for event in events:
            kind, actor = types[event.type], event.actor
            day = event.occurred_at.toordinal()
            if actor is not None and actor not in members:
                members[actor] = day
            if event.recipient is not None and event.recipient not in members:
                members[event.recipient] = day
            if kind.relates is not None:
                self._learn(kind, event)
            if kind.act is not None:
                yield self._deed(kind, event)
            elif kind.creates is not None:
                self._make(event)

    def _deed(self, kind: EventType, event: Event) -> Deed:
        on, topics, other = kind.acted_on(event), event.topics, event.recipient
        about = self._about(on) if on is not None else None
        if about is not None:
            topics = topics or about.topics
            other = other if other is not None else about.maker
        if kind.creates is not None:
            self._make(event, topics)
        thing = on
        if kind.act == "asks":
            thing = event.object
        elif kind.act == "accepts" and about is not None and about.reply is not None:
            thing = about.reply
        actor = event.actor
        other = other if other != actor else None
        return Deed(event.occurred_at, kind.act, actor, other, thing, topics)  # type: ignore[arg-type]

    def _about(self, name: str) -> _Made | None:
        found = self._made.get(name)
        if found is None and (maker := self.maker(name)) is not None:
            return _Made(maker.actor, maker.topics, maker.in_reply_to)
        return found

    def _make(self, event: Event, topics: tuple[str, ...] | None = None) -> None:
        """An object belongs to whoever created it first."""
        if event.object not in self._made:
            found = event.topics if topics is None else topics
            self._made[str(event.object)] = _Made(event.actor, found, event.in_reply_to)

    def _learn(self, kind: EventType, event: Event) -> None:
        actor, recipient = str(event.actor), str(event.recipient)
        if kind.relates == "profile":
            if actor not in self._fixed:
                for key, known in (("unit", self.units), ("manager", self.managers)):
                    if event.data.get(key):
                        known[actor] = str(event.data[key])
                    elif key in event.data:
                        known.pop(actor, None)
        elif kind.relates == "mentoring starts":
            self.mentors.setdefault(recipient, set()).add(actor)
        else:
            self.mentors.get(recipient, set()).discard(actor)

    def levels(self) -> dict[str, int]:
        """How many managers each member has above them; nobody who is in no reporting line, nor in one that goes in a circle."""
        found: dict[str, int] = {}
        above = set(self.managers.values())
        for member in {*self.managers, *above}:
            chain = [member]
            while (boss := self.managers.get(chain[-1])) is not None and boss not in chain:
                chain.append(boss)
            if boss is None or boss == chain[-1]:
                found[member] = len(chain) - 1
        return found
