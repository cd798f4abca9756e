"""What was said of an event is said of it ever after, whichever book took over since; of one that comes later, what that book made of it."""

import os
from contextlib import closing

import pytest
from attrs import evolve

from test_rescore_naive import life
from wiifm import Engine, rescore
from wiifm.stores.urls import open_store

SEEDS = range(500 if os.environ.get("WIIFM_LONG") else 2)


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/receipts.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_receipts_outlive_the_book_that_they_are_of(seed, url, tmp_path):
    random, one, other, events = life(seed)
    half, told = random.randrange(len(events)), {}
    with closing(open_store(url.format(tmp_path))) as store:
        take(Engine.over(store, one), events[:half], told)
        for book, come in (other, events[half:]), (one, []):
            rescore(store, book)
            engine = Engine.over(store, book)
            check(engine, events, told)
            take(engine, come, told)
            check(engine, events, told)


def take(engine, events, told):
    """Have events come one by one, and note what was answered first."""
    for event in events:
        receipt = engine.record(event)
        if event.id not in told:
            assert receipt.status != "duplicate"
            told[event.id] = receipt


def check(engine, events, told):
    """Each receipt is the first, whose entries stand in the ledger, beside those that name the book of before."""
    ledger = [*engine.ledger()]
    assert sorted(each.no for receipt in told.values() for each in receipt.entries) == [
        each.no for each in ledger if each.was is None
    ]
    by_no = {each.no: each for each in ledger}
    known = [event for event in events if event.id in told]
    for event in known:
        first, found = told[event.id], engine.receipt(event.id)
        assert found == first and str(found) == str(first)
        assert all(by_no[each.no] == each for each in found.entries)
    for event in known[::9]:
        first, again = told[event.id], engine.record(event)
        assert again.status == "duplicate" and first.why in again.why
        assert evolve(again, status=first.status, why=first.why) == first
    assert [*engine.ledger()] == ledger
