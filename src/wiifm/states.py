"""Which values the state of a plugin's rule kind or measure may consist of.

A state must be immutable, comparable, and equal to itself after a store has kept it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from types import NoneType

from wiifm.faults import short

STATES = "numbers, Fractions, texts, datetimes in UTC, True, False, None, and tuples or frozensets of these, up to 100 deep"
"""The allowed values, as messages name them."""

DEEPEST, LONGEST = 100, 10_000
"""How deep tuples and frozensets may be nested, and how many bits the largest integer has."""


def is_state(value: object, deepest: int = DEEPEST) -> bool:
    """Whether a value is allowed as a state; ``deepest`` is how many levels may still lie in it.

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
        return value == value  # noqa: PLR0124 - NaN isn't equal to itself
    return kind in (bool, NoneType)


def state_fault(value: object) -> str:
    """What is wrong with a value that isn't allowed as a state: the value, and the part of it that is to blame.

    >>> state_fault((1, [2]))
    "the state (1, [2]) isn't made of numbers, Fractions, ..., up to 100 deep: [2] is of the type list"
    """
    message = f"the state {short(value)} isn't made of {STATES}"
    part = _culprit(value)
    if part is value and type(value) not in _LIMITS:
        return message
    return f"{message}: {_blame(part)}"


def _culprit(value: object, deepest: int = DEEPEST) -> object:
    """The innermost part of a value that isn't allowed."""
    if type(value) in (tuple, frozenset) and isinstance(value, tuple | frozenset) and deepest:
        wrong = (each for each in value if not is_state(each, deepest - 1))
        return _culprit(next(wrong), deepest - 1)
    return value


_LIMITS: dict[type, str] = {
    str: "contains NUL or half of a surrogate pair",
    float: "isn't equal to itself",
    int: f"has more than {LONGEST:,} bits",
    Fraction: f"has more than {LONGEST:,} bits",
    datetime: "isn't in UTC (datetime.UTC)",
    tuple: "is nested too deep",
    frozenset: "is nested too deep",
}
"""Why a value of an allowed type isn't allowed."""


def _blame(part: object) -> str:
    return f"{short(part)} {_LIMITS.get(type(part), f'is of the type {type(part).__name__}')}"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    return True
