"""A Hypothesis state machine that compares a store with its model: random tables, transactions and queries must give the same results."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from wiifm.stores.protocol import Store, Table
from wiifm.testing import store_calls
from wiifm.testing.examples import thoroughly
from wiifm.testing.store_calls import Call
from wiifm.testing.store_model import Model

SEEDS = st.integers(0, 2**32)


class Abandoned(BaseException):
    """Raised within a transaction's block to abandon it."""


class StoreMachine(RuleBasedStateMachine):
    """Whatever is done to the store is done to the model, and the results are compared."""

    lasting: bool

    @staticmethod
    def make_opener() -> Callable[[], Store]:
        """A function that opens a store in a new place."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.opener = self.make_opener()
        self.store = self.opener()
        self.model = Model()
        self.tables: list[Table] = []
        self.readers: list[tuple[Any, Model]] = []
        self.held = ExitStack()

    @initialize(seed=SEEDS)
    def fill(self, seed: int) -> None:
        """Make two random tables with rows."""
        random = Random(seed)
        self.tables = [store_calls.table(random, name) for name in ("first", "second")]
        self.store.prepare(self.tables)
        with self.store.writing() as writing:
            for table in self.tables:
                for _ in range(random.randint(0, 40)):
                    put = Call("put", (table, [store_calls.row(random, table)]), {})
                    after = self.model.copy()
                    if put.of(after) is None:
                        self.same(put, writing, self.model)

    def same(self, call: Call, transaction: Any, model: Model) -> object:
        """Check that a call gives the same result on both."""
        found, expected = call.of(transaction), call.of(model)
        assert found == expected, f"{call}: found {found}, expected {expected}"
        return found

    def ask(self, random: Random, transaction: Any, model: Model) -> None:
        """Make a random query on one table, or on one table by the cells of another."""
        table, other = random.choices(self.tables, k=2)
        rows, others = (model.rows.get(each.name, []) for each in (table, other))
        call = None
        if random.random() < 0.3:
            call = store_calls.following(random, table, rows, other, others)
        self.same(call or store_calls.question(random, table, rows), transaction, model)

    @rule(seed=SEEDS)
    def read(self, seed: int) -> None:
        """Make queries in one reading transaction."""
        random = Random(seed)
        with self.store.reading() as reading:
            for _ in range(8):
                self.ask(random, reading, self.model)

    @rule(seed=SEEDS)
    def write(self, seed: int) -> None:
        """Make changes and queries in one writing transaction, which may fail or be abandoned."""
        random = Random(seed)
        after = self.model.copy()
        with suppress(Abandoned), self.store.writing() as writing:
            for _ in range(random.randint(1, 4)):
                table = random.choice(self.tables)
                rows = after.rows.get(table.name, [])
                call = store_calls.change(random, table, rows)
                found, expected = call.of(writing), call.of(after)
                if expected == "a fault" and found is None:
                    # a store may report the fault of a change at the next read
                    found = Call("scan", (table,), {}).of(writing)
                assert found == expected, f"{call}: found {found}, expected {expected}"
                if found == "a fault":
                    raise Abandoned
                self.ask(random, writing, after)
            if random.random() < 0.2:
                raise Abandoned
            self.model = after

    @rule()
    def hold(self) -> None:
        """Open a reading transaction that stays open."""
        if len(self.readers) < 3:
            reading = self.held.enter_context(self.store.reading())
            self.readers.append((reading, self.model))

    @rule(seed=SEEDS)
    def ask_held(self, seed: int) -> None:
        """Check that an open reading transaction still sees the rows of its beginning."""
        random = Random(seed)
        for reading, then in self.readers:
            for _ in range(4):
                self.ask(random, reading, then)

    @rule()
    def let_go(self) -> None:
        """Close the open reading transactions."""
        self.held.close()
        self.readers = []

    @rule()
    def open_again(self) -> None:
        """Open the store again, if it is lasting: committed rows are still there, and ``prepare`` leaves them alone."""
        if self.lasting:
            self.let_go()
            self.store.close()
            self.store = self.opener()
        self.store.prepare(self.tables)

    def teardown(self) -> None:
        """Close the store."""
        self.held.close()
        self.store.close()


def compare(
    make_opener: Callable[[], Callable[[], Store]], *, lasting: bool, examples: int
) -> None:
    """Run the state machine on a store.

    Args:
        make_opener: returns a function that opens a store in a new place.
        lasting: whether the store can be opened again after it was closed.
        examples: how many histories are tried.
    """
    keys = {"make_opener": staticmethod(make_opener), "lasting": lasting}
    run_state_machine_as_test(
        type("Compared", (StoreMachine,), keys),
        settings=settings(thoroughly(examples), stateful_step_count=20),
    )
