"""A rule change with its effects: what would a new rule book give to whom?

Both books score the same log, so the differences come from the rules alone. Run it with ``python examples/rule_change.py``.
"""

from datetime import UTC, datetime, timedelta

from wiifm import Engine, Event, RuleBook, difference

TODAY = """
[book]
id = "acme"

[[rule]]
id     = "shared"
on     = "post.shared"
points = 5
say    = "You shared a post"

[[rule]]
id     = "liked"
on     = "object.liked"
to     = "recipient"
points = 1
say    = "{actor} liked it"

[[badge]]
id       = "sharer"
count    = "post.shared"
at_least = { bronze = 3 }
"""
TOMORROW = TODAY.replace("points = 5", "points = 1", 1).replace(
    'points = 1\nsay    = "{actor}', 'points = 4\nsay    = "{actor}'
)
START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def events() -> list[Event]:
    """The log: Ann shares one post that many like; Bob shares four that nobody likes."""
    posts = [("ann", 1), *(("bob", number) for number in range(2, 6))]
    found = [
        Event(
            id=f"p{number}",
            type="post.shared",
            occurred_at=START + timedelta(hours=number),
            actor=actor,
            object=f"post{number}",
        )
        for actor, number in posts
    ]
    found += [
        Event(
            id=f"l{number}",
            type="object.liked",
            occurred_at=START + timedelta(days=1, hours=number),
            actor=f"reader{number}",
            object="post1",
        )
        for number in range(6)
    ]
    return found


def main() -> None:
    """Score the log by both books, and print how the standings differ."""
    now, then = Engine(RuleBook.parse(TODAY)), Engine(RuleBook.parse(TOMORROW))
    for engine in (now, then):
        engine.record_many(events())
    print("another meaning:", now.book.digest != then.book.digest)
    for holder in now.holders():
        print(difference(now.standing(holder), then.standing(holder)) or f"{holder}: the same")
    print("first today:", now.leaderboard()[0].member)
    print("first tomorrow:", then.leaderboard()[0].member)


if __name__ == "__main__":
    main()
