"""What progress says is missing is what the award then takes: tried out event by event."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from wiifm import Engine, Event, InvalidRuleBook, RuleBook

START = datetime(2026, 5, 4, 9, tzinfo=UTC)  # a Monday


def event(id, type, hours=0, **more):
    return Event(id=id, type=type, occurred_at=START + timedelta(hours=hours), **more)


def post(number, hours, actor="ann"):
    return event(f"p{number}", "post.shared", hours, actor=actor, object=f"o{number}")


def engine_of(badge, zone="UTC"):
    return Engine(
        RuleBook.parse(f"[book]\nid = 'b'\nzone = '{zone}'\n[[badge]]\nid = 'x'\n{badge}")
    )


def missing(engine, member="ann"):
    return [each.missing for each in engine.statement(member).next]


COUNTS = {
    "count": "count = 'post.shared'\nat_least = 4",
    "tiers": "count = 'post.shared'\nat_least = { bronze = 2, gold = 5 }",
    "again": "count = 'post.shared'\nat_least = 2\nagain = 3",
    "a day": "count = 'post.shared'\nover = 'day'\nat_least = 3\nagain = 'period'",
    "window": "count = 'post.shared'\nover = 'last 30 hours'\nat_least = 4",
    "distinct": "distinct = 'object'\non = 'post.shared'\nat_least = 4",
    "groups": "groups = 'object'\neach = { count = 'post.shared' }\nat_least = 4",
}


@pytest.mark.parametrize("badge", COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("seed", range(20))
def test_that_the_award_comes_when_progress_says(badge, seed):
    """After each history, as many events at once as are missing bring the award, and one fewer doesn't."""
    random = Random(seed)
    hours = sorted(random.sample(range(60), random.randrange(1, 12)))
    engine = engine_of(badge, random.choice(["UTC", "America/New_York", "Asia/Tokyo"]))
    engine.record_many([post(number, at) for number, at in enumerate(hours)])
    before = len(engine.standing("ann").badges)
    for step in range(missing(engine)[0] if missing(engine) else 0):
        assert len(engine.standing("ann").badges) == before, step
        engine.record(post(100 + step, hours[-1] + step / 1000))
    if missing(engine) or before == 0:
        assert len(engine.standing("ann").badges) == before + 1


def test_that_the_day_is_the_members_own():
    engine = engine_of(COUNTS["a day"], "America/New_York")
    engine.record_many(
        [post(0, 16), post(1, 17)]
    )  # 01:00 and 02:00 UTC on the 5th, the evening of the 4th there
    assert missing(engine) == [1]


def test_that_a_broken_streak_starts_anew():
    engine = engine_of("streak = 'day'\neach = { count = 'post.shared' }\nat_least = 7\nfreeze = 1")
    engine.record_many([post(number, 24 * number) for number in range(5)])
    assert missing(engine) == [2]
    engine.record(post(9, 24 * 6, actor="bob"))  # one day missed: the freeze forgives it
    assert missing(engine) == [2]
    engine.record(post(10, 24 * 9, actor="bob"))
    assert missing(engine) == [7]


def test_that_what_a_period_has_given_is_not_next_in_it():
    engine = engine_of(COUNTS["a day"])
    engine.record_many([post(number, number) for number in range(3)])
    assert missing(engine) == []
    engine.record(post(9, 24, actor="bob"))
    assert missing(engine) == [3]


def test_that_parts_show_what_the_award_looks_at():
    engine = engine_of(
        "all_of = [{ count = 'post.shared', over = 'day', at_least = 2 }, { count = 'kudos.given', at_least = 1 }]"
    )
    engine.record_many([post(0, 0), post(1, 1), post(9, 72, actor="bob")])
    assert missing(engine) == [1]
    engine.record(event("k", "kudos.given", 73, actor="ann", recipient="bob"))
    assert len(engine.standing("ann").badges) == 1


def test_that_of_several_ways_only_the_nearest_is_shown():
    engine = engine_of(
        "any_of = [{ count = 'post.shared', at_least = 4 }, { count = 'kudos.given', at_least = 9 }]"
    )
    engine.record(post(0, 0))
    assert missing(engine) == [3]


def test_that_some_of_several_are_enough_and_as_many_as_are_lacking_are_shown():
    engine = engine_of(
        "needs = 2\nany_of = [{ count = 'post.shared', at_least = 2 }, { count = 'kudos.given', at_least = 9 }, "
        "{ count = 'comment.posted', at_least = 1 }]"
    )
    engine.record(post(0, 0))
    assert sorted(missing(engine)) == [1, 1]
    engine.record(post(1, 1))
    assert missing(engine) == [1]
    assert not engine.standing("ann").badges
    engine.record(event("c", "comment.posted", 2, actor="ann", object="c"))
    assert len(engine.standing("ann").badges) == 1
    assert missing(engine) == []


@pytest.mark.parametrize(
    ("badge", "found"),
    [
        ("needs = 3\nany_of = [{ count = 'post.shared' }, { count = 'kudos.given' }]", "3"),
        ("needs = 0\nany_of = [{ count = 'post.shared' }]", "0"),
        ("needs = 2\nall_of = [{ count = 'post.shared' }, { count = 'kudos.given' }]", "2"),
        ("needs = 2\ncount = 'post.shared'", "2"),
    ],
)
def test_that_no_more_can_be_needed_than_there_are(badge, found):
    with pytest.raises(InvalidRuleBook, match=f"key 'needs': found {found}, expected"):
        engine_of(badge)


@pytest.mark.parametrize(
    "badge",
    [
        "to = 'community'\ncount = 'post.shared'\nat_least = 3",
        "count = 'post.shared'\nat_least = 3\nuntil = 2026-05-01",
    ],
)
def test_that_what_a_member_cannot_earn_is_not_next(badge):
    engine = engine_of(badge)
    engine.record(post(0, 0))
    assert missing(engine) == []


def test_that_a_badge_for_points_that_no_rule_gives_shows_nothing_yet():
    engine = engine_of("earned = 'points'\nat_least = 5")
    engine.record(post(0, 0))
    assert missing(engine) == [5]
