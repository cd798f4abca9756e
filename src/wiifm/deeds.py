"""An index of the log for readings: events by member, by object, by topic and by unit.

Look-ups return live events only. In memory, the log is indexed at the first look-up; an engine over a store has a subclass that answers
from the store's indexes, and reads no more than the rows in question.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Literal, TypeAlias

from attrs import define, field

from wiifm.activities import order_of
from wiifm.event_types import EventType
from wiifm.events import Event
from wiifm.log import Log

Place: TypeAlias = Literal["topic", "unit"]
"""What events are indexed by, beside members and objects: the topic that an object is about, or the unit that a profile names."""

Named: TypeAlias = Literal["community", "unit", "topic"]
"""What events name, and leaderboards can be limited to."""

Types: TypeAlias = Collection[str] | None
"""Some event types; None means all."""

WANTED = 50
"""How many of the latest events a look-up reads at first, by default."""

Mention: TypeAlias = tuple[str, str]
"""A kind of place, and the name of one."""


def mentions(kind: EventType, event: Event) -> Iterator[Mention]:
    """Yield the topics of an object that an event creates, or the unit that a profile names.

    >>> from wiifm.rulebook import RuleBook
    >>> from datetime import datetime, UTC
    >>> asked = Event(id="e", type="question.asked", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), object="q",
    ...               topics=("pricing",))
    >>> list(mentions(RuleBook.load("plugin:sharing").types["question.asked"], asked))
    [('topic', 'pricing')]
    """
    if kind.creates:
        for topic in dict.fromkeys(event.topics):
            yield "topic", topic
    elif kind.profiles and event.data.get("unit"):
        yield "unit", str(event.data["unit"])


@define(eq=False)
class Deeds:
    """The events of a log by actor, by recipient, by object, and by place."""

    log: Log
    _seen: int = 0
    _by: dict[str, list[Event]] = field(factory=dict)
    _to: dict[str, list[Event]] = field(factory=dict)
    _about: dict[str, list[Event]] = field(factory=dict)
    _where: dict[tuple[str, str, str], list[Event]] = field(factory=dict)

    def by(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        of: Types = None,
    ) -> list[Event]:
        """Return the events that a member did in a period (``since <= occurred_at < until``), in order, of some types or of all."""
        self._index()
        return [*filter(self.log.is_live, _chosen(self._by.get(member, []), since, until, of))]

    def toward(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        of: Types = None,
    ) -> list[Event]:
        """Return the events of others in a period that may be for a member, in order: they name the member, or act on what they created."""
        types = self.log.book.types
        made = {str(event.object): None for event in self.by(member) if types[event.type].creates}
        received = [self._to.get(member, []), *(self._about.get(name, []) for name in made)]
        found = [event for events in received for event in _chosen(events, since, until, of)]
        others = {event.id: event for event in found if event.actor != member}
        return self._live_in_order(others.values())

    def lately_by(
        self, member: str, until: datetime | None, of: Types = None, wanted: int = WANTED
    ) -> Iterator[Event]:
        """Yield the events that a member did before a moment, the latest first; ``wanted`` says how many are expected to be needed."""
        self._index()
        there = self._by.get(member, [])
        end = len(there) if until is None else bisect_left(there, until, key=_moment)
        found = (there[place] for place in range(end - 1, -1, -1))
        return (e for e in found if (of is None or e.type in of) and self.log.is_live(e))

    def lately_toward(
        self, member: str, until: datetime | None, of: Types = None, wanted: int = WANTED
    ) -> Iterator[Event]:
        """Yield the events of others before a moment that may be for a member, the latest first; ``wanted`` says how many are expected to be
        needed."""
        return reversed(self.toward(member, until=until, of=of))

    def about(self, objects: Collection[str], of: Types = None) -> dict[str, list[Event]]:
        """Return, for each of some objects, the events that act on it or reply to it, in order, of some types or of all."""
        self._index()
        found = {name: _chosen(self._about.get(name, []), None, None, of) for name in objects}
        return {name: [*filter(self.log.is_live, events)] for name, events in found.items()}

    def first_by(self, member: str) -> Event | None:
        """Return the first event that a member did, if any."""
        self._index()
        return next(filter(self.log.is_live, self._by.get(member, [])), None)

    def did_before(self, members: Iterable[str], moment: datetime) -> set[str]:
        """Return those of some members who did anything before a moment."""
        return {name for name in members if next(self.lately_by(name, moment), None) is not None}

    def lately(
        self,
        place: Place,
        names: Iterable[str],
        types: Mapping[str, int],
        until: datetime | None = None,
    ) -> list[Event]:
        """Return the latest events at some places before a moment, in order.

        Args:
            place: the kind of place.
            names: the names of the places.
            types: the event types, with the maximum number of events for each place.
            until: the moment; None for now.
        """
        self._index()
        found: dict[str, Event] = {}
        for name in names:
            for kind, most in types.items():
                there = self._where.get((place, name, kind), [])
                end = len(there) if until is None else bisect_left(there, (until, ""), key=order_of)
                found |= {event.id: event for event in there[max(0, end - most) : end]}
        return self._live_in_order(found.values())

    def members_of(self, unit: str, most: int = sys.maxsize) -> set[str]:
        """Return the members who ever named a unit in a profile; with ``most``, only by that many of the latest events of each type."""
        kinds = self.log.book.types.items()
        says = {name: most for name, kind in kinds if kind.profiles}
        return {str(event.actor) for event in self.lately("unit", [unit], says)}

    def names_of(self, kind: Named) -> set[str]:
        """Return the names of all communities, units or topics that any event names, a retracted one included. It reads the whole log."""
        events = self.log.events.values()
        if kind == "community":
            return {event.community for event in events if event.community is not None}
        if kind == "topic":
            return {topic for event in events for topic in event.topics}
        named = (each for e in events for each in mentions(self.log.book.types[e.type], e))
        return {name for place, name in named if place == "unit"}

    def _live_in_order(self, events: Iterable[Event]) -> list[Event]:
        return sorted(filter(self.log.is_live, events), key=order_of)

    def _index(self) -> None:
        """Index the events that were recorded since the last look-up."""
        try:
            self._add_new()
        except BaseException:  # a partial index would get events twice
            self._seen = 0
            for found in (self._by, self._to, self._about, self._where):
                found.clear()
            raise

    def _add_new(self) -> None:
        types, new = self.log.book.types, self.log.size - self._seen
        for event in reversed([*islice(reversed(self.log.events.values()), new)]):
            if event.actor is not None:
                _put(event, self._by.setdefault(event.actor, []))
            if event.recipient is not None:
                _put(event, self._to.setdefault(event.recipient, []))
            if (thing := types[event.type].acted_on(event)) is not None:
                _put(event, self._about.setdefault(thing, []))
            for place, name in mentions(types[event.type], event):
                _put(event, self._where.setdefault((place, name, event.type), []))
        self._seen = self.log.size


def _put(event: Event, there: list[Event]) -> None:
    """Insert an event into an ordered list."""
    if there and order_of(event) < order_of(there[-1]):
        insort(there, event, key=order_of)
    else:  # as most are
        there.append(event)


def _chosen(
    events: Sequence[Event], since: datetime | None, until: datetime | None, of: Types
) -> Iterator[Event]:
    """Of ordered events, those in a period and of some types."""
    first = 0 if since is None else bisect_left(events, since, key=_moment)
    end = len(events) if until is None else bisect_left(events, until, key=_moment)
    return (event for event in events[first:end] if of is None or event.type in of)


_moment = attrgetter("occurred_at")
