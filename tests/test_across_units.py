"""The units of actor and recipient in expressions and sentences: ``actor_unit``, ``recipient_unit`` and ``across_units``."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from histories import HOURS, MEMBERS, START, history
from test_law import check_against_naive, check_ledger
from wiifm import Engine, Event, Holder, InvalidRuleBook, RuleBook
from wiifm.rulebook.dump import dumps
from wiifm.rulebook.lint import lint
from wiifm.stores.memory import MemoryStore
from wiifm.testing import books, check_law
from wiifm.tracing import trials

HEAD = "[book]\nid = 'silos'\nuse = ['sharing']\n"
THANKS = """
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = "10 if across_units else 4"
say = "{actor} of {actor_unit} thanked you"
"""
BOOK = RuleBook.parse(HEAD + THANKS)
MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


def on(number, type, actor, **more):
    """An event so many hours after Monday morning."""
    at = MONDAY + timedelta(hours=number)
    return Event(id=f"e{number}", type=type, occurred_at=at, actor=actor, **more)


def belongs(number, who, unit):
    return on(number, "member.updated", who, data={"unit": unit})


def given(*events, book=BOOK):
    """What raj was given by the rule for thanks, by the engine and by the naive implementation; whatever the order."""
    engine = Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, list(events))
    check_law(book, list(events))
    return [(float(e.amount), e.say) for e in engine.ledger("raj") if e.rule == "kudos"]


def thanks(number=5, **more):
    return on(number, "kudos.given", "ann", recipient="raj", **more)


@pytest.mark.parametrize(
    ("ann", "raj", "points"),
    [
        *(("Lab", "Sales", 10), ("Lab", "Lab", 4), ("Lab", None, 4), (None, "Sales", 4)),
        *((None, None, 4), ("", "Sales", 4), ("Lab", "", 4), ("", "", 4)),
    ],
)
def test_that_only_two_known_units_are_across(ann, raj, points):
    profiles = [
        belongs(number, who, unit)
        for number, (who, unit) in enumerate([("ann", ann), ("raj", raj)])
        if unit is not None
    ]
    assert [amount for amount, _ in given(*profiles, thanks())] == [points]


def test_that_whoever_left_their_unit_has_none():
    gone = [belongs(0, "ann", "Lab"), belongs(1, "ann", ""), belongs(2, "raj", "")]
    for where in ("actor_unit == null", "recipient_unit == null", "actor_unit == recipient_unit"):
        book = RuleBook.parse(HEAD + THANKS + f"where = {where!r}\n")
        assert given(*gone, thanks(), book=book) == [(4, "ann of  thanked you")]


def test_that_a_badge_for_many_units_counts_nobody_without_one():
    badge = "[[badge]]\nid = 'bridge'\nto = 'recipient'\non = 'kudos.given'\ndistinct = 'actor_unit'\nat_least = 2\n"
    engine = Engine(RuleBook.parse(HEAD + badge))
    engine.record_many([belongs(0, "ann", "Lab"), thanks(1), belongs(2, "ann", ""), thanks(3)])
    assert not has_bridge(engine)
    engine.record_many([belongs(4, "ann", "Sales"), thanks(5)])
    assert has_bridge(engine)


def test_that_units_are_those_at_the_event():
    moves = [belongs(0, "ann", "Lab"), belongs(1, "raj", "Lab"), belongs(6, "raj", "Sales")]
    said = "ann of Lab thanked you"
    assert given(*moves, thanks(5), thanks(7)) == [(4, said), (10, said)]


def test_that_nothing_is_across_without_somebody_who_acts_or_receives():
    by_nobody = on(5, "object.liked", None, object="p")
    post = on(4, "post.shared", "raj", object="p")
    book = RuleBook.parse(HEAD + THANKS.replace("kudos.given", "object.liked"))
    found = given(belongs(0, "raj", "Sales"), post, by_nobody, book=book)
    assert found == [(4, "somebody of  thanked you")]


@pytest.mark.parametrize("late", [belongs(1, "raj", "Sales"), belongs(1, "ann", "Design")])
@pytest.mark.parametrize("store", [None, MemoryStore])
def test_that_a_late_profile_of_either_is_booked_as_a_correction(late, store):
    first = [belongs(0, "ann", "Lab")] + [belongs(0.5, "raj", "Lab")] * (late.actor == "ann")
    engine = Engine(BOOK) if store is None else Engine.over(store(), BOOK)
    for event in (*first, thanks(), late):
        engine.record(event)
    thanked, corrected = (e for e in engine.ledger("raj") if e.rule == "kudos")
    assert (thanked.amount, corrected.amount) == (4, 6)
    assert (corrected.corrects, corrected.because) == (thanked.no, late.id)
    engine.record(on(9, "event.retracted", None, retracts=late.id))
    assert engine.standing("raj").points["points"] == 4
    check_ledger(engine)


def test_that_a_sentence_names_the_unit_that_was_known():
    engine = Engine(BOOK)
    engine.record_many([belongs(0, "ann", "Lab"), belongs(1, "raj", "Sales"), thanks()])
    assert not engine.record(belongs(2, "ann", "Design")).entries, "it is across units as before"
    assert [each.say for each in engine.ledger("raj")] == ["ann of Lab thanked you"]
    engine.retract("e5", at=MONDAY + timedelta(days=1))
    assert {each.say for each in engine.ledger("raj")} == {"ann of Lab thanked you"}


def has_bridge(engine):
    return "bridge" in {each.badge for each in engine.standing("raj").badges}


def test_that_a_badge_counts_the_units_of_those_who_were_helped():
    badge = (
        "[[badge]]\nid = 'bridge'\nto = 'recipient'\non = 'object.helped'\ndistinct = 'actor_unit'\n"
        "where = 'across_units'\nat_least = 2\n"
    )
    engine = Engine(RuleBook.parse(HEAD + badge))
    units = {"raj": "Sales", "eve": "Lab", "bob": "Lab", "mia": "Design"}
    engine.record_many(
        belongs(number, who, unit) for number, (who, unit) in enumerate(units.items())
    )
    engine.record(on(10, "post.shared", "raj", object="p"))
    for number, who in enumerate(["eve", "bob"]):
        engine.record(on(11 + number, "object.helped", who, object="p"))
    assert not has_bridge(engine)
    engine.record(on(13, "object.helped", "mia", object="p"))
    assert has_bridge(engine)


def test_that_a_gate_lets_through_by_units_too():
    rule = THANKS.replace(
        "points =", "where = 'across_units'\ngate = { of = 'actor', times = 1 }\npoints ="
    )
    moves = [belongs(0, "ann", "Lab"), belongs(1, "raj", "Sales")]
    book = RuleBook.parse(HEAD + rule)
    assert len(given(*moves, thanks(5), thanks(6), book=book)) == 1
    late = belongs(5.5, "raj", "Lab")
    assert len(given(*moves, thanks(5), thanks(6), late, book=book)) == 1


def with_units(random):
    """A random rule book that reads units."""
    while True:
        book = books.book(random)
        if any(name in dumps(book) for name in ("across_units", "actor_unit", "recipient_unit")):
            return book


def moves(random):
    """Members who join and leave units, more often than in other histories."""
    for number in range(12):
        at = START + timedelta(hours=random.choice([-1, *HOURS]))
        who, unit = random.choice(MEMBERS), random.choice(["UTC", "Lab", ""])
        yield Event(
            id=f"u{number}",
            type="member.updated",
            occurred_at=at,
            actor=who,
            data={"unit": unit},
        )


@pytest.mark.parametrize("seed", range(40))
def test_that_a_book_that_reads_units_gives_what_the_naive_implementation_gives(seed):
    random = Random(seed)
    book, events = with_units(random), [*history(random, 40), *moves(random)]
    random.shuffle(events)
    over, coming = Engine.over(MemoryStore(), book), events.copy()
    while coming:
        size = random.choice([1, 3, 10])
        over.record_many(coming[:size])
        del coming[:size]
    check_against_naive(book, over, events)
    check_ledger(over)


@pytest.mark.parametrize(
    ("where", "because"),
    [
        ("across_units", "actor_unit is 'Design', recipient_unit is null"),
        (
            "actor_unit != null and not recipient_unit == null",
            "actor_unit is 'Design', recipient_unit is null",
        ),
        ("actor_unit == 'Lab'", "actor_unit is 'Design'"),
        ("recipient_unit != null", "recipient_unit is null"),
    ],
)
def test_that_it_is_told_why_a_condition_on_units_fails(where, because):
    book = RuleBook.parse(HEAD + THANKS + f'where = "{where}"\n')
    (trial,) = trials(book, [belongs(0, "ann", "Design"), thanks()], Holder("member", "raj"))
    told = f"rule kudos: nothing, as {where} is false ({because})"
    assert told in map(str, trial.steps)


def faults(text):
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(text)
    return str(caught.value)


def test_that_units_need_an_event_type_that_states_them():
    alone = "[book]\nid = 'b'\nvocabulary = []\n[event.thanked]\nrequires = 'recipient'\n[[rule]]\nid = 'r'\non = 'thanked'\npoints = 1\n"
    for more in (
        "where = 'across_units'",
        "where = \"actor_unit == 'a'\"",
        "say = 'of {actor_unit}'",
    ):
        assert "expected an event type that relates 'profile'" in faults(alone + more)


def test_that_a_sentence_names_units_but_not_whether_they_differ():
    assert "{across_units}" in faults(HEAD + THANKS.replace("{actor_unit}", "{across_units}"))


def test_that_no_sentence_tells_the_unit_where_nobody_is_named():
    quiet = HEAD + "individuals = false\n" + THANKS
    assert "a small unit would tell who somebody is" in faults(quiet)
    assert RuleBook.parse(quiet.replace("{actor} of {actor_unit}", "Somebody"))


@pytest.mark.parametrize(
    ("to", "on", "tells"),
    [
        ("recipient", "kudos.given", False),
        ("actor", "kudos.given", True),
        ("actor", "answer.posted", False),
        ("actor", "['answer.posted', 'object.liked']", True),
        ("unit", "kudos.given", False),
        ("community", "answer.posted", True),
        ("mentor", "answer.posted", True),
    ],
)
def test_that_no_sentence_tells_the_unit_of_another_where_nobody_is_named(to, on, tells):
    on = on if on.startswith("[") else f"'{on}'"
    head, say = "[book]\nid = 'b'\n", f"to = '{to}'\nsay = 'Thanks to {{unit}}'\n"
    for text in (
        f"[[rule]]\nid = 'r'\non = {on}\npoints = 1\n{say}",
        f"[[badge]]\nid = 'r'\ncount = {on}\nat_least = 1\n{say}",
        f"[[badge]]\nid = 'r'\ngroups = 'week'\neach = {{ count = {on} }}\nat_least = 1\n{say}",
        f"[[badge]]\nid = 'r'\nratio = [{{ count = {on} }}, {{ count = {on} }}]\nat_least = 1\n{say}",
    ):
        assert RuleBook.parse(head + text)
        quiet = head + "individuals = false\n" + text
        if tells:
            assert "found {unit}, expected a sentence without it" in faults(quiet)
        else:
            assert RuleBook.parse(quiet)


def test_that_no_field_may_have_these_names():
    for name in ("actor_unit", "recipient_unit", "across_units"):
        assert "reserved" in faults(
            f"[book]\nid = 'b'\n[event.thanked]\nfields = {{ {name} = {{}} }}\n"
        )


SILENT = "an event of post.shared acts on nothing: it has a recipient only if it names one"


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ("points = 3\nwhere = 'across_units'", "across_units"),
        ("points = '10 if across_units else 5'", "across_units"),
        ("points = 3\nwhere = \"recipient_unit != 'Lab'\"", "recipient_unit"),
        (
            "graded = { by = 'max', value = 'len(recipient_unit)' }\npoints = 'value'",
            "recipient_unit",
        ),
        ("points = 3\nto = 'recipient'", "the recipient"),
        ("points = 3\nto = 'mentor'\nof = 'recipient'", "the recipient"),
        ("points = 3\nwhere = \"actor_unit == 'Lab'\"", None),
    ],
)
def test_that_units_of_events_for_nobody_are_doubted(rule, asked):
    text = (
        f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'post.shared'\nlimit = {{ times = 1 }}\n{rule}"
    )
    doubts = [f"rule r: it asks for {asked}, but {SILENT}"] if asked else []
    assert [str(each).split("; consider")[0] for each in lint(RuleBook.parse(text))] == doubts
    for other in ("object.liked", "answer.posted", "kudos.given"):
        assert not lint(RuleBook.parse(text.replace("post.shared", other)))


@pytest.mark.parametrize(
    "badge",
    [
        "on = 'post.shared'\ndistinct = 'recipient_unit'",
        "on = ['question.asked', 'post.shared']\ngroups = 'week'\neach = { distinct = 'recipient_unit' }",
        "groups = 'week'\nwhere = 'across_units'\neach = { count = 'post.shared' }",
    ],
)
def test_that_a_badge_for_units_of_events_for_nobody_is_doubted(badge):
    text = f"[book]\nid = 'b'\n[[badge]]\nid = 'b'\nat_least = 2\n{badge}\n"
    (doubt,) = lint(RuleBook.parse(text))
    assert "acts on nothing: it has a recipient only if it names one" in str(doubt)
    assert not lint(RuleBook.parse(text.replace("post.shared", "answer.posted")))


def test_that_counting_ones_own_unit_is_doubted():
    badge = "[[badge]]\nid = 'b'\nto = 'actor'\non = 'kudos.given'\ndistinct = 'actor_unit'\nat_least = 2\n"
    (doubt,) = lint(RuleBook.parse(HEAD + badge))
    assert str(doubt).endswith("consider distinct = 'recipient_unit'")
    assert not list(lint(RuleBook.parse(HEAD + badge.replace("actor_unit", "recipient_unit"))))
