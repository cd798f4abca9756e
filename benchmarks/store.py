"""The engine over a store beside the bare writing of the very same rows, in the same run."""

import gc
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.community import community
from benchmarks.memory import BOOK
from wiifm import Engine, Event
from wiifm.archive.tables import TABLES
from wiifm.stores.protocol import Row, Store, Table, Writing
from wiifm.stores.sqlite import SqliteStore
from wiifm.stores.urls import open_store

with suppress(ImportError):  # SQLite does without
    import psycopg

SERVER = "postgresql://postgres@127.0.0.1:5432/test"

BATCHES = (1, 100, 1_000, 10_000)
SINGLE = 2_000
"""So many events are enough where each is a transaction of its own."""

Call = tuple[str, Table, list]
"""What was asked of a writer: which function, of which table, with what."""


class Recorder:
    """A writer that notes what it is asked to write, and passes it on."""

    def __init__(self, writing: Writing, calls: list[Call]) -> None:
        self._writing, self._calls = writing, calls
        self.find, self.scan, self.cut = writing.find, writing.scan, writing.cut

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
    """A store of which all that is written is noted, transaction by transaction."""

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
    with _place(backend) as url_of:
        batches = {
            str(size): _batch(backend, url_of, events[: SINGLE if size == 1 else count], size)
            for size in BATCHES
        }
        growth, url = _growth(url_of(), events)
        return {
            "backend": backend,
            "batches": batches,
            "growth": growth,
            **_statements(url, events),
        }


@contextmanager
def _place(backend: str) -> Iterator[Callable[[], str]]:
    """The URL of a new store, as often as it is asked for; all of them are gone at the end."""
    if backend == "sqlite":
        with TemporaryDirectory() as folder:
            yield lambda: f"sqlite:///{Path(folder) / uuid4().hex}.db"
        return
    schemas: list[str] = []

    def url() -> str:
        schemas.append(f"benchmark_{uuid4().hex}")
        return f"{SERVER}?schema={schemas[-1]}"

    try:
        yield url
    finally:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            for each in schemas:
                connection.execute(f"DROP SCHEMA IF EXISTS {each} CASCADE")


def _batch(
    backend: str, url_of: Callable[[], str], events: list[Event], size: int
) -> dict[str, float]:
    """The engine, and the same rows written with nothing else to do."""
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
    """Write by bare ``executemany``, a transaction for each batch."""
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
    """Write by the store's own statements, which is about as quick as COPY."""
    for calls in transactions:
        with store.writing() as writing:
            for name, table, rows in calls:
                getattr(writing, name)(table, rows)


def _growth(url: str, events: list[Event]) -> tuple[dict[str, float], str]:
    """Microseconds per event of the last tenth before so many, in batches of 1,000; and the store with all of them."""
    engine, found, done = Engine.open(url, BOOK), {}, 0
    for most in (10_000, 100_000, 1_000_000, 10_000_000):
        if most > len(events):
            break
        for start, end in ((done, most - most // 10), (most - most // 10, most)):
            parts = [events[at : min(at + 1_000, end)] for at in range(start, end, 1_000)]
            seconds = _timed(lambda parts=parts: [engine.record_many(part) for part in parts])
        found[str(most)] = round(seconds / (most // 10) * 1e6, 1)
        done = most
    for at in range(done, len(events), 1_000):
        engine.record_many(events[at : at + 1_000])
    return found, url


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _statements(url: str, events: list[Event]) -> dict[str, float]:
    """Milliseconds of processor time of statements, each read for the first time: of the last 30 days and of all time, of any member and of the busiest."""
    engine = Engine.open(url, BOOK)
    actors = Counter(event.actor for event in events if event.actor)
    any_members = Random(1).sample(sorted(actors), min(500, len(actors)))
    busiest = [member for member, _ in actors.most_common(10)]
    month = events[-1].occurred_at - timedelta(days=30)
    engine.statement("nobody", month)  # what reads statements is imported by the first

    gc.collect()
    gc.freeze()  # the events of this process are nobody's garbage, and a statement needn't look through them

    def taken(members: list[str], since: datetime | None) -> list[float]:
        found = []
        for member in members:
            begun = time.process_time()
            engine.statement(member, since)
            found.append(1e3 * (time.process_time() - begun))
        return found

    of_month, ever = taken(any_members, month), taken(any_members[:100], None)
    of_busiest = taken(busiest, month)
    gc.unfreeze()
    return {
        "statement_p50_ms": round(median(of_month), 2),
        "statement_p99_ms": round(quantiles(of_month, n=100)[98], 2),
        "statement_busiest_ms": round(median(of_busiest), 2),
        "statement_ever_p99_ms": round(quantiles(ever, n=100)[98], 2),
    }
