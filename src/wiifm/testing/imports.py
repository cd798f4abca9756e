"""Detects modules that read a clock while they are imported: what depends on that differs from day to day."""

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
"""The functions of the module ``time`` that tell the day or the time. Those that only measure durations aren't among them."""

MOMENTS = {"now", "utcnow", "today"}
"""The methods of ``date`` and ``datetime`` that do."""

ClockReads: TypeAlias = Mapping[str, list[str]]
"""By module name, what it read and where."""


@contextmanager
def imports_watched() -> Iterator[ClockReads]:
    """Collect which modules read a clock while they are imported in this block, except Python's own and ours."""
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
    """The frame of the module whose import makes this call, directly or through functions; None if there is none, or it is a library's."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_name == "<module>":
            name = str(frame.f_globals.get("__name__"))
            return None if name.partition(".")[0] in LIBRARIES else frame
        frame = frame.f_back
    return None
