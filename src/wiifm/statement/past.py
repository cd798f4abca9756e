"""What was looked up for a statement: what a member did, and what others did for them or with their things."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import TypeAlias

from attrs import Factory, field, frozen

from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.folds.relate import Relations
from wiifm.rulebook.book import RuleBook

DEEPEST = 64
"""So many managers above somebody are looked at: a circle of them ends there."""

RECEIVED: Collection[Act] = ("accepts", "confirms", "thanks", "uses", "likes")
"""What recognises whom it is done for."""

HELPED: Collection[Act] = ("accepts", "confirms", "uses")
"""What says that something was of use to whoever does it."""

WITH_TOPICS: Collection[Act] = ("answers", "shares")
"""What a member did that tells which topics are theirs, however long ago it was."""

WITH_OTHERS: Collection[Act] = ("replies", "reads")
"""What they did that is told only where it is about something of somebody else."""

DONE_BEFORE: Collection[Act] = (*WITH_TOPICS, "mentors")
RECEIVED_BEFORE: Collection[Act] = (*HELPED, "thanks")
"""Of what a member did before the time that is told, and of what others did for them, what is looked at: whom it helped, and the topics that
it makes theirs.
"""

WEEKS = 12
"""So many weeks are told one by one."""

LATEST = 30
"""So many of the latest ``WITH_TOPICS`` are looked at, and of what others did that says what a member is good at, though they lie before the
time that is told.
"""


def time_before(since: datetime | None, end: datetime) -> datetime | None:
    """When the time of the same length before one begins; None before the beginning of all times."""
    try:
        return since - (end - since) if since is not None and end > since else None
    except OverflowError:
        return None


Lookback: TypeAlias = tuple[datetime | None, datetime]
"""From when on (None: from the beginning), and up to when events are looked at before the time that is told."""


@frozen
class Period:
    """The time that is told: ``since`` (None: the beginning) and ``until`` (None: ``now``)."""

    since: datetime | None
    until: datetime | None
    now: datetime

    @property
    def lookback(self) -> Lookback | None:
        """How far back events are looked at: in the time before this one, and the weeks told one by one; None where this began with everything."""
        if self.since is None:
            return None
        end = self.until or self.now
        upto = min(self.since, self.until or self.since)  # of a time to come, all is before it
        try:
            begin = min(time_before(self.since, end) or self.since, end - timedelta(weeks=WEEKS))
        except OverflowError:
            return None, upto
        return begin, upto


def types_of(book: RuleBook, acts: Collection[Act]) -> set[str]:
    """The event types that say one of some acts."""
    return {name for name, kind in book.types.items() if kind.act in acts}


_at = attrgetter("occurred_at")

Places: TypeAlias = Mapping[Act, list[int]]
"""Where in a list of events each act is, in order."""


def places(book: RuleBook, events: Iterable[Event]) -> Places:
    """Where in a list of events each act is."""
    found: dict[Act, list[int]] = {}
    for place, event in enumerate(events):
        if (act := book.types[event.type].act) is not None:
            found.setdefault(act, []).append(place)
    return found


@frozen(kw_only=True)
class Past:
    """The events of one member, in order: ``mine`` they did, ``received`` others did for them or with their things.

    ``since`` and ``until`` bound the time that is told. Before it, ``mine`` and ``received`` go back as far as :attr:`Period.lookback`
    tells, there with no more than ``DONE_BEFORE`` and ``RECEIVED_BEFORE``; and to the latest ``LATEST`` in all. ``answers`` are, by object, the
    answers to what the member asked in that time; ``active`` is whoever did anything as far as is looked back.
    """

    member: str
    book: RuleBook
    relations: Relations
    mine: list[Event]
    received: list[Event]
    answers: dict[str, list[Event]]
    active: bool
    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    credited: dict[str, tuple[Event, ...]] = field(factory=dict)
    titles: dict[str, str] = field(factory=dict)
    """What objects are called, as far as it was asked for."""
    acts_of_mine: Places = field(default=Factory(lambda self: places(self.book, self.mine), True))
    acts_of_received: Places = field(
        default=Factory(lambda self: places(self.book, self.received), True)
    )

    def act(self, event: Event) -> Act | None:
        """What was done by an event."""
        return self.book.types[event.type].act

    def done(self, *acts: Act) -> list[Event]:
        """What the member did of some acts, in the time that is told."""
        return self._of_acts(self.mine, self.acts_of_mine, acts)

    def got(self, *acts: Act) -> list[Event]:
        """What others did of some acts, in the time that is told."""
        return self._of_acts(self.received, self.acts_of_received, acts)

    def _of_acts(self, events: list[Event], where: Places, acts: Collection[Act]) -> list[Event]:
        """The events of some acts in the time that is told, in order."""
        first, last = self._bounds(events)
        there = [where[act] for act in acts if act in where]
        parts = [each[bisect_left(each, first) : bisect_left(each, last)] for each in there]
        found = parts[0] if len(parts) == 1 else sorted(chain.from_iterable(parts))
        return [events[place] for place in found]

    def in_period(self, events: list[Event]) -> list[Event]:
        """Those of some events that lie in the time that is told: they are in order."""
        first, last = self._bounds(events)
        return events[first:last]

    def _bounds(self, events: list[Event]) -> tuple[int, int]:
        """From where on, and up to where, events lie in the time that is told."""
        first = 0 if self.since is None else bisect_left(events, self.since, key=_at)
        last = len(events) if self.until is None else bisect_left(events, self.until, key=_at)
        return first, last

    def topics(self, event: Event) -> tuple[str, ...]:
        """The topics of an event: its own, or those of what it acts on."""
        return event.topics or self.relations.community_and_topics(event)[1]

    def maker(self, thing: str | None) -> Event | None:
        """The event that made an object."""
        return self.relations.creator(thing) if thing is not None else None

    def title(self, thing: str) -> str:
        """What an object is called: its title, or the beginning of what it says; an answer that says nothing as its question; else its id."""
        found = self.titles.get(thing)
        if found is None:
            found = self.titles[thing] = self._title(thing)
        return found

    def _title(self, thing: str) -> str:
        for made in self.relations.creator_chain(thing):
            for key in ("title", "text"):
                if isinstance(text := made.data.get(key), str) and text.strip():
                    return _shortened(text)
            if self.act(made) != "answers":
                break
        return thing

    def managers(self, member: str) -> list[str]:
        """Who stands above a member by now, the nearest first."""
        found: list[str] = []
        while len(found) < DEEPEST and (timeline := self.relations.managers.get(member)):
            member = timeline[-1][1]
            if not member:  # nobody any more
                break
            found.append(member)
        return found

    def unit(self, member: str) -> str | None:
        """The unit that a member belongs to by now."""
        return self.relations.current_unit(member)


_LONGEST = 80


def _shortened(text: str) -> str:
    """The beginning of a text, up to the end of a word; of one that has no spaces for long, as in Chinese, as much as there is room for."""
    words = " ".join(text.split())
    if len(words) <= _LONGEST:
        return words
    end = words.rfind(" ", _LONGEST // 2, _LONGEST)
    return f"{words[:end] if end > 0 else words[: _LONGEST - 1]}…"


def people(pairs: Iterable[tuple[str | None, Event]], member: str) -> dict[str, tuple[str, ...]]:
    """Who is behind some events, who most often first; hidden ones and the member aren't."""
    found: dict[str, dict[str, None]] = {}
    for name, event in pairs:
        if name is not None and name != member:
            found.setdefault(name, {})[event.id] = None
    return {
        name: tuple(events)
        for name, events in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    }
