"""Whoever asks in memory for what one member has, or did, goes through nothing of the others'."""

from datetime import UTC, datetime, timedelta

import pytest

from wiifm import Engine, Event, RuleBook
from wiifm.records import AT_ONCE, Rows

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
BOOK = RuleBook.parse("""
[book]
id = "b"
[[rule]]
id = "shared"
on = "post.shared"
points = 2
[[rule]]
id = "told"
on = "post.shared"
points = 1
""")


def post(number, member):
    at = BEGIN + timedelta(minutes=number)
    return Event(
        id=f"e{number}", type="post.shared", occurred_at=at, actor=member, object=f"o{number}"
    )


@pytest.fixture
def engine():
    found = Engine(BOOK)
    found.record_many([post(n, "ann" if n % 100 == 50 else "bob") for n in range(300)])
    return found


@pytest.fixture
def looked_at(monkeypatch):
    """The numbers of the rows of any ledger that somebody takes out."""
    found, take = [], Rows.__getitem__
    monkeypatch.setattr(Rows, "__getitem__", lambda *asked: found.append(asked[1]) or take(*asked))
    return found


@pytest.mark.parametrize(
    "read",
    [
        lambda engine: list(engine.ledger("ann")),
        lambda engine: list(engine.ledger("ann", rule="told")),
        lambda engine: engine.statement("ann"),
        lambda engine: engine.statement("ann", BEGIN + timedelta(minutes=100)),
    ],
)
def test_that_nobody_goes_through_what_others_have(engine, looked_at, read):
    engine.statement("bob")
    looked_at.clear()
    read(engine)
    assert looked_at
    assert {number // 2 % 100 for number in looked_at} == {50}


def test_that_what_came_since_is_there(engine):
    before = list(engine.ledger("ann"))
    engine.record(post(1_000, "ann"))
    assert [entry.event for entry in before] == ["e50", "e50", "e150", "e150", "e250", "e250"]
    assert list(engine.ledger("ann")) == [*before, *list(engine.ledger())[-2:]]


def test_that_what_came_late_stands_in_its_place(engine):
    engine.statement("ann")
    late = Event(
        id="late",
        type="post.shared",
        occurred_at=BEGIN + timedelta(minutes=60),
        actor="ann",
        object="l",
    )
    engine.record(late)
    done = engine._memory.deeds.by("ann", BEGIN + timedelta(minutes=55))
    assert [event.id for event in done] == ["late", "e150", "e250"]
    assert [event.id for event in engine._memory.deeds.lately_by("ann", None)] == [
        *("e250", "e150", "late", "e50")
    ]
    engine.retract("late", at=BEGIN + timedelta(days=1))
    assert engine._memory.deeds.first_by("ann").id == "e50"
    assert "late" not in [event.id for event in engine._memory.deeds.lately_by("ann", None)]


def test_that_nothing_is_left_of_a_batch_that_failed(engine, monkeypatch):
    before = list(engine.ledger("ann"))
    note, journal = type(engine._memory.journal).note_levels, type(engine._memory.journal)

    def interrupted(*_):
        list(
            engine._memory.accounts.of_holder(before[0].holder)
        )  # somebody looks at what is half done
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "note_levels", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.record_many([post(n, "ann") for n in range(1_000, 1_010)])
    monkeypatch.setattr(journal, "note_levels", note)
    assert list(engine.ledger("ann")) == before
    engine.record_many([post(n, "ann") for n in range(1_005, 1_010)])
    whole = [entry for entry in engine.ledger() if entry.holder.id == "ann"]
    assert list(engine.ledger("ann")) == whole
    assert len(whole) == len(before) + 10


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, 2 * AT_ONCE + 3])
def test_that_the_rows_behind_so_many_are_those(count):
    rows = Rows()
    for number in range(2 * AT_ONCE + 3):
        rows.append((number, 0, 0, 0, 0))
    assert [row[0] for row in rows.after(count)] == list(range(count, 2 * AT_ONCE + 3))
