"""The pytest plugin of wiifm, with fixtures: a clock, a rule book, an engine, and a small community's events.

Override the fixture ``wiifm_book`` in a test module to give ``wiifm_engine`` a rule book of your own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wiifm.engine import Engine
    from wiifm.events import Event
    from wiifm.rulebook.book import RuleBook


class Clock:
    """A clock under control: it stands still until it is told to tick. Calling it returns the time.

    >>> clock = Clock(datetime(2026, 5, 4, 9, tzinfo=UTC))
    >>> clock.tick(hours=2)
    datetime.datetime(2026, 5, 4, 11, 0, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The current time."""
        return self.now

    def tick(self, **length: float) -> datetime:
        """Move the clock on by a length of time, given as to :class:`~datetime.timedelta`, and return the new time."""
        self.now += timedelta(**length)
        return self.now


@pytest.fixture
def wiifm_clock() -> Clock:
    """A clock that stands at nine o'clock (UTC) on Monday, 4 May 2026."""
    return Clock(datetime(2026, 5, 4, 9, tzinfo=UTC))


@pytest.fixture
def wiifm_book() -> RuleBook:
    """The rule book of the engine: ``plugin:sharing``, unless you override it."""
    from wiifm.rulebook.book import RuleBook  # noqa: PLC0415 - nothing is imported for tests that don't ask

    return RuleBook.load("plugin:sharing")


@pytest.fixture
def wiifm_engine(wiifm_book: RuleBook) -> Engine:
    """An engine with the book ``wiifm_book`` and without events."""
    from wiifm.engine import Engine  # noqa: PLC0415

    return Engine(wiifm_book)


@pytest.fixture
def wiifm_community(wiifm_clock: Clock) -> list[Event]:
    """Ten events of a morning in a small community: Ann and Raj of Sales, Mia of Design; a question, its answer, thanks."""
    from wiifm.events import Event  # noqa: PLC0415

    def event(id: str, type: str, actor: str, **more: object) -> Event:
        at = wiifm_clock.tick(minutes=10)
        return Event(id=id, type=type, occurred_at=at, actor=actor, **more)  # type: ignore[arg-type]

    return [
        event("ann joins", "member.joined", "ann", data={"unit": "Sales", "zone": "Europe/Paris"}),
        event("raj joins", "member.joined", "raj", data={"unit": "Sales", "manager": "ann"}),
        event("mia joins", "member.joined", "mia", data={"unit": "Design"}),
        event("mentoring", "mentoring.started", "ann", recipient="mia"),
        event("question", "question.asked", "raj", object="q1", topics=("pricing",)),
        event("answer", "answer.posted", "mia", object="a1", in_reply_to="q1"),
        event("like", "object.liked", "ann", object="a1"),
        event("accepted", "answer.accepted", "raj", object="a1"),
        event(
            "thanks", "kudos.given", "raj", recipient="mia", data={"text": "that saved my quote"}
        ),
        event("broadcast", "announcement.broadcast", "ann", object="n1"),
    ]
