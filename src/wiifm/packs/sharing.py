"""The built-in vocabulary of sharing, answering and mentoring, and the rule books that come with wiifm.

An ordinary plugin: it declares event types and offers each TOML file beside it as a pack, by the file's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from wiifm.event_types import EventType, Field
from wiifm.hooks import hookimpl
from wiifm.registries import Books, EventTypes

_PROFILE = {
    "unit": Field(means="the team or department that the member belongs to"),
    "manager": Field(means="the member id of whom they report to"),
    "zone": Field(means="their IANA time zone; their days and weeks are counted in it"),
    "listed": Field("flag", means="false: no leaderboard shows them, until they say true again"),
}


def _type(name: str, means: str, requires: str = "actor", **more: object) -> EventType:
    return EventType(name=name, means=means, requires=tuple(requires.split()), **more)  # type: ignore[arg-type]


def _makes(name: str, means: str, kind: str, **more: object) -> EventType:
    return _type(name, means, "object", creates=kind, **more)


def _on_object(name: str, means: str, **more: object) -> EventType:
    """An event on somebody's object, whose merit is its author's. The actor may be hidden."""
    return _type(name, means, "object", acts_on=("any",), merit="recipient", **more)


_TEXT: Mapping[str, Field] = {"text": Field(means="the words that go with it")}
_WORDS: Mapping[str, Field] = {
    "title": Field(means="what it is called"),
    "text": Field(means="what it says, or how it begins"),
    "words": Field("integer", means="how long it is"),
}
_SCOPE: Mapping[str, Field] = {
    **_TEXT,
    "hours": Field("number", means="the time that it took"),
    "what": Field(means="the kind of contribution, such as 'talk' or 'training'"),
}

EVENT_TYPES = (
    _type("member.joined", "A member is there from now on.", relates="joining", fields=_PROFILE),
    _type("member.updated", "A member's profile changes.", relates="profile", fields=_PROFILE),
    _type("member.left", "A member isn't there any more.", relates="leaving"),
    _makes(
        "post.shared",
        "Somebody shares what they know or found.",
        "post",
        fields=_WORDS,
        act="shares",
    ),
    _makes(
        "announcement.broadcast",
        "A message goes out to many at once.",
        "announcement",
        fields=_WORDS,
        act="broadcasts",
    ),
    _makes(
        "comment.posted",
        "Somebody replies in a conversation.",
        "comment",
        acts_on=("any",),
        fields=_WORDS,
        act="replies",
    ),
    _makes("question.asked", "Somebody asks.", "question", fields=_WORDS, act="asks"),
    _makes(
        "answer.posted",
        "Somebody answers a question.",
        "answer",
        acts_on=("question",),
        fields=_WORDS,
        act="answers",
    ),
    _type(
        "answer.accepted",
        "The asker says that an answer solved it.",
        "object",
        acts_on=("answer",),
        merit="recipient",
        act="accepts",
    ),
    _on_object("object.liked", "Somebody likes it.", act="likes"),
    _on_object("object.disliked", "Somebody doesn't like it."),
    _on_object(
        "object.helped", "Somebody says: this answered my need.", fields=_TEXT, act="confirms"
    ),
    _on_object("object.read", "Somebody reads it.", act="reads"),
    _on_object("object.reshared", "Somebody passes it on to others.", fields=_TEXT, act="uses"),
    _makes(
        "document.contributed",
        "Somebody puts in a document that others can reuse.",
        "document",
        fields=_WORDS,
        act="shares",
    ),
    _type(
        "mentoring.started",
        "The actor begins to mentor the recipient.",
        "actor recipient",
        relates="mentoring starts",
        act="mentors",
    ),
    _type(
        "mentoring.session",
        "The actor and the recipient, whom they mentor, meet.",
        "actor recipient",
        fields={"minutes": Field("integer", means="how long it took")},
        act="mentors",
    ),
    _type(
        "mentoring.ended",
        "The actor no longer mentors the recipient.",
        "actor recipient",
        relates="mentoring ends",
    ),
    _type(
        "kudos.given",
        "The actor thanks the recipient.",
        "actor recipient",
        merit="recipient",
        fields={
            **_TEXT,
            "value": Field(means="the company's value that it stands for, such as 'courage'"),
        }
        | {
            "amount": Field("integer", means="how many kudos at once"),
            "among": Field("integer", means="how many are thanked at once, where it is several"),
            "number": Field("integer", means="which of them this one is, from 1"),
        },
        act="thanks",
    ),
    _makes(
        "contribution.declared",
        "A member tells of something that no system saw.",
        "contribution",
        fields=_SCOPE,
        act="shares",
    ),
    _type(
        "contribution.accepted",
        "A reviewer confirms what was declared.",
        "actor object",
        acts_on=("contribution",),
        merit="recipient",
        fields=_TEXT,
        act="confirms",
    ),
    _type(
        "contribution.rejected",
        "A reviewer doesn't confirm what was declared.",
        "actor object",
        acts_on=("contribution",),
        merit="recipient",
        fields=_TEXT,
    ),
    _type(
        "campaign.closed",
        "A campaign is closed: a window, and what there is to share.",
        "object",
        creates="closing",
        fields={
            "campaign": Field(required=True, means="the campaign of the rule book"),
            "since": Field(
                means="from when on points count, in ISO 8601; from the beginning if none"
            ),
            "until": Field(required=True, means="until when points count, in ISO 8601"),
            "points": Field("number", means="the points of all together"),
            "pool": Field("number", means="what there is to share"),
            "places": Field("integer", means="how many members have a place"),
        },
    ),
    _type(
        "campaign.paid",
        "What a closing says of one member; recorded with it.",
        "object recipient",
        acts_on=("closing",),
        waits=True,
        merit="recipient",
        fields={
            "campaign": Field(required=True, means="the campaign of the rule book"),
            "rank": Field("integer", means="the place; who has as many points shares it"),
            "points": Field("number", means="the points that decided"),
            "amount": Field("number", required=True, means="how much the member gets"),
        },
    ),
    _type(
        "time.advanced",
        "Time has passed, and badges that must be kept up are looked at again.",
        "",
        advances=True,
    ),
    _type("event.retracted", "An earlier event is taken back.", "", retracts=True),
)


@hookimpl
def wiifm_event_types(types: EventTypes) -> None:
    """Declare the vocabulary."""
    types.add(*EVENT_TYPES)


@hookimpl
def wiifm_books(books: Books) -> None:
    """Offer the rule books: ``sharing`` has the default rules and badges."""
    for file in files("wiifm.packs").iterdir():
        name, _, kind = file.name.rpartition(".")
        if kind == "toml":
            books.add(name, file)
