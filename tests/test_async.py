"""An engine on an event loop: the loop goes on, and nothing is lost or half there when somebody is cancelled."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

import wiifm.culture.reading as culture_reading
from test_law import check_ledger
from wiifm import (
    AsyncEngine,
    Engine,
    Event,
    InvalidEvent,
    RuleBook,
    StoreFault,
    UnknownName,
    export,
    forget,
    preview,
    prune,
    verify,
)
from wiifm.archive.archive import Archive
from wiifm.web.reader import EngineReader

BOOK = RuleBook.load("plugin:sharing")
FIRST = datetime(2026, 5, 4, tzinfo=UTC)
BATCH = Archive.batch
COUNT = 2 * BATCH + 7
TWO = """
[book]
id = "two"
use = ["sharing"]
[[rule]]
id = "twice"
on = "kudos.given"
to = "recipient"
points = 1
say = "once more"
"""


def thanks(number: int) -> Event:
    return Event(
        id=f"k{number}",
        type="kudos.given",
        occurred_at=FIRST + timedelta(minutes=number),
        actor=f"m{number % 50}",
        recipient=f"m{(number + 1) % 50}",
    )


def many():
    return map(thanks, range(COUNT))


async def one_by_one(events):
    for event in events:
        yield event


@pytest.fixture
def url(new_url):
    return new_url()


def check_is_whole(url: str, batches: set[int]) -> None:
    """So many events are there, each once, with their entries; and sending all of them again makes it complete."""
    one = Engine(BOOK)
    one.record_many(many())
    with Engine.open(url) as engine:
        there = engine.record_many(many()).duplicates
        assert there in batches
        assert engine.standings() and sorted(map(str, engine.standings())) == sorted(
            map(str, one.standings())
        )
        assert [each.event for each in engine.ledger()] == [each.event for each in one.ledger()]


def test_that_it_answers_what_an_engine_answers(url):
    async def asked():
        async with await AsyncEngine.open(url, BOOK) as engine:
            assert (await engine.record(thanks(0))).status == "recorded"
            assert (await engine.receipt("k0")).status == "recorded"
            assert (await engine.record_many(many())).duplicates == 1
            assert (await engine.retract("k1")).status == "retraction"
            return (
                await engine.standing("m5"),
                await engine.standings(),
                await engine.statement("m5"),
                await engine.leaderboard(around="m5"),
                await engine.ledger("m5"),
                await engine.explain(1),
                await engine.pending(),
                await engine.member("m5"),
            )

    found = asyncio.run(asked())
    with Engine.open(url) as engine:
        assert found == (
            engine.standing("m5"),
            engine.standings(),
            engine.statement("m5"),
            engine.leaderboard(around="m5"),
            list(engine.ledger("m5")),
            engine.explain(1),
            engine.pending(),
            engine.member("m5"),
        )


@pytest.mark.parametrize("given", [many, lambda: one_by_one(many())])
def test_that_many_are_recorded_and_what_is_wrong_is_told_by_its_place(given):
    async def recorded():
        async with AsyncEngine(Engine(BOOK)) as engine:
            await engine.record(Event(**{**vars_of(thanks(BATCH + 3)), "actor": "another"}))
            return await engine.record_many(given())

    tally = asyncio.run(recorded())
    assert (tally.recorded, tally.duplicates) == (COUNT - 1, 0)
    assert [each.index for each in tally.rejected] == [BATCH + 3]


def vars_of(event):
    names = ("id", "type", "occurred_at", "actor", "recipient")
    return {name: getattr(event, name) for name in names}


def test_that_other_threads_may_use_the_engine_that_it_was_made_of():
    engine, events = Engine(BOOK), [thanks(number) for number in range(600)]

    async def recorded():
        async with AsyncEngine(engine) as shared:
            thread = threading.Thread(target=lambda: [engine.record(each) for each in events[::2]])
            thread.start()
            for event in events[1::2]:
                await shared.record(event)
            thread.join()
            return await shared.standings()

    one = Engine(BOOK)
    one.record_many(events)
    assert asyncio.run(recorded()) == one.standings()
    check_ledger(engine)


def test_that_the_event_loop_goes_on_while_a_batch_is_recorded(url):
    """It ticks all the time; the longest pause is a small part of what a batch takes."""

    async def watched():
        pauses, done = [], asyncio.Event()

        async def tick():
            last = time.perf_counter()
            while not done.is_set():
                await asyncio.sleep(0)
                now = time.perf_counter()
                pauses.append(now - last)
                last = now

        async with await AsyncEngine.open(url, BOOK) as engine:
            ticking = asyncio.create_task(tick())
            start = time.perf_counter()
            await engine.record_many(many())
            took = time.perf_counter() - start
            done.set()
            await ticking
        return took, pauses

    took, pauses = asyncio.run(watched())
    a_batch = took * BATCH / COUNT
    assert len(pauses) > 20
    assert max(pauses) < a_batch, f"a pause of {max(pauses):.3f} s, a batch takes {a_batch:.3f} s"


def test_that_others_have_their_turn_between_two_batches():
    async def watched():
        async with AsyncEngine(Engine(BOOK)) as engine:
            recording = asyncio.create_task(engine.record_many(many()))
            await asyncio.sleep(0)
            await engine.standing("m5")
            return recording.done(), (await recording).recorded

    assert asyncio.run(watched()) == (False, COUNT)


@pytest.fixture
def held_report(monkeypatch):
    """That a culture report has begun, and that it may go on: until then it is held up."""
    begun, go_on = threading.Event(), threading.Event()
    read = culture_reading.build_report

    def slowly(*asked):
        begun.set()
        assert go_on.wait(60)
        return read(*asked)

    monkeypatch.setattr(culture_reading, "build_report", slowly)
    return begun, go_on


def test_that_nobody_waits_for_a_culture_report(url, held_report):
    """While one is made, others read and record; it tells of one state of the store."""
    begun, go_on = held_report

    async def asked():
        async with await AsyncEngine.open(url, BOOK) as engine:
            await engine.record_many(map(thanks, range(60)))
            report = asyncio.create_task(engine.culture())
            await asyncio.to_thread(begun.wait, 60)
            assert (await engine.standing("m5")).points["points"] == 10
            assert (await engine.record(thanks(60))).status == "recorded"
            assert not report.done()
            go_on.set()
            return (await report).deeds, (await engine.culture()).deeds

    assert asyncio.run(asked()) == (60, 61)


def test_that_who_waits_for_a_culture_report_is_told_when_it_is_closed(url, held_report):
    """A CancelledError is for whoever was cancelled, and nobody was."""
    begun, go_on = held_report

    async def asked():
        async with await AsyncEngine.open(url, BOOK) as engine:
            first = asyncio.create_task(engine.culture())
            await asyncio.to_thread(begun.wait, 60)
            second = asyncio.create_task(engine.culture())
            await asyncio.sleep(0)
            await engine.pending()  # by now it waits behind the first
        go_on.set()
        return await asyncio.gather(first, second, return_exceptions=True)

    _, second = asyncio.run(asked())
    assert isinstance(second, StoreFault) and "closed" in str(second)


@pytest.mark.parametrize("given", [many, lambda: one_by_one(many())])
def test_that_a_cancelled_batch_is_there_as_a_whole(url, given):
    """Whenever it is cancelled: before the first batch, within one, or between two."""

    async def cancelled():
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()
        tell = lambda _: loop.call_soon_threadsafe(begun.set)  # noqa: E731
        async with await AsyncEngine.open(url, BOOK, [tell]) as engine:
            recording = asyncio.create_task(engine.record_many(given()))
            await begun.wait()
            recording.cancel()
            with pytest.raises(asyncio.CancelledError):
                await recording

    asyncio.run(cancelled())
    check_is_whole(url, {BATCH, 2 * BATCH, COUNT})


def test_that_what_was_handed_over_is_recorded_though_nobody_waits(url):
    """Also while the thread is busy: it was accepted."""

    async def cancelled():
        async with await AsyncEngine.open(url, BOOK) as engine:
            busy = asyncio.create_task(engine.record_many(islice(many(), 2_000)))
            await asyncio.sleep(0)
            one = asyncio.create_task(engine.record(thanks(COUNT)))
            await asyncio.sleep(0)
            one.cancel()
            with pytest.raises(asyncio.CancelledError):
                await one
            await busy
            return (await engine.receipt(f"k{COUNT}")).status

    assert asyncio.run(cancelled()) == "recorded"


def test_that_a_store_opened_for_nobody_is_closed(url):
    """Who is cancelled while they open it leaves no thread and no connection behind."""

    async def cancelled():
        opening = asyncio.create_task(AsyncEngine.open(url, BOOK))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    asyncio.run(cancelled())
    assert not [each for each in threading.enumerate() if each.name.startswith("wiifm")]


def test_that_errors_come_through_and_a_closed_engine_says_so(url):
    async def asked():
        engine = await AsyncEngine.open(url, BOOK)
        with pytest.raises(InvalidEvent, match=r"did you mean 'kudos\.given'"):
            await engine.record(Event(**{**vars_of(thanks(0)), "type": "kudo.given"}))
        with pytest.raises(StoreFault, match="digest"):
            await AsyncEngine.open(url, RuleBook.parse("[book]\nid = 'b'"))
        await engine.close()
        await engine.close()
        with pytest.raises(StoreFault, match="closed"):
            await engine.record(thanks(0))

    asyncio.run(asked())


def test_that_whoever_closes_it_too_waits_as_well(url):
    async def closed_twice():
        engine = await AsyncEngine.open(url, BOOK)
        recording = asyncio.create_task(engine.record_many(map(thanks, range(BATCH - 1))))
        await asyncio.sleep(0)
        one = asyncio.create_task(engine.close())
        await asyncio.sleep(0)
        one.cancel()
        await engine.close()
        with Engine.open(url) as after:
            assert after.receipt(f"k{BATCH - 2}").status == "recorded"
        return await recording

    assert asyncio.run(closed_twice()).recorded == BATCH - 1


@pytest.mark.parametrize("where", ["memory", "store"])
def test_that_the_last_entries_are_read_without_the_others(tmp_path, where):
    book, rules = RuleBook.parse(TWO), ("kudos", "twice")
    url = f"sqlite:///{tmp_path}/acme.db"
    engine = Engine.open(url, book) if where == "store" else Engine(book)
    engine.record_many(map(thanks, range(6_000)))
    engine.retract("k17", at=FIRST)

    async def asked():
        async with AsyncEngine(engine) as awaited:
            latest = awaited.latest_entries
            expected = (await awaited.ledger("m1"))[::-1]
            assert len(expected) > 110
            engine._memory.let_go()
            for before, rule in ((None, None), (expected[100].no, None), (10**19, rules[1])):
                mine = [
                    each
                    for each in expected
                    if rule in (None, each.rule) and (before is None or each.no < before)
                ]
                assert await latest("m1", "points", rule, before=before, limit=30) == mine[:30]
            assert await latest("m1", before=1, limit=30) == await latest("x", limit=9) == []
            with pytest.raises(UnknownName, match="did you mean 'kudos'"):
                await latest("m1", rule="kudo")
            if where == "store":
                engine._memory._reset()
                await latest("m1", limit=30)
                assert len(engine._memory.accounts.rows.held) <= 50

    asyncio.run(asked())
    engine.close()


def test_that_a_member_has_come_further_with_whatever_they_do(tmp_path):
    """Be it late, and worth nothing: pages are kept by it."""

    def read(name: str, at: timedelta, actor: str = "ann") -> Event:
        return Event(
            id=name, type="object.read", occurred_at=FIRST + at, actor=actor, object="plan"
        )

    async def play() -> None:
        async with AsyncEngine(Engine.open(f"sqlite:///{tmp_path}/a.db", BOOK)) as engine:
            found = [await EngineReader(engine).stamp_of("ann")]
            share = Event(id="p", type="post.shared", occurred_at=FIRST, actor="raj", object="plan")
            days = map(timedelta, (5, 9, 1, 3))
            for event in (share, *(read(f"r{at.days}", at) for at in days)):
                await engine.record(event)
                found.append(await EngineReader(engine).stamp_of("ann"))
            assert found[0] == found[1] and len(set(found)) == 5
            await engine.record(read("other", timedelta(days=2), "li"))
            assert await EngineReader(engine).stamp_of("ann") == found[-1]

    asyncio.run(play())


# ---- upkeep ----------------------------------------------------------------------------------------------

OTHER = RuleBook.parse("[book]\nid = 'other'\nuse = ['sharing']\ndrop = ['kudos']")


@pytest.fixture
def in_a_new_thread():
    """A function that calls in a thread of its own; all threads stay alive, as a later one may get the number of one that has ended."""
    with ExitStack() as threads:

        def new(call):
            thread = threads.enter_context(ThreadPoolExecutor(1))
            return thread.submit(call).result(timeout=60)

        yield new


def test_that_each_page_of_a_preview_may_be_asked_for_in_another_thread(url, in_a_new_thread):
    with Engine.open(url, BOOK) as engine:
        engine.record_many(map(thanks, range(200)))
    expected = list(preview(url, OTHER))
    found, pages = preview(url, OTHER), []
    while page := in_a_new_thread(lambda: [*islice(found, 20)]):
        pages.append(page)
    assert [len(page) for page in pages] == [20, 20, 10]
    assert [change for page in pages for change in page] == expected


def test_that_a_preview_may_be_given_up_in_another_thread(url, in_a_new_thread):
    with Engine.open(url, BOOK) as engine:
        engine.record_many(map(thanks, range(200)))
    found = preview(url, OTHER)
    assert next(found)
    in_a_new_thread(found.close)
    assert len(list(preview(url, OTHER))) == 50


def test_that_upkeep_runs_in_threads_beside_an_engine_that_records(url, tmp_path):
    async def at_once():
        async with await AsyncEngine.open(url, BOOK) as engine:
            await engine.record_many(map(thanks, range(500)))
            recording = asyncio.create_task(one_after_the_other(engine, range(500, 560)))
            proof = await asyncio.to_thread(verify, url)
            told = await asyncio.to_thread(export, url, member="m7")
            gone = await asyncio.to_thread(forget, url, member="m8")
            archive = tmp_path / "archive.jsonl"
            done = await asyncio.to_thread(prune, url, before=FIRST, archive=archive)
            changes = await asyncio.to_thread(lambda: list(preview(url, OTHER)))
            await recording
            assert (await engine.standing("m7")).points["points"] > 0
        assert not proof.differences and told["events"] and gone.events and done.archived == 0
        assert changes

    asyncio.run(at_once())
    assert not verify(url).differences
    with Engine.open(url) as engine:
        assert engine.record_many(map(thanks, range(560))).recorded == 0


async def one_after_the_other(engine, numbers):
    for number in numbers:
        await engine.record(thanks(number))
