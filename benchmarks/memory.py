"""The engine in memory beside a loop written by hand, on the same events, in the same run."""

import gc
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks.community import START, community
from benchmarks.floor import score
from wiifm import Engine, Event, RuleBook

BOOK = RuleBook.load(Path(__file__).with_name("book.toml"))
T = TypeVar("T")
LATE_BY = 100
HISTORY = 100_000


def measure(count: int) -> dict[str, float]:
    """All figures, by the keys that ``--json`` prints."""
    events = community(count)
    engine, engine_seconds = _timed(lambda: _recorded(events))
    floor, floor_seconds = _timed(lambda: score(events))
    _assert_same(engine, floor)
    del engine, floor
    late, retract = _refolding(min(HISTORY, count))
    return {
        "events_per_second": round(count / engine_seconds),
        "floor_events_per_second": round(count / floor_seconds),
        "ratio": round(floor_seconds / engine_seconds, 3),
        "bytes_per_member": _bytes_per_member(min(count, 100_000)),
        "late_speedup": late,
        "retract_speedup": retract,
        "import_ratio": _import_ratio(),
    }


def _timed(run: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    begun = time.perf_counter()
    found = run()
    return found, time.perf_counter() - begun


def _recorded(events: list[Event]) -> Engine:
    engine = Engine(BOOK)
    engine.record_many(events)
    return engine


def _assert_same(engine: Engine, floor: tuple) -> None:
    """The floor must have done the same job."""
    points, hours, badges, ledger = floor
    for holder in engine.holders():
        standing = engine.standing(holder)
        found = {(a.badge, a.tier, a.key) for a in standing.badges}
        assert standing.points["points"] == points[holder.id], holder
        assert standing.points["hours"] * 100 == hours[holder.id], holder
        assert found == badges[holder.id], holder
    assert len(list(engine.ledger())) == len(ledger)


def _bytes_per_member(count: int) -> int:
    """What the engine holds a member at rest, less the events themselves, which the caller holds (tracemalloc)."""
    events = community(count)
    members = {event.actor for event in events} | {event.recipient for event in events}
    gc.collect()
    tracemalloc.start()
    engine = _recorded(events)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert engine.book is BOOK
    return round(held / len(members - {None}))


def _refolding(count: int) -> tuple[float, float]:
    """How much cheaper a late event and a retraction are than folding one member's history from zero.

    The member has ``count`` events; what is late is late by LATE_BY of them.
    """
    history = [
        Event(
            id=f"e{number:07}",
            type="comment.posted",
            occurred_at=START + timedelta(minutes=5 * number),
            actor="ann",
            object=f"o{number}",
            in_reply_to=f"o{number // 3}",
        )
        for number in range(count)
    ]
    engine, whole = _timed(lambda: _recorded(history))
    place = START + timedelta(minutes=5 * (count - LATE_BY) + 1)
    late = [
        Event(
            id=f"late{n}", type="comment.posted", occurred_at=place, actor="ann", object=f"late{n}"
        )
        for n in range(9)
    ]
    one = median(_timed(lambda each=each: engine.record(each))[1] for each in late)
    gone = [f"e{count - LATE_BY + n:07}" for n in range(9)]
    back = median(_timed(lambda each=each: engine.retract(each, at=place))[1] for each in gone)
    return round(whole / one, 1), round(whole / back, 1)


def _import_ratio(runs: int = 7) -> float:
    """The time to import wiifm over that of what it builds on, each in fresh interpreters."""

    def seconds(code: str) -> float:
        timed = f"import time; b = time.perf_counter(); {code}; print(time.perf_counter() - b)"
        return median(
            float(
                subprocess.run(
                    [sys.executable, "-c", timed], capture_output=True, check=True
                ).stdout
            )
            for _ in range(runs)
        )

    return round(seconds("import wiifm") / seconds("import attrs, cattrs, pluggy"), 2)
