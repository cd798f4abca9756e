"""Closing a campaign pays and names whom it would if the forgotten had always had their other names; and where nobody is ranked, a preview tells no places."""

import os
from contextlib import closing
from random import Random

import pytest

from communities import community
from naive import campaigns as naive
from naive import fold
from naive.rights import RemainingLog, renamed
from test_accounts_naive import naive_nets, nets
from test_boards_naive import elsewhere
from test_campaigns_naive import book_of, taken_back, terms_of, told
from test_rights_naive import FREE
from wiifm import Engine, InvalidInput, RuleBook
from wiifm.stores.urls import open_store
from wiifm.upkeep.forgetting import forget

SEEDS = range(500 if os.environ.get("WIIFM_LONG") else 4)


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/closings.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_closings_are_of_whoever_is_left(seed, url, tmp_path):
    with closing(open_store(url.format(tmp_path))) as store:
        live_through(Random(seed), store)


def live_through(random, store):
    book, days = book_of(random), random.choice([3, 30])
    if random.random() < 0.5:
        book = RuleBook.parse(book.dumps().replace("[book]\n", "[book]\nindividuals = false\n", 1))
    coming = elsewhere(random, community(random, random.choice([3, 6]), 40, days))
    left, gone = RemainingLog(FREE), {}
    while coming:
        size = random.choice([10, 25])
        now = [renamed_as(each, gone) for each in coming[:size]]
        coming = coming[size:]
        assert not Engine.over(store, book).record_many(now).rejected
        left.record(now)
        forget_some(random, store, book, left, gone)
        close_one(random, Engine.over(store, book), book, left, days)
        forget_some(random, store, book, left, gone)
    found = Engine.over(store, book)
    assert nets(found.ledger()) == naive_nets(fold.booked(book, left.events))
    assert not {*gone} & {each.recipient for each in left.events}


def renamed_as(event, gone):
    """An event of which the platform knows who was forgotten."""
    return renamed(event, lambda name: gone.get(name, name))


def forget_some(random, store, book, left, gone):
    people = sorted({each.recipient for each in left.events if each.recipient} - {*gone.values()})
    if people and random.random() < 0.4:
        member = random.choice(people)
        gone[member] = forget(store, book, member).name
        left.forget(member, gone[member])


def close_one(random, engine, book, left, days):
    name, log = random.choice([*book.campaigns]), left.events
    terms = terms_of(random, book, name, log, days)
    try:
        expected = naive.closing(book, log, name, **terms)
    except naive.Refused:
        for close in (engine.preview_closing, engine.close_campaign):
            with pytest.raises(InvalidInput):
                close(name, **terms)
        return
    preview = engine.preview_closing(name, **terms)
    assert told(preview) == (expected if book.individuals else (*expected[:-1], []))
    assert told(engine.close_campaign(name, **terms)) == expected
    events = [*naive.recorded_events(book, expected, name, terms["at"])]
    assert engine.record_many(events).duplicates == len(events)
    left.record(events)
    if random.random() < 0.3:
        back = [taken_back(random, events[0])]
        assert not engine.record_many(back).rejected
        left.record(back)
