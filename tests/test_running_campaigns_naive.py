"""A statement tells which campaigns are running, and what the member has in each, as the page on semantics says: of any community, in any store."""

import os
from datetime import timedelta
from fractions import Fraction
from random import Random

import pytest

from communities import moments
from naive import campaigns as naive
from test_campaigns_naive import book_of, growing, terms_of
from wiifm import Engine, InvalidInput, RuleBook
from wiifm.campaign_reading import points_within
from wiifm.engine_readings import memory_of

SEEDS = range(1_000 if os.environ.get("WIIFM_LONG") else 10)
INSTANT = timedelta.resolution


def told(found):
    return {
        each.campaign.id: (
            Fraction(each.earned),
            None if each.together is None else Fraction(each.together),
            {*each.events},
        )
        for each in found.campaigns
    }


def times(random, book, log, days):
    """Moments to ask at: the borders of campaigns, the instants before and after them, and any others; None if anything counts."""
    borders = [at for each in book.campaigns.values() for at in (each.since, each.until) if at]
    near = [at + random.choice([-INSTANT, 0 * INSTANT, INSTANT]) for at in borders]
    found = [*near, *moments(random, log, days)]
    return found if naive.live_events(book, log) else [*filter(None, found)]


def book_for(random):
    """A book of three campaigns, by which totals of few are told, or aren't, and members may be named, or not."""
    head = f"[book]\nfewest = {random.choice([1, 2, 5])}\n"
    if random.random() < 0.3:
        head += "individuals = false\n"
    return RuleBook.parse(book_of(random).dumps().replace("[book]\n", head, 1))


def check_running(seed, open_engine):
    random = Random(seed)
    book, days, some = book_for(random), random.choice([3, 30]), 0
    engine, closed = open_engine(book), []
    for log in growing(random, engine, days, closed, 0.5):
        people = sorted({each.actor for each in log if each.actor})
        member = random.choice([*people, "never-acts"])
        for until in random.sample(times(random, book, log, days), 3):
            found = told(engine.statement(member, random.choice([None, log[0].occurred_at]), until))
            assert found == naive.running(book, log, member, until), (seed, member, until)
            check_shared(engine, found, member, until)
            some += sum(worth > 0 for worth, *_ in found.values())
        close_one(random, engine, book, log, days, closed)
    return some


def check_shared(engine, found, member, until):
    """What the member has is what a closing of the same window would count."""
    memory = memory_of(engine)
    for name, (worth, *_) in found.items():
        campaign = engine.book.campaigns[name]
        with memory.reading():
            points = points_within(memory, campaign.purse, campaign.since, until)
        assert points.get(member, 0) == worth


def close_one(random, engine, book, log, days, closed):
    """Close some campaign now and then."""
    if random.random() < 0.7:
        return
    name = random.choice([*book.campaigns])
    terms = terms_of(random, book, name, log, days)
    try:
        expected = naive.closing(book, log, name, **terms)
    except naive.Refused:
        with pytest.raises(InvalidInput):
            engine.close_campaign(name, **terms)
        return
    engine.close_campaign(name, **terms)
    events = [*naive.recorded_events(book, expected, name, terms["at"])]
    log += events
    closed.append(events[0])


@pytest.mark.parametrize("url", ["", "memory:", "sqlite:///{}/campaigns.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_a_statement_tells_what_runs_as_defined(seed, url, tmp_path, open_engine):
    def engine_of(book):
        return open_engine(url.format(tmp_path), book) if url else Engine(book)

    check_running(seed, engine_of)


@pytest.mark.parametrize("seed", [1, 2])
def test_that_it_does_so_in_postgresql(seed, postgres_urls, open_engine):
    assert check_running(seed, lambda book: open_engine(postgres_urls(), book))
