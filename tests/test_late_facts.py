"""What is learned late of a member changes what others were given, though the events in question didn't credit that member."""

from datetime import UTC, datetime, timedelta

import pytest

from test_law import check_against_naive
from wiifm import Engine, Event, Holder, RuleBook
from wiifm.stores.memory import MemoryStore

START = datetime(2026, 5, 4, tzinfo=UTC)


def event(name, kind, hours, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(hours=hours), **more)


def given(rule, events, late, to):
    """What somebody has before something comes late, and after it."""
    book = RuleBook.parse(f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\n{rule}")
    found = []
    for engine in (Engine(book), Engine.over(MemoryStore(), book)):
        engine.record_many(events)
        before = engine.standing(to).points["points"]
        engine.record(late)
        check_against_naive(book, engine, [*events, late])
        found.append((before, engine.standing(to).points["points"]))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(("zone", "left"), [("Asia/Tokyo", 1), ("Europe/Lisbon", 1), ("UTC", 2)])
def test_that_the_days_of_a_gate_are_those_of_whoever_gives(zone, left):
    """Half an hour before and after midnight in Greenwich, which is one day in Tokyo, and in Lisbon in summer."""
    rule = "on = 'kudos.given'\nto = 'recipient'\npoints = 1\ngate = { of = 'actor', times = 1, per = 'day' }"
    who = {"actor": "ann", "recipient": "bob"}
    events = [event("k1", "kudos.given", 23.5, **who), event("k2", "kudos.given", 24.5, **who)]
    late = event("z", "member.updated", 1, actor="ann", data={"zone": zone})
    assert given(rule, events, late, Holder("member", "bob")) == (2, left)


def test_that_a_condition_sees_the_unit_of_whoever_has_the_merit():
    rule = "on = 'answer.posted'\nto = 'recipient'\npoints = 1\nwhere = \"unit == 'Lab'\""
    events = [
        event("q", "question.asked", 1, actor="bob", object="q"),
        event("a", "answer.posted", 2, actor="ann", object="a", in_reply_to="q"),
    ]
    late = event("u", "member.updated", 0, actor="ann", data={"unit": "Lab"})
    assert given(rule, events, late, Holder("member", "bob")) == (0, 1)


def test_that_whoever_mentors_the_mentor_is_found():
    rule = "on = 'post.shared'\nto = 'mentors_mentor'\npoints = 1"
    events = [
        event("m1", "mentoring.started", 1, actor="bob", recipient="ann"),
        event("p", "post.shared", 2, actor="ann", object="p"),
    ]
    late = event("m2", "mentoring.started", 0, actor="cy", recipient="bob")
    assert given(rule, events, late, Holder("member", "cy")) == (0, 1)
