"""A rule that raises for an odd event, or takes long for a large number, is found out."""

import sys

import pytest
from attrs import evolve

from contracts import Longest, broken, kind_book, post
from wiifm import Measure
from wiifm.testing import (
    RuleContract,
    large_numbers,
)


@pytest.mark.parametrize(
    "reads",
    [
        lambda text: text.encode("ascii"),
        lambda text: [text[:400]].index(text),
        lambda text: 1 / len(text),
        lambda text: [text] == text.splitlines() or text == "" or 1 / 0,
        lambda text: 1 / (text.strip() == text),
        lambda text: 1 / (len(text) == len(text.lower())),
        lambda text: text.format(),
    ],
)
def test_that_a_rule_that_raises_for_an_odd_text_is_found_out(reads):
    def step(state, activity, settings):
        reads(activity.data.get("title", "a"))
        return state, 1

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    with pytest.raises(AssertionError, match="raised "):
        contract.test_that_it_raises_for_no_event()


def a_year_later(at):
    return at.replace(year=at.year + 1)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lambda state, activity, _: (state, 6 // activity.data.get("words", 1)), "ZeroDivision"),
        (lambda state, activity, _: (state, int(activity.data.get("words", 1) ** 0.5)), "TypeErr"),
        (lambda state, activity, _: (state, 1 if activity.data["title"] else 2), "KeyError"),
        (lambda state, activity, _: (state + 1, 2**state), r"no number within 10\*\*15"),
        (lambda state, activity, _: ((state, 1), 1), "the state"),
        (lambda state, activity, _: (activity.local, 1), r"isn't in UTC[\s\S]*Asia/Tokyo"),
        (lambda state, activity, _: (state, 1 // (activity.data.get("words", 0) % 10 - 7)), "Zero"),
        (lambda state, activity, _: (state, 1 // (activity.local.hour - 3)), "ZeroDivision"),
        (lambda state, activity, _: (state, a_year_later(activity.local).day), "ValueError"),
        (lambda state, activity, _: (state, 1 // (activity.local.isocalendar().week - 53)), "Zero"),
    ],
)
def test_that_a_rule_that_raises_for_something_odd_or_after_a_while_is_found_out(step, told):
    made = kind_book(step)
    mine = evolve(post(1), data={"title": "a"})
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [mine])
    contract.examples = 1
    with pytest.raises(AssertionError, match=rf"(?:raised|answered wrongly:) [\s\S]*{told}"):
        contract.test_that_it_raises_for_no_event()


def test_that_a_rule_that_raises_where_a_field_is_left_out_is_found_out():
    made = kind_book(lambda state, activity, settings: (state, activity.data["words"]))
    mine = evolve(post(1), data={"words": 3})
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [mine])
    contract.test_that_the_examples_earn_something()
    with pytest.raises(
        AssertionError, match=r"raised KeyError\('words'\), in line \d+, for Event\(id='x"
    ):
        contract.test_that_it_raises_for_no_event()


def of_words(step):
    """A contract whose example is of 40 words."""

    class OfWords(RuleContract):
        examples = 2

        def make_book(self):
            return kind_book(step)

        def examples_of(self):
            return [evolve(post(1), data={"words": 40})]

    return OfWords


def counting_down(state, activity, settings):
    left = activity.data.get("words", 1)
    while left > 1:
        left -= 1
    return state, left


def in_c(state, activity, settings):
    return state, 1 + sum(range(activity.data.get("words", 1))) % 2


def in_memory(state, activity, settings):
    return state, len(bytes(max(1, activity.data.get("words", 1) % 10**11)))


class CountingDown(of_words(counting_down)):
    pass


class InC(of_words(in_c)):
    pass


class InMemory(of_words(in_memory)):
    pass


class TestLinear(
    of_words(lambda state, activity, _: (state, 1 + abs(activity.data.get("words", 1)) / 9))
):
    """A right rule: what it pays for a large number is a large amount."""


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (CountingDown, r"counting_down \(test_contract_odd_events.py, line \d+\) is still at work after 1 s for \[Event"),
        (InC, r"in_c \(test_contract_odd_events.py, line \d+\) is still at work after 1 s for .*words.*1000000000"),
        pytest.param(
            InMemory,
            "rule 'r': .*in_memory, raised MemoryError.*, since it uses more than 2 GiB for",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="nobody says how much is used"),
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "test", ["test_that_it_returns_soon_for_large_numbers", "test_that_it_raises_for_no_event"]
)
def test_that_a_rule_that_is_slow_for_a_large_number_is_found_out(
    contract, told, test, monkeypatch
):
    monkeypatch.setattr(large_numbers, "SECONDS", 1)
    with pytest.raises(AssertionError, match=told):
        getattr(contract(), test)()


class SlowMeasure(Longest):
    """Keeps as many items as a sample says."""

    def make_measure(self):
        return Measure(
            name="slow", start=0, add=lambda state, x: sum(1 for _ in range(x)), read=int
        )


def test_that_a_measure_that_is_slow_for_a_large_number_is_found_out(monkeypatch):
    monkeypatch.setattr(large_numbers, "SECONDS", 1)
    with pytest.raises(
        AssertionError,
        match=r"<(?:genexpr|lambda)> \(test_contract_odd_events.py, line \d+\) is still",
    ):
        SlowMeasure().test_that_it_returns_soon_for_large_numbers()
