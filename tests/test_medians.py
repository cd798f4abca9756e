"""The median tree: exact, balanced, never changed in place."""

from fractions import Fraction
from math import log2
from statistics import median as by_sorting

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiifm.program.medians import median, with_sample


@given(st.lists(st.integers(-20, 20) | st.fractions(-3, 3, max_denominator=5), min_size=1))
def test_that_it_is_the_median_after_each_sample(samples):
    tree = None
    for count, sample in enumerate(samples, 1):
        before, tree = tree, with_sample(tree, sample)
        assert median(tree) == by_sorting(map(Fraction, samples[:count]))
        assert (before[0] if before else 0) == count - 1, "the one before is as it was"


def depth(tree):
    return 0 if tree is None else 1 + max(depth(tree[2]), depth(tree[3]))


@pytest.mark.parametrize(
    "samples", [range(2000), range(2000, 0, -1), [1] * 2000, [*range(1000)] * 2]
)
def test_that_it_is_never_deep(samples):
    tree = None
    for sample in samples:
        tree = with_sample(tree, sample)
    assert depth(tree) <= 2.5 * log2(2000)
