"""How a rule book judged each event, step by step: it agrees with the ledger, and gives the reason where nothing came."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings

from histories import history
from test_law import EXAMPLES, seeds, some_book
from wiifm import Engine, Event, Holder, Measure, RuleBook, UnknownName, hookimpl
from wiifm.activities import order_of
from wiifm.cli.app import run
from wiifm.tracing import trials

AT = datetime(2026, 5, 4, 11, tzinfo=UTC)
GAVE = re.compile(r"gave ([+-][\d.]+) (\S+)")
CORRECTED = re.compile(r"gave ([+-][\d.]+) (\S+) for (\S+)")


@given(seeds)
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_that_the_steps_agree_with_the_ledger(seed):
    random = Random(seed)
    book, events = some_book(random), history(random, 20)
    engine = Engine(book)
    for event in sorted(events, key=order_of):
        engine.record(event)
    for holder in engine.holders():
        given_, corrected = Counter(), Counter()
        for trial in trials(book, events, holder):
            assert str(trial).startswith(trial.event.id)
            for step in trial.steps:
                if found := GAVE.fullmatch(step.outcome):
                    given_[trial.event.id, step.what, found[1]] += 1
                if found := CORRECTED.fullmatch(step.outcome):
                    corrected[trial.event.id, found[3], found[1]] += 1
        booked = Counter(
            (entry.event, f"rule {entry.rule}", f"{entry.amount:+}")
            for entry in engine.ledger(holder)
            if entry.because == entry.event and not entry.rule.startswith("badge:")
        )
        assert given_ == booked
        assert corrected == Counter(
            (entry.because, entry.event, f"{entry.amount:+}")
            for entry in engine.ledger(holder)
            if entry.because != entry.event
        )


def told(rule, **more):
    """What became of a rule for a post of Ann's at eleven."""
    book = RuleBook.parse(
        f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 2\n{rule}"
    )
    post = Event(id="e1", type="post.shared", occurred_at=AT, actor="ann", object="p", **more)
    (trial,) = trials(book, [post], Holder("member", "ann"))
    return [str(step) for step in trial.steps]


@pytest.mark.parametrize(
    ("rule", "more", "expected"),
    [
        ("", {}, "rule r: gave +2 points"),
        (
            "where = \"hour < 9 and community == 'c1'\"",
            {"community": "c1"},
            "rule r: nothing, as hour < 9 and community == 'c1' is false (community is 'c1', hour is 11)",
        ),
        ("since = 2026-06-01", {}, "rule r: nothing, as it holds since 2026-06-01T00:00:00+00:00"),
        ("until = 2026-05-01", {}, "rule r: nothing, as it held until 2026-05-01T00:00:00+00:00"),
        (
            "audience = { communities = ['c2'] }",
            {"community": "c1"},
            "rule r: nothing, as it is for the community c2 (this is 'c1')",
        ),
        (
            "limit = { points = 1, per = 'day' }",
            {},
            "rule r: gave +1 points",
        ),
    ],
)
def test_that_the_reason_is_told(rule, more, expected):
    assert told(rule, **more)[0] == expected


def test_that_a_rule_that_asks_for_the_merit_of_another_is_not_told_of():
    rules = "".join(
        f"[[rule]]\nid = '{of}'\non = 'kudos.given'\nto = 'unit'\nof = '{of}'\npoints = 1\n"
        for of in ("actor", "recipient")
    )
    joined = [
        Event(id=f"j{who}", type="member.joined", occurred_at=AT, actor=who, data={"unit": "lab"})
        for who in ("ann", "raj")
    ]
    thanks = Event(id="k", type="kudos.given", occurred_at=AT, actor="raj", recipient="ann")
    book = RuleBook.parse("[book]\nid = 'b'\n" + rules)
    (trial,) = trials(book, [*joined, thanks], Holder("unit", "lab"))
    assert [*map(str, trial.steps)] == [
        "rule actor: gave +1 points",
        "rule recipient: gave +1 points",
    ]


def test_that_what_a_retraction_takes_back_is_told_and_what_it_makes_room_for():
    text = "[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 2\nlimit = { times = 1, per = 'day' }"
    posts = [
        Event(id=f"e{n}", type="post.shared", occurred_at=AT, actor="ann", object=f"p{n}")
        for n in (1, 2)
    ]
    gone = Event(id="x", type="event.retracted", occurred_at=AT, retracts="e1")
    *_, last = trials(RuleBook.parse(text), [*posts, gone], Holder("member", "ann"))
    assert [str(each) for each in last.steps] == [
        "rule r: gave -2 points for e1",
        "rule r: gave +2 points for e2",
    ]


def test_that_what_a_late_creator_makes_room_for_is_told_of_each_event():
    text = "[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'object.liked'\nto = 'recipient'\npoints = 2\nlimit = { times = 1, per = 'day' }"
    likes = [
        Event(id=f"l{n}", type="object.liked", occurred_at=AT, actor=f"x{n}", object="p0")
        for n in range(3)
    ]
    shared, like = posts_on(0.1)[0], evolve(likes[0], id="l9", occurred_at=AT + timedelta(hours=9))
    used = "limit: the limit of 1 time per day is used up"
    assert steps(RuleBook.parse(text), [*likes, shared, like]) == [
        [
            "rule r: gave +2 points for l0",
            f"rule r: gave nothing for l1, {used}",
            f"rule r: gave nothing for l2, {used}",
        ],
        [f"rule r: gave nothing, {used}"],
    ]
    capped = text.replace("points = 2", "points = 2.0").replace("times = 1", "points = 3")
    assert steps(RuleBook.parse(capped), [*likes[:2], shared])[0] == [
        "rule r: gave +2 points for l0",
        "rule r: gave +1 points for l1",
        "rule r: gave nothing more for l1, capped: the limit of 3 points per day leaves 1 of 2",
    ]


def steps(book, events):
    """What is told of each event that concerns ann, step by step."""
    found = trials(book, events, Holder("member", "ann"))
    return [[str(step) for step in each.steps] for each in found]


def posts_on(*days):
    return [
        Event(
            id=f"e{n}",
            type="post.shared",
            occurred_at=AT + timedelta(days=day),
            actor="ann",
            object=f"p{n}",
        )
        for n, day in enumerate(days)
    ]


def test_that_what_counts_towards_a_badge_is_told():
    book = RuleBook.parse(
        "[book]\nid = 'b'\n[[badge]]\nid = 'writer'\ncount = 'post.shared'\nat_least = { bronze = 2, gold = 3 }"
    )
    posts = [
        Event(id=f"e{n}", type="post.shared", occurred_at=AT, actor="ann", object=f"p{n}")
        for n in range(3)
    ]
    assert steps(book, posts) == [
        ["badge writer: 1 of 2 to bronze"],
        ["badge writer: earned bronze", "badge writer: 2 of 3 to gold"],
        ["badge writer: earned gold"],
    ]


def test_how_long_what_counts_goes_on_counting_is_told():
    book = RuleBook.parse(
        "[book]\nid = 'b'\n[[badge]]\nid = 'week'\ncount = 'post.shared'\nover = 'last 7 days'\nat_least = 3"
    )
    first, second = ((AT + timedelta(days=day)).isoformat() for day in (7, 9))
    assert steps(book, posts_on(0, 2, 8)) == [
        [f"badge week: 1 of 3, until {first} if nothing more happens"],
        [f"badge week: 2 of 3, until {first} if nothing more happens"],
        # e0 has left the window, e2 came: as many as before, which go on counting for longer.
        [f"badge week: 2 of 3, until {second} if nothing more happens"],
    ]


def test_that_what_must_stay_below_is_told():
    book = RuleBook.parse(
        "[book]\nid = 'b'\n[[badge]]\nid = 'calm'\n"
        "all_of = [{ count = 'post.shared', at_least = 3 }]\n"
        "none_of = [{ count = 'comment.posted', at_least = 1, over = 'last 7 days' }]"
    )
    comment = Event(
        id="c", type="comment.posted", occurred_at=AT, actor="ann", object="c", in_reply_to="p"
    )
    (found,) = steps(book, [comment])
    until = (AT + timedelta(days=7)).isoformat()
    assert f"badge calm: 1, must stay below 1, until {until} if nothing more happens" in found


def test_that_the_last_moment_of_a_window_is_told():
    book = RuleBook.parse(
        "[book]\nid = 'b'\n[[badge]]\nid = 'week'\ncount = 'post.shared'\nover = 'last 7 days'\nat_least = 4"
    )
    *_, last = steps(book, posts_on(0, 1, 7))
    until = (AT + timedelta(days=7)).isoformat()
    assert last == [f"badge week: 3 of 4, until {until} if nothing more happens"]


LADDER = """
[book]
id = 'b'
[[ladder.path.level]]
id = 'reg'
count = 'post.shared'
at_least = 2
{more}
[[ladder.path.level]]
id = 'lead'
count = 'post.shared'
at_least = 3
"""


def test_that_a_climb_is_told_once():
    book = RuleBook.parse(LADDER.format(more=""))
    assert steps(book, posts_on(0, 1, 2)) == [
        ["badge path/reg: 1 of 2", "badge path/lead: 1 of 3"],
        ["ladder path: reached reg", "badge path/lead: 2 of 3"],
        ["ladder path: reg to lead"],
    ]


def test_that_it_is_told_when_nothing_lacks_to_what_must_be_kept_up():
    keep_up = "over = 'last 7 days'\nkeep_up = { share = 0.5 }"
    text = LADDER.partition("[[ladder.path.level]]\nid = 'lead'")[0]
    book = RuleBook.parse(text.format(more=keep_up))
    tick = Event(id="t", type="time.advanced", occurred_at=AT + timedelta(days=2))
    late = Event(id="u", type="time.advanced", occurred_at=AT + timedelta(days=30))
    found = steps(book, [*posts_on(0, 1), tick, late])
    assert found[1:] == [
        ["badge path/reg: all is met; it is given once time is advanced"],
        ["ladder path: reached reg"],
        ["ladder path: reg to no level"],
    ]


def test_that_the_criteria_of_a_badge_are_told_apart():
    book = RuleBook.parse(
        "[book]\nid = 'b'\n[[badge]]\nid = 'both'\n"
        "all_of = [{ count = 'post.shared', at_least = 3 }, { count = 'post.shared', over = 'last 7 days', at_least = 5 }]"
    )
    (found,) = steps(book, posts_on(0))
    assert found == [
        "badge both, criterion 1: 1 of 3",
        "badge both, criterion 2: 1 of 5, until 2026-05-11T11:00:00+00:00 if nothing more happens",
    ]


class Failing:
    @hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            raise ValueError(sample)

        measures.add(Measure(name="failing", start=0, add=add, read=abs))


def test_that_a_measure_that_fails_is_told():
    text = "[book]\nid = 'b'\n[[badge]]\nid = 'x'\nmeasure = 'failing'\nvalue = 'hour'\non = 'post.shared'\nat_least = 1"
    ((step,),) = steps(RuleBook.parse(text, plugins=[Failing()]), posts_on(0))
    assert step.startswith("badge x: gave nothing, fault: the measure failing of plugin 'Failing'")
    assert "raised ValueError(11)" in step


def test_that_a_member_whom_nothing_concerns_is_told():
    book = RuleBook.parse("[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 2")
    with pytest.raises(UnknownName, match=r"member 'anne': .*; did you mean 'ann'"):
        list(trials(book, posts_on(0), Holder("member", "anne")))


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("acme.toml").write_text(
        "[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'kudos.given'\nto = 'recipient'\npoints = 2",
        encoding="utf-8",
    )
    events = [
        {
            "id": f"k{n}",
            "type": "kudos.given",
            "occurred_at": f"2026-05-0{n}T09:00:00Z",
            "actor": "bob",
            "recipient": who,
        }
        for n, who in ((2, "ann"), (1, "cy"), (3, "bob"))
    ]
    Path("may.jsonl").write_text(
        "\n".join(map(json.dumps, events)) + "\nnonsense\n", encoding="utf-8"
    )
    assert run(["rules", "try", "acme.toml", "may.jsonl", "--member", "ann"]) == 1
    shown = capsys.readouterr()
    assert (
        shown.out
        == "k2  2026-05-02T09:00:00+00:00  kudos.given  recorded\n  rule r: gave +2 points\n"
    )
    assert "may.jsonl, line 4" in shown.err
    assert run(["rules", "try", "acme.toml", "may.jsonl", "--member", "anne"]) == 2
    assert "member 'anne'" in capsys.readouterr().err
    assert run(["rules", "try", "acme.toml", "may.jsonl", "--member", "bob", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [each["event"]["id"] for each in found] == ["k1", "k2", "k3"]
    assert found[2]["steps"] == [
        {
            "what": "rule r",
            "outcome": "gave nothing, self: it would credit members for their own doing",
        }
    ]
