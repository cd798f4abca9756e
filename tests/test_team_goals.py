"""Campaigns whose goal is a part of each unit: who is in it, when it is reached, and who is paid."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories import START, history
from processes import TEXT
from test_campaigns import HEAD, JUNE, thanks
from test_law import check_against_naive, check_ledger
from wiifm import Campaign, Engine, Event, InvalidInput, InvalidRuleBook, RuleBook
from wiifm.pools import team_bonuses
from wiifm.testing.law import differences

BOOK = RuleBook.parse(HEAD + "team = 0.6\nbonus = 2.5")
LAW = RuleBook.parse(TEXT + '\n[campaign.teams]\npays = "karma"\nteam = 0.5\nbonus = 3\n')


def joins(number, who, unit, day=1):
    """Somebody says to which unit they belong."""
    return Event(
        id=f"m{number}",
        type="member.updated",
        occurred_at=datetime(2026, 5, day, tzinfo=UTC),
        actor=who,
        data={"unit": unit},
    )


SALES = [joins(number, name, "sales") for number, name in enumerate(["ann", "bob", "cy"])]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("postgres_urls")()
    return "memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/s.db"


def closed(url, *events, book=BOOK, **terms):
    """What a closing says of each: the rank, the points and the amount."""
    with Engine.open(url, book) as engine:
        engine.record_many(events)
        foreseen = engine.preview_closing("spring", at=JUNE, **terms)
        closing = engine.close_campaign("spring", at=JUNE, **terms)
        assert closing == foreseen
        assert closing.pool == sum(place.amount for place in closing.places)
        for place in closing.places:
            assert engine.standing(place.member).points["euros"] == place.amount
        return {p.member: (p.rank, p.points, p.amount) for p in closing.places}


def test_that_everybody_of_a_unit_is_paid_once_so_large_a_part_of_it_has_points(url):
    two = [thanks(1, "ann", 4), thanks(2, "bob", 1)]
    paid = Decimal("2.50")
    assert closed(url, *SALES, joins(5, "dee", "design"), joins(6, "eve", "design"), *two) == {
        "ann": (1, 4, paid),
        "bob": (2, 1, paid),
        "cy": (3, 0, paid),
    }


def test_that_nobody_is_paid_for_too_small_a_part(url):
    events = [*SALES, thanks(1, "ann", 4), thanks(2, "zoe", 4)]
    assert closed(url, *events) == {"ann": (1, 4, 0), "zoe": (1, 4, 0)}


def test_that_members_are_of_the_unit_that_they_belong_to_in_the_end(url):
    events = [*SALES, joins(7, "bob", "design", day=20), joins(8, "cy", "design", day=31)]
    events += [thanks(1, "ann", 4), joins(9, "ann", "design", day=30)]
    before = datetime(2026, 5, 20, tzinfo=UTC)
    assert {m: p[2] for m, p in closed(url, *events, until=before).items()} == {"ann": 0}
    with Engine.open(url, BOOK) as engine:
        engine.record_many(events)  # known already, but for the engine in memory
        engine.record(thanks(2, "bob", 1, day=28))
        assert engine.preview_closing("spring", at=JUNE, since=before).pool == 0
        found = engine.preview_closing(
            "spring", at=JUNE, since=before, until=datetime(2026, 5, 30, tzinfo=UTC)
        )
    assert {p.member: p.amount for p in found.places} == {"bob": Decimal("2.50")}


def test_that_whoever_left_before_the_end_is_of_no_team(url):
    left = [
        Event(
            id=f"left-{who}",
            type="member.left",
            occurred_at=datetime(2026, 5, day, tzinfo=UTC),
            actor=who,
        )
        for who, day in (("bob", 20), ("cy", 30))
    ]

    def amounts(**terms):
        found = engine.preview_closing("spring", at=JUNE, **terms)
        return {place.member: place.amount for place in found.places}

    with Engine.open(url, BOOK) as engine:
        engine.record_many([*SALES, thanks(1, "ann", 4)])
        assert amounts() == {"ann": 0}
        engine.record_many(left)
        assert amounts() == {"ann": Decimal("2.50")}
        assert amounts(until=datetime(2026, 5, 30, tzinfo=UTC)) == {"ann": 0}
        engine.retract("left-bob", at=JUNE)
        engine.record(thanks(2, "bob", 1))
        assert amounts() == {"ann": Decimal("2.50"), "bob": Decimal("2.50")}
        engine.record(thanks(3, "cy", 1))
        assert amounts() == {"ann": Decimal("2.50"), "bob": Decimal("2.50"), "cy": 0}


def test_that_a_profile_that_is_taken_back_counts_no_longer(url):
    with Engine.open(url, BOOK) as engine:
        engine.record_many([*SALES, thanks(1, "ann", 4)])
        assert engine.preview_closing("spring", at=JUNE).pool == 0
        engine.retract("m1", at=JUNE)
        engine.retract("m2", at=JUNE)
        assert engine.preview_closing("spring", at=JUNE).pool == Decimal("2.50")


members = st.sampled_from("abcdefghij")


@given(
    st.dictionaries(members, st.integers(0, 4).map(Fraction)),
    st.dictionaries(members, st.sampled_from(["x", "y", "z"])),
    st.sampled_from([0.1, 0.3, 0.5, 0.6, 1]),
    st.integers(0, 2),
)
@settings(max_examples=300)
def test_that_teams_are_paid_by_whole_counts(points, unit_of, team, decimals):
    units = {}
    for member, unit in unit_of.items():
        units.setdefault(unit, []).append(member)
    found = team_bonuses(Campaign(id="c", pays="p", team=team, bonus=3), points, units, decimals)
    tenths = round(team * 10)
    for member in {*points, *unit_of}:
        fellows = units.get(unit_of.get(member), [])
        having = sum(points.get(each, 0) > 0 for each in fellows)
        wins = bool(fellows) and 10 * having >= tenths * len(fellows)
        mine = [place for place in found.places if place[1] == member]
        assert len(mine) == (wins or points.get(member, 0) > 0)
        for rank, _, point, amount in mine:
            assert (point, amount) == (points.get(member, 0), 3 * 10**decimals if wins else 0)
            assert rank == 1 + sum(each > point for each in points.values())
    assert found.pool == sum(amount for *_, amount in found.places)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("team = 0.6", "one of team and bonus"),
        ("team = 1.2\nbonus = 3", "a share above 0, up to 1"),
        ("team = 0.6\nbonus = -3", "key 'bonus': found -3, expected a number above 0"),
        ("team = 0.6\nbonus = 0.001", "at most 2 decimals"),
        ("team = 0.6\nbonus = 3\nbudget = 5", "team together with budget"),
        ("team = 0.6\nbonus = 3\nprizes = [5]", "team together with prizes"),
        ("team = 0.6\nbonus = 3\nsplit = 'equal'", "team together with split"),
    ],
)
def test_that_what_a_team_goal_cannot_mean_is_told(more, told):
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(HEAD + more)
    assert told in str(caught.value)


def test_that_a_bonus_is_no_budget_and_is_written_again():
    with pytest.raises(InvalidInput, match="since the campaign has a bonus"):
        Engine(BOOK).close_campaign("spring", at=JUNE, budget=5)
    assert RuleBook.parse(BOOK.dumps()).campaigns == BOOK.campaigns


@given(st.integers(0, 2**32), st.sampled_from([10, 40]))
@settings(max_examples=20, deadline=None)
def test_that_closings_of_teams_keep_the_law(seed, length):
    random, engine, other = Random(seed), Engine(LAW), Engine(LAW)
    at = START + timedelta(days=400)
    engine.record_many(history(random, length))
    closing = engine.close_campaign("teams", at=at)
    if random.random() < 0.3:
        engine.retract(closing.event, at=at)
    recorded = list(engine._memory.log.events.values())
    check_against_naive(LAW, engine, recorded)
    check_ledger(engine)
    random.shuffle(recorded)
    other.record_many(recorded)
    assert not differences(engine, other)
