"""What a source yields: a line with its place, and the event in it or what is wrong with it."""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen

from wiifm.events import LARGEST_INTEGER, Event
from wiifm.faults import Fault, literal


@frozen
class Rejected:
    """A line that is no event, or whose event the rule book refuses: its place, and all its faults.

    >>> print(Rejected("may.jsonl", 3, (Fault("actor", "7", "a text"),)))
    may.jsonl, line 3, actor: found 7, expected a text
    """

    file: str
    line: int
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(str(each.inside(f"{self.file}, line {self.line}")) for each in self.faults)


class Line(NamedTuple):
    """A line of a source: the file and number, and the event (``found``), or what is wrong with it."""

    file: str
    number: int
    found: Event | Rejected


def line_fault(line: object) -> Fault | None:
    """What is wrong with a value that a source yielded as a line; None if nothing is.

    >>> print(line_fault(Line("may.csv", "7", Rejected("may.csv", 7, (Fault("actor", "7", "a text"),)))))
    number: found '7', expected a whole number, 0 or more
    >>> print(line_fault(None))
    what it yields: found None, expected wiifm.sources.Line(file, number, an Event or what is Rejected)
    """
    if not isinstance(line, Line) or not isinstance(line.found, Event | Rejected):
        expected = "wiifm.sources.Line(file, number, an Event or what is Rejected)"
        return Fault("what it yields", literal(line), expected)
    if not isinstance(line.file, str):
        return Fault("file", literal(line.file), "a text")
    if type(line.number) is not int or not 0 <= line.number <= LARGEST_INTEGER:
        return Fault("number", literal(line.number), "a whole number, 0 or more")
    if isinstance(line.found, Rejected) and not _has_faults(line.found):
        return Fault("faults", literal(line.found.faults), "a tuple of faults, at least one")
    return None


def _has_faults(rejected: Rejected) -> bool:
    """Whether a plugin's ``Rejected`` has at least one fault, and nothing else in its faults."""
    faults = rejected.faults
    several = isinstance(faults, tuple | list) and bool(faults)
    return several and all(isinstance(each, Fault) for each in faults)
