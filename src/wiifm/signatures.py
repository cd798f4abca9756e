"""Checks whether a function that wiifm is given, such as a plugin's, can be called as it will be."""

from __future__ import annotations

from collections.abc import Callable
from inspect import (
    Signature,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
)

from wiifm.faults import FOREIGN_ERRORS, Fault, literal, origin

_LONGEST_SIGNATURE = 200
"""Longer signatures are cut in messages."""


def call_fault(place: str, function: object, *arguments: str) -> Fault | None:
    """What is wrong with a function that will be called with these arguments; None if its signature takes them.

    A coroutine function and a generator function are faults, since calling one does nothing yet. A function whose
    signature can't be read, such as some that are written in C, is taken as it is.

    >>> print(call_fault("observers", lambda: None, "receipts"))
    observers: found wiifm.signatures:<lambda>(), expected a function that takes (receipts)
    >>> async def late(receipts): ...
    >>> print(call_fault("observers", late, "receipts"))
    observers: found the coroutine function wiifm.signatures:late, expected a function that isn't async: its result is not awaited
    >>> def lazy(receipts): yield
    >>> print(call_fault("observers", lazy, "receipts"))
    observers: found the generator function wiifm.signatures:lazy, expected a function that isn't a generator: its result is not iterated over
    """
    if _matches(function, isgeneratorfunction):
        expected = "a function that isn't a generator: its result is not iterated over"
        return Fault(place, f"the generator function {origin(function)}", expected)
    return yielding_fault(place, function, *arguments)


def yielding_fault(place: str, function: object, *arguments: str) -> Fault | None:
    """The same as ``call_fault`` for a function that may also be a generator.

    >>> def lazy(stream, file): yield
    >>> yielding_fault("source", lazy, "stream", "file")
    """
    expected = f"a function that takes ({', '.join(arguments)})"
    if not callable(function):
        return Fault(place, literal(function), expected)
    if is_async(function):
        return Fault(place, f"the coroutine function {origin(function)}", NOT_ASYNC)
    try:
        taken = signature(function, follow_wrapped=False)
    except FOREIGN_ERRORS:  # some functions that are written in C have no signature
        return None
    try:
        taken.bind(*arguments)
    except TypeError:
        bare = [each.replace(annotation=each.empty) for each in taken.parameters.values()]
        found = f"{origin(function)}{Signature(bare)}"
        if len(found) > _LONGEST_SIGNATURE:
            found = found[:_LONGEST_SIGNATURE] + "..."
        return Fault(place, found, expected)
    return None


NOT_ASYNC = "a function that isn't async: its result is not awaited"
"""What a message expects where a coroutine function was found."""


def is_async(function: object) -> bool:
    """Whether a callable is a coroutine function or an async generator function."""
    return _matches(function, iscoroutinefunction, isasyncgenfunction)


def _matches(function: object, *tests: Callable[[object], bool]) -> bool:
    """Whether any of the tests holds for a function, or for the ``__call__`` method of an object."""
    calls = (function, getattr(function, "__call__", None))  # noqa: B004 - the method, to inspect it
    return any(test(each) for each in calls for test in tests)
