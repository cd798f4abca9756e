"""Encodes the state of a holder as text and decodes it: an object of JSON with the fields that differ from a fresh state.

States are packed and read more often than anything else, so what only grows (awards and sets) keeps its text from one
batch to the next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice, pairwise
from operator import attrgetter
from typing import Any, TypeAlias

from wiifm.archive.codec import PLAIN, decoded, encoded, moment_of, pack, text_of
from wiifm.records import Awards, State

Packed: TypeAlias = dict[str, tuple[Any, int, str]]
"""For each field that only grows: its value when it was last packed or read, how many items it had, and its text."""

_END = "]}"
"""The last characters of a field that only grows."""

_decoder = json.JSONDecoder()


@lru_cache(maxsize=16)
def _fields(
    of: type[State],
) -> tuple[Callable[[State], tuple[Any, ...]], list[tuple[str, str, Any, bool]]]:
    """For a type of state: a getter of its fields except tables; and for each field its name, the opening of its text, its value in a fresh
    state, and whether a plugin determines it.
    """
    fresh = of()
    slots: tuple[str, ...] = fresh.__slots__  # type: ignore[attr-defined]
    names = [name for name in slots if name not in fresh.tables]
    fields = [(each, f'"{each}":', getattr(fresh, each), each in of.foreign) for each in names]
    return attrgetter(*names), fields


def pack_state(state: State, packed: Packed) -> str:
    """A state as text, without its tables: the fields that differ from a fresh state.

    Awards and sets only grow, and most haven't since they were last packed. Values that functions of plugins made are compared
    by their text, since a function may tell 1 from True, and 0.0 from -0.0.
    """
    found, grown = [], []
    values, fields = _fields(type(state))
    for (name, opening, fresh, foreign), value in zip(fields, values(state), strict=True):
        if value is fresh:
            continue
        if foreign:
            if value != fresh or pack(value) != pack(fresh):
                found.append(opening + pack(value))
        elif type(value) is set or name == "awards":
            if value:
                grown.append(opening + _grown(name, value, packed))
        elif value != fresh:
            found.append(f"{opening}{value if type(value) is int else pack(value)}")
    return f"{{{','.join(grown + found)}}}"


def _grown(name: str, value: Any, packed: Packed) -> str:
    """The text of a field that only grows: only new items are encoded."""
    before, count, text = packed.get(name, (None, 0, ""))
    if before is not value:
        count, text = 0, ""
    elif count == len(value):
        return text
    if type(value) is set:
        text = text_of(encoded(value))
    else:
        new = ",".join(map(pack, islice(value.items(), count, None)))
        text = f"{text[: -len(_END)]},{new}{_END}" if count else f'{{"dict":[{new}{_END}'
    packed[name] = (value, len(value), text)
    return text


def unpack_state(text: str, fresh: Callable[[], State], packed: Packed) -> State:
    """The state of a text that ``pack_state`` made. It fills ``packed``, for packing the state again.

    Raises:
        ValueError: it isn't the text of an object, as when it was cut.
    """
    _check_whole(text)
    state, fields = fresh(), json.loads(text)
    for name, value in fields.items():
        if type(value) in PLAIN:
            setattr(state, name, value)
        elif name == "awards":
            state.awards = _awards(value)
        elif name in state.queues:
            setattr(state, name, _queues(decoded(value), state.queues[name]))
        else:
            setattr(state, name, decoded(value))
    for name, its_text in _grown_texts(text, list(fields)):
        grown = getattr(state, name)
        packed[name] = grown, len(grown), its_text
    return state


def _check_whole(text: str) -> None:
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError("found no JSON object")


def _awards(found: dict[str, Any]) -> Awards:
    """Awards, which are the largest part of most states, without a call for each cell."""
    return {
        (badge, tier, tuple(parts) if PLAIN.issuperset(map(type, parts)) else decoded(parts)): (
            moment_of(at["@"]),
            event,
            key if type(key) in PLAIN else decoded(key),
        )
        for (badge, tier, parts), (at, event, key) in found["dict"]
    }


def _queues(found: Any, new: Callable[[list[Any]], object]) -> object:
    """The queue with some items, or one for each key."""
    if type(found) is list:
        return new(found)
    return {key: new(items) for key, items in found.items()}


def _grown_texts(text: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """The fields that only grow, each with its text, in that of a state with some fields in this order: they come first.

    One ends where the next field begins. Nothing within it looks like that: there, a comma and a text are never followed by
    a colon, as all other objects have one key. If others have changed the text, fewer may be found.
    """
    at = 1
    for name, following in pairwise([*names, ""]):
        start = at + len(name) + 3
        opening = '{"dict":[' if name == "awards" else '{"set":['
        if not text.startswith(f'"{name}":{opening}', at):
            break
        end = text.find(f',"{following}":', start) if following else len(text) - 1
        if not text.endswith(_END, start, end):
            break
        yield name, text[start:end]
        at = end + 1


def awards_in(text: str) -> Awards:
    """The awards in a packed state. Nothing else of it is decoded.

    Raises:
        ValueError: it isn't the text of an object, as when it was cut.
    """
    _check_whole(text)
    return _awards(_field_in(text, "awards", {"dict": []}))


def number_in(text: str, name: str) -> int:
    """The number in a field of a packed state, 0 if it has none. Nothing else of the state is decoded.

    >>> number_in('{"words":"\\\\"many\\\\":2","many":3,"more":4}', "many")
    3
    """
    return int(_field_in(text, name, 0))


def _field_in(text: str, name: str, absent: Any) -> Any:
    """What a packed state has in a field, or ``absent``. The quoted name occurs nowhere else, since quotes within texts are escaped."""
    key = f'"{name}":'
    at = text.find(key)
    return _decoder.raw_decode(text, at + len(key))[0] if at >= 0 else absent
