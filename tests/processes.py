"""What tests let other processes do to a store: record side by side, be killed, fork.

All of this runs in the process of the fixture ``forking_process``, which has no threads and may fork. It imports only what it needs, so
that processes start quickly.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from signal import SIGKILL
from tempfile import TemporaryFile
from threading import Event as Flag
from threading import Thread
from typing import Any
from unittest.mock import patch

from histories import history
from wiifm import (
    AsyncEngine,
    Delivery,
    Engine,
    Event,
    InvalidInput,
    Notice,
    Receipt,
    RuleBook,
    StoreFault,
    rescore,
)
from wiifm.archive.stored_book import digest_in
from wiifm.stores.urls import open_store
from wiifm.upkeep import replay

TEXT = Path(__file__).with_name("every_kind.toml").read_text(encoding="utf-8")
OTHER = (
    TEXT.replace("points = 40", "points = 30")
    .replace('"value * 2"', '"value * 3"')
    .replace('gate = { of = "actor", points = 5', 'gate = { of = "actor", points = 7')
)
"""A different rule book with the same purses."""
FORK = get_context("fork")
TIMEOUT = 30
"""How many seconds a process may take before a test fails."""

Batches = list[list[Event]]


def batches(random: Random, events: list[Event]) -> Batches:
    """The events in batches of random size."""
    found, rest = [], list(events)
    while rest:
        size = random.choice([1, 1, 1, 3, 10, 30])
        found.append(rest[:size])
        rest = rest[size:]
    return found


def record(engine: Engine, batch: list[Event]) -> None:
    """Record a batch: a single event by ``record``, more of them by ``record_many``."""
    if len(batch) == 1:
        engine.record(batch[0])
    else:
        assert not engine.record_many(batch).rejected


def _fork(work: Callable[..., None], *given: object) -> tuple[BaseProcess, Connection]:
    """Start a child process, and return it with the connection on which it sends messages."""
    here, there = FORK.Pipe(duplex=False)
    child = FORK.Process(target=work, args=(there, *given))
    child.start()
    there.close()
    return child, here


def _messages(pipe: Connection) -> Iterator[Any]:
    """The messages that a child sent before it ended, even if it was killed while sending one."""
    with suppress(EOFError, OSError):
        while True:
            yield pipe.recv()


def _joined(child: BaseProcess, pipe: Connection) -> list[object]:
    """The messages of a child, after it ended successfully."""
    assert pipe.poll(TIMEOUT), f"a child sent nothing within {TIMEOUT} s"
    messages = list(_messages(pipe))
    child.join(TIMEOUT)
    assert child.exitcode == 0, f"a child ended with {child.exitcode}"
    return messages


# ---- side by side ----------------------------------------------------------------------------------------


def record_side_by_side(url: str, parts: list[Batches]) -> None:
    """Record in parallel: one process for each part opens the store and records it."""
    book = RuleBook.parse(TEXT)
    start = FORK.Barrier(len(parts))
    children = [_fork(_record_part, start, url, book, part) for part in parts]
    assert [_joined(*each) for each in children] == [["done"]] * len(parts)


def _record_part(pipe: Connection, start: object, url: str, book: RuleBook, part: Batches) -> None:
    start.wait(TIMEOUT)  # type: ignore[attr-defined]
    engine = Engine.open(url, book)
    for batch in part:
        record(engine, batch)
    pipe.send("done")


def keep_side_by_side(url: str, parts: list[Batches]) -> None:
    """Record, make culture reports and store their days, in parallel: one process for each part."""
    start = FORK.Barrier(len(parts))
    children = [_fork(_keep_part, start, url, part) for part in parts]
    assert [_joined(*each) for each in children] == [["done"]] * len(parts)


def _keep_part(pipe: Connection, start: object, url: str, part: Batches) -> None:
    from wiifm.culture.keeping import keep
    from wiifm.stores.urls import open_store

    start.wait(TIMEOUT)  # type: ignore[attr-defined]
    book = RuleBook.load("plugin:sharing")
    store = open_store(url)
    engine = Engine.over(store, book)
    for number, batch in enumerate(part):
        record(engine, batch)
        engine.culture()
        if number % 2:
            keep(store, book)
    pipe.send("done")


def retract_side_by_side(url: str, event: str, count: int) -> list[object]:
    """Retract one event in several processes at once, each with its own time; return the receipts."""
    book = RuleBook.parse(TEXT)
    Engine.open(url, book)
    start = FORK.Barrier(count)
    children = [_fork(_retract, start, url, book, event) for _ in range(count)]
    return [receipt for each in children for receipt in _joined(*each)]


def _retract(pipe: Connection, start: object, url: str, book: RuleBook, event: str) -> None:
    engine = Engine.open(url, book)
    start.wait(TIMEOUT)  # type: ignore[attr-defined]
    pipe.send(engine.retract(event))


def close_side_by_side(url: str, until: datetime, count: int) -> list[object]:
    """Close one campaign in several processes at once, over the same period; return the result or fault of each."""
    start = FORK.Barrier(count)
    children = [_fork(_close, start, url, until) for _ in range(count)]
    return [message for each in children for message in _joined(*each)]


def _close(pipe: Connection, start: object, url: str, until: datetime) -> None:
    engine = Engine.open(url)
    start.wait(TIMEOUT)  # type: ignore[attr-defined]
    try:
        pipe.send(engine.close_campaign("spring", until=until))
    except InvalidInput as fault:
        pipe.send(str(fault))


def open_side_by_side(url: str, texts: list[str]) -> list[object]:
    """Open a new store in several processes at once, each with another book; return the result or fault of each."""
    start = FORK.Barrier(len(texts))
    children = [_fork(_open, start, url, RuleBook.parse(text)) for text in texts]
    return [message for each in children for message in _joined(*each)]


def _open(pipe: Connection, start: object, url: str, book: RuleBook) -> None:
    start.wait(TIMEOUT)  # type: ignore[attr-defined]
    try:
        Engine.open(url, book)
    except StoreFault as fault:
        pipe.send(str(fault))
    else:
        pipe.send("opened")


# ---- killed ----------------------------------------------------------------------------------------------


def record_with_kills(url: str, seed: int, most: int) -> tuple[int, dict[str, Receipt], list[str]]:
    """Let children record a history, and kill each at a random moment, until it is recorded or ``most`` were killed.

    Each begins a little before what the last one is known to have recorded, as a queue would redeliver it.
    Returns how many were killed, the receipts that they sent, and the ids of the notices that they delivered.
    """
    random, book = Random(seed), RuleBook.parse(TEXT)
    steps, done, killed = redelivered_history(seed), 0, 0
    receipts: dict[str, Receipt] = {}
    children, post = count(1), TemporaryFile()  # noqa: SIM115 - it is closed when the last process that has it ends
    while done < len(steps) and killed < most:
        first = max(0, done - random.choice([0, 1, 3]))
        chat = delivery(post.fileno(), next(children))
        child, pipe = _fork(_record_on, url, book, steps, first, *chat)
        messages = list(islice(_messages(pipe), random.choice([0, 1, 1, 2, 3, 5])))
        time.sleep(random.uniform(0, 0.02 if messages else 0.2))
        child.kill()
        for step, more in [*messages, *_messages(pipe)]:
            assert not receipts.keys() & more.keys(), "an event was recorded twice"
            receipts |= more
            done = max(done, step)
        child.join(TIMEOUT)
        assert child.exitcode in (0, -SIGKILL), f"a child ended with {child.exitcode}"
        killed += child.exitcode == -SIGKILL
    post.seek(0)
    return killed, receipts, post.read().decode().splitlines()


def delivery(post: int, number: int) -> tuple[Delivery, Callable[[], datetime]]:
    """A delivery that writes to a file and sometimes fails, and a clock, for the process of this number.

    The clock of each process is three minutes ahead of the one before, which may have been killed while it delivered.
    """
    random = Random(number)

    def chat(notice: Notice) -> None:
        if random.random() < 0.1:
            time.sleep(0.003)
            raise ConnectionError("the chat is down")
        os.write(post, f"{notice.id}\n".encode())
        if random.random() < 0.1:
            raise TimeoutError("it was delivered, but the answer got lost")

    later = timedelta(minutes=3 * number)
    return Delivery("chat", chat, attempts=1_000), lambda: datetime.now(UTC) + later


def redelivered_history(seed: int) -> Batches:
    """What :func:`record_with_kills` records: late, orphaned and retracted events, and many duplicates."""
    random = Random(seed)
    events = history(random, 150)
    for _ in range(30):
        events.insert(random.randrange(len(events)), random.choice(events))
    return batches(random, events)


def _record_on(
    pipe: Connection,
    url: str,
    book: RuleBook,
    steps: Batches,
    first: int,
    chat: Delivery,
    clock: Callable[[], datetime],
) -> None:
    receipts: dict[str, Receipt] = {}
    observer = lambda batch: receipts.update({each.event: each for each in batch})  # noqa: E731
    engine = Engine.open(url, book, [observer, chat], clock)
    pipe.send((first, {}))
    for step, batch in enumerate(steps[first:], first + 1):
        record(engine, batch)
        pipe.send((step, receipts))
        receipts.clear()


def rescore_with_kills(
    url: str, folder: Path, batches: Batches, seed: int, most: int
) -> tuple[int, Batches]:
    """Let children rescore a store by the other book, and kill each at a random moment, until one is done or ``most`` were killed.

    Between two of them a batch is recorded, as long as the store still has the book from before.
    Returns how many were killed, and the batches that were not recorded.
    """
    random, killed, rest = Random(seed), 0, [*batches]
    before, other = RuleBook.parse(TEXT), RuleBook.parse(OTHER)
    while killed < most:
        child, pipe = _fork(_rescore, url, other, folder)
        assert pipe.poll(TIMEOUT), f"a child sent nothing within {TIMEOUT} s"
        time.sleep(random.uniform(0, 0.4))
        child.kill()
        messages = list(_messages(pipe))
        child.join(TIMEOUT)
        assert child.exitcode in (0, -SIGKILL), f"a child ended with {child.exitcode}"
        killed += child.exitcode == -SIGKILL
        if messages[-1] == "done":
            break
        with closing(open_store(url)) as store:
            if rest and digest_in(store) == before.digest:
                record(Engine.over(store, before), rest.pop(0))
    return killed, rest


def _rescore(pipe: Connection, url: str, book: RuleBook, folder: Path) -> None:
    with closing(open_store(url)) as store, small_steps():
        pipe.send("begun")
        rescore(store, book, folder)
        pipe.send("done")


@contextmanager
def small_steps() -> Iterator[None]:
    """A block in which a log is replayed a few events at a time, so that there are many moments to be killed at."""
    with patch.object(replay, "SIZE", 5), patch.object(replay, "TOGETHER", 2):
        yield


# ---- forked ----------------------------------------------------------------------------------------------


def record_across_forks(url: str, parts: list[Batches]) -> None:
    """Fork an engine that is recording again and again; the engine and all children record, each its part."""
    engine = Engine.open(url, RuleBook.parse(TEXT))
    mine, *others = parts
    children = []
    for number, batch in enumerate(mine):
        record(engine, batch)
        if number < len(others):
            children.append(_fork(_record_in_child, engine, others[number]))
    assert len(children) == len(others)
    assert [_joined(*each) for each in children] == [["done"]] * len(others)


def _record_in_child(pipe: Connection, engine: Engine, part: Batches) -> None:
    for batch in part:
        record(engine, batch)
    pipe.send("done")


def fork_in_the_middle(url: str, events: list[Event]) -> object:
    """Fork while another thread of the engine is in a transaction; return the child's message."""
    engine = Engine.open(url, RuleBook.parse(TEXT))
    begun, go_on = Flag(), Flag()

    def write() -> None:
        with engine._memory.writing([]):
            begun.set()
            go_on.wait(TIMEOUT)

    thread = Thread(target=write)
    thread.start()
    begun.wait(TIMEOUT)
    child, pipe = _fork(_try_to_record, engine, events[:1])
    go_on.set()
    thread.join(TIMEOUT)
    try:
        (message,) = _joined(child, pipe)
    finally:
        child.kill()
    record(engine, events[1:])
    return message


def fork_in_the_middle_in_memory(events: list[Event]) -> object:
    """Fork while another thread of an engine in memory has folded a batch; return what the child finds, and has once it recorded all events."""
    engine = Engine(RuleBook.parse(TEXT))
    record(engine, events[:5])
    folded, go_on = Flag(), Flag()

    def write() -> None:
        memory = engine._memory
        with memory.writing([]):
            memory.commit(memory.log.admit(events[5:10], 0)[0])
            folded.set()
            go_on.wait(TIMEOUT)

    thread = Thread(target=write)
    thread.start()
    folded.wait(TIMEOUT)
    child, pipe = _fork(_record_and_tell, engine, events)
    try:
        (found,) = _joined(child, pipe)
    finally:
        child.kill()
        go_on.set()
        thread.join(TIMEOUT)
    return found


def fork_on_an_event_loop(events: list[Event]) -> list[object]:
    """Fork an ``AsyncEngine`` that was used, in the middle of a call, and amid its end; return what each child finds."""
    engine = AsyncEngine(Engine(RuleBook.parse(TEXT)))
    asyncio.run(engine.record_many(events))
    begun, go_on = Flag(), Flag()

    def wait() -> None:
        begun.set()
        go_on.wait(TIMEOUT)

    children = [_fork(_tell_on_an_event_loop, engine)]
    engine._thread.submit(wait)
    begun.wait(TIMEOUT)
    children.append(_fork(_tell_on_an_event_loop, engine))
    closing = Thread(target=lambda: asyncio.run(engine.close()))
    closing.start()
    while engine._close_future is None:
        time.sleep(0.001)
    children.append(_fork(_tell_on_an_event_loop, engine))
    try:
        return [message for child in children for message in _joined(*child)]
    finally:
        go_on.set()
        closing.join(TIMEOUT)
        for child, _ in children:
            child.kill()


def _tell_on_an_event_loop(pipe: Connection, engine: AsyncEngine) -> None:
    pipe.send(asyncio.run(engine.standings()))


def _record_and_tell(pipe: Connection, engine: Engine, batch: list[Event]) -> None:
    before = len(list(engine.ledger()))
    tally = engine.record_many(batch)
    pipe.send((before, tally.duplicates, engine.standings()))


def _try_to_record(pipe: Connection, engine: Engine, batch: list[Event]) -> None:
    try:
        record(engine, batch)
    except StoreFault as fault:
        pipe.send(str(fault))
    else:
        pipe.send("recorded")
