"""Measure rescoring and verifying a store, and estimate what a second process could take over."""

import gc
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.community import community
from benchmarks.growth import TEXT
from benchmarks.memory import BOOK
from wiifm import Engine, RuleBook, rescore, verify
from wiifm.stores.sqlite import SqliteStore
from wiifm.upkeep.checkpoint import open_checkpoint, scratch_store
from wiifm.upkeep.rebuild import rebuild
from wiifm.upkeep.shadow import Shadow

OTHER = RuleBook.parse(TEXT.replace("points = 2", "points = 3"))
BARE = RuleBook.parse("[book]\nid = 'bare'\n[purse.points]\n[purse.hours]\ndecimals = 2\n")
"""A rule book that credits nobody: rescoring by it only reads, relates and writes the log."""


class Used(NamedTuple):
    """Seconds of processor time, of the processor time of the thread that decides, and by the clock."""

    all: float
    deciding: float
    clock: float


def measure(count: int, seed: int = 7) -> dict[str, object]:
    """All figures, by the keys that ``--json`` prints."""
    with TemporaryDirectory() as folder, closing(SqliteStore(Path(folder) / "a.db")) as store:
        _record(store, community(count, seed))
        log, fold = (_recomputed(store, book).all for book in (BARE, OTHER))
        used = _timed(lambda: rescore(store, OTHER))
        verified = _timed(lambda: _verify(store))
    whole = used.all
    return {
        "events_per_second": round(count / used.clock),
        "cpu_events_per_second": round(count / whole),
        "verify_events_per_second": round(count / verified.clock),
        "verify_cpu_events_per_second": round(count / verified.all),
        "log_share": round(log / whole, 3),
        "move_share": round((whole - fold) / whole, 3),
        "beside_share": round((whole - used.deciding) / whole, 3),
        "two_processes_at_most": round(whole / (whole - (fold - log) / 2), 2),
    }


def _record(store: SqliteStore, events: list) -> None:
    engine = Engine.over(store, BOOK)
    for start in range(0, len(events), 1_000):
        engine.record_many(events[start : start + 1_000])


def _recomputed(store: SqliteStore, book: RuleBook) -> Used:
    """The time to recompute the store in a scratch store, without moving the result in."""
    with scratch_store(None, store, book) as scratch, store.reading() as reading:
        shadow = Shadow.open(scratch, book)
        order = open_checkpoint(reading, scratch, book).order
        return _timed(lambda: rebuild(reading, shadow, order))


def _verify(store: SqliteStore) -> None:
    assert not verify(store, OTHER).differences


def _timed(run: Callable[[], object]) -> Used:
    gc.collect()
    clocks = time.process_time, time.thread_time, time.perf_counter
    began = [clock() for clock in clocks]
    run()
    return Used(*(clock() - at for clock, at in zip(clocks, began, strict=True)))
