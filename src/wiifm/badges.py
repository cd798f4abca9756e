"""Badges, and ladders of levels: the parts of a rule book that are awarded when criteria are met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from wiifm.criteria import Criterion
from wiifm.frozendict import frozen_mappings


@frozen(kw_only=True)
class KeepUp:
    """Makes a badge one that is lost when its criteria are no longer met, as evaluated whenever time is advanced.

    To keep the badge takes ``share`` of each threshold over a rolling window, and the whole of any other threshold. It
    can't be lost for ``grace`` after it was given.

    >>> KeepUp(share=0.9, grace="14 days").share
    0.9
    """

    share: float = 1
    grace: str = ""


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Badge:
    """A badge, and its criteria: one, or all of several, or any ``needs`` of several; and ``none_of``, which must not be met.

    ``after`` names badges that must be held first (``"helper"``, or ``"helper:gold"`` for a tier). A badge is withdrawn
    when the events that it was given for are retracted; with ``keep`` it stays. With ``keep_up`` it is given and lost when
    time is advanced. ``points`` are a bonus for each award, by tier, in ``purse``.

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
    def by_person(self) -> bool:
        """Whether members are the keys of its awards, as it counts by person or pair.

        >>> part = Criterion(measure="count", on=("kudos.given",), per="person", at_least={"": 3})
        >>> Badge(id="pal", parts=(part,)).by_person
        True
        """
        return any(part.per in ("person", "pair") for part in self.asks)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The names of its tiers, lowest first. A badge without tiers has one tier, named ""."""
        if len(self.parts) == 1:
            return tuple(tier or self.tier for tier in self.parts[0].at_least)
        return (self.tier,)

    @property
    def asks(self) -> tuple[Criterion, ...]:
        """All its criteria: those that must be met, and those that must not."""
        return (*self.parts, *self.none_of)

    @property
    def composite(self) -> bool:
        """Whether it requires anything in addition to the thresholds of one criterion."""
        return len(self.asks) != 1 or bool(self.after) or self.keep_up is not None


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Ladder:
    """A sequence of levels, which are reached by the points in a purse, or by criteria.

    With ``levels``, a holder is on the highest level for which they have enough points, and goes down when they lose
    them. With ``climbs``, each level is a badge that requires the one before.

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
