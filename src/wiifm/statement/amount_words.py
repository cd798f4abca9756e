"""Puts what a rule gives into words: an amount, by which it depends on a condition if there are words for that, or how it is computed."""

from __future__ import annotations

import ast

from wiifm.expressions.parsing import parse_tree
from wiifm.ledger import Amount
from wiifm.rules import Rule
from wiifm.statement.conditions import Fields, condition_of, field_called
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
        words = _in_words(rule.points, rule.purse, fields, s)
        return words or s("{purse}: {amount}", purse=purse, amount=rule.points)
    return amount_of(rule.points or 0, rule.purse, s)


def formula(rule: Rule, fields: Fields, s: Speech = ENGLISH) -> str:
    """The expression that computes the amount of a rule, if :func:`gives` shows it as it is; else "".

    >>> formula(Rule(id="shared", on=("post.shared",), points="words // 50"), {})
    'words // 50'
    """
    if not isinstance(rule.points, str) or rule.kind or rule.graded or rule.judged:
        return ""
    return "" if _in_words(rule.points, rule.purse, fields, s) else rule.points


def _in_words(points: str, purse: str, fields: Fields, s: Speech) -> str:
    """An amount that an expression computes; "" if there are no words for it."""
    tree = parse_tree(points, "points")[1]
    return _either(tree, purse, fields, s) or _single(tree, purse, fields, s)


def _step(least: float, points: float, purse: str, s: Speech) -> str:
    """What one step of a graded rule is worth in all, and from where on."""
    return s("{amount} from {least} on", amount=amount_of(points, purse, s), least=s.number(least))


def _either(tree: ast.expr, purse: str, fields: Fields, s: Speech) -> str:
    """An amount that is one of two, by a condition; "" if it isn't, or if there are no words for the condition or an amount."""
    match tree:
        case ast.IfExp(test, one, other):
            words = {
                "condition": condition_of(test, fields, s),
                "one": _single(one, purse, fields, s),
                "other": _single(other, purse, fields, s),
            }
            return s("{other}; {condition}: {one}", **words) if all(words.values()) else ""
        case _:
            return ""


def _single(tree: ast.expr, purse: str, fields: Fields, s: Speech) -> str:
    """An amount that depends on no condition: one by a field, one that is shared out by place, a number, or a sum; "" if there are no words for it."""
    match tree:
        case ast.Constant(int() | float() as amount):
            return amount_of(amount, purse, s)
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as amount)):
            return amount_of(-amount, purse, s)
        case ast.BinOp(first, ast.Add(), second):
            one, other = _single(first, purse, fields, s), _single(second, purse, fields, s)
            return s("{one}, and {other}", one=one, other=other) if one and other else ""
        case ast.BinOp(
            ast.Constant(int() | float() as most), ast.FloorDiv() | ast.Div(), ast.Name("place")
        ) if "place" not in fields and most > 0:
            return s(
                "{amount} for the first, and a smaller part of it for each that follows",
                amount=amount_of(most, purse, s),
            )
        case _:
            return _scaled(tree, purse, fields, s)


def _scaled(tree: ast.expr, purse: str, fields: Fields, s: Speech) -> str:
    """An amount that is a field of the event, or the field times or divided by a number; "" if it isn't.

    >>> from wiifm.event_types import Field
    >>> fields = {"words": Field("integer")}
    >>> [_scaled(ast.parse(each, mode="eval").body, "points", fields, ENGLISH) for each in ("words", "2 * words", "words // 50")]
    ['as much in points as “words” says', '2 points times “words”', '1 point for every 50 (“words”)']
    """
    match tree:
        case ast.Name(name) if _is_told(name, fields):
            field = field_called(name, s)
            return s(
                "as much in {purse} as {field} says", purse=s.called("purse", purse), field=field
            )
        case ast.UnaryOp(ast.USub(), ast.Name(name)) if _is_told(name, fields):
            return _times(-1, name, purse, s)
        case ast.BinOp(
            ast.Name(name), ast.Mult(), ast.Constant(int() | float() as each)
        ) | ast.BinOp(ast.Constant(int() | float() as each), ast.Mult(), ast.Name(name)) if (
            _is_told(name, fields) and each > 0
        ):
            return _times(each, name, purse, s)
        case ast.BinOp(
            ast.Name(name), ast.FloorDiv() | ast.Div() as by, ast.Constant(int(each))
        ) if _is_told(name, fields) and each > 0:
            one, field = amount_of(1, purse, s), field_called(name, s)
            words = {"amount": one, "n": s.number(each), "field": field}
            if isinstance(by, ast.Div):
                return s("{amount} for every {n} ({field}), in proportion", **words)
            return s("{amount} for every {n} ({field})", **words)
        case _:
            return ""


def _times(each: float, name: str, purse: str, s: Speech) -> str:
    """An amount that is a field times a number."""
    amount = amount_of(each, purse, s)
    return s("{amount} times {field}", amount=amount, field=field_called(name, s))


def _is_told(name: str, fields: Fields) -> bool:
    """Whether a name is that of a numeric field that may be told."""
    return name in fields and fields[name].type in ("integer", "number")
