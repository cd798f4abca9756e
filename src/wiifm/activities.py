"""What an event becomes on its way: related to people, then an activity of each whom it may credit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import define, field

from wiifm.events import Event, Value
from wiifm.ledger import Holder
from wiifm.rules import Role

Order: TypeAlias = tuple[datetime, str]
"""Where an event stands: by time, then by id."""

State: TypeAlias = Literal["live", "pending", "void"]


Slot: TypeAlias = tuple[str, Role, str]
"""An event type, a role, and for mentor and unit whose they are: the actor's or the recipient's."""


@define(eq=True)
class Related:
    """An event with who is behind it, as the relate fold found out.

    ``target`` is the object that it acts on, or else the one of its own. ``topics`` and
    ``community`` are its own, or inherited from what it replies to. ``actor_day`` is the ordinal
    of the day in the actor's zone (in the book's, where the actor is hidden).
    """

    event: Event
    state: State
    why: str = ""
    recipient: str | None = None
    target: str | None = None
    object_type: str | None = None
    community: str | None = None
    topics: tuple[str, ...] = ()
    actor_day: int = 0


def _by_the_clock(local: datetime) -> datetime:
    """A moment by its wall clock: aware ones compare equal in different zones, and must not here."""
    return local.replace(tzinfo=None)


@define(eq=True)
class Activity:
    """One event as one holder sees it: the item that the reward fold folds.

    ``person`` is the other person: whoever is helped, or else whoever acted. ``local`` is the time
    in the holder's zone, ``unit`` that of the member whose merit it is, ``holder_unit`` the
    holder's own. ``places`` holds, for each gated rule that claimed, its place at the gate, or 0 where
    the gate was shut.
    """

    related: Related
    slot: Slot
    rank: int
    holder: Holder
    unit: str | None
    holder_unit: str | None
    person: str | None
    is_self: bool
    local: datetime = field(eq=_by_the_clock)
    places: dict[str, int] | None = None

    @property
    def role(self) -> Role:
        """The role in which the holder is credited."""
        return self.slot[1]

    @property
    def event(self) -> Event:
        """The event itself."""
        return self.related.event

    @property
    def data(self) -> Mapping[str, Value]:
        """The fields of the event's data."""
        return self.related.event.data

    @property
    def order(self) -> tuple[datetime, str, int]:
        """Where it stands in the history of its holder."""
        event = self.related.event
        return (event.occurred_at, event.id, self.rank)


SOURCES = {
    "id": "a.related.event.id",
    "type": "a.related.event.type",
    "actor": "a.related.event.actor",
    "object": "a.related.event.object",
    "in_reply_to": "a.related.event.in_reply_to",
    "recipient": "a.related.recipient",
    "community": "a.related.community",
    "topics": "a.related.topics",
    "object_type": "a.related.object_type",
    "unit": "a.unit",
    "hour": "a.local.hour",
    "weekday": "a.local.isoweekday()",
    "day": "a.local.day",
    "month": "a.local.month",
}
"""How generated code reads each name of an expression from an activity ``a``."""


def source(name: str) -> str:
    """The source that reads a name from an activity ``a``: the envelope, or a field of its data.

    >>> source("hour"), source("score")
    ('a.local.hour', "a.related.event.data.get('score')")
    """
    return SOURCES.get(name) or f"a.related.event.data.get({name!r})"
