"""What passes between two persons, counted for both; and what is counted while a campaign runs."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import tomli_w

from histories import history
from test_law import check_as_naive_in_any_order
from wiifm import Engine, Event, InvalidRuleBook, RuleBook
from wiifm.rulebook.dump import dumps
from wiifm.testing import books, check_law
from wiifm.testing.draws import maybe

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
FRIENDS = """[book]
id = "b"
[[badge]]
id = "friends"
count = ["kudos.given", "mentoring.session"]
per = "pair"
at_least = 3
again = "pair"
"""


def thanks(number, actor, recipient, hours=None):
    at = START + timedelta(hours=number if hours is None else hours)
    return Event(
        id=f"k{number}", type="kudos.given", occurred_at=at, actor=actor, recipient=recipient
    )


def held(engine):
    return [(s.holder.id, each.key) for s in engine.standings() for each in s.badges]


@pytest.mark.parametrize("url", [None, "memory:"])
def test_that_what_passes_between_two_counts_for_both_whoever_does_it(url):
    book = RuleBook.parse(FRIENDS)
    engine = Engine.open(url, book) if url else Engine(book)
    engine.record_many([thanks(0, "ann", "bob"), thanks(1, "bob", "ann"), thanks(2, "ann", "cy")])
    assert held(engine) == []
    (far,) = engine.statement("bob").next
    assert (far.key, far.value, far.threshold) == ("ann", 2, 3)
    assert engine.statement("bob").why("next.friends") == ("k0", "k1")
    assert engine.statement("ann").why("next.friends") == ("k0", "k1")
    engine.record(thanks(3, "bob", "ann"))
    assert sorted(held(engine)) == [("ann", "bob"), ("bob", "ann")]
    engine.record_many([thanks(4, "cy", "ann"), thanks(5, "cy", "ann")])
    assert sorted(held(engine)) == [("ann", "bob"), ("ann", "cy"), ("bob", "ann"), ("cy", "ann")]
    engine.retract("k0", at=START + timedelta(hours=90))
    assert sorted(held(engine)) == [("ann", "cy"), ("cy", "ann")]


def test_that_nobody_is_a_pair_with_themself():
    text = FRIENDS.replace("at_least = 3", "self_credit = true")
    engine = Engine(RuleBook.parse(text))
    engine.record(thanks(0, "ann", "ann"))
    assert held(engine) == []


def test_that_pairs_keep_the_law():
    events = [
        thanks(n, *random.sample(["ann", "bob"], 2)) for n in range(5) for random in [Random(n)]
    ]
    check_law(RuleBook.parse(FRIENDS), events)


def paired(random, number):
    """A badge for two, alone or among others."""
    kinds = random.sample(["kudos.given", "object.liked", "answer.posted", "comment.posted"], 2)
    measure = random.choice(
        [
            {"count": kinds},
            {"sum": "hour", "on": kinds},
            {"distinct": "object", "on": kinds},
            {"groups": "day", "each": {"count": kinds}},
            {"streak": "day", "each": {"count": kinds}, "freeze": 1},
            {"ratio": [{"count": kinds[0]}, {"count": kinds[1]}]},
        ]
    )
    over = "ever" if "streak" in measure else random.choice(["ever", "week", "last 2 days"])
    part = {**measure, "over": over, "at_least": random.choice([1, 2, 3])}
    comments = {"count": "comment.posted"}
    shape = random.choice(
        [part, part, {"all_of": [part, comments]}, {**comments, "none_of": [part]}]
    )
    maybe(random, shape, 0.4, "self_credit", True)
    maybe(random, shape, 0.4, "again", "pair")
    return {"id": f"b{number}", **shape, "per": "pair"}


@pytest.mark.parametrize("seed", range(8))
def test_that_pairs_are_what_the_naive_implementation_says(seed):
    random = Random(seed)
    badges = [paired(random, n) for n in range(8)]
    book = RuleBook.parse(tomli_w.dumps({**books.HEAD, "badge": badges}))
    assert RuleBook.parse(dumps(book)).digest == book.digest
    for length in (20, 60):
        check_as_naive_in_any_order(book, history(random, length))


FRIENDLY = """[book]
id = "b"
[[badge]]
id = "friendly"
groups = "pair"
each = { count = "kudos.given", at_least = 2 }
at_least = 2
"""


def test_that_it_counts_with_how_many_something_passed_whoever_did_it():
    engine = Engine(RuleBook.parse(FRIENDLY))
    engine.record_many([thanks(0, "ann", "bob"), thanks(1, "bob", "ann"), thanks(2, "ann", "ann")])
    engine.record_many([thanks(3, "ann", "ann"), thanks(4, "cy", "ann")])
    assert held(engine) == []
    (far,) = engine.statement("ann").next
    assert (far.value, far.threshold) == (1, 2)
    assert engine.statement("ann").why("next.friendly") == ("k0", "k1", "k4")
    engine.record(thanks(5, "ann", "cy"))
    assert held(engine) == [("ann", None)]


EARNED = """[book]
id = "b"
[[rule]]
id = "thanked"
on = "kudos.given"
to = "recipient"
points = 3
[[rule]]
id = "thanking"
on = "kudos.given"
points = 1
[[rule]]
id = "guiding"
on = "kudos.given"
to = "mentor"
points = 50
[[badge]]
id = "close"
earned = "points"
per = "pair"
at_least = 4
again = "pair"
"""


def test_that_points_are_counted_for_two_in_either_role_and_in_no_other():
    book = RuleBook.parse(EARNED)
    engine = Engine(book)
    start = START - timedelta(days=1)
    mentoring = Event(
        id="m", type="mentoring.started", occurred_at=start, actor="cy", recipient="bob"
    )
    events = [mentoring, thanks(0, "ann", "bob"), thanks(1, "ann", "ann"), thanks(2, "cy", "bob")]
    engine.record_many(events)
    assert held(engine) == []
    engine.record(thanks(3, "bob", "ann"))
    assert sorted(held(engine)) == [("ann", "bob"), ("bob", "ann")]
    assert engine.standing("cy").points == {"points": 51}  # as an actor, and as a mentor
    check_law(book, [*events, thanks(3, "bob", "ann")])


def earning(random, number):
    """A badge for points that come from what passes between two."""
    part = {"earned": random.choice(["points", "karma"])}
    if random.random() < 0.4:
        part["rules"] = random.choice(["one", "two", "three"])
    over = {"over": random.choice(["ever", "week", "last 2 days"])}
    if random.random() < 0.5:
        return {
            "id": f"b{number}",
            "groups": "pair",
            "each": {**part, "at_least": 2},
            **over,
            "at_least": 2,
        }
    maybe(random, part, 0.4, "again", "pair")
    return {"id": f"b{number}", **part, **over, "per": "pair", "at_least": random.choice([1, 3, 5])}


@pytest.mark.parametrize("seed", range(8))
def test_that_points_between_two_are_what_the_naive_implementation_says(seed):
    random = Random(seed)
    kinds = ["kudos.given", "object.liked", "answer.posted", "comment.posted"]
    rules = [
        {
            "id": name,
            "on": random.sample(kinds, 3),
            "to": to,
            "points": random.choice([1, 2, -1]),
            "purse": purse,
        }
        for name, to, purse in (
            ("one", "actor", "points"),
            ("two", "recipient", "points"),
            ("three", "recipient", "karma"),
            ("four", "mentor", "points"),
        )
    ]
    badges = [earning(random, n) for n in range(8)]
    named = {"three": "karma", "one": "points", "two": "points"}
    for badge in badges:
        part = badge.get("each", badge)
        part["earned"] = named.get(part.get("rules"), part["earned"])
    book = RuleBook.parse(tomli_w.dumps({**books.HEAD, "rule": rules, "badge": badges}))
    for length in (20, 60):
        check_as_naive_in_any_order(book, history(random, length))


def grouped(random, number):
    """A badge for what passes with several others."""
    kinds = random.sample(["kudos.given", "object.liked", "answer.posted", "comment.posted"], 2)
    each = random.choice(
        [{"count": kinds}, {"sum": "hour", "on": kinds}, {"distinct": "object", "on": kinds}]
    )
    part = {"groups": "pair", "each": {**each, "at_least": random.choice([1, 2])}}
    part |= {"over": random.choice(["ever", "week", "last 2 days"]), "at_least": 2}
    if random.random() < 0.4:
        part["per"] = random.choice(["community", "topic", "object"])
    maybe(random, part, 0.4, "self_credit", True)
    return {"id": f"b{number}", **part}


@pytest.mark.parametrize("seed", range(8))
def test_that_groups_of_pairs_are_what_the_naive_implementation_says(seed):
    random = Random(seed)
    book = RuleBook.parse(
        tomli_w.dumps({**books.HEAD, "badge": [grouped(random, n) for n in range(8)]})
    )
    assert RuleBook.parse(dumps(book)).digest == book.digest
    for length in (20, 60):
        check_as_naive_in_any_order(book, history(random, length))


@pytest.mark.parametrize(
    "keys",
    [
        "to = 'recipient'\neach = { count = 'kudos.given' }",
        "per = 'pair'\neach = { count = 'kudos.given' }",
    ],
)
def test_that_groups_that_are_no_pairs_are_told(keys):
    with pytest.raises(InvalidRuleBook, match="'pair'"):
        RuleBook.parse(
            f"[book]\nid = 'b'\n[[badge]]\nid = 'x'\ngroups = 'pair'\nat_least = 2\n{keys}"
        )


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("count = 'kudos.given'\nto = 'recipient'", "no `to` with per = 'pair'"),
        ("count = 'kudos.given'\nagain = 'person'", "what `per` says"),
    ],
)
def test_that_what_is_not_for_two_is_told(keys, expected):
    with pytest.raises(InvalidRuleBook, match=expected):
        RuleBook.parse(f"[book]\nid = 'b'\n[[badge]]\nid = 'x'\nper = 'pair'\n{keys}")


# ---- over a campaign ---------------------------------------------------------------------------------------

SPRING = """[book]
id = "b"
[[rule]]
id = "bonus"
on = "campaign.paid"
to = "recipient"
points = "amount"
[campaign.spring]
pays = "points"
budget = 10
since = 2026-05-05
until = 2026-05-08
[campaign.endless]
pays = "points"
budget = 10
"""
GREEN = """[[badge]]
id = "green"
count = "kudos.given"
over = "campaign spring"
at_least = 2
"""


def test_that_a_campaign_gives_a_badge_its_dates():
    book = RuleBook.parse(SPRING + GREEN)
    dates = "since = 2026-05-05\nuntil = 2026-05-08"
    assert (
        book.digest
        == RuleBook.parse(SPRING + GREEN.replace('over = "campaign spring"', dates)).digest
    )
    assert book.digest == RuleBook.parse(dumps(book)).digest
    later = SPRING.replace("2026-05-08", "2026-05-09")
    assert book.digest != RuleBook.parse(later + GREEN).digest
    engine = Engine(book)
    engine.record_many([thanks(0, "ann", "bob"), thanks(20, "ann", "bob")])
    (far,) = engine.statement("ann").next
    assert (far.value, far.until) == (1, datetime(2026, 5, 8, tzinfo=UTC))
    engine.record(thanks(200, "ann", "bob"))
    assert held(engine) == [] and engine.statement("ann").next == ()
    engine.record(thanks(86, "ann", "bob"))
    assert len(held(engine)) == 1


def test_that_levels_and_parts_have_them_too():
    text = (
        SPRING
        + "[[ladder.way.level]]\nid = 'one'\nall_of = [{ count = 'kudos.given', over = 'campaign spring' }]"
    )
    (level,) = RuleBook.parse(text).ladders["way"].climbs
    assert (level.parts[0].over, level.parts[0].since.day, level.parts[0].until.day) == (
        "ever",
        5,
        8,
    )


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("campaign sprng", "did you mean 'campaign spring'"),
        ("campaign", "expected 'campaign endless', 'campaign spring'"),
        ("campaign endless", "a campaign with since"),
        ("campaign spring\"\nsince = \"2026-05-06", "no since or until of its own"),
    ],
)  # fmt: skip
def test_that_a_campaign_without_dates_is_told(over, expected):
    text = GREEN.replace("campaign spring", over).replace('"2026-05-06"', "2026-05-06")
    with pytest.raises(InvalidRuleBook, match=expected):
        RuleBook.parse(SPRING + text)
