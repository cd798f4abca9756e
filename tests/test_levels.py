"""Receipts tell who stands on another level than before: no more, no less than standings show."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from histories import MEMBERS, ZONES, history
from processes import batches
from wiifm import Engine, Event, Holder, RuleBook

BOOK = RuleBook.parse(Path(__file__).with_name("every_kind.toml").read_text(encoding="utf-8"))
LADDERS = RuleBook.parse(
    """
    [book]
    id = "ladders"
    [[rule]]
    id = "kudos"
    on = "kudos.given"
    to = "recipient"
    points = 5
    [ladder.path]
    levels = { newcomer = 0, helper = 10, guide = 20 }
    [[ladder.trust.level]]
    id = "known"
    count = "kudos.given"
    to = "recipient"
    at_least = 2
    [[ladder.trust.level]]
    id = "trusted"
    count = "kudos.given"
    to = "recipient"
    at_least = 3
    """
)

MANY = RuleBook.parse(
    """
    [book]
    id = "many"
    [purse.points]
    [purse.hours]
    decimals = 1
    [[rule]]
    id = "kudos"
    on = "kudos.given"
    to = "recipient"
    points = 5
    [[rule]]
    id = "liked"
    on = "object.liked"
    to = "recipient"
    points = 3
    [[rule]]
    id = "disliked"
    on = "object.disliked"
    to = "recipient"
    points = -7
    [[rule]]
    id = "answered"
    on = "answer.posted"
    points = "0.5 - hour / 12"
    purse = "hours"
    [[badge]]
    id = "liked"
    count = "object.liked"
    to = "recipient"
    at_least = { bronze = 2, silver = 4 }
    points = { bronze = 4, silver = 11 }
    [ladder.path]
    levels = { beginner = -5, newcomer = 0, helper = 5, guide = 21 }
    [ladder.steep]
    levels = { low = 6, high = 9, top = 33 }
    [ladder.hours]
    purse = "hours"
    levels = { none = 0, some = 0.5, more = 1.2 }
    """
)


def kudos(number):
    at = datetime(2026, 5, number, tzinfo=UTC)
    return Event(id=f"k{number}", type="kudos.given", occurred_at=at, actor="bob", recipient="ann")


HOLDERS = [
    *(Holder("member", name) for name in MEMBERS),
    *(Holder("community", name) for name in ("c1", "c2")),
    *(Holder("unit", name) for name in ZONES),  # names of units are drawn among them
]


def levels(engine):
    return {
        (holder, ladder): level
        for holder in HOLDERS
        for ladder, level in engine.standing(holder).levels.items()
    }


def told(receipts):
    changes = [change for receipt in receipts for change in receipt.levels]
    found = {(each.holder, each.ladder): (each.before, each.level) for each in changes}
    assert len(found) == len(changes), "a change was told twice"
    return found


@pytest.mark.parametrize("book", [BOOK, MANY], ids=["every kind", "many ladders"])
@pytest.mark.parametrize("url", [None, "memory:"])
@pytest.mark.parametrize("seed", range(8))
def test_that_receipts_tell_every_change_of_level(url, seed, book):
    random = Random(seed)
    heard = []
    engine = Engine.open(url, book, [heard.append]) if url else Engine(book, [heard.append])
    before, count = levels(engine), 0
    for batch in batches(random, history(random, 200)):
        engine.record_many(batch)
        after = levels(engine)
        changed = {key: (before[key], after[key]) for key in after if after[key] != before[key]}
        assert told(receipt for receipts in heard for receipt in receipts) == changed
        count += len(changed)
        before = after
        heard.clear()
    assert count > 1


def test_that_a_level_is_reached_and_lost():
    engine = Engine(LADDERS)
    engine.record(kudos(1))
    receipt = engine.record(kudos(2))
    assert [str(each) for each in receipt.levels] == [
        "ann has reached helper on path",
        "ann has reached known on trust",
    ]
    assert str(receipt).endswith("has reached known on trust")
    assert engine.receipt("k2") == receipt
    lost = engine.retract("k1", at=datetime(2026, 5, 3, tzinfo=UTC))
    assert [str(each) for each in lost.levels] == [
        "ann is back on newcomer on path, after helper",
        "ann has no level any more on trust, after known",
    ]
    assert [each.up for each in lost.levels] == [False, False]
    assert {each.event for each in lost.levels} == {"retract:k1"}


def test_that_a_batch_is_one_step_whichever_levels_lie_between():
    heard = []
    Engine(LADDERS, [heard.append]).record_many([kudos(number) for number in range(1, 6)])
    changes = [change for receipt in heard[0] for change in receipt.levels]
    assert [(each.before, each.level, each.event) for each in changes] == [
        (None, "trusted", "k3"),
        ("newcomer", "guide", "k5"),
    ]


def test_that_a_level_is_told_again_after_what_came_late_led_back_to_when_it_was_held():
    """A state of then knew other bounds of its level than hold now."""
    engine, start = Engine(MANY), datetime(2026, 5, 1, tzinfo=UTC)

    def event(number, kind="kudos.given", **more):
        at = start + timedelta(minutes=number)
        said = {"actor": "bob", "recipient": "ann", **more}
        return Event(id=f"e{number}", type=kind, occurred_at=at, **said)

    kudos = [event(2 * number) for number in range(290)]
    engine.record_many(kudos[:9])  # a guide from here on, and so when the state is kept
    engine.record_many(kudos[9:])
    reports = [event(600 + n, "object.disliked", object="o") for n in range(207)]
    assert engine.standing("ann").levels["path"] == "guide"
    engine.record_many(reports)
    assert engine.standing("ann").levels["path"] == "newcomer"
    engine.record(event(577, actor="ann"))  # late, behind what is kept, and worth nothing
    assert engine.standing("ann").points["points"] == 1
    receipts = [engine.record(event(1_000 + number)) for number in range(6)]
    changes = [each for receipt in receipts for each in receipt.levels if each.ladder == "path"]
    assert [(each.before, each.level) for each in changes] == [
        ("newcomer", "helper"),
        ("helper", "guide"),
    ]
