"""The contract for rules and rule kinds: tests that those of plugins inherit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import product
from unittest import SkipTest

from attrs import evolve, frozen

from wiifm.activities import order_of
from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.ledger import Amount, Entry, Holder, Receipt, Standing, rule_label
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import kinds_used, measures_used
from wiifm.testing.declared_settings import (
    RuleSettings,
    at_the_bounds,
    books_with_settings,
    large_ones,
    tried_pairs,
    tried_settings,
)
from wiifm.testing.examples import drawn, tried_on
from wiifm.testing.first_calls import first_impurities, watch_first_calls
from wiifm.testing.fresh_results import difference_afresh
from wiifm.testing.key_order import turned_book, turned_events
from wiifm.testing.large_numbers import BOUND_NUMBERS, check_limits, with_large_numbers
from wiifm.testing.law import check_law, differing, without_observers
from wiifm.testing.overridden import events_returned, missing, returned
from wiifm.testing.purity import impurities, in_another_time_zone
from wiifm.testing.remembered import check_remembers_nothing
from wiifm.testing.strategies import ZONES, communities, histories, odd_ones, over_again

REPEATS = 120
"""How many times the examples are repeated: so often that a state which grows each time, or an amount that doubles, exceeds its limit."""


MOST_ALONE = 10
"""How many of the examples are also recorded alone, again and again."""

DECLARE_VALID = (
    "declare which values are valid: Setting(..., least=..., most=..., choices=...), "
    "or RuleKind(..., valid_if=...) for values that are valid only together"
)


@frozen
class Outcome:
    """The result of a history: everybody's standing, and the sum of entries by holder, event and rule."""

    standings: dict[Holder, Standing]
    gains: dict[tuple[Holder, str, str], Amount]

    @classmethod
    def of(cls, engine: Engine) -> Outcome:
        """The result that an engine holds."""
        gains: dict[tuple[Holder, str, str], Amount] = {}
        for entry in engine.ledger():
            key = entry.holder, entry.event, entry.rule
            gains[key] = gains.get(key, 0) + entry.amount
        return cls({each: engine.standing(each) for each in engine.holders()}, gains)

    def difference(self, other: Outcome) -> str:
        """How two results differ, a line each; "" if they don't."""
        lines = [differing(self.standings, other.standings)]
        for key in sorted({**self.gains, **other.gains}):
            one, two = self.gains.get(key, 0), other.gains.get(key, 0)
            if one != two:
                holder, event, rule = key
                lines.append(f"{holder}: {one} for {event} by {rule}, but {two}")
        return "\n".join(filter(None, lines))


def outcomes(contract: RuleContract) -> Callable[[list[Event]], Outcome]:
    """A function that records a history event by event, by a contract's book, and gives the result."""
    book = without_observers(_book(contract))

    def outcome(history: list[Event]) -> Outcome:
        engine = Engine(book)
        for event in history:
            engine.record(event)
        return Outcome.of(engine)

    return outcome


def recorded_in_bounds(contract: RuleContract) -> Callable[[list[Event]], str | None]:
    """A function that records a history by a contract's book, and says which function ran out of memory, if one did."""
    book = without_observers(_book(contract))
    return partial(_out_of_memory, book)


def recorded_with_settings(
    contract: RuleContract,
) -> Callable[[tuple[RuleSettings, list[Event]]], str | None]:
    """The same for a history and the settings of a rule in the book."""
    with_settings = books_with_settings(without_observers(_book(contract)))
    return lambda asked: _out_of_memory(with_settings(asked[0]), asked[1])


def _out_of_memory(book: RuleBook, history: list[Event]) -> str | None:
    """Which function ran out of memory when a history was recorded; None if none did."""
    return next((fault for fault, _ in _faults(book, history) if "MemoryError" in fault), None)


def impurities_of(contract: RuleContract) -> Callable[[list[Event]], list[str]]:
    """A function that records a history by a contract's book, and says what its functions do that they must not do."""
    book = without_observers(_book(contract))
    return lambda history: impurities(partial(_record_anew, book, history))


class RuleContract:
    """What a plugin's rules and rule kinds must do: keep the law, be pure, raise for no event, and give something for the examples.

    The observers of the book's plugins, which may do I/O, aren't called.

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
        """A rule book that uses the rules or kinds under test."""
        raise missing("make_book", "return a RuleBook")

    def examples_of(self) -> Iterable[Event]:
        """Events for which somebody must earn something."""
        raise missing(
            "examples_of", "return or yield events for which somebody must earn something"
        )

    def test_that_the_law_holds(self) -> None:
        """The result doesn't depend on order, duplicates, lateness or batches."""
        book, mine = _book(self), _examples(self)
        names = {event.id for event in mine}

        @tried_on(self.examples, histories(book))
        def holds(history: list[Event]) -> None:
            check_law(book, [*mine, *(event for event in history if event.id not in names)])

        holds()

    def test_that_a_new_process_comes_to_the_same(self) -> None:
        """New processes come to the same result: nothing is remembered, nothing depends on a hash, and no library is patched.

        The class is instantiated in other processes, without pytest but with the attributes that it has here. If that isn't possible, the
        test is skipped.
        """
        in_order = [sorted(each, key=order_of) for each in self._histories()]
        asked = [(each, each[::-1]) for each in in_order]
        functions = _functions(_book(self))
        found = difference_afresh(self, outcomes, asked, Outcome.difference, functions)
        assert found is None, (
            f"{found.cause}; recorded in order and backwards, these events came to different results:\n"
            + "\n".join([found.answers, *map(str, found.asked)])
        )

    def _histories(self) -> list[list[Event]]:
        """The examples, with generated histories around them, the same in every run."""
        mine = _examples(self)
        names = {event.id for event in mine}
        return [
            [*mine, *(event for event in history if event.id not in names)]
            for history in drawn(histories(_book(self)), min(self.examples, 10))
        ]

    def test_that_it_is_pure(self) -> None:
        """The rules read no clock, draw no random number, do no I/O, and remember nothing outside their state.

        That holds for the first calls in a process, too: what is read once and kept differs between processes. Nor does the result depend on the time zone of the machine, or on the order of keys in ``data`` and ``settings``.
        """
        book, events = without_observers(_book(self)), _examples(self)

        def entries(by: RuleBook, found: Iterable[Event]) -> list[Entry]:
            engine = Engine(by)
            wrong = impurities(lambda: engine.record_many(found))
            assert not wrong, f"a rule must not do this: {'; '.join(wrong)}"
            return list(engine.ledger())

        once, other = entries(book, events), "the same events gave other entries"
        assert entries(book, events) == once, f"the second time, {other}"
        with in_another_time_zone():
            there = entries(book, events)
        assert there == once, f"on a machine in another time zone, {other}"
        turned = entries(turned_book(book), turned_events(events))
        assert turned == once, f"with the keys of `data` and `settings` in another order, {other}"

        @tried_on(self.examples, communities(book))
        def holds(history: list[Event]) -> None:
            found = impurities(lambda: Engine(book).record_many(history))
            assert not found, f"a rule must not do this: {'; '.join(found)}"

        holds()
        at_first = first_impurities(self, impurities_of, self._histories())
        assert not at_first, f"a rule must not do this, not even once: {'; '.join(at_first)}"

    def test_that_it_remembers_nothing(self) -> None:
        """Recording the same events again changes nothing that the functions can reach: only their state may remember anything.

        Caches are fine: they change only the first time.
        """
        book = without_observers(_book(self))
        one_by_one = ([event] for event in _examples(self)[:MOST_ALONE])
        for found in (*one_by_one, *self._histories()):
            record = partial(_record_anew, book, found)
            check_remembers_nothing("record the same events", _functions(book), record)

    def test_that_it_returns_soon_for_large_numbers(self) -> None:
        """No function takes seconds, or gigabytes, for an event of the examples with a large number in one of its fields.

        This is tried in a new process. If the class can't be instantiated there, the test is skipped.
        """
        _check_large_numbers(self)

    def test_that_it_raises_for_no_event(self) -> None:
        """No plugin function raises, whatever an event lacks or contains, however many there were, and in whatever time zone.

        In production, a rule whose function raises gives nothing.
        """
        book, mine = without_observers(_book(self)), _examples(self)
        names = {event.id for event in mine}
        # here a function that doesn't return for a large number would stop everything
        with suppress(SkipTest):
            _check_large_numbers(self)

        def check(found: Iterable[Event], by: RuleBook = book) -> None:
            for fault, event in _faults(by, found):
                raise AssertionError(f"{fault}, for {event} in the zone {by.zone}")

        for found in odd_ones(book, mine):
            check(found)
        check(over_again(mine, REPEATS))
        for zone in ZONES:
            check(mine, evolve(book, zone=zone))

        @tried_on(self.examples, communities(book))
        def holds(history: list[Event]) -> None:
            check([*mine, *(each for each in history if each.id not in names)])

        holds()

    def test_that_each_declared_setting_works(self) -> None:
        """No step raises, or takes seconds or gigabytes, for a setting at the bounds that its rule kind declares, or for any of the choices.

        A number without a bound is tried below 0 and at 1000, one that needn't be an integer as a fraction, too; a text without choices when
        it is empty. Defaults are tried wherever the book sets something else. Only how long that takes is tried with larger numbers; in a new
        process, if the class can be instantiated there.
        """
        book, mine = without_observers(_book(self)), _examples(self)
        found = [mine, *odd_ones(book, mine)]
        at_bounds = [*product(tried_settings(book, at_the_bounds), found)]
        at_bounds += product(tried_pairs(book), [mine])
        if at_bounds:
            asked = [*at_bounds, *product(tried_settings(book, large_ones), found)]
            with suppress(SkipTest):
                check_limits(self, recorded_with_settings, asked, DECLARE_VALID)
        with_settings = books_with_settings(book)
        for tried, events in at_bounds:
            for fault, _ in _faults(with_settings(tried), events):
                raise AssertionError(
                    f"{fault}, with settings = {dict(tried.settings)}; {DECLARE_VALID}"
                )

    def test_that_the_examples_earn_something(self) -> None:
        """The examples earn something, and no plugin function raises for them."""
        engine = Engine(without_observers(_book(self)))
        receipts = [engine.record(event) for event in _examples(self)]
        faults = [*filter(None, map(_raised, receipts))]
        assert not faults, "; ".join(dict.fromkeys(faults))
        assert any(each.entries or each.awards for each in receipts), (
            "the events of examples_of earn nobody anything"
        )


def _record_anew(book: RuleBook, events: Iterable[Event]) -> None:
    Engine(book).record_many(events)


def _book(contract: RuleContract) -> RuleBook:
    """The book of a contract, after its first calls were watched, if that isn't done in another process."""
    book = returned("make_book", contract.make_book(), RuleBook)
    recorded = partial(_record_examples, contract, without_observers(book))
    watch_first_calls(contract, partial(impurities, recorded))
    return book


def _record_examples(contract: RuleContract, book: RuleBook) -> None:
    _record_anew(book, _examples(contract))


def _examples(contract: RuleContract) -> list[Event]:
    return events_returned("examples_of", contract.examples_of())


def _check_large_numbers(contract: RuleContract) -> None:
    book = _book(contract)
    asked = [*with_large_numbers(book, _examples(contract))]
    if asked and _functions(book):
        check_limits(contract, recorded_in_bounds, asked, BOUND_NUMBERS)


def _functions(book: RuleBook) -> list[object]:
    """The functions of plugins that a book calls."""
    measures = [book.measures[name] for name in measures_used(book) if name in book.measures]
    return [
        *(book.kinds[name].step for name in kinds_used(book)),
        *(each for measure in measures for each in (measure.add, measure.read)),
        *(rule.test for rule in book.rules.values() if rule.test),
    ]


def _faults(book: RuleBook, events: Iterable[Event]) -> Iterator[tuple[str, Event]]:
    """What plugin functions raise for some events that are recorded one by one, each with its event."""
    engine = Engine(book)
    for event in events:
        if fault := _raised(engine.record(event)):
            yield fault, event


def _raised(receipt: Receipt) -> str:
    """What plugin functions raised for an event, by rule; "" if none did."""
    faults = [
        f"{rule_label(no.rule)}: {no.detail}" for no in receipt.refusals if no.reason == "fault"
    ]
    return "; ".join(faults)
