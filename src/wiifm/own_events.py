"""Events that an engine makes itself: those that retract an event, and those by which time advances."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from wiifm.arguments import check_moment, id_of, member_of
from wiifm.event_types import EventType
from wiifm.events import LONGEST_NAME, Event, Value, text_fault
from wiifm.faults import Fault, InvalidEvent, InvalidInput, short
from wiifm.ledger import Holder
from wiifm.memory import Memory
from wiifm.rulebook.book import RuleBook

ADVANCED = "time.advanced"
"""The event type by which time advances, unless a book has only others."""


def retraction(
    memory: Memory, event: str | Event, at: datetime, actor: str | Holder | None
) -> Event:
    """The event that retracts another one: the retraction that was recorded before, if there is one, or a new one.

    Raises:
        InvalidEvent: the rule book has no event type that retracts, or the id isn't valid.
        InvalidInput: the actor is the holder of a unit or a community.
    """
    event = id_of(event)
    by = member_of("actor", actor) if isinstance(actor, Holder) else actor
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
    return Event(id=name, type=kind, occurred_at=at, actor=by, retracts=event)


def _retraction_id(memory: Memory, event: str) -> str:
    """``retract:`` and the event's id; or the SHA-256 of the id if that is taken or too long."""
    plain = f"retract:{event}"
    if len(plain) <= LONGEST_NAME and plain not in memory.log.events:
        return plain
    return f"retract:{hashlib.sha256(event.encode()).hexdigest()}"


def advance(memory: Memory, to: datetime, data: Mapping[str, Value]) -> Event:
    """The event that advances time to a moment. The same moment gives the same event again, unless that was retracted.

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
