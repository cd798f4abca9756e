"""The same events and the same rule book, with the keys of what is handed to functions in another order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from attrs import evolve

from wiifm.events import Event
from wiifm.rulebook.book import RuleBook

T = TypeVar("T")


def turned_book(book: RuleBook) -> RuleBook:
    """A book that decides the same: the settings of its rules stand in the order from the last to the first."""
    rules = {
        name: evolve(rule, settings=_turned(rule.settings)) for name, rule in book.rules.items()
    }
    return evolve(book, rules=rules)


def turned_events(events: Iterable[Event]) -> list[Event]:
    """Events that are the same: the fields of their data stand in the order from the last to the first.

    >>> from datetime import UTC, datetime
    >>> thanks = Event(id="k", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), data={"text": "ta", "amount": 2})
    >>> [turned] = turned_events([thanks])
    >>> turned == thanks, list(turned.data)
    (True, ['amount', 'text'])
    """
    return [evolve(event, data=_turned(event.data)) for event in events]


def _turned(found: Mapping[str, T]) -> dict[str, T]:
    return dict(reversed(list(found.items())))
