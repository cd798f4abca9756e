"""Different values as they come: sets that are never changed in place, each larger than the next one.

A new value is put together with all sets that aren't larger than what it comes to. So each value moves from set to set at most log2 n
times, and is looked for in at most so many.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

Values: TypeAlias = frozenset[Hashable] | tuple[frozenset[Hashable], ...]
"""One set is as good as a tuple of it."""


def with_value(values: Values, value: Hashable) -> Values:
    """Values with one more, unless it is among them.

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
    """How many they are."""
    return sum(map(len, values)) if isinstance(values, tuple) else len(values)
