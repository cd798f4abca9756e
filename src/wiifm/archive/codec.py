"""Values of fold states as text and back: JSON, in which arrays are tuples, and everything else than that has a tag.

Readable by whoever looks into a store, and harmless to read even where somebody has changed it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from wiifm.faults import StoreFault, shown
from wiifm.program.rolling import Queue
from wiifm.records import State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_text = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_PLAIN = (int, str, bool, type(None), float)


def micros(moment: datetime) -> int:
    """A moment as microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // _TICK


def moment_of(micros: int) -> datetime:
    """The moment of so many microseconds since 1970.

    >>> moment_of(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return _EPOCH + timedelta(microseconds=micros)


def pack(value: object) -> str:
    """A value as text.

    >>> pack((1, Fraction(1, 3), frozenset({"b", "a"})))
    '[1,{"/":[1,3]},{"frozen":["a","b"]}]'

    Raises:
        StoreFault: it isn't made of numbers, texts, moments, tuples, lists, sets and dictionaries.
    """
    return _text(_encoded(value))


def unpack(text: str) -> Any:
    """The value that was packed.

    >>> unpack('[1,{"/":[1,3]}]')
    (1, Fraction(1, 3))
    """
    return _decoded(json.loads(text))


Packed: TypeAlias = dict[str, tuple[Any, int, str]]
"""Of fields that only ever grow: what was packed last, how large it was, and the text."""


def pack_state(state: State, packed: Packed) -> str:
    """A state as text, without its tables: the fields that differ from those of a fresh one.

    Awards and sets only ever grow, and most haven't since they were packed last.
    """
    found, grown = {}, []
    for name, fresh in _fields(type(state)):
        value = getattr(state, name)
        kind = type(value)
        if kind in _PLAIN:
            if value != fresh:
                found[name] = value
        elif kind is set or name == "awards":
            if value:
                grown.append(f'"{name}":{_grown(name, value, packed)}')
        elif value != fresh:
            found[name] = _encoded(value)
    text = _text(found)
    if not grown:
        return text
    return f"{{{','.join(grown)}{',' if found else ''}{text[1:]}"


@cache
def _fields(of: type[State]) -> tuple[tuple[str, Any], ...]:
    """The fields of a kind of state that aren't tables, and what a fresh one has there."""
    fresh = of()
    names: tuple[str, ...] = fresh.__slots__  # type: ignore[attr-defined]
    return tuple((name, getattr(fresh, name)) for name in names if name not in fresh.tables)


def _grown(name: str, value: Any, packed: Packed) -> str:
    before = packed.get(name)
    if before is not None and before[0] is value and before[1] == len(value):
        return before[2]
    text = _text(_encoded(value))
    packed[name] = (value, len(value), text)
    return text


def unpack_state(text: str, fresh: Callable[[], State]) -> State:
    """The state that was packed."""
    state = fresh()
    for name, value in json.loads(text).items():
        found = value if type(value) in _PLAIN else _decoded(value)
        new = state.queues.get(name)
        if new is not None:
            found = new(found) if type(found) is list else {k: new(v) for k, v in found.items()}
        setattr(state, name, found)
    return state


def _encoded(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple:
        for each in value:
            if type(each) not in _PLAIN:
                return [_encoded(each) for each in value]
        return value
    if kind is dict:
        return {"dict": [[_encoded(key), _encoded(each)] for key, each in value.items()]}
    if kind is list or isinstance(value, Queue):
        items = value if kind is list else value.inside()
        return {"list": [_encoded(each) for each in items]}
    if kind in (set, frozenset):
        cells = [_encoded(each) for each in value]
        cells.sort(key=json.dumps if any(type(each) is not str for each in cells) else None)
        return {"set" if kind is set else "frozen": cells}
    if kind is datetime:
        return {"@": micros(value)}
    if kind is Fraction:
        return {"/": [value.numerator, value.denominator]}
    raise StoreFault(
        f"a store can't keep {shown(value)}: the state of a plugin's rule kind or measure must be made of numbers, "
        "texts, moments, tuples, lists, sets and dictionaries"
    )


_TAGS: dict[str, Callable[[Any], Any]] = {
    "dict": lambda found: {_decoded(key): _decoded(value) for key, value in found},
    "list": lambda found: [_decoded(each) for each in found],
    "set": lambda found: {_decoded(each) for each in found},
    "frozen": lambda found: frozenset(_decoded(each) for each in found),
    "@": moment_of,
    "/": lambda found: Fraction(*found),
}


def _decoded(found: Any) -> Any:
    kind = type(found)
    if kind is list:
        return tuple(map(_decoded, found))
    if kind is dict:
        ((tag, value),) = found.items()
        return _TAGS[tag](value)
    return found
