"""Calls that a background thread runs, and how often threads take turns meanwhile."""

import os
import sys
from threading import Event

import pytest

from wiifm.stores.background import SHORT_INTERVAL, BackgroundThread, _Marker

A_BIT = 2e-6
"""Python keeps whole microseconds."""


@pytest.fixture(autouse=True)
def usual():
    """An interval of this test's own; it is as before afterwards."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.002)
    yield 0.002
    sys.setswitchinterval(before)


def test_that_threads_take_turns_often_as_long_as_anybody_works_behind(usual):
    first, second = BackgroundThread(), BackgroundThread()
    assert sys.getswitchinterval() == pytest.approx(usual, abs=A_BIT)
    for each in (first, second):
        each.submit(lambda: None)
        each.wait()
        assert sys.getswitchinterval() == pytest.approx(SHORT_INTERVAL, abs=A_BIT)
    first.end()
    assert sys.getswitchinterval() == pytest.approx(SHORT_INTERVAL, abs=A_BIT)
    second.end()
    second.end()
    assert sys.getswitchinterval() == pytest.approx(usual, abs=A_BIT)


def test_that_threads_that_take_turns_more_often_still_do():
    sys.setswitchinterval(SHORT_INTERVAL / 4)
    background = BackgroundThread()
    background.submit(lambda: None)
    assert sys.getswitchinterval() == pytest.approx(SHORT_INTERVAL / 4, abs=A_BIT)
    background.end()
    assert sys.getswitchinterval() == pytest.approx(SHORT_INTERVAL / 4, abs=A_BIT)


def test_that_threads_take_turns_as_usual_once_a_piece_of_work_has_raised(usual):
    background = BackgroundThread()
    background.submit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        background.wait()
    background.end()
    assert sys.getswitchinterval() == pytest.approx(usual, abs=A_BIT)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_that_a_child_that_was_forked_meanwhile_takes_turns_as_usual(usual):
    background, go_on = BackgroundThread(), Event()
    background.submit(go_on.wait)
    child = os.fork()
    if not child:
        seen = [sys.getswitchinterval()]
        background.end()
        mine = BackgroundThread()
        mine.submit(lambda: None)
        seen.append(sys.getswitchinterval())
        mine.end()
        seen.append(sys.getswitchinterval())
        os._exit(0 if seen == pytest.approx([usual, SHORT_INTERVAL, usual], abs=A_BIT) else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert sys.getswitchinterval() == pytest.approx(SHORT_INTERVAL, abs=A_BIT)
    go_on.set()
    background.end()
    assert sys.getswitchinterval() == pytest.approx(usual, abs=A_BIT)


def test_that_nobody_waits_for_a_thread_that_has_done_all(monkeypatch):
    asked = []

    class Signal(_Marker):
        def __init__(self):
            super().__init__()
            asked.append(self)

    monkeypatch.setattr("wiifm.stores.background._Marker", Signal)
    background, done = BackgroundThread(), []
    background.submit(lambda: done.append(1))
    background.wait()
    background.wait()
    assert len(asked) == 1
    background.submit(lambda: done.append(2))
    background.wait()
    assert len(asked) == 2
    assert done == [1, 2]
    background.end()
