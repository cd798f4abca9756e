"""Detects patched libraries: compares what shared modules contain before and after."""

from __future__ import annotations

import decimal
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TypeAlias

LIBRARIES = {"wiifm", "attr", "attrs", "cattrs", *sys.stdlib_module_names} - {"__main__"}
"""The top-level names of Python's own modules, ours, and those that ours depend on.

They may use hashes and ids, as for dicts and copies, because their results don't depend on them; and when a plugin makes them do
something impure, the plugin's function is named, not theirs.
"""

Contents: TypeAlias = Mapping[str, Mapping[str, object]]


def module_contents() -> Contents:
    """By module, what each name of a library refers to; and the settings by which decimal numbers are rounded."""
    found: dict[str, Mapping[str, object]] = {
        name: dict(vars(module))
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in LIBRARIES and isinstance(module, ModuleType)
    }
    context = decimal.getcontext()
    rounding = {key: getattr(context, key) for key in ("prec", "rounding", "Emin", "Emax")}
    return found | {"decimal.getcontext()": rounding}


def patched(before: Contents) -> list[str]:
    """The names in libraries that refer to another function or class than before, or that weren't there.

    Private names, newly loaded modules, and values that aren't functions or classes are left out.

    >>> import colorsys
    >>> before, was = module_contents(), colorsys.rgb_to_hsv
    >>> colorsys.rgb_to_hsv = lambda *rgb: rgb
    >>> patched(before)
    ['colorsys.rgb_to_hsv']
    >>> colorsys.rgb_to_hsv = was
    """
    return list(_patched(before, module_contents()))


def _patched(before: Contents, after: Contents) -> Iterator[str]:
    for module, names in after.items():
        was = before.get(module, names)
        for name, value in names.items():
            same = was.get(name, None) is value or (name in was and was[name] == value)
            if same or name.startswith("_") or isinstance(value, ModuleType):
                continue
            # a module with __getattr__ may get names as they are asked for
            new = name not in was and "__getattr__" not in names
            if new or callable(was.get(name)) or module.endswith("()"):
                yield f"{module}.{name}"
