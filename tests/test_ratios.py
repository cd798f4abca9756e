"""The ratio of two measures: an award when there is enough of both, whatever came first, late or not at all."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import tomli_w

from histories import history
from test_law import check_as_naive_in_any_order
from wiifm import Engine, Event, InvalidRuleBook, RuleBook
from wiifm.rulebook.dump import dumps
from wiifm.testing import books, check_law
from wiifm.testing.badges import term
from wiifm.testing.draws import maybe

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
RATE = """[book]
id = "b"
[[badge]]
id = "x"
ratio = [{ count = "answer.accepted", to = "recipient" }, { count = "answer.posted", at_least = 3 }]
at_least = { bronze = 0.5, gold = 1 }
"""


def event(name, kind, hours, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(hours=hours), **more)


def answers(*numbers):
    return [event(f"a{n}", "answer.posted", n, actor="ann", object=f"o{n}") for n in numbers]


def accepted(*numbers, hours=50):
    return [
        event(f"y{n}", "answer.accepted", hours + n, actor="bob", object=f"o{n}") for n in numbers
    ]


def tiers(engine):
    return [each.tier for each in engine.standing("ann").badges]


@pytest.mark.parametrize("url", [None, "memory:"])
def test_that_enough_of_the_second_and_the_share_bring_the_tiers(url):
    book = RuleBook.parse(RATE)
    engine = Engine.open(url, book) if url else Engine(book)
    engine.record_many([*answers(0, 1), *accepted(0, 1)])
    assert tiers(engine) == [], "two answers aren't three"
    engine.record_many(answers(60))
    assert tiers(engine) == ["bronze"]
    engine.record_many(accepted(60))
    assert tiers(engine) == ["bronze", "gold"]
    engine.retract("y60", at=START + timedelta(hours=200))
    assert tiers(engine) == ["bronze"]
    engine.retract("a1", at=START + timedelta(hours=201))
    assert tiers(engine) == []


def test_that_progress_tells_of_the_second_until_there_is_enough_and_then_of_the_share():
    engine = Engine(RuleBook.parse(RATE))
    engine.record_many([*answers(0, 1), *accepted(0)])
    (far,) = engine.statement("ann").next
    assert (far.tier, far.value, far.threshold) == ("bronze", 2, 3)
    engine.record_many(answers(2))
    (far,) = engine.statement("ann").next
    assert (far.value, far.threshold) == (1 / 3, 0.5)


@pytest.mark.parametrize(
    ("first", "given"),
    [
        ("count = 'answer.accepted'", ["a0"]),
        ("max = 'hour', on = 'answer.accepted'", []),
        ("mean = 'hour', on = 'answer.accepted'", []),
    ],
)
def test_that_nothing_makes_a_ratio_if_it_is_no_number(first, given):
    """None of nothing is 0, and the greatest of nothing is no number: so whatever a ratio must be, it isn't."""
    terms = f"{{ {first}, to = 'recipient' }}, {{ count = 'answer.posted' }}"
    engine = Engine(
        RuleBook.parse(f"[book]\nid = 'b'\n[[badge]]\nid = 'x'\nratio = [{terms}]\nat_least = -1")
    )
    engine.record_many(answers(0))
    assert [each.event for each in engine.standing("ann").badges] == given


@pytest.mark.parametrize(("answered", "liked"), [(0, 5), (5, 0)])
def test_that_a_ratio_in_a_window_counts_until_the_first_of_either_leaves(answered, liked):
    terms = "{ count = 'object.liked', to = 'recipient' }, { count = 'answer.posted' }"
    badge = f"[[badge]]\nid = 'x'\nratio = [{terms}]\nover = 'last 30 days'\nat_least = 9"
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{badge}"))
    engine.record_many(answers(answered))
    engine.record(event("l", "object.liked", liked, actor="bob", recipient="ann", object="o"))
    (far,) = engine.statement("ann").next
    assert (far.value, far.until) == (1, START + timedelta(days=30))


def test_that_the_ratio_that_is_nearest_to_enough_is_next():
    part = '{ ratio = [{ count = "answer.accepted" }, { count = "KIND", at_least = LEAST }], at_least = 1 }'
    parts = [
        part.replace("KIND", kind).replace("LEAST", least)
        for kind, least in (("question.asked", "2"), ("answer.posted", "3"))
    ]
    engine = Engine(
        RuleBook.parse(f"[book]\nid = 'b'\n[[badge]]\nid = 'x'\nany_of = [{', '.join(parts)}]")
    )
    engine.record_many([event("q", "question.asked", 0, actor="ann", object="q"), *answers(0, 1)])
    (far,) = engine.statement("ann").next
    assert (far.value, far.threshold) == (2, 3), "and not 1 of 2"


def test_that_what_both_see_counts_for_both_before_the_ratio_is_asked():
    text = RATE.replace('answer.accepted", to = "recipient"', 'answer.posted", where = "hour < 12"')
    engine = Engine(RuleBook.parse(text.replace("at_least = 3", "at_least = 1")))
    engine.record_many(answers(0))
    assert tiers(engine) == ["bronze", "gold"]


def test_that_shared_keys_are_those_of_both_measures():
    short = RATE.replace("[{", "[{ at_least = 1,").replace(
        "at_least = {", "on = 'object.liked'\nto = 'recipient'\nat_least = {"
    )
    short = short.replace(
        'count = "answer.accepted", to = "recipient"', "distinct = 'actor'"
    ).replace('count = "answer.posted"', "distinct = 'object'")
    (part,) = RuleBook.parse(short).badges["x"].parts
    assert [(each.on, each.to) for each in part.terms] == [(("object.liked",), "recipient")] * 2
    assert (part.on, part.to) == ((), "recipient")


OVER = ("ever", "ever", "day", "every 3 days", "last 2 days", "last 30 hours")
PER = ("member", "member", "object", "topic", "person", "community", "unit", "in_reply_to")


def rates(random, number):
    """A badge of a ratio, alone or among others."""
    first, second = (term(random, "actor") for _ in range(2))
    for each in (first, second):
        each.pop("where", None)  # not all types of events can answer each
        if "run" in each:
            each["where"] = "hour < 12"
    maybe(random, second, 0.5, "at_least", 2, 3)
    rate = {
        "ratio": [first, second],
        "over": random.choice(OVER),
        "at_least": random.choice([0.5, 1, 2]),
    }
    comments = {"count": "comment.posted", "over": random.choice(OVER)}
    shapes = [
        rate,
        {"all_of": [rate, comments]},
        {"any_of": [rate, comments]},
        {**comments, "none_of": [rate]},
    ]
    return {"id": f"b{number}", **random.choice([rate, *shapes]), "per": random.choice(PER)}


@pytest.mark.parametrize("seed", range(8))
def test_that_ratios_keep_the_law_and_are_what_the_naive_implementation_says(seed):
    random = Random(seed)
    book = RuleBook.parse(
        tomli_w.dumps({**books.HEAD, "badge": [rates(random, n) for n in range(8)]})
    )
    assert RuleBook.parse(dumps(book)).digest == book.digest
    for length in (10, 40):
        check_as_naive_in_any_order(book, history(random, length))


def test_that_the_rate_keeps_the_law_over_a_store():
    check_law(RuleBook.parse(RATE), [*answers(0, 1, 2), *accepted(0, 1, 2, hours=1)])


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        ("'answer.posted'", "a list of two measures in ratio"),
        ("[{ count = 'answer.posted' }]", "a list of two measures in ratio"),
        ("[{ count = 'answer.posted', at_least = 2 }, { count = 'answer.posted' }]", "number 1, at_least"),
        ("[{ count = 'answer.posted' }, { sum = 'hour', on = 'answer.posted', at_least = 0 }]", "a number above 0"),
        ("[{ count = 'answer.posted' }, { streak = 'day', each = { count = 'answer.posted' } }]", "expected one of count, sum"),
        ("[{ count = 'answer.posted', over = 'day' }, { count = 'answer.posted' }]", "'over' outside of the list"),
        ("[{ count = 'answer.posted', to = 'unit' }, { count = 'answer.posted' }]", "the same in both"),
        ("[{ count = 'answer.posted' }, { count = 'answer.postd' }]", "did you mean 'answer.posted'"),
        ("[{ count = 'answer.posted' }, { count = 'answer.posted' }]\nagain = 2", "can repeat"),
        ("[{ count = 'answer.posted' }, { count = 'answer.posted', at_last = 2 }]", "key 'ratio', number 2, key 'at_last'"),
    ],
)  # fmt: skip
def test_that_what_no_ratio_can_mean_is_told(ratio, told):
    with pytest.raises(InvalidRuleBook, match=told):
        RuleBook.parse(f"[book]\nid = 'b'\n[[badge]]\nid = 'x'\nratio = {ratio}")
