"""Detects what a pure function must not do: read a clock, draw a random number, do I/O, and the like.

It profiles a call (``sys.setprofile``) and looks at the built-in functions that Python code calls. What an extension module does
internally can't be seen.
"""

from __future__ import annotations

import inspect
import io
import os
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FrameType
from typing import Any

from wiifm.testing.module_state import LIBRARIES

_MODULES = {
    "time": "reads a clock",
    "_io": "does I/O",
    "io": "does I/O",
    "_socket": "opens a socket",
    **dict.fromkeys(
        [
            *("posix", "nt", "resource", "pwd", "grp", "fcntl", "select", "mmap", "msvcrt"),
            *("winreg", "_winapi", "_posixsubprocess", "_signal", "_multiprocessing"),
        ],
        "asks the operating system",
    ),
    "_locale": "asks for the locale of the machine",
    "gc": "asks the garbage collector",
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
    "start_joinable_thread": "starts a thread",
    "setrecursionlimit": "changes a setting of the whole process",
    "setlocale": "asks for the locale of the whole process, or changes it",
    "urandom": "draws a random number",
    "getrandom": "draws a random number",
    "get_ident": "asks which thread it runs in",
    "get_native_id": "asks which thread it runs in",
    "hash": "asks for what differs between processes",
    "id": "asks for what differs between processes",
    "getrefcount": "asks for what differs between processes",
    "getallocatedblocks": "asks for what differs between processes",
    "getsizeof": "asks for what differs between processes",
    "_getframe": "asks who calls it",
    "_getframemodulename": "asks who calls it",
    "_current_frames": "asks who calls it",
    "warn": "gives a warning, which may be printed or raised",
    "warn_explicit": "gives a warning, which may be printed or raised",
}

_FOR_LIBRARIES = {
    *("hash", "id", "getrefcount", "getsizeof"),
    *("_getframe", "_getframemodulename", "warn", "warn_explicit"),
}
"""Functions that a library may call, since its results don't depend on them."""

_PYTHON_MODULES = {
    "platform": "asks which machine it runs on",
    "multiprocessing.process": "asks which process it runs in",
}
"""Modules in Python that ask the system once, and remember its answers."""

_PURPOSES = {
    "gettext": "asks for the language of the machine (gettext)",
    "tempfile": "makes a temporary file (tempfile)",
}
"""Modules in Python that ask the system for several things, for one purpose."""

_PURE = {"fspath", "_path_normpath", "_path_splitroot", "_path_splitroot_ex"}
"""Functions of the operating system's module that only parse a path's text."""

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
    threading.active_count.__code__: "asks which threads there are (threading.active_count)",
    threading.enumerate.__code__: "asks which threads there are (threading.enumerate)",
    uuid.getnode.__code__: "asks which machine it runs on (uuid.getnode)",
    inspect.currentframe.__code__: "asks who calls it (inspect.currentframe)",
    inspect.stack.__code__: "asks who calls it (inspect.stack)",
    traceback.walk_stack.__code__: "asks who calls it (traceback.walk_stack)",
    traceback.extract_stack.__code__: "asks who calls it (traceback.extract_stack)",
}
"""Functions in Python, rather than in C, that every access to the environment and most waiting for threads comes down to; and the like."""

_ONCE = ("zoneinfo", "_strptime", "importlib._bootstrap")
"""Modules that ask the system only the first time, and cache what they get: for a time zone, the names of days, a module."""

_TESTERS = ("hypothesis.", "_pytest.", "coverage.")
"""Test tools, whose own calls (such as timing the garbage collector) aren't those of the function that is watched."""


def impurities(call: Callable[[], object]) -> list[str]:
    """List what a call does that a pure function must not do, each with the function that does it; empty if it is pure.

    It sees what Python code calls in this thread, not what an extension module does internally. Another profiler doesn't see the call,
    and goes on after it.

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
            lines = [_impurity(frame, argument)]
        elif event == "call" and (found_in_python := _impurity_in_python(frame)):
            lines = [found_in_python]
        elif event == "call" and frame.f_code not in known:
            known.add(frame.f_code)
            lines = [_impurity(frame, each) for each in _partials(frame)]
        else:
            return
        found.update(dict.fromkeys(filter(None, lines)))

    before: Any = sys.getprofile()
    with _paused(before), _clocks_in_python():
        sys.setprofile(watch)
        try:
            call()
        finally:
            sys.setprofile(before if callable(before) else None)
    return list(found)


@contextmanager
def _paused(profiler: Any) -> Iterator[None]:
    """Pause a profiler in C: cProfile before Python 3.12, which ``sys.setprofile`` can't set again. Others aren't touched."""
    if not hasattr(profiler, "enable"):
        yield
        return
    profiler.disable()
    try:
        yield
    finally:
        profiler.enable()


@contextmanager
def in_another_time_zone() -> Iterator[None]:
    """Run a block as if on a machine in another time zone, where the system allows that (``time.tzset``)."""
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


def _impurity(frame: FrameType, called: object) -> str | None:
    """What is impure about calling a built-in function from a frame; None if nothing is."""
    if frame.f_code is _ASK_CLOCK:
        frame = frame.f_back or frame
    if frame.f_globals.get("__name__", "").startswith(_TESTERS):
        return None
    name = getattr(called, "__qualname__", "")
    if name in _PURE or (name in _FOR_LIBRARIES and _is_for_library(frame)):
        return None
    own, of = getattr(called, "__module__", None), getattr(called, "__self__", None)
    modules = [str(own)] if own else [kind.__module__ for kind in type(of).__mro__]
    if isinstance(of, type):  # perhaps a subclass, which inherits what is called
        inherited = (f"{each.__name__}.{name.rpartition('.')[2]}" for each in of.__mro__)
        name = next(filter(_METHODS.__contains__, inherited), name)
    module = next((each for each in modules if each in _MODULES), "")
    what = _METHODS.get(name) or _MODULES.get(module)
    if not what or isinstance(of, _IN_MEMORY) or _is_cached(frame) or _is_ours(frame):
        return None
    if module == "gc" and _module(frame) in LIBRARIES:  # the engine collects garbage itself
        return None
    full = name if name in _METHODS else f"{module}.{name}"
    return f"{_caller(frame)} {_purpose(frame) or f'{what} ({full})'}"


def _impurity_in_python(frame: FrameType) -> str | None:
    """What is impure about a call of a function in Python, which has just begun; None if nothing is."""
    what, module = _IN_PYTHON.get(frame.f_code), str(frame.f_globals.get("__name__"))
    if what is None and module in _PYTHON_MODULES:
        caller = frame.f_back.f_globals.get("__name__", "") if frame.f_back else ""
        if caller != module and not caller.startswith(_TESTERS):
            what = f"{_PYTHON_MODULES[module]} ({module}.{frame.f_code.co_name})"
    if what is None or _is_ours(frame) or _is_starting(frame) or _is_cached(frame):
        return None
    return f"{_caller(frame)} {_purpose(frame) or what}"


def _purpose(frame: FrameType) -> str | None:
    """What a module of :data:`_PURPOSES` does, if one is at work here."""
    names = (str(each.f_globals.get("__name__")) for each in _stack(frame))
    return next((_PURPOSES[name] for name in names if name in _PURPOSES), None)


def _partials(frame: FrameType) -> Iterator[object]:
    """The functions of the ``functools.partial`` objects within a plugin function's reach: the profiler doesn't see calls of those."""
    if _module(frame) in LIBRARIES:
        return
    known = [frame.f_globals.get(name) for name in frame.f_code.co_names]
    own = [*frame.f_locals.values()]
    held = [value for each in own for value in getattr(each, "__dict__", {}).values()]
    for each in (*known, *own, *held):
        if isinstance(each, partial):
            yield each.func


class _Arguments(list[str]):
    """``sys.argv`` in Python, so that the profiler sees who reads it."""

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


def _in_python(clock: Callable[..., Any]) -> Callable[..., Any]:
    """A built-in clock wrapped in a Python function, so that the profiler sees its call even if C code makes it."""

    def asked(*given: Any) -> Any:
        return clock(*given)

    return asked


_ASK_CLOCK = _in_python(len).__code__
"""The code that all such wrappers run."""


@contextmanager
def _clocks_in_python() -> Iterator[None]:
    """Replace the functions of the module ``time``, and ``sys.argv``, by wrappers that the profiler sees."""
    clocks = {
        name: each for name, each in vars(time).items() if isinstance(each, BuiltinFunctionType)
    }
    arguments = sys.argv
    sys.argv = _Arguments(arguments)
    vars(time).update({name: _in_python(each) for name, each in clocks.items()})
    try:
        yield
    finally:
        vars(time).update(clocks)
        sys.argv = arguments


def _module(frame: FrameType) -> str:
    """The top-level package of the module that a frame runs in."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_for_library(frame: FrameType) -> bool:
    """Whether one of :data:`_FOR_LIBRARIES` is allowed here: a library calls it, or another ``__hash__`` does."""
    return _module(frame) in LIBRARIES or frame.f_code.co_name == "__hash__"


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and its callers, up to :func:`impurities`."""
    while frame and frame.f_code is not impurities.__code__:
        yield frame
        frame = frame.f_back


def _is_ours(frame: FrameType) -> bool:
    """Whether wiifm itself logs here that a function failed."""
    names = [str(each.f_globals.get("__name__", "")) for each in _stack(frame)]
    return any(
        inner.startswith("logging") and outer.startswith("wiifm.")
        for inner, outer in pairwise(names)
    )


def _is_starting(frame: FrameType) -> bool:
    """Whether a thread is being started here, which waits until it runs: that it is started was seen before."""
    return any(each.f_code is threading.Thread.start.__code__ for each in _stack(frame))


def _is_cached(frame: FrameType) -> bool:
    """Whether this happens while a module of :data:`_ONCE` reads something that it then caches."""
    names = (str(each.f_globals.get("__name__", "")) for each in _stack(frame))
    return any(name.startswith(_ONCE) for name in names)


def _caller(frame: FrameType) -> str:
    """The nearest function on the stack that isn't of a library, with its file and line."""
    own = (each for each in _stack(frame) if _module(each) not in LIBRARIES)
    caller = next(own, frame)
    place = PurePath(caller.f_code.co_filename).name
    return f"{caller.f_code.co_name} ({place}, line {caller.f_lineno})"
