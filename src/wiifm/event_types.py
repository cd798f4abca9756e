"""What an event of a type means, what it carries, and what an expression may call its parts."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from functools import cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from attrs import field, frozen

from wiifm.events import ENVELOPE, LONGEST_NAME, Event, Value
from wiifm.faults import Fault, nearest, short

Kind: TypeAlias = Literal["text", "number", "integer", "flag", "texts"]
Relation: TypeAlias = Literal["profile", "joining", "leaving", "mentoring starts", "mentoring ends"]
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
"""What somebody does by an event, for readings."""

ACTS: Mapping[Act, str] = {
    "shares": "puts in what others may use",
    "broadcasts": "sends something to many at once",
    "asks": "asks; what the event creates is a question",
    "answers": "answers the question that the event is in reply to",
    "replies": "says something to what somebody else put in",
    "accepts": "says that an answer solved the question, which isn't open any more then",
    "confirms": "says that something of another helped, or that another knows or did something",
    "likes": "nods to something",
    "thanks": "thanks or praises somebody",
    "reads": "reads something",
    "uses": "uses something again, or passes it on",
    "mentors": "begins to mentor the recipient, or meets them as their mentor",
}
"""What each act is. Statements and reports go by it, never by the names of event types."""

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

SPECIAL = ("place", "value")
"""Names that only some rules have: the place at a gate, the value of a grade. Elsewhere fields may be called so."""

RESERVED = frozenset([*ENVELOPE, *DERIVED, "occurred_at", "data", "retracts", "mentor"]) - set(
    SPECIAL
)
NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
"""How a type, rule, badge or purse may be called."""

A_NAME = "a name such as 'answer.posted': lower-case letters and digits, joined by . - or _"


def is_name(value: object) -> bool:
    """Whether a value is a proper name for a type, rule, badge or purse.

    >>> is_name("answer.posted"), is_name("Answer Posted")
    (True, False)
    """
    return type(value) is str and len(value) <= LONGEST_NAME and bool(NAME.fullmatch(value))


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
        if type(value) in _TYPES[self.type]:
            return None
        return Fault(f"data.{name}", short(value), _KIND_WORDS[self.type])


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
RELATIONS: Mapping[Relation, str] = {
    "profile": "says where its actor belongs",
    "joining": "says so, too, and that they are there from then on: it brings back whoever left",
    "leaving": "says that its actor isn't there from then on; only readings look at it",
    "mentoring starts": "says that its actor mentors its recipient",
    "mentoring ends": "says that they no longer do",
}
"""What each relation is: what an event says of who belongs to whom, and of who is there."""

PROFILE_FIELDS = {"unit": Field(), "manager": Field(), "zone": Field(), "listed": Field("flag")}


@frozen(kw_only=True)
class EventType:
    """What the events of one name mean, and what they carry.

    ``creates`` names the type of object that such an event makes (its id is ``object``).
    ``acts_on`` lists the types of object that it may act on, or ``("any",)``: an event that
    creates acts on ``in_reply_to``, any other on ``object``. ``merit`` says whose merit it is:
    *mentor* and *unit* are those of this member. ``relates`` tells the relate fold that the event
    changes who belongs to whom, or tells readings who is there. Only a type with ``retracts`` may take another event back. With ``waits``
    the event counts only while somebody has created the object that it acts on, even if it names its recipient.
    With ``advances`` it says that time has passed: it credits nobody, and badges to be kept up are looked at again.
    ``act`` tells readings what the actor does by it; it decides nothing, and is no part of a book's digest.

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
        """Whether its events say where their actor belongs: by whichever relation.

        >>> EventType(name="hired", requires=("actor",), relates="joining").profiles
        True
        """
        return self.relates in ("profile", "joining")

    @property
    def of_actor(self) -> bool:
        """Whether its events say something of their actor alone: where they belong, or whether they are there."""
        return self.profiles or self.relates == "leaving"

    @property
    def surely(self) -> frozenset[tuple[str, type]]:
        """The fields of an event's data that have no faults by their names and types alone: each with the type.

        >>> sorted(EventType(name="met", fields={"minutes": Field("number")}).surely, key=str)
        [('minutes', <class 'float'>), ('minutes', <class 'int'>)]
        """
        looked_at = {"zone"} if self.profiles else set()
        found = {name: _TYPES[each.type] for name, each in self.fields.items()}
        return frozenset((n, type) for n in found.keys() - looked_at for type in found[n])

    def acted_on(self, event: Event) -> str | None:
        """The object that an event of this type acts on, if it names one."""
        return event.in_reply_to if self.creates else event.object

    def faults(self, event: Event) -> Iterator[Fault]:
        """What an event of this type lacks or has too much; nothing if it is all right."""
        for key in self.requires:
            made = key == "object" and self.creates  # which is told by itself
            if not made and not getattr(event, key):
                yield Fault(key, "nothing", f"a value, since {self.name} needs it")
        if self.creates and event.object is None:
            yield Fault(
                "object", "nothing", f"the id of the {self.creates} that {self.name} creates"
            )
        if event.retracts is not None and not self.retracts:
            yield Fault(
                "retracts", short(event.retracts), f"nothing, since {self.name} retracts nothing"
            )
        if self.retracts and event.retracts is None:
            yield Fault("retracts", "nothing", "the id of the event that is taken back")
        for key in ENVELOPE if self.advances else ():
            if value := getattr(event, key):
                yield Fault(key, short(value), f"nothing, since {self.name} is nobody's")
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
        zone = event.data.get("zone") if self.profiles else None
        if zone is not None and (fault := zone_fault("data.zone", zone)):
            yield fault

    def declaration_faults(self) -> Iterator[Fault]:
        """What is wrong with the declaration itself; nothing if it is all right."""
        if not is_name(self.name):
            yield Fault("name", short(self.name), A_NAME)
        if self.creates is not None and (self.creates == "any" or not is_name(self.creates)):
            yield Fault("creates", short(self.creates), f"{A_NAME}; and not 'any'")
        for kind in self.acts_on:
            if not is_name(kind):
                yield Fault("acts_on", short(kind), A_NAME)
        for key in self.requires:
            if key not in ENVELOPE:
                yield Fault("requires", short(key), "a key of an event", nearest(key, ENVELOPE))
        for key in self.fields:
            own = self.profiles and key in PROFILE_FIELDS
            if not own and (not key.isidentifier() or key in RESERVED or _is_keyword(key)):
                yield Fault(f"fields.{key}", *_taken(key))
        if self.waits and (self.creates or not self.acts_on):
            yield Fault("waits", "true", "false for a type that creates, or acts on nothing")
        if self.retracts and (self.creates or self.acts_on or self.relates):
            yield Fault("retracts", "true", "false for a type that creates, acts on or relates")
        if self.relates and (self.creates or self.acts_on):
            yield Fault(
                "relates", repr(self.relates), "nothing for a type that creates or acts on objects"
            )
        if self.act == "asks" and not self.creates:
            yield Fault("act", "'asks'", "a type that creates, since what is asked is an object")
        if self.act in ("answers", "accepts") and not self.acts_on:
            yield Fault("act", repr(self.act), "a type that acts on objects, such as questions")
        yield from self._time_faults() if self.advances else ()
        yield from self._relation_faults() if self.relates else ()

    def _time_faults(self) -> Iterator[Fault]:
        if self.retracts or self.creates or self.acts_on or self.relates:
            expected = "false for a type that retracts, creates, acts on or relates"
            yield Fault("advances", "true", expected)
        if self.requires:
            expected = "nothing for a type that advances time: it is nobody's"
            yield Fault("requires", str(list(self.requires)), expected)

    def _relation_faults(self) -> Iterator[Fault]:
        needs = {"actor"} if self.of_actor else {"actor", "recipient"}
        if missing := needs - set(self.requires):
            yield Fault("requires", str(list(self.requires)), f"also {', '.join(sorted(missing))}")
        if self.profiles:
            for key, known in PROFILE_FIELDS.items():
                if key in self.fields and self.fields[key].type != known.type:
                    yield Fault(f"fields.{key}.type", self.fields[key].type, known.type)


def _taken(key: str) -> tuple[str, str]:
    """Why a field can't be called so, and how it may be called."""
    if not key.isidentifier():
        return "what is no word of letters, digits and _", "a name such as 'minutes'"
    if key in RESERVED:
        return "a word that is taken", f"another one than {', '.join(sorted(RESERVED))}"
    return "a word that is taken", "another one than the words of expressions, such as 'and'"


def _is_keyword(word: str) -> bool:
    return keyword.iskeyword(word) or word in ("true", "false", "null", "len", "lower")


_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
"""Names of zones that mean something else on each machine."""


def zone_fault(where: str, zone: object) -> Fault | None:
    """What is wrong with a time zone's name; None if it is UTC, or an IANA name known here.

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
    return Fault(where, short(zone), expected, nearest(str(zone), known))


def zone_named(name: str) -> tzinfo:
    """The time zone of a name that has no fault; UTC needs no time zone database.

    >>> zone_named("UTC"), zone_named("Europe/Paris")
    (datetime.timezone.utc, zoneinfo.ZoneInfo(key='Europe/Paris'))
    """
    return UTC if name == "UTC" else ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    """The zones in the database; links to it by other ways, posix/ and right/, aren't among them."""
    return frozenset(available_timezones()) - _OF_THE_MACHINE
