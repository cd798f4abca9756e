"""Compare the engine in memory with a hand-written loop, on the same events in the same run."""

import gc
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.community import START, community
from benchmarks.floor import score
from benchmarks.keeping_floor import score_and_keep
from wiifm import Engine, Event, RuleBook
from wiifm.archive.codec import pack
from wiifm.archive.state_codec import pack_state
from wiifm.records import State

BOOK = RuleBook.load(Path(__file__).with_name("book.toml"))
LEVELS = {None: -inf, **BOOK.ladders["path"].levels}
"""The points that each level takes."""
T = TypeVar("T")
LATE_BY = 100
HISTORY = 100_000
ROUNDS = 3
"""How often the engine and the loops take turns; the least time of each counts."""


def measure(count: int, seed: int = 7) -> dict[str, float]:
    """All figures, by the keys that ``--json`` prints."""
    engine_seconds, floor_seconds, keeping_seconds = _engine_and_floors(count, seed)
    late, retract = _refolding(min(HISTORY, count))
    at_rest, per_member, per_event = _bytes(min(count, 100_000), seed)
    imported, ready = _import_ratios()
    return {
        "events_per_second": round(count / engine_seconds),
        "floor_events_per_second": round(count / floor_seconds),
        "ratio": round(floor_seconds / engine_seconds, 3),
        "keeping_ratio": round(keeping_seconds / engine_seconds, 3),
        "bytes_per_member": at_rest,
        "bytes_per_live_member": per_member,
        "bytes_per_event": per_event,
        "late_speedup": late,
        "retract_speedup": retract,
        "import_ratio": imported,
        "ready_ratio": ready,
    }


def _engine_and_floors(count: int, seed: int) -> tuple[float, float, float]:
    """The seconds of the engine, of the loop, and of the loop that also keeps events.

    Each gets events of its own: Python keeps the hash of a text, so on the same events whoever came second would find the names hashed. All objects
    are freed at the end, so that later measurements aren't slowed down by them.
    """
    seconds = []
    for _ in range(ROUNDS):
        engine, engine_seconds = _timed_on(_recorded, community(count, seed))
        floor, floor_seconds = _timed_on(score, community(count, seed))
        _assert_same(engine, floor)
        del floor
        (floor, kept), keeping_seconds = _timed_on(score_and_keep, community(count, seed))
        _assert_same(engine, floor)
        assert len(kept.by_id) == count
        del engine, floor, kept
        seconds.append((engine_seconds, floor_seconds, keeping_seconds))
    engine_seconds, floor_seconds, keeping_seconds = map(min, zip(*seconds, strict=True))
    return engine_seconds, floor_seconds, keeping_seconds


def _timed_on(run: Callable[[list[Event]], T], events: list[Event]) -> tuple[T, float]:
    return _timed(lambda: run(events))


def _timed(run: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    start = time.process_time()
    found = run()
    return found, time.process_time() - start


def _recorded(events: list[Event]) -> Engine:
    engine = Engine(BOOK)
    engine.record_many(events)
    return engine


def _assert_same(engine: Engine, floor: tuple) -> None:
    """Assert that engine and floor decided the same."""
    members, ledger, _ = floor
    for holder in engine.holders():
        standing, member = engine.standing(holder), members[holder.id]
        found = {(a.badge, a.tier, a.key) for a in standing.badges}
        assert standing.points["points"] == member.points, holder
        assert standing.points["hours"] * 100 == member.hours, holder
        assert found == member.badges, holder
        assert LEVELS[standing.levels["path"]] == member.least, holder
    assert len(list(engine.ledger())) == len(ledger)


def _bytes(count: int, seed: int) -> tuple[int, int, int]:
    """The bytes of a member's state in a store and in memory, and the bytes that the engine holds per event.

    In a store, it is the state as text, with the items of its tables; in memory, the state with all objects that only it refers to. The bytes per
    event are everything that tracemalloc sees, apart from the events themselves: log, ledger, histories, snapshots, objects, gates and states.
    """
    events = community(count, seed)
    gc.collect()
    tracemalloc.start()
    engine = _recorded(events)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    states = [history.state for history in engine._memory.flow.histories]
    rest = sum(map(at_rest, states))
    return round(rest / len(states)), round(in_use(states) / len(states)), round(held / count)


def in_use(states: list[State]) -> int:
    """The bytes of states in memory, with all objects that only they refer to."""
    seen: set[int] = set()
    return sum(_size(state, seen) for state in states)


def at_rest(state: State) -> int:
    """The bytes of a state in a store: its text, and each key and value of its tables."""
    tables = [getattr(state, name) or {} for name in state.tables]
    cells = [pack(each) for table in tables for pair in table.items() for each in pair]
    texts = [pack_state(state, {}), *cells]
    return sum(len(text.encode()) for text in texts)


def _size(found: object, seen: set[int]) -> int:
    """The size of an object and of what it refers to, each object once. Texts and moments belong to the events, and count as 0."""
    if isinstance(found, str | datetime | timedelta | bool | type(None)) or id(found) in seen:
        return 0
    seen.add(id(found))
    size = sys.getsizeof(found)
    if hasattr(found, "__slots__") and hasattr(found, "weight"):
        return size + sum(_size(getattr(found, name), seen) for name in found.__slots__)
    if isinstance(found, dict):
        return size + sum(_size(key, seen) + _size(value, seen) for key, value in found.items())
    if isinstance(found, tuple | set | frozenset | list):
        return size + sum(_size(each, seen) for each in found)
    return size if not isinstance(found, int) or abs(found) > 256 else 0


def _refolding(count: int) -> tuple[float, float]:
    """How many times faster a late event and a retraction are than folding one member's history from the beginning.

    The member has ``count`` events. The late ones, and those that are retracted, are LATE_BY events before the end.
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


def _import_ratios(runs: int = 7) -> tuple[float, float]:
    """The time to import wiifm, and wiifm with its engine, relative to that of importing its dependencies, in fresh interpreters.

    All modules are compiled already, as those of an installed package are.
    """

    base = "import attrs, cattrs, pluggy"
    ours = f"{base}; import wiifm", f"{base}; import wiifm; wiifm.Engine"
    with TemporaryDirectory() as compiled:
        floor, imported, ready = (_import_seconds(code, compiled, runs) for code in (base, *ours))
    return round(imported / floor, 2), round(ready / floor, 2)


def _import_seconds(code: str, compiled: str, runs: int) -> float:
    """The seconds of some imports, with the compiled modules in a folder of their own."""
    timed = f"import time; b = time.perf_counter(); {code}; print(time.perf_counter() - b)"
    places = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}

    def once() -> float:
        return float(subprocess.check_output([sys.executable, "-c", timed], env=places))

    once()
    return median(once() for _ in range(runs))
