"""Converts readings to JSON; a statement as :mod:`wiifm.statement.data` does."""

from __future__ import annotations

from typing import Any

from wiifm.culture import data as culture
from wiifm.culture.nouns import Culture
from wiifm.events import Event
from wiifm.ledger import Holder
from wiifm.statement.data import as_json, converter
from wiifm.statement.nouns import Statement

_CONVERTER = converter()
_CONVERTER.register_unstructure_hook(Holder, Holder.as_json)
_CONVERTER.register_unstructure_hook(Event, Event.as_json)
_CONVERTER.register_unstructure_hook(Statement, as_json)
_CONVERTER.register_unstructure_hook(Culture, culture.as_json)


def plain(found: Any) -> Any:
    """A reading, or a list of them, as plain data for JSON.

    >>> from decimal import Decimal
    >>> from wiifm.leaderboard import Rank
    >>> plain([Rank(rank=1, member="ann", points=Decimal("2.5"))])
    [{'rank': 1, 'member': 'ann', 'points': 2.5}]
    """
    return _CONVERTER.unstructure(found)
