"""What an expression means, written a second time for clarity: a walk over its syntax tree.

It shares no code with ``wiifm.expressions``, and expects an expression that the checker accepted.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

Value = object
WORDS = {"true": True, "false": False, "null": None}


def evaluate(text: str, values: Mapping[str, Value], kind: str) -> Value:
    """The value of an expression, with these values for its names; as a flag, null is False."""
    value = walk(ast.parse(text, mode="eval").body, values)
    return value is True if kind == "flag" else value


def walk(node: ast.expr, values: Mapping[str, Value]) -> Value:  # noqa: PLR0911, one for each node
    """The value of one node."""

    def of(part: ast.expr) -> Value:
        return walk(part, values)

    match node:
        case ast.Constant(value=literal):
            return literal
        case ast.Name(id=word) if word in WORDS:
            return WORDS[word]
        case ast.Name(id=name):
            return values[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return tuple(of(item) for item in items)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return of(operand) is not True
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return number(lambda a: -a, of(operand))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return number(lambda a: +a, of(operand))
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(of(part) is True for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(of(part) is True for part in parts)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return of(body) if of(test) is True else of(orelse)
        case ast.BinOp(left=left, op=op, right=right):
            return number(ARITHMETIC[type(op)], of(left), of(right))
        case ast.Compare(left=left, ops=ops, comparators=rights):
            sides = [of(side) for side in [left, *rights]]
            return all(map(holds, sides, ops, sides[1:]))
        case ast.Call(func=ast.Name(id="len"), args=[argument]):
            return None if of(argument) is None else len(of(argument))
        case ast.Call(func=ast.Name(id="lower"), args=[argument]):
            return None if of(argument) is None else of(argument).lower()
    raise AssertionError(f"a checked expression has no {ast.dump(node)}")


ARITHMETIC: dict[type, Callable] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}


def number(compute: Callable, *operands: Value) -> Value:
    """The result of arithmetic: null if an operand is null, or if there is no finite result."""
    if any(operand is None for operand in operands):
        return None
    try:
        result = compute(*operands)
    except (ZeroDivisionError, OverflowError):
        return None
    if isinstance(result, int) and abs(result) > 2**200:
        return None
    if isinstance(result, float) and (math.isnan(result) or math.isinf(result)):
        return None
    return result


def holds(a: Value, op: ast.cmpop, b: Value) -> bool:  # noqa: PLR0911, one for each operator
    """Whether one link of a comparison holds."""
    match op:
        case ast.Eq():
            return a == b
        case ast.NotEq():
            return a != b
        case ast.In():
            return b is not None and any(a == item for item in b)
        case ast.NotIn():
            return b is None or all(a != item for item in b)
    if a is None or b is None:
        return False
    match op:
        case ast.Lt():
            return a < b
        case ast.LtE():
            return a <= b
        case ast.Gt():
            return a > b
        case ast.GtE():
            return a >= b
    raise AssertionError(f"a checked expression has no {op}")
