"""Checks that a plugin's functions return soon, and don't use up the memory, such as when they get the largest numbers that an event can contain.

That is tried in a new process, which can be ended whatever it does.
"""

from __future__ import annotations

import faulthandler
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import evolve

import wiifm
from wiifm.events import LARGEST_INTEGER, Event, Value
from wiifm.faults import short
from wiifm.rulebook.book import RuleBook
from wiifm.rules import LARGEST_AMOUNT
from wiifm.testing.fork_server import Failed
from wiifm.testing.fresh_results import Making, Place, Unmade, in_a_new_process

Asked = TypeVar("Asked")

INTEGERS = (10**9, LARGEST_AMOUNT, LARGEST_INTEGER, -LARGEST_INTEGER)
"""Large integers: a billion, the largest amount, and the largest and least one of an event."""

_LARGE: Mapping[str, Sequence[Value]] = {"integer": INTEGERS, "number": (*INTEGERS, 1e300)}

BOUND_NUMBERS = (
    "an event may contain any integer within 2**53, so use arithmetic instead of a loop, "
    "or bound the number first"
)
"""What to do about a function that takes too long for a large number."""

SECONDS = 5.0
"""How long a call may take."""

MEMORY = 2 * 2**30
"""How many bytes it may use, where the system says how many are used already (Linux)."""

_ASKED = "asked for number "
_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)$', re.MULTILINE)
_SKIPPED = (str(Path(wiifm.__file__).parent), str(Path(os.__file__).parent))


def with_large_numbers(book: RuleBook, events: Sequence[Event]) -> Iterator[list[Event]]:
    """The events again and again, each time with one field of one event replaced by a large number."""
    for place, event in enumerate(events):
        for name, field in book.types[event.type].fields.items():
            for large in _LARGE.get(field.type, ()):
                changed = evolve(event, data={**event.data, name: large})
                yield [*events[:place], changed, *events[place + 1 :]]


def check_limits(
    contract: object, making: Making[Asked, str | None], asked: Sequence[Asked], advice: str
) -> None:
    """Check that a contract's function returns soon for each of some questions.

    Args:
        making: makes a function that returns what failed because the memory ran out, or None.
        advice: what to do if a call takes too long, or too much memory.

    Raises:
        SkipTest: the contract can't be made in another process.
        AssertionError: a call takes too long, or too much memory; the message says which one, and where it was.
    """
    try:
        found = in_a_new_process("1", within_limits, contract, making, [*asked], SECONDS)
    except Failed as error:
        printed, _, stack = error.printed.partition("Timeout (")
        if not stack:
            raise
        number = int(printed.rpartition(_ASKED)[2].split()[0])
        message = f"{_place(stack)} is still at work after {SECONDS:g} s for {short(asked[number], 500)}; {advice}"
        raise AssertionError(message) from None
    if found is not None:
        number, what = found
        message = f"{what}, since it uses more than {MEMORY >> 30} GiB for {short(asked[number], 500)}; {advice}"
        raise AssertionError(message)


def within_limits(
    place: Place, making: Making[Asked, str | None], asked: list[Asked], seconds: float
) -> tuple[int, str] | Unmade | None:
    """Ask a contract's function in this process, which ends if a call takes too long; this is what the other process runs.

    Returns:
        The number of the first question for which the memory ran out, and what failed; None if there is none.
    """
    try:
        answer = making(place.contract())
    except Exception as error:  # a test's module may need anything, such as a fixture of pytest
        return Unmade.by(error)
    _limit_memory()
    try:
        for number, each in enumerate(asked):
            print(f"{_ASKED}{number}", file=sys.stderr, flush=True)
            faulthandler.dump_traceback_later(seconds, exit=True, file=sys.stderr.fileno())
            if failed := answer(each):
                return number, failed
    finally:
        faulthandler.cancel_dump_traceback_later()
    return None


def _limit_memory() -> None:
    """Have Python raise MemoryError if this process uses much more memory than it does now."""
    used = Path("/proc/self/statm")
    if used.exists():
        import resource  # noqa: PLC0415 - Windows has no such module

        bytes_used = int(used.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (bytes_used + MEMORY, hard))


def _place(stack: str) -> str:
    """The innermost function in the stack of a process that isn't wiifm's or Python's own, with its file and line."""
    frames = [*_FRAME.finditer(stack)]
    own = (
        each
        for each in frames
        if "site-packages" in each["file"] or not each["file"].startswith(_SKIPPED)
    )
    found = next(own, None)
    if found is None:
        return "a function"
    return f"{found['name']} ({Path(found['file']).name}, line {found['line']})"
