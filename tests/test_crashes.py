"""Processes that record are killed at random moments, and nothing is lost, and nothing is there twice."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest

from histories import history
from processes import (
    OTHER,
    TEXT,
    batches,
    record,
    record_with_kills,
    redelivered_history,
    rescore_with_kills,
    small_steps,
)
from test_archive import check_same
from test_law import check_against_naive, check_ledger
from test_rescore import check_all
from wiifm import Delivery, Engine, RuleBook, rescore
from wiifm.archive.tables import COMMITS, EVENTS
from wiifm.outbox.rounds import notices_of
from wiifm.stores.urls import open_store

BOOK, ANOTHER = RuleBook.parse(TEXT), RuleBook.parse(OTHER)
DAYS = (datetime.now(UTC) + timedelta(days=number) for number in count(1))


def days() -> datetime:
    """A day later each time somebody looks: whatever is to be delivered is due, and whoever was at it was killed."""
    return next(DAYS)


def check_whole(url, engine):
    """Events, entries and commits are numbered without a gap, and the last commit is of all of them."""
    with closing(open_store(url)) as store, store.reading() as reading:
        numbers = [row[0] for row in reading.scan(EVENTS)]
        commits = list(reading.scan(COMMITS))
    assert numbers == list(range(1, len(numbers) + 1))
    assert [row[0] for row in commits] == list(range(1, len(commits) + 1))
    entries = [entry.no for entry in engine.ledger()]
    assert entries == list(range(1, len(entries) + 1))
    assert not commits or commits[-1][1:3] == (len(numbers), len(entries))


def check_life(open_engine, url, seed, receipts, notices):
    """What was killed left whole batches; the input once more, and it is as if nobody had been killed."""
    told = []
    chat = Delivery("chat", lambda notice: notices.append(notice.id))
    engine = open_engine(url, BOOK, [chat], days)
    steps, undisturbed = redelivered_history(seed), Engine(BOOK, [told.extend])
    check_whole(url, engine)
    check_ledger(engine)
    for batch in steps:
        record(engine, batch)
        record(undisturbed, batch)
    check_whole(url, engine)
    events = list({event.id: event for batch in steps for event in batch}.values())
    check_same(undisturbed, engine, events)
    check_against_naive(BOOK, engine, events)
    assert {name: engine.receipt(name) for name in receipts} == receipts
    engine.deliver()
    check_notices(told, notices)


def check_notices(receipts, delivered):
    """Each notice was delivered at least once, none but these was, and each member was told in order."""
    expected = [notice for receipt in receipts for notice in notices_of(BOOK, receipt)]
    assert set(delivered) == {notice.id for notice in expected}
    holders = {notice.id: notice.holder for notice in expected}
    for holder in set(holders.values()):
        first = dict.fromkeys(name for name in delivered if holders[name] == holder)
        assert list(first) == [notice.id for notice in expected if notice.holder == holder]


def kill(new_url, forking_process, open_engine, kills):
    """Record one history after another with kills, until so many were killed, and check each store."""
    killed = seed = told = 0
    while killed < kills:
        url = new_url()
        more, receipts, notices = forking_process.submit(
            record_with_kills, url, seed, kills - killed
        ).result()
        check_life(open_engine, url, seed, receipts, notices)
        killed, seed, told = killed + more, seed + 1, told + len(receipts)
    assert killed == kills
    assert told > kills


def test_that_kills_lose_nothing_and_double_nothing(new_url, forking_process, open_engine):
    kill(new_url, forking_process, open_engine, 20)


@pytest.mark.long
def test_that_two_hundred_kills_lose_nothing_and_double_nothing(
    new_url, forking_process, open_engine
):
    kill(new_url, forking_process, open_engine, 200)


# ---- while another book takes over -----------------------------------------------------------------------


def kill_rescoring(new_url, forking_process, folder, kills):
    """Store after store, until so many were killed; each then goes on, and is what the other book would have decided."""
    killed = seed = 0
    while killed < kills:
        url, random = new_url(), Random(seed)
        events = history(random, 150)
        later = batches(random, events[110:])
        with closing(open_store(url)) as store:
            for batch in batches(random, events[:110]):
                record(Engine.over(store, BOOK), batch)
        more, rest = forking_process.submit(
            rescore_with_kills, url, folder, later, seed, kills - killed
        ).result()
        with closing(open_store(url)) as store, small_steps():
            rescore(store, ANOTHER, folder)
            assert not list(folder.iterdir())
            for batch in rest:
                record(Engine.over(store, ANOTHER), batch)
            check_all(store, ANOTHER, events)
        killed, seed = killed + more, seed + 1
    assert killed == kills


def test_that_a_killed_rescoring_goes_on(new_url, forking_process, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    kill_rescoring(new_url, forking_process, folder, 10)


@pytest.mark.long
def test_that_two_hundred_killed_rescorings_go_on(new_url, forking_process, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    kill_rescoring(new_url, forking_process, folder, 200)
