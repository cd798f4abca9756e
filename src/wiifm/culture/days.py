"""What a day's events add up to: who was there, what was said about members, what was done, and what was earned.

A report reads days in order: of those before its period it needs who was there, of those in it everything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby

from attrs import define, field

from wiifm.culture.deeds import MemberFact, Objects, deed_of, member_facts
from wiifm.culture.rewards import Paid
from wiifm.culture.tally import Tally
from wiifm.event_types import EventType
from wiifm.events import Event


@define
class Day:
    """A day (UTC), or a part of one, by its proleptic ordinal."""

    ordinal: int
    named: set[str] = field(factory=set)
    """The persons whom its events name as actor or recipient."""
    facts: list[MemberFact] = field(factory=list)
    tally: Tally = field(factory=Tally)
    paid: defaultdict[str, Paid] = field(factory=lambda: defaultdict(Paid))
    """By purse, what was earned by its events."""

    def add(self, kind: EventType, event: Event, objects: Objects) -> None:
        """Count a live event. Events must be added in order."""
        if event.actor is not None:
            self.named.add(event.actor)
        if event.recipient is not None:
            self.named.add(event.recipient)
        if kind.relates is not None:
            self.facts += member_facts(kind, event)
        if kind.act is not None or kind.creates is not None:
            deed = deed_of(kind, event, objects)
            if deed is not None:
                self.tally.add(deed)

    @property
    def active(self) -> set[str]:
        """Who did anything."""
        return self.tally.active.get(self.ordinal, set())

    @property
    def contributing(self) -> Counter[str]:
        """Who contributed, and how often."""
        return self.tally.contributing.get(self.ordinal, Counter())


def begins(ordinal: int) -> datetime:
    """The first moment of a day.

    >>> begins(739000).isoformat()
    '2024-04-24T00:00:00+00:00'
    """
    return datetime.fromordinal(ordinal).replace(tzinfo=UTC)


def ends(ordinal: int) -> datetime:
    """The first moment after a day."""
    return begins(ordinal) + timedelta(days=1)


def days_of(
    events: Iterable[Event], types: Mapping[str, EventType], objects: Objects
) -> Iterator[Day]:
    """The days of live events, which must be in order.

    >>> list(days_of([], {}, objects=None))
    []
    """
    for ordinal, rest in groupby(events, key=lambda event: event.occurred_at.toordinal()):
        day = Day(ordinal)
        for event in rest:
            day.add(types[event.type], event, objects)
        yield day
