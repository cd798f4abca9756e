"""Deliveries are told every notice at least once, in order per member, whatever fails meanwhile."""

from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest
from attrs import evolve

from histories import MEMBERS, history
from processes import TEXT, batches, record
from wiifm import (
    Delivery,
    Engine,
    Event,
    Gone,
    InvalidInput,
    RuleBook,
    StoreBusy,
    UnknownName,
    hookimpl,
    verify,
)
from wiifm.archive.archive import Archive
from wiifm.archive.codec import micros
from wiifm.archive.copying import copy_archive
from wiifm.outbox import Told, progress, retry, rounds, undelivered
from wiifm.outbox.outbox import Outbox
from wiifm.outbox.rounds import LEASE, LONG_PAUSE, MAX_FAILURES, PAGE, PAUSE, notices_of
from wiifm.outbox.state import undelivered_to
from wiifm.outbox.tables import DELIVERIES, DUE, HOLDER, KIND, NOTICE, UNDELIVERED, WAITING
from wiifm.retention import prune
from wiifm.stores import memory
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store
from wiifm.upkeep.exporting import export
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.rescoring import rescore

BOOK = RuleBook.parse(TEXT)
KUDOS = RuleBook.parse(
    """
    [book]
    id = "kudos"
    [[rule]]
    id = "kudos"
    on = "kudos.given"
    to = "recipient"
    points = 5
    say = "{actor} thanked you"
    [[badge]]
    id = "thanked"
    to = "recipient"
    count = "kudos.given"
    at_least = 2
    [ladder.path]
    levels = { newcomer = 0, helper = 10 }
    [[ladder.trust.level]]
    id = "known"
    count = "kudos.given"
    to = "recipient"
    """
)
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
numbers = count()


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def tick(self, **more):
        self.now += timedelta(**more)


class Chat:
    """Takes notices; fails for whomever it is told to."""

    def __init__(self):
        self.heard = []
        self.failing = set()
        self.tried = 0

    def __call__(self, notice):
        self.tried += 1
        if notice.holder.id in self.failing:
            raise ConnectionError(f"no way to {notice.holder.id}")
        self.heard.append(notice)

    def told(self, holder=None):
        return [str(each.about) for each in self.heard if holder in (None, each.holder.id)]


def kudos(recipient="ann", number=None):
    number = next(numbers) if number is None else number
    at = START + timedelta(minutes=number)
    return Event(
        id=f"k{number}", type="kudos.given", occurred_at=at, actor="bob", recipient=recipient
    )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def chat():
    return Chat()


@pytest.fixture(params=["engine in memory", "memory", "sqlite", "postgres"])
def store(request, tmp_path):
    """A store; or none, for an engine in memory."""
    if request.param == "engine in memory":
        yield None
    elif request.param == "memory":
        yield MemoryStore()
    else:
        url = f"sqlite:///{tmp_path}/outbox.db"
        if request.param == "postgres":
            url = request.getfixturevalue("postgres_urls")()
        with closing(open_store(url)) as found:
            yield found


def opened(store, book, clock, **deliveries):
    observers = [
        to if isinstance(to, Delivery) else Delivery(name, to) for name, to in deliveries.items()
    ]
    if store is None:
        return Engine(book, observers, clock)
    return Engine.over(store, book, observers, clock)


def held(engine):
    """What the outbox of an engine holds."""
    return undelivered(engine._dispatcher.outbox.store)


def test_that_each_notice_is_told_once_where_nothing_fails(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    engine.record(kudos(number=1))
    assert [(each.type, str(each)) for each in chat.heard] == [
        ("entry.written", "#1  ann  +5 points  kudos  bob thanked you"),
        ("level.reached", "ann has reached known on trust"),
    ]
    engine.record(kudos(number=2))
    assert [(each.type, str(each)) for each in chat.heard[2:]] == [
        ("entry.written", "#2  ann  +5 points  kudos  bob thanked you"),
        ("award.granted", "ann has earned thanked"),
        ("level.reached", "ann has reached helper on path"),
    ]
    engine.retract("k1")
    assert [(each.type, str(each.about)) for each in chat.heard[5:]] == [
        ("entry.written", "#3  ann  -5 points  kudos  bob thanked you  (corrects #1)"),
        ("award.withdrawn", "thanked"),
        ("level.lost", "ann is back on newcomer on path, after helper"),
    ]
    engine.record(kudos(number=2))
    assert engine.deliver() == {"chat": 0}
    assert len(chat.heard) == 8 and not held(engine)


@pytest.mark.parametrize("seed", [0, 1, 3, 4])
def test_that_every_notice_comes_in_order_though_anything_fails(store, seed, clock):
    random = Random(seed)
    heard, lost = [], 0

    def flaky(notice):
        nonlocal lost
        clock.tick(seconds=random.choice([0, 0, 0, 1, 30]))
        if random.random() < 0.2:
            lost += 1
            raise ConnectionError("lost")
        heard.append(notice)
        if random.random() < 0.05:
            raise TimeoutError("it came, but nobody heard of it")

    patient = Delivery("flaky", flaky, attempts=1_000, longest=timedelta(hours=1))
    engine, receipts = opened(store, BOOK, clock, flaky=patient), []
    calm = Engine(BOOK, [receipts.extend])
    for batch in batches(random, history(random, 150)):
        record(engine, batch)
        record(calm, batch)
        clock.tick(minutes=random.choice([0, 0, 1, 10]))
        if store is not None and random.random() < 0.2:
            engine = opened(store, BOOK, clock, flaky=patient)
    for _ in range(500):
        if not held(engine):
            break
        clock.tick(minutes=61)
        engine.deliver()
    assert lost > 30 and not held(engine)
    expected = [notice for receipt in receipts for notice in notices_of(BOOK, receipt)]
    assert len({notice.id for notice in expected}) == len(expected) > 100
    assert {notice.type for notice in expected} >= {"entry.written", "award.granted", "level.lost"}
    for holder in {notice.holder for notice in expected}:
        first = dict.fromkeys(notice.id for notice in heard if notice.holder == holder)
        assert list(first) == [notice.id for notice in expected if notice.holder == holder]


def test_that_who_fails_holds_back_nobody_else(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    chat.failing = {"ann"}
    for recipient in ("ann", "cy", "ann", "cy"):
        engine.record(kudos(recipient))
    assert chat.told("ann") == [] and len(chat.told("cy")) == 5
    assert chat.tried == 6
    assert [(each.state, each.attempts) for each in held(engine)] == [
        ("failed", 1),
        *[("waiting", 0)] * 4,
    ]
    assert {each.reason for each in held(engine)} == {
        "ConnectionError('no way to ann')",
        "an earlier notice of the same holder waits",
    }
    chat.failing = set()
    assert engine.deliver() == {"chat": 0}, "the pause isn't over yet"
    clock.tick(seconds=7)
    assert engine.deliver() == {"chat": 5}
    assert [each.type for each in chat.heard if each.holder.id == "ann"] == [
        "entry.written",
        "level.reached",
        "entry.written",
        "award.granted",
        "level.reached",
    ]
    assert not held(engine)


def test_that_pauses_grow_and_what_failed_too_often_is_parked(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=Delivery("chat", chat, attempts=4))
    chat.failing = {"ann"}
    engine.record(kudos())
    pauses = []
    while (head := held(engine)[0]).due is not None:
        pauses.append((head.due - clock.now).total_seconds())
        clock.now = head.due
        engine.deliver()
    for pause, plain in zip(pauses, [5, 20, 80], strict=True):
        assert 0.74 * plain < pause < 1.26 * plain
    assert (head.attempts, head.state) == (4, "parked")
    assert head.reason == "ConnectionError('no way to ann')"
    chat.failing = set()
    clock.tick(seconds=7)
    engine.deliver()
    assert chat.told() == ["ann has reached known on trust"], "what is parked holds back nothing"
    assert retry(engine._dispatcher.outbox.store, clock.now) == 1
    assert engine.deliver() == {"chat": 1}
    assert not held(engine)


def test_that_no_pause_is_longer_than_the_longest():
    delivery = Delivery("chat", print)
    pauses = [delivery.pause(f"n{no}", attempts=12) for no in range(1_000)]
    assert timedelta(hours=7) < min(pauses) < timedelta(hours=8)
    assert timedelta(hours=11) < max(pauses) <= timedelta(hours=12)


def test_that_one_notice_is_retried_with_what_waits_for_the_same_holder(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    chat.failing = {"ann", "cy"}
    engine.record_many([kudos("ann"), kudos("cy")])
    chat.failing = set()
    first = next(each for each in held(engine) if each.holder.id == "ann")
    store = engine._dispatcher.outbox.store
    with pytest.raises(UnknownName, match="delivery 'mail': the store knows chat"):
        retry(store, clock.now, "mail", [first.notice])
    misspelt = first.notice[:-1]
    with pytest.raises(UnknownName) as error:
        retry(store, clock.now, "chat", [first.notice, misspelt])
    told = f"notice '{misspelt}': none with this id waits or is parked; did you mean"
    assert str(error.value).startswith(told)
    with pytest.raises(UnknownName, match=r"'n1', 'n2': none with these ids waits or .+d$"):
        retry(store, clock.now, None, ["n1", first.notice, "n2", "n1"])
    assert held(engine)[0].attempts == 1, "nothing was changed"
    assert retry(store, clock.now, "chat", [first.notice]) == 2
    assert engine.deliver() == {"chat": 2}
    with pytest.raises(UnknownName, match="none with this id waits or is parked"):
        retry(store, clock.now, "chat", [first.notice])
    assert {each.holder.id for each in chat.heard} == {"ann"}


def test_that_an_observer_that_is_away_is_left_alone_for_a_while(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    members = [f"m{number}" for number in range(20)]
    chat.failing = set(members)
    engine.record_many([kudos(member) for member in members])
    assert chat.tried == MAX_FAILURES
    engine.record(kudos("ann"))
    clock.tick(seconds=59)
    engine.deliver()
    assert chat.tried == MAX_FAILURES and not chat.heard
    chat.failing = set()
    clock.now += PAUSE
    engine.deliver()
    assert len(chat.heard) == 2 * 21
    assert not held(engine)


def test_that_it_is_left_alone_though_each_commit_has_little_to_tell(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    members = [f"m{number}" for number in range(10)]
    chat.failing = set(members)
    for member in members:
        engine.record(kudos(member))
    assert chat.tried == MAX_FAILURES
    clock.now += PAUSE
    engine.deliver()
    assert chat.tried == MAX_FAILURES + 1, "one call tells that it isn't back"
    engine.record(kudos("ann"))
    assert chat.tried == MAX_FAILURES + 1
    chat.failing = set()
    clock.now += PAUSE
    engine.deliver()
    chat.failing, tried = set(members), chat.tried
    engine.record(kudos(members[0]))
    engine.record(kudos("ann"))
    assert chat.tried > tried + 1, "one failure is none in a row once a call got through"
    assert {each.holder.id for each in chat.heard} >= {"ann"}


def test_that_who_is_gone_is_told_nothing_until_somebody_says_so(store, clock):
    heard, tried, gone = [], [], [True]

    def told(notice):
        tried.append(notice)
        if gone[0]:
            raise Gone("nobody is there any more; name somebody else")
        heard.append(notice)

    engine = opened(store, KUDOS, clock, chat=told)
    told_of = [engine.record(kudos(member)) for member in ("ann", "ann", "cy")]
    parked = [each for each in held(engine) if each.state == "parked"]
    assert [each.attempts for each in parked] == [1] and "name somebody else" in parked[0].reason
    clock.now += LONG_PAUSE - timedelta(seconds=1)
    told_of.append(engine.record(kudos("dee")))
    assert len(tried) == 1
    clock.tick(seconds=1)
    engine.deliver()
    assert len(tried) == 2, "one tells whether they are back"
    gone[0] = False
    assert retry(engine._dispatcher.outbox.store, clock()) >= 2
    engine.deliver()
    assert not held(engine)
    for member in ("ann", "cy", "dee"):
        due = [each for receipt in told_of for each in notices_of(KUDOS, receipt)]
        mine = [each for each in heard if each.holder.id == member]
        assert mine == [each for each in due if each.holder.id == member]


def test_that_what_is_left_of_an_event_waits_in_one_line_when_somebody_is_gone(store, clock):
    def told(notice):
        if notice.event == "k902":
            raise Gone("nobody is there any more")

    engine = opened(store, KUDOS, clock, chat=told)
    engine.record_many([kudos(number=901), kudos(number=902)])
    assert [each.state for each in held(engine)] == ["parked", *["waiting"] * 3]
    check_lines(engine._dispatcher.outbox.store)


def test_that_one_outage_is_told_of_little_and_costs_little(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    chat.failing = {"ann", "cy", "dee", "eve"}
    for _ in range(10):
        engine.record_many([kudos(member) for member in sorted(chat.failing)])
    assert chat.tried == MAX_FAILURES
    assert len(held(engine)) < 10, "the rest stays where it is: in the log"


def test_that_a_delivery_begins_when_it_is_first_there(store, clock, chat):
    if store is None:
        pytest.skip("an engine in memory has no past")
    Engine.over(store, KUDOS).record_many([kudos(), kudos()])
    engine = opened(store, KUDOS, clock, chat=chat)
    assert engine.deliver() == {"chat": 0}
    engine.record(kudos())
    assert len(chat.heard) == 1
    Engine.over(store, KUDOS).record(kudos())
    assert len(chat.heard) == 1, "an engine that doesn't have it leaves it alone"
    assert opened(store, KUDOS, clock, chat=chat).deliver() == {"chat": 1}
    assert progress(store) == {"chat": Told(4, 4)}


def test_that_nothing_was_told_where_nothing_was_recorded(clock, chat):
    store = MemoryStore()
    assert opened(store, KUDOS, clock, chat=chat).deliver() == {"chat": 0}
    assert progress(store) == {"chat": Told(0, 0)}


def test_that_many_pages_are_told(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    engine.record_many([kudos(f"m{number % 7}") for number in range(2 * PAGE + 5)])
    assert len([each for each in chat.heard if each.type == "entry.written"]) == 2 * PAGE + 5
    chat.failing = {"ann"}
    engine.record_many([kudos() for _ in range(2 * PAGE)])
    assert len(held(engine)) == 2 * PAGE + 3
    chat.failing = set()
    clock.tick(seconds=10)
    assert engine.deliver() == {"chat": 2 * PAGE + 3}
    entries = [each.about.no for each in chat.heard if each.type == "entry.written"]
    assert entries == sorted(entries)


def test_that_telling_somebody_costs_no_more_where_many_notices_wait(clock, chat, monkeypatch):
    read = []
    reading = memory._Reading
    scan = reading.scan

    def counted(self, table, *of, **more):
        for row in scan(self, table, *of, **more):
            read.append(table.name)
            yield row

    monkeypatch.setattr(reading, "scan", counted)
    engine = opened(MemoryStore(), KUDOS, clock, chat=chat)
    chat.failing = {"ann"}
    engine.record_many([kudos() for _ in range(PAGE)])
    assert len(held(engine)) == PAGE + 3
    read.clear()
    engine.record_many([kudos("cy"), kudos("ann"), kudos("cy")])
    assert read.count("undelivered") < 10
    assert len(held(engine)) == PAGE + 4 and len(chat.told("cy")) == 5


@pytest.fixture
def touched(monkeypatch):
    """The rows of the outbox that are read and written, in memory."""
    rows = {"read": 0, "written": 0}
    scan, find, put = (getattr(memory._Writing, name) for name in ("scan", "find", "put"))

    def scanned(self, table, *of, **more):
        for row in scan(self, table, *of, **more):
            rows["read"] += table is UNDELIVERED
            yield row

    def found(self, table, *of, **more):
        found = find(self, table, *of, **more)
        rows["read"] += len(found) * (table is UNDELIVERED)
        return found

    def written(self, table, those):
        those = list(those)
        rows["written"] += len(those) * (table is UNDELIVERED)
        put(self, table, those)

    monkeypatch.setattr(memory._Reading, "scan", scanned)
    monkeypatch.setattr(memory._Reading, "find", found)
    monkeypatch.setattr(memory._Writing, "put", written)
    return rows


def test_that_failing_again_costs_no_more_where_many_notices_wait(clock, chat, touched):
    engine = opened(MemoryStore(), KUDOS, clock, chat=chat)
    chat.failing = {"ann", "cy"}
    engine.record_many([kudos(who) for _ in range(3 * PAGE) for who in ("ann", "cy")])
    assert len(held(engine)) == 6 * PAGE + 6
    for again in range(3):
        touched.update(read=0, written=0)
        clock.tick(hours=13)
        assert engine.deliver() == {"chat": 0} and chat.tried == 4 + 2 * again
        assert touched["written"] == 2 and touched["read"] < 12
    chat.failing = {"cy"}
    clock.tick(hours=13)
    touched.update(read=0, written=0)
    assert engine.deliver() == {"chat": 3 * PAGE + 3} and len(chat.told("ann")) == 3 * PAGE + 3
    assert touched["written"] < 8 and touched["read"] < 6 * PAGE + 30
    assert {each.holder.id for each in held(engine)} == {"cy"}


def test_that_nothing_is_looked_up_for_who_is_away_though_much_is_due(clock, chat, monkeypatch):
    engine = opened(MemoryStore(), KUDOS, clock, chat=chat)
    members = [f"m{number}" for number in range(50)]
    chat.failing = {*members}
    monkeypatch.setattr(rounds, "PAGE", 10)
    with monkeypatch.context() as patient:
        patient.setattr(rounds, "MAX_FAILURES", 1_000)
        engine.record_many([kudos(member) for member in members])
    assert chat.tried == 50
    looked_up, told = [], Archive.receipts_by_number

    def noted(self, numbers):
        looked_up.extend(numbers)
        return told(self, numbers)

    monkeypatch.setattr(Archive, "receipts_by_number", noted)
    clock.tick(minutes=1)
    engine.deliver()
    assert chat.tried == 51 and len(looked_up) == 10, "one call tells that it is still away"


def test_that_retrying_a_notice_costs_no_more_where_others_wait(clock, chat, touched):
    engine = opened(MemoryStore(), KUDOS, clock, chat=chat)
    chat.failing = {"ann", "cy"}
    engine.record_many([kudos(who) for who in ("cy", *["ann"] * PAGE)])
    store = engine._dispatcher.outbox.store
    first = next(each for each in held(engine) if each.holder.id == "cy")
    touched.update(read=0, written=0)
    assert retry(store, clock.now, None, [first.notice]) == 2
    assert [each.due for each in undelivered_to(store, first.holder)] == [clock.now] * 2
    assert touched["read"] < 10 and touched["written"] == 1


def test_that_one_delivery_alone_is_retried(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat, mail=chat)
    chat.failing = {"ann"}
    engine.record(kudos())
    clock.tick(seconds=1)
    assert retry(engine._dispatcher.outbox.store, clock.now, "mail") == 2
    now = {each.delivery for each in held(engine) if each.due == clock.now}
    assert now == {"mail"} != {each.delivery for each in held(engine)}


def test_that_what_was_parked_goes_back_to_its_place_in_line(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=Delivery("chat", chat, attempts=2))
    chat.failing = {"ann"}
    engine.record_many([kudos(number=901), kudos(number=902), kudos(number=903)])
    for _ in range(3):
        clock.tick(hours=13)
        engine.deliver()
    states = [each.state for each in held(engine)]
    assert states[:3] == ["parked"] * 3 and "waiting" in states
    store, expected = engine._dispatcher.outbox.store, [each.notice for each in held(engine)]
    assert retry(store, clock.now, None, expected[1:2]) == len(states) - 2
    assert retry(store, clock.now, None, expected[:1]) == len(states) - 1
    assert retry(store, clock.now) == len(states)
    assert {(each.attempts, each.due) for each in held(engine)} == {(0, clock.now)}
    chat.failing = set()
    engine.deliver()
    assert [each.id for each in chat.heard] == expected
    assert not held(engine)


def test_that_lines_of_before_are_told_in_order(store, clock, chat):
    """All notices of a line had the moment of its first one."""
    engine = opened(store, KUDOS, clock, chat=chat)
    chat.failing = {"ann"}
    engine.record_many([kudos() for _ in range(PAGE)])
    expected = [each.notice for each in held(engine)]
    with engine._dispatcher.outbox.store.writing() as writing:
        rows = list(writing.scan(UNDELIVERED))
        writing.put(UNDELIVERED, [(*row[:DUE], rows[0][DUE], row[DUE + 1]) for row in rows])
    engine.record(kudos())
    expected += [each.notice for each in held(engine)][len(expected) :]
    clock.tick(hours=13)
    engine.deliver()
    assert len({each.due for each in held(engine)}) == 1
    retry(engine._dispatcher.outbox.store, clock.now)
    chat.failing = set()
    engine.deliver()
    assert [each.id for each in chat.heard] == expected


def test_that_only_one_delivers_at_a_time(store, clock):
    if store is None:
        pytest.skip("nobody else is there")
    heard = []

    def first(notice):
        heard.append(("first", notice.event))
        other.record(kudos(number=900 + len(heard)) if len(heard) < 3 else kudos(number=901))

    engine = opened(store, KUDOS, clock, chat=first)
    other = opened(store, KUDOS, clock, chat=lambda notice: heard.append(("other", notice.event)))
    engine.record(kudos(number=900))
    assert {who for who, _ in heard} == {"first"}, "what comes meanwhile is left to the first"
    assert [event for _, event in heard] == ["k900", "k900", "k901", "k901", "k901", "k902"]
    assert progress(store) == {"chat": Told(3, 3)}


def test_that_who_takes_too_long_is_relieved(store, clock):
    if store is None:
        pytest.skip("nobody else is there")
    heard, counts = [], []

    def slow(notice):
        heard.append(("slow", notice.id))
        for seconds in (119, 1):
            clock.now += timedelta(seconds=seconds)
            counts.append(other.deliver()["chat"])
        raise ConnectionError("too late")

    engine = opened(store, KUDOS, clock, chat=slow)
    other = opened(store, KUDOS, clock, chat=lambda notice: heard.append(("other", notice.id)))
    engine.record(kudos())
    assert counts == [0, 2]
    assert [who for who, _ in heard] == ["slow", "other", "other"]
    assert heard[0][1] == heard[1][1], "at least once, by a stable id"
    assert not undelivered(store), "what the first says too late isn't heard"


def test_that_who_was_relieved_tells_nothing_more(store, clock):
    if store is None:
        pytest.skip("nobody else is there")
    heard = []

    def slow(notice):
        heard.append("slow")
        if len(heard) == 1:
            clock.tick(seconds=120)
            other.deliver()

    engine = opened(store, KUDOS, clock, chat=slow)
    other = opened(store, KUDOS, clock, chat=lambda notice: heard.append("other"))
    engine.record_many([kudos("ann"), kudos("eve")])
    assert heard == ["slow", *["other"] * 4]


class Killed(BaseException):
    """What ends a process, wherever it is."""


def check_lines(store):
    """In each line the first notice, and no other, has a moment at which it is due."""
    with store.reading() as reading:
        standing = [row for row in reading.scan(UNDELIVERED) if row[DUE] is not None]
    first = {row[KIND : HOLDER + 1]: row for row in reversed(standing)}
    for row in standing:
        assert (row[DUE] != WAITING) == (row is first[row[KIND : HOLDER + 1]])


def test_that_what_a_round_told_amid_an_event_that_was_killed_then_is_not_told_again(clock, chat):
    chat.failing = {"ann"}
    store = MemoryStore()
    engine = opened(store, KUDOS, clock, chat=chat)
    engine.record(kudos(number=1))
    head, waiting = held(engine)
    with store.writing() as writing:  # as it is written down amid the event
        writing.put(DELIVERIES, [("chat", 0, 0, "")])
        writing.delete(UNDELIVERED, [("chat", 1, 1)])
    engine.deliver()
    assert held(engine) == [head, waiting]
    check_lines(store)
    chat.failing = set()
    clock.tick(minutes=1)
    engine.deliver()
    assert [each.id for each in chat.heard] == [head.notice, waiting.notice]


class Deadly:
    """A delivery, and a store of its own, that fail for some members, and now and then end the process."""

    def __init__(self, seed, clock, monkeypatch):
        self.random, self.clock, self.store = Random(seed), clock, MemoryStore()
        self.failing, self.likely, self.heard = set(), 0, []
        self.writing = self.store.writing
        monkeypatch.setattr(self.store, "writing", self.killed)

    def __call__(self, notice):
        self.clock.tick(seconds=self.random.choice([0, 0, 1, 30]))
        self.kill()
        if notice.holder.id in self.failing and self.random.random() < 0.5:
            raise ConnectionError
        self.heard.append(notice)

    def kill(self):
        if self.random.random() < self.likely:
            raise Killed

    @contextmanager
    def killed(self):
        with self.writing() as writing:
            yield writing
            self.kill()

    def do_something(self, engine, step):
        member = self.random.choice(MEMBERS)
        self.failing ^= {member}
        self.likely = self.random.choice([0, 0, 0.1])
        if self.random.random() < 0.6:
            thanks = self.random.choices(MEMBERS[:3], k=self.random.randrange(1, 6))
            engine.record_many([kudos(to, 10 * step + n) for n, to in enumerate(thanks)])
        elif self.random.random() < 0.5 and (left := undelivered(self.store)):
            retry(self.store, self.clock.now, None, [self.random.choice(left).notice])
        else:
            engine.deliver()


@pytest.mark.parametrize("attempts", [3, 1_000])
@pytest.mark.parametrize("seed", range(8))
def test_that_no_line_is_stuck_whatever_is_killed(clock, monkeypatch, seed, attempts):
    monkeypatch.setattr("wiifm.outbox.rounds.PAGE", 3)
    deadly = Deadly(seed, clock, monkeypatch)
    delivery = Delivery("chat", deadly, attempts=attempts, longest=timedelta(minutes=5))
    engine = opened(deadly.store, KUDOS, clock, chat=delivery)
    engine.deliver()
    for step in range(60):
        try:
            deadly.do_something(engine, step)
        except Killed:
            engine = opened(deadly.store, KUDOS, clock, chat=delivery)
        clock.tick(seconds=deadly.random.choice([0, 5, 60, 400]))
        check_lines(deadly.store)
    deadly.failing, deadly.likely = set(), 0
    for _ in range(3):
        clock.tick(hours=1)
        retry(deadly.store, clock.now)
        engine.deliver()
    assert not undelivered(deadly.store)
    with engine._memory.reading():
        told = engine._memory.receipts_by_number(range(1, engine._memory.log.size + 1)).values()
    expected = [notice for receipt in told for notice in notices_of(KUDOS, receipt)]
    first = dict.fromkeys(notice.id for notice in deadly.heard)
    assert first.keys() == {notice.id for notice in expected}
    if attempts == 1_000:  # nothing was parked
        for holder in {notice.holder for notice in expected}:
            mine = [notice.id for notice in expected if notice.holder == holder]
            assert [each for each in first if each in mine] == mine


def test_that_a_clock_that_is_put_back_stops_no_delivery(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    engine.deliver()
    clock.tick(days=1000)
    with engine._dispatcher.outbox.store.writing() as writing:  # a process is killed at it
        writing.put(DELIVERIES, [("chat", 0, micros(clock.now + LEASE), "somebody")])
    engine.record(kudos())
    assert not chat.heard
    clock.tick(days=-1000)
    assert engine.deliver() == {"chat": 2}


def test_that_what_failed_while_a_clock_was_ahead_is_not_put_off_until_then(store, clock, chat):
    engine = opened(store, KUDOS, clock, chat=chat)
    clock.tick(days=1000)
    chat.failing = {"ann"}
    engine.record_many([kudos(), kudos("cy")])
    clock.tick(days=-1000)
    chat.failing = set()
    assert len(held(engine)) == 2
    assert engine.deliver() == {"chat": 2}
    assert not held(engine)


def test_that_an_observer_may_record(store, clock):
    heard = []

    def thank(notice):
        heard.append(notice.event)
        if notice.type == "entry.written" and len(heard) < 5:
            engine.record(kudos("bea", number=700 + len(heard)))

    engine = opened(store, KUDOS, clock, chat=thank)
    engine.record(kudos("ann", number=700))
    assert set(heard) == {"k700", "k701", "k703"}


def test_that_what_ends_everything_is_no_failure(store, clock):
    heard = []

    def interrupted(notice):
        heard.append(notice.id)
        if len(heard) == 1:
            raise KeyboardInterrupt

    engine = opened(store, KUDOS, clock, chat=interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.record(kudos())
    assert len(list(engine.ledger())) == 1 and not held(engine)
    assert engine.deliver() == {"chat": 2}
    assert heard[0] == heard[1]


def test_that_a_store_that_is_busy_spoils_no_receipt(store, clock, chat, monkeypatch):
    engine = opened(store, KUDOS, clock, chat=chat)

    def busy(outbox):
        raise StoreBusy("it takes too long")

    monkeypatch.setattr(Outbox, "deliver", busy)
    assert engine.record(kudos()).entries
    assert str(engine.faults[0]) == (
        "the outbox: found it takes too long, expected a store that can be written"
    )
    monkeypatch.undo()
    assert engine.deliver() == {"chat": 2}


def test_that_what_its_event_no_longer_tells_is_parked(clock, chat):
    store = MemoryStore()
    engine = opened(store, KUDOS, clock, chat=chat)
    chat.failing = {"ann"}
    engine.record(kudos())
    with store.writing() as writing:
        rows = list(writing.scan(UNDELIVERED))
        writing.put(UNDELIVERED, [(*row[:NOTICE], "gone", *row[NOTICE + 1 :]) for row in rows])
    clock.tick(seconds=10)
    engine.deliver()
    assert {each.reason for each in undelivered(store)} == {
        "the receipt of its event no longer contains it"
    }
    assert {each.state for each in undelivered(store)} == {"parked"}


class Plugin:
    def __init__(self, *observers):
        self.observers = observers

    @hookimpl
    def wiifm_observers(self, observers):
        observers.add(*self.observers)


def test_that_plugins_contribute_deliveries(chat, clock):
    book = RuleBook.parse(KUDOS.dumps(), plugins=[Plugin(Delivery("news", chat), print)])
    store = MemoryStore()
    Engine.over(store, book, clock=clock).record(kudos())
    assert len(chat.heard) == 2
    assert progress(store) == {"Plugin/news": Told(1, 1)}


def test_that_wrong_deliveries_are_told():
    with pytest.raises(InvalidInput) as caught:
        Delivery("Chat!", 3, attempts=0, first=timedelta(0), longest=5)
    assert str(caught.value).splitlines() == [
        "delivery 'Chat!', name: found 'Chat!', expected a name such as 'answer.posted': lower-case letters and digits, joined by . - or _",
        "delivery 'Chat!', to: found 3, expected a function that takes (notice)",
        "delivery 'Chat!', attempts: found 0, expected an integer of at least 1",
        "delivery 'Chat!', first: found datetime.timedelta(0), expected a positive timedelta, such as timedelta(seconds=5)",
        "delivery 'Chat!', longest: found 5, expected a positive timedelta, such as timedelta(seconds=5)",
    ]
    with pytest.raises(InvalidInput, match="delivery 'news': found a second one with this name"):
        Engine(KUDOS, [Delivery("news", print), Delivery("news", print)])
    twice = Plugin(Delivery("news", print), Delivery("news", print))
    with pytest.raises(InvalidInput, match="delivery 'news': found a second one with this name"):
        RuleBook.parse(KUDOS.dumps(), plugins=[twice])


def test_that_pauses_depend_on_nothing_but_the_notice_and_the_number():
    delivery = Delivery("chat", print)
    pauses = [delivery.pause("n", attempts) for attempts in range(1, 10)]
    assert pauses == [delivery.pause("n", attempts) for attempts in range(1, 10)]
    assert delivery.pause("n", 5_000) < timedelta(hours=15.1)
    assert len({delivery.pause(f"n{number}", 1) for number in range(50)}) > 45


@pytest.fixture
def waiting(clock):
    """A store in which something waits for Ann, because of Cy, and the log goes on."""
    store, chat = MemoryStore(), Chat()
    chat.failing = {"ann", "cy"}
    engine = opened(store, KUDOS, clock, chat=chat)
    engine.record_many([kudos("ann", 801), kudos("cy", 802)])
    return store


def test_that_a_copy_goes_on_where_the_store_stood(waiting, clock, chat):
    target = MemoryStore()
    copy_archive(waiting, target)
    assert undelivered(target) == undelivered(waiting) != []
    clock.tick(seconds=10)
    assert opened(target, KUDOS, clock, chat=chat).deliver() == {"chat": 4}


def test_that_who_is_forgotten_is_told_nothing_more(waiting, clock, chat):
    assert [each["event"] for each in export(waiting, KUDOS, "ann")["undelivered"]] == ["k801"] * 2
    forget(waiting, KUDOS, "ann")
    assert {each.holder.id for each in undelivered(waiting)} == {"cy"}
    assert not verify(waiting, KUDOS).differences
    clock.tick(seconds=10)
    assert opened(waiting, KUDOS, clock, chat=chat).deliver() == {"chat": 2}
    assert {each.holder.id for each in chat.heard} == {"cy"}


def test_that_a_name_is_erased_from_reasons(clock):
    def chat(notice):
        raise ConnectionError("ann's inbox is full")

    store = MemoryStore()
    opened(store, KUDOS, clock, chat=chat).record_many([kudos("ann"), kudos("cy")])
    name = forget(store, KUDOS, "ann").name
    assert undelivered(store)[0].reason == f'ConnectionError("{name}\'s inbox is full")'


QUOTING = RuleBook.parse(
    "[book]\nid = 'q'\n[[rule]]\nid = 'kudos'\non = 'kudos.given'\nto = 'recipient'\npoints = 5\n"
    "say = '{actor} thanked you: {text}'"
)


@pytest.mark.parametrize("way", ["prune", "forget"])
def test_that_what_a_fault_quotes_is_erased_with_it(clock, tmp_path, way):
    def chat(notice):
        raise ConnectionError(f"could not post: {notice}")

    store = MemoryStore()
    thanks = [evolve(kudos(who), data={"text": "a secret"}) for who in ("ann", "ann", "cy")]
    opened(store, QUOTING, clock, chat=chat).record_many(thanks)
    assert "a secret" in undelivered(store)[0].reason
    if way == "prune":
        prune(store, QUOTING, START + timedelta(days=900), tmp_path / "old.jsonl")
    else:
        forget(store, QUOTING, "bob")
    assert [each.reason for each in undelivered(store)] == [
        "ConnectionError; what it said was erased",
        "an earlier notice of the same holder waits",
        "ConnectionError; what it said was erased",
    ]


def test_that_a_notice_about_who_is_forgotten_is_told_without_the_name(clock, chat):
    friends = RuleBook.parse(
        "[book]\nid = 'b'\n[[badge]]\nid = 'friend'\nto = 'recipient'\ncount = 'kudos.given'\n"
        "per = 'person'\nat_least = 1"
    )
    store, chat.failing = MemoryStore(), {"ann"}
    opened(store, friends, clock, chat=chat).record(kudos("ann"))
    name = forget(store, friends, "bob").name
    assert not verify(store, friends).differences
    chat.failing = set()
    clock.tick(seconds=10)
    assert opened(store, friends, clock, chat=chat).deliver() == {"chat": 1}
    assert chat.told() == [f"friend for {name}"]
    assert not undelivered(store)


@pytest.mark.parametrize(
    ("table", "column", "cell"),
    [
        (DELIVERIES, "no", 3),
        (DELIVERIES, "no", 0),
        (DELIVERIES, "name", "sms"),
        (UNDELIVERED, "delivery", "sms"),
        (UNDELIVERED, "no", 2),
        (UNDELIVERED, "no", 4),
        (UNDELIVERED, "notice", "0" * 24),
        (UNDELIVERED, "type", "level.lost"),
        (UNDELIVERED, "kind", "unit"),
        (UNDELIVERED, "holder", "dee"),
        (UNDELIVERED, "event", "k802"),
        (UNDELIVERED, "attempts", None),
        (UNDELIVERED, "reason", None),
    ],
)
def test_that_an_outbox_that_the_log_does_not_give_is_found(waiting, table, column, cell):
    assert not verify(waiting, KUDOS).differences
    with waiting.writing() as writing:
        row = next(writing.scan(table))
        place = table.place(column)
        writing.delete(table, [row[: len(table.key)]])
        writing.put(table, [(*row[:place], cell, *row[place + 1 :])])
    proof = verify(waiting, KUDOS)
    assert [each.table in ("deliveries", "undelivered") for each in proof.differences] == [True]
    assert not proof.can_be_mended  # by deciding all of it once more


def test_that_deciding_anew_tells_nobody(waiting, clock, chat):
    more = RuleBook.parse(KUDOS.dumps().replace("points = 5", "points = 7"))
    assert rescore(waiting, more).corrections == 2
    assert not verify(waiting, more).differences
    clock.tick(seconds=10)
    engine = opened(waiting, more, clock, chat=chat)
    assert engine.deliver() == {"chat": 4}
    engine.record(kudos("ann", 803))
    assert [str(each) for each in chat.heard[4:]] == [
        "#5  ann  +7 points  kudos  bob thanked you",
        "ann has earned thanked",
        "ann has reached helper on path",
    ]


@pytest.mark.parametrize("way", ["prune", "forget"])
def test_that_a_round_under_way_writes_down_nothing_of_what_is_erased(clock, tmp_path, way):
    store, done = MemoryStore(), []

    def chat(notice):
        if not done:
            done.append(notice)
            if way == "prune":
                prune(store, QUOTING, START + timedelta(days=900), tmp_path / "old.jsonl")
            else:
                forget(store, QUOTING, "ann")
        raise ConnectionError(f"no way to {notice.holder}: {notice}")

    thanks = [evolve(kudos(who), data={"text": "a secret"}) for who in ("ann", "cy")]
    opened(store, QUOTING, clock, chat=chat).record_many(thanks)
    gone = "a secret" if way == "prune" else "ann "
    assert not any(gone in f"{each.holder} {each.reason}" for each in undelivered(store))
    assert "cy" in {each.holder.id for each in undelivered(store)}
    assert not verify(store, QUOTING).differences


def test_that_what_was_left_to_tell_is_not_told_to_who_is_forgotten_before(clock, chat):
    store = MemoryStore()
    opened(store, KUDOS, clock, chat=chat).deliver()
    opened(store, KUDOS, clock).record_many([kudos("ann"), kudos("cy")])
    forget(store, KUDOS, "ann")
    opened(store, KUDOS, clock, chat=chat).deliver()
    assert {each.holder.id for each in chat.heard} == {"cy"}
