"""The built-in plugin ``sharing``: event types for sharing, answering and mentoring, and the packs that come with wiifm.

It uses the same hooks as any other plugin. Each TOML file in this folder is a pack, named after the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from wiifm.event_types import EventType, Field
from wiifm.hooks import hookimpl
from wiifm.registries import Books, EventTypes

_PROFILE = {
    "unit": Field(means="the team or department that the member belongs to"),
    "manager": Field(means="the id of the member whom they report to"),
    "zone": Field(means="their IANA time zone, in which their days and weeks are counted"),
    "listed": Field("flag", means="false: no leaderboard shows them; true: they are shown again"),
}


def _type(name: str, means: str, requires: str = "actor", **more: object) -> EventType:
    return EventType(name=name, means=means, requires=tuple(requires.split()), **more)  # type: ignore[arg-type]


def _makes(name: str, means: str, kind: str, **more: object) -> EventType:
    return _type(name, means, "object", creates=kind, **more)


def _on_object(name: str, means: str, **more: object) -> EventType:
    """A type of events on any object, which are the merit of its author. The actor may be hidden."""
    return _type(name, means, "object", acts_on=("any",), merit="recipient", **more)


_TEXT: Mapping[str, Field] = {"text": Field(means="the text that goes with it")}
_WORDS: Mapping[str, Field] = {
    "title": Field(means="its title"),
    "text": Field(means="its text, or the beginning of it"),
    "words": Field("integer", means="how many words it has"),
}
_SCOPE: Mapping[str, Field] = {
    **_TEXT,
    "hours": Field("number", means="how many hours it took"),
    "what": Field(means="the kind of contribution, such as 'talk' or 'training'"),
}

EVENT_TYPES = (
    _type("member.joined", "A member joins, or comes back.", relates="joining", fields=_PROFILE),
    _type("member.updated", "A member's profile changes.", relates="profile", fields=_PROFILE),
    _type("member.left", "A member leaves.", relates="leaving"),
    _makes(
        "post.shared",
        "Somebody shares what they know or found.",
        "post",
        fields=_WORDS,
        act="shares",
    ),
    _makes(
        "announcement.broadcast",
        "A message goes out to many people at once.",
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
    _makes("question.asked", "Somebody asks a question.", "question", fields=_WORDS, act="asks"),
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
        "The asker says that an answer solved their question.",
        "object",
        acts_on=("answer",),
        merit="recipient",
        act="accepts",
    ),
    _on_object("object.liked", "Somebody likes a contribution.", act="likes"),
    _on_object("object.disliked", "Somebody dislikes a contribution."),
    _on_object(
        "object.helped",
        "Somebody says that a contribution answered their need.",
        fields=_TEXT,
        act="confirms",
    ),
    _on_object("object.read", "Somebody reads a contribution.", act="reads"),
    _on_object(
        "object.reshared", "Somebody passes a contribution on to others.", fields=_TEXT, act="uses"
    ),
    _makes(
        "document.contributed",
        "Somebody contributes a document that others can reuse.",
        "document",
        fields=_WORDS,
        act="shares",
    ),
    _type(
        "mentoring.started",
        "A member begins to mentor a colleague.",
        "actor recipient",
        relates="mentoring starts",
        act="mentors",
    ),
    _type(
        "mentoring.session",
        "A mentor meets a colleague whom they mentor.",
        "actor recipient",
        fields={"minutes": Field("integer", means="how many minutes it took")},
        act="mentors",
    ),
    _type(
        "mentoring.ended",
        "A member no longer mentors a colleague.",
        "actor recipient",
        relates="mentoring ends",
    ),
    _type(
        "kudos.given",
        "Somebody thanks a colleague.",
        "actor recipient",
        merit="recipient",
        fields={
            **_TEXT,
            "value": Field(means="the company's value that it stands for, such as 'courage'"),
        }
        | {
            "amount": Field("integer", means="how many kudos at once"),
            "among": Field("integer", means="how many members are thanked at once, if several"),
            "number": Field("integer", means="which of these events this one is, from 1"),
        },
        act="thanks",
    ),
    _makes(
        "contribution.declared",
        "A member declares a contribution that no system recorded.",
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
        "A campaign is closed: its window, and the pool to share.",
        "object",
        creates="closing",
        fields={
            "campaign": Field(required=True, means="the id of the campaign in the rule book"),
            "since": Field(
                means="points count from this moment on, in ISO 8601; default: from the beginning"
            ),
            "until": Field(required=True, means="points count before this moment, in ISO 8601"),
            "points": Field("number", means="the points of all members together"),
            "pool": Field("number", means="how much is shared"),
            "places": Field("integer", means="how many members have a place"),
        },
    ),
    _type(
        "campaign.paid",
        "A member's place in a closed campaign, and their payment.",
        "object recipient",
        acts_on=("closing",),
        waits=True,
        merit="recipient",
        fields={
            "campaign": Field(required=True, means="the id of the campaign in the rule book"),
            "rank": Field("integer", means="the place; members with equal points share it"),
            "points": Field("number", means="the points that decided the place"),
            "amount": Field("number", required=True, means="how much the member gets"),
        },
    ),
    _type(
        "time.advanced",
        "Time has passed: badges that must be kept up are evaluated.",
        "",
        advances=True,
    ),
    _type("event.retracted", "An earlier event is retracted.", "", retracts=True),
)


@hookimpl
def wiifm_event_types(types: EventTypes) -> None:
    """Declare the event types."""
    types.add(*EVENT_TYPES)


@hookimpl
def wiifm_books(books: Books) -> None:
    """Offer the packs; ``sharing`` has the default rules and badges."""
    for file in files("wiifm.packs").iterdir():
        name, _, kind = file.name.rpartition(".")
        if kind == "toml":
            books.add(name, file)
