"""What can't be converted, with its place and the reason; and checks of the shape of a rule that report it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from wiifm.faults import literal

Table: TypeAlias = Mapping[str, object]


@frozen
class Gap:
    """A part of a rule that the book doesn't express, or not exactly: where it is in the rule, what it is, and why not.

    >>> print(Gap("tagger-01, trigger", "it calls json.dumps", "a condition knows the event's fields only"))
    tagger-01, trigger: it calls json.dumps; a condition knows the event's fields only
    """

    where: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.why}"


class CannotConvert(Exception):
    """A rule can't be converted because of one of its parts: where it is in the rule, what it is, and why not.

    >>> print(CannotConvert("criteria", "less than 1", "no number of messages meets it").inside("never"))
    never, criteria: less than 1; no number of messages meets it
    """

    def __init__(self, where: str, what: str, why: str) -> None:
        super().__init__(f"{where}: {what}; {why}")
        self.where, self.what, self.why = where, what, why

    def inside(self, rule: str) -> Gap:
        """The gap for the rule with this name."""
        return Gap(f"{rule}, {self.where}", self.what, self.why)


def table(found: object, where: str) -> Table:
    """The value, if it is a dict that isn't empty and whose keys are texts.

    Raises:
        CannotConvert: it isn't.
    """
    if isinstance(found, dict) and found and all(isinstance(key, str) for key in found):
        return found
    raise CannotConvert(where, literal(found), "a table was expected, with keys that are texts")


def single(found: object, where: str) -> tuple[str, object]:
    """The only key of a table, and its value.

    >>> single({"topic": "git.receive"}, "trigger")
    ('topic', 'git.receive')

    Raises:
        CannotConvert: there are several, or none.
    """
    keys = table(found, where)
    if len(keys) == 1:
        return next(iter(keys.items()))
    raise CannotConvert(where, f"the keys {', '.join(keys)}", "exactly one was expected")


def listed(found: object, where: str) -> list[object]:
    """The value, if it is a list that isn't empty.

    Raises:
        CannotConvert: it isn't.
    """
    if isinstance(found, list) and found:
        return found
    raise CannotConvert(where, literal(found), "a list was expected")
