"""A plugin's function that decides may not use the engine that is calling it; everybody else reads as ever."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from wiifm import (
    AsyncEngine,
    Engine,
    Event,
    Measure,
    RuleBook,
    RuleKind,
    StillDeciding,
    StoreFault,
    hookimpl,
)
from wiifm.stores.memory import MemoryStore

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
RULES = """
[book]
id = "b"
[[rule]]
id = "plain"
on = "post.shared"
points = 2
"""
KIND = "[[rule]]\nid = 'r'\non = 'post.shared'\nkind = 'asking'\n"
BADGE = "[[badge]]\nid = 'r'\nmeasure = 'asking'\nvalue = 'words'\non = 'post.shared'\nat_least = 1"
WHERE = ["memory", "store", "sqlite", "postgres"]


def post(number):
    return Event(
        id=f"e{number}",
        type="post.shared",
        occurred_at=START + timedelta(hours=number),
        actor="ann",
        object=f"p{number}",
        data={"words": 1},
    )


class Asking:
    """A plugin whose step, test and measure call what they are told to, once."""

    def __init__(self):
        self.call = None

    def ask(self):
        call, self.call = self.call, None
        if call:
            call()
        return True

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        kinds.add(RuleKind(name="asking", step=lambda state, *_: (state, self.ask() and 1)))

    @hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            return state + self.ask()

        measures.add(Measure(name="asking", start=0, add=add, read=lambda state: state))


class Judging(Asking):
    """The same with a rule whose test asks."""

    @hookimpl
    def wiifm_rules(self, book):
        @book.rule(id="r", on="post.shared", points=1)
        def asks(activity):
            return self.ask()


@pytest.fixture
def opened(request, tmp_path):
    """A function that opens an engine with a plugin's rule, in memory or over a store."""

    def engine(where, plugin, text=KIND, observers=()):
        book = RuleBook.parse(RULES + text, plugins=[plugin])
        if where == "memory":
            return Engine(book, observers)
        if where == "store":
            return Engine.over(MemoryStore(), book, observers)
        sqlite = f"sqlite:///{tmp_path}/acme.db"
        return Engine.open(
            sqlite if where == "sqlite" else request.getfixturevalue("postgres_urls")(),
            book,
            observers,
        )

    return engine


def check_refused(receipt, told):
    """Only the rule that asked gave nothing, and its refusal says why."""
    assert [entry.rule for entry in receipt.entries] == ["plain"]
    (refusal,) = receipt.refusals
    assert refusal.rule in ("r", "badge:r") and refusal.reason == "fault"
    assert "Asking" in refusal.detail or "Judging" in refusal.detail
    assert f"raised StillDeciding('{told}" in refusal.detail.replace('"', "'")


READINGS = {
    "standing": lambda engine: engine.standing("ann"),
    "standings": lambda engine: engine.standings(),
    "receipt": lambda engine: engine.receipt("e0"),
    "holders": lambda engine: engine.holders(),
    "member": lambda engine: engine.member("ann"),
    "pending": lambda engine: engine.pending(),
    "ledger": lambda engine: list(engine.ledger()),
    "entries_of": lambda engine: engine.entries_of("e0"),
    "explain": lambda engine: engine.explain(1),
    "leaderboard": lambda engine: engine.leaderboard(),
    "statement": lambda engine: engine.statement("ann"),
    "culture": lambda engine: engine.culture(),
    "at_once": lambda engine: engine.at_once,
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("where", ["memory", "sqlite"])
def test_that_a_step_that_reads_its_engine_is_a_fault_of_its_rule(opened, where, reading):
    plugin = Asking()
    with opened(where, plugin) as engine:
        engine.record(post(0))
        plugin.call = lambda: READINGS[reading](engine)
        check_refused(engine.record(post(1)), "nothing can be read while a batch is being decided")
        READINGS[reading](engine)
        assert engine.standing("ann").points["points"] == 5
        assert engine.record(post(2)).refusals == ()


@pytest.mark.parametrize(
    ("plugin", "text"),
    [(Asking, KIND), (Judging, ""), (Asking, BADGE)],
    ids=["step", "test", "add"],
)
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda engine: engine.standing("ann"), "nothing can be read while a batch"),
        (lambda engine: engine.close(), "an engine can't be closed while it decides a batch"),
        (lambda engine: engine.deliver(), "nothing can be delivered while a batch"),
        (lambda engine: engine.record(post(9)), "nothing can be recorded while a batch"),
    ],
    ids=["read", "close", "deliver", "record"],
)
def test_that_whoever_decides_may_not_use_the_engine(opened, where, plugin, text, call, told):
    asking = plugin()
    with opened(where, asking, text) as engine:
        asking.call = lambda: call(engine)
        check_refused(engine.record(post(0)), told)
        assert engine.standing("ann").points["points"] == 2
        assert engine.record(post(1)).status == "recorded", "it is still open"


@pytest.mark.parametrize("where", WHERE)
def test_that_an_iterator_from_before_tells_nothing_in_the_middle(opened, where):
    plugin = Asking()
    with opened(where, plugin) as engine:
        entries = engine.ledger()
        plugin.call = lambda: next(entries)
        check_refused(engine.record(post(0)), "nothing can be read while a batch")


@pytest.mark.parametrize("where", WHERE)
def test_that_an_observer_reads_what_was_committed(opened, where):
    told = []

    def observe(receipts):
        told.append(engine.standing("ann").points["points"])
        engine.deliver()

    with opened(where, Asking(), observers=[observe]) as engine:
        engine.record(post(0))
        engine.record_many([post(1), post(2)])
        assert told == [3, 9]
        assert not engine.faults


@pytest.mark.parametrize("where", WHERE)
def test_that_another_thread_reads_while_a_batch_is_decided(opened, where):
    """It waits for the end of the batch, and is not refused."""
    plugin, read, began = Asking(), [], threading.Event()
    with opened(where, plugin) as engine:
        engine.record(post(0))

        def reader():
            began.set()
            read.append(engine.standing("ann").points["points"])

        other = threading.Thread(target=reader, daemon=True)
        plugin.call = lambda: (other.start(), began.wait(20))
        assert engine.record(post(1)).refusals == ()
        other.join(20)
        assert read == [6]


def test_that_an_engine_may_be_read_by_the_rule_of_another(opened):
    """It isn't pure, but nothing there is half made."""
    one, other = Asking(), Asking()
    first, second = opened("memory", one), opened("store", other)
    first.record(post(0))
    one.call = lambda: second.record(post(7))
    other.call = lambda: first.standing("ann")
    assert first.record(post(1)).refusals == ()
    assert [each.reason for each in second.receipt("e7").refusals] == ["fault"], "it is deciding"
    other.call = lambda: first.standing("ann")
    assert second.record(post(8)).refusals == ()


def test_that_what_a_step_left_behind_may_read_later(opened):
    """A task keeps a copy of the context in which it was made; it isn't in the middle for ever."""
    plugin, engine, read = Asking(), None, []
    engine = opened("memory", plugin)

    async def later():
        await asyncio.sleep(0)
        read.append(engine.standing("ann").points["points"])

    async def record():
        tasks = []
        plugin.call = lambda: tasks.append(asyncio.get_running_loop().create_task(later()))
        engine.record(post(0))
        await asyncio.gather(*tasks)

    asyncio.run(record())
    assert read == [3]


def test_that_a_batch_that_is_taken_back_is_decided_anew_like_any_other(opened):
    """An engine in memory folds again what was there before a batch that failed; a function that reads then is refused, too."""
    plugin = Asking()
    engine = opened("memory", plugin)
    engine.record(post(0))

    class Interrupted(BaseException):
        pass

    def read():
        with pytest.raises(StillDeciding, match="nothing can be read while a batch") as fault:
            engine.standing("ann")
        told.append(fault.value)

    def interrupt():
        plugin.call = read
        raise Interrupted

    told = []
    plugin.call = interrupt
    with pytest.raises(Interrupted):
        engine.record(post(1))
    assert len(told) == 1
    assert engine.standing("ann").points["points"] == 3
    assert engine.record(post(1)).refusals == ()


ASYNC = {
    "standing": (lambda engine: engine.standing("ann"), "nothing can be read while a batch"),
    "culture": (lambda engine: engine.culture(), "nothing can be read while a batch"),
    "holders": (lambda engine: engine.holders(), "nothing can be read while a batch"),
    "record": (lambda engine: engine.record(post(9)), "nothing can be recorded while a batch"),
    "record_many": (lambda engine: engine.record_many([]), "nothing can be recorded while a batch"),
    "deliver": (lambda engine: engine.deliver(), "nothing can be delivered while a batch"),
    "close": (lambda engine: engine.close(), "an engine can't be closed while it decides a batch"),
}


@pytest.mark.parametrize("call", ASYNC)
@pytest.mark.parametrize("where", ["memory", "sqlite"])
@pytest.mark.parametrize("loop", ["its own", "that of the engine"])
def test_that_a_step_that_awaits_its_engine_is_refused_instead_of_waiting_for_itself(
    opened, where, loop, call
):
    plugin = Asking()
    ask, told = ASYNC[call]

    async def recorded():
        async with AsyncEngine(opened(where, plugin)) as engine:
            await engine.record(post(0))
            outer = asyncio.get_running_loop()

            async def asked():
                return await ask(engine)

            if loop == "its own":
                plugin.call = lambda: asyncio.run(asked())
            else:
                plugin.call = lambda: asyncio.run_coroutine_threadsafe(asked(), outer).result(10)
            receipt = await engine.record(post(1))
            read = await engine.standing("ann")
            assert not (await engine.record(post(2))).refusals
            return receipt, read.points["points"]

    receipt, points = asyncio.run(asyncio.wait_for(recorded(), 20))
    check_refused(receipt, told)
    assert points == 5


def test_that_others_read_while_an_engine_on_a_loop_decides(opened):
    plugin, middle, end = Asking(), threading.Event(), threading.Event()

    async def both():
        async with AsyncEngine(opened("memory", plugin)) as engine:
            plugin.call = lambda: (middle.set(), end.wait(10))
            recording = asyncio.create_task(engine.record(post(0)))
            await asyncio.to_thread(middle.wait, 10)
            reading = asyncio.create_task(engine.standing("ann"))
            await asyncio.sleep(0)
            end.set()
            assert not (await recording).refusals
            return (await reading).points["points"]

    assert asyncio.run(asyncio.wait_for(both(), 20)) == 3


def test_that_an_engine_that_is_closed_says_that_first():
    engine = Engine.over(MemoryStore(), RuleBook.load("plugin:sharing"))
    engine.close()
    with pytest.raises(StoreFault, match="is closed"):
        engine.standing("ann")
