"""What a day's events come to: who was there and what was said of them, what was done, and what was earned by it.

A report is a fold over days, in order: of those before its time, who was there; of those in it, everything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby

from attrs import define, field

from wiifm.culture.deeds import Objects, Said, deed_of, said_by
from wiifm.culture.rewards import Paid
from wiifm.culture.tally import Tally
from wiifm.event_types import EventType
from wiifm.events import Event


@define
class Day:
    """A day, by its ordinal (UTC), or a part of one."""

    ordinal: int
    named: set[str] = field(factory=set)
    """Whom its events name."""
    said: list[Said] = field(factory=list)
    tally: Tally = field(factory=Tally)
    paid: defaultdict[str, Paid] = field(factory=lambda: defaultdict(Paid))
    """By purse, what was earned for its events."""

    def add(self, kind: EventType, event: Event, objects: Objects) -> None:
        """Take in an event that counts; they come in order."""
        if event.actor is not None:
            self.named.add(event.actor)
        if event.recipient is not None:
            self.named.add(event.recipient)
        if kind.relates is not None:
            self.said += said_by(kind, event)
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
    """The first moment behind a day."""
    return begins(ordinal) + timedelta(days=1)


def days_of(
    events: Iterable[Event], types: Mapping[str, EventType], objects: Objects
) -> Iterator[Day]:
    """The days of events that count, which come in order.

    >>> list(days_of([], {}, objects=None))
    []
    """
    for ordinal, rest in groupby(events, key=lambda event: event.occurred_at.toordinal()):
        day = Day(ordinal)
        for event in rest:
            day.add(types[event.type], event, objects)
        yield day
