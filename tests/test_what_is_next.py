"""What a statement says of the next badges: for whom, what stands in the way, and what is counted at the moment."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from wiifm import Engine, Event, RuleBook
from wiifm.statement.plain import text
from wiifm.statement.telling import tell
from wiifm.web import Always, application
from wiifm.words.catalogues import speech

AT = datetime(2026, 3, 30, 9, tzinfo=UTC)  # a Monday


def engine_of(badges, *events):
    """An engine with these badges and events: each is a type, the fields, and its day after AT."""
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{badges}"))
    for number, (kind, fields, day) in enumerate(events):
        at = AT + timedelta(days=day, minutes=number)
        engine.record(Event(id=f"e{number}", type=kind, occurred_at=at, **fields))
    return engine


def told(engine, language="en", names=None):
    """Ann's statement as text in one line."""
    spoken = speech(language, (names or {}).get)
    return " ".join(text(tell(engine.statement("ann"), spoken, engine.book)).split())


THANKS = ("kudos.given", {"actor": "ann", "recipient": "u7"}, 0)
QUESTION = ("question.asked", {"actor": "raj", "object": "q"}, 0)


def answers(count, day=0):
    fields = {"actor": "ann", "in_reply_to": "q"}
    return [("answer.posted", {**fields, "object": f"a{day}{n}"}, day) for n in range(count)]


@pytest.mark.parametrize("per", ["person", "pair"])
def test_that_people_for_whom_a_badge_counts_are_called_by_their_names(per):
    badge = f"[[badge]]\nid = 'pal'\ncount = 'kudos.given'\nper = '{per}'\nat_least = {{ bronze = 1, silver = 3 }}"
    engine = engine_of(badge, THANKS)
    found = told(engine, names={"u7": "Noor"})
    assert "Pal, Bronze, for Noor" in found and "Pal, Silver: 1 of 3 (Noor)" in found
    assert "u7" not in found


def test_that_a_topic_is_called_as_it_is_even_if_somebody_has_its_name_as_an_id():
    badge = "[[badge]]\nid = 'pal'\ncount = 'post.shared'\nper = 'topic'\nat_least = { bronze = 1, silver = 3 }"
    engine = engine_of(badge, ("post.shared", {"actor": "ann", "object": "o", "topics": ["u7"]}, 0))
    assert "Pal, Bronze, for u7" in told(engine, names={"u7": "Noor"})


@pytest.mark.parametrize(
    ("language", "bar"),
    [
        ("en", "Not while: somebody dislikes a contribution (if it is you, in one week); until 5 April 2026"),
        ("de", "Nicht, solange: jemandem gefällt ein Beitrag nicht"),
        ("fr", "Pas tant que : quelqu\u2019un n\u2019aime pas une contribution"),
        ("es", "No mientras"),
    ],
)  # fmt: skip
def test_that_what_stands_in_the_way_of_a_badge_is_told(language, bar):
    badge = "[[badge]]\nid = 'kind'\ncount = 'answer.posted'\nat_least = 5\nnone_of = [{ count = 'object.disliked', over = 'week' }]"
    disliked = ("object.disliked", {"actor": "ann", "object": "q"}, 0)
    barred = told(engine_of(badge, QUESTION, disliked, *answers(3)), language)
    assert "3 " in barred and bar in barred
    later = told(engine_of(badge, QUESTION, disliked, *answers(3, day=7)), language)
    assert "3 " in later and bar not in later


def test_that_a_badge_that_takes_nothing_more_but_is_barred_says_so():
    bars = "none_of = [{ count = 'object.disliked', over = 'week' }, { count = 'post.shared' }]"
    badge = f"[[badge]]\nid = 'kind'\ncount = 'answer.posted'\nat_least = 3\n{bars}"
    disliked = ("object.disliked", {"actor": "ann", "object": "q"}, 0)
    engine = engine_of(badge, QUESTION, disliked, *answers(3))
    assert (
        told(engine)
        .partition("What is next ")[2]
        .startswith(
            "Kind Not while: somebody dislikes a contribution (if it is you, in one week); until 5 April 2026"
        )
    )
    assert "What is next" not in told(engine_of(badge, QUESTION, *answers(3)))


@pytest.mark.parametrize(
    ("over", "first"),
    [
        ("month", "1 April"),
        ("every 2 days", "31 March"),
        ("year", "30 March"),
        ("ever", "30 March"),
    ],
)
def test_that_a_week_begins_where_it_begins_to_count(over, first):
    """Of a week from 30 March on, what was done in March doesn't count in April; one date says from when what is told counts."""
    badge = f"[[badge]]\nid = 'weeks'\ngroups = 'week'\neach = {{ count = 'answer.posted', at_least = 9 }}\nover = '{over}'\nat_least = 2"
    engine = engine_of(badge, QUESTION, *answers(3), *answers(2, day=2))
    counted = 5 if first == "30 March" else 2
    assert f"week from {first} 2026: {counted} of 9" in told(engine)


def test_that_a_page_and_a_statement_say_which_of_its_measures_a_ratio_waits_for():
    badge = "[[badge]]\nid = 'sure'\nratio = [{ count = 'answer.accepted', to = 'recipient' }, { count = 'answer.posted', at_least = 4 }]\nat_least = 0.5"
    accepted = ("answer.accepted", {"actor": "raj", "object": "a00"}, 1)
    waits, second = "3 of 4", "somebody answers a question"
    engine = engine_of(badge, QUESTION, *answers(3))
    assert f"Sure: {waits} (how often: {second})" in told(engine)
    assert "(wie oft: jemand beantwortet eine Frage)" in told(engine, "de")
    (line,) = engine.statement("ann").next
    assert (line.second, line.value, line.threshold) == (True, 3, 4)
    with TestClient(application(engine, who=Always("ann"))) as pages:
        page = pages.get("/badges").text
        assert f'Next <small class="for">How often: {second}</small>' in page
    enough = engine_of(badge, QUESTION, *answers(5), accepted)
    (line,) = enough.statement("ann").next
    assert (line.second, line.value) == (False, 0.2)
    assert f"(how often: {second})" not in told(enough)


BOTH = """
[[badge]]
id     = "all-round"
all_of = [{ count = "answer.posted", at_least = 5 }, { count = "post.shared", at_least = 3 }]
"""


def test_that_a_statement_says_which_criterion_of_a_badge_with_several_it_tells_of():
    engine = engine_of(BOTH, QUESTION, *answers(2))
    assert "All round: 2 of 5 (how often: somebody answers a question)" in told(engine)
    assert "All round: 2 von 5 (wie oft: jemand beantwortet eine Frage)" in told(engine, "de")
    assert engine.statement("ann").nearest[0].part == 0
    engine = engine_of(BOTH, QUESTION, *answers(5))
    assert "All round: 0 of 3 (how often: somebody shares what they know or found)" in told(engine)
    assert engine.statement("ann").nearest[0].part == 1
    in_its_words = f"{BOTH}\nmeans = 'Answers and posts'"
    assert "All round: 2 of 5 Answers and posts" in told(
        engine_of(in_its_words, QUESTION, *answers(2))
    )
