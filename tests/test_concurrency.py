"""Many record into one store, processes and threads, and it is as if it had been one."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from random import Random
from threading import Event as Flag

import pytest

from histories import history
from processes import (
    TEXT,
    batches,
    close_side_by_side,
    open_side_by_side,
    record,
    record_side_by_side,
    retract_side_by_side,
)
from test_law import check_against_naive, check_ledger
from wiifm import Closing, Engine, Event, RuleBook, StoreBusy, StoreFault
from wiifm.stores.urls import open_store

BOOK = RuleBook.parse(TEXT)
MANY = 8
SMALL = '[book]\nid = "b"\n[[rule]]\nid = "r"\non = "kudos.given"\nto = "recipient"\npoints = %d'
CAMPAIGN = RuleBook.parse(
    SMALL % 1
    + """
[[rule]]
id = "prize"
on = "campaign.paid"
to = "recipient"
points = "amount"
[campaign.spring]
pays = "points"
budget = 100
"""
)
THANKS = Event(
    id="k1",
    type="kudos.given",
    occurred_at=datetime(2026, 5, 4, tzinfo=UTC),
    actor="bob",
    recipient="ann",
)


def parts_of(random, events, count):
    """Interleaved parts of a history; some events are in several."""
    again = random.sample(events, len(events) // 4)
    mixed = [*events, *again]
    random.shuffle(mixed)
    return [batches(random, mixed[number::count]) for number in range(count)]


def check_as_one(engine, events):
    """A store that many recorded into holds what one engine holds."""
    one = Engine(engine.book)
    one.record_many(events)
    assert engine.pending() == one.pending()
    for holder in {*one.holders(), *engine.holders()}:
        assert engine.standing(holder) == one.standing(holder)
    assert [entry.no for entry in engine.ledger()] == list(range(1, len(list(engine.ledger())) + 1))
    check_against_naive(engine.book, engine, events)
    check_ledger(engine)


def check_processes(new_url, forking_process, open_engine, seed, length):
    """Processes record a history, each its part, and it is as if one had done so."""
    random, url = Random(seed), new_url()
    events = history(random, length)
    forking_process.submit(record_side_by_side, url, parts_of(random, events, MANY)).result()
    check_as_one(open_engine(url, BOOK), events)


def test_that_processes_come_to_what_one_would(new_url, forking_process, open_engine):
    check_processes(new_url, forking_process, open_engine, seed=0, length=160)


@pytest.mark.long
def test_that_processes_come_to_what_one_would_thirty_times(new_url, forking_process, open_engine):
    for seed in range(1, 31):
        check_processes(new_url, forking_process, open_engine, seed, length=400)


def test_that_a_campaign_is_closed_by_one_and_the_others_are_told(
    new_url, forking_process, open_engine
):
    url, until = new_url(), datetime(2026, 6, 1, tzinfo=UTC)
    with Engine.open(url, CAMPAIGN) as engine:
        engine.record(THANKS)
    told = forking_process.submit(close_side_by_side, url, until, 3).result()
    (done,) = (each for each in told if isinstance(each, Closing))
    others = [each for each in told if each != done]
    assert len(others) == 2
    for each in others:
        assert f"campaign 'spring': found closed by {done.event} until {until.isoformat()}" in each
    assert open_engine(url, CAMPAIGN).standing("ann").points["points"] == 1 + 100


def test_that_threads_share_an_engine(new_url, open_engine):
    random = Random(1)
    events = history(random, 160)
    engine = open_engine(new_url(), BOOK)

    def take_part(part):
        for batch in part:
            record(engine, batch)
            assert engine.receipt(batch[0].id).event == batch[0].id
            assert engine.standing("ann").holder.id == "ann"

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(take_part, parts_of(random, events, MANY)))
    check_as_one(engine, events)


def test_that_threads_share_an_engine_in_memory(often_switched):
    random = Random(2)
    events = history(random, 160)
    engine, told = Engine(BOOK), []
    over = Flag()

    def read():
        while not over.is_set():
            for holder in engine.holders():
                told.append(engine.standing(holder))
            engine.leaderboard()
            numbers = [entry.no for entry in engine.ledger()]
            assert numbers == list(range(1, len(numbers) + 1))

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read)]
        writers = [
            pool.submit(lambda part: [record(engine, batch) for batch in part], each)
            for each in parts_of(random, events, 3)
        ]
        done = [each.exception() for each in writers]
        over.set()
        done += [each.exception() for each in readers]
    assert done == [None] * 4
    assert told
    check_as_one(engine, events)


@pytest.fixture
def often_switched():
    """Python switches between threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_that_one_retraction_is_recorded_though_many_come_at_once(
    new_url, forking_process, open_engine
):
    url = new_url()
    receipts = forking_process.submit(retract_side_by_side, url, "e1", MANY).result()
    assert sorted(each.status for each in receipts) == ["duplicate"] * (MANY - 1) + ["retraction"]


def test_that_who_waits_too_long_is_told_and_may_try_again(new_url, open_engine):
    url, book = new_url(), RuleBook.parse(SMALL % 1)
    engine = open_engine(f"{url}{'&' if '?' in url else '?'}timeout=0.3", book)
    with closing(open_store(url)) as store, store.writing():
        for attempt in (engine.record, lambda event: engine.record_many([event])):
            with pytest.raises(StoreBusy) as told:
                attempt(THANKS)
            assert place_of(url) in str(told.value)
            assert "for 0.3 s; try again, or allow more time (timeout=60 in its URL)" in str(
                told.value
            )
        assert engine.standing("ann").points["points"] == 0
    assert engine.record(THANKS).status == "recorded"
    assert engine.standing("ann").points["points"] == 1


def place_of(url):
    """The end of a URL by which a store names itself."""
    return url.rpartition("/")[2]


def test_that_another_book_is_refused_while_the_first_is_at_work(new_url, open_engine):
    url = new_url()
    first, second = RuleBook.parse(SMALL % 1), RuleBook.parse(SMALL % 2)
    engine = open_engine(url, first)
    engine.record(THANKS)
    for _ in range(2):
        with pytest.raises(StoreFault) as told:
            open_engine(url, second)
        assert first.digest in str(told.value) and second.digest in str(told.value)
        assert engine.record(THANKS).status == "duplicate"
    assert open_engine(url, first).standing("ann").points["points"] == 1


def test_that_of_many_books_at_once_one_is_taken(new_url, forking_process, open_engine):
    texts = [SMALL % points for points in range(1, MANY + 1)]
    digests = [RuleBook.parse(text).digest for text in texts]
    told = forking_process.submit(open_side_by_side, new_url(), texts).result()
    assert told.count("opened") == 1
    taken = digests[told.index("opened")]
    for digest, words in zip(digests, told, strict=True):
        assert words == "opened" or (taken in words and digest in words)
