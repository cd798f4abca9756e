"""Finds the campaigns that are running at a moment, and what a member has in each: for their statement.

What counts is what a closing of the same window would count: :mod:`wiifm.campaign_reading` reads it for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from wiifm.activities import within
from wiifm.campaign_reading import closings, earned_within, points_within, prefetch_closings
from wiifm.campaigns import Campaign
from wiifm.ledger import Amount
from wiifm.memory import Memory
from wiifm.program.amounts import exactly_in_points, in_points
from wiifm.statement.outlook import RunningCampaign


def running_campaigns(
    memory: Memory, member: str, until: datetime | None, now: datetime
) -> tuple[RunningCampaign, ...]:
    """Return the campaigns that run at ``until`` (None: ``now``), with what a member has in each; those that end first at the front.

    A campaign runs from its ``since`` to its ``until``, unless it was closed. There are none for a member who left.
    """
    moment, campaigns = until or now, memory.book.campaigns.values()
    dated = [each for each in campaigns if within(moment, each.since, each.until)]
    if not dated or not memory.flow.relations.is_there(member, until):
        return ()
    prefetch_closings(memory, [each.id for each in dated])
    found = [each for each in dated if not _was_closed(memory, each.id, until)]
    begins = {each.since for each in found}
    earned = {since: earned_within(memory, member, since, until) for since in begins}
    return tuple(
        _running(memory, each, member, earned[each.since].get(each.purse, {}), until)
        for each in sorted(found, key=lambda each: (each.until is None, each.until or now, each.id))
    )


def _was_closed(memory: Memory, name: str, until: datetime | None) -> bool:
    """Whether a campaign was closed before a moment, or at all."""
    events = (memory.log.events[event] for event, _, _ in closings(memory, name))
    return any(within(event.occurred_at, None, until) for event in events)


def _running(
    memory: Memory,
    campaign: Campaign,
    member: str,
    amounts: Mapping[str, int],
    until: datetime | None,
) -> RunningCampaign:
    """A running campaign, by what each event gave a member in its purse so far."""
    return RunningCampaign(
        campaign=campaign,
        earned=in_points(sum(amounts.values()), memory.book.purses[campaign.purse].decimals),
        together=_together(memory, campaign, member, until),
        events=tuple(event for event, minor in amounts.items() if minor),
    )


def _together(
    memory: Memory, campaign: Campaign, member: str, until: datetime | None
) -> Amount | None:
    """How many points all members have towards the goal of a campaign.

    None without a goal; and if fewer than the book's ``fewest`` others have points, since that would tell a member too much about them.
    """
    if campaign.goal is None:
        return None
    points = points_within(memory, campaign.purse, campaign.since, until)
    having = {name: found for name, found in points.items() if found > 0}
    if len(having.keys() - {member}) < memory.book.fewest:
        return None
    together = sum(having.values(), start=Fraction(0))
    return exactly_in_points(together, memory.book.purses[campaign.purse].decimals)
