"""Measure how the time per event grows with the number of events, and with the number of rules, most of which don't match."""

import gc
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from statistics import median

from benchmarks.community import community, stream
from benchmarks.floor import score
from wiifm import Engine, Event, RuleBook

TEXT = Path(__file__).with_name("book.toml").read_text(encoding="utf-8")
EVENTS = (10_000, 100_000, 1_000_000, 3_000_000)
RULES = (20, 200)
CHUNK = 1_000
"""How many events of an aging community are made, and then recorded, at a time: they arrive as a platform sends them."""
WINDOW = 10_000
"""How many events before each age are looked at."""


def measure(most: int, seed: int = 7) -> dict[str, object]:
    """Microseconds per event of the engine and of the floor, by age of one community, number of events, and number of rules."""
    score(community(EVENTS[0], seed))
    _recording(RuleBook.parse(TEXT), community(EVENTS[0], seed))
    by_events = {}
    for count in [each for each in EVENTS if each <= most]:
        events = community(count, seed)
        engine = _recording(RuleBook.parse(TEXT), events)
        floor = _per_event(lambda events=events: score(events), count)
        by_events[str(count)] = _compared(engine, floor)
    events = community(min(most, 300_000), seed)
    by_rules = {str(count): _recording(book_of(count), events) for count in RULES}
    return {"ages": _by_age(most, seed), "events": by_events, "rules": by_rules}


def _by_age(most: int, seed: int) -> dict[str, dict[str, float]]:
    """Microseconds per event in one community of ``most`` events: the median of the ten chunks before each age."""
    one, other = _spent_by_both(most, seed)
    found = {}
    for age in [each for each in EVENTS if each <= most]:
        window = slice((age - WINDOW) // CHUNK, age // CHUNK)
        engine, floor = (median(each[window]) / CHUNK * 1e6 for each in (one, other))
        found[str(age)] = _compared(engine, floor)
    return found


def _compared(engine: float, floor: float) -> dict[str, float]:
    """Microseconds per event of the engine beside those of the floor."""
    return {
        "microseconds": round(engine, 3),
        "floor_microseconds": round(floor, 3),
        "ratio": round(floor / engine, 3),
    }


def _spent_by_both(most: int, seed: int) -> tuple[list[float], list[float]]:
    """Seconds for each chunk of a community, by the engine and by the floor, without the time to make its events.

    The two take turns, since a machine isn't always as fast: the floor is one loop that asks for the next chunk when it is
    done with one, and the engine records the same chunk before or after it.
    """
    engine = Engine(RuleBook.parse(TEXT))
    one, other = list[float](), list[float]()

    def record(chunk: list[Event]) -> None:
        gc.enable()  # as it is outside of the floor
        begun = time.perf_counter()
        engine.record_many(chunk)
        one.append(time.perf_counter() - begun)
        gc.disable()

    def handed_out() -> Iterator[list[Event]]:
        for number, chunk in enumerate(_chunks(most, seed)):
            if number % 2:
                record(chunk)
            begun = time.perf_counter()
            yield chunk
            other.append(time.perf_counter() - begun)
            if not number % 2:
                record(chunk)

    gc.collect()
    score(chain.from_iterable(handed_out()))
    return one, other


def _chunks(most: int, seed: int) -> Iterator[list[Event]]:
    events = stream(most, seed)
    while chunk := [*islice(events, CHUNK)]:
        yield chunk


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
