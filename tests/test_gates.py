"""Claims at a gate that come late, or are taken back: only those behind them are looked at again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from test_law import check_against_naive
from wiifm import Engine, Event, RuleBook, verify
from wiifm.archive import gates
from wiifm.archive.tables import CLAIMS, DOORS
from wiifm.gate_state import GateState
from wiifm.program.gates import Pairing, terms_of
from wiifm.rules import Gate
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
GATES = {
    "first": Gate(of=("object",), times=1),
    "seven": Gate(times=7),
    "points": Gate(points=40),
    "distinct": Gate(times=5, distinct="actor"),
    "distinct points": Gate(points=40, distinct="actor"),
    "carried": Gate(of=("actor",), times=3, per="day", carry=4),
    "carried points": Gate(of=("actor",), points=12, per="day", carry=30),
    "pair": Pairing(of=("actor", "recipient"), within=timedelta(hours=3)),
}


def claim(random, gate, number):
    """What is asked of a gate at some moment."""
    at = START + timedelta(hours=random.randrange(90))
    amount = 0 if gate.points is None else random.randrange(12) * 10**6
    actor = random.choice(["ann", "bob"] if isinstance(gate, Pairing) else [*"abcdefgh", None])
    period = at.toordinal() if gate.carry is not None else 0
    return at, f"e{number}", "rule", 0, amount, actor, period


def entered(gate, claims):
    """The state of a gate that claims came to in order."""
    state = GateState(terms_of(gate))
    for each in sorted(claims, key=lambda each: each[:4]):
        state.enter(each)
    return state


def test_that_nobody_who_claimed_is_taken_for_a_member_called_none():
    gate = Gate(times=3, distinct="actor")
    first, nobody, again = (
        (START + timedelta(hours=hour), f"e{hour}", "rule", 0, 0, actor, 0)
        for hour, actor in enumerate(["None", None, "None"])
    )
    state = entered(gate, [first, nobody, again])
    state.remove(nobody)
    assert state.settle() == []
    assert state.claims == entered(gate, [first, again]).claims


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("seed", range(12))
def test_that_claims_have_the_places_that_they_had_if_they_came_in_order(name, seed):
    random, gate = Random(seed), GATES[name]
    claims = [claim(random, gate, number) for number in range(random.choice([0, 5, 40]))]
    state = entered(gate, claims)
    for number in range(50, 75):
        before = {each[1]: each[7] for each in state.claims}
        for _ in range(random.choice([1, 1, 3])):
            if claims and random.random() < 0.4:
                state.remove(claims.pop(random.randrange(len(claims))))
            else:
                claims.append(claim(random, gate, f"{number}{random.random()}"))
                state.insert(claims[-1])
        moved = state.settle()
        fresh = entered(gate, claims)
        assert state.claims == fresh.claims
        used = ("through", "points", "actors", "period", "carried")
        assert [getattr(state, each) or None for each in used] == [
            getattr(fresh, each) or None for each in used
        ]
        after = {each[1]: each[7] for each in state.claims}
        kept = after.keys() & before.keys()
        new = {each for each in after.keys() - before.keys() if after[each]}
        assert set(moved) == {each for each in kept if before[each] != after[each]} | new
        if claims and random.random() < 0.4:  # go on in order, as what was late may be
            behind = (max(each[0] for each in claims), f"f{number}", *claims[-1][2:6], 0)
            if gate.carry is not None:
                behind = (*behind[:6], behind[0].toordinal())
            claims.append(behind)
            assert state.enter(behind) == fresh.enter(behind)


BOOK = RuleBook.parse(
    """
    [book]
    id = "gates"
    [[rule]]
    id = "first"
    on = "kudos.given"
    to = "recipient"
    points = "4 - place"
    gate = { of = "all", times = 3 }
    [[rule]]
    id = "day"
    on = "kudos.given"
    to = "actor"
    points = 2
    gate = { of = "all", times = 4, per = "day", distinct = "actor" }
    [[rule]]
    id = "budget"
    on = "kudos.given"
    to = "recipient"
    points = "amount"
    gate = { of = "recipient", points = 20 }
    weaker = { mutual = 0.5, within = "2 days" }
    [[rule]]
    id = "allowance"
    on = "kudos.given"
    to = "recipient"
    points = "amount"
    gate = { of = "actor", points = 6, per = "day", carry = 9 }
    """
)


def kudos(number, random):
    """Kudos of one of four to another, some time in a fortnight."""
    actor, recipient = random.sample(["ann", "bob", "cy", "dee"], 2)
    return Event(
        id=f"k{number}",
        type="kudos.given",
        occurred_at=START + timedelta(hours=random.randrange(14 * 24)),
        actor=actor,
        recipient=recipient,
        data={"amount": random.randrange(1, 7)},
    )


def rows(store):
    """What is kept of gates; those at which nothing is claimed any more aside."""
    with store.reading() as reading:
        claims = list(reading.scan(CLAIMS))
        keys = {row[:2] for row in claims}
        return claims, [row for row in reading.scan(DOORS) if row[:2] in keys]


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
@pytest.mark.parametrize("page", [1, 3, 250])
@pytest.mark.parametrize("seed", range(2))
def test_that_a_store_keeps_of_gates_what_it_would_if_all_came_in_order(
    url, page, seed, tmp_path, monkeypatch
):
    monkeypatch.setattr(gates, "PAGE", page)
    random = Random(seed)
    events = [kudos(number, random) for number in range(40)]
    store = open_store(f"sqlite:///{tmp_path}/gates.db") if url == "sqlite" else MemoryStore()
    engine, waiting, there = Engine.over(store, BOOK), list(events), []
    while waiting:
        size = random.choice([1, 1, 4, 12])
        batch, waiting = waiting[:size], waiting[size:]
        engine.record_many(batch)
        there += batch
        if random.random() < 0.5:
            gone = there.pop(random.randrange(len(there)))
            engine.retract(gone.id, at=START + timedelta(days=30))
    check = Engine(BOOK)
    check.record_many(there)
    check_against_naive(BOOK, check, there)
    in_order = MemoryStore()
    Engine.over(in_order, BOOK).record_many(there)
    for holder in check.holders():
        assert engine.standing(holder) == check.standing(holder)
    assert rows(store) == rows(in_order)
    assert verify(store, BOOK).differences == ()


class Counted:
    """A store that counts the rows of claims that are read and written."""

    def __init__(self, store):
        self.store, self.read, self.written = store, 0, 0

    def __getattr__(self, name):
        return getattr(self.store, name)

    @contextmanager
    def writing(self) -> Iterator[object]:
        with self.store.writing() as session:
            yield Session(session, self)


class Session:
    """A transaction of it."""

    def __init__(self, session, counted):
        self.session, self.counted = session, counted

    def __getattr__(self, name):
        return getattr(self.session, name)

    def scan(self, table, *args, **kwargs):
        for row in self.session.scan(table, *args, **kwargs):
            self.counted.read += table is CLAIMS
            yield row

    def put(self, table, rows):
        rows = list(rows)
        self.counted.written += len(rows) * (table is CLAIMS)
        self.session.put(table, rows)

    insert = put

    def delete(self, table, keys):
        self.counted.written += len(keys) * (table is CLAIMS)
        self.session.delete(table, keys)


@pytest.mark.parametrize(
    ("gate", "read", "written"),
    [
        ("{ of = 'all', times = 3 }", 8, 1),  # it is shut there
        ("{ of = 'all', times = 995 }", 8, 7),
        ("{ of = 'all', points = 9_999 }", 8, 7),
    ],
)
def test_that_a_late_claim_reads_and_writes_only_those_behind_it(gate, read, written):
    text = f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'kudos.given'\npoints = 1\ngate = {gate}"
    book, store = RuleBook.parse(text), Counted(MemoryStore())
    engine = Engine.over(store, book)

    def thanks(number, minutes):
        at = START + timedelta(minutes=minutes)
        return Event(id=number, type="kudos.given", occurred_at=at, actor=number, recipient="ann")

    engine.record_many(thanks(f"k{number:04}", number) for number in range(1_000))
    store.read = store.written = 0
    engine.record(thanks("late", 993.5))
    assert store.read <= read
    assert store.written <= written
    assert verify(store.store, book).differences == ()


@pytest.mark.parametrize(
    ("rule", "read"),
    [
        ("weaker = { mutual = 0.5, within = '30 days' }", 3),
        ("gate = { of = 'recipient', times = 2, distinct = 'actor' }", 2),
        ("gate = { of = 'recipient', points = 50, distinct = 'actor' }", 2),
    ],
)
def test_that_a_gate_that_isnt_held_is_recalled_without_all_of_its_claims(rule, read):
    text = f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'kudos.given'\nto = 'recipient'\npoints = 25\n{rule}"
    book, store = RuleBook.parse(text), Counted(MemoryStore())

    def thanks(number, actor, recipient="ann"):
        at = START + timedelta(minutes=number)
        name = f"k{number:04}"
        return Event(id=name, type="kudos.given", occurred_at=at, actor=actor, recipient=recipient)

    Engine.over(store, book).record_many(thanks(n, ["bob", "cy"][n % 2]) for n in range(100))
    Engine.over(store, book).record(thanks(100, "ann", "bob"))
    engine = Engine.over(store, book)
    store.read = 0
    engine.record(thanks(101, "bob"))
    assert store.read <= read
    check_against_naive(
        book,
        engine,
        [
            *(thanks(n, ["bob", "cy"][n % 2]) for n in range(100)),
            thanks(100, "ann", "bob"),
            thanks(101, "bob"),
        ],
    )
    assert verify(store.store, book).differences == ()
