"""The events that were looked up for a statement: what a member did, and what others did for them or with their objects."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import TypeAlias

from attrs import Factory, field, frozen

from wiifm.activities import within
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.folds.relate import Relations
from wiifm.ledger import Award
from wiifm.rulebook.book import RuleBook
from wiifm.statement.titling import Title, title_of

DEEPEST = 64
"""The maximum number of managers above a member that are followed, so that a circle of managers ends."""

RECEIVED: Collection[Act] = ("accepts", "confirms", "thanks", "uses", "likes")
"""The acts that recognise the member for whom they are done."""

HELPED: Collection[Act] = ("accepts", "confirms", "uses")
"""The acts which say that something was of use to the member who does them."""

WITH_TOPICS: Collection[Act] = ("answers", "shares")
"""The acts that show which topics are a member's own, however long ago they were."""

WITH_OTHERS: Collection[Act] = ("replies", "reads")
"""The acts that count only if they are about something of another member."""

DONE_BEFORE: Collection[Act] = (*WITH_TOPICS, "mentors")
RECEIVED_BEFORE: Collection[Act] = (*HELPED, "thanks")
"""The acts of the member, and of others for them, that are also looked up before the period: they show whom the member helped, and on which topics."""

WEEKS = 12
"""The number of weeks in the chart."""

LATEST = 30
"""How many of the latest events of the acts ``WITH_TOPICS``, and of ``RECEIVED_BEFORE``, are looked up at least, even if they lie far before
the period.
"""


def time_before(since: datetime | None, end: datetime) -> datetime | None:
    """The beginning of the period of the same length before one; None if there is none, or it lies before year 1."""
    try:
        return since - (end - since) if since is not None and end > since else None
    except OverflowError:
        return None


Lookback: TypeAlias = tuple[datetime | None, datetime]
"""From when (None: from the beginning) and until when events before the period are looked up."""


@frozen
class Period:
    """The period of a statement: from ``since`` (None: the beginning) until ``until`` (None: ``now``)."""

    since: datetime | None
    until: datetime | None
    now: datetime

    def of(self, awards: Sequence[Award]) -> tuple[Award, ...]:
        """The awards that lie in the period."""
        return tuple(each for each in awards if within(each.occurred_at, self.since, self.until))

    @property
    def lookback(self) -> Lookback | None:
        """The time before the period that is looked up, too: the previous period and the weeks of the chart; None if the period has no beginning."""
        if self.since is None:
            return None
        end = self.until or self.now
        # Even if the period lies in the future; and it may be empty, with ``until`` before ``since``.
        upto = min(self.since, self.until or self.since)
        try:
            begin = min(time_before(self.since, end) or self.since, end - timedelta(weeks=WEEKS))
        except OverflowError:
            return None, upto
        return begin, upto


def types_of(book: RuleBook, acts: Collection[Act]) -> set[str]:
    """The event types that stand for one of some acts."""
    return {name for name, kind in book.types.items() if kind.act in acts}


_at = attrgetter("occurred_at")

Places: TypeAlias = Mapping[Act, list[int]]
"""For each act, the indexes of its events in a list, in order."""


def places(book: RuleBook, events: Iterable[Event]) -> Places:
    """Index a list of events by their acts."""
    found: dict[Act, list[int]] = {}
    for place, event in enumerate(events):
        if (act := book.types[event.type].act) is not None:
            found.setdefault(act, []).append(place)
    return found


@frozen(kw_only=True)
class Past:
    """The events that concern one member, in order.

    ``mine`` are those that they did, ``received`` those that others did for them or with their objects. ``since`` and ``until`` bound the period
    of the statement. Before it, both lists only have events of the acts ``DONE_BEFORE`` and ``RECEIVED_BEFORE``, as far back as
    :attr:`Period.lookback` says, or further, until there are ``LATEST`` events. ``answers`` are the answers to what the member asked
    in the period, by object. ``active`` says whether the member did anything up to the end of the period. ``credited`` are events that
    helped other members though their types have no act, by these members.
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
    titles: dict[str, Title] = field(factory=dict)
    """The cache of :meth:`title`."""
    acts_of_mine: Places = field(default=Factory(lambda self: places(self.book, self.mine), True))
    acts_of_received: Places = field(
        default=Factory(lambda self: places(self.book, self.received), True)
    )

    def act(self, event: Event) -> Act | None:
        """The act of an event."""
        return self.book.types[event.type].act

    def done(self, *acts: Act) -> list[Event]:
        """The member's own events of some acts, in the period."""
        return self._of_acts(self.mine, self.acts_of_mine, acts)

    def got(self, *acts: Act) -> list[Event]:
        """The events of some acts that others did for the member, in the period."""
        return self._of_acts(self.received, self.acts_of_received, acts)

    def _of_acts(self, events: list[Event], where: Places, acts: Collection[Act]) -> list[Event]:
        """Of ordered events, those of some acts in the period."""
        first, last = self._bounds(events)
        there = [where[act] for act in acts if act in where]
        parts = [each[bisect_left(each, first) : bisect_left(each, last)] for each in there]
        found = parts[0] if len(parts) == 1 else sorted(chain.from_iterable(parts))
        return [events[place] for place in found]

    def in_period(self, events: list[Event]) -> list[Event]:
        """Of ordered events, those in the period."""
        first, last = self._bounds(events)
        return events[first:last]

    def _bounds(self, events: list[Event]) -> tuple[int, int]:
        """The slice of ordered events that lies in the period."""
        first = 0 if self.since is None else bisect_left(events, self.since, key=_at)
        last = len(events) if self.until is None else bisect_left(events, self.until, key=_at)
        return first, last

    def topics(self, event: Event) -> tuple[str, ...]:
        """The topics of an event: its own, or else those of the object that it acts on."""
        return event.topics or self.relations.community_and_topics(event)[1]

    def maker(self, thing: str | None) -> Event | None:
        """The event that created an object."""
        return self.relations.creator(thing) if thing is not None else None

    def title(self, thing: str) -> Title:
        """What an object is called; its id if neither it nor anything up its replies has a title or a text."""
        found = self.titles.get(thing)
        if found is None:
            found = title_of(self.relations, self.book, thing, self.member) or Title(thing)
            self.titles[thing] = found
        return found

    def managers(self, member: str) -> list[str]:
        """The managers above a member now, the nearest first."""
        found: list[str] = []
        while len(found) < DEEPEST and (timeline := self.relations.managers.get(member)):
            member = timeline[-1][1]
            if not member:  # nobody any more
                break
            found.append(member)
        return found

    def unit(self, member: str) -> str | None:
        """The unit that a member belongs to now."""
        return self.relations.current_unit(member)


def people(pairs: Iterable[tuple[str | None, Event]], member: str) -> dict[str, tuple[str, ...]]:
    """Group events by the members behind them, the most frequent first, without hidden members (None) and ``member``."""
    found: dict[str, dict[str, None]] = {}
    for name, event in pairs:
        if name is not None and name != member:
            found.setdefault(name, {})[event.id] = None
    return {
        name: tuple(events)
        for name, events in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    }
