"""The one law, as a check: whatever the path, the result is that of one fold in order."""

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
    """Record events in order, as they come, twice, and in two batches; every holder must have the same each time.

    Answers the engine that recorded them as they come. The sum of its ledger is checked too. Observers of the book's plugins
    are told nothing of it.

    >>> from wiifm import RuleBook
    >>> list(check_law(RuleBook.load("plugin:sharing"), []).holders())
    []

    Raises:
        AssertionError: with what differs, holder by holder.
    """
    book = alone(book)
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
        told = differences(in_order, engine)
        assert not told, f"in order, and {name}, differ:\n{told}"
        check_ledger(engine)
    return as_they_come


def alone(book: RuleBook) -> RuleBook:
    """A book that decides the same, and whose plugins' observers are told nothing: what is tried is nobody's business."""
    return evolve(book, observers={})


def differences(one: Engine, other: Engine) -> str:
    """What differs between all that two engines hold, a line each; "" where nothing does."""
    holders = dict.fromkeys([*one.holders(), *other.holders()])
    told = [
        differing(*({each: engine.standing(each) for each in holders} for engine in (one, other)))
    ]
    if one.pending() != other.pending():
        told.append(f"pending {one.pending()}, but {other.pending()}")
    return "\n".join(filter(None, told))


def differing(one: Mapping[Holder, Standing], other: Mapping[Holder, Standing]) -> str:
    """What differs between what everybody has, a line each; "" where nothing does."""
    told = (
        difference(
            one.get(each, Standing(holder=each, points={})),
            other.get(each, Standing(holder=each, points={})),
        )
        for each in sorted({**one, **other})
    )
    return "\n".join(filter(None, told))


def check_ledger(engine: Engine) -> None:
    """The sum of a holder's entries must be their points, in every purse."""
    sums: Counter[tuple[Holder, str]] = Counter()
    for entry in engine.ledger():
        sums[entry.holder, entry.purse] += entry.amount  # type: ignore[assignment]
    for holder in engine.holders():
        for purse, amount in engine.standing(holder).points.items():
            found: Amount = sums[holder, purse]
            assert found == amount, f"{holder}: {purse} {amount}, but the ledger's sum is {found}"
