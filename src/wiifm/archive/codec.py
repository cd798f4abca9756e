"""Encodes values as text and decodes them. The text is JSON: arrays are tuples, and other types have a tag.

The text is readable for people, and safe to decode even if somebody has changed it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache, partial
from typing import Any, TypedDict

from wiifm.activities import Order, Slot
from wiifm.faults import StoreFault, shown
from wiifm.program.rolling import Groups, Moments, Samples

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
PLAIN = frozenset((int, str, bool, type(None), float))
"""The types that JSON has, too."""
_LEAVES = PLAIN | {datetime, Fraction}
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
_in_order = partial(json.dumps, default=_tagged)


def _chunks() -> Callable[[object, int], Iterable[str]]:
    """The encoder. ``JSONEncoder.encode`` would create one for each value, which takes as long as encoding most values."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return lambda value, _: _encoder.iterencode(value)
    return make(None, _tagged, _quoted, None, ":", ",", False, False, True)  # type: ignore[no-any-return]


_encode = _chunks()


def text_of(value: object) -> str:
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
    return _quoted(value) if kind is str else text_of(encoded(value))  # type: ignore[arg-type]


def unpack(text: str) -> Any:
    """The value of a text that ``pack`` made.

    >>> unpack('[1,{"/":[1,3]}]')
    (1, Fraction(1, 3))
    """
    return decoded(json.loads(text))


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
    return found if PLAIN.issuperset(map(type, found)) else [decoded(each) for each in found]


def encoded(value: Any) -> Any:
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
    return [encoded(each) for each in values]


def _pairs(value: dict[Any, Any]) -> object:
    """A dictionary as an array of pairs."""
    if _LEAVES.issuperset(map(type, value)) and _LEAVES.issuperset(map(type, value.values())):
        return [*value.items()]
    return [(encoded(key), encoded(cell)) for key, cell in value.items()]


def _sorted(values: Collection[Any]) -> list[Any]:
    """The items of a set in an order that depends only on them."""
    if {str}.issuperset(map(type, values)):
        return sorted(values)
    cells = [encoded(each) for each in values]
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
    return [each if type(each) in PLAIN else decoded(each) for each in found]


_TAGS: dict[str, Callable[[Any], Any]] = {
    "dict": lambda found: {decoded(key): decoded(value) for key, value in found},
    "list": _each,
    "set": lambda found: set(_each(found)),
    "frozen": lambda found: frozenset(_each(found)),
    "@": moment_of,
    "/": lambda found: Fraction(*found),
}


def decoded(found: Any) -> Any:
    """The value of arrays, objects and leaves that :func:`encoded` made."""
    kind = type(found)
    if kind is list:
        return tuple(_each(found))
    if kind is dict:
        ((tag, value),) = found.items()
        return _TAGS[tag](value)
    return found
