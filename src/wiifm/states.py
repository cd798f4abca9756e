"""What the state of a plugin's rule kind or measure may be made of: what never changes, and is the same again out of a store."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from types import NoneType

from wiifm.faults import short

STATES = "numbers, texts, moments in UTC, True, False, None, and tuples or frozensets of them, up to 100 in each other"
DEEPEST, LONGEST = 100, 10_000
"""So many tuples may lie in each other, and so many bits has the largest integer."""


def is_state(value: object, deepest: int = DEEPEST) -> bool:
    """Whether a value may be a state.

    >>> is_state((1, "a", frozenset({None}))), is_state([1]), is_state(([1],))
    (True, False, False)
    """
    kind = type(value)
    if isinstance(value, tuple | frozenset) and kind in (tuple, frozenset):
        return deepest > 0 and all(is_state(each, deepest - 1) for each in value)
    if isinstance(value, str) and kind is str:
        return "\0" not in value and (value.isascii() or _is_text(value))
    if isinstance(value, int) and kind is int:
        return value.bit_length() <= LONGEST
    if isinstance(value, Fraction) and kind is Fraction:
        return is_state(value.numerator) and is_state(value.denominator)
    if isinstance(value, datetime) and kind is datetime:
        return value.tzinfo is UTC
    if isinstance(value, float) and kind is float:
        return value == value  # noqa: PLR0124 - NaN is the same as nothing, not even as itself
    return kind in (bool, NoneType)


def state_fault(value: object) -> str:
    """What is wrong with a value that may be no state: it, and the part of it that can't be kept.

    >>> state_fault((1, [2]))
    "the state (1, [2]) isn't made of numbers, texts, ..., up to 100 in each other: [2] is of the type list"
    """
    told = f"the state {short(value)} isn't made of {STATES}"
    part = _culprit(value)
    return told if part is value and type(value) not in _UNKEPT else f"{told}: {_told(part)}"


def _culprit(value: object, deepest: int = DEEPEST) -> object:
    """The innermost part of a value by which it is no state."""
    if type(value) in (tuple, frozenset) and isinstance(value, tuple | frozenset) and deepest:
        wrong = (each for each in value if not is_state(each, deepest - 1))
        return _culprit(next(wrong), deepest - 1)
    return value


_UNKEPT: dict[type, str] = {
    str: "has a NUL or half of a surrogate pair in it",
    float: "is the same as nothing, not even as itself",
    int: f"has more than {LONGEST:,} bits",
    Fraction: f"has more than {LONGEST:,} bits",
    datetime: "isn't in UTC (datetime.UTC)",
    tuple: "lies too deep",
    frozenset: "lies too deep",
}
"""Of a kind that may be kept, which ones aren't."""


def _told(part: object) -> str:
    return f"{short(part)} {_UNKEPT.get(type(part), f'is of the type {type(part).__name__}')}"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    return True
