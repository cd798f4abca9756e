"""The contract for rules: subclass it, say what is yours, and pytest runs what it must keep."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from unittest import SkipTest

from hypothesis import given, settings

from wiifm.activities import order_of
from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.ledger import Entry
from wiifm.rulebook.book import RuleBook
from wiifm.testing.afresh import Outcome, Unmade, afresh
from wiifm.testing.contracts import thoroughly
from wiifm.testing.law import alone, check_law
from wiifm.testing.purity import elsewhere, impurities
from wiifm.testing.strategies import communities, histories


class RuleContract:
    """What a plugin's rules and rule kinds must keep: the law, purity, and that they give something.

    Observers of the book are told nothing meanwhile: theirs is to do I/O.

    >>> class TestThanks(RuleContract):
    ...     def make_book(self):
    ...         return RuleBook.parse("[book]\\nid='b'\\n[[rule]]\\nid='thanks'\\non='kudos.given'\\nto='recipient'\\npoints=5")
    ...     def examples_of(self):
    ...         from datetime import UTC, datetime
    ...         yield Event(id="k", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="a", recipient="b")
    >>> TestThanks().test_that_the_examples_earn_something()
    """

    examples = 30
    """How many histories are tried."""

    def make_book(self) -> RuleBook:
        """A rule book that uses what is to be tested."""
        raise NotImplementedError

    def examples_of(self) -> Iterable[Event]:
        """Events that must earn somebody something."""
        raise NotImplementedError

    def test_that_the_law_holds(self) -> None:
        """Whatever the order, doubling, lateness and withdrawal: the result is the same."""
        book, mine = self.make_book(), list(self.examples_of())
        names = {event.id for event in mine}

        @thoroughly(self.examples)
        @given(histories(book))
        def holds(history: list[Event]) -> None:
            check_law(book, [*mine, *(event for event in history if event.id not in names)])

        holds()

    def test_that_a_new_process_comes_to_the_same(self) -> None:
        """Whatever was seen first, and however texts are hashed: nothing is remembered, and no set has an order.

        The class is made anew in other processes, without pytest but with the attributes that it has here; where it can't be, this
        test is skipped.
        """
        in_order = [sorted(each, key=order_of) for each in self._histories()]
        backwards = [each[::-1] for each in in_order]
        with ThreadPoolExecutor() as pool:
            once, again = pool.map(lambda how: afresh(self, *how), [(in_order, 1), (backwards, 2)])
        if isinstance(once, Unmade) or isinstance(again, Unmade):
            why = once.why if isinstance(once, Unmade) else ""
            raise SkipTest(f"this class can't be made in another process: {why}")
        for history, one, other in zip(in_order, once, again, strict=True):
            found = one.difference(other)
            assert not found, (
                f"{self._cause(in_order, once)}; in order, and backwards, these came to:\n{found}\n"
                + "\n".join(map(str, history))
            )

    def _histories(self) -> list[list[Event]]:
        """The examples, and some histories with them, which are the same each time."""
        mine, found = list(self.examples_of()), []

        @settings(thoroughly(min(self.examples, 10)), derandomize=True, database=None)
        @given(histories(self.make_book()))
        def hold(history: list[Event]) -> None:
            names = {event.id for event in mine}
            found.append([*mine, *(event for event in history if event.id not in names)])

        hold()
        return found

    def _cause(self, histories: list[list[Event]], once: list[Outcome]) -> str:
        """What a difference comes from: the hashes, if it is there in the same order, too."""
        if afresh(self, histories, 2) != once:
            return "a function goes by what differs from process to process: a hash, or the order of a set"
        return "a function remembers what it has seen"

    def test_that_it_is_pure(self) -> None:
        """It reads no clock, draws no random number, does no I/O, asks for no zone of the machine, and keeps nothing to itself."""
        book, events = alone(self.make_book()), list(self.examples_of())

        def told() -> list[Entry]:
            engine = Engine(book)
            found = impurities(lambda: engine.record_many(events))
            assert not found, f"a rule must not do this: {'; '.join(found)}"
            return list(engine.ledger())

        once = told()
        assert told() == once, "the second time, the same events came to something else"
        with elsewhere():
            there = told()
        assert there == once, (
            "on a machine in another time zone, the same events came to something else"
        )

        @thoroughly(self.examples)
        @given(communities(book))
        def holds(history: list[Event]) -> None:
            found = impurities(lambda: Engine(book).record_many(history))
            assert not found, f"a rule must not do this: {'; '.join(found)}"

        holds()

    def test_that_the_examples_earn_something(self) -> None:
        """The examples aren't in vain, and no plugin function raises for them."""
        engine = Engine(alone(self.make_book()))
        receipts = [engine.record(event) for event in self.examples_of()]
        told = [no for each in receipts for no in each.refusals if no.reason == "fault"]
        faults = [f"{no.rule}: {no.detail}" for no in told]
        assert not faults, "; ".join(faults)
        assert any(each.entries or each.awards for each in receipts), "they earn nobody anything"
