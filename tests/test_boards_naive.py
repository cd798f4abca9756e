"""Leaderboards of every kind are what the page on semantics says, in communities made at random, of any store."""

import os
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from random import Random

import pytest
from attrs import evolve

from communities import MAKING, TOPICS, community, moments
from histories import history
from naive import boards as naive
from test_law import some_book
from wiifm import Engine, Event, InvalidInput, RuleBook
from wiifm.archive import places
from wiifm.stores.memory import MemoryStore
from wiifm.upkeep.forgetting import forget

SEEDS = range(1_000 if os.environ.get("WIIFM_LONG") else 10)
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
TIMES = ("day", "week", "month", "year", "last 3 days", "last 36 hours", "every 5 days")
PURSES = RuleBook.parse("""
[book]
id = "purses"
zone = "Europe/Berlin"
[purse.points]
floor = 0
[purse.fine]
decimals = 2
[purse.whole]
[[rule]]
id = "asked"
on = "question.asked"
points = 2
[[rule]]
id = "shared"
on = ["post.shared", "document.contributed", "comment.posted"]
points = 1.25
purse = "fine"
[[rule]]
id = "paid-for"
on = ["post.shared", "document.contributed"]
points = -125
purse = "whole"
[[rule]]
id = "answered"
on = "answer.posted"
points = 1
[[rule]]
id = "was-answered"
on = "answer.posted"
to = "recipient"
points = 0.5
purse = "fine"
[[rule]]
id = "thanked"
on = ["kudos.given", "object.liked", "object.helped"]
to = "recipient"
points = 3
limit = { points = 7, per = "week" }
[[rule]]
id = "thanks"
on = "kudos.given"
points = 1
purse = "whole"
[[rule]]
id = "disliked"
on = "object.disliked"
to = "recipient"
points = -2
[[rule]]
id = "mentors"
on = ["answer.posted", "question.asked"]
to = "mentor"
points = 4
[[badge]]
id = "asker"
count = "question.asked"
at_least = 2
points = 5
""")


def life(seed):
    """A book, and what happened by it."""
    random = Random(seed)
    if seed % 3:
        events = community(random, random.choice([3, 6, 12]), 60, random.choice([3, 30, 200]))
        return random, PURSES, elsewhere(random, events)
    return random, some_book(random), history(random, 40)


def elsewhere(random, events):
    """The same, of which some acts are on topics of their own or in other communities, and some creations are taken back, be it ahead of them."""
    moved = {}
    for event in events:
        if event.type.startswith(("object.", "kudos.", "answer.")) and random.random() < 0.2:
            own = random.choice([{"topics": (random.choice(TOPICS),)}, {"community": "c1"}])
            moved.setdefault(event.id, evolve(event, **own))
    found = [moved.get(event.id, event) for event in events]
    made = [event for event in found if event.object and event.type in MAKING]
    for number, gone in enumerate(random.sample(made, len(made) // 6)):
        back = Event(
            id=f"back{number}",
            type="event.retracted",
            occurred_at=gone.occurred_at + timedelta(hours=1),
            retracts=gone.id,
        )
        found.insert(random.randrange(len(found) + 1), back)
    return found


def asked(random, book, events):
    """What a leaderboard may be asked for."""
    some = {
        "at": random.choice([None, *moments(random, events, 30)]),
        "community": random.choice(["c", "c1"]),
        "unit": random.choice(["Lab", "Sales", "UTC"]),
        "topic": random.choice([*TOPICS, "t1"]),
        "newcomers": random.choice(["ever", *TIMES]),
        "around": random.choice(["m01", "ann", "m02", "nobody"]),
    }
    found = {key: each for key, each in some.items() if random.random() < 0.25}
    if random.random() < 0.7:
        found["over"] = random.choice(TIMES)
        found["by"] = random.choice(["points", "improvement"])
    return {"purse": random.choice([*book.purses]), **found}


def lines(ranks):
    return [(each.rank, each.member, Fraction(each.points)) for each in ranks]


def check_boards(seed, engine_by, count):
    random, book, events = life(seed)
    engine, rows = engine_by(book, events, random), naive.rows(book, events)
    for _ in range(count):
        among = asked(random, book, events)
        expected = naive.leaderboard(book, events, rows, **among)
        assert lines(engine.leaderboard(**among)) == expected, among


@pytest.fixture(params=[0, 1, 1_000])
def patience(request, monkeypatch):
    """How far it is looked for what happened at a place from there, before all of the time is looked at: not at all, as usually, or on and on."""
    monkeypatch.setattr(places, "MAX_STEPS_PER_EVENT", request.param)
    monkeypatch.setattr(places, "PAGE", 7)


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/boards.db"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("patience")
def test_that_every_board_is_as_defined(seed, url, tmp_path, open_engine):
    check_boards(seed, by_batches(open_engine, url.format(tmp_path)), 12)


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.usefixtures("patience")
def test_that_they_are_so_in_postgresql(seed, postgres_urls, open_engine):
    check_boards(seed, by_batches(open_engine, postgres_urls()), 12)


@pytest.mark.parametrize("seed", SEEDS)
def test_that_they_are_so_in_an_engine_without_a_store(seed):
    def engine_by(book, events, _):
        engine = Engine(book)
        engine.record_many(events)
        return engine

    check_boards(seed, engine_by, 6)


def by_batches(open_engine, url):
    """Has a store learn of events as they come, some at a time."""

    def engine_by(book, events, random):
        engine, left = open_engine(url, book), [*events]
        while left:
            size = random.choice([1, 5, 40])
            engine.record_many(left[:size])
            left = left[size:]
        return engine

    return engine_by


def on(day, name, kind, actor, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(days=day), actor=actor, **more)


def engine_of(*events):
    engine = Engine(PURSES)
    assert not engine.record_many(events).rejected
    return engine


def test_that_purses_are_not_added_up_to_tell_who_began_before():
    began = on(0, "p1", "post.shared", "ann", object="p1")  # +1.25 in one purse, -125 in the other
    lately = on(9, "p2", "comment.posted", "ann", object="p2")
    found = engine_of(began, lately)
    assert not found.leaderboard("fine", newcomers="last 3 days")
    assert found.leaderboard("fine", newcomers="last 10 days")


def test_that_nobody_is_better_for_doing_nothing_after_a_loss():
    lost = on(3, "p", "post.shared", "ann", object="p")
    back = on(8, "k", "kudos.given", "ann", recipient="raj")
    last = on(8, "q", "kudos.given", "zoe", recipient="raj")
    lately = {"purse": "whole", "over": "last 4 days", "by": "improvement"}
    for engine in (engine_of(lost, last), engine_of(lost, back, last)):
        engine.retract("k", at=START + timedelta(days=9))
        assert lines(engine.leaderboard(**lately)) == [(1, "zoe", 1)]
    assert lines(engine_of(lost, back, last).leaderboard(**lately))[0] == (1, "ann", 126)


def test_that_nobody_who_was_forgotten_is_shown():
    store = MemoryStore()
    asked = [on(0, f"q{name}", "question.asked", name, object=name) for name in ("ann", "raj")]
    Engine.over(store, PURSES).record_many(asked)
    forget(store, PURSES, "ann")
    for among in ({}, {"over": "week"}, {"newcomers": "week"}):
        assert lines(Engine.over(store).leaderboard(**among)) == [(1, "raj", 2)]


@pytest.mark.parametrize("at", [datetime.min, datetime.max, datetime(1899, 1, 1)])
@pytest.mark.parametrize("over", ["ever", "day", "month", "last 36600 days", "every 36600 days"])
def test_that_a_board_of_a_time_without_events_is_refused_in_words(at, over):
    engine = engine_of(on(0, "q", "question.asked", "ann", object="q"))
    with pytest.raises(InvalidInput, match=r"at: found .*, expected a moment from 1900 to 2999"):
        engine.leaderboard(over=over, at=at.replace(tzinfo=timezone(timedelta(hours=14))))


@pytest.mark.parametrize("at", [datetime(1900, 1, 1), datetime(2999, 12, 31, 23)])
@pytest.mark.parametrize("over", ["day", "month", "year", "last 36600 days", "every 36600 days"])
def test_that_the_first_and_the_last_times_have_boards(at, over):
    engine = engine_of(on(0, "q", "question.asked", "ann", object="q"))
    for more in ({}, {"by": "improvement"}, {"newcomers": over}):
        assert not engine.leaderboard(over=over, at=at.replace(tzinfo=UTC), **more)


@pytest.mark.usefixtures("patience")
def test_that_a_place_goes_by_what_counts_by_now():
    asked = on(0, "q", "question.asked", "ann", object="q", topics=("tax",))
    answered = on(1, "a", "answer.posted", "raj", object="a", in_reply_to="q", community="c")
    liked = on(2, "l", "object.liked", "zoe", object="a")
    law = on(2, "k", "object.helped", "zoe", object="a", topics=("law",))
    engine = Engine.over(MemoryStore(), PURSES)
    engine.record_many([liked, answered, law, asked])
    tax, at = {"topic": "tax"}, START + timedelta(days=5)
    assert lines(engine.leaderboard(**tax)) == [(1, "raj", 4), (2, "ann", 2)]
    assert lines(engine.leaderboard(topic="law")) == [(1, "raj", 3)]
    assert lines(engine.leaderboard(**tax, community="c")) == [(1, "raj", 4)]
    engine.record(on(-1, "q0", "question.asked", "noor", object="q", topics=("law",)))
    assert lines(engine.leaderboard(**tax)) == []  # ann was the second to ask it
    assert lines(engine.leaderboard(topic="law")) == [(1, "raj", 7), (2, "noor", 2)]
    engine.retract("q0", at=at)
    assert lines(engine.leaderboard(**tax)) == [(1, "raj", 4), (2, "ann", 2)]
    engine.retract("q", at=at)
    assert lines(engine.leaderboard(**tax)) == []
    assert lines(engine.leaderboard(topic="law")) == [(1, "raj", 3)]


@pytest.mark.usefixtures("patience")
def test_that_nothing_is_passed_on_by_what_was_taken_back():
    asked = on(0, "q", "question.asked", "ann", object="q", topics=("tax",))
    answered = on(1, "a", "answer.posted", "raj", object="a", in_reply_to="q")
    engine = Engine.over(MemoryStore(), PURSES)
    engine.record_many([asked, answered, on(2, "l", "object.liked", "zoe", object="a")])
    engine.retract("q", at=START + timedelta(days=3))
    assert lines(engine.leaderboard()) == [(1, "raj", 4)]
    assert lines(engine.leaderboard(topic="tax")) == []
