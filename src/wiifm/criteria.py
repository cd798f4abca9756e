"""The algebra of criteria: what a badge, a level or a bonus asks for.

A criterion measures the activities of one holder: it picks some of them (``on``, ``to``,
``where``), measures them (``measure``, ``value``) within a time (``over``) and for each key
(``per``), and is met at thresholds (``at_least``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen

from wiifm.rules import Role

Again: TypeAlias = str | int

PER_KEYS = ("member", "object", "in_reply_to", "topic", "community", "unit", "person", "pair")
STREAKS = ("day", "workday", "week", "month")
GROUPS = (
    *("day", "week", "month", "year"),
    *("object", "in_reply_to", "topic", "community", "unit", "person", "pair"),
)
PAIRED: tuple[Role, ...] = ("actor", "recipient")
"""The roles in which what passes between two is counted for both, ``per`` pair or in groups of pairs."""

MEASURES: dict[str, str] = {
    "count": "on",
    "sum": "value",
    "max": "value",
    "mean": "value",
    "median": "value",
    "latest": "value",
    "distinct": "value",
    "run": "on",
    "gap": "on",
    "groups": "group",
    "streak": "group",
    "earned": "purse",
    "ratio": "terms",
}
"""The measures of the language, and what stands behind each as its key's value in TOML."""

STEADY = frozenset({"count", "distinct", "gap", "groups", "max"})
"""Measures that never fall over ``ever`` or a period, and so may be awarded again for every N."""


@frozen(kw_only=True)
class Criterion:
    """One measure of what a holder did, and the thresholds it must reach.

    In TOML the measure is a key of its own: ``count = "answer.posted"``; ``sum = "minutes"`` with
    ``on``; ``run = "answer.judged"`` with the condition in ``where``; ``groups = "object"`` or
    ``streak = "workday"`` with the inner criterion in ``each``; ``earned = "points"``; ``ratio`` with two criteria in a list,
    which say for themselves what they are ``on``, ``to`` and so on (``to`` of the whole is that of the second).

    ``at_least`` maps each tier to its threshold, in ascending order; the tier of a single threshold
    is "". ``again`` is empty for once; else the name of ``per`` (once for each key), ``period``
    (once in each period of ``over``), and a number N (once more for every N). ``or_only`` is an expression of what the event
    that advances time says of the community: the threshold is that, where it is less.

    >>> Criterion(measure="count", on=("answer.posted",), at_least={"": 10}).over
    'ever'
    """

    measure: str
    on: tuple[str, ...] = ()
    value: str = ""
    group: str = ""
    purse: str = ""
    rules: tuple[str, ...] = ()
    each: Criterion | None = None
    terms: tuple[Criterion, ...] = ()
    to: Role = "actor"
    of: Literal["actor", "recipient"] | None = None
    where: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    over: str = "ever"
    per: str = "member"
    at_least: Mapping[str, float]
    or_only: str | None = None
    again: tuple[Again, ...] = ()
    freeze: int = 0
    self_credit: bool = False

    @property
    def paired(self) -> bool:
        """Whether it counts what passes between two for both of them, whoever does it.

        >>> Criterion(measure="count", on=("kudos.given",), per="pair", at_least={"": 3}).paired
        True
        """
        return "pair" in (self.per, self.group)


def term_of(ratio: Criterion, term: Criterion) -> Criterion:
    """One of the two criteria of a ratio, over the time and for the keys of the ratio."""
    return evolve(term, over=ratio.over, per=ratio.per, since=ratio.since, until=ratio.until)


@frozen(kw_only=True)
class Measure:
    """How a plugin measures: ``add(state, sample) -> state`` and ``read(state) -> number``.

    >>> product = Measure(name="product", start=1, add=lambda s, x: s * x, read=lambda s: s)
    """

    name: str
    start: Hashable
    add: Callable[[Any, Any], Hashable]
    read: Callable[[Any], int | float | Fraction | None]
    version: str = ""
    by: str = field(default="", eq=False)
    """How messages name the plugin that contributed it."""
