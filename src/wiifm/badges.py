"""Badges, and levels: what is given for a criterion, as nouns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from wiifm.criteria import Criterion


@frozen(kw_only=True)
class Badge:
    """A badge, and what it asks for: one criterion, or all of several, or any ``needs`` of them.

    ``after`` names badges that must be held before (``"helper"``, or ``"helper:gold"`` for a
    tier). A badge is withdrawn when the events behind it are retracted; with ``keep`` it stays.
    ``points`` are a bonus for each award, by tier, in ``purse``.

    >>> from wiifm.criteria import Criterion
    >>> ten = Criterion(measure="count", on=("answer.posted",), at_least={"silver": 10})
    >>> Badge(id="helper", parts=(ten,)).tiers
    ('silver',)
    """

    id: str
    parts: tuple[Criterion, ...] = ()
    join: Literal["all", "any"] = "all"
    needs: int = 1
    after: tuple[str, ...] = ()
    tier: str = ""
    keep: bool = False
    points: Mapping[str, float] = field(factory=dict)
    purse: str = "points"
    say: str = ""
    means: str = ""

    @property
    def tiers(self) -> tuple[str, ...]:
        """The names of its tiers, lowest first; a badge without tiers has the one tier ""."""
        if len(self.parts) == 1:
            return tuple(tier or self.tier for tier in self.parts[0].at_least)
        return (self.tier,)

    @property
    def composite(self) -> bool:
        """Whether it asks for more than the thresholds of one criterion."""
        return len(self.parts) != 1 or bool(self.after)


@frozen(kw_only=True)
class Ladder:
    """Levels to climb: by the points in a purse, or by criteria.

    With ``levels`` a holder stands on the highest level whose points they hold, and goes down again when
    the points go. With ``climbs`` each level is a badge of its own that comes after the one before.

    >>> Ladder(id="path", purse="points", levels={"newcomer": 0, "helper": 100}).names
    ('newcomer', 'helper')
    """

    id: str
    purse: str = "points"
    levels: Mapping[str, float] = field(factory=dict)
    climbs: tuple[Badge, ...] = ()
    means: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its levels, lowest first."""
        return tuple(self.levels) or tuple(badge.id for badge in self.climbs)
