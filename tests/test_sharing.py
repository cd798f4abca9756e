"""The default book pays once for one thing, and keeps the law."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from test_law import check_against_naive, check_ledger
from wiifm import Engine, Event, RuleBook
from wiifm.statement.rule_words import rules_in_words

BOOK = RuleBook.load("plugin:sharing")
START = datetime(2026, 5, 4, 9, tzinfo=UTC)  # a Monday


def happened(kind, hours, actor=None, **keys):
    """An event so many hours after the start, with an id of its own."""
    name = f"{kind}-{hours}-{actor}-{keys.get('object') or keys.get('recipient')}"
    at = START + timedelta(hours=hours)
    return Event(id=name, type=kind, occurred_at=at, actor=actor, **keys)


POST = happened("post.shared", 0, "ann", object="note")
QUESTION = happened("question.asked", 0, "raj", object="q")
ANSWER = happened("answer.posted", 1, "ann", object="a", in_reply_to="q")
DECLARED = happened("contribution.declared", 0, "ann", object="talk")
STARTED = happened("mentoring.started", 0, "maria", recipient="noor")


def scored(*events):
    """An engine after events, which must be what the naive implementation makes of them, in any order."""
    engine = Engine(BOOK)
    mixed = list(events)
    Random(3).shuffle(mixed)
    for each in mixed:
        engine.record(each)
    check_against_naive(BOOK, engine, list(events))
    check_ledger(engine)
    return engine


def given(engine, member, *rules):
    """What rules gave a member in all."""
    return sum(each.amount for each in engine.ledger(member) if each.rule in rules)


def badges(engine, member):
    return {(each.badge, each.tier) for each in engine.standing(member).badges}


def test_that_a_contribution_pays_once_however_many_confirm_it():
    reviews = [happened("contribution.accepted", n, f"r{n}", object="talk") for n in (1, 2)]
    assert given(scored(DECLARED, *reviews), "ann", "contribution") == 15


@pytest.mark.parametrize(
    ("verdicts", "points"),
    [("a", 15), ("r", 0), ("ar", 0), ("ra", 15), ("ara", 15), ("arr", 0)],
)
def test_that_the_last_word_on_a_contribution_counts(verdicts, points):
    words = {"a": "contribution.accepted", "r": "contribution.rejected"}
    reviews = [happened(words[v], n, "eve", object="talk") for n, v in enumerate(verdicts, 1)]
    engine = scored(DECLARED, *reviews)
    assert given(engine, "ann", "contribution") == points
    assert engine.standing("ann").points["points"] == points


def test_that_a_week_has_two_contributions_and_a_rejection_makes_room():
    talks = [happened("contribution.declared", 0, "ann", object=f"t{n}") for n in range(3)]
    reviews = [happened("contribution.accepted", n, "eve", object=f"t{n}") for n in range(3)]
    assert given(scored(*talks, *reviews), "ann", "contribution") == 30
    rejected = happened("contribution.rejected", 5, "eve", object="t0")
    assert given(scored(*talks, *reviews, rejected), "ann", "contribution") == 15
    again = happened("contribution.accepted", 6, "eve", object="t2")
    assert given(scored(*talks, *reviews, rejected, again), "ann", "contribution") == 30
    later = happened("contribution.accepted", 7 * 24, "eve", object="t2")
    assert given(scored(*talks, *reviews, later), "ann", "contribution") == 45


def test_that_an_answer_is_accepted_once_whoever_says_so():
    started = happened("mentoring.started", 0, "maria", recipient="ann")
    accepts = [happened("answer.accepted", n, "tom", object="a") for n in range(2, 7)]
    accepts.append(happened("answer.accepted", 8, "mia", object="a"))
    engine = scored(started, QUESTION, ANSWER, *accepts)
    assert given(engine, "ann", "accepted") == 15
    assert given(engine, "maria", "mentee-accepted") == 5
    assert given(engine, "tom", "closed-the-loop") == 2
    assert given(engine, "mia", "closed-the-loop") == 0
    many = [happened("answer.accepted", 20 + n, "tom", object="a") for n in range(10)]
    assert badges(scored(QUESTION, ANSWER, *accepts, *many), "ann") == {("solver", "bronze")}


def test_that_a_withdrawn_acceptance_leaves_its_place_to_the_next():
    first, second = (happened("answer.accepted", n, "raj", object="a") for n in (2, 3))
    engine = scored(QUESTION, ANSWER, first, second)
    engine.retract(first.id, at=START + timedelta(days=1))
    assert given(engine, "ann", "accepted") == 15
    engine.retract(second.id, at=START + timedelta(days=1))
    assert given(engine, "ann", "accepted") == 0


def test_that_an_answer_to_a_question_is_credited_once():
    more = [happened("answer.posted", n, "ann", object=f"a{n}", in_reply_to="q") for n in (2, 3)]
    other = happened("question.asked", 4, "raj", object="q2")
    there = happened("answer.posted", 5, "ann", object="b", in_reply_to="q2")
    assert given(scored(QUESTION, ANSWER, *more), "ann", "answered", "first-answer") == 5
    engine = scored(QUESTION, ANSWER, *more, other, there)
    assert given(engine, "ann", "answered", "first-answer") == 10


def test_that_a_person_likes_a_thing_once():
    likes = [happened("object.liked", n, "raj", object="note") for n in range(1, 31)]
    engine = scored(POST, *likes)
    assert given(engine, "ann", "liked") == 1
    engine = scored(POST, *likes, happened("object.liked", 2, "mia", object="note"))
    assert given(engine, "ann", "liked") == 2


def test_that_hidden_likes_count_each_within_the_limits():
    likes = [happened("object.liked", n, object="note") for n in range(1, 6)]
    assert given(scored(POST, *likes), "ann", "liked") == 5
    days = [
        Event(
            id=f"l{n}",
            type="object.liked",
            occurred_at=START + timedelta(hours=n),
            object="note",
        )
        for n in range(1, 130)
    ]
    assert given(scored(POST, *days), "ann", "liked") == 100


def test_that_one_admirer_makes_no_good_answer():
    def kinds(n):
        return "object.liked" if n % 2 else "object.helped"

    fan = [happened(kinds(n), n, "raj", object="a") for n in range(2, 60)]
    assert ("good-answer", "bronze") not in badges(scored(QUESTION, ANSWER, *fan), "ann")
    team = [happened(kinds(n), n, f"m{n}", object="a") for n in range(2, 7)]
    assert ("good-answer", "bronze") in badges(scored(QUESTION, ANSWER, *team), "ann")


def test_that_a_session_needs_a_mentoring_that_started():
    sessions = [
        happened("mentoring.session", n * 7 * 24 + 1, "maria", recipient="noor") for n in range(2)
    ]
    engine = scored(*sessions)
    assert list(engine.ledger()) == []
    assert badges(engine, "maria") == set()
    engine = scored(STARTED, *sessions)
    assert given(engine, "maria", "mentoring-session") == 20
    assert badges(engine, "maria") == {("mentor", "bronze")}
    ended = happened("mentoring.ended", 24, "maria", recipient="noor")
    assert given(scored(STARTED, ended, *sessions), "maria", "mentoring-session") == 10
    stranger = happened("mentoring.session", 3, "eve", recipient="noor")
    assert given(scored(STARTED, stranger), "eve", "mentoring-session") == 0


@pytest.mark.parametrize("who", ["maria", "eve"])
def test_that_a_mentor_reads_a_true_sentence_whoever_was_there(who):
    engine = scored(STARTED, happened("mentoring.session", 1, who, recipient="noor"))
    (entry,) = engine.ledger("maria")
    assert entry.say == "A mentoring session with noor"
    titles = {each.id: each.title for each in rules_in_words(BOOK)}
    assert titles["mentoring-session"] == "A mentoring session with somebody"


def test_that_nobody_mentors_themselves():
    started = happened("mentoring.started", 0, "ann", recipient="ann")
    session = happened("mentoring.session", 1, "ann", recipient="ann")
    engine = scored(started, session)
    assert list(engine.ledger()) == []
    assert badges(engine, "ann") == set()


def test_that_a_week_with_a_mentee_has_one_session():
    sessions = [happened("mentoring.session", n, "maria", recipient="noor") for n in range(1, 6)]
    assert given(scored(STARTED, *sessions), "maria", "mentoring-session") == 10


def test_that_what_is_read_again_was_learned_before():
    reads = [happened("object.read", n * 24, "raj", object="note") for n in range(1, 9)]
    engine = scored(POST, *reads)
    assert str(given(engine, "raj", "observed")) == "0.1"
    daily = [happened("object.read", n * 20 + 1, "raj", object="note") for n in range(34)]
    assert ("curious", "bronze") not in badges(scored(POST, *daily), "raj")


# ---- what its page says ------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent / "docs" / "packs" / "sharing.md").read_text(encoding="utf-8")


def rows(heading):
    """The cells of a table of the page, row by row, by the heading of its first column."""
    lines = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_that_its_page_tells_each_rule_and_what_it_gives():
    told = {row[0].strip("`"): row[2] for row in rows("rule")}
    given = {name: str(rule.points) for name, rule in BOOK.rules.items()}
    assert told == given | {"contribution": "15"} and given["contribution"] == "value * 15"


def test_that_its_page_tells_each_badge_and_its_thresholds():
    told = {name: row[2] for row in rows("badge") for name in re.findall(r"`(.+?)`", row[0])}
    for name, badge in BOOK.badges.items():
        steps = [f"{each:g}" for part in badge.parts for each in part.at_least.values()]
        assert told.pop(name) == ("once" if len(steps) == 1 else ", ".join(steps))
    assert not told
    for level, points in BOOK.ladders["path"].levels.items():
        assert f"`{level}`" in PAGE and (not points or f"({points:,}" in PAGE)
