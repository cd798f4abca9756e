"""Amounts in whole steps of a purse: exact, rounded half to even from the value as it is written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import TypeAlias

from wiifm.activities import Activity
from wiifm.expressions import parse
from wiifm.ledger import Amount
from wiifm.program.measures import Number
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import names_for, special_names
from wiifm.rules import Rule

MOST = 10**15
"""No single grant is larger than this, in points."""

AmountOf: TypeAlias = Callable[[Activity, int | None, Number | None], int | None]
"""From an activity, its place at a gate and the value of its grade to minor units; None is no amount."""


def in_minor(value: object, decimals: int) -> int | None:
    """A number of points in minor units; None if it is no number, or beyond all bounds.

    >>> in_minor(2.5, 0), in_minor(3.5, 0), in_minor(0.125, 2)
    (2, 4, 12)
    """
    if type(value) is int:
        return value * 10**decimals if -MOST <= value <= MOST else None
    if isinstance(value, float):
        exactly = Fraction(repr(value)) if -MOST <= value <= MOST else None
    else:
        exactly = value if isinstance(value, Fraction) and abs(value) <= MOST else None
    return None if exactly is None else round(exactly * 10**decimals)


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


def amount_of(book: RuleBook, rule: Rule, source: Callable[[str], str]) -> AmountOf:
    """How much a rule gives, compiled; for a graded rule, how much it is worth in all."""
    decimals = book.purses[rule.purse].decimals
    if isinstance(rule.points, str):
        special = special_names(book, rule)
        names = names_for(book.types, rule.on, special)
        found = parse(rule.points, names, where="points", kind="number")
        sources = {name: name if name in special else source(name) for name in found.names}
        call = found.function(sources, "a, place, value")

        def expressed(a: Activity, place: int | None, value: Number | None) -> int | None:
            shown = None if value is None else expressible(value)
            return in_minor(call(a, place, shown), decimals)

        return expressed
    if rule.graded and rule.graded.steps:
        steps = [(Fraction(repr(at)), in_minor(worth, decimals)) for at, worth in rule.graded.steps]

        def stepped(a: Activity, place: int | None, value: Number | None) -> int | None:
            reached = [worth for at, worth in steps if value is not None and value >= at]
            return reached[-1] if reached else 0

        return stepped
    fixed = in_minor(rule.points, decimals)
    return lambda a, place, value: fixed
