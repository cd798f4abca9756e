"""All receipts together are the ledger and the badges; and of an event the first is what is answered ever after, with and without a store."""

import os
from collections import Counter

import pytest

from test_boards_naive import life
from wiifm import Engine

SEEDS = range(400 if os.environ.get("WIIFM_LONG") else 8)


@pytest.mark.parametrize("seed", SEEDS)
def test_that_receipts_agree_with_the_ledger_and_the_badges(seed, tmp_path, open_engine):
    random, book, events = life(seed)
    engines = Engine(book), open_engine(f"sqlite:///{tmp_path}/receipts.db", book)
    answered, left = {}, [*events]
    while left:
        size = random.choice([1, 1, 3, 20])
        if size == 1:
            receipt, other = (engine.record(left[0]) for engine in engines)
            assert receipt == other
            answered |= {} if receipt.status == "duplicate" else {receipt.event: receipt}
        else:
            for engine in engines:
                engine.record_many(left[:size])
        left = left[size:]
    for engine in engines:
        check(engine, {event.id for event in events}, answered)


def check(engine, events, answered):
    ledger, given = [*engine.ledger()], Counter()
    for event in events:
        receipt = engine.receipt(event)
        assert receipt == answered.get(event, receipt)
        assert {each.event for each in receipt.refusals} <= events
        assert [*receipt.entries] == [entry for entry in ledger if entry.because == event]
        given.update(map(award, receipt.awards))
        given.subtract(map(award, receipt.withdrawn))
    assert {*given.values()} <= {0, 1}
    held = {award(each) for standing in engine.standings() for each in standing.badges}
    assert {each for each in +given if each[1] in engine.book.badges} == held


def award(each):
    return each.holder, each.badge, each.tier, each.occurrence
