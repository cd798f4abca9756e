"""Hypothesis strategies: events of a rule book's types, histories of a small community, and rule books.

Members, objects and moments are few, so that events interact: they reply to each other, happen at the same time, create an object
twice, and retract each other. Their texts and numbers are often odd, like those of real people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import permutations
from random import Random
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from wiifm.activities import order_of
from wiifm.event_types import PROFILE_NAMES, EventType, Field
from wiifm.events import LONGEST_NAME, Event, Value
from wiifm.rulebook.book import RuleBook
from wiifm.testing import books

START = datetime(2026, 3, 26, tzinfo=UTC)
"""Three days before the clocks change in Europe."""

MEMBERS = ("ann", "bob", "cy", 'Zoë "Dee" O\'Neil')
OBJECTS = ("o1", "o2", "o3", "https://example.org/заметки?q=4&a=<b>")
TOPICS = ("t1", "été, l'")
ZONES = ("Asia/Tokyo", "America/New_York", "Europe/Paris", "UTC")
_HOURS = (0, 1, 5, 11, 23, 26, 47, 50, 72, 77, 100, 200, 340)
_MOMENTS = [START + timedelta(hours=each, minutes=half) for half in (0, 30) for each in _HOURS]
_TOPICS = [*[()] * 4, *permutations(TOPICS, 1), *permutations(TOPICS, 2)]
"""The topics of an event: often none."""

_LIKELY = ("a", "b", "courage")
ODD = (
    "",
    " ",
    'What does "it" cost?\n\nWe\'re {thirty}; <b>100 %</b>\t&amp; a \\\r\n',
    "İstanbul, straße, Ὀδυσσεύς \u202e\N{GRINNING FACE}\u200d\N{FAMILY}",
    "a long title " * 170,
)
"""Texts like those of real people: empty, blank, of several lines, with quotes, braces and markup, in other scripts (with a letter
whose lower case is longer), long. They are few, so that each one occurs in several histories."""

_ODD_DAYS = (date(2028, 2, 29), date(2026, 12, 31))
"""Days that not every year has: the 29 February, and a day in the 53rd week."""

_ODD_VALUES: dict[str, tuple[Value, ...]] = {
    "text": ODD,
    "number": (0, -0.5, 1e9, 0.1, *range(1, 13)),
    "integer": (0, -1, 10**9, *range(1, 13)),
    "flag": (True, False),
    "texts": ((), (ODD[2],)),
}
"""By type of field, values that authors don't think of; for numbers also 0 to 12, as some functions raise for one number in ten."""

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(_LIKELY * len(ODD) + ODD * len(_LIKELY)),
    "number": st.sampled_from([0, 1, 2.5, 4, -1]),
    "integer": st.integers(-2, 60),
    "flag": st.booleans(),
    "texts": st.lists(st.sampled_from(TOPICS), unique=True, min_size=1, max_size=2),
}


def events(book: RuleBook, id: str = "e") -> st.SearchStrategy[Event]:
    """An event of any type in the book, valid for that type.

    >>> from hypothesis import find
    >>> book = RuleBook.load("plugin:sharing")
    >>> find(events(book), lambda event: event.type == "kudos.given").id
    'e'
    """
    some = _some(book)
    return st.composite(lambda draw: some(draw, id))()


def _some(book: RuleBook) -> Callable[..., Event]:
    """A function that draws events of a book; every second one is of a type that its rules and badges name.

    The strategy for each type is made once, as making it takes longer than drawing from it.
    """
    asked = _asked(book)
    often = len(book.types) // len(asked) if asked else 0
    names = st.sampled_from([*sorted(book.types), *asked * often])
    keys = cache(lambda name: _keys(book.types[name]))

    def some(draw: Callable[[Any], Any], id: str, known: Sequence[str] = ()) -> Event:
        name = draw(names)
        drawn = draw(keys(name))
        if book.types[name].retracts:
            drawn["retracts"] = draw(st.sampled_from([*known, "e0"]))
        return Event(id=id, type=name, **drawn)

    return some


def _asked(book: RuleBook) -> list[str]:
    """The event types that rules and badges name."""
    parts = [part for badge in book.badges.values() for part in badge.asks]
    named = [rule.on for rule in book.rules.values()]
    named += [each.on for part in parts for each in (part, part.each) if each]
    return sorted({name for on in named for name in on} & set(book.types))


def _keys(kind: EventType) -> st.SearchStrategy[dict[str, Any]]:
    """A strategy for the keys of an event of a type, except its id and what it retracts."""

    def some(key: str, values: Sequence[str]) -> st.SearchStrategy[str | None]:
        nothing = [] if key in kind.requires else [None] * len(values)
        return st.sampled_from([*values, *nothing])

    needs_object = kind.creates is not None or "object" in kind.requires or bool(kind.acts_on)
    envelope: dict[str, st.SearchStrategy[Any]] = {
        "actor": some("actor", MEMBERS),
        "object": st.sampled_from(OBJECTS) if needs_object else some("object", OBJECTS),
        "recipient": some("recipient", MEMBERS),
        "in_reply_to": some("in_reply_to", OBJECTS),
        "community": some("community", ["c1", "c2"]),
        "topics": st.sampled_from(_TOPICS),
    }
    data = st.fixed_dictionaries(
        {k: _value(kind, k, f) for k, f in kind.fields.items() if f.required},
        optional={k: _value(kind, k, f) for k, f in kind.fields.items() if not f.required},
    )
    found = {
        "occurred_at": st.sampled_from(_MOMENTS),
        **({} if kind.advances else envelope),  # an event that advances time is about nobody
        "data": data,
    }
    return st.tuples(*found.values()).map(lambda drawn: dict(zip(found, drawn, strict=True)))


def _value(kind: EventType, name: str, field: Field) -> st.SearchStrategy[Any]:
    if kind.profiles and name == "zone":
        return st.sampled_from(ZONES)
    if kind.profiles and name in PROFILE_NAMES:
        return _VALUES["text"].filter(lambda text: len(text) <= LONGEST_NAME)
    return _VALUES[field.type]


def odd_ones(book: RuleBook, found: Sequence[Event]) -> Iterator[list[Event]]:
    """The events again and again, each time with one field of one event left out or replaced by something odd."""
    for number, event in enumerate(found):
        kind = book.types[event.type]
        for name, each in kind.fields.items() if kind.relates is None else ():
            for data in _with_odd_ones(event.data, name, each):
                yield [*found[:number], evolve(event, data=data), *found[number + 1 :]]


def _with_odd_ones(
    data: Mapping[str, Value], name: str, field: Field
) -> Iterator[dict[str, Value]]:
    """The data of an event with one field left out, or replaced by something odd."""
    others = {key: value for key, value in data.items() if key != name}
    if not field.required:
        yield others
    for odd in _ODD_VALUES[field.type]:
        yield {**others, name: odd}


def over_again(found: Sequence[Event], times: int) -> Iterator[Event]:
    """The events again every 25 hours (so at every hour and on every weekday) and on odd days, each time with new ids and objects."""
    for day in range(times):
        for event in found:
            yield _once_more(event, day, event.occurred_at + timedelta(days=day, hours=day))
    for number, odd in enumerate(_ODD_DAYS, times):
        for event in found:
            yield _once_more(event, number, datetime.combine(odd, event.occurred_at.timetz()))


def _once_more(event: Event, number: int, at: datetime) -> Event:
    """An event at another time, with a new id and new objects."""

    def named(id: str | None) -> str | None:
        return id and f"{id}~{number}"

    return evolve(
        event,
        id=f"{event.id}~{number}",
        occurred_at=at,
        object=named(event.object),
        in_reply_to=named(event.in_reply_to),
        retracts=named(event.retracts),
    )


def histories(book: RuleBook, max_size: int = 25) -> st.SearchStrategy[list[Event]]:
    """Events in the order in which they arrive: late, out of order, some twice, some retracted before or after.

    >>> histories(RuleBook.load("plugin:sharing"), max_size=3).example()  # doctest: +SKIP
    [Event(...), Event(...)]
    """
    some = _some(book)

    @st.composite
    def history(draw: Callable[[Any], Any]) -> list[Event]:
        names = [f"e{number}" for number in range(draw(st.integers(0, max_size)))]
        found = [some(draw, name, names) for name in names]
        again = draw(st.lists(st.sampled_from(found), max_size=3)) if found else []
        return list(draw(st.permutations([*found, *again])))

    return history()


def communities(book: RuleBook, max_size: int = 25) -> st.SearchStrategy[list[Event]]:
    """A history in the order in which it happened, without duplicates."""
    return histories(book, max_size).map(_as_it_happened)


def _as_it_happened(history: list[Event]) -> list[Event]:
    found = {event.id: event for event in history}
    return sorted(found.values(), key=order_of)


def rule_books() -> st.SearchStrategy[RuleBook]:
    """Rule books with every kind of rule and criterion, over the vocabulary ``sharing``."""
    return st.integers(0, 2**32).map(lambda seed: books.book(Random(seed)))
