"""A batch is recorded wholly or not at all, and receipts, corrections and refusals tell the truth."""

from datetime import UTC, datetime, timedelta

import pytest

import wiifm
from wiifm import Engine, Event, RuleBook
from wiifm.folds.reward import fold

START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def event(id, type, hours=0, **more):
    return Event(id=id, type=type, occurred_at=START + timedelta(hours=hours), **more)


def post(number, hours=None, actor="ann"):
    at = number if hours is None else hours
    return event(f"p{number}", "post.shared", at, actor=actor, object=f"o{number}")


def engine_of(text, *plugins):
    return Engine(RuleBook.parse(f"[book]\nid = 'b'\n{text}", plugins=plugins))


BOOK = """
[[rule]]
id = 'post'
on = 'post.shared'
points = 1
limit = { times = 3, per = 'day' }

[[badge]]
id = 'two'
count = 'post.shared'
at_least = 2
"""


class Interrupting:
    """Its rule is interrupted once, at the third event that it is asked about."""

    asked = 0

    @wiifm.hookimpl
    def wiifm_rules(self, book):
        @book.rule(on="post.shared", points=2)
        def tested(activity):
            self.asked += 1
            if self.asked == 3:
                raise KeyboardInterrupt
            return True


def test_that_what_was_interrupted_is_not_recorded_and_may_be_sent_again():
    engine, undisturbed = engine_of(BOOK, Interrupting()), engine_of(BOOK, Interrupting())
    undisturbed.book.rules["tested"].test.__closure__[0].cell_contents.asked = 9
    for number in range(2):
        engine.record(post(number))
    with pytest.raises(KeyboardInterrupt):
        engine.record_many([post(2), post(3)])
    assert engine.standing("ann").points == {"points": 6}
    assert len(list(engine.ledger())) == 4
    assert engine.record_many([post(2), post(3)]).recorded == 2
    undisturbed.record_many([post(number) for number in range(4)])
    assert engine.standing("ann") == undisturbed.standing("ann")
    assert sum(entry.amount for entry in engine.ledger()) == 11


def test_that_a_retraction_that_was_interrupted_is_not_recorded():
    engine = engine_of(BOOK, Interrupting())
    engine.record_many([post(0), post(1)])
    with pytest.raises(KeyboardInterrupt):
        engine.retract("p0", at=START)
    assert engine.standing("ann").points == {"points": 6}
    assert engine.retract("p0", at=START).status == "retraction"
    assert engine.standing("ann").points == {"points": 3}
    assert engine.standing("ann").badges == ()


class Hanging:
    """Its rule is interrupted whenever it is asked about an event while the flag is up."""

    up = False

    @wiifm.hookimpl
    def wiifm_rules(self, book):
        @book.rule(on="post.shared", points=2)
        def tested(activity):
            if self.up and activity.event.id == "p1":
                raise KeyboardInterrupt
            return True


@pytest.mark.parametrize("recorded", [2, 4])
def test_that_what_is_interrupted_while_it_is_taken_back_is_taken_back_later(recorded):
    hanging = Hanging()
    engine, undisturbed = engine_of(BOOK, hanging), engine_of(BOOK, Hanging())
    for each in (engine, undisturbed):
        each.record_many([post(number) for number in range(recorded)])
    before = engine.standing("ann")
    hanging.up = True
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt) as told:
            engine.retract("p0", at=START)
        assert any("the rule 'tested'" in note for note in told.value.__notes__)
        with pytest.raises(KeyboardInterrupt):
            engine.standing("ann")
    hanging.up = False
    assert engine.standing("ann") == before
    assert engine._memory.log.size == recorded
    for each in (engine, undisturbed):
        assert each.retract("p0", at=START).status == "retraction"
        each.record(post(5))
    assert engine.standing("ann") == undisturbed.standing("ann")
    assert list(engine.ledger()) == list(undisturbed.ledger())


def test_that_corrections_that_were_interrupted_are_in_no_receipt():
    hanging = Hanging()
    engine, undisturbed = engine_of(BOOK, hanging), engine_of(BOOK, Hanging())
    gone = Event(id="gone", type="event.retracted", occurred_at=START, retracts="p0")
    batch = [gone, post(1, actor="bob")]  # ann is mended before bob
    for each in (engine, undisturbed):
        each.record_many([post(0), post(5)])
    first = engine.receipt("p0")
    hanging.up = True
    with pytest.raises(KeyboardInterrupt):
        engine.record_many(batch)
    hanging.up = False
    assert engine.receipt("p0") == first
    for each in (engine, undisturbed):
        each.record_many(batch)
    for name in ("p0", "p5", "gone", "p1"):
        assert engine.receipt(name) == undisturbed.receipt(name)
    assert [entry.amount for entry in engine.receipt("gone").entries] == [-1, -2]


@pytest.mark.parametrize("found", ["lots", [], 1j, float("nan")])
def test_that_a_measure_that_reads_no_number_breaks_nothing_else(found):
    class Odd:
        @wiifm.hookimpl
        def wiifm_measures(self, measures):
            odd = wiifm.Measure(
                name="odd", start=0, add=lambda s, x: s + x, read=lambda s: found if s == 2 else s
            )
            measures.add(odd)

    text = "\n[[badge]]\nid = 'odd'\nmeasure = 'odd'\nvalue = 'words'\non = 'post.shared'\nat_least = 3"
    engine = engine_of(BOOK + text, Odd())
    for number in range(4):
        shared = event(
            f"p{number}", "post.shared", number, actor="ann", object=f"o{number}", data={"words": 1}
        )
        receipt = engine.record(shared)
        assert [no.reason for no in receipt.refusals if no.rule == "badge:odd"] == (
            ["fault"] if number == 1 else []
        )
    assert engine.standing("ann").points == {"points": 3}
    assert {award.badge for award in engine.standing("ann").badges} == {"two", "odd"}


class Touchy:
    """Its measure fails for the hour 13 and for the topic 't1', and else counts."""

    @wiifm.hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            if sample == 13:
                raise ValueError(sample)
            return state + 1

        measures.add(wiifm.Measure(name="touchy", start=0, add=add, read=lambda state: state))


@pytest.mark.parametrize("over", ["ever", "last 30 days"])
def test_that_a_sample_on_which_a_measure_fails_is_left_out_and_no_other(over):
    text = f"[[badge]]\nid='x'\nmeasure='touchy'\nvalue='hour'\non='post.shared'\nover='{over}'\nat_least=6"
    engine = engine_of(text, Touchy())
    receipts = [engine.record(post(number)) for number in range(10)]
    assert [len(receipt.refusals) for receipt in receipts] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert [award.event for award in engine.standing("ann").badges] == ["p6"]


@pytest.mark.parametrize(("over", "odd"), [("last 2 days", 11), ("month", 21)])
@pytest.mark.parametrize("per", ["member", "topic"])
def test_that_a_badge_is_not_given_where_a_measure_fails_that_must_not_be_met(over, odd, per):
    class Odd:
        @wiifm.hookimpl
        def wiifm_measures(self, measures):
            read = lambda state: "no number" if state == odd else state  # noqa: E731
            measures.add(wiifm.Measure(name="hours", start=0, add=lambda s, x: s + x, read=read))

    text = (
        f"[[badge]]\nid='x'\ncount=['post.shared', 'question.asked']\nper='{per}'\nat_least=3\n"
        f"none_of=[{{measure='hours',value='hour',on='post.shared',over='{over}',per='{per}',at_least=99}}]"
    )
    engine = engine_of(text, Odd())
    shared = {"actor": "ann", "topics": ("t",)}
    first, second, third, last = (
        event("e1", "post.shared", 1, object="o1", **shared),
        event("e2", "post.shared", 26, object="o2", **shared),
        event(
            "e3", "question.asked", 60, object="o3", **shared
        ),  # 11 of the last two days, 21 of the month
        event("e4", "post.shared", 61, object="o4", **shared),
    )
    assert engine.record_many([first, second, third]).recorded == 3
    assert [refused.reason for refused in engine.receipt("e3").refusals] == ["fault"]
    assert engine.standing("ann").badges == ()
    assert [award.event for award in engine.record(last).awards] == ["e4"]


def test_that_a_measure_that_fails_for_one_key_counts_for_the_others():
    class ByTopic:
        @wiifm.hookimpl
        def wiifm_measures(self, measures):
            read = {0: 0, 1: "no number", 2: 2}.get
            measures.add(wiifm.Measure(name="odd", start=0, add=lambda s, x: s + 1, read=read))

    text = "[[badge]]\nid='x'\nmeasure='odd'\nvalue='words'\non='post.shared'\nper='topic'\nagain='topic'\nat_least=2"
    engine = engine_of(text, ByTopic())
    for number, topics in enumerate([("t2",), ("t1", "t2")]):
        shared = event(
            f"p{number}",
            "post.shared",
            number,
            actor="ann",
            object=f"o{number}",
            topics=topics,
            data={"words": 1},
        )
        refused = engine.record(shared).refusals
        assert len(refused) == 1
    assert [award.key for award in engine.standing("ann").badges] == ["t2"]


def test_that_a_state_that_could_be_changed_in_place_is_a_fault_of_its_kind():
    class Listing:
        @wiifm.hookimpl
        def wiifm_rule_kinds(self, kinds):
            step = lambda state, activity, settings: ([*(state or ()), 1], 1)  # noqa: E731
            kinds.add(wiifm.RuleKind(name="listing", step=step))

    engine = engine_of("[[rule]]\nid = 'r'\non = 'post.shared'\nkind = 'listing'", Listing())
    refused = engine.record(post(0)).refusals
    assert [no.reason for no in refused] == ["fault"] and "the state [1]" in refused[0].detail


KEPT = """
[[badge]]
id = 'liked'
to = 'recipient'
count = 'object.liked'
keep = true
at_least = 1

[[badge]]
id = 'poster'
count = 'post.shared'
at_least = 9
"""


def test_that_a_kept_badge_goes_with_what_it_was_for_whatever_the_batches():
    def life(record_late):
        engine = engine_of(KEPT)
        engine.record(event("p2", "post.shared", 2, actor="bob", object="o"))
        engine.record(event("l", "object.liked", 3, actor="x", object="o"))
        engine.record(post(1, 4, actor="bob"))
        engine.retract("p2", at=START + timedelta(hours=10))
        assert [award.badge for award in engine.standing("bob").badges] == ["liked"]
        first = event("p1st", "post.shared", 1, actor="cy", object="o")
        record_late(engine, [first, post(3, 20, actor="bob")])
        return engine.standing("bob").badges

    assert life(lambda engine, late: engine.record_many(late)) == ()
    assert life(lambda engine, late: [engine.record(each) for each in late]) == ()


def test_that_an_event_before_a_retraction_counts_for_what_is_kept_though_it_came_later():
    engine = engine_of(KEPT.replace("at_least = 1", "at_least = 2", 1))
    engine.record(event("p", "post.shared", 0, actor="bob", object="o"))
    engine.record(event("l1", "object.liked", 1, actor="x", object="o"))
    engine.retract("l1", at=START + timedelta(hours=10))
    engine.record(event("l2", "object.liked", 5, actor="y", object="o"))
    assert [award.event for award in engine.standing("bob").badges] == ["l2"]


def test_that_a_re_grade_corrects_the_first_entry_of_its_object():
    engine = engine_of(
        "[event.'post.judged']\nacts_on = 'any'\nmerit = 'recipient'\nrequires = 'object'\n"
        "fields = { score = { type = 'integer' } }\n[[rule]]\nid = 'judged'\non = 'post.judged'\nto = 'recipient'\n"
        "graded = { by = 'mean', value = 'score' }\npoints = 'value * 10'"
    )
    engine.record_many([post(0), post(1)])
    for number, (thing, score) in enumerate([("o0", 5), ("o1", 3), ("o0", 2)]):
        judged = event(f"j{number}", "post.judged", 5 + number, actor="x", object=thing)
        engine.record(wiifm.read_event({**judged.as_json(), "data": {"score": score}}))
    assert [(e.amount, e.corrects) for e in engine.ledger()] == [(50, None), (30, None), (-15, 1)]
    assert [entry.no for entry in engine.explain(1).corrections] == [3]


def test_that_a_correction_is_because_of_the_nearest_change_before_it():
    engine = engine_of(
        "[[rule]]\nid='r'\non='kudos.given'\nto='recipient'\npoints=1\nlimit={times=1,per='day'}"
    )

    def thanks(id, hours):
        return event(id, "kudos.given", hours, actor=id, recipient="bob")

    engine.record(thanks("c", 30))
    engine.record_many([thanks("a", 0), thanks("b", 29)])
    assert [(e.event, e.amount, e.because) for e in engine.receipt("a").entries] == [("a", 1, "a")]
    assert [e.because for e in engine.ledger() if e.corrects] == ["b"]
    assert [no.reason for no in engine.receipt("b").refusals] == ["limit"]


def test_that_a_late_event_that_shuts_a_gate_says_so():
    engine = engine_of(
        "[[rule]]\nid='r'\non='kudos.given'\nto='recipient'\npoints=5\ngate={of='actor',times=1,per='week'}"
    )
    engine.record(event("k1", "kudos.given", 1, actor="x", recipient="bob"))
    late = engine.record(event("k0", "kudos.given", 0, actor="x", recipient="cy"))
    assert [(no.event, no.holder.id, no.reason) for no in late.refusals] == [("k1", "bob", "gate")]


LIKED = (
    "[[rule]]\nid='liked'\non='object.liked'\nto='recipient'\npoints=2\nlimit={times=1,per='day'}"
)


def likes_before_their_post():
    return [
        event("l1", "object.liked", 1, actor="x", object="o4"),
        event("l2", "object.liked", 2, actor="y", object="o4"),
        post(4),
        event("l3", "object.liked", 5, actor="z", object="o4"),
    ]


def test_that_a_refusal_tells_which_event_it_is_of(open_engine, tmp_path):
    book = RuleBook.parse(f"[book]\nid = 'b'\n{LIKED}")
    told = {"p4": "l2", "l3": "l3"}
    for engine in (Engine(book), open_engine(f"sqlite:///{tmp_path}/liked.db", book)):
        for each in likes_before_their_post():
            receipt = engine.record(each)
            assert [no.event for no in receipt.refusals] == [*filter(None, [told.get(each.id)])]
            assert engine.receipt(each.id) == receipt
        said = [str(engine.receipt(each)).splitlines()[-1] for each in told]
        assert said == [
            "  liked gave nothing more for l2: the limit of 1 time per day is used up",
            "  liked gave nothing more: the limit of 1 time per day is used up",
        ]


def test_that_what_was_refused_in_a_batch_that_was_interrupted_is_forgotten():
    hanging = Hanging()
    engine = engine_of(LIKED, hanging)
    first, second, late, _ = likes_before_their_post()
    engine.record_many([first, second, post(9, actor="bob")])
    hanging.up = True
    with pytest.raises(KeyboardInterrupt):
        engine.record_many([late, post(1, 5, actor="bob")])  # ann is mended before bob
    hanging.up = False
    engine.record(event("l10", "object.liked", 10, actor="x", object="o9"))
    again = engine.record(event("l11", "object.liked", 11, actor="y", object="o9"))
    assert [no.event for no in again.refusals] == ["l11"]


def test_that_a_floor_says_what_it_kept():
    engine = engine_of(
        "[purse.points]\nfloor = -1\n[[rule]]\nid='r'\non='object.disliked'\nto='recipient'\npoints=-2"
    )
    engine.record(post(0))
    receipt = engine.record(event("d", "object.disliked", 1, actor="x", object="o0"))
    assert [no.reason for no in receipt.refusals] == ["floor"]
    assert "leaves -1 of -2" in receipt.refusals[0].detail


def test_that_an_amount_beyond_all_bounds_says_so():
    engine = engine_of("[[rule]]\nid='r'\non='post.shared'\npoints='words * 1000000000'")
    shared = event("p", "post.shared", actor="ann", object="o", data={"words": 2**50})
    assert [no.reason for no in engine.record(shared).refusals] == ["fault"]


def test_that_braces_in_the_meaning_of_a_rule_are_no_placeholders():
    engine = engine_of("[[rule]]\nid='r'\non='post.shared'\npoints=1\nmeans='gives {x'")
    assert engine.record(post(0)).entries[0].say == "gives {x"


def test_that_any_event_can_be_taken_back():
    engine = engine_of(BOOK)
    long = event("x" * 256, "post.shared", actor="ann", object="o")
    engine.record(long)
    engine.record(event("retract:p", "post.shared", 1, actor="ann", object="o1"))
    engine.record(event("p", "post.shared", 2, actor="ann", object="o2"))
    assert engine.retract(long.id, at=START).status == "retraction"
    assert engine.retract("p", at=START).status == "retraction"
    assert engine.retract("p", at=START).status == "duplicate"
    assert engine.standing("ann").points == {"points": 1}


def test_that_true_is_another_content_than_one():
    engine = engine_of(
        "[event.'it.was']\nrequires = 'actor'\nfields = { much = { type = 'number' } }"
    )
    engine.record(event("e", "it.was", actor="ann", data={"much": 1}))
    with pytest.raises(wiifm.ConflictingEvent):
        engine.record(event("e", "it.was", actor="ann", data={"much": True}))


def test_that_one_wrong_clock_that_was_taken_back_empties_no_leaderboard():
    engine = engine_of(BOOK)
    engine.record(post(0))
    engine.record(post(1, hours=24 * 365))
    engine.retract("p1", at=START)
    assert [rank.member for rank in engine.leaderboard(over="week")] == ["ann"]


def test_that_leaderboards_and_statements_do_not_depend_on_the_order_of_arrival():
    text = "[[rule]]\nid='r'\non='object.liked'\nto='recipient'\npoints=1"
    question = event("q", "question.asked", -1, actor="z", object="q", community="chess")
    reply = event("p", "comment.posted", 0, actor="ann", object="o", in_reply_to="q")
    like = event("l", "object.liked", 1, actor="x", object="o")
    boards = []
    for order in ([question, reply, like], [reply, like, question]):
        engine = engine_of(text)
        for each in order:
            engine.record(each)
        boards.append(engine.leaderboard(community="chess"))
    assert boards[0] == boards[1] and len(boards[0]) == 1


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda e: e.statement("ann", since="2026"), wiifm.InvalidInput, "since"),
        (
            lambda e: e.statement("ann", until=datetime(2026, 1, 1)),
            wiifm.InvalidInput,
            "UTC offset",
        ),
        (lambda e: e.leaderboard(over=5), wiifm.InvalidInput, "over"),
        (lambda e: e.leaderboard(at=datetime(2026, 1, 1)), wiifm.InvalidInput, "at"),
        (lambda e: e.leaderboard("pints"), wiifm.UnknownName, "did you mean 'points'"),
        (lambda e: list(e.ledger(purse="pints")), wiifm.UnknownName, "did you mean 'points'"),
        (lambda e: list(e.ledger(rule="pots")), wiifm.UnknownName, "did you mean 'post'"),
        (lambda e: e.explain("x"), wiifm.UnknownName, "entries"),
        (lambda e: e.receipt(None), wiifm.UnknownName, "None"),
        (lambda e: Engine("acme.toml"), wiifm.InvalidInput, "RuleBook.load"),
    ],
)
def test_that_a_wrong_question_is_answered_in_words(ask, error, words):
    with pytest.raises(error, match=words):
        ask(engine_of(BOOK))


def test_that_events_come_in_order_again_behind_a_latest_one_that_was_taken_back():
    engine = engine_of(BOOK)
    engine.record_many([post(0), post(2), post(9)])
    engine.retract("p9", at=START)
    engine.record(post(5))
    engine.record(post(7))
    engine.retract("p5", at=START)
    engine.record(post(1))
    assert engine.standing("ann").points == {"points": 3}
    assert [e.event for e in engine.ledger("ann") if e.corrects is None][-1] == "p1"
    assert sum(e.amount for e in engine.ledger("ann")) == 3


def test_that_a_died_creator_is_asked_again_when_an_earlier_one_turns_up():
    engine = engine_of("[[badge]]\nid='k'\ncount='post.shared'\nkeep=true\nat_least=1")
    engine.record(event("p2", "post.shared", 2, actor="bob", object="o"))
    engine.retract("p2", at=START + timedelta(hours=9))
    assert [award.event for award in engine.standing("bob").badges] == ["p2"]
    engine.record(event("p1", "post.shared", 1, actor="cy", object="o"))
    assert engine.standing("bob").badges == ()


def test_that_what_died_before_it_came_does_not_disturb_the_order_of_what_comes_after():
    engine = engine_of(
        "[[rule]]\nid='r'\non='post.shared'\npoints=1\n[[badge]]\nid='k'\ncount='post.shared'\nkeep=true\nat_least=9"
    )
    engine.record(post(1))
    engine.retract("p9", at=START)
    engine.record(post(9))  # it had been taken back before it came, and lies ahead of what follows
    engine.record(post(5))
    engine.record(post(3))
    engine.retract("p5", at=START)
    assert engine.standing("ann").points == {"points": 2}
    assert sum(entry.amount for entry in engine.ledger("ann")) == 2


def test_that_what_comes_late_to_a_place_again_is_folded_from_there(monkeypatch):
    """The first one from a snapshot that may lie far before it; those that follow from the state just before them."""
    folded = []

    def noting(program, history, *more):
        folded.append(history)
        return fold(program, history, *more)

    monkeypatch.setattr("wiifm.folds.reward.fold", noting)
    engine = Engine(RuleBook.load("plugin:sharing"))
    posts = [event(f"e{n}", "post.shared", n, actor="ann", object=f"e{n}") for n in range(250)]
    engine.record_many(posts)
    counts = []
    for n in range(3):
        folded.clear()
        late = event(f"late{n}", "post.shared", 199.5, actor="ann", object=f"late{n}")
        posts.append(late)
        engine.record(late)
        counts.append(sum(each.holder.id == "ann" for each in folded))
    first, *others = counts
    assert first == 251 and max(others) <= 53
    again = Engine(RuleBook.load("plugin:sharing"))
    again.record_many(posts)
    assert again.standing("ann") == engine.standing("ann")
