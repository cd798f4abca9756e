"""A fast parser for the usual lines of JSON, with msgspec (extra ``fast``). It leaves all other lines to the parser in :mod:`wiifm.sources.jsonl`.

So results don't depend on the extra. This parser accepts only lines in which every key is known and appears once, no value is null, and
every value is valid. It reports no faults itself. msgspec checks types and bounds while it decodes, by the fields of :class:`_RawEvent`. It ignores
repeated and unknown keys; these are detected by counting: each text of the event stands between two quotes of the line, so a line with more
quotes than that contains something else.
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
except ModuleNotFoundError:  # the extra isn't installed: every line is left to the other parser
    quickly: Callable[[bytes], Event | None] = lambda raw: None  # noqa: E731
else:
    _Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    _Names = Annotated[tuple[_Name, ...], Meta(max_length=MOST_TOPICS)]
    _Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
    _Integer = Annotated[int, Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
    _Data = Annotated[
        dict[_Name, _Text | _Integer | float | bool | _Names], Meta(max_length=MOST_FIELDS)
    ]

    class _RawEvent(msgspec.Struct, gc=False):
        """The fields of an event as they are in a line, within the bounds of ``Event``."""

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

    _decode = msgspec.json.Decoder(_RawEvent).decode
    _moment = datetime.fromisoformat

    def quickly(raw: bytes) -> Event | None:
        """The event in a line, or None if the other parser has to read it.

        >>> quickly(b'{"id": "e1", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}').id
        'e1'
        >>> quickly(b'{"id": "e1", "id": "e2", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}')
        """
        try:
            raw_event = _decode(raw)
            at = _moment(raw_event.occurred_at)
            if at.tzinfo is not UTC:
                if at.tzinfo is None:
                    return None
                at = at.astimezone(UTC)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
            return None
        if raw.count(b'"') != _quotes(raw_event) or at.year not in YEARS:
            return None
        if b"\\u00" in raw and (b"\\u0000" in raw or b"\\u0022" in raw):
            return None  # texts must not contain NUL, and an escaped quote isn't counted
        return _event(raw_event, at)

    def _event(raw_event: _RawEvent, at: datetime) -> Event:
        """The event, without repeating the checks that msgspec did."""
        return unchecked(
            raw_event.id,
            raw_event.type,
            at,
            raw_event.actor,
            raw_event.object,
            raw_event.recipient,
            raw_event.in_reply_to,
            raw_event.community,
            tuple(dict.fromkeys(raw_event.topics)) if raw_event.topics else (),
            MappingProxyType(raw_event.data) if raw_event.data else NO_DATA,
            raw_event.retracts,
        )

    def _quotes(raw_event: _RawEvent) -> int:
        """How many quotes a line has that contains just this event: each key once, and no value null or empty."""
        quotes = 12 + 4 * (
            (raw_event.actor is not None)
            + (raw_event.object is not None)
            + (raw_event.recipient is not None)
            + (raw_event.in_reply_to is not None)
            + (raw_event.community is not None)
            + (raw_event.retracts is not None)
        )
        if raw_event.topics:
            quotes += 2 + 2 * len(raw_event.topics)
        if raw_event.data:
            quotes += 2 + _quotes_of_data(raw_event.data)
        return quotes

    def _quotes_of_data(data: Mapping[str, Value]) -> int:
        """How many quotes the keys and values of the data have."""
        quotes = 2 * len(data)
        for value in data.values():
            if isinstance(value, str):
                quotes += 2 + value.count('"')
            elif isinstance(value, tuple):
                quotes += 2 * len(value)
        return quotes
