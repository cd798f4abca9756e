"""Amounts in minor units of a purse (its smallest steps): exact, and rounded half to even from the decimal as it is written."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from wiifm.ledger import Amount
from wiifm.program.measures import Number
from wiifm.rules import LARGEST_AMOUNT


def in_minor(value: object, decimals: int) -> int | None:
    """A number of points in minor units; None if it is no number, or too large.

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
    """The part of an amount, in minor units, for one of several (``number`` of ``among``). All parts together are the amount.

    The last ones get less if it doesn't divide evenly. Without ``among`` or ``number`` it is the whole amount.

    >>> [part_of(10, 4, number) for number in (1, 2, 3, 4)], part_of(10, None, None)
    ([2, 2, 3, 3], 10)
    """
    if type(among) is not int or type(number) is not int or not 1 <= number <= among:
        return amount
    return (amount + number - 1) // among


_EXACT = Context(prec=400)
"""Enough digits for every float as it is written."""


def in_points(minor: int, decimals: int) -> Amount:
    """Minor units as points: an integer, or a decimal if the purse has decimals.

    >>> in_points(125, 2)
    Decimal('1.25')
    """
    if not decimals:
        return minor
    return Decimal(minor).scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)


def exactly_in_points(points: Fraction, decimals: int) -> Amount:
    """An exact amount of points that is whole in minor units, as :func:`in_points` has it.

    >>> exactly_in_points(Fraction(5, 4), 2)
    Decimal('1.25')
    """
    return in_points(int(points * 10**decimals), decimals)


def expressible(value: Number) -> int | float:
    """A measured value as expressions see it: an integer if it is whole, otherwise a float."""
    return int(value) if value == int(value) else float(value)
