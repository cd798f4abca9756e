"""What events say about people: which fields name members, which hold free texts, and what remains of an event when these are erased.

``upkeep`` erases by this; the log recognises by it an event that is sent again after a part of it was erased.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, starmap
from typing import Any

import attrs
from attrs import evolve

from wiifm.event_types import PROFILE_FIELDS, EventType
from wiifm.events import Event, Value
from wiifm.faults import Fault, InvalidInput, literal, nearest, one_of
from wiifm.pseudonyms import is_pseudonym
from wiifm.rulebook.book import RuleBook


def check_kept(book: RuleBook, keep: object) -> None:
    """Check the names of the fields whose texts are not to be erased, since a wrong one would keep nothing.

    >>> check_kept(RuleBook.load("plugin:sharing"), ["txet"])
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: keep: found 'txet', expected a text field of the book's event types...; did you mean 'text'?

    Raises:
        InvalidInput: it is no collection, as if it is one name alone, or no event type of the book has a text field of a name.
    """
    expected = "a collection of names of fields, such as ['text']"
    if isinstance(keep, str | bytes) or not isinstance(keep, Collection):
        raise InvalidInput([Fault("keep", literal(keep), expected)])
    kinds = book.types.values()
    fields = [item for kind in kinds for item in kind.fields.items()]
    known = [key for key, each in fields if each.type in ("text", "texts")]
    expected = one_of("a text field of the book's event types", known)
    if faults := [
        Fault("keep", literal(name), expected, nearest(str(name), known))
        for name in keep
        if name not in known
    ]:
        raise InvalidInput(faults)


def free_fields(book: RuleBook, keep: Collection[str] = ()) -> dict[str, set[str]]:
    """The free text fields of each event type: those whose names appear nowhere in what decides by the book, and aren't in ``keep``.

    >>> free_fields(RuleBook.load("plugin:sharing"))["kudos.given"]
    {'text'}
    """
    read = {*keep, *_words_that_decide(book)}
    return {name: text_fields(kind) - read for name, kind in book.types.items()}


def text_fields(kind: EventType) -> set[str]:
    """The fields of an event type that are free texts unless a rule book reads them.

    >>> from wiifm.event_types import Field
    >>> fields = {"text": Field(), "unit": Field(), "minutes": Field("integer")}
    >>> text_fields(EventType(name="met", fields=fields))
    {'text'}
    """
    texts = {key for key, each in kind.fields.items() if each.type in ("text", "texts")}
    return texts - PROFILE_FIELDS.keys()


def nameless_fields(kind: EventType) -> tuple[str, ...]:
    """The fields of an event type that name no people, though they may have the same word in them.

    >>> nameless_fields(EventType(name="hired", relates="joining"))
    ('unit', 'zone')
    """
    return ("unit", "zone") if kind.profiles else ()


def _words_that_decide(book: RuleBook) -> Iterator[str]:
    """All words in the rules, limits, gates, badges and ladders of a book, apart from ids and sentences for people."""
    for nouns in (book.rules, book.limits, book.gates, book.badges, book.ladders):
        for noun in nouns.values():
            for text in _texts(noun):
                yield from re.findall(r"[A-Za-z_]\w*", text)


def _texts(value: Any, key: str = "") -> Iterator[str]:
    if key in ("means", "say", "id"):
        return
    if attrs.has(type(value)):
        for each in attrs.fields(type(value)):
            yield from _texts(getattr(value, each.name), each.name)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, tuple | frozenset | list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


# ---- what remains --------------------------------------------------------------------------------------------


def remains(event: Event, known: Event, kind: EventType, pruned: Collection[str]) -> Event:
    """What an erasure may have left of an event, as far as that is what is ``known`` of it.

    It is equal to ``known`` exactly if what differs was erased: a pseudonym stands wherever the event has the member's name, and free texts are
    empty. That only free texts are empty says nothing, as they may have been so from the beginning: these are the fields in ``pruned``,
    which the store notes.

    >>> from datetime import UTC, datetime
    >>> sent = Event(id="e1", type="met", occurred_at=datetime(2026, 5, 1, tzinfo=UTC), actor="ann", recipient="bob")
    >>> known = evolve(sent, actor="forgotten-0123456789abcdef")
    >>> remains(sent, known, EventType(name="met"), ()) == known
    True
    >>> remains(sent, evolve(known, recipient="raj"), EventType(name="met"), ()).recipient
    'bob'

    Args:
        event: the event, as it was sent.
        known: the recorded event with this id.
        kind: the type of the recorded event.
        pruned: the fields whose texts were erased from the recorded event though it names nobody who was forgotten.
    """
    nameless = nameless_fields(kind)
    values = [(event.actor, known.actor), (event.recipient, known.recipient)]
    keys = (event.data.keys() & known.data.keys()) - {*nameless}
    values += [(event.data[key], known.data[key]) for key in sorted(keys)]
    names = _names(values)
    free = text_fields(kind) if names else pruned
    data = {
        key: value if key in nameless else _left(value, known.data.get(key), names, key in free)
        for key, value in event.data.items()
    }
    people = {key: _renamed(getattr(event, key), names) for key in ("actor", "recipient")}
    return evolve(event, **people, data=data)


def _names(values: Collection[tuple[Any, Any]]) -> dict[str, str]:
    """The names of forgotten members in the values of an event, each with the pseudonym that stands for it in the known values.

    No two names have one pseudonym, and no name has two. So if what is known didn't come of this event, a pseudonym is left that stands for none.
    """
    names: dict[str, str] = {}
    for name, other in chain.from_iterable(starmap(_pairs, values)):
        is_unmatched = name not in names and other not in names.values()
        if is_unmatched and name != other and is_pseudonym(other):
            names[name] = other
    return names | _matched(_listed(values, names))


def _pairs(value: Any, known: Any) -> Iterator[tuple[str, str]]:
    """The names that may stand in a value, each with what is known in its place."""
    if isinstance(value, str) and isinstance(known, str):
        yield value, known
    elif isinstance(value, tuple) and isinstance(known, tuple) and len(value) == len(known):
        yield from zip(value, known, strict=True)


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


def _listed(values: Collection[tuple[Any, Any]], names: Mapping[str, str]) -> dict[str, list[str]]:
    """The pseudonyms that are all that is left of a list of free texts, apart from those in ``names``; each with the names that it may stand for.

    Such a name stood there as often, and stands nowhere in what is known.
    """
    taken = {*names, *chain.from_iterable(_words(known) for _, known in values)}
    found: dict[str, list[str]] = {}
    for value, known in values:
        if not (isinstance(value, tuple) and isinstance(known, tuple) and len(known) < len(value)):
            continue
        if len({*known}) != 1 or not is_pseudonym(known[0]) or known[0] in names.values():
            continue
        counted = Counter(value)
        candidates = found.get(known[0], counted)
        found[known[0]] = [
            each for each in candidates if counted[each] == len(known) and each not in taken
        ]
    return found


def _matched(candidates: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Names with pseudonyms, given the candidates for each: each has another name, for as many as possible.

    A pseudonym takes a name from another one that can have a different name: these are the augmenting paths of a bipartite matching.
    """
    names: dict[str, str] = {}

    def match(other: str, tried: set[str]) -> bool:
        for name in candidates[other]:
            if name not in tried:
                tried.add(name)
                if name not in names or match(names[name], tried):
                    names[name] = other
                    return True
        return False

    for other in candidates:
        match(other, set())
    return names


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, tuple):
        return tuple(names.get(each, each) for each in value)
    return names.get(value, value) if isinstance(value, str) else value


def _left(value: Value, known: Value | None, names: Mapping[str, str], free: bool) -> Value:
    """What is left of a value: with pseudonyms in it, or if it is a free text, nothing or only one of those, whichever is known."""
    if free and isinstance(value, str) and known == "":
        return ""
    if free and isinstance(value, tuple):
        counted = Counter(value)
        alone = {(names[each],) * counted[each] for each in counted.keys() & names.keys()}
        if known in ((), *alone):
            return known
    return _renamed(value, names)  # type: ignore[no-any-return]
