"""Campaigns: what is paid to whom when a campaign is closed.

These classes only hold data. A campaign has no effect until it is closed: ``Engine.close_campaign`` computes the payments
and records them as events, which rules then credit. The exception are criteria over a campaign, which get its dates.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import frozen

from wiifm.ledger import Amount

CLOSED, PAID = "campaign.closed", "campaign.paid"
"""The types of the events that a closing records: one for the closing, and one for each member who has a place."""


@frozen(kw_only=True)
class Campaign:
    """How a closing ranks members by their points in ``purse``, and how much it pays to each.

    The pool is the ``budget``, or ``rate`` for each point; with both, the smaller. It is split in proportion to the points,
    or equally, and everybody with points gets ``least`` to ``most``. With ``prizes``, the first, second, ... place get
    these instead. Nothing is paid unless all members together have ``goal`` points. With ``team``, each member of a unit
    gets ``bonus`` if at least that share of the unit's members have points; then all of them have a place. Amounts have the
    decimals of the purse ``pays``, to which a rule on ``campaign.paid`` books them.

    >>> Campaign(id="spring", pays="euros", prizes=(100, 50)).split
    'points'
    """

    id: str
    pays: str
    purse: str = "points"
    since: datetime | None = None
    until: datetime | None = None
    goal: float | None = None
    budget: float | None = None
    rate: float | None = None
    split: Literal["points", "equal"] = "points"
    least: float = 0
    most: float | None = None
    prizes: tuple[float, ...] = ()
    team: float | None = None
    bonus: float | None = None
    means: str = ""


@frozen(kw_only=True)
class Place:
    """A member's place in a closed campaign: the rank, the points that decided it, and the amount to be paid.

    >>> Place(rank=1, member="ann", points=12, amount=100).member
    'ann'
    """

    rank: int
    member: str
    points: Amount
    amount: Amount


@frozen(kw_only=True)
class Closing:
    """The result of closing a campaign: the event that says so, the window, and the places.

    ``points`` is the sum of the points of all members. ``pool`` is how much was shared: 0 if the goal wasn't reached; with
    ``team``, the sum of the bonuses.

    >>> from datetime import datetime, UTC
    >>> Closing(campaign="spring", event="closing:spring:1", since=None, until=datetime(2026, 6, 1, tzinfo=UTC),
    ...         points=0, pool=0, places=()).places
    ()
    """

    campaign: str
    event: str
    since: datetime | None
    until: datetime
    points: Amount
    pool: Amount
    places: tuple[Place, ...]
