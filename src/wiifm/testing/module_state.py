"""What modules that everybody shares hold: whoever puts something else there changes what others go by."""

from __future__ import annotations

import decimal
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TypeAlias

LIBRARIES = {"wiifm", "attr", "attrs", "cattrs", *sys.stdlib_module_names} - {"__main__"}
"""Python's own modules, ours, and those that ours stand on, by the first part of their names.

They may ask for hashes and identities, for tables and copies, whose answers don't go by them; nor are they named where they do what a
plugin asked them to.
"""

Held: TypeAlias = Mapping[str, Mapping[str, object]]


def held() -> Held:
    """What each of these modules holds by which name, and by what numbers are rounded."""
    found: dict[str, Mapping[str, object]] = {
        name: dict(vars(module))
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in LIBRARIES and isinstance(module, ModuleType)
    }
    context = decimal.getcontext()
    rounding = {key: getattr(context, key) for key in ("prec", "rounding", "Emin", "Emax")}
    return found | {"decimal.getcontext()": rounding}


def patched(before: Held) -> list[str]:
    """What modules hold otherwise than before: another function or class, or a name that wasn't there.

    What they keep to themselves, modules that were loaded, and values that are no functions are left out.

    >>> import colorsys
    >>> before, was = held(), colorsys.rgb_to_hsv
    >>> colorsys.rgb_to_hsv = lambda *rgb: rgb
    >>> patched(before)
    ['colorsys.rgb_to_hsv']
    >>> colorsys.rgb_to_hsv = was
    """
    return list(_patched(before, held()))


def _patched(before: Held, after: Held) -> Iterator[str]:
    for module, names in after.items():
        was = before.get(module, names)
        for name, value in names.items():
            same = was.get(name, None) is value or (name in was and was[name] == value)
            if same or name.startswith("_") or isinstance(value, ModuleType):
                continue
            new = (
                name not in was and "__getattr__" not in names
            )  # or it is looked up when it is asked for
            if new or callable(was.get(name)) or module.endswith("()"):
                yield f"{module}.{name}"
