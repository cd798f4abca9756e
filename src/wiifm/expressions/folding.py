"""Constant folding: simplifies generated code where its constants decide a comparison or a branch."""

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


class _ConstantFolder(ast.NodeTransformer):
    """Replaces comparisons, ``and``, ``or``, ``not`` and conditional expressions that constants decide."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        holds = _HOLDS.get(type(node.ops[0]))
        if len(node.ops) > 1 or holds is None:
            return node
        try:
            left, right = ast.literal_eval(node.left), ast.literal_eval(node.comparators[0])
            return ast.Constant(holds(left, right))
        except (ValueError, TypeError):  # it has names, or values that can't be compared
            return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        neutral, values = isinstance(node.op, ast.And), node.values
        while len(values) > 1 and isinstance(values[0], ast.Constant):
            if bool(values[0].value) is not neutral:
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


def fold_constants(code: str) -> str:
    """The code of the same expression, simplified where constants decide.

    >>> fold_constants("(1 if 'a.liked' == 'a.liked' else -1)"), fold_constants("'a' == 'b' or (x is not None and x > 3)")
    ('1', 'x is not None and x > 3')
    """
    return ast.unparse(_ConstantFolder().visit(ast.parse(code, mode="eval")))
