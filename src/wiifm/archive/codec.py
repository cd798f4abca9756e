"""Encodes values of fold states as text and decodes them. The text is JSON: arrays are tuples, and other types have a tag.

The text is readable for people, and safe to decode even if somebody has changed it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache, lru_cache, partial
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias, TypedDict

from wiifm.activities import Order, Slot
from wiifm.faults import StoreFault, shown
from wiifm.program.rolling import Groups, Moments, Samples
from wiifm.records import State

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_PLAIN = frozenset((int, str, bool, type(None), float))
_LEAVES = _PLAIN | {datetime, Fraction}
"""Types without content of their own, which the JSON encoder passes or tags by itself."""


def _tagged(value: Any) -> object:
    """A value of a type that JSON lacks, as a tagged object."""
    if type(value) is datetime:
        return {"@": micros(value)}
    return {"/": [value.numerator, value.denominator]}


_encoder = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_tagged
)
_quoted = json.encoder.encode_basestring
_decoder = json.JSONDecoder()
_END = "]}"
"""The last characters of a field that only grows."""
_in_order = partial(json.dumps, default=_tagged)


def _chunks() -> Callable[[object, int], Iterable[str]]:
    """The encoder. ``JSONEncoder.encode`` would create one for each value, which takes as long as encoding most values."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return lambda value, _: _encoder.iterencode(value)
    return make(None, _tagged, _quoted, None, ":", ",", False, False, True)  # type: ignore[no-any-return]


_encode = _chunks()


def _text(value: object) -> str:
    """Arrays, objects and leaves as JSON."""
    return "".join(_encode(value, 0))


def micros(moment: datetime) -> int:
    """A moment as microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    since = moment - _EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def moment_of(micros: int) -> datetime:
    """The moment from microseconds since 1970.

    >>> moment_of(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return _EPOCH + micros * _MICROSECOND  # twice as fast as timedelta(0, 0, micros)


def cells_of(place: Order) -> tuple[int, str]:
    """A place in the order of events as two cells.

    >>> cells_of((datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "e1"))
    (1000000, 'e1')
    """
    return micros(place[0]), place[1]


def pack(value: object) -> str:
    """A value as text.

    >>> pack((1, Fraction(1, 3), frozenset({"b", "a"})))
    '[1,{"/":[1,3]},{"frozen":["a","b"]}]'

    Raises:
        StoreFault: it doesn't consist of numbers, texts, moments, tuples, lists, sets and dictionaries.
    """
    kind = type(value)
    if kind is int:
        return str(value)
    return _quoted(value) if kind is str else _text(_encoded(value))  # type: ignore[arg-type]


def unpack(text: str) -> Any:
    """The value of a text that ``pack`` made.

    >>> unpack('[1,{"/":[1,3]}]')
    (1, Fraction(1, 3))
    """
    return _decoded(json.loads(text))


class Bounds(TypedDict):
    """A time span as arguments for a scan."""

    since: tuple[int] | None
    before: tuple[int] | None


def bounds_of(since: datetime | None, until: datetime | None) -> Bounds:
    """A time span as arguments for a scan of rows that are sorted by their moment.

    >>> bounds_of(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None)
    {'since': (1000000,), 'before': None}
    """
    return {
        "since": None if since is None else (micros(since),),
        "before": None if until is None else (micros(until),),
    }


@cache
def slot_of(text: str) -> Slot:
    """A slot of an event type from its text."""
    event_type, role, merit = json.loads(text)
    return event_type, role, merit


@cache
def slot_text(slot: Slot) -> str:
    """A slot as text.

    >>> slot_of(slot_text(("kudos.given", "recipient", None)))
    ('kudos.given', 'recipient', None)
    """
    return json.dumps(slot)


def unpack_all(texts: list[str]) -> list[Any]:
    """The values of some texts that ``pack`` made, parsed together.

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
    """The values of some texts that ``pack`` made, joined with commas.

    >>> unpack_joined('"a",[1,2]')
    ['a', (1, 2)]

    Raises:
        ValueError: a text isn't that of a value.
    """
    found: list[Any] = json.loads(f"[{texts}]")
    return found if _PLAIN.issuperset(map(type, found)) else [_decoded(each) for each in found]


Packed: TypeAlias = dict[str, tuple[Any, int, str]]
"""For each field that only grows: its value when it was last packed or read, how many items it had, and its text."""


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


def _grown(name: str, value: Any, packed: Packed) -> str:
    """The text of a field that only grows: only new items are encoded."""
    before, count, text = packed.get(name, (None, 0, ""))
    if before is not value:
        count, text = 0, ""
    elif count == len(value):
        return text
    if type(value) is set:
        text = _text({"set": _sorted(value)})
    else:
        new = ",".join(map(pack, islice(value.items(), count, None)))
        text = f"{text[: -len(_END)]},{new}{_END}" if count else f'{{"dict":[{new}{_END}'
    packed[name] = (value, len(value), text)
    return text


def unpack_state(text: str, fresh: Callable[[], State], packed: Packed) -> State:
    """The state of a text that ``pack_state`` made. It fills ``packed``, for packing the state again."""
    state, parsed = fresh(), _parse_state(text)
    for name, value in parsed.values.items():
        found = value if type(value) in _PLAIN else _decoded(value)
        new = state.queues.get(name)
        if new is not None:
            found = new(found) if type(found) is list else {k: new(v) for k, v in found.items()}
        setattr(state, name, found)
        if name in parsed.texts:
            packed[name] = (found, len(found), parsed.texts[name])
    return state


def number_in(text: str, name: str) -> int:
    """The number in a field of a packed state, 0 if it has none. The quoted name occurs nowhere else, since quotes within texts are escaped.

    >>> number_in('{"words":"\\\\"many\\\\":2","many":3,"more":4}', "many")
    3
    """
    key = f'"{name}":'
    at = text.find(key)
    return int(_decoder.raw_decode(text, at + len(key))[0]) if at >= 0 else 0


class _ParsedState(NamedTuple):
    """The fields of a packed state, and the texts of those that only grow."""

    values: dict[str, Any]
    texts: dict[str, str]


def _parse_state(text: str) -> _ParsedState:
    """Parse a packed state: the fields that only grow one by one, as they come first, then the rest at once.

    Raises:
        ValueError: it isn't the text of an object, as when it was cut.
    """
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError("found no JSON object")
    at, parsed = 1, _ParsedState({}, {})
    while text.startswith('"', at):
        name, end = _decoder.raw_decode(text, at)
        start = end + 1
        if not text.startswith('{"dict":[' if name == "awards" else '{"set":[', start):
            break
        value, end = _decoder.raw_decode(text, start)
        if not text.endswith(_END, start, end) or not text.startswith((",", "}"), end):
            break  # the text was changed by others
        parsed.values[name], parsed.texts[name] = value, text[start:end]
        at = end + 1
    if at < len(text):
        parsed.values.update(json.loads("{" + text[at:]))
    return parsed


def _encoded(value: Any) -> Any:
    """A value as arrays, objects and leaves."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    encode = _ENCODED.get(kind)
    if encode is None:
        raise StoreFault(
            f"a store can't keep {shown(value)}: the state of a plugin's rule kind or measure must consist of numbers, "
            "texts, moments, tuples, lists, sets and dictionaries"
        )
    return encode(value)


def _array(values: Collection[Any]) -> object:
    """The items of a collection as an array. Mostly all are leaves."""
    if _LEAVES.issuperset(map(type, values)):
        return values
    return [_encoded(each) for each in values]


def _pairs(value: dict[Any, Any]) -> object:
    """A dictionary as an array of pairs."""
    if _LEAVES.issuperset(map(type, value)) and _LEAVES.issuperset(map(type, value.values())):
        return [*value.items()]
    return [(_encoded(key), _encoded(cell)) for key, cell in value.items()]


def _sorted(values: Collection[Any]) -> list[Any]:
    """The items of a set in an order that depends only on them."""
    if {str}.issuperset(map(type, values)):
        return sorted(values)
    cells = [_encoded(each) for each in values]
    cells.sort(key=_in_order)
    return cells


_ENCODED: dict[type, Callable[[Any], Any]] = {
    tuple: _array,
    dict: lambda value: {"dict": _pairs(value)},
    list: lambda value: {"list": _array(value)},
    **dict.fromkeys((Moments, Samples, Groups), lambda value: {"list": _array(value.inside())}),
    set: lambda value: {"set": _sorted(value)},
    frozenset: lambda value: {"frozen": _sorted(value)},
}


def _each(found: list[Any]) -> list[Any]:
    """Decode several values, most of which are plain."""
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
