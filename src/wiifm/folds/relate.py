"""The first fold: who is behind what.

``Relations`` holds what the live events have said so far: who created which object, who belongs to which unit and
lives in which zone, who mentors whom. The program's ``relate`` looks up in it who is behind an event. Learning an
event tells which subject changed; whoever depends on a subject is related again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Order, Related, Slot, order_of
from wiifm.event_types import EventType, Relation, zone_named
from wiifm.events import FORGOTTEN, Event
from wiifm.folds.mentoring import NOBODY, Mentored, mentoring_timeline
from wiifm.ledger import Holder, HolderKind
from wiifm.records import large_dict
from wiifm.rulebook.book import RuleBook
from wiifm.rules import MENTORS

Subject: TypeAlias = tuple[str, str]
"""What others depend on: ("object", id) or ("member", id)."""

Inheritance: TypeAlias = tuple[str | None, tuple[str, ...]]
"""The community and the topics that an object passes on to those in reply to it."""

Timeline: TypeAlias = list[tuple[Order, str]]
"""The values that something took, each with when."""

GONE = "gone"
THERE: Mapping[Relation | None, str] = {"joining": "there", "leaving": GONE}
"""What is said of whether a member is there, by whoever says it."""


@define(eq=False)
class Relations:
    """What the live events say about objects and members.

    ``things`` are the objects by id: the event that created each first, or None for one that was only asked for so
    far; ``rivals`` are the events that created one once more; ``units``, ``managers``, ``zones`` and ``listings`` the values of each member and
    when they took them; ``stays`` whether they are there, from when on; ``mentors`` for each member who began (True) or ended mentoring them, and when.
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
    creating: frozenset[str] = field(init=False)
    """The types of events that create objects."""
    _courses: dict[str, tuple[list[tuple[Order, str, bool]], list[Mentored]]] = field(
        init=False, factory=dict
    )
    holders: dict[tuple[str, str], Holder] = field(factory=dict)
    inherited: dict[str, Inheritance] = field(init=False, factory=dict)
    """What objects pass on, as far as it was asked for."""
    _received: list[Event] = field(init=False, factory=list)
    _about: dict[str, list[Event]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.home = zone_named(self.book.zone)
        self.creating = frozenset(name for name, kind in self.book.types.items() if kind.creates)

    # ---- what events say ---------------------------------------------------------------------------------

    def subject(self, event: Event) -> Subject | None:
        """The subject that an event says something about, if any."""
        kind = self.book.types[event.type]
        if kind.creates:
            return ("object", str(event.object))
        if kind.relates:
            return ("member", str(event.actor if kind.of_actor else event.recipient))
        return None

    def changes(self, event: Event) -> bool:
        """Whether others can see a difference between an event being learned and not: not a second creation, nor who left."""
        kind = self.book.types[event.type]
        if not kind.creates:
            return kind.relates != "leaving"
        creator = self.creator(str(event.object))
        return creator is None or order_of(event) <= order_of(creator)

    def learn(self, event: Event) -> None:
        """Take in what a live event says."""
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
            self._courses.pop(str(event.recipient), None)

    def unlearn(self, event: Event) -> None:
        """Forget what an event said, as it was retracted."""
        kind = self.book.types[event.type]
        if kind.creates:
            name = str(event.object)
            self._set_creators(name, [each for each in self.creators(name) if each.id != event.id])
        elif kind.of_actor:
            for values, _ in self._of_actor(kind, event):
                _remove(values, str(event.actor), event)
        elif kind.relates:
            _remove(self.mentors, str(event.recipient), event)
            self._courses.pop(str(event.recipient), None)

    def _set_creators(self, name: str, creators: list[Event]) -> None:
        self.objects[name] = creators[0] if creators else None
        self.inherited.pop(name, None)
        if creators[1:]:
            self.later_creators[name] = creators[1:]
        else:
            self.later_creators.pop(name, None)

    def _of_actor(self, kind: EventType, event: Event) -> Iterator[tuple[dict[str, Timeline], str]]:
        """What an event says of its actor, each beside all that was said of that."""
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

    # ---- what is known -----------------------------------------------------------------------------------

    def creator(self, name: str) -> Event | None:
        """The event that created an object first, as far as is known."""
        return self.objects.get(name)

    def kind(self, name: str) -> str | None:
        """Of which kind an object is, as far as is known."""
        creator = self.creator(name)
        return self.book.types[creator.type].creates if creator else None

    def creators(self, name: str) -> list[Event]:
        """All events that created an object, the first one first."""
        creator = self.creator(name)
        return [] if creator is None else [creator, *self.later_creators.get(name, ())]

    def receive(self, events: Iterable[Event]) -> None:
        """Note that events were received; the objects that they are about are looked at once somebody asks."""
        self._received += events

    def prefetch(self, events: Iterable[Event]) -> None:
        """Have at hand whatever events are related by: all is, unless it lies elsewhere."""

    def about(self, names: Iterable[str]) -> list[Event]:
        """The events about some objects, as far as they were received."""
        for event in self._received:
            thing = self.acted_on(event)
            if thing is not None:
                self._about.setdefault(thing, []).append(event)
        self._received.clear()
        return [event for name in names for event in self._about.get(name, ())]

    def clear_received(self) -> None:
        """Hold nothing of the events that were received."""
        self._received.clear()
        self._about.clear()

    def prefetch_members(self, members: Iterable[str]) -> None:
        """Have at hand what is known of some members, and of those above them: all is, unless it lies elsewhere."""

    def unit(self, member: str | None, event: Event) -> str | None:
        """The unit that a member belonged to at an event, the event included."""
        return _at(self.units.get(member), event) if member is not None else None

    def reports(self, one: str | None, other: str | None, event: Event) -> bool:
        """Whether one of two members was the other's manager at an event."""
        pairs = ((one, other), (other, one))
        return any(
            manager is not None
            and member is not None
            and _at(self.managers.get(member), event) == manager
            for manager, member in pairs
        )

    def unit_before(self, member: str, moment: datetime) -> str | None:
        """The unit that a member belonged to by all that was before a moment."""
        timeline = self.units.get(member) or ()
        found = bisect_left(timeline, (moment, ""), key=_first)
        return timeline[found - 1][1] if found else None

    def current_unit(self, member: str) -> str | None:
        """The unit that a member belongs to, as far as is known."""
        known = self.units.get(member)
        return known[-1][1] if known else None

    def zone(self, member: str | None, event: Event) -> tzinfo:
        """The zone that a member lived in at an event; the book's where they never said."""
        name = _at(self.zones.get(member), event) if member is not None else None
        return self.home if name is None else zone_named(name)

    def current_zone(self, member: str) -> tzinfo:
        """The zone that a member lives in, as far as is known."""
        known = self.zones.get(member)
        return zone_named(known[-1][1]) if known else self.home

    def is_listed(self, member: str) -> bool:
        """Whether a member may be shown on leaderboards: what they said last decides, and nobody who was forgotten is."""
        if member.startswith(FORGOTTEN):
            return False
        known = self.listings.get(member)
        return not known or known[-1][1] == str(True)

    def is_there(self, member: str, until: datetime | None = None) -> bool:
        """Whether a member is there by all that was before a moment, or by all that is known: unless they left, and didn't join again."""
        known = self.presence.get(member) or ()
        found = len(known) if until is None else bisect_left(known, (until, ""), key=_first)
        return not found or known[found - 1][1] != GONE

    def there(self, members: Iterable[str], until: datetime | None = None) -> list[str]:
        """Of some members those that are there by all that was before a moment, or by all that is known."""
        return [each for each in members if self.is_there(each, until)]

    def prefetch_creators(self, objects: Iterable[str]) -> None:
        """Have at hand who created some objects."""

    def prefetch_profiles(self, members: Iterable[str]) -> None:
        """Have at hand in which zones some members lived, and to which units they belonged."""

    def listed(self, members: Iterable[str]) -> list[str]:
        """Of some members those that may be shown on leaderboards."""
        return [each for each in members if self.is_listed(each)]

    def mentor(self, member: str | None, event: Event) -> str | None:
        """Who mentored a member at an event: of those active, the one that started last."""
        return self._mentoring(member, event)[0]

    def former(self, member: str | None, event: Event) -> tuple[str, timedelta] | tuple[None, None]:
        """Whose mentoring of a member ended last before an event, and hasn't begun again; and how long ago."""
        _, former, ended = self._mentoring(member, event)
        return (former, event.occurred_at - ended) if former and ended else (None, None)

    def _mentoring(self, member: str | None, event: Event) -> Mentored:
        said = self.mentors.get(member) if member is not None else None
        if not said:
            return NOBODY
        known = self._courses.get(str(member))
        if known is None or known[0] is not said or len(known[1]) != len(said):
            known = self._courses[str(member)] = (said, list(mentoring_timeline(said, str(member))))
        found = bisect_right(said, order_of(event), key=_first)
        return known[1][found - 1] if found else NOBODY

    def holder(self, kind: HolderKind, name: str) -> Holder:
        """The holder of a name: one object for each, since there are many activities of each."""
        found = self.holders.get((kind, name))
        if found is None:
            found = self.holders[kind, name] = Holder(kind, name)
        return found

    def inheritance(self, name: str) -> Inheritance:
        """The community and topics that an object passes on: its own, or those of the nearest one up the replies.

        What was found is kept for each object on the way, so that a long conversation is walked only once; but in a
        circle of replies it depends on where one begins, so it is kept only up to where the way comes into it.
        """
        if (known := self.inherited.get(name)) is not None:
            return known
        first = self.creator(name)
        if first is None:
            return None, ()
        above = self._inheritance_at_once(first.in_reply_to)
        if above is not None:  # as of most
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
        """What an object passes on (no object, nothing), where that is known or it is no reply itself."""
        if name is None:
            return None, ()
        known = self.inherited.get(name)
        if known is None and (made := self.creator(name)) is not None and made.in_reply_to is None:
            known = self.inherited[name] = (made.community, made.topics)
        return known

    def community_and_topics(self, event: Event) -> Inheritance:
        """The community and topics of an event: its own, or those that what it acts on passes on."""
        community, topics, thing = event.community, event.topics, self.acted_on(event)
        if thing is None or (community is not None and topics):
            return community, topics
        passed = self.inheritance(thing)
        return passed[0] if community is None else community, topics or passed[1]

    def forget_inheritance(self, name: str) -> None:
        """Forget what an object passes on, as something up its replies has changed."""
        self.inherited.pop(name, None)

    def creator_chain(self, name: str | None) -> Iterator[Event]:
        """The creators of an object, of what it replies to, and so on, each object once."""
        seen: set[str] = set()
        while name is not None and name not in seen:
            seen.add(name)
            creator = self.creator(name)
            if creator is None:
                return
            yield creator
            name = creator.in_reply_to

    def acted_on(self, event: Event) -> str | None:
        """The object that an event acts on, as its type says; there are many to be asked."""
        return event.in_reply_to if event.type in self.creating else event.object

    def recipient(self, event: Event) -> str | None:
        """Whom an event is for: the member that it names, or the author of what it acts on."""
        if event.recipient is not None:
            return event.recipient
        thing = self.acted_on(event)
        creator = self.creator(thing) if thing is not None else None
        return None if creator is None else creator.actor

    def person(self, event: Event, slot: Slot) -> str | None:
        """The other person behind what an event credits in a slot: whoever is helped, or else whoever acted."""
        _, role, merit = slot
        if role == "actor" or (
            role in MENTORS and (merit or self.book.types[event.type].merit) == "recipient"
        ):
            return self.recipient(event)
        return event.actor


def _at(timeline: Timeline | None, event: Event) -> str | None:
    """The value at an event, the event included."""
    if not timeline:
        return None
    place = (event.occurred_at, event.id)
    if timeline[-1][0] <= place:
        return timeline[-1][1]
    found = bisect_right(timeline, place, key=_first)
    return timeline[found - 1][1] if found else None


def _first(item: tuple[Order, object] | tuple[Order, object, object]) -> Order:
    return item[0]


def _remove(timelines: dict, key: str, event: Event) -> None:  # type: ignore[type-arg]
    timeline = timelines[key]
    del timeline[bisect_left(timeline, order_of(event), key=_first)]
    if not timeline:
        del timelines[key]


def members_in(related: Related) -> list[str]:
    """The members on whose profile or mentor an event may depend: behind its activities, and in its roles."""
    found = [a.holder.id for a in related.activities if a.holder.kind == "member"]
    roles = (related.event.actor, related.recipient, *related.between)
    return list(dict.fromkeys([*found, *(member for member in roles if member is not None)]))
