"""Puts a rule's condition into words, if there are words that say exactly the same.

Only conditions that test the type of the object, the most frequent ones, are put into words. Any other expression is shown as it is.
"""

from __future__ import annotations

import ast

from wiifm.expressions.reading import parse_tree
from wiifm.faults import InvalidInput
from wiifm.words.speech import ENGLISH, Speech


def condition(where: str | None, s: Speech = ENGLISH) -> str:
    """Return a condition in words, as the end of a sentence; "" if there are no words for it.

    >>> condition("object_type == 'answer'")
    'if it is about an answer'
    >>> condition("object_type == 'answer' and words >= 50")
    ''
    """
    return _about(s).get(_type_in(where), "") if where else ""


def _about(s: Speech) -> dict[str | None, str]:
    return {
        "answer": s("if it is about an answer"),
        "comment": s("if it is about a comment"),
        "document": s("if it is about a document"),
        "post": s("if it is about a post"),
        "question": s("if it is about a question"),
        "reply": s("if it is about a reply"),
        "topic": s("if it is about a topic"),
    }


def _type_in(where: str) -> str | None:
    """The object type that a condition tests, if that is all it does."""
    try:
        _, tree = parse_tree(where, "where")
    except InvalidInput:
        return None
    match tree:
        case ast.Compare(
            ast.Name("object_type"), [ast.Eq()], [ast.Constant(str(name))]
        ) | ast.Compare(ast.Constant(str(name)), [ast.Eq()], [ast.Name("object_type")]):
            return name
        case _:
            return None
