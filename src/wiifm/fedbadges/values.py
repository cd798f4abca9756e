"""Convert the ``condition`` of criteria, on the number of messages, into a threshold.

A badge is awarded once, and the number of messages grows one by one. So a condition is equivalent to the smallest number that meets it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from wiifm.expressions.operations import RELATIONS
from wiifm.faults import literal
from wiifm.fedbadges.gaps import CannotConvert, single

WHERE = "condition"
HIGHEST = 100_000
"""The highest number that is tried as a threshold."""

Meets: TypeAlias = Callable[[int], Any]
"""A condition on a number: the result is true if the number meets it."""

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
    **RELATIONS,
}


def threshold(condition: object) -> int:
    """The smallest number of messages that meets a condition.

    >>> threshold({"greater than": 4}), threshold({"is equal to": 7}), threshold({"less than": 9})
    (5, 7, 1)
    >>> threshold({"lambda": "value != 0 and ((value & (value - 1)) == 0)"})
    1

    Raises:
        CannotConvert: the condition can't be converted, or no number meets it.
    """
    meets, shown = _meets(condition)
    number = next((each for each in range(1, HIGHEST + 1) if meets(each)), None)
    if number is None:
        raise CannotConvert(WHERE, shown, f"no number up to {HIGHEST:,} meets it")
    return number


def negated(condition: object) -> tuple[int, bool]:
    """The threshold of a condition that must not hold, and whether the number of messages has to stay below it (otherwise it has to reach it).

    >>> negated({"greater than": 4}), negated({"less than": 9})
    ((5, True), (9, False))

    Raises:
        CannotConvert: the condition can't be converted, is true or false for all numbers, or is true for some number but not for all larger ones.
    """
    meets, shown = _meets(condition)
    number = next((each for each in range(1, HIGHEST + 1) if meets(each) != meets(0)), None)
    if number is None:
        why = f"it is the same for all numbers up to {HIGHEST:,}"
        raise CannotConvert(WHERE, f"not {shown}", why)
    if not meets(0) and not all(meets(each) for each in range(number, HIGHEST + 1)):
        why = (
            "a badge can exclude all numbers from a threshold on, but this allows some larger ones"
        )
        raise CannotConvert(WHERE, f"not {shown}", why)
    return number, not meets(0)


def _meets(condition: object) -> tuple[Meets, str]:
    """A condition as a function of a number, and as a text for messages."""
    key, found = single(condition, WHERE)
    meets = _expression(found) if key == "lambda" else _comparison(key, found)

    def safely(number: int) -> bool:
        try:
            return bool(meets(number))
        except (ArithmeticError, TypeError) as error:
            why = f"it can't be calculated ({error})"
            raise CannotConvert(WHERE, literal(found), why) from None

    return safely, f"{key}: {found}"


def _comparison(key: str, target: object) -> Meets:
    compare = _COMPARISONS.get(key.removeprefix("is "))
    if compare is None:
        expected = f"one of these was expected: {', '.join(_COMPARISONS)}, lambda"
        raise CannotConvert(WHERE, key, expected)
    if type(target) is not int:
        raise CannotConvert(WHERE, literal(target), "a whole number was expected")
    return lambda number: compare(number, target)


def _expression(text: object) -> Meets:
    """A condition in Python, if it only calculates with the value."""
    node = python(text, WHERE)
    meets = _meaning(node)
    if meets is None:
        why = "it does more than calculate and compare the value"
        raise CannotConvert(WHERE, literal(text), why)
    return meets


def python(text: object, where: str) -> ast.expr:
    """The syntax tree of a Python expression.

    Raises:
        CannotConvert: it is no expression, or has more than 1000 characters.
    """
    if not isinstance(text, str) or len(text) > 1000:
        raise CannotConvert(where, literal(text), "an expression in Python was expected")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CannotConvert(where, literal(text), "it is no expression in Python") from None


def _meaning(node: ast.AST) -> Meets | None:
    """A node of such an expression as a function of the value; None if it isn't supported. Nothing but the supported nodes is ever executed."""
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
