"""What a source reads: a line with its place, and the event that stands there, or all that is wrong with it."""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen

from wiifm.events import Event
from wiifm.faults import Fault


@frozen
class Rejected:
    """A line that is no event, or that the rule book refuses, and all that is wrong with it.

    >>> print(Rejected("may.jsonl", 3, (Fault("actor", "7", "a text"),)))
    may.jsonl, line 3, actor: found 7, expected a text
    """

    file: str
    line: int
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(str(each.inside(f"{self.file}, line {self.line}")) for each in self.faults)


class Line(NamedTuple):
    """A line with its place, and the event that stands there, or what is wrong with it."""

    file: str
    number: int
    found: Event | Rejected
