"""Campaigns: how a pool is shared, and that a closing is an event like any other."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import START, history
from test_law import WHOLE, check_against_naive, check_ledger
from wiifm import (
    Campaign,
    ConflictingEvent,
    Engine,
    Event,
    InvalidInput,
    InvalidRuleBook,
    RuleBook,
    UnknownName,
)
from wiifm.pools import split_pool
from wiifm.rulebook.changes import changes
from wiifm.testing.law import differences

HEAD = """
[book]
id = "b"

[purse.points]

[purse.euros]
decimals = 2

[[rule]]
id = "thanks"
on = "kudos.given"
to = "recipient"
points = "amount"

[[rule]]
id     = "bonus"
on     = "campaign.paid"
to     = "recipient"
purse  = "euros"
points = "amount"

[[badge]]
id    = "winner"
count = "campaign.paid"
to    = "recipient"
where = "rank == 1"

[campaign.spring]
pays = "euros"
"""
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def book(more="budget = 100"):
    return RuleBook.parse(HEAD + more)


def thanks(number, to, amount, day=4):
    at = datetime(2026, 5, day, tzinfo=UTC)
    data = {"amount": amount}
    return Event(
        id=f"k{number}", type="kudos.given", occurred_at=at, actor="raj", recipient=to, data=data
    )


def engine_of(*points, more="budget = 100", url="memory:"):
    found = Engine.open(url, book(more))
    found.record_many(
        thanks(number, to, amount) for number, (to, amount) in enumerate(points) if amount
    )
    return found


def amounts(closing):
    return {place.member: place.amount for place in closing.places}


# ---- what is shared ----------------------------------------------------------------------------------------

numbers = st.integers(1, 30).map(Fraction)
values = st.dictionaries(st.sampled_from("abcdefgh"), numbers, max_size=8)
keys = st.fixed_dictionaries(
    {"split": st.sampled_from(["points", "equal"]), "least": st.sampled_from([0, 0, 1, 2])},
    optional={
        "most": st.sampled_from([3, 8, 40]),
        "rate": st.sampled_from([0.1, 1, 2]),
        "goal": st.sampled_from([10, 60]),
    },
)


@given(values, keys, st.integers(0, 100).map(Fraction), st.integers(0, 2))
@settings(max_examples=400)
def test_that_a_pool_is_shared_by_points_and_never_exceeded(points, more, budget, decimals):
    campaign = Campaign(id="c", pays="points", **more)
    found, scale = split_pool(campaign, points, budget, decimals), 10**decimals
    places, whole = found.places, sum(points.values())
    pool = min(budget, Fraction(str(more["rate"])) * whole if "rate" in more else budget)
    if whole < more.get("goal", 0):
        pool = 0
    assert found.pool == int(pool * scale)
    assert sum(amount for *_, amount in places) <= pool * scale
    assert {member for _, member, _, _ in places} == set(points)
    least, most = more["least"] * scale, more.get("most", 10**6) * scale
    for rank, _, point, amount in places:
        assert rank == 1 + sum(other > point for other in points.values())
        assert amount <= most
        assert amount > least - 1 or least * len(points) >= pool * scale
        for _, _, others, amount_of_other in places:
            assert (point < others) <= (amount <= amount_of_other + 1)
            assert (point == others) <= (amount == amount_of_other)
    free = [
        Fraction(amount) / (point if more["split"] == "points" else 1)
        for _, _, point, amount in places
        if least + 1 < amount < most - 1
    ]
    if len(free) > 1:  # those whom no bound holds are paid by one measure
        assert max(free) - min(free) <= 2


@given(values, st.lists(st.integers(1, 50), min_size=1, max_size=5))
def test_that_places_share_the_prizes_that_they_take(points, prizes):
    prizes = sorted(prizes, reverse=True)
    found = split_pool(Campaign(id="c", pays="points", prizes=tuple(prizes)), points, None, 0)
    for rank, _, point, amount in found.places:
        tied = sum(other == point for other in points.values())
        assert amount == sum(prizes[rank - 1 : rank - 1 + tied]) // tied


def test_that_steps_that_are_left_go_to_who_lost_most_and_equals_get_as_much():
    points = {"ann": Fraction(2), "bob": Fraction(1), "cy": Fraction(1), "dee": Fraction(1)}
    of = Campaign(id="c", pays="points")
    assert [p[3] for p in split_pool(of, points, Fraction(12), 0).places] == [5, 2, 2, 2]
    assert [p[3] for p in split_pool(of, points, Fraction(14), 0).places] == [5, 3, 3, 3]
    equal = Campaign(id="c", pays="points", split="equal")
    assert [p[3] for p in split_pool(equal, points, Fraction(10), 0).places] == [2, 2, 2, 2]


# ---- closing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["memory:", "sqlite"])
def test_that_a_closing_pays_by_the_standings_of_that_moment(scheme, tmp_path):
    url = scheme if scheme == "memory:" else f"sqlite:///{tmp_path}/s.db"
    with engine_of(("ann", 6), ("bob", 3), ("cy", 3), url=url) as engine:
        closing = engine.close_campaign("spring", at=JUNE)
        assert closing.event == "closing:spring:1"
        assert (closing.points, closing.pool) == (12, Decimal("100.00"))
        assert [(p.rank, p.member) for p in closing.places] == [(1, "ann"), (2, "bob"), (2, "cy")]
        assert amounts(closing) == {"ann": 50, "bob": 25, "cy": 25}
        assert engine.standing("ann").points["euros"] == 50
        assert [award.badge for award in engine.standing("ann").badges] == ["winner"]
        engine.record(thanks(9, "bob", 40))
        assert engine.standing("bob").points["euros"] == 25, "what is closed stays"
        engine.retract(closing.event, at=JUNE)
        assert {engine.standing(name).points["euros"] for name in ("ann", "bob", "cy")} == {0}
        assert not engine.standing("ann").badges
        again = engine.close_campaign("spring", at=JUNE + timedelta(1), until=JUNE, budget=52)
        assert again.event == "closing:spring:2"
        assert amounts(again) == {"bob": 43, "ann": 6, "cy": 3}
        assert engine.standing("bob").points["euros"] == 43


def test_that_the_next_window_begins_where_the_last_one_ended():
    engine = engine_of(("ann", 6))
    engine.close_campaign("spring", at=JUNE, until=datetime(2026, 5, 10, tzinfo=UTC))
    engine.record(thanks(7, "bob", 1, day=10))
    engine.record(thanks(8, "cy", 1, day=9))
    closing = engine.close_campaign("spring", at=JUNE)
    assert amounts(closing) == {"bob": 100}, "bounds: from the end of the last one, before the next"
    assert closing.since == datetime(2026, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("budget = 100\ngoal = 12", {"ann": 75, "bob": 25}),
        ("budget = 100\ngoal = 13", {"ann": 0, "bob": 0}),
        ("budget = 100\nrate = 0.5", {"ann": 4.5, "bob": 1.5}),
        ("rate = 2", {"ann": 18, "bob": 6}),
        ("budget = 100\nmost = 60", {"ann": 60, "bob": 40}),
        ("budget = 100\nleast = 30", {"ann": 70, "bob": 30}),
        ("budget = 100\nsplit = 'equal'", {"ann": 50, "bob": 50}),
        ("prizes = [70, 20, 10]", {"ann": 70, "bob": 20}),
        ("budget = 9\nsince = 2026-05-05", {}),
        ("budget = 9\nuntil = 2026-05-04", {}),
    ],
)
def test_what_the_keys_of_a_campaign_mean(more, expected):
    closing = engine_of(("ann", 9), ("bob", 3), more=more).close_campaign("spring", at=JUNE)
    assert amounts(closing) == {name: Decimal(str(amount)) for name, amount in expected.items()}


def test_what_cannot_be_closed():
    engine = engine_of(("ann", 1))
    with pytest.raises(UnknownName, match="did you mean 'spring'"):
        engine.close_campaign("sprin")
    with pytest.raises(
        InvalidInput, match=r"until: found .* expected a moment not after that of the closing"
    ):
        engine.close_campaign("spring", at=JUNE, until=JUNE + timedelta(1))
    for budget in (-1, 0.001, float("nan"), "100", 1e15):
        with pytest.raises(InvalidInput, match="budget: found"):
            engine.close_campaign("spring", at=JUNE, budget=budget)
    with pytest.raises(InvalidInput, match=r"until: found .* a time after since"):
        engine.close_campaign("spring", at=JUNE, since=JUNE)
    for call in (engine.close_campaign, engine.preview_closing):
        with pytest.raises(TypeError, match="unexpected keyword argument 'untill'"):
            call("spring", at=JUNE, untill=JUNE)
    engine.close_campaign("spring", at=JUNE)
    told = r"campaign 'spring': found closed by closing:spring:1 .* expected a window that begins after it"
    with pytest.raises(InvalidInput, match=told):
        engine.close_campaign("spring", at=JUNE, since=datetime(2026, 1, 1, tzinfo=UTC))
    vast = engine_of(("ann", 10**9), more="rate = 1e9")
    with pytest.raises(
        InvalidInput, match=r"campaign 'spring': found a pool of .* steps, expected"
    ):
        vast.close_campaign("spring", at=JUNE)
    prizes = engine_of(("ann", 1), more="prizes = [5]")
    with pytest.raises(InvalidInput, match="since the campaign has prizes"):
        prizes.close_campaign("spring", at=JUNE, budget=5)


def test_that_a_window_may_end_where_one_that_is_closed_begins():
    engine = engine_of(("ann", 1))
    middle = JUNE - timedelta(days=15)
    engine.close_campaign("spring", at=JUNE, since=middle, budget=1)
    earlier = {"since": middle - timedelta(days=1), "until": middle}
    closing = engine.close_campaign("spring", at=JUNE, **earlier, budget=1)
    assert closing.event == "closing:spring:2"


def test_that_a_closing_without_anything_to_share_is_refused():
    engine = Engine(RuleBook.parse(HEAD))
    for close in (engine.preview_closing, engine.close_campaign):
        with pytest.raises(InvalidInput, match="no budget, rate or prizes; 0 only ranks"):
            close("spring", at=JUNE)
    assert not engine.close_campaign("spring", at=JUNE, budget=0).pool


def test_that_a_closing_that_meets_an_event_of_its_name_records_nothing():
    engine = engine_of(("ann", 1), ("bob", 1))
    taken = Event(id="closing:spring:1:2", type="object.read", occurred_at=JUNE, object="o")
    engine.record(taken)
    with pytest.raises(ConflictingEvent):
        engine.close_campaign("spring", at=JUNE)
    assert engine.standing("ann").points["euros"] == 0
    assert not list(engine.ledger(rule="bonus"))
    assert engine.record(taken).status == "duplicate"
    engine.record(thanks(5, "cy", 1))


NAMED = {"id": "closing:spring:1", "occurred_at": JUNE, "object": "o"}
SAID = {"campaign": "spring", "points": 1, "pool": 1, "places": 0}


@pytest.mark.parametrize(
    "named",
    [
        Event(type="object.read", **NAMED),
        Event(type="campaign.closed", data={**SAID, "until": "yesterday"}, **NAMED),
        Event(type="campaign.closed", data={**SAID, "until": "2026-05-01"}, **NAMED),
    ],
)
def test_that_an_event_that_others_named_as_a_closing_is_none(named):
    engine = engine_of(("ann", 1))
    engine.record(named)
    closing = engine.close_campaign("spring", at=JUNE)
    assert (closing.event, amounts(closing)) == ("closing:spring:2", {"ann": 100})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "budget = -1", "key 'budget': found -1, expected a number above 0"),
        (HEAD + "budget = 0.001", "at most 2 decimals"),
        (HEAD + "purse = 'pints'", "did you mean 'points'?"),
        (HEAD + "prizes = [3, 0]", "numbers above 0"),
        (HEAD + "prizes = [3]\nbudget = 3", "no prizes together with budget"),
        (HEAD + "least = 3\nmost = 2", "at least as much as least, 3"),
        (HEAD + "since = 2026-05-01\nuntil = 2026-04-01", "a time after since"),
        (HEAD.replace("campaign.paid", "kudos.given"), "a rule on campaign.paid to the recipient"),
        ("[book]\nid='b'\nvocabulary=[]\n[campaign.c]\npays='points'", "vocabulary = ['sharing']"),
        (HEAD.replace("spring", "s" * 201), "at most 200 characters, as ids of events contain it"),
        (HEAD + "pools = 1", "key 'pools': found an unknown key"),
    ],
)
def test_that_what_a_campaign_cannot_mean_is_told(text, told):
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(text)
    assert told in str(caught.value)


def test_that_a_campaign_is_no_part_of_what_members_hold():
    one, two = book("budget = 100"), book("prizes = [5, 3]\nmeans = 'for all'")
    assert one.digest == two.digest
    assert RuleBook.parse(two.dumps()).campaigns == two.campaigns
    found = changes(one, two)
    assert {(each.key, each.decides) for each in found} >= {("budget", False), ("prizes", False)}
    paid_twice = RuleBook.parse(HEAD.replace('"amount"', '"amount * 2"'))
    assert [each.decides for each in changes(book(""), paid_twice)] == [True, True]


# ---- the law -----------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32), st.sampled_from([10, 30]))
@settings(max_examples=25, deadline=None)
def test_that_closings_keep_the_law(seed, length):
    random = Random(seed)
    events, engine = history(random, length), Engine(WHOLE)
    at = START + timedelta(days=400)
    engine.record_many(events[: length // 2])
    closing = engine.close_campaign("spring", at=at)
    engine.record_many(events[length // 2 :])
    if random.random() < 0.5:
        engine.retract(closing.event, at=at)
        engine.close_campaign("spring", at=at)
    recorded = list(engine._memory.log.events.values())
    check_against_naive(WHOLE, engine, recorded)
    check_ledger(engine)
    other = Engine(WHOLE)
    random.shuffle(recorded)
    other.record_many(recorded)
    assert not differences(engine, other)


QUIET = """
[book]
id = "quiet"
individuals = false
[purse.points]
[purse.euros]
decimals = 2
[[rule]]
id = "thanked"
on = "kudos.given"
to = "recipient"
points = 5
say = "{actor} thanked you"
[[rule]]
id = "paid"
on = "campaign.paid"
to = "recipient"
purse = "euros"
points = "amount"
say = "{recipient} came to {amount} euros"
[campaign.spring]
pays = "euros"
budget = 100
until = 2026-06-01
"""


def test_that_a_quiet_statement_after_a_closing_tells_ones_own_share_and_nobody_elses():
    """As before the closing, but for what was paid; and as that again, once the closing is taken back."""
    engine, names = Engine(RuleBook.parse(QUIET)), ("Zenobia", "Quentin", "Xaver")
    for number, (actor, to) in enumerate(permutations(names, 2)):
        for more in range(3 - names.index(to)):
            who = {"actor": actor, "recipient": to, "data": {"text": "for the note"}}
            at = START + timedelta(hours=number)
            engine.record(Event(id=f"k{number}-{more}", type="kudos.given", occurred_at=at, **who))
    before = {name: engine.statement(name) for name in names}
    closing = engine.close_campaign("spring", at=JUNE)
    paid = {place.member: place for place in closing.places}
    assert len({place.amount for place in paid.values()}) == 3
    for name in names:
        found = engine.statement(name)
        (line,) = [each for each in found.earned if each.rule == "paid"]
        assert found.standing.points["euros"] == line.amount == paid[name].amount
        told = [str(found), repr(found), *map(str, map(engine.explain, engine.ledger(name)))]
        assert f"{name} came to " in told[0]
        for other in {*names} - {name}:
            share = f"{paid[other].amount:f}".rstrip("0").rstrip(".")
            assert not any(other in each or f" {share} " in each for each in told)
        assert (found.reach, found.recognition) == (before[name].reach, before[name].recognition)
    engine.retract(closing.event, at=JUNE)
    assert {name: engine.statement(name).standing for name in names} == {
        name: each.standing for name, each in before.items()
    }


def test_that_a_whole_payment_is_told_as_a_whole_number():
    said = 'points = "amount"\nsay = "You get {amount} euros"\n\n[[badge]]'
    text = (HEAD + "budget = 25").replace('points = "amount"\n\n[[badge]]', said)
    engine = Engine(RuleBook.parse(text))
    engine.record_many([thanks(1, "ann", 4), thanks(2, "mia", 1)])
    engine.close_campaign("spring", at=JUNE)
    told = {entry.holder.id: entry.say for entry in engine.ledger() if entry.rule == "bonus"}
    assert told == {"ann": "You get 20 euros", "mia": "You get 5 euros"}
