"""Finds what a pure function must not do: read a clock, draw a random number, do I/O."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_MODULES = {
    "time": "reads a clock",
    "_io": "does I/O",
    "io": "does I/O",
    "_socket": "opens a socket",
    "posix": "asks the operating system",
    "nt": "asks the operating system",
    "_random": "draws a random number",
    "_uuid": "reads a clock",
    "_sqlite3": "asks a database",
}
_METHODS = {
    "datetime.now": "reads a clock",
    "datetime.utcnow": "reads a clock",
    "datetime.today": "reads a clock",
    "date.today": "reads a clock",
    "Random.random": "draws a random number",
    "Random.getrandbits": "draws a random number",
    "print": "does I/O",
    "input": "does I/O",
    "start_new_thread": "starts a thread",
    "get_ident": "asks in which thread it is",
    "get_native_id": "asks in which thread it is",
    "hash": "asks what differs from process to process",
    "id": "asks what differs from process to process",
}

_ENVIRONMENT = {
    type(os.environ).__getitem__.__code__,
    type(os.environ).__setitem__.__code__,
    type(os.environ).__iter__.__code__,
    type(os.environ).__len__.__code__,
}
"""What every look into the environment comes to, which is Python all the way down."""

_OF_THE_ENVIRONMENT = ("os", "_collections_abc", "collections.abc")
"""The modules that this Python is in."""

_LIBRARIES = {"wiifm", "attr", "attrs", "cattrs", *sys.stdlib_module_names} - {"__main__"}
"""What may ask for hashes and identities, for tables and copies, whose answers don't go by them."""

_TESTERS = ("hypothesis.", "_pytest.", "coverage.")
"""Whose own calls, such as those that time the garbage collector, are no fault of what is watched."""


def impurities(call: Callable[[], object]) -> list[str]:
    """What a call does that a pure function must not, each with the function that did it; nothing if it is pure.

    It watches what Python calls in this thread; what an extension module does inside itself it can't see.

    >>> import time
    >>> impurities(lambda: time.time())
    ['<lambda> reads a clock (time.time)']
    >>> impurities(lambda: sum([1, 2]))
    []
    """
    found: dict[str, None] = {}

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in _ENVIRONMENT:
            found[f"{_asker(frame)} asks the operating system (os.environ)"] = None
        elif event == "c_call" and (told := _told(frame, argument)):
            found[told] = None

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(before)
    return [each for each in found if not each.startswith("impurities ")]


@contextmanager
def elsewhere() -> Iterator[None]:
    """As on a machine in another time zone, where the system can tell a process so."""
    if not hasattr(time, "tzset"):
        yield
        return
    before = os.environ.get("TZ")
    os.environ["TZ"] = "ELSE-13:45"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def _told(frame: FrameType, called: object) -> str | None:
    """What is wrong with calling a built-in function from a frame, if anything is."""
    if frame.f_globals.get("__name__", "").startswith(_TESTERS):
        return None
    name = getattr(called, "__qualname__", "")
    if name in ("hash", "id") and _may_ask(frame):
        return None
    own = getattr(called, "__module__", None)
    kinds = type(getattr(called, "__self__", None)).__mro__
    modules = [str(own)] if own else [kind.__module__ for kind in kinds]
    module = next((each for each in modules if each in _MODULES), "")
    what = _METHODS.get(name) or _MODULES.get(module)
    if not what or _loads_a_zone(frame):
        return None
    full = name if name in _METHODS else f"{module}.{name}"
    return f"{frame.f_code.co_name} {what} ({full})"


def _may_ask(frame: FrameType) -> bool:
    """Whether a hash or an identity goes no further: a library of ours or Python's asks for it, or it is part of another one."""
    asking = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return asking in _LIBRARIES or frame.f_code.co_name == "__hash__"


def _loads_a_zone(frame: FrameType | None) -> bool:
    """Whether this happens while a time zone is looked up, which is read from a file the first time."""
    while frame and not frame.f_globals.get("__name__", "").startswith("zoneinfo"):
        frame = frame.f_back
    return frame is not None


def _asker(frame: FrameType) -> str:
    """The function outside the standard library's own that looks into the environment."""
    asking: FrameType | None = frame
    while asking and asking.f_globals.get("__name__") in _OF_THE_ENVIRONMENT:
        asking = asking.f_back
    return asking.f_code.co_name if asking else "?"
