"""Equal rule books and events whose mappings have their keys in reverse order, to find functions that depend on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from attrs import evolve

from wiifm.events import Event
from wiifm.rulebook.book import RuleBook

T = TypeVar("T")


def turned_book(book: RuleBook) -> RuleBook:
    """An equal book, with the settings of its rules in reverse order."""
    rules = {
        name: evolve(rule, settings=_turned(rule.settings)) for name, rule in book.rules.items()
    }
    return evolve(book, rules=rules)


def turned_events(events: Iterable[Event]) -> list[Event]:
    """Equal events, with the fields of their data in reverse order.

    >>> from datetime import UTC, datetime
    >>> thanks = Event(id="k", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), data={"text": "ta", "amount": 2})
    >>> [turned] = turned_events([thanks])
    >>> turned == thanks, list(turned.data)
    (True, ['amount', 'text'])
    """
    return [evolve(event, data=_turned(event.data)) for event in events]


def _turned(mapping: Mapping[str, T]) -> dict[str, T]:
    return dict(reversed(list(mapping.items())))
