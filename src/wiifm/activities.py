"""What an event becomes on its way: related to people, then an activity of each whom it may credit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import define

from wiifm.events import Event
from wiifm.ledger import Holder
from wiifm.rules import Role

Order: TypeAlias = tuple[datetime, str]
"""Where an event stands: by time, then by id."""

State: TypeAlias = Literal["live", "pending", "void"]


@define(eq=True)
class Related:
    """An event with who is behind it, as the relate fold found out.

    ``target`` is the object that it acts on, or else the one of its own. ``topics`` and
    ``community`` are its own, or inherited from what it replies to.
    """

    event: Event
    state: State
    why: str
    recipient: str | None
    target: str | None
    object_type: str | None
    community: str | None
    topics: tuple[str, ...]


@define(eq=True)
class Activity:
    """One event as one holder sees it: the item that the reward fold folds.

    ``person`` is the other person: whoever is helped, or else whoever acted. ``local`` is the time
    in the holder's zone, ``unit`` that of the member whose merit it is. ``places`` holds, for
    each gated rule that it may claim, its place at the gate, or 0 where the gate was shut.
    """

    related: Related
    role: Role
    holder: Holder
    rank: int
    unit: str | None
    holder_unit: str | None
    person: str | None
    is_self: bool
    local: datetime
    places: dict[str, int] | None = None

    @property
    def event(self) -> Event:
        """The event itself."""
        return self.related.event

    @property
    def data(self) -> object:
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
