"""Amounts in whole steps of a purse: exact, rounded half to even from the value as it is written."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from wiifm.ledger import Amount
from wiifm.program.measures import Number
from wiifm.rules import LARGEST_AMOUNT


def in_minor(value: object, decimals: int) -> int | None:
    """A number of points in minor units; None if it is no number, or beyond all bounds.

    >>> in_minor(2.5, 0), in_minor(3.5, 0), in_minor(0.125, 2)
    (2, 4, 12)
    """
    if type(value) is int:
        return value * 10**decimals if -LARGEST_AMOUNT <= value <= LARGEST_AMOUNT else None
    if isinstance(value, float):
        if not -LARGEST_AMOUNT <= value <= LARGEST_AMOUNT:
            return None
        return int(_EXACT.scaleb(Decimal(repr(value)), decimals).to_integral_value(ROUND_HALF_EVEN))
    exactly = value if isinstance(value, Fraction) and abs(value) <= LARGEST_AMOUNT else None
    return None if exactly is None else round(exactly * 10**decimals)


def part_of(amount: int, among: object, number: object) -> int:
    """The part of an amount for one of several, in whole steps; all parts together are the amount, and the last ones get what is left.

    The whole amount where it isn't said among how many, or which one it is.

    >>> [part_of(10, 4, number) for number in (1, 2, 3, 4)], part_of(10, None, None)
    ([2, 2, 3, 3], 10)
    """
    if type(among) is not int or type(number) is not int or not 1 <= number <= among:
        return amount
    return (amount + number - 1) // among


_EXACT = Context(prec=400)
"""Digits enough for every float as it is written."""


def in_points(minor: int, decimals: int) -> Amount:
    """Minor units as points: an integer, or a decimal where the purse has decimals.

    >>> in_points(125, 2)
    Decimal('1.25')
    """
    if not decimals:
        return minor
    return Decimal(minor).scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)


def expressible(value: Number) -> int | float:
    """A measured value as expressions see numbers: whole ones as integers, others as floats."""
    return int(value) if value == int(value) else float(value)
