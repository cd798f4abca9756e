"""Cuts an iterable into lists of limited length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def pages(found: Iterable[T], most: int) -> Iterator[list[T]]:
    """Lists of ``most`` items, in order; the last one may be shorter.

    >>> list(pages("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(found)
    while page := list(islice(rest, most)):
        yield page
