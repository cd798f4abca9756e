"""Work that is done behind, and how often threads take turns meanwhile."""

import os
import sys
from threading import Event

import pytest

from wiifm.stores.background import OFTEN, BackgroundThread, _Signal

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
        each.do(lambda: None)
        each.wait()
        assert sys.getswitchinterval() == pytest.approx(OFTEN, abs=A_BIT)
    first.end()
    assert sys.getswitchinterval() == pytest.approx(OFTEN, abs=A_BIT)
    second.end()
    second.end()
    assert sys.getswitchinterval() == pytest.approx(usual, abs=A_BIT)


def test_that_threads_that_take_turns_more_often_still_do():
    sys.setswitchinterval(OFTEN / 4)
    behind = BackgroundThread()
    behind.do(lambda: None)
    assert sys.getswitchinterval() == pytest.approx(OFTEN / 4, abs=A_BIT)
    behind.end()
    assert sys.getswitchinterval() == pytest.approx(OFTEN / 4, abs=A_BIT)


def test_that_threads_take_turns_as_usual_once_a_piece_of_work_has_raised(usual):
    behind = BackgroundThread()
    behind.do(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        behind.wait()
    behind.end()
    assert sys.getswitchinterval() == pytest.approx(usual, abs=A_BIT)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_that_a_child_that_was_forked_meanwhile_takes_turns_as_usual(usual):
    behind, go_on = BackgroundThread(), Event()
    behind.do(go_on.wait)
    child = os.fork()
    if not child:
        seen = [sys.getswitchinterval()]
        behind.end()
        mine = BackgroundThread()
        mine.do(lambda: None)
        seen.append(sys.getswitchinterval())
        mine.end()
        seen.append(sys.getswitchinterval())
        os._exit(0 if seen == pytest.approx([usual, OFTEN, usual], abs=A_BIT) else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert sys.getswitchinterval() == pytest.approx(OFTEN, abs=A_BIT)
    go_on.set()
    behind.end()
    assert sys.getswitchinterval() == pytest.approx(usual, abs=A_BIT)


def test_that_nobody_waits_for_a_thread_that_has_done_all(monkeypatch):
    asked = []

    class Signal(_Signal):
        def __init__(self):
            super().__init__()
            asked.append(self)

    monkeypatch.setattr("wiifm.stores.background._Signal", Signal)
    behind, done = BackgroundThread(), []
    behind.do(lambda: done.append(1))
    behind.wait()
    behind.wait()
    assert len(asked) == 1
    behind.do(lambda: done.append(2))
    behind.wait()
    assert len(asked) == 2
    assert done == [1, 2]
    behind.end()
