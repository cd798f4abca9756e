"""What modules ask a clock for while they are imported: whatever goes by that is something else on another day."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import PurePath
from types import FrameType
from typing import TypeAlias

from wiifm.testing.module_state import LIBRARIES

CLOCKS = {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"}
"""What of the module ``time`` tells which day it is, and when. What only measures how long something takes is none of them."""

MOMENTS = {"now", "utcnow", "today"}
"""What of a date's or a moment's class does."""

Asked: TypeAlias = Mapping[str, list[str]]
"""By the name of a module what it asked, and where."""


@contextmanager
def imports_watched() -> Iterator[Asked]:
    """What modules ask a clock for, as long as this is entered, while they are imported; Python's own and ours are left out."""
    found: dict[str, list[str]] = {}

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event != "c_call" or not _tells_the_time(argument):
            return
        at = _importing(frame)
        if at is not None:
            module = str(at.f_globals.get("__name__"))
            place = f"{PurePath(at.f_code.co_filename).name}, line {at.f_lineno}"
            found.setdefault(module, []).append(
                f"{module} ({place}) reads a clock ({_named(argument)})"
            )

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _named(called: object) -> str:
    return str(getattr(called, "__qualname__", called))


def _tells_the_time(called: object) -> bool:
    """Whether this is a clock, and not something else of the same name."""
    name, of = getattr(called, "__name__", ""), getattr(called, "__self__", None)
    if isinstance(of, type):
        return name in MOMENTS and issubclass(of, date)
    return name in CLOCKS and getattr(called, "__module__", None) == "time"


def _importing(frame: FrameType | None) -> FrameType | None:
    """The module that asks by itself, or by a function that it calls, while it is imported; none of a library's."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_name == "<module>":
            name = str(frame.f_globals.get("__name__"))
            return None if name.partition(".")[0] in LIBRARIES else frame
        frame = frame.f_back
    return None
