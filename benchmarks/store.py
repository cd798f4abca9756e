"""The engine over a store beside the bare writing of the very same rows, in the same run."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.community import community
from benchmarks.memory import BOOK
from wiifm import Engine, Event
from wiifm.archive.tables import TABLES
from wiifm.stores.protocol import Row, Store, Table, Writing
from wiifm.stores.urls import open_store

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


def measure(count: int, backend: str = "sqlite") -> dict[str, object]:
    """All figures, by the keys that ``--json`` prints."""
    with TemporaryDirectory() as folder:
        batches = {}
        for size in BATCHES:
            events = community(count)[: SINGLE if size == 1 else count]
            batches[str(size)] = _batch(lambda: open_store(_url(backend, folder)), events, size)
        return {
            "backend": backend,
            "batches": batches,
            "statement_p99_ms": _statements(open_store(_url(backend, folder)), count),
        }


def _url(backend: str, folder: str) -> str:
    if backend == "sqlite":
        return f"sqlite:///{Path(folder) / uuid4().hex}.db"
    return f"postgresql://127.0.0.1:5432/test?schema=benchmark_{uuid4().hex}"


def _batch(made: Callable[[], Store], events: list[Event], size: int) -> dict[str, float]:
    """The engine, and the same rows written by the same store with nothing else to do."""
    parts = [events[start : start + size] for start in range(0, len(events), size)]
    engine = Engine.over(made(), BOOK)
    seconds = _timed(lambda: [engine.record_many(part) for part in parts])
    recording = Recording(made())
    noted = Engine.over(recording, BOOK)
    for part in parts:
        noted.record_many(part)
    floor = made()
    floor.prepare(TABLES)
    floor_seconds = _timed(lambda: _replay(floor, recording.transactions))
    return {
        "events_per_second": round(len(events) / seconds),
        "floor_events_per_second": round(len(events) / floor_seconds),
        "ratio": round(floor_seconds / seconds, 3),
    }


def _replay(store: Store, transactions: list[list[Call]]) -> None:
    for calls in transactions:
        with store.writing() as writing:
            for name, table, rows in calls:
                getattr(writing, name)(table, rows)


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _statements(store: Store, count: int) -> float:
    """The 99th percentile of a statement, in milliseconds, among all that ``count`` events came to."""
    engine = Engine.over(store, BOOK)
    events = community(count)
    for start in range(0, count, 10_000):
        engine.record_many(events[start : start + 10_000])
    members = sorted({event.actor for event in events if event.actor})[:500]
    fresh = Engine.over(store, BOOK)
    return round(
        quantiles([1e3 * _timed(lambda m=m: fresh.statement(m)) for m in members], n=100)[98], 2
    )
