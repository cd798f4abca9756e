"""Measure culture reports: on events in a file, relative to only reading them, and on a store; each in a process of its own."""

from __future__ import annotations

import resource
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from attrs import evolve

from benchmarks.community import DAYS, START, community
from wiifm import Culture, Engine, Event, RuleBook
from wiifm.culture.badges import Awarded
from wiifm.culture.days import days_of
from wiifm.culture.deeds import CollectedObjects, Scene
from wiifm.culture.keeping import keep
from wiifm.culture.report import DayReader, build_report
from wiifm.sources import read_jsonl, write_jsonl
from wiifm.statement.reach import MINUTES
from wiifm.stores.urls import open_store

UNITS, TOPICS = 40, 200
BOOK = RuleBook.load("plugin:sharing")


def measure(count: int, seed: int = 7) -> dict[str, float]:
    """All figures, by the keys that ``--json`` prints."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        _apart(_write, path, count, seed)
        floor, _ = _apart(_only_read, path)
        seconds, most = _apart(_report, path)
        url = f"sqlite:///{folder}/acme.db"
        _apart(partial(_record, last=False), path, url)
        first = _apart(_first, url)
        _apart(_keep, url)
        kept = _apart(_later, url)
        _apart(partial(_record, last=True), path, url)
        later = _apart(_later, url)
    return {
        "events_per_second": round(count / seconds),
        "floor_events_per_second": round(count / floor),
        "ratio": round(floor / seconds, 3),
        "seconds": round(seconds, 2),
        "peak_megabytes": round(most),
        "store_first_seconds": first["first_seconds"],
        "store_again_seconds": first["again_seconds"],
        "store_peak_megabytes": first["peak"],
        "kept_seconds": kept["all"],
        "kept_month_seconds": kept["month"],
        "day_more_seconds": later["all"],
    }


def _apart(do, *given):  # type: ignore[no-untyped-def]
    """The result of a function that is called in a fresh process."""
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


def _only_read(path: Path) -> tuple[float, float]:
    """The floor: the seconds to read the events, and the peak memory."""
    start = time.process_time()
    deque(read_jsonl(path), maxlen=0)
    return time.process_time() - start, _peak()


def _report(path: Path) -> tuple[float, float]:
    start = time.process_time()
    found = report(read_jsonl(path))
    assert found.adoption.units and found.knowledge.topics and found.flow.matrix
    return time.process_time() - start, _peak()


def report(events: Iterator[Event]) -> Culture:
    """The report on events in the order of time, without an engine."""
    reader, until = DayReader(Scene()), START.replace(year=START.year + 3)
    for day in days_of(events, BOOK.types, CollectedObjects()):
        reader.take(day, inside=True)
    context, awarded = reader.context(until), Awarded.by(BOOK, None, until)
    return build_report(context, BOOK.id, None, MINUTES, "points", reader.paid, awarded)


# ---- over a store ------------------------------------------------------------------------------------------


def _record(path: Path, url: str, *, last: bool) -> None:
    """Record the events of all days but the last one; or, with ``last``, only those of the last day."""
    days = groupby(read_jsonl(path), key=lambda event: event.occurred_at.date())
    end = START.date() + timedelta(days=DAYS - 1)
    with Engine.open(url, BOOK) as engine:
        engine.record_many(e for day, found in days if (day == end) is last for e in found)


def _first(url: str) -> dict[str, float]:
    """The seconds for a report on a store without kept days, and for a second one by the same process."""
    with Engine.open(url, BOOK) as engine:
        return {
            "first_seconds": _seconds(engine),
            "again_seconds": _seconds(engine),
            "peak": round(_peak()),
        }


def _keep(url: str) -> None:
    with closing(open_store(url)) as store:
        keep(store, BOOK)


def _later(url: str) -> dict[str, float]:
    """The seconds for reports by another process on a store with kept days: of all time, and of a month."""
    with Engine.open(url, BOOK) as engine:
        month = START + timedelta(days=DAYS - 40), START + timedelta(days=DAYS - 10)
        return {"all": _seconds(engine), "month": _seconds(engine, *month)}


def _seconds(engine: Engine, *times: datetime) -> float:
    start = time.process_time()
    engine.culture(*times)
    return round(time.process_time() - start, 2)


def _peak() -> float:
    """The peak memory of this process, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
