"""How plugins' functions fail: they raise, or answer what they mustn't. Receipts say so, as no plugin may stop anything else."""

from __future__ import annotations

import re
from inspect import unwrap

from wiifm.faults import DISTURBANCES, literal

LONGEST_ERROR = 1_000
"""So many letters of what a plugin raised are told."""


class WrongAnswer(Exception):
    """A plugin's function answered what it mustn't: it, and what was expected.

    >>> failure(WrongAnswer("the amount '5' is of the type str, no int or float"), len)
    "answered wrongly: the amount '5' is of the type str, no int or float"
    """


def failure(error: BaseException, function: object) -> str:
    """How a plugin's function failed, as receipts tell it: what it raised, and in which of its own lines; or what it answered wrongly.

    Nothing is told that is another thing in each process.

    >>> failure(ValueError(object()), len)
    'raised ValueError(<object object>)'
    """
    if isinstance(error, WrongAnswer):
        return f"{_WRONGLY}: {error}"
    line = _line_in(function, error)
    return f"raised {literal(error, LONGEST_ERROR)}" + (f", in line {line}" if line else "")


def _line_in(function: object, error: BaseException) -> int | None:
    """The line of a function's file in which it raised, or called what did; None where nothing tells, as of what is written in C."""
    try:
        asked = unwrap(function)  # type: ignore[arg-type]
        code = getattr(asked, "__code__", None) or getattr(type(asked).__call__, "__code__", None)
    except DISTURBANCES:  # what is asked for its attributes is foreign, too
        return None
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not code:
        trace = trace.tb_next
    return None if trace is None else trace.tb_lineno


_ERASED = "; what it said was erased"
_WRONGLY = "answered wrongly"
_FAILED = re.compile(f" (?:raised |{_WRONGLY}(?=: |; ))")


def unquoted(told: str) -> str:
    """What foreign code raised, without what it said: it may have quoted what it was given.

    >>> unquoted("KeyError('thanks for the map')"), unquoted("<Shy, which cannot be shown>")
    ('KeyError; what it said was erased', 'a fault; what it said was erased')
    >>> unquoted("KeyError; what it said was erased"), unquoted("KeyError('ann raised a hand')")
    ('KeyError; what it said was erased', 'KeyError; what it said was erased')
    """
    if told.endswith(_ERASED):
        return told
    kind = re.match(r"\w+(?=\()", told)
    return f"{kind[0] if kind else 'a fault'}{_ERASED}"


def unquoted_failure(told: str) -> str:
    """What is told of a plugin's function that failed, without what it said or answered; what tells of none stays.

    >>> unquoted_failure("its test acme:long raised KeyError('thanks for the map'), in line 9")
    'its test acme:long raised KeyError; what it said was erased'
    >>> unquoted_failure("the measure m, acme:read, answered wrongly: the value 'thanks for the map' is ...")
    'the measure m, acme:read, answered wrongly; what it said was erased'
    """
    found = _FAILED.search(told)
    if found is None:
        return told
    if found[0].endswith(_WRONGLY):
        return told[: found.end()] + _ERASED
    return told[: found.end()] + unquoted(told[found.end() :])
