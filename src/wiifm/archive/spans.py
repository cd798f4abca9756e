"""Numbers, span by span, each twice as wide as the one before: who wants a few finds them soon, and who wants all asks seldom."""

from __future__ import annotations

from collections.abc import Iterator

FIRST, WIDEST = 1_000, 16_000


def upwards(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Spans from one number up to another, which isn't part of the last one.

    >>> list(upwards(1, 4_500))
    [(1, 1001), (1001, 3001), (3001, 4500)]
    """
    width = FIRST
    while low < high:
        yield low, min(low + width, high)
        low, width = low + width, min(2 * width, WIDEST)
