"""Measure one step of each kind of criterion, as the history of one member grows."""

import gc
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from types import MappingProxyType
from typing import Any

from wiifm import Engine, Event, RuleBook

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNTS = (400, 4_000)
WINDOWS = (400, 4_000, 40_000)
"""The numbers of events in a rolling window."""

LAST = 200
"""The number of steps, at the end, that are timed."""

LATE = 20
"""The number of these that come late, when late events are timed."""

ROUNDS = 3

EVENT = """
[book]
id = "steps"
vocabulary = []
[event."thing.done"]
requires = "actor"
fields = { x = { type = "integer", required = true } }
[[rule]]
id = "done"
on = "thing.done"
points = 1
"""
MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "count": 'count = "thing.done"',
        "sum": 'sum = "x"\non = "thing.done"',
        "max": 'max = "x"\non = "thing.done"',
        "mean": 'mean = "x"\non = "thing.done"',
        "median": 'median = "x"\non = "thing.done"',
        "latest": 'latest = "x"\non = "thing.done"',
        "distinct": 'distinct = "object"\non = "thing.done"',
        "run": 'run = "thing.done"\nwhere = "x > 0"',
        "gap": 'gap = "thing.done"',
        "earned": 'earned = "points"',
        "groups of days": 'groups = "day"\neach = { count = "thing.done", at_least = 3 }',
        "groups of objects": 'groups = "object"\neach = { count = "thing.done", at_least = 3 }',
        "groups of communities, each distinct": 'groups = "community"\neach = { distinct = "object", on = "thing.done", at_least = 3 }',
        "groups of days, each distinct": 'groups = "day"\neach = { distinct = "object", on = "thing.done", at_least = 3 }',
    }
)
OVERS = ("ever", "month")
ROLLING = "last 900 days"
"""A rolling window that contains the whole history."""

STREAKS: Mapping[str, str] = MappingProxyType(
    {
        "streak of days": 'streak = "day"\neach = { count = "thing.done" }',
        "streak of days, each distinct": 'streak = "day"\neach = { distinct = "object", on = "thing.done" }',
    }
)


def measure() -> dict[str, dict[str, float]]:
    """Microseconds per step, by kind of criterion and number of events."""
    found = {}
    for name, text in MEASURES.items():
        for over in OVERS:
            found[f"{name}, {over}"] = _by_count(text, over, COUNTS, seconds)
        found[f"{name}, {ROLLING}"] = _by_count(text, ROLLING, WINDOWS, seconds)
        found[f"{name}, {ROLLING}, late"] = _by_count(text, ROLLING, WINDOWS, late_seconds)
    for name, text in STREAKS.items():
        found[f"{name}, ever"] = _by_count(text, "ever", COUNTS, seconds)
    return found


def _by_count(
    text: str, over: str, counts: tuple[int, ...], time_of: Callable[[RuleBook, int], float]
) -> dict[str, float]:
    """The median of :data:`ROUNDS` rounds, in microseconds, for each number of events."""
    criterion = f'[[badge]]\nid = "it"\nat_least = 25\n{text}\nover = "{over}"\n'
    book = RuleBook.parse(EVENT + criterion)
    return {
        str(count): round(median(time_of(book, count) for _ in range(ROUNDS)) * 1e6, 2)
        for count in counts
    }


def seconds(book: RuleBook, count: int) -> float:
    """The seconds per step of the last steps in a history of ``count`` events."""
    engine, events = Engine(book), _history(count)
    engine.record_many(events[:-LAST])
    return _timed(engine.record_many, [events[-LAST:]]) / LAST


def late_seconds(book: RuleBook, count: int) -> float:
    """The seconds per late event, when some of the last events are recorded late, one by one."""
    engine, events = Engine(book), _history(count)
    late = events[-LAST :: LAST // LATE]
    del events[-LAST :: LAST // LATE]
    engine.record_many(events)
    return _timed(engine.record, late) / LATE


def _timed(record: Callable[[Any], object], arguments: list[Any]) -> float:
    gc.collect()
    gc.disable()
    start = time.process_time()
    for each in arguments:
        record(each)
    seconds = time.process_time() - start
    gc.enable()
    return seconds


def _history(count: int) -> list[Event]:
    """The events of one member over two years, two on each object, with a number."""
    step = timedelta(days=730) / count
    return [
        Event(
            id=f"e{n:07}",
            type="thing.done",
            occurred_at=START + step * n,
            actor="ann",
            object=f"o{n // 2}",
            community="all",
            data={"x": n % 7 + 1},
        )
        for n in range(count)
    ]
