"""Null-safe operators for generated code. None of them ever raises: null, a division by zero and an overflow give null."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from math import isfinite
from typing import Any

LARGEST_RESULT = 2**200
"""Results that are integers beyond this size are null, so that numbers can't grow without bound."""

COMPARES: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
"""The functions of the comparisons, for values that can be compared."""

RELATIONS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    **COMPARES,
    ast.In: lambda one, several: one in several,
    ast.NotIn: lambda one, several: one not in several,
}
"""The same, with those of being among several."""


def _arithmetic(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An arithmetic operator that gives null for null, a division by zero, and a result that is too large or not finite."""

    def safe(a: Any, b: Any) -> Any:
        if a is None or b is None:
            return None
        try:
            result = operate(a, b)
        except (ZeroDivisionError, OverflowError):
            return None
        if type(result) is int:
            return result if -LARGEST_RESULT <= result <= LARGEST_RESULT else None
        return result if isfinite(result) else None

    return safe


def _ordering(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """An order comparison that is false if a side is null."""
    return lambda a, b: a is not None and b is not None and holds(a, b)


def _chain(left: Any, *links: Any) -> bool:
    """Whether a chain of comparisons holds; ``links`` alternates between an operation and its right side."""
    for holds, right in zip(links[::2], links[1::2], strict=True):
        if not holds(left, right):
            return False
        left = right
    return True


OPERATIONS: dict[str, Callable[..., Any]] = {
    "safe_add": _arithmetic(operator.add),
    "safe_sub": _arithmetic(operator.sub),
    "safe_mult": _arithmetic(operator.mul),
    "safe_div": _arithmetic(operator.truediv),
    "safe_floordiv": _arithmetic(operator.floordiv),
    "safe_mod": _arithmetic(operator.mod),
    "safe_lt": _ordering(operator.lt),
    "safe_lte": _ordering(operator.le),
    "safe_gt": _ordering(operator.gt),
    "safe_gte": _ordering(operator.ge),
    "safe_eq": operator.eq,
    "safe_noteq": operator.ne,
    "safe_in": lambda a, b: b is not None and a in b,
    "safe_notin": lambda a, b: b is None or a not in b,
    "safe_chain": _chain,
    "safe_len": lambda a: None if a is None else len(a),
    "safe_lower": lambda a: None if a is None else a.lower(),
}
"""The globals of generated code: what it calls where plain operators could meet null or overflow."""


def safe_name(op: ast.operator | ast.cmpop) -> str:
    """The name of the operation for an operator: ``safe_`` and the name of its class in ``ast``."""
    return f"safe_{type(op).__name__.lower()}"
