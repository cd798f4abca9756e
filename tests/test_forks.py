"""An engine crosses a fork: it works in the child, or says why it doesn't."""

from random import Random

from histories import history
from processes import (
    TEXT,
    fork_in_the_middle,
    fork_in_the_middle_in_memory,
    fork_on_an_event_loop,
    record_across_forks,
)
from test_concurrency import check_as_one, parts_of
from wiifm import Engine, RuleBook

BOOK = RuleBook.parse(TEXT)


def test_that_an_engine_at_work_may_be_forked(new_url, forking_process, open_engine):
    random, url = Random(3), new_url()
    events = history(random, 120)
    parts = sorted(parts_of(random, events, 5), key=len, reverse=True)
    forking_process.submit(record_across_forks, url, parts).result()
    check_as_one(open_engine(url, BOOK), events)


def test_that_a_fork_in_the_middle_of_a_transaction_is_told_or_works(
    new_url, forking_process, open_engine
):
    url, events = new_url(), history(Random(4), 20)
    told = forking_process.submit(fork_in_the_middle, url, events).result()
    if url.startswith("sqlite"):
        assert "forked in the middle of a transaction; fork between transactions, or spawn" in told
        events = events[1:]
    else:
        assert told == "recorded"
    check_as_one(open_engine(url, BOOK), events)


def test_that_an_engine_on_an_event_loop_has_threads_in_the_child(forking_process):
    """After calls, amid one that goes on in the parent, and while it is being closed there."""
    told = forking_process.submit(fork_on_an_event_loop, history(Random(6), 20)).result()
    alone = Engine(BOOK)
    alone.record_many(history(Random(6), 20))
    assert told == [alone.standings()] * 3


def test_that_what_another_thread_had_begun_in_memory_is_not_there_in_the_child(forking_process):
    events = history(Random(5), 20)
    before, duplicates, standings = forking_process.submit(
        fork_in_the_middle_in_memory, events
    ).result()
    first, one = Engine(BOOK), Engine(BOOK)
    first.record_many(events[:5])
    one.record_many(events)
    assert (before, duplicates) == (len(list(first.ledger())), 5)
    assert standings == one.standings()
