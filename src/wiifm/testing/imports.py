"""What modules ask a clock for while they are imported: whatever goes by that is something else on another day."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from types import FrameType
from typing import TypeAlias

from wiifm.testing.shared import LIBRARIES

CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"),
}
"""What tells which day it is, and when. What only measures how long something takes is none of them."""

Asked: TypeAlias = Mapping[str, list[str]]
"""By the name of a module what it asked, and where."""


@contextmanager
def imports_watched() -> Iterator[Asked]:
    """What modules ask a clock for, as long as this is entered, while they are imported; Python's own and ours are left out."""
    found: dict[str, list[str]] = {}

    def watch(frame: FrameType, event: str, argument: object) -> None:
        name = getattr(argument, "__qualname__", "")
        if event != "c_call" or name not in CLOCKS or not _tells_the_time(argument):
            return
        at = _importing(frame)
        if at is not None:
            module = str(at.f_globals.get("__name__"))
            place = f"{PurePath(at.f_code.co_filename).name}, line {at.f_lineno}"
            found.setdefault(module, []).append(f"{module} ({place}) reads a clock ({name})")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _tells_the_time(called: object) -> bool:
    """Whether this is a clock, and not something else of the same name."""
    of = getattr(called, "__self__", None)
    return (
        getattr(called, "__module__", None) == "time" or getattr(of, "__module__", "") == "datetime"
    )


def _importing(frame: FrameType | None) -> FrameType | None:
    """The module that asks by itself, or by a function that it calls, while it is imported; none of a library's."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_name == "<module>":
            name = str(frame.f_globals.get("__name__"))
            return None if name.partition(".")[0] in LIBRARIES else frame
        frame = frame.f_back
    return None
