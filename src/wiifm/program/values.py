"""Immutable sets of distinct values: a tuple of frozensets, each larger than the next one.

A new value is merged with all sets that aren't larger than the result. So each value moves from set to set at most
log2 n times, and a look-up asks at most as many sets.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

Values: TypeAlias = frozenset[Hashable] | tuple[frozenset[Hashable], ...]
"""A single set stands for a tuple of it."""


def with_value(values: Values, value: Hashable) -> Values:
    """The values with one more, unless it is among them.

    >>> different(with_value(with_value(with_value(frozenset(), "a"), "b"), "a"))
    2
    """
    sets = values if isinstance(values, tuple) else (values,)
    if any(value in each for each in sets):
        return values
    last, count = frozenset({value}), len(sets)
    while count and len(sets[count - 1]) <= len(last):
        count -= 1
        last |= sets[count]
    return (*sets[:count], last)


def different(values: Values) -> int:
    """How many distinct values there are."""
    return sum(map(len, values)) if isinstance(values, tuple) else len(values)
