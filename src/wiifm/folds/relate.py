"""The first fold: who is behind an event.

``Relations`` holds the facts that live events have stated: who created which object, and each member's unit, manager,
zone, mentors, and whether they are there. The program's ``relate`` reads them to find the holders that an event
credits. A member's facts hold from the position of the event that states them; the creator of an object is the first
event that creates it, wherever it stands. When an event is learned or unlearned, ``subject`` and ``changes`` tell which
other events have to be related again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Order, Related, Slot, order_of
from wiifm.event_types import EventType, Relation, zone_named
from wiifm.events import Event
from wiifm.folds.mentoring import NOBODY, Mentored, mentoring_timeline
from wiifm.folds.timelines import Timeline, position, remove_from, value_at
from wiifm.ledger import Holder, HolderKind
from wiifm.periods import Stretch, day_around
from wiifm.pseudonyms import is_pseudonym
from wiifm.records import large_dict
from wiifm.rulebook.book import RuleBook
from wiifm.rules import MENTORS

Subject: TypeAlias = tuple[str, str]
"""What facts are about, and other events depend on: ("object", id) or ("member", id)."""

Inheritance: TypeAlias = tuple[str | None, tuple[str, ...]]
"""The community and the topics that an object passes on to replies and to events that act on it."""

GONE = "gone"
THERE: Mapping[Relation | None, str] = {"joining": "there", "leaving": GONE}
"""What an event that joins or leaves says of whether its actor is there."""


@define(eq=False)
class Relations:
    """The facts that live events state about objects and members.

    Attributes:
        objects: the event that created each object first, by the object's id; None for an object that was only mentioned.
        later_creators: further events that create an object; they are void.
        units, managers, zones, listings: the timelines of each member's profile.
        presence: the timeline of whether each member is there.
        mentors: for each member who started (True) or ended mentoring them, and when.
    """

    book: RuleBook
    objects: dict[str, Event | None] = field(factory=large_dict)
    later_creators: dict[str, list[Event]] = field(factory=dict)
    units: dict[str, Timeline] = field(factory=dict)
    managers: dict[str, Timeline] = field(factory=dict)
    zones: dict[str, Timeline] = field(factory=dict)
    listings: dict[str, Timeline] = field(factory=dict)
    presence: dict[str, Timeline] = field(factory=dict)
    mentors: dict[str, list[tuple[Order, str, bool]]] = field(factory=dict)
    home: tzinfo = field(init=False)
    """The time zone of the book."""
    creating: frozenset[str] = field(init=False)
    """The event types that create objects."""
    _mentorings: dict[str, tuple[list[tuple[Order, str, bool]], list[Mentored]]] = field(
        init=False, factory=dict
    )
    holders: dict[tuple[str, str], Holder] = field(factory=dict)
    """The holders made so far, by kind and name."""
    inherited: dict[str, Inheritance] = field(init=False, factory=dict)
    """A cache of what objects pass on."""
    _days: dict[str | None, Stretch] = field(init=False, factory=dict)
    """The day found last in each time zone, by its name; None is the book's."""
    _received: list[Event] = field(init=False, factory=list)
    _about: dict[str, list[Event]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.home = zone_named(self.book.zone)
        self.creating = frozenset(name for name, kind in self.book.types.items() if kind.creates)

    # ---- learning facts ----------------------------------------------------------------------------------

    def subject(self, event: Event) -> Subject | None:
        """The subject of the fact that an event states, if it states one."""
        kind = self.book.types[event.type]
        if kind.creates:
            return ("object", str(event.object))
        if kind.relates:
            return ("member", str(event.actor if kind.of_actor else event.recipient))
        return None

    def changes(self, event: Event) -> bool:
        """Whether learning an event can change what other events are: a second creation can't, nor can somebody's leaving."""
        kind = self.book.types[event.type]
        if not kind.creates:
            return kind.relates != "leaving"
        creator = self.creator(str(event.object))
        return creator is None or order_of(event) <= order_of(creator)

    def learn(self, event: Event) -> None:
        """Add the facts that a live event states."""
        kind = self.book.types[event.type]
        if kind.creates:
            name = str(event.object)
            self._set_creators(name, sorted([*self.creators(name), event], key=order_of))
        elif kind.of_actor:
            for values, value in self._of_actor(kind, event):
                insort(values.setdefault(str(event.actor), []), (order_of(event), value))
        elif kind.relates:
            item = (order_of(event), str(event.actor), kind.relates == "mentoring starts")
            insort(self.mentors.setdefault(str(event.recipient), []), item)
            self._mentorings.pop(str(event.recipient), None)

    def unlearn(self, event: Event) -> None:
        """Remove the facts that an event stated, as it was retracted."""
        kind = self.book.types[event.type]
        if kind.creates:
            name = str(event.object)
            self._set_creators(name, [each for each in self.creators(name) if each.id != event.id])
        elif kind.of_actor:
            for values, _ in self._of_actor(kind, event):
                remove_from(values, str(event.actor), event)
        elif kind.relates:
            remove_from(self.mentors, str(event.recipient), event)
            self._mentorings.pop(str(event.recipient), None)

    def _set_creators(self, name: str, creators: list[Event]) -> None:
        """Set all events that create an object, sorted."""
        self.objects[name] = creators[0] if creators else None
        self.inherited.pop(name, None)
        if creators[1:]:
            self.later_creators[name] = creators[1:]
        else:
            self.later_creators.pop(name, None)

    def _of_actor(self, kind: EventType, event: Event) -> Iterator[tuple[dict[str, Timeline], str]]:
        """The values that an event states of its actor, each with the timelines that it belongs to."""
        if kind.relates in THERE:
            yield self.presence, THERE[kind.relates]
        for key, values in (
            ("unit", self.units),
            ("manager", self.managers),
            ("zone", self.zones),
            ("listed", self.listings),
        ):
            if kind.profiles and (value := event.data.get(key)) is not None:
                yield values, str(value)

    # ---- reading facts -----------------------------------------------------------------------------------

    def creator(self, name: str) -> Event | None:
        """The event that created an object first, if it is known."""
        return self.objects.get(name)

    def kind(self, name: str) -> str | None:
        """The type of an object, if its creator is known."""
        creator = self.creator(name)
        return self.book.types[creator.type].creates if creator else None

    def creators(self, name: str) -> list[Event]:
        """All events that create an object, in order."""
        creator = self.creator(name)
        return [] if creator is None else [creator, *self.later_creators.get(name, ())]

    def receive(self, events: Iterable[Event]) -> None:
        """Note that events arrived. They are indexed by what they act on when :meth:`about` is called."""
        self._received += events

    def prefetch(self, events: Iterable[Event]) -> None:
        """Load all facts by which events are related. Nothing to do where all are in memory."""

    def about(self, names: Iterable[str]) -> list[Event]:
        """The events received that act on some objects."""
        for event in self._received:
            thing = self.acted_on(event)
            if thing is not None:
                self._about.setdefault(thing, []).append(event)
        self._received.clear()
        return [event for name in names for event in self._about.get(name, ())]

    def clear_received(self) -> None:
        """Drop the index of received events."""
        self._received.clear()
        self._about.clear()

    def prefetch_members(self, members: Iterable[str]) -> None:
        """Load the facts about some members, their managers, the managers of these, and so on up."""

    def unit(self, member: str | None, event: Event) -> str | None:
        """The unit of a member at an event, what the event itself states included."""
        return value_at(self.units.get(member), event) if member is not None else None

    def reports(self, one: str | None, other: str | None, event: Event) -> bool:
        """Whether one of two members was the other's manager at an event."""
        pairs = ((one, other), (other, one))
        return any(
            manager is not None
            and member is not None
            and value_at(self.managers.get(member), event) == manager
            for manager, member in pairs
        )

    def unit_before(self, member: str, moment: datetime) -> str | None:
        """The unit of a member by all events before a moment."""
        timeline = self.units.get(member) or ()
        found = bisect_left(timeline, (moment, ""), key=position)
        return timeline[found - 1][1] if found else None

    def current_unit(self, member: str) -> str | None:
        """The unit of a member by all events."""
        known = self.units.get(member)
        return known[-1][1] if known else None

    def zone(self, member: str | None, event: Event) -> tzinfo:
        """The time zone of a member at an event; the book's if they never stated one."""
        name = value_at(self.zones.get(member), event) if member is not None else None
        return self.home if name is None else zone_named(name)

    def day(self, member: str | None, event: Event) -> int:
        """The ordinal of a member's local day at an event."""
        name = value_at(self.zones.get(member), event) if member is not None else None
        known = self._days.get(name)
        if known is None or not known[0] <= event.occurred_at < known[1]:
            zone = self.home if name is None else zone_named(name)
            known = self._days[name] = day_around(event.occurred_at, zone)
        return known[2]

    def current_zone(self, member: str) -> tzinfo:
        """The time zone of a member by all events."""
        known = self.zones.get(member)
        return zone_named(known[-1][1]) if known else self.home

    def is_listed(self, member: str) -> bool:
        """Whether a member may be shown on leaderboards: as they said last, and never if they were forgotten."""
        if is_pseudonym(member):
            return False
        known = self.listings.get(member)
        return not known or known[-1][1] == str(True)

    def is_there(self, member: str, until: datetime | None = None) -> bool:
        """Whether a member is there: they haven't left, or joined again since.

        By all events before ``until``, or by all.
        """
        known = self.presence.get(member) or ()
        found = len(known) if until is None else bisect_left(known, (until, ""), key=position)
        return not found or known[found - 1][1] != GONE

    def there(self, members: Iterable[str], until: datetime | None = None) -> list[str]:
        """Those of some members who are there, by all events before ``until``, or by all."""
        return [each for each in members if self.is_there(each, until)]

    def prefetch_creators(self, objects: Iterable[str]) -> None:
        """Load who created some objects."""

    def prefetch_profiles(self, members: Iterable[str]) -> None:
        """Load the zones and units of some members."""

    def listed(self, members: Iterable[str]) -> list[str]:
        """Those of some members who may be shown on leaderboards."""
        return [each for each in members if self.is_listed(each)]

    def mentor(self, member: str | None, event: Event) -> str | None:
        """The mentor of a member at an event: of those active, the one that started last."""
        return self._mentoring(member, event)[0]

    def former(self, member: str | None, event: Event) -> tuple[str, timedelta] | tuple[None, None]:
        """The mentor whose mentoring of a member ended last, as of an event, and hasn't started again; and how long ago it ended."""
        _, former, ended = self._mentoring(member, event)
        return (former, event.occurred_at - ended) if former and ended else (None, None)

    def _mentoring(self, member: str | None, event: Event) -> Mentored:
        """The mentors of a member at an event."""
        said = self.mentors.get(member) if member is not None else None
        if not said:
            return NOBODY
        known = self._mentorings.get(str(member))
        if known is None or known[0] is not said or len(known[1]) != len(said):
            known = self._mentorings[str(member)] = (
                said,
                list(mentoring_timeline(said, str(member))),
            )
        found = bisect_right(said, order_of(event), key=position)
        return known[1][found - 1] if found else NOBODY

    def holder(self, kind: HolderKind, name: str) -> Holder:
        """The holder of a kind and name: always the same object, since there are many activities of each."""
        found = self.holders.get((kind, name))
        if found is None:
            found = self.holders[kind, name] = Holder(kind, name)
        return found

    def inheritance(self, name: str) -> Inheritance:
        """The community and topics that an object passes on: its own, or those of the nearest object up the replies.

        The result is cached for each object on the way, so that a long conversation is walked only once. In a circle of
        replies the result depends on where one starts, so there it is cached only up to where the walk enters the circle.
        """
        if (known := self.inherited.get(name)) is not None:
            return known
        first = self.creator(name)
        if first is None:
            return None, ()
        above = self._inheritance_at_once(first.in_reply_to)
        if above is not None:  # the usual case
            known = self.inherited[name] = (first.community or above[0], first.topics or above[1])
            return known
        path: list[Event] = []
        passed: Inheritance = (None, ())
        for made in self.creator_chain(name):
            if (known := self.inherited.get(str(made.object))) is not None:
                passed = known
                break
            path.append(made)
        back = path[-1].in_reply_to if path else None
        kept = next((n for n, made in enumerate(path) if made.object == back), len(path))
        for number, made in reversed([*enumerate(path)]):
            community = passed[0] if made.community is None else made.community
            passed = (community, made.topics or passed[1])
            if number <= kept:
                self.inherited[str(made.object)] = passed
        return passed

    def _inheritance_at_once(self, name: str | None) -> Inheritance | None:
        """What an object passes on, if that is cached or the object is no reply; otherwise None. No object passes on nothing."""
        if name is None:
            return None, ()
        known = self.inherited.get(name)
        if known is None and (made := self.creator(name)) is not None and made.in_reply_to is None:
            known = self.inherited[name] = (made.community, made.topics)
        return known

    def community_and_topics(self, event: Event) -> Inheritance:
        """The community and topics of an event: its own, or those that it inherits from what it acts on."""
        community, topics, thing = event.community, event.topics, self.acted_on(event)
        if thing is None or (community is not None and topics):
            return community, topics
        passed = self.inheritance(thing)
        return passed[0] if community is None else community, topics or passed[1]

    def forget_inheritance(self, name: str) -> None:
        """Drop what is cached of an object, as something up its replies has changed."""
        self.inherited.pop(name, None)

    def creator_chain(self, name: str | None) -> Iterator[Event]:
        """The creators of an object, of what it replies to, and so on up; each object once."""
        seen: set[str] = set()
        while name is not None and name not in seen:
            seen.add(name)
            creator = self.creator(name)
            if creator is None:
                return
            yield creator
            name = creator.in_reply_to

    def acted_on(self, event: Event) -> str | None:
        """The object that an event acts on, according to its type. Called often, so it doesn't ask the type itself."""
        return event.in_reply_to if event.type in self.creating else event.object

    def recipient(self, event: Event) -> str | None:
        """The member that an event is for: the one it names, or the author of what it acts on."""
        if event.recipient is not None:
            return event.recipient
        thing = self.acted_on(event)
        creator = self.creator(thing) if thing is not None else None
        return None if creator is None else creator.actor

    def person(self, event: Event, slot: Slot) -> str | None:
        """The other person in a slot of an event: whoever is helped, or else whoever acted."""
        _, role, merit = slot
        if role == "actor" or (
            role in MENTORS and (merit or self.book.types[event.type].merit) == "recipient"
        ):
            return self.recipient(event)
        return event.actor


def members_in(related: Related) -> list[str]:
    """The members whose facts an event may read: its actor, its recipient, those in between, and the members it credits."""
    found = [a.holder.id for a in related.activities if a.holder.kind == "member"]
    roles = (related.event.actor, related.recipient, *related.between)
    return list(dict.fromkeys([*found, *(member for member in roles if member is not None)]))
