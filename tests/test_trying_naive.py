"""What is told of how a book judges each event is what the page on semantics says: which rules asked, and which condition wasn't so."""

import os
import re
from random import Random

import pytest

from histories import history
from naive import trying as naive
from test_law import some_book
from wiifm import Engine
from wiifm.activities import order_of
from wiifm.tracing import trials

SEEDS = range(1_000 if os.environ.get("WIIFM_LONG") else 12)
FOUND = [23, 114, 428]
"""Seeds that once found something."""
FOR_ANOTHER = re.compile(r"gave (?:[+-]\S+ \S+|nothing(?: more)?) for ")


def check_trials(seed):
    random = Random(seed)
    book = some_book(random)
    events = sorted(history(random, 25), key=order_of)
    engine = Engine(book)
    engine.record_many(events)
    for holder in engine.holders():
        told = {trial.event.id: trial for trial in trials(book, events, holder)}
        for event, rules in naive.judged(book, events, holder):
            steps = outcomes(told.get(event.id))
            assert {*steps} == {name for name, _ in rules}, event.id
            for name, reasons in rules:
                check_outcomes(steps[name], reasons)


def outcomes(trial):
    """What is told of each rule, but of what it gives, or doesn't, or takes back for other events."""
    found = {}
    for step in trial.steps if trial else ():
        kind, _, name = step.what.partition(" ")
        if kind == "rule" and not FOR_ANOTHER.match(step.outcome):
            found.setdefault(name, []).append(step.outcome)
    return found


def check_outcomes(told, reasons):
    """One of the reasons why the rule isn't eligible; or what came of it."""
    if reasons:
        for each in told:
            assert any(each.startswith(begin) and each.endswith(end) for begin, end in reasons), (
                told
            )
    else:
        assert all(each.startswith("gave ") or "its points come to 0" in each for each in told)


@pytest.mark.parametrize("seed", [*FOUND, *SEEDS])
def test_that_each_step_is_as_defined(seed):
    check_trials(seed)
