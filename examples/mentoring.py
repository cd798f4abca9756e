"""A mentoring programme: mentors get points for what their mentees achieve, and fewer and fewer once the mentoring has ended.

The rule book is written for this programme, with the built-in event types. Run it with
``python examples/mentoring.py``.
"""

from datetime import UTC, datetime, timedelta

from wiifm import Engine, Event, RuleBook

BOOK = """
[book]
id = "mentoring"

[[rule]]
id     = "session"
on     = "mentoring.session"
points = "minutes // 15"                       # a point for each quarter of an hour
limit  = { times = 1, per = ["person", "week"] }
say    = "You spent {minutes} minutes with {recipient}"

[[rule]]
id     = "mentees-answer"
on     = "answer.accepted"
to     = "mentor"
points = 20
limit  = { times = 2, per = "person" }         # only the first two
say    = "{recipient}, whom you mentor, had an answer accepted"

[[rule]]
id     = "once-mentees-answer"
on     = "answer.accepted"
to     = "former_mentor"
points = 8
fade   = { share = 0.5, per = "10 days", times = 3 }
say    = "{recipient}, whom you mentored, had an answer accepted"

[[badge]]
id       = "guide"
all_of   = [
    { distinct = "recipient", on = "mentoring.started", at_least = 2 },
    { count = "answer.accepted", to = "mentor", at_least = 1 },
]
tier     = "silver"
say      = "You mentor two colleagues, and one of them has helped others"
"""
START = datetime(2026, 9, 7, 9, tzinfo=UTC)


def happened(name: str, kind: str, days: int, **more: object) -> Event:
    """An event, so many days into the programme."""
    return Event(id=name, type=kind, occurred_at=START + timedelta(days=days), **more)


PROGRAMME = [
    happened("m1", "mentoring.started", 0, actor="maria", recipient="tom"),
    happened("m2", "mentoring.started", 1, actor="maria", recipient="eve"),
    happened("s1", "mentoring.session", 2, actor="maria", recipient="tom", data={"minutes": 60}),
    happened("s2", "mentoring.session", 3, actor="maria", recipient="tom", data={"minutes": 45}),
    happened("q1", "question.asked", 8, actor="ken", object="q1"),
    happened("a1", "answer.posted", 9, actor="tom", object="a1", in_reply_to="q1"),
    happened("c1", "answer.accepted", 10, actor="ken", object="a1"),
    happened("m3", "mentoring.ended", 20, actor="maria", recipient="tom"),
    happened("q2", "question.asked", 21, actor="ken", object="q2"),
    happened("a2", "answer.posted", 22, actor="tom", object="a2", in_reply_to="q2"),
    happened("c2", "answer.accepted", 23, actor="ken", object="a2"),
]


def main() -> None:
    """Record the programme; then record, late, that the mentoring ended two weeks earlier than assumed."""
    engine = Engine(RuleBook.parse(BOOK, source="mentoring.toml"))
    engine.record_many(PROGRAMME)
    print(engine.statement("maria"))
    print()
    print("The end of the mentoring was reported late:")
    print(engine.record(happened("m0", "mentoring.ended", 7, actor="maria", recipient="tom")))
    print()
    print(engine.statement("maria"))


if __name__ == "__main__":
    main()
