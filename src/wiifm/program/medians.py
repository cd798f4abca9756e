"""An immutable balanced tree of samples, for medians and maxima: any sample is found by its position in sorted order.

A node is (number of samples, sample, smaller samples, the others). No side is more than three times as heavy as the
other (Adams, "Efficient sets: a balancing act", 1993). So adding or removing a sample and reading the median take one
step for each level, of which there are at most 2.5 log2 n.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

Number: TypeAlias = int | Fraction
Tree: TypeAlias = "tuple[int, Number, Any, Any] | None"


def with_sample(tree: Tree, sample: Number) -> Tree:
    """A tree with one more sample.

    >>> median(with_sample(with_sample(None, 3), 1))
    Fraction(2, 1)
    """
    if tree is None:
        return (1, sample, None, None)
    size, middle, left, right = tree
    if sample < middle:
        left = with_sample(left, sample)
    else:
        right = with_sample(right, sample)
    return _balanced(size + 1, middle, left, right)


def without_sample(tree: Tree, sample: Number) -> Tree:
    """A tree without one sample, which it must have.

    >>> greatest(without_sample(with_sample(with_sample(None, 3), 1), 3))
    1
    """
    assert tree is not None, "only what came in can leave"
    size, middle, left, right = tree
    if sample < middle:
        left = without_sample(left, sample)
    elif sample > middle:
        right = without_sample(right, sample)
    elif left is None or right is None:
        return right if left is None else left  # type: ignore[no-any-return]
    elif left[0] > right[0]:
        middle = _last(left)
        left = without_sample(left, middle)
    else:
        middle = _first(right)
        right = without_sample(right, middle)
    return _balanced(size - 1, middle, left, right)


def least(tree: Tree) -> Number | None:
    """The smallest sample; None of an empty tree."""
    return None if tree is None else _first(tree)


def greatest(tree: Tree) -> Number | None:
    """The largest sample; None of an empty tree."""
    return None if tree is None else _last(tree)


def median(tree: Tree) -> Number | None:
    """The middle sample; of an even number the mean of the two in the middle; None of an empty tree."""
    if tree is None:
        return None
    size = tree[0]
    if size % 2:
        return _at(tree, size // 2)
    return Fraction(_at(tree, size // 2 - 1) + _at(tree, size // 2), 2)


def _size(tree: Tree) -> int:
    return 0 if tree is None else tree[0]


def _at(tree: Tree, place: int) -> Number:
    """The sample at a position in sorted order, from 0."""
    while True:
        _, middle, left, right = tree  # type: ignore[misc]
        smaller = 0 if left is None else left[0]
        if place < smaller:
            tree = left
        elif place > smaller:
            tree, place = right, place - smaller - 1
        else:
            return middle


def _first(tree: Tree) -> Number:
    while True:
        _, middle, tree, _ = tree  # type: ignore[misc]
        if tree is None:
            return middle


def _last(tree: Tree) -> Number:
    while True:
        _, middle, _, tree = tree  # type: ignore[misc]
        if tree is None:
            return middle


def _node(middle: Number, left: Tree, right: Tree) -> Tree:
    """A node, without balancing."""
    return (_size(left) + _size(right) + 1, middle, left, right)


def _balanced(size: int, middle: Number, left: Tree, right: Tree) -> Tree:
    """A balanced node of a size, of two sides that were balanced before one of them got a sample more, or less."""
    one = 0 if left is None else left[0]
    other = size - 1 - one
    if size > 2 and other > 3 * one:
        _, top, inner, outer = right  # type: ignore[misc]
        if _size(inner) < 2 * _size(outer):
            return _node(top, _node(middle, left, inner), outer)
        _, up, low, high = inner
        return _node(up, _node(middle, left, low), _node(top, high, outer))
    if size > 2 and one > 3 * other:
        _, top, outer, inner = left  # type: ignore[misc]
        if _size(inner) < 2 * _size(outer):
            return _node(top, outer, _node(middle, inner, right))
        _, up, low, high = inner
        return _node(up, _node(top, outer, low), _node(middle, high, right))
    return (size, middle, left, right)
