"""The law, for an engine that remembers in a store: whoever records into it, and however often it is opened again."""

import gc
import linecache
import sqlite3
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import copysign
from random import Random
from unittest.mock import patch
from weakref import ref

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis.stateful import initialize, rule

from histories import history
from test_law import (
    EXAMPLES,
    WHOLE,
    Life,
    check_against_naive,
    check_ledger,
    seeds,
    some_book,
)
from wiifm import (
    Engine,
    Event,
    InvalidEvent,
    Measure,
    RuleBook,
    RuleKind,
    StoreFault,
    difference,
    hookimpl,
    verify,
)
from wiifm.archive.archive import Archive
from wiifm.archive.cells import Cells
from wiifm.archive.tables import CELLS, PENDING
from wiifm.collector import young_generation_only
from wiifm.engine_readings import memory_of
from wiifm.program.writing import load
from wiifm.stores.memory import MemoryStore
from wiifm.stores.sqlite import SqliteStore
from wiifm.stores.sqlite_rows import SqliteReader


def record(engine, events, random):
    """Record events in batches of any size; answers what was said of them."""
    said, rest = [], list(events)
    while rest:
        size = random.choice([1, 1, 3, 10, 40])
        batch, rest = rest[:size], rest[size:]
        if size == 1:
            said.append(str(engine.record(batch[0])))
        else:
            tally = engine.record_many(batch)
            assert tally.pending == len(engine.pending())
            said.append(str(tally))
    return said


def check_same(one, other, events):
    """Two engines hold and tell the same."""
    assert list(one.ledger()) == list(other.ledger())
    assert one.pending() == other.pending()
    assert [one.receipt(e.id) for e in events] == [other.receipt(e.id) for e in events]
    for holder in {*one.holders(), *other.holders()}:
        assert one.standing(holder) == other.standing(holder)
        assert list(one.ledger(holder)) == list(other.ledger(holder))
        if holder.kind == "member":
            assert one.member(holder.id) == other.member(holder.id) == holder
            assert str(one.statement(holder.id)) == str(other.statement(holder.id))
    for engine in (one, other):
        assert engine.standings() == [engine.standing(each) for each in engine.holders()]
    for event in events:
        assert one.entries_of(event.id) == other.entries_of(event.id)
        assert other.entries_of(event.id) == [e for e in other.ledger() if e.event == event.id]
    for number in range(1, len(list(one.ledger())) + 1):
        assert one.explain(number) == other.explain(number)
    for purse in one.book.purses:
        assert one.leaderboard(purse) == other.leaderboard(purse)


@given(seeds)
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_a_store_makes_no_difference(seed):
    random = Random(seed)
    book, events = some_book(random), history(random, random.choice([3, 10, 30]))
    resident, stored = Engine(book), Engine.over(MemoryStore(), book)
    assert record(resident, events, Random(seed)) == record(stored, events, Random(seed))
    check_same(resident, stored, events)
    check_against_naive(book, stored, events)
    check_ledger(stored)


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 2), deadline=None)
def test_that_an_engine_holds_no_more_than_it_may_and_knows_all(seed):
    random = Random(seed)
    book, events = some_book(random), history(random, 40)
    resident, stored = Engine(book), Engine.over(MemoryStore(), book)
    states = random.choice([0, 1, 3, 100])  # with 100, states stay while all else is let go
    with (
        patch("wiifm.archive.cache.MOST_HELD", 3),
        patch("wiifm.archive.cache.STATES_HELD", states),
        patch("wiifm.archive.relations.MAX_AWAITED", states),
    ):
        for event in events:
            assert str(stored.record(event)) == str(resident.record(event))
            held = stored._memory.cache
            assert len(held.log.events) <= 3 and held.relations.size <= 3
            assert len(held.histories.member) <= states
            assert all(len(each) <= 3 for each in held.gates.states.values())
            assert held.scope.cells <= 3
            if held.ghosts:
                assert held.ghosts.by_id.size <= 3 >= held.ghosts.relations.size
        check_same(resident, stored, events)
        list(stored.ledger())
        assert max(len(stored._memory.log.events), len(stored._memory.accounts.rows.held)) <= 3


def test_that_an_engine_that_is_only_asked_holds_no_more_of_what_there_is_not():
    engine = Engine.over(MemoryStore(), RuleBook.load("plugin:sharing"))
    at = datetime(2026, 5, 4, tzinfo=UTC)
    joined = [
        Event(id=f"{number}", type="member.joined", occurred_at=at, actor=f"{number}")
        for number in range(20)
    ]
    engine.record_many(joined)
    with patch("wiifm.archive.cache.MOST_HELD", 5):
        for event in joined:
            assert not engine.entries_of(event.id)
    assert engine._memory.cache.accounts.by_event.size <= 5


def test_that_what_states_count_by_object_is_let_go_of_while_the_states_stay():
    book = RuleBook.parse(
        """
        [book]
        id = "reads"
        use = ["sharing"]
        [[badge]]
        id = "reader"
        count = "object.read"
        per = "object"
        to = "actor"
        at_least = 3
        again = "object"
        """
    )
    engine, at = Engine.over(MemoryStore(), book), datetime(2026, 5, 4, tzinfo=UTC)

    def record(kind, name, actor, thing):
        engine.record(Event(id=name, type=kind, occurred_at=at, actor=actor, object=thing))

    for number in range(40):
        record("post.shared", f"post {number}", "bob", f"o{number}")
    with patch("wiifm.archive.cache.MOST_HELD", 20):
        for number in range(100):
            record("object.read", f"read {number:03}", "ann", f"o{number % 40}")
            tables = engine._memory.histories.member["ann"].tables.values()
            assert sum(map(dict.__len__, tables)) <= 45  # there are 40 objects, in two tables
    assert len(engine.standing("ann").badges) == 20


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 8), deadline=None)
def test_that_a_file_is_the_same_when_it_is_opened_again(tmp_path_factory, seed):
    random = Random(seed)
    book, events = some_book(random), history(random, 20)
    path = tmp_path_factory.mktemp("acme") / "acme.db"
    resident = Engine(book)
    resident.record_many(events[:10])
    resident.record_many(events[10:])
    for part, many in ((events[:10], 1), (events[10:], 256)):
        store = SqliteStore(path)
        with patch("wiifm.stores.sqlite_rows._MANY", many):  # with 1, a thread writes all
            Engine.over(store, book).record_many(part)
        store.close()
    store = SqliteStore(path)
    check_same(resident, Engine.over(store, book), events)
    store.close()


class SharedLife(Life):
    """Two engines share a store, in turns, and are opened anew at any time."""

    @initialize(seed=seeds)
    def begin(self, seed):
        super().begin(seed)
        self.store = MemoryStore()
        self.engines = [Engine.over(self.store, self.book) for _ in range(2)]
        self.engine = self.engines[0]

    @rule()
    def take_the_other(self):
        self.engines.reverse()
        self.engine = self.engines[0]

    @rule()
    def open_again(self):
        self.engines[0] = self.engine = Engine.over(self.store, self.book)


TestSharedLife = SharedLife.TestCase
TestSharedLife.settings = Life.TestCase.settings


class Close:
    """Snapshots lie so close that every life has many."""

    def close(self):
        self.patches = ExitStack()
        self.patches.enter_context(patch("wiifm.records.SPACING", 2))
        self.patches.enter_context(patch("wiifm.records.spacing", lambda state: 2))

    def teardown(self):
        self.patches.close()


class CloseLife(Close, Life):
    """A life in memory."""

    @initialize(seed=seeds)
    def begin(self, seed):
        self.close()
        super().begin(seed)


class CloseSharedLife(Close, SharedLife):
    """A life in a store."""

    @initialize(seed=seeds)
    def begin(self, seed):
        self.close()
        super().begin(seed)


TestCloseLife = CloseLife.TestCase
TestCloseSharedLife = CloseSharedLife.TestCase
TestCloseLife.settings = TestCloseSharedLife.settings = Life.TestCase.settings


BOOK = '[book]\nid = "b"\n[[rule]]\nid = "r"\non = "kudos.given"\nto = "recipient"\npoints = %d'


def test_that_another_book_is_refused():
    store = MemoryStore()
    one, other = RuleBook.parse(BOOK % 1), RuleBook.parse(BOOK % 2)
    Engine.over(store, one)
    with pytest.raises(StoreFault) as error:
        Engine.over(store, other)
    assert one.digest in str(error.value)
    assert other.digest in str(error.value)


class Frail(MemoryStore):
    """A store that fails once it has been asked so often, or when all of it is to be committed."""

    left = None

    @contextmanager
    def writing(self):
        with super().writing() as writing:
            yield Asked(self, writing)
            self.ask()

    def ask(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise StoreFault("the disk fails")


class Asked:
    """A transaction of a frail store."""

    def __init__(self, store, writing):
        self._store, self._writing = store, writing

    def __getattr__(self, name):
        self._store.ask()
        return getattr(self._writing, name)


@given(seeds)
@settings(max_examples=max(10, EXAMPLES), deadline=None)
def test_that_what_fails_leaves_nothing_behind(seed):
    random = Random(seed)
    book, rest = some_book(random), history(random, 20)
    store, events = Frail(), [*rest]
    resident, stored = Engine(book), Engine.over(store, book)
    while rest:
        size = random.randint(1, 6)
        batch, rest = rest[:size], rest[size:]
        resident.record_many(batch)
        store.left = random.randint(0, 60)
        with suppress(StoreFault):
            stored.record_many(batch)
        store.left = None
        stored.record_many(batch)
    check_same(resident, stored, events)


def test_that_a_wrong_event_leaves_nothing_behind(kudos):
    store = MemoryStore()
    engine = Engine.over(store, RuleBook.parse(BOOK % 1))
    engine.record(kudos("e1"))
    with pytest.raises(InvalidEvent):
        engine.record("no event")
    assert str(engine.record(kudos("e2"))).startswith("e2: recorded\n  #2")
    assert engine.standing("ann").points["points"] == 2


@pytest.mark.parametrize("wrong", [None, {"id": "e1"}, "no event", 7])
def test_that_something_else_than_an_event_is_rejected_and_the_others_are_recorded(kudos, wrong):
    engine = Engine.over(MemoryStore(), RuleBook.parse(BOOK % 1))
    tally = engine.record_many([wrong, kudos("e1")])
    assert tally.recorded == 1
    [rejected] = tally.rejected
    assert rejected.index == 0 and "expected an Event" in str(rejected)


def test_that_of_two_that_are_as_far_the_same_is_told_from_a_store(kudos):
    text = """
        [book]
        id = "b"
        [[badge]]
        id = "seen"
        to = "actor"
        count = "kudos.given"
        per = "person"
        at_least = 2
        again = "person"
    """
    book, store = RuleBook.parse(text), MemoryStore()
    events = [evolve(kudos("e1"), recipient="zoe"), evolve(kudos("e2"), recipient="ann")]
    Engine.over(store, book).record_many(events)
    (only,) = Engine.over(store, book).statement("bob").next
    assert (only.key, only.value) == ("ann", 1)
    resident = Engine(book)
    resident.record_many(events)
    assert resident.statement("bob").next == (only,)


@pytest.fixture
def kudos():
    """Makes events in which bob thanks ann."""

    def make(name):
        at = datetime(2026, 5, 4, tzinfo=UTC)
        return Event(id=name, type="kudos.given", occurred_at=at, actor="bob", recipient="ann")

    return make


class AnOwner:
    """Whose tables are read one by one and item by item."""

    no, epoch = 1, 2

    def __init__(self, reading):
        self.reading, self.parts, self.written = reading, set(), {}
        self.tables = {name: Cells(self, name) for name in "ab"}

    def count_loaded(self, count):
        """It may hold all of them."""


def test_that_what_a_table_says_now_isnt_lost_where_another_one_is_asked_for_the_same():
    store = MemoryStore()
    store.prepare([CELLS])
    with store.writing() as session:
        found = [
            (1, "p", "a", '"p"', 0, "1"),
            (1, "p", "a", '"p"', 1, "2"),
            (1, "q", "a", '"q"', 0, "5"),
        ]
        session.insert(CELLS, [*found, (1, "p", "b", '"p"', 0, "7")])
        owner = AnOwner(session)
        one, other = owner.tables.values()
        assert dict(one.items()) == {"p": 2, "q": 5}
        one["p"] = 3
        assert other.get("p") == 7 and dict(one.items()) == {"p": 3, "q": 5}
    assert dict(one.items()) == {"p": 3, "q": 5}, "all of it is at hand"


class Turning:
    """A kind of rule and a measure whose states equal each other, and aren't the same."""

    @staticmethod
    def turned(state):
        return {"int": True, "bool": 1.0, "float": Fraction(1), "Fraction": 1}[type(state).__name__]

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        def step(state, activity, settings):
            (inner,) = state
            return (self.turned(inner),), 1 + 2 * isinstance(inner, bool)

        kinds.add(RuleKind(name="turning", step=step, start=(1,)))

    @hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            return -state

        def read(state):
            return int(copysign(1, state))

        measures.add(Measure(name="sign", start=0.0, add=add, read=read))


def test_that_what_equals_the_first_state_of_a_plugin_isnt_taken_for_it(kudos):
    text = """
        [book]
        id = "b"
        [[rule]]
        id = "r"
        on = "kudos.given"
        to = "recipient"
        kind = "turning"
        [[badge]]
        id = "s"
        to = "recipient"
        measure = "sign"
        value = "amount"
        on = "kudos.given"
        at_least = 1
    """
    book, store = RuleBook.parse(text, plugins=[Turning()]), MemoryStore()
    resident = Engine(book)
    for event in [evolve(kudos(name), data={"amount": 1}) for name in ("e1", "e2", "e3")]:
        resident.record(event)
        Engine.over(store, book).record(event)
        there = Engine.over(store, book).standing("ann")
        assert not difference(resident.standing("ann"), there)
    assert resident.standing("ann").badges and not verify(store, book).differences


def test_that_what_is_let_go_of_is_free_at_once():
    """Python's cycle collector rests while much is recorded: what only it would find would stay for as long."""
    random = Random(7)
    engine = Engine.over(MemoryStore(), WHOLE)
    archive = engine._memory
    with young_generation_only():
        record(engine, history(random, 200), random)
        held = [ref(each) for each in _held(archive)]
        archive._reset()
        assert len(held) > 20 and [each() for each in held if each() is not None] == []


def _held(archive):
    """The histories that an archive holds, and what it holds of gates."""
    for kind in ("member", "unit", "community"):
        yield from dict.values(getattr(archive.histories, kind))
    for states in archive.gates.states.values():
        yield from dict.values(states)


def test_that_what_is_refused_keeps_nothing_of_its_batch():
    """A traceback would: it holds all that was at hand where an event was found to be faulty."""
    engine, may = Engine.over(MemoryStore(), WHOLE), datetime(2026, 5, 4, tzinfo=UTC)
    sound = Event(id="e-kept", type="post.shared", occurred_at=may, actor="ann", object="o1")
    other, nothing = evolve(sound, object="o2"), evolve(sound, id="e2", type="nothing")
    with young_generation_only():
        rejected = engine.record_many(iter([sound, other, nothing])).rejected
        engine._memory._reset()
        del sound, other
        assert [each.index for each in rejected] == [1, 2]
        held = [each for each in gc.get_objects() if type(each) is Event and each.id == "e-kept"]
        assert held == []


def test_that_no_more_is_read_ahead_of_a_store_than_there_is_room_for(monkeypatch):
    """Where events come late, more are committed at once, the more there are; what a store holds says nothing of the room here."""
    monkeypatch.setattr(Archive, "batch", 10)
    monkeypatch.setattr(Archive, "most", 25)
    engine, sizes, came = Engine.over(MemoryStore(), WHOLE), [], []
    prefetch = Archive.prefetch
    monkeypatch.setattr(
        Archive,
        "prefetch",
        lambda self, events: sizes.append(len(events)) or prefetch(self, events),
    )
    for number in range(130):
        at = datetime(2026, 5, 4, tzinfo=UTC) - timedelta(minutes=number)
        came.append(
            Event(id=f"e{number}", type="post.shared", occurred_at=at, actor="ann", object="o1")
        )
    engine.record_many(came)
    assert sizes[:3] == [10, 10, 10] and max(sizes) == 25


def test_that_books_are_free_once_no_engine_has_them():
    """Of all that programs were made of, no more is held than of a few."""
    text = '[book]\nid = "b{}"\n[event.met]\n[[rule]]\nid = "r"\non = "met"\npoints = 1\n'
    met = Event(id="e1", type="met", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="ann")
    states, known = [], set(linecache.cache)
    for number in range(60):
        engine = Engine.over(MemoryStore(), RuleBook.parse(text.format(number)))
        engine.record(met)
        states.append(ref(engine._memory.program.states["member"]))
    assert linecache.getlines(next(reversed(linecache.cache)))
    del engine
    gc.collect()
    assert sum(each() is not None for each in states) <= 16
    assert len([each for each in linecache.cache if each not in known]) <= 16


def test_that_lines_are_there_again_though_others_cleared_them_away():
    first = load("cleared", "found = 1\n", {})
    linecache.clearcache()
    assert load("cleared", "found = 1\n", {})["found"] == first["found"]
    assert linecache.getlines("<program of cleared>") == ["found = 1\n"]


def test_that_an_engine_knows_that_a_backup_was_restored_though_so_many_others_recorded(tmp_path):
    first, lost, other, last = history(Random(8), 4)
    store, backup = tmp_path / "acme.db", tmp_path / "backup.db"
    engine = Engine.over(SqliteStore(store), WHOLE)
    engine.record(first)
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
        engine.record(lost)
        stamp = memory_of(engine).stamp()
        copy.backup(source)
    Engine.over(SqliteStore(store), WHOLE).record(other)
    assert memory_of(engine).stamp() != stamp
    engine.record(last)
    check_against_naive(WHOLE, engine, [first, other, last])
    assert not verify(SqliteStore(store), WHOLE).differences


def test_that_what_waits_is_counted_once_and_not_batch_by_batch(tmp_path):
    url, looked_at = f"sqlite:///{tmp_path / 'a.db'}", []
    read = SqliteReader.scan

    def scan(reader, table, *more, **how):
        looked_at.append(table)
        return read(reader, table, *more, **how)

    def liked(number):
        at = datetime(2026, 5, 4, tzinfo=UTC) + timedelta(minutes=number)
        return Event(id=f"l{number}", type="object.liked", occurred_at=at, actor="bob", object="q1")

    asked = evolve(liked(-1), id="q", type="question.asked", actor="ann")
    with Engine.open(url, RuleBook.load("plugin:sharing")) as engine:
        with patch.object(SqliteReader, "scan", scan):
            waiting = [engine.record_many([liked(number)]).pending for number in range(6)]
        assert waiting == [1, 2, 3, 4, 5, 6]
        assert looked_at.count(PENDING) == 1
        with Engine.open(url, engine.book) as other:  # whose commit the first learns of
            assert other.record_many([liked(7)]).pending == 7
        assert engine.record_many([liked(8)]).pending == 8
        assert engine.record_many([asked]).pending == 0
