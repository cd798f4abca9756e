"""A store of the version before: how it is brought up to date, and by whom; and one of the same version, by an earlier wiifm."""

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from histories import START, history
from test_rescore import rows_of
from wiifm import Engine, Event, RuleBook, StoreFault, export, preview, rescore, verify
from wiifm.archive.copying import copy_archive
from wiifm.archive.tables import CLAIMS, DOORS, FACTS, HOLDERS, MENTIONS, RECEIVED, VERSION
from wiifm.archive.versions import (
    OLD_CLAIMS,
    OLD_DOORS,
    OLD_MENTIONS,
    OLD_RECEIVED,
)
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import APPLICATION_ID
from wiifm.stores.urls import open_store

# Of no gate of this book was anything ever carried over: no book of the version before had such.
BOOK = RuleBook.parse(
    """
    [book]
    id = "before"
    [[rule]]
    id = "kudos"
    on = "kudos.given"
    to = "recipient"
    points = "amount"
    gate = { of = "actor", times = 2, per = "week" }
    [[rule]]
    id = "answered"
    on = "comment.posted"
    points = 2
    gate = { of = "in_reply_to", times = 1, distinct = "actor" }
    """
)


def export_of_ann(store, book):
    """Somebody asks for what is held of them."""
    export(store, book, "ann")


def copied(store, _):
    """Somebody copies it, by whichever book."""
    copy_archive(store, MemoryStore())


GONE = [
    Event(id=name, type=type, occurred_at=START, **more)
    for name, type, more in (
        ("p", "post.shared", {"actor": "zoe", "object": "p"}),
        ("r", "event.retracted", {"retracts": "p"}),
        ("l", "object.liked", {"actor": "bob", "object": "p"}),
    )
]
"""Something is liked once its creation was retracted."""


@pytest.fixture
def before(new_url):
    """A store as the version before left it, and what this one makes of the same events."""
    with closing(open_store(new_url())) as store:
        Engine.over(store, BOOK).record_many(history(Random(3), 60))
        whole = rows_of(store)
        assert all(whole[table.name] for table in (DOORS, CLAIMS))
        aged(store)
        yield store, whole


def aged(store):
    """Put the rows into tables of version 1."""
    store.prepare([OLD_DOORS, OLD_CLAIMS])
    with store.writing() as writing:
        doors, claims = list(writing.scan(DOORS)), list(writing.scan(CLAIMS))
        writing.insert(OLD_DOORS, [row[:4] for row in doors])
        writing.insert(OLD_CLAIMS, [(*row[:8], row[9]) for row in claims])
        for table in (DOORS, CLAIMS, MENTIONS, RECEIVED):
            writing.cut(table, (), ("",))
        writing.put(FACTS, [("version", "1")])


@pytest.mark.parametrize("version", ["2", "3"])
def test_that_what_an_earlier_version_lacked_is_filled(new_url, version):
    with closing(open_store(new_url())) as store:
        engine = Engine.over(store, BOOK)
        for events in (history(Random(3), 60), *([each] for each in GONE)):
            engine.record_many(events)
        statement, whole = engine.statement("ann"), {*rows_of(store)[RECEIVED.name]}
        store.prepare([OLD_RECEIVED, OLD_MENTIONS])
        with store.writing() as writing:
            if version == "3":
                writing.insert(OLD_RECEIVED, [row[:3] for row in writing.scan(RECEIVED)])
            writing.cut(RECEIVED, (), ("",))
            writing.put(FACTS, [("version", version)])
        assert Engine.over(store, BOOK).statement("ann") == statement
        assert whole < {*rows_of(store)[RECEIVED.name]}  # for whoever created what was retracted
        with store.reading() as reading:
            assert not list(reading.scan(OLD_RECEIVED))
        assert not verify(store, BOOK).differences


@pytest.mark.parametrize("version", ["4", "5"])
def test_that_all_that_is_mentioned_is_in_order_of_time_since_version_6(new_url, version):
    who = {"actor": "tom", "recipient": "ann", "data": {"amount": 2}}
    thanked = Event(id="k", type="kudos.given", occurred_at=START, topics=("tax",), **who)
    with closing(open_store(new_url())) as store:
        Engine.over(store, BOOK).record_many([*history(Random(4), 60), thanked])
        whole = rows_of(store)
        assert ("tagged", "tax", "kudos.given") in {row[:3] for row in whole[MENTIONS.name]}
        store.prepare([OLD_MENTIONS])
        with store.writing() as writing:
            rows = [(*row[:3], row[4]) for row in writing.scan(MENTIONS)]
            known = [row for row in rows if version == "5" or row[0] != "tagged"]
            writing.insert(OLD_MENTIONS, known)
            writing.cut(MENTIONS, (), ("",))
            writing.put(FACTS, [("version", version)])
        assert Engine.over(store, BOOK).leaderboard(topic="tax")
        assert rows_of(store) == whole
        with store.reading() as reading:
            assert not list(reading.scan(OLD_MENTIONS))


def left(store):
    """What is still in the tables of the version before."""
    with store.reading() as reading:
        return [row for table in (OLD_DOORS, OLD_CLAIMS) for row in reading.scan(table)]


def test_that_whoever_opens_it_brings_it_up_to_date(before):
    store, whole = before
    with pytest.raises(StoreFault, match="open it once with the rule book that decided"):
        verify(store, BOOK)
    engine = Engine.over(store, BOOK)
    assert rows_of(store) == whole
    assert left(store) == []
    assert not verify(store, BOOK).differences
    assert Engine.over(store, BOOK).standings() == engine.standings()


def test_that_only_what_is_up_to_date_is_copied(before, new_url):
    store, whole = before
    with closing(open_store(new_url())) as target:
        with pytest.raises(StoreFault, match="open it once with the rule book that decided"):
            copy_archive(store, target)  # which would leave out the tables of before
        Engine.over(store, BOOK)
        copy_archive(store, target)
        assert rows_of(target) == whole


def test_that_a_rescoring_brings_it_up_to_date(before):
    store, _ = before
    other = RuleBook.parse(BOOK.dumps().replace("times = 2", "times = 1"))
    assert other.digest != BOOK.digest
    rescore(store, other)
    assert left(store) == []
    with store.reading() as reading:
        assert ("version", str(VERSION)) in set(reading.scan(FACTS))
    assert not verify(store, other).differences
    one = Engine(other)
    one.record_many(history(Random(3), 60))
    assert sorted(map(str, Engine.over(store, other).standings())) == sorted(
        map(str, one.standings())
    )


SHARING = """
[book]
id = "before"
[[badge]]
id = "nice"
count = "post.shared"
at_least = 1
[[badge]]
id = "good"
count = "post.shared"
at_least = 3
"""


@pytest.fixture
def shared(new_url):
    """A store of the version before whose badges each kept the same, under names of their own; and the rows as they are now."""
    book = RuleBook.parse(SHARING)
    with closing(open_store(new_url())) as store:
        Engine.over(store, book).record_many(history(Random(3), 60))
        whole = rows_of(store)
        aged(store)
        with store.writing() as writing:
            rows = [(*row[:8], _otherwise(row[8]), row[9]) for row in writing.scan(HOLDERS)]
            writing.put(HOLDERS, rows)
        yield store, book, whole


def _otherwise(state):
    """A state as the version before packed it, more or less: what is measured has another name."""
    known = json.loads(state)
    return json.dumps({n if n in ("awards", "day") else f"{n}_9": v for n, v in known.items()})


def test_that_a_store_whose_badges_each_kept_the_same_is_to_be_rescored_by_its_book(shared):
    store, book, whole = shared
    assert rescore(store, book).corrections == 0
    found = rows_of(store)
    assert all(found[name] == whole[name] for name in ("events", "holders", "cells", "entries"))
    assert not verify(store, book).differences


@pytest.mark.parametrize("what", [Engine.over, verify, export_of_ann, copied])
def test_that_whoever_needs_it_is_told_so_at_once(shared, what):
    store, book, _ = shared
    with pytest.raises(
        StoreFault, match=r"once with the same book \(wiifm rescore STORE BOOK; with"
    ):
        what(store, book)


def test_that_it_can_be_looked_at_before_without_a_change_to_it(shared):
    store, book, _ = shared
    rows = rows_of(store)
    assert list(preview(store, book)) == []
    other = RuleBook.parse(SHARING.replace("at_least = 3", "at_least = 2"))
    changes = list(preview(store, other))
    assert rows_of(store) == rows
    rescore(store, book)
    assert list(preview(store, other)) == changes
    assert changes
    assert {award.badge for each in changes for award in each.given} == {"good"}


def test_that_no_preview_changes_a_store_of_any_version(before):
    store, _ = before
    rows = rows_of(store)
    other = RuleBook.parse(BOOK.dumps().replace('"amount"', '"amount + 1"'))
    changes = list(preview(store, other))
    assert changes
    assert (rows_of(store), bool(left(store))) == (rows, True)
    Engine.over(store, BOOK)
    assert list(preview(store, other)) == changes


EARLIER = Path(__file__).with_name("store_of_2026_11_30.sql.gz")
"""What the wiifm of that day made of 240 random events, by tests/every_kind.toml, in eight batches. Versions to come have to understand it."""


@pytest.fixture
def earlier(tmp_path):
    """That store."""
    path = tmp_path / "earlier.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(gzip.decompress(EARLIER.read_bytes()).decode())
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    with closing(open_store(f"sqlite:///{path}")) as store:
        yield store


def test_that_what_an_earlier_wiifm_recorded_is_proved_and_goes_on(earlier):
    assert not verify(earlier).differences
    with Engine.over(earlier) as engine:
        book = engine.book
        engine.record_many(
            Event(
                id=f"new{number}",
                type="object.liked",
                occurred_at=START + timedelta(days=number),
                actor="zoe",
                object=f"o{number % 6}",
            )
            for number in range(30)
        )
    assert not verify(earlier).differences
    assert rescore(earlier, book).corrections == 0
