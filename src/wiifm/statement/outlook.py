"""The data classes of a statement for growth, for the next badges and levels, and for the campaigns that are running."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from attrs import field, frozen

from wiifm.campaigns import Campaign
from wiifm.frozendict import frozen_mappings
from wiifm.ledger import Amount, number
from wiifm.progress import Present


def _in_book(name: str, ladder: str | None) -> str:
    """The id in the rule book of a badge, or of a level of a ladder."""
    return name if ladder is None else f"{ladder}/{name}"


@frozen(kw_only=True)
class Streak:
    """A streak that a badge asks for: its length, two or more, in days, weeks or another ``unit``."""

    badge: str
    unit: str
    length: int


@frozen(kw_only=True)
class Kept:
    """A badge or level that must be kept up and is held, and until when (in UTC) what the member did is enough for that."""

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


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Compared:
    """This period and the one of the same length before it, as pairs (now, before).

    ``points`` has the total of each purse, ``people`` the number of members helped. A statement has none of it if the member did nothing so far
    and had nothing before.
    """

    points: Mapping[str, tuple[Amount, Amount]]
    people: tuple[int, int]


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Growth:
    """The member's level on each ladder, their streaks, what they keep up, and the comparison with the period before."""

    levels: Mapping[str, str] = field(factory=dict)
    streaks: tuple[Streak, ...] = ()
    compared: Compared | None = None
    kept: tuple[Kept, ...] = ()


@frozen(kw_only=True)
class Step:
    """A badge, tier or level that the member may reach next.

    ``value`` is the progress towards ``threshold``. ``until`` is when the progress stops counting unless something happens; None if it doesn't
    expire. ``present`` is what the present day, week, month or year still needs to count. ``part`` and ``second`` say which criterion of a
    badge it is about, and whether it is that of its second measure, as in :class:`~wiifm.Progress`.

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
    present: Present | None = None
    ladder: str | None = None
    part: int = 0
    second: bool = False

    @property
    def missing(self) -> float:
        """The difference between the threshold and the value."""
        return number(self.threshold) - number(self.value)

    @property
    def badge(self) -> str:
        """The badge by its name; the level with its ladder, as two ladders may have levels of one name."""
        return _in_book(self.name, self.ladder)

    @property
    def line(self) -> str:
        """The name of the line that tells of it."""
        return f"next.{self.badge}"


@frozen(kw_only=True)
class RunningCampaign:
    """A campaign that is running, and what the member earned in its purse since it began.

    ``events`` are those that gave it to them. ``together`` is how many points all members have towards the campaign's goal; None if it
    has no goal, or if fewer than the book's ``fewest`` other members have points.

    >>> RunningCampaign(campaign=Campaign(id="spring", pays="euros", goal=500), earned=12, together=320).line
    'campaigns.spring'
    """

    campaign: Campaign
    earned: Amount = 0
    together: Amount | None = None
    events: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The name of the line that tells of it."""
        return f"campaigns.{self.campaign.id}"
