"""The contract for measures: tests that a plugin's measure inherits."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from functools import partial
from typing import Any

from hypothesis import strategies as st

from wiifm.criteria import Measure
from wiifm.failures import WrongAnswer
from wiifm.faults import FOREIGN_ERRORS, counted, short
from wiifm.program.measures import exact_value
from wiifm.states import is_state, state_fault
from wiifm.testing.examples import drawn, tried_on
from wiifm.testing.first_calls import first_impurities, watch_first_calls
from wiifm.testing.fresh_results import difference_afresh, parts_differing
from wiifm.testing.large_numbers import BOUND_NUMBERS, INTEGERS, check_limits
from wiifm.testing.overridden import missing, returned
from wiifm.testing.purity import impurities
from wiifm.testing.remembered import check_remembers_nothing

REPEATS = 120
"""How many times all samples are added: so often that a value which grows with each sample exceeds what a threshold can be compared with."""


class MeasureContract:
    """What a measure must be: pure, with states that are never changed, and numbers to read.

    >>> class TestLongest(MeasureContract):
    ...     def make_measure(self):
    ...         return Measure(name="longest", start=0, add=max, read=lambda state: state)
    ...     def samples(self):
    ...         return st.integers(0, 100)
    >>> TestLongest().test_that_it_reads_numbers()
    """

    examples = 100
    """How many lists of samples are tried."""

    def make_measure(self) -> Measure:
        """The measure under test."""
        raise missing("make_measure", "return a Measure")

    def samples(self) -> st.SearchStrategy[Any]:
        """A strategy for what a field or an expression may come to. Texts that no event can contain are left out."""
        raise missing("samples", "return a strategy of Hypothesis, such as st.integers()")

    def _lists(self) -> st.SearchStrategy[list[Any]]:
        strategy = returned(
            "samples", self.samples(), st.SearchStrategy, "a strategy of Hypothesis"
        )
        carried = strategy.filter(lambda each: not isinstance(each, str) or is_state(each))
        return st.lists(carried, max_size=10)

    def _with_samples(self, check: Callable[[Measure, list[Any]], None]) -> None:
        measure = _measure(self)

        @tried_on(self.examples, self._lists())
        def holds(found: list[Any]) -> None:
            for sample in found:
                expected = "a sample is a number, a text, True or False"
                assert isinstance(sample, int | float | Fraction | str), (
                    f"{expected}; samples drew {short(sample)}"
                )
            check(measure, found)

        holds()

    def test_that_it_reads_numbers(self) -> None:
        """After any samples, repeated :data:`REPEATS` times, the value is a finite number or None; and it isn't always None."""
        read: set[bool] = set()

        def check(measure: Measure, samples: list[Any]) -> None:
            state: Any = measure.start
            for number, sample in enumerate(samples * REPEATS, 1):
                state = measure.add(state, sample)
                if number > len(samples) and number % len(samples):
                    continue
                try:
                    read.add(exact_value(measure.read(state)) is not None)
                except WrongAnswer as error:
                    message = f"read({short(state)}): {error}, after {counted(number, 'sample')}"
                    raise AssertionError(message) from error

        self._with_samples(check)
        assert True in read, "read returned None after all samples: no threshold would ever be met"

    def test_that_its_states_are_never_changed(self) -> None:
        """``add`` returns a new state, which a store can keep, and doesn't change the old one."""

        def check(measure: Measure, samples: list[Any]) -> None:
            state: Any = measure.start
            for sample in samples:
                before = copy.deepcopy(state)
                following = measure.add(state, sample)
                assert state == before, "add changed the state that it was given"
                assert is_state(following), state_fault(following)
                assert measure.add(state, sample) == following, (
                    "add returned another state the second time"
                )
                state = following

        self._with_samples(check)

    def test_that_it_is_pure(self) -> None:
        """The measure reads no clock, draws no random number, does no I/O, and remembers nothing outside its state.

        That holds for the first calls in a process, too: what is read once and kept differs between processes.
        """

        def check(measure: Measure, samples: list[Any]) -> None:
            found = impurities(partial(_values, measure, samples))
            assert not found, f"a measure must not do this: {'; '.join(found)}"
            once, again = ([*map(short, _values(measure, samples))] for _ in "12")
            assert once == again, f"the same samples came to {once}, and then to {again}"

        self._with_samples(check)
        asked = drawn(self._lists(), min(self.examples, 20))
        at_first = first_impurities(self, impurities_of, asked)
        assert not at_first, f"a measure must not do this, not even once: {'; '.join(at_first)}"

    def test_that_it_returns_soon_for_large_numbers(self) -> None:
        """If samples may be numbers, the measure doesn't take seconds, or gigabytes, for a large one.

        This is tried in a new process. If the class can't be instantiated there, the test is skipped.
        """
        found = drawn(self._lists(), min(self.examples, 20))
        if any(type(each) in (int, float) for samples in found for each in samples):
            asked = [[each] for each in INTEGERS]
            check_limits(self, measured_in_bounds, asked, BOUND_NUMBERS)

    def test_that_it_remembers_nothing(self) -> None:
        """Measuring the same samples again changes nothing that the measure can reach: only its state may remember anything.

        Caches are fine: they change only the first time.
        """
        measure = _measure(self)
        for samples in drawn(self._lists(), min(self.examples, 20)):
            measured = partial(_values, measure, samples)
            check_remembers_nothing(
                "measure the same samples", (measure.add, measure.read), measured
            )

    def test_that_a_new_process_comes_to_the_same(self) -> None:
        """New processes come to the same states and values: nothing is remembered, nothing depends on a hash, and no library is patched.

        The class is instantiated in other processes, without pytest but with the attributes that it has here. If that isn't possible, the
        test is skipped.
        """
        asked = [(each, each) for each in drawn(self._lists(), self.examples)]
        measure = _measure(self)
        found = difference_afresh(
            self, measured, asked, parts_differing, (measure.add, measure.read)
        )
        assert found is None, (
            f"{found.cause}; measured in two orders, these came to {found.answers}: {short(found.asked)}"
        )


def measured(contract: MeasureContract) -> Callable[[list[Any]], list[tuple[Any, Any]]]:
    """A function that gives each state that samples lead to by a contract's measure, with its value."""
    measure = _measure(contract)
    return lambda samples: [(state, measure.read(state)) for state in _states(measure, samples)]


def impurities_of(contract: MeasureContract) -> Callable[[list[Any]], list[str]]:
    """A function that measures samples by a contract's measure, and says what the measure does that it must not do."""
    measure = _measure(contract)
    return lambda samples: impurities(partial(_values, measure, samples))


def measured_in_bounds(contract: MeasureContract) -> Callable[[list[Any]], str | None]:
    """A function that measures samples by a contract's measure, and says if that ran out of memory."""
    measure = _measure(contract)

    def run(samples: list[Any]) -> str | None:
        try:
            _values(measure, samples)
        except MemoryError:
            return "the measure raised MemoryError"
        except FOREIGN_ERRORS:  # it needn't take such a number, but it has to say so soon
            return None
        return None

    return run


def _measure(contract: MeasureContract) -> Measure:
    """The measure of a contract, after its first calls were watched, if that isn't done in another process."""
    measure = returned("make_measure", contract.make_measure(), Measure)
    watch_first_calls(contract, partial(_first_impurities, contract, measure))
    return measure


def _first_impurities(contract: MeasureContract, measure: Measure) -> list[str]:
    """What a measure does for a few samples that it must not do; whether it raises is for other tests to say."""
    found: list[str] = []
    for samples in drawn(contract._lists(), min(contract.examples, 5)):
        with suppress(*FOREIGN_ERRORS):
            found += impurities(partial(_values, measure, samples))
    return found


def _values(measure: Measure, samples: list[Any]) -> list[Any]:
    """The values of the states that samples lead to."""
    return [measure.read(state) for state in _states(measure, samples)]


def _states(measure: Measure, samples: list[Any]) -> list[Any]:
    """The states that samples lead to, from the start on."""
    states = [measure.start]  # not by accumulate, which takes a start of None for no start
    for sample in samples:
        states.append(measure.add(states[-1], sample))
    return states
