"""A culture report over events that are read from a file, beside just going over them; each in a process of its own."""

from __future__ import annotations

import resource
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from attrs import evolve

from benchmarks.community import START, community
from wiifm import Culture, Event, RuleBook
from wiifm.culture.deeds import Scene
from wiifm.culture.ground import Ground
from wiifm.culture.rewarding import Paid
from wiifm.culture.whole import Reading, told
from wiifm.sources import read_jsonl, write_jsonl
from wiifm.statement.reach import MINUTES

UNITS, TOPICS = 40, 200


def measure(count: int, seed: int = 7) -> dict[str, float]:
    """All figures, by the keys that ``--json`` prints."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        _apart(_write, path, count, seed)
        floor, _ = _apart(_go_over, path)
        seconds, most = _apart(_report, path)
    return {
        "events_per_second": round(count / seconds),
        "floor_events_per_second": round(count / floor),
        "ratio": round(floor / seconds, 3),
        "seconds": round(seconds, 2),
        "peak_megabytes": round(most),
    }


def _apart(do, *given):  # type: ignore[no-untyped-def]
    """What a function answers in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(do, *given).result()


def _write(path: Path, count: int, seed: int) -> None:
    write_jsonl(_company(count, seed), path)


def _company(count: int, seed: int) -> Iterator[Event]:
    """The community of the other benchmarks, with units, managers and topics."""
    random, events = Random(seed), community(count, seed)
    members = sorted({event.actor for event in events if event.actor is not None})
    for number, member in enumerate(members):
        data = {"unit": f"unit {number % UNITS}", "manager": members[number // 8]}
        name = f"joined-{member}"
        yield Event(id=name, type="member.joined", occurred_at=START, actor=member, data=data)
    for event in events[len(members) :]:
        if event.type in ("post.shared", "question.asked"):
            event = evolve(event, topics=(f"topic {random.randrange(TOPICS)}",))
        yield event


def _go_over(path: Path) -> tuple[float, float]:
    """The floor: the events are read, and that is all."""
    start = time.process_time()
    deque(read_jsonl(path), maxlen=0)
    return time.process_time() - start, _peak()


def _report(path: Path) -> tuple[float, float]:
    start = time.process_time()
    found = report(read_jsonl(path))
    assert found.adoption.units and found.knowledge.topics and found.flow.matrix
    return time.process_time() - start, _peak()


def report(events: Iterator[Event]) -> Culture:
    """The report on events that come in order, without an engine."""
    book = RuleBook.load("plugin:sharing")
    scene, until = Scene(book.types), START.replace(year=START.year + 3)
    found = Reading.of(scene.deeds(events), None, until)
    ground = Ground(scene, found.tally, until, firsts=found.firsts, seen=found.seen)
    return told(ground, book.id, None, MINUTES, Paid("points"))


def _peak() -> float:
    """The most memory that this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
