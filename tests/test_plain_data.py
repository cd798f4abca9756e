"""Everything that an engine returns becomes plain data for JSON, in the shapes of the JSON API."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from wiifm import Engine, Event, RuleBook, as_json, export, forget, preview, rescore, verify
from wiifm.stores.memory import MemoryStore

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
TEXT = """
    [book]
    id = "plain"
    vocabulary = ["sharing"]
    [purse.points]
    decimals = 2
    [[badge]]
    id = "thanked"
    count = "kudos.given"
    to = "recipient"
    at_least = { bronze = 3 }
    [[rule]]
    id = "thanks"
    on = "kudos.given"
    to = "recipient"
    points = 1.25
    """
BOOK, OTHER = (RuleBook.parse(each) for each in (TEXT, TEXT.replace("1.25", "2.5")))


def events():
    for number in range(40):
        at, who = START + timedelta(hours=9 * number), ("ann", "raj", "mia")[number % 3]
        yield Event(
            id=f"q{number}", type="question.asked", occurred_at=at, actor=who, object=f"q{number}"
        )
        thanks = {"actor": who, "recipient": "zoe", "topics": ("pricing",)}
        yield Event(
            id=f"k{number}", type="kudos.given", occurred_at=at + timedelta(hours=1), **thanks
        )


@pytest.fixture
def store():
    found = MemoryStore()
    Engine.over(found, BOOK).record_many(events())
    return found


NO_ACTOR = Event(id="r", type="kudos.given", occurred_at=START, recipient="zoe")
READINGS = {
    "receipt": lambda engine, _: engine.receipt("k1"),
    "standing": lambda engine, _: engine.standing("zoe"),
    "standings": lambda engine, _: engine.standings(),
    "holders": lambda engine, _: engine.holders(),
    "leaderboard": lambda engine, _: engine.leaderboard(),
    "statement": lambda engine, _: engine.statement("zoe"),
    "culture": lambda engine, _: engine.culture(),
    "explanation": lambda engine, _: engine.explain(1),
    "ledger": lambda engine, _: engine.ledger("zoe"),
    "tally": lambda engine, _: engine.record_many([NO_ACTOR]),
    "proof": lambda _, store: verify(store, BOOK),
    "preview": lambda _, store: preview(store, OTHER),
    "rescored": lambda _, store: rescore(store, BOOK),
    "export": lambda _, store: export(store, BOOK, "zoe"),
    "forgotten": lambda _, store: forget(store, BOOK, "mia"),
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_that_each_reading_becomes_json(read, store):
    found = as_json(read(Engine.over(store, BOOK), store))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_that_a_rejection_says_why(store):
    [rejected] = as_json(Engine.over(store, BOOK).record_many([NO_ACTOR]))["rejected"]
    assert rejected["error"].startswith("event 'r', actor: found nothing, expected")


def test_that_the_shapes_are_those_of_the_objects(store):
    engine = Engine.over(store, BOOK)
    [entry] = as_json(engine.receipt("k1"))["entries"]
    assert entry == engine.receipt("k1").entries[0].as_json()
    assert (entry["amount"], entry["holder"]) == (1.25, {"kind": "member", "id": "zoe"})
    assert as_json(engine.receipt("k1").entries) == [entry]
    award = as_json(engine.standing("zoe"))["badges"][0]
    assert award["tier"] and award["event"].startswith("k")
