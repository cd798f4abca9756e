"""The law: whatever the path, what members hold is one in-order fold over the events that count.

The engine is compared with ``naive``, a second implementation written for clarity, over rule books that use every kind of
rule and criterion (one written for that, others thrown together), and histories in which everything happens late, twice, out of order, or never really did.
"""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from histories import START, history
from naive import standings
from wiifm import Engine, Event, Holder, RuleBook
from wiifm.testing import books

TEXT = Path(__file__).with_name("every_kind.toml").read_text(encoding="utf-8")
WHOLE = RuleBook.parse(TEXT)
EXAMPLES = 2_000 if os.environ.get("WIIFM_LONG") else 16
seeds = st.integers(0, 2**32)


def told(standing):
    """A standing in the words of the naive implementation."""
    points = {purse: Fraction(amount) for purse, amount in standing.points.items()}
    awards = {
        (a.badge, a.tier, a.occurrence): (a.occurred_at, a.event, a.key) for a in standing.badges
    }
    return points, awards, dict(standing.levels)


def check_against_naive(book, engine, events):
    """The engine must hold what the naive implementation holds."""
    found, pending = standings(book, events)
    assert list(engine.pending()) == pending
    nothing = told(Engine(book).standing("nobody"))
    for holder in {*found, *map(tuple, engine.holders())}:
        naive = found.get(holder)
        expected = (naive.points, naive.awards, naive.levels) if naive else nothing
        assert told(engine.standing(Holder(*holder))) == expected, holder


def check_as_naive_in_any_order(book, events):
    """An engine must hold what the naive implementation holds as events come, and one to which they come in order the same."""
    engine, in_order = Engine(book), Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, events)
    in_order.record_many(sorted(events, key=lambda each: (each.occurred_at, each.id)))
    for holder in engine.holders():
        assert told(in_order.standing(holder)) == told(engine.standing(holder))


def check_ledger(engine, *others):
    """The sum of the entries is the points; a correction names an earlier entry of the same grant or grade.

    ``others`` are books that a test had decide in place of the engine's.
    """
    entries, sums = list(engine.ledger()), Counter()
    for entry in entries:
        sums[entry.holder, entry.purse] += entry.amount
        if entry.corrects:
            first = entries[entry.corrects - 1]
            assert first.no < entry.no
            assert (first.holder, first.purse, first.rule) == (
                entry.holder,
                entry.purse,
                entry.rule,
            )
            rules = [book.rules.get(entry.rule) for book in (engine.book, *others)]
            if first.event != entry.event and entry.book == engine.book.digest and not entry.was:
                assert any(rule and (rule.graded or rule.judged) for rule in rules)
                assert object_of(engine, first.event) == object_of(engine, entry.event)
            else:
                assert first.role == entry.role
    for holder in engine.holders():
        for purse, amount in engine.standing(holder).points.items():
            assert sums[holder, purse] == amount


def object_of(engine, event):
    """The object that a recorded event is about."""
    found = engine._memory.log.events[event]
    parent = found.in_reply_to if engine.book.types[found.type].creates else None
    return parent or found.object


def some_book(random):
    """The book of every kind, or one thrown together."""
    return WHOLE if random.random() < 0.3 else books.book(random)


@given(seeds, st.sampled_from([3, 20, 60]))
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_the_engine_holds_what_the_naive_implementation_holds(seed, length):
    random = Random(seed)
    book = some_book(random)
    events = history(random, length)
    engine = Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, events)
    check_ledger(engine)


@pytest.mark.parametrize("seed", range(4))
def test_that_the_first_receipt_is_given_again_at_any_time(seed):
    random, engine, first = Random(seed), Engine(WHOLE), {}
    for event in history(random, 80):
        first[event.id] = engine.record(event)
        name = random.choice([*first])
        assert engine.receipt(name) == first[name]
    assert {name: engine.receipt(name) for name in first} == first


@given(seeds, st.sampled_from([10, 40, 120]))
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_order_doubling_and_batches_make_no_difference(seed, length):
    random = Random(seed)
    events, book = history(random, length), some_book(random)
    in_order, anyhow = Engine(book), Engine(book)
    in_order.record_many(sorted(events, key=lambda event: (event.occurred_at, event.id)))
    shuffled = events * 2
    random.shuffle(shuffled)
    while shuffled:
        size = random.choice([1, 1, 2, 5, 20])
        batch, shuffled = shuffled[:size], shuffled[size:]
        if size == 1:
            anyhow.record(batch[0])
        else:
            anyhow.record_many(batch)
    assert anyhow.pending() == in_order.pending()
    for holder in {*in_order.holders(), *anyhow.holders()}:
        assert told(anyhow.standing(holder)) == told(in_order.standing(holder))
    check_ledger(anyhow)


def test_that_nothing_is_given_back_by_what_has_no_recipient():
    book = RuleBook.parse(
        "[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = ['object.disliked', 'post.shared']\nto = 'community'\n"
        "points = 4\nself_credit = true\nweaker = { mutual = 0.25 }"
    )
    of = {"object": "p", "occurred_at": datetime(2026, 5, 4, tzinfo=UTC)}
    post = Event(id="e2", type="post.shared", actor="ann", community="c", **of)
    hidden = Event(id="e1", type="object.disliked", **of)  # by nobody, of what ann shared
    engine = Engine(book)
    for event in (post, hidden):
        engine.record(event)
    check_against_naive(book, engine, [post, hidden])
    assert engine.standing(Holder("community", "c")).points == {"points": 8}


class Life(RuleBasedStateMachine):
    """An engine's life: it records, doubles, delays and retracts, and is right after every step."""

    @initialize(seed=seeds)
    def begin(self, seed):
        random = Random(seed)
        self.book = some_book(random)
        self.engine, self.random = Engine(self.book), random
        self.coming, self.known = history(random, 40), []

    @rule(size=st.integers(1, 6))
    def record_some(self, size):
        batch = [self.coming.pop() for _ in range(min(size, len(self.coming)))]
        self.known += batch
        if len(batch) == 1:
            self.engine.record(batch[0])
        else:
            self.engine.record_many(batch)

    @rule()
    def record_one_again(self):
        if self.known:
            entries = len(list(self.engine.ledger()))
            assert self.engine.record(self.random.choice(self.known)).status == "duplicate"
            assert len(list(self.engine.ledger())) == entries

    @rule(hours=st.integers(0, 300))
    def retract_one(self, hours):
        target = f"e{self.random.randrange(40)}"
        receipt = self.engine.retract(target, at=START + timedelta(hours=hours))
        if receipt.status == "retraction":
            self.known.append(self.engine._memory.log.events[receipt.event])

    @invariant()
    def the_law_holds(self):
        if hasattr(self, "engine"):
            check_against_naive(self.book, self.engine, self.known)
            check_ledger(self.engine)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=max(10, EXAMPLES // 4),
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.long
def test_ten_thousand_histories():
    for seed in range(10_000):
        random = Random(seed)
        events, book = history(random, random.choice([5, 20, 60])), some_book(random)
        engine = Engine(book)
        for event in events:
            engine.record(event)
        check_against_naive(book, engine, events)
        check_ledger(engine)
