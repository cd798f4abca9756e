"""Compare the engine over a store with only writing the same rows, in the same run."""

import gc
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.community import community
from benchmarks.fill import Filling, marks
from benchmarks.memory import BOOK
from benchmarks.stored import boards, place, statements
from wiifm import Engine, Event
from wiifm.archive.tables import TABLES
from wiifm.stores.protocol import Row, Store, Table, Writing
from wiifm.stores.sqlite import SqliteStore
from wiifm.stores.urls import open_store

BATCHES = (1, 100, 1_000, 10_000)
SINGLE = 2_000
"""The number of events for batches of one event, which are slow."""

Call = tuple[str, Table, list]
"""A call of a writer: the name of the method, the table and the rows."""


class Recorder:
    """A writer that notes all calls that write, and passes them on."""

    def __init__(self, writing: Writing, calls: list[Call]) -> None:
        self._writing, self._calls = writing, calls
        self.find, self.pick = writing.find, writing.pick
        self.scan, self.cut = writing.scan, writing.cut

    def insert(self, table: Table, rows: list[Row]) -> None:
        self._note("insert", table, rows)

    def put(self, table: Table, rows: list[Row]) -> None:
        self._note("put", table, rows)

    def delete(self, table: Table, keys: list[Row]) -> None:
        self._note("delete", table, keys)

    def _note(self, name: str, table: Table, rows: list[Row]) -> None:
        rows = list(rows)
        self._calls.append((name, table, rows))
        getattr(self._writing, name)(table, rows)


class Recording:
    """A store that notes all calls that write, by transaction."""

    def __init__(self, store: Store) -> None:
        self._store, self.transactions = store, []
        self.prepare, self.reading, self.close = store.prepare, store.reading, store.close

    @contextmanager
    def writing(self) -> Iterator[Recorder]:
        self.transactions.append([])
        with self._store.writing() as writing:
            yield Recorder(writing, self.transactions[-1])


def measure(count: int, seed: int = 7, backend: str = "sqlite") -> dict[str, object]:
    """All figures, by the keys that ``--json`` prints."""
    events = community(count, seed)
    with place(backend) as url_of:
        batches = {
            str(size): _batch(backend, url_of, events[: SINGLE if size == 1 else count], size)
            for size in BATCHES
        }
        filling = Filling(url_of())
        growth = {
            str(mark): found["microseconds"]
            for mark, found in filling.up_to(marks(count), iter(events))
        }
        return {
            "backend": backend,
            "batches": batches,
            "growth": growth,
            **statements(filling.url, filling.actors, events[-1].occurred_at),
            **boards(filling.url, events[-1].occurred_at),
        }


def _batch(
    backend: str, url_of: Callable[[], str], events: list[Event], size: int
) -> dict[str, float]:
    """Compare the engine with only writing the same rows, in batches of ``size`` events."""
    parts = [events[start : start + size] for start in range(0, len(events), size)]
    engine = Engine.open(url_of(), BOOK)
    seconds = _timed(lambda: [engine.record_many(part) for part in parts])
    recording = Recording(open_store(url_of()))
    noted = Engine.over(recording, BOOK)
    for part in parts:
        noted.record_many(part)
    url = url_of()
    floor = open_store(url)
    floor.prepare(TABLES)
    if backend == "sqlite":
        floor.close()
        raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for each in SqliteStore.pragmas:
            raw.execute(f"PRAGMA {each}")
        floor_seconds = _timed(lambda: _execute(raw, recording.transactions))
        raw.close()
    else:
        floor_seconds = _timed(lambda: _replay(floor, recording.transactions))
    return {
        "events_per_second": round(len(events) / seconds),
        "floor_events_per_second": round(len(events) / floor_seconds),
        "ratio": round(floor_seconds / seconds, 3),
    }


def _execute(raw: sqlite3.Connection, transactions: list[list[Call]]) -> None:
    """Write with ``executemany`` alone, one transaction for each batch."""
    for calls in transactions:
        raw.execute("BEGIN IMMEDIATE")
        for name, table, rows in calls:
            if rows and name == "delete":
                where = " AND ".join(f'"{column}" = ?' for column in table.key[: len(rows[0])])
                raw.executemany(f'DELETE FROM "{table.name}" WHERE {where}', rows)
            elif rows:
                cells = ", ".join("?" * len(table.columns))
                verb = "INSERT" if name == "insert" else "INSERT OR REPLACE"
                raw.executemany(f'{verb} INTO "{table.name}" VALUES ({cells})', rows)
        raw.execute("COMMIT")


def _replay(store: Store, transactions: list[list[Call]]) -> None:
    """Write with the statements of the store, which is about as fast as COPY."""
    for calls in transactions:
        with store.writing() as writing:
            for name, table, rows in calls:
                getattr(writing, name)(table, rows)


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
