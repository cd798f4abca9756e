"""A store that another book took over has the rows of one that knew no other book, in every table."""

import os
import sqlite3
from collections import Counter
from contextlib import closing, contextmanager
from random import Random
from unittest.mock import patch

import pytest
from attrs import evolve

from histories import START, history
from test_archive import Close, record
from test_rescore import DAY, two_books
from wiifm import Engine, Event, RuleBook, verify
from wiifm.activities import order_of
from wiifm.archive.tables import (
    BOOKS,
    COMMITS,
    DAYS,
    DAYS_UPTO,
    ENTRIES,
    EVENTS,
    FACTS,
    HISTORIES,
    HOLDERS,
    MENTIONS,
    RECEIPTS,
    RECEIVED,
    REDACTIONS,
    TABLES,
)
from wiifm.stores.memory import MemoryStore, _Writing
from wiifm.stores.urls import open_store
from wiifm.upkeep import corrections, rescoring, staging
from wiifm.upkeep.previewing import preview
from wiifm.upkeep.rescoring import rescore

SHARING = RuleBook.load("plugin:sharing")
SEEDS = range(1_000 if os.environ.get("WIIFM_LONG") else 6)

HISTORY = (FACTS, BOOKS, RECEIPTS, COMMITS, REDACTIONS, DAYS, DAYS_UPTO)
"""Tables that tell how a store came to be what it is, and so differ."""


def rows_by_name(store):
    """What is in the other tables: events and holders by their names in place of their numbers, the ledger by its sums."""
    with store.reading() as reading:
        found = {each: list(reading.scan(each)) for each in TABLES if each not in HISTORY}
    events = {row[0]: row[1] for row in found[EVENTS]}
    holders = {row[0]: row[1:3] for row in found[HOLDERS]}
    named = {}
    for table, rows in found.items():
        columns = list(table.columns)
        if table is ENTRIES:
            named[table.name] = sums(rows, columns, holders)
            continue
        if table is HOLDERS:  # nothing concerns whom only the other book knew
            rows = [row for row in rows if row[columns.index("count")]]
        numbers = {"holder": holders}
        if table in (EVENTS, MENTIONS, RECEIVED):
            numbers["no"] = events
        if table is HOLDERS:
            numbers["no"] = holders
        named[table.name] = sorted(
            (
                tuple(
                    numbers[name][cell] if name in numbers else cell
                    for name, cell in zip(columns, row, strict=True)
                )
                for row in rows
            ),
            key=repr,
        )
    return named


def sums(rows, columns, holders):
    """For what each holder has points, and how many."""
    found = Counter()
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        why = (cells["event"], cells["rule"], cells["purse"], cells["slot"])
        found[holders[cells["holder"]], *why] += int(cells["amount"])
    return {why: amount for why, amount in found.items() if amount}


@pytest.fixture
def close_snapshots():
    """Snapshots lie so close that every history has some."""
    closely = Close()
    closely.close()
    yield
    closely.teardown()


@pytest.mark.usefixtures("close_snapshots")
@pytest.mark.parametrize("seed", range(3))
def test_that_every_table_is_that_of_a_store_of_the_new_book(new_url, seed, monkeypatch):
    monkeypatch.setattr(staging, "PAGE", (3, 50, 10_000)[seed])
    random = Random(seed)
    one, other = two_books(random)
    events = history(random, 60)
    with closing(open_store(new_url())) as store:
        Engine.over(store, other).record_many(sorted(events, key=order_of))
        expected = rows_by_name(store)
    with closing(open_store(new_url())) as store:
        record(Engine.over(store, one), events, random)
        rescore(store, other)
        found = rows_by_name(store)
        for name, rows in expected.items():
            assert found[name] == rows, name
        proof = verify(store, other)
        assert not proof.differences, proof


@contextmanager
def between(name, at_once):
    """What another process does to a store right after a step of the next rescoring."""
    step = getattr(rescoring, name)

    def and_then(*given):
        found = step(*given)
        while at_once:
            at_once.pop()()
        return found

    with patch.object(rescoring, name, and_then):
        yield


@pytest.mark.parametrize("seed", SEEDS)
def test_that_what_is_recorded_meanwhile_is_corrected_as_if_it_had_been_there(seed, monkeypatch):
    monkeypatch.setattr(staging, "PAGE", 7)
    monkeypatch.setattr(corrections, "AT_ONCE", 2)
    one, other = two_books(Random(seed))
    events = history(Random(seed), 40)
    found = []
    for step in ("rebuild", "stage"):
        store = MemoryStore()
        record(Engine.over(store, one), events[::2], Random(seed))
        later = [lambda store=store: record(Engine.over(store, one), events[1::2], Random(seed))]
        with between(step, later):
            rescore(store, other)
        assert not later and not verify(store, other).differences
        with store.reading() as reading:
            found.append(
                {each.name: list(reading.scan(each)) for each in TABLES if each not in HISTORY}
            )
    assert found[0] == found[1]


def test_that_whoever_is_new_meanwhile_takes_nobody_elses_corrections():
    """Of two who are new, the one by the new book and the other by an event, each has a number of their own."""
    rule = "[[rule]]\nid = '{}'\non = 'kudos.given'\nto = '{}'\npoints = 1\n"
    taken = "[book]\nid = 'b'\n" + rule.format("taken", "recipient")
    one, other = RuleBook.parse(taken), RuleBook.parse(taken + rule.format("given", "actor"))
    for_ann, for_cy = (
        Event(id=who, type="kudos.given", occurred_at=START, actor="bob", recipient=who)
        for who in ("ann", "cy")
    )
    store = MemoryStore()
    Engine.over(store, one).record(for_ann)
    with between("stage", [lambda: Engine.over(store, one).record(for_cy)]):
        rescore(store, other)
    engine = Engine.over(store, other)
    held = {each.holder.id: each.points["points"] for each in engine.standings()}
    assert held == {"ann": 1, "bob": 2, "cy": 1}
    assert not verify(store, other).differences


def test_that_rows_come_in_order_under_the_numbers_that_holders_get():
    store = MemoryStore()
    store.prepare([HISTORIES])
    rows = [(holder, at, "e") for holder in range(1, 5) for at in range(3)]
    with store.writing() as session:
        session.insert(HISTORIES, rows)
    numbers = {1: 3, 3: 4, 4: 1}
    with store.reading() as made:
        found = [*staging._recomputed_rows(made, HISTORIES, numbers)]
    assert found == sorted((numbers.get(row[0], row[0]), *row[1:]) for row in rows)


def test_that_nothing_is_written_where_nothing_is_otherwise(monkeypatch):
    store = MemoryStore()
    Engine.over(store, SHARING).record_many(sorted(history(Random(1), 60), key=order_of))
    written = []
    for name in ("insert", "put", "delete", "cut"):
        change = getattr(_Writing, name)

        def noted(session, table, *given, change=change):
            written.append(table)
            change(session, table, *given)

        monkeypatch.setattr(_Writing, name, noted)
    rescore(store, SHARING)
    assert {COMMITS} <= {*written} <= {COMMITS, *HISTORY}


LEFT = """
[book]
id = "notes"
[purse.points]
[event."note.left"]
requires = "object"
{how}
[[rule]]
id = "noted"
on = "note.left"
points = 1
"""


def test_that_the_log_tells_anew_what_events_are_about(new_url):
    acts, makes = (
        RuleBook.parse(LEFT.format(how=how)) for how in ("acts_on = 'any'", "creates = 'note'")
    )
    left = Event(id="e1", type="note.left", occurred_at=START, actor="ann", object="n1")
    again = evolve(left, id="e2", occurred_at=START + DAY, object="n2", in_reply_to="n1")
    with closing(open_store(new_url())) as store:
        Engine.over(store, acts).record_many([left])
        Engine.over(store, acts).record_many([again])
        for book, about in ((makes, [(None, "object:n1"), ("n1", "object:n2")]), (acts, None)):
            rescore(store, book)
            with store.reading() as reading:
                told = [row[-2:] for row in reading.scan(EVENTS)]
            assert told == (about or [("n1", None), ("n2", None)])
            assert not verify(store, book).differences


def test_that_what_an_earlier_version_left_is_made_anew(tmp_path):
    acts, makes = (
        RuleBook.parse(LEFT.format(how=how)) for how in ("acts_on = 'any'", "creates = 'note'")
    )
    left = Event(id="e1", type="note.left", occurred_at=START, actor="ann", object="n1")
    store = MemoryStore()
    Engine.over(store, acts).record(left)
    list(preview(store, makes, folder=tmp_path))
    (path,) = tmp_path.iterdir()
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE facts SET name = 'begun' WHERE name LIKE 'begun%'")
        file.execute("DELETE FROM retold")  # which it didn't note
        file.commit()
    rescore(store, makes, tmp_path)
    with store.reading() as reading:
        assert [row[-1] for row in reading.scan(EVENTS)] == ["object:n1"]
    assert not verify(store, makes).differences
