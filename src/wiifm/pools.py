"""How a campaign's pool is shared, from points to whole steps of the purse that is paid into: exact, and as much for as many points."""

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
    """A pool and who gets how much of it, in steps: (rank, member, points, amount), the highest first."""

    pool: int
    places: tuple[tuple[int, str, Fraction, int], ...]


def shared(
    campaign: Campaign, points: Mapping[str, Fraction], budget: Fraction | None, decimals: int
) -> Shared:
    """The places of all who have points, and what each gets; ``decimals`` are those of the purse that is paid into.

    Members with as many points share a place, and get as much. Amounts are whole steps: first each share rounded down; the
    steps that are left go to those who lost most by that, one to each, as far as there is one for all of as much weight.

    >>> of = {"ann": Fraction(5), "bob": Fraction(3), "cy": Fraction(3)}
    >>> shared(Campaign(id="c", pays="points"), of, Fraction(100), 0).places[1:]
    ((2, 'bob', Fraction(3, 1), 27), (2, 'cy', Fraction(3, 1), 27))
    >>> [place[3] for place in shared(Campaign(id="c", pays="points", prizes=(50, 20, 5)), of, None, 0).places]
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


def for_teams(
    campaign: Campaign,
    points: Mapping[str, Fraction],
    units: Mapping[str, Collection[str]],
    decimals: int,
) -> Shared:
    """The places of all who have points, and of all in a unit that reached its goal: these get the bonus.

    >>> spring = Campaign(id="c", pays="points", team=0.5, bonus=10)
    >>> shared_out = for_teams(spring, {"ann": Fraction(3)}, {"sales": ["ann", "bob"], "design": ["cy"]}, 0)
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
    """The rank of each value, the highest first: 1 + how many are higher.

    >>> list(ranked([Fraction(9), Fraction(9), Fraction(7)]).values())
    [1, 3]
    """
    found: dict[Fraction, int] = {}
    for number, value in enumerate(values, 1):
        found.setdefault(value, number)
    return found


def _pool(campaign: Campaign, points: Fraction, budget: Fraction | None) -> Fraction:
    """What there is to be shared."""
    if campaign.prizes:
        return Fraction(sum(map(exact, campaign.prizes)))
    most = [] if budget is None else [budget]
    if campaign.rate is not None:
        most.append(exact(campaign.rate) * points)
    return Fraction(min(most, default=0))


def _shares(campaign: Campaign, weights: Shares, pool: Fraction, scale: int) -> Shares:
    """The exact share of each, in steps."""
    if not weights or not pool:
        return [Fraction(0)] * len(weights)
    if campaign.prizes:
        return by_place(weights, [Fraction(exact(each) * scale) for each in campaign.prizes])
    most = None if campaign.most is None else Fraction(exact(campaign.most) * scale)
    return by_weight(weights, pool, Fraction(exact(campaign.least) * scale), most)


def by_place(values: Sequence[Fraction], prizes: Sequence[Fraction]) -> Shares:
    """The prizes of the places, the highest value first; those who share a place share the prizes of all places that they take.

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
    """A pool split by weights, each share kept within ``least`` and ``most``; what that takes or leaves is the others'.

    All get as much where the pool doesn't even hold ``least`` for each; some of it stays where all get ``most``.

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
    """Shares in whole steps, rounded down; with ``evenly`` what that leaves goes to those who lost most, one to each of as much weight.

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
