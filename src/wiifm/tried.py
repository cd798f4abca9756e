"""Plugins that are tried without being installed. They are found as if they were installed, under the names that are given here.

A plugin is named by its file or by its module. The command line does so for one command (``--plugin``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from attrs import frozen

from wiifm.failures import raised
from wiifm.faults import FOREIGN_ERRORS, Fault, InvalidInput, nearest

_TEXT = re.compile(r"(?:(?P<name>[\w.-]+)=)?(?P<place>.+?)(?::(?P<object>[^\W\d]\w*))?")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_PACKAGE = "__init__.py"
_EXPECTED = "a file, such as karma.py, or the name of a module"


@frozen
class Tried:
    """A plugin that is tried: how it was named, the name that rule books use for it (None: its own), and the plugin."""

    text: str
    name: str | None
    plugin: object


_TRIED: list[Tried] = []


def tried() -> tuple[Tried, ...]:
    """The plugins that are tried now.

    >>> tried()
    ()
    """
    return tuple(_TRIED)


@contextmanager
def trying() -> Iterator[None]:
    """A block at whose end the plugins that were added in it are no longer tried."""
    before = tried()
    try:
        yield
    finally:
        _TRIED[:] = before


def try_plugin(text: str) -> None:
    """Import a plugin, and have it found like an installed one.

    Its folder, or for a module the current folder, is added at the end of ``sys.path``, so that the plugin may import what is beside it.

    >>> with trying():
    ...     try_plugin("colours=wiifm.packs.sharing")
    ...     print([(each.name, each.plugin.__name__) for each in tried()])
    [('colours', 'wiifm.packs.sharing')]

    Args:
        text: a file (``karma.py``) or a module (``acme.karma``), as in entry points perhaps with an object in it (``acme.karma:plugin``), and
            perhaps after the name that rule books are to use (``karma=wiifm_karma.py``).

    Raises:
        InvalidInput: there is none, or it can't be imported.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise InvalidInput([Fault("plugin", repr(text), _EXPECTED)])
    plugin: object = _module(found["place"])
    if found["object"]:
        try:
            plugin = getattr(plugin, found["object"])
        except AttributeError:
            hint = nearest(found["object"], vars(plugin))
            fault = Fault(found["place"], f"no {found['object']!r}", "an object with hooks", hint)
            raise InvalidInput([fault]) from None
    _TRIED.append(Tried(text, found["name"], plugin))


def _module(place: str) -> ModuleType:
    """The module that a file or a name names, imported."""
    file = _file(place)
    name, folder, top = _located(file) if file else (place, Path.cwd(), None)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    invalidate_caches()  # the file may be new
    if top:
        _check_name(name.partition(".")[0], top, place)
    try:
        return import_module(name)
    except FOREIGN_ERRORS as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            fault = Fault("plugin", repr(place), _EXPECTED, _like(f"{name}.py", folder))
        else:
            fault = Fault(place, raised(error, name), "a plugin that can be imported")
        raise InvalidInput([fault]) from error


def _located(file: Path) -> tuple[str, Path, Path]:
    """The dotted name of the module in a file, the folder from which it is imported, and the file of its outermost package, or its own."""
    parts = [] if file.name == _PACKAGE else [file.stem]
    folder, top = file.parent, file
    while os.path.isfile(folder / _PACKAGE) and folder.name.isidentifier():
        parts.insert(0, folder.name)
        folder, top = folder.parent, folder / _PACKAGE
    return ".".join(parts), folder, top


def _file(place: str) -> Path | None:
    """The file that a plugin is in; None if the text is the name of a module."""
    path = Path(place).absolute()
    if os.path.isfile(path / _PACKAGE):
        return path / _PACKAGE
    if path.suffix != ".py" and not os.path.exists(path) and _MODULE.fullmatch(place):
        return None
    wrong = None
    if not os.path.exists(path):
        wrong = Fault(place, "no such file", _EXPECTED, _like(path.name, path.parent))
    elif not os.path.isfile(path):
        wrong = Fault(place, "a folder without __init__.py", _EXPECTED)
    elif path.suffix != ".py":
        wrong = Fault(place, "a file whose name doesn't end in .py", _EXPECTED)
    elif not path.stem.isidentifier():
        expected = f"one such as {_importable(path.stem)}.py: rename it"
        wrong = Fault(place, "a name that can't be imported", expected)
    if wrong:
        raise InvalidInput([wrong])
    return path


def _importable(name: str) -> str:
    """A name like the given one that a module can have."""
    found = "".join(each if f"_{each}".isidentifier() else "_" for each in name)
    return found if found.isidentifier() else f"plugin_{found}"


def _like(name: str, folder: Path) -> str | None:
    """The file in a folder that a misspelt name may mean."""
    return nearest(name, [each.name for each in folder.glob("*.py")])


def _check_name(name: str, file: Path, place: str) -> None:
    """Refuse a file with the name of another module, which would be imported instead."""
    known = sys.modules.get(name)
    spec = None if known else find_spec(name)
    origin = getattr(known, "__file__", None) if known else spec and spec.origin
    if not (origin and Path(origin).exists() and file.samefile(origin)):
        found = f"the name of another module, {name} ({origin or 'built in'})"
        raise InvalidInput([Fault(place, found, "a name that no module has: rename it")])
