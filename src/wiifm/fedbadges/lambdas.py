"""Translate the ``lambda`` conditions of triggers, which are Python expressions over a message, into conditions on an event's fields.

Nothing is executed: the syntax tree is translated, for the forms that rules usually have. In Python, a missing value raises, and then the message
doesn't match, even inside a ``not``; in wiifm it is null. So a ``not`` is pushed down to the comparisons, which then also require that the value
is known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

from wiifm.event_types import Kind
from wiifm.expressions.checking import COMPARISONS
from wiifm.fedbadges.gaps import CannotConvert
from wiifm.fedbadges.messages import field_of
from wiifm.fedbadges.values import python

Fields: TypeAlias = dict[str, Kind]
"""The kinds of the fields that conditions read, by name."""

_SIGNS = {**COMPARISONS, ast.Is: "==", ast.IsNot: "!="}
_OPPOSITE = {"==": "!=", "<": ">=", "<=": ">", "in": "not in"}
_OPPOSITE |= {there: back for back, there in _OPPOSITE.items()}
_KINDS: dict[type, Kind] = {bool: "flag", str: "text", int: "number", float: "number"}


def condition(text: object, fields: Fields, where: str) -> str:
    """Translate a condition on a message into one on an event's fields, and add the fields that it reads to ``fields``.

    >>> fields = {}
    >>> condition("msg['msg']['new'] == 1 and not msg['msg'].get('scratch')", fields, "trigger")
    '(msg_new == 1) and (not msg_scratch)'
    >>> fields
    {'msg_new': 'number', 'msg_scratch': 'flag'}

    Raises:
        CannotConvert: it does something else than comparing fields with constants, or needs a field as two kinds.
    """
    return _Translation(fields, where).condition(python(text, where), wanted=True)


class _Translation:
    """The translation of one condition, and the fields that it reads."""

    def __init__(self, fields: Fields, where: str) -> None:
        self.fields, self.where = fields, where

    def condition(self, node: ast.expr, wanted: bool) -> str:
        """The condition that holds if the value of the node, as a truth value, is ``wanted``."""
        match node:
            case ast.BoolOp(op=op, values=parts):
                word = "and" if isinstance(op, ast.And) == wanted else "or"
                return f" {word} ".join(f"({self.condition(each, wanted)})" for each in parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.condition(operand, not wanted)
            case ast.Constant(value=bool() as constant):
                return str(constant is wanted).lower()
            case ast.Compare(left=left, ops=ops, comparators=others):
                links = zip([left, *others], ops, others, strict=False)
                word = " and " if wanted else " or "
                return word.join(self._compared(one, op, each, wanted) for one, op, each in links)
        value, certain = self._value(node, "flag")
        if wanted:
            return value
        return f"not {value}" if certain else f"({value} == false)"

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr, wanted: bool) -> str:
        sign = _SIGNS[type(op)] if wanted else _OPPOSITE[_SIGNS[type(op)]]
        kinds = _kinds(left, right, sign)
        (one, sure), (other, certain) = (
            self._value(node, kind) for node, kind in zip((left, right), kinds, strict=True)
        )
        compared = f"{one} {sign} {other}"
        if sign not in ("!=", "not in") or "null" in (one, other):
            return compared
        known = [f"{each} != null" for each, safe in ((one, sure), (other, certain)) if not safe]
        return f"({' and '.join([*known, compared])})" if known else compared

    def _value(self, node: ast.expr, kind: Kind | None) -> tuple[str, bool]:
        """The value of a node, as an expression, and whether Python never raises for it, so that null needs no check."""
        match node:
            case ast.Constant(value=None):
                return "null", True
            case ast.Constant(value=bool() | int() | float() | str() as constant):
                return _literal(constant), True
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return f"[{', '.join(self._value(each, kind)[0] for each in parts)}]", True
            case ast.Call(func=ast.Name(id="len"), args=[inner]):
                value, certain = self._value(inner, "texts")
                return f"len({value})", certain
            case ast.Call(func=ast.Attribute(value=inner, attr="lower"), args=[]):
                value, certain = self._value(inner, "text")
                return f"lower({value})", certain
        return self._field(node, kind)

    def _field(self, node: ast.expr, kind: Kind | None) -> tuple[str, bool]:
        """The field for a value in the message, as :meth:`_value`."""
        steps = list(_steps(node))
        path = [step for step, _, _ in steps]
        if len(path) < 2 or path[0] not in ("msg", "body"):
            shown = ast.unparse(node)
            why = "a condition can only compare fields of the message with constants"
            raise CannotConvert(self.where, shown if len(shown) <= 60 else shown[:57] + "...", why)
        default = steps[-1][2]
        if kind is None:
            kind = _KINDS.get(type(default), "text")
        name = field_of(path)
        if self.fields.setdefault(name, kind) != kind:
            why = f"it is compared as a {kind} here, and as a {self.fields[name]} elsewhere"
            raise CannotConvert(self.where, ".".join(path), why)
        certain = not any(raises for _, raises, _ in steps)
        if default not in (None, False, ""):
            return f"({_literal(default)} if {name} == null else {name})", certain
        return name, certain


def _kinds(left: ast.expr, right: ast.expr, sign: str) -> tuple[Kind | None, Kind | None]:
    """The kinds of fields on the two sides of a comparison: that of the constant on the other side."""
    if sign not in ("in", "not in"):
        return _kind_of(right), _kind_of(left)
    if isinstance(right, ast.List | ast.Tuple | ast.Set):
        return next(map(_kind_of, right.elts), None), None
    return "text", "texts"


def _kind_of(node: ast.expr) -> Kind | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        return "number"
    return _KINDS.get(type(node.value)) if isinstance(node, ast.Constant) else None


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _steps(node: ast.expr) -> Iterator[tuple[str, bool, object]]:
    """The steps from ``msg`` to a value: each key, whether Python raises if it is missing, and the default value otherwise.

    A node of any other form has one step with an empty key. ``msg['msg']`` and ``msg.body`` are in every message.
    """
    match node:
        case ast.Name(id="msg"):
            return
        case ast.Attribute(value=ast.Name(id="msg"), attr=attribute):
            yield attribute, False, None
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() as key)):
            before = list(_steps(inner))
            yield from before
            yield key, bool(before), None
        case ast.Call(
            func=ast.Attribute(value=inner, attr="get"),
            args=[ast.Constant(value=str() as key), *default],
        ):
            yield from _steps(inner)
            yield key, False, _default(default)
        case _:
            yield "", False, None


def _default(default: list[ast.expr]) -> object:
    """The default argument of ``get`` if it is a constant. Anything else, such as an empty dict on the way to a value, counts as None."""
    found = default[0] if default else None
    return found.value if isinstance(found, ast.Constant) else None
