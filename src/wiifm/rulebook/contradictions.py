"""Detects conditions that never hold because their comparisons of one name contradict each other.

It looks only at comparisons with literals that are joined by ``and``, so it doesn't find every contradiction. But a
condition that it reports never holds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from attrs import define, field

from wiifm.event_types import EventType
from wiifm.expressions.operations import COMPARES
from wiifm.expressions.parsing import WORDS, parse_tree

_RANGES = {"hour": (0, 23), "weekday": (1, 7), "day": (1, 31), "month": (1, 12)}
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


@define
class _Constraints:
    """What a condition requires of one name: to be one ``of`` some values (None: any), and to satisfy some comparisons."""

    of: set[object] | None = None
    tests: list[tuple[type[ast.cmpop], object]] = field(factory=list)

    def satisfiable(self) -> bool:
        """Whether there may be a value that meets all requirements."""
        if self.of is not None:
            return any(all(_satisfies(each, *test) for test in self.tests) for each in self.of)
        low = [(value, op is ast.Gt) for op, value in self.tests if op in (ast.Gt, ast.GtE)]
        high = [(value, op is ast.Lt) for op, value in self.tests if op in (ast.Lt, ast.LtE)]
        return all(
            _below(one, other, one_out or other_out)
            for one, one_out in low
            for other, other_out in high
        )


def contradictory_name(where: str, on: Mapping[str, EventType]) -> str | None:
    """The first name in a condition whose comparisons can't all hold; None if the condition may hold.

    ``on`` are the event types that the condition is asked of.

    >>> contradictory_name("hour > 18 and hour < 8", {}), contradictory_name("hour > 18 or hour < 8", {})
    ('hour', None)
    """
    constraints = {
        name: _Constraints(set(range(low, high + 1))) for name, (low, high) in _RANGES.items()
    }
    constraints["type"] = _Constraints(set(on) or None)
    constraints["object_type"] = _Constraints(_object_types(on))
    for name, op, value in _comparisons(parse_tree(where, "where")[1]):
        found = constraints.setdefault(name, _Constraints())
        if op is ast.In or op is ast.Eq:
            values = set(value) if isinstance(value, tuple) else {value}
            found.of = values if found.of is None else found.of & values
        elif op is not ast.NotIn:
            found.tests.append((op, value))
    return next((name for name, each in constraints.items() if not each.satisfiable()), None)


def _object_types(on: Mapping[str, EventType]) -> set[object] | None:
    """The values that ``object_type`` can have for these event types; null is one, as the object may be unknown. None: any value."""
    found: set[object] = set()
    for kind in on.values():
        if not kind.acts_on or "any" in kind.acts_on:
            return None
        found |= {*kind.acts_on, *([kind.creates] if kind.creates else [])}
    return {*found, None} if found else None


def _comparisons(node: ast.expr) -> Iterator[tuple[str, type[ast.cmpop], object]]:
    """The comparisons of a name that are joined by ``and``: the name, the operator, and a literal or a tuple of literals."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for each in node.values:
            yield from _comparisons(each)
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
    """The value of a literal, or a tuple for a list of literals; None for anything else, and for null."""
    if isinstance(node, ast.Name):
        return WORDS.get(node.id)
    if isinstance(node, ast.List | ast.Tuple):
        items = tuple(_literal(each) for each in node.elts)
        return None if None in items else items
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _satisfies(each: object, op: type[ast.cmpop], value: object) -> bool:
    """Whether a value (None is null) satisfies a comparison."""
    return op is ast.NotEq if each is None else COMPARES[op](each, value)


def _below(low: object, high: object, apart: bool) -> bool:
    """Whether a value can lie between two bounds; ``apart`` says that one of them is excluded."""
    return low < high or (low == high and not apart)  # type: ignore[operator]
