"""What the rules of Fedora Badges are made of, told so that what can't be said has a place and a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from wiifm.faults import literal

Table: TypeAlias = Mapping[str, object]


@frozen
class Gap:
    """One thing that a rule says and the book doesn't, or not quite: where, and why.

    >>> print(Gap("tagger-01, trigger", "it calls json.dumps", "a condition knows the event's fields only"))
    tagger-01, trigger: it calls json.dumps; a condition knows the event's fields only
    """

    where: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.why}"


class Unsayable(Exception):
    """A part of a rule that the book can't say: where in the rule, what is there, and why not.

    >>> print(Unsayable("criteria", "less than 1", "no number of messages meets it").inside("never"))
    never, criteria: less than 1; no number of messages meets it
    """

    def __init__(self, where: str, what: str, why: str) -> None:
        super().__init__(f"{where}: {what}; {why}")
        self.where, self.what, self.why = where, what, why

    def inside(self, rule: str) -> Gap:
        """The same, told of a rule."""
        return Gap(f"{rule}, {self.where}", self.what, self.why)


def table(found: object, where: str) -> Table:
    """A table of a rule, whose keys are texts.

    Raises:
        Unsayable: it is none.
    """
    if isinstance(found, dict) and found and all(isinstance(key, str) for key in found):
        return found
    raise Unsayable(where, literal(found), "a table was expected, with keys that are texts")


def single(found: object, where: str) -> tuple[str, object]:
    """The one key of a table, and what stands there.

    >>> single({"topic": "git.receive"}, "trigger")
    ('topic', 'git.receive')

    Raises:
        Unsayable: there are several, or none.
    """
    keys = table(found, where)
    if len(keys) == 1:
        return next(iter(keys.items()))
    raise Unsayable(where, f"the keys {', '.join(keys)}", "exactly one was expected")


def listed(found: object, where: str) -> list[object]:
    """The items of a list.

    Raises:
        Unsayable: it is none, or empty.
    """
    if isinstance(found, list) and found:
        return found
    raise Unsayable(where, literal(found), "a list was expected")
