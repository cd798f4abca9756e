"""The first fold: who is behind what.

Events in; for each, who acted, who is helped, what it is about, and the activities of those whom it may
credit out. ``Relations`` holds what the live events have said so far: who created which object,
who belongs to which unit and lives in which zone, who mentors whom. Learning an event tells which
subjects changed, and from when on; whoever depends on a subject is related again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from attrs import define, field

from wiifm.activities import Activity, Order, Related, Slot
from wiifm.event_types import EventType
from wiifm.events import Event
from wiifm.ledger import Holder, HolderKind
from wiifm.program import Program
from wiifm.program.slots import rank
from wiifm.rules import HOLDERS

Subject: TypeAlias = tuple[str, str]
"""What others depend on: ("object", id) or ("member", id)."""

Inheritance: TypeAlias = tuple[str | None, tuple[str, ...]]
"""The community and the topics that an object passes on to those in reply to it."""

PROFILE = ("unit", "manager", "zone")


def order_of(event: Event) -> Order:
    """Where an event stands."""
    return (event.occurred_at, event.id)


def _no_profiles() -> dict[str, dict[str, list[tuple[Order, str]]]]:
    return {key: {} for key in PROFILE}


@define
class Relations:
    """What the live events say about objects and members.

    ``creators`` lists for each object the events that create it, in order; ``profiles`` for each
    key and member the values it took and when; ``mentors`` for each member who began or ended mentoring
    them, and when.
    """

    program: Program
    creators: dict[str, list[tuple[Order, Event]]] = field(factory=dict)
    profiles: dict[str, dict[str, list[tuple[Order, str]]]] = field(factory=_no_profiles)
    mentors: dict[str, list[tuple[Order, str, bool]]] = field(factory=dict)
    home: ZoneInfo = field(init=False)
    holders: dict[tuple[str, str], Holder] = field(factory=dict)
    inherited: dict[str, Inheritance] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.home = ZoneInfo(self.program.book.zone)

    def subject(self, event: Event) -> Subject | None:
        """The subject that an event says something about, if any."""
        kind = self.program.book.types[event.type]
        if kind.creates:
            return ("object", str(event.object))
        if kind.relates:
            return ("member", str(event.actor if kind.relates == "profile" else event.recipient))
        return None

    def learn(self, event: Event) -> Subject | None:
        """Take in what a live event says; answers the subject that it changes, if any."""
        kind = self.program.book.types[event.type]
        if kind.creates:
            assert event.object is not None, "the engine checked it"
            insort(self.creators.setdefault(event.object, []), (order_of(event), event), key=_first)
        elif kind.relates == "profile":
            assert event.actor is not None, "the engine checked it"
            for key in PROFILE:
                if (value := event.data.get(key)) is not None:
                    timeline = self.profiles[key].setdefault(event.actor, [])
                    insort(timeline, (order_of(event), str(value)))
        elif kind.relates:
            assert event.actor is not None and event.recipient is not None, "the engine checked it"
            item = (order_of(event), event.actor, kind.relates == "mentoring starts")
            insort(self.mentors.setdefault(event.recipient, []), item)
        return self.subject(event)

    def unlearn(self, event: Event) -> Subject | None:
        """Forget what an event said, as it was retracted; answers the subject that this changes."""
        kind, order = self.program.book.types[event.type], order_of(event)
        if kind.creates:
            _remove(self.creators, event.object, order)
        elif kind.relates == "profile":
            for key in PROFILE:
                if key in event.data:
                    _remove(self.profiles[key], event.actor, order)
        elif kind.relates:
            _remove(self.mentors, event.recipient, order)
        return self.subject(event)

    def creator(self, thing: str | None) -> Event | None:
        """The event that created an object, or None while nobody knows."""
        found = self.creators.get(thing) if thing is not None else None
        return found[0][1] if found else None

    def profile(self, member: str | None, key: str, at: Order) -> str | None:
        """What a member's profile said under a key at a place in the order, the event there included."""
        timeline = self.profiles[key].get(member) if member is not None else None
        if not timeline:
            return None
        found = bisect_right(timeline, at, key=_first)
        return timeline[found - 1][1] if found else None

    def mentor(self, member: str | None, at: Order) -> str | None:
        """Who mentored a member at a place in the order: of those active, the one that started last."""
        active: dict[str, None] = {}
        for order, mentor, starts in self.mentors.get(member, ()) if member is not None else ():
            if order > at:
                break
            active.pop(mentor, None)
            if starts:
                active[mentor] = None
        return next(reversed(active), None)

    def forget(self, thing: str) -> None:
        """Forget what an object passes on, as something up its replies has changed."""
        self.inherited.pop(thing, None)

    def zone(self, member: str | None, at: Order) -> ZoneInfo:
        """The zone that a member lived in; the book's where they never said."""
        name = self.profile(member, "zone", at)
        return self.home if name is None else ZoneInfo(name)

    def holder(self, kind: HolderKind, name: str) -> Holder:
        """The holder of a name: one object for each, since there are many activities of each."""
        found = self.holders.get((kind, name))
        if found is None:
            found = self.holders[kind, name] = Holder(kind, name)
        return found


def _first(item: tuple[Order, object] | tuple[Order, object, object]) -> Order:
    return item[0]


def _remove(timelines: dict, key: object, order: Order) -> None:  # type: ignore[type-arg]
    timeline = timelines[key]
    del timeline[bisect_left(timeline, order, key=_first)]
    if not timeline:
        del timelines[key]


def relate(relations: Relations, event: Event) -> Related:
    """Who is behind a live event, as far as it is known."""
    kind = relations.program.book.types[event.type]
    acted_on = event.in_reply_to if kind.creates else event.object
    made = relations.creator(acted_on)
    if kind.creates:
        first = relations.creator(event.object)
        if first is not None and order_of(first) < order_of(event):
            return Related(
                event, "void", f"{event.object} was created before, by the event {first.id}"
            )
    elif kind.acts_on and made is None and acted_on is not None and event.recipient is None:
        return Related(event, "pending", f"nobody knows yet who created {acted_on}")
    object_type = kind.creates
    if made is not None:
        object_type = relations.program.book.types[made.type].creates
        if kind.acts_on and "any" not in kind.acts_on and object_type not in kind.acts_on:
            wanted = " or ".join(kind.acts_on)
            return Related(
                event, "void", f"{event.type} acts on {wanted}, but {acted_on} is a {object_type}"
            )
    community, topics = _inherited(relations, acted_on)
    return Related(
        event=event,
        state="live",
        recipient=event.recipient or (made.actor if made else None),
        target=acted_on or event.object,
        object_type=object_type if made is not None or acted_on is None else None,
        community=community if event.community is None else event.community,
        topics=event.topics or topics,
        actor_day=_actor_day(relations, event),
    )


def _inherited(relations: Relations, thing: str | None) -> Inheritance:
    """The community and topics that an object passes on: its own, or those of the nearest one up the replies.

    What was found is kept for each object on the way, so that a long conversation is walked only once; in a
    circle of replies it depends on where one begins, so nothing is kept.
    """
    path: list[Event] = []
    passed: Inheritance = (None, ())
    for made in chain(relations, thing):
        known = relations.inherited.get(str(made.object))
        if known is not None:
            passed = known
            break
        path.append(made)
    circular = bool(path) and path[-1].in_reply_to in {made.object for made in path}
    for made in reversed(path):
        passed = (passed[0] if made.community is None else made.community, made.topics or passed[1])
        if not circular:
            relations.inherited[str(made.object)] = passed
    return passed


def chain(relations: Relations, thing: str | None) -> Iterator[Event]:
    """The creators of an object, of what it replies to, and so on, each object once."""
    seen: set[str] = set()
    while thing is not None and thing not in seen:
        seen.add(thing)
        made = relations.creator(thing)
        if made is None:
            return
        yield made
        thing = made.in_reply_to


def subjects(relations: Relations, related: Related, found: tuple[Activity, ...]) -> set[Subject]:
    """What an event depends on: its own objects, and the members in its roles and behind its activities.

    On objects further up the replies it depends through the events that created those between.
    """
    event = related.event
    objects = (event.object, event.in_reply_to) if _creates(relations, event) else (event.object,)
    members = (
        event.actor,
        related.recipient,
        *(a.holder.id for a in found if a.holder.kind == "member"),
    )
    depends: set[Subject] = {("object", thing) for thing in objects if thing is not None}
    return depends | {("member", member) for member in members if member is not None}


def _creates(relations: Relations, event: Event) -> bool:
    return relations.program.book.types[event.type].creates is not None


def _actor_day(relations: Relations, event: Event) -> int:
    if event.type not in relations.program.gated:
        return 0
    zone = relations.zone(event.actor, order_of(event))
    return event.occurred_at.astimezone(zone).toordinal()


def activities(relations: Relations, related: Related) -> tuple[Activity, ...]:
    """The activities of an event: one for each role that the book asks for and that somebody has."""
    if related.state != "live":
        return ()
    slots = relations.program.slots.get(related.event.type, ())
    found = (_activity(relations, related, slot) for slot in slots)
    return tuple(activity for activity in found if activity is not None)


def _activity(relations: Relations, related: Related, slot: Slot) -> Activity | None:
    event, (_, role, of) = related.event, slot
    at = order_of(event)
    kind: EventType = relations.program.book.types[event.type]
    merit = related.recipient if (of or kind.merit) == "recipient" else event.actor
    unit = relations.profile(merit, "unit", at)
    actor, person = event.actor, event.actor
    holder: str | None
    match role:
        case "actor":
            holder, person = actor, related.recipient
        case "recipient":
            holder = related.recipient
        case "mentor":
            holder, person = relations.mentor(merit, at), merit
        case "unit":
            holder = unit
        case _:
            holder = related.community
    if holder is None:
        return None
    return Activity(
        related=related,
        slot=slot,
        rank=rank(slot),
        holder=relations.holder(HOLDERS[role], holder),
        unit=unit,
        holder_unit=_unit_of(relations, HOLDERS[role], holder, at),
        person=person,
        is_self=actor is not None
        and (actor == related.recipient or (role == "mentor" and holder == actor)),
        local=_local(relations, event.occurred_at, HOLDERS[role], holder, at),
    )


def _unit_of(relations: Relations, kind: str, holder: str, at: Order) -> str | None:
    if kind == "member":
        return relations.profile(holder, "unit", at)
    return holder if kind == "unit" else None


def _local(relations: Relations, moment: datetime, kind: str, holder: str, at: Order) -> datetime:
    zone = relations.zone(holder if kind == "member" else None, at)
    return moment.astimezone(zone)
