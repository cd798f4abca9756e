"""Puts what a rule gives into words: an amount, by which it depends on a condition if there are words for that, or how it is computed."""

from __future__ import annotations

import ast

from wiifm.expressions.parsing import parse_tree
from wiifm.ledger import Amount
from wiifm.rules import Rule
from wiifm.statement.conditions import Fields, condition_of
from wiifm.words.speech import ENGLISH, Speech


def amount_of(points: Amount | float, purse: str, s: Speech = ENGLISH) -> str:
    """An amount with the name of its purse.

    >>> amount_of(5, "points")
    '5 points'
    """
    return f"{s.number(points)} {s.purse(purse, points)}"


def gives(rule: Rule, fields: Fields, s: Speech = ENGLISH) -> str:
    """What a rule gives; ``fields`` are those of its events.

    >>> rule = Rule(id="thanks", on=("kudos.given",), points="10 if across_units else 5")
    >>> gives(rule, {})
    '5 points; if it goes from one unit to another: 10 points'
    >>> gives(Rule(id="shared", on=("post.shared",), points="words // 50"), {})
    'points: words // 50'
    """
    purse = s.called("purse", rule.purse)
    if rule.kind is not None:
        return s("{purse}, as {kind} decides", purse=purse, kind=repr(rule.kind))
    if rule.graded is not None and rule.graded.steps:
        steps = s.listed(_step(*each, rule.purse, s) for each in rule.graded.steps)
        return s("{steps}, by everything that happens to one contribution", steps=steps)
    if rule.graded is not None or rule.judged is not None:
        return s("{purse}, by everything that is said about one contribution", purse=purse)
    if isinstance(rule.points, str):
        formula = s("{purse}: {amount}", purse=purse, amount=rule.points)
        return _either(rule.points, rule.purse, fields, s) or formula
    return amount_of(rule.points or 0, rule.purse, s)


def _step(least: float, points: float, purse: str, s: Speech) -> str:
    """What one step of a graded rule is worth in all, and from where on."""
    return s("{amount} from {least} on", amount=amount_of(points, purse, s), least=s.number(least))


def _either(points: str, purse: str, fields: Fields, s: Speech) -> str:
    """An amount that is one of two, by a condition; "" if it isn't, or if there are no words for the condition."""
    match parse_tree(points, "points")[1]:
        case ast.IfExp(
            test, ast.Constant(int() | float() as one), ast.Constant(int() | float() as other)
        ):
            about = condition_of(test, fields, s)
            words = {
                "condition": about,
                "one": amount_of(one, purse, s),
                "other": amount_of(other, purse, s),
            }
            return s("{other}; {condition}: {one}", **words) if about else ""
        case _:
            return ""
