"""What one step of each kind of criterion costs, as one member does more and more of what it looks at."""

import gc
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from wiifm import Engine, Event, RuleBook

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNTS = (400, 4_000)
LAST = 200
"""How many steps are timed, the last ones."""

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
        "latest": 'latest = "x"\non = "thing.done"',
        "distinct": 'distinct = "object"\non = "thing.done"',
        "run": 'run = "thing.done"\nwhere = "x > 0"',
        "earned": 'earned = "points"',
        "groups of days": 'groups = "day"\neach = { count = "thing.done", at_least = 3 }',
        "groups of objects": 'groups = "object"\neach = { count = "thing.done", at_least = 3 }',
        "groups of communities, each distinct": 'groups = "community"\neach = { distinct = "object", on = "thing.done", at_least = 3 }',
        "groups of days, each distinct": 'groups = "day"\neach = { distinct = "object", on = "thing.done", at_least = 3 }',
    }
)
OVERS = ("ever", "month", "last 900 days")
STREAKS: Mapping[str, str] = MappingProxyType(
    {
        "streak of days": 'streak = "day"\neach = { count = "thing.done" }',
        "streak of days, each distinct": 'streak = "day"\neach = { distinct = "object", on = "thing.done" }',
    }
)


def measure() -> dict[str, dict[str, float]]:
    """Microseconds a step after so many of them, by kind of criterion; 900 days hold all of them."""
    kinds = {
        f"{name}, {over}": f'{text}\nover = "{over}"\n'
        for name, text in MEASURES.items()
        for over in OVERS
    }
    kinds |= {f"{name}, ever": text + "\n" for name, text in STREAKS.items()}
    found = {}
    for name, text in kinds.items():
        book = RuleBook.parse(f'{EVENT}[[badge]]\nid = "it"\nat_least = 25\n{text}')
        found[name] = {str(n): _microseconds(book, n) for n in COUNTS}
    return found


def _microseconds(book: RuleBook, count: int) -> float:
    """The median of some rounds: the time of the last steps, in order, each event by itself."""
    rounds = sorted(seconds(book, count) for _ in range(ROUNDS))
    return round(rounds[ROUNDS // 2] / LAST * 1e6, 2)


def seconds(book: RuleBook, count: int) -> float:
    """What the last steps took on the whole, of so many."""
    engine = Engine(book)
    events = _history(count)
    engine.record_many(events[:-LAST])
    gc.collect()
    gc.disable()
    begun = time.process_time()
    engine.record_many(events[-LAST:])
    taken = time.process_time() - begun
    gc.enable()
    return taken


def _history(count: int) -> list[Event]:
    """What one member does in two years: each thing once or twice, with a number."""
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
