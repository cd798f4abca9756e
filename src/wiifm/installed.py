"""Which plugins are installed: the entry points of distributions, read again when a folder that Python imports from has changed.

Reading them opens a file of each distribution there is, wiifm's or not; a rule book asks for them each time that it is loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from wiifm import hooks


def installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """The entry points of installed distributions, by name: more than one where distributions share a name.

    >>> installed() is installed()
    True
    """
    return _read(tuple(map(_state, sys.path)))


def _state(folder: str) -> tuple[str, int, int]:
    """A folder on the path (or an archive), which it is, and when something was last put into it or taken away."""
    try:
        found = os.stat(folder or os.curdir)
    except OSError:
        return folder, 0, 0
    return folder, found.st_ino, found.st_mtime_ns


@lru_cache(maxsize=4)
def _read(folders: tuple[tuple[str, int, int], ...]) -> Mapping[str, tuple[EntryPoint, ...]]:
    points: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=hooks.PROJECT):
        points[point.name] = (*points.get(point.name, ()), point)
    return points
