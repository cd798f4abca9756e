"""Whatever a campaign says, closing it pays what the page on semantics says: of any community, be it late or taken back, in any store."""

import os
from datetime import timedelta
from fractions import Fraction
from random import Random

import pytest

from communities import BEGIN, community, moments
from naive import campaigns as naive
from naive import fold
from test_accounts_naive import naive_nets, nets
from test_boards_naive import PURSES, elsewhere
from wiifm import Engine, Event, InvalidInput, RuleBook

SEEDS = range(600 if os.environ.get("WIIFM_LONG") else 10)
PAYING = """
[[rule]]
id = "pay-{0}"
on = "campaign.paid"
to = "recipient"
purse = "{0}"
points = "amount"
where = "campaign in {1}"
"""


def campaign(random, name):
    """A campaign of any kind."""
    pays, sort = random.choice(["points", "fine", "whole"]), random.randrange(6)
    step = random.choice([1, 1, 0.25]) if pays == "fine" else 1
    said = {"pays": pays, "purse": random.choice(["points", "points", "fine", "whole"])}
    if sort == 0:
        said |= {"team": random.choice([0.1, 0.3, 0.34, 0.5, 0.6, 1]), "bonus": 7 * step}
    elif sort == 1:
        said["prizes"] = [random.randrange(1, 60) * step for _ in range(random.randint(1, 5))]
    else:
        if sort != 2:
            said["budget"] = random.choice([1, 7, 10, 100, 997]) * step
        if sort in (2, 3):
            said["rate"] = random.choice([0.01, 0.1, 0.3, 1, 1.5, 1e3])
        if random.random() < 0.4:
            said["split"] = "equal"
        if random.random() < 0.4:
            said["least"] = random.choice([1, 2, 5]) * step
        if random.random() < 0.4:
            said["most"] = random.choice([5, 11, 40]) * step
    if sort and random.random() < 0.3:
        said["goal"] = random.choice([0.5, 5, 20, 60])
    for key, day in (("since", 4), ("until", 20)):
        if random.random() < 0.3:
            said[key] = (BEGIN + timedelta(days=day)).isoformat().replace("T", " ")[:10]
    told = [f"{k} = {v if k in ('since', 'until') else repr(v)}" for k, v in said.items()]
    return said["pays"], "\n".join([f"[campaign.{name}]", *told, ""])


def book_of(random):
    """A book of three campaigns, each of which is paid by a rule."""
    names = ["a", "b", "c-1"]
    made = {name: campaign(random, name) for name in names}
    text = PURSES.dumps() + "\n" + "".join(said for _, said in made.values())
    for purse in {pays for pays, _ in made.values()}:
        paid = [name for name in names if made[name][0] == purse]
        text += PAYING.format(purse, paid)
    return RuleBook.parse(text)


def told(done):
    places = [
        (each.rank, each.member, Fraction(each.points), Fraction(each.amount))
        for each in done.places
    ]
    return done.event, done.since, done.until, Fraction(done.points), Fraction(done.pool), places


def terms_of(random, book, name, events, days):
    """What it may be closed by."""
    said = book.campaigns[name]
    found = {"at": BEGIN + timedelta(days=random.choice([10, days, days + 40, 500]))}
    some = [each for each in moments(random, events, days) if each]
    for key in ("since", "until"):
        if random.random() < 0.3:
            found[key] = random.choice(some)
    if not said.team and not said.prizes and random.random() < 0.3:
        found["budget"] = random.choice([0, 3, 50, 12])
    return found


def growing(random, engine, days, closed, chance):
    """Record what a community does, batch by batch, and between them by chance that a closing is taken back; yield the log so far after each."""
    left = elsewhere(random, community(random, random.choice([3, 6, 12]), 50, days))
    log = []
    while left:
        size = random.choice([1, 10, 25])
        if closed and random.random() < chance:
            left.insert(0, taken_back(random, random.choice(closed)))
        log += left[:size]
        assert not engine.record_many(left[:size]).rejected
        left = left[size:]
        yield log


def check_closings(seed, open_engine):
    random = Random(seed)
    book, days = book_of(random), random.choice([3, 30])
    engine, done = open_engine(book), []
    for log in growing(random, engine, days, done, 0.3):
        name = random.choice([*book.campaigns])
        terms = terms_of(random, book, name, log, days)
        try:
            expected = naive.closing(book, log, name, **terms)
        except naive.Refused:
            for close in (engine.preview_closing, engine.close_campaign):
                with pytest.raises(InvalidInput):
                    close(name, **terms)
            continue
        assert told(engine.preview_closing(name, **terms)) == expected, (seed, name, terms)
        assert told(engine.close_campaign(name, **terms)) == expected
        events = [*naive.recorded_events(book, expected, name, terms["at"])]
        assert engine.record_many(events).duplicates == len(events)
        log += events
        done.append(events[0])
    assert nets(engine.ledger()) == naive_nets(fold.booked(book, log))
    return len(done)


def taken_back(random, event):
    at = BEGIN + timedelta(days=random.choice([0, 60]))
    return Event(
        id=f"no:{event.id}:{random.random()}",
        type="event.retracted",
        occurred_at=at,
        retracts=event.id,
    )


@pytest.mark.parametrize("url", ["", "memory:", "sqlite:///{}/campaigns.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_every_closing_is_as_defined(seed, url, tmp_path, open_engine):
    def engine_of(book):
        return open_engine(url.format(tmp_path), book) if url else Engine(book)

    check_closings(seed, engine_of)


def test_that_they_are_so_in_postgresql(postgres_urls, open_engine):
    check_closings(1, lambda book: open_engine(postgres_urls(), book))
