"""The ids of a rule book may be any names, also those that the generated program has for something else."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import wiifm
from wiifm import Engine, Event, RuleBook
from wiifm.event_types import is_name
from wiifm.program import compile_book

EVERY_KIND = (Path(__file__).parent / "every_kind.toml").read_text(encoding="utf-8")
TYPE = """
[book]
id = "b"
use = []
[event."post.judged"]
acts_on = "any"
merit = "recipient"
fields = { score = { type = "number" } }
"""
RULE = """
[[rule]]
id = "ID"
on = "post.judged"
to = "recipient"
"""
AMOUNTS = [
    "points = 5",
    "judged = { by = 'mean', value = 'score' }\npoints = 'value'",
    "graded = { by = 'mean', value = 'score' }\npoints = 'value'",
]


def judge(engine):
    """The rules by which a judgement gives something."""
    at = datetime(2026, 5, 4, tzinfo=UTC)
    engine.record(Event(id="p", type="post.shared", occurred_at=at, actor="ann", object="p"))
    score = {"type": "post.judged", "actor": "raj", "object": "p", "data": {"score": 5}}
    receipt = engine.record(Event(id="j", occurred_at=at.replace(hour=1), **score))
    assert {entry.amount for entry in receipt.entries} == {5}
    return [entry.rule for entry in receipt.entries]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_that_a_rule_may_be_called_like_a_constant_of_the_program(amount):
    names = re.findall(r"\b[A-Z][A-Z0-9_]+\b", compile_book(RuleBook.parse(EVERY_KIND)).text)
    ids = sorted(filter(is_name, {name.lower().replace("_", "-") for name in names}))
    assert {"accepts", "fields", "home", "no-data", "mean", "measure-failed"} <= {*ids}
    rules = "".join(RULE.replace("ID", id) + amount for id in ids)
    assert sorted(judge(Engine(RuleBook.parse(TYPE + rules)))) == ids


EVERYTHING = """
limit = "ID"
gate = "ID"
purse = "ID"
[purse.ID]
[limit.ID]
points = 5
purse = "ID"
[gate.ID]
times = 1
[ladder.ID]
purse = "ID"
levels = { ID = 5 }
[[badge]]
id = "ID"
measure = "ID"
value = "score"
on = "post.judged"
to = "recipient"
at_least = { ID = 5 }
"""


@pytest.mark.parametrize("id", ["5", "2024-bonus", "1e5", "class", "none", "e"])
@pytest.mark.parametrize(
    "amount",
    [*AMOUNTS, "kind = 'ID'", "judged = { by = 'ID', value = 'score' }\npoints = 'value'"],
)
def test_that_an_id_may_begin_with_a_digit_or_be_a_word_of_python(id, amount):
    class Plugin:
        @wiifm.hookimpl
        def wiifm_rule_kinds(self, kinds):
            kinds.add(wiifm.RuleKind(name=id, step=lambda state, activity, settings: (state, 5)))

        @wiifm.hookimpl
        def wiifm_measures(self, measures):
            measures.add(wiifm.Measure(name=id, start=0, add=max, read=lambda most: most))

    text = (TYPE + RULE + amount + EVERYTHING).replace("ID", id)
    engine = Engine(RuleBook.parse(text, [Plugin()]))
    assert judge(engine) == [id]
    standing = engine.standing("ann")
    assert (standing.points, standing.levels) == ({id: 5}, {id: id})
    assert [(each.badge, each.tier) for each in standing.badges] == [(id, id)]
