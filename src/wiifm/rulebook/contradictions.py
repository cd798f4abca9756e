"""Conditions that never hold, as far as it can be seen: what they ask of one name can't be so at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from attrs import define, field

from wiifm.event_types import EventType
from wiifm.expressions.operations import COMPARES
from wiifm.expressions.reading import WORDS, tree_of

_RANGES = {"hour": (0, 23), "weekday": (1, 7), "day": (1, 31), "month": (1, 12)}
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


@define
class _Asked:
    """What is asked of one name: to be one ``of`` some values, not to be others, and to lie between two."""

    of: set[object] | None = None
    tests: list[tuple[type[ast.cmpop], object]] = field(factory=list)

    def holds(self) -> bool:
        """Whether some value is all of that, as far as its tests tell."""
        if self.of is not None:
            return any(all(_meets(each, *test) for test in self.tests) for each in self.of)
        low = [(value, op is ast.Gt) for op, value in self.tests if op in (ast.Gt, ast.GtE)]
        high = [(value, op is ast.Lt) for op, value in self.tests if op in (ast.Lt, ast.LtE)]
        return all(
            _below(one, other, one_out or other_out)
            for one, one_out in low
            for other, other_out in high
        )


def never(where: str, on: Mapping[str, EventType]) -> str | None:
    """The name of which a condition asks what can't be; None where it may hold.

    >>> never("hour > 18 and hour < 8", {}), never("hour > 18 or hour < 8", {})
    ('hour', None)
    """
    asked = {name: _Asked(set(range(low, high + 1))) for name, (low, high) in _RANGES.items()}
    asked["type"] = _Asked(set(on) or None)
    asked["object_type"] = _Asked(_object_types(on))
    for name, op, value in _links(tree_of(where, "where")[1]):
        found = asked.setdefault(name, _Asked())
        if op is ast.In or op is ast.Eq:
            values = set(value) if isinstance(value, tuple) else {value}
            found.of = values if found.of is None else found.of & values
        elif op is not ast.NotIn:
            found.tests.append((op, value))
    return next((name for name, each in asked.items() if not each.holds()), None)


def _object_types(on: Mapping[str, EventType]) -> set[object] | None:
    """The types of object that events of these types can act on, null among them, as one may be unknown; None where any may be."""
    found: set[object] = set()
    for kind in on.values():
        if not kind.acts_on or "any" in kind.acts_on:
            return None
        found |= {*kind.acts_on, *([kind.creates] if kind.creates else [])}
    return {*found, None} if found else None


def _links(node: ast.expr) -> Iterator[tuple[str, type[ast.cmpop], object]]:
    """What must be so of a name, of all that is joined by ``and``: an operator, and a literal or a tuple of some."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for each in node.values:
            yield from _links(each)
    if not isinstance(node, ast.Compare):
        return
    sides = [node.left, *node.comparators]
    for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
        kind = type(op)
        if _is_name(left) and (value := _literal(right)) is not None:
            yield left.id, kind, value  # type: ignore[attr-defined]
        elif (
            _is_name(right)
            and kind not in (ast.In, ast.NotIn)
            and (value := _literal(left)) is not None
        ):
            yield right.id, _MIRRORED.get(kind, kind), value  # type: ignore[attr-defined]


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id not in WORDS


def _literal(node: ast.expr) -> object:
    """A text, a number, true or false, or a tuple of these; None for all else."""
    if isinstance(node, ast.Name):
        return WORDS.get(node.id)
    if isinstance(node, ast.List | ast.Tuple):
        items = tuple(_literal(each) for each in node.elts)
        return None if None in items else items
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _meets(each: object, op: type[ast.cmpop], value: object) -> bool:
    """Whether a value, or null, is what a test asks for."""
    return op is ast.NotEq if each is None else COMPARES[op](each, value)


def _below(low: object, high: object, apart: bool) -> bool:
    return low < high or (low == high and not apart)  # type: ignore[operator]
