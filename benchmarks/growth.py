"""Measure how the time per event grows with the number of events, and with the number of rules, most of which don't match."""

import gc
import time
from pathlib import Path

from benchmarks.community import community
from benchmarks.floor import score
from wiifm import Engine, Event, RuleBook

TEXT = Path(__file__).with_name("book.toml").read_text(encoding="utf-8")
EVENTS = (10_000, 100_000, 1_000_000, 3_000_000)
RULES = (20, 200)


def measure(most: int, seed: int = 7) -> dict[str, object]:
    """Microseconds per event of the engine and of the floor, by number of events and of rules."""
    score(community(EVENTS[0], seed))
    _recording(RuleBook.parse(TEXT), community(EVENTS[0], seed))
    by_events = {}
    for count in [each for each in EVENTS if each <= most]:
        events = community(count, seed)
        engine = _recording(RuleBook.parse(TEXT), events)
        floor = _per_event(lambda events=events: score(events), count)
        by_events[str(count)] = {
            "microseconds": engine,
            "floor_microseconds": floor,
            "ratio": round(floor / engine, 3),
        }
    events = community(min(most, 300_000), seed)
    by_rules = {str(count): _recording(book_of(count), events) for count in RULES}
    return {"events": by_events, "rules": by_rules}


def _recording(book: RuleBook, events: list[Event]) -> float:
    """Microseconds per event to record events. The engine is created before the clock starts."""
    engine = Engine(book)
    return _per_event(lambda: engine.record_many(events), len(events))


def book_of(rules: int) -> RuleBook:
    """The book of the benchmark, with rules that match no event added up to the given number."""
    more = [
        f"[[rule]]\nid = 'more-{number}'\non = 'contribution.accepted'\nto = 'recipient'\npoints = {number}\n"
        f"limit = {{ times = 3, per = ['object', 'day'] }}\n"
        for number in range(1, rules - 20 + 1)
    ]
    return RuleBook.parse("\n".join([TEXT, *more]))


def _per_event(run: object, count: int) -> float:
    gc.collect()
    start = time.perf_counter()
    run()
    return round((time.perf_counter() - start) / count * 1e6, 3)
