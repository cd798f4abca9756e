"""How the contracts try what they are given: on many drawn examples, however long one takes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import wraps
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

T = TypeVar("T")

PATIENCE = 30.0
"""So many seconds are spent on making a failure smaller."""


SOON = 10.0
"""So many seconds something may take that is to be done soon."""


def in_time(call: Callable[..., T], *given: object) -> T:
    """What a call answers, or raises; one that goes on and on is left behind, so that whoever waits for it is told.

    >>> in_time(max, 1, 2)
    2

    Raises:
        AssertionError: it isn't done in time.
    """
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call(*given))
        except BaseException as error:  # whatever it is, it is raised where it is waited for
            answer.set_exception(error)

    Thread(target=work, daemon=True).start()
    done, _ = wait([answer], SOON)
    assert done, f"it goes on after {SOON:g} s, as if it waited forever"
    return answer.result()


def thoroughly(examples: int) -> settings:
    """So many examples, however long one takes."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def tried_on(
    examples: int, *drawn_from: st.SearchStrategy[object]
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Makes a test of a check: that it holds for so many examples.

    >>> tried_on(10, st.integers(0, 5))(lambda number: None)()
    """
    return lambda check: thoroughly(examples)(given(*drawn_from)(_steadily(check)))


def _steadily(check: Callable[..., None]) -> Callable[..., None]:
    """A check that says the same of what has failed ever after, and a while after the first failure takes nothing else to task.

    What remembers fails now and then: asked again, it may seem to be right. Hypothesis would call that flaky, and look for a
    smaller example for minutes.
    """
    failed: dict[str, tuple[AssertionError, TracebackType | None]] = {}
    first: list[float] = []

    @wraps(check)
    def steady(**example: object) -> None:
        key = repr(example)
        if key in failed:
            error, place = failed[key]
            raise error.with_traceback(place)
        if first and monotonic() > first[0] + PATIENCE:
            return
        try:
            check(**example)
        except AssertionError as error:
            first.append(monotonic())
            failed[key] = error, error.__traceback__
            raise

    return steady


def drawn(strategy: st.SearchStrategy[T], examples: int) -> list[T]:
    """So many examples, the same each time.

    >>> drawn(st.just("x"), 1)
    ['x']
    """
    found: list[T] = []

    @settings(thoroughly(examples), derandomize=True, database=None)
    @given(strategy)
    def hold(each: T) -> None:
        found.append(each)

    hold()
    return found
