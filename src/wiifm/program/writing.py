"""Writes Python source: indented lines, the constants that they name, and what a function needs to be given.

Generated code names only constants that were registered here. Text from a rule book appears in it only as a constant or
as an expression that was checked, so nothing in a book can become code.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from traceback import walk_tb
from types import CodeType
from typing import Any, TypeAlias
from weakref import WeakValueDictionary, finalize

from attrs import define, field

from wiifm.activities import Slot
from wiifm.expressions import OPERATIONS, Expression
from wiifm.records import Grant


@define(eq=False)
class Source:
    """Source that is being written."""

    lines: list[str] = field(factory=list)
    depth: int = 0

    def line(self, *texts: str) -> None:
        """Add lines at the present depth."""
        self.lines += ["    " * self.depth + text if text else "" for text in texts]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Add a line, and indent what is written in the context; ``pass`` if nothing is."""
        self.line(head)
        before = len(self.lines)
        self.depth += 1
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    @contextmanager
    def blocks(self, *heads: str) -> Iterator[None]:
        """Nested blocks, one for each head that isn't empty."""
        wanted = [head for head in heads if head]
        if not wanted:
            yield
            return
        with self.block(wanted[0]), self.blocks(*wanted[1:]):
            yield

    def paste(self, other: Source) -> None:
        """Add the lines of another source at the present depth."""
        self.line(*other.lines)

    def __str__(self) -> str:
        return "\n".join(self.lines) + "\n"


@define(eq=False)
class Constants:
    """The globals of generated code, each with a name that tells what it is."""

    values: dict[str, object] = field(factory=lambda: dict(OPERATIONS))
    grants: dict[tuple[str, Slot], Grant] = field(factory=dict)
    _names: dict[tuple[str, int], str] = field(factory=dict)

    def name(self, hint: str, value: object) -> str:
        """The name of a value in generated code; made from ``hint``, and unique.

        Ids of a book are only a part of the hint: alone, they might be a name that generated code has for something else.
        """
        key = (hint, id(value))
        if key not in self._names:
            word = "".join(c if c.isascii() and c.isalnum() else "_" for c in hint).upper()
            word = f"_{word}" if word[0].isdigit() else word
            taken = self.values
            name = next(n for n in _numbered(word) if n not in taken)
            self.values[name] = value
            self._names[key] = name
        return self._names[key]

    def grant(self, grant: Grant) -> Grant:
        """The grant of a rule in a slot: always the same object."""
        return self.grants.setdefault((grant.rule, grant.slot), grant)


def _numbered(word: str) -> Iterator[str]:
    yield word
    number = 2
    while True:
        yield f"{word}_{number}"
        number += 1


def within(constants: Constants, since: datetime | None, until: datetime | None) -> list[str]:
    """Source of the conditions that an event lies in ``since <= occurred_at < until``."""
    conditions = []
    if since:
        conditions.append(f"e.occurred_at >= {constants.name('since', since)}")
    if until:
        conditions.append(f"e.occurred_at < {constants.name('until', until)}")
    return conditions


_PROGRAM = "<program of "


def load(name: str, text: str, constants: Mapping[str, object]) -> dict[str, Any]:
    """Execute generated source; return its globals. A traceback through it shows its lines."""
    filename = f"{_PROGRAM}{name}>"
    space: dict[str, Any] = {**constants, _LINES: _shown(text, filename)}
    exec(_code(text, filename), space)
    return space


_LINES = "__lines__"
"""The global by which generated code keeps its own lines alive."""


_Entry: TypeAlias = tuple[int, None, list[str], str]
"""The lines of a file, as in ``linecache.cache``."""


@define(eq=False)
class _Lines:
    """The lines of generated source. Everything that was made of the source refers to it."""

    entry: _Entry


_ALL: WeakValueDictionary[tuple[str, str], _Lines] = WeakValueDictionary()


def _shown(text: str, filename: str) -> _Lines:
    """Register the lines of generated source for tracebacks, for as long as anything made of it is alive."""
    lines = _ALL.get((filename, text))
    if lines is None:
        entry = (len(text), None, text.splitlines(keepends=True), filename)
        lines = _ALL[filename, text] = _Lines(entry)
        finalize(lines, _let_go, entry).atexit = False
    linecache.cache[filename] = lines.entry
    return lines


def _let_go(entry: _Entry) -> None:
    filename = entry[-1]
    if linecache.cache.get(filename) is entry:
        del linecache.cache[filename]


@lru_cache(maxsize=16)
def _code(text: str, filename: str) -> CodeType:
    """Source, compiled once: a book that is loaded again gives the same text."""
    return compile(text, filename, "exec")


def note_part(error: BaseException) -> None:
    """Add a note to an error from generated code: in which rule, badge or gate it occurred, according to the comments there."""
    for frame, number in reversed(list(walk_tb(error.__traceback__))):
        name = frame.f_code.co_filename
        if name.startswith(_PROGRAM):
            lines: _Lines = frame.f_globals[_LINES]
            above = [line.strip() for line in lines.entry[2][:number]]
            part = next((line for line in reversed(above) if line.startswith("# ")), "# its head")
            error.add_note(f"in the {name.strip('<>')}: {part.removeprefix('# ')}")
            return


BINDING = "book, refuse = out.book, out.refuse"
"""The line with which a function looks up once how it books and refuses."""

RELATED = (
    "recipient",
    "target",
    "object_type",
    "community",
    "topics",
    "unit",
    "actor_unit",
    "recipient_unit",
    "holder_unit",
    "person",
    "is_self",
    "local",
    "today",
    "actor_day",
    "reporting",
    "ended",
    "activity",
)
"""What the relate fold knows of an event and a holder; a generated function is given what it needs of it."""

_FOUND_OUT = frozenset(
    ["recipient", "object_type", "community", "topics", "unit", "actor_unit", "recipient_unit"]
)
"""Those of them that an expression may name."""

_READ = {
    "id": "e.id",
    "actor": "e.actor",
    "object": "e.object",
    "in_reply_to": "e.in_reply_to",
    "hour": "local.hour",
    "weekday": "local.isoweekday()",
    "day": "local.day",
    "month": "local.month",
}


@define(eq=False)
class Function:
    """A function about one event in one slot: its body, what it needs to be given, and the names that it reads."""

    name: str
    slot: Slot
    body: Source = field(factory=Source)
    needs: set[str] = field(factory=set)
    reads: dict[str, str] = field(factory=dict)
    places: dict[str, None] = field(factory=dict)
    folded: set[str] = field(factory=set)
    """The fields of criteria into which the activity has been folded so far."""

    def need(self, name: str) -> str:
        """Require something of ``RELATED`` as an argument; return its name."""
        self.needs.add(name)
        return name

    def place(self, number: str) -> str:
        """Require the place of a gated rule as an argument; return its name."""
        self.places[number] = None
        return number

    def read(self, name: str) -> str:
        """Source of a name in an expression: a field of the event, something of ``RELATED``, or a field of the event's data."""
        if name == "type":
            return repr(self.slot[0])
        if name in _FOUND_OUT:
            return self.need(name)
        if name == "across_units":
            one, other = self.need("actor_unit"), self.need("recipient_unit")
            self.reads[f"the_{name}"] = f"are_across({one}, {other})"
            return f"the_{name}"
        known = _READ.get(name)
        if known is not None and known.startswith("local"):
            self.need("local")
        local = f"the_{name}"
        self.reads[local] = known or f"e.data.get({name!r})"
        return local

    def expression(self, found: Expression, **special: str) -> str:
        """Source of an expression. ``special`` names are given; the others are read."""
        return found.source(
            {name: special.get(name) or self.read(name) for name in sorted(found.names)}
        )

    def write(self, source: Source) -> None:
        """Write the names that it reads, and its body."""
        source.line(*(f"{local} = {read}" for local, read in self.reads.items()))
        source.paste(self.body)

    def arguments(self) -> list[str]:
        """The names of its own arguments, in order, besides those that all functions have."""
        return [name for name in RELATED if name in self.needs] + list(self.places)
