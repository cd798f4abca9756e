"""Each part of a statement is what its definition says, in communities made at random, for any member, over any time, of any store."""

import os
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest

from communities import community, moments
from naive import statement as naive
from wiifm import Engine, Event, RuleBook
from wiifm.statement import as_json
from wiifm.stores.memory import MemoryStore

SHARING = RuleBook.load("plugin:sharing")
SEEDS = range(2_000 if os.environ.get("WIIFM_LONG") else 20)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(found):
    """The parts of a statement by their names, in the words of the naive one."""
    reach, learned, growth = found.reach, found.learning, found.growth
    return {
        "earned": {
            (e.rule, e.purse): (
                Fraction(e.amount),
                e.times,
                {*e.entries},
                {*e.events},
                [*e.people],
                {*e.objects},
            )
            for e in found.earned
        },
        "topics": {
            (e.topic, e.purse): (Fraction(e.amount), {*e.entries}, {*e.events})
            for e in found.topics
        },
        "reach.people": persons(reach.people),
        "reach.answered": persons(reach.answered),
        "reach.questions": {*reach.questions},
        "reach.units": {each.to: ({*each.people}, {*each.events}) for each in reach.units},
        "reach.levels": {each.to: ({*each.people}, {*each.events}) for each in reach.levels},
        "reach.used": {
            each.object: (each.kind, (each.title, each.reply), {*each.people}, [*each.events])
            for each in reach.used
        },
        "recognition": [
            (r.giver, r.act, r.text, r.title, r.reply, r.event) for r in found.recognition
        ],
        "learning.asked": [*learned.asked],
        "learning.answered": [*learned.answered],
        "learning.answerers": persons(learned.answerers),
        "learning.replied": [*learned.replied],
        "learning.read": [*learned.read],
        "learning.objects": {*learned.objects},
        "talents": {each.topic: ({*each.people}, [*each.events]) for each in found.talents},
        "needed.topics": [*found.needed.topics],
        "needed.questions": [
            (each.object, each.title, each.asker, each.event) for each in found.needed.questions
        ],
        "saved": found.saved.minutes,
        "weeks": [*found.weeks],
        "beginning": found.beginning is not None,
        "compared": growth.compared and (dict(growth.compared.points), growth.compared.people),
    }


def persons(found):
    return {each.member: {*each.events} for each in found}


@pytest.mark.parametrize("seed", SEEDS)
def test_that_every_part_is_as_defined(seed):
    random, days = Random(seed), (3, 30, 200, 500)[seed % 4]
    events = community(random, random.choice([3, 6, 12]), random.choice([20, 80]), days)
    engine, store = Engine(SHARING), MemoryStore()
    for each in (engine, Engine.over(store, SHARING)):
        each.record_many(events)
    members = sorted({event.actor for event in events if event.actor})
    for _ in range(3):
        times = [random.choice(moments(random, events, days)) for _ in "su"]
        member = random.choice([*members, *members, "never-acts", "the boss", "nobody"])
        found, asked = engine.statement(member, *times), (member, *times)
        expected = naive.statement(SHARING, events, [*engine.ledger()], *asked)
        mine = told(found)
        assert not {n: (mine[n], expected[n]) for n in mine if mine[n] != expected[n]}, asked
        awards = [each for each in engine.standing(member).badges if inside(each, *times)]
        assert [*found.awards] == awards
        seen = naive.Seen(SHARING, events, *asked)
        check_colleagues(found, seen)
        for thing, title in found.titles.items():
            assert (title or thing, found.replies.get(thing)) == seen.called(thing), asked
        assert as_json(Engine.over(store).statement(*asked)) == as_json(found), asked
        assert str(found)  # and can be told


def inside(award, since, until):
    at = award.occurred_at
    return (since is None or since <= at) and (until is None or at < until)


def check_colleagues(found, seen):
    """Who is told to be new is; all aren't told, where there are many."""
    new = naive.colleagues(seen)
    told = {each.member: each.since for each in found.needed.colleagues}
    assert told.items() <= new.items()
    assert [*told.values()] == sorted(told.values())


def on(day, name, kind, actor, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(days=day), actor=actor, **more)


def stated(*events, since=None, until=None, member="ann", book=SHARING):
    engine, store = Engine(book), MemoryStore()
    for each in (engine, Engine.over(store, book)):
        each.record_many(events)
    found = engine.statement(member, since, until)
    assert Engine.over(store).statement(member, since, until) == found
    return found


ASKED = on(0, "q", "question.asked", "raj", object="q", topics=["tax"])


def test_that_weeks_count_others_and_what_begins_them():
    own = on(1, "own", "question.asked", "ann", object="own")
    answers = [
        on(2, "a", "answer.posted", "ann", object="a", in_reply_to="q"),
        on(3, "b", "answer.posted", "ann", object="b", in_reply_to="own"),
    ]
    end = answers[0].occurred_at + timedelta(weeks=1)
    assert stated(ASKED, own, *answers, until=end).weeks[-2:] == (0, 1)
    assert stated(ASKED, own, *answers).weeks[-2:] == (0, 1)


def test_that_nobody_is_reached_who_left_their_unit_and_nobody_stands_below_no_manager():
    joined = [
        on(0, f"j{name}", "member.joined", name, data={"unit": unit, "manager": boss})
        for name, unit, boss in (("ann", "Lab", ""), ("raj", "", "tom"), ("tom", "Sales", ""))
    ]
    answered = on(1, "a", "answer.posted", "ann", object="a", in_reply_to="q")
    assert not stated(*joined, ASKED, answered).reach.units
    assert not stated(*joined, ASKED, answered).reach.levels


def test_that_a_question_of_a_time_is_answered_once_it_was_by_its_end():
    answered = on(5, "a", "answer.posted", "ann", object="a", in_reply_to="q")
    learned = stated(ASKED, answered, member="raj", until=START + timedelta(days=5)).learning
    assert learned.asked == ("q",) and not learned.answered and not learned.answerers
    assert stated(ASKED, answered, member="raj").learning.answered == ("q",)


def test_that_the_latest_event_is_known_in_a_time_that_has_just_begun():
    answered = on(5, "a", "answer.posted", "ann", object="a", in_reply_to="q")
    found = stated(ASKED, answered, since=START + timedelta(days=6))
    assert found.needed.topics == ("tax",) and found.weeks[-1] == 1


def test_that_what_only_its_credit_tells_of_is_not_compared_with_a_time_before():
    text = """
    [book]
    id = "favours"
    [event."favour.done"]
    requires = ["actor", "recipient"]
    [[rule]]
    id = "favour"
    on = "favour.done"
    points = 1
    """
    done = [on(day, f"f{day}", "favour.done", "ann", recipient="raj") for day in (1, 11)]
    found = stated(*done, since=START + timedelta(days=6), book=RuleBook.parse(text))
    assert [each.member for each in found.reach.people] == ["raj"]
    assert found.growth.compared.people == (0, 0)


def test_that_a_bonus_helps_nobody_by_itself():
    text = """
    [book]
    id = "b"
    use = ["sharing"]
    [[badge]]
    id = "talker"
    count = "comment.posted"
    at_least = 1
    points = 5
    """
    replied = on(1, "c", "comment.posted", "ann", object="c", in_reply_to="q")
    found = stated(ASKED, replied, book=RuleBook.parse(text))
    assert "badge:talker" in [each.rule for each in found.earned] and not found.reach.people


def test_that_what_only_hidden_members_used_can_be_told():
    made = on(1, "p", "post.shared", "ann", object="p", data={"title": "Forms"})
    bare = on(1, "r", "post.shared", "ann", object="r")
    liked = [on(2, f"l{n}", "object.liked", None, object=thing) for n, thing in enumerate("ppr")]
    told = str(stated(made, bare, *liked))
    assert "Still useful: “Forms”, 2 times" in told and "Something of yours is still useful" in told
