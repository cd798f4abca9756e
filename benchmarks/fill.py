"""A store that is filled to as many events as are wanted, batch by batch, while none but those of a batch are held."""

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
    """An engine over a store that is being filled, and who did how much so far."""

    url: str
    actors: Counter[str] = field(factory=Counter)
    end: datetime | None = None

    def up_to(
        self, marks: Iterable[int], events: Iterator[Event]
    ) -> Iterator[tuple[int, dict[str, float]]]:
        """What it comes to at each mark, by so many events: the time of one is that of the last tenth before it."""
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
                    "megabytes": round(_held() / 1e6),
                    "stored_megabytes": round(stored_bytes(self.url) / 1e6),
                },
            )
        engine.close()

    def _record(self, engine: Engine, events: Iterator[Event], count: int) -> tuple[float, float]:
        """Record so many more events in batches; answers the seconds by the wall, and of the processor."""
        wall = cpu = 0.0
        for size in _sizes(count):
            batch = [*islice(events, size)]
            self.actors.update(event.actor for event in batch if event.actor)
            self.end = batch[-1].occurred_at
            begun, began = time.perf_counter(), time.process_time()
            engine.record_many(batch)
            wall += time.perf_counter() - begun
            cpu += time.process_time() - began
        return wall, cpu


def _sizes(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, BATCH)
        count -= BATCH


def _held() -> int:
    """How many bytes this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def marks(count: int) -> list[int]:
    """Where it is looked at what so many events come to."""
    return [*(mark for mark in MARKS if mark < count), count]


def measure(count: int, seed: int = 7, backend: str = "sqlite") -> dict[str, object]:
    """What a store comes to at each mark up to so many events, and what a statement takes at the end."""
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
