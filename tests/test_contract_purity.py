"""A rule or measure that looks outside is found out: a clock, chance, I/O, who calls it, the machine."""

import cProfile
import gc
import inspect
import io
import locale
import logging
import math
import multiprocessing
import os
import platform
import posixpath
import profile
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
from collections import defaultdict, namedtuple
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, frozen
from hypothesis import strategies as st

from contracts import START, FadingKind, Longest, broken, kind_book, post, year
from wiifm import Measure
from wiifm.testing import (
    MeasureContract,
    RuleContract,
    impurities,
)

NOW = partial(datetime.now, UTC)


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


@pytest.mark.parametrize("profiler", [cProfile.Profile, profile.Profile])
def test_that_a_call_is_watched_while_tests_are_profiled(profiler):
    """cProfile is no function, which ``sys.setprofile`` could set again, before Python 3.12."""
    other, found = profiler(), []

    def tests():
        found.extend(impurities(time.time))
        math.hypot(3, 4)

    other.runcall(tests)
    assert [each.rpartition(" reads ")[2] for each in found] == ["a clock (time.time)"]
    other.create_stats()
    assert any("hypot" in name for _, _, name in other.stats)


def test_that_a_call_that_raises_leaves_the_profiler_on():
    other, found = cProfile.Profile(), []

    def tests():
        with pytest.raises(ZeroDivisionError):
            impurities(lambda: 1 // 0)
        found.append(math.hypot(3, 4))

    other.runcall(tests)
    other.create_stats()
    assert found and any("hypot" in name for _, _, name in other.stats)


def paid_by_year():
    """A step that keeps the year in which it was called first."""
    return lambda state, activity, settings: (state, year())


class PaidByYear(FadingKind):
    """Pays by a clock that each process reads once."""

    examples = 1

    def make_book(self):
        return kind_book(paid_by_year())


class MeasuredByYear(Longest):
    """Reads a clock once in each process."""

    examples = 5

    def make_measure(self):
        return Measure(name="longest", start=0, add=max, read=lambda state: state + year())


@pytest.mark.parametrize("contract", [PaidByYear, MeasuredByYear])
def test_that_a_clock_that_is_read_once_is_found_out_whatever_ran_before(contract):
    year()
    told = r"must not do this, not even once: year \(contracts.py, line \d+\) reads a clock"
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
    assert f"step (test_contract_purity.py, line {line}) {told}" in impurities(step)


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


def test_that_a_module_may_look_outside_while_it_is_imported(tmp_path, monkeypatch):
    text = "import inspect, os\nFRAME, LEVEL = inspect.currentframe(), os.environ.get('LEVEL')\n"
    (tmp_path / "imported_late.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert impurities(lambda: import_module("imported_late")) == []


@pytest.mark.usefixtures("unshrunk")
def test_that_a_rule_that_looks_outside_only_now_and_then_is_found_out():
    def step(state, activity, settings):
        return state, 1 if activity.event.id == "p1" or time.time() else 0

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    with pytest.raises(
        AssertionError, match=r"step \(test_contract_purity.py, line \d+\) reads a clock"
    ):
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


def test_that_looking_up_a_time_zone_is_no_fault():
    assert impurities(lambda: ZoneInfo.no_cache("Asia/Tokyo")) == []
