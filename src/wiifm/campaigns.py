"""What a rule book says about campaigns: a goal from above, a window, a purse that decides, and what is paid out of which budget.

The nouns only. A campaign decides nothing by itself: closing it (``Engine.close_campaign``) is an event.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import frozen

from wiifm.ledger import Amount

CLOSED, PAID = "campaign.closed", "campaign.paid"
"""The types of the events that a closing records: one of its own, and one for each member who has a place."""


@frozen(kw_only=True)
class Campaign:
    """What a closing computes: who has which place by ``purse``, and how much of the pool.

    The pool is the ``budget``, or ``rate`` for each point where that is less. It is split by points, or equally, and nobody
    gets less than ``least`` or more than ``most``; or ``prizes`` are for the places. Nothing is paid before all together have
    ``goal`` points. Or, with ``team``, a unit that has points by so large a part of its members earns each of them ``bonus``:
    so all of them have a place. Amounts are counted as the purse ``pays`` does, to which a rule on ``campaign.paid`` books them.

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
    """What a closing says of one member: the rank, the points that decided, and the amount to be paid.

    >>> Place(rank=1, member="ann", points=12, amount=100).member
    'ann'
    """

    rank: int
    member: str
    points: Amount
    amount: Amount


@frozen(kw_only=True)
class Closing:
    """A campaign that was closed: by which event, over which window, and what came of it.

    ``pool`` is what there was to be shared: 0 where the goal wasn't reached; of teams, all their bonuses.

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
