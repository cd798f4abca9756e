"""A forgotten member is nowhere in the store; what others have stays, and is still proved."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import count
from random import Random
from unittest.mock import patch

import pytest
from attrs import evolve
from hypothesis import given, settings

from histories import MEMBERS, START, history
from test_archive import record
from test_law import EXAMPLES, check_ledger, seeds, some_book
from test_rescore import book, rows_of
from wiifm import (
    Engine,
    Event,
    Holder,
    RuleBook,
    StoreBusy,
    StoreFault,
    UnknownName,
    hookimpl,
    verify,
)
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep.exporting import export
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.rescoring import rescore
from wiifm.upkeep.staging import stage

NAMES = {"ann": "Änne O'Hara", "bob": "b.o.b+1@acme", "cy": "Cyrus", "dee": "Dee Dee"}
"""Names that stand in no other word."""


def named(event):
    """An event of members with proper names, and free words in which they are mentioned."""
    data = {key: NAMES.get(value, value) for key, value in event.data.items()}
    return evolve(
        event,
        actor=NAMES.get(event.actor, event.actor),
        recipient=NAMES.get(event.recipient, event.recipient),
        data=data,
    )


def test_that_nothing_of_a_member_is_left_on_the_disk_though_others_have_the_file_open(tmp_path):
    path, decided = tmp_path / "a.db", book(THANKS)
    log = path.with_name("a.db-wal")
    with Engine.open(f"sqlite:///{path}", decided) as others:
        others.record_many([thanks(n, "Cyrus", "Bob", "for prices") for n in range(9)])
        with closing(SqliteStore(path)) as store:
            forget(store, decided, "Cyrus")
        others.standing("Bob")
        assert b"Cyrus" in log.read_bytes()
        with closing(sqlite3.connect(path)) as anybody:
            anybody.execute("VACUUM")
            assert anybody.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        assert not log.read_bytes()
        assert others.record(thanks(10, "Dee", "Bob", "for tea")).status == "recorded"
    assert not any(word in path.read_bytes() for word in (b"Cyrus", b"prices"))


def standings(engine):
    return {each: engine.standing(each) for each in engine.holders()}


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_nothing_of_a_member_is_left(seed):
    random = Random(seed)
    decided = some_book(random)
    events = [named(each) for each in history(random, 30)]
    member, store = NAMES[random.choice(MEMBERS)], MemoryStore()
    record(Engine.over(store, decided), events[:20], random)
    before = standings(Engine.over(store, decided))
    ledger = list(Engine.over(store, decided).ledger())
    named_in = [e for e in events[:20] if member in (e.actor, e.recipient, *e.data.values())]
    try:
        told = forget(store, decided, member)
    except UnknownName:
        assert not named_in
        return
    assert len(named_in) == told.events
    assert member not in repr(rows_of(store))
    assert member not in repr(rows_of(store)).encode().decode("unicode_escape", "replace")
    engine = Engine.over(store, decided)
    proof = verify(store, decided)
    assert not proof.differences, proof
    after = standings(engine)
    assert {_other(each, member, told.name): found.points for each, found in before.items()} == {
        each: found.points for each, found in after.items()
    }
    assert [(e.no, e.amount, e.rule, e.event) for e in engine.ledger()] == [
        (e.no, e.amount, e.rule, e.event) for e in ledger
    ]
    assert engine.record_many(events[:20]).duplicates == 20
    record(engine, events[20:], random)
    check_ledger(engine)
    proof = verify(store, decided)
    assert not proof.differences, proof


def _other(holder, member, name):
    return Holder("member", name) if holder == Holder("member", member) else holder


def test_that_several_are_forgotten_and_a_book_replaced():
    random, store = Random(5), MemoryStore()
    one = some_book(random)
    other = next(b for b in iter(lambda: some_book(random), None) if b.purses == one.purses)
    events = [named(each) for each in history(random, 60)]
    record(Engine.over(store, one), events[:30], random)
    forget(store, one, NAMES["ann"])
    record(Engine.over(store, one), events[30:55], random)
    rescore(store, other)
    forget(store, other, NAMES["bob"])
    forget(store, other, NAMES["ann"])
    record(Engine.over(store, other), events[55:], random)
    proof = verify(store, other)
    assert not proof.differences, proof


THANKS = """
[[rule]]
id = 'kudos'
on = 'kudos.given'
to = 'recipient'
points = 5
say = '{actor} thanked you: {text}'
"""


def thanks(number, actor, recipient, text):
    data = {"text": text}
    return Event(
        id=f"e{number}",
        type="kudos.given",
        occurred_at=START,
        actor=actor,
        recipient=recipient,
        data=data,
    )


def test_that_free_texts_go_and_sentences_with_them():
    store, decided = MemoryStore(), book(THANKS)
    engine = Engine.over(store, decided)
    engine.record(thanks(1, "Ann", "Bob", "for the note on prices"))
    engine.record(thanks(2, "Cy", "Bob", "for the coffee"))
    told = forget(store, decided, "Ann")
    said = [entry.say for entry in Engine.over(store, decided).ledger("Bob")]
    assert said == [f"{told.name} thanked you", "Cy thanked you: for the coffee"]
    assert str(told) == f"{told.name}: 1 event, 1 entry, in 1 commit"
    assert "prices" not in repr(rows_of(store))


def test_that_what_a_rule_asks_for_stays():
    store, decided = MemoryStore(), book(THANKS + "where = 'len(text) > 3'\n")
    Engine.over(store, decided).record(thanks(1, "Ann", "Bob", "prices"))
    forget(store, decided, "Ann")
    assert "prices" in repr(rows_of(store))
    assert Engine.over(store, decided).standing("Bob").points["points"] == 5


def test_that_nobody_loses_by_it():
    store, decided = MemoryStore(), book(THANKS + "where = \"actor == 'Ann'\"\n")
    engine = Engine.over(store, decided)
    engine.record(thanks(1, "Ann", "Bob", "prices"))
    rows = rows_of(store)
    with pytest.raises(StoreFault, match="what the rule kudos gave for the event e1 depends on"):
        forget(store, decided, "Ann")
    assert rows_of(store) == rows


def test_that_whom_nothing_names_is_told():
    store, decided = MemoryStore(), book(THANKS)
    Engine.over(store, decided).record(thanks(1, "Ann", "Bob", "prices"))
    rows = rows_of(store)
    with pytest.raises(UnknownName, match="member 'Zoe'"):
        forget(store, decided, "Zoe")
    assert rows_of(store) == rows


MANY = """
[event.'note.rated']
acts_on = 'any'
merit = 'recipient'
requires = 'object'
fields = { stars = { type = 'number' }, who = { type = 'texts' } }

[[rule]]
id = 'rated'
on = 'note.rated'
to = 'recipient'
points = 'stars'
where = 'len(who) < 3'
say = '{actor} rated you'

[[rule]]
id = 'kudos'
on = 'kudos.given'
to = 'recipient'
points = 5
say = '{actor} thanked you: {text}'

[[rule]]
id = 'team'
on = 'kudos.given'
to = 'unit'
points = 1

[[rule]]
id = 'place'
on = 'question.asked'
to = 'community'
points = 1

[[badge]]
id = 'thanked'
to = 'recipient'
distinct = 'actor'
on = 'kudos.given'
at_least = { bronze = 1 }

[[badge]]
id = 'asking'
to = 'community'
count = 'question.asked'
at_least = 1
"""


def told_of(name, unit="sales", thing="q1", place="talk"):
    """Events of a member, who is everywhere that a member can be."""
    number = count(1)

    def event(kind, actor, **more):
        at = START + timedelta(minutes=next(number))
        return Event(id=f"e{at.minute}", type=kind, occurred_at=at, actor=actor, **more)

    def kudos(actor, recipient, text):
        return event("kudos.given", actor, recipient=recipient, data={"text": text})

    return [
        event("member.updated", "bob", data={"unit": unit, "manager": name}),
        event("mentoring.started", name, recipient="bob"),
        event("question.asked", name, object=thing, community=place, data={"title": f"{name}!"}),
        event("question.asked", "bob", object="q2", community=place, data={"title": "prices"}),
        kudos(name, "bob", f'so\n{name} said, "{name}"'),
        kudos("cy", name, "thanks"),
        kudos("bob", "cy", name),
        kudos(name, name, "well done"),
        event("note.rated", "cy", object=thing, data={"stars": 3, "who": [name, "bob"]}),
    ]


ODD = ['O"Hara', "O'Hara", "a\\b", "Zoë", "日本", "%s", "{him}", "a:b", "b.o.b", "n n"]


@pytest.mark.parametrize("member", ODD)
def test_that_a_name_may_have_any_characters(member):
    store, decided, events = MemoryStore(), book(MANY), told_of(member)
    assert Engine.over(store, decided).record_many(events).recorded == len(events)
    told = export(store, decided, member)
    assert {"e6", "e8"} <= {each["event"] for each in told["receipts"]}
    forget(store, decided, member)
    left = rows_of(store)
    del left["books"]
    spelled = {member, json.dumps(member)[1:-1], repr(member)[1:-1]}
    cells = [str(cell) for rows in left.values() for row in rows for cell in row]
    assert not [each for each in cells if any(name in each for name in spelled)]
    assert not verify(store, decided).differences
    assert Engine.over(store, decided).record_many(events).duplicates == len(events)


@pytest.mark.parametrize(
    "member",
    ["member", "recorded", "self", "kudos", "thanked", "bronze", "unit", "points", "prices", "you"],
)
def test_that_what_only_looks_like_the_name_stays(member):
    store, decided = MemoryStore(), book(MANY)
    events = told_of(member, unit=member, thing=member, place=member)
    engine = Engine.over(store, decided)
    assert engine.record_many(events).recorded == len(events)
    before, receipts = standings(engine), [engine.receipt(each.id) for each in events]
    name = forget(store, decided, member).name
    engine = Engine.over(store, decided)

    def other(holder):
        return holder and _other(holder, member, name)

    after = standings(engine)
    for holder, standing in before.items():
        assert evolve(standing, holder=other(holder)).points == after[other(holder)].points
    for was in receipts:
        now = engine.receipt(was.event)
        assert now.status == was.status
        for told in ("refusals", "awards"):
            assert [evolve(each, holder=other(each.holder)) for each in getattr(was, told)] == [
                *getattr(now, told)
            ]
    assert [e.say for e in engine.ledger("cy")] == ["bob thanked you: " + name]
    assert engine.record_many(events).duplicates == len(events)


def test_that_refusals_go_on_telling_their_events():
    text = (
        "[[rule]]\nid='r'\non='object.liked'\nto='recipient'\npoints=2\nlimit={times=1,per='day'}"
    )
    store, decided = MemoryStore(), book(text)
    engine = Engine.over(store, decided)
    for hour, name in enumerate(("bob", "ann")):
        at = START + timedelta(hours=hour)
        engine.record(Event(id=name, type="object.liked", occurred_at=at, actor=name, object="p"))
    at = START + timedelta(hours=2)
    engine.record(Event(id="p", type="post.shared", occurred_at=at, actor="ann", object="p"))
    name = forget(store, decided, "ann").name
    (refusal,) = Engine.over(store, decided).receipt("p").refusals
    assert (refusal.event, refusal.holder) == ("ann", Holder("member", name))
    assert not verify(store, decided).differences


def test_that_a_text_of_others_stays_that_has_the_name_in_it():
    store, decided = MemoryStore(), book(THANKS)
    engine = Engine.over(store, decided)
    engine.record(thanks(1, "Ann", "Bob", "prices"))
    engine.record(thanks(2, "Cy", "Bob", "for what you told Ann"))
    forget(store, decided, "Ann")
    engine = Engine.over(store, decided)
    assert engine.explain(2).entry.say == "Cy thanked you: for what you told Ann"


class Quoting:
    @hookimpl
    def wiifm_rules(self, book):
        @book.rule(on="object.liked", to="recipient", points=1)
        def picky(activity):
            raise KeyError(activity.recipient)


def test_that_what_a_plugin_said_of_a_member_is_gone_though_the_event_names_another():
    book, store = RuleBook.parse("[book]\nid = 'b'", [Quoting()]), MemoryStore()
    post = {"type": "post.shared", "actor": "Zenobia", "object": "p"}
    liked = {"type": "object.liked", "actor": "bob", "object": "p"}
    engine = Engine.over(store, book)
    engine.record(Event(id="p", occurred_at=START, **post))
    assert "KeyError('Zenobia')" in str(
        engine.record(Event(id="l", occurred_at=START + timedelta(hours=1), **liked))
    )
    forget(store, book, "Zenobia")
    assert "Zenobia" not in repr(rows_of(store))
    assert "picky raised KeyError; what it said was erased" in str(
        Engine.over(store, book).receipt("l")
    )
    assert not verify(store, book).differences


def test_that_it_may_be_tried_again_if_the_store_was_rescored_meanwhile():
    store, other = MemoryStore(), book(THANKS.replace("points = 5", "points = 6"))
    Engine.over(store, book(THANKS)).record(thanks(1, "Cyrus", "Bob", "for prices"))
    assert other.digest != book(THANKS).digest

    def stage_meanwhile(*given):
        rescore(store, other)
        return stage(*given)

    with (
        patch("wiifm.upkeep.erasing.stage", stage_meanwhile),
        pytest.raises(StoreBusy, match="nothing was erased; try again, by that one"),
    ):
        forget(store, member="Cyrus")
    assert forget(store, member="Cyrus").events == 1
    assert not verify(store).differences
