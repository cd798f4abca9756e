"""Measure the engine in memory with a pack, on a community that uses its event types: speed, growth and memory."""

import gc
import time
import tracemalloc

from benchmarks.forums import forum
from benchmarks.memory import at_rest, in_use
from wiifm import Engine, Event, RuleBook

FEW = 10_000
MEASURED = 100_000
"""The number of events for measuring memory, as tracemalloc is slow."""


def measure(name: str, count: int, seed: int = 7) -> dict[str, float]:
    """All figures, by the keys that ``--json`` prints."""
    book = RuleBook.load(f"plugin:{name}")
    few = _seconds(book, forum(name, min(FEW, count), seed)) / min(FEW, count)
    all = _seconds(book, forum(name, count, seed)) / count
    rest, live, held = _bytes(book, forum(name, min(count, MEASURED), seed))
    return {
        "events_per_second": round(1 / all),
        "growth": round(all / few, 2),
        "bytes_per_member": rest,
        "bytes_per_live_member": live,
        "bytes_per_event": held,
    }


def _seconds(book: RuleBook, events: list[Event]) -> float:
    engine = Engine(book)
    gc.collect()
    start = time.process_time()
    engine.record_many(events)
    return time.process_time() - start


def _bytes(book: RuleBook, events: list[Event]) -> tuple[int, int, int]:
    """The bytes of a member's state in a store and in memory, and the bytes that the engine holds per event."""
    gc.collect()
    tracemalloc.start()
    engine = Engine(book)
    engine.record_many(events)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    states = [history.state for history in engine._memory.flow.histories]
    return (
        round(sum(map(at_rest, states)) / len(states)),
        round(in_use(states) / len(states)),
        round(held / len(events)),
    )
