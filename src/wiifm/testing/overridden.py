"""Checks of what the overridden methods of a contract return, so that a mistake there is said in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from wiifm.events import Event
from wiifm.faults import literal

T = TypeVar("T")


def missing(method: str, must: str) -> NotImplementedError:
    """The error of a method that a contract needs, and that isn't overridden.

    >>> raise missing("make_book", "return a RuleBook")
    Traceback (most recent call last):
    NotImplementedError: override make_book: it must return a RuleBook
    """
    return NotImplementedError(f"override {method}: it must {must}")


def returned(method: str, value: object, kind: type[T], expected: str | None = None) -> T:
    """What a method of a contract returned, once its type is checked; ``expected`` describes it.

    >>> returned("examples", 7, int)
    7
    >>> returned("make_delivery", len, str, "a text")
    Traceback (most recent call last):
    AssertionError: make_delivery must return a text; it returned <built-in function len>

    Raises:
        AssertionError: it isn't of this type.
    """
    expected = expected or f"a {kind.__name__}"
    if not isinstance(value, kind):
        message = f"{method} must return {expected}; it returned {literal(value, 200)}"
        raise AssertionError(message)
    return value


def events_returned(method: str, value: object) -> list[Event]:
    """The events that a method of a contract returned or yielded.

    >>> events_returned("examples_of", [7])
    Traceback (most recent call last):
    AssertionError: examples_of must return or yield events; one of them is 7

    Raises:
        AssertionError: it isn't iterable, or something in it isn't an event.
    """
    must = f"{method} must return or yield events"
    if not isinstance(value, Iterable):
        message = f"{must}; it returned {literal(value, 200)}"
        raise AssertionError(message)
    events = list(value)
    wrong = [each for each in events if not isinstance(each, Event)]
    if wrong:
        message = f"{must}; one of them is {literal(wrong[0], 200)}"
        raise AssertionError(message)
    return events
