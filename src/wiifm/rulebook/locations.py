"""Where a rule book in a file finds the files that it builds on."""

from __future__ import annotations

from pathlib import Path, PurePath

from wiifm.faults import Fault, InvalidRuleBook, nearest

FILE = ".toml"
"""What the name of a file ends in."""


def beside(folder: Path, name: str, where: str) -> Path:
    """The file of a name, as seen from the folder of the one that names it; ``where`` it does, as faults tell it.

    Raises:
        InvalidRuleBook: there is no such file; with the name of the one that may be meant.
    """
    expected = f"a file, as seen from {folder}"
    try:
        file = (folder / name).resolve()
        if file.is_file():
            return file
        found = f"{name!r}, a folder" if file.is_dir() else repr(name)
        known = [each.stem for each in file.parent.glob(f"*{FILE}") if each.is_file()]
    except (OSError, ValueError, RuntimeError) as error:  # no name of a file, or links in a circle
        raise InvalidRuleBook([Fault(where, f"{name!r} ({error})", expected)]) from None
    stem = nearest(file.stem, known)
    hint = PurePath(name).with_name(stem + FILE).as_posix() if stem else None
    raise InvalidRuleBook([Fault(where, found, expected, hint)])


def meant_as_file(folder: Path, name: str) -> str | None:
    """The name of the file that is meant by one that doesn't end as such names do; None where none seems to be.

    >>> meant_as_file(Path("rules"), "sub/common.TOML")
    'sub/common.toml'
    >>> meant_as_file(Path("rules"), "sharing")
    """
    bare = name[: -len(FILE)] if name.lower().endswith(FILE) else name
    try:
        there = (folder / (bare + FILE)).is_file()
    except (OSError, ValueError):
        return None
    return bare + FILE if there or bare != name or "/" in name else None
