"""Who left isn't there from then on, for readings and for nothing else: late, retracted, come back, in any order, in memory and in stores."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communities import community, moments
from histories import history
from naive.boards import live_events
from naive.who import is_there
from test_law import some_book
from test_web import as_, client_of, token_in  # noqa: F401 - a fixture among them
from wiifm import Engine, Event, InvalidInput, Rank, RuleBook
from wiifm.culture.data import as_json
from wiifm.culture.keeping import keep
from wiifm.event_types import EventType, Relation
from wiifm.statement import as_json as statement_json
from wiifm.stores.memory import MemoryStore
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.proof import verify

SHARING = RuleBook.load("plugin:sharing")
PLAIN = RuleBook.parse("[book]\nid = 'plain'")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LAB, SALES = ([f"{unit}-{n}" for n in range(6)] for unit in ("lab", "sales"))


def on(day, name, kind, actor=None, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(days=day), actor=actor, **more)


def left(day, member):
    return on(day, f"left-{member}-{day}", "member.left", member)


def back(day, member):
    return on(day, f"back-{member}-{day}", "member.joined", member)


def company():
    """Two units of six; everybody of Sales asks about tax, of Lab three answer, one of them half of it, and everybody thanks."""
    joined = [
        on(0, f"j-{each}", "member.joined", each, data={"unit": each[:-2], "manager": "lab-0"})
        for each in (*LAB, *SALES)
    ]
    asked = [
        on(1, f"q{n}", "question.asked", each, object=f"q{n}", topics=["tax"])
        for n, each in enumerate(SALES)
    ]
    answered = [
        on(2 + n, f"a{n}", "answer.posted", each, object=f"a{n}", in_reply_to=f"q{n}")
        for n, each in enumerate(["lab-1", "lab-1", "lab-1", "lab-2", "lab-3"])
    ]
    thanked = [
        on(9, f"k-{each}", "kudos.given", each, recipient="lab-1") for each in (*LAB[2:], *SALES)
    ]
    return [*joined, *asked, *answered, *thanked]


def engines(*events, book=SHARING):
    """The same in memory, and in a store."""
    engine, stored = Engine(book), Engine.over(MemoryStore(), book)
    for event in events:
        assert engine.record(event) == stored.record(event)
    return engine, stored


def everywhere(ask, *events, book=SHARING):
    """What is asked of an engine, which is the same in memory and in a store."""
    first, other = (ask(engine) for engine in engines(*events, book=book))
    assert first == other
    return first


# ---- the law ---------------------------------------------------------------------------------------------

SOME = ("member.joined", "member.left", "member.left", "member.updated", "event.retracted")


@st.composite
def comings_and_goings(draw):
    """Events of who comes and goes, in the order in which they come, in batches."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        kind, day = draw(st.sampled_from(SOME)), draw(st.integers(0, 3))
        if kind == "event.retracted":
            found.append(on(day, f"e{number}", kind, retracts=f"e{draw(st.integers(0, 12))}"))
        else:
            data = {} if kind == "member.left" else draw(st.sampled_from([{}, {"unit": "Lab"}]))
            found.append(
                on(day, f"e{number}", kind, draw(st.sampled_from(["ann", "raj"])), data=data)
            )
    return draw(st.permutations(found)), draw(st.integers(1, 4))


@settings(max_examples=60)
@given(comings_and_goings())
def test_that_who_is_there_follows_from_the_events_that_count(drawn):
    events, size = drawn
    engine, store = Engine(PLAIN), MemoryStore()
    for first in range(0, len(events), size):
        batch = events[first : first + size]
        engine.record_many(batch)
        Engine.over(store, PLAIN).record_many(batch)
    live = live_events(PLAIN, events)
    for each in (engine, Engine.over(store)):
        memory = each._memory
        with memory.reading():
            relations = memory.flow.relations
            for member in ("ann", "raj", "nobody"):
                for until in (None, *(START + timedelta(days=day) for day in range(5))):
                    at = (until or START + timedelta(days=9), "")
                    assert relations.is_there(member, until) == is_there(PLAIN, live, member, at)
    assert not verify(store, PLAIN).differences


@pytest.mark.parametrize("seed", range(12))
def test_that_nothing_that_is_held_depends_on_who_left(seed):
    random = Random(seed)
    book = some_book(random)
    events = history(random, 60)
    without = [event for event in events if event.type != "member.left"]
    some, all_of_them = Engine(book), Engine(book)
    for first in range(0, 60, 7):
        some.record_many(without[first : first + 7])
        all_of_them.record_many(events[first : first + 7])
    some.record_many(without)
    for holder in some.holders():
        assert some.standing(holder) == all_of_them.standing(holder)


@pytest.mark.parametrize("seed", range(4))
def test_that_stores_read_as_memory_does(seed, new_url):
    random = Random(seed)
    days = random.choice([3, 40])
    events = community(random, 8, 60, days)
    engine, url = Engine(SHARING), new_url()
    for first in range(0, len(events), 20):
        engine.record_many(events[first : first + 20])
        with Engine.open(url, SHARING) as stored:
            stored.record_many(events[first : first + 20])
            keep(stored._memory.store, SHARING)
    with Engine.open(url) as stored:
        for _ in range(3):
            at, until = (random.choice(moments(random, events, days)) for _ in "au")
            assert stored.leaderboard(at=at) == engine.leaderboard(at=at)
            found, expected = (e.culture(None, until, fewest=1) for e in (stored, engine))
            assert as_json(found) == as_json(expected)
            member = f"m{random.randrange(8):02}"
            found, expected = (e.statement(member, None, until) for e in (stored, engine))
            assert statement_json(found) == statement_json(expected)
        assert not verify(stored._memory.store, SHARING).differences


# ---- leaderboards ----------------------------------------------------------------------------------------


def ranks(*events, **asked):
    found = everywhere(lambda engine: engine.leaderboard(**asked), *events)
    return [(each.rank, each.member) for each in found]


def test_that_a_leaderboard_shows_who_was_there_at_its_moment():
    thanks = [
        on(1, "k1", "kudos.given", "mia", recipient="ann"),
        on(2, "k2", "kudos.given", "tom", recipient="ann"),
        on(3, "k3", "kudos.given", "mia", recipient="raj"),
    ]
    gone = left(5, "ann")
    assert ranks(*thanks) == [(1, "ann"), (2, "raj")]
    assert ranks(*thanks, gone) == [(1, "raj")]
    assert ranks(*thanks, gone, at=gone.occurred_at) == [(1, "raj")]
    before = gone.occurred_at - timedelta.resolution
    assert ranks(*thanks, gone, at=before) == [(1, "ann"), (2, "raj")]
    assert ranks(*thanks, gone, around="ann") == []
    assert ranks(*thanks, gone, back(6, "ann")) == [(1, "ann"), (2, "raj")]
    assert ranks(*thanks, back(6, "ann"), gone) == [(1, "ann"), (2, "raj")]
    retracted = on(6, "r", "event.retracted", retracts=gone.id)
    assert ranks(*thanks, retracted, gone) == [(1, "ann"), (2, "raj")]


def test_that_neither_a_profile_nor_a_deed_brings_anybody_back():
    thanks = on(1, "k1", "kudos.given", "mia", recipient="ann")
    updated = on(6, "u", "member.updated", "ann", data={"unit": "", "listed": True})
    deed = on(7, "p", "post.shared", "ann", object="p")
    assert ranks(thanks, left(5, "ann"), updated, deed) == []


def test_that_what_somebody_earned_stays():
    thanks = on(1, "k1", "kudos.given", "mia", recipient="ann")
    found = everywhere(lambda engine: engine.standing("ann"), thanks, left(5, "ann"))
    assert found.points["points"] == 5
    assert "5 points" in str(engines(thanks, left(5, "ann"))[0].statement("ann"))


# ---- culture reports -------------------------------------------------------------------------------------


def report(*events, **asked):
    found = everywhere(lambda engine: as_json(engine.culture(**asked)), *events)
    assert found == as_json(engines(*events)[0].culture(**asked))
    return engines(*events)[0].culture(**asked)


def test_that_adoption_is_of_who_is_there():
    before, gone = company(), [left(20, each) for each in ("lab-4", "lab-5", "sales-5")]
    assert report(*before).adoption.members == 12
    found = report(*before, *gone)
    assert found.adoption.members == found.adoption.active.n == 9
    assert found.adoption.active.value == 0.8889  # but for lab-0
    units = {each.unit: each for each in report(*before, *gone, fewest=4).adoption.units}
    assert (units["lab"].members, units["lab"].active.value) == (4, 0.75)
    assert (
        report(*before, *gone, until=gone[0].occurred_at).adoption
        == report(*before, until=gone[0].occurred_at).adoption
    )
    assert report(*before, *gone, back(21, "lab-4")).adoption.members == 10


def test_that_who_left_didn_t_fall_silent():
    later = [
        on(40 + n, f"p-{each}", "post.shared", each, object=f"p-{n}")
        for n, each in enumerate(SALES)
    ]
    times = {"since": START + timedelta(days=5), "until": START + timedelta(days=60)}
    found = report(*company(), *later, **times).adoption
    assert (found.before_active, found.silent) == (10, 4)
    found = report(*company(), *later, left(39, "lab-1"), left(39, "lab-2"), **times).adoption
    assert (found.now_active, found.before_active, found.silent) == (6, 9, 3)
    found = report(*company(), *later, left(50, "sales-0"), **times).adoption
    assert (found.now_active, found.before_active, found.silent) == (5, 9, 4)


def test_that_weeks_tell_what_happened_and_who_was_there_as_they_ended():
    first, second, *_ = report(*company(), left(8, "lab-2"), left(8, "sales-0")).weeks
    assert (first.active, first.contributing, first.spread) == (9, 9, 9)
    assert (second.active, second.spread) == (10, 7)
    _, second, *_ = report(*company(), left(8, "lab-2"), back(9, "lab-2")).weeks
    assert second.spread == 9


def test_that_help_goes_from_member_to_member():
    found = report(*company(), left(20, "lab-1"), fewest=1).flow
    assert found.help.count == 2 and found.persons == 4  # what lab-2 and lab-3 answered
    assert found.receivers_of_thanks == 0
    found = report(*company(), *(left(20, each) for each in SALES), fewest=1).flow
    assert found.units == ("lab",)


def test_that_nobody_knows_what_only_those_knew_who_left():
    (tax,) = report(*company()).knowledge.topics
    assert (tax.helpers, tax.bus_factor, tax.orphaned) == (3, 1, False)
    experts = ("lab-1", "lab-2", "lab-3")
    (tax,) = report(*company(), left(20, experts[0]), named=True).knowledge.topics
    assert (tax.helpers, tax.bus_factor, tax.named) == (2, 2, experts[1:])
    found = report(*company(), *(left(20, each) for each in experts)).knowledge
    (tax,) = found.topics
    assert (tax.persons, tax.helpers, tax.help, tax.orphaned) == (9, 0, 0, True)
    assert (found.orphaned, found.resting_on_one) == (1, 0)


def test_that_first_believers_who_left_are_not_named():
    early = [on(0.5 + n / 10, f"p{n}", "post.shared", LAB[n], object=f"p{n}") for n in range(6)]
    assert report(*early, *company(), named=True).spread.named == ("lab-0", "lab-1")
    assert report(*early, *company(), left(20, "lab-0"), named=True).spread.named == (
        "lab-1",
        "lab-2",
    )


def test_that_nobody_is_mentored_by_who_left_and_who_left_is_mentored_by_nobody():
    mentoring = [
        on(10, f"m-{mentee}", "mentoring.started", mentor, recipient=mentee)
        for mentor, mentee in (("lab-0", "sales-0"), ("lab-1", "sales-1"), ("lab-1", "sales-2"))
    ]
    found = report(*company(), *mentoring, fewest=1).mentoring
    assert (found.mentors, found.mentored.value) == (2, 0.25)
    found = report(
        *company(), *mentoring, left(20, "lab-1"), left(20, "sales-5"), fewest=1
    ).mentoring
    assert (found.mentors, found.mentored.value) == (1, 0.1)
    found = report(*company(), *mentoring, left(20, "sales-1"), fewest=1).mentoring
    assert (found.mentors, found.mentored.value) == (2, 0.1818)


def test_that_a_line_runs_on_through_a_manager_who_left():
    found = report(*company(), fewest=1).flow
    again = report(*company(), left(20, "lab-0"), fewest=1).flow
    assert again.across_levels.value == found.across_levels.value == 0
    assert (found.lines_by_chance.value, again.lines_by_chance.value) == (0.1667, 0)


def test_that_who_left_is_no_member_though_the_platform_hands_over_their_unit():
    found = report(*company(), left(20, "lab-5"), units=dict.fromkeys([*LAB, *SALES], "All"))
    assert found.adoption.members == 11 and found.adoption.units[0].members == 11


def test_that_days_that_are_kept_tell_who_left():
    store = MemoryStore()
    engine = Engine.over(store, SHARING)
    engine.record_many(company())
    keep(store, SHARING)
    engine.record(left(3, "lab-5"))  # late
    assert Engine.over(store).culture().adoption.members == 11
    assert keep(store, SHARING) == 1
    assert Engine.over(store).culture().adoption.members == 11
    engine.retract("left-lab-5-3", at=START + timedelta(days=50))
    assert Engine.over(store).culture().adoption.members == 12
    keep(store, SHARING)
    assert Engine.over(store).culture().adoption.members == 12
    assert not verify(store, SHARING).differences


def test_that_who_left_and_was_forgotten_is_not_there_either():
    store = MemoryStore()
    Engine.over(store, SHARING).record_many([*company(), left(20, "lab-5")])
    forget(store, SHARING, "lab-5")
    assert Engine.over(store).culture().adoption.members == 11


# ---- statements ------------------------------------------------------------------------------------------


def stated(member, *events, until=None):
    found = everywhere(
        lambda engine: statement_json(engine.statement(member, until=until)), *events
    )
    assert found
    return engines(*events)[0].statement(member, until=until)


def test_that_nobody_is_needed_by_who_left():
    asked = on(3, "q9", "question.asked", "sales-5", object="q9", topics=["tax"])
    hidden = on(3, "q10", "question.asked", object="q10", topics=["tax"])
    events = [*company(), asked, hidden]
    found = stated("lab-1", *events).needed
    assert {each.object for each in found.questions} == {"q5", "q9", "q10"}
    assert "sales-5" in [each.member for each in found.colleagues]
    found = stated("lab-1", *events, left(20, "sales-5")).needed
    assert {each.object for each in found.questions} == {"q10"}
    assert "sales-5" not in [each.member for each in found.colleagues] and found.colleagues
    found = stated("lab-1", *events, left(20, "sales-5"), until=START + timedelta(days=20)).needed
    assert {each.object for each in found.questions} == {"q5", "q9", "q10"}
    assert "sales-5" in [each.member for each in found.colleagues]


def test_that_who_left_takes_nobody_s_place_among_the_new():
    asked = [
        on(5 + n / 100, f"n{n}", "question.asked", f"new-{n}", object=f"n{n}", topics=["tax"])
        for n in range(14)
    ]
    gone = [left(20, f"new-{n}") for n in range(4, 14)]
    found = stated("lab-1", *company(), *asked, *gone).needed.colleagues
    assert {"new-0", "new-1", "new-2", "new-3"} <= {each.member for each in found}


def test_that_who_left_is_no_neighbour():
    joined = on(15, "j", "member.joined", "new", data={"unit": "lab"})
    found = stated("new", *company(), joined).beginning
    assert [each.member for each in found.neighbours] == ["lab-1", "lab-2", "lab-3"]
    found = stated("new", *company(), joined, left(20, "lab-1")).beginning
    assert [each.member for each in found.neighbours] == ["lab-2", "lab-3"]


def test_that_a_statement_of_what_happened_is_as_it_was():
    events = [*company(), on(10, "c", "answer.accepted", "sales-0", object="a0")]
    before, after = (stated("lab-1", *events, *gone) for gone in ([], [left(10, "sales-0")]))
    for part in ("earned", "reach", "recognition", "talents", "saved", "learning", "standing"):
        assert getattr(after, part) == getattr(before, part), part
    assert stated("sales-0", *events, left(10, "lab-1")).learning.answerers[0].member == "lab-1"


# ---- where few aren't told -------------------------------------------------------------------------------

QUIET = """
[book]
id = "quiet"
individuals = false
fewest = 3
[[rule]]
id = "thanked"
on = "kudos.given"
to = "unit"
points = 1
[[rule]]
id = "shared"
on = "post.shared"
points = 1
"""


def test_that_a_unit_whose_members_left_is_one_of_few():
    book = RuleBook.parse(QUIET)
    joined = [on(0, f"j{n}", "member.joined", f"m{n}", data={"unit": "Lab"}) for n in range(4)]
    thanked = [on(1, f"k{n}", "kudos.given", "tom", recipient=f"m{n}") for n in range(4)]

    def told(*gone):
        found = everywhere(lambda engine: engine.standings(), *joined, *thanked, *gone, book=book)
        return [each.holder.id for each in found]

    assert told() == told(left(5, "m0")) == ["Lab"]
    assert told(left(5, "m0"), left(6, "m1")) == []


def test_that_no_unit_is_named_of_which_few_are_there():
    book = RuleBook.parse(QUIET)
    joined = [on(0, f"j{n}", "member.joined", f"m{n}", data={"unit": "Lab"}) for n in range(3)]
    helped = [
        on(0, "j", "member.joined", "ann", data={"unit": "Sales"}),
        on(1, "q", "question.asked", "m0", object="q"),
        on(2, "a", "answer.posted", "ann", object="a", in_reply_to="q"),
    ]

    def reached(*gone):
        events = [*joined, *helped, *gone]
        found = everywhere(lambda engine: engine.statement("ann"), *events, book=book)
        return [each.to for each in found.reach.units]

    assert reached() == ["Lab"] and reached(left(5, "m2")) == []


# ---- a vocabulary of one's own ---------------------------------------------------------------------------

OWN = """
[book]
id = "own"
vocabulary = []
[event."talk.given"]
requires = ["actor"]
[event.hired]
requires = ["actor"]
relates = "joining"
fields = { unit = {} }
[event.gone]
requires = ["actor"]
relates = "leaving"
[[rule]]
id = "talk"
on = "talk.given"
points = 1
"""


def test_that_a_type_of_one_s_own_says_who_left_and_who_came():
    book = RuleBook.parse(OWN)
    assert RuleBook.parse(book.dumps()).digest == book.digest
    talk, gone = on(1, "t", "talk.given", "ann"), on(2, "g", "gone", "ann")
    again = on(3, "h", "hired", "ann", data={"unit": "Lab"})
    shown = [Rank(rank=1, member="ann", points=1)]
    for events, expected in (([talk], shown), ([talk, gone], []), ([talk, gone, again], shown)):
        assert everywhere(lambda e: e.leaderboard(), *events, book=book) == expected
    assert everywhere(lambda e: e.leaderboard(unit="Lab"), again, talk, book=book) == []
    lab = on(4, "t2", "talk.given", "ann")
    assert everywhere(lambda e: e.leaderboard(unit="Lab"), again, lab, book=book) == shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"requires": ()}, "requires: found [], expected also actor"),
        (
            {"requires": ("actor",), "creates": "farewell"},
            "relates: found 'leaving', expected nothing",
        ),
        ({"requires": ("actor",), "fields": {"unit": EventType(name="x")}}, "fields.unit"),
    ],
)
def test_that_a_type_that_says_who_left_is_of_its_actor_alone(wrong, said):
    kind = EventType(name="gone", relates="leaving", **wrong)
    assert said in "\n".join(map(str, kind.declaration_faults()))


def test_that_every_relation_is_told():
    text = OWN.replace('"leaving"', '"quitting"')
    with pytest.raises(InvalidInput) as caught:
        RuleBook.parse(text)
    assert all(
        repr(each) in str(caught.value) or each in str(caught.value) for each in get_args(Relation)
    )


def test_that_a_rule_may_say_farewell():
    text = "[book]\nid='b'\n[[rule]]\nid='farewell'\non='member.left'\npoints=3"
    found = everywhere(lambda e: e.standing("ann"), left(1, "ann"), book=RuleBook.parse(text))
    assert found.points["points"] == 3


# ---- thanks ----------------------------------------------------------------------------------------------


def test_that_who_left_is_neither_proposed_for_thanks_nor_thanked(client_of):  # noqa: F811
    engine = Engine(SHARING)
    engine.record_many([*company(), left(10, "lab-1")])
    client = client_of(engine, writes=True, clock=lambda: START + timedelta(days=11))
    page = client.get("/kudos", headers=as_("sales-3"))
    assert "lab-2" in page.text
    page = client.get("/kudos", headers=as_("sales-0"))
    assert "lab-1" not in page.text  # who answered, and left
    form = {"token": token_in(page.text), "recipient": "lab-1", "text": "for the answer"}
    refused = client.post("/kudos", headers=as_("sales-0"), data=form)
    assert refused.status_code == 422 and "lab-1 isn&#39;t here any more." in refused.text
    assert "Nobody is known" not in refused.text
    form["token"] = token_in(refused.text)
    refused = client.post("/kudos", headers=as_("sales-0") | {"accept-language": "de"}, data=form)
    assert "lab-1 ist nicht mehr hier." in refused.text
    sent = {"recipient": "lab-1", "text": "for the answer"}
    refused = client.post("/api/kudos", headers=as_("sales-0"), json=sent)
    assert refused.status_code == 404 and "they left" in refused.text
    for name, meant in (("lab-22", "lab-2"), ("lab-11", None)):
        unknown = client.post("/api/kudos", headers=as_("sales-0"), json=sent | {"recipient": name})
        assert unknown.status_code == 404 and "lab-1'" not in unknown.text
        assert ("did you mean 'lab-2'" in unknown.text) is (meant is not None)
    known = client_of(engine, writes=True, known=lambda name: True)
    assert known.post("/api/kudos", headers=as_("sales-0"), json=sent).status_code == 404
    engine.record(back(11, "lab-1"))
    assert client.post("/api/kudos", headers=as_("sales-0"), json=sent).status_code == 200
