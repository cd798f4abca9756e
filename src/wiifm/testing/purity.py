"""Finds what a pure function must not do: read a clock, draw a random number, do I/O."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

_MODULES = {
    "time": "reads a clock",
    "_io": "does I/O",
    "io": "does I/O",
    "_socket": "opens a socket",
    "posix": "asks the operating system",
    "nt": "asks the operating system",
    "_random": "draws a random number",
    "_sqlite3": "asks a database",
}
_METHODS = {
    "datetime.now": "reads a clock",
    "datetime.utcnow": "reads a clock",
    "datetime.today": "reads a clock",
    "date.today": "reads a clock",
    "Random.random": "draws a random number",
    "Random.getrandbits": "draws a random number",
}

_TESTERS = ("hypothesis.", "_pytest.", "coverage.")
"""Whose own calls, such as those that time the garbage collector, are no fault of what is watched."""


def impurities(call: Callable[[], object]) -> list[str]:
    """What a call does that a pure function must not, each with the function that did it; nothing if it is pure.

    It watches what Python calls; what an extension module does inside itself it can't see.

    >>> import time
    >>> impurities(lambda: time.time())
    ['<lambda> reads a clock (time.time)']
    >>> impurities(lambda: sum([1, 2]))
    []
    """
    found: dict[str, None] = {}

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event != "c_call" or frame.f_globals.get("__name__", "").startswith(_TESTERS):
            return
        name = getattr(argument, "__qualname__", "")
        module = (
            getattr(argument, "__module__", None)
            or type(getattr(argument, "__self__", None)).__module__
        )
        what = _METHODS.get(name) or _MODULES.get(str(module))
        if what:
            full = name if name in _METHODS else f"{module}.{name}"
            found[f"{frame.f_code.co_name} {what} ({full})"] = None

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(before)
    return [each for each in found if not each.startswith("impurities ")]
