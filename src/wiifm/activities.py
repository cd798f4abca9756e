"""Activities: what the relate fold makes of an event, one for each holder that it may credit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from operator import lt
from typing import Any, Literal, NamedTuple, TypeAlias

from attrs import field, fields, frozen

from wiifm.events import Event
from wiifm.ledger import Holder, Role

Order: TypeAlias = tuple[datetime, str]
"""The position of an event in the order: its time, then its id."""

Slot: TypeAlias = tuple[str, Role, str]
"""An event type and a role. For mentors and units also whose they are: "actor" or "recipient"; otherwise ""."""


BEGINNING: Order = (datetime(1, 1, 1, tzinfo=UTC), "")
"""The position before all events."""


def order_of(event: Event) -> Order:
    """The position of an event in the order."""
    return (event.occurred_at, event.id)


def in_order(events: list[Event]) -> list[Event]:
    """Events sorted by ``(occurred_at, id)``. Most batches are, so that is checked first."""
    moments = [event.occurred_at for event in events]
    if all(map(lt, moments, moments[1:])):
        return events
    return sorted(events, key=order_of)


def within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    """Whether a moment lies in ``since <= moment < until``; None is no bound."""
    return (since is None or moment >= since) and (until is None or moment < until)


def _by_the_clock(local: datetime) -> tuple[datetime, str]:
    """A local time by its wall clock and time zone. Aware ones compare equal across zones, which activities must not."""
    return local.replace(tzinfo=None), str(local.tzinfo)


def are_across(one: str | None, other: str | None) -> bool:
    """Whether two units are known, and not the same."""
    return one is not None and other is not None and one != other


class Parties(NamedTuple):
    """What is known of the actor and the recipient of an event, as far as the rule book asks for it.

    ``actor_unit`` and ``recipient_unit`` are their units, None for members without one; ``reporting`` is whether one of them manages the other.
    """

    actor_unit: str | None = None
    recipient_unit: str | None = None
    reporting: bool = False

    @property
    def across_units(self) -> bool:
        """Whether each belongs to a unit, and not to the same one.

        >>> Parties("Lab", "Sales").across_units, Parties("Lab", "Lab").across_units, Parties("Lab").across_units
        (True, False, False)
        """
        return are_across(self.actor_unit, self.recipient_unit)


NOTHING_ASKED = Parties()


@frozen(weakref_slot=False)
class Activity:
    """One event as one holder sees it: what rules, measures and tests are asked about.

    Attributes:
        event: the event.
        slot: the event type and the role in which the holder is credited.
        rank: the order of the roles of one event.
        holder: the member, unit or community that is credited.
        recipient: the member that the event is for: the one it names, or the author of what it acts on.
        target: the object that the event acts on, or else the one that it creates.
        object_type: the type of ``target``.
        community, topics: the event's own, or those inherited from what it acts on.
        unit: the unit of the member whose merit the event is.
        holder_unit: the holder's own unit.
        person: the other person: whoever is helped, or else whoever acted.
        is_self: whether it would credit members for their own doing.
        local: the time in the holder's zone.
        actor_day: the ordinal of the day in the actor's zone, if the event makes claims at gates, else 0.
        parties: what the book asks about actor and recipient.
        ended: how long ago the mentoring ended, if the holder is a former mentor.

    >>> def thorough(activity: Activity) -> bool:
    ...     return activity.role == "recipient" and activity.data["comments"] >= 2
    """

    event: Event
    slot: Slot
    rank: int
    holder: Holder
    recipient: str | None
    target: str | None
    object_type: str | None
    community: str | None
    topics: tuple[str, ...]
    unit: str | None
    holder_unit: str | None
    person: str | None
    is_self: bool
    local: datetime = field(eq=_by_the_clock)
    actor_day: int
    parties: Parties
    ended: timedelta | None = None

    @property
    def role(self) -> Role:
        """The role in which the holder is credited."""
        return self.slot[1]

    @property
    def data(self) -> Mapping[str, Any]:
        """The data of the event, each value of the kind that the event type declares."""
        return self.event.data

    @property
    def order(self) -> tuple[datetime, str, int]:
        """The position in the history of its holder."""
        return (self.event.occurred_at, self.event.id, self.rank)


class _Draft:
    """The slots of an activity, not frozen: setting them takes a third of the time."""

    __slots__ = tuple(each.name for each in fields(Activity))


def new_activity(
    event: Event,
    slot: Slot,
    rank: int,
    holder: Holder,
    recipient: str | None,
    target: str | None,
    object_type: str | None,
    community: str | None,
    topics: tuple[str, ...],
    unit: str | None,
    holder_unit: str | None,
    person: str | None,
    is_self: bool,
    local: datetime,
    actor_day: int,
    parties: Parties,
    ended: timedelta | None = None,
) -> Activity:
    """An activity, made like ``Activity(...)`` but faster. The engine makes very many."""
    activity: Any = _Draft()
    activity.event = event
    activity.slot = slot
    activity.rank = rank
    activity.holder = holder
    activity.recipient = recipient
    activity.target = target
    activity.object_type = object_type
    activity.community = community
    activity.topics = topics
    activity.unit = unit
    activity.holder_unit = holder_unit
    activity.person = person
    activity.is_self = is_self
    activity.local = local
    activity.actor_day = actor_day
    activity.parties = parties
    activity.ended = ended
    activity.__class__ = Activity  # which has the same slots
    return activity  # type: ignore[no-any-return]


class Related(NamedTuple):
    """What the relate fold makes of an event.

    ``state`` says whether it credits ("live"), waits for its object to be created ("pending"), or can't credit anybody
    ("void"), and ``why`` explains the last two.
    """

    event: Event
    state: Literal["live", "pending", "void"]
    why: str = ""
    recipient: str | None = None
    activities: tuple[Activity, ...] = ()
    between: tuple[str | None, ...] = ()
    """The members through whom it credits others: the mentors whose own mentors are credited."""
