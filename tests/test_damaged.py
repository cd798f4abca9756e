"""Whatever is changed in a store by hand, each call works or says that the store is damaged; and no bug is called damage."""

import json
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings

from histories import START, history
from processes import TEXT
from test_archive import record
from test_law import EXAMPLES, seeds, some_book
from wiifm import (
    Delivery,
    Engine,
    Event,
    RuleBook,
    StoreDamaged,
    StoreFault,
    UnknownName,
    WiifmError,
    export,
    forget,
    open_store,
    preview,
    prune,
    rescore,
    verify,
)
from wiifm.archive.archive import Archive
from wiifm.archive.copying import copy_archive
from wiifm.archive.damage import Damage
from wiifm.archive.sound import Soundness
from wiifm.archive.tables import (
    CELLS,
    DAYS,
    ENTRIES,
    EVENTS,
    FACTS,
    HOLDERS,
    REDACTIONS,
    SNAPSHOTS,
    TABLES,
)
from wiifm.archive.unsound import Unsound
from wiifm.culture.keeping import keep
from wiifm.culture.packing import unreadable
from wiifm.outbox import progress, retry, undelivered
from wiifm.outbox.tables import TABLES as OUTBOX
from wiifm.outbox.tables import UNDELIVERED
from wiifm.program import compile_book
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep.compare_rows import DERIVED

BOOK = RuleBook.parse(TEXT)
OTHER = RuleBook.parse(TEXT.replace("points = 5", "points = 6", 1))
LATER = START + timedelta(days=40)
EVERY_KIND = 2
"""The seed of a history that leaves rows in all tables but one."""

SENT = history(Random(EVERY_KIND), 40)


def refuse(notice):
    if notice.type != "award.granted":
        raise ConnectionError("refused")


def over(store):
    return Engine.over(store, BOOK, [Delivery("crm", refuse)], lambda: LATER)


def fill(store):
    with patch("wiifm.records.SPACING", 6), patch("wiifm.records.SPACING_IF_LATE", 2):
        engine = over(store)
        for start in range(0, len(SENT), 8):
            engine.record_many(SENT[start : start + 8])
        nowhere = {"type": "object.liked", "actor": "ann", "object": "nowhere"}
        engine.record(Event(id="l", occurred_at=START, **nowhere))
    keep(store, BOOK)
    return store


@pytest.fixture(scope="module")
def recorded():
    return fill(MemoryStore())


@pytest.fixture
def store(recorded):
    """A copy of it that may be changed."""
    other = MemoryStore()
    copy_archive(recorded, other)
    return other


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path, recorded):
    """The same in a database."""
    url = f"sqlite:///{tmp_path / 'acme.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_urls")()
    with open_store(url) as found:
        copy_archive(recorded, found)
        yield found


def rows_of(store, table):
    with store.reading() as reading:
        return list(reading.scan(table))


def change(store, table, row, column, cell):
    """Change a cell as somebody would by SQL; return the row that it is now."""
    place = table.place(column)
    changed = (*row[:place], cell, *row[place + 1 :])
    replace(store, table, row, changed)
    return changed


def replace(store, table, row, other):
    with store.writing() as writing:
        writing.delete(table, [tuple(row[table.place(each)] for each in table.key)])
        writing.put(table, [other])


# ---- nothing else is raised ------------------------------------------------------------------------------


def thanks(name, at):
    data = {"amount": 1}
    return Event(
        id=name, type="kudos.given", occurred_at=at, actor="bob", recipient="ann", data=data
    )


def entries(engine):
    return [engine.explain(each) for each in engine.ledger()]


def receipts(engine):
    return [engine.receipt(each) for each in SENT[::3] if engine.entries_of(each)]


READINGS = {
    "standings": Engine.standings,
    "holders": lambda engine: [*engine.holders()],
    "statement": lambda engine: [str(engine.statement(each)) for each in ("ann", "bob")],
    "leaderboard": lambda engine: [
        engine.leaderboard(),
        engine.leaderboard(over="week", community="c1"),
        engine.leaderboard(topic="t1"),
        engine.leaderboard(by="improvement", over="week"),
    ],
    "entries": entries,
    "latest": lambda engine: engine.latest_entries("ann"),
    "receipt": receipts,
    "pending": Engine.pending,
    "culture": lambda engine: str(engine.culture(fewest=1)),
    "closing": lambda engine: engine.preview_closing("spring"),
    "deliver": Engine.deliver,
    "again": lambda engine: engine.record_many(SENT),
}
WRITINGS = {
    "record": lambda engine: engine.record(thanks("new", LATER)),
    "record late": lambda engine: engine.record(thanks("late", START)),
    "retract": lambda engine: [engine.retract(each) for each in ("e0", "e5", "e12")],
    "advance": lambda engine: engine.advance(LATER),
}
UPKEEP = {
    "export": lambda store: export(store, BOOK, "ann"),
    "outbox": lambda store: (undelivered(store), progress(store), retry(store, LATER)),
    "preview": lambda store: [*preview(store, OTHER, BOOK)],
    "rescore": lambda store: rescore(store, OTHER),
    "forget": lambda store: forget(store, BOOK, "bob"),
    "keep": lambda store: keep(store, BOOK),
    "verify": lambda store: verify(store, BOOK),
}


def others(cell, kind):
    """What a cell might be changed to."""
    if kind == "integer":
        return [0, 1, -1, (cell or 0) + 1, 2**62, -(2**62)]
    text = cell or ""
    found = ["", "x", "5", "null", "[]", "{}", '"x"', "[1]", f"{text}~", "e7", "ann"]
    return [*found, text[: len(text) // 2], text[1:], text[:-1]]


def inside(text, random):
    """A JSON text with one value changed, at any depth."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return
    places = [*_places(parsed)]
    for _ in range(8 if places else 0):
        *path, last = random.choice(places)
        found = json.loads(text)
        inner = found
        for key in path:
            inner = inner[key]
        inner[last] = random.choice([None, "x", 7, [], {}, -1, 2**70, 1.5])
        yield json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _places(value, path=()):
    if path:
        yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _places(item, (*path, key))


def changes(store, table, random):
    """For each column a row and a cell that it is changed to; some rows may have NULL there."""
    rows = rows_of(store, table)
    assert rows, "there must be something to change"
    for column, kind in table.columns.items():
        row = random.choice([r for r in rows if r[table.place(column)] is not None] or rows)
        cell = row[table.place(column)]
        cells = others(cell, kind) + ([] if column in table.key else [None] * 3)
        if kind == "text" and column != "state":  # of which not every value can be told
            cells += inside(cell or "", random)
        yield row, column, random.choice(cells)


def check(call, store):
    """A call works, or raises what it may; returns whether it found the store damaged."""
    try:
        call(store)
    except WiifmError as error:
        return isinstance(error, StoreDamaged)
    return False


EVERY_TABLE = [each for each in (*TABLES, *OUTBOX) if each is not REDACTIONS]


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_that_each_call_works_or_tells_damage(table, recorded):
    random = Random(table.name)
    calls = [
        *[lambda store, ask=ask: ask(over(store)) for ask in (READINGS | WRITINGS).values()],
        *UPKEEP.values(),
    ]
    for row, column, cell in changes(recorded, table, random):
        for call in random.sample(calls, 3):
            other = MemoryStore()
            copy_archive(recorded, other)
            with suppress(StoreFault):  # another row is there
                change(other, table, row, column, cell)
            check(call, other)


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_that_each_call_works_or_tells_damage_in_a_database(table, database):
    random = Random(table.name)
    for row, column, cell in changes(database, table, random):
        try:
            changed = change(database, table, row, column, cell)
        except StoreFault:  # another row is there
            continue
        ask = random.choice([READINGS[name] for name in READINGS if name != "again"])
        check(lambda store, ask=ask: ask(over(store)), database)
        replace(database, table, changed, row)


# ---- what it says ----------------------------------------------------------------------------------------


def told(call, store):
    with pytest.raises(StoreDamaged) as found:
        call(store)
    return found.value


REMADE = "if the chain holds, rescore by the same rule book"
RESTORED = "restore a backup"


@pytest.mark.parametrize(
    ("table", "column", "cell", "call", "advice"),
    [
        (ENTRIES, "amount", "5~", lambda store: entries(over(store)), RESTORED),
        (ENTRIES, "purse", "gold", lambda store: entries(over(store)), RESTORED),
        (EVENTS, "data", '{"amount', lambda store: export(store, BOOK, "ann"), RESTORED),
        (EVENTS, "says", "object:o", lambda store: over(store).record_many(SENT), REMADE),
        (HOLDERS, "kind", "troll", lambda store: over(store).standings(), RESTORED + " (wiifm"),
        (HOLDERS, "state", '{"day":"x"}', lambda store: over(store).statement("ann"), REMADE),
        (SNAPSHOTS, "state", "{", lambda store: [over(store).retract(e.id) for e in SENT], REMADE),
        (CELLS, "value", "{}", lambda store: over(store).record_many(SENT), REMADE),
        (DAYS, "deeds", "[]", lambda store: over(store).culture(fewest=1), REMADE),
        (UNDELIVERED, "attempts", None, undelivered, RESTORED),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_that_the_cell_is_named_with_what_to_do(table, column, cell, call, advice, store):
    for row in rows_of(store, table):
        change(store, table, row, column, cell)
    fault = told(call, store)
    keys = [tuple(row[table.place(each)] for each in table.key) for row in rows_of(store, table)]
    assert (fault.table, fault.column) == (table.name, column)
    assert fault.key in keys
    row = f"row with {table.key[0]} {fault.key[0]!r}"
    assert f"in memory: table '{table.name}', {row}" in str(fault)
    assert advice in str(fault)


@pytest.mark.parametrize("table", DERIVED, ids=lambda table: table.name)
def test_that_rescoring_mends_what_it_is_said_to_mend(table, recorded):
    for row, column, cell in changes(recorded, table, Random(f"mend {table.name}")):
        other = MemoryStore()
        copy_archive(recorded, other)
        change(other, table, row, column, cell)
        if Unsound(table, row, column, "something else").is_remade and column not in table.key:
            rescore(other, BOOK)
            assert not verify(other, BOOK).differences, (row, column, cell)


@pytest.mark.parametrize(
    ("table", "column"), [(HOLDERS, "count"), (EVENTS, "at"), (ENTRIES, "amount"), (CELLS, "key")]
)
def test_that_a_cell_of_another_type_is_damage(table, column, tmp_path, recorded):
    path = tmp_path / "acme.db"
    with closing(SqliteStore(path)) as kept:
        copy_archive(recorded, kept)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        lax = "replace(replace(sql, ' STRICT, WITHOUT', ' WITHOUT'), ' STRICT', '')"
        connection.execute(f"UPDATE sqlite_master SET sql = {lax} WHERE type = 'table'")
        connection.commit()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE {table.name} SET \"{column}\" = x'00ff'")
        connection.commit()
    with open_store(f"sqlite:///{path}") as changed:
        fault = told(lambda store: (over(store).record_many(SENT), entries(over(store))), changed)
    assert (fault.table, fault.column) == (table.name, column)
    assert f"acme.db: table '{table.name}'" in str(fault)


def test_that_bytes_that_are_no_text_are_damage(tmp_path, recorded):
    path = tmp_path / "acme.db"
    with closing(SqliteStore(path)) as kept:
        copy_archive(recorded, kept)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE entries SET say = CAST(x'fffe00' AS text)")
        connection.commit()
    with (
        open_store(f"sqlite:///{path}") as changed,
        pytest.raises(StoreDamaged, match="the file is damaged; restore it from a backup"),
    ):
        entries(over(changed))


# ---- what is no damage -----------------------------------------------------------------------------------


def findings(store, book):
    """What is found in a store that nobody changed."""
    program = compile_book(book)
    damage = Damage(store, lambda: program, (*TABLES, *OUTBOX))
    damage.unreadable[DAYS.name] = lambda row: unreadable(row[0], row[1:])
    return [*damage._unsound()]


@given(seeds)
@example(19)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_nothing_is_damaged_that_nobody_changed(tmp_path_factory, seed):
    random = Random(seed)
    book, events = some_book(random), history(random, random.choice([3, 10, 40]))
    store = MemoryStore()
    engine = Engine.over(store, book, [Delivery("crm", refuse)], lambda: LATER)
    for part in (events[::2], events[1::2]):
        record(engine, part, random)
    keep(store, book)
    assert findings(store, book) == []
    rescore(store, book)
    try:
        forget(store, book, "ann")
    except UnknownName:  # no event names ann
        pass
    except StoreFault as refused:  # a rule of the book asks for the name
        assert "ann' can't be forgotten" in str(refused)
    prune(store, book, LATER, tmp_path_factory.mktemp("archive") / "archive.jsonl")
    assert findings(store, book) == []


def test_that_nothing_is_damaged_in_a_store_of_all_kinds(store):
    assert findings(store, BOOK) == []


def test_that_a_bug_stays_what_it_is(store):
    engine = over(store)
    with patch("wiifm.engine_readings.standing_in", side_effect=KeyError("a bug")):
        with pytest.raises(KeyError, match="a bug") as found:
            engine.standing("ann")
        assert "wiifm verify" in found.value.__notes__[0]
        with (
            patch.object(Damage, "_unsound", side_effect=AssertionError("looked again")),
            pytest.raises(KeyError, match="a bug"),
        ):
            engine.standing("ann")


def test_that_an_engine_does_not_look_for_long(store):
    (row,) = [row for row in rows_of(store, HOLDERS) if row[2] == "ann"]
    change(store, HOLDERS, row, "state", "{")
    engine = over(store)
    engine._memory.damage.longest = 0
    with pytest.raises(ValueError, match="found no JSON object") as found:
        engine.standing("ann")
    assert "wiifm verify" in found.value.__notes__[0]
    with pytest.raises(StoreDamaged):
        over(store).standing("ann")


def test_that_damage_is_not_looked_for_in_a_scratch_file(store):
    """Verifying recomputes in a file of its own, which isn't to blame."""
    with (
        patch.object(Archive, "commit", side_effect=KeyError("a bug")),
        patch.object(Damage, "look_into") as looked,
    ):
        assert "KeyError('a bug')" in str(verify(store, BOOK))
    looked.assert_not_called()


def test_that_a_queue_or_a_container_that_is_none_is_damage(store):
    program = compile_book(BOOK)
    fields = sorted(program.states["member"]().queues)
    assert fields
    (row,) = [row for row in rows_of(store, HOLDERS) if row[2] == "ann"]
    for text in (
        *(f'{{"{name}":{{"list":[7]}}}}' for name in fields),
        '{"badge_groups_c0":{"list":[["x","o1",1]]}}',
        '{"badge_kept_after_c0":7,"badge_median_c0":7}',
    ):
        changed = change(store, HOLDERS, row, "state", text)
        soundness = Soundness(program)
        with store.reading() as reading:
            (found,) = soundness.unsound(reading, HOLDERS, [changed])
        assert found.column == "state", text


def test_that_a_file_that_is_found_damaged_meanwhile_is_told(store):
    damaged = StoreDamaged("acme.db: the file is damaged")
    engine = over(store)
    with (
        patch("wiifm.engine_readings.standing_in", side_effect=KeyError("4")),
        patch.object(Damage, "_unsound", side_effect=damaged),
        pytest.raises(StoreDamaged, match="the file is damaged") as found,
    ):
        engine.standing("ann")
    assert repr(found.value.__cause__) == "KeyError('4')"


def test_that_a_wrong_argument_is_not_looked_into(store):
    engine = over(store)
    with patch.object(Damage, "look_into", side_effect=AssertionError("looked into")):
        for wrong in (lambda: engine.receipt("e999"), lambda: engine.standing("")):
            with pytest.raises(WiifmError):
                wrong()


def test_that_nothing_of_a_batch_is_kept_that_met_damage(store):
    (row,) = [row for row in rows_of(store, HOLDERS) if row[2] == "ann"]
    change(store, HOLDERS, row, "state", "{")
    before = rows_of(store, EVENTS)
    engine = over(store)
    told(lambda _: engine.record(thanks("new", LATER)), store)
    assert rows_of(store, EVENTS) == before
    replace(store, HOLDERS, row, row)
    assert engine.record(thanks("new", LATER)).status == "recorded"


def test_that_a_fact_that_is_missing_is_told(store):
    for row in rows_of(store, FACTS):
        with store.writing() as writing:
            writing.delete(FACTS, [row[:1]])
        with pytest.raises(StoreFault, match="facts of the store: found"):
            over(store)
        with store.writing() as writing:
            writing.insert(FACTS, [row])
    over(store)


# ---- an index that disagrees with its table -----------------------------------------------------------------


def empty_index(path, table, index):
    """Have an index of an SQLite file lack all rows: they are inserted again while the schema hides it."""
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
        file.execute(f"DELETE FROM {table}")
        file.execute("PRAGMA writable_schema = ON")
        found = "FROM sqlite_schema WHERE name = ?"
        hidden = file.execute(f"SELECT * {found}", [index]).fetchone()
        file.execute(f"DELETE {found}", [index])
        file.commit()
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"INSERT INTO {table} SELECT * FROM kept")
        file.execute("DROP TABLE kept")
        file.execute("PRAGMA writable_schema = ON")
        file.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", hidden)
        file.commit()


@pytest.fixture
def without_index(tmp_path, recorded):
    """A store in a file in which nothing is found by the object that it is about."""
    path = tmp_path / "index.db"
    with open_store(f"sqlite:///{path}") as found:
        copy_archive(recorded, found)
    empty_index(path, "events", "events_by_says")
    with open_store(f"sqlite:///{path}") as found:
        yield found


@pytest.mark.parametrize("call", [READINGS["statement"], WRITINGS["retract"]])
def test_that_a_damaged_index_is_told_where_a_call_fails(without_index, call):
    with pytest.raises(StoreDamaged, match=r"SQLite says: .* events_by_says") as told:
        call(over(without_index))
    assert (told.value.table, told.value.key, told.value.column) == (None, None, None)
    assert "restore it from a backup" in str(told.value)


def test_that_verifying_finds_a_damaged_index_that_it_does_not_need(without_index):
    with (
        patch("wiifm.records.SPACING", 6),
        patch("wiifm.records.SPACING_IF_LATE", 2),
        pytest.raises(StoreDamaged, match=r"SQLite says: .* events_by_says"),
    ):
        verify(without_index, BOOK)


def test_that_a_database_checks_itself_no_longer_than_it_may(without_index):
    without_index.check_integrity(-1)
    with pytest.raises(StoreDamaged):
        without_index.check_integrity(60)
