"""Shares, inequality, concentration, correlation, waiting: each as its definition says it."""

from fractions import Fraction
from math import sqrt


def part(some, whole):
    return None if not whole else Fraction(some) / Fraction(whole)


def gini(amounts):
    """Half the mean difference of all pairs, over the mean."""
    if not sum(amounts):
        return None
    return Fraction(
        sum(abs(a - b) for a in amounts for b in amounts), 2 * len(amounts) * sum(amounts)
    )


def fewest_with_half(amounts):
    """The fewest who have more than half of all together."""
    amounts = sorted(amounts, reverse=True)
    return next((n for n in range(len(amounts) + 1) if 2 * sum(amounts[:n]) > sum(amounts)), 0)


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return Fraction(values[half] + values[~half]) / 2 if values else None


def spearman(pairs):
    """Pearson's correlation of ranks, those of ties being their mean."""

    def ranks(values):
        return [sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2 for x in values]

    if len(pairs) < 2:
        return None
    xs, ys = (ranks(each) for each in zip(*pairs, strict=True))
    mean = (len(xs) + 1) / 2
    over = sum((x - mean) * (y - mean) for x, y in zip(xs, ys, strict=True))
    under = sqrt(sum((x - mean) ** 2 for x in xs) * sum((y - mean) ** 2 for y in ys))
    return over / under if under else None


def kaplan_meier(waits, share):
    """The first time at which no more than 1 - share wait: each (hours, answered or not)."""
    left = Fraction(1)
    for time in sorted({t for t, answered in waits if answered}):
        at_risk = sum(t >= time for t, _ in waits)
        left *= 1 - Fraction(sum(t == time and answered for t, answered in waits), at_risk)
        if left <= 1 - Fraction(share):
            return time
    return None
