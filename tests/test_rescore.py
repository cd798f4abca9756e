"""Another rule book takes a store over: what it holds then is what that book would have decided from the beginning."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from random import Random
from unittest.mock import patch

import pytest
from attrs import evolve
from hypothesis import given, settings

from histories import START, history
from test_archive import record
from test_law import EXAMPLES, check_against_naive, check_ledger, seeds, some_book
from wiifm import AsyncEngine, Engine, Event, RuleBook, StoreBusy, StoreFault, UnknownName, verify
from wiifm.activities import order_of
from wiifm.archive.tables import EVENTS, TABLES
from wiifm.program import compile_book
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep import replay, rescoring
from wiifm.upkeep.checkpoint import scratch_store
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.previewing import preview
from wiifm.upkeep.rebuild import Order, rebuild
from wiifm.upkeep.rescoring import rescore
from wiifm.upkeep.shadow import Shadow

DAY = timedelta(days=1)


def rows_of(store):
    """All rows of a store."""
    with store.reading() as reading:
        return {table.name: list(reading.scan(table)) for table in TABLES}


def two_books(random):
    """Two books with the same purses."""
    while True:
        one, other = some_book(random), some_book(random)
        if one.purses == other.purses and one.digest != other.digest:
            return one, other


def check_all(store, book, events, *others):
    engine = Engine.over(store, book)
    check_against_naive(book, engine, events)
    check_ledger(engine, *others)
    for entry in engine.ledger():
        engine.explain(entry)
    proof = verify(store, book)
    assert not proof.differences, proof


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_another_book_takes_over(seed):
    random = Random(seed)
    one, other = two_books(random)
    events = history(random, random.choice([3, 10, 30]))
    half, store = len(events) // 2, MemoryStore()
    record(Engine.over(store, one), events[:half], random)
    rescore(store, other)
    check_all(store, other, events[:half])
    record(Engine.over(store, other), events[half:], random)
    check_all(store, other, events)
    rescore(store, one)
    check_all(store, one, events)


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_a_preview_tells_the_truth_and_touches_nothing(seed):
    random = Random(seed)
    one, other = two_books(random)
    events, store = history(random, random.choice([3, 10, 30])), MemoryStore()
    record(Engine.over(store, one), events, random)
    before, rows = Engine.over(store, one), rows_of(store)
    had = {holder: before.standing(holder) for holder in before.holders()}
    changes = list(preview(store, other))
    assert rows_of(store) == rows
    rescore(store, other)
    after = Engine.over(store, other)
    has = {holder: after.standing(holder) for holder in {*had, *after.holders()}}
    told = {each.holder: each for each in changes}
    assert len(told) == len(changes)
    for holder, now in has.items():
        standing = had.get(holder) or Engine(one).standing(holder)
        if holder in told:
            assert (told[holder].before, told[holder].after) == (standing, now)
            assert str(told[holder])
        else:
            assert standing == now


def test_that_events_keep_their_numbers_where_they_take_effect_in_another_order():
    text = "[book]\nid = 'b'\n[event.told]\nrequires = 'object'\n"
    one, other = RuleBook.parse(text), RuleBook.parse(text + "creates = 'story'\n")
    told = [
        Event(id=f"e{n}", type=kind, occurred_at=START + n * DAY, actor="ann", object="s")
        for n, kind in enumerate(["object.liked", "told", "object.liked"])
    ]
    store, order = MemoryStore(), []
    Engine.over(store, one).record_many(told)

    def note(shadow, events):
        order.extend(event.id for event in events)
        return real(shadow, events)

    real = Shadow._event_rows
    with scratch_store(None, store, other) as scratch, store.reading() as reading:
        with patch.object(Shadow, "_event_rows", note):
            rebuild(reading, Shadow.open(scratch, other), Order(0, size=5))
        assert order == ["e0", "e2", "e1"]  # it creates what was mentioned before, so it comes late
        with scratch.reading() as made:
            rows = ([row[:2] for row in each.scan(EVENTS)] for each in (reading, made))
            assert next(rows) == next(rows) == [(1, "e0"), (2, "e1"), (3, "e2")]


class Stopped(BaseException):
    """As if the process had been killed."""


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_it_goes_on_where_it_was_stopped(tmp_path_factory, seed):
    random, folder = Random(seed), tmp_path_factory.mktemp("rescore")
    one, other = two_books(random)
    events, store = history(random, 30), MemoryStore()
    record(Engine.over(store, one), events[:20], random)
    taken = 0

    def stop(*given):
        nonlocal taken
        taken += 1
        if taken > 2:
            raise Stopped
        return real(*given)

    real = replay._commit
    with patch.object(replay, "SIZE", 5):
        with patch.object(replay, "_commit", stop), pytest.raises(Stopped):
            rescore(store, other, folder)
        assert list(folder.iterdir())
        record(Engine.over(store, one), events[20:], random)
        with patch.object(replay, "_commit", wraps=real) as go_on:
            rescore(store, other, folder)
        assert go_on.call_args_list[0].args[1] == sorted(events[:20], key=order_of)[10:15]
    assert not list(folder.iterdir())
    check_all(store, other, events)


@pytest.mark.parametrize("seed", range(4))
def test_that_it_is_proved_however_many_events_are_decided_at_once(seed, tmp_path):
    one, other = two_books(Random(seed))
    events, store = history(Random(seed), 60), MemoryStore()
    record(Engine.over(store, one), events[:40], Random(seed))
    with patch.object(replay, "SIZE", 3):
        list(preview(store, other, folder=tmp_path))
    record(Engine.over(store, one), events[40:50], Random(seed))
    with patch.object(replay, "SIZE", 7):  # a later wiifm goes on with it
        rescore(store, other, tmp_path)
    record(Engine.over(store, other), events[50:], Random(seed))
    check_all(store, other, events)
    with patch.object(replay, "SIZE", 3):
        with suppress(UnknownName):
            forget(store, other, "ann")
        assert not verify(store, other).differences
    assert not verify(store, other).differences


def test_that_of_two_in_one_folder_the_second_is_told_and_disturbs_nobody(tmp_path):
    pytest.importorskip("fcntl")
    one, other = two_books(Random(3))
    events, store, another = history(Random(1), 10), MemoryStore(), MemoryStore()
    record(Engine.over(store, one), events, Random(1))
    record(Engine.over(another, one), events[:5], Random(1))

    def meanwhile(*given):
        with pytest.raises(StoreBusy, match=r"\.held: another process is at work there"):
            rescore(another, other, tmp_path)
        with pytest.raises(StoreBusy, match="another process is at work there"):
            list(preview(store, other, folder=tmp_path))
        return moved(*given)

    moved = rescoring.move
    with patch.object(rescoring, "move", meanwhile):
        rescore(store, other, tmp_path)
    check_all(store, other, events)
    rescore(another, other, tmp_path)
    assert not list(tmp_path.iterdir())


def test_that_what_was_left_of_another_log_is_not_used(tmp_path):
    one, other = two_books(Random(3))
    left, store = MemoryStore(), MemoryStore()
    record(Engine.over(left, one), history(Random(1), 10), Random(1))
    list(preview(left, other, folder=tmp_path))
    assert list(tmp_path.iterdir())
    events = history(Random(2), 10)
    record(Engine.over(store, one), events, Random(1))
    rescore(store, other, tmp_path)
    check_all(store, other, events)


def test_that_what_an_earlier_wiifm_left_is_not_used(tmp_path):
    one, other = two_books(Random(3))
    events, store = history(Random(1), 10), MemoryStore()
    record(Engine.over(store, one), events, Random(1))
    list(preview(store, other, folder=tmp_path))
    (left,) = tmp_path.glob("*.db")
    with closing(sqlite3.connect(left)) as before, before:
        before.execute("UPDATE facts SET name = 'begun_3' WHERE name = 'begun_4'")
        before.execute("UPDATE facts SET value = '3' WHERE name = 'version'")
    rescore(store, other, tmp_path)
    check_all(store, other, events)


def book(text):
    return RuleBook.parse(f"[book]\nid = 'b'\n{text}")


def test_that_a_purse_must_stay():
    store = MemoryStore()
    Engine.over(store, book("[purse.points]\n[purse.hours]\ndecimals = 2"))
    for text, found in (
        ("[purse.points]", "no such purse"),
        ("[purse.points]\n[purse.hours]\ndecimals = 1", "decimals = 1"),
    ):
        with pytest.raises(
            StoreFault,
            match=f"purse 'hours' .* found {found}, expected decimals = 2, as in the books before it",
        ):
            rescore(store, book(text))


def test_that_a_store_of_nothing_is_told(tmp_path):
    with closing(SqliteStore(tmp_path / "a.db")) as store:
        store.prepare([])
        with pytest.raises(StoreFault, match="nothing was recorded"):
            rescore(store, book("[purse.points]"))


def test_that_whoever_has_the_book_before_is_told():
    one, other = two_books(Random(3))
    store, events = MemoryStore(), history(Random(1), 10)
    engine = Engine.over(store, one)
    record(engine, events[:5], Random(1))
    rescore(store, other)
    with pytest.raises(StoreFault, match=other.digest):
        engine.record(events[5])


def test_that_corrections_cite_both_books():
    one, other = (
        book(f"[[rule]]\nid='shared'\non='post.shared'\npoints={points}") for points in (2, 5)
    )
    store, engine = MemoryStore(), None
    engine = Engine.over(store, one)
    record(engine, [e for e in history(Random(2), 60) if e.type == "post.shared"], Random(1))
    before = list(engine.ledger())
    told = rescore(store, other)
    entries = list(Engine.over(store, other).ledger())
    assert entries[: len(before)] == before
    assert len(entries) == len(before) + told.corrections
    for entry in entries[len(before) :]:
        assert (entry.book, entry.was, entry.amount) == (other.digest, one.digest, 3)
        assert entries[entry.corrects - 1].event == entry.event
        assert f"the rule book {one.digest} was replaced" in str(
            Engine.over(store, other).explain(entry)
        )


JUDGED = """
[purse.points]
[purse.karma]
[event."post.judged"]
acts_on = "any"
merit = "recipient"
requires = "object"
fields = { score = { type = "number" } }
[[rule]]
id = "graded"
on = "post.judged"
to = "recipient"
graded = { by = "sum", value = "score" }
points = "value"
"""


def test_that_a_grade_in_another_purse_begins_anew():
    one, other = book(JUDGED), book(f"{JUDGED}purse = 'karma'")
    first = Event(id="e0", type="post.shared", occurred_at=START, actor="ann", object="p1")
    judged = evolve(first, type="post.judged", actor="bob", data={"score": 2})
    events = [first, *(evolve(judged, id=f"e{n}", occurred_at=START + n * DAY) for n in (1, 2, 3))]
    store = MemoryStore()
    record(Engine.over(store, one), events[:3], Random(1))
    rescore(store, other)
    record(Engine.over(store, other), events[3:], Random(1))
    check_all(store, other, events)
    assert Engine.over(store, other).standing("ann").points == {"karma": 6, "points": 0}


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_the_same_book_mends_what_an_earlier_version_decided_wrongly(seed):
    random, store = Random(seed), MemoryStore()
    one, wrong = two_books(random)
    events = history(random, 30)
    with patch("wiifm.archive.archive.compile_book", lambda book: compile_book(wrong)):
        engine = Engine.over(store, one)
        record(engine, events, random)
        before = list(engine.ledger())
    proof = verify(store, one)
    told = rescore(store, one)
    check_all(store, one, events, wrong)
    entries = list(Engine.over(store, one).ledger())
    assert entries[: len(before)] == before
    assert len(entries) == len(before) + told.corrections
    assert proof.can_be_mended or not told.corrections
    for entry in entries[len(before) :]:
        explained = str(Engine.over(store, one).explain(entry))
        assert "scored again by the same rule book" in explained


def test_that_the_ledger_is_asked_for_by_a_rule_of_an_earlier_book():
    text = "[[rule]]\nid = '{}'\non = 'post.shared'\npoints = 1\n"
    level = "[[ladder.trust.level]]\nid = 'seen'\ncount = 'post.shared'\npoints = 5\n"
    store, new = MemoryStore(), book(text.format("fresh") + level)
    shared = Event(id="e1", type="post.shared", occurred_at=START, actor="ann", object="p1")
    Engine.over(store, book(text.format("former"))).record(shared)
    rescore(store, new)
    engine = Engine.over(store, new)
    former = [each for each in engine.ledger() if each.rule == "former"]
    assert len(former) == 2 and [*engine.ledger(rule="former")] == former
    assert [*engine.ledger("ann", rule="former")] == former
    assert [*engine.ledger("bob", rule="former")] == []
    assert [each.amount for each in engine.ledger(rule="badge:trust/seen")] == [5]
    with pytest.raises(UnknownName, match="rule 'formre': the book has fresh"):
        next(engine.ledger(rule="formre"))

    async def latest():
        async with AsyncEngine(engine) as shared:
            with pytest.raises(UnknownName, match="rule 'formre': the book has fresh"):
                await shared.latest_entries("ann", rule="formre")
            return [
                await shared.latest_entries(who, purse, "former", before=before)
                for who, purse, before in (
                    ("ann", None, None),
                    ("ann", "points", former[1].no),
                    ("ann", None, former[0].no),
                    ("bob", None, None),
                )
            ]

    assert asyncio.run(latest()) == [former[::-1], former[:1], [], []]
