"""Measures whose samples leave again, first in, first out, without looking at the samples in between.

Each keeps what it needs to remove a sample: a sum, the number of times each value is there, or a tree of samples.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeAlias

from attrs import frozen

from wiifm.program.medians import Number, Tree, greatest, least, median, with_sample, without_sample

Counts: TypeAlias = dict[Hashable, int]
Days: TypeAlias = tuple[Tree, Tree]
"""The days, and the gaps between successive days."""


@frozen
class Running:
    """A measure whose samples leave again.

    ``enter`` and ``leave`` return the new state after a sample has come, or the first one has left. States are immutable,
    unless the measure ``holds`` a dictionary, which whoever copies a state has to copy. A state that every sample has left
    equals a new one.
    """

    begin: Callable[[], Any]
    enter: Callable[[Any, Any], Any]
    leave: Callable[[Any, Any], Any]
    read: Callable[[Any], Number | None]
    holds: bool = False


def mean(state: tuple[Number, int]) -> Number | None:
    """The mean of a sum and a number; None of nothing."""
    return Fraction(state[0], state[1]) if state[1] else None


def _itself(number: Number) -> Number:
    return number


def _without_one(state: tuple[Any, int], _: object) -> tuple[Any, int]:
    return (state[0], state[1] - 1) if state[1] > 1 else (None, 0)


def _run_goes_on(state: tuple[int, int], holds: bool) -> tuple[int, int]:
    return state[0] + 1 if holds else 0, state[1] + 1


def _counted(counts: Counts, value: Hashable) -> Counts:
    counts[value] = counts.get(value, 0) + 1
    return counts


def _uncounted(counts: Counts, value: Hashable) -> Counts:
    if counts[value] == 1:
        del counts[value]
    else:
        counts[value] -= 1
    return counts


def _may_be_greatest(tree: Tree, sample: Number) -> Tree:
    """A tree of samples that may become the greatest: without those that are smaller than a later one."""
    while (smallest := least(tree)) is not None and smallest < sample:
        tree = without_sample(tree, smallest)
    return with_sample(tree, sample)


def _greatest_leaves(tree: Tree, sample: Number) -> Tree:
    return without_sample(tree, sample) if greatest(tree) == sample else tree


def _gap_enters(state: Days, day: int) -> Days:
    days, gaps = state
    last = greatest(days)
    if last is not None and day - last > 1:
        gaps = with_sample(gaps, day - last - 1)
    return with_sample(days, day), gaps


def _gap_leaves(state: Days, day: int) -> Days:
    days, gaps = without_sample(state[0], day), state[1]
    first = least(days)
    if first is not None and first - day > 1:
        gaps = without_sample(gaps, first - day - 1)
    return days, gaps


_SUM = Running(int, lambda v, x: v + x, lambda v, x: v - x, _itself)

RUNNING: Mapping[str, Running] = MappingProxyType(
    {
        "count": Running(int, lambda v, _: v + 1, lambda v, _: v - 1, _itself),
        "sum": _SUM,
        "earned": _SUM,
        "mean": Running(
            lambda: (0, 0),
            lambda v, x: (v[0] + x, v[1] + 1),
            lambda v, x: (v[0] - x, v[1] - 1),
            mean,
        ),
        "max": Running(lambda: None, _may_be_greatest, _greatest_leaves, greatest),
        "median": Running(lambda: None, with_sample, without_sample, median),
        "latest": Running(
            lambda: (None, 0), lambda v, x: (x, v[1] + 1), _without_one, lambda v: v[0]
        ),
        "run": Running(
            lambda: (0, 0),
            _run_goes_on,
            lambda v, _: (min(v[0], v[1] - 1), v[1] - 1),
            lambda v: v[0],
        ),
        "distinct": Running(dict, _counted, _uncounted, len, holds=True),
        "gap": Running(
            lambda: (None, None), _gap_enters, _gap_leaves, lambda v: greatest(v[1]) or 0
        ),
    }
)
"""The built-in measures, by name."""
