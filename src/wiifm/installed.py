"""The installed plugins: the entry points of installed distributions, cached.

Reading the entry points opens a file of every installed distribution, and each loading of a rule book needs them. So
they are read again only when a folder on ``sys.path`` has changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from wiifm import hooks


def installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """The entry points in the group ``wiifm``, by name; more than one if several distributions use the same name.

    >>> installed() is installed()
    True
    """
    return _read(tuple(map(_fingerprint, sys.path)))


def _fingerprint(folder: str) -> tuple[str, int, int]:
    """A folder (or an archive) on the path, with its inode and the time of its last change; 0 if there is none."""
    try:
        status = os.stat(folder or os.curdir)
    except OSError:
        return folder, 0, 0
    return folder, status.st_ino, status.st_mtime_ns


@lru_cache(maxsize=4)
def _read(folders: tuple[tuple[str, int, int], ...]) -> Mapping[str, tuple[EntryPoint, ...]]:
    points: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=hooks.PROJECT):
        points[point.name] = (*points.get(point.name, ()), point)
    return points
