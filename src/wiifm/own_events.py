"""The events that an engine makes when it is asked to: that an event is taken back, that time has passed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from wiifm.arguments import check_moment
from wiifm.event_types import EventType
from wiifm.events import LONGEST_NAME, Event, Value, text_fault
from wiifm.faults import Fault, InvalidEvent, InvalidInput, short
from wiifm.memory import Memory
from wiifm.rulebook.book import RuleBook

ADVANCED = "time.advanced"
"""The type of the events by which time passes, unless a book has only others."""


def retraction(memory: Memory, event: str, at: datetime, actor: str | None) -> Event:
    """The event that takes another one back: the one that did so already, or a new one.

    Raises:
        InvalidEvent: the rule book has no event type that retracts, or no event can have such an id.
    """
    if fault := text_fault("retracts", event):
        raise InvalidEvent([fault])
    kind = next((name for name, kind in memory.book.types.items() if kind.retracts), None)
    if kind is None:
        expected = "one in the rule book, such as event.retracted"
        raise InvalidEvent([Fault("type", "no type that retracts", expected)])
    known = memory.log.retractions.get(event)
    if known:
        return known[0]
    name = _retraction_id(memory, event)
    return Event(id=name, type=kind, occurred_at=at, actor=actor, retracts=event)


def _retraction_id(memory: Memory, event: str) -> str:
    """``retract:`` and the event's id; or its SHA-256, where that is taken or would be too long."""
    plain = f"retract:{event}"
    if len(plain) <= LONGEST_NAME and plain not in memory.log.events:
        return plain
    return f"retract:{hashlib.sha256(event.encode()).hexdigest()}"


def advance(memory: Memory, to: datetime, data: Mapping[str, Value]) -> Event:
    """The event which says that time has passed; for one moment the same again, unless that was taken back.

    Raises:
        InvalidInput: the moment has no UTC offset.
        InvalidEvent: the rule book has no event type that advances time.
    """
    if not isinstance(to, datetime):
        raise InvalidInput([Fault("to", short(to), "a date and time with its UTC offset")])
    check_moment("to", to)
    kind = _advancing(memory.book).name
    name = f"time:{to.astimezone(UTC).isoformat()}"
    plain, number = name, 1
    while name in memory.log.retractions:
        number += 1
        name = f"{plain}:{number}"
    return Event(id=name, type=kind, occurred_at=to, data=dict(data))


def _advancing(book: RuleBook) -> EventType:
    found = sorted(
        (kind for kind in book.types.values() if kind.advances),
        key=lambda kind: (kind.name != ADVANCED, kind.name),
    )
    if not found:
        expected = "one in the rule book, such as time.advanced"
        raise InvalidEvent([Fault("type", "no type that advances time", expected)])
    return found[0]
