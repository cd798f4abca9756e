"""The pack ``kudos``: a weekly allowance, values as topics, and nothing for oneself."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from attrs import evolve

from test_law import check_against_naive
from wiifm import Engine, Event, InvalidInput, InvalidRuleBook, RuleBook, to_each
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


def check_refused(key, told):
    """A rule of five points with a key that can't mean anything."""
    rule = f"id = 'r'\non = 'kudos.given'\npoints = 5\n{key}"
    with pytest.raises(InvalidRuleBook, match=told):
        RuleBook.parse(f"[book]\nid = 'b'\n[[rule]]\n{rule}")


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ("times = 2, carry = 1", "found 'ever', expected a period to carry over from"),
        ("times = 2, per = 'day', carry = 1.5", "expected a whole number"),
        ("times = 2, per = 'day', carry = 0", "expected a number above 0"),
        (
            "times = 2, per = 'day', carry = 1, distinct = 'actor'",
            "expected no `distinct` together with carry",
        ),
        ("points = 2, per = 'day', carry = 1", "expected at least 5"),
    ],
)
def test_what_carry_cant_mean(gate, told):
    check_refused(f"gate = {{ {gate} }}", told)


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


CLOSE = RuleBook.parse(
    """
    [book]
    id = "close"
    [[rule]]
    id = "kudos"
    on = "kudos.given"
    to = "recipient"
    points = 5
    gate = { of = "actor", times = 5, per = "week" }
    weaker = { mutual = 0.5, within = "30 days", reporting = 0 }
    """
)


def manages(number, member, manager, days=0):
    """From then on a member reports to a manager."""
    return Event(
        id=f"m{number}",
        type="member.updated",
        occurred_at=MONDAY + timedelta(days=days),
        actor=member,
        data={"manager": manager},
    )


def test_that_what_is_given_back_is_worth_less_and_the_receipt_says_why():
    engine = Engine(CLOSE)
    engine.record(kudos(1, "ann", "raj"))
    receipt = engine.record(kudos(2, "raj", "ann", days=30))
    assert [entry.amount for entry in receipt.entries] == [5]  # a minute more than 30 days
    receipt = engine.record(kudos(3, "ann", "raj", days=31))
    assert str(receipt).splitlines()[1:] == [
        "  #3  ann  +2 points  kudos  kudos",
        "  kudos gave nothing more: giving back within 30 days leaves 2 of 5",
    ]
    assert [(no.reason, no.rule) for no in receipt.refusals] == [("mutual", "kudos")]


def test_that_late_kudos_make_later_ones_a_giving_back():
    engine = Engine(CLOSE)
    engine.record(kudos(2, "raj", "ann", days=1))
    assert engine.standing("raj").points["points"] == 5
    engine.record(kudos(1, "ann", "raj"))
    assert engine.standing("raj").points["points"] == 2
    engine.retract("k1", at=MONDAY + timedelta(days=9))
    assert engine.standing("raj").points["points"] == 5


def test_that_kudos_between_manager_and_report_are_worth_what_the_rule_says():
    engine = Engine(CLOSE)
    engine.record(kudos(1, "ann", "raj", days=2))
    engine.record(kudos(2, "raj", "ann", days=40))
    assert [engine.standing(who).points["points"] for who in ("ann", "raj")] == [5, 5]
    receipt = engine.record(manages(1, "raj", "ann"))  # told late: ann was the manager all the time
    assert [entry.amount for entry in receipt.entries] == [-5, -5]
    assert [engine.standing(who).points["points"] for who in ("ann", "raj")] == [0, 0]
    engine.record(manages(2, "raj", "leo", days=3))
    assert [engine.standing(who).points["points"] for who in ("ann", "raj")] == [0, 5]


def test_that_in_order_the_receipt_tells_of_the_manager():
    engine = Engine(CLOSE)
    engine.record(manages(1, "raj", "ann"))
    receipt = engine.record(kudos(1, "ann", "raj"))
    assert str(receipt).endswith("giving to one's own manager or report leaves 0 of 5")


@pytest.mark.parametrize(
    ("weaker", "told"),
    [
        ("{ within = '3 days' }", "a share from 0 to less than 1 for one of them"),
        ("{ mutual = 1 }", "a share from 0 to less than 1"),
        ("{ mutual = 0.5, within = 'a month' }", "expected a length of time such as '30 days'"),
        (
            "{ reporting = 0.5 }\ngraded = { by = 'count' }",
            "no `weaker` together with graded or judged",
        ),
    ],
)
def test_what_weaker_cant_mean(weaker, told):
    check_refused(f"weaker = {weaker}", told)


@pytest.mark.parametrize("seed", range(6))
def test_that_weaker_kudos_keep_the_law_in_a_store_too(seed, tmp_path):
    random = Random(seed)
    members = ["ann", "raj", "leo"]
    events = [
        kudos(n, *random.sample(members, 2), days=random.choice([0, 10, 30, 40, 75]))
        if random.random() < 0.8
        else manages(n, *random.sample(members, 2), days=random.choice([0, 20, 50]))
        for n in range(24)
    ]
    check_law(CLOSE, events)
    with Engine.open(f"sqlite:///{tmp_path}/close.db", CLOSE) as engine:
        for event in events:
            engine.record(event)
        check_against_naive(CLOSE, engine, events)


TOGETHER = """
[book]
id = "together"
[purse.kudos]
decimals = 1
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
purse = "kudos"
points = "amount"
split = true
gate = { of = "actor", points = 10, per = "week" }
"""
TEAM = ["mia", "ann", "leo"]


def group(amount, number=1):
    """Kudos for a whole team."""
    return to_each(evolve(kudos(number, None), data={"amount": amount}), TEAM)


def test_that_what_is_split_is_as_much_in_all_and_each_receipt_says_so():
    book = RuleBook.parse(TOGETHER)
    engine = Engine(book)
    receipts = [engine.record(event) for event in group(10)]
    assert [str(receipt).splitlines()[-1] for receipt in receipts] == [
        f"  kudos gave nothing more: split among 3 leaves {part} of 10.0"
        for part in ("3.3", "3.3", "3.4")
    ]
    assert {name: str(engine.standing(name).points["kudos"]) for name in sorted(TEAM)} == {
        "ann": "3.3",
        "leo": "3.3",
        "mia": "3.4",
    }
    check_against_naive(book, engine, list(group(10)))
    assert engine.record(kudos(2, "ann", amount=1)).refusals[0].reason == "gate", "ten were given"


def test_that_without_split_each_gets_all_and_the_allowance_pays_for_all():
    engine = Engine(RuleBook.parse(TOGETHER.replace("split = true", "")))
    engine.record_many(group(4))
    assert [engine.standing(name).points["kudos"] for name in ("ann", "leo", "mia")] == [4, 4, 0]


def test_that_the_events_of_a_group_are_the_same_in_whatever_order_names_come():
    one, other = (to_each(kudos(1, None), names) for names in (TEAM, [*reversed(TEAM), "ann"]))
    assert one == other
    assert [(each.id, each.recipient, each.data["number"]) for each in one] == [
        ("k1:1", "ann", 1),
        ("k1:2", "leo", 2),
        ("k1:3", "mia", 3),
    ]


@pytest.mark.parametrize(
    ("event", "names", "told"),
    [
        (kudos(1, None), [], "recipients: found 0 recipients, expected 1 to 1,000"),
        (kudos(1, None), ["ann", 7], "recipients: found 7, expected the id of a member"),
        (
            kudos(1, "ann"),
            ["leo"],
            "event k1, recipient: found 'ann', expected an event without a recipient",
        ),
    ],
)
def test_what_a_group_cant_be(event, names, told):
    with pytest.raises(InvalidInput, match=told):
        to_each(event, names)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("on = 'post.shared'\npoints = 5", "post.shared, which has no integer among"),
        (
            "on = 'kudos.given'\npoints = 'value'\ngraded = { by = 'count' }",
            "no `split` together with graded",
        ),
    ],
)
def test_what_split_cant_mean(rule, told):
    with pytest.raises(InvalidRuleBook, match=told):
        RuleBook.parse(f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\nsplit = true\n{rule}")


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
