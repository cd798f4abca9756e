"""Checks that what depends on units and other facts about members is stated by some event type of the book."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from wiifm.faults import Fault
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.names import ACROSS, UNITS


def has_relation(book: RuleBook, relation: str) -> bool:
    """Whether the book has an event type with this relation; "joining" counts as "profile", too."""
    kinds = book.types.values()
    return any(
        each.profiles if relation == "profile" else each.relates == relation for each in kinds
    )


def unit_faults(book: RuleBook, key: str, names: Collection[str]) -> Iterator[Fault]:
    """The faults of names of units in an expression or a sentence, where no event type says who belongs to which unit."""
    for name in (*UNITS, ACROSS):
        if name in names and not has_relation(book, "profile"):
            expected = "an event type that relates 'profile'; without it, nobody belongs to a unit"
            yield Fault(key, name, expected)
