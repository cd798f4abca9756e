"""Nouns as JSON has them: attrs classes as objects, moments in ISO 8601, exact amounts as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cattrs import Converter

from wiifm.events import Event
from wiifm.ledger import Holder

_CONVERTER = Converter()
_CONVERTER.register_unstructure_hook(datetime, lambda found: found.isoformat())
_CONVERTER.register_unstructure_hook(Decimal, float)
_CONVERTER.register_unstructure_hook(Fraction, float)
_CONVERTER.register_unstructure_hook(Holder, Holder.as_json)
_CONVERTER.register_unstructure_hook(Event, Event.as_json)
_CONVERTER.register_unstructure_hook_func(
    lambda kind: kind in (Mapping, dict) or getattr(kind, "__origin__", None) in (Mapping, dict),
    lambda found: {str(key): plain(value) for key, value in found.items()},
)


def plain(found: Any) -> Any:
    """What JSON can hold of a noun, or of a list of them.

    >>> from wiifm.leaderboard import Rank
    >>> plain([Rank(rank=1, member="ann", points=Decimal("2.5"))])
    [{'rank': 1, 'member': 'ann', 'points': 2.5}]
    """
    if isinstance(found, (list, tuple)) and not hasattr(found, "_fields"):
        return [plain(each) for each in found]
    return _CONVERTER.unstructure(found)
