"""Splits the pool of a campaign among members, by their points.

All arithmetic is exact. Amounts are whole steps, the smallest units of the purse that is paid into, and members with equal points get equal
amounts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from attrs import frozen

from wiifm.campaigns import Campaign
from wiifm.program.measures import exact

Shares = list[Fraction]


@frozen
class Shared:
    """A pool, and what each member gets of it: ``places`` are (rank, member, points, amount), the highest first, with amounts in steps."""

    pool: int
    places: tuple[tuple[int, str, Fraction, int], ...]


def split_pool(
    campaign: Campaign, points: Mapping[str, Fraction], budget: Fraction | None, decimals: int
) -> Shared:
    """Split the pool of a campaign among all members who have points.

    Members with equal points share a place, and get equal amounts. Shares are rounded down to whole steps; the steps that are left go to those
    who lost most by rounding, one to each, as long as there is one for all of equal weight (prizes are only rounded down).

    Args:
        campaign: says how the pool is made up and split.
        points: the points of each member.
        budget: the most that there is to share; None if only the campaign's rate or prizes bound it.
        decimals: the decimals of the purse that is paid into.

    >>> of = {"ann": Fraction(5), "bob": Fraction(3), "cy": Fraction(3)}
    >>> split_pool(Campaign(id="c", pays="points"), of, Fraction(100), 0).places[1:]
    ((2, 'bob', Fraction(3, 1), 27), (2, 'cy', Fraction(3, 1), 27))
    >>> [place[3] for place in split_pool(Campaign(id="c", pays="points", prizes=(50, 20, 5)), of, None, 0).places]
    [50, 12, 12]
    """
    ordered = sorted(
        ((member, found) for member, found in points.items() if found > 0),
        key=lambda pair: (-pair[1], pair[0]),
    )
    values = [found for _, found in ordered]
    rank_of = ranked(values)
    scale = 10**decimals
    reached = campaign.goal is None or sum(values) >= exact(campaign.goal)
    pool = _pool(campaign, sum(values, Fraction(0)), budget) * scale if reached else Fraction(0)
    weights = [Fraction(1)] * len(values) if campaign.split == "equal" else values
    amounts = in_steps(weights, _shares(campaign, weights, pool, scale), not campaign.prizes)
    places = [
        (rank_of[found], member, found, amount)
        for (member, found), amount in zip(ordered, amounts, strict=True)
    ]
    return Shared(int(pool), tuple(places))


def team_bonuses(
    campaign: Campaign,
    points: Mapping[str, Fraction],
    units: Mapping[str, Collection[str]],
    decimals: int,
) -> Shared:
    """Give the campaign's bonus to each member of every unit in which enough members have points.

    The places are those of all members who have points, and of all who get the bonus.

    >>> spring = Campaign(id="c", pays="points", team=0.5, bonus=10)
    >>> shared_out = team_bonuses(spring, {"ann": Fraction(3)}, {"sales": ["ann", "bob"], "design": ["cy"]}, 0)
    >>> [place[1::2] for place in shared_out.places]
    [('ann', 10), ('bob', 10)]
    """
    having = {member: found for member, found in points.items() if found > 0}
    share = exact(campaign.team or 0)
    winners = {
        member
        for team in units.values()
        if sum(each in having for each in team) >= share * len(team)
        for member in team
    }
    bonus = int(exact(campaign.bonus or 0) * 10**decimals)
    all_points = {member: having.get(member, Fraction(0)) for member in {*having, *winners}}
    ordered = sorted(all_points.items(), key=lambda pair: (-pair[1], pair[0]))
    rank_of = ranked(found for _, found in ordered)
    places = [
        (rank_of[found], member, found, bonus if member in winners else 0)
        for member, found in ordered
    ]
    return Shared(bonus * len(winners), tuple(places))


def ranked(values: Iterable[Fraction]) -> dict[Fraction, int]:
    """Map each value to its rank: 1 + the number of higher ones. Values are given the highest first.

    >>> list(ranked([Fraction(9), Fraction(9), Fraction(7)]).values())
    [1, 3]
    """
    found: dict[Fraction, int] = {}
    for number, value in enumerate(values, 1):
        found.setdefault(value, number)
    return found


def _pool(campaign: Campaign, points: Fraction, budget: Fraction | None) -> Fraction:
    """The size of the pool: the sum of the prizes, or the smaller of the budget and the campaign's rate of all points."""
    if campaign.prizes:
        return Fraction(sum(map(exact, campaign.prizes)))
    most = [] if budget is None else [budget]
    if campaign.rate is not None:
        most.append(exact(campaign.rate) * points)
    return Fraction(min(most, default=0))


def _shares(campaign: Campaign, weights: Shares, pool: Fraction, scale: int) -> Shares:
    """The exact share of each weight, in steps."""
    if not weights or not pool:
        return [Fraction(0)] * len(weights)
    if campaign.prizes:
        return by_place(weights, [Fraction(exact(each) * scale) for each in campaign.prizes])
    most = None if campaign.most is None else Fraction(exact(campaign.most) * scale)
    return by_weight(weights, pool, Fraction(exact(campaign.least) * scale), most)


def by_place(values: Sequence[Fraction], prizes: Sequence[Fraction]) -> Shares:
    """Assign prizes to values, the highest first; equal values share the prizes of all places that they take.

    >>> [int(each) for each in by_place([Fraction(9), Fraction(7), Fraction(7)], [Fraction(50), Fraction(20)])]
    [50, 10, 10]
    """
    found: Shares = []
    for _, group in groupby(values):
        count = len(list(group))
        taken = prizes[len(found) : len(found) + count]
        found += [sum(taken, Fraction(0)) / count] * count
    return found


def by_weight(
    weights: Sequence[Fraction], pool: Fraction, least: Fraction, most: Fraction | None
) -> Shares:
    """Split a pool by weights, with each share kept between ``least`` and ``most``; what that takes or leaves is split among the others.

    If the pool is smaller than ``least`` for each, all get the same; if all get ``most``, some of the pool remains.

    >>> [int(each) for each in by_weight([Fraction(8), Fraction(1), Fraction(1)], Fraction(100), Fraction(0), Fraction(50))]
    [50, 25, 25]
    """
    count = len(weights)
    if least * count >= pool:
        return [pool / count] * count
    if most is not None and most * count <= pool:
        return [most] * count

    def kept(share: Fraction) -> Fraction:
        return max(least, share) if most is None else min(max(least, share), most)

    def total(factor: Fraction) -> Fraction:
        return sum((kept(weight * factor) for weight in weights), Fraction(0))

    turns = sorted({bound / w for w in weights for bound in (least, most) if bound is not None})
    place = bisect_left(turns, pool, key=total)
    if place < len(turns) and total(turns[place]) == pool:
        return [kept(weight * turns[place]) for weight in weights]
    low = turns[place - 1]
    free = [w for w in weights if w * low >= least and (most is None or w * low < most)]
    factor = low + (pool - total(low)) / sum(free, Fraction(0))
    return [kept(weight * factor) for weight in weights]


def in_steps(weights: Sequence[Fraction], shares: Sequence[Fraction], evenly: bool) -> list[int]:
    """Round shares down to whole steps.

    With ``evenly``, the steps that are left go to those who lost most by rounding: one to each of equal weight, if there are enough for all of
    these.

    >>> in_steps([Fraction(2), Fraction(1)], [Fraction(20, 3), Fraction(10, 3)], evenly=True)
    [7, 3]
    """
    amounts = [int(share) for share in shares]
    if not evenly:
        return amounts
    left = int(sum(shares, Fraction(0))) - sum(amounts)
    groups: dict[Fraction, list[int]] = {}
    for number, weight in enumerate(weights):
        groups.setdefault(weight, []).append(number)
    lost = {weight: shares[of[0]] - amounts[of[0]] for weight, of in groups.items()}
    for weight in sorted(groups, key=lambda each: (-lost[each], -each)):
        if lost[weight] and len(groups[weight]) <= left:
            left -= len(groups[weight])
            for number in groups[weight]:
                amounts[number] += 1
    return amounts
