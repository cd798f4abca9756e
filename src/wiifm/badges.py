"""Badges, and levels: what is given for a criterion, as nouns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from wiifm.criteria import Criterion


@frozen(kw_only=True)
class KeepUp:
    """That a badge is held only as long as what it asks for is kept up, as looked at whenever time is advanced.

    To keep it takes ``share`` of what was asked over rolling windows, and the whole of all else. For a ``grace`` after it was
    given it isn't lost.

    >>> KeepUp(share=0.9, grace="14 days").share
    0.9
    """

    share: float = 1
    grace: str = ""


@frozen(kw_only=True)
class Badge:
    """A badge, and what it asks for: one criterion, or all of several, or any ``needs`` of them, and ``none_of`` others.

    ``after`` names badges that must be held before (``"helper"``, or ``"helper:gold"`` for a
    tier). A badge is withdrawn when the events behind it are retracted; with ``keep`` it stays.
    With ``keep_up`` it is given and lost when time is advanced. ``points`` are a bonus for each award, by tier, in ``purse``.

    >>> from wiifm.criteria import Criterion
    >>> ten = Criterion(measure="count", on=("answer.posted",), at_least={"silver": 10})
    >>> Badge(id="helper", parts=(ten,)).tiers
    ('silver',)
    """

    id: str
    parts: tuple[Criterion, ...] = ()
    join: Literal["all", "any"] = "all"
    needs: int = 1
    none_of: tuple[Criterion, ...] = ()
    after: tuple[str, ...] = ()
    tier: str = ""
    keep: bool = False
    keep_up: KeepUp | None = None
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
    def asks(self) -> tuple[Criterion, ...]:
        """All criteria that it looks at: its parts, and those that must not be met."""
        return (*self.parts, *self.none_of)

    @property
    def composite(self) -> bool:
        """Whether it asks for more than the thresholds of one criterion."""
        return len(self.asks) != 1 or bool(self.after) or self.keep_up is not None


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
