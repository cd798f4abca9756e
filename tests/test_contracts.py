"""What all contracts have in common; and a book of ours that keeps its contract."""

from inspect import signature
from unittest import SkipTest

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import FadingKind, JsonLines, Longest, ToInbox, ToMailbox, broken, kind_book, post
from wiifm import RuleBook
from wiifm.packs import sharing
from wiifm.testing import (
    CalendarContract,
    DeliveryContract,
    MeasureContract,
    ObserverContract,
    PackContract,
    RuleContract,
    SourceContract,
    StoreContract,
    WordsContract,
    check_law,
    difference,
    examples,
)
from wiifm.testing.examples import tried_on


class TestDefaultBook(RuleContract):
    examples = 10

    def make_book(self):
        return RuleBook.load("plugin:sharing")

    def examples_of(self):
        return [post(1), post(2)]


class TestBookWithAnObserver(TestDefaultBook):
    """Observers of a book may do what its rules must not."""

    examples = 3
    test_that_a_new_process_comes_to_the_same = None

    def make_book(self):
        return evolve(super().make_book(), observers={"news": (print,)})


class TestFadingKind(FadingKind):
    """What is right keeps the contract."""


def test_that_a_check_that_fails_now_and_then_is_told_soon(monkeypatch):
    monkeypatch.setattr(examples, "SHRINK_SECONDS", 0)
    asked = []

    def check(number):
        asked.append(number)
        assert len(asked) != 3, "the third one"

    with pytest.raises(AssertionError, match="the third one"):
        tried_on(30, st.integers())(check)()
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (
            RuleContract,
            "override (make_book|examples_of): it must return (a RuleBook|or yield events)",
        ),
        (ObserverContract, "override make_observer: it must return a function that takes receipts"),
        (DeliveryContract, "override make_delivery: it must return a Delivery"),
        (
            MeasureContract,
            "override (make_measure|samples): it must return a (Measure|strategy of Hyp)",
        ),
        (SourceContract, "override (read|write|wrong): it must return"),
        (PackContract, "override (make_book|examples_of): it must return (a RuleBook|or yield ev)"),
        (CalendarContract, "override make_plugin: it must return a module or an object with the"),
        (WordsContract, "override make_plugin: it must return a module or an object with the"),
        (StoreContract, "override make_opener: it must return a function that opens a store"),
    ],
)
@pytest.mark.usefixtures("unshrunk")
def test_that_a_contract_says_which_method_is_missing(contract, told):
    tests = [name for name in dir(contract) if name.startswith("test_that_")]
    for name in tests:
        method = getattr(contract(), name)
        if signature(method).parameters:
            continue
        with pytest.raises(NotImplementedError, match=f"^{told}"):
            method()


@pytest.mark.parametrize(
    ("contract", "method", "value", "told"),
    [
        (TestDefaultBook, "make_book", None, "make_book must return a RuleBook; it returned None"),
        (
            TestDefaultBook,
            "examples_of",
            post(1),
            "examples_of must return or yield events; it returned Event(id='x1'",
        ),
        (
            TestDefaultBook,
            "examples_of",
            ["e1"],
            "examples_of must return or yield events; one of them is 'e1'",
        ),
        (
            Longest,
            "make_measure",
            max,
            "make_measure must return a Measure; it returned <built-",
        ),
        (
            Longest,
            "samples",
            [1, 2],
            "samples must return a strategy of Hypothesis; it returned [1, 2]",
        ),
        (
            ToMailbox,
            "make_observer",
            None,
            "make_observer must return a function that takes receipts; it returned None",
        ),
        (ToMailbox, "make_book", "b", "make_book must return a RuleBook; it returned 'b'"),
        (
            ToInbox,
            "make_delivery",
            print,
            "make_delivery must return a Delivery; it returned <buil",
        ),
        (JsonLines, "make_book", None, "make_book must return a RuleBook; it returned None"),
        (JsonLines, "write", "text", "write must return bytes; it returned 'text'"),
        (JsonLines, "wrong", "text", "wrong must return bytes; it returned 'text'"),
        (JsonLines, "with_wrong", "text", "with_wrong must return bytes; it returned 'text'"),
        (JsonLines, "read", None, "read must return or yield lines; it returned None"),
    ],
)
@pytest.mark.usefixtures("unshrunk")
def test_that_a_method_of_a_contract_that_returns_something_else_is_told(
    contract, method, value, told
):
    wrong = broken(contract, examples=5, **{method: lambda self, *_: value})
    found = []
    for name in dir(wrong):
        if name.startswith("test_that_") and not signature(getattr(wrong, name)).parameters:
            try:
                getattr(wrong, name)()
            except AssertionError as error:
                found.append(str(error))
            except SkipTest:
                pass  # no other process finds the class
    assert found
    for each in found:
        assert each.startswith(told)


def test_that_a_rule_that_gives_nothing_is_found_out():
    made = kind_book(lambda state, activity, settings: (state, None))
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    with pytest.raises(AssertionError, match="nobody anything"):
        contract.test_that_the_examples_earn_something()


def test_that_a_rule_that_raises_is_named():
    made = kind_book(lambda state, activity, settings: 1 / 0)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    with pytest.raises(
        AssertionError,
        match=r"^rule 'r': the rule kind kind of plugin 'Kinds', test_contracts:.* raised Z",
    ):
        contract.test_that_the_examples_earn_something()


def test_that_the_fixtures_make_a_little_community(wiifm_engine, wiifm_community, wiifm_clock):
    wiifm_engine.record_many(wiifm_community)
    assert [each.member for each in wiifm_engine.statement("mia").reach.people] == ["raj"]
    assert wiifm_clock() == wiifm_community[-1].occurred_at
    check_law(wiifm_engine.book, wiifm_community)
    told = difference(wiifm_engine.standing("mia"), wiifm_engine.standing("raj"))
    assert told.startswith("mia and raj: points")


def test_that_hypothesis_tells_an_event_on_one_line():
    told = post(1)

    @given(st.lists(st.just(told), min_size=2, max_size=2))
    @settings(max_examples=1, database=None)
    def fails(events):
        raise AssertionError

    with pytest.raises(AssertionError) as caught:
        fails()
    lines = [line.strip() for note in caught.value.__notes__ for line in note.splitlines()]
    assert sum(repr(told) in line for line in lines) == 2


@pytest.mark.parametrize(
    ("contract", "test"),
    [
        (CalendarContract, "its_days_are_days_off"),
        (WordsContract, "its_catalogues_can_be_read"),
    ],
)
def test_that_a_plugin_without_the_hook_is_found_out(contract, test):
    with pytest.raises(AssertionError, match="make_plugin must return a plugin with the hook"):
        getattr(broken(contract, make_plugin=lambda self: sharing), f"test_that_{test}")()
