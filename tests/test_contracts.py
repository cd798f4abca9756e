"""Our own kinds keep the contracts that we ask of others; and a contract that is broken is found out."""

import colorsys
import gc
import gettext
import inspect
import io
import json
import locale
import logging
import multiprocessing
import os
import platform
import posixpath
import queue
import random
import re
import secrets
import socket
import sys
import tempfile
import threading
import time
import traceback
import uuid
import warnings
from collections import OrderedDict, defaultdict, namedtuple
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal, getcontext
from fractions import Fraction
from functools import cache, cached_property, lru_cache, partial, singledispatch, wraps
from importlib import import_module
from inspect import signature
from itertools import count
from pathlib import Path, PurePosixPath
from unittest import SkipTest
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

import wiifm
from contracts import START, broken, kind_book, post
from wiifm import Delivery, Event, Measure, RuleBook
from wiifm.packs import sharing
from wiifm.sources import Rejected, jsonl, read_lines
from wiifm.sources.fast import quickly
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
    impurities,
    large_numbers,
)
from wiifm.testing.examples import tried_on

NOW = partial(datetime.now, UTC)


class TestDefaultBook(RuleContract):
    def make_book(self):
        return RuleBook.load("plugin:sharing")

    def examples_of(self):
        return [post(1), post(2)]


class TestBookWithAnObserver(TestDefaultBook):
    """Observers of a book may do what its rules must not."""

    test_that_a_new_process_comes_to_the_same = None

    def make_book(self):
        return evolve(super().make_book(), observers={"news": (print,)})


class TestFadingKind(RuleContract):
    def make_book(self):
        return kind_book(lambda state, activity, settings: (state + 1, max(1, 8 // 2**state)))

    def examples_of(self):
        return [post(1), post(2)]


class TestLongest(MeasureContract):
    def make_measure(self):
        return Measure(name="longest", start=0, add=max, read=lambda state: state)

    def samples(self):
        return st.integers(0, 100)


class TestQuickJsonLines(SourceContract):
    """Lines read by msgspec, where it is sure of them."""

    def read(self, payload):
        return read_lines(io.BytesIO(payload), name="events.jsonl")

    def write(self, events):
        return b"".join(json.dumps(event.as_json()).encode() + b"\n" for event in events)

    def wrong(self):
        return b'{"id": 7}\n'


class TestJsonLines(TestQuickJsonLines):
    """The same lines read without msgspec."""

    @pytest.fixture(autouse=True)
    def _without_msgspec(self, monkeypatch):
        monkeypatch.setattr(jsonl, "quickly", lambda raw: None)


ODD = st.sampled_from(
    [
        *(
            '"id": "e1"',
            '"type": "x"',
            '"occurred_at": "2026-05-01T09:00:00Z"',
            '"id": "e2"',
            '"id": 7',
        ),
        *(
            '"actor": null',
            '"actor": "a\\u0000b"',
            '"actor": "\\ud800"',
            '"aktor": "ann"',
            '"actor": "x\\": 1"',
        ),
        *('"occurred_at": "2026-05-01T09:00:00z"', '"occurred_at": "2026-05-01T09:00:00.1234567Z"'),
        *('"occurred_at": "2026-05-01T23:59:59.9999999+02:00"', '"occurred_at": "2026-05-01"'),
        *(
            '"topics": []',
            '"topics": ["a", "a"]',
            '"topics": "a"',
            '"topics": [1]',
            '"data": {}',
            '"data": null',
        ),
        *(
            '"data": {"a": 1}',
            '"data": {"a": 1.5}',
            '"data": {"a": null}',
            '"data": {"a": 1, "a": 2}',
        ),
        *('"data": {"a": 99999999999999999999}', '"data": {"a": [1]}', '"data": {"a": {"b": 1}}'),
        *(
            '"data": {"a": true, "b": ["c"], "c": "d"}',
            '"data": {"a": NaN}',
            '"data": {"a": -9007199254740993}',
        ),
    ]
)


@given(st.lists(ODD, max_size=6), st.sampled_from(["", " ", "\r\n", ",", "}"]))
@settings(max_examples=2_000, deadline=None)
def test_that_both_ways_to_read_a_line_say_the_same(keys, tail):
    """Over lines with every oddity we know: what the quick way answers is what the other does."""
    start = ['"id": "e1"', '"type": "x"', '"occurred_at": "2026-05-01T09:00:00+02:00"']
    for parts in (keys, [*start, *keys]):
        raw = f"{{{', '.join(parts)}}}{tail}\n".encode()
        quick = quickly(raw)
        if quick is not None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(jsonl, "quickly", lambda raw: None)
                (line,) = read_lines(io.BytesIO(raw), name="odd")
            assert line.found == quick
            assert repr(line.found) == repr(quick)


class Mailbox:
    """Delivers each entry once, by its number."""

    def __init__(self):
        self.delivered = {}

    def __call__(self, receipts):
        self.delivered |= {entry.no: entry.say for each in receipts for entry in each.entries}


class TestMailbox(ObserverContract):
    def make_observer(self):
        return Mailbox()

    def delivered(self, observer):
        return observer.delivered


class TestInbox(DeliveryContract):
    def make_delivery(self):
        self.inbox = {}
        return Delivery("inbox", lambda notice: self.inbox.update({notice.id: str(notice)}))

    def delivered(self, delivery):
        return self.inbox


SEEN = {}


class Remembering(TestFadingKind):
    """Pays by the order in which it saw events first, which is ever the same in one process."""

    def make_book(self):
        return kind_book(
            lambda state, activity, _: (state, SEEN.setdefault(activity.event.id, len(SEEN) + 1))
        )


class Unordered(TestFadingKind):
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


class Patching(TestFadingKind):
    """Has the world mean something else by what everybody calls."""

    def make_book(self):
        def step(state, activity, settings):
            colorsys.rgb_to_hsv = lambda *rgb: rgb
            colorsys.seen = activity.event.id
            getcontext().prec = 5
            return state, 1

        return kind_book(step)


class Started(TestFadingKind):
    """Pays by what the process was started with."""

    def make_book(self):
        arguments = len(sys.argv)
        return kind_book(lambda state, *_: (state, arguments))


def test_that_a_rule_that_patches_a_library_is_found_out():
    told = r"it patches colorsys\.rgb_to_hsv, colorsys\.seen, decimal\.getcontext\(\)\.prec\n"
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


class RememberingMeasure(TestLongest):
    """Counts a sample by when it was seen first."""

    def make_measure(self):
        def add(state, sample):
            return state + SEEN.setdefault(sample, len(SEEN) + 1)

        return Measure(name="remembering", start=0, add=add, read=lambda state: state)


class UnorderedMeasure(TestLongest):
    """Keeps what comes first in a set of texts."""

    def make_measure(self):
        return Measure(
            name="unordered",
            start=0,
            add=lambda state, sample: len(next(iter({"a", "bb", "ccc", str(sample)}))),
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


class Hashing(TestQuickJsonLines):
    """Names what has no name of its own by its hash."""

    def read(self, payload):
        for line in super().read(payload):
            yield line._replace(found=evolve(line.found, id=f"h{hash(line.found.id)}"))


class Numbering(TestQuickJsonLines):
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


@pytest.mark.usefixtures("unshrunk")
def test_that_a_rule_with_a_memory_of_its_own_is_found_out():
    calls = []

    def step(state, activity, settings):
        calls.append(1)
        return state + 1, len(calls)

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    with pytest.raises(AssertionError, match="gave other entries"):
        contract.test_that_it_is_pure()
    with pytest.raises(AssertionError, match="points"):
        contract.test_that_the_law_holds()


class Clock:
    """Keeps a clock that no call of Python's own asks."""

    def __init__(self):
        self.now = partial(datetime.now, UTC)


CLOCK = Clock()


class Moment(datetime):
    """A class that inherits its clock."""


@pytest.mark.parametrize(
    "impure",
    [
        time.time,
        datetime.now,
        random.random,
        print,
        lambda: os.environ.get("DOUBLE"),
        lambda: threading.Thread(target=len, args=[""]).start(),
        lambda: len(os.environ),
        lambda: sys.stderr.write(""),
        lambda: socket.socket().close(),
        uuid.uuid1,
        lambda: hash("ann"),
        lambda: id(START),
        threading.get_ident,
        lambda: NOW(),  # noqa: PLW0108 - by its name, as plugins do
        lambda now=NOW: now(),
        lambda: partial(time.time)(),  # noqa: PLW0108 - made where it is asked
        lambda: next(iter(time.time, 0)),
        lambda: defaultdict(time.monotonic)["now"],
        lambda clock=CLOCK: clock.now(),
        lambda: Moment.now(UTC),
        lambda: sys.setrecursionlimit(sys.getrecursionlimit()),
        lambda: locale.setlocale(locale.LC_ALL),
        lambda: len(sys.argv),
        lambda: "--double" in sys.argv,
        lambda: sys.argv[0],
        lambda: import_module("resource").getrusage(0).ru_utime,
        os.getpid,
        lambda: threading.current_thread().name == "MainThread",
        threading.active_count,
        uuid.uuid4,
        uuid.getnode,
        lambda: secrets.randbelow(2),
        lambda: secrets.token_hex(),  # noqa: PLW0108 - by its name, as plugins do
        platform.node,
        lambda: platform.machine() == "x86_64",
        locale.getlocale,
        lambda: locale.localeconv()["decimal_point"],
        lambda: locale.strcoll("a", "b"),
        lambda: multiprocessing.current_process().name,
        lambda: gc.get_count()[0],
        lambda: sys.getrefcount(START),
        lambda: os.urandom(1),
        lambda: sys._getframe().f_back,
        inspect.currentframe,
        inspect.stack,
        lambda: "record" in traceback.format_stack(),
        lambda: [*traceback.walk_stack(None)],
        lambda: warnings.warn("odd", stacklevel=1),
        lambda: tempfile.TemporaryFile().close(),
    ],
)
def test_that_a_rule_that_looks_outside_is_found_out(impure):
    made = kind_book(lambda state, activity, settings: (state, 1 if impure() else 0))
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    with pytest.raises(AssertionError, match="must not do this"):
        contract.test_that_it_is_pure()


@cache
def year():
    return datetime.now(UTC).year


def paid_by_year():
    """A step that keeps the year in which it was called first."""
    return lambda state, activity, settings: (state, year())


class PaidByYear(TestFadingKind):
    """Pays by a clock that each process reads once."""

    examples = 1

    def make_book(self):
        return kind_book(paid_by_year())


class MeasuredByYear(TestLongest):
    """Reads a clock once in each process."""

    examples = 5

    def make_measure(self):
        return Measure(name="longest", start=0, add=max, read=lambda state: state + year())


@pytest.mark.parametrize("contract", [PaidByYear, MeasuredByYear])
def test_that_a_clock_that_is_read_once_is_found_out_whatever_ran_before(contract):
    year()
    told = r"must not do this, not even once: year \(test_contracts.py, line \d+\) reads a clock"
    with pytest.raises(AssertionError, match=told):
        contract().test_that_it_is_pure()


@pytest.mark.parametrize(
    ("contract", "first", "methods"),
    [
        (RuleContract, "the_law_holds", {
            "make_book": lambda self: kind_book(paid_by_year()),
            "examples_of": lambda self: [post(1)],
        }),
        (MeasureContract, "it_reads_numbers", {
            "make_measure": MeasuredByYear.make_measure,
            "samples": lambda self: st.integers(0, 9),
        }),
    ],
)  # fmt: skip
def test_that_a_clock_that_is_read_once_is_found_out_in_a_class_of_this_process(
    contract, first, methods
):
    year.cache_clear()
    found = broken(contract, examples=5, **methods)
    getattr(found, f"test_that_{first}")()
    with pytest.raises(AssertionError, match=r"not even once: year .* reads a clock"):
        found.test_that_it_is_pure()


LOGS_BY = "time.time_ns" if sys.version_info >= (3, 13) else "time.time"


@pytest.mark.parametrize(
    ("impure", "told"),
    [
        (random.choice, "draws a random number (Random.getrandbits)"),
        (os.getenv, "asks the operating system (os.environ)"),
        (logging.getLogger("wiifm.loud").critical, f"reads a clock ({LOGS_BY})"),
    ],
)
def test_that_the_function_that_looks_outside_is_named_and_its_line(impure, told):
    def step():
        impure("word")

    line = step.__code__.co_firstlineno + 1
    assert f"step (test_contracts.py, line {line}) {told}" in impurities(step)


# ---- what functions remember ------------------------------------------------------------------------------


def rarely(number):
    """An amount that is another one at every thousandth call."""
    return 5 if number % 1000 == 0 else 1


class Hidden:
    """Where a plugin may hide a counter."""

    calls = 0
    __slots__ = ("own",)

    def __init__(self):
        self.own = 0

    def __call__(self, state, activity, settings):
        self.own += 1
        return state, rarely(self.own)

    def step(self, state, activity, settings):
        return self(state, activity, settings)

    @classmethod
    def of_all(cls, state, activity, settings):
        cls.calls += 1
        return state, rarely(cls.calls)

    @property
    def counted(self):
        self.own += 1
        return self.own


def by_default(state, activity, settings, seen=[]):  # noqa: B006 - the mistake
    seen.append(activity.event.id)
    return state, rarely(len(seen))


def by_a_named_default(state, activity, settings, *, seen={"calls": 0}):  # noqa: B006 - the mistake
    seen["calls"] += 1
    return state, rarely(seen["calls"])


def around():
    calls = 0

    def by_closure(state, activity, settings):
        nonlocal calls
        calls += 1
        return state, rarely(calls)

    return by_closure


def by_attribute(state, activity, settings):
    by_attribute.calls = getattr(by_attribute, "calls", 0) + 1
    return state, rarely(by_attribute.calls)


def by_class(state, activity, settings):
    return state, rarely(Hidden.of_all(state, activity, settings)[1])


HIDDEN, NUMBERS, LATEST = Hidden(), count(1), {}
LOCAL, CONTEXT = threading.local(), ContextVar("context")
LOCAL.calls = 0


def by_property(state, activity, settings):
    return state, rarely(HIDDEN.counted)


def by_iterator(state, activity, settings):
    return state, rarely(next(NUMBERS))


def forever():
    calls = 0
    while True:
        calls += 1
        yield calls


CALLS = forever()


def by_generator(state, activity, settings):
    return state, rarely(next(CALLS))


def by_thread(state, activity, settings):
    LOCAL.calls += 1
    return state, rarely(LOCAL.calls)


def by_context(state, activity, settings):
    CONTEXT.set(CONTEXT.get(0) + 1)
    return state, rarely(CONTEXT.get())


@lru_cache
def counters():
    return {"calls": 0}


def by_cached_result(state, activity, settings):
    counters()["calls"] += 1
    return state, rarely(counters()["calls"])


def by_inner_function(state, activity, settings):
    def count_it():
        HIDDEN.own += 1
        return HIDDEN.own

    return state, rarely(count_it())


def by_turns(state, activity, settings):
    LATEST["odd"] = not LATEST.get("odd")
    return state, 1


def decorated(function):
    calls = []

    @wraps(function)
    def counting(*arguments):
        calls.append(1)
        return state_and(function(*arguments), rarely(len(calls)))

    return counting


def state_and(found, amount):
    return found[0], amount


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (by_default, r"the default argument 'seen' of by_default \(test_contracts.py, line \d+\)"),
        (by_a_named_default, "the default argument 'seen' of by_a_named_default"),
        (around(), "the variable 'calls' around by_closure"),
        (by_attribute, "the attribute 'calls' of by_attribute"),
        (by_class, "the attribute 'calls' of the class Hidden"),
        (Hidden.of_all, "the attribute 'calls' of the class Hidden"),
        (Hidden(), "what an object of the class Hidden holds"),
        (Hidden().step, "the object that step .* is a method of"),
        (by_property, "the global variable 'HIDDEN' of test_contracts"),
        (by_iterator, "the global variable 'NUMBERS' of"),
        (by_generator, "the global variable 'CALLS' of"),
        (by_thread, "the global variable 'LOCAL' of"),
        (by_context, "the global variable 'CONTEXT' of"),
        (by_cached_result, "the global variable 'counters' of"),
        (by_inner_function, "the global variable 'HIDDEN' of"),
        (by_turns, "the global variable 'LATEST' of"),
        (decorated(lambda state, *_: (state, 1)), "the variable 'calls' around counting"),
        (partial(lambda own, state, *_: (state, own.append(1) or 1), []), "the arguments of a partial"),
    ],
)  # fmt: skip
def test_that_a_rule_that_remembers_is_found_out_however_rarely_it_matters(step, told):
    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    contract.examples = 3
    with pytest.raises(AssertionError, match=f"^a function remembers something: .*{told}"):
        contract.test_that_it_remembers_nothing()


def test_that_a_rule_that_remembers_in_another_module_is_found_out(tmp_path, monkeypatch):
    (tmp_path / "tallies.py").write_text("NUMBER = 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def step(state, activity, settings):
        import tallies

        tallies.NUMBER += 1
        return state, rarely(tallies.NUMBER)

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    contract.examples = 1
    with pytest.raises(AssertionError, match="the global variable 'NUMBER' of tallies"):
        contract.test_that_it_remembers_nothing()


def test_that_a_measure_that_remembers_is_found_out():
    def add(state, sample, seen=[]):  # noqa: B006 - the mistake
        seen.append(sample)
        return state + sample

    measure = Measure(name="m", start=0, add=add, read=lambda state: state)
    contract = broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.integers(0, 9)
    )
    told = r"each time you measure the same samples, it changes the default argument 'seen' of add"
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_remembers_nothing()


@lru_cache
def squared(number):
    return number**2


@lru_cache(maxsize=1)
def cubed(number):
    return number**3


LENGTHS, FEW, TABLE = {}, OrderedDict(), tuple(range(50_000))
WORDS = ("a", 1)
PATTERN = None


def cached_in_a_dict(state, activity, settings):
    known = activity.event.object or ""
    if known not in LENGTHS:
        LENGTHS[known] = len(known) + 1
    return state, LENGTHS[known]


def cached_in_one_place(state, activity, settings):
    global WORDS  # noqa: PLW0603 - as plugins do
    title = activity.data.get("title", "")
    if WORDS[0] != title:
        WORDS = (title, len(title.split()) + 1)
    return state, WORDS[1]


def cached_and_dropped(state, activity, settings):
    key = activity.event.id
    if key in FEW:
        FEW.move_to_end(key)
    else:
        FEW[key] = len(key)
        if len(FEW) > 2:
            FEW.popitem(last=False)
    return state, FEW[key]


def compiled_when_needed(state, activity, settings):
    global PATTERN  # noqa: PLW0603 - as plugins do
    if PATTERN is None:
        PATTERN = re.compile(r"\w+")
    return state, 1 + len(PATTERN.findall(activity.data.get("title", "")))


def imported_when_needed(state, activity, settings):
    import colorsys
    import platform  # which looks at the machine while it is imported
    import uuid

    return state, 1 + int(colorsys.rgb_to_hsv(1, 1, 1)[2]) + len(
        uuid.NAMESPACE_URL.hex + platform.__name__
    )


class Configured:
    """An object with a property that is computed once."""

    def __init__(self, least):
        self.least = least

    @cached_property
    def doubled(self):
        return 2 * self.least

    def step(self, state, activity, settings):
        return state + 1, self.doubled


@singledispatch
def weighed(value):
    return 1


@weighed.register
def _(value: str):
    return len(value)


@pytest.mark.parametrize(
    "step",
    [
        lambda state, activity, _: (state, 1 + squared(activity.local.hour)),
        lambda state, activity, _: (state, 1 + cubed(activity.local.hour)),
        lambda state, activity, _: (state, 1 + TABLE[activity.local.hour]),
        lambda state, activity, _: (state, weighed(activity.event.id)),
        lambda state, activity, _: (state, {"post.shared": 2}.get(activity.event.type, 1)),
        lambda state, activity, _: (state + 1, sum(n for n in range(state % 7)) + 1),
        cached_in_a_dict,
        cached_in_one_place,
        cached_and_dropped,
        compiled_when_needed,
        imported_when_needed,
        Configured(3).step,
        partial(lambda least, state, *_: (state, least), 3),
    ],
)  # fmt: skip
def test_that_a_rule_with_a_cache_remembers_nothing(step, monkeypatch):
    """Nothing in the whole contract complains, though modules and caches are there only when they are asked for first."""
    for module in ("colorsys", "platform", "uuid"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    made = kind_book(step)
    contract = broken(
        RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1), post(2)]
    )
    contract.examples = 5
    contract.test_that_it_remembers_nothing()
    contract.test_that_it_is_pure()
    contract.test_that_the_law_holds()
    contract.test_that_it_raises_for_no_event()


class OfItsOwn:
    """Runs code wherever somebody looks at it."""

    def __eq__(self, other):
        raise AssertionError("compared")

    def __hash__(self):
        raise AssertionError("hashed")

    def __repr__(self):
        raise AssertionError("written")

    def __getattr__(self, name):
        raise AssertionError("asked for an attribute")


STRANGE = [OfItsOwn()]


@pytest.mark.parametrize("most", [3, 1000])
def test_that_a_cache_that_is_emptied_when_full_passes_only_if_it_is_never_full(most):
    cache = {}

    def step(state, activity, settings):
        if len(cache) > most:
            cache.clear()
        cache.setdefault(activity.event.id, 1)
        return state, 1

    made = kind_book(step)
    contract = broken(
        RuleContract, make_book=lambda self: made, examples_of=lambda self: [*map(post, range(5))]
    )
    contract.examples = 5
    if most == 1000:
        contract.test_that_it_remembers_nothing()
        return
    told = (
        r"the variable 'cache' around step .*use functools\.lru_cache\(maxsize=\.\.\.\), or a bound"
    )
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_remembers_nothing()


def test_that_no_code_runs_while_what_a_function_remembers_is_looked_at():
    def step(state, activity, settings):
        return state, len(STRANGE)

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    contract.examples = 1
    contract.test_that_it_remembers_nothing()


# ---- large numbers ---------------------------------------------------------------------------------------


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
        (CountingDown, r"counting_down \(test_contracts.py, line \d+\) is still at work after 1 s for \[Event"),
        (InC, r"in_c \(test_contracts.py, line \d+\) is still at work after 1 s for .*words.*1000000000"),
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


class SlowMeasure(TestLongest):
    """Keeps as many items as a sample says."""

    def make_measure(self):
        return Measure(
            name="slow", start=0, add=lambda state, x: sum(1 for _ in range(x)), read=int
        )


def test_that_a_measure_that_is_slow_for_a_large_number_is_found_out():
    with pytest.raises(
        AssertionError, match=r"<(?:genexpr|lambda)> \(test_contracts.py, line \d+\) is still"
    ):
        SlowMeasure().test_that_it_returns_soon_for_large_numbers()


def test_that_a_check_that_fails_now_and_then_is_told_soon(monkeypatch):
    monkeypatch.setattr(examples, "SHRINK_SECONDS", 0)
    asked = []

    def check(number):
        asked.append(number)
        assert len(asked) != 3, "the third one"

    with pytest.raises(AssertionError, match="the third one"):
        tried_on(30, st.integers())(check)()
    assert len(asked) == 3


def matched_without_warning():
    """Keeps quiet a warning that Python's own library gives."""
    re.purge()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.match("[[a]", "a")


@pytest.mark.parametrize(
    "pure",
    [
        lambda: posixpath.splitext("notes/plan.md"),
        lambda: posixpath.normpath("notes//plan.md"),
        lambda: PurePosixPath("notes/plan.md").suffix,
        lambda: datetime.strptime("2026-05-04", "%Y-%m-%d"),
        lambda: io.StringIO("a,b").read(),
        lambda: io.BytesIO().write(b"a"),
        lambda: import_module("colorsys"),
        lambda: namedtuple("Point", "x y")(1, 2),  # which asks who calls it
        matched_without_warning,
    ],
)
def test_that_what_comes_to_the_same_on_each_machine_is_no_fault(pure):
    for module in ("_strptime", "colorsys"):  # as if nobody had asked before
        sys.modules.pop(module, None)
    assert impurities(pure) == []


@pytest.mark.usefixtures("unshrunk")
def test_that_a_rule_that_looks_outside_only_now_and_then_is_found_out():
    def step(state, activity, settings):
        return state, 1 if activity.event.id == "p1" or time.time() else 0

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    with pytest.raises(AssertionError, match=r"step \(test_contracts.py, line \d+\) reads a clock"):
        contract.test_that_it_is_pure()


def test_that_a_rule_that_asks_for_the_zone_of_the_machine_is_found_out():
    made = kind_book(
        lambda state, activity, settings: (state, 1 + activity.event.occurred_at.astimezone().hour)
    )
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    zone = time.tzname
    with pytest.raises(AssertionError, match="on a machine in another time zone"):
        contract.test_that_it_is_pure()
    assert time.tzname == zone


@pytest.mark.parametrize(
    "first", [lambda activity, _: activity.data, lambda activity, settings: settings]
)
def test_that_a_rule_that_goes_by_the_order_of_keys_is_found_out(first):
    made = kind_book(
        lambda state, activity, settings: (state, len(next(iter(first(activity, settings)), ""))),
        given="{ a = 1, most = 2 }",
    )
    mine = evolve(post(1), data={"words": 3, "text": "a word"})
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [mine])
    with pytest.raises(AssertionError, match="with the keys of `data` and `settings` in another"):
        contract.test_that_it_is_pure()


def test_that_a_hash_may_be_part_of_another_one():
    @frozen
    class Word:
        text: str

    def step(state, activity, settings):
        return state, len({Word("a"), Word(activity.event.id)})

    made = kind_book(step)
    broken(
        RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)]
    ).test_that_it_is_pure()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_source_that_asks_for_the_zone_of_the_machine_is_found_out():
    def read(self, payload):
        for line in read_lines(io.BytesIO(payload), name="test"):
            if isinstance(line.found, Event):
                naive = line.found.occurred_at.replace(tzinfo=None)
                yield line._replace(found=evolve(line.found, occurred_at=naive.astimezone()))
            else:
                yield line

    contract = broken(TestQuickJsonLines, read=read)
    with pytest.raises(AssertionError, match="on a machine in another time zone"):
        contract.test_that_the_same_payload_is_read_the_same()


def test_that_a_measure_may_read_a_fraction():
    measure = Measure(
        name="half", start=0, add=lambda state, x: state + x, read=lambda state: Fraction(state, 2)
    )
    broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.integers()
    ).test_that_it_reads_numbers()


def test_that_looking_up_a_time_zone_is_no_fault():
    assert impurities(lambda: ZoneInfo.no_cache("Asia/Tokyo")) == []


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


def reading_after(act):
    """A contract for a source that does something before it reads."""

    def read(self, payload):
        act()
        return list(read_lines(io.BytesIO(payload), name="test"))

    return broken(TestQuickJsonLines, examples=5, read=read)


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("impure", "told"),
    [
        (time.time, "reads a clock"),
        (random.random, "draws a random number"),
        (lambda: Path(os.devnull).read_bytes(), f"it reads {os.devnull}, which isn't the file"),
    ],
)
def test_that_a_source_that_looks_outside_is_found_out(impure, told):
    with pytest.raises(AssertionError, match=f"^a source must not do this: .*{told}"):
        reading_after(impure).test_that_the_same_payload_is_read_the_same()


def in_a_temporary_file():
    with tempfile.NamedTemporaryFile() as made:
        made.write(b"a")
        made.flush()
        return Path(made.name).read_bytes()


def test_that_a_source_may_read_files_of_its_package_and_its_own(tmp_path):
    (tmp_path / "members.csv").write_bytes(b"a")
    for act in (
        Path(__file__).read_bytes,
        in_a_temporary_file,
        (tmp_path / "members.csv").read_bytes,
    ):
        reading_after(act).test_that_the_same_payload_is_read_the_same()


@cache
def outside():
    return Path(os.devnull).read_bytes()


class ReadByYear(TestQuickJsonLines):
    """Reads a clock once in each process."""

    def read(self, payload):
        year()
        return super().read(payload)


class ReadBesides(TestQuickJsonLines):
    """Reads another file once in each process."""

    def read(self, payload):
        outside()
        return super().read(payload)


@pytest.mark.parametrize(
    ("contract", "cached", "told"),
    [(ReadByYear, year, "year .* reads a clock"), (ReadBesides, outside, f"it reads {os.devnull}")],
)
def test_that_a_source_that_looks_outside_once_is_found_out(contract, cached, told):
    cached()
    told = f"^a source must not do this, not even once: {told}"
    with pytest.raises(AssertionError, match=told):
        contract().test_that_the_same_payload_is_read_the_same()
    cached.cache_clear()
    here = reading_after(cached)
    here.test_that_it_reads_what_was_written()
    with pytest.raises(AssertionError, match=told):
        here.test_that_the_same_payload_is_read_the_same()


def test_that_an_observer_must_say_what_it_delivered():
    contract = broken(ObserverContract, make_observer=lambda self: len)
    with pytest.raises(NotImplementedError, match="override delivered: it must return what was"):
        contract.test_that_being_told_twice_changes_nothing()


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
            TestLongest,
            "make_measure",
            max,
            "make_measure must return a Measure; it returned <built-",
        ),
        (
            TestLongest,
            "samples",
            [1, 2],
            "samples must return a strategy of Hypothesis; it returned [1, 2]",
        ),
        (
            TestMailbox,
            "make_observer",
            None,
            "make_observer must return a function that takes receipts; it returned None",
        ),
        (TestMailbox, "make_book", "b", "make_book must return a RuleBook; it returned 'b'"),
        (
            TestInbox,
            "make_delivery",
            print,
            "make_delivery must return a Delivery; it returned <buil",
        ),
        (TestJsonLines, "make_book", None, "make_book must return a RuleBook; it returned None"),
        (TestJsonLines, "write", "text", "write must return bytes; it returned 'text'"),
        (TestJsonLines, "wrong", "text", "wrong must return bytes; it returned 'text'"),
        (TestJsonLines, "with_wrong", "text", "with_wrong must return bytes; it returned 'text'"),
        (TestJsonLines, "read", None, "read must return or yield lines; it returned None"),
    ],
)
@pytest.mark.usefixtures("unshrunk")
def test_that_a_method_of_a_contract_that_returns_something_else_is_told(
    contract, method, value, told
):
    wrong = broken(contract, **{method: lambda self, *_: value})
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


@pytest.mark.usefixtures("unshrunk")
def test_that_an_observer_of_which_nothing_is_said_is_found_out():
    contract = broken(
        ObserverContract, make_observer=lambda self: len, delivered=lambda self, observer: None
    )
    with pytest.raises(AssertionError, match="delivered returned None"):
        contract.test_that_being_told_twice_changes_nothing()


@pytest.mark.parametrize(
    "observe",
    [
        lambda receipt: [change.level.upper() for change in receipt.levels],
        lambda receipt: [int(str(entry.amount)) for entry in receipt.entries],
        lambda receipt: [{"member": 1}[award.holder.kind] for award in receipt.awards],
    ],
    ids=["no level", "decimals", "a unit"],
)
def test_that_an_observer_that_takes_not_every_receipt_is_found_out(observe):
    contract = broken(
        ObserverContract,
        make_observer=lambda self: lambda receipts: [observe(each) for each in receipts],
        make_book=lambda self: RuleBook.parse("[book]\nid = 'nothing'"),
    )
    with pytest.raises(AssertionError, match="the observer"):
        contract.test_that_it_takes_every_kind_of_receipt()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_delivery_of_which_nothing_is_said_is_found_out():
    contract = broken(
        DeliveryContract,
        make_delivery=lambda self: Delivery("post", str),
        delivered=lambda self, delivery: None,
    )
    with pytest.raises(AssertionError, match="delivered returned None"):
        contract.test_that_being_told_twice_changes_nothing()


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


def test_that_no_contract_tells_the_observers_of_a_book():
    """Those of the plugin itself would post to a server that isn't there."""

    def away(receipts):
        raise ConnectionError

    def make_book(self):
        return evolve(RuleBook.load("plugin:sharing"), observers={"away": (away,)})

    contract = broken(TestMailbox, make_book=make_book)
    contract.test_that_it_takes_every_kind_of_receipt()
    assert not check_law(make_book(None), [post(1)]).faults


@pytest.mark.usefixtures("unshrunk")
def test_that_an_observer_that_delivers_twice_is_found_out():
    class Post(list):
        def __call__(self, receipts):
            self.extend(entry for each in receipts for entry in each.entries)

    contract = broken(
        ObserverContract, make_observer=lambda self: Post(), delivered=lambda self, o: list(o)
    )
    with pytest.raises(AssertionError, match="the same batch again changed"):
        contract.test_that_being_told_twice_changes_nothing()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_delivery_that_remembers_only_the_last_is_found_out():
    posted = []

    def post(notice):
        if not posted or posted[-1] != notice.id:
            posted.append(notice.id)

    contract = broken(
        DeliveryContract,
        make_delivery=lambda self: Delivery("post", post),
        delivered=lambda self, delivery: posted,
    )
    with pytest.raises(AssertionError, match="delivering all notices again changed"):
        contract.test_that_being_told_twice_changes_nothing()


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize("kind", ["award.withdrawn", "level.lost"])
def test_that_a_delivery_that_knows_not_every_notice_is_found_out(kind):
    def post(notice):
        assert notice.type != kind

    contract = broken(DeliveryContract, make_delivery=lambda self: Delivery("post", post))
    with pytest.raises(AssertionError):
        contract.test_that_it_takes_every_kind_of_notice()


def test_that_the_fixtures_make_a_little_community(wiifm_engine, wiifm_community, wiifm_clock):
    wiifm_engine.record_many(wiifm_community)
    assert [each.member for each in wiifm_engine.statement("mia").reach.people] == ["raj"]
    assert wiifm_clock() == wiifm_community[-1].occurred_at
    check_law(wiifm_engine.book, wiifm_community)
    told = difference(wiifm_engine.standing("mia"), wiifm_engine.standing("raj"))
    assert told.startswith("mia and raj: points")


class Renaming(TestQuickJsonLines):
    """A format with ids of its own, and a frame around its pieces."""

    def read(self, payload):
        for line in super().read(payload[2:]):  # without the frame
            named = isinstance(line.found, wiifm.Event)
            yield (
                line._replace(found=evolve(line.found, id=f"x:{line.found.id}")) if named else line
            )

    def expected(self, events):
        return [evolve(event, id=f"x:{event.id}") for event in events]

    def write(self, events):
        return b"[\n" + super().write(events)

    def with_wrong(self, before, after):
        return self.write(before) + self.wrong() + super().write(after)


class TestRenaming(Renaming):
    """What a format leaves out or names otherwise is no fault of its source."""


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda line: None, "one piece is wrong, and rejected is: nothing"),
        (
            lambda line: line._replace(number=0),
            "the piece is at events.jsonl, line 0; its Rejected",
        ),
        (
            lambda line: line._replace(number=0, found=evolve(line.found, line=0)),
            r"the wrong piece has the number 0; those before it have \[1",
        ),
        (
            lambda line: line._replace(found=evolve(line.found, faults=())),
            r"the source yields Line\(.*; faults: found \(\), expected a tuple of faults, at least one",
        ),
        (lambda line: line._replace(number="1"), r"the source yields Line\(.*; number: found '1'"),
    ],
    ids=["silent", "elsewhere", "misplaced", "dumb", "in words"],
)
def test_that_a_source_that_does_not_tell_of_a_wrong_piece_is_told_why(change, told):
    def read(self, payload):
        for line in TestQuickJsonLines.read(self, payload):
            if changed := change(line) if isinstance(line.found, Rejected) else line:
                yield changed

    contract = broken(TestQuickJsonLines, read=read)
    with pytest.raises(AssertionError, match=f"^{told}"):
        contract.test_that_a_wrong_piece_is_told_and_the_rest_goes_on()


@pytest.mark.usefixtures("unshrunk")
def test_that_a_source_that_tells_what_is_wrong_in_the_end_is_found_out():
    def read(self, payload):
        lines = TestQuickJsonLines.read(self, payload)
        return sorted(lines, key=lambda line: isinstance(line.found, Rejected))

    contract = broken(TestQuickJsonLines, read=read)
    with pytest.raises(AssertionError, match="the numbers of pieces must not decrease"):
        contract.test_that_a_wrong_piece_is_told_and_the_rest_goes_on()


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


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(
    ("observe", "told"),
    [
        (
            lambda receipts: time.sleep(0),
            r"Delivery: <lambda> \(test_contracts.py, line \d+\) waits",
        ),
        (lambda receipts: threading.Event().wait(0), r"waits \(Condition.wait\)"),
        (lambda receipts: object.__setattr__(receipts[0], "status", "?"), "the observer changed"),
    ],
    ids=["sleeps", "waits", "changes"],
)
def test_that_an_observer_that_holds_others_up_is_found_out(observe, told):
    contract = broken(ObserverContract, make_observer=lambda self: observe)
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_holds_nobody_up()


class Posting:
    """Starts its thread when it is first told something, and leaves the work to it."""

    def __init__(self):
        self.queue, self.posted, self.thread = queue.SimpleQueue(), set(), None

    def __call__(self, receipts):
        if self.thread is None:
            self.thread = threading.Thread(target=self.post, daemon=True)
            self.thread.start()
        self.queue.put(receipts)

    def post(self):
        while receipts := self.queue.get():
            self.posted |= {receipt.event for receipt in receipts}


def test_that_an_observer_may_start_its_thread_but_a_rule_may_not():
    broken(ObserverContract, make_observer=lambda self: Posting()).test_that_it_holds_nobody_up()
    (told,) = impurities(lambda: Posting()(()))
    assert re.search(r"^__call__ \(test_contracts.py, line \d+\) starts a thread", told)


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


# ---- packs, calendars and words --------------------------------------------------------------------------

PACK = """
[book]
id = "pack"
[event."talk.given"]
requires = ["actor"]
fields = { topic = {}, minutes = { type = "integer" } }
[[rule]]
id = "talk"
on = "talk.given"
points = 3
"""


def talk(**data):
    return Event(id="t", type="talk.given", occurred_at=START, actor="ann", data=data)


class TestSmallPack(PackContract):
    examples = 3
    more = ""

    def make_book(self):
        return RuleBook.parse(PACK + self.more)

    def examples_of(self):
        return [talk(minutes=700)]


class TestPackWithWhatSeldomHappens(TestSmallPack):
    more = "say = 'You talked'\n[[rule]]\nid = 'long'\non = 'talk.given'\nwhere = 'minutes > 600'\npoints = 1"


def test_that_a_pack_with_a_rule_that_never_gives_anything_is_found_out():
    more = "[[rule]]\nid = 'never'\non = 'talk.given'\nwhere = \"topic == 'a' and topic == 'b'\"\npoints = 1"
    more += "\n[[rule]]\nid = 'long'\non = 'talk.given'\nwhere = 'minutes > 800'\npoints = 1"
    told = r"give anything: long, never\. rule never: no event meets .* Add events to examples_of"
    with pytest.raises(AssertionError, match=told):
        broken(TestSmallPack, more=more).test_that_each_rule_gives_something()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[[badge]]\nid = 'x'\nstreak = 'day'\nat_least = 3\neach = {ASKED}", "badge x: no event"),
        (
            "[[ladder.path.level]]\nid = 'y'\nASKED\n[[ladder.path.level]]\nid = 'z'\nASKED",
            r"ladder path, level y: no event meets .*ladder path, level z: no event meets",
        ),
    ],
)
def test_that_a_pack_with_a_badge_that_nobody_can_have_is_found_out(more, told):
    asked = ["count = 'talk.given'", "where = \"topic == 'a' and topic == 'b'\"", "at_least = 1"]
    more = more.replace("{ASKED}", "{" + ", ".join(asked) + "}").replace("ASKED", "\n".join(asked))
    with pytest.raises(AssertionError, match=told):
        broken(TestSmallPack, more=more).test_that_each_badge_can_be_had()
    met = broken(TestSmallPack, more=more.replace(" and ", " or "))
    met.test_that_each_badge_can_be_had()


def test_that_a_pack_need_not_show_what_the_rules_of_another_pack_give():
    book = RuleBook.parse(PACK.replace("[event", "use = ['sharing']\n[event", 1))
    assert len(book.rules) > 10
    contract = broken(TestSmallPack, make_book=lambda self: book)
    contract._histories = list
    contract.test_that_each_rule_gives_something()


@pytest.mark.parametrize(
    ("say", "told"),
    [
        ("You talked on {topic} at lunch", "'You talked on  at lunch' .* without topic"),
        ("You said {topic}.", "'You said .' .* without topic"),
        ("You talked about {topic}", "'You talked about' .* without topic"),
        ("A talk ({minutes} min) for {actor}", r"'A talk \( min\) for ann' .* without minutes"),
        ("Talk: {topic}, of {points} points", "'Talk: , of 3 points' .* without topic"),
        ('\\"{topic}\\"', "'\"\"' .* without topic"),
        ("{topic}", "'' .* without topic"),
        ("{object} was useful", "' was useful' .* without object"),
        ("{topic} in {community}: {{}}", "'a in : {}' .* without community"),
        ("About {topics}", "'About' .* without topics"),
    ],
)
def test_that_a_pack_with_a_gap_in_a_sentence_is_found_out(say, told):
    gap = broken(TestSmallPack, more=f'say = "{say}"')
    gap.examples_of = lambda: [
        evolve(talk(topic="a", minutes=1), object="o", community="c", topics=("t",))
    ]
    gap._histories = list
    with pytest.raises(AssertionError, match=f"^rule 'talk' says {told}: require"):
        gap.test_that_each_sentence_is_whole()


def test_that_a_sentence_that_lacks_nothing_or_is_cut_at_its_end_has_no_gap():
    whole = broken(TestSmallPack, more='say = "{actor} talked to {recipient}: {topic}, {minutes}"')
    whole.examples_of = lambda: [talk(minutes=1)]
    with pytest.raises(
        AssertionError, match=r"says 'ann talked to somebody: , 1' .* without topic"
    ):
        whole.test_that_each_sentence_is_whole()
    whole = broken(TestSmallPack, more="say = '{actor} talked to {recipient}, {points}: {topic}'")
    whole.test_that_each_sentence_is_whole()


def test_that_a_field_that_is_required_or_there_but_empty_makes_no_gap():
    required = PACK.replace("topic = {}", "topic = { required = true }")
    whole = broken(TestSmallPack, make_book=lambda self: RuleBook.parse(required + self.more))
    whole.more = "say = 'You talked about {topic} at lunch'"
    whole.examples_of = lambda: [talk(topic=""), talk(topic="a  b")]
    whole.test_that_each_sentence_is_whole()


def test_that_a_gap_in_the_sentence_of_a_badge_that_gives_points_is_found_out():
    badge = "[[badge]]\nid = 'talks'\ncount = 'talk.given'\nat_least = 1\npoints = 2\nsay = 'Hear {topic}!'"
    gap = broken(TestSmallPack, more=badge)
    with pytest.raises(AssertionError, match=r"^badge 'talks' says 'Hear !' .* without topic"):
        gap.test_that_each_sentence_is_whole()


OFFERING = """
import wiifm
PACK = '''
[book]
vocabulary = ["talks"]
[[rule]]
id = "listened"
on = "talk.heard"
kind = "once"
'''
@wiifm.hookimpl
def wiifm_event_types(types):
    types.add(wiifm.EventType(name="talk.heard", requires=("actor",)))
@wiifm.hookimpl
def wiifm_rules(book):
    book.add(wiifm.Rule(id="own", on=("talk.heard",), points=7))
@wiifm.hookimpl
def wiifm_rule_kinds(kinds):
    kinds.add(wiifm.RuleKind(name="once", step=lambda state, activity, settings: (state, 1)))
@wiifm.hookimpl
def wiifm_books(books):
    books.add("lunches", PACK)
"""


class OfferedPack(PackContract):
    """A pack of a plugin that isn't installed, under the name that it will be installed by."""

    pack = "lunches"

    def examples_of(self):
        return [Event(id="t", type="talk.heard", occurred_at=START, actor="ann")]


def test_that_a_pack_is_tested_before_its_plugin_is_installed(tmp_path, monkeypatch):
    (tmp_path / "offering_lunches.py").write_text(OFFERING)
    monkeypatch.setattr(sys, "path", [*sys.path])
    contract = OfferedPack()
    contract.plugin = f"talks={tmp_path / 'offering_lunches.py'}"
    assert list(contract.make_book().rules) == ["listened"]
    contract.test_that_it_is_the_same_wherever_it_is_read()
    contract.test_that_the_examples_earn_something()
    with pytest.raises(wiifm.InvalidRuleBook):
        OfferedPack().make_book()


class Drifting(TestSmallPack):
    """Reads another book each time."""

    def make_book(self):
        SEEN["books"] = SEEN.get("books", 0) + 1
        return RuleBook.parse(PACK.replace("= 3", f"= {SEEN['books']}"))


class DriftingAway(TestSmallPack):
    """Reads another book in another process."""

    def make_book(self):
        return RuleBook.parse(PACK.replace("= 3", f"= {len(sys.argv) + 1}"))


@pytest.mark.parametrize(
    ("contract", "told"), [(Drifting, "^read a second time"), (DriftingAway, "^in another process")]
)
def test_that_a_pack_that_differs_from_time_to_time_is_found_out(contract, told):
    with pytest.raises(AssertionError, match=told):
        contract().test_that_it_is_the_same_wherever_it_is_read()


def calendar(register):
    """A contract for what a hook registers."""

    class Plugin:
        @wiifm.hookimpl
        def wiifm_calendars(self, calendars):
            register(calendars)

    class Contract(CalendarContract):
        def make_plugin(self):
            return Plugin()

    return Contract


def christmas(years):
    return [date(year, 12, 25) for year in years]


class TestClosedAtChristmas(
    calendar(lambda found: found.add("acme", christmas(range(2015, 2031))))
):
    """A right calendar."""


def test_that_a_calendar_of_working_days_is_found_out():
    first = date(2026, 1, 1).toordinal()
    days = [date.fromordinal(first + n) for n in range(365) if (first + n) % 7 not in (0, 6)]
    contract = calendar(lambda found: found.add("acme", days))()
    told = "calendar 'acme' leaves 0 days from Monday to Friday in 2026: register the days that are"
    with pytest.raises(AssertionError, match=told):
        contract.test_that_its_days_are_days_off()


def test_that_a_year_that_was_forgotten_is_found_out_unless_that_is_right():
    contract = calendar(lambda found: found.add("acme", christmas([2024, 2026, 2028])))()
    with pytest.raises(AssertionError, match="has no day off in 2025, 2027: if that is right, say"):
        contract.test_that_no_year_was_forgotten()
    contract.years_without = (2025, 2027)
    contract.test_that_no_year_was_forgotten()


@pytest.mark.parametrize(
    ("years", "told"),
    [
        ([1, 9998, 9999], "has no day off in 2 to 9997: if"),
        ([2000, 2003], "has no day off in 2001 to 2002: if"),
        (range(2000, 2030, 2), "2017, 2019 and 4 other spans of years: if"),
    ],
)
def test_that_many_years_that_were_forgotten_are_told_in_a_line(years, told):
    with pytest.raises(AssertionError, match=told):
        calendar(
            lambda found: found.add("acme", christmas(years))
        )().test_that_no_year_was_forgotten()


@pytest.mark.parametrize(
    ("years", "told"),
    [
        (lambda: [datetime.now().year], r"must not do this: .* reads a clock \(datetime.now\)"),
        (lambda: [int(os.environ.get("YEAR", "2026"))], r"must not do this: .*\(os.environ\)"),
        (lambda: [random.randrange(2000, 2030)], "must not do this: .* draws a random number"),
        (lambda: [2000 + SEEN.setdefault("n", 0), SEEN.update(n=SEEN["n"] + 1)][:1], "the second time"),
    ],
)  # fmt: skip
def test_that_a_calendar_that_depends_on_the_day_is_found_out(years, told):
    contract = calendar(lambda found: found.add("acme", christmas(years())))()
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_is_the_same_whenever_it_is_registered()


class OfThisYear(calendar(lambda found: found.add("acme", christmas([year()])))):
    """Registers by a clock that each process reads once."""


def test_that_a_calendar_by_a_clock_that_is_read_once_is_found_out():
    told = "must not do this: year .* reads a clock"
    year()
    with pytest.raises(AssertionError, match=told):
        OfThisYear().test_that_it_is_the_same_whenever_it_is_registered()
    year.cache_clear()
    here = calendar(lambda found: found.add("acme", christmas([year()])))()
    here.test_that_its_days_are_days_off()
    with pytest.raises(AssertionError, match=told):
        here.test_that_it_is_the_same_whenever_it_is_registered()


def test_that_a_calendar_may_read_only_files_of_packages(tmp_path):
    years = tmp_path / "years"
    years.write_text("2026")
    contract = calendar(lambda found: found.add("acme", christmas([int(years.read_text())])))()
    with pytest.raises(AssertionError, match=r"it reads .*years, a file of no package"):
        contract.test_that_it_is_the_same_whenever_it_is_registered()
    text = Path(__file__)  # beside the plugin
    own = calendar(
        lambda found: found.add("acme", christmas([2026, len(text.read_bytes()) and 2027]))
    )()
    own.test_that_it_is_the_same_whenever_it_is_registered()


def test_that_a_calendar_may_translate_the_names_of_its_days():
    def register(found):
        gettext.translation("acme", fallback=True)
        found.add("acme", christmas([2026]))

    calendar(register)().test_that_it_is_the_same_whenever_it_is_registered()


DAYS = iter(christmas(range(2015, 2036)))


class OnlyOnce(calendar(lambda found: found.add("acme", DAYS))):
    """Registers days that are there only once."""


def test_that_a_calendar_that_works_only_once_is_found_out():
    with pytest.raises(AssertionError, match=r"the second time, .* 0 instead of 21, .* generator"):
        OnlyOnce().test_that_its_days_are_days_off()
    with pytest.raises(AssertionError, match=r"'acme' has no days; keep days in a list"):
        OnlyOnce().test_that_it_is_the_same_whenever_it_is_registered()


class HashedCalendar(
    calendar(lambda found: found.add("acme", christmas([2000 + hash("acme") % 1000])))
):
    """Registers by a hash, which is another one in each process."""


def test_that_a_calendar_that_differs_between_processes_is_found_out():
    told = r"differs between processes.*: \d{4}-12-25 is off in the calendar 'acme' in one process"
    with pytest.raises(AssertionError, match=told):
        HashedCalendar().test_that_a_new_process_registers_the_same()


class TextCalendar(calendar(lambda found: found.add("acme", ["2026-05-01"] * 100))):
    """Registers texts, each of which is a fault."""


def test_that_the_faults_of_a_calendar_are_told_before_another_process_is_asked():
    told = r"^plugin 'Plugin': calendar 'acme': found '2026-05-01', expected a datetime.date\n"
    with pytest.raises(AssertionError, match=told):
        TextCalendar().test_that_a_new_process_registers_the_same()


@pytest.mark.parametrize(
    ("register", "told"),
    [
        (lambda found: None, "registers no calendar"),
        (lambda found: found.add("acme", []), "calendar 'acme' has no days"),
        (lambda found: found.add("acme", ["2026-05-01"]), "expected a datetime.date"),
        (lambda found: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_that_a_calendar_that_is_none_is_found_out(register, told):
    with pytest.raises(AssertionError, match=told):
        calendar(register)().test_that_its_days_are_days_off()


def words(po, language="nl"):
    class Plugin:
        @wiifm.hookimpl
        def wiifm_words(self, words):
            words.add(language, po)

    class Contract(WordsContract):
        def make_plugin(self):
            return Plugin()

    return Contract


HOURS = """
msgid "{name} gave {n} hour"
msgid_plural "{name} gave {n} hours"
"""


class TestDutch(words(f'''
msgid "Why?"
msgstr ""

msgid "Thanks, {{name}}"
msgstr "{{name}} bedankt"
{HOURS}
msgstr[0] "{{name}} gaf een uur"
msgstr[1] "{{name}} gaf {{n}} uur"
''')):  # fmt: skip
    """Right words; one isn't translated, and one has a number only where it is needed."""


class TestLatvian(words(f'''{HOURS}
msgstr[0] "{{name}} deva {{n}} stundu"
msgstr[1] "{{name}} deva {{n}} stundas"
msgstr[2] "{{name}} nedeva stundas"
''', "lv")):  # fmt: skip
    """Right words of a language whose last form is that for none."""


@pytest.mark.parametrize(
    ("po", "test", "told"),
    [
        ('msgid "Why?\n', "its_catalogues_can_be_read", "expected a gettext catalogue"),
        ('msgid "Why?"\nmsgstr "{why}"', "its_catalogues_can_be_read", "expected no braces"),
        ('msgid "Thanks, {name}"\nmsgstr "Bedankt"', "what_is_filled_in_is_kept", r"msgid 'Thanks, {name}': 'Bedankt' leaves out {name}"),
        (HOURS + 'msgstr[0] "{name} gaf"\nmsgstr[1] "{name} gaf uren"', "what_is_filled_in_is_kept", r"leaves out {n} of"),
        (HOURS + 'msgstr[0] "{name} gaf {n} uur"\nmsgstr[1] ""', "it_has_every_plural_form", r"found 1 forms, expected 2: msgstr\[0\] to msgstr\[1\]"),
        ('msgid "Why?"\nmsgid_plural "Whys?"\nmsgstr[0] "A"\nmsgstr[1] "B"', "numbers_are_where_wiifm_says_them", r"msgid 'Why\?': expected no msgid_plural, as in"),
        ('msgid "point"\nmsgstr "punt"', "numbers_are_where_wiifm_says_them", "expected a msgid_plural, as in"),
        ('#, fuzzy\nmsgid "Why?"\nmsgstr "Waarom?"', "nothing_is_left_unsure", "it is fuzzy"),
    ],
)  # fmt: skip
def test_that_words_that_would_not_be_told_are_found_out(po, test, told):
    with pytest.raises(AssertionError, match=told):
        getattr(words(po)(), f"test_that_{test}")()


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
