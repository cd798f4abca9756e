"""Values of fold states as text and back: JSON, in which arrays are tuples, and everything else than that has a tag.

Readable by whoever looks into a store, and harmless to read even where somebody has changed it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache, lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, TypeAlias, TypedDict

from wiifm.activities import Slot
from wiifm.faults import StoreFault, shown
from wiifm.program.rolling import Groups, Moments, Samples
from wiifm.records import State

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_PLAIN = frozenset((int, str, bool, type(None), float))


def _chunks() -> Callable[[object, int], Iterable[str]]:
    """What encodes: ``JSONEncoder.encode`` makes such a one for each value, which takes as long as most values do."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return lambda value, _: _encoder.iterencode(value)
    write = json.encoder.encode_basestring
    return make(None, _encoder.default, write, None, ":", ",", False, False, True)  # type: ignore[no-any-return]


_encode = _chunks()


def _text(value: object) -> str:
    """What is made of plain things, as JSON."""
    return str(value) if type(value) is int else "".join(_encode(value, 0))


def micros(moment: datetime) -> int:
    """A moment as microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    since = moment - _EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def moment_of(micros: int) -> datetime:
    """The moment of so many microseconds since 1970.

    >>> moment_of(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return _EPOCH + micros * _MICROSECOND  # half of what timedelta(0, 0, micros) takes


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


class Bounds(TypedDict):
    """A time, as rows are found by it."""

    since: tuple[int] | None
    before: tuple[int] | None


def bounds_of(since: datetime | None, until: datetime | None) -> Bounds:
    """The bounds of rows that begin with their moment.

    >>> bounds_of(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None)
    {'since': (1000000,), 'before': None}
    """
    return {
        "since": None if since is None else (micros(since),),
        "before": None if until is None else (micros(until),),
    }


@cache
def slot_of(text: str) -> Slot:
    """A slot of an event type, as it stands beside an entry."""
    event_type, role, merit = json.loads(text)
    return event_type, role, merit


@cache
def slot_text(slot: Slot) -> str:
    """The text of a slot.

    >>> slot_of(slot_text(("kudos.given", "recipient", None)))
    ('kudos.given', 'recipient', None)
    """
    return json.dumps(slot)


def unpack_all(texts: list[str]) -> list[Any]:
    """The values that were packed in some texts, read at once.

    >>> unpack_all(['"a"', "[1,2]"])
    ['a', (1, 2)]

    Raises:
        ValueError: a text isn't that of a value.
    """
    found = unpack_joined(",".join(texts))
    if len(found) != len(texts):
        raise ValueError(f"found {len(found)} values in {len(texts)} texts")
    return found


def unpack_joined(texts: str) -> list[Any]:
    """The values that were packed in some texts, which are joined by commas.

    >>> unpack_joined('"a",[1,2]')
    ['a', (1, 2)]

    Raises:
        ValueError: a text isn't that of a value.
    """
    found: list[Any] = json.loads(f"[{texts}]")
    return found if _PLAIN.issuperset(map(type, found)) else [_decoded(each) for each in found]


Packed: TypeAlias = dict[str, tuple[Any, list[Any], str]]
"""Of fields that only ever grow: what was packed last, its items as they were encoded, and the text."""


def pack_state(state: State, packed: Packed) -> str:
    """A state as text, without its tables: the fields that differ from those of a fresh one.

    Awards and sets only ever grow, and most haven't since they were packed last. To a plugin's function 1 isn't True, nor is 0.0
    -0.0: what it made goes by its text.
    """
    found, grown = {}, []
    values, fields = _fields(type(state))
    for (name, fresh), value in zip(fields, values(state), strict=True):
        if value is fresh:
            continue
        kind = type(value)
        if name in state.foreign:
            if value != fresh or pack(value) != pack(fresh):
                found[name] = _encoded(value)
        elif kind in _PLAIN:
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


@lru_cache(maxsize=16)
def _fields(of: type[State]) -> tuple[Callable[[State], tuple[Any, ...]], list[tuple[str, Any]]]:
    """What asks a kind of state for its fields that aren't tables; and these, with what a fresh one has there."""
    fresh = of()
    slots: tuple[str, ...] = fresh.__slots__  # type: ignore[attr-defined]
    names = [name for name in slots if name not in fresh.tables]
    return attrgetter(*names), [(name, getattr(fresh, name)) for name in names]


def _grown(name: str, value: Any, packed: Packed) -> str:
    """The text of a field that only ever grows: only what is new is encoded."""
    before, cells, text = packed.get(name, (None, [], ""))
    if before is not value:
        cells = []
    elif len(cells) == len(value):
        return text
    if type(value) is set:
        cells = _sorted([_encoded(each) for each in value])
        text = _text({"set": cells})
    else:
        new = islice(value.items(), len(cells), None)
        cells += [_text((_encoded(key), _encoded(cell))) for key, cell in new]
        text = f'{{"dict":[{",".join(cells)}]}}'
    packed[name] = (value, cells, text)
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
    encode = _ENCODED.get(kind)
    if encode is None:
        raise StoreFault(
            f"a store can't keep {shown(value)}: the state of a plugin's rule kind or measure must be made of numbers, "
            "texts, moments, tuples, lists, sets and dictionaries"
        )
    return encode(value)


def _tuple(value: tuple[Any, ...]) -> object:
    if _PLAIN.issuperset(map(type, value)):
        return value
    return [_encoded(each) for each in value]


def _sorted(cells: list[Any]) -> list[Any]:
    """The items of a set, in an order that depends on nothing else."""
    cells.sort(key=None if {str}.issuperset(map(type, cells)) else json.dumps)
    return cells


_ENCODED: dict[type, Callable[[Any], Any]] = {
    tuple: _tuple,
    dict: lambda value: {"dict": [[_encoded(key), _encoded(value[key])] for key in value]},
    list: lambda value: {"list": [_encoded(each) for each in value]},
    **dict.fromkeys((Moments, Samples, Groups), lambda value: _encoded(value.inside())),
    set: lambda value: {"set": _sorted([_encoded(each) for each in value])},
    frozenset: lambda value: {"frozen": _sorted([_encoded(each) for each in value])},
    datetime: lambda value: {"@": micros(value)},
    Fraction: lambda value: {"/": [value.numerator, value.denominator]},
}


def _each(found: list[Any]) -> list[Any]:
    """Several values, of which most are plain."""
    return [each if type(each) in _PLAIN else _decoded(each) for each in found]


_TAGS: dict[str, Callable[[Any], Any]] = {
    "dict": lambda found: {_decoded(key): _decoded(value) for key, value in found},
    "list": _each,
    "set": lambda found: set(_each(found)),
    "frozen": lambda found: frozenset(_each(found)),
    "@": moment_of,
    "/": lambda found: Fraction(*found),
}


def _decoded(found: Any) -> Any:
    kind = type(found)
    if kind is list:
        return tuple(_each(found))
    if kind is dict:
        ((tag, value),) = found.items()
        return _TAGS[tag](value)
    return found
