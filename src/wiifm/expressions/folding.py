"""What an expression comes to where all that it asks for is known before anything happens."""

from __future__ import annotations

import ast
from collections.abc import Callable
from operator import is_, is_not
from typing import Any

from wiifm.expressions.operations import COMPARES

_HOLDS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    **COMPARES,
    ast.Is: is_,
    ast.IsNot: is_not,
    ast.In: lambda a, b: a in b,
}


class _Folding(ast.NodeTransformer):
    """Replaces what only constants decide."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        holds = _HOLDS.get(type(node.ops[0]))
        if len(node.ops) > 1 or holds is None:
            return node
        try:
            left, right = ast.literal_eval(node.left), ast.literal_eval(node.comparators[0])
            return ast.Constant(holds(left, right))
        except (ValueError, TypeError):  # there are names in it, or what can't be compared
            return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        goes_on, values = isinstance(node.op, ast.And), node.values
        while len(values) > 1 and isinstance(values[0], ast.Constant):
            if bool(values[0].value) is not goes_on:
                return values[0]
            values = values[1:]
        return values[0] if len(values) == 1 else ast.BoolOp(node.op, values)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant):
            return ast.Constant(not node.operand.value)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node


def folded(code: str) -> str:
    """Source of the same expression, in which whatever only constants decide is decided.

    >>> folded("(1 if 'a.liked' == 'a.liked' else -1)"), folded("'a' == 'b' or (x is not None and x > 3)")
    ('1', 'x is not None and x > 3')
    """
    return ast.unparse(_Folding().visit(ast.parse(code, mode="eval")))
