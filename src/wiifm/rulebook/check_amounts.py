"""Checks the numbers of a rule book: too large, or with more decimals than their purse has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from wiifm.expressions import parse
from wiifm.faults import Fault, InvalidInput, nearest, one_of, short
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import names_for, special_names
from wiifm.rules import DECIMALS, GATE_DECIMALS, LARGEST_AMOUNT, Gate, Rule


def size_faults(key: str, numbers: Iterable[float]) -> Iterator[Fault]:
    """The faults of numbers beyond ``LARGEST_AMOUNT``, which no amount or measure ever reaches.

    >>> [fault.found for fault in size_faults("at_least", [3, 10**16, -1e300])]
    ['10000000000000000', '-1e+300']
    """
    for number in numbers:
        if not -LARGEST_AMOUNT <= number <= LARGEST_AMOUNT:
            yield Fault(key, short(number), "a number within 10**15")


def purse_faults(book: RuleBook, purse: str, key: str = "purse") -> Iterator[Fault]:
    """The fault of a purse that the book doesn't have."""
    if purse not in book.purses:
        known = one_of("a purse of the book", book.purses)
        yield Fault(key, repr(purse), known, nearest(purse, book.purses))


def amount_faults(book: RuleBook, purse: str, key: str, points: Iterable[float]) -> Iterator[Fault]:
    """The faults of points that are too large, or that rounding would change as they have more decimals than the purse."""
    points = list(points)
    yield from size_faults(key, points)
    decimals = _decimals(book, purse)
    finer = [] if decimals is None else [each for each in points if not _fits(each, decimals)]
    most = _MOST.get(decimals or 0, f"at most {decimals} decimals")
    for number in finer:
        yield Fault(key, short(number), f"a number with {most}, as the purse {purse!r} has")


def fixed_amount(book: RuleBook, rule: Rule) -> Fraction | None:
    """The points that a rule gives each time, rounded to its purse's decimals; None if they depend on the event, or have faults.

    >>> book = RuleBook.parse("[book]\\nid = 'b'\\n[purse.karma]\\ndecimals = 1")
    >>> fixed_amount(book, Rule(id="r", on=("post.shared",), points="6 / 4", purse="karma"))
    Fraction(3, 2)
    """
    points, decimals = rule.points, _decimals(book, rule.purse)
    if isinstance(points, str):
        names = names_for(book.types, rule.on, special_names(book, rule))
        try:
            found = parse(points, names, where="points", kind="number")
        except InvalidInput:
            return None
        points = (found.function({}, "")() or 0) if found.constant else None
    if points is None or decimals is None:
        return None
    return Fraction(round(_steps(points, decimals)), 10**decimals)


def gate_amount_faults(book: RuleBook, rule: Rule, gate: Gate) -> Iterator[Fault]:
    """The faults of a gate in points for a rule: too many decimals, or no claim of the rule ever fits into it."""
    decimals = _decimals(book, rule.purse)
    amount = None if rule.split else fixed_amount(book, rule)
    if gate.points is not None and decimals is not None and decimals > GATE_DECIMALS:
        expected = f"a gate in times, or a purse with at most {GATE_DECIMALS} decimals"
        yield Fault("gate", f"a gate in points, and a purse with {decimals} decimals", expected)
    if gate.points is None or decimals is None or (amount is not None and amount <= 0):
        return
    least = amount or Fraction(1, 10**decimals)
    if _steps(gate.points, 0) + _steps(gate.carry or 0, 0) < least:
        expected = f"at least {float(least):g}; no claim of this rule could ever pass"
        yield Fault("gate", f"a gate of {short(gate.points)} points", expected)


def _decimals(book: RuleBook, purse: str) -> int | None:
    """The decimals of a purse; None if there is no such purse, or its decimals have a fault."""
    found = book.purses.get(purse)
    return found.decimals if found and found.decimals in DECIMALS else None


def _fits(number: float, decimals: int) -> bool:
    """Whether a number has at most so many decimals."""
    return _steps(number, decimals).denominator == 1


def _steps(number: Any, decimals: int) -> Fraction:
    """A number as it is written (0.1 is a tenth), in units of the last of so many decimals."""
    return Fraction(repr(number)) * Fraction(10) ** decimals


_MOST = {0: "no decimals", 1: "at most one decimal"}
