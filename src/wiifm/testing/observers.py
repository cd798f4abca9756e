"""The contracts for whoever is told what happened: subclass one, say what is yours, and pytest runs what it must keep."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from wiifm.deliveries import Delivery, Observer
from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.ledger import Receipt
from wiifm.notices import Notice
from wiifm.rulebook.book import RuleBook
from wiifm.testing.examples import tried_on
from wiifm.testing.law import alone
from wiifm.testing.notices import NOTICES
from wiifm.testing.purity import impurities
from wiifm.testing.sample_history import everything
from wiifm.testing.strategies import histories


class ObserverContract:
    """What an observer must keep: it takes whatever receipts there are, leaves them as they are, and may be told of a batch twice."""

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
        self._takes(*everything())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            engine = Engine(book, observers=[self.make_observer()])
            engine.record_many(history)
            for event in history:
                engine.record(event)
            assert not engine.faults, str(engine.faults[0])

        holds()

    def _takes(self, book: RuleBook, events: list[Event]) -> None:
        engine = Engine(book, observers=[self.make_observer()])
        for event in events:
            receipt = engine.record(event)
            assert not engine.faults, f"{engine.faults[0]}, for\n{receipt}"

    def test_that_being_told_twice_changes_nothing(self) -> None:
        """Delivery is at least once: the same batch again must bring about nothing new."""

        self.delivered(self.make_observer())  # whoever doesn't say it is told at once
        book = alone(self.make_book())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            observer = self.make_observer()
            for batch in _batches(book, history):
                observer(batch)
                once = copy.deepcopy(self.delivered(observer))
                assert once is not None, "delivered says nothing of what it has brought about"
                observer(batch)
                assert self.delivered(observer) == once, "the same batch again did something more"

        holds()

    def test_that_it_holds_nobody_up(self) -> None:
        """It neither sleeps, as whoever recorded waits for it, nor changes what others are told after it."""
        book = alone(self.make_book())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            observer = self.make_observer()
            for batch in _batches(book, history):
                before = copy.deepcopy(batch)
                found = impurities(lambda batch=batch: observer(batch))  # type: ignore[misc]
                slept = [each for each in found if " waits " in each]
                assert not slept, (
                    f"whoever recorded waits for an observer, so it puts what takes long into a queue, or is a Delivery: {'; '.join(slept)}"
                )
                for was, each in zip(before, batch, strict=True):
                    assert each == was, (
                        f"the observer changed what it was told:\n{was}\nis now:\n{each}"
                    )

        holds()


def _batches(book: RuleBook, history: list[Event]) -> list[tuple[Receipt, ...]]:
    """What observers are told of a history."""
    heard: list[tuple[Receipt, ...]] = []

    def hear(receipts: Sequence[Receipt]) -> None:
        heard.append(tuple(receipts))

    Engine(book, observers=[hear]).record_many(history)
    return heard


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
                assert once is not None, "delivered says nothing of what it has brought about"
                delivery.to(notice)
                assert self.delivered(delivery) == once, "the same notice again did something more"
            once = copy.deepcopy(self.delivered(delivery))
            for notice in told:
                delivery.to(notice)
            assert self.delivered(delivery) == once, "what was told before did something more"

        holds()
