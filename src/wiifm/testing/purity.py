"""Finds what a pure function must not do: read a clock, draw a random number, do I/O."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FrameType
from typing import Any

from wiifm.testing.module_state import LIBRARIES

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
    "sleep": "waits",
    "start_new_thread": "starts a thread",
    "setrecursionlimit": "changes what holds for all others",
    "setlocale": "changes what holds for all others",
    "get_ident": "asks in which thread it is",
    "get_native_id": "asks in which thread it is",
    "hash": "asks what differs from process to process",
    "id": "asks what differs from process to process",
}

_PURE = {"fspath", "_path_normpath", "_path_splitroot", "_path_splitroot_ex"}
"""Functions of the operating system's module that only take a path's text to pieces."""

_IN_MEMORY = (io.StringIO, io.BytesIO)

_IN_PYTHON: dict[CodeType, str] = {
    **dict.fromkeys(
        [
            type(os.environ).__getitem__.__code__,
            type(os.environ).__setitem__.__code__,
            type(os.environ).__iter__.__code__,
            type(os.environ).__len__.__code__,
        ],
        "asks the operating system (os.environ)",
    ),
    threading.Condition.wait.__code__: "waits (Condition.wait)",
    threading.Thread.join.__code__: "waits (Thread.join)",
}
"""What every look into the environment comes to, and most that waits for other threads: it is Python all the way down."""

_ONCE = ("zoneinfo", "_strptime", "importlib._bootstrap")
"""What asks the machine the first time only, and comes to the same on each: for a time zone, the names of days, a module."""

_TESTERS = ("hypothesis.", "_pytest.", "coverage.")
"""Whose own calls, such as those that time the garbage collector, are no fault of what is watched."""


def impurities(call: Callable[[], object]) -> list[str]:
    """What a call does that a pure function must not, each with the function that did it; nothing if it is pure.

    It watches what Python calls in this thread; what an extension module does inside itself it can't see.

    >>> import time
    >>> impurities(lambda: time.time())  # doctest: +ELLIPSIS
    ['<lambda> (..., line 1) reads a clock (time.time)']
    >>> impurities(lambda: sum([1, 2]))
    []
    """
    found: dict[str, None] = {}
    known: set[CodeType] = set()

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event == "c_call":
            told = [_told(frame, argument)]
        elif event == "call" and frame.f_code in _IN_PYTHON:
            told = [f"{_asker(frame)} {_IN_PYTHON[frame.f_code]}"]
        elif event == "call" and frame.f_code not in known:
            known.add(frame.f_code)
            told = [_told(frame, each) for each in _bound(frame)]
        else:
            return
        found.update(dict.fromkeys(filter(None, told)))

    before = sys.getprofile()
    with _laid_open():
        sys.setprofile(watch)
        try:
            call()
        finally:
            sys.setprofile(before)
    return list(found)


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
    if frame.f_code is _ASKED:
        frame = frame.f_back or frame
    if frame.f_globals.get("__name__", "").startswith(_TESTERS):
        return None
    name = getattr(called, "__qualname__", "")
    if name in _PURE or (name in ("hash", "id") and _may_ask(frame)):
        return None
    own, of = getattr(called, "__module__", None), getattr(called, "__self__", None)
    modules = [str(own)] if own else [kind.__module__ for kind in type(of).__mro__]
    if isinstance(of, type):  # perhaps one of the plugin's own, which inherits what is called
        inherited = (f"{each.__name__}.{name.rpartition('.')[2]}" for each in of.__mro__)
        name = next(filter(_METHODS.__contains__, inherited), name)
    module = next((each for each in modules if each in _MODULES), "")
    what = _METHODS.get(name) or _MODULES.get(module)
    if not what or isinstance(of, _IN_MEMORY) or _once(frame):
        return None
    full = name if name in _METHODS else f"{module}.{name}"
    return f"{_asker(frame)} {what} ({full})"


def _bound(frame: FrameType) -> Iterator[object]:
    """Functions that a function of a plugin knows with arguments bound to them: calling such a partial is no call of Python's own."""
    if _module(frame) in LIBRARIES:
        return
    known = [frame.f_globals.get(name) for name in frame.f_code.co_names]
    own = [*frame.f_locals.values()]
    held = [value for each in own for value in getattr(each, "__dict__", {}).values()]
    for each in (*known, *own, *held):
        if isinstance(each, partial):
            yield each.func


class _Arguments(list[str]):
    """What a process was started with, in Python, so that whoever looks at it is seen."""

    def __getitem__(self, place: Any) -> Any:
        return super().__getitem__(place)

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def __len__(self) -> int:
        return super().__len__()

    def __contains__(self, argument: object) -> bool:
        return super().__contains__(argument)


_IN_PYTHON |= dict.fromkeys(
    [
        _Arguments.__getitem__.__code__,
        _Arguments.__iter__.__code__,
        _Arguments.__len__.__code__,
        _Arguments.__contains__.__code__,
    ],
    "asks what the process was started with (sys.argv)",
)


def _seen(clock: Callable[..., Any]) -> Callable[..., Any]:
    """A clock as a function of Python, so that it is seen who asks it, even where it is C that does so for them."""

    def asked(*given: Any) -> Any:
        return clock(*given)

    return asked


_ASKED = _seen(len).__code__
"""What all such functions run."""


@contextmanager
def _laid_open() -> Iterator[None]:
    """The clocks of the module ``time``, and ``sys.argv``, so that nobody asks them unseen."""
    clocks = {
        name: each for name, each in vars(time).items() if isinstance(each, BuiltinFunctionType)
    }
    arguments = sys.argv
    sys.argv = _Arguments(arguments)
    vars(time).update({name: _seen(each) for name, each in clocks.items()})
    try:
        yield
    finally:
        vars(time).update(clocks)
        sys.argv = arguments


def _module(frame: FrameType) -> str:
    """The module that a frame is of, by the first part of its name."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _may_ask(frame: FrameType) -> bool:
    """Whether a hash or an identity goes no further: a library of ours or Python's asks for it, or it is part of another one."""
    return _module(frame) in LIBRARIES or frame.f_code.co_name == "__hash__"


def _watched(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those around it, up to what is watched."""
    while frame and frame.f_code is not impurities.__code__:
        yield frame
        frame = frame.f_back


def _once(frame: FrameType) -> bool:
    """Whether this happens while something is read that is there from then on."""
    names = (str(each.f_globals.get("__name__", "")) for each in _watched(frame))
    return any(name.startswith(_ONCE) for name in names)


def _asker(frame: FrameType) -> str:
    """The function that asked for it: the one nearest to a frame that is neither Python's own nor ours, and where it stands."""
    own = (each for each in _watched(frame) if _module(each) not in LIBRARIES)
    asker = next(own, frame)
    place = PurePath(asker.f_code.co_filename).name
    return f"{asker.f_code.co_name} ({place}, line {asker.f_lineno})"
