"""Kudos with an allowance: everybody can give five kudos a week, at most two of them to one colleague, and none to themselves.

Up to two unused kudos carry over to the next week. Kudos that are returned within 30 days are worth half, and kudos for a
whole team are split among its members. The company's values, which kudos stand for, are topics.

Run it with ``python examples/kudos_week.py``.
"""

from datetime import UTC, datetime, timedelta

from wiifm import Engine, Event, RuleBook, to_each

BOOK = """
[book]
id = "kudos-week"

[purse.kudos]
decimals = 1

[[rule]]
id     = "kudos"
on     = "kudos.given"
to     = "recipient"
purse  = "kudos"
points = 1
split  = true
gate   = { of = "actor", points = 5, per = "week", carry = 2 }    # the giver's allowance
weaker = { mutual = 0.5, within = "30 days" }                     # kudos that are returned
limit  = { times = 2, per = ["person", "week"] }                  # from one giver
say    = "{actor} thanked you: {text}"

[[badge]]
id       = "appreciated"
to       = "recipient"
distinct = "actor"
on       = "kudos.given"
at_least = { bronze = 2, silver = 5, gold = 15 }

[[badge]]
id       = "lived-value"
to       = "recipient"
count    = "kudos.given"
per      = "topic"                                                # a badge for each value
again    = "topic"
at_least = 2
"""
MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


def kudos(
    number: int, actor: str, recipient: str | None, value: str, text: str, days: float = 0
) -> Event:
    """A kudos event, with the company's value that it stands for."""
    return Event(
        id=f"k{number}",
        type="kudos.given",
        occurred_at=MONDAY + timedelta(days=days, minutes=number),
        actor=actor,
        recipient=recipient,
        topics=(value,),
        data={"text": text},
    )


WEEK = [
    kudos(1, "raj", "ann", "courage", "you said what nobody dared to"),
    kudos(2, "raj", "mia", "craft", "that page is beautiful"),
    kudos(3, "raj", "ann", "care", "thank you for asking"),
    kudos(4, "raj", "ann", "care", "and for asking again"),
    kudos(5, "raj", "noor", "craft", "the query is ten times faster"),
    kudos(6, "raj", "leo", "care", "welcome!"),
    kudos(7, "raj", "leo", "craft", "what a first week"),
    kudos(8, "raj", "raj", "courage", "well, me"),
    kudos(9, "mia", "ann", "courage", "you stood up for us"),
    kudos(10, "raj", "leo", "craft", "and what a second one", days=7),
    kudos(11, "ann", "mia", "care", "so did you", days=7),
    *to_each(kudos(12, "noor", None, "craft", "we made it!", days=7), ["ann", "mia", "leo"]),
]


def main() -> None:
    """Record the week, and print what the gate and the limit refused, the leaderboard and a statement."""
    engine = Engine(RuleBook.parse(BOOK))
    for event in WEEK:
        receipt = engine.record(event)
        for refusal in receipt.refusals:
            print(f"{event.id} to {event.recipient}: {refusal.detail}")
        for award in receipt.awards:
            print(f"{award.holder} has earned {award}")
    print()
    for rank in engine.leaderboard("kudos"):
        print(f"{rank.rank}. {rank.member} {rank.points}")
    print()
    print(engine.statement("ann"))


if __name__ == "__main__":
    main()
