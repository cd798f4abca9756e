"""Finds what is impure about the first calls of a contract's functions in a process.

What a function reads once and keeps, as in a cache, no later call reads again. So that the result doesn't depend on which tests ran
before, the first calls are watched in a new process; or in this one, whichever test makes them, if the contract's class exists only here.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TypeVar
from unittest import SkipTest
from weakref import WeakKeyDictionary

from wiifm.testing.fresh_results import Making, Place, Unmade, in_a_new_process

Asked = TypeVar("Asked")

_FIRST: WeakKeyDictionary[type, list[str]] = WeakKeyDictionary()
"""By class that exists only in this process, what was found at its first calls."""


def watch_first_calls(contract: object, watch: Callable[[], list[str]]) -> None:
    """Watch a contract's first calls in this process, if its class exists only here, and they weren't watched before.

    Args:
        watch: makes the calls, and says what is impure about them, as :func:`~wiifm.testing.impurities` does.
    """
    made = type(contract)
    if made not in _FIRST and not _is_found_elsewhere(contract):
        _FIRST[made] = []
        _FIRST[made] = watch()


def first_impurities(
    contract: object, making: Making[Asked, list[str]], asked: Sequence[Asked]
) -> list[str]:
    """What is impure about a contract's first calls, for some questions, in a new process; or in this one if no other has the class.

    Args:
        making: makes a function that makes the calls for a question, and says what is impure about them.
    """
    try:
        found: Iterable[list[str]] = in_a_new_process("1", watched, contract, making, [*asked])
    except SkipTest:
        found = [_FIRST.get(type(contract), [])]
    return [*dict.fromkeys(line for each in found for line in each)]


def watched(
    place: Place, making: Making[Asked, list[str]], asked: list[Asked]
) -> list[list[str]] | Unmade:
    """What is impure about calls in this process, by question; this is what the other process runs."""
    try:
        watch = making(place.contract())
    except Exception as error:  # a test's module may need anything, such as a fixture of pytest
        return Unmade.by(error)
    return [watch(each) for each in asked]


def _is_found_elsewhere(contract: object) -> bool:
    """Whether another process can find a contract's class, and get its attributes."""
    made = type(contract)
    try:
        found = attrgetter(made.__qualname__)(sys.modules[made.__module__])
        pickle.dumps(vars(contract))
    except Exception:  # pickling what a test keeps in its attributes may raise anything
        return False
    return found is made
