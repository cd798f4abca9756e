"""What an object without a title is called: after the nearest object up its replies that has one."""

from datetime import UTC, datetime, timedelta

import pytest

from wiifm import Engine, Event, RuleBook, forget, prune
from wiifm.showing import fragment, markdown
from wiifm.statement.telling import tell
from wiifm.statement.titling import HIGHEST
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store
from wiifm.words.catalogues import speech

START = datetime(2026, 10, 5, 9, tzinfo=UTC)
SHARING = RuleBook.load("plugin:sharing")
QUIET = RuleBook.parse('[book]\nid = "quiet"\nuse = ["sharing"]\nindividuals = false')
ASKED = "How do I price this?"


def on(hours, name, kind, actor, **more):
    at = START + timedelta(hours=hours)
    return Event(id=name, type=kind, occurred_at=at, actor=actor, **more)


def likes(thing, hours=20, count=5):
    name = thing.replace("-", "")
    return [on(hours, f"{name}l{n}", "object.liked", f"p{n}", object=thing) for n in range(count)]


QUESTION = on(0, "q", "question.asked", "raj", object="q-77", data={"title": ASKED})
ANSWER = on(1, "a", "answer.posted", "ann", object="a-1", in_reply_to="q-77")
COMMENT = on(2, "c", "comment.posted", "ann", object="c-1", in_reply_to="a-1")
SAID = on(9, "h", "object.helped", "raj", object="a-1", data={"text": "thank you"})
HAPPENED = [QUESTION, ANSWER, COMMENT, SAID, *likes("a-1"), *likes("c-1")]


def stated(*events, book=SHARING, member="ann"):
    engine, store = Engine(book), MemoryStore()
    for each in (engine, Engine.over(store, book)):
        each.record_many(events)
    found = engine.statement(member)
    assert Engine.over(store).statement(member) == found
    return found


def lines(found, language="en"):
    told = tell(found, speech(language)).sections
    return {line.name: line.text for section in told for line in section.lines}


def called(found):
    return {each.object: (each.title, each.reply) for each in found.reach.used}


CALLED = {
    "en": ("your answer to “{}”", "your reply to “{}”"),
    "de": ("deine Antwort auf „{}“", "deine Antwort auf „{}“"),
    "fr": ("votre réponse à «\N{NO-BREAK SPACE}{}\N{NO-BREAK SPACE}»",) * 2,
    "es": ("tu respuesta a «{}»", "tu respuesta a «{}»"),
}


@pytest.mark.parametrize("language", CALLED)
def test_that_an_answer_and_a_comment_are_called_after_the_question_in_each_language(language):
    found = stated(*HAPPENED)
    assert called(found) == {"a-1": (ASKED, "own answer"), "c-1": (ASKED, "own reply")}
    told, (answer, reply) = lines(found, language), CALLED[language]
    assert answer.format(ASKED) in told["reach.used.a-1"]
    assert reply.format(ASKED) in told["reach.used.c-1"]
    assert told["awards.good-answer.bronze.a-1"].endswith(answer.format(ASKED))
    assert answer.format(ASKED) in told["next.good-answer"]
    for made in (str(found), fragment(found), markdown(found)):
        assert ASKED in made and "a-1" not in made and "c-1" not in made


def test_that_packs_of_other_systems_call_their_replies_so_too():
    topic = on(0, "t", "topic.created", "raj", object="t12", data={"title": ASKED})
    reply = on(1, "p", "post.created", "ann", object="p17", in_reply_to="t12")
    liked = [on(2, f"l{n}", "post.liked", f"p{n}", object="p17") for n in range(12)]
    discourse = RuleBook.load("plugin:discourse")
    told = lines(stated(topic, reply, *liked, book=discourse)).values()
    assert f"Nice reply, Bronze, for your reply to “{ASKED}”" in told
    exchange, voted = RuleBook.load("plugin:stackexchange"), likes("a-1", count=12)
    told = lines(stated(QUESTION, ANSWER, *voted, book=exchange)).values()
    assert f"Nice answer, Bronze, for your answer to “{ASKED}”" in told


def test_that_a_title_of_its_own_comes_first_and_a_text_last():
    titled = on(
        3, "b", "answer.posted", "ann", object="b", in_reply_to="q-77", data={"title": "So"}
    )
    worded = on(4, "w", "answer.posted", "ann", object="w", in_reply_to="q-77", data={"text": "By"})
    post = on(5, "p", "post.shared", "raj", object="p", data={"text": "Look at this"})
    terse = on(6, "t", "comment.posted", "ann", object="t", in_reply_to="p")
    chatty = on(7, "y", "comment.posted", "ann", object="y", in_reply_to="p", data={"text": "I do"})
    lost = on(8, "l", "comment.posted", "ann", object="l", in_reply_to="nowhere")
    made = [titled, worded, post, terse, chatty, lost]
    found = stated(QUESTION, *made, *(like for name in "bwtyl" for like in likes(name)))
    assert called(found) == {
        "b": ("So", None),
        "w": (ASKED, "own answer"),
        "t": ("Look at this", "own reply"),
        "y": ("I do", None),
        "l": ("l", None),
    }


def test_that_what_somebody_else_made_is_not_called_the_members_own():
    theirs = [
        on(2, f"{name}", kind, "mia", object=name, in_reply_to="q-77")
        for name, kind in (("x", "answer.posted"), ("z", "comment.posted"))
    ]
    thanks = [
        on(3, f"k-{name}", "kudos.given", "raj", recipient="ann", object=name, data={"text": "ta"})
        for name in "xz"
    ]
    found = stated(QUESTION, *theirs, *thanks)
    assert [(each.title, each.reply) for each in found.recognition] == [
        (ASKED, "answer"),
        (ASKED, "reply"),
    ]
    abouts = [line.about.title for part in tell(found).sections for line in part.lines if line.by]
    assert abouts == [f"an answer to “{ASKED}”", f"a reply to “{ASKED}”"]


def test_that_a_long_conversation_is_not_walked_whole():
    def talk(length):
        above = ["q-77", *(f"c{n}" for n in range(length))]
        said = [
            on(n + 1, thing, "comment.posted", "ann", object=thing, in_reply_to=above[n])
            for n, thing in enumerate(above[1:])
        ]
        return called(stated(QUESTION, *said, *likes(above[-1], length + 2)))

    assert talk(HIGHEST - 1) == {f"c{HIGHEST - 2}": (ASKED, "own reply")}
    assert talk(HIGHEST) == {f"c{HIGHEST - 1}": (f"c{HIGHEST - 1}", None)}


def test_that_a_question_that_was_retracted_lends_its_title_no_more():
    gone = Event(id="r", type="event.retracted", occurred_at=SAID.occurred_at, retracts="q")
    assert called(stated(*HAPPENED, gone))["a-1"] == ("a-1", None)
    again = on(1, "q2", "question.asked", "mia", object="q-77", data={"title": "Again?"})
    assert called(stated(*HAPPENED, again, gone))["a-1"] == ("Again?", "own answer")


def test_that_a_title_that_was_erased_does_not_come_back(tmp_path):
    for erase in (
        lambda store: forget(store, SHARING, "raj"),
        lambda store: prune(store, SHARING, START + timedelta(hours=1), tmp_path / "old.jsonl"),
    ):
        store = MemoryStore()
        engine = Engine.over(store, SHARING)
        engine.record_many(HAPPENED)
        assert called(engine.statement("ann"))["a-1"] == (ASKED, "own answer")
        erase(store)
        found = Engine.over(store).statement("ann")
        assert called(found)["a-1"] == ("a-1", None) and not found.replies
        assert ASKED not in str(found)


def test_that_nobody_is_named_by_it_where_nobody_is_named():
    found = stated(*HAPPENED, book=QUIET)
    assert called(found) == called(stated(*HAPPENED))
    told = lines(found)["reach.used.a-1"]
    assert told.startswith(f"Still useful: your answer to “{ASKED}”, to colleague 2, ")
    assert "raj" not in str(found)


def test_that_words_of_another_direction_stay_apart():
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    asked = on(0, "q", "question.asked", "raj", object="q-77", data={"title": hebrew})
    told = lines(stated(asked, ANSWER, *likes("a-1")))["reach.used.a-1"]
    assert f"your answer to “\u2068{hebrew}\u2069”" in told


def titled_conversations(count):
    """Answers to so many questions, and comments on them, each of which somebody found useful."""
    for n in range(count):
        question, answer, comment = f"q{n}", f"a{n}", f"c{n}"
        title = {"title": f"Question {n}?"}
        yield on(n, question, "question.asked", "raj", object=question, data=title)
        yield on(n, answer, "answer.posted", "ann", object=answer, in_reply_to=question)
        yield on(n, comment, "comment.posted", "ann", object=comment, in_reply_to=answer)
        for thing in (answer, comment):
            yield on(n, f"h-{thing}", "object.helped", "mia", object=thing)


def test_that_a_store_tells_the_same(new_url):
    url = new_url()
    with Engine.open(url, SHARING) as engine:
        engine.record_many(titled_conversations(40))
        engine.record_many(HAPPENED)
    expected = stated(*titled_conversations(40), *HAPPENED)
    with Engine.open(url) as engine:
        found = engine.statement("ann")
    assert called(found) == called(expected) and found.replies == expected.replies
    assert called(found)["c7"] == ("Question 7?", "own reply") and len(called(found)) == 82


def test_that_it_asks_a_store_no_more_often_for_many_than_for_few(tmp_path):
    asked = []
    for count in (3, 120):
        url = f"sqlite:///{tmp_path}/{count}.db"
        with Engine.open(url, SHARING) as engine:
            engine.record_many(titled_conversations(count))
        with open_store(url) as store:
            engine = Engine.over(store)
            statements = []
            with engine._memory.reading():
                connection = engine._memory.scope.session._connection
                connection.set_trace_callback(statements.append)
                assert len(called(engine.statement("ann"))) == 2 * count
                connection.set_trace_callback(None)
            asked.append(sum("events_by_says" in each for each in statements))
    assert asked[0] >= 2 and asked[1] <= asked[0] + 8  # a few statements ask for a set of any size
