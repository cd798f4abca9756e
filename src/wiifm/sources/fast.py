"""The quick way to read a line, by msgspec (extra ``fast``): what it isn't sure of is left to the careful way.

So both ways read the same events and tell the same faults: this one answers only for a line in which each key is known and
stands once, no value is null, and all is as an event must be, and it never tells a fault itself. msgspec checks that while it decodes, by the
types of :class:`_Said`. What it passes over is found by counting: each text of the event stands between two quotes of the
line, so a line with more quotes than that says something else, such as a key twice or one that isn't an event's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated

from wiifm.events import (
    LARGEST_INTEGER,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_FIELDS,
    MOST_TOPICS,
    NO_DATA,
    YEARS,
    Event,
    Value,
    unchecked,
)

try:
    import msgspec
    from msgspec import Meta
except ModuleNotFoundError:  # the extra isn't installed: lines are read the careful way
    quickly: Callable[[bytes], Event | None] = lambda raw: None  # noqa: E731
else:
    _Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    _Names = Annotated[tuple[_Name, ...], Meta(max_length=MOST_TOPICS)]
    _Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
    _Integer = Annotated[int, Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
    _Data = Annotated[
        dict[_Name, _Text | _Integer | float | bool | _Names], Meta(max_length=MOST_FIELDS)
    ]

    class _Said(msgspec.Struct, gc=False):
        """What a line says of an event, each value within the bounds that ``Event`` sets."""

        id: _Name
        type: _Name
        occurred_at: str
        actor: _Name | None = None
        object: _Name | None = None
        recipient: _Name | None = None
        in_reply_to: _Name | None = None
        community: _Name | None = None
        topics: _Names = ()
        data: _Data | None = None
        retracts: _Name | None = None

    _decode = msgspec.json.Decoder(_Said).decode
    _moment = datetime.fromisoformat

    def quickly(raw: bytes) -> Event | None:
        """The event that a line says, if it is plain; None for one to look at closely.

        >>> quickly(b'{"id": "e1", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}').id
        'e1'
        >>> quickly(b'{"id": "e1", "id": "e2", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}')
        """
        try:
            said = _decode(raw)
            at = _moment(said.occurred_at)
            if at.tzinfo is not UTC:
                if at.tzinfo is None:
                    return None
                at = at.astimezone(UTC)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
            return None
        if raw.count(b'"') != _quotes(said) or at.year not in YEARS:
            return None
        if b"\\u00" in raw and (b"\\u0000" in raw or b"\\u0022" in raw):
            return None  # a text with a NUL is none; a quote that is written so isn't counted
        return _event(said, at)

    def _event(said: _Said, at: datetime) -> Event:
        """The event without another look at what msgspec has checked."""
        return unchecked(
            said.id,
            said.type,
            at,
            said.actor,
            said.object,
            said.recipient,
            said.in_reply_to,
            said.community,
            tuple(dict.fromkeys(said.topics)) if said.topics else (),
            MappingProxyType(said.data) if said.data else NO_DATA,
            said.retracts,
        )

    def _quotes(said: _Said) -> int:
        """How many quotes a line has that says just this, each key once and none of them null or empty."""
        quotes = 12 + 4 * (
            (said.actor is not None)
            + (said.object is not None)
            + (said.recipient is not None)
            + (said.in_reply_to is not None)
            + (said.community is not None)
            + (said.retracts is not None)
        )
        if said.topics:
            quotes += 2 + 2 * len(said.topics)
        if said.data:
            quotes += 2 + _quotes_of_data(said.data)
        return quotes

    def _quotes_of_data(data: Mapping[str, Value]) -> int:
        """The same for data."""
        quotes = 2 * len(data)
        for value in data.values():
            if isinstance(value, str):
                quotes += 2 + value.count('"')
            elif isinstance(value, tuple):
                quotes += 2 * len(value)
        return quotes
