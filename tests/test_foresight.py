"""What a batch touches is recalled in sets: nothing of it is asked for one by one, however much past is folded again."""

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from benchmarks.community import community
from benchmarks.forums import forum
from benchmarks.memory import BOOK

from wiifm import Engine, Event, RuleBook
from wiifm.archive.tables import CELLS, EVENTS, HOLDERS
from wiifm.stores.memory import MemoryStore

BATCH = 500


class Asked(MemoryStore):
    """A store that counts how often it is asked for rows of each table in a transaction."""

    def __init__(self):
        super().__init__()
        self.asked = []

    @contextmanager
    def writing(self):
        count = Counter()
        self.asked.append(count)
        with super().writing() as session:
            for ask in ("find", "scan"):
                setattr(session, ask, self._counted(count, getattr(session, ask)))
            yield session

    @staticmethod
    def _counted(count, ask):
        def counted(table, *given, **named):
            count[table.name] += 1
            return ask(table, *given, **named)

        return counted


@pytest.mark.parametrize(
    ("book", "events"),
    [
        (BOOK, community(3_000, seed=3)),
        (RuleBook.load("plugin:stackexchange"), forum("stackexchange", 3_000, seed=3)),
        (RuleBook.load("plugin:discourse"), forum("discourse", 3_000, seed=3)),
    ],
    ids=["benchmark", "stackexchange", "discourse"],
)
def test_that_what_members_count_by_object_person_or_topic_is_asked_for_once_a_batch(book, events):
    store = Asked()
    engine = Engine.over(store, book)
    for start in range(0, len(events), BATCH):
        engine.record_many(events[start : start + BATCH])
    batches = [count for count in store.asked if count[EVENTS.name]]
    assert len(batches) == len(events) // BATCH
    assert max(count[CELLS.name] for count in batches) == 1
    assert max(count[HOLDERS.name] for count in batches) <= 3  # members, communities, units


START = datetime(2026, 5, 4, tzinfo=UTC)


def event(id, type, hours, **more):
    return Event(id=id, type=type, occurred_at=START + timedelta(hours=hours), **more)


def conversations(hours):
    """Each hour somebody asks, ann answers, and whoever asked accepts that; she has a unit, and a mentor."""
    yield event("p0", "member.joined", -90, actor="ann", data={"unit": "sales"})
    yield event("m0", "mentoring.started", -90, actor="mia", recipient="ann")
    for n in range(hours):
        asker, about = f"m{n % 7}", {"topics": ["pricing"], "community": "lab"}
        yield event(f"q{n}", "question.asked", n, actor=asker, object=f"q{n}", **about)
        yield event(
            f"a{n}", "answer.posted", n + 0.1, actor="ann", object=f"a{n}", in_reply_to=f"q{n}"
        )
        yield event(f"h{n}", "answer.accepted", n + 0.2, actor=asker, object=f"a{n}")


KEPT = """
[book]
id = "kept"

[purse.points]

[[rule]]
id     = "liked"
on     = "answer.accepted"
to     = "recipient"
points = 2
gate   = { of = "object", times = 1 }

[[badge]]
id       = "answerer"
distinct = "recipient"
on       = "answer.posted"
at_least = 5
keep     = true
"""
BOOKS = {"benchmark": BOOK, "kept": RuleBook.parse(KEPT)}

LATE = {
    "unit": event("late", "member.updated", -9, actor="ann", data={"unit": "support"}),
    "zone": event("late", "member.updated", -9, actor="ann", data={"zone": "Asia/Tokyo"}),
    "mentor": event("late", "mentoring.started", -9, actor="max", recipient="ann"),
    "retraction": event("late", "event.retracted", 0.3, retracts="q0"),
    "object": event("late", "question.asked", -9, actor="eve", object="q0"),
}


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("book", BOOKS)
def test_that_a_long_past_is_asked_for_in_as_few_questions_as_a_short_one(late, book):
    asked = []
    for hours in (40, 160):
        store = Asked()
        engine = Engine.over(store, BOOKS[book])
        engine.record_many(conversations(hours))
        store.asked.clear()
        again = Engine.over(store, BOOKS[book])  # nothing is at hand any more
        receipt = again.record(LATE[late])
        assert receipt.status in ("recorded", "retraction")
        asked.append(sum(map(Counter.total, store.asked)))
    assert asked[1] <= asked[0] + 8
