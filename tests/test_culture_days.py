"""Days that are kept: whatever came late, was taken back or erased, a report is the one computed from nothing."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from attrs import evolve

from processes import keep_side_by_side
from wiifm import Engine, Event, RuleBook, verify
from wiifm.archive.copying import copy_archive
from wiifm.archive.tables import DAYS, DAYS_UPTO
from wiifm.culture.data import as_json
from wiifm.culture.days import days_of
from wiifm.culture.deeds import CollectedObjects
from wiifm.culture.keeping import keep
from wiifm.culture.packing import FORMAT, packed, unpacked
from wiifm.culture.stored_days import StoredDays
from wiifm.retention import prune
from wiifm.stores.memory import MemoryStore
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.rescoring import rescore

START = datetime(2026, 1, 5, tzinfo=UTC)
SHARING = RuleBook.load("plugin:sharing")
MEMBERS = [f"person-{name}" for name in "abcdefghij"]
NOON = START + timedelta(days=2, hours=12)
TIMES = ((None, None), (NOON, None), (None, NOON), (NOON, NOON + timedelta(days=2, hours=3)))
KINDS = (
    *("member.joined", "post.shared", "answer.accepted", "object.liked", "object.helped"),
    *("question.asked", "answer.posted", "question.asked", "answer.posted", "comment.posted"),
    *("kudos.given", "event.retracted", "mentoring.started", "mentoring.ended"),
)
LOOSE = {"fewest": 1, "named": True}


def a_history(seed, count=60):
    """What ten people do in six days: objects about which others know before they are made, replies to replies, and retractions."""
    random, events = Random(seed), []
    for number in range(count):
        kind = random.choice(KINDS)
        actor, other = random.sample(MEMBERS, 2)
        more = {"actor": actor}
        thing = f"o{random.randrange(count // 4)}"
        if kind == "member.joined":
            more["data"] = {"unit": random.choice(["Lab", "Sales"]), "manager": other}
        elif kind in ("question.asked", "answer.posted", "comment.posted", "post.shared"):
            more["object"] = thing
            if kind in ("answer.posted", "comment.posted"):
                more["in_reply_to"] = f"o{random.randrange(count // 4)}"
            if random.random() < 0.4:
                more["topics"] = [random.choice(["tax", "law"])]
        elif kind in ("kudos.given", "mentoring.started", "mentoring.ended"):
            more["recipient"] = other
        elif kind == "event.retracted":
            more["retracts"] = f"e{random.randrange(count)}"
        else:
            more["object"] = thing
        at = START + timedelta(minutes=random.randrange(6 * 24 * 60))
        events.append(Event(id=f"e{number}", type=kind, occurred_at=at, **more))
    retractions = {e.id for e in events if e.retracts}
    random.shuffle(events)
    return [e for e in events if e.retracts not in retractions]


def reports(engine):
    return [as_json(engine.culture(*time, **LOOSE)) for time in TIMES]


def from_nothing(store):
    """The reports of a store in which no day is kept."""
    bare = MemoryStore()
    copy_archive(store, bare)
    with bare.writing() as session:
        for table in (DAYS, DAYS_UPTO):
            session.cut(table, (), (0,))
    return reports(Engine.over(bare))


@pytest.mark.parametrize("seed", range(6))
def test_that_a_report_is_the_one_from_nothing_whatever_came_when(seed):
    random, events, store = Random(seed), a_history(seed), MemoryStore()
    living, resident = Engine.over(store, SHARING), Engine(SHARING)
    while events:
        batch = [events.pop() for _ in range(min(len(events), random.choice([1, 2, 5, 15])))]
        for engine in (living, resident):
            engine.record_many(batch)
        if random.random() < 0.4:
            keep(store, SHARING)
        expected = reports(resident)
        for engine in (living, Engine.over(store)):
            assert reports(engine) == expected
    assert from_nothing(store) == expected
    assert keep(store, SHARING) <= 6
    proof = verify(store, SHARING)
    assert not proof.differences, proof


def test_that_a_day_is_the_same_after_it_was_packed():
    events = sorted(
        (e for e in a_history(3, 200) if not e.retracts), key=lambda e: (e.occurred_at, e.id)
    )
    days = list(days_of(events, SHARING.types, CollectedObjects()))
    assert len(days) == 6
    for day in days:
        assert packed(unpacked(day.ordinal, packed(day))) == packed(day)
        assert unpacked(day.ordinal, packed(day)).tally == day.tally


def test_that_only_days_that_changed_are_tallied(monkeypatch):
    store = MemoryStore()
    engine = Engine.over(store, SHARING)
    engine.record_many(e for e in a_history(5) if not e.retracts)
    read = []
    tallied = StoredDays._tallied

    def noting(kept, since, until, objects):
        for day in tallied(kept, since, until, objects):
            read.append(day.ordinal - START.toordinal())
            yield day

    monkeypatch.setattr(StoredDays, "_tallied", noting)
    assert keep(store, SHARING) == 6 and read == [*range(6)]
    read.clear()
    late = Event(id="l", type="kudos.given", occurred_at=NOON, actor="person-a", recipient="new")
    for change, days in ((late, [2]), (None, [])):
        if change:
            engine.record(change)
        engine.culture()
        engine.culture(START, START + timedelta(days=4))
        assert read == days
        read.clear()
    engine.culture(NOON)
    assert read == [2, 2]  # the day in which it begins, in two parts
    read.clear()
    Engine.over(store).culture()
    assert read == [2]
    assert keep(store, SHARING) == 1
    read.clear()
    Engine.over(store).culture()
    engine.retract("l", at=NOON + timedelta(days=40))
    Engine.over(store).culture()
    assert read == [2, 42]


def erased_by_forgetting(store, tmp_path):
    forget(store, SHARING, "person-a")


def erased_by_pruning(store, tmp_path):
    prune(store, SHARING, NOON, tmp_path / "old.jsonl")


def decided_anew(store, tmp_path):
    rescore(store, SHARING)


@pytest.mark.parametrize("change", [erased_by_forgetting, erased_by_pruning, decided_anew])
def test_that_nothing_is_kept_over_what_is_erased_or_decided_anew(new_url, tmp_path, change):
    url = new_url()
    with Engine.open(url, SHARING) as living:
        living.record_many(
            [
                evolve(e, data={**e.data, "text": "x"}) if e.type == "kudos.given" else e
                for e in a_history(7)
            ]
        )
        store = living._memory.store
        keep(store, SHARING)
        late = Event(
            id="l", type="kudos.given", occurred_at=NOON, actor="person-b", recipient="new"
        )
        living.record(late)
        reports(living)
        change(store, tmp_path)
        with store.reading() as session:
            assert not [*session.scan(DAYS), *session.scan(DAYS_UPTO)]
        assert reports(living) == from_nothing(store)
        assert keep(store, SHARING) == 6
        with store.reading() as session:
            erased = change is erased_by_forgetting
            assert ("person-a" in repr([*session.scan(DAYS)])) is not erased
        assert reports(Engine.over(store)) == reports(living)


def test_that_who_keeps_what_was_erased_meanwhile_tallies_anew(monkeypatch):
    store = MemoryStore()
    Engine.over(store, SHARING).record_many(a_history(8))
    begun = StoredDays.bring_up_to_date

    def forgotten_meanwhile(kept):
        found = begun(kept)
        monkeypatch.setattr(StoredDays, "bring_up_to_date", begun)
        forget(store, SHARING, "person-a")
        return found

    monkeypatch.setattr(StoredDays, "bring_up_to_date", forgotten_meanwhile)
    assert keep(store, SHARING) == 6
    with store.reading() as session:
        assert "person-a" not in repr([*session.scan(DAYS)])
    assert reports(Engine.over(store)) == from_nothing(store)


def test_that_processes_keep_and_record_at_once(new_url, forking_process):
    url, events = new_url(), a_history(9, 60)
    Engine.open(url, SHARING).close()
    parts = [[events[n::8] for n in (first, first + 2, first + 4, first + 6)] for first in range(2)]
    forking_process.submit(keep_side_by_side, url, parts).result()
    with Engine.open(url) as engine:
        expected = Engine(SHARING)
        expected.record_many(events)
        assert reports(engine) == reports(expected)


def test_that_a_changed_day_is_found():
    store = MemoryStore()
    Engine.over(store, SHARING).record_many(a_history(4))
    keep(store, SHARING)
    with store.reading() as session:
        day, people, deeds, paid = next(session.scan(DAYS))
        ((no, link),) = session.scan(DAYS_UPTO)
    changed = [
        (DAYS, (day, people.replace("person-", "nobody-"), deeds, paid), "people"),
        (DAYS, (day, people, deeds, '{"points":[{},{}]}'), "paid"),
        (DAYS_UPTO, (no, f"{FORMAT}:{'0' * 64}"), "link"),
    ]
    for table, row, said in changed:
        with store.writing() as session:
            session.put(table, [row])
        (found,) = verify(store, SHARING).differences
        assert said in str(found)
        with store.writing() as session:
            session.put(DAYS, [(day, people, deeds, paid)])
            session.put(DAYS_UPTO, [(no, link)])
    assert not verify(store, SHARING).differences
    with store.writing() as session:
        session.delete(DAYS, [(day,)])
    assert verify(store, SHARING).differences


def as_in_format_1(store):
    """Put the days that are kept into the texts of before: what each rule gave, and what each member got."""
    with store.writing() as session:
        for day, people, deeds, _ in [*session.scan(DAYS)]:
            session.put(DAYS, [(day, people, deeds, '{"points":[{"kudos":9},{"person-a":9}]}')])
        ((no, noted),) = session.scan(DAYS_UPTO)
        session.put(DAYS_UPTO, [(no, noted.rpartition(":")[2])])


def as_of_a_later_version(store):
    """Have the days be kept as no wiifm of now knows it."""
    with store.writing() as session:
        session.put(DAYS, [(row[0], "{}", "?", "?") for row in [*session.scan(DAYS)]])
        ((no, noted),) = session.scan(DAYS_UPTO)
        session.put(DAYS_UPTO, [(no, f"{FORMAT + 1}:{noted.rpartition(':')[2]}")])


@pytest.mark.parametrize("stale", [as_in_format_1, as_of_a_later_version])
def test_that_days_kept_in_another_version_are_made_anew_and_never_read(stale):
    store = MemoryStore()
    Engine.over(store, SHARING).record_many(a_history(11))
    expected = from_nothing(store)
    keep(store, SHARING)
    with store.reading() as session:
        rows = [*session.scan(DAYS)]
    stale(store)
    assert reports(Engine.over(store)) == expected
    assert not verify(store, SHARING).differences
    assert keep(store, SHARING) == 6
    with store.reading() as session:
        assert [*session.scan(DAYS)] == rows
    assert reports(Engine.over(store)) == expected and keep(store, SHARING) == 0
