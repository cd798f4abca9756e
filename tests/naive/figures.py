"""Statistics of the naive culture report, each written as its textbook definition."""

from fractions import Fraction
from math import sqrt


def part(some, whole):
    return None if not whole else Fraction(some) / Fraction(whole)


def gini(amounts):
    """The Gini coefficient: half the mean difference of all pairs, divided by the mean; None if the sum is 0."""
    if not sum(amounts):
        return None
    return Fraction(
        sum(abs(a - b) for a in amounts for b in amounts), 2 * len(amounts) * sum(amounts)
    )


def fewest_with_half(amounts):
    """The smallest number of persons who together have more than half of the total."""
    amounts = sorted(amounts, reverse=True)
    return next((n for n in range(len(amounts) + 1) if 2 * sum(amounts[:n]) > sum(amounts)), 0)


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return Fraction(values[half] + values[~half]) / 2 if values else None


def spearman(pairs):
    """Spearman's rank correlation: Pearson's correlation of the ranks, where ties share their mean rank."""

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
    """The Kaplan-Meier estimate of the time by which a share is answered; None if that isn't reached.

    ``waits`` are (hours, answered); an unanswered one is censored at its hours.
    """
    left = Fraction(1)
    for time in sorted({t for t, answered in waits if answered}):
        at_risk = sum(t >= time for t, _ in waits)
        left *= 1 - Fraction(sum(t == time and answered for t, answered in waits), at_risk)
        if left <= 1 - Fraction(share):
            return time
    return None
