"""``examples/oasis.toml``: each kind of rule that Oasis knows is earned, and missed by a little."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from test_law import check_against_naive
from wiifm import Engine, Event, RuleBook
from wiifm.testing import check_law

BOOK = RuleBook.load(Path(__file__).parent.parent / "examples" / "oasis.toml")
MONDAY = datetime(2026, 6, 8, 10, tzinfo=UTC)


def happened(kind, minutes=0, days=0, actor="ann", thing=None, **data):
    """An event some time after Monday morning; its id tells nothing."""
    at = MONDAY + timedelta(days=days, minutes=minutes)
    name = f"{kind}-{at.isoformat()}-{actor}-{data}"
    return Event(id=name, type=kind, occurred_at=at, actor=actor, object=thing, data=data)


def sale(amount, minutes=0, days=0, actor="ann"):
    return happened("sale.made", minutes, days, actor, amount=amount)


def quizzes(*scores, apart=5):
    return [happened("quiz.taken", apart * n, score=score) for n, score in enumerate(scores)]


def rated(*stars):
    return [
        happened("seller.rated", n, thing="service", stars=each) for n, each in enumerate(stars)
    ]


def standing(events, member="ann"):
    """What a member holds, by the engine and by the naive implementation."""
    engine = Engine(BOOK)
    engine.record_many(events)
    check_against_naive(BOOK, engine, list(events))
    return engine.standing(member)


def held(events, badge):
    """The tiers of a badge that Ann holds, in order; one without tiers is there as ''."""
    return [each.tier for each in standing(events).badges if each.badge == badge]


# ---- badges: the events, and how often each tier of the badge is there then -------------------------------------

BADGES = [
    ("first-big-sale", [sale(100), sale(300, 1)], [""]),
    ("first-big-sale", [sale(99), sale(99.5, 1)], []),
    ("quiz-excellent", quizzes(90), ["first"]),
    ("quiz-excellent", quizzes(95, 20, 91, 99, 92), ["first", "second", "third"]),
    ("quiz-excellent", quizzes(89), []),
    ("quiz-good", quizzes(89, 70), ["first", "second"]),
    ("quiz-good", quizzes(90, 69), []),
    ("quiz-passed", quizzes(50), ["first"]),
    ("quiz-passed", quizzes(70, 49), []),
    ("sure-hand", quizzes(70, 80, 90), ["bronze"]),
    ("sure-hand", quizzes(70, 80, 69, 90, 90), []),
    ("sure-hand", quizzes(70, 80, 90, 70, 75), ["bronze", "silver"]),
    ("sure-hand", quizzes(70, 80, 90, 70, 0, 75), ["bronze"]),
    ("quick-run", quizzes(70, 80, 90, apart=15), [""]),
    ("quick-run", quizzes(70, 80, 90, apart=15.1), []),
    ("quick-run", quizzes(70, 80, 30, 90), []),
    ("rush-hour", [sale(50), sale(10, 30), sale(50, 40), sale(50, 60)], [""]),
    ("rush-hour", [sale(50), sale(50, 40), sale(50, 61)], []),
    ("good-week", [sale(250), sale(250, days=6)], ["bronze"]),
    ("good-week", [sale(250), sale(250, days=7)], []),
    ("good-week", [sale(500), sale(-1, 1), sale(500, days=7)], ["bronze", "bronze"]),
    ("good-week", [sale(300), sale(-200, 1), sale(300, 2)], []),
    ("good-week", [sale(2000)], ["bronze", "gold"]),
    ("steady-weeks", [sale(60), sale(40, days=2), sale(100, days=7)], ["bronze"]),
    ("steady-weeks", [sale(100), sale(100, days=14)], []),
    ("steady-weeks", [sale(100), sale(99, days=7)], []),
    ("steady-weeks", [sale(100, days=7 * n) for n in range(4)], ["bronze", "silver"]),
    ("many-weeks", [sale(100), sale(100, days=14), sale(100, days=35)], [""]),
    ("many-weeks", [sale(100), sale(100, days=14), sale(99, days=35)], []),
    ("many-weeks", [sale(100), sale(100, 1), sale(100, days=14)], []),
    ("turnover", [sale(150), sale(50, 1)], ["i"]),
    ("turnover", [sale(150), sale(49, 1)], []),
    ("turnover", [sale(999)], ["i"]),
]


@pytest.mark.parametrize(("badge", "events", "tiers"), BADGES)
def test_that_a_badge_is_earned_and_missed(badge, events, tiers):
    assert held(events, badge) == tiers


def test_that_every_badge_is_earned_here_and_missed():
    earned = {badge for badge, _, tiers in BADGES if tiers}
    missed = {badge for badge, _, tiers in BADGES if not tiers}
    assert earned == missed == {*BOOK.badges}


def test_that_what_comes_late_completes_a_run_or_breaks_it():
    good = quizzes(80, 80, 80)
    engine = Engine(BOOK)
    engine.record_many([good[0], good[2]])
    completed = engine.record(good[1])
    assert "ann has earned sure-hand bronze" in str(completed)
    broken = engine.record(happened("quiz.taken", 1, score=10))
    assert "ann no longer has sure-hand bronze" in str(broken)


# ---- points, levels, grades, challenges ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "points"),
    [
        ([sale(99)], 9),
        ([sale(300), sale(400, 1)], 50),
        ([sale(300), sale(400, days=1)], 30 + 40),
        ([sale(90), sale(-20, 1)], 7),
    ],
)
def test_that_points_follow_the_amount_up_to_a_cap_by_day(events, points):
    assert standing(events).points["points"] == points


@pytest.mark.parametrize(
    ("moment", "points"),
    [
        (datetime(2026, 12, 1, 18, tzinfo=UTC), 5),
        (datetime(2026, 12, 1, 17, 59, tzinfo=UTC), 0),
        (datetime(2026, 12, 5, 18, tzinfo=UTC), 0),  # a Saturday
        (datetime(2026, 11, 30, 18, tzinfo=UTC), 0),
    ],
)
def test_that_points_are_given_at_certain_hours_weekdays_and_seasons(moment, points):
    event = Event(id="e", type="sale.made", occurred_at=moment, actor="ann", data={"amount": 1})
    assert standing([event]).points["points"] == points


def test_that_extra_points_are_given_three_times_a_day():
    first = datetime(2026, 12, 1, 18, tzinfo=UTC) - MONDAY
    assert standing([sale(1, n, first.days) for n in range(480, 485)]).points["points"] == 15


@pytest.mark.parametrize(
    ("sales", "level"),
    [
        ([sale(199)], "beginner"),
        ([sale(200)], "seller"),
        ([sale(210), sale(-20, 1)], "beginner"),
        ([sale(500), sale(500, days=1)], "star"),
        ([sale(500), sale(490, days=1)], "seller"),
    ],
)
def test_that_a_level_follows_the_points_up_and_down(sales, level):
    assert standing(sales).levels["seller"] == level


@pytest.mark.parametrize(
    ("stars", "worth", "grade"),
    [
        ([0.9], 0, "none"),
        ([1], 10, "c"),
        ([1, 3], 40, "b"),
        ([3, 4.5], 100, "a"),
        ([5, 2.9], 10, "c"),
        ([4.5, 4.4, 4.6], 100, "a"),
    ],
)
def test_that_the_latest_rating_is_the_grade_and_a_change_pays_the_difference(stars, worth, grade):
    found = standing(rated(*stars))
    assert (found.points["rating"], found.levels["grade"]) == (worth, grade)


def won(*events):
    """The prizes of the challenge, by member."""
    engine = Engine(BOOK)
    engine.record_many(events)
    check_against_naive(BOOK, engine, list(events))
    found = {each.holder.id: each.points["prizes"] for each in engine.standings()}
    return {member: prize for member, prize in found.items() if prize}


def joined(*members, unit):
    return [
        happened("member.joined", days=-9, minutes=n, actor=each, unit=unit)
        for n, each in enumerate(members)
    ]


def test_that_the_first_three_members_win_by_place():
    sales = [sale(100, n, actor=each) for n, each in enumerate(["bo", "bo", "cy", "di", "ed"])]
    teams = [*joined("bo", "cy", unit="north"), *joined("di", "ed", unit="south")]
    assert won(*teams, *sales) == {"bo": 100 + 10, "cy": 50, "di": 20 + 10}
    small, early = sale(99, -1, actor="flo"), sale(500, days=-8, actor="gil")
    late = sale(500, days=23, actor="hal")
    assert won(*teams, *sales, small, early, late) == won(*teams, *sales)


@pytest.mark.parametrize("seed", range(4))
def test_that_the_book_keeps_the_law(seed):
    random = Random(seed)
    events = [*joined("ann", "bo", unit="north")]
    for n in range(36):
        who, days = random.choice(["ann", "bo", "cy"]), random.choice([0, 0, 1, 7, 8, 14, 21])
        events.append(
            random.choice(
                [
                    sale(random.choice([-30, 60, 150, 600]), 7 * n, days, who),
                    happened("quiz.taken", 7 * n, days, who, score=random.choice([40, 75, 95])),
                    happened("seller.rated", n, days, who, "service", stars=random.choice([1, 5])),
                ]
            )
        )
    check_law(BOOK, events)
