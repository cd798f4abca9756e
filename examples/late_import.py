"""A late import out of order: a forum's second half comes first, then its first half, twice, then a chat.

The standings are the same as in order, and the ledger says what was corrected and why. Run it with
``python examples/late_import.py``.
"""

from datetime import UTC, datetime, timedelta

from wiifm import Engine, Event, Holder, RuleBook

FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)


def history() -> list[Event]:
    """The forum: for three weeks Ann answers a question every working day, and a colleague likes her answer."""
    events = []
    for day in range(21):
        at = FIRST + timedelta(days=day)
        if at.isoweekday() > 5:
            continue
        question, answer = f"q{day}", f"a{day}"
        asker = ("bob", "cleo", "dan")[day % 3]
        events += [
            Event(id=question, type="question.asked", occurred_at=at, actor=asker, object=question),
            Event(
                id=answer,
                type="answer.posted",
                occurred_at=at + timedelta(minutes=10),
                actor="ann",
                object=answer,
                in_reply_to=question,
            ),
            Event(
                id=f"like{day}",
                type="object.liked",
                occurred_at=at + timedelta(minutes=30),
                actor=asker,
                object=answer,
            ),
        ]
    return events


def chat() -> list[Event]:
    """The chat, which is imported last: on Mondays Cleo answered there before Ann did in the forum."""
    return [
        Event(
            id=f"chat{week}",
            type="answer.posted",
            occurred_at=FIRST + timedelta(weeks=week, minutes=5),
            actor="cleo",
            object=f"chat{week}",
            in_reply_to=f"q{7 * week}",
        )
        for week in range(3)
    ]


def main() -> None:
    """Record everything in order, and by the late import, and compare the results."""
    book = RuleBook.load("plugin:sharing")
    events = history()
    half = len(events) // 2

    in_order = Engine(book)
    in_order.record_many(sorted([*events, *chat()], key=lambda event: event.occurred_at))

    imported = Engine(book)
    for part in (events[half:], events[:half], events[:half], chat()):
        tally = imported.record_many(part)
        print(f"{tally.recorded} recorded, {tally.duplicates} known already")

    ann = imported.standing("ann")
    streaks = [f"{award.badge} {award.tier}" for award in ann.badges if award.badge == "steady"]
    print(f"ann: {ann.points['points']} points, {', '.join(streaks)}")
    same = all(in_order.standing(each) == imported.standing(each) for each in in_order.holders())
    print("the same as in order:", same)

    for entry in imported.ledger("ann"):
        if entry.corrects:
            print(entry, "because of", entry.because)
    corrections = [entry for entry in imported.ledger("ann") if entry.corrects]
    print(f"{len(corrections)} of {len(list(imported.ledger()))} entries are corrections")
    total = sum(entry.amount for entry in imported.ledger(Holder("member", "ann"), purse="points"))
    print("the sum of the ledger is the points:", total == ann.points["points"])


if __name__ == "__main__":
    main()
