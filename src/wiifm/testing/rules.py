"""The contract for rules: subclass it, say what is yours, and pytest runs what it must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve, frozen

from wiifm.activities import order_of
from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.ledger import Amount, Entry, Holder, Receipt, Standing, rule_label
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import kinds_used, measures_used
from wiifm.testing.examples import drawn, tried_on
from wiifm.testing.fresh_results import difference_afresh
from wiifm.testing.key_order import turned_book, turned_events
from wiifm.testing.law import alone, check_law, differing
from wiifm.testing.purity import elsewhere, impurities
from wiifm.testing.strategies import ZONES, communities, histories, odd_ones, over_again

OFTEN = 120
"""So many times everything comes once more: a state that grows with each activity soon can't be kept, nor can what doubles be given."""


@frozen
class Outcome:
    """What everybody has after a history, and what each event came to, by holder and rule, all corrections counted."""

    standings: dict[Holder, Standing]
    gains: dict[tuple[Holder, str, str], Amount]

    @classmethod
    def of(cls, engine: Engine) -> Outcome:
        """What an engine holds."""
        gains: dict[tuple[Holder, str, str], Amount] = {}
        for entry in engine.ledger():
            key = entry.holder, entry.event, entry.rule
            gains[key] = gains.get(key, 0) + entry.amount
        return cls({each: engine.standing(each) for each in engine.holders()}, gains)

    def difference(self, other: Outcome) -> str:
        """What differs, a line each; "" where nothing does."""
        told = [differing(self.standings, other.standings)]
        for key in sorted({**self.gains, **other.gains}):
            one, two = self.gains.get(key, 0), other.gains.get(key, 0)
            if one != two:
                holder, event, rule = key
                told.append(f"{holder}: {one} for {event} by {rule}, but {two}")
        return "\n".join(filter(None, told))


def outcomes(contract: RuleContract) -> Callable[[list[Event]], Outcome]:
    """What comes of a history by a contract's book, recorded event by event."""
    book = alone(contract.make_book())

    def outcome(history: list[Event]) -> Outcome:
        engine = Engine(book)
        for event in history:
            engine.record(event)
        return Outcome.of(engine)

    return outcome


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

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            check_law(book, [*mine, *(event for event in history if event.id not in names)])

        holds()

    def test_that_a_new_process_comes_to_the_same(self) -> None:
        """Whatever was seen first, however texts are hashed, and whenever it was imported: nothing is remembered, no set has an order, and
        no library is patched.

        The class is made anew in other processes, without pytest but with the attributes that it has here; where it can't be, this
        test is skipped.
        """
        in_order = [sorted(each, key=order_of) for each in self._histories()]
        asked = [(each, each[::-1]) for each in in_order]
        functions = _functions(self.make_book())
        found = difference_afresh(self, outcomes, asked, Outcome.difference, functions)
        assert found is None, (
            f"{found.cause}; in order, and backwards, these came to:\n"
            + "\n".join([found.told, *map(str, found.asked)])
        )

    def _histories(self) -> list[list[Event]]:
        """The examples, and some histories with them, which are the same each time."""
        mine = list(self.examples_of())
        names = {event.id for event in mine}
        return [
            [*mine, *(event for event in history if event.id not in names)]
            for history in drawn(histories(self.make_book()), min(self.examples, 10))
        ]

    def test_that_it_is_pure(self) -> None:
        """It reads no clock, draws no random number, does no I/O, asks for no zone of the machine, goes by no order of keys, and keeps
        nothing to itself.
        """
        book, events = alone(self.make_book()), list(self.examples_of())

        def told(by: RuleBook, found: Iterable[Event]) -> list[Entry]:
            engine = Engine(by)
            wrong = impurities(lambda: engine.record_many(found))
            assert not wrong, f"a rule must not do this: {'; '.join(wrong)}"
            return list(engine.ledger())

        once, other = told(book, events), "the same events came to something else"
        assert told(book, events) == once, f"the second time, {other}"
        with elsewhere():
            there = told(book, events)
        assert there == once, f"on a machine in another time zone, {other}"
        turned = told(turned_book(book), turned_events(events))
        assert turned == once, f"with the keys of `data` and `settings` in another order, {other}"

        @tried_on(self.examples, communities(book))
        def holds(history: list[Event]) -> None:
            found = impurities(lambda: Engine(book).record_many(history))
            assert not found, f"a rule must not do this: {'; '.join(found)}"

        holds()

    def test_that_it_raises_for_no_event(self) -> None:
        """Whatever such events may lack and say, however many there were, and in whatever zone: no plugin function raises, so none gives
        nothing by mistake.
        """
        book, mine = alone(self.make_book()), list(self.examples_of())
        names = {event.id for event in mine}

        def check(found: Iterable[Event], zone: str = book.zone) -> None:
            engine = Engine(evolve(book, zone=zone))
            for event in found:
                if told := _raised(engine.record(event)):
                    raise AssertionError(f"{told}, for {event} in the zone {zone}")

        for found in odd_ones(book, mine):
            check(found)
        check(over_again(mine, OFTEN))
        for zone in ZONES:
            check(mine, zone)

        @tried_on(self.examples, communities(book))
        def holds(history: list[Event]) -> None:
            check([*mine, *(each for each in history if each.id not in names)])

        holds()

    def test_that_the_examples_earn_something(self) -> None:
        """The examples aren't in vain, and no plugin function raises for them."""
        engine = Engine(alone(self.make_book()))
        receipts = [engine.record(event) for event in self.examples_of()]
        faults = [*filter(None, map(_raised, receipts))]
        assert not faults, "; ".join(dict.fromkeys(faults))
        assert any(each.entries or each.awards for each in receipts), "they earn nobody anything"


def _functions(book: RuleBook) -> list[object]:
    """The functions that decide by a book."""
    measures = [book.measures[name] for name in measures_used(book) if name in book.measures]
    return [
        *(book.kinds[name].step for name in kinds_used(book)),
        *(each for measure in measures for each in (measure.add, measure.read)),
        *(rule.test for rule in book.rules.values() if rule.test),
    ]


def _raised(receipt: Receipt) -> str:
    """What plugin functions raised for an event, by rule; "" where none did."""
    told = [
        f"{rule_label(no.rule)}: {no.detail}" for no in receipt.refusals if no.reason == "fault"
    ]
    return "; ".join(told)
