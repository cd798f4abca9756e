"""Conditions on how many messages there are, as a threshold.

A badge is awarded once, and each message makes one more. So a condition is as good as the smallest number that meets it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from wiifm.expressions.operations import COMPARES
from wiifm.faults import literal
from wiifm.fedbadges.sayable import Unsayable, single

WHERE = "condition"
HIGHEST = 100_000
"""Thresholds are looked for up to here."""

Meets: TypeAlias = Callable[[int], Any]
"""What a number comes to: true where it meets the condition."""

_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {
        "greater than": operator.gt,
        "greater than or equal to": operator.ge,
        "less than": operator.lt,
        "less than or equal to": operator.le,
        "equal to": operator.eq,
        "not": operator.ne,
        "not equal to": operator.ne,
    }
)
_OPERATIONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    **COMPARES,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}


def threshold(condition: object) -> int:
    """The smallest number of messages that meets a condition.

    >>> threshold({"greater than": 4}), threshold({"is equal to": 7}), threshold({"less than": 9})
    (5, 7, 1)
    >>> threshold({"lambda": "value != 0 and ((value & (value - 1)) == 0)"})
    1

    Raises:
        Unsayable: it isn't known, or none does.
    """
    meets, shown = _meets(condition)
    number = next((each for each in range(1, HIGHEST + 1) if meets(each)), None)
    if number is None:
        raise Unsayable(WHERE, shown, f"no number up to {HIGHEST:,} meets it")
    return number


def negated(condition: object) -> tuple[int, bool]:
    """A number, and whether so many messages bar a badge for which a condition must not hold; else so many bring it about.

    >>> negated({"greater than": 4}), negated({"less than": 9})
    ((5, True), (9, False))

    Raises:
        Unsayable: it isn't known, or holds for some number and not for all larger ones.
    """
    meets, shown = _meets(condition)
    number = next((each for each in range(1, HIGHEST + 1) if meets(each) != meets(0)), None)
    if number is None:
        raise Unsayable(WHERE, f"not {shown}", f"all numbers up to {HIGHEST:,} come to the same")
    if not meets(0) and not all(meets(each) for each in range(number, HIGHEST + 1)):
        why = "a badge is barred from a number on, and more than that are let through here"
        raise Unsayable(WHERE, f"not {shown}", why)
    return number, not meets(0)


def _meets(condition: object) -> tuple[Meets, str]:
    """Whether a number meets a condition, and how that is shown."""
    key, found = single(condition, WHERE)
    meets = _written(found, WHERE) if key == "lambda" else _compared(key, found, WHERE)

    def safely(number: int) -> bool:
        try:
            return bool(meets(number))
        except (ArithmeticError, TypeError) as error:
            raise Unsayable(WHERE, literal(found), f"it can't be calculated ({error})") from None

    return safely, f"{key}: {found}"


def _compared(key: str, target: object, where: str) -> Meets:
    compare = _COMPARISONS.get(key.removeprefix("is "))
    if compare is None:
        raise Unsayable(where, key, f"one of these was expected: {', '.join(_COMPARISONS)}, lambda")
    if type(target) is not int:
        raise Unsayable(where, literal(target), "a whole number was expected")
    return lambda number: compare(number, target)


def _written(text: object, where: str) -> Meets:
    """A condition in Python, as far as it only calculates."""
    node = python(text, where)
    meets = _meaning(node)
    if meets is None:
        raise Unsayable(where, literal(text), "it does more than calculate and compare the value")
    return meets


def python(text: object, where: str) -> ast.expr:
    """The tree of an expression in Python.

    Raises:
        Unsayable: it is none.
    """
    if not isinstance(text, str) or len(text) > 1000:
        raise Unsayable(where, literal(text), "an expression in Python was expected")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unsayable(where, literal(text), "it is no expression in Python") from None


def _meaning(node: ast.AST) -> Meets | None:
    """What a part of such a condition comes to for a number; None where we don't know its meaning."""
    match node:
        case ast.Name(id="value"):
            return lambda number: number
        case ast.Constant(value=bool() | int() as constant):
            return lambda number: constant
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return _joined(parts, lambda *found: found)
        case ast.BoolOp(op=op, values=parts):
            join = all if isinstance(op, ast.And) else any
            return _joined(parts, lambda *found: join(found))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _joined([left, right], _OPERATIONS[type(op)])
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATIONS:
            return _joined([operand], _OPERATIONS[type(op)])
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _OPERATIONS for op in ops
        ):
            return _joined([left, *others], _chain(ops))
    return None


def _chain(ops: list[ast.cmpop]) -> Callable[..., bool]:
    links = [_OPERATIONS[type(op)] for op in ops]
    return lambda *found: all(
        link(one, other) for link, one, other in zip(links, found, found[1:], strict=False)
    )


def _joined(parts: list[ast.expr], join: Callable[..., Any]) -> Meets | None:
    meanings = [meaning for each in parts if (meaning := _meaning(each))]
    if len(meanings) < len(parts):
        return None
    return lambda number: join(*[meaning(number) for meaning in meanings])
