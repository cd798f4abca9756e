"""Figures and how sure one can be of them: shares, inequality, concentration, rank correlation, time until something.

Pure functions from numbers to numbers. The sources of the definitions stand beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import atanh, perm, sqrt, tanh
from statistics import correlation

from attrs import frozen

from wiifm.privacy import withheld_groups

Z = 1.959963984540054
"""The normal quantile of an interval of 95 %."""

OTHERS = "other units"
"""What small units are called together."""


@frozen(kw_only=True)
class Figure:
    """A figure: its value, of how many it is, and the interval of 95 % where one is known.

    ``value`` is None where it is ``withheld``, which says why. ``n`` counts what the figure is about: persons, events, questions.

    >>> share(3, 10)
    Figure(value=0.3, n=10, low=0.108, high=0.603, withheld='')
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    withheld: str = ""


def plain(value: float | None, n: int) -> Figure:
    """A figure without an interval; one that is None can't be had."""
    if value is None:
        return Figure(value=None, n=n, withheld="there is nothing to take it from")
    return Figure(value=round(value, 4), n=n)


def refused(fewest: int) -> Figure:
    """A figure that isn't told, since it would be of too few persons; how many it is of isn't told either."""
    return Figure(value=None, n=0, withheld=f"fewer than {fewest} persons")


def of_enough(found: Figure, persons: int, fewest: int) -> Figure:
    """A figure, if it is of enough persons.

    >>> of_enough(share(1, 4), persons=4, fewest=5).withheld
    'fewer than 5 persons'
    """
    return found if persons >= fewest else refused(fewest)


def share(part: int, whole: int) -> Figure:
    """A part of a whole with its interval (Wilson 1927, as Brown, Cai and DasGupta 2001 advise for small numbers)."""
    if whole <= 0:
        return plain(None, 0)
    p, z2 = part / whole, Z * Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Figure(value=round(p, 4), n=whole, low=round(low, 3), high=round(high, 3))


def gini(amounts: Iterable[float]) -> float | None:
    """How unequally something is spread: 0 where all have the same, towards 1 where one has all (Gini 1912).

    >>> gini([1, 1, 1, 1]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    found = sorted(amounts)
    n, total = len(found), sum(found)
    if not total:
        return None
    return sum((2 * rank - n - 1) * each for rank, each in enumerate(found, 1)) / (n * total)


def lorenz(amounts: Iterable[float], points: int = 20) -> tuple[tuple[float, float], ...]:
    """The curve of Lorenz (1905): what share of all the lowest share of persons has, at so many points.

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
    """The fewest who together have more than half (Srinivasan and Lee 2017); of a topic's help it is its bus factor.

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
    """The rank of each value, ties at the mean of theirs.

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
    """The rank correlation (Spearman 1904) with its interval (Bonett and Wright 2000).

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
    """How long it takes until it happened to a part of all; None where it didn't within the time one looked (Kaplan and Meier 1958).

    Each item is how long one looked, and whether it happened then. So what hasn't happened yet counts for the time that it waited.

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
    """As how many equal ones they count: the inverse of the sum of squared shares (Laakso and Taagepera 1979).

    >>> effective_number([5, 5]), effective_number([0])
    (2.0, None)
    """
    total = sum(amounts)
    return 1 / sum((each / total) ** 2 for each in amounts) if total else None


def around(mean: float, variance: float, n: int) -> Figure:
    """What chance comes to on average, and where 95 % of what it comes to lies, as far as that is spread normally.

    >>> around(0.5, 0.01, 40)
    Figure(value=0.5, n=40, low=0.304, high=0.696, withheld='')
    """
    half = Z * sqrt(max(0.0, variance))
    low, high = max(0.0, mean - half), min(1.0, mean + half)
    return Figure(value=round(mean, 4), n=n, low=round(low, 3), high=round(high, 3))


def by_permutation(sizes: Collection[int], pairs: Mapping[tuple[str, str], int]) -> Figure:
    """Which part of what goes between members would stay within units, if these were dealt out anew to the same members.

    Mean and variance are those of all permutations: of the number of joins of one colour that each has as often (Cliff and Ord 1973).
    Between the same two all goes along, so that few who do much have a wide interval.

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
        same += times * (times + pairs.get((other, one), 0))  # of both ways together the square
    shared = sum(times * times for times in ends.values()) - 2 * same
    two = _falling(n, 2, sum(perm(size, 2) for size in sizes))
    three = _falling(n, 3, sum(perm(size, 3) for size in sizes))
    couples = sum(perm(size, 2) for size in sizes) ** 2
    couples += sum(perm(size, 4) - perm(size, 2) ** 2 for size in sizes)
    four = _falling(n, 4, couples)
    square = same * two + shared * three + (total * total - same - shared) * four
    return around(two, square / (total * total) - two * two, n)


def _falling(n: int, of: int, ways: int) -> float:
    """The part of all ways; nothing where there are too few to take."""
    return ways / perm(n, of) if n >= of else 0.0


def by_configuration(gives: Mapping[str, int], gets: Mapping[str, int]) -> float:
    """The variance of the part within units, if each time of help that units give met any that they get: all are matched anew.

    It is that of a sum over a random permutation (Hoeffding 1951); the mean is the configuration model's.

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
    members: Mapping[str, Collection[str]], fewest: int, called: str = OTHERS
) -> dict[str, str]:
    """What each unit is called: small ones together, with the next smallest where they are too few even so.

    So no figure of fewer than ``fewest`` persons is told, and none can be had by taking others from the whole. Where that
    can't be, all units are one.

    >>> folded({"a": "efghi", "b": "jk", "c": "l", "d": "mno"}, fewest=3)
    {'a': 'a', 'b': 'other units', 'c': 'other units', 'd': 'd'}
    """
    together = withheld_groups(members, fewest)
    return {name: called if name in together else name for name in members}
