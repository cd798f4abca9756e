"""Type-checks the tree of an expression, and translates it to Python code that handles null."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

from attrs import define, field, frozen

from wiifm.expressions.folding import fold_constants
from wiifm.expressions.operations import OPERATIONS, safe_name
from wiifm.expressions.parsing import WORDS, normalised, parse_tree, quoted
from wiifm.faults import Fault, InvalidInput, nearest

Kind: TypeAlias = Literal["text", "number", "flag", "texts"]
"""The kinds of values apart from null: a text, a finite number, true or false (a flag), a list of texts."""

LARGEST_LITERAL = 2**53
_KINDS = {bool: "flag", int: "number", float: "number", str: "text", type(None): "null"}
_PHRASES = {
    "text": "a text",
    "number": "a number",
    "flag": "a flag",
    "texts": "a list of texts",
    "null": "null",
}
_LANGUAGE = (
    "names, literals, comparisons, and, or, not, + - * / // %, a if b else c, len(), lower()"
)
_INSTEAD = {
    "min": "a if a < b else b",
    "max": "a if a > b else b",
    "abs": "a if a > 0 else -a",
    "round": "nothing: an amount is rounded to the decimals of its purse",
}
"""What to write instead of a function of Python that the language doesn't have."""

_NAME = re.compile(r"\$(\w+)")
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
"""The operators of comparisons."""


@frozen
class _Term:
    """A part of an expression as Python code, with ``$`` before each name.

    ``code`` may be evaluated only if no name in ``guards`` is null; if one is, the term is null. With ``null``, the code
    may evaluate to None even then. A part with a fault has the kind None.
    """

    kind: str | None = None
    code: str = ""
    guards: tuple[str, ...] = ()
    null: bool = False

    @property
    def value(self) -> str:
        """Code that may always be evaluated; it gives None if the term is null."""
        if not self.guards or self.code == f"${self.guards[0]}":
            return self.code
        return f"(None if {_nulls(self.guards)} else {self.code})"

    @property
    def truth(self) -> str:
        """Code that gives True or False; False if the term is null."""
        return f"({self.value} is True)" if self.guards or self.null else self.code


def _nulls(names: Sequence[str], test: str = "is", join: str = " or ") -> str:
    """Code that tests whether any of the names is null; or with "is not" and " and ", whether none is."""
    return join.join(f"${name} {test} None" for name in names)


def _comparison(ops: Sequence[ast.cmpop], terms: Sequence[_Term]) -> str:
    """Code for a chain of comparisons: Python's own after null checks of names, or calls of operations if more can be null."""
    strict: set[int] = set()
    inverse = False
    for i, op in enumerate(ops):
        if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            strict |= {i, i + 1}
        elif isinstance(op, ast.In | ast.NotIn) and terms[i + 1].kind == "texts":
            strict |= {i + 1}
            inverse |= isinstance(op, ast.NotIn)
    sides = [term.code if i in strict else term.value for i, term in enumerate(terms)]
    guards = list(dict.fromkeys(name for i in sorted(strict) for name in terms[i].guards))
    if not any(terms[i].null for i in strict) and (not inverse or len(ops) == 1):
        links = [f"{COMPARISONS[type(op)]} {side}" for op, side in zip(ops, sides[1:], strict=True)]
        plain = " ".join([sides[0], *links])
        if inverse:
            return f"({_nulls(guards)} or {plain})"
        return f"({_nulls(guards, 'is not', ' and ')} and {plain})" if guards else f"({plain})"
    values = [term.value for term in terms]
    if len(ops) == 1:
        return f"{safe_name(ops[0])}({values[0]}, {values[1]})"
    calls = [f"{safe_name(op)}, {value}" for op, value in zip(ops, values[1:], strict=True)]
    return f"safe_chain({', '.join([values[0], *calls])})"


@define
class _Checker:
    """Translates a tree to a term, and collects its faults. ``used`` are the names that the tree reads."""

    line: bytes
    where: str
    names: Mapping[str, Kind]
    used: set[str] = field(factory=set)
    faults: list[Fault] = field(factory=list)

    def fault(
        self, node: ast.expr, expected: str, kind: str | None = None, near: str | None = None
    ) -> _Term:
        """Add a fault of a node, and return the term of a part with a fault."""
        found = quoted(self.line[node.col_offset : node.end_col_offset].decode())
        found += f" ({_PHRASES[kind]})" if kind and kind != "null" else ""
        self.faults.append(Fault(self.where, found, expected, near))
        return _Term()

    def want(self, node: ast.expr, kind: str, why: str) -> _Term:
        """The term of a node that must have this kind; ``why`` says where, for the message."""
        term = self.read(node)
        if term.kind in (kind, None):
            return term
        return self.fault(node, f"{_PHRASES[kind]} {why}", term.kind)

    def read(self, node: ast.expr) -> _Term:
        """The term of a node of any kind."""
        match node:
            case ast.Constant(value=value):
                term = self.literal(node, value)
            case ast.Name(id=word):
                term = self.literal(node, WORDS[word]) if word in WORDS else self.name(node)
            case ast.UnaryOp(op=ast.Not()):
                term = _Term("flag", f"(not {self.want(node.operand, 'flag', 'after not').value})")
            case ast.UnaryOp(op=ast.UAdd() | ast.USub()):
                term = self.sign(node)
            case ast.BoolOp():
                word = "and" if isinstance(node.op, ast.And) else "or"
                flags = [self.want(each, "flag", f"next to {word}").truth for each in node.values]
                term = _Term("flag", f"({f' {word} '.join(flags)})")
            case ast.BinOp() if safe_name(node.op) in OPERATIONS:
                sides = [self.want(x, "number", "to compute with") for x in (node.left, node.right)]
                code = f"{safe_name(node.op)}({sides[0].value}, {sides[1].value})"
                term = _Term("number", code, null=True)
            case ast.Compare():
                term = self.compare(node)
            case ast.IfExp():
                term = self.choose(node)
            case ast.Call(func=ast.Name(id=word)):
                term = self.call(word, node)
            case ast.Attribute(attr=last) if last in self.names:
                term = self.fault(node, f"a name without a dot: {last}")
            case ast.List() | ast.Tuple():
                term = self.fault(node, "a list only to the right of in, at the end")
            case _:
                term = self.fault(node, _LANGUAGE)
        return term

    def literal(self, node: ast.expr, value: object) -> _Term:
        if isinstance(value, int) and value > LARGEST_LITERAL:
            return self.fault(node, "an integer within 2**53")
        if isinstance(value, float) and not isfinite(value):
            return self.fault(node, "a finite number")
        if (kind := _KINDS.get(type(value))) is None:
            return self.fault(node, _LANGUAGE)
        return _Term(kind, repr(value).replace("$", r"\x24"))

    def name(self, node: ast.Name) -> _Term:
        """The term of a name, which must be known."""
        if node.id in self.names:
            self.used.add(node.id)
            return _Term(self.names[node.id], f"${node.id}", (node.id,))
        known = "one of: " + ", ".join(sorted(self.names)) if self.names else "no names here"
        near = nearest(node.id, [*self.names, *WORDS])
        if near is None and self.names:
            known += f"; or a text, in quotes: '{node.id}'"
        return self.fault(node, known, near=near)

    def sign(self, node: ast.UnaryOp) -> _Term:
        """The term of a number with a sign."""
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        term = self.want(node.operand, "number", f"after {sign}")
        if isinstance(node.operand, ast.Constant):
            return _Term(term.kind, f"({sign}{term.code})")
        return _Term("number", f"safe_mult({sign}1, {term.value})", null=True)

    def choose(self, node: ast.IfExp) -> _Term:
        """The term of ``a if test else b``, whose branches must have the same kind."""
        test = self.want(node.test, "flag", "after if")
        yes, no = self.read(node.body), self.read(node.orelse)
        kinds = [kind for kind in (yes.kind, no.kind) if kind not in ("null", None)]
        if len(set(kinds)) > 1:
            return self.fault(node.orelse, f"{_PHRASES[kinds[0]]}, as before if", no.kind)
        if yes.kind == no.kind == "null":
            return self.fault(node, "at most one null")
        null = any(bool(each.guards) or each.null or each.kind == "null" for each in (yes, no))
        code = f"({yes.value} if {test.value} else {no.value})"
        return _Term(kinds[0] if kinds else None, code, null=null)

    def call(self, function: str, node: ast.Call) -> _Term:
        """The term of ``len()`` or ``lower()``; the language has no other functions."""
        if function not in ("len", "lower"):
            near = nearest(function, ("len", "lower"))
            instead = _INSTEAD.get(function)
            known = "len() or lower()" + (f"; for {function}() write {instead}" if instead else "")
            return self.fault(node.func, known, near=None if instead else near)
        if len(node.args) != 1 or node.keywords:
            return self.fault(node, f"one value in the parentheses of {function}()")
        term = self.read(node.args[0])
        kind = "number" if function == "len" else "text"
        if term.kind not in ("text", None) and (term.kind, function) != ("texts", "len"):
            wanted = "a text or a list of texts" if function == "len" else "a text"
            return self.fault(node.args[0], f"{wanted} in {function}()", term.kind)
        if term.null:
            return _Term(kind, f"safe_{function}({term.value})", null=True)
        code = f"len({term.code})" if function == "len" else f"{term.code}.lower()"
        return _Term(kind, code, term.guards)

    def compare(self, node: ast.Compare) -> _Term:
        """The term of a chain of comparisons."""
        nodes = [node.left, *node.comparators]
        terms = [self.read(node.left)]
        for op, right in zip(node.ops, node.comparators, strict=True):
            listed = isinstance(op, ast.In | ast.NotIn) and right is nodes[-1]
            if listed and isinstance(right, ast.List | ast.Tuple):
                terms.append(self.options(right))
            else:
                terms.append(self.read(right))
        for i, op in enumerate(node.ops):
            self.link(op, (nodes[i], terms[i]), (nodes[i + 1], terms[i + 1]))
        return _Term("flag", _comparison(node.ops, terms) if not self.faults else "")

    def options(self, node: ast.List | ast.Tuple) -> _Term:
        """The term of a list of literals: a set, with the kind of its items."""
        items = []
        for each in node.elts:
            item = each.operand if isinstance(each, ast.UnaryOp) else each
            word = isinstance(item, ast.Name) and item.id in WORDS
            plain = word or isinstance(item, ast.Constant)
            items.append(self.read(each) if plain else self.fault(each, "a literal"))
        kinds = {item.kind for item in items}
        if None in kinds:
            return _Term()
        if len(kinds) != 1 or "null" in kinds:
            return self.fault(node, "one literal or more, all of one kind, without null")
        return _Term(items[0].kind, f"{{{', '.join(item.code for item in items)}}}")

    def link(self, op: ast.cmpop, one: tuple[ast.expr, _Term], two: tuple[ast.expr, _Term]) -> None:
        """Check one comparison of a chain: whether the kinds of its two sides can be compared."""
        (left, a), (right, b) = one, two
        if isinstance(op, ast.Is | ast.IsNot):
            self.fault(right, "== or !=, not is")
        elif None in (a.kind, b.kind):
            return
        elif isinstance(op, ast.In | ast.NotIn):
            if isinstance(right, ast.List | ast.Tuple):
                if a.kind != b.kind:
                    self.fault(left, f"{_PHRASES[b.kind or '']}, as in the list", a.kind)
            elif b.kind != "texts":
                wanted = "a list of literals such as ['a', 'b'], or a list of texts, right of in"
                if b.kind == "text" and not isinstance(right, ast.Constant):
                    wanted += "; to search in a text, let the platform set a field"
                self.fault(right, wanted, b.kind)
            elif a.kind != "text":
                self.fault(left, "a text, to look for in a list of texts", a.kind)
        elif isinstance(op, ast.Eq | ast.NotEq):
            if a.kind != b.kind and "null" not in (a.kind, b.kind):
                self.fault(right, f"{_PHRASES[a.kind or '']}, as on the other side", b.kind)
        elif a.kind not in ("number", "text"):
            self.fault(left, f"a number or a text next to {COMPARISONS[type(op)]}", a.kind)
        elif a.kind != b.kind:
            self.fault(right, f"{_PHRASES[a.kind]}, as on the other side", b.kind)


@frozen
class Expression:
    """A checked expression: its canonical ``text``, the kind of its value, and the names that it reads.

    >>> found = parse("score>=80", {"score": "number"}, where="where", kind="flag")
    >>> found.text, found.kind, sorted(found.names)
    ('score >= 80', 'flag', ['score'])
    """

    text: str
    kind: Kind
    names: frozenset[str]
    _program: str = field(repr=False, eq=False)

    @property
    def constant(self) -> bool:
        """Whether it reads no names, so that its value is always the same.

        >>> parse("2 * 3", {}, where="points", kind="number").constant
        True
        """
        return not self.names

    def source(self, sources: Mapping[str, str]) -> str:
        """Python code that evaluates it, in parentheses. It needs ``OPERATIONS`` among its globals.

        ``sources`` is the Python code that reads each name. It must be pure and never raise, as it may be evaluated twice,
        or not at all.

        >>> found = parse("score >= 80", {"score": "number"}, where="where", kind="flag")
        >>> found.source({"score": "s"})
        '(s is not None and s >= 80)'
        """
        code = _NAME.sub(lambda name: f"({sources[name[1]]})", self._program)
        return f"({fold_constants(code)})"

    def function(
        self,
        sources: Mapping[str, str],
        arguments: str,
        globals: Mapping[str, object] = MappingProxyType({}),
    ) -> Callable[..., Any]:
        """Compile it to a function of ``arguments``, in which ``sources`` is the Python code that reads each name.

        >>> found = parse("lower(title) == 'hi'", {"title": "text"}, where="where", kind="flag")
        >>> holds = found.function({"title": "a.get('title')"}, "a")
        >>> holds({"title": "HI"}), holds({})
        (True, False)
        """
        reads = Counter(_NAME.findall(self._program))
        twice = [name for name in reads if reads[name] > 1 and not sources[name].isidentifier()]
        local = {name: f"the_{name}" for name in twice}
        lines = [f"def expression({arguments}):"]
        lines += [f"    {local[name]} = {sources[name]}" for name in twice]
        lines += [f"    return {self.source({**sources, **local})}"]
        space: dict[str, Any] = {**OPERATIONS, **globals}
        exec(compile("\n".join(lines), f"<{self.text}>", "exec"), space)
        return cast(Callable[..., Any], space["expression"])


def parse(
    text: str, names: Mapping[str, Kind], *, where: str, kind: Kind | None = None
) -> Expression:
    """Parse an expression, and check it against the names that it may read and the kind of value that it must have.

    An expression of kind "flag" never evaluates to null; a number or a text may be null. With kind None, the value may be
    a text, a number or a flag, and any of these may be null. ``where`` is the place of the expression, for messages.

    >>> parse("scor + 1", {"score": "number"}, where="points", kind="number")
    Traceback (most recent call last):
    wiifm.faults.InvalidInput: points: found scor, expected one of: score; did you mean 'score'?

    Raises:
        InvalidInput: the expression isn't valid; with all its faults.
    """
    line, tree = parse_tree(text, where)
    checker = _Checker(line.encode(), where, names)
    term = checker.read(tree)
    if term.kind and (term.kind not in ("text", "number", "flag") or kind not in (None, term.kind)):
        wanted = _PHRASES[kind] if kind else "a text, a number or a flag"
        checker.fault(tree, f"{wanted}, as a whole", term.kind)
    if checker.faults:
        raise InvalidInput(dict.fromkeys(checker.faults))
    program = term.truth if kind == "flag" else term.value
    return Expression(
        normalised(text, where), cast(Kind, term.kind), frozenset(checker.used), program
    )
