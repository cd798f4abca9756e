"""What progress says is missing is what the award then takes: tried out event by event."""

import re
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from wiifm import Engine, Event, InvalidRuleBook, RuleBook, as_json
from wiifm.statement.plain import text
from wiifm.statement.telling import tell
from wiifm.words import speech

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


LASTING = {
    "window": "count = 'post.shared'\nover = 'last 30 hours'\nat_least = 40",
    "objects in a window": "distinct = 'object'\non = 'post.shared'\nover = 'last 3 days'\nat_least = 40",
    "days in a window": "groups = 'day'\neach = { count = 'post.shared', at_least = 2 }\nover = 'last 4 days'\nat_least = 4",
    "the latest hour": "latest = 'hour'\non = 'post.shared'\nover = 'last 2 days'\nat_least = 24",
    "largest": "max = 'hour'\non = 'post.shared'\nover = 'last 2 days'\nat_least = 24",
    "run": "run = 'post.shared'\nwhere = 'hour > 6'\nover = 'last 2 days'\nat_least = 40",
    "by object": "count = 'post.shared'\nper = 'object'\nover = 'last 2 days'\nat_least = 40",
    "day": "count = 'post.shared'\nover = 'day'\nat_least = 40",
    "week": "sum = 'hour'\non = 'post.shared'\nover = 'week'\nat_least = 4000",
    "month": "count = 'post.shared'\nover = 'month'\nat_least = 40",
    "fortnight": "count = 'post.shared'\nover = 'every 14 days'\nat_least = 40",
    "days in a row": "streak = 'day'\neach = { count = 'post.shared' }\nfreeze = 1\nat_least = 40",
    "working days in a row": "streak = 'workday'\neach = { count = 'post.shared' }\nat_least = 40",
    "weeks in a row": "streak = 'week'\neach = { count = 'post.shared' }\nat_least = 40",
    "part": "any_of = [{ count = 'post.shared', over = 'last 2 days', at_least = 40 }]\nnone_of = [{ count = 'kudos.given' }]",
}


def ahead(engine, at, number):
    """What is next for Ann at a moment, at which somebody else did something."""
    engine.record(
        Event(id=f"n{number}", type="post.shared", occurred_at=at, actor="bob", object="b")
    )
    (found,) = engine.statement("ann").next
    return found


@pytest.mark.parametrize("badge", LASTING.values(), ids=LASTING)
@pytest.mark.parametrize("seed", range(6))
def test_that_what_counts_goes_on_counting_as_long_as_progress_says(badge, seed):
    """Up to that moment the same is read, and an activity still finds all of it; right after it is less."""
    random = Random(seed)
    hours = sorted(random.sample(range(150), random.randrange(2, 20)))
    engine = engine_of(badge, random.choice(["UTC", "America/New_York", "Asia/Tokyo"]))
    for number, at in enumerate(hours):
        engine.record(event(f"p{number}", "post.shared", at, actor="ann", object=f"o{number % 3}"))
    found = ahead(engine, START + timedelta(hours=hours[-1], minutes=1), 0)
    if not found.value:  # the last run of the three is broken
        assert found.until is None
        return
    before = ahead(engine, found.until - timedelta(microseconds=1), 1)
    assert (before.value, before.until) == (found.value, found.until)
    after = ahead(engine, found.until + timedelta(microseconds=1), 2)
    assert after.value < found.value


def test_that_the_award_comes_as_long_as_progress_says_and_later_does_not():
    def held(late):
        engine = engine_of("count = 'post.shared'\nover = 'last 3 days'\nat_least = 3")
        engine.record_many([post(0, 0), post(1, 5)])
        (found,) = engine.statement("ann").next
        assert found.until == START + timedelta(days=3)
        at = found.until + late
        engine.record(Event(id="x", type="post.shared", occurred_at=at, actor="ann", object="x"))
        return bool(engine.standing("ann").badges)

    assert held(timedelta(0)) and not held(timedelta(microseconds=1))


def test_that_a_campaign_closes_even_for_whom_nothing_counts_yet():
    engine = engine_of("count = 'post.shared'\nuntil = 2026-05-10\nat_least = 3\nover = 'month'")
    engine.record(post(0, 0, actor="bob"))
    assert [each.until for each in engine.statement("ann").next] == [
        datetime(2026, 5, 10, tzinfo=UTC)
    ]
    assert engine.statement("bob").next[0].until == datetime(2026, 5, 10, tzinfo=UTC)


def test_that_a_day_that_began_elsewhere_goes_on_until_it_is_over_here_too():
    """It is Tuesday where Ann was, and what she does once she is where it is Monday still counts for Tuesday."""
    engine = engine_of("count = 'post.shared'\nover = 'day'\nat_least = 3")
    for hours, zone in ((0, "Asia/Tokyo"), (8, "America/New_York")):
        engine.record(event(zone, "member.updated", hours, actor="ann", data={"zone": zone}))
        if hours == 0:
            engine.record(post(1, 7))  # 1 a.m. in Tokyo
    (far,) = engine.statement("ann").next
    assert (far.value, far.until) == (1, datetime(2026, 5, 6, 4, tzinfo=UTC))


def test_that_no_end_is_told_of_what_ends_with_an_absence():
    gaps = "ratio = [{ gap = 'post.shared' }, { count = 'post.shared' }]\nover = 'month'\nat_least = 40"
    engine = engine_of(gaps)
    engine.record_many([post(1, 0), post(2, 72)])
    (far,) = engine.statement("ann").next
    assert (far.value, far.until) == (1, None)


@pytest.mark.parametrize("change", ["2026-03-29T01:00Z", "2026-10-25T01:00Z"])
@pytest.mark.parametrize(("minutes", "counted"), [(0, 1), (1, 0)])
def test_that_a_window_over_days_is_as_long_when_the_clocks_change(change, minutes, counted):
    """What the award looks at are days of 24 hours, whatever a clock in Paris shows."""
    badge = "count = 'post.shared'\nover = 'last 2 days'\nat_least = 2"
    first = datetime.fromisoformat(change) - timedelta(days=1)
    engine, now = engine_of(badge, "Europe/Paris"), first + timedelta(days=2, minutes=minutes)
    engine.record_many(
        [
            Event(id="p", type="post.shared", occurred_at=first, actor="ann", object="p"),
            Event(id="c", type="kudos.given", occurred_at=now, actor="ann", recipient="bob"),
        ]
    )
    (far,) = engine.statement("ann").next
    assert far.value == counted
    last = Event(id="q", type="post.shared", occurred_at=now, actor="ann", object="q")
    assert len(engine.record(last).awards) == counted


@pytest.mark.parametrize(
    ("bar", "value"),
    [
        ("{ streak = 'day', each = { count = 'post.shared' }, at_least = 2 }", 2),
        ("{ gap = 'post.shared', at_least = 4 }", None),
        ("{ count = 'post.shared', at_least = 2 }", 2),
    ],
)
def test_that_what_bars_is_what_the_award_looks_at(bar, value):
    """Over ever, that is what was last seen: neither does a streak end, nor does an absence grow, until there is another post."""
    engine = engine_of(f"count = 'comment.posted'\nat_least = 1\nnone_of = [{bar}]")
    engine.record_many([post(1, 0), post(2, 24)])
    for number, days in enumerate((1, 2, 9)):
        thanks = event(f"k{number}", "kudos.given", days * 24, actor="ann", recipient="bob")
        engine.record(thanks)
        bars = [each for each in engine.statement("ann").next if each.barred]
        assert [(each.value, each.until) for each in bars] == ([(value, None)] if value else [])
    comment = event("c", "comment.posted", 220, actor="ann", object="c", in_reply_to="p")
    assert bool(engine.record(comment).awards) == (value is None)


def test_that_the_statement_says_it_in_each_language():
    engine = engine_of("count = 'post.shared'\nover = 'last 3 days'\nat_least = 3")
    engine.record_many([post(0, 0), post(1, 5), post(2, 6, actor="bob")])
    told = {name: lines(engine.statement("ann"), name) for name in ("en", "de", "fr", "es")}
    assert told == {
        "en": "X: 2 of 3, counts for 2 days more",
        "de": "X: 2 von 3, gilt noch 2 Tage",
        "fr": "X\N{NO-BREAK SPACE}: 2 sur 3, valable encore 2 jours",
        "es": "X: 2 de 3, cuenta 2 días más",
    }


def lines(statement, language):
    told = tell(statement, speech(language))
    return next(each.text for part in told.sections if part.name == "next" for each in part.lines)


def test_that_an_unmet_part_is_shown_as_the_next_activity_finds_it():
    """Seven a month ago and none since aren't "7 of 10" in the last 30 days, though the badge saw them so last."""
    engine = engine_of(
        "all_of = [{ count = 'post.shared', over = 'last 2 days', at_least = 3 }, { count = 'kudos.given' }]"
    )
    engine.record_many([post(0, 0), post(1, 40), post(2, 60, actor="bob")])
    assert sorted(missing(engine)) == [1, 2]


def test_that_of_a_threshold_below_zero_there_is_no_share():
    """Twice as far below as is asked for isn't twice what is asked for."""
    engine = engine_of(
        """
        sum = "amount"
        on = "kudos.given"
        to = "recipient"
        at_least = -5
        [[badge]]
        id = "y"
        count = "kudos.given"
        to = "recipient"
        at_least = 3
        """
    )
    engine.record(
        event("k", "kudos.given", actor="bob", recipient="ann", data={"amount": -10, "text": "x"})
    )
    found = engine.statement("ann")
    assert [(each.badge, each.value, each.threshold) for each in found.next] == [
        ("y", 1, 3),
        ("x", -10, -5),
    ]
    assert [each.name for each in found.nearest] == ["y", "x"]


@pytest.mark.parametrize(
    ("language", "group", "told"),
    [
        ("en", "day", "4 March 2026: 2 of 3"),
        ("en", "week", "week from 2 March 2026: 2 of 3"),
        ("en", "month", "March 2026: 2 of 3"),
        ("en", "year", "2026: 2 of 3"),
        ("de", "week", "Woche ab 2. März 2026: 2 von 3"),
        ("fr", "month", "mars 2026\xa0: 2 sur 3"),
        ("es", "day", "4 de marzo de 2026: 2 de 3"),
    ],
)
def test_that_a_statement_tells_what_the_present_day_or_week_has(language, group, told):
    each = "each = { count = 'answer.posted', at_least = 3 }"
    badge = f"[[badge]]\nid = 'often'\ngroups = '{group}'\n{each}\nat_least = 4\n"
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{badge}"))
    answered = {"type": "answer.posted", "actor": "ann", "in_reply_to": "q"}
    for name in ("a1", "a2"):
        at = datetime(2026, 3, 4, 9, tzinfo=UTC)
        engine.record(Event(id=name, object=name, occurred_at=at, **answered))
    statement = engine.statement("ann")
    since = {"day": "2026-03-04", "week": "2026-03-02", "month": "2026-03-01", "year": "2026-01-01"}
    has = {"group": group, "since": since[group], "value": 2, "threshold": 3}
    assert [as_json(statement)[key][0]["present"] for key in ("next", "nearest")] == [has, has]
    assert re.search(rf"(?m)Often\s?: 0 \w+ 4\s?; {told}$", text(tell(statement, speech(language))))
