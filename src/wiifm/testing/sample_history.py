"""A small history, with its rule book, that makes receipts of every kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from wiifm.events import Event
from wiifm.rulebook.book import RuleBook

_BOOK = """
[book]
id = "everything"

[purse.points]

[purse.hours]
decimals = 2

[[rule]]
id     = "shared"
on     = "post.shared"
points = 5
limit  = { points = 8, per = "day" }

[[rule]]
id     = "team"
on     = "post.shared"
to     = "unit"
points = 1

[[rule]]
id     = "liked"
on     = "object.liked"
to     = "recipient"
points = 1
say    = "{actor} liked your {object_type}"

[[rule]]
id     = "session"
on     = "mentoring.session"
purse  = "hours"
points = "minutes / 60"

[[badge]]
id       = "good-post"
count    = "object.liked"
to       = "recipient"
per      = "object"
again    = "object"
at_least = { bronze = 1, silver = 5 }
points   = { bronze = 2, silver = 3 }

[[badge]]
id    = "team-spirit"
count = "post.shared"
to    = "unit"

[ladder.path]
levels = { helper = 5, guide = 8 }
"""


def sample_history() -> tuple[RuleBook, list[Event]]:
    """The book and the events: of members and a unit, with whole and decimal amounts, levels reached and lost.

    >>> book, events = sample_history()
    >>> from wiifm.engine import Engine
    >>> engine = Engine(book)
    >>> receipts = [engine.record(event) for event in events]
    >>> sorted({receipt.status for receipt in receipts})
    ['pending', 'recorded', 'retracted', 'retraction', 'void']
    >>> [str(change.level) for receipt in receipts for change in receipt.levels]
    ['helper', 'guide', 'helper', 'None', 'helper']
    """
    return RuleBook.parse(_BOOK), [
        _event(1, "member.joined", data={"unit": "Sales"}),
        _event(2, "object.liked", actor="raj", object="later"),
        _event(3, "post.shared", object="p1"),
        _event(4, "post.shared", object="p2"),
        _event(5, "post.shared", actor="raj", object="p2"),
        _event(6, "object.liked", object="p1"),
        _event(7, "object.liked", actor="raj", object="p1"),
        _event(8, "mentoring.session", recipient="raj", data={"minutes": 50}),
        _event(9, "event.retracted", retracts="e3"),
        _event(10, "event.retracted", retracts="e4"),
        _event(0, "event.retracted", retracts="e11"),
        _event(11, "object.liked", actor="raj", object="p1"),
    ]


def _event(number: int, type: str, actor: str = "ann", **more: Any) -> Event:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC) + timedelta(minutes=number)
    return Event(id=f"e{number}", type=type, occurred_at=at, actor=actor, **more)
