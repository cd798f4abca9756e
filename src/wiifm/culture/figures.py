"""The statistics of the report: shares with intervals, inequality, concentration, rank correlation, time until something happens.

Pure functions from numbers to numbers. Each docstring gives the source of its definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import atanh, perm, sqrt, tanh
from statistics import correlation

from attrs import frozen

from wiifm.privacy import withheld_groups

Z = 1.959963984540054
"""The quantile of the normal distribution for an interval of 95 %."""

OTHERS = "other units"
"""The common name of units that are too small to be shown."""


@frozen(kw_only=True)
class Figure:
    """A figure: its value, what ``n`` it is about (persons, deeds, questions), and an interval of 95 % if one is known.

    ``value`` is None if it is ``withheld``, which says why.

    >>> share(3, 10)
    Figure(value=0.3, n=10, low=0.108, high=0.603, withheld='')
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    withheld: str = ""


def plain(value: float | None, n: int) -> Figure:
    """A figure without an interval; None stands for one that can't be computed."""
    if value is None:
        return Figure(value=None, n=n, withheld="no data")
    return Figure(value=round(value, 4), n=n)


def refused(fewest: int) -> Figure:
    """A figure that is withheld because too few persons are behind it, or behind another one that would follow from it.

    It says neither how many, nor which of the two, since that could tell.
    """
    return Figure(value=None, n=0, withheld=f"would tell of fewer than {fewest} persons")


def of_enough(found: Figure, persons: int, fewest: int) -> Figure:
    """A figure if enough persons are behind it, else a withheld one.

    >>> of_enough(share(1, 4), persons=4, fewest=5).withheld
    'would tell of fewer than 5 persons'
    """
    return found if persons >= fewest else refused(fewest)


def share(part: int, whole: int) -> Figure:
    """A share with its interval (Wilson 1927; recommended for small numbers by Brown, Cai and DasGupta 2001)."""
    if whole <= 0:
        return plain(None, 0)
    p, z2 = part / whole, Z * Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Figure(value=round(p, 4), n=whole, low=round(low, 3), high=round(high, 3))


def gini(amounts: Iterable[float]) -> float | None:
    """The Gini coefficient: 0 if all have the same, towards 1 if one has all (Gini 1912); None if the total is 0.

    >>> gini([1, 1, 1, 1]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    found = sorted(amounts)
    n, total = len(found), sum(found)
    if not total:
        return None
    return sum((2 * rank - n - 1) * each for rank, each in enumerate(found, 1)) / (n * total)


def lorenz(amounts: Iterable[float], points: int = 20) -> tuple[tuple[float, float], ...]:
    """The Lorenz curve (1905) at so many points: the share of the total that the share of persons with the least has.

    >>> lorenz([1, 3], points=2)
    ((0.0, 0.0), (0.5, 0.25), (1.0, 1.0))
    """
    found = sorted(amounts)
    n, total = len(found), sum(found)
    if not total:
        return ()
    sums = [0.0]
    for each in found:
        sums.append(sums[-1] + each)
    steps = range(points + 1)
    return tuple(
        (round(step / points, 3), round(sums[round(step / points * n)] / total, 4))
        for step in steps
    )


def nakamoto(amounts: Iterable[float]) -> int:
    """The smallest number of persons who together have more than half (Srinivasan and Lee 2017); of help with a topic, its bus factor.

    >>> nakamoto([5, 3, 1, 1]), nakamoto([6, 4]), nakamoto([])
    (2, 1, 0)
    """
    found = sorted(amounts, reverse=True)
    half, sum_, count = sum(found) / 2, 0.0, 0
    for each in found:
        if sum_ > half or not half:
            break
        sum_, count = sum_ + each, count + 1
    return count


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value; ties share their mean rank.

    >>> ranks([10, 30, 10])
    [1.5, 3.0, 1.5]
    """
    order = sorted(values)
    first: dict[float, int] = {}
    for place, value in enumerate(order, 1):
        first.setdefault(value, place)
    times = Counter(order)
    return [first[value] + (times[value] - 1) / 2 for value in values]


def rank_correlation(pairs: Collection[tuple[float, float]]) -> Figure:
    """Spearman's rank correlation (1904) with its interval (Bonett and Wright 2000); needs four pairs.

    >>> rank_correlation([(1, 2), (2, 4), (3, 6), (4, 8), (5, 1)]).value
    0.0
    """
    n = len(pairs)
    if n < 4:
        return plain(None, n)
    left, right = (ranks(side) for side in zip(*pairs, strict=True))
    if len({*left}) == 1 or len({*right}) == 1:
        return plain(None, n)
    r = correlation(left, right)
    if abs(r) > 1 - 1e-12:
        return Figure(value=round(r, 4), n=n, low=round(r, 3), high=round(r, 3))
    middle, half = atanh(r), Z * sqrt((1 + r * r / 2) / (n - 3))
    low, high = tanh(middle - half), tanh(middle + half)
    return Figure(value=round(r, 4) + 0.0, n=n, low=round(low, 3), high=round(high, 3))


def time_until(seen: Iterable[tuple[float, bool]], part: float = 0.5) -> float | None:
    """The time until something has happened to a part of all; None if it hasn't within the time observed (Kaplan and Meier 1958).

    Each item is how long something was observed, and whether it then happened. One that hasn't happened yet counts for the time that it
    was observed.

    >>> time_until([(1, True), (2, True), (9, False)]), time_until([(1, True), (9, False), (9, False)])
    (2, None)
    """
    found = sorted(seen, key=lambda item: (item[0], not item[1]))
    left, waiting = 1.0, len(found)
    for time, happened in found:
        if happened:
            left *= 1 - 1 / waiting
            if left <= 1 - part + 1e-12:
                return time
        waiting -= 1
    return None


def effective_number(amounts: Collection[float]) -> float | None:
    """The number of equal shares that would be as concentrated: the inverse of the sum of squared shares (Laakso and Taagepera 1979).

    >>> effective_number([5, 5]), effective_number([0])
    (2.0, None)
    """
    total = sum(amounts)
    return 1 / sum((each / total) ** 2 for each in amounts) if total else None


def around(mean: float, variance: float, n: int) -> Figure:
    """The expectation under a chance model, with the range of 95 % of a normal distribution with this variance.

    >>> around(0.5, 0.01, 40)
    Figure(value=0.5, n=40, low=0.304, high=0.696, withheld='')
    """
    half = Z * sqrt(max(0.0, variance))
    low, high = max(0.0, mean - half), min(1.0, mean + half)
    return Figure(value=round(mean, 4), n=n, low=round(low, 3), high=round(high, 3))


def by_permutation(sizes: Collection[int], pairs: Mapping[tuple[str, str], int]) -> Figure:
    """The share of flows that would stay within units, if the members were dealt out to units of these sizes at random.

    Mean and variance are exact over all permutations (join counts: Cliff and Ord 1973). All flows between the same two members move
    together, so a few busy pairs make a wide interval.

    >>> by_permutation([2, 2], {("a", "b"): 1})
    Figure(value=0.3333, n=4, low=0.0, high=1.0, withheld='')
    """
    n, total = sum(sizes), sum(pairs.values())
    if n < 2 or not total:
        return plain(None, n)
    ends, same = dict[str, int](), 0
    for (one, other), times in pairs.items():
        ends[one] = ends.get(one, 0) + times
        ends[other] = ends.get(other, 0) + times
        same += times * (
            times + pairs.get((other, one), 0)
        )  # over both directions, the square of the sum
    shared = sum(times * times for times in ends.values()) - 2 * same
    two = _falling(n, 2, sum(perm(size, 2) for size in sizes))
    three = _falling(n, 3, sum(perm(size, 3) for size in sizes))
    couples = sum(perm(size, 2) for size in sizes) ** 2
    couples += sum(perm(size, 4) - perm(size, 2) ** 2 for size in sizes)
    four = _falling(n, 4, couples)
    square = same * two + shared * three + (total * total - same - shared) * four
    return around(two, square / (total * total) - two * two, n)


def _falling(n: int, of: int, ways: int) -> float:
    """The share of ordered selections that are counted; 0 if there are too few to select from."""
    return ways / perm(n, of) if n >= of else 0.0


def by_configuration(gives: Mapping[str, int], gets: Mapping[str, int]) -> float:
    """The variance of the share within units, if what units give were matched at random to what units get.

    It is that of a sum over a random permutation (Hoeffding 1951); the mean is that of the configuration model.

    >>> by_configuration({"a": 1, "b": 1}, {"a": 1, "b": 1})
    0.25
    """
    total = sum(gives.values())
    if total < 2:
        return 0.0
    both = [(gives[unit], gets.get(unit, 0)) for unit in gives]
    meets = sum(a * b for a, b in both)
    apart = sum(a * b * (a + b) for a, b in both)
    squares = meets - apart / total + (meets / total) ** 2
    return squares / (total - 1) / (total * total)


def folded(
    members: Mapping[str, Collection[str]], fewest: int, merged: str = OTHERS
) -> dict[str, str]:
    """The name of each unit in the report: small units are merged, with the next smallest ones if they are too few even so.

    So no figure is about fewer than ``fewest`` persons, and none such can be computed by subtracting the others from the whole. If that
    isn't possible, all units are merged.

    >>> folded({"a": "efghi", "b": "jk", "c": "l", "d": "mno"}, fewest=3)
    {'a': 'a', 'b': 'other units', 'c': 'other units', 'd': 'd'}
    """
    together = withheld_groups(members, fewest)
    return {name: merged if name in together else name for name in members}
