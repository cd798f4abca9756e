"""Measure reading JSON Lines, with and without the extra ``fast``, relative to only decoding each line, on the same file in the same run."""

import gc
import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import msgspec

from benchmarks.community import community
from wiifm import Event
from wiifm.events import KEYS
from wiifm.sources import jsonl, read_jsonl, read_lines, write_jsonl

ROUNDS = 5
MOST_CONSTRUCTED = 100_000


def measure(count: int, seed: int = 7) -> dict[str, float]:
    """All figures, by the keys that ``--json`` prints: each is the best of a few interleaved rounds."""
    events = community(count, seed)
    with TemporaryDirectory() as directory:
        path = Path(directory, "events.jsonl")
        write_jsonl(events, path)
        _assert_same(path, events)
        ready = [_values(event) for event in events[:MOST_CONSTRUCTED]]
        del events
        ways: dict[str, Callable[[], Iterable[object]]] = {
            "events_per_second": lambda: read_jsonl(path),
            "lines_per_second": lambda: read_lines(path),
            "floor_events_per_second": lambda: _decoded(path, msgspec.json.Decoder().decode),
            "plain_events_per_second": lambda: read_jsonl(path),
            "plain_floor_events_per_second": lambda: _decoded(path, json.loads),
            "constructed_per_second": lambda: (Event(**values) for values in ready),
        }
        sizes = dict.fromkeys(ways, count) | {"constructed_per_second": len(ready)}
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(ROUNDS):
            for key, way in ways.items():
                run = partial(_without_fast, way) if key.startswith("plain") else way
                best[key] = min(best[key], _seconds(run))
    found = {key: sizes[key] / best[key] for key in ways}
    return {key: round(value) for key, value in found.items()} | {
        "ratio": round(found["events_per_second"] / found["floor_events_per_second"], 3),
        "plain_ratio": round(
            found["plain_events_per_second"] / found["plain_floor_events_per_second"], 3
        ),
    }


def _decoded(path: Path, decode: Callable[[bytes], object]) -> Iterable[object]:
    """The floor: each line decoded, without checking that it is an event."""
    with path.open("rb") as stream:
        yield from map(decode, stream)


def _without_fast(way: Callable[[], Iterable[object]]) -> Iterable[object]:
    with patch.object(jsonl, "quickly", lambda raw: None):
        yield from way()


def _seconds(way: Callable[[], Iterable[object]]) -> float:
    gc.collect()
    start = time.perf_counter()
    deque(way(), maxlen=0)
    return time.perf_counter() - start


def _values(event: Event) -> dict[str, object]:
    """The fields of an event that are set."""
    found = {key: getattr(event, key) for key in KEYS}
    return {key: value for key, value in found.items() if value not in (None, (), {})}


def _assert_same(path: Path, events: list[Event]) -> None:
    """Assert that all ways of reading return the events that were written."""
    ways = (read_jsonl(path), (line.found for line in read_lines(path)))
    for way in (*ways, _without_fast(lambda: read_jsonl(path))):
        assert all(found == event for found, event in zip(way, events, strict=True))
