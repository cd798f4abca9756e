"""The shell: what recording answers, what the ledger and the readings say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from sys import getsizeof

import pytest

from wiifm import (
    ConflictingEvent,
    Engine,
    Event,
    Holder,
    InvalidEvent,
    InvalidInput,
    RuleBook,
    UnknownName,
)
from wiifm.activities import Activity, Parties, new_activity
from wiifm.folds.relate import Relations
from wiifm.records import large_dict

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
SHARING = RuleBook.load("plugin:sharing")


def event(name, kind, hours=0, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(hours=hours), **more)


def kudos(name="k", hours=0, actor="raj", recipient="ann", **data):
    return event(name, "kudos.given", hours, actor=actor, recipient=recipient, data=data)


QUESTION = event("q", "question.asked", actor="raj", object="q1")
ANSWER = event("a", "answer.posted", 1, actor="ann", object="a1", in_reply_to="q1")
ACCEPTED = event("c", "answer.accepted", 2, actor="raj", object="a1")


def engine_of(*events, book=SHARING):
    engine = Engine(book)
    tally = engine.record_many(events)
    assert not tally.rejected
    return engine


def book(text):
    return RuleBook.parse("[book]\nid = 'b'\n" + text)


def test_that_a_receipt_says_who_got_what_and_why():
    engine = engine_of(QUESTION, ANSWER)
    receipt = engine.record(ACCEPTED)
    assert [(e.holder.id, e.amount, e.rule, e.role) for e in receipt.entries] == [
        ("raj", 2, "closed-the-loop", "actor"),
        ("ann", 15, "accepted", "recipient"),
    ]
    assert [(a.holder.id, a.badge, a.tier) for a in receipt.awards] == [("ann", "solver", "bronze")]
    assert receipt.entries[1].say == "raj accepted your answer"
    assert receipt.entries[1].book == SHARING.digest


def test_that_the_same_event_again_answers_with_the_first_receipt():
    engine = engine_of(QUESTION, ANSWER)
    first, again = engine.record(ACCEPTED), engine.record(ACCEPTED)
    assert again.status == "duplicate"
    assert (again.entries, again.awards) == (first.entries, first.awards)
    many = engine_of(QUESTION, ANSWER, ACCEPTED)
    earlier = [(e.holder, e.rule, e.amount) for e in many.record(ACCEPTED).entries]
    assert earlier == [(e.holder, e.rule, e.amount) for e in first.entries]


def test_that_true_is_another_content_than_1_and_named():
    engine = engine_of(kudos(amount=1))
    with pytest.raises(ConflictingEvent, match=r"data\.amount was 1, now true"):
        engine.record(kudos(amount=True))


def test_that_another_content_under_a_known_id_is_refused_and_names_both():
    engine = engine_of(kudos())
    with pytest.raises(ConflictingEvent, match="recipient was 'ann', now 'mia'"):
        engine.record(kudos(recipient="mia"))
    assert engine.standing("mia").points["points"] == 0
    tally = engine.record_many([kudos("k2"), kudos("k2", recipient="mia"), kudos("k3")])
    assert (tally.recorded, len(tally.rejected)) == (2, 1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (event("x", "anser.posted"), "did you mean 'answer.posted'"),
        (event("x", "kudos.given", actor="a"), "recipient: found nothing"),
        (kudos(txt="x"), "did you mean 'text'"),
        (kudos(amount="five"), "expected an integer"),
        (kudos(text=["a"]), "data.text: found ['a'], expected a text"),
        (kudos(amount=True), "expected an integer"),
        (event("x", "question.asked", actor="a"), "the id of the question"),
        (event("x", "event.retracted"), "the id of the event to retract"),
        (event("x", "kudos.given", actor="a", recipient="b", retracts="k"), "retracts nothing"),
        (event("x", "member.joined", actor="a", data={"zone": "Mars/Base"}), "an IANA time zone"),
    ],
)
def test_that_an_event_which_breaks_its_type_is_refused_and_changes_nothing(wrong, told):
    engine = engine_of(QUESTION)
    with pytest.raises(InvalidEvent) as caught:
        engine.record(wrong)
    assert told in str(caught.value)
    assert len(list(engine.ledger())) == 1
    assert engine.record_many([wrong]).rejected


def test_that_something_else_than_an_event_is_refused():
    engine = Engine(SHARING)
    with pytest.raises(InvalidEvent, match="an Event"):
        engine.record({"id": "x"})
    assert len(engine.record_many([{"id": "x"}, kudos()]).rejected) == 1


def test_that_an_event_waits_for_the_one_that_created_its_object():
    engine = Engine(SHARING)
    assert engine.record(ACCEPTED).status == "pending"
    assert engine.pending() == ("c",)
    engine.record(QUESTION)
    receipt = engine.record(ANSWER)
    assert ("ann", "accepted") in [(e.holder.id, e.rule) for e in receipt.entries]
    assert engine.pending() == ()


def test_that_an_object_belongs_to_its_first_creator():
    engine = engine_of(QUESTION, ANSWER, ACCEPTED)
    second = engine.record(event("a2", "answer.posted", 3, actor="eve", object="a1"))
    assert (second.status, second.entries) == ("void", ())
    assert "created before, by the event a" in second.why
    earlier = engine.record(
        event("a0", "answer.posted", 0.5, actor="mia", object="a1", in_reply_to="q1")
    )
    assert engine.standing("mia").points["points"] == 3 + 2 + 15
    assert engine.standing("ann").points["points"] == 0
    assert all(e.because == "a0" for e in earlier.entries)


def test_that_an_event_on_the_wrong_kind_of_object_credits_nobody():
    engine = engine_of(QUESTION)
    receipt = engine.record(event("x", "answer.accepted", 1, actor="raj", object="q1"))
    assert (receipt.status, receipt.why) == (
        "void",
        "answer.accepted acts on answer, but q1 is a question",
    )


def test_that_a_retraction_takes_back_what_followed_and_is_final():
    engine = engine_of(QUESTION, ANSWER, ACCEPTED)
    receipt = engine.retract("a", at=START + timedelta(days=1))
    assert [(a.badge, a.tier) for a in receipt.withdrawn] == [("solver", "bronze")]
    assert all(e.corrects for e in receipt.entries)
    assert engine.standing("ann").points["points"] == 0
    assert engine.retract("a").status == "duplicate"
    again = engine.retract("retract:a", at=START)
    assert "those are final" in again.why
    assert engine.standing("ann").points["points"] == 0
    assert engine.record(ANSWER).status == "duplicate"


def test_that_a_retraction_may_come_before_its_event():
    engine = Engine(SHARING)
    assert "isn't known yet" in engine.retract("k", at=START).why
    assert engine.record(kudos()).status == "retracted"
    assert not list(engine.ledger())


def test_that_corrections_name_what_they_correct_and_the_sum_is_the_points():
    engine = engine_of(*(kudos(f"k{n}", n, recipient=f"m{n}") for n in range(1, 6)))
    assert engine.standing("m5").points["points"] == 5
    late = engine.record(kudos("k0", 0, recipient="m0"))
    assert [(e.holder.id, e.amount, e.corrects, e.because) for e in late.entries] == [
        ("m0", 5, None, "k0"),
        ("m5", -5, 5, "k0"),
    ]
    for member in ("m0", "m5"):
        assert (
            sum(e.amount for e in engine.ledger(member)) == engine.standing(member).points["points"]
        )


def test_that_an_explanation_leads_from_an_entry_to_event_rule_and_corrections():
    engine = engine_of(kudos())
    engine.retract("k", at=START)
    told = engine.explain(1)
    assert (told.event.id, told.rule, [e.no for e in told.corrections]) == ("k", "kudos", [2])
    assert engine.explain(told.corrections[0]).corrects == told.entry
    assert "because  of the later arrival" in str(engine.explain(2))
    with pytest.raises(UnknownName, match="entries 1 to 2"):
        engine.explain(3)


def test_that_purses_are_kept_apart_and_exact():
    posts = [event(f"p{n}", "post.shared", 1, actor="raj", object=f"p{n}") for n in range(12)]
    reads = [event(f"r{n}", "object.read", 2, actor="mia", object=f"p{n}") for n in range(12)]
    engine = engine_of(*posts, *reads)
    assert engine.standing("mia").points == {"points": 0, "learning": Decimal("1.0")}
    assert [e.amount for e in engine.ledger("mia", purse="learning")] == [Decimal("0.1")] * 10


UNITS = """
[[rule]]
id = 'team'
on = 'kudos.given'
to = 'unit'
points = 1
[[rule]]
id = 'place'
on = 'post.shared'
to = 'community'
points = 2
"""


def test_that_units_and_communities_earn_as_a_whole():
    joined = event("j", "member.joined", actor="ann", data={"unit": "sales"})
    shared = event("s", "post.shared", 1, actor="raj", object="p", community="chess")
    engine = engine_of(kudos("k0", -1), joined, kudos("k1", 1), shared, book=book(UNITS))
    assert engine.standing(Holder("unit", "sales")).points["points"] == 1
    assert engine.standing(Holder("community", "chess")).points["points"] == 2


def test_leaderboards():
    engine = engine_of(
        kudos("k1", 1, actor="a", recipient="x"),
        kudos("k2", 2, actor="b", recipient="x"),
        kudos("k3", 3, actor="c", recipient="y"),
        kudos("k4", 4, actor="d", recipient="z"),
        kudos("k5", 24 * 8, actor="a", recipient="w"),
    )
    assert [(r.rank, r.member) for r in engine.leaderboard()] == [
        (1, "x"),
        (2, "w"),
        (2, "y"),
        (2, "z"),
    ]
    assert [r.member for r in engine.leaderboard(over="week")] == ["w"]
    assert [r.member for r in engine.leaderboard(over="week", at=START)] == ["x", "y", "z"]
    assert [r.member for r in engine.leaderboard(over="last 7 days")] == ["w"]
    assert [r.member for r in engine.leaderboard(around="x")] == ["x", "w", "y"]
    assert engine.leaderboard(around="nobody") == []
    with pytest.raises(UnknownName, match="did you mean 'points'"):
        engine.leaderboard("point")
    with pytest.raises(InvalidInput, match="over"):
        engine.leaderboard(over="fortnight")


def test_that_a_leaderboard_can_be_of_one_community():
    post = event("p", "post.shared", actor="ann", object="p1", community="chess")
    likes = [event("l", "object.reshared", 1, actor="raj", object="p1")]
    engine = engine_of(post, *likes, kudos())
    assert [r.points for r in engine.leaderboard(community="chess")] == [5]


def test_that_a_statement_says_what_why_who_and_next():
    engine = engine_of(QUESTION, ANSWER, ACCEPTED, kudos(text="you saved my quote"))
    statement = engine.statement("ann")
    assert {(line.rule, line.amount, line.times) for line in statement.earned} == {
        ("accepted", 15, 1),
        ("kudos", 5, 1),
        ("answered", 3, 1),
        ("first-answer", 2, 1),
    }
    assert [(each.member, each.times) for each in statement.reach.people] == [("raj", 2)]
    said = [(each.giver, each.act, each.text) for each in statement.recognition]
    assert sorted(said) == [("raj", "accepts", ""), ("raj", "thanks", "you saved my quote")]
    nearest = statement.next[0]
    assert (nearest.badge, nearest.value, nearest.threshold) == ("helping-hand", 1, 3)
    assert {"solver", "curious"} <= {progress.badge for progress in statement.next}
    solver = next(progress for progress in statement.next if progress.badge == "solver")
    assert (solver.tier, solver.missing) == ("silver", 9)


def test_that_a_statement_of_a_time_counts_what_happened_in_it():
    engine = engine_of(kudos("k1", 0), kudos("k2", 48))
    line = engine.statement("ann", since=START + timedelta(days=1)).earned[0]
    assert (line.times, line.entries) == (1, (2,))
    assert engine.statement("nobody").earned == ()


def test_that_what_was_taken_back_is_not_in_a_statement():
    engine = engine_of(kudos("k1", text="thanks"))
    engine.retract("k1", at=START)
    statement = engine.statement("ann")
    assert (statement.earned, statement.recognition, statement.reach.people) == ((), (), ())


KEEP = "[[badge]]\nid = 'x'\ncount = 'post.shared'\nat_least = 2\nkeep = {}\n"


def test_that_a_kept_badge_outlives_its_events():
    posts = [event(f"p{n}", "post.shared", n, actor="ann", object=f"o{n}") for n in range(2)]
    for keep, left in (("true", 1), ("false", 0)):
        engine = engine_of(*posts, book=book(KEEP.format(keep)))
        receipt = engine.retract("p0", at=START + timedelta(days=3))
        assert len(engine.standing("ann").badges) == left
        assert len(receipt.withdrawn) == 1 - left


def test_that_a_retraction_from_before_the_badge_counts_against_a_kept_one():
    posts = [event(f"p{n}", "post.shared", n, actor="ann", object=f"o{n}") for n in range(2)]
    engine = engine_of(*posts, book=book(KEEP.format("true")))
    engine.retract("p0", at=START + timedelta(minutes=30))
    assert not engine.standing("ann").badges


LIKED = """
[[badge]]
id = 'good'
to = 'recipient'
count = 'object.liked'
per = 'object'
again = 'object'
at_least = 2
keep = {}
"""


def test_that_a_kept_badge_outlives_the_object_that_it_was_given_for():
    post = event("p", "post.shared", actor="ann", object="o")
    likes = [event(f"l{n}", "object.liked", n, actor=f"m{n}", object="o") for n in (1, 2)]
    for keep, left in (("true", ["o"]), ("false", [])):
        engine = engine_of(post, *likes, book=book(LIKED.format(keep)))
        engine.retract("p", at=START + timedelta(days=3))
        assert [award.key for award in engine.standing("ann").badges] == left
        early = Engine(engine.book)
        early.retract("p", at=START + timedelta(days=3))
        early.record_many([*likes, post])
        assert early.standing("ann") == engine.standing("ann")


def test_that_one_activity_gives_a_badge_a_hundred_times_at_most_and_the_next_one_goes_on():
    often = "[[badge]]\nid = 'often'\nto = 'recipient'\nmax = 'amount'\non = 'kudos.given'\nat_least = 1\nagain = 1\n"
    engine = engine_of(book=book(often))
    had = []
    for hours, amount in enumerate([250, 1, 1, 1]):
        engine.record(kudos(f"k{hours}", hours, amount=amount))
        had.append(len(engine.standing("ann").badges))
    assert had == [100, 200, 250, 250]


@pytest.mark.parametrize(("own", "had"), [("", 0), ("self_credit = true\n", 1)])
def test_that_nothing_is_had_for_what_one_does_to_oneself_unless_the_book_says_so(own, had):
    liked = "on = 'object.liked'\nto = 'recipient'\npoints = 1\n"
    badge = "to = 'recipient'\ncount = 'object.liked'\n"
    text = f"[[rule]]\nid = 'liked'\n{liked}{own}[[badge]]\nid = 'popular'\n{badge}{own}"
    post = event("p", "post.shared", actor="ann", object="o")
    like = event("l", "object.liked", 1, actor="ann", object="o")
    engine = engine_of(post, like, book=book(text))
    assert len(list(engine.ledger("ann"))) == len(engine.standing("ann").badges) == had


@pytest.mark.parametrize("per", ["ever", "month", "object", ["month", "object"]])
@pytest.mark.parametrize(("net", "amounts"), [("false", [5, -4, 4]), ("true", [5, -4, 5, 3])])
def test_that_what_is_lost_makes_room_only_where_a_limit_is_net(per, net, amounts):
    text = f"[limit.few]\npoints = 9\nper = {per!r}\nnet = {net}\nall = true\n"
    for on, points in (("object.liked", 5), ("object.disliked", -4)):
        text += f"[[rule]]\nid = 'r{points}'\non = '{on}'\nto = 'recipient'\npoints = {points}\n"
    post = event("p", "post.shared", actor="ann", object="o")
    voted = ("object.liked", "object.disliked", "object.liked", "object.liked")
    votes = [event(f"v{n}", on, n, actor=f"m{n}", object="o") for n, on in enumerate(voted, 1)]
    engine = engine_of(post, *votes, book=book(text))
    assert [each.amount for each in engine.ledger("ann")] == amounts


def test_that_each_rule_for_itself_looks_for_what_is_given_back():
    text = "".join(
        f"[[rule]]\nid = 'r{n}'\non = '{on}'\nto = 'recipient'\npoints = 4\nweaker = {{ mutual = 0.5 }}\n"
        for n, on in enumerate(("object.liked", "kudos.given"))
    )
    post = event("p", "post.shared", actor="bob", object="o")
    thanks = event("k", "kudos.given", 1, actor="bob", recipient="ann", data={"text": "x"})
    like = event("l", "object.liked", 2, actor="ann", object="o")
    back = event("b", "kudos.given", 3, actor="ann", recipient="bob", data={"text": "x"})
    engine = engine_of(post, thanks, like, back, book=book(text))
    assert [(each.event, each.amount) for each in engine.ledger("bob")] == [("l", 4), ("b", 2)]


PLACE = "[[rule]]\nid = 'place'\non = 'object.liked'\nto = 'community'\npoints = 1\nself_credit = true\n"


def test_that_what_is_inherited_up_the_replies_comes_late_step_by_step():
    question = event("q", "question.asked", actor="raj", object="q1", community="chess")
    like = event("l", "object.liked", 2, actor="mia", object="a1")
    for order in ([like, ANSWER, question], [question, like, ANSWER], [ANSWER, like, question]):
        engine = Engine(book(PLACE))
        for each in order:
            engine.record(each)
        assert engine.standing(Holder("community", "chess")).points["points"] == 1


BONUS = """
[[badge]]
id = 'a-first'
count = 'post.shared'
points = 9
[[badge]]
id = 'b-earner'
earned = 'points'
at_least = 5
[[rule]]
id = 'shared'
on = 'post.shared'
points = 2
"""


def test_that_a_bonus_is_not_earned_by_rules():
    engine = engine_of(event("p", "post.shared", actor="ann", object="o"), book=book(BONUS))
    assert engine.standing("ann").points["points"] == 11
    assert [award.badge for award in engine.standing("ann").badges] == ["a-first"]


MENTOR = """
[[rule]]
id = 'mentor'
on = 'kudos.given'
to = 'mentor'
points = 1
limit = { times = 1, per = 'day' }
"""


def test_that_the_days_of_a_mentor_are_their_own_though_they_say_so_late():
    mentoring = event("m", "mentoring.started", actor="maria", recipient="ann")
    thanks = [kudos("k1", 14), kudos("k2", 16)]  # 23:00 and 01:00 UTC
    zone = event("z", "member.updated", 0, actor="maria", data={"zone": "Asia/Tokyo"})
    engine = engine_of(mentoring, *thanks, book=book(MENTOR))
    assert engine.standing("maria").points["points"] == 2
    engine.record(zone)
    assert engine.standing("maria").points["points"] == 1


DAYS = """
zone = 'Europe/Paris'
[[rule]]
id = 'daily'
on = 'post.shared'
points = 1
limit = { times = 1, per = 'day' }
[[badge]]
id = 'streak'
streak = 'day'
each = { count = 'post.shared' }
at_least = 3
"""


def test_that_a_day_on_which_the_clocks_change_is_one_day():
    # the clocks go forward on 2026-03-29 at 01:00 UTC: the day has 23 hours, from 23:00 to 22:00 UTC
    moments = [(28, 12, 0), (28, 23, 30), (29, 21, 30), (29, 22, 30)]
    posts = [
        Event(
            id=f"p{number}",
            type="post.shared",
            occurred_at=datetime(2026, 3, day, hour, minute, tzinfo=UTC),
            actor="ann",
            object=f"o{number}",
        )
        for number, (day, hour, minute) in enumerate(moments)
    ]
    engine = engine_of(*posts, book=book(DAYS))
    assert [entry.event for entry in engine.ledger("ann")] == ["p0", "p1", "p3"]
    assert [award.event for award in engine.standing("ann").badges] == ["p3"]


def test_that_a_member_lives_by_their_own_days():
    zone = event("z", "member.joined", -20, actor="ann", data={"zone": "Asia/Tokyo"})
    posts = [
        event(f"p{hours}", "post.shared", hours, actor="ann", object=f"o{hours}")
        for hours in (5, 7)
    ]
    engine = engine_of(zone, *posts, book=book(DAYS))  # 23:00 and 01:00 in Tokyo, one day in Paris
    assert engine.standing("ann").points["points"] == 2


AFTER = """
[[badge]]
id = 'sharer'
count = 'post.shared'
at_least = { bronze = 2, gold = 4 }
after = 'asker'
[[badge]]
id = 'asker'
count = 'question.asked'
"""


def test_that_a_badge_with_tiers_may_come_after_another():
    posts = [event(f"p{n}", "post.shared", n, actor="ann", object=f"o{n}") for n in range(5)]
    question = event("q", "question.asked", 2.5, actor="ann", object="q")
    engine = engine_of(*posts, question, book=book(AFTER))
    assert [(a.badge, a.tier, a.event) for a in engine.standing("ann").badges] == [
        ("asker", "", "q"),
        ("sharer", "bronze", "q"),
        ("sharer", "gold", "p3"),
    ]
    assert not engine_of(*posts, book=engine.book).standing("ann").badges


@pytest.mark.parametrize("order", list(permutations(["tail", "a", "b", "c"])))
def test_that_what_is_passed_on_in_a_circle_of_replies_depends_on_nobody_who_asked_before(order):
    replies = {"tail": ("a", ()), "a": ("b", ()), "b": ("c", ("tax",)), "c": ("a", ())}
    made = [
        event(name, "post.shared", actor="ann", object=name, in_reply_to=above, topics=topics)
        for name, (above, topics) in replies.items()
    ]

    def relations():
        found = Relations(SHARING)
        for each in made:
            found.learn(each)
        return found

    asked = relations()
    assert [asked.inheritance(name) for name in order] == [
        relations().inheritance(name) for name in order
    ]


@pytest.mark.parametrize("count", range(8))
def test_that_events_of_so_many_types_are_told_apart(count):
    names = [f"done.n{number}" for number in range(count)]
    types = [f"[event.'{name}']\nrequires = ['actor']\n" for name in names]
    rules = [f"[[rule]]\nid = '{name}'\non = '{name}'\npoints = 1\n" for name in names]
    engine = Engine(book("\n".join(["vocabulary = []", *types, *rules])))
    done = [event(name, name, number, actor="ann") for number, name in enumerate(names)]
    assert engine.record_many(done).recorded == count
    assert [entry.rule for entry in engine.ledger()] == names


def test_that_a_growing_dictionary_has_the_hashes_of_its_keys_in_it():
    usual, found = {}, large_dict()
    for number in range(100):
        usual[str(number)] = found[str(number)] = number
    assert found == usual
    assert getsizeof(found) >= getsizeof(usual) + 8 * len(found)


def test_that_an_activity_that_was_found_out_is_what_its_own_init_makes():
    values = (
        *(kudos(), ("kudos.given", "recipient", ""), 1, Holder("member", "ann"), "ann", "o1"),
        *("post", "sales", ("pricing",), "unit", "of the holder", "raj", True, START, 739_000),
        *(Parties("Lab", "Sales"), timedelta(days=3)),
    )
    found = new_activity(*values)
    assert type(found) is Activity
    assert found == Activity(*values)
    assert hash(found) == hash(Activity(*values))
    assert new_activity(*values[:-1]) == Activity(*values[:-1])
    with pytest.raises(AttributeError):
        found.rank = 2
