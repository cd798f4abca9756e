"""Whatever is changed behind a store's back is found, and told by event and rule."""

import sqlite3
from contextlib import closing
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings

from histories import START, history
from processes import TEXT
from test_archive import Close, record
from test_law import EXAMPLES, seeds, some_book
from wiifm import Engine, Event, RuleBook, StoreFault, verify
from wiifm.archive.tables import TABLES
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore

BOOK = RuleBook.parse(TEXT)


@given(seeds)
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_what_nobody_changed_is_proved(seed):
    random = Random(seed)
    book, events = some_book(random), history(random, random.choice([3, 10, 30]))
    store = MemoryStore()
    for part in (events[::2], events[1::2]):
        record(Engine.over(store, book), part, random)
    proof = verify(store, book)
    assert not proof.differences, proof
    assert verify(store, book, proof.link) == proof


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A file with all kinds of rows in it, and snapshots in plenty."""
    path = tmp_path_factory.mktemp("acme") / "acme.db"
    close = Close()
    close.close()
    with closing(SqliteStore(path)) as store:
        for seed in range(3):
            record(Engine.over(store, BOOK), renamed(seed), Random(seed))
        liked = Event(id="l", type="object.liked", occurred_at=START, actor="ann", object="nowhere")
        Engine.over(store, BOOK).record(liked)
    yield path
    close.teardown()


def renamed(seed):
    """A history whose events don't meet those of another one."""
    return [
        evolve(e, id=f"{seed}-{e.id}", retracts=e.retracts and f"{seed}-{e.retracts}")
        for e in history(Random(seed), 30)
    ]


def test_that_all_of_it_is_proved(recorded):
    with closing(SqliteStore(recorded)) as store:
        assert not verify(store, BOOK).differences


COLUMNS = [
    pytest.param(table, column, id=f"{table.name}-{column}")
    for table in TABLES
    for column in table.columns
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_that_a_changed_cell_is_found(recorded, table, column, tmp_path):
    path = tmp_path / "acme.db"
    path.write_bytes(recorded.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        keys = ", ".join(table.key)
        rows = connection.execute(f"SELECT {keys}, {column} FROM {table.name}").fetchall()
        assert rows, "there must be something to change"
        *key, cell = Random(column).choice(rows)
        where = " AND ".join(f"{each} = ?" for each in table.key)
        changed = otherwise(cell, table.columns[column])
        sql = f"UPDATE {table.name} SET {column} = ? WHERE {where}"
        connection.execute(sql, (changed, *key))
        connection.commit()
    with closing(SqliteStore(path)) as store:
        try:
            assert verify(store, BOOK).differences
        except StoreFault as fault:
            assert table.name == "facts" and "digest" in str(fault)


def otherwise(cell, kind):
    """A cell with a bit or a letter more."""
    if kind == "integer":
        return (cell or 0) + 2**20
    return (cell or "") + "~"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_that_a_missing_row_is_found(recorded, table, tmp_path):
    path = tmp_path / "acme.db"
    path.write_bytes(recorded.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        keys = ", ".join(table.key)
        key = Random(1).choice(connection.execute(f"SELECT {keys} FROM {table.name}").fetchall())
        where = " AND ".join(f"{each} = ?" for each in table.key)
        connection.execute(f"DELETE FROM {table.name} WHERE {where}", key)
        connection.commit()
    with closing(SqliteStore(path)) as store:
        try:
            assert verify(store, BOOK).differences
        except StoreFault as fault:
            assert table.name == "facts" and "digest" in str(fault)
