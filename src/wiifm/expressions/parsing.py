"""Parses the text of an expression to a tree, and normalises its spelling.

Python's own parser does the work. Whatever it reads differently from people (prefixes of strings, octal numbers, ``=``,
comments) is refused before.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from wiifm.faults import Fault, InvalidInput

LONGEST, DEEPEST, MOST_PARTS = 1000, 30, 200
"""The limits of an expression: its characters, and the depth and the nodes of its tree."""

WORDS = {"true": True, "false": False, "null": None}
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
_SUGGESTIONS = {
    **dict.fromkeys(["=", ":="], "== to compare"),
    **dict.fromkeys(["&", "&&"], "and"),
    **dict.fromkeys(["|", "||"], "or"),
    **dict.fromkeys(["'", '"'], "a text that ends on the same line"),
    "!": "not, or != to compare",
    "<>": "!=",
    "#": "no comment inside an expression",
    "\\": "no backslash outside of a text",
}


def _token_faults(token: re.Match[str], where: str) -> Iterator[Fault]:
    """The faults of a token that Python would read differently from people, or warn about."""
    found = token[0]
    match token.lastgroup:
        case "triple" | "prefix":
            yield Fault(where, found, "a plain text in single or double quotes")
        case "number" if not _NUMBER.fullmatch(found):
            yield Fault(where, found, "a decimal number, with a space after it")
        case "sign" if found in _SUGGESTIONS:
            yield Fault(where, found, _SUGGESTIONS[found])
        case "text":
            for escape in _ESCAPE.finditer(found):
                if escape["bad"]:
                    yield Fault(where, escape[0], r"\\ \' \" \n \r \t \xNN \uNNNN in a text")


def parse_tree(text: str, where: str) -> tuple[str, ast.expr]:
    """The text on one line, and its tree, which is within the limits but may have nodes that the language doesn't have.

    Raises:
        InvalidInput: it isn't a Python expression, has a token that isn't allowed, or is beyond a limit.
    """
    if len(text) > LONGEST:
        raise InvalidInput([Fault(where, f"{len(text)} characters", f"at most {LONGEST}")])
    tokens = list(_TOKEN.finditer(text))
    if faults := [fault for token in tokens for fault in _token_faults(token, where)]:
        raise InvalidInput(faults)
    line = "".join(" " if each.lastgroup == "space" else each[0] for each in tokens).strip(" ")
    try:
        tree = ast.parse(line, mode="eval").body
    except (RecursionError, MemoryError):
        found = "an expression nested too deep"
        raise InvalidInput([Fault(where, found, f"at most {DEEPEST} levels")]) from None
    except (SyntaxError, ValueError, OverflowError) as error:
        why = error.msg if isinstance(error, SyntaxError) else str(error)
        fault = Fault(where, quoted(line) or "nothing", f"an expression ({why})")
        raise InvalidInput([fault]) from None
    if faults := list(_size_faults(tree, where)):
        raise InvalidInput(faults)
    return line, tree


def quoted(source: str) -> str:
    """A part of an expression as messages quote it: at most 60 characters."""
    return source if len(source) <= 60 else source[:57] + "..."


def _size_faults(tree: ast.expr, where: str) -> Iterator[Fault]:
    """The faults of a tree that is too deep or too large. It is walked level by level, as a recursion could go too deep."""
    symbols = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
    level: list[ast.AST] = [tree]
    depth = parts = 0
    while level:
        depth, parts = depth + 1, parts + len(level)
        below = [child for node in level for child in ast.iter_child_nodes(node)]
        level = [node for node in below if not isinstance(node, symbols)]
    if depth > DEEPEST:
        yield Fault(where, f"an expression of {depth} levels", f"at most {DEEPEST}")
    if parts > MOST_PARTS:
        yield Fault(where, f"{parts} names, literals and operations", f"at most {MOST_PARTS}")


class _Canonical(ast.NodeTransformer):
    """Gives equal trees one spelling: true, false and null as words, lists in brackets."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        words = [word for word, value in WORDS.items() if node.value is value]
        return ast.Name(words[0]) if words else ast.Constant(node.value)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return ast.List([self.visit(each) for each in node.elts])


def number_in(text: str) -> int | float | None:
    """The number that an expression consists of; None if it is anything else.

    >>> number_in(" 1.5 "), number_in("-2"), number_in("2 * 3"), number_in("words")
    (1.5, -2, None, None)
    """
    try:
        found = ast.literal_eval(parse_tree(text, "expression")[1])
    except (InvalidInput, ValueError, TypeError):
        return None
    return found if type(found) in (int, float) else None


@lru_cache(maxsize=1_000)
def normalised(text: str, where: str = "expression") -> str:
    """The canonical spelling of an expression. Its names and kinds aren't checked.

    >>> normalised(" (hour<9)  or type in ('a',  \\"b\\") or unit == None")
    "hour < 9 or type in ['a', 'b'] or unit == null"

    Raises:
        InvalidInput: the text isn't an expression, or is beyond a limit.
    """
    line = ast.unparse(_Canonical().visit(parse_tree(text, where)[1]))
    if len(line) > LONGEST:
        found = f"{len(line)} characters when spelled out"
        raise InvalidInput([Fault(where, found, f"at most {LONGEST}")])
    return line
