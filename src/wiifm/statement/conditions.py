"""Puts a rule's condition into words, if there are words that say exactly the same.

Only frequent conditions are put into words: the type of the object, the length of the text, that it is for somebody else, units and
communities, the place at a gate, the time (:mod:`wiifm.statement.clock_words`), a field of the event that is compared with a value, a
flag, and any of these joined by ``and`` or by ``or``. A rule's other conditions are shown as they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from attrs import evolve

from wiifm.event_types import PROFILE_FIELDS, EventType, Field
from wiifm.expressions.parsing import parse_tree
from wiifm.faults import InvalidInput
from wiifm.frozendict import FrozenDict
from wiifm.statement.clock_words import at_times
from wiifm.statement.openings import inside
from wiifm.words.speech import ENGLISH, Speech

Fields = Mapping[str, Field]

_NONE: Final[Fields] = FrozenDict()
_FLIPPED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
_MOST = 10**15
"""Numbers from here on, and those with more than three decimals, are told in no words, as languages would round them."""

_CLAUSE_ENDS = re.compile(r"[.:;](\s|$)")


def fields_of(types: Iterable[EventType]) -> dict[str, Field]:
    """The fields of events of some types that may be told, without a meaning where they mean different things.

    The fields of a profile are left out, since they tell of people, and so are ranks, which no sentence tells.

    >>> worth, cost = (EventType(name=each, fields={"sum": Field("number", means=each)}) for each in ("worth", "cost"))
    >>> fields_of([worth])["sum"].means, fields_of([worth, cost])["sum"].means
    ('worth', '')
    """
    found: dict[str, Field] = {}
    for each in types:
        hidden = PROFILE_FIELDS if each.profiles else {"rank"}
        for name in each.fields.keys() - hidden:
            known = found.setdefault(name, each.fields[name])
            if known.means != each.fields[name].means:
                found[name] = evolve(known, means="")
    return found


def field_called(name: str, s: Speech = ENGLISH) -> str:
    """What a field of events is called, in quotation marks.

    >>> field_called("changed_keys")
    '“changed keys”'
    """
    return s.quote(s.called("field", name))


def condition(where: str | None, fields: Fields = _NONE, s: Speech = ENGLISH) -> str:
    """Return a condition in words, as the end of a sentence; "" if there are no words for it.

    ``fields`` are those of the events that it is about (see :func:`fields_of`).

    >>> condition("object_type == 'answer'")
    'if it is about an answer'
    >>> condition("len(text) >= 20")
    'if the text has at least 20 characters'
    >>> condition("object_type == 'answer' and hour < 9")
    'if it is about an answer and before 9:00'
    >>> condition("across_units and weekday < 6")
    'if it goes from one unit to another and from Monday to Friday'
    >>> condition("words >= 50", {"words": Field("integer")})
    'if “words” is at least 50'
    >>> condition("not wiki", {"wiki": Field("flag", means="the post is a wiki")})
    'unless the post is a wiki'
    >>> condition("words >= len(title)", {"words": Field("integer"), "title": Field()})
    ''
    """
    if not where:
        return ""
    try:
        _, tree = parse_tree(where, "where")
    except InvalidInput:
        return ""
    return condition_of(tree, fields, s)


def condition_of(tree: ast.expr, fields: Fields, s: Speech) -> str:
    """The same for a condition that was parsed, such as the one that decides between two amounts."""
    match tree:
        case ast.BoolOp(ast.Or(), parts):
            said = [_said(part, fields, s) for part in parts]
            each_one = any(isinstance(part, ast.BoolOp) for part in parts)  # the comma parts them
            either = s(", or ") if each_one else s(" or ")
            return either.join(said) if all(said) else ""
        case _:
            return _said(tree, fields, s)


def _said(tree: ast.expr, fields: Fields, s: Speech) -> str:
    match tree:
        case ast.BoolOp(ast.And(), parts):
            return _all([_said(part, fields, s) for part in parts], s)
        case ast.Compare(left, ops, others):
            terms = pairwise([left, *others])
            each = (_compared(a, op, b, fields, s) for (a, b), op in zip(terms, ops, strict=True))
            return at_times(tree, s) or _all([*each], s)
        case ast.Name("across_units"):
            return s("if it goes from one unit to another")
        case ast.UnaryOp(ast.Not(), ast.Name("across_units")):
            return s("if it doesn't go from one unit to another")
        case ast.Name(name) if _is_flag(name, fields):
            return _flagged(name, fields[name], s)
        case ast.UnaryOp(ast.Not(), ast.Name(name)) if _is_flag(name, fields):
            return _not_flagged(name, fields[name], s)
        case _:
            return ""


def _all(said: list[str], s: Speech) -> str:
    return s.listed(said) if all(said) else ""


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, fields: Fields, s: Speech) -> str:
    match left, op, right:
        case (ast.Name("object_type"), ast.Eq(), ast.Constant(str(name))) | (
            ast.Constant(str(name)),
            ast.Eq(),
            ast.Name("object_type"),
        ):
            return _about(name, s)
        case (ast.Name("actor"), ast.NotEq(), ast.Name("recipient")) | (
            ast.Name("recipient"),
            ast.NotEq(),
            ast.Name("actor"),
        ):
            return s("if it is for somebody else")
        case (
            ast.Call(ast.Name("len"), [ast.Name("text")]),
            ast.GtE() | ast.Gt(),
            ast.Constant(int(least)),
        ) if type(least) is int:
            least += isinstance(op, ast.Gt)
            return s.many(
                "if the text has at least {n} character",
                "if the text has at least {n} characters",
                least,
            )
        case ast.Name(name), _, _ if name in fields:
            return _field(name, fields[name], type(op), right, s)
        case ast.Constant(str()), ast.In() | ast.NotIn(), ast.Name(name) if name in fields:
            return _listing(name, op, left, s)
        case _, _, ast.Name(name) if name in fields and type(op) in _FLIPPED:
            return _field(name, fields[name], _FLIPPED[type(op)], left, s)
        case _:
            return _circumstance(left, op, right, s)


def _circumstance(left: ast.expr, op: ast.cmpop, right: ast.expr, s: Speech) -> str:
    """What something is about, where it happens, or in which place it comes."""
    match left, op, right:
        case ast.Name("object_type"), ast.In(), ast.List(kinds) | ast.Tuple(kinds):
            return _about_any(kinds, s)
        case ast.Name(
            "actor_unit" | "recipient_unit" | "community" as name
        ), ast.Eq(), ast.Constant(str(where)) if where:
            return _at(name, where, s)
        case ast.Name("place"), ast.Eq() | ast.LtE() | ast.Lt(), ast.Constant(int(last)):
            return _among_the_first(op, last, s)
        case _:
            return ""


def _field(name: str, field: Field, op: type[ast.cmpop], other: ast.expr, s: Speech) -> str:
    """The comparison of a field with a value, which may be true, null, or one of several, too."""
    called = field_called(name, s)
    if isinstance(other, ast.Name):
        known = {
            ("null", ast.Eq): s("if {field} isn't given", field=called),
            ("null", ast.NotEq): s("if {field} is given", field=called),
            ("true", ast.Eq): _flagged(name, field, s),
        }
        return known.get((other.id, op), "")
    if isinstance(other, ast.List | ast.Tuple):
        return _among(called, op, [_value(each, s) for each in other.elts], s)
    value = _value(other, s)
    if not value:
        return ""
    sentences = {
        ast.Eq: s("if {field} is {value}", field=called, value=value),
        ast.NotEq: s("if {field} isn't {value}", field=called, value=value),
        ast.GtE: s("if {field} is at least {value}", field=called, value=value),
        ast.Gt: s("if {field} is more than {value}", field=called, value=value),
        ast.LtE: s("if {field} is at most {value}", field=called, value=value),
        ast.Lt: s("if {field} is smaller than {value}", field=called, value=value),
    }
    return sentences.get(op, "")


def _among(called: str, op: type[ast.cmpop], values: list[str], s: Speech) -> str:
    """Whether a field is one of several values."""
    if not values or not all(values):
        return ""
    sentences = {
        ast.In: s("if {field} is one of {values}", field=called, values=s.listed(values)),
        ast.NotIn: s("if {field} is none of {values}", field=called, values=s.listed(values)),
    }
    return sentences.get(op, "")


def _listing(name: str, op: ast.cmpop, text: ast.expr, s: Speech) -> str:
    """Whether a field with several texts includes a text."""
    called, value = field_called(name, s), _value(text, s)
    if isinstance(op, ast.In):
        return s("if {field} includes {value}", field=called, value=value)
    return s("if {field} doesn't include {value}", field=called, value=value)


def _value(tree: ast.expr, s: Speech) -> str:
    """A number, or a text in quotation marks; "" for anything else."""
    try:
        value = ast.literal_eval(tree)
    except ValueError:
        return ""
    if type(value) in (int, float):
        return s.number(value) if abs(value) < _MOST and value == round(value, 3) else ""
    return s.quote(value) if isinstance(value, str) else ""


def _is_flag(name: str, fields: Fields) -> bool:
    return name in fields and fields[name].type == "flag"


def _flagged(name: str, flag: Field, s: Speech) -> str:
    if clause := _clause(flag, s):
        return s("if {clause}", clause=clause)
    return s("if it is marked as {field}", field=field_called(name, s))


def _not_flagged(name: str, flag: Field, s: Speech) -> str:
    if clause := _clause(flag, s):
        return s("unless {clause}", clause=clause)
    return s("unless it is marked as {field}", field=field_called(name, s))


def _clause(flag: Field, s: Speech) -> str:
    """The meaning of a flag up to its first full stop, colon or semicolon; "" for "whether …", after which no "if" can come."""
    if not flag.means or flag.means.startswith("whether "):
        return ""
    said = _CLAUSE_ENDS.split(s(flag.means))[0]
    return inside(said)


def _about(name: str, s: Speech) -> str:
    known = {
        "answer": s("if it is about an answer"),
        "comment": s("if it is about a comment"),
        "document": s("if it is about a document"),
        "post": s("if it is about a post"),
        "question": s("if it is about a question"),
        "reply": s("if it is about a reply"),
        "topic": s("if it is about a topic"),
    }
    kind = s.quote(s.called("object", name))
    return known.get(name) or s("if it is about something of the kind {kind}", kind=kind)


def _about_any(kinds: list[ast.expr], s: Speech) -> str:
    """The type of the object, which is one of several."""
    names = [each.value for each in kinds if isinstance(each, ast.Constant)]
    texts = [name for name in names if isinstance(name, str)]
    return s(" or ").join(_about(name, s) for name in texts) if len(texts) == len(kinds) else ""


def _at(name: str, where: str, s: Speech) -> str:
    """The unit that something comes from or goes to, or the community in which it happens."""
    words = {
        "actor_unit": s("if it comes from {unit}", unit=where),
        "recipient_unit": s("if it goes to {unit}", unit=where),
        "community": s("if it is in the community {name}", name=where),
    }
    return words[name]


def _among_the_first(op: ast.cmpop, last: int, s: Speech) -> str:
    """The place at a gate: the first one, or one of the first.

    >>> condition("place == 1"), condition("place <= 3"), condition("place < 2"), condition("place == 2")
    ('if it is the first', 'if it is among the first 3', 'if it is the first', '')
    """
    last -= isinstance(op, ast.Lt)
    if last == 1:
        return s("if it is the first")
    if last < 1 or isinstance(op, ast.Eq):
        return ""
    return s("if it is among the first {n}", n=s.number(last))
