"""Why a member has their points: from a statement to ledger entries, and from an entry to its event, its rule and its corrections.

Run it with ``python examples/why.py``.
"""

from datetime import UTC, datetime, timedelta

from wiifm import Engine, Event, RuleBook

START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def event(name: str, kind: str, hours: float, **more: object) -> Event:
    """An event, so many hours into the week."""
    return Event(id=name, type=kind, occurred_at=START + timedelta(hours=hours), **more)


WEEK = [
    event("q1", "question.asked", 0, actor="raj", object="pricing?"),
    event("a1", "answer.posted", 1, actor="ann", object="note", in_reply_to="pricing?"),
    event("h1", "object.helped", 2, actor="raj", object="note", data={"text": "it saved my quote"}),
    event(
        "k1", "kudos.given", 3, actor="mia", recipient="ann", data={"text": "for the pricing note"}
    ),
]


def main() -> None:
    """Explain Ann's points; then retract one event, and explain again."""
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(WEEK)
    statement = engine.statement("ann")
    for earned in statement.earned:
        print(f"{earned.amount} {earned.purse} for {earned.rule}: entries {earned.entries}")
        print(engine.explain(earned.entries[0]))
        print()
    receipt = engine.retract("k1", at=START + timedelta(days=1))
    print(receipt)
    kudos = next(e for e in engine.ledger("ann", rule="kudos") if e.corrects is None)
    print(engine.explain(kudos))


if __name__ == "__main__":
    main()
