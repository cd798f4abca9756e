"""The contracts for observers and deliveries: tests that those of plugins inherit."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from wiifm.deliveries import Delivery, Observer
from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.faults import literal
from wiifm.ledger import Receipt
from wiifm.notices import Notice
from wiifm.rulebook.book import RuleBook
from wiifm.testing.examples import tried_on
from wiifm.testing.law import without_observers
from wiifm.testing.notices import NOTICES
from wiifm.testing.overridden import missing, returned
from wiifm.testing.purity import impurities
from wiifm.testing.sample_history import sample_history
from wiifm.testing.strategies import histories


class ObserverContract:
    """What an observer must do: take every kind of receipt, leave it unchanged, and be idempotent.

    It must be idempotent because a batch may be delivered twice.
    """

    examples = 20
    """How many histories are tried."""

    def make_observer(self) -> Observer:
        """A new observer, to be tested."""
        raise missing("make_observer", "return a function that takes receipts")

    def make_book(self) -> RuleBook:
        """The book that makes the receipts; ``plugin:sharing`` unless overridden."""
        return RuleBook.load("plugin:sharing")

    def delivered(self, observer: Observer) -> object:
        """What the observer has brought about so far; it is compared before and after a batch is delivered again. Not None."""
        raise missing("delivered", "return what was brought about so far")

    def test_that_it_takes_every_kind_of_receipt(self) -> None:
        """The observer raises for no receipt: of entries, corrections, awards, refusals, pending, retracted or void events."""
        book = without_observers(_book(self))
        self._takes(*sample_history())

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            engine = Engine(book, observers=[_observer(self)])
            engine.record_many(history)
            for event in history:
                engine.record(event)
            assert not engine.faults, str(engine.faults[0])

        holds()

    def _takes(self, book: RuleBook, events: list[Event]) -> None:
        engine = Engine(book, observers=[_observer(self)])
        for event in events:
            receipt = engine.record(event)
            assert not engine.faults, f"{engine.faults[0]}, for\n{receipt}"

    def test_that_being_told_twice_changes_nothing(self) -> None:
        """A batch that is delivered a second time brings about nothing new."""

        self.delivered(_observer(self))  # fail at once if it isn't overridden
        book = without_observers(_book(self))

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            observer = _observer(self)
            for batch in _batches(book, history):
                observer(batch)
                once = copy.deepcopy(self.delivered(observer))
                assert once is not None, (
                    "delivered returned None; return what the observer has brought about so far"
                )
                observer(batch)
                assert self.delivered(observer) == once, (
                    "delivering the same batch again changed what was delivered"
                )

        holds()

    def test_that_it_holds_nobody_up(self) -> None:
        """The observer doesn't wait, as the process that records waits for it, and doesn't change receipts, as others get them too."""
        book = without_observers(_book(self))

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            observer = _observer(self)
            for batch in _batches(book, history):
                before = copy.deepcopy(batch)
                found = impurities(lambda batch=batch: observer(batch))  # type: ignore[misc]
                slept = [each for each in found if " waits " in each]
                assert not slept, (
                    "an observer must not wait, because the process that records waits for it; put slow work "
                    f"into a queue, or use a Delivery: {'; '.join(slept)}"
                )
                for was, each in zip(before, batch, strict=True):
                    assert each == was, (
                        f"the observer changed a receipt; before:\n{was}\nafter:\n{each}"
                    )

        holds()


def _book(contract: ObserverContract | DeliveryContract) -> RuleBook:
    return returned("make_book", contract.make_book(), RuleBook)


def _observer(contract: ObserverContract) -> Observer:
    observer = contract.make_observer()
    must = "make_observer must return a function that takes receipts"
    assert callable(observer), f"{must}; it returned {literal(observer)}"
    return observer


def _delivery(contract: DeliveryContract) -> Delivery:
    return returned("make_delivery", contract.make_delivery(), Delivery)


def _batches(book: RuleBook, history: list[Event]) -> list[tuple[Receipt, ...]]:
    """The batches of receipts that observers get for a history."""
    batches: list[tuple[Receipt, ...]] = []

    def observe(receipts: Sequence[Receipt]) -> None:
        batches.append(tuple(receipts))

    Engine(book, observers=[observe]).record_many(history)
    return batches


class DeliveryContract:
    """What a delivery must do: take every kind of notice, and be idempotent, because a notice may be delivered twice.

    >>> class TestInbox(DeliveryContract):
    ...     def make_delivery(self):
    ...         inbox = {}
    ...         return Delivery("inbox", lambda notice: inbox.update({notice.id: str(notice)}))
    >>> TestInbox().test_that_it_takes_every_kind_of_notice()
    """

    examples = 20
    """How many histories are tried."""

    def make_delivery(self) -> Delivery:
        """A new delivery, to be tested; nothing has been delivered by it yet."""
        raise missing("make_delivery", "return a Delivery")

    def make_book(self) -> RuleBook:
        """The book that makes the notices; ``plugin:sharing`` unless overridden."""
        return RuleBook.load("plugin:sharing")

    def delivered(self, delivery: Delivery) -> object:
        """What the delivery has brought about so far; it is compared before and after a notice is delivered again. Not None."""
        raise missing("delivered", "return what was brought about so far")

    @staticmethod
    def _notices(book: RuleBook, history: list[Event]) -> list[Notice]:
        notices: list[Notice] = []
        Engine(book, [Delivery("contract", notices.append)]).record_many(history)
        return [*NOTICES, *notices]

    def test_that_it_takes_every_kind_of_notice(self) -> None:
        """The delivery raises for no notice: of entries, corrections, awards granted and withdrawn, levels reached and lost."""
        book = without_observers(_book(self))

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            delivery = _delivery(self)
            for notice in self._notices(book, history):
                delivery.to(notice)

        holds()

    def test_that_being_told_twice_changes_nothing(self) -> None:
        """A notice that is delivered again, at once or after all others, brings about nothing new."""

        self.delivered(_delivery(self))  # fail at once if it isn't overridden
        book = without_observers(_book(self))

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            delivery, notices = _delivery(self), self._notices(book, history)
            for notice in notices:
                delivery.to(notice)
                once = copy.deepcopy(self.delivered(delivery))
                assert once is not None, (
                    "delivered returned None; return what the delivery has brought about so far"
                )
                delivery.to(notice)
                assert self.delivered(delivery) == once, (
                    "delivering the same notice again changed what was delivered"
                )
            once = copy.deepcopy(self.delivered(delivery))
            for notice in notices:
                delivery.to(notice)
            assert self.delivered(delivery) == once, (
                "delivering all notices again changed what was delivered"
            )

        holds()
