"""A first rule book, applied to a day at Acme: what each event gave, what a limit capped, what a gate refused, and why.

Run it with ``python examples/first_book.py``.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from wiifm import Engine, Event, RuleBook

MORNING = datetime(2026, 5, 4, 9, tzinfo=UTC)


def event(name: str, kind: str, minutes: int, actor: str, **more: object) -> Event:
    """An event, so many minutes into the morning."""
    at = MORNING + timedelta(minutes=minutes)
    return Event(id=name, type=kind, occurred_at=at, actor=actor, **more)


DAY = [
    event("q1", "question.asked", 0, "raj", object="pricing?"),
    event("a1", "answer.posted", 20, "ann", object="the-note", in_reply_to="pricing?"),
    event("l1", "object.liked", 30, "raj", object="the-note"),
    event("l2", "object.liked", 40, "noor", object="the-note"),
    event("l3", "object.liked", 50, "mia", object="the-note"),
    event("l4", "object.liked", 55, "ann", object="the-note"),
    event("k1", "kudos.given", 60, "raj", recipient="ann", data={"text": "you saved my quote"}),
    event("k2", "kudos.given", 61, "raj", recipient="mia", data={"text": "good question"}),
    event("k3", "kudos.given", 62, "raj", recipient="noor", data={"text": "nice slides"}),
]


def main() -> None:
    """Record the day, and print each receipt and Ann's statement."""
    engine = Engine(RuleBook.load(Path(__file__).with_name("first_book.toml")))
    for each in DAY:
        print(engine.record(each))
    print()
    print(engine.statement("ann"))


if __name__ == "__main__":
    main()
