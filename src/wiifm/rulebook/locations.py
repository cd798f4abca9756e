"""Resolves the names of the files that a rule book in a file builds on."""

from __future__ import annotations

import codecs
from pathlib import Path, PurePath

from wiifm.faults import Fault, InvalidRuleBook, nearest

FILE = ".toml"
"""The ending of the name of a file. A name without it means a pack or a plugin."""


def unreadable(path: Path, error: OSError | ValueError) -> Fault:
    """The fault of a rule book that can't be read from a file: why, and what was probably meant.

    >>> print(unreadable(Path("nowhere.toml"), FileNotFoundError(2, "No such file or directory")))
    nowhere.toml: found no such file, expected a rule book: a file in TOML, or plugin:NAME
    """
    expected = "a rule book: a file in TOML, or plugin:NAME"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        stem = nearest(path.stem, [each.stem for each in path.parent.glob(f"*{FILE}")])
        return Fault(str(path), "no such file", expected, stem and str(path.with_name(stem + FILE)))
    if isinstance(error, IsADirectoryError):
        return Fault(str(path), "a folder", expected)
    if isinstance(error, PermissionError):
        return Fault(str(path), "no permission to read it", expected)
    if isinstance(error, UnicodeDecodeError):
        found = f"{error.object[error.start : error.start + 1]!r} at byte {error.start + 1}"
        if error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            found = "UTF-16"
        return Fault(str(path), found, "a text in UTF-8")
    return Fault(str(path), getattr(error, "strerror", None) or str(error), expected)


def resolve_file(folder: Path, name: str, where: str) -> Path:
    """The file with a name that is relative to ``folder``. ``where`` is the place of the name, for messages.

    Raises:
        InvalidRuleBook: there is no such file; suggests one with a similar name.
    """
    expected = f"a file, relative to {folder}"
    try:
        file = (folder / name).resolve()
        if file.is_file():
            return file
        found = f"{name!r}, a folder" if file.is_dir() else repr(name)
        known = [each.stem for each in file.parent.glob(f"*{FILE}") if each.is_file()]
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # not a valid file name, or a circle of symbolic links
        raise InvalidRuleBook([Fault(where, f"{name!r} ({error})", expected)]) from None
    stem = nearest(file.stem, known)
    hint = PurePath(name).with_name(stem + FILE).as_posix() if stem else None
    raise InvalidRuleBook([Fault(where, found, expected, hint)])


def likely_file_name(folder: Path, name: str) -> str | None:
    """The name of the file that a name without the ending ``.toml`` probably means; None if it doesn't seem to mean a file.

    >>> likely_file_name(Path("rules"), "sub/common.TOML")
    'sub/common.toml'
    >>> likely_file_name(Path("rules"), "sharing")
    """
    bare = name[: -len(FILE)] if name.lower().endswith(FILE) else name
    try:
        there = (folder / (bare + FILE)).is_file()
    except (OSError, ValueError):
        return None
    return bare + FILE if there or bare != name or "/" in name else None
