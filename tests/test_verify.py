"""Whatever is changed behind a store's back is found, and told by event and rule."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings

from histories import START, history
from processes import TEXT
from test_archive import Close, record
from test_law import EXAMPLES, seeds, some_book
from wiifm import (
    Engine,
    Event,
    Measure,
    RuleBook,
    RuleKind,
    StoreFault,
    hookimpl,
    verify,
)
from wiifm.archive.commits import body_of, commits
from wiifm.archive.receipts import receipt_of
from wiifm.archive.tables import (
    BOOKS,
    COMMITS,
    DAYS_UPTO,
    ENTRIES,
    EVENTS,
    FACTS,
    HOLDERS,
    RECEIPTS,
    REDACTIONS,
    TABLES,
)
from wiifm.culture.keeping import keep
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep.compare_rows import differences
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.rescoring import rescore

BOOK = RuleBook.parse(TEXT)


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 2), deadline=None)
def test_that_what_nobody_changed_is_proved(seed):
    random = Random(seed)
    book, events = some_book(random), history(random, random.choice([3, 10, 30]))
    store = MemoryStore()
    for part in (events[::2], events[1::2]):
        record(Engine.over(store, book), part, random)
    proof = verify(store, book)
    assert not proof.differences, proof
    assert verify(store, book, proof.link) == proof


def test_that_nothing_is_proved_of_nothing():
    store = MemoryStore()
    Engine.over(store, BOOK)
    assert str(verify(store, BOOK)) == "0 commits, 0 events, 0 entries: as they were recorded"


OF_EVERY_KIND = 272
"""The seed of a short history that leaves a row in every table: what is changed is looked for some hundred times."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A file with all kinds of rows in it, and snapshots in plenty."""
    path = tmp_path_factory.mktemp("acme") / "acme.db"
    close = Close()
    close.close()
    with closing(SqliteStore(path)) as store:
        record(Engine.over(store, BOOK), history(Random(OF_EVERY_KIND), 30), Random(OF_EVERY_KIND))
        Engine.over(store, BOOK).record(liked("l", "ann"))
        keep(store, BOOK)
    yield path
    close.teardown()


@pytest.mark.parametrize("order", [*permutations(("p", "r1", "r2"))])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_that_two_retractions_of_one_event_are_proved_in_whichever_order_they_come(order, first):
    at = datetime(2026, 5, 4, tzinfo=UTC)
    found = {"p": Event(id="p", type="post.shared", occurred_at=at, actor="ann", object="o")}
    for hours in (1, 2):
        name, moment = f"r{hours}", at + timedelta(hours=hours)
        found[name] = Event(id=name, type="event.retracted", occurred_at=moment, retracts="p")
    events, store = [found[name] for name in order], MemoryStore()
    book = RuleBook.load("plugin:sharing")
    for batch in (events[:first], events[first:]):
        Engine.over(store, book).record_many(batch)
    assert not verify(store, book).differences


@pytest.mark.parametrize("file", ["recorded", "forgotten"])
def test_that_all_of_it_is_proved(request, file):
    with closing(SqliteStore(request.getfixturevalue(file))) as store:
        assert not verify(store, BOOK).differences


@pytest.fixture(scope="module")
def forgotten(recorded, tmp_path_factory):
    """The same without a member, so that all was decided anew, with an event more."""
    path = tmp_path_factory.mktemp("acme") / "acme.db"
    path.write_bytes(recorded.read_bytes())
    with closing(SqliteStore(path)) as store:
        forget(store, BOOK, "ann")
        Engine.over(store, BOOK).record(liked("m", "bob"))
    return path


def liked(name, actor):
    return Event(id=name, type="object.liked", occurred_at=START, actor=actor, object="nowhere")


CHANGED_LATER = (EVENTS, ENTRIES, RECEIPTS, COMMITS, REDACTIONS)
COLUMNS = [
    pytest.param(file, table, column, id=f"{file}-{table.name}-{column}")
    for file in ("recorded", "forgotten")
    for table in (TABLES if file == "recorded" else CHANGED_LATER)
    for column in table.columns
    if file == "forgotten" or table is not REDACTIONS
]


@pytest.mark.parametrize("seed", range(3))
def test_that_a_store_of_which_not_all_can_be_held_is_proved_and_rescored(seed):
    random, store = Random(seed), MemoryStore()
    book, events = some_book(random), history(random, 40)
    engine = Engine.over(store, book)
    for start in range(0, 40, 5):
        engine.record_many(events[start : start + 5])
    with (
        patch("wiifm.archive.cache.MOST_HELD", 3),
        patch("wiifm.archive.cache.STATES_HELD", 1),
    ):
        assert not verify(store, book).differences
        rescore(store, book)
        assert not verify(store, book).differences


def copied(request, file, tmp_path):
    """A file of a fixture, to be changed."""
    path = tmp_path / "acme.db"
    path.write_bytes(request.getfixturevalue(file).read_bytes())
    return path


def change(path, table, column, seed, sql):
    """Change a row of a table behind its back, by SQL that is given what a cell of it is changed to, and the row's key."""
    keys = [f'"{each}"' for each in table.key]
    with closing(sqlite3.connect(path)) as connection:
        asked = f'SELECT {", ".join(keys)}, "{column}" FROM {table.name}'
        rows = connection.execute(asked).fetchall()
        assert rows, "there must be something to change"
        *key, cell = Random(seed).choice(rows)
        where = " AND ".join(f"{each} = ?" for each in keys)
        given = (otherwise(cell, table.columns[column]),) * sql.count("?")
        connection.execute(f"{sql} WHERE {where}", (*given, *key))
        connection.commit()


def otherwise(cell, kind):
    """A cell with a bit or a letter more."""
    if kind == "integer":
        return (cell or 0) + 2**20
    return (cell or "") + "~"


def check_found(path, table):
    """What was changed is found; where it is a fact, it may be that the store can't even be opened."""
    with closing(SqliteStore(path)) as store:
        try:
            assert verify(store, BOOK).differences
        except StoreFault as fault:
            assert table.name == "facts", fault


@pytest.mark.parametrize(("file", "table", "column"), COLUMNS)
def test_that_a_changed_cell_is_found(request, file, table, column, tmp_path):
    path = copied(request, file, tmp_path)
    change(path, table, column, column, f'UPDATE {table.name} SET "{column}" = ?')
    check_found(path, table)


EMPTY = ("lacks", "was", "period")
"""Columns in which nothing stands here. And days whose link is gone are read by nobody: they are made anew."""


@pytest.mark.parametrize(
    ("table", "column"),
    [
        pytest.param(table, column, id=f"{table.name}-{column}")
        for table in TABLES
        for column in table.columns
        if column not in (*table.key, *EMPTY) and table not in (REDACTIONS, DAYS_UPTO)
    ],
)
def test_that_a_cell_that_is_gone_is_found(request, table, column, tmp_path):
    path = copied(request, "recorded", tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        gone = f'UPDATE {table.name} SET "{column}" = NULL WHERE "{column}" IS NOT NULL'
        assert connection.execute(gone).rowcount, "there must be something to empty"
        connection.commit()
    check_found(path, table)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_that_a_missing_row_is_found(request, table, tmp_path):
    path = copied(request, "forgotten" if table is REDACTIONS else "recorded", tmp_path)
    change(path, table, table.key[0], 1, f"DELETE FROM {table.name}")
    check_found(path, table)


def sealed_anew(writing, by):
    """Forge the first event and the sentence of the first entry, as if they had been erased by a commit."""
    for table, column in ((EVENTS, "data"), (ENTRIES, "say")):
        row = [*writing.find(table, [(1,)])[0]]
        row[table.place(column)] = '{"text": "forged"}'
        writing.put(table, [tuple(row)])
    row = [*writing.find(COMMITS, [(1,)])[0]]
    row[COMMITS.place("salt")] = ""
    writing.put(COMMITS, [tuple(row)])
    first = next(commits(writing))
    writing.insert(REDACTIONS, [(1, by, "aa", body_of(writing, first, "aa"))])


@pytest.mark.parametrize("by", [0, 2, 999])
def test_that_a_redaction_that_nobody_sealed_is_found(by):
    store, book = MemoryStore(), RuleBook.load("plugin:sharing")
    engine = Engine.over(store, book)
    for number, actor in enumerate(("ann", "cy")):
        name, data = f"k{number}", {"text": "it works"}
        thanks = Event(
            id=name, type="kudos.given", occurred_at=START, actor=actor, recipient="bob", data=data
        )
        engine.record(thanks)
    noted = verify(store, book).link
    with store.writing() as writing:
        sealed_anew(writing, by)
    assert "which it didn't seal" in str(verify(store, book, noted))


OTHER = RuleBook.parse(TEXT.replace("points = 5", "points = 6", 1))


@pytest.fixture
def replaced():
    """A store that another book took over."""
    store = MemoryStore()
    record(Engine.over(store, BOOK), history(Random(1), 20), Random(1))
    rescore(store, OTHER)
    assert not verify(store, OTHER).differences
    return store


def put(store, table, row):
    with store.writing() as writing:
        writing.put(table, [row])


@pytest.mark.parametrize(
    ("column", "cell"), [("text", "x"), ("text", TEXT), ("made", "{}"), ("made", "[]")]
)
def test_that_a_book_before_that_was_changed_is_found(replaced, column, cell):
    with replaced.reading() as reading:
        row = [*reading.find(BOOKS, [(BOOK.digest,)])[0]]
    row[BOOKS.place(column)] = cell
    put(replaced, BOOKS, row)
    assert f"books {BOOK.digest}: found" in str(verify(replaced, OTHER))


def test_that_a_text_is_shown_where_it_differs(replaced):
    with replaced.reading() as reading:
        row = [*reading.find(BOOKS, [(OTHER.digest,)])[0]]
    text = row[BOOKS.place("text")]
    assert text.index("points = 6") > 100
    row[BOOKS.place("text")] = text.replace("points = 6", "points = 7")
    put(replaced, BOOKS, row)
    (found,) = verify(replaced, OTHER).differences
    assert "points = 7" in found.found
    assert "points = 6" in found.expected


def test_that_a_wrong_sum_is_told_in_points(replaced):
    with replaced.reading() as reading:
        row = [*next(each for each in reading.scan(ENTRIES) if each[ENTRIES.place("amount")])]
    row[ENTRIES.place("amount")] = str(int(row[ENTRIES.place("amount")]) + 68)
    put(replaced, ENTRIES, row)
    assert " that is 68 too high, expected what the events give" in str(verify(replaced, OTHER))


def test_that_a_book_before_that_is_missing_is_found(replaced):
    with replaced.writing() as writing:
        writing.delete(BOOKS, [(BOOK.digest,)])
    assert f"books {BOOK.digest}: found nothing" in str(verify(replaced, OTHER))


@pytest.mark.parametrize("table", [FACTS, BOOKS], ids=lambda table: table.name)
def test_that_a_row_that_was_added_is_found(replaced, table):
    put(replaced, table, ["more"] + ["x"] * (len(table.columns) - 1))
    assert f"{table.name} more: found" in str(verify(replaced, OTHER))


def test_that_a_kind_of_holder_that_there_is_not_is_found(replaced):
    with replaced.reading() as reading:
        row = [*next(reading.scan(HOLDERS))]
    row[HOLDERS.place("kind")] = "troll"
    put(replaced, HOLDERS, row)
    assert "troll" in str(verify(replaced, OTHER))


def test_that_the_cell_is_named_because_of_which_a_log_cannot_be_recorded(replaced):
    with replaced.reading() as reading:
        row = [*next(row for row in reading.scan(EVENTS) if row[EVENTS.place("data")])]
    row[EVENTS.place("data")] = "{"
    put(replaced, EVENTS, row)
    expected = f"events {row[0]} (event {row[1]}): found data '{{', expected an object as JSON"
    assert expected in str(verify(replaced, OTHER))


def test_that_a_full_disk_is_no_difference(replaced):
    full = StoreFault("verify.db: the disk is full")
    with (
        patch.object(SqliteStore, "writing", side_effect=full),
        pytest.raises(StoreFault, match="is full"),
    ):
        verify(replaced, OTHER)


class Untold(Exception):
    """An error that says of itself what no store keeps, where it lies in memory, and a lot."""

    def __repr__(self):
        return f"Untold(\0\ud800, {object()!r}, {'x' * 10_000})"


class Failing:
    """Its rule, its kind of rule and its measure raise for what 'bob' does."""

    @hookimpl
    def wiifm_rules(self, book):
        @book.rule(on="post.shared", points=2)
        def tested(activity):
            return self.raised(activity.event.actor)

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        def step(state, activity, settings):
            return state, self.raised(activity.event.actor)

        kinds.add(RuleKind(name="kind", step=step))

    @hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            return self.raised("bob" if sample == 1 else "ann")

        measures.add(Measure(name="measured", start=0, add=add, read=abs))

    def raised(self, name):
        if name == "bob":
            raise Untold
        return 1


def test_that_what_a_plugin_raises_is_kept_and_proved_whatever_it_says_of_itself():
    text = (
        "[book]\nid='b'\nuse=['sharing']\n[[rule]]\nid='kind'\non='post.shared'\nkind='kind'\n"
        "[[badge]]\nid='badge'\nmeasure='measured'\nvalue='hour'\non='post.shared'\nat_least=1"
    )
    book, store = RuleBook.parse(text, plugins=[Failing()]), MemoryStore()
    engine = Engine.over(store, book)
    tally = engine.record_many(
        Event(
            id=name,
            type="post.shared",
            occurred_at=datetime(2026, 5, 4, hour, tzinfo=UTC),
            actor=name,
            object=name,
        )
        for name, hour in (("ann", 0), ("bob", 1))
    )
    assert (tally.recorded, tally.failed) == (2, 3)
    assert {"badge", "first-share"} == {each.badge for each in engine.standing("ann").badges}
    told = [each.detail for each in engine.receipt("bob").refusals]
    assert all(r"Untold(\0\ud800, <object object>, xxx" in each for each in told)
    assert len(told) == 3 and max(map(len, told)) < 2_000
    assert not verify(store, book).differences


def test_that_receipts_from_before_refusals_told_their_event_are_as_good():
    text = "[book]\nid='b'\n[[rule]]\nid='liked'\non='object.liked'\nto='recipient'\npoints=2\nlimit={times=1,per='day'}"
    book, stored, store = RuleBook.parse(text), MemoryStore(), MemoryStore()
    liked = [
        Event(id=f"l{n}", type="object.liked", occurred_at=START, actor=f"x{n}", object="p")
        for n in range(3)
    ]
    later = START + timedelta(hours=1)
    shared = Event(id="p", type="post.shared", occurred_at=later, actor="ann", object="p")
    for each in (stored, store):
        Engine.over(each, book).record_many([*liked, shared])
    with store.reading() as now:
        body = str(now.find(RECEIPTS, [("p",)])[0][1])
    assert [each.event for each in receipt_of("p", (), body).refusals] == ["l1", "l2"]
    before = body.replace(',"l1"]', "]").replace(',"l2"]', "]")
    assert [each.event for each in receipt_of("p", (), before).refusals] == ["p", "p"]
    for told, differ in (
        (body, False),
        (before, False),
        (body.replace(',"l1"]', ',"l2"]'), True),
        (before.replace("1 time", "one time"), False),
        (before.replace('"limit"', '"gate"'), True),
        (before[:-1], True),
    ):
        with stored.writing() as session:
            session.put(RECEIPTS, [("p", told)])
        with stored.reading() as found, store.reading() as expected:
            assert bool([*differences(found, expected)]) == differ, told


SAYING = """
import sys
from datetime import UTC, datetime
from wiifm import Engine, Event, Measure, RuleBook, hookimpl, verify
from wiifm.stores.urls import open_store

class Saying:
    @hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            raise ValueError({f"word {number}" for number in range(20)}, "said \\"so\\"")
        measures.add(Measure(name="measured", start=0, add=add, read=abs))

book = RuleBook.parse(
    "[book]\\nid='b'\\nuse=['sharing']\\n[[badge]]\\nid='badge'\\nmeasure='measured'\\nvalue='hour'\\non='post.shared'\\nat_least=1",
    plugins=[Saying()],
)
url = sys.argv[1]
if sys.argv[2] == "record":
    at = datetime(2026, 5, 4, tzinfo=UTC)
    with Engine.open(url, book) as engine:
        receipt = engine.record(Event(id="e1", type="post.shared", occurred_at=at, actor="ann", object="p1"))
    print(receipt.refusals[0].detail)
else:
    print(verify(open_store(url), book))
"""


def test_that_what_a_plugin_says_in_the_order_of_hashes_is_no_difference(tmp_path):
    url, book = f"sqlite:///{tmp_path}/acme.db", tmp_path / "acme.py"
    book.write_text(SAYING)
    told = [
        subprocess.run(
            [sys.executable, book, url, what],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for what, seed in (("record", "1"), ("verify", "2"))
    ]
    assert "raised ValueError({" in told[0]
    assert "1 commit, 1 event, 1 entry: as they were recorded" in told[1]


def test_that_no_two_commits_have_one_salt():
    """So nobody can guess what an erased row said, by the hash of the same events elsewhere."""
    salts = []
    for store in (MemoryStore(), MemoryStore()):
        engine = Engine.over(store, BOOK)
        for event in history(Random(1), 5):
            engine.record(event)
        with store.reading() as reading:
            salts += [row[COMMITS.place("salt")] for row in reading.scan(COMMITS)]
    assert len({*salts}) == len(salts) >= 10
    assert {len(bytes.fromhex(salt)) for salt in salts} == {16}
