"""Checks the law: whatever the order and the batches, the result is that of one pass over the events in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import evolve

from wiifm.activities import order_of
from wiifm.differences import difference
from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.ledger import Amount, Holder, Standing
from wiifm.rulebook.book import RuleBook


def check_law(book: RuleBook, events: Sequence[Event]) -> Engine:
    """Record events in order, as they come, twice, and in two batches, and check that every holder has the same each time.

    It also checks that the entries of each ledger sum to the points. The observers of the book's plugins aren't called.

    Returns:
        The engine that recorded the events one by one, as they come.

    >>> from wiifm import RuleBook
    >>> list(check_law(RuleBook.load("plugin:sharing"), []).holders())
    []

    Raises:
        AssertionError: two results differ; the message says how, holder by holder.
    """
    book = without_observers(book)
    in_order = Engine(book)
    in_order.record_many(sorted(events, key=order_of))
    as_they_come, twice, halves = Engine(book), Engine(book), Engine(book)
    for event in events:
        as_they_come.record(event)
    twice.record_many([*reversed(events), *events])
    middle = len(events) // 2
    halves.record_many(events[middle:])
    halves.record_many(events[:middle])
    for name, engine in (("one by one", as_they_come), ("twice", twice), ("in halves", halves)):
        found = differences(in_order, engine)
        assert not found, f"events recorded in order, and {name}, give different results:\n{found}"
        check_ledger(engine)
    return as_they_come


def without_observers(book: RuleBook) -> RuleBook:
    """The same book without the observers of its plugins, so that a test delivers nothing."""
    return evolve(book, observers={})


def differences(one: Engine, other: Engine) -> str:
    """The differences between what two engines hold, a line each; "" if there are none."""
    holders = dict.fromkeys([*one.holders(), *other.holders()])
    lines = [
        differing(*({each: engine.standing(each) for each in holders} for engine in (one, other)))
    ]
    if one.pending() != other.pending():
        lines.append(f"pending {one.pending()}, but {other.pending()}")
    return "\n".join(filter(None, lines))


def differing(one: Mapping[Holder, Standing], other: Mapping[Holder, Standing]) -> str:
    """The differences between two sets of standings, a line each; "" if there are none."""
    lines = (
        difference(
            one.get(each, Standing(holder=each, points={})),
            other.get(each, Standing(holder=each, points={})),
        )
        for each in sorted({**one, **other})
    )
    return "\n".join(filter(None, lines))


def check_ledger(engine: Engine) -> None:
    """Check that each holder's entries sum to their points, in every purse."""
    sums: Counter[tuple[Holder, str]] = Counter()
    for entry in engine.ledger():
        sums[entry.holder, entry.purse] += entry.amount  # type: ignore[assignment]
    for holder in engine.holders():
        for purse, amount in engine.standing(holder).points.items():
            found: Amount = sums[holder, purse]
            assert found == amount, (
                f"{holder} has {amount} {purse}, but their entries sum to {found}"
            )
