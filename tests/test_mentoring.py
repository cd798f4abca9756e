"""Mentors, former mentors and the mentors of mentors: who is credited for a mentee, how much, and until when."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from test_law import check_against_naive, check_ledger
from wiifm import Engine, Event, InvalidRuleBook, RuleBook
from wiifm.folds.mentoring import mentoring_timeline
from wiifm.testing.law import differences

TEXT = """
[book]
id = "mentoring"

[[rule]]
id     = "mentee"
on     = "answer.accepted"
to     = "mentor"
points = 20

[[rule]]
id     = "once-mentee"
on     = "answer.accepted"
to     = "former_mentor"
points = 10
fade   = { share = 0.5, per = "30 days", times = 3 }

[[rule]]
id     = "mentees-mentee"
on     = "answer.accepted"
to     = "mentors_mentor"
points = 4
say    = "{recipient} had an answer accepted; you mentor who mentors them"

[[badge]]
id    = "still-there"
count = "answer.accepted"
to    = "former_mentor"

[[badge]]
id       = "school"
distinct = "recipient"
on       = "answer.accepted"
to       = "mentors_mentor"
"""
BOOK = RuleBook.parse(TEXT)
START = datetime(2026, 1, 1, tzinfo=UTC)


def event(name, kind, days, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(days=days), **more)


def begins(name, mentor, mentee, days=0):
    return event(name, "mentoring.started", days, actor=mentor, recipient=mentee)


def ends(name, mentor, mentee, days):
    return event(name, "mentoring.ended", days, actor=mentor, recipient=mentee)


def accepted(name, days, author="tom"):
    """An answer of a mentee is accepted."""
    posted = event(f"{name}p", "answer.posted", days - 0.01, actor=author, object=name)
    return [posted, event(name, "answer.accepted", days, actor="ken", object=name)]


def points(*events, book=BOOK):
    """What each has, by the engine and by the naive implementation."""
    engine = Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, list(events))
    check_ledger(engine)
    return {
        each.holder.id: each.points["points"]
        for each in engine.standings()
        if each.points["points"]
    }


@pytest.mark.parametrize(
    ("days", "left"), [(10, 20), (21, 10), (49, 10), (50, 5), (80, 2), (109, 2), (110, 0)]
)
def test_that_what_a_mentor_gets_fades_when_the_mentoring_has_ended(days, left):
    events = [begins("m1", "maria", "tom"), ends("m2", "maria", "tom", 20), *accepted("a", days)]
    assert points(*events).get("maria", 0) == left


def test_that_the_receipt_tells_why_it_is_less():
    engine = Engine(BOOK)
    engine.record_many([begins("m1", "maria", "tom"), ends("m2", "maria", "tom", 20)])
    engine.record_many(accepted("a", 55))
    told = str(engine.receipt("a"))
    assert "#1  maria  +5 points  once-mentee" in told
    assert "a mentoring that ended before leaves 5 of 10" in told
    (refusal,) = engine.receipt("a").refusals
    assert refusal.reason == "faded"


def test_that_a_former_mentor_who_mentors_again_is_the_mentor():
    events = [begins("m1", "maria", "tom"), ends("m2", "maria", "tom", 20)]
    events += [begins("m3", "maria", "tom", 30), *accepted("a", 40)]
    assert points(*events) == {"maria": 20}


def test_that_of_several_former_mentors_the_last_one_counts_and_the_new_one_too():
    events = [begins("m1", "maria", "tom"), begins("m2", "eve", "tom", 1)]
    events += [ends("m3", "eve", "tom", 10), ends("m4", "maria", "tom", 12)]
    assert points(*events, *accepted("a", 13)) == {"maria": 10}
    assert points(*events, begins("m5", "zoe", "tom", 13), *accepted("a", 14)) == {
        "maria": 10,
        "zoe": 20,
    }


def test_that_an_end_without_a_beginning_makes_nobody_a_former_mentor():
    assert points(ends("m1", "maria", "tom", 1), *accepted("a", 2)) == {}


def test_that_the_mentor_of_a_mentor_is_credited_and_nobody_above():
    events = [
        begins("m1", "maria", "tom"),
        begins("m2", "zoe", "maria"),
        begins("m3", "pat", "zoe"),
    ]
    assert points(*events, *accepted("a", 2)) == {"maria": 20, "zoe": 4}
    later = [*accepted("a", 2), *events]
    assert points(*later) == {"maria": 20, "zoe": 4}
    assert points(*events, ends("m4", "zoe", "maria", 1), *accepted("a", 2)) == {"maria": 20}


def test_that_who_mentor_each_other_get_nothing_twice():
    events = [begins("m1", "maria", "tom"), begins("m2", "tom", "maria"), *accepted("a", 2)]
    assert points(*events) == {"maria": 20}


def test_that_nobody_mentors_themselves():
    events = [begins("m1", "maria", "tom"), begins("m2", "tom", "tom", 1), *accepted("a", 2)]
    assert points(*events) == {"maria": 20}
    assert points(*events, ends("m3", "tom", "tom", 3), *accepted("b", 4)) == {"maria": 40}


@pytest.mark.parametrize("scheme", ["sqlite", "postgres"])
def test_that_a_late_beginning_above_finds_what_it_credits_in_a_store(request, tmp_path, scheme):
    url = f"sqlite:///{tmp_path}/s.db"
    if scheme == "postgres":
        url = request.getfixturevalue("postgres_urls")()
    events = [begins("m1", "maria", "tom"), *accepted("a", 5)]
    with Engine.open(url, BOOK) as engine:
        engine.record_many(events)
    with Engine.open(url, BOOK) as engine:
        engine.record(begins("m2", "zoe", "maria", 1))
        engine.record(ends("m3", "maria", "tom", 2))
        assert engine.standing("zoe").points["points"] == 0
        assert engine.standing("maria").points["points"] == 10
        engine.retract("m3", at=START)
        assert engine.standing("zoe").points["points"] == 4
        assert engine.standing("maria").points["points"] == 20
        check_ledger(engine)


def programme(random, length):
    """Mentorings that begin and end among a few members, and answers that are accepted, in any order."""
    names, events = ["maria", "tom", "zoe", "pat"], []
    for number in range(length):
        one, other = random.choices(names, k=2)
        day = random.choice([0, 1, 5, 31, 40, 70, 99, 130])
        made = random.choice([begins, begins, ends])(f"m{number}", one, other, day)
        events += random.choice([[made], [made], accepted(f"a{number}", day, one)])
    gone = random.sample(events, len(events) // 6)
    events += [
        event(f"r{number}", "event.retracted", 200, retracts=each.id)
        for number, each in enumerate(gone)
    ]
    random.shuffle(events)
    return events


@given(st.integers(0, 2**32), st.sampled_from([6, 25]))
@settings(max_examples=80, deadline=None)
def test_that_mentoring_keeps_the_law(seed, length):
    random = Random(seed)
    events, engine, other = programme(random, length), Engine(BOOK), Engine(BOOK)
    for each in events:
        engine.record(each)
    check_against_naive(BOOK, engine, events)
    check_ledger(engine)
    other.record_many(sorted(events, key=lambda each: each.occurred_at))
    assert not differences(engine, other)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12))
def test_that_the_course_of_a_mentoring_is_what_each_walk_would_find(said):
    timeline = [((START + timedelta(days=n), f"e{n}"), *each) for n, each in enumerate(said)]
    for count, (mentor, former, ended) in enumerate(mentoring_timeline(timeline, "tom"), 1):
        last = {name: (n, starts) for n, (name, starts) in enumerate(said[:count])}
        begun = {name: n for name, (n, starts) in last.items() if starts}
        assert mentor == max(begun, key=begun.get, default=None)
        over = {}
        for name in set(last) - set(begun):
            mine = [(n, starts) for n, (each, starts) in enumerate(said[:count]) if each == name]
            ending = [
                n
                for (n, starts), (_, was) in zip(mine[1:], mine, strict=False)
                if was and not starts
            ]
            if ending:
                over[name] = ending[-1]
        assert former == max(over, key=over.get, default=None)
        assert ended == (START + timedelta(days=over[former]) if former else None)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ('to     = "former_mentor"', 'to     = "mentor"', "to = 'former_mentor'"),
        ("share = 0.5", "share = 1", "a number above 0 and below 1"),
        ('"30 days"', '"a moon"', "a length of time such as '30 days'"),
        ("times = 3", "times = 0", "a number from 1 to 1000"),
        ("times = 3", "time = 3", "did you mean 'times'"),
    ],
)
def test_that_what_a_fade_cannot_mean_is_told(was, now, told):
    assert was in TEXT
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(TEXT.replace(was, now))
    assert told in str(caught.value)


def test_that_it_is_written_again_and_counts_in_the_digest():
    assert RuleBook.parse(BOOK.dumps()) == BOOK
    assert RuleBook.parse(TEXT.replace("times = 3", "times = 4")).digest != BOOK.digest
