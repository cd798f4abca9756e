"""Reports and statements of a store at work are as defined: in batches, days kept meanwhile, campaigns closed, members forgotten."""

import os
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import pytest

from communities import BEGIN, community, moments
from naive import culture, statement
from test_culture_naive import differences, handed_over
from test_statement_naive import told
from wiifm import Engine, InvalidInput, RuleBook
from wiifm.archive.log import trusted_event
from wiifm.archive.tables import EVENTS
from wiifm.culture.keeping import keep
from wiifm.upkeep.forgetting import forget

BOOK = RuleBook.parse(
    """
[book]
id   = "acme"
zone = "Asia/Tokyo"
use  = ["sharing"]

[purse.euros]
decimals = 2

[campaign.spring]
pays   = "euros"
budget = 100

[[rule]]
id     = "paid"
on     = "campaign.paid"
to     = "recipient"
purse  = "euros"
points = "amount"

[[badge]]
id       = "helpful"
count    = "answer.posted"
over     = "last 20 days"
at_least = 1
keep_up  = {}

[[badge]]
id       = "asker"
count    = ["question.asked", "comment.posted"]
at_least = { bronze = 1, silver = 3 }
points   = 7
"""
)
SEEDS = range(100 if os.environ.get("WIIFM_LONG") else 4)


def recorded(store):
    """The events of a store, as they are in it by now."""
    with store.reading() as session:
        return [trusted_event(row) for row in session.scan(EVENTS)]


def work(engine, store, random, events, days):
    """Have a store take in some events, as they come, and do meanwhile what stores do."""
    while events:
        batch = [events.pop() for _ in range(min(len(events), random.choice([1, 5, 30])))]
        engine.record_many(batch)
        for often, act in (
            (0.1, lambda: keep(store, BOOK)),
            (0.1, engine.culture),
            (0.05, lambda: engine.close_campaign("spring")),
            (0.05, lambda: engine.advance(BEGIN + timedelta(days=days + random.randrange(99)))),
        ):
            if random.random() < often:
                act()
    if random.random() < 0.4:
        forget(store, BOOK, random.choice(["m00", "m01"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_that_a_store_at_work_tells_what_is_defined(new_url, seed):
    random, days = Random(seed), (3, 30, 200, 500)[seed % 4]
    events = community(random, random.choice([3, 6, 12]), random.choice([20, 80]), days)
    asked = [[random.choice(moments(random, events, days)) for _ in "su"] for _ in range(4)]
    with Engine.open(new_url(), BOOK) as engine:
        store = engine._memory.store
        work(engine, store, random, events, days)
        there = recorded(store)
        members = sorted({event.actor for event in there if event.actor})
        for times, reader in zip(asked, 2 * [engine, Engine.over(store)], strict=True):
            of = (there, [*reader.ledger()])
            awards = [award for each in reader.standings() for award in each.badges]
            member = random.choice([*members, "never-acts"])
            found = told(reader.statement(member, *times))
            assert found == statement.statement(BOOK, *of, member, *times), (member, times)
            more = {"fewest": random.randint(1, 4), **handed_over(random)}
            report = reader.culture(*times, **more, named=True)
            expected = culture.report(BOOK, *of, awards, times[0], report.until, **more)
            assert not [*differences(report, expected)], (times, more)


@pytest.mark.parametrize("until", [datetime.min, datetime(1, 3, 1), datetime(1899, 12, 31)])
def test_that_a_time_that_ends_before_all_times_is_refused(until):
    engine = Engine(BOOK)
    for read in (engine.culture, partial(engine.statement, "ann")):
        with pytest.raises(InvalidInput, match="a moment from 1900 on"):
            read(until=until.replace(tzinfo=UTC))
