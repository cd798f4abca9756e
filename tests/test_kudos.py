"""The pack ``kudos``: a weekly allowance, values as topics, and nothing for oneself."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from test_law import check_against_naive
from wiifm import Engine, Event, InvalidRuleBook, RuleBook
from wiifm.testing import check_law

PACK = RuleBook.load("plugin:kudos")
MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


def kudos(number, to="ann", actor="raj", amount=None, days=0, topics=()):
    """Kudos of one colleague to another."""
    return Event(
        id=f"k{number}",
        type="kudos.given",
        occurred_at=MONDAY + timedelta(days=days, minutes=number),
        actor=actor,
        recipient=to,
        topics=topics,
        data={} if amount is None else {"amount": amount},
    )


def received(*events):
    """What each has received, by the engine and by the naive implementation."""
    engine = Engine(PACK)
    engine.record_many(events)
    check_against_naive(PACK, engine, list(events))
    return {each.holder.id: each.points["kudos"] for each in engine.standings()}


def test_that_five_a_week_are_there_to_give_and_gone_on_sunday_night():
    week = [kudos(number, f"m{number}") for number in range(6)]
    assert received(*week, kudos(7, "ann", days=6)) == {f"m{n}": int(n < 5) for n in range(6)} | {
        "ann": 0,
        "raj": 0,
    }
    assert received(*week, kudos(7, "ann", days=7))["ann"] == 1


def test_that_more_at_once_than_is_left_is_refused_whole_and_less_still_fits():
    found = received(kudos(1, amount=3), kudos(2, "bob", amount=3), kudos(3, "cy", amount=2))
    assert (found["ann"], found["bob"], found["cy"]) == (3, 0, 2)


@pytest.mark.parametrize("amount", [0, -3])
def test_that_kudos_take_nothing_away(amount):
    assert received(kudos(1, amount=2), kudos(2, amount=amount))["ann"] == 2


def test_that_nobody_gives_to_themselves():
    assert received(kudos(1, "raj"))["raj"] == 0


def test_that_each_value_is_a_badge_of_its_own():
    engine = Engine(PACK)
    for number in range(3):
        engine.record(kudos(number, topics=["courage"], days=7 * number))
    engine.record(kudos(9, topics=["craft"], days=1))
    found = [(each.badge, each.tier, each.key) for each in engine.standing("ann").badges]
    assert found == [("lived-value", "bronze", "courage")]


def test_that_it_stands_beside_the_default_book():
    book = RuleBook.parse("[book]\nid = 'both'\nuse = ['sharing', 'kudos']")
    engine = Engine(book)
    engine.record(kudos(1))
    assert engine.standing("ann").points == {"kudos": 1, "learning": 0, "points": 5}


CARRY = RuleBook.parse(
    """
    [book]
    id = "carry"
    use = ["kudos"]
    [gate.allowance]
    of = "actor"
    points = 5
    per = "week"
    carry = 7
    """
)


def given(*events, book=CARRY):
    """Which kudos got through, by the engine and by the naive implementation."""
    engine = Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, list(events))
    return [entry.event for entry in engine.ledger("ann")]


def test_that_what_isnt_given_carries_over_up_to_so_much():
    first = kudos(1, amount=2)
    assert given(first, kudos(2, amount=8, days=7)) == ["k1", "k2"]
    assert given(first, kudos(2, amount=9, days=7)) == ["k1"]
    assert given(first, kudos(2, amount=12, days=70)) == ["k1", "k2"]
    assert given(first, kudos(2, amount=13, days=70)) == ["k1"]


def test_that_the_first_week_has_nothing_carried_over():
    assert given(kudos(1, amount=6)) == []


def test_that_late_kudos_and_retractions_change_what_is_carried_over():
    engine = Engine(CARRY)
    engine.record(kudos(2, amount=12, days=21))
    assert engine.standing("ann").points["kudos"] == 0
    engine.record(kudos(1, amount=1))
    assert engine.standing("ann").points["kudos"] == 13
    engine.record(kudos(3, amount=4, days=14))
    assert (
        engine.standing("ann").points["kudos"] == 17
    )  # 5 + 7 were there, less 4; then 5 + 7 again
    engine.record(kudos(4, amount=2, days=15))
    assert engine.standing("ann").points["kudos"] == 7  # now 6 came over, and 12 are too many
    engine.retract("k4", at=MONDAY + timedelta(days=30))
    assert engine.standing("ann").points["kudos"] == 17


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ("times = 2, carry = 1", "found 'ever', expected a period that something is carried"),
        ("times = 2, per = 'day', carry = 1.5", "expected a whole number"),
        ("times = 2, per = 'day', carry = 0", "expected a number above 0"),
        ("times = 2, per = 'day', carry = 1, distinct = 'actor'", "expected nothing beside carry"),
        ("points = 2, per = 'day', carry = 1", "expected at least 5"),
    ],
)
def test_what_carry_cant_mean(gate, told):
    rule = f"id = 'r'\non = 'kudos.given'\npoints = 5\ngate = {{ {gate} }}"
    with pytest.raises(InvalidRuleBook, match=told):
        RuleBook.parse(f"[book]\nid = 'b'\n[[rule]]\n{rule}")


@pytest.mark.parametrize("seed", range(6))
def test_that_carrying_over_keeps_the_law_in_a_store_too(seed, tmp_path):
    random = Random(seed)
    days = [0, 1, 7, 8, 14, 30, 31, 44]
    events = [
        kudos(number, "ann", "raj", random.choice([1, 2, 4, 6, 9]), random.choice(days))
        for number in range(14)
    ]
    check_law(CARRY, events)
    with Engine.open(f"sqlite:///{tmp_path}/carry.db", CARRY) as engine:
        for event in events:
            engine.record(event)
        check_against_naive(CARRY, engine, events)


@pytest.mark.parametrize("seed", range(6))
def test_that_it_keeps_the_law(seed):
    random = Random(seed)
    members = ["ann", "bob", "raj"]
    events = [
        kudos(
            number,
            random.choice(members),
            random.choice(members),
            random.choice([None, 1, 2, 4]),
            random.choice([0, 3, 7]),
            random.choice([(), ("courage",), ("courage", "craft")]),
        )
        for number in range(30)
    ]
    check_law(PACK, events)
