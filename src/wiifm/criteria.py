"""Criteria: what a badge or a level requires of the activities of a holder.

A criterion selects activities (``on``, ``to``, ``where``), measures them (``measure``, ``value``) within a window of time
(``over``) and for each key (``per``), and is met when the value reaches a threshold (``at_least``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen

from wiifm.frozendict import frozen_mappings
from wiifm.ledger import Role

Again: TypeAlias = str | int

PER_KEYS = ("member", "object", "in_reply_to", "topic", "community", "unit", "person", "pair")
STREAKS = ("day", "workday", "week", "month")
GROUPS = (
    *("day", "week", "month", "year"),
    *("object", "in_reply_to", "topic", "community", "unit", "person", "pair"),
)
PAIR_ROLES: tuple[Role, ...] = ("actor", "recipient")
"""The roles that a criterion of pairs counts: what passes between two members counts for both of them."""

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
"""wiifm's own measures. In TOML each is a key; this maps it to the attribute that holds the key's value."""

REPEATABLE = frozenset({"count", "distinct", "gap", "groups", "max"})
"""The measures that ``again = N`` may be used with, over ``ever`` or a period: it gives one more award for every N more."""


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Criterion:
    """A measure of what a holder did, and the thresholds that it must reach.

    In TOML the measure is a key: ``count = "answer.posted"``; ``sum = "minutes"`` with ``on``; ``run = "answer.judged"``
    with a condition in ``where``; ``groups = "object"`` or ``streak = "workday"`` with an inner criterion in ``each``;
    ``earned = "points"``; ``ratio`` with a list of two criteria, which have their own ``on``, ``to`` and so on (``to`` of
    the ratio is that of the second one).

    ``at_least`` maps each tier to its threshold, in ascending order; a single threshold has the tier "". ``again`` is
    empty for one award; else it lists the name of ``per`` (one for each key), "period" (one in each period of ``over``)
    and a number N (one more for every N more). ``or_only`` is an expression of the fields of the event that advances time:
    if it is less than the threshold, it replaces the threshold.

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
    def least(self) -> float:
        """The lowest of its thresholds.

        >>> Criterion(measure="count", on=("answer.posted",), at_least={"bronze": 3, "gold": 10}).least
        3
        """
        return next(iter(self.at_least.values()))

    @property
    def met_by_one(self) -> bool:
        """Whether a single event meets it.

        >>> Criterion(measure="count", on=("answer.posted",), at_least={"": 1}).met_by_one
        True
        """
        return self.measure == "count" and self.least <= 1

    @property
    def paired(self) -> bool:
        """Whether the criterion is about pairs: what passes between two members counts for both, whoever does it.

        >>> Criterion(measure="count", on=("kudos.given",), per="pair", at_least={"": 3}).paired
        True
        """
        return "pair" in (self.per, self.group)


def term_of(ratio: Criterion, term: Criterion) -> Criterion:
    """One of the two criteria of a ratio, with the ratio's ``over``, ``per``, ``since`` and ``until``."""
    return evolve(term, over=ratio.over, per=ratio.per, since=ratio.since, until=ratio.until)


@frozen(kw_only=True)
class Measure:
    """A plugin's measure: ``add(state, sample) -> state`` takes in a value, ``read(state)`` returns the result.

    ``start`` is the state before the first sample; states must be immutable and comparable. ``read`` returns a number, or
    None where there is none. Both must be pure. Change ``version`` when their meaning changes: it is part of the digest of
    each book that uses the measure.

    >>> product = Measure(name="product", start=1, add=lambda s, x: s * x, read=lambda s: s)
    """

    name: str
    start: Hashable
    add: Callable[[Any, Any], Hashable]
    read: Callable[[Any], int | float | Fraction | None]
    version: str = ""
    by: str = field(default="", eq=False)
    """How messages name the plugin that contributed it. Set by wiifm."""
