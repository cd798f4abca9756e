"""Spans of numbers of growing width: who wants a few rows finds them soon, and who wants all needs few queries."""

from __future__ import annotations

from collections.abc import Iterator

FIRST, WIDEST = 1_000, 16_000


def upwards(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Spans from ``low`` to ``high`` (exclusive), each twice as wide as the one before, up to a limit.

    >>> list(upwards(1, 4_500))
    [(1, 1001), (1001, 3001), (3001, 4500)]
    """
    width = FIRST
    while low < high:
        yield low, min(low + width, high)
        low, width = low + width, min(2 * width, WIDEST)
