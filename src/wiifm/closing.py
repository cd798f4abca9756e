"""Closes campaigns: computes the result from the current ledger, and records it as events.

A closing is one event, which creates an object, and one payment event about this object for each member with a place, all in one commit.
Payments count while the object exists, so retracting the closing also takes back the payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import TypedDict

from wiifm.arguments import check_known, check_moment
from wiifm.campaign_reading import closing_id, closings, points_within, taken_ids, teams
from wiifm.campaigns import CLOSED, PAID, Campaign, Closing, Place
from wiifm.events import Event, Value
from wiifm.faults import Fault, InvalidInput, short
from wiifm.ledger import Amount, Receipt
from wiifm.memory import Memory
from wiifm.pools import Shared, split_pool, team_bonuses
from wiifm.program.amounts import exactly_in_points, in_points
from wiifm.program.measures import exact

MOST_STEPS = 10**15
"""The maximum number of steps of a pool: up to it, any number of steps is exact as a number in JSON."""


class Terms(TypedDict, total=False):
    """The options of a closing: its window, a budget in place of the campaign's, and the moment of the closing."""

    since: datetime | None
    until: datetime | None
    budget: float | None
    at: datetime | None


def close(memory: Memory, name: str, now: datetime, terms: Terms) -> tuple[Closing, list[Receipt]]:
    """Close a campaign within a transaction, and record the result.

    Raises:
        UnknownName, InvalidInput: as :func:`plan` does.
    """
    closing = plan(memory, name, now, terms)
    return closing, _commit(memory, [*events(closing, terms.get("at") or now)])


def plan(memory: Memory, name: str, now: datetime, terms: Terms) -> Closing:
    """Compute the result of closing a campaign now, without recording it.

    By default, the window begins where the window of the last live closing ended, or else as the campaign says, and ends at the moment of the
    closing, or with the campaign.

    Raises:
        UnknownName: the book has no such campaign.
        InvalidInput: the window is empty or ends in the future, it overlaps one that was closed already, the budget is missing
            or invalid, or the pool has more than :data:`MOST_STEPS` steps.
    """
    check_known("campaign", name, memory.book.campaigns)
    campaign, at = memory.book.campaigns[name], terms.get("at") or now
    for key, moment in (("since", terms.get("since")), ("until", terms.get("until")), ("at", at)):
        check_moment(key, moment)
    closed = list(closings(memory, name))
    ended = [to for _, _, to in closed]
    since = terms.get("since") or max(ended, default=campaign.since)
    until = terms.get("until") or min(at, campaign.until or at)
    money = _budget(memory, campaign, terms.get("budget"))
    _check(closed, name, since, until, at)
    points = points_within(memory, campaign.purse, since, until)
    decimals = memory.book.purses[campaign.pays].decimals
    if campaign.team is None:
        found = split_pool(campaign, points, money, decimals)
    else:
        found = team_bonuses(campaign, points, teams(memory, points, until), decimals)
    if found.pool > MOST_STEPS:
        expected = f"at most 10**15 steps of the purse {campaign.pays!r}"
        raise InvalidInput([Fault(f"campaign {name!r}", f"a pool of {found.pool} steps", expected)])
    return _closing(memory, campaign, _free_id(memory, name), since, until, found)


def _free_id(memory: Memory, name: str) -> str:
    return closing_id(name, sum(1 for _ in taken_ids(memory, name)) + 1)


def _budget(memory: Memory, campaign: Campaign, budget: float | None) -> Fraction | None:
    """The exact budget: the one that is given, or else that of the book; None if the campaign needs none."""
    if budget is None and campaign.budget is not None:
        return Fraction(exact(campaign.budget))
    if budget is None:
        if campaign.rate is None and not campaign.prizes and campaign.team is None:
            own = f"campaign {campaign.id!r} has no budget, rate or prizes"
            raise InvalidInput(
                [Fault("budget", "nothing", f"the amount to share, since {own}; 0 only ranks")]
            )
        return None
    steps = 10 ** memory.book.purses[campaign.pays].decimals
    fits = type(budget) in (int, float) and 0 <= budget <= MOST_STEPS / steps
    if (
        campaign.prizes
        or campaign.team
        or not fits
        or (Fraction(exact(budget)) * steps).denominator != 1
    ):
        expected = f"a number from 0 to 10**15 steps of the purse {campaign.pays!r}"
        if campaign.prizes or campaign.team:
            expected = (
                f"nothing, since the campaign has {'prizes' if campaign.prizes else 'a bonus'}"
            )
        raise InvalidInput([Fault("budget", short(budget), expected)])
    return Fraction(exact(budget))


def _check(
    closed: list[tuple[str, datetime | None, datetime]],
    name: str,
    since: datetime | None,
    until: datetime,
    at: datetime,
) -> None:
    """Check a window: it must have ended, must not be empty, and must not overlap that of a live closing."""
    if until > at:
        expected = f"a moment not after that of the closing, {at.isoformat()}"
        raise InvalidInput([Fault("until", until.isoformat(), expected)])
    for event, begun, ended in closed:
        overlaps = (begun is None or begun < until) and (since is None or since < ended)
        if overlaps or (since == ended and until <= ended):
            found = f"closed by {event} until {ended.isoformat()}"
            expected = "a window that begins after it, or that it is retracted first"
            raise InvalidInput([Fault(f"campaign {name!r}", found, expected)])
    if since is not None and since >= until:
        expected = f"a time after since, {since.isoformat()}"
        raise InvalidInput([Fault("until", until.isoformat(), expected)])


def _closing(
    memory: Memory,
    campaign: Campaign,
    event: str,
    since: datetime | None,
    until: datetime,
    found: Shared,
) -> Closing:
    counted, paid = (memory.book.purses[each].decimals for each in (campaign.purse, campaign.pays))
    places = [
        Place(
            rank=rank,
            member=member,
            points=exactly_in_points(points, counted),
            amount=in_points(amount, paid),
        )
        for rank, member, points, amount in found.places
    ]
    whole = sum((points for _, _, points, _ in found.places), Fraction(0))
    return Closing(
        campaign=campaign.id,
        event=event,
        since=since,
        until=until,
        points=exactly_in_points(whole, counted),
        pool=in_points(found.pool, paid),
        places=tuple(places),
    )


def events(closing: Closing, at: datetime) -> Iterator[Event]:
    """Yield the events of a closing: its own, and one payment for each place."""
    data: dict[str, Value] = {
        "campaign": closing.campaign,
        "until": closing.until.isoformat(),
        "points": _number(closing.points),
        "pool": _number(closing.pool),
        "places": len(closing.places),
    }
    if closing.since is not None:
        data["since"] = closing.since.isoformat()
    yield Event(id=closing.event, type=CLOSED, occurred_at=at, object=closing.event, data=data)
    for number, place in enumerate(closing.places, 1):
        said: dict[str, Value] = {
            "campaign": closing.campaign,
            "rank": place.rank,
            "points": _number(place.points),
            "amount": _number(place.amount),
        }
        yield Event(
            id=f"{closing.event}:{number}",  # no member's name: they may be forgotten
            type=PAID,
            occurred_at=at,
            object=closing.event,
            recipient=place.member,
            data=said,
        )


def _number(amount: Amount) -> int | float:
    """An amount as a number in JSON, so that a sentence says 10 euros and not 10.0."""
    return int(amount) if amount == int(amount) else float(amount)


def _commit(memory: Memory, found: list[Event]) -> list[Receipt]:
    """Commit events, all or none, and return their receipts."""
    memory.prefetch(found)
    fresh, _, faulty = memory.log.admit(found)
    if faulty:
        for event in fresh:
            memory.log.remove(event)
        raise faulty[0].error
    since = memory.commit(fresh).since
    return list(memory.journal.receipts([event.id for event in fresh], since).values())
