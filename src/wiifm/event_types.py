"""Event types: what their events mean, which fields these carry, and the names that expressions use for them.

Also the rules for names of types, rules, badges and purses (``is_name``), and for time zones (``zone_fault``).
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from functools import cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from attrs import field, frozen

from wiifm.events import ENVELOPE, LONGEST_NAME, Event, Value, text_fault
from wiifm.faults import Fault, nearest, one_of, short
from wiifm.frozendict import frozen_mappings

Kind: TypeAlias = Literal["text", "number", "integer", "flag", "texts"]
Relation: TypeAlias = Literal["profile", "joining", "leaving", "mentoring starts", "mentoring ends"]
"""How an event changes who belongs to whom, or who is there. ``profile`` sets the profile of its actor: unit, manager, time zone, and whether
they are listed; ``joining`` does so, too, and says that the actor is there from then on, even if they had left. ``leaving`` says that its actor
isn't there from then on; only readings use this. ``mentoring starts`` and ``mentoring ends`` say whether its actor mentors its recipient."""

Act: TypeAlias = Literal[
    "shares",
    "broadcasts",
    "asks",
    "answers",
    "replies",
    "accepts",
    "confirms",
    "likes",
    "thanks",
    "reads",
    "uses",
    "mentors",
]
"""What the actor of an event does by it. Readings use it; no rule does."""

ACTS: Mapping[Act, str] = {
    "shares": "contributes something that others may use",
    "broadcasts": "sends something to many people at once",
    "asks": "asks a question, which is the object that the event creates",
    "answers": "answers the question that the event is in reply to",
    "replies": "replies to, or comments on, what somebody else contributed",
    "accepts": "says that an answer solved the question, which is then no longer open",
    "confirms": "confirms that a contribution helped, or that somebody knows or did something",
    "likes": "likes something",
    "thanks": "thanks or praises somebody",
    "reads": "reads something",
    "uses": "reuses something, or passes it on",
    "mentors": "starts to mentor the recipient, or meets them as their mentor",
}
"""What each act means. Statements and reports depend on acts, never on the names of event types."""

DERIVED: dict[str, Literal["text", "number", "flag"]] = {
    "id": "text",
    "type": "text",
    "object_type": "text",
    "unit": "text",
    "actor_unit": "text",
    "recipient_unit": "text",
    "across_units": "flag",
    "hour": "number",
    "weekday": "number",
    "day": "number",
    "month": "number",
    "place": "number",
    "value": "number",
}
"""The names that an expression may use in addition to the envelope and the fields of ``data``, and their kinds."""

SPECIAL = ("place", "value")
"""Names that only some rules have: the place at a gate, the value of a grade. Fields of ``data`` may have them, too."""

RESERVED = frozenset([*ENVELOPE, *DERIVED, "occurred_at", "data", "retracts", "mentor"]) - set(
    SPECIAL
)
"""Names that no field of ``data`` may have, since expressions use them for something else."""

NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
"""What the id of a type, rule, badge or purse looks like."""

A_NAME = "a name such as 'answer.posted': lower-case letters and digits, joined by . - or _"
"""What messages expect where an id isn't a valid name."""


def is_name(value: object) -> bool:
    """Whether a value is a valid id of a type, rule, badge or purse.

    >>> is_name("answer.posted"), is_name("Answer Posted")
    (True, False)
    """
    return type(value) is str and len(value) <= LONGEST_NAME and bool(NAME.fullmatch(value))


@frozen
class Field:
    """A field of an event's ``data``: its kind, and whether every event must have it.

    >>> Field("integer", means="minutes the session took").fault("minutes", "an hour")
    Fault(where='data.minutes', found="'an hour'", expected='an integer', nearest=None)
    """

    type: Kind = "text"
    required: bool = False
    means: str = ""

    def fault(self, name: str, value: Value) -> Fault | None:
        """What is wrong with a value of the field called ``name``; None if nothing is."""
        if type(value) in _TYPES[self.type]:
            return None
        found = short(list(value) if isinstance(value, tuple) else value)
        return Fault(f"data.{name}", found, _KIND_WORDS[self.type])


_TYPES: dict[Kind, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "flag": (bool,),
    "texts": (tuple,),
}
_KIND_WORDS = {
    "text": "a text",
    "number": "a number",
    "integer": "an integer",
    "flag": "true or false",
    "texts": "a list of texts",
}
PROFILE_FIELDS = {"unit": Field(), "manager": Field(), "zone": Field(), "listed": Field("flag")}
"""The fields that a type which sets profiles may declare, and the kinds that they must have."""

PROFILE_NAMES = ("unit", "manager")
"""Those of them that name a unit or a member, and so are no longer than any name."""


@frozen(kw_only=True, field_transformer=frozen_mappings)
class EventType:
    """What the events of one type mean, and which keys and fields they have.

    ``creates`` is the type of the object that such an event creates; the object's id is the event's ``object``.
    ``acts_on`` lists the types of object that the event may act on, or is ``("any",)``. An event that creates acts on its
    ``in_reply_to``, any other on its ``object``. ``requires`` lists keys that each event must have, ``fields`` the fields
    of its ``data``. ``merit`` says whose merit the event is: a rule for ``mentor`` or ``unit`` credits that member's.
    ``relates`` says how the event changes who belongs to whom, or who is there. With ``retracts`` the event retracts
    another one. With ``waits`` the event counts only while the object that it acts on exists, even if the event names its
    recipient. With ``advances`` the event says that time has passed: it credits nobody, and badges that must be kept up
    are evaluated. ``act`` says what the actor does by the event. Only readings use it, so it is not part of the digest.

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
    waits: bool = False
    advances: bool = False
    act: Act | None = None

    @property
    def profiles(self) -> bool:
        """Whether its events set the profile of their actor: those that relate "profile" or "joining".

        >>> EventType(name="hired", requires=("actor",), relates="joining").profiles
        True
        """
        return self.relates in ("profile", "joining")

    @property
    def of_actor(self) -> bool:
        """Whether its relation is about the actor alone: their profile, or whether they are there."""
        return self.profiles or self.relates == "leaving"

    @property
    def surely(self) -> frozenset[tuple[str, type]]:
        """Pairs of a field and a Python type that are valid whatever the value is, so that such fields need no closer check.

        >>> sorted(EventType(name="met", fields={"minutes": Field("number")}).surely, key=str)
        [('minutes', <class 'float'>), ('minutes', <class 'int'>)]
        """
        checked = {*PROFILE_NAMES, "zone"} if self.profiles else set()
        types = {name: _TYPES[each.type] for name, each in self.fields.items()}
        return frozenset((n, type) for n in types.keys() - checked for type in types[n])

    def acted_on(self, event: Event) -> str | None:
        """The id of the object that an event of this type acts on; None if it names none."""
        return event.in_reply_to if self.creates else event.object

    def faults(self, event: Event) -> Iterator[Fault]:
        """What is wrong with an event of this type: keys and fields that are missing, unknown or of another kind."""
        for key in self.requires:
            created = key == "object" and self.creates  # it has a message of its own, below
            if not created and not getattr(event, key):
                yield Fault(key, "nothing", f"a value, which {self.name} requires")
        if self.creates and event.object is None:
            yield Fault(
                "object", "nothing", f"the id of the {self.creates} that {self.name} creates"
            )
        if event.retracts is not None and not self.retracts:
            yield Fault(
                "retracts",
                short(event.retracts),
                f"nothing, since {self.name} retracts nothing",
            )
        if self.retracts and event.retracts is None:
            yield Fault("retracts", "nothing", "the id of the event to retract")
        for key in ENVELOPE if self.advances else ():
            if value := getattr(event, key):
                yield Fault(key, short(value), f"nothing, since {self.name} only advances time")
        if event.data or self.fields:
            yield from self._data_faults(event)

    def _data_faults(self, event: Event) -> Iterator[Fault]:
        for key, value in event.data.items():
            known = self.fields.get(key)
            if known is None:
                hint = nearest(key, self.fields)
                yield Fault(f"data.{key}", "an unknown field", f"a field of {self.name}", hint)
            elif fault := known.fault(key, value):
                yield fault
        for key, wanted in self.fields.items():
            if wanted.required and key not in event.data:
                expected = f"{_KIND_WORDS[wanted.type]}, which is required"
                yield Fault(f"data.{key}", "nothing", expected)
        if self.profiles:
            yield from _profile_faults(event.data)

    def declaration_faults(self) -> Iterator[Fault]:
        """What is wrong with the declaration itself, by key."""
        if not is_name(self.name):
            yield Fault("name", short(self.name), A_NAME)
        if self.creates is not None and (self.creates == "any" or not is_name(self.creates)):
            yield Fault("creates", short(self.creates), f"{A_NAME}, but not 'any'")
        for kind in self.acts_on:
            if not is_name(kind):
                yield Fault("acts_on", short(kind), A_NAME)
        for key in self.requires:
            if key not in ENVELOPE:
                expected = one_of("a key of an event", ENVELOPE)
                if key in self.fields:
                    expected = f"a key of an event; a field has `required` in fields.{key}"
                yield Fault("requires", short(key), expected, nearest(key, ENVELOPE))
        for key in self.fields:
            own = self.profiles and key in PROFILE_FIELDS
            if not own and (wrong := _name_fault(key)):
                yield Fault(f"fields.{key}", *wrong)
        if self.waits and (self.creates or not self.acts_on):
            yield Fault("waits", "true", "false for a type that creates, or that acts on nothing")
        if self.retracts and (self.creates or self.acts_on or self.relates):
            yield Fault("retracts", "true", "false for a type that creates, acts on or relates")
        if self.relates and (self.creates or self.acts_on):
            yield Fault(
                "relates", repr(self.relates), "nothing for a type that creates or acts on objects"
            )
        if self.act == "asks" and not self.creates:
            yield Fault("act", "'asks'", "a type with `creates`, since a question is an object")
        if self.act in ("answers", "accepts") and not self.acts_on:
            yield Fault("act", repr(self.act), "a type with `acts_on`, such as 'question'")
        yield from self._time_faults() if self.advances else ()
        yield from self._relation_faults() if self.relates else ()

    def _time_faults(self) -> Iterator[Fault]:
        if self.retracts or self.creates or self.acts_on or self.relates:
            expected = "false for a type that retracts, creates, acts on or relates"
            yield Fault("advances", "true", expected)
        if self.requires:
            expected = "nothing for a type that advances time, as its events have no such keys"
            yield Fault("requires", str(list(self.requires)), expected)

    def _relation_faults(self) -> Iterator[Fault]:
        needs = {"actor"} if self.of_actor else {"actor", "recipient"}
        if missing := needs - set(self.requires):
            yield Fault("requires", str(list(self.requires)), f"also {', '.join(sorted(missing))}")
        if self.profiles:
            for key, known in PROFILE_FIELDS.items():
                if key in self.fields and self.fields[key].type != known.type:
                    yield Fault(f"fields.{key}.type", self.fields[key].type, known.type)


def _profile_faults(data: Mapping[str, Value]) -> Iterator[Fault]:
    """What is wrong with the names in a profile. A unit or a manager may be empty, which means none."""
    for key in PROFILE_NAMES:
        name = data.get(key)
        if isinstance(name, str) and name and (fault := text_fault(f"data.{key}", name)):
            yield fault
    zone = data.get("zone")
    if zone is not None and (fault := zone_fault("data.zone", zone)):
        yield fault


def _name_fault(key: str) -> tuple[str, str] | None:
    """What is wrong with the name of a field, and what is expected; None if expressions can use it."""
    if not key.isidentifier():
        return f"the name {key!r}", "a word of letters, digits and _ such as 'minutes'"
    if key in RESERVED:
        return "a reserved name", f"a name other than {', '.join(sorted(RESERVED))}"
    if _is_keyword(key):
        return "a reserved name", "a name other than the words of expressions, such as 'and'"
    normal = unicodedata.normalize("NFKC", key)  # as Python does, which parses expressions
    if normal != key:
        return f"the name {key!a}", f"{normal!a}, as which expressions read it (NFKC)"
    return None


def _is_keyword(word: str) -> bool:
    return keyword.iskeyword(word) or word in ("true", "false", "null", "len", "lower")


_MACHINE_DEPENDENT = frozenset({"localtime", "posixrules", "Factory"})
"""Names in the time zone database whose meaning depends on the machine."""


def zone_fault(where: str, zone: object) -> Fault | None:
    """What is wrong with the name of a time zone; None if it is UTC, or an IANA name that this machine knows.

    >>> zone_fault("zone", "Europe/Pariss").nearest
    'Europe/Paris'
    >>> zone_fault("zone", "localtime").expected
    'an IANA time zone, which is the same on every machine'
    """
    if zone == "UTC":
        return None
    known = _zones()
    if not known:
        expected = "'UTC': there is no time zone database here; pip install tzdata brings one"
        return Fault(where, short(zone), expected)
    if isinstance(zone, str) and zone in known:
        return None
    expected = "an IANA time zone, which is the same on every machine"
    towns = {name.rpartition("/")[2]: name for name in sorted(known)}
    return Fault(where, short(zone), expected, towns.get(str(zone)) or nearest(str(zone), known))


def zone_named(name: str) -> tzinfo:
    """The time zone of a valid name (see ``zone_fault``). UTC needs no time zone database.

    >>> zone_named("UTC"), zone_named("Europe/Paris")
    (datetime.timezone.utc, zoneinfo.ZoneInfo(key='Europe/Paris'))
    """
    return UTC if name == "UTC" else ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    """The names in the time zone database, without those that depend on the machine."""
    return frozenset(available_timezones()) - _MACHINE_DEPENDENT
