"""A measure must read numbers, from states that it never changes."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import strategies as st

import wiifm
from contracts import Longest, broken
from wiifm import Measure
from wiifm.testing import (
    MeasureContract,
)


class TestLongest(Longest):
    """What is right keeps the contract."""


def test_that_a_measure_may_read_a_fraction():
    measure = Measure(
        name="half", start=0, add=lambda state, x: state + x, read=lambda state: Fraction(state, 2)
    )
    broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.integers()
    ).test_that_it_reads_numbers()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_measure_with_a_memory_of_its_own_is_found_out():
    samples = []

    def add(state, sample):
        samples.append(sample)
        return state

    measure = Measure(name="m", start=0, add=add, read=lambda state: len(samples))
    contract = broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.integers()
    )
    with pytest.raises(AssertionError, match="the same samples came to"):
        contract.test_that_it_is_pure()


def test_that_a_measure_that_changes_its_state_is_found_out():
    class Set(frozenset):
        items = 0

    def add(state, sample):
        state.items += 1
        return Set(state | {sample})

    measure = Measure(name="m", start=Set(), add=add, read=len)
    Set.__eq__ = lambda self, other: (
        self.items == other.items and frozenset(self) == frozenset(other)
    )
    Set.__hash__ = frozenset.__hash__
    contract = broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.integers()
    )
    with pytest.raises(AssertionError, match="changed the state"):
        contract.test_that_its_states_are_never_changed()


def test_that_a_measure_whose_state_no_store_could_keep_is_found_out():
    measure = Measure(name="m", start=0, add=lambda state, x: Decimal(x), read=int)
    contract = broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.integers(0, 9)
    )
    with pytest.raises(AssertionError, match=r"the state Decimal\('0'\) isn't made of numbers"):
        contract.test_that_its_states_are_never_changed()


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("5", "the value '5' is of the type str, no int, float or Fraction"),
        (float("nan"), "the value nan isn't finite"),
        (10**400, r"the value an integer of more than 100 digits isn't within 10\*\*308"),
        (Fraction(10**5000, 3), "the value an integer of more than 100 digits isn't"),
    ],
    ids=["text", "nan", "int", "fraction"],
)
def test_that_a_measure_that_reads_no_number_is_found_out(value, told):
    measure = Measure(name="m", start=0, add=max, read=lambda state: value)
    contract = broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.just(7)
    )
    with pytest.raises(AssertionError, match=rf"^read\(7\): {told}"):
        contract.test_that_it_reads_numbers()
    contract.test_that_it_is_pure()


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize("state", [float("nan"), 10**5000], ids=["nan", "int"])
def test_that_a_measure_whose_state_is_no_number_is_found_out(state):
    measure = Measure(name="m", start=0, add=lambda before, sample: state, read=lambda state: 1)
    contract = broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.just(7)
    )
    with pytest.raises(AssertionError, match=r"^the state .* isn't made of numbers"):
        contract.test_that_its_states_are_never_changed()


def test_that_a_measure_may_be_tried_on_any_text():
    contract = broken(
        MeasureContract,
        make_measure=lambda self: wiifm.Measure(name="last", start="", add=latter, read=len),
        samples=lambda self: st.text(alphabet="\0\ud800a"),
    )
    contract.test_that_its_states_are_never_changed()


def latter(state, sample):
    return sample


def test_that_a_measure_that_is_tried_on_what_no_event_has_is_told_so():
    contract = broken(
        MeasureContract,
        make_measure=lambda self: wiifm.Measure(name="m", start=0, add=latter, read=int),
        samples=lambda self: st.just(Decimal(1)),
    )
    with pytest.raises(AssertionError, match=r"True or False; samples drew Decimal\('1'\)"):
        contract.test_that_it_reads_numbers()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_measure_that_grows_beyond_all_numbers_is_found_out():
    product = Measure(name="product", start=1, add=lambda s, x: s * x, read=lambda s: s)
    contract = broken(
        MeasureContract, make_measure=lambda self: product, samples=lambda self: st.integers(90, 99)
    )
    with pytest.raises(AssertionError, match=r"isn't within 10\*\*308.*, after \d{3} samples"):
        contract.test_that_it_reads_numbers()


def test_that_a_measure_that_never_reads_anything_is_found_out():
    contract = broken(
        MeasureContract,
        make_measure=lambda self: wiifm.Measure(
            name="m", start=0, add=max, read=lambda state: None
        ),
        samples=lambda self: st.integers(),
    )
    with pytest.raises(AssertionError, match="no threshold would ever be met"):
        contract.test_that_it_reads_numbers()
