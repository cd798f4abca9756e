"""How a member grows, and what is next, as a statement says it: nouns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from attrs import field, frozen

from wiifm.ledger import Amount, number


def _in_book(name: str, ladder: str | None) -> str:
    """What a book calls a badge, or a level of a ladder."""
    return name if ladder is None else f"{ladder}/{name}"


@frozen(kw_only=True)
class Streak:
    """How many days, weeks or the like in a row reach what a badge asks for, two or more."""

    badge: str
    unit: str
    length: int


@frozen(kw_only=True)
class Kept:
    """A badge or level that must be kept up and is held: up to when, in UTC, what the member did is enough for that."""

    kind: Literal["badge", "level"]
    name: str
    until: datetime
    ladder: str | None = None

    @property
    def badge(self) -> str:
        """The badge by its name; the level with its ladder, as two ladders may have levels of one name."""
        return _in_book(self.name, self.ladder)

    @property
    def line(self) -> str:
        """The name of the line that tells of it."""
        return f"growth.kept.{self.badge}"


@frozen(kw_only=True)
class Compared:
    """What there was in this time, and in the time of the same length before. Of whoever did nothing so far and had nothing before, there is none."""

    points: Mapping[str, tuple[Amount, Amount]]
    people: tuple[int, int]


@frozen(kw_only=True)
class Growth:
    """Where the member stands on each ladder, their streaks, and this time beside the one before."""

    levels: Mapping[str, str] = field(factory=dict)
    streaks: tuple[Streak, ...] = ()
    compared: Compared | None = None
    kept: tuple[Kept, ...] = ()


@frozen(kw_only=True)
class Step:
    """The next badge, tier or level of a ladder that is near: what there is of what it takes, and up to when that goes on counting, if time takes it.

    >>> Step(kind="badge", name="helper", tier="gold", key=None, value=7, threshold=10).missing
    3
    """

    kind: Literal["badge", "level"]
    name: str
    tier: str
    key: str | None
    value: Amount | float
    threshold: Amount | float
    until: datetime | None = None
    ladder: str | None = None

    @property
    def missing(self) -> float:
        """How much is still missing."""
        return number(self.threshold) - number(self.value)

    @property
    def badge(self) -> str:
        """The badge by its name; the level with its ladder, as two ladders may have levels of one name."""
        return _in_book(self.name, self.ladder)

    @property
    def line(self) -> str:
        """The name of the line that tells of it."""
        return f"next.{self.badge}"
