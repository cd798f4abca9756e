"""Expressions: what they may say, what they mean, and that nothing breaks them."""

from __future__ import annotations

import ast
import contextlib
import warnings
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from naive_expressions import evaluate
from test_law import EXAMPLES
from wiifm.expressions import OPERATIONS, Expression, normalised, parse
from wiifm.faults import Fault, InvalidInput

NAMES: dict[str, Any] = {
    "n": "number",
    "m": "number",
    "score": "number",
    "s": "text",
    "t": "text",
    "actor": "text",
    "f": "flag",
    "g": "flag",
    "ts": "texts",
    "us": "texts",
}
SOURCES = {name: f"a.get({name!r})" for name in NAMES}
BIG = 2**200


def meaning(text: str, kind: Any = None, **values: object) -> object:
    """The value of an expression where names that aren't given are null."""
    return parse(text, NAMES, where="where", kind=kind).function(SOURCES, "a")(values)


def faults(text: str, kind: Any = None) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse(text, NAMES, where="where", kind=kind)
    assert all(fault.where == "where" for fault in caught.value.faults)
    return str(caught.value).replace("where: ", "").split("\n")


# ── what they mean ──

FLAGS: list[tuple[str, dict[str, object], bool]] = [
    ("true", {}, True),
    ("False", {}, False),
    ("f", {"f": True}, True),
    ("f", {}, False),
    ("not f", {}, True),
    ("not f", {"f": True}, False),
    ("f and g", {"f": True}, False),
    ("f or g", {"f": True}, True),
    ("f or g", {}, False),
    ("f == null", {}, True),
    ("f == false", {}, False),
    ("f != true", {}, True),
    ("n == null", {}, True),
    ("n != None", {"n": 0}, True),
    ("null == null", {}, True),
    ("n == m", {}, True),
    ("n == m", {"n": 1}, False),
    ("n == 1", {"n": 1.0}, True),
    ("n == 9007199254740992", {"n": 2**53 + 1}, False),
    ("n < 9007199254740992.0", {"n": 2**53 - 1}, True),
    ("n < 5", {}, False),
    ("n >= 5", {}, False),
    ("not n < 5", {}, True),
    ("n <= 5 and n >= 5 and not n > 5", {"n": 5}, True),
    ("n < m", {"n": 1}, False),
    ("s < t", {"s": "a", "t": "b"}, True),
    ("s < t", {"s": "a"}, False),
    ("1 < n <= 3", {"n": 3}, True),
    ("1 < n <= 3", {"n": 4}, False),
    ("1 < n <= 3", {}, False),
    ("n == m < 3", {"n": 1, "m": 1}, True),
    ("n == m != 3", {}, True),
    ("n == m < 3", {}, False),
    ("1 < n + 1 <= 3", {"n": 2}, True),
    ("1 < n + 1 <= 3", {}, False),
    ("s == lower(t) in ts", {"s": "x", "t": "X", "ts": ("x",)}, True),
    ("s == t not in ts", {}, True),
    ("s in ts == us", {"s": "x", "ts": ("x",), "us": ("x",)}, True),
    ("s in ['a', 'b']", {"s": "b"}, True),
    ("s in ('a', 'b')", {"s": "c"}, False),
    ("s in ['a']", {}, False),
    ("s not in ['a']", {}, True),
    ("n in [-1, 2.0, +3]", {"n": 2}, True),
    ("n in [-1]", {"n": -1}, True),
    ("f in [false]", {"f": False}, True),
    ("f in [false]", {}, False),
    ("'x' in ts", {"ts": ("x", "y")}, True),
    ("'x' in ts", {}, False),
    ("'x' not in ts", {}, True),
    ("'x' not in ts", {"ts": ("x",)}, False),
    ("s in ts", {"ts": ("x",)}, False),
    ("s in (ts if f else us)", {"s": "x", "us": ("x",)}, True),
    ("s not in (ts if f else null)", {"s": "x"}, True),
    ("ts == us", {"ts": ("x",), "us": ("x",)}, True),
    ("len(ts) >= 2", {"ts": ("x", "y")}, True),
    ("len(ts) >= 2", {}, False),
    ("len(ts) == null", {}, True),
    ("lower(s) == 'é$'", {"s": "É$"}, True),
    ("lower(s) == null", {}, True),
    ("len(lower(s if f else null)) == 1", {"f": True, "s": "X"}, True),
    ("len(lower(s if f else null)) == null", {"s": "X"}, True),
    ("f if g else null", {"f": True}, False),
    ("f if g else true", {}, True),
    ("n / m == null", {"n": 1, "m": 0}, True),
]


@pytest.mark.parametrize(("text", "values", "expected"), FLAGS)
def test_a_condition_is_a_real_flag(text: str, values: dict[str, object], expected: bool) -> None:
    assert meaning(text, "flag", **values) is expected


NUMBERS: list[tuple[str, dict[str, object], object]] = [
    ("5", {}, 5),
    ("-5", {}, -5),
    ("1_000", {}, 1000),
    (".5 + 1.", {}, 1.5),
    ("2 + 3 * 4 - 1", {}, 13),
    ("7 / 2", {}, 3.5),
    ("4 / 2", {}, 2.0),
    ("7 // 2", {}, 3),
    ("-7 // 2", {}, -4),
    ("-7 % 3", {}, 2),
    ("n", {}, None),
    ("n + 1", {}, None),
    ("-n", {}, None),
    ("+n", {"n": 2}, 2),
    ("- -n", {"n": 2}, 2),
    ("n / 0", {"n": 1}, None),
    ("n // 0", {"n": 1}, None),
    ("n % 0.0", {"n": 1}, None),
    ("n * n", {"n": 1e200}, None),
    ("n - m", {"n": 1e308, "m": -1e308}, None),
    ("n // m", {"n": 1e308, "m": 1e-308}, None),
    ("n / 2", {"n": 10**400}, None),
    ("n + 0.5", {"n": 10**400}, None),
    ("n * m", {"n": 2**100, "m": 2**100}, BIG),
    ("n * m", {"n": -(2**100), "m": 2**100}, -BIG),
    ("n * m + 1", {"n": 2**100, "m": 2**100}, None),
    ("n * m - 1", {"n": -(2**100), "m": 2**100}, None),
    ("-n", {"n": BIG + 1}, None),
    ("+n", {"n": BIG + 1}, None),
    ("len('abc')", {}, 3),
    ("len(s)", {"s": "abc"}, 3),
    ("len(s)", {}, None),
    ("n if f else m", {"n": 1, "m": 2}, 2),
    ("n if f else null", {"n": 1}, None),
    ("null if f else 3", {"f": True}, None),
    ("n if m > 1 else 3", {"n": 1}, 3),
]


@pytest.mark.parametrize(("text", "values", "expected"), NUMBERS)
def test_an_amount_is_a_number_or_null(
    text: str, values: dict[str, object], expected: object
) -> None:
    found = meaning(text, "number", **values)
    assert found == expected
    assert type(found) is type(expected)


def test_without_a_kind_any_value_may_be_null() -> None:
    assert meaning("f") is None
    assert meaning("f and g") is False
    assert meaning("s") is None
    assert meaning("s if f else 'x'") == "x"
    assert parse("s", NAMES, where="value").kind == "text"


# ── what they may say ──

REFUSED: list[tuple[str, str]] = [
    ("scor > 1", "found scor, expected one of: actor, f, g, m, n, s, score, t, ts, us; "
     "did you mean 'score'?"),
    ("f is true", "found true, expected == or !=, not is"),
    ("f is not g", "found g, expected == or !=, not is"),
    ("s in 'abc'", "found 'abc' (a text), expected a list of literals such as ['a', 'b'], "
     "or a list of texts, right of in"),
    ("n in ['a']", "found n (a number), expected a text, as in the list"),
    ("n in ts", "found n (a number), expected a text, to look for in a list of texts"),
    ("null in ['a']", "found null, expected a text, as in the list"),
    ("s in ['a', 1]", "found ['a', 1], expected one literal or more, all of one kind, without null"),
    ("s in ['a', null]", "found ['a', null], expected one literal or more, all of one kind, without null"),
    ("s in []", "found [], expected one literal or more, all of one kind, without null"),
    ("s in [t]", "found t, expected a literal"),
    ("s in ['a'] == t", "found ['a'], expected a list only to the right of in, at the end"),
    ("s == ['a']", "found ['a'], expected a list only to the right of in, at the end"),
    ("s == 1", "found 1 (a number), expected a text, as on the other side"),
    ("f == 1", "found 1 (a number), expected a flag, as on the other side"),
    ("n < 'a'", "found 'a' (a text), expected a number, as on the other side"),
    ("n < null", "found null, expected a number, as on the other side"),
    ("null < n", "found null, expected a number or a text next to <"),
    ("f < g", "found f (a flag), expected a number or a text next to <"),
    ("ts < us", "found ts (a list of texts), expected a number or a text next to <"),
    ("n and f", "found n (a number), expected a flag next to and"),
    ("f or null", "found null, expected a flag next to or"),
    ("not n", "found n (a number), expected a flag after not"),
    ("n + s > 1", "found s (a text), expected a number to compute with"),
    ("f * 2 > 1", "found f (a flag), expected a number to compute with"),
    ("-true > 1", "found true (a flag), expected a number after -"),
    ("n if n else m", "found n (a number), expected a flag after if"),
    ("n if f else s", "found s (a text), expected a number, as before if"),
    ("null if f else null", "found null if f else null, expected at most one null"),
    ("len(n) > 1", "found n (a number), expected a text or a list of texts in len()"),
    ("lower(ts) == s", "found ts (a list of texts), expected a text in lower()"),
    ("len(null) > 1", "found null, expected a text or a list of texts in len()"),
    ("lowr(s) == t", "found lowr, expected len() or lower(); did you mean 'lower'?"),
    ("min(n, m)", "found min, expected len() or lower(); for min() write a if a < b else b"),
    ("cat == 1", "found cat, expected one of: actor, f, g, m, n, s, score, t, ts, us; "
     "or a text, in quotes: 'cat'"),
    ("'a' in s", "found s (a text), expected a list of literals such as ['a', 'b'], "
     "or a list of texts, right of in; to search in a text, let the platform set a field"),
    ("len(s, t) > 1", "found len(s, t), expected one value in the parentheses of len()"),
    ("len() > 1", "found len(), expected one value in the parentheses of len()"),
    ("s = 'a'", "found =, expected == to compare"),
    ("(n := 1) > 0", "found :=, expected == to compare"),
    ("f && g", "found &&, expected and"),
    ("f || g", "found ||, expected or"),
    ("!f", "found !, expected not, or != to compare"),
    ("n <> 1", "found <>, expected !="),
    ("f # and g", "found #, expected no comment inside an expression"),
    ("1) # ", "found #, expected no comment inside an expression"),
    ("f \\\n and g", "found \\, expected no backslash outside of a text"),
    ("s == 'a\nb'", "found ', expected a text that ends on the same line"),
    ("s == b'a'", "found b, expected a plain text in single or double quotes"),
    ("s == f'{t}'", "found f, expected a plain text in single or double quotes"),
    ("s == '''a'''", "found ''', expected a plain text in single or double quotes"),
    (r"s == '\d'", r"found \d, expected \\ \' \" \n \r \t \xNN \uNNNN in a text"),
    ("n == 1if f else m", "found 1if, expected a decimal number, with a space after it"),
    ("n == 0x10", "found 0x10, expected a decimal number, with a space after it"),
    ("n == 1j", "found 1j, expected a decimal number, with a space after it"),
    ("n == 9007199254740993", "found 9007199254740993, expected an integer within 2**53"),
    ("n == 1e999", "found 1e999, expected a finite number"),
    ("", "found nothing, expected an expression (invalid syntax)"),
    ("n >", "found n >, expected an expression (invalid syntax)"),
    ("n" + " " * 1000, "found 1001 characters, expected at most 1000"),
    ("not " * 30 + "f", "found an expression of 31 levels, expected at most 30"),
    ("n in [" + "1," * 200 + "]", "found 203 names, literals and operations, expected at most 200"),
    ("s == '" + "\U000e0001" * 200 + "'", "found 2007 characters when spelled out, "
     "expected at most 1000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_fault_says_what_to_do(text: str, message: str) -> None:
    assert message in faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "s.upper()",
        "ts[0]",
        "n ** 2",
        "n @ m",
        "n << 1",
        "~n",
        "lambda: 1",
        "[x for x in ts]",
        "{'a': 1}",
        "{1, 2}",
        "...",
        "*ts",
        "len(*ts)",
        "(yield)",
        "await s",
        "len(s)(t)",
        "__import__('os').system('true')",
        "ts[0:1]",
        "(" * 300 + "n" + ")" * 300,
        "-" * 999 + "n",
        "not " * 249 + "f",
        "[" * 999,
        "9" * 999,
        "n\0",
        "s == '\ud800'",
        "\u00a0n",
        r"s == '\U00110000'",
        "True = 1",
        "import os",
        "\U0001d413rue",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    assert faults(text)


def test_all_faults_are_told_at_once_and_each_once() -> None:
    assert len(faults("scor > 1 and scor > 1 and actr == 'x' and not n")) == 3
    assert len(faults("a = 'x' && b'y'")) == 3


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("n", "flag", "found n (a number), expected a flag, as a whole"),
        ("n > 1", "number", "found n > 1 (a flag), expected a number, as a whole"),
        ("null", "number", "found null, expected a number, as a whole"),
        ("ts", None, "found ts (a list of texts), expected a text, a number or a flag, as a whole"),
    ],
)
def test_the_whole_has_the_kind_that_is_asked_for(text: str, kind: Any, message: str) -> None:
    assert faults(text, kind) == [message]


def test_without_names_a_fault_says_so() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse("x", {}, where="points", kind="number")
    assert caught.value.faults == (Fault("points", "x", "no names here"),)


# ── one spelling ──


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" ( n<1 ) ", "n < 1"),
        ("f ==True or g==None", "f == true or g == null"),
        ("s in ('a',\"b\")", "s in ['a', 'b']"),
        ("s in('a',)", "s in ['a']"),
        ("f\n  and\r\n\tg", "f and g"),
        ("s == 'a' 'b'", "s == 'ab'"),
        (r"s == '\x61\u00e9\n'", r"s == 'aé\n'"),
        ("n == 1e3", "n == 1000.0"),
        ("n == 1e22", "n == 1e+22"),
        ("n > .1e-6", "n > 1e-07"),
        ("(n < m) == f", "(n < m) == f"),
        ("n - (m - 1) > 0", "n - (m - 1) > 0"),
        ("s == '#'", "s == '#'"),
        ("s == 'it\\'s'", 's == "it\'s"'),
    ],
)
def test_what_does_not_matter_has_one_spelling(text: str, canonical: str) -> None:
    assert parse(text, NAMES, where="where", kind="flag").text == canonical
    assert normalised(text) == canonical
    assert normalised(canonical) == canonical


def test_normalising_needs_no_names_but_an_expression() -> None:
    assert normalised("unknown<1") == "unknown < 1"
    with pytest.raises(InvalidInput, match="points: found nothing"):
        normalised(" ", "points")


# ── as Python ──


def test_names_and_constants() -> None:
    found = parse("n > 1 or true", NAMES, where="where", kind="flag")
    assert found.names == {"n"}
    assert not found.constant
    constant = parse("2 > 1", NAMES, where="where", kind="flag")
    assert constant.constant
    assert constant.function({}, "")() is True


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("n == 1", "(n == 1)"),
        ("s in ['a', 'b']", "(s in {'a', 'b'})"),
        ("n > 1", "(n is not None and n > 1)"),
        ("1 < n <= m", "(n is not None and m is not None and (1 < n <= m))"),
        ("'x' not in ts", "(ts is None or 'x' not in ts)"),
        ("lower(s) < 'b'", "(s is not None and s.lower() < 'b')"),
        ("len(ts) > 1", "(ts is not None and len(ts) > 1)"),
        ("n + 1 > m", "(safe_gt(safe_add(n, 1), m))"),
        ("f and not g", "(f is True and (not g))"),
    ],
)
def test_plain_python_where_null_does_no_harm(text: str, source: str) -> None:
    found = parse(text, NAMES, where="where", kind="flag")
    assert found.source({name: name for name in NAMES}) == source


def test_sources_may_be_any_expression_and_texts_hold_dollar_signs() -> None:
    found = parse("lower(s) == '$s' and n > m", NAMES, where="where", kind="flag")
    holds = found.function(
        {"s": "x if x else y", "n": "x and 1", "m": "len(y) - z"}, "x, y", {"z": 3}
    )
    assert holds("$S", "abc") is True
    inlined = found.source({"s": "(v and '$S')", "n": "v + 1", "m": "v or 0"})
    assert eval(inlined, {**OPERATIONS, "v": 2}) is True


def test_a_name_is_read_once_and_not_at_all_where_it_does_not_matter() -> None:
    reads: list[str] = []

    class Reading(dict[str, object]):
        def get(self, name: str, default: object = None) -> object:
            reads.append(name)
            return super().get(name, default)

    found = parse("s == 'a' and 1 < n < 9 and n != 5", NAMES, where="where", kind="flag")
    assert found.function(SOURCES, "a")(Reading(s="a", n=3)) is True
    assert sorted(reads) == ["n", "s"]


def test_expressions_are_values() -> None:
    one, two = (parse(text, NAMES, where="where", kind="flag") for text in ("n<1", " n < 1"))
    assert one == two
    assert hash(one) == hash(two)
    assert "$" not in repr(one)


# ── random expressions: compiled, and told by the naive interpreter ──

TEXT_VALUES = st.sampled_from(["", "a", "b", "A", "İ", "$s", "it's", '"', "\n"]) | st.text(
    max_size=3
)
NUMBER_VALUES = (
    st.integers(-5, 5)
    | st.integers(-BIG - 2, BIG + 2)
    | st.sampled_from([BIG, -BIG, BIG + 1, 10**400, -(10**400), 2**53, 1e308, -1e308, 5e-324, -0.0])
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT_VALUES,
    "number": NUMBER_VALUES,
    "flag": st.booleans(),
    "texts": st.lists(TEXT_VALUES, max_size=3).map(tuple),
}
ENVIRONMENTS = st.fixed_dictionaries(
    {name: st.none() | VALUES[kind] for name, kind in NAMES.items()}
)
LITERALS: dict[str, st.SearchStrategy[str]] = {
    "text": TEXT_VALUES.filter(lambda text: text.isprintable()).map(repr),
    "number": (st.integers(0, 2**53) | st.floats(0, 1e308)).map(repr)
    | st.sampled_from(["0", "1", "2", "0.0"]),
    "flag": st.sampled_from(["true", "false", "True"]),
}


@cache
def named(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name for name, found in NAMES.items() if found == kind])


@cache
def options(kind: str) -> st.SearchStrategy[str]:
    item = LITERALS[kind]
    if kind == "number":
        item = st.tuples(st.sampled_from(["", "-", "+"]), item).map("".join)
    return st.lists(item, min_size=1, max_size=3).map(lambda items: f"[{', '.join(items)}]")


@cache
@st.composite
def choices(draw: st.DrawFn, kind: str, depth: int) -> str:
    sides = [draw(expressions(kind, depth)), draw(expressions(kind, depth) | st.just("null"))]
    if draw(st.booleans()):
        sides.reverse()
    return f"({sides[0]} if {draw(expressions('flag', depth))} else {sides[1]})"


@cache
@st.composite
def comparisons(draw: st.DrawFn, depth: int) -> str:
    kind = draw(st.sampled_from(["text", "number", "flag", "texts"]))
    symbols = ["==", "!="] + (["<", "<=", ">", ">="] if kind in ("text", "number") else [])
    parts = [draw(expressions(kind, depth))]
    for _ in range(draw(st.integers(0, 2))):
        parts += [draw(st.sampled_from(symbols)), draw(expressions(kind, depth))]
    if kind == "text" and draw(st.booleans()):
        parts += [draw(st.sampled_from(["in", "not in"])), draw(expressions("texts", depth))]
        if draw(st.booleans()):
            parts += ["==", draw(expressions("texts", depth))]
    elif kind != "texts" and (len(parts) == 1 or draw(st.booleans())):
        parts += [draw(st.sampled_from(["in", "not in"])), draw(options(kind))]
    elif len(parts) == 1:
        parts += [draw(st.sampled_from(["==", "!="])), "null"]
    return f"({' '.join(parts)})"


@cache
def expressions(kind: str, depth: int) -> st.SearchStrategy[str]:
    """Well-typed expressions of a kind, every part in parentheses."""
    simple = named(kind) | LITERALS[kind] if kind in LITERALS else named(kind)
    if depth == 0:
        return simple
    below, deeper = depth - 1, st.deferred(lambda: expressions(kind, depth - 1))
    found = [simple, choices(kind, below)]
    if kind == "text":
        found += [deeper.map("lower({})".format)]
    if kind == "number":
        symbol = st.sampled_from(["+", "-", "*", "/", "//", "%"])
        found += [st.tuples(deeper, symbol, deeper).map(lambda parts: f"({' '.join(parts)})")]
        found += [st.tuples(st.sampled_from(["-", "+"]), deeper).map(lambda x: f"({x[0]} {x[1]})")]
        found += [expressions(each, below).map("len({})".format) for each in ("text", "texts")]
    if kind == "flag":
        joined = st.tuples(
            st.sampled_from([" and ", " or "]), st.lists(deeper, min_size=2, max_size=3)
        )
        found += [comparisons(below), comparisons(below), deeper.map("(not {})".format)]
        found += [joined.map(lambda x: f"({x[0].join(x[1])})")]
    return st.one_of(found)


WHOLE = st.sampled_from(["flag", "number"]).flatmap(
    lambda kind: st.tuples(st.just(kind), expressions(kind, 3))
)


def attempt(text: str, kind: Any) -> Expression | InvalidInput:
    """The expression, or its faults; anything else that is raised fails the test."""
    try:
        return parse(text, NAMES, where="where", kind=kind)
    except InvalidInput as error:
        return error


def parsed(text: str, kind: Any) -> Expression:
    """The expression, unless it has become too large to be one."""
    found = attempt(text, kind)
    if isinstance(found, InvalidInput):
        assert all(fault.expected.startswith("at most") for fault in found.faults), found
    assume(isinstance(found, Expression))
    assert isinstance(found, Expression)
    return found


@settings(max_examples=400, deadline=None)
@given(WHOLE, ENVIRONMENTS)
def test_compiled_means_what_the_naive_interpreter_says(
    whole: tuple[str, str], values: dict[str, Any]
) -> None:
    kind, text = whole
    found = parsed(text, kind)
    expected = evaluate(text, values, kind)
    compiled = found.function(SOURCES, "a")(values)
    assert (type(compiled), repr(compiled)) == (type(expected), repr(expected))
    inlined = eval(found.source({name: f"v_{name}" for name in NAMES}), dict(OPERATIONS) | {
        f"v_{name}": value for name, value in values.items()
    })  # fmt: skip
    assert repr(inlined) == repr(expected)


@settings(max_examples=300, deadline=None)
@given(WHOLE, ENVIRONMENTS)
def test_the_canonical_spelling_means_the_same(
    whole: tuple[str, str], values: dict[str, Any]
) -> None:
    kind, text = whole
    found = parsed(text, kind)
    again = parse(found.text, NAMES, where="where", kind=kind)
    assert again == found
    assert normalised(text) == normalised(found.text) == found.text
    assert repr(again.function(SOURCES, "a")(values)) == repr(found.function(SOURCES, "a")(values))


# ── random nonsense ──

WORDS = """
ts len lower len( lower( true None 1 2.5 'a' "b" 1e999 0x1 1j 99999999999999999999 f'{n}' b'' \'\'\'
// ** <= == != := && ... and or not in is if else for lambda lambda: await yield async def import
"""
PIECES = st.sampled_from([*"nsf()[]{},:.+-*/%<=~@#;! `\\\0\ud800é¼\n\t", *WORDS.split()])
NONSENSE = (
    st.text(max_size=60)
    | st.lists(PIECES, max_size=30).map(" ".join)
    | st.lists(PIECES, max_size=30).map("".join)
    | st.tuples(PIECES, st.integers(0, 1200)).map(lambda x: x[0] * x[1])
    | st.tuples(PIECES, st.integers(0, 400), PIECES).map(lambda x: x[0] * x[1] + "n" + x[2] * x[1])
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(WHOLE)[1]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:at] + draw(PIECES | st.just("")) + text[at + cut :]
    return text


def survives(text: str, kind: Any) -> None:
    """Parsing gives an expression that can be compiled, or faults; without any warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = attempt(text, kind)
        if isinstance(found, InvalidInput):
            assert found.faults
            assert all(fault.where.startswith("where") for fault in found.faults)
            return
        assert normalised(found.text) == found.text
        found.function(SOURCES, "a")({})
        nodes = {type(node) for node in ast.walk(ast.parse(found.text, mode="eval"))}
        assert not nodes & {ast.Attribute, ast.Subscript, ast.Lambda, ast.ListComp, ast.Pow}


@settings(max_examples=400, deadline=1000)
@given(NONSENSE, st.sampled_from(["flag", "number", None]))
@example("-" * 1000 + "n", "number")
@example("(" * 500 + ")" * 500, "number")
@example("f(x=" * 240 + "1" + ")" * 240, None)
@example("[x for x in " * 80 + "1" + "]" * 80, None)
@example("lambda:" * 140 + "1", None)
@example("n if f else " * 80 + "n", "number")
@example("n<" * 480 + "n", "flag")
def test_nonsense_gives_faults(text: str, kind: str | None) -> None:
    survives(text, kind)


@settings(max_examples=10 * EXAMPLES, deadline=1000)
@given(mutated(), st.sampled_from(["flag", "number"]))
def test_mistakes_give_faults(text: str, kind: str) -> None:
    survives(text, kind)


@settings(max_examples=300, deadline=1000)
@given(NONSENSE)
def test_normalising_nonsense_gives_a_text_or_faults(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(normalised(text), str)
