"""Helpers that run the checks of the contracts on generated examples, without limits on time per example."""

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

SHRINK_SECONDS = 30.0
"""How many seconds after the first failure Hypothesis may go on looking for a smaller one."""


TIMEOUT = 10.0
"""How many seconds :func:`in_time` waits."""


def in_time(call: Callable[..., T], *given: object) -> T:
    """What a call returns or raises; a call that doesn't end in time is left running in its thread, and reported.

    >>> in_time(max, 1, 2)
    2

    Raises:
        AssertionError: it doesn't end within :data:`TIMEOUT` seconds.
    """
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call(*given))
        except BaseException as error:  # whatever it is, it is raised by the thread that waits
            answer.set_exception(error)

    Thread(target=work, daemon=True).start()
    done, _ = wait([answer], TIMEOUT)
    assert done, f"the call didn't return within {TIMEOUT:g} s, as if it waited forever"
    return answer.result()


def thoroughly(examples: int) -> settings:
    """Settings for so many examples, however long one takes."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def tried_on(
    examples: int, *drawn_from: st.SearchStrategy[object]
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """A decorator that makes a test of a check: it runs the check on so many examples.

    >>> tried_on(10, st.integers(0, 5))(lambda number: None)()
    """
    return lambda check: thoroughly(examples)(given(*drawn_from)(_reproducibly(check)))


def _reproducibly(check: Callable[..., None]) -> Callable[..., None]:
    """A check that fails again, with the same error, for each example that failed once; after a while other examples pass unchecked.

    A function that remembers earlier calls fails only now and then. Hypothesis would call that flaky, and look for a smaller example
    for minutes.
    """
    failed: dict[str, tuple[AssertionError, TracebackType | None]] = {}
    first: list[float] = []

    @wraps(check)
    def reproducible(**example: object) -> None:
        key = repr(example)
        if key in failed:
            error, place = failed[key]
            raise error.with_traceback(place)
        if first and monotonic() > first[0] + SHRINK_SECONDS:
            return
        try:
            check(**example)
        except AssertionError as error:
            first.append(monotonic())
            failed[key] = error, error.__traceback__
            raise

    return reproducible


def drawn(strategy: st.SearchStrategy[T], examples: int) -> list[T]:
    """So many examples of a strategy, the same ones in every run.

    >>> drawn(st.just("x"), 1)
    ['x']
    """
    found: list[T] = []

    @settings(thoroughly(examples), derandomize=True, database=None)
    @given(strategy)
    def collect(each: T) -> None:
        found.append(each)

    collect()
    return found
