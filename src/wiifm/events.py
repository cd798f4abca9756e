"""Events: what happened in the community, and what makes an event valid.

A platform sends :class:`Event` objects, or their JSON form through :func:`read_event`. ``event_types`` defines what an
event of a type means and which fields it has. ``folds.relate`` finds out whom an event concerns.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from wiifm.faults import Fault, InvalidEvent, short, unknown_key

Value: TypeAlias = str | int | float | bool | tuple[str, ...]
"""A value in the data of an event."""

LONGEST_NAME = 256
_NAME = f"a text of 1 to {LONGEST_NAME} characters"
LONGEST_TEXT = 65_536
MOST_TOPICS = 64
MOST_FIELDS = 64
LARGEST_INTEGER = 2**53
YEARS = range(1900, 3000)

ENVELOPE: dict[str, Literal["text", "texts"]] = {
    "actor": "text",
    "object": "text",
    "recipient": "text",
    "in_reply_to": "text",
    "community": "text",
    "topics": "texts",
}
"""The optional fields of the envelope that an expression may name, and their kinds."""

_NEEDED = ("id", "type", "occurred_at")
KEYS = (*_NEEDED, *ENVELOPE, "data", "retracts")
_REQUIRED, _KNOWN = frozenset(_NEEDED), frozenset(KEYS)
NO_DATA: Mapping[str, Value] = MappingProxyType({})
"""The ``data`` of every event without fields. One object for all of them, so that ``is NO_DATA`` tells."""


def is_text(value: object, most: int = LONGEST_NAME) -> bool:
    """Whether a value is a text that every store can keep: a str of 1 to ``most`` characters, without NUL and surrogates.

    >>> is_text("ann"), is_text(""), is_text("nul" + chr(0)), is_text(7)
    (True, False, False, False)
    """
    if type(value) is not str or not 0 < len(value) <= most:
        return False
    if value.isprintable():
        return True
    return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def are_plain_texts(values: Collection[object]) -> bool:
    """Whether all values are printable names: a fast check of many at once. If it is False, ask ``is_text`` about each.

    >>> are_plain_texts(["ann", "bob"]), are_plain_texts(["ann", ""]), are_plain_texts([])
    (True, False, True)
    """
    if set(map(type, values)) != {str}:
        return not values
    texts: Collection[str] = values  # type: ignore[assignment]
    lengths = set(map(len, texts))
    return min(lengths) > 0 and max(lengths) <= LONGEST_NAME and "".join(texts).isprintable()


def _in_utc(moment: datetime) -> datetime:
    if type(moment) is not datetime or moment.tzinfo is UTC or moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return moment


def _topics(value: Any) -> Any:
    if not value and type(value) is tuple:
        return value
    if type(value) in (list, tuple) and all(type(item) is str for item in value):
        return tuple(dict.fromkeys(value))
    return value


def _frozen_data(value: object) -> object:
    if value is NO_DATA:
        return value
    if not value and isinstance(value, Mapping):
        return NO_DATA
    if not isinstance(value, Mapping):
        return value
    return MappingProxyType(
        {
            key: tuple(item) if type(item) is list else item
            for key, item in value.items()
            if item is not None
        }
    )


@frozen(kw_only=True, repr=False, weakref_slot=False)
class Event:
    """One thing that happened in the community.

    ``id`` is unique: recording the same event again changes nothing. ``occurred_at`` must have a time zone, and is kept in UTC. ``actor`` is
    who did it, None if the platform hides that. ``object`` is the id of the object that was created or acted on, ``in_reply_to`` the object
    that this one replies to, and ``recipient`` the member who is thanked or helped. ``data`` holds the fields that the event type declares;
    a field that is None is left out. ``retracts`` is the id of the event that this one retracts.

    >>> from datetime import datetime, UTC
    >>> event = Event(id="e1", type="post.shared", occurred_at=datetime(2026, 5, 1, tzinfo=UTC),
    ...               actor="ann", object="p1")
    >>> event
    Event(id='e1', type='post.shared', occurred_at='2026-05-01T00:00:00+00:00', actor='ann', object='p1')

    Raises:
        InvalidEvent: the event isn't valid; with all its faults, each naming its field.
    """

    id: str
    type: str
    occurred_at: datetime = field(converter=_in_utc)
    actor: str | None = None
    object: str | None = None
    recipient: str | None = None
    in_reply_to: str | None = None
    community: str | None = None
    topics: tuple[str, ...] = field(default=(), converter=_topics)
    data: Mapping[str, Any] = field(default=NO_DATA, converter=_frozen_data, hash=False)
    retracts: str | None = None

    def __attrs_post_init__(self) -> None:
        if _is_obviously_valid(self):
            return
        faults = list(_faults(self))
        if faults:
            name = f"event {short(self.id)}" if is_text(self.id) else "an event"
            raise InvalidEvent(fault.inside(name) for fault in faults)

    def __repr__(self) -> str:
        return f"Event({', '.join(f'{k}={v!r}' for k, v in self.as_json().items())})"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Show the event on one line in Hypothesis and IPython, which would write a line for each key, set or not."""
        printer.text(repr(self))

    def __getstate__(self) -> dict[str, Any]:
        return self.as_json()

    def __setstate__(self, state: dict[str, Any]) -> None:
        twin = read_event(state)
        for key in KEYS:
            object.__setattr__(self, key, getattr(twin, key))

    def as_json(self) -> dict[str, Any]:
        """The JSON form of the event, which ``read_event`` reads, with only the keys that are set.

        >>> from datetime import datetime, UTC
        >>> Event(id="e1", type="x", occurred_at=datetime(2026, 5, 1, tzinfo=UTC)).as_json()
        {'id': 'e1', 'type': 'x', 'occurred_at': '2026-05-01T00:00:00+00:00'}
        """
        found: dict[str, Any] = {key: getattr(self, key) for key in KEYS}
        found["occurred_at"] = self.occurred_at.isoformat()
        found["topics"] = list(self.topics)
        found["data"] = {k: list(v) if isinstance(v, tuple) else v for k, v in self.data.items()}
        return {key: value for key, value in found.items() if value not in (None, [], {})}


class MutableEvent:
    """An event under construction: setting its fields takes a third of the time that a frozen class needs.

    When all are set, to values validated before, assign ``Event``, which has the same slots, to ``__class__``.
    """

    __slots__ = KEYS


def unchecked(
    id: str,
    type: str,
    occurred_at: datetime,
    actor: str | None,
    object: str | None,
    recipient: str | None,
    in_reply_to: str | None,
    community: str | None,
    topics: tuple[str, ...],
    data: Mapping[str, Value],
    retracts: str | None,
) -> Event:
    """Make an event of values that were validated before, without checking or converting them. Each must be as ``Event`` keeps it.

    >>> unchecked("e1", "x", datetime(2026, 5, 1, tzinfo=UTC), "ann", None, None, None, None, (), NO_DATA, None).actor
    'ann'
    """
    event: Any = MutableEvent()
    event.id = id
    event.type = type
    event.occurred_at = occurred_at
    event.actor = actor
    event.object = object
    event.recipient = recipient
    event.in_reply_to = in_reply_to
    event.community = community
    event.topics = topics
    event.data = data
    event.retracts = retracts
    event.__class__ = Event
    return event  # type: ignore[no-any-return]


def _is_obviously_valid(event: Event) -> bool:
    """Whether a fast check finds an event valid. It accepts nearly all valid events; ``_faults`` decides about the others."""
    for name in (event.id, event.type):
        if type(name) is not str or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            return False
    for text in (
        event.actor,
        event.object,
        event.recipient,
        event.in_reply_to,
        event.community,
        event.retracts,
    ):
        if text is not None and (
            type(text) is not str or not 0 < len(text) <= LONGEST_NAME or not text.isprintable()
        ):
            return False
    at = event.occurred_at
    if type(at) is not datetime or at.tzinfo is not UTC or at.year not in YEARS:
        return False
    data = event.data
    return _are_topics(event.topics) and (
        data is NO_DATA
        or (
            type(data) is MappingProxyType
            and len(data) <= MOST_FIELDS
            and all(map(is_text, data))
            and all(map(_is_value, data.values()))
        )
    )


def _are_topics(topics: object) -> bool:
    return type(topics) is tuple and (
        not topics or (len(topics) <= MOST_TOPICS and all(map(is_text, topics)))
    )


def _described(value: object, most: int = LONGEST_NAME) -> str:
    """An invalid value, quoted as JSON has it; a text with the reason if one can't see it in the quotation."""
    quoted = short(list(value) if type(value) is tuple else value)
    if type(value) is not str or is_text(value, most):
        return quoted
    if len(value) > most:
        return f"{quoted}, of {len(value)} characters"
    if "\0" in value:
        return f"{quoted} with NUL in it, which no store keeps"
    return (
        f"{quoted} with half of a surrogate pair in it, which is no character" if value else quoted
    )


def text_fault(where: str, found: object, most: int = LONGEST_NAME) -> Fault | None:
    """What is wrong with a name or a text from outside; None if an event may have it.

    >>> print(text_fault("topic", "tax" + chr(0)))
    topic: found 'tax\\x00' with NUL in it, which no store keeps, expected a text of 1 to 256 characters
    """
    if is_text(found, most):
        return None
    return Fault(where, _described(found, most), f"a text of 1 to {most} characters")


def _faults(event: Event) -> Iterator[Fault]:
    for key, value in (("id", event.id), ("type", event.type)):
        if fault := text_fault(key, value):
            yield fault
    optional: tuple[tuple[str, str | None], ...] = (
        ("actor", event.actor),
        ("object", event.object),
        ("recipient", event.recipient),
        ("in_reply_to", event.in_reply_to),
        ("community", event.community),
        ("retracts", event.retracts),
    )
    for key, given in optional:
        if given is not None and not is_text(given):
            yield Fault(key, _described(given), _NAME + ", or nothing at all")
    at = event.occurred_at
    if type(at) is not datetime:
        yield Fault("occurred_at", short(at), "a date and time")
    elif at.tzinfo is None:
        yield Fault(
            "occurred_at", at.isoformat(), "a UTC offset after the time, such as 'Z' or '+02:00'"
        )
    elif at.year not in YEARS:
        yield Fault("occurred_at", at.isoformat(), "a year from 1900 to 2999")
    topics = event.topics
    if not _are_topics(topics):
        yield Fault(
            "topics",
            _described(topics),
            f"a list of at most {MOST_TOPICS} texts of 1 to 256 characters",
        )
    if event.data is not NO_DATA:
        yield from _data_faults(event.data)


def _data_faults(data: object) -> Iterator[Fault]:
    if not isinstance(data, Mapping):
        yield Fault("data", short(data), "a mapping of fields")
        return
    if len(data) > MOST_FIELDS:
        yield Fault("data", f"{len(data)} fields", f"at most {MOST_FIELDS}")
    for key, value in data.items():
        if not is_text(key):
            yield Fault("data", f"the key {_described(key)}", _NAME)
        elif not _is_value(value):
            yield Fault(
                f"data.{key}",
                _described(value, LONGEST_TEXT),
                f"a text of at most {LONGEST_TEXT} characters, an integer within 2**53, a finite "
                f"number, true, false, or a list of at most {MOST_TOPICS} texts of 1 to 256 characters",
            )


def _is_value(value: object) -> bool:
    match value:
        case bool():
            return True
        case int():
            return -LARGEST_INTEGER <= value <= LARGEST_INTEGER
        case float():
            return math.isfinite(value)
        case str():
            return value == "" or is_text(value, LONGEST_TEXT)
        case tuple():
            return len(value) <= MOST_TOPICS and all(map(is_text, value))
        case _:
            return False


def read_event(found: object) -> Event:
    """Read an event from its JSON form: a mapping with keys of :class:`Event`; null is the same as a key left out.

    >>> read_event({"id": "e1", "type": "x", "occurred_at": "2026-05-01T09:00:00+02:00"}).occurred_at
    datetime.datetime(2026, 5, 1, 7, 0, tzinfo=datetime.timezone.utc)
    >>> read_event({"id": "e1", "typ": "x", "occurred_at": "2026-05-01T09:00:00Z"})
    Traceback (most recent call last):
        ...
    wiifm.faults.InvalidEvent: event 'e1', typ: found an unknown key, expected a key of an event; did you mean 'type'?
    event 'e1', type: found nothing, expected a value

    Raises:
        InvalidEvent: the mapping isn't a valid event; with all its faults.
    """
    if not isinstance(found, Mapping):
        raise InvalidEvent([Fault("an event", short(found), "an object with the keys of an event")])
    given = {key: value for key, value in found.items() if value is not None}
    moment = _moment(given.get("occurred_at"))
    if isinstance(moment, Fault) or not found.keys() <= _KNOWN or not given.keys() >= _REQUIRED:
        raise InvalidEvent(_faults_of_keys(found, given, moment))
    given["occurred_at"] = moment
    return Event(**given)


def _faults_of_keys(
    found: Mapping[Any, Any], given: Mapping[Any, Any], moment: datetime | Fault
) -> Iterator[Fault]:
    """Unknown keys, missing keys, and an invalid ``occurred_at``: the faults that leave no event to validate."""
    name = f"event {short(found['id'])}" if is_text(found.get("id")) else "an event"
    for key in found:
        if key not in KEYS:
            where = short(key).strip("'")
            yield unknown_key(where, str(key), "a key of an event", KEYS).inside(name)
    for key in _NEEDED:
        if key not in given:
            yield Fault(key, "nothing", "a value").inside(name)
    if isinstance(moment, Fault) and "occurred_at" in given:
        yield moment.inside(name)


def _moment(found: object) -> datetime | Fault:
    """The moment that a text means; or a fault that quotes the text."""
    expected = "ISO 8601 with a UTC offset, such as '2026-05-01T09:00:00+02:00'"
    if isinstance(found, datetime):
        return found
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return Fault("occurred_at", short(found), expected)
    return moment
