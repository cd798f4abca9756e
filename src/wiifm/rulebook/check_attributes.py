"""Checks the objects that plugins register: whether each attribute has the type of its annotation.

TOML is read with cattrs, which checks each value. A plugin makes its objects by calling the classes, which check nothing.
So this module checks them, attribute by attribute and at any depth, before anything relies on them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import AttrsInstance

from wiifm.events import LARGEST_INTEGER, YEARS
from wiifm.faults import Fault, literal, nearest
from wiifm.states import STATES, is_state


def noun_faults(noun: AttrsInstance) -> Iterator[Fault]:
    """The faults of the attributes of an object, each with the path of keys to it.

    >>> from wiifm.rules import Limit, Rule
    >>> limited = Rule(id="r", on="kudos.given", to="actr", limit=(Limit(points="x"),))
    >>> print(*noun_faults(limited), sep="\\n")
    key 'on': found 'kudos.given', expected a tuple: ('kudos.given',)
    key 'to': found 'actr', expected 'actor', 'recipient', 'mentor', 'unit', 'community', 'former_mentor' or 'mentors_mentor'; did you mean 'actor'?
    key 'limit', number 1, key 'points': found 'x', expected a number or None
    """
    for step, value, kind in _parts(noun, type(noun)):
        yield from _faults(value, kind, step)


def with_article(noun: type) -> str:
    """The name of a class with its indefinite article, for messages.

    >>> from wiifm.event_types import EventType
    >>> with_article(EventType)
    'an EventType'
    """
    return f"{'an' if noun.__name__[0] in 'AEIOU' else 'a'} {noun.__name__}"


def _faults(value: object, kind: Any, where: str) -> Iterator[Fault]:
    """The faults of a value that must have a type, ``kind``."""
    fitting = next((each for each in _choices(kind) if _is(value, each)), None)
    if fitting is None:
        words = [word for each in _choices(kind) for word in get_args(each) if type(word) is str]
        hint = nearest(value, words) if isinstance(value, str) else None
        yield Fault(where, literal(value), _expected(value, kind), hint)
        return
    for step, part, inner in _parts(value, fitting):
        yield from _faults(part, inner, f"{where}, {step}")


def _choices(kind: Any) -> tuple[Any, ...]:
    """The members of a union; any other type alone."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _is(value: object, kind: Any) -> bool:
    """Whether a value has a type, apart from what it contains."""
    origin = get_origin(kind) or kind
    if origin is tuple:
        lengths = get_args(kind)
        return type(value) is tuple and (lengths[-1] is ... or len(value) == len(lengths))
    if origin is Literal:
        return type(value) is str and value in get_args(kind)
    if origin is Callable:
        return callable(value)
    if origin is float or origin is int:
        return is_number(value) and (origin is float or type(value) is int)
    if origin is datetime:
        return isinstance(value, datetime) and value.year in YEARS and value.utcoffset() is not None
    if origin is Hashable:
        return is_state(value)
    if origin is str or origin is bool:
        return type(value) is origin
    return origin is Any or isinstance(value, origin)


def is_number(value: object) -> bool:
    """Whether a value is a number that a rule book may have: finite; an integer within 2**53; and no flag.

    >>> is_number(1.5), is_number(2**60), is_number(float("nan")), is_number(True)
    (True, False, False, False)
    """
    if type(value) is float:
        return isfinite(value)
    return type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER


def _parts(value: Any, kind: Any) -> Iterator[tuple[str, object, Any]]:
    """What a value of a type contains: the place, the value, and the type that it must have."""
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if attrs.has(origin):
        noun: type[AttrsInstance] = type(value)
        hints = _hints(noun)
        for key in attrs.fields_dict(noun):
            yield f"key {key!r}", getattr(value, key), hints[key]
    elif origin is tuple:
        for number, item in enumerate(value, 1):
            of = inner[0] if inner[-1] is ... else inner[number - 1]
            yield f"number {number}", item, of
    elif origin is Mapping:
        for key, item in value.items():
            yield f"key {literal(key)}", key, inner[0]
            yield f"key {literal(key)}", item, inner[1]


@cache
def _hints(noun: type) -> dict[str, Any]:
    return get_type_hints(noun)


def _expected(value: object, kind: Any) -> str:
    if isinstance(value, str) and get_origin(kind) is tuple:
        return f"a tuple: ({literal(value)},)"
    if type(value) is int and {int, float} & set(_choices(kind)):
        return "an integer within 2**53"
    return either([word for each in _distinct_choices(kind) for word in _words(each)])


def _distinct_choices(kind: Any) -> list[Any]:
    """The choices of a type that a message must name: float includes int."""
    return [each for each in _choices(kind) if each is not int or float not in _choices(kind)]


def either(words: Iterable[str]) -> str:
    """Words joined by commas, and the last two by "or".

    >>> either(["a text", "a number", "None"])
    'a text, a number or None'
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _words(kind: Any) -> list[str]:
    """How messages name a value of a type; several words for a ``Literal``."""
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if origin is Literal:
        return [repr(word) for word in inner]
    if origin is tuple:
        return ["a tuple of " + " and ".join(_many(each) for each in inner if each is not ...)]
    if origin is Mapping:
        return [f"a mapping of {_many(inner[0])} to {_many(inner[1])}"]
    return [_ONE.get(origin) or with_article(origin)]


def _many(kind: Any) -> str:
    """How messages name several values of a type."""
    kinds = [get_origin(each) or each for each in _distinct_choices(kind)]
    return either([_MANY.get(each) or f"{each.__name__} nouns" for each in kinds])


_ONE = {
    str: "a text",
    int: "an integer",
    float: "a number",
    bool: "True or False",
    NoneType: "None",
    datetime: "a datetime with a time zone, from 1900 to 2999",
    Callable: "a function",
    Hashable: f"a state: {STATES}",
}
_MANY = {str: "texts", int: "integers", float: "numbers", bool: "flags", tuple: "tuples"}
