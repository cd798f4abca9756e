"""Puts a rule's condition into words, if there are words that say exactly the same.

Only the most frequent conditions are put into words: the type of the object, the length of the text, that it is for somebody else, the time of
the day, working days and the weekend, and any of these joined by ``and``. A rule's other conditions are shown as they are.
"""

from __future__ import annotations

import ast

from wiifm.expressions.parsing import parse_tree
from wiifm.faults import InvalidInput
from wiifm.words.speech import ENGLISH, Speech


def condition(where: str | None, s: Speech = ENGLISH) -> str:
    """Return a condition in words, as the end of a sentence; "" if there are no words for it.

    >>> condition("object_type == 'answer'")
    'if it is about an answer'
    >>> condition("len(text) >= 20")
    'if the text has at least 20 characters'
    >>> condition("object_type == 'answer' and hour < 9")
    'if it is about an answer and before 9:00'
    >>> condition("object_type == 'answer' and words >= 50")
    ''
    """
    if not where:
        return ""
    try:
        _, tree = parse_tree(where, "where")
    except InvalidInput:
        return ""
    return _said(tree, s)


def _said(tree: ast.expr, s: Speech) -> str:
    match tree:
        case ast.BoolOp(ast.And(), parts):
            said = [_said(part, s) for part in parts]
            return s.listed(said) if all(said) else ""
        case ast.Compare(left, [op], [right]):
            return _compared(left, op, right, s)
        case ast.Compare(
            ast.Constant(int(first)),
            [ast.LtE(), ast.Lt()],
            [ast.Name("hour"), ast.Constant(int(last))],
        ) if _is_hour(first) and _is_hour(last) and first < last:
            return s("between {first}:00 and {last}:00", first=first, last=last)
        case _:
            return ""


def _is_hour(value: object) -> bool:
    """Whether a value is an hour that there are words for: not 1, which Spanish says in the singular."""
    return type(value) is int and 1 < value < 24


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, s: Speech) -> str:
    match left, op, right:
        case (ast.Name("object_type"), ast.Eq(), ast.Constant(str(name))) | (
            ast.Constant(str(name)),
            ast.Eq(),
            ast.Name("object_type"),
        ):
            return _about(s).get(name, "")
        case (ast.Name("actor"), ast.NotEq(), ast.Name("recipient")) | (
            ast.Name("recipient"),
            ast.NotEq(),
            ast.Name("actor"),
        ):
            return s("if it is for somebody else")
        case (
            ast.Call(ast.Name("len"), [ast.Name("text")]),
            ast.GtE() | ast.Gt(),
            ast.Constant(int(least)),
        ) if type(least) is int:
            least += isinstance(op, ast.Gt)
            return s.many(
                "if the text has at least {n} character",
                "if the text has at least {n} characters",
                least,
            )
        case (ast.Name("hour"), ast.Lt(), ast.Constant(hour)) if _is_hour(hour):
            return s("before {hour}:00", hour=hour)
        case (ast.Name("hour"), ast.GtE(), ast.Constant(hour)) if _is_hour(hour):
            return s("from {hour}:00 on", hour=hour)
        case (ast.Name("weekday"), ast.LtE(), ast.Constant(5)):
            return s("from Monday to Friday")
        case (ast.Name("weekday"), ast.GtE(), ast.Constant(6)):
            return s("on Saturday or Sunday")
        case _:
            return ""


def _about(s: Speech) -> dict[str, str]:
    return {
        "answer": s("if it is about an answer"),
        "comment": s("if it is about a comment"),
        "document": s("if it is about a document"),
        "post": s("if it is about a post"),
        "question": s("if it is about a question"),
        "reply": s("if it is about a reply"),
        "topic": s("if it is about a topic"),
    }
