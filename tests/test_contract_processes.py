"""What differs from process to process is found out; a contract that no other process can have is skipped."""

import colorsys
import sys
from decimal import getcontext
from importlib import import_module
from unittest import SkipTest

import pytest
from attrs import evolve

from contracts import FadingKind, JsonLines, Longest, broken, kind_book
from wiifm import Measure, RuleBook
from wiifm.testing import (
    RuleContract,
)

SEEN = {}


class Remembering(FadingKind):
    """Pays by the order in which it saw events first, which is ever the same in one process."""

    def make_book(self):
        return kind_book(
            lambda state, activity, _: (state, SEEN.setdefault(activity.event.id, len(SEEN) + 1))
        )


class Unordered(FadingKind):
    """Pays less to what comes first in a set of texts."""

    def make_book(self):
        def step(state, activity, settings):
            mine = activity.event.id
            return state, 1 if next(iter({"a", "bb", "ccc", mine})) == mine else 2

        return kind_book(step)


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (
            Remembering,
            "a function remembers earlier calls; recorded in order and backwards, these events came",
        ),
        (
            Unordered,
            "the results depend on something that differs between processes: a hash, or the order",
        ),
    ],
)
def test_that_a_rule_that_differs_from_process_to_process_is_found_out(contract, told):
    with pytest.raises(AssertionError, match=rf"^{told}[\s\S]*ann: \d for x\d by r, but"):
        contract().test_that_a_new_process_comes_to_the_same()


class Patching(FadingKind):
    """Has the world mean something else by what everybody calls."""

    def make_book(self):
        def step(state, activity, settings):
            colorsys.rgb_to_hsv = lambda *rgb: rgb
            colorsys.seen = activity.event.id
            getcontext().prec = 5
            return state, 1

        return kind_book(step)


class Started(FadingKind):
    """Pays by what the process was started with."""

    def make_book(self):
        arguments = len(sys.argv)
        return kind_book(lambda state, *_: (state, arguments))


def test_that_a_rule_that_patches_a_library_is_found_out():
    told = r"(?m)it patches colorsys\.rgb_to_hsv, colorsys\.seen, decimal\.getcontext\(\)\.prec$"
    with pytest.raises(AssertionError, match=told):
        Patching().test_that_a_new_process_comes_to_the_same()


def test_that_a_rule_that_goes_by_how_its_process_was_started_is_found_out():
    with pytest.raises(AssertionError, match="differs between processes"):
        Started().test_that_a_new_process_comes_to_the_same()


DATED = """
import time, wiifm
from datetime import datetime
STARTED = time.monotonic()
class Moment(datetime): pass
YEAR = Moment.now().year

def this_year(state, activity, settings):
    return state, 1 if activity.event.occurred_at.year == YEAR else 2

@wiifm.hookimpl
def wiifm_rule_kinds(kinds):
    kinds.add(wiifm.RuleKind(name="this-year", step=this_year))
"""

TRYING = """
import dated, wiifm
from datetime import datetime
from wiifm.testing import MeasureContract, RuleContract

BOOK = "[book]\\nid = 'b'\\n[[rule]]\\nid = 'r'\\non = 'post.shared'\\nkind = 'this-year'"
NOW = datetime.now().astimezone()

class Dated(RuleContract):
    examples = 1

    def make_book(self):
        return wiifm.RuleBook.parse(BOOK, plugins=[dated])

    def examples_of(self):
        yield wiifm.Event(id="p", type="post.shared", occurred_at=NOW, actor="ann", object="p")
"""


def test_that_a_rule_that_goes_by_the_clock_of_its_import_is_found_out(tmp_path, monkeypatch):
    """A test may have a clock as it likes: only what asks where the rule's own package is imported is told."""
    (tmp_path / "dated.py").write_text(DATED, encoding="utf-8")
    (tmp_path / "trying_dated.py").write_text(TRYING, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    contract = import_module("trying_dated").Dated()
    with pytest.raises(AssertionError) as told:
        contract.test_that_a_new_process_comes_to_the_same()
    place = "dated (dated.py, line 6) reads a clock (Moment.now) while it is imported: "
    assert str(told.value).startswith(place)


class RememberingMeasure(Longest):
    """Counts a sample by when it was seen first."""

    def make_measure(self):
        def add(state, sample):
            return state + SEEN.setdefault(sample, len(SEEN) + 1)

        return Measure(name="remembering", start=0, add=add, read=lambda state: state)


class UnorderedMeasure(Longest):
    """Keeps the order of a set of texts."""

    def make_measure(self):
        return Measure(
            name="unordered",
            start=0,
            add=lambda state, sample: int("".join({*"123456789"})),
            read=lambda state: state,
        )


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (RememberingMeasure, "a function remembers earlier calls; measured in two orders"),
        (
            UnorderedMeasure,
            "the results depend on something that differs between processes: a hash",
        ),
    ],
)
def test_that_a_measure_that_differs_from_process_to_process_is_found_out(contract, told):
    with pytest.raises(
        AssertionError, match=rf"^{told}.* came to \(\d+, \d+\), and to \(\d+, \d+\): \[\d"
    ):
        contract().test_that_a_new_process_comes_to_the_same()


class Hashing(JsonLines):
    """Names what has no name of its own by its hash."""

    def read(self, payload):
        for line in super().read(payload):
            yield line._replace(found=evolve(line.found, id=f"h{hash(line.found.id)}"))


class Numbering(JsonLines):
    """Names what has no name of its own by how many were read so far."""

    def read(self, payload):
        for line in super().read(payload):
            number = SEEN.setdefault(str(line.found), len(SEEN))
            yield line._replace(found=evolve(line.found, id=f"n{number}"))


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (
            Hashing,
            r"the results depend on something that differs between processes: .*'h-?\d+'.*'h-?\d+'",
        ),
        (Numbering, r"a function remembers earlier calls; .*'n\d+'.*'n\d+'"),
    ],
)
def test_that_a_source_that_differs_from_process_to_process_is_found_out(contract, told):
    with pytest.raises(AssertionError, match=f"^{told}"):
        contract().test_that_a_new_process_reads_the_same()


def test_that_a_contract_with_what_no_other_process_can_have_is_skipped():
    contract = broken(RuleContract, examples_of=lambda self: [])
    contract.make_book = lambda: RuleBook.load("plugin:sharing")
    with pytest.raises(SkipTest, match=r"can't be made in another process: .*<lambda>"):
        contract.test_that_a_new_process_comes_to_the_same()


def test_that_a_contract_that_no_other_process_finds_is_skipped():
    def make_book(self):
        return RuleBook.load("plugin:sharing")

    contract = broken(RuleContract, make_book=make_book, examples_of=lambda self: [])
    with pytest.raises(SkipTest, match=r"AttributeError: .* has no attribute 'Broken'"):
        contract.test_that_a_new_process_comes_to_the_same()
