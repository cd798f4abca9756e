"""What an event becomes on its way: an activity of each whom it may credit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from attrs import field, fields, frozen

from wiifm.events import Event, Value
from wiifm.ledger import Holder
from wiifm.rules import Role

Order: TypeAlias = tuple[datetime, str]
"""Where an event stands: by time, then by id."""

Slot: TypeAlias = tuple[str, Role, str]
"""An event type, a role, and for mentor and unit whose they are: the actor's or the recipient's."""


BEGINNING: Order = (datetime(1, 1, 1, tzinfo=UTC), "")
"""Before all events."""


def order_of(event: Event) -> Order:
    """Where an event stands."""
    return (event.occurred_at, event.id)


def within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    """Whether a moment lies in a time; ``since`` does, ``until`` no longer."""
    return (since is None or moment >= since) and (until is None or moment < until)


def _by_the_clock(local: datetime) -> datetime:
    """A moment by its wall clock: aware ones compare equal in different zones, and must not here."""
    return local.replace(tzinfo=None)


@frozen(weakref_slot=False)
class Activity:
    """One event as one holder sees it, with who is behind it: what rules, measures and tests are asked about.

    ``target`` is the object that the event acts on, or else the one of its own. ``topics`` and ``community``
    are its own, or inherited from what it replies to. ``person`` is the other person: whoever is helped, or
    else whoever acted. ``local`` is the time in the holder's zone, ``unit`` that of the member whose merit it
    is, ``holder_unit`` the holder's own. ``actor_day`` is the ordinal of the day in the actor's zone, ``reporting`` whether actor or recipient manages the
    other one, as far as a rule asks for it. ``ended`` is how long ago the mentoring of a former mentor ended.

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
    reporting: bool
    ended: timedelta | None = None

    @property
    def role(self) -> Role:
        """The role in which the holder is credited."""
        return self.slot[1]

    @property
    def data(self) -> Mapping[str, Value]:
        """The fields of the event's data."""
        return self.event.data

    @property
    def order(self) -> tuple[datetime, str, int]:
        """Where it stands in the history of its holder."""
        return (self.event.occurred_at, self.event.id, self.rank)


class _Draft:
    """An activity whose fields are still to be set, which takes a third of the time that it takes where they are frozen."""

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
    reporting: bool,
    ended: timedelta | None = None,
) -> Activity:
    """An activity of what the relate fold found out: its fields are set as its own ``__init__`` would."""
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
    activity.reporting = reporting
    activity.ended = ended
    activity.__class__ = Activity  # which has the same slots
    return activity  # type: ignore[no-any-return]


@frozen
class Related:
    """An event with what the relate fold found out: whether it credits, why not, and whom it may credit for what."""

    event: Event
    state: Literal["live", "pending", "void"]
    why: str = ""
    recipient: str | None = None
    activities: tuple[Activity, ...] = ()
    between: tuple[str | None, ...] = ()
    """Those through whom it credits others: the mentors whose mentors are meant."""
