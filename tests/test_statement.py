"""A statement tells what sharing did for a member and for others, each figure with the events behind it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random

import cattrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from histories import MEMBERS, history
from histories import START as MARCH
from test_archive import record
from test_law import some_book
from wiifm import Engine, Event, InvalidInput, RuleBook
from wiifm.accounts import Gain
from wiifm.archive.tables import EVENTS
from wiifm.statement import as_json
from wiifm.statement.earned import EntryContext, nets, sums, totals_of_rows
from wiifm.statement.nouns import evidence
from wiifm.statement.outlook import Step
from wiifm.statement.telling import tell
from wiifm.stores.memory import MemoryStore, _Reading
from wiifm.stores.protocol import Reading
from wiifm.stores.urls import open_store
from wiifm.upkeep.forgetting import forget
from wiifm.words.catalogues import speech

START = datetime(2026, 10, 1, 9, tzinfo=UTC)
SHARING = RuleBook.load("plugin:sharing")


def on(day, id, type, actor=None, **more):
    return Event(id=id, type=type, occurred_at=START + timedelta(days=day), actor=actor, **more)


def unit(member, name, manager=None):
    data = {"unit": name} | ({"manager": manager} if manager else {})
    return on(-300, f"joined-{member}", "member.joined", member, data=data)


MONTH = [
    unit("ann", "Design", "eva"),
    unit("raj", "Sales", "tom"),
    unit("noor", "Design", "eva"),
    unit("tom", "Sales", "max"),
    unit("eva", "Design", "max"),
    on(
        1, "q1", "question.asked", "raj", object="q1", topics=("pricing",), data={"title": "Which?"}
    ),
    on(2, "a1", "answer.posted", "ann", object="a1", in_reply_to="q1"),
    on(3, "c1", "answer.accepted", "raj", object="a1"),
    on(4, "k1", "kudos.given", "noor", recipient="ann", data={"text": "you saved my day"}),
    on(5, "d1", "document.contributed", "ann", object="d1", topics=("tools",), data={"title": "T"}),
    on(6, "r1", "object.read", "noor", object="d1"),
    on(6, "r2", "object.read", "noor", object="d1"),
    on(7, "u1", "object.reshared", "tom", object="d1"),
    on(8, "q2", "question.asked", "ann", object="q2", topics=("travel",)),
    on(9, "a2", "answer.posted", "eva", object="a2", in_reply_to="q2"),
    on(10, "q3", "question.asked", "mia", object="q3", topics=("pricing",), data={"title": "How?"}),
    on(11, "q4", "question.asked", "tom", object="q4", topics=("pricing",)),
    on(12, "a4", "answer.posted", "eva", object="a4", in_reply_to="q4"),
    on(12, "t1", "comment.posted", "ann", object="t1", in_reply_to="q4"),
    on(13, "x1", "object.helped", "mia", object="a1", data={"text": "so did it mine"}),
    on(13, "x2", "object.helped", "mia", object="d1"),
    on(14, "x3", "event.retracted", "mia", retracts="x2"),
]


@pytest.fixture(params=["memory", "store"])
def engine(request):
    book = RuleBook.load("plugin:sharing")
    made = Engine(book) if request.param == "memory" else Engine.over(MemoryStore(), book)
    assert made.record_many(MONTH).rejected == ()
    return made


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("价格表在哪里" * 20, ("价格表在哪里" * 20)[:79] + "…"),
        ("why " + "w" * 100, "why " + "w" * 75 + "…"),
        ("word " * 30, "word " * 14 + "word word…"),
        ("x" * 80, "x" * 80),
    ],
)
def test_that_a_long_title_is_told_as_far_as_there_is_room(title, told):
    engine = Engine(SHARING)
    engine.record_many(
        [
            on(0, "q", "question.asked", "raj", object="q", topics=["t"], data={"title": title}),
            on(1, "a", "answer.posted", "ann", object="a", in_reply_to="q"),
            on(2, "c", "answer.accepted", "raj", object="a"),
        ]
    )
    assert [each.title for each in engine.statement("ann").reach.used] == [told]


def test_that_it_tells_whom_help_reached(engine):
    reach = engine.statement("ann").reach
    assert {each.member: each.events for each in reach.people} == {
        "raj": ("a1", "c1"),
        "mia": ("x1",),
        "tom": ("u1",),
    }
    assert [(each.member, each.events) for each in reach.answered] == [("raj", ("a1",))]
    assert [(each.to, each.people) for each in reach.units] == [("Sales", ("raj", "tom"))]
    assert [(each.to, each.people) for each in reach.levels] == [("+1", ("tom",))]
    assert [(each.object, each.title, each.people) for each in reach.used] == [
        ("d1", "T", ("noor", "tom")),
        ("a1", "Which?", ("mia", "raj")),
    ]


def test_that_a_question_with_two_answers_of_mine_is_one_question():
    engine = Engine(SHARING)
    engine.record_many(
        [
            on(0, "q", "question.asked", "raj", object="q"),
            on(1, "a", "answer.posted", "ann", object="a", in_reply_to="q"),
            on(2, "b", "answer.posted", "ann", object="b", in_reply_to="q"),
        ]
    )
    found = engine.statement("ann")
    assert found.reach.questions == ("q",) and found.why("reach.answered") == ("a", "b")
    assert "You answered a question from raj" in str(found)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("q",), "You asked a question\nIt got an answer: ann"),
        (("q", "r"), "You asked 2 questions\nOne of them got an answer: ann"),
    ],
)
def test_that_what_was_asked_is_told_with_what_was_answered(asked, told):
    engine = Engine(SHARING)
    engine.record_many(on(0, each, "question.asked", "raj", object=each) for each in asked)
    engine.record(on(1, "a", "answer.posted", "ann", object="a", in_reply_to="q"))
    (learned,) = (
        each for each in tell(engine.statement("raj")).sections if each.name == "learning"
    )
    assert "\n".join(line.text for line in learned.lines) == told


def test_that_it_tells_recognition_learning_and_talents(engine):
    found = engine.statement("ann")
    assert [(each.giver, each.act, each.text) for each in found.recognition] == [
        ("raj", "accepts", ""),
        ("noor", "thanks", "you saved my day"),
        ("tom", "uses", ""),
        ("mia", "confirms", "so did it mine"),
    ]
    learning = found.learning
    assert (learning.asked, learning.answered, learning.replied) == (("q2",), ("q2",), ("t1",))
    assert [each.member for each in learning.answerers] == ["eva"]
    assert [(each.topic, each.people, each.events) for each in found.talents] == [
        ("pricing", ("mia", "raj"), ("c1", "x1")),
        ("tools", ("tom",), ("u1",)),
    ]
    assert {each.topic for each in found.topics} >= {"pricing", "tools"}


def test_that_it_tells_where_one_is_needed(engine):
    needed = engine.statement("ann").needed
    assert [(each.object, each.asker) for each in needed.questions] == [("q3", "mia")]
    assert [(each.member, each.topics) for each in needed.colleagues] == [("mia", ("pricing",))]
    before = engine.statement("ann", until=START + timedelta(days=2, hours=1)).needed
    assert before.questions == ()
    engine.record(on(20, "a3", "answer.posted", "eva", object="a3", in_reply_to="q3"))
    assert engine.statement("ann").needed.questions == ()


@pytest.mark.parametrize(
    ("days", "new", "still_open"),
    [(60, True, True), (61, False, True), (180, False, True), (181, False, False)],
)
def test_that_who_is_new_and_what_is_open_are_so_for_a_while(days, new, still_open):
    """Mia did nothing but ask, so many days ago; today, Ann contributed something else."""
    about = {"topics": ("pricing",)}
    engine = Engine(SHARING)
    engine.record(on(0, "d", "document.contributed", "ann", object="d", **about))
    engine.record(on(1, "q", "question.asked", "mia", object="q", **about))
    engine.record(on(1 + days, "d2", "document.contributed", "ann", object="d2"))
    needed = engine.statement("ann").needed
    assert [each.member for each in needed.colleagues] == ["mia"] * new
    assert [each.object for each in needed.questions] == ["q"] * still_open


def asked_and_shared(random):
    """More than is looked at of a topic: several at one moment, by a few members each of whom did several things."""
    who = ("mia", "raj", "noor", "tom", "eva", "max", "ida", "leo", "kim", "pat", "zoe", "lou")
    about = {"topics": ("pricing",)}
    events = [on(-1, "d0", "document.contributed", "ann", object="d0", **about)]
    for number in range(99):
        name, day = f"x{random.randrange(10**6):06}", random.randrange(20) / 2
        type = "question.asked" if number % 3 else "document.contributed"
        events.append(on(day, name, type, random.choice(who), object=name, **about))
    return list({event.id: event for event in events}.values())


@pytest.mark.parametrize("seed", range(3))
def test_that_who_and_what_needs_one_is_the_same_however_it_came(seed, tmp_path):
    """The latest by time are looked at, not those that were recorded last."""
    random = Random(seed)
    events = asked_and_shared(random)
    whole = Engine(SHARING)
    whole.record_many(sorted(events, key=lambda each: (each.occurred_at, each.id)))
    past = START + timedelta(days=5)
    expected = [whole.statement("ann", until=until).needed for until in (None, past)]
    assert all(len(each.questions) == 20 and len(each.colleagues) > 3 for each in expected)
    random.shuffle(events)
    shelves = (None, MemoryStore(), open_store(f"sqlite:///{tmp_path}/acme.db"))
    for store in shelves:
        engine = Engine(SHARING) if store is None else Engine.over(store, SHARING)
        with engine:
            for begin in range(0, len(events), 25):
                engine.record_many(events[begin : begin + 25])
            found = [engine.statement("ann", until=until).needed for until in (None, past)]
        assert found == expected


@pytest.mark.parametrize("backend", ["memory", "sqlite", "postgres"])
def test_that_a_colleague_is_new_by_what_was_not_taken_back(backend, tmp_path, request):
    """What somebody did last before they would be new may have been taken back: then what they did before that counts."""

    def asked(name, actor, days, **more):
        at = START + timedelta(days=days)
        kind = {"type": "question.asked", "object": f"o{name}", "topics": ["pricing"]} | more
        return Event(id=name, occurred_at=at, actor=actor, **kind)

    gone = {"type": "event.retracted", "object": None, "topics": ()}
    events = [
        asked("a1", "ann", 0),
        asked("m1", "mia", 1),
        *(asked(f"m{number}", "mia", number) for number in range(2, 5)),
        asked("t1", "tom", 2),
        asked("r1", "raj", 100),
        *(asked(f"{who}9", f"{who}", 101) for who in ("mia", "tom")),
        *(asked(f"x{name}", None, 102, **gone, retracts=name) for name in ("m3", "m4", "t1")),
        Event(
            id="b1",
            type="answer.posted",
            occurred_at=START,
            actor="ann",
            object="ob1",
            in_reply_to="oa1",
            topics=["pricing"],
        ),
    ]
    url = {
        "memory": lambda: "memory:",
        "sqlite": lambda: f"sqlite:///{tmp_path}/acme.db",
        "postgres": lambda: request.getfixturevalue("postgres_urls")(),  # noqa: PLW0108 - which may skip
    }[backend]()
    with Engine.open(url, SHARING) as engine:
        assert not engine.record_many(events).rejected
        new = engine.statement("ann").needed.colleagues
    assert [(each.member, each.since) for each in new] == [
        ("raj", START + timedelta(days=100)),
        ("tom", START + timedelta(days=101)),
    ]


def test_that_help_of_a_kind_without_an_act_reaches_somebody_and_is_in_no_week():
    """For it one would have to look up what each earlier week gave points for."""
    shown = "[event.'tool.shown']\nrequires = ['actor', 'recipient']\n"
    rule = "[[rule]]\nid = 'shown'\non = 'tool.shown'\npoints = 1\n"
    engine = Engine(RuleBook.parse("[book]\nid = 'b'\n" + shown + rule))
    engine.record(on(0, "s", "tool.shown", "ann", recipient="raj"))
    found = engine.statement("ann", until=START + timedelta(days=1))
    assert [each.member for each in found.reach.people] == ["raj"] and not any(found.weeks)


def test_that_time_is_saved_for_each_of_those_whom_nobody_knows(engine):
    hidden = [on(15, f"h{n}", "object.helped", object="d1") for n in range(2)]
    before = engine.statement("ann").saved.minutes
    assert engine.record_many(hidden).rejected == ()
    assert engine.statement("ann").saved.minutes == before + 2 * 20


def test_that_time_saved_is_an_estimate_whose_assumption_is_told_and_can_be_set(engine):
    saved = engine.statement("ann").saved
    assert saved.by == {"accepts": ("c1",), "confirms": ("x1",), "uses": ("u1",), "reads": ("r1",)}
    assert saved.minutes == 30 + 20 + 15 + 2
    mine = engine.statement("ann", minutes={"accepts": 5}).saved
    assert (mine.minutes, mine.by, mine.assumed) == (5, {"accepts": ("c1",)}, {"accepts": 5})
    for wrong in ({"accept": 5}, {"accepts": -1}, {"accepts": "5"}):
        with pytest.raises(InvalidInput, match="minutes"):
            engine.statement("ann", minutes=wrong)


def test_that_every_line_answers_why_with_events_that_count(engine):
    found = engine.statement("ann")
    assert found.why("talents.pricing") == ("c1", "x1")
    known = {event.id for event in MONTH} - {"x2"}
    for name, events in evidence(found):
        assert found.why(name) == events and {*events} <= known, name
    with pytest.raises(KeyError, match=r"did you mean 'reach.people'"):
        found.why("reach.peopel")


def test_that_a_time_is_compared_with_the_one_before(engine):
    october = engine.statement("ann", START + timedelta(days=4), START + timedelta(days=8))
    assert [each.act for each in october.recognition] == ["thanks", "uses"]
    assert october.growth.compared.people == (1, 1)
    assert "than in the period before" not in str(october)


def test_that_a_newcomer_is_told_where_to_begin(engine):
    engine.record(unit("new", "Design"))
    found = engine.statement("new").beginning
    assert [(each.act, each.points) for each in found.steps] == [
        ("asks", 2),
        ("replies", 1),
        ("thanks", None),
    ]
    assert [each.member for each in found.neighbours] == ["ann", "eva"]
    assert "Where to begin" in str(engine.statement("new"))
    assert engine.statement("ann").beginning is None


def test_that_answers_in_a_circle_are_no_matter():
    engine = Engine(RuleBook.load("plugin:sharing"))
    circle = [
        on(1, "a1", "answer.posted", "ann", object="x", in_reply_to="y"),
        on(2, "a2", "answer.posted", "ann", object="y", in_reply_to="x"),
        on(3, "l1", "object.liked", "raj", object="x"),
    ]
    engine.record_many(circle)
    assert [each.title for each in engine.statement("ann").reach.used] == ["x"]


def test_that_memory_and_store_tell_the_same_whatever_came_late():
    book = RuleBook.load("plugin:sharing")
    one, other = Engine(book), Engine.over(MemoryStore(), book)
    for engine, events in ((one, MONTH), (other, MONTH[::-1])):
        engine.record_many(events)
    for member in ("ann", "raj", "mia", "eva", "tom"):
        mine, theirs = as_json(one.statement(member)), as_json(other.statement(member))
        for each in (*mine["earned"], *theirs["earned"], *mine["topics"], *theirs["topics"]):
            each["entries"] = len(each["entries"])
        assert mine == theirs


@pytest.mark.parametrize("seed", range(3))
def test_that_a_store_tells_the_same_of_any_time(seed, monkeypatch):
    monkeypatch.setattr("wiifm.statement_reading.LATEST", 4)
    monkeypatch.setattr("wiifm.archive.deeds.MAX_PAGE", 2)
    random = Random(seed)
    book, events = some_book(random), history(random, 60)
    random.shuffle(events)
    one, store = Engine(book), MemoryStore()
    for part in (events[::3], events[1::3], events[2::3]):
        for engine in (one, Engine.over(store, book)):
            record(engine, part, Random(seed))
    days = [None, *(MARCH + timedelta(days=day) for day in (0, 2, 5, 15))]
    other = Engine.over(store, book)
    for member in MEMBERS:
        for since, until in product(days, days):
            expected = one.statement(member, since, until)
            assert other.statement(member, since, until) == expected, (member, since, until)


LONG_AGO = [
    on(-400, "q", "question.asked", "raj", object="q", topics=("tax",)),
    on(-399, "a", "answer.posted", "ann", object="a", in_reply_to="q"),
    on(-398, "h", "object.helped", "raj", object="a"),
    on(-300, "other", "post.shared", "raj", object="other"),
]


@pytest.mark.parametrize("over", [Engine, lambda book: Engine.over(MemoryStore(), book)])
def test_that_many_small_things_hide_nothing_that_tells_what_somebody_is_good_at(over):
    engine = over(SHARING)
    liked = [on(-200, f"l{n:03}", "object.liked", "ann", object="other") for n in range(150)]
    likes = [on(-200, f"m{n:03}", "object.liked", f"m{n}", object="a") for n in range(150)]
    engine.record_many([*LONG_AGO, *liked, *likes])
    found = engine.statement("ann", since=START)
    assert [(each.topic, each.events) for each in found.talents] == [("tax", ("h",))]
    assert found.needed.topics == ("tax",)


@pytest.mark.parametrize("over", [Engine, lambda book: Engine.over(MemoryStore(), book)])
def test_that_whoever_only_liked_something_long_ago_does_not_begin(over):
    engine = over(SHARING)
    engine.record_many([*LONG_AGO, on(-200, "l", "object.liked", "mia", object="other")])
    assert engine.statement("mia", since=START).beginning is None
    assert engine.statement("noor", since=START).beginning is not None


@pytest.mark.parametrize("seed", range(3))
def test_that_what_is_not_read_of_earlier_times_changes_nothing(seed, monkeypatch):
    monkeypatch.setattr("wiifm.statement_reading.LATEST", 0)
    engine = Engine(some_book(Random(seed)))
    record(engine, history(Random(seed), 200), Random(seed))
    days = [MARCH + timedelta(days=day) for day in (2, 5, 15)]
    asked = [(member, since) for member in MEMBERS for since in days]
    found = [engine.statement(*each) for each in asked]
    assert any(any(each.weeks) for each in found)
    assert any(each.growth.compared and each.growth.compared.people[1] for each in found)
    monkeypatch.setattr("wiifm.statement_reading.types_of", lambda book, _: {*book.types})
    assert [engine.statement(*each) for each in asked] == found


def test_that_it_is_json_all_through(engine):
    import json

    found = json.loads(json.dumps(as_json(engine.statement("ann", since=START))))
    assert found["since"] == "2026-10-01T09:00:00+00:00"
    assert found["needed"]["questions"][0]["asker"] == "mia"
    assert cattrs.structure(found["reach"]["people"][0]["events"], list[str]) == ["a1", "c1"]


def test_that_nobody_else_is_named_where_the_book_says_so():
    text = """
    [book]
    id = "quiet"
    use = ["sharing"]
    individuals = false

    [[badge]]
    id = "regular"
    on = "kudos.given"
    to = "recipient"
    measure = "count"
    per = "person"
    again = "person"
    at_least = { bronze = 1, silver = 9 }
    """
    engine = Engine(RuleBook.parse(text))
    engine.record_many(MONTH)
    engine.record(unit("new", "Design"))
    assert "colleague 1" in str([each.key for each in engine.standing("ann").badges])
    for member in ("ann", "new"):
        told = json_of(engine, member)
        for name in ("raj", "noor", "mia", "tom", "eva"):
            assert f'"{name}"' not in told and f" {name}" not in told, (member, name)


def json_of(engine, member):
    import json

    found = engine.statement(member)
    return json.dumps(as_json(found)) + str(found)


class Counting(Reading):
    """What is read of the log, row by row."""

    def __init__(self, reading):
        self.reading, self.rows = reading, 0

    def find(self, table, keys, index=None):
        found = self.reading.find(table, keys, index)
        self.rows += len(found) * (table is EVENTS)
        return found

    def scan(self, table, *given, **bounds):
        for row in self.reading.scan(table, *given, **bounds):
            self.rows += table is EVENTS
            yield row


def test_that_a_statement_reads_no_more_of_the_log_for_a_larger_community():
    rows = []
    for others in (10, 400):
        engine = Engine.over(MemoryStore(), RuleBook.load("plugin:sharing"))
        engine.record_many(MONTH)
        noise = (
            on(1, f"n{n}", "post.shared", f"m{n % 50}", object=f"n{n}", topics=("noise",))
            for n in range(others)
        )
        engine.record_many(noise)
        memory = engine._memory
        with memory.reading():
            memory.scope.session = counting = Counting(memory.scope.session)
            engine.statement("ann")
        rows.append(counting.rows)
    assert rows[0] == rows[1] < 60


def test_that_sqlite_hands_over_no_row_that_a_statement_doesnt_tell_of(tmp_path):
    rows = []
    asked = [on(-49, f"many {n}", "question.asked", "raj", object=f"many {n}") for n in range(40)]
    for number in (0, 40):
        liked = [
            on(-40, f"liked {n}", "object.liked", "ann", object=f"many {n}") for n in range(number)
        ]
        with Engine.open(f"sqlite:///{tmp_path}/{number}.db", SHARING) as engine:
            engine.record_many([*MONTH, *asked, *liked])
            with engine._memory.reading():
                handed = []
                connection = engine._memory.scope.session._connection
                connection.row_factory = lambda _, row, handed=handed: handed.append(row) or row
                engine.statement("ann", since=START - timedelta(days=1))
            rows.append(len(handed))
    assert rows[0] == rows[1]


def test_that_a_newcomer_isnt_pointed_to_who_was_forgotten():
    store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    shared = [
        on(2, f"p-{name}", "post.shared", name, object=f"p-{name}") for name in ("ann", "bob")
    ]
    joined = [unit(name, "Lab") for name in ("ann", "bob", "new")]
    Engine.over(store, book).record_many([*joined, *shared])

    def near():
        found = Engine.over(store).statement("new").beginning
        return [each.member for each in found.neighbours]

    assert near() == ["ann", "bob"]
    forget(store, book, "ann")
    assert near() == ["bob"]


STEADY = """
[book]
id = "steady"
use = ["sharing"]
[[badge]]
id = "daily"
streak = "day"
each = { count = "post.shared", at_least = 1 }
at_least = 9
[[badge]]
id = "evening"
count = "post.shared"
where = "hour > 18"
at_least = 5
[[badge]]
id = "known"
to = "recipient"
count = "kudos.given"
per = "person"
at_least = 5
"""


def test_that_levels_streaks_and_what_is_next_answer_why():
    engine = Engine(RuleBook.parse(STEADY))
    rows = [on(n, f"s{n}", "post.shared", "ann", object=f"s{n}") for n in range(-40, 1)]
    rows += [on(n, f"k{n}", "kudos.given", "raj", recipient="ann") for n in (-20, -2, -1)]
    rows += [on(-3, "n", "kudos.given", "noor", recipient="ann")]
    engine.record_many(rows)
    found = engine.statement("ann", START - timedelta(days=10))
    shared = tuple(f"s{n}" for n in range(-10, 1))
    assert found.growth.streaks[0].length == 41 and found.why("growth.streaks.daily") == shared
    near = {(each.name, each.key): each.value for each in found.nearest}
    assert near["known", "raj"] == 3 and found.why("next.known") == ("k-2", "k-1")
    level = found.growth.levels["path"]
    points = {each for line in found.earned if line.purse == "points" for each in line.events}
    assert level and {*found.why("growth.levels.path")} == points >= {"k-1", "n"}
    whole = engine.statement("ann")
    assert "evening" not in {name.partition(".")[2] for name, events in evidence(whole) if events}
    lines = {each.name: each for part in tell(found).sections for each in part.lines}
    assert {"growth.streaks.daily", "next.known"} <= {*lines}
    for name, line in lines.items():
        assert line.events and {*line.events} <= {*found.why(name)}, name


TWO_LADDERS = """
[book]
id = "ladders"
vocabulary = ["sharing"]
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 5
say = "{actor} thanked you for {community}"
[ladder.path]
levels = { newcomer = 0, known = 20 }
[ladder.craft]
levels = { newcomer = 0, known = 30 }
[[ladder.trust.level]]
id = "known"
to = "recipient"
count = "kudos.given"
at_least = 3
"""


def lines_of(statement, language="en"):
    return {
        line.name: line.text
        for part in tell(statement, speech(language)).sections
        for line in part.lines
    }


def test_that_levels_name_their_ladder_where_there_are_several():
    engine = Engine(RuleBook.parse(TWO_LADDERS))
    engine.record_many(on(n, f"k{n}", "kudos.given", "raj", recipient="ann") for n in (0, 1))
    found = engine.statement("ann")
    told = lines_of(found)
    assert told["growth.levels.path"] == "Your level: Newcomer (Path)"
    assert told["growth.levels.craft"] == "Your level: Newcomer (Craft)"
    assert told["next.path/known"] == "Known (Path): 10 of 20"
    assert told["next.craft/known"] == "Known (Craft): 10 of 30"
    assert told["next.trust/known"] == "Known (Trust): 2 of 3"
    assert all(found.why(each) == ("k0", "k1") for each in told if each.startswith("next."))
    assert {each["ladder"] for each in as_json(found)["nearest"]} == {"path", "craft", "trust"}


def test_that_a_level_alone_needs_no_ladder():
    alone = TWO_LADDERS.partition("[ladder.craft]")[0]
    engine = Engine(RuleBook.parse(alone))
    engine.record(on(0, "k0", "kudos.given", "raj", recipient="ann"))
    told = lines_of(engine.statement("ann"))
    assert told["growth.levels.path"] == "Your level: Newcomer"
    assert told["next.path/known"] == "Known: 5 of 20"


TICKED = """
[book]
id = "ticks"
[event."point.ticked"]
means = "Somebody ticks off a point."
fields = { name = { type = "text" } }
[[rule]]
id = "tick"
on = "point.ticked"
points = 1
say = "You ticked off {name}"
[[rule]]
id = "tick-again"
on = "point.ticked"
points = 1
say = "You ticked off {name} once more"
means = "Points that you ticked off"
"""


def test_that_a_quotation_begins_and_ends_with_words():
    engine = Engine(SHARING)
    thanks = {"text": " your map\nhelped \n"}
    engine.record(on(1, "k", "kudos.given", "raj", recipient="ann", data=thanks))
    lines = [line for section in tell(engine.statement("ann")).sections for line in section.lines]
    assert [line.text for line in lines if line.by] == ["“your map helped”"]


def test_that_a_rule_without_a_sentence_is_told_by_its_title():
    book = """[book]
id = "b"
[event."hazard.told"]
requires = ["actor"]
[[rule]]
id = "safety-hint"
on = "hazard.told"
points = 3"""
    engine = Engine(RuleBook.parse(book))
    engine.record_many([on(1, "h1", "hazard.told", "ann"), on(2, "h2", "hazard.told", "ann")])
    lines = [line for section in tell(engine.statement("ann")).sections for line in section.lines]
    assert [line.text for line in lines if line.value == "+6"] == ["Safety hint (2 times)"]


def test_that_different_sentences_are_not_told_as_one_that_happened_so_often():
    engine = Engine(RuleBook.parse(TICKED))
    ticks = [
        on(n, f"t{n}", "point.ticked", "ann", data={"name": name}) for n, name in enumerate("abc")
    ]
    engine.record(ticks[0])
    assert lines_of(engine.statement("ann"))["earned.points.tick"] == "You ticked off a"
    engine.record_many(ticks)
    told = lines_of(engine.statement("ann"))
    assert told["earned.points.tick"] == "You ticked off c (and 2 more)"
    assert told["earned.points.tick-again"] == "Points that you ticked off (3 times)"
    german = lines_of(engine.statement("ann"), "de")
    assert german["earned.points.tick"] == "You ticked off c (und 2 weitere)"
    engine.record(on(9, "t9", "point.ticked", "bob", data={"name": "a"}))
    engine.record(on(10, "t10", "point.ticked", "bob", data={"name": "a"}))
    assert lines_of(engine.statement("bob"))["earned.points.tick"] == "You ticked off a (2 times)"


def test_that_a_sentence_counts_what_it_says_and_not_how_often():
    """Who answered one question twice has answered one, and who read a page twice one thing."""
    rule = "[[rule]]\nid = '{0}'\non = '{1}'\npoints = 2\nto = '{2}'\n"
    paid = (
        ("further", "answer.posted", "actor"),
        ("solved", "answer.accepted", "recipient"),
        ("marked", "answer.accepted", "actor"),
        ("liked", "object.liked", "actor"),
        ("read", "object.read", "actor"),
        ("read-more", "object.read", "actor"),
        ("used", "object.reshared", "actor"),
        ("found", "object.read", "recipient"),
    )
    book = RuleBook.parse("[book]\nid = 'b'\n" + "".join(rule.format(*each) for each in paid))
    engine = Engine(book)
    for name in ("q1", "q2"):
        engine.record(on(0, name, "question.asked", "raj", object=name))
    for number, question in enumerate(["q1", "q1", "q2"]):
        more = {"object": f"a{number}", "in_reply_to": question}
        engine.record(on(1 + number, f"a{number}", "answer.posted", "ann", **more))
    kinds = {
        "y": "answer.accepted",
        "l": "object.liked",
        "r": "object.read",
        "u": "object.reshared",
    }
    for day, (name, kind) in enumerate(kinds.items()):
        for number in range(2):
            engine.record(on(10 + day, f"{name}{number}", kind, "raj", object="a0"))
    found = lines_of(engine.statement("ann"))
    assert found["earned.points.further"] == "You answered 2 questions: raj"
    assert found["earned.points.solved"] == "An answer of yours was accepted: raj"
    assert found["earned.points.found"] == "Something of yours was read 2 times: raj"
    found = lines_of(engine.statement("raj"))
    marked = "You marked the answer that solved your question: ann"
    assert found["earned.points.marked"] == marked
    assert found["earned.points.liked"] == "You liked something: ann"
    assert found["earned.points.read+read-more"] == "You read something: ann"
    assert found["earned.points.used"] == "You reused something or passed it on: ann"
    assert found["learning.read"] == "You read something"


def much(count):
    """Ann answers so many questions, each of which was asked about a topic, and each answer is accepted and liked."""
    for n in range(count):
        topics = (f"topic {n % 3}",)
        yield on(n / count, f"q{n}", "question.asked", f"m{n}", object=f"q{n}", topics=topics)
        yield on(
            1 + n / count, f"a{n}", "answer.posted", "ann", object=f"a{n}", in_reply_to=f"q{n}"
        )
        yield on(2 + n / count, f"y{n}", "answer.accepted", f"m{n}", object=f"a{n}")
        yield on(3 + n / count, f"l{n}", "object.liked", "ann", object=f"q{n}")


@pytest.mark.parametrize("since", [START + timedelta(days=1), START + timedelta(days=200), None])
def test_that_a_statement_asks_no_more_often_where_more_was_done(since, monkeypatch):
    asked = []
    for name in ("find", "scan"):
        read = getattr(_Reading, name)
        monkeypatch.setattr(
            _Reading, name, lambda *a, r=read, **more: asked.append(a[1].name) or r(*a, **more)
        )
    often = []
    for count in (20, 90):
        store = MemoryStore()
        Engine.over(store, SHARING).record_many(much(count))
        engine = Engine.over(store, SHARING)
        engine.statement("nobody")
        asked.clear()
        engine.statement("ann", since)
        often.append(len(asked))
    assert often[1] <= often[0] + 2


@pytest.mark.parametrize("store", [None, MemoryStore])
def test_that_badges_for_an_object_tell_its_title_and_not_its_id(store):
    engine = Engine.over(store(), SHARING) if store else Engine(SHARING)
    title = {"title": "Where are the forms?"}
    engine.record_many(
        [
            on(1, "q", "question.asked", "raj", object="q9", data=title),
            on(2, "a", "answer.posted", "ann", object="a9", in_reply_to="q9"),
            *(on(3, f"l{n}", "object.liked", f"p{n}", object="a9") for n in range(7)),
            on(4, "b", "answer.posted", "ann", object="b9", in_reply_to="nowhere"),
            *(on(5, f"m{n}", "object.liked", f"p{n}", object="b9") for n in range(6)),
        ]
    )
    found = engine.statement("ann")
    assert found.titles == {"a9": "Where are the forms?", "b9": ""}
    assert as_json(found)["titles"] == {"a9": "Where are the forms?"}
    lines = {each.name: each.text for part in tell(found).sections for each in part.lines}
    first, second = "awards.good-answer.bronze.a9", "awards.good-answer.bronze.b9"
    assert found.replies == as_json(found)["replies"] == {"a9": "own answer"}
    assert lines[first] == "Good answer, Bronze, for your answer to “Where are the forms?”"
    assert lines[second] == "Good answer, Bronze"
    assert (found.why(first), found.why(second)) == (("l4",), ("m4",))
    assert lines["next.good-answer"] == (
        "Good answer, Silver: 7 of 15 (your answer to “Where are the forms?”)"
    )
    in_german = {
        each.name: each.text for p in tell(found, speech("de")).sections for each in p.lines
    }
    assert in_german["next.good-answer"].endswith("(deine Antwort auf „Where are the forms?“)")


PURSES = RuleBook.parse('[book]\nid = "b"\n[purse.points]\n[purse.euros]\ndecimals = 2')


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from("rs"),
            st.sampled_from(["points", "euros"]),
            st.sampled_from(["actor", "recipient"]),
            st.integers(-3, 3),
        )
    )
)
def test_that_what_the_time_before_came_to_is_the_sum_of_its_nets(booked):
    rows, grounds = [], []
    for name, rule, purse, role, minor in booked:
        rows.append((name, rule, role, purse, minor))
        event = Event(id=name, type="x", occurred_at=MARCH)
        amount = minor if purse == "points" else Decimal(minor) / 100
        line = Gain(len(rows), event, rule, ("x", role, "actor"), purse, amount, "")
        grounds.append(EntryContext(line, None))
    assert totals_of_rows(PURSES, rows) == sums(nets(grounds))


def test_that_colleagues_are_looked_up_together_and_so_are_those_above_them(tmp_path):
    asked = []
    for number in (3, 30):
        names = [f"m{n}" for n in range(number)]
        joined = [unit(name, f"unit {name}", f"boss {n % 3}") for n, name in enumerate(names)]
        bosses = [unit(f"boss {n}", "Board", "eva") for n in range(3)]
        used = [on(2, f"used {name}", "object.helped", name, object="post") for name in names]
        url = f"sqlite:///{tmp_path}/{number}.db"
        with Engine.open(url, SHARING) as engine:
            engine.record(on(1, "post", "post.shared", "ann", object="post"))
            engine.record_many([*MONTH, *joined, *bosses, *used])
        with Engine.open(url) as engine, engine._memory.reading():
            statements = []
            connection = engine._memory.scope.session._connection
            connection.set_trace_callback(statements.append)
            reached = engine.statement("ann", since=START).reach
            connection.set_trace_callback(None)
        assert {f"unit {name}" for name in names} <= {each.to for each in reached.units}
        asked.append(sum("events_by_says" in each for each in statements))
    assert asked[1] <= asked[0] + 8  # a few statements ask for a set of any size


@pytest.mark.parametrize(
    ("value", "threshold", "share"),
    [(5, 10, 0.5), (0.25, 0.5, 0.5), (-10, -5, 0), (-3, 0, 0), (-1, 4, 0), (9, 4, 1)],
)
def test_that_a_bar_shows_the_share_that_decides_what_is_nearest(value, threshold, share):
    step = Step(kind="badge", name="b", tier="gold", key=None, value=value, threshold=threshold)
    found = evolve(Engine(SHARING).statement("ann"), beginning=None, nearest=(step,))
    (section,) = (each for each in tell(found).sections if each.name == "next")
    assert [line.share for line in section.lines] == [share]


def liked_answers(count):
    """Answers of Ann, one a day, each of them liked so much that it brings a badge; and a first question."""
    yield on(1, "q", "question.asked", "raj", object="q9")
    yield on(1, "own", "question.asked", "ann", object="mine")
    for day in range(2, 2 + count):
        title = {"title": f"Forms of day {day}"}
        answer = {"object": f"a{day}", "in_reply_to": "q9", "data": title}
        yield on(day, f"a{day}", "answer.posted", "ann", **answer)
        for n in range(5):
            yield on(day, f"l{day}-{n}", "object.liked", f"p{n}", object=f"a{day}")


def badges_told(statement):
    return [
        line.text
        for part in tell(statement).sections
        if part.name == "awards"
        for line in part.lines
    ]


@pytest.mark.parametrize("store", [None, MemoryStore])
def test_that_a_past_period_tells_the_titles_of_its_own_badges(store):
    engine = Engine.over(store(), SHARING) if store else Engine(SHARING)
    engine.record_many(liked_answers(8))
    lines = badges_told(engine.statement("ann", START + timedelta(2), START + timedelta(4)))
    assert lines[-2:] == [
        "Good answer, Bronze, for “Forms of day 2”",
        "Good answer, Bronze, for “Forms of day 3”",
    ]


def test_that_a_badge_given_often_hides_no_other_and_that_what_is_left_out_is_said():
    engine = Engine(SHARING)
    engine.record_many(liked_answers(7))
    lines = badges_told(engine.statement("ann"))
    assert lines[0] == "First question"
    assert lines[-2:] == ["Good answer, Bronze, for “Forms of day 8”", "and 4 more"]
    assert len(engine.statement("ann").awards) == len(lines) - 1 + 4


GRADED = """
[book]
id = "b"
[[rule]]
id = "well-liked"
on = "object.liked"
to = "recipient"
graded = { by = "count", steps = [[3, 5], [10, 15]] }
[[rule]]
id = "read"
on = "object.read"
to = "recipient"
say = "Many read what you wrote"
graded = { by = "count", steps = [[2, 1]] }
"""


@pytest.mark.parametrize(
    ("language", "several"),
    [
        ("en", "2 contributions"),
        ("de", "2 Beiträge"),
        ("fr", "2 contributions"),
        ("es", "2 aportaciones"),
    ],
)
def test_that_what_happened_to_one_contribution_is_not_counted_by_when_its_worth_changed(
    language, several
):
    """Of twelve likes, the third and the tenth are in the ledger."""
    engine = Engine(RuleBook.parse(GRADED))
    at = datetime(2026, 5, 4, tzinfo=UTC)
    for thing in "op":
        made = Event(id=thing, type="post.shared", occurred_at=at, actor="ann", object=thing)
        engine.record(made)
    for number in range(12):
        for kind, things in (("object.liked", "o"), ("object.read", "op")):
            for thing in things:
                what = {"type": kind, "actor": f"m{number}", "object": thing}
                name = f"{kind}{number}{thing}"
                engine.record(Event(id=name, occurred_at=at + timedelta(hours=number + 1), **what))
    found = engine.statement("ann")
    said = [line.text for each in tell(found, speech(language)).sections if each.name == "earned" for line in each.lines]  # fmt: skip
    assert said == ["Well liked", f"Many read what you wrote ({several})"]
    assert [(each.times, each.by_object) for each in found.earned] == [(2, True), (2, True)]
