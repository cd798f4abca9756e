"""No input ends in a traceback: rule books are mangled in every way, and what is accepted must run."""

import tomllib
from pathlib import Path
from random import Random

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import history
from test_law import EXAMPLES
from wiifm import Engine, InvalidEvent, InvalidRuleBook, RuleBook, read_event

TEXT = Path(__file__).with_name("every_kind.toml").read_text(encoding="utf-8")
TABLES = tomllib.loads(TEXT)
WORDS = sorted({word for word in TEXT.replace('"', " ").split() if word.isidentifier()})
JUNK = [
    0,
    -1,
    1,
    2.5,
    10**30,
    float("inf"),
    float("nan"),
    "",
    "x",
    "ever",
    True,
    [],
    {},
    [[]],
    "1 +",
    "{",
]


def places(value, path=()):
    """Every place in nested tables and lists."""
    if path:
        yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        yield from places(item, (*path, key))


def mangled(random):
    """The tables of the book, with a few places replaced, dropped, renamed or swapped."""
    tables = tomllib.loads(TEXT)
    for _ in range(random.choice([1, 1, 2, 4])):
        path = random.choice(list(places(tables)))
        holder = tables
        for key in path[:-1]:
            holder = holder[key]
        other = random.choice(list(places(TABLES)))
        value = TABLES
        for key in other:
            value = value[key]
        match random.randrange(5):
            case 0:
                holder[path[-1]] = random.choice(JUNK)
            case 1:
                del holder[path[-1]]
            case 2:
                holder[path[-1]] = value
            case 3:
                holder[path[-1]] = random.choice(WORDS)
            case 4 if isinstance(holder, dict):
                holder[random.choice(WORDS)] = holder.pop(path[-1])
    return tables


def run(book, random):
    """Record a history under a book; events whose types the book lost are refused, and told."""
    engine = Engine(book)
    for event in history(random, 25):
        try:
            str(engine.record(event))
        except InvalidEvent as error:
            assert error.faults
    for holder in engine.holders():
        engine.standing(holder)
        str(engine.statement(holder.id))
    for entry in list(engine.ledger()):
        str(engine.explain(entry))


@given(st.integers(0, 2**32))
@settings(max_examples=3 * EXAMPLES, deadline=None)
def test_that_a_mangled_rule_book_is_refused_with_faults_or_runs(seed):
    random = Random(seed)
    try:
        text = tomli_w.dumps(mangled(random))
    except TypeError:  # two keys of one table became one that TOML can't hold
        return
    try:
        book = RuleBook.parse(text)
    except InvalidRuleBook as error:
        assert error.faults
        assert all(fault.where and fault.found and fault.expected for fault in error.faults)
        return
    run(book, random)


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_that_text_which_was_cut_or_mixed_up_is_refused_with_faults_or_runs(seed):
    random = Random(seed)
    text = TEXT
    for _ in range(random.choice([1, 3])):
        at, length = random.randrange(len(text)), random.randrange(30)
        text = text[:at] + random.choice(["", "'", "[", "\n", "=", "\0", "é"]) + text[at + length :]
    try:
        book = RuleBook.parse(text)
    except InvalidRuleBook as error:
        assert error.faults
        return
    run(book, random)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = [
    "id",
    "type",
    "occurred_at",
    "actor",
    "object",
    "recipient",
    "in_reply_to",
    "community",
    "topics",
    "data",
    "retracts",
]
VALUES = st.sampled_from(
    ["2026-05-01T09:00:00Z", "kudos.given", "e1", ["a"], {"text": "x"}, "event.retracted"]
)
BOOK = RuleBook.load("plugin:sharing")


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), VALUES | json))
@settings(max_examples=500, deadline=None)
def test_that_any_json_is_an_event_or_refused_and_nothing_is_half_applied(found):
    engine = Engine(BOOK)
    try:
        receipt = engine.record(read_event(found))
    except InvalidEvent as error:
        assert error.faults
        assert not list(engine.ledger())
        assert not list(engine.holders())
        return
    assert sum(entry.amount for entry in receipt.entries) == sum(e.amount for e in engine.ledger())


VAST = {"int": 10**5000, "list": [10**5000], "deep": {"a": [[[[[[None]]]]]]}, "long": "x" * 10**6}


@pytest.mark.parametrize("name", VAST)
def test_that_a_value_too_large_to_print_is_told(name):
    found = {"id": "a", "type": "x", "occurred_at": "2026-05-01T09:00:00Z"}
    with pytest.raises(InvalidEvent, match=r"data\.x: found .{1,100}, expected"):
        read_event({**found, "data": {"x": VAST[name]}})
