"""Finds which files a call opens that belong to no package: what they contain differs between machines."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

_HEARD: dict[int, list[tuple[str, int]]] = {}
"""By thread that is watched, the files that it opened, and how."""

_NEW = os.O_EXCL | os.O_TRUNC
"""The flags of a file that contains nothing when it is opened."""


def files_opened(
    call: Callable[[], object], homes: Callable[[], Iterable[str]] = lambda: ()
) -> list[str]:
    """The files that a call opens, except those of Python, of installed and of imported packages, of a plugin, and those that it makes.

    Args:
        homes: gives, after the call, the files of the plugin's modules. What lies in their folders belongs to it.

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
    made = {path for path, flags in heard if flags & _NEW}
    opened = dict.fromkeys(path for path, _ in heard if path not in made)
    folders = {Path(each).resolve() for each in _folders(homes())} if opened else set()
    return [path for path in opened if not _is_in(path, folders)]


@cache
def _listen() -> None:
    """Have Python tell which files are opened, until this process ends: an audit hook can't be removed."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _HEARD:
        heard, (path, _, flags) = _HEARD.get(threading.get_ident()), arguments
        if heard is not None and isinstance(path, str | bytes) and isinstance(flags, int):
            heard.append((os.fsdecode(path), flags))


def _folders(homes: Iterable[str]) -> Iterator[str]:
    """The folders of what is installed or imported, of time zones, and of a plugin."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    yield from (sysconfig.get_path(name) for name in names)
    yield from filter(None, (sysconfig.get_config_var("TZPATH") or "").split(os.pathsep))
    for module in list(sys.modules.values()):
        yield from map(str, getattr(module, "__path__", ()))
    yield from (str(Path(each).parent) for each in homes)


def _is_in(path: str, folders: set[Path]) -> bool:
    return not folders.isdisjoint(Path(path).resolve().parents)
