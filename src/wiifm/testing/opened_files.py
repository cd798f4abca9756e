"""Finds which files a call opens that belong to no package: what they contain differs between machines."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

_HEARD: dict[int, list[str]] = {}
"""By thread that is watched, the files that it opened."""


def files_opened(
    call: Callable[[], object], home: Callable[[], str | None] = lambda: None
) -> list[str]:
    """The files that a call opens, except those of Python, of installed and of imported packages, and of a plugin.

    Args:
        home: gives the file of the plugin's module, after the call. What lies in its folder belongs to it.

    >>> files_opened(lambda: open(os.devnull).close())
    ['/dev/null']
    >>> files_opened(lambda: Path(sysconfig.__file__).read_bytes())
    []
    """
    _listen()
    thread = threading.get_ident()
    _HEARD[thread] = []
    try:
        call()
    finally:
        heard = _HEARD.pop(thread)
    folders = {Path(each).resolve() for each in _folders(home())}
    opened = (path for path in dict.fromkeys(heard) if not _is_in(path, folders))
    return [*opened]


@cache
def _listen() -> None:
    """Have Python tell which files are opened, until this process ends: an audit hook can't be removed."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _HEARD:
        heard, path = _HEARD.get(threading.get_ident()), arguments[0]
        if heard is not None and isinstance(path, str | bytes):
            heard.append(os.fsdecode(path))


def _folders(home: str | None) -> Iterator[str]:
    """The folders of what is installed or imported, of time zones, and of a plugin."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    yield from (sysconfig.get_path(name) for name in names)
    yield from filter(None, (sysconfig.get_config_var("TZPATH") or "").split(os.pathsep))
    for module in list(sys.modules.values()):
        yield from map(str, getattr(module, "__path__", ()))
    if home is not None:
        yield str(Path(home).parent)


def _is_in(path: str, folders: set[Path]) -> bool:
    return not folders.isdisjoint(Path(path).resolve().parents)
