"""What was said of an event is said of it ever after, whichever book took over since; of one that comes later, what that book made of it."""

import os
from collections import Counter
from contextlib import closing

import pytest
from attrs import evolve

from test_rescore_naive import life
from wiifm import Engine, forget, prune, rescore
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


def plain(receipt):
    """What is told of a receipt without its sentences, in which texts may have stood that are gone."""
    entries = tuple(evolve(each, say="") for each in receipt.entries)
    refusals = tuple(evolve(each, detail="") for each in receipt.refusals)
    return repr(evolve(receipt, entries=entries, refusals=refusals))


def test_that_they_outlive_whoever_is_forgotten_and_what_is_pruned_too(tmp_path):
    """But for sentences, and the name in place of which another one stands, each receipt is the first."""
    _, one, other, events = life(0)
    told, end = {}, sorted(event.occurred_at for event in events)[len(events) // 2]
    with closing(open_store("memory:")) as store:
        take(Engine.over(store, one), events, told)
        rescore(store, other)
        entries = [each for receipt in told.values() for each in receipt.entries]
        ((who, count),) = Counter(each.holder.id for each in entries).most_common(1)
        name = forget(store, other, who).name
        assert prune(store, other, end, tmp_path / "old.jsonl").archived
        rescore(store, one)
        engine = Engine.over(store, one)
        assert count > 5
        for event, first in told.items():
            expected = plain(first).replace(repr(who), repr(name))
            assert plain(engine.receipt(event)) == expected
