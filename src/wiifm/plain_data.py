"""Converts what an engine returns to plain data for JSON: receipts, standings, statements, leaderboards and all the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wiifm.culture import data as culture
from wiifm.culture.nouns import Culture
from wiifm.events import Event
from wiifm.faults import InvalidInput
from wiifm.ledger import Holder
from wiifm.statement.data import as_json as statement_as_json
from wiifm.statement.data import converter
from wiifm.statement.nouns import Statement

_CONVERTER = converter()
_CONVERTER.register_unstructure_hook(Holder, Holder.as_json)
_CONVERTER.register_unstructure_hook(InvalidInput, str)  # why an event was rejected
_CONVERTER.register_unstructure_hook(Event, Event.as_json)
_CONVERTER.register_unstructure_hook(Statement, statement_as_json)
_CONVERTER.register_unstructure_hook(Culture, culture.as_json)


def as_json(found: Any) -> Any:
    """Return what an engine returned, or several such things, as plain data for ``json.dumps``. The JSON API has the same shapes.

    Objects become tables by the names of their attributes. Moments are texts in ISO 8601, amounts numbers in points, tuples and
    iterators lists. Award and progress have "at" and "object" in place of ``occurred_at`` and ``key``, and null for no tier.

    >>> import json
    >>> from decimal import Decimal
    >>> from wiifm.leaderboard import Rank
    >>> json.dumps(as_json([Rank(rank=1, member="ann", points=Decimal("2.5"))]))
    '[{"rank": 1, "member": "ann", "points": 2.5}]'
    """
    return _CONVERTER.unstructure([*found] if isinstance(found, Iterator) else found)
