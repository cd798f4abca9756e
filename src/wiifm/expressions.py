"""Conditions and amounts of rules: from the text in a rule book to a checked, compiled function.

``parse`` reads a text, checks its names and kinds, and translates it to plain Python in which null
does no harm. Any name may be null when it is evaluated; evaluation never raises. Never evaluate the
text of an expression in another way: only what ``parse`` made is safe.
"""

from __future__ import annotations

import ast
import copy
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from attrs import define, field, frozen

from wiifm.faults import Fault, InvalidInput, nearest, short

Kind: TypeAlias = Literal["text", "number", "flag", "texts"]
"""What a value can be, beside null: a text, a finite number, true or false, a list of texts."""

LONGEST, DEEPEST, MOST_NODES, LARGEST, GREATEST = 1000, 30, 200, 2**53, 2**200
"""Limits: characters, levels and parts of an expression; integers in its text, and in results."""

# ── Operations: what generated code calls where a plain operator could meet null or overflow ──


def _arithmetic(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def safe(a: Any, b: Any) -> Any:
        if a is None or b is None:
            return None
        try:
            result = operate(a, b)
        except (ZeroDivisionError, OverflowError):
            return None
        if type(result) is int:
            return result if -GREATEST <= result <= GREATEST else None
        return result if isfinite(result) else None

    return safe


def _ordering(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda a, b: a is not None and b is not None and holds(a, b)


def _chain(left: Any, *links: Any) -> bool:
    """``a < b == c`` as ``_chain(a, safe_less, b, safe_equal, c)``: every link must hold."""
    for holds, right in zip(links[::2], links[1::2], strict=True):
        if not holds(left, right):
            return False
        left = right
    return True


OPERATIONS: dict[str, Callable[..., Any]] = {
    "safe_add": _arithmetic(operator.add),
    "safe_subtract": _arithmetic(operator.sub),
    "safe_multiply": _arithmetic(operator.mul),
    "safe_divide": _arithmetic(operator.truediv),
    "safe_floor_divide": _arithmetic(operator.floordiv),
    "safe_modulo": _arithmetic(operator.mod),
    "safe_less": _ordering(operator.lt),
    "safe_at_most": _ordering(operator.le),
    "safe_more": _ordering(operator.gt),
    "safe_at_least": _ordering(operator.ge),
    "safe_equal": operator.eq,
    "safe_unequal": operator.ne,
    "safe_in": lambda a, b: b is not None and a in b,
    "safe_not_in": lambda a, b: b is None or a not in b,
    "safe_chain": _chain,
    "safe_len": lambda a: None if a is None else len(a),
    "safe_lower": lambda a: None if a is None else a.lower(),
}
"""The functions that generated code calls, by name: put them into its globals."""

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "safe_add",
    ast.Sub: "safe_subtract",
    ast.Mult: "safe_multiply",
    ast.Div: "safe_divide",
    ast.FloorDiv: "safe_floor_divide",
    ast.Mod: "safe_modulo",
}
_ORDERING: dict[type[ast.cmpop], str] = {
    ast.Lt: "safe_less",
    ast.LtE: "safe_at_most",
    ast.Gt: "safe_more",
    ast.GtE: "safe_at_least",
}
_COMPARING = _ORDERING | {
    ast.Eq: "safe_equal",
    ast.NotEq: "safe_unequal",
    ast.In: "safe_in",
    ast.NotIn: "safe_not_in",
}

# ── Reading: from a text to a tree, or to faults ──

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f]+)
    | (?P<triple>'''|\"\"\")
    | (?P<text>'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*")
    | (?P<number>\.?[0-9](?:[eE][+-]|[\w.])*)
    | (?P<prefix>(?i:[rubft]{1,2})(?=['"]))
    | (?P<word>\w+)
    | (?P<sign>[=!<>]=|:=|&&|\|\||<>|[\s\S])""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?")
_ESCAPE = re.compile(
    r"""\\(?:[\\'"nrt]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?P<bad>[\s\S]))"""
)
_MEANT = {
    "=": "== to compare",
    ":=": "== to compare",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not, or != to compare",
    "<>": "!=",
    "#": "no comment inside an expression; TOML has them outside",
    "\\": "no backslash outside of a text; line breaks need none",
    "'": "a text that is closed by ' on the same line",
    '"': 'a text that is closed by " on the same line',
}


def _token_faults(token: re.Match[str], where: str) -> Iterator[Fault]:
    """What can be said of one token: what Python would read otherwise than people, or warn about."""
    found = token[0]
    match token.lastgroup:
        case "triple" | "prefix":
            yield Fault(where, found, "a plain text in '...' or \"...\"")
        case "number" if not _NUMBER.fullmatch(found):
            yield Fault(where, found, "a decimal number, with a space behind it")
        case "sign" if found in _MEANT:
            yield Fault(where, found, _MEANT[found])
        case "text":
            bad = [each[0] for each in _ESCAPE.finditer(found) if each["bad"]]
            known = "\\\\ for a backslash, or one of \\' \\\" \\n \\r \\t \\xNN \\uNNNN"
            yield from (Fault(where, f"{each} in a text", known) for each in bad)


def _tree(text: str, where: str) -> tuple[str, ast.expr]:
    """The text in one line, and its tree: within all limits, of whatever nodes."""
    if len(text) > LONGEST:
        raise InvalidInput([Fault(where, f"{len(text)} characters", f"at most {LONGEST}")])
    tokens = list(_TOKEN.finditer(text))
    if faults := [fault for token in tokens for fault in _token_faults(token, where)]:
        raise InvalidInput(faults)
    line = "".join(" " if each.lastgroup == "space" else each[0] for each in tokens).strip()
    try:
        tree = ast.parse(line, mode="eval").body
    except (RecursionError, MemoryError):
        raise InvalidInput([_too_deep(where)]) from None
    except (SyntaxError, ValueError, OverflowError) as error:
        why = error.msg if isinstance(error, SyntaxError) else str(error)
        found = short(line) if line else "nothing"
        raise InvalidInput([Fault(where, found, f"an expression ({why})")]) from None
    _measure(tree, where)
    return line, tree


def _too_deep(where: str) -> Fault:
    return Fault(where, "an expression nested too deep", f"at most {DEEPEST} levels")


def _measure(tree: ast.expr, where: str) -> None:
    """Raise if the tree is too large or too deep, without ever recursing into it."""
    level: list[ast.AST] = [tree]
    depth = count = 0
    while level:
        depth, count = depth + 1, count + len(level)
        level = [
            child
            for node in level
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.operator | ast.unaryop | ast.cmpop | ast.boolop)
            and not isinstance(child, ast.expr_context)
        ]
    faults = [_too_deep(where)] if depth > DEEPEST else []
    if count > MOST_NODES:
        faults += [Fault(where, f"{count} names, literals and operations", f"at most {MOST_NODES}")]
    if faults:
        raise InvalidInput(faults)


class _Canonical(ast.NodeTransformer):
    """One spelling: true, false, null; lists in brackets; texts as Python quotes them."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        words: dict[object, str] = {True: "true", False: "false", None: "null"}
        plain = isinstance(node.value, bool) or node.value is None
        return ast.Name(words[node.value]) if plain else ast.Constant(node.value)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return ast.List([self.visit(each) for each in node.elts])


def normalised(text: str, where: str = "expression") -> str:
    """The canonical spelling of an expression; its names and kinds aren't checked.

    >>> normalised(" (hour<9)  or not (type in ('a',  None))")
    "hour < 9 or not type in ['a', null]"

    Raises:
        InvalidInput: the text is no expression at all, or goes beyond a limit.
    """
    line = ast.unparse(_Canonical().visit(_tree(text, where)[1]))
    if len(line) > LONGEST:
        found = f"{len(line)} characters when spelled out"
        raise InvalidInput([Fault(where, found, f"at most {LONGEST}")])
    return line


# ── Checking: from a tree to the Python that computes it ──

_PHRASES = {
    "text": "a text",
    "number": "a number",
    "flag": "a flag, true or false",
    "texts": "a list of texts",
    "null": "null",
}
_LANGUAGE = (
    "names, literals, comparisons, in, and, or, not, + - * / // %, `a if b else c`, len(), lower()"
)
_WORDS: Mapping[str, bool | None] = MappingProxyType({"true": True, "false": False, "null": None})


@frozen
class _Term:
    """A part of an expression as Python.

    ``code`` may be evaluated only when none of the names in ``guards`` is null; when one is, so is
    the term. With ``null`` the code may still come to None. The kind None is that of a part with a fault.
    """

    kind: str | None = None
    code: ast.expr = field(factory=lambda: ast.Constant(None))
    guards: tuple[str, ...] = ()
    null: bool = False

    @property
    def value(self) -> ast.expr:
        """Code that may always be evaluated: None where the term is null."""
        if not self.guards or isinstance(self.code, ast.Name):
            return self.code
        return ast.IfExp(_any_null(self.guards), ast.Constant(None), self.code)

    @property
    def truth(self) -> ast.expr:
        """Code that yields a real flag: False where the term is null."""
        sure = not self.guards and not self.null
        return self.code if sure else _compare(self.value, ast.Is(), ast.Constant(True))


def _name(name: str) -> ast.expr:
    """Where the source of a name goes: no Python name has a dollar sign."""
    return ast.Name(f"${name}")


def _compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [op], [right])


def _joined(op: ast.boolop, parts: Sequence[ast.expr]) -> ast.expr:
    return ast.BoolOp(op, list(parts)) if len(parts) > 1 else parts[0]


def _any_null(names: Sequence[str]) -> ast.expr:
    null = ast.Constant(None)
    return _joined(ast.Or(), [_compare(_name(each), ast.Is(), null) for each in names])


def _none_null(names: Sequence[str]) -> list[ast.expr]:
    return [_compare(_name(each), ast.IsNot(), ast.Constant(None)) for each in names]


def _call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(function), list(arguments), [])


def _kind_of(value: object) -> str | None:
    """The kind of a literal; None for what the language doesn't have."""
    kinds = {bool: "flag", int: "number", float: "number", str: "text", type(None): "null"}
    return kinds.get(type(value))
