"""Measure a store while it is filled batch by batch; only the events of one batch are in memory."""

import gc
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from attrs import define, field

from benchmarks.community import stream
from benchmarks.memory import BOOK
from benchmarks.stored import boards, place, statements, stored_bytes
from wiifm import Engine, Event

MARKS = (10_000, 100_000, 1_000_000, 3_000_000, 10_000_000)
BATCH = 1_000


@define
class Filling:
    """A store that is being filled, with the number of events of each actor, and the time of the latest event."""

    url: str
    actors: Counter[str] = field(factory=Counter)
    end: datetime | None = None

    def up_to(
        self, marks: Iterable[int], events: Iterator[Event]
    ) -> Iterator[tuple[int, dict[str, float]]]:
        """The figures at each mark, which is a number of events. Times per event are those of the last tenth before the mark."""
        engine, done = Engine.open(self.url, BOOK), 0
        for mark in marks:
            self._record(engine, events, mark - mark // 10 - done)
            gc.collect()
            wall, cpu = self._record(engine, events, mark // 10)
            done = mark
            yield (
                mark,
                {
                    "microseconds": round(wall / (mark // 10) * 1e6, 1),
                    "cpu_microseconds": round(cpu / (mark // 10) * 1e6, 1),
                    "megabytes": round(_resident_bytes() / 1e6),
                    "stored_megabytes": round(stored_bytes(self.url) / 1e6),
                },
            )
        engine.close()

    def _record(self, engine: Engine, events: Iterator[Event], count: int) -> tuple[float, float]:
        """Record ``count`` more events in batches, and return the seconds by the clock and of processor time."""
        wall = cpu = 0.0
        for size in _sizes(count):
            batch = [*islice(events, size)]
            self.actors.update(event.actor for event in batch if event.actor)
            self.end = batch[-1].occurred_at
            wall_start, cpu_start = time.perf_counter(), time.process_time()
            engine.record_many(batch)
            wall += time.perf_counter() - wall_start
            cpu += time.process_time() - cpu_start
        return wall, cpu


def _sizes(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, BATCH)
        count -= BATCH


def _resident_bytes() -> int:
    """The memory of this process at the moment."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def marks(count: int) -> list[int]:
    """The numbers of events at which to measure, up to ``count``."""
    return [*(mark for mark in MARKS if mark < count), count]


def measure(count: int, seed: int = 7, backend: str = "sqlite") -> dict[str, object]:
    """The figures at each mark up to ``count`` events, and the times of statements and leaderboards at the end."""
    with place(backend) as url_of:
        filling = Filling(url_of())
        found = {str(mark): each for mark, each in filling.up_to(marks(count), stream(count, seed))}
        assert filling.end is not None
        return {
            "backend": backend,
            "events": found,
            **statements(filling.url, filling.actors, filling.end),
            **boards(filling.url, filling.end),
        }
