"""What happened: events, and the types that say what an event means.

An ESN sends :class:`Event` objects, or their JSON form through :func:`read_event`. An
:class:`EventType` says what an event of its name means and which fields it carries. This module
holds the nouns and their validators; who is behind an event is found out in ``folds.relate``.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from attrs import field, frozen

from wiifm.faults import Fault, InvalidEvent, nearest, short

Value: TypeAlias = str | int | float | bool | tuple[str, ...]
Kind: TypeAlias = Literal["text", "number", "integer", "flag", "texts"]
Relation: TypeAlias = Literal["profile", "mentoring starts", "mentoring ends"]

LONGEST_NAME = 256
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
"""The envelope's optional fields that an expression may name, and their kinds."""

DERIVED: dict[str, Literal["text", "number"]] = {
    "id": "text",
    "type": "text",
    "object_type": "text",
    "unit": "text",
    "hour": "number",
    "weekday": "number",
    "day": "number",
    "month": "number",
    "place": "number",
    "value": "number",
}
"""Names an expression may use beside the fields of its event."""

RESERVED = frozenset([*ENVELOPE, *DERIVED, "occurred_at", "data", "retracts", "mentor"])
KEYS = ("id", "type", "occurred_at", *ENVELOPE, "data", "retracts")
_EMPTY: Mapping[str, Value] = MappingProxyType({})
_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_A_NAME = "a name such as 'answer.posted': lower-case letters and digits, joined by . - or _"


def is_text(value: object, most: int = LONGEST_NAME) -> bool:
    """Whether a value can be stored as text anywhere: not empty, not too long, valid UTF-8.

    >>> is_text("ann"), is_text(""), is_text("nul" + chr(0)), is_text(7)
    (True, False, False, False)
    """
    if type(value) is not str or not 0 < len(value) <= most:
        return False
    if value.isprintable():
        return True
    return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def is_name(value: object) -> bool:
    """Whether a value is a proper name for a type, rule, badge or purse.

    >>> is_name("answer.posted"), is_name("Answer Posted")
    (True, False)
    """
    return type(value) is str and len(value) <= LONGEST_NAME and bool(_NAME.fullmatch(value))


def _in_utc(moment: datetime) -> datetime:
    if type(moment) is datetime and moment.tzinfo is not None and moment.tzinfo is not UTC:
        try:
            return moment.astimezone(UTC)
        except (OverflowError, ValueError):
            return moment
    return moment


def _topics(value: object) -> object:
    return tuple(dict.fromkeys(value)) if type(value) in (list, tuple) and _hashable(value) else value


def _hashable(value: object) -> bool:
    return all(type(item) is str for item in value)  # type: ignore[attr-defined]


def _frozen_data(value: object) -> object:
    if not value and isinstance(value, Mapping):
        return _EMPTY
    if not isinstance(value, Mapping):
        return value
    return MappingProxyType(
        {
            key: tuple(item) if type(item) is list else item
            for key, item in value.items()
            if item is not None
        }
    )


@frozen(kw_only=True, repr=False)
class Event:
    """One thing that happened in the community.

    ``occurred_at`` must be aware and is kept in UTC. ``actor`` is None where the platform hides
    who it was. ``object`` is the id of what was made or acted on, ``recipient`` whoever is
    thanked or helped, ``in_reply_to`` the object that this one answers. ``data`` holds the fields
    that the event's type declares; a field that is None is the same as one left out.

    >>> from datetime import datetime, UTC
    >>> event = Event(id="e1", type="post.shared", occurred_at=datetime(2026, 5, 1, tzinfo=UTC),
    ...               actor="ann", object="p1")
    >>> event
    Event(id='e1', type='post.shared', occurred_at='2026-05-01T00:00:00+00:00', actor='ann', object='p1')

    Raises:
        InvalidEvent: with every fault of the event, each naming its field.
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
    data: Mapping[str, Value] = field(default=_EMPTY, converter=_frozen_data, hash=False)
    retracts: str | None = None

    def __attrs_post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            name = f"event {short(self.id)}" if is_text(self.id) else "an event"
            raise InvalidEvent(fault.inside(name) for fault in faults)

    def __repr__(self) -> str:
        return f"Event({', '.join(f'{k}={v!r}' for k, v in self.as_json().items())})"

    def __getstate__(self) -> dict[str, object]:
        return self.as_json()

    def __setstate__(self, state: dict[str, object]) -> None:
        twin = read_event(state)
        for key in KEYS:
            object.__setattr__(self, key, getattr(twin, key))

    def as_json(self) -> dict[str, object]:
        """The event as JSON can hold it, with only the keys that are set.

        >>> from datetime import datetime, UTC
        >>> Event(id="e1", type="x", occurred_at=datetime(2026, 5, 1, tzinfo=UTC)).as_json()
        {'id': 'e1', 'type': 'x', 'occurred_at': '2026-05-01T00:00:00+00:00'}
        """
        found: dict[str, object] = {key: getattr(self, key) for key in KEYS}
        found["occurred_at"] = self.occurred_at.isoformat()
        found["topics"] = list(self.topics)
        found["data"] = {k: list(v) if isinstance(v, tuple) else v for k, v in self.data.items()}
        return {key: value for key, value in found.items() if value not in (None, [], {})}


def _faults(event: Event) -> Iterator[Fault]:
    name = "a text of 1 to 256 characters"
    for key, value in (("id", event.id), ("type", event.type)):
        if not is_text(value):
            yield Fault(key, short(value), name)
    for key, value in (
        ("actor", event.actor),
        ("object", event.object),
        ("recipient", event.recipient),
        ("in_reply_to", event.in_reply_to),
        ("community", event.community),
        ("retracts", event.retracts),
    ):
        if value is not None and not is_text(value):
            yield Fault(key, short(value), name + ", or nothing at all")
    at = event.occurred_at
    if type(at) is not datetime:
        yield Fault("occurred_at", short(at), "a date and time")
    elif at.tzinfo is None:
        yield Fault("occurred_at", at.isoformat(), "a UTC offset behind the time, such as 'Z' or '+02:00'")
    elif at.year not in YEARS:
        yield Fault("occurred_at", at.isoformat(), "a year from 1900 to 2999")
    topics = event.topics
    if topics and (
        type(topics) is not tuple or len(topics) > MOST_TOPICS or not all(map(is_text, topics))
    ):
        yield Fault("topics", short(topics), f"a list of at most {MOST_TOPICS} texts")
    elif type(topics) is not tuple:
        yield Fault("topics", short(topics), f"a list of at most {MOST_TOPICS} texts")
    if event.data is not _EMPTY:
        yield from _data_faults(event.data)


def _data_faults(data: object) -> Iterator[Fault]:
    if not isinstance(data, Mapping):
        yield Fault("data", short(data), "a table of fields")
        return
    if len(data) > MOST_FIELDS:
        yield Fault("data", f"{len(data)} fields", f"at most {MOST_FIELDS}")
    for key, value in data.items():
        if not is_text(key):
            yield Fault("data", f"the key {short(key)}", "a text of 1 to 256 characters")
        elif not _is_value(value):
            yield Fault(
                f"data.{key}",
                short(value),
                f"a text of at most {LONGEST_TEXT} characters, an integer within 2**53, a finite "
                "number, true, false, or a list of texts",
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
    """An event from its JSON form: a mapping with exactly the keys of :class:`Event`.

    >>> read_event({"id": "e1", "type": "x", "occurred_at": "2026-05-01T09:00:00+02:00"}).occurred_at
    datetime.datetime(2026, 5, 1, 7, 0, tzinfo=datetime.timezone.utc)
    >>> read_event({"id": "e1", "typ": "x", "occurred_at": "2026-05-01T09:00:00Z"})
    Traceback (most recent call last):
        ...
    wiifm.faults.InvalidEvent: event 'e1', typ: found an unknown key, expected a key of an event; did you mean 'type'?
    event 'e1', type: found nothing, expected a value

    Raises:
        InvalidEvent: with every fault.
    """
    if not isinstance(found, Mapping):
        raise InvalidEvent([Fault("an event", short(found), "an object with the keys of an event")])
    name = f"event {short(found['id'])}" if is_text(found.get("id")) else "an event"
    faults = [
        Fault(str(key), "an unknown key", "a key of an event", nearest(str(key), KEYS))
        for key in found
        if key not in KEYS
    ]
    given = {key: value for key, value in found.items() if value is not None}
    faults += [
        Fault(key, "nothing", "a value") for key in ("id", "type", "occurred_at") if key not in given
    ]
    moment = given.get("occurred_at")
    if isinstance(moment, str):
        try:
            given["occurred_at"] = datetime.fromisoformat(moment)
        except ValueError:
            faults.append(
                Fault("occurred_at", short(moment), "ISO 8601, such as '2026-05-01T09:00:00+02:00'")
            )
    if faults:
        raise InvalidEvent(fault.inside(name) for fault in faults)
    return Event(**given)


@frozen
class Field:
    """One field of an event's data: its kind, and whether every event must carry it.

    >>> Field("integer", means="minutes the session took").fault("minutes", "an hour")
    Fault(where='data.minutes', found="'an hour'", expected='an integer', nearest=None)
    """

    type: Kind = "text"
    required: bool = False
    means: str = ""

    def fault(self, name: str, value: Value) -> Fault | None:
        """What is wrong with a value for this field; None if nothing is."""
        if _HAS_KIND[self.type](value):
            return None
        return Fault(f"data.{name}", short(value), _KIND_WORDS[self.type])


def _is_integer(value: Value) -> bool:
    return type(value) is int


_HAS_KIND = {
    "text": lambda value: type(value) is str,
    "number": lambda value: type(value) in (int, float),
    "integer": _is_integer,
    "flag": lambda value: type(value) is bool,
    "texts": lambda value: type(value) is tuple,
}
_KIND_WORDS = {
    "text": "a text",
    "number": "a number",
    "integer": "an integer",
    "flag": "true or false",
    "texts": "a list of texts",
}
PROFILE_FIELDS = {"unit": Field(), "manager": Field(), "zone": Field()}


@frozen(kw_only=True)
class EventType:
    """What the events of one name mean, and what they carry.

    ``creates`` names the type of object that such an event makes (its id is ``object``).
    ``acts_on`` lists the types of object that it may act on, or ``("any",)``: an event that
    creates acts on ``in_reply_to``, any other on ``object``. ``merit`` says whose merit it is:
    *mentor* and *unit* are those of this member. ``relates`` tells the relate fold that the event
    changes who belongs to whom. Only a type with ``retracts`` may take another event back.

    >>> liked = EventType(name="object.liked", acts_on=("any",), requires=("object",), merit="recipient")
    """

    name: str
    means: str = ""
    creates: str | None = None
    acts_on: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    fields: Mapping[str, Field] = field(factory=dict)
    merit: Literal["actor", "recipient"] = "actor"
    relates: Relation | None = None
    retracts: bool = False

    def faults(self, event: Event) -> Iterator[Fault]:
        """What an event of this type lacks or has too much; nothing if it is all right."""
        for key in self.requires:
            if not getattr(event, key):
                yield Fault(key, "nothing", f"a value, since {self.name} needs it")
        if self.creates and event.object is None:
            yield Fault("object", "nothing", f"the id of the {self.creates} that {self.name} creates")
        if event.retracts is not None and not self.retracts:
            yield Fault("retracts", short(event.retracts), f"nothing, since {self.name} retracts nothing")
        if self.retracts and event.retracts is None:
            yield Fault("retracts", "nothing", "the id of the event that is taken back")
        for key, value in event.data.items():
            known = self.fields.get(key)
            if known is None:
                yield Fault(
                    f"data.{key}",
                    "an unknown field",
                    f"a field of {self.name}",
                    nearest(key, self.fields),
                )
            elif fault := known.fault(key, value):
                yield fault
        for key, wanted in self.fields.items():
            if wanted.required and key not in event.data:
                yield Fault(f"data.{key}", "nothing", f"{_KIND_WORDS[wanted.type]}, which is required")
        if self.relates == "profile" and (zone := event.data.get("zone")) is not None:
            if fault := zone_fault("data.zone", zone):
                yield fault

    def declaration_faults(self) -> Iterator[Fault]:
        """What is wrong with the declaration itself; nothing if it is all right."""
        if not is_name(self.name):
            yield Fault("name", short(self.name), _A_NAME)
        for key in self.requires:
            if key not in ENVELOPE:
                yield Fault("requires", short(key), "a key of an event", nearest(key, ENVELOPE))
        for key in self.fields:
            own = self.relates == "profile" and key in PROFILE_FIELDS
            if not own and (not key.isidentifier() or key in RESERVED or _is_keyword(key)):
                yield Fault(f"fields.{key}", "a word that is taken", "a free name, letters and _ only")
        if self.retracts and (self.creates or self.acts_on or self.relates):
            yield Fault("retracts", "true", "false for a type that creates, acts on or relates")
        if self.relates and (self.creates or self.acts_on):
            yield Fault("relates", repr(self.relates), "nothing for a type that creates or acts on objects")
        if self.relates:
            yield from self._relation_faults()

    def _relation_faults(self) -> Iterator[Fault]:
        needs = {"actor"} if self.relates == "profile" else {"actor", "recipient"}
        if missing := needs - set(self.requires):
            yield Fault("requires", str(list(self.requires)), f"also {', '.join(sorted(missing))}")
        if self.relates == "profile":
            for key in PROFILE_FIELDS:
                if key in self.fields and self.fields[key].type != "text":
                    yield Fault(f"fields.{key}.type", self.fields[key].type, "text")


def _is_keyword(word: str) -> bool:
    return keyword.iskeyword(word) or word in ("true", "false", "null", "len", "lower")


def zone_fault(where: str, zone: object) -> Fault | None:
    """What is wrong with a time zone's name; None if the IANA data base knows it.

    >>> zone_fault("zone", "Europe/Pariss").nearest
    'Europe/Paris'
    """
    try:
        ZoneInfo(zone)  # type: ignore[arg-type]
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        hint = nearest(str(zone), available_timezones())
        return Fault(where, short(zone), "an IANA time zone", hint)
    return None
