"""The quick way to read a line, by msgspec (extra ``fast``): what it isn't sure of is left to the other way.

So both ways read the same events and tell the same faults, by construction: this one only ever answers for a line in which
every key is known and stands once, no value of its data is null or a fraction, and all is as it should be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from types import MappingProxyType

from wiifm.events import Event
from wiifm.faults import InvalidEvent

try:
    import msgspec
except ModuleNotFoundError:  # the extra isn't installed: lines are read the other way
    quickly: Callable[[bytes], Event | None] = lambda raw: None  # noqa: E731
else:
    _DOUBTFUL = re.compile(rb'\.\d{7}|z"').search
    """Moments that the two ways read differently: finer than a microsecond, or with a small z for UTC."""

    _decode = msgspec.json.Decoder(Event).decode

    def quickly(raw: bytes) -> Event | None:
        """The event that a line says, if it is plain; None for one to look at closely.

        >>> quickly(b'{"id": "e1", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}').id
        'e1'
        >>> quickly(b'{"id": "e1", "id": "e2", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}')
        """
        try:
            event = _decode(raw)
        except (msgspec.MsgspecError, InvalidEvent, UnicodeDecodeError, RecursionError):
            return None
        at = event.occurred_at
        if raw.count(b'":') != _keys(event) or _DOUBTFUL(raw) or not 1900 < at.year < 2999:
            return None
        if (
            at.tzinfo is not UTC
        ):  # msgspec fills the fields in by itself, so what Event converts is converted here
            object.__setattr__(event, "occurred_at", at.astimezone(UTC))
        if event.data:
            object.__setattr__(event, "data", MappingProxyType(event.data))
        return event

    def _keys(event: Event) -> int:
        """How many keys stand in a line in which each is known, stands once, and is neither null nor empty."""
        keys = (
            3
            + (event.actor is not None)
            + (event.object is not None)
            + (event.recipient is not None)
            + (event.in_reply_to is not None)
            + (event.community is not None)
            + (event.retracts is not None)
            + (event.topics != ())
        )
        if event.topics and len(set(event.topics)) < len(event.topics):
            return 0
        if event.data:
            if float in map(type, event.data.values()):
                return 0  # an integer too large for it may have become one
            keys += 1 + len(event.data)
        return keys
