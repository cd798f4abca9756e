"""Contracts: subclass one, say what is yours, and pytest runs what it must keep.

Each names what is to be given as methods that raise until they are overridden.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

from hypothesis import strategies as st

from wiifm.deliveries import Delivery
from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.faults import short
from wiifm.ledger import Receipt
from wiifm.notices import Notice
from wiifm.program.measures import exact_value
from wiifm.rulebook.book import Measure, Observer, RuleBook
from wiifm.sources.lines import Line, Rejected
from wiifm.states import STATES, is_state
from wiifm.testing.afresh import difference_afresh
from wiifm.testing.law import alone
from wiifm.testing.notices import NOTICES
from wiifm.testing.purity import elsewhere, impurities
from wiifm.testing.strategies import communities, histories
from wiifm.testing.trying import drawn, tried_on

_OF_NO_PAYLOAD = (" reads a clock ", " draws a random number ")
"""What a source must not do; unlike a rule it may do I/O, which is its trade."""


class MeasureContract:
    """What a plugin's measure must keep: pure steps on states that are never changed, and numbers to read.

    >>> class TestLongest(MeasureContract):
    ...     def make_measure(self):
    ...         return Measure(name="longest", start=0, add=max, read=lambda state: state)
    ...     def samples(self):
    ...         return st.integers(0, 100)
    >>> TestLongest().test_that_it_reads_numbers()
    """

    examples = 100
    """How many lists of samples are tried."""

    def make_measure(self) -> Measure:
        """The measure that is to be tested."""
        raise NotImplementedError

    def samples(self) -> st.SearchStrategy[Any]:
        """What it is given to measure."""
        raise NotImplementedError

    def _with_samples(self, check: Callable[[Measure, list[Any]], None]) -> None:
        measure = self.make_measure()

        @tried_on(self.examples, st.lists(self.samples(), max_size=10))
        def holds(found: list[Any]) -> None:
            check(measure, found)

        holds()

    def test_that_it_reads_numbers(self) -> None:
        """After any samples its value is a finite number, or None for nothing yet."""

        def check(measure: Measure, samples: list[Any]) -> None:
            state: Any = measure.start
            for sample in samples:
                state = measure.add(state, sample)
                try:
                    exact_value(measure.read(state))
                except (TypeError, ValueError) as error:
                    raise AssertionError(f"read({short(state)}): {error}") from error

        self._with_samples(check)

    def test_that_its_states_are_never_changed(self) -> None:
        """``add`` returns a new state, of what a store can keep, and leaves the old one as it was."""

        def check(measure: Measure, samples: list[Any]) -> None:
            state: Any = measure.start
            for sample in samples:
                before = copy.deepcopy(state)
                following = measure.add(state, sample)
                assert state == before, "add changed the state that it was given"
                assert is_state(following), f"the state {short(following)} isn't made of {STATES}"
                assert measure.add(state, sample) == following, "add isn't the same twice"
                state = following

        self._with_samples(check)

    def test_that_it_is_pure(self) -> None:
        """It reads no clock, draws no random number, does no I/O, and keeps nothing to itself."""

        def check(measure: Measure, samples: list[Any]) -> None:
            def run() -> list[Any]:
                return [measure.read(state) for state in _states(measure, samples)]

            found = impurities(run)
            assert not found, f"a measure must not do this: {'; '.join(found)}"
            once, again = ([short(value) for value in run()] for _ in "12")
            assert once == again, f"the same samples came to {once}, and then to {again}"

        self._with_samples(check)

    def test_that_a_new_process_comes_to_the_same(self) -> None:
        """Whatever was measured first, and however texts are hashed: nothing is remembered, and no set has an order.

        The class is made anew in other processes, without pytest but with the attributes that it has here; where it can't be, this
        test is skipped.
        """
        asked = [
            (each, each) for each in drawn(st.lists(self.samples(), max_size=10), self.examples)
        ]
        found = difference_afresh(self, measured, asked, _differing)
        assert found is None, (
            f"{found.cause}; measured in two orders, these came to {found.told}: {short(found.asked)}"
        )


def measured(contract: MeasureContract) -> Callable[[list[Any]], list[tuple[Any, Any]]]:
    """Each state that samples come to by a contract's measure, and what is read of it."""
    measure = contract.make_measure()
    return lambda samples: [(state, measure.read(state)) for state in _states(measure, samples)]


def _differing(one: Sequence[object], other: Sequence[object]) -> str:
    """The first of two answers' parts that differ; "" where none do."""
    pairs = zip_longest(one, other)
    return next((f"{short(a, 200)}, and to {short(b, 200)}" for a, b in pairs if a != b), "")


def _states(measure: Measure, samples: list[Any]) -> list[Any]:
    """The states that samples come to, the first one before them all."""
    states = [measure.start]  # which may be None, of which accumulate makes nothing
    for sample in samples:
        states.append(measure.add(states[-1], sample))
    return states


class SourceContract:
    """What a source must keep: what was written is read, a wrong piece is told with its place, the rest goes on."""

    examples = 50
    """How many payloads are tried."""

    def make_book(self) -> RuleBook:
        """A book with the event types that the source brings; the default book unless overridden."""
        return RuleBook.load("plugin:sharing")

    def read(self, payload: bytes) -> Iterable[Line]:
        """Read a payload with the source."""
        raise NotImplementedError

    def write(self, events: Sequence[Event]) -> bytes:
        """A payload that the source must read as these events."""
        raise NotImplementedError

    def wrong(self) -> bytes:
        """One wrong piece, such as a line that is no event."""
        raise NotImplementedError

    def test_that_it_reads_what_was_written(self) -> None:
        """Events go out and come in again the same."""

        @tried_on(self.examples, communities(self.make_book()))
        def holds(events: list[Event]) -> None:
            assert [line.found for line in self.read(self.write(events))] == events

        holds()

    def test_that_a_wrong_piece_is_told_and_the_rest_goes_on(self) -> None:
        """A wrong piece is a :class:`~wiifm.sources.Rejected` with its place, between what is right."""

        @tried_on(self.examples, *2 * [communities(self.make_book())])
        def holds(before: list[Event], after: list[Event]) -> None:
            payload = self.write(before) + self.wrong() + self.write(after)
            lines = list(self.read(payload))
            assert [line.found for line in lines if isinstance(line.found, Event)] == [
                *before,
                *after,
            ]
            wrong = [line for line in lines if isinstance(line.found, Rejected)]
            assert len(wrong) == 1 and wrong[0].number == len(before) + 1
            assert isinstance(wrong[0].found, Rejected) and wrong[0].found.faults

        holds()

    def test_that_the_same_payload_is_read_the_same(self) -> None:
        """It reads no clock, draws no random number, asks for no zone of the machine, and keeps nothing to itself."""

        @tried_on(self.examples, communities(self.make_book()))
        def holds(events: list[Event]) -> None:
            payload = self.write(events) + self.wrong()
            read: list[list[Line]] = [[], []]
            found = impurities(lambda: read[0].extend(self.read(payload)))
            wrong = [each for each in found if any(what in each for what in _OF_NO_PAYLOAD)]
            assert not wrong, f"a source must not do this: {'; '.join(wrong)}"
            read[1] += self.read(payload)
            assert read[0] == read[1], "the second time, the same payload was read otherwise"
            with elsewhere():
                there = list(self.read(payload))
            assert there == read[0], "on a machine in another time zone, it was read otherwise"

        holds()

    def test_that_a_new_process_reads_the_same(self) -> None:
        """Whatever was read first, and however texts are hashed: an id is the same wherever a payload is read again.

        The class is made anew in other processes, without pytest but with the attributes that it has here; where it can't be, this
        test is skipped.
        """
        events = drawn(communities(self.make_book()), min(self.examples, 10))
        asked = [(payload, payload) for payload in map(self.write, events)]
        found = difference_afresh(self, lines_read, asked, _differing)
        assert found is None, f"{found.cause}; read in two orders, a payload came to {found.told}"

    def test_that_no_payload_makes_it_raise(self) -> None:
        """Whatever comes in is read as events or as what is wrong."""

        @tried_on(self.examples, st.binary(max_size=200))
        def holds(payload: bytes) -> None:
            for line in self.read(payload):
                assert isinstance(line.found, Event | Rejected)

        holds()


def lines_read(contract: SourceContract) -> Callable[[bytes], list[Line]]:
    """What a contract's source reads."""
    return lambda payload: list(contract.read(payload))


class ObserverContract:
    """What an observer must keep: it takes whatever receipts there are, and may be told of a batch twice."""

    examples = 20
    """How many histories are tried."""

    def make_observer(self) -> Observer:
        """An observer that is to be tested."""
        raise NotImplementedError

    def make_book(self) -> RuleBook:
        """The book by which receipts are made; the default book unless overridden."""
        return RuleBook.load("plugin:sharing")

    def delivered(self, observer: Observer) -> object:
        """What the observer has brought about so far; compared before and after it is told a batch again."""
        raise NotImplementedError

    def test_that_it_takes_every_kind_of_receipt(self) -> None:
        """It doesn't raise: for entries, corrections, awards, refusals, pending, retracted or void events."""
        book = alone(self.make_book())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            engine = Engine(book, observers=[self.make_observer()])
            engine.record_many(history)
            for event in history:
                engine.record(event)
            assert not engine.faults, str(engine.faults[0])

        holds()

    def test_that_being_told_twice_changes_nothing(self) -> None:
        """Delivery is at least once: the same batch again must bring about nothing new."""

        self.delivered(self.make_observer())  # whoever doesn't say it is told at once
        book = alone(self.make_book())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            batches: list[tuple[Receipt, ...]] = []
            Engine(book, observers=[batches.append]).record_many(history)
            observer = self.make_observer()
            for batch in batches:
                observer(batch)
                once = copy.deepcopy(self.delivered(observer))
                assert once is not None, "delivered says nothing of what it has brought about"
                observer(batch)
                assert self.delivered(observer) == once, "the same batch again did something more"

        holds()


class DeliveryContract:
    """What a delivery must keep: it takes whatever notices there are, and may be told each of them twice.

    >>> class TestInbox(DeliveryContract):
    ...     def make_delivery(self):
    ...         inbox = {}
    ...         return Delivery("inbox", lambda notice: inbox.update({notice.id: str(notice)}))
    >>> TestInbox().test_that_it_takes_every_kind_of_notice()
    """

    examples = 20
    """How many histories are tried."""

    def make_delivery(self) -> Delivery:
        """A delivery that is to be tested, as if nothing had been delivered yet."""
        raise NotImplementedError

    def make_book(self) -> RuleBook:
        """The book by which there is something to tell; the default book unless overridden."""
        return RuleBook.load("plugin:sharing")

    def delivered(self, delivery: Delivery) -> object:
        """What it has brought about so far; compared before and after it is told a notice again."""
        raise NotImplementedError

    @staticmethod
    def _notices(book: RuleBook, history: list[Event]) -> list[Notice]:
        heard: list[Notice] = []
        Engine(book, [Delivery("contract", heard.append)]).record_many(history)
        return [*NOTICES, *heard]

    def test_that_it_takes_every_kind_of_notice(self) -> None:
        """It doesn't raise: for entries, corrections, awards that came and went, levels reached and lost."""
        book = alone(self.make_book())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            delivery = self.make_delivery()
            for notice in self._notices(book, history):
                delivery.to(notice)

        holds()

    def test_that_being_told_twice_changes_nothing(self) -> None:
        """Delivery is at least once: the same notice again must bring about nothing new, nor must one from before."""

        self.delivered(self.make_delivery())  # whoever doesn't say it is told at once
        book = alone(self.make_book())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            delivery, told = self.make_delivery(), self._notices(book, history)
            for notice in told:
                delivery.to(notice)
                once = copy.deepcopy(self.delivered(delivery))
                delivery.to(notice)
                assert self.delivered(delivery) == once, "the same notice again did something more"
            once = copy.deepcopy(self.delivered(delivery))
            for notice in told:
                delivery.to(notice)
            assert self.delivered(delivery) == once, "what was told before did something more"

        holds()
