"""The same id with other content is an error, unless what differs was erased from what the store has."""

import re
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings

from histories import MEMBERS, START, history
from test_law import EXAMPLES, seeds
from test_rescore import rows_of, two_books
from wiifm import (
    ConflictingEvent,
    Engine,
    Event,
    RuleBook,
    UnknownName,
    forget,
    prune,
    rescore,
)
from wiifm.archive.archived import Archived
from wiifm.archive.copying import copy_archive
from wiifm.archive.log import event_row
from wiifm.archive.tables import COMMITS
from wiifm.folds.relate import Relations
from wiifm.personal import remains
from wiifm.pseudonyms import is_pseudonym
from wiifm.sources.jsonl import read_jsonl
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store
from wiifm.upkeep.redaction import Redaction

BOOK = RuleBook.parse(
    """
    [book]
    id = "acme"
    use = ["sharing"]

    [event."work.named"]
    requires = ["actor"]
    fields = { who = { type = "texts" }, whom = { type = "texts" }, note = {}, says = {}, reached = { type = "integer" }, hours = { type = "number" } }

    [[rule]]
    id = "named"
    on = "work.named"
    where = "says != 'never' and len(whom) < 9"
    points = 1
    """
)
OTHER = RuleBook.parse(BOOK.dumps().replace("says != 'never'", "says != note"))
LATER = START + timedelta(days=1)
PSEUDONYM = "forgotten-0123456789abcdef"


def kudos(text="for the note", recipient="bob", at=START, id="k1", actor="ann"):
    data = {} if text is None else {"text": text}
    return Event(
        id=id, type="kudos.given", occurred_at=at, actor=actor, recipient=recipient, data=data
    )


def named(actor="ann", at=START, id="n1", **data):
    return Event(id=id, type="work.named", occurred_at=at, actor=actor, data=data)


def joined(unit, actor="ann"):
    return Event(id="j1", type="member.joined", occurred_at=START, actor=actor, data={"unit": unit})


def check_conflict(engine, event, match="other content than was recorded under this id before"):
    """The event is refused, alone and among others, and nothing changes."""
    before = engine.standings()
    with pytest.raises(ConflictingEvent, match=match) as error:
        engine.record(event)
    (rejection,) = engine.record_many([event]).rejected
    assert str(rejection) == str(error.value)
    assert engine.standings() == before
    return str(error.value)


def check_duplicate(engine, event):
    assert engine.record(event).status == "duplicate"
    assert engine.record_many([event]).duplicates == 1


@pytest.fixture(params=["in memory", "memory", "sqlite", "postgres"])
def engine(request, tmp_path):
    """An engine in which nothing was ever erased."""
    if request.param == "in memory":
        yield Engine(BOOK)
        return
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/acme.db"}.get(request.param)
    with Engine.open(url or request.getfixturevalue("postgres_urls")(), BOOK) as found:
        yield found


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (kudos("forgotten-password guide"), kudos("thanks", recipient="cy")),
        (kudos("forgotten-password guide"), kudos("thanks")),
        (kudos("forgotten-0123456789abcdef0"), kudos("thanks")),
        (kudos(PSEUDONYM), kudos("thanks", recipient="cy")),
        (kudos(""), kudos("other")),
        (kudos("other"), kudos("")),
        (kudos(None), kudos("other")),
        (joined(""), joined("Sales")),
        (joined(PSEUDONYM), joined("Sales")),
        (kudos(actor="forgotten-hope"), kudos(actor="cy")),
        (named(who=[]), named(who=["bob"])),
        (named(who=["forgotten-hope"]), named(who=["bob"])),
        (named(who=[PSEUDONYM], note=""), named(who=["bob", "cy"], note="", reached=1)),
        (named(reached=1), named(reached=True)),
        (named(hours=1.0), named(hours=True)),
        (named(hours=0), named(hours=False)),
        (named(hours=1), named(hours=1.0000000000000002)),
        (named(hours=2**53), named(hours=2.0**53 - 1)),
        (named(hours=1), named(hours="1")),
    ],
    ids=repr,
)
def test_that_other_content_is_refused_where_nothing_was_erased(engine, first, second):
    assert engine.record(first).status == "recorded"
    check_conflict(engine, second)
    check_duplicate(engine, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (named(hours=1.0), named(hours=1)),
        (named(reached=7), named(reached=7.0)),
        (named(hours=2**53), named(hours=2.0**53)),
        (named(hours=0), named(hours=-0.0)),
    ],
    ids=repr,
)
def test_that_a_number_is_the_same_however_it_is_written(engine, first, second):
    """JSON has one kind of number: JavaScript writes 1 what Python writes as 1.0."""
    assert engine.record(first).status == "recorded"
    check_duplicate(engine, second)
    check_duplicate(engine, first)
    assert engine.record_many([evolve(first, id="n2"), evolve(second, id="n2")]).duplicates == 1
    told = check_conflict(engine, evolve(second, data={**second.data, "note": "more"}))
    assert "(data.note was null, now 'more')" in told


# ---- pruned --------------------------------------------------------------------------------------------------


def pruned(tmp_path, *events, book=BOOK):
    """A store in which some events were recorded and those of the first day pruned."""
    store = MemoryStore()
    Engine.over(store, book).record_many(events)
    prune(store, book, LATER, tmp_path / "old.jsonl")
    return store


def test_that_only_what_was_archived_may_come_with_its_text(tmp_path):
    old, new = kudos(id="k1"), kudos("", at=LATER, id="k2")
    store = pruned(tmp_path, old, new)
    engine = Engine.over(store, BOOK)
    late = kudos("", at=START - timedelta(days=1), id="k3")
    engine.record(late)
    check_duplicate(engine, old)
    for empty in (new, late):
        check_conflict(engine, evolve(empty, data={"text": "more"}))
    prune(store, BOOK, LATER, tmp_path / "more.jsonl")  # whose span the late one is in
    check_duplicate(Engine.over(store, BOOK), evolve(late, data={"text": "more"}))
    check_conflict(Engine.over(store, BOOK), evolve(new, data={"text": "more"}))


def test_that_nothing_but_a_free_text_may_differ(tmp_path):
    sent = named(who=["bob", "cy"], note="for you", says="", reached=3)
    store = pruned(tmp_path, sent, evolve(joined(""), id="j2"))
    engine = Engine.over(store, BOOK)
    check_duplicate(engine, sent)
    check_duplicate(engine, evolve(sent, data={**sent.data, "note": "what it said isn't known"}))
    for change in ({"says": "a rule reads it"}, {"reached": 4}, {"who": "bob"}, {"more": ""}):
        check_conflict(engine, evolve(sent, data={**sent.data, **change}))
    for key in ("note", "who", "says"):
        less = {name: value for name, value in sent.data.items() if name != key}
        check_conflict(engine, evolve(sent, data=less))
    for more in ({"topics": ("t",)}, {"occurred_at": LATER}, {"actor": "bob"}, {"object": "o"}):
        told = check_conflict(engine, evolve(sent, **more))
        assert "for you" not in told and "data." not in told
    check_conflict(engine, evolve(joined("Sales"), id="j2"), "data.unit was '', now 'Sales'")


def test_that_it_is_known_where_another_book_took_over_and_in_a_copy(tmp_path):
    sent = named(who=["bob"], note="for you", says="yes")
    store, target = pruned(tmp_path, sent), MemoryStore()
    rescore(store, OTHER)
    check_duplicate(Engine.over(store, OTHER), sent)
    copy_archive(store, target)
    forget(target, OTHER, "ann")
    for each in (store, target):
        check_duplicate(Engine.over(each, OTHER), sent)
        check_conflict(Engine.over(each, OTHER), evolve(sent, data={**sent.data, "says": "no"}))
    (archived,) = read_jsonl(tmp_path / "old.jsonl")
    check_duplicate(Engine.over(target, OTHER), archived)


def test_that_a_store_notes_what_was_archived_as_it_did_before(tmp_path):
    """Stores that were pruned by an earlier version are read by this note."""
    store = pruned(tmp_path, kudos())
    kinds = [str(row[COMMITS.place("kind")]) for row in rows_of(store)["commits"]]
    moment = LATER - datetime(1970, 1, 1, tzinfo=UTC)
    assert kinds[1].endswith(f", archived before {moment // timedelta(microseconds=1)} up to 1")


def test_that_engines_that_stay_open_know_what_others_prune(new_url, tmp_path):
    url = new_url()
    with Engine.open(url, BOOK) as engine, closing(open_store(url)) as store:
        for number in range(3):
            sent = kudos(at=START + timedelta(days=number), id=f"k{number}")
            engine.record(sent)
            empty = evolve(sent, data={"text": ""})
            check_conflict(engine, empty)
            prune(store, BOOK, sent.occurred_at + timedelta(hours=1), tmp_path / f"{number}.gz")
            check_duplicate(engine, sent)
            check_duplicate(engine, empty)


def test_that_a_whole_archive_that_is_sent_again_is_looked_up_at_once(tmp_path, monkeypatch):
    sent = [kudos(id=f"k{number}") for number in range(50)]
    store = pruned(tmp_path, *sent)
    asked, books = [], Archived.books

    def noted(self, reading, events):
        asked.append(len(events))
        return books(self, reading, events)

    monkeypatch.setattr(Archived, "books", noted)
    engine = Engine.over(store, BOOK)
    assert engine.record_many(sent).duplicates == 50
    assert engine.record(sent[7]).status == "duplicate"
    assert asked == [50, 1]


def test_that_what_was_archived_is_read_anew_where_a_backup_was_restored(tmp_path):
    store, backup = MemoryStore(), MemoryStore()
    Engine.over(store, BOOK).record(kudos())
    copy_archive(store, backup)
    prune(store, BOOK, LATER, tmp_path / "old.jsonl")
    Engine.over(backup, BOOK).record(kudos(id="k2"))  # so it has as many commits
    archived, found = Archived(), []
    for each in (store, store, backup, store):
        with each.reading() as reading:
            found.append(archived.books(reading, ["k1", "k2"]))
    pruned = {"k1": {BOOK.digest}, "k2": set()}
    assert found == [pruned, pruned, {"k1": set(), "k2": set()}, pruned]


# ---- forgotten -----------------------------------------------------------------------------------------------


def forgotten(*members, events):
    store = MemoryStore()
    Engine.over(store, BOOK).record_many(events)
    return store, [forget(store, BOOK, each).name for each in members]


def test_that_only_their_name_and_free_texts_may_differ():
    sent, about = kudos(), kudos("ann", actor="cy", id="k2")
    store, (name,) = forgotten("ann", events=[sent, about])
    engine = Engine.over(store, BOOK)
    for each in (sent, about):
        check_duplicate(engine, each)
    for more in ({"recipient": "cy"}, {"occurred_at": LATER}, {"community": "c"}):
        told = check_conflict(engine, evolve(sent, **more))
        assert name not in told and "ann" not in told, "which would tell who was forgotten"
    check_conflict(engine, evolve(sent, recipient="ann"))  # then it had the pseudonym, too
    check_conflict(engine, evolve(sent, data={}))
    check_conflict(engine, evolve(about, actor="dee"))
    check_conflict(engine, evolve(about, actor="ann"))


def test_that_one_who_was_forgotten_had_one_name():
    sent = kudos(recipient="ann", text="ann")
    store, _ = forgotten("ann", events=[sent])
    engine = Engine.over(store, BOOK)
    check_duplicate(engine, sent)
    for other in ({"actor": "bob"}, {"recipient": "bob"}, {"data": {"text": "bob"}}):
        check_conflict(engine, evolve(sent, **other))
    both = kudos()
    store, _ = forgotten("ann", "bob", events=[both])
    check_conflict(Engine.over(store, BOOK), evolve(both, recipient="ann"))
    check_duplicate(Engine.over(store, BOOK), both)


def test_that_lists_of_names_are_known():
    sent = [
        named(actor="dee", id="n1", who=["bob", "ann", "cy"]),
        named(actor="dee", id="n2", who=["ann", "ann"], note="of ann"),
        named(actor="ann", id="n3", who=["bob", "ann"], says="ann"),
        named(actor="dee", id="n4", whom=["bob", "ann", "cy"], who=["bob"]),
        named(actor="bob", id="n5", whom=["ann", "bob"], who=["ann"], says="dee"),
    ]
    store, names = forgotten("ann", "bob", events=sent)
    engine = Engine.over(store, BOOK)
    known = engine._memory.log.events
    with engine._memory.reading():
        assert known["n1"].data["who"] == (names[0],) and known["n5"].data["who"] == ()
        assert known["n4"].data["whom"] == (names[1], names[0], "cy")
    for each in sent:
        check_duplicate(engine, each)
    check_conflict(engine, evolve(sent[0], actor="cy"))
    check_conflict(engine, evolve(sent[2], data={**sent[2].data, "says": "no"}))
    check_conflict(engine, evolve(sent[3], data={**sent[3].data, "whom": ["bob", "ann", "di"]}))
    check_conflict(engine, evolve(sent[3], data={**sent[3].data, "whom": ["bob", "bob", "cy"]}))
    check_conflict(engine, evolve(sent[4], data={**sent[4].data, "says": "ann"}))


def test_that_an_archive_with_pseudonyms_is_recorded_and_what_is_sent_again_is_known(tmp_path):
    """A store that was lost is made again from archives, and the platform sends once more what it has."""
    sent = [kudos(), kudos("ann", actor="cy", id="k2"), kudos(recipient="ann", actor="cy", id="k3")]
    store, (name,) = forgotten("ann", events=sent)
    standings = Engine.over(store, BOOK).standings()
    prune(store, BOOK, LATER, tmp_path / "old.jsonl")
    archived = list(read_jsonl(tmp_path / "old.jsonl"))
    assert sum(name in str(each) for each in archived) == 3
    for engine in (Engine(BOOK), Engine.over(MemoryStore(), BOOK)):
        assert engine.record_many(archived).recorded == 3
        assert sorted(map(str, engine.standings())) == sorted(map(str, standings))
        for each in (*archived, *sent):
            check_duplicate(engine, each)
        check_conflict(engine, evolve(sent[0], recipient="dee"))


def test_that_a_name_that_stands_elsewhere_is_not_taken_for_one_that_only_a_list_had():
    sent = [
        named(actor="eve", id="n1", who=["eve", "ann"]),
        named(actor="dee", id="n2", who=["eve", "ann"], whom=["bob", "eve"]),
        named(actor="dee", id="n3", who=["cy", "ann", "cy", "ann"], says="cy"),
    ]
    store, (name,) = forgotten("ann", events=sent)
    engine = Engine.over(store, BOOK)
    for each in sent:
        check_duplicate(engine, each)
    for more in (["eve", "eve"], ["eve"], ["eve", "ann", "ann"], ["eve", name]):
        check_conflict(engine, evolve(sent[0], data={"who": more}))
    check_conflict(engine, evolve(sent[0], actor="ann"))
    check_conflict(engine, evolve(sent[1], data={**sent[1].data, "whom": ["bob", "ann"]}))


def test_that_each_name_that_only_lists_had_is_found():
    """A name that was kept in one list when another was erased from the event, and erased from that list later."""
    sent = named(actor="dee", who=["ann", "bob", "cy"], whom=["ann", "eve"])
    store = MemoryStore()
    Engine.over(store, BOOK).record(sent)
    forget(store, BOOK, "eve", keep=["who"])
    forget(store, BOOK, "ann", keep=["whom"])
    engine = Engine.over(store, BOOK)
    check_duplicate(engine, sent)
    check_duplicate(engine, evolve(sent, data={**sent.data, "who": ["cy", "ann", "di"]}))
    check_conflict(engine, evolve(sent, data={**sent.data, "who": ["ann", "ann"]}))
    check_conflict(engine, evolve(sent, data={"who": ["eve", "eve"], "whom": ["eve", "eve"]}))


def test_that_a_conflict_does_not_tell_whose_a_pseudonym_is():
    one = kudos(actor="raj", recipient="raj")
    other = named(
        actor="dee", who=["raj", "bob"], whom=["raj", "bob"], says="no", reached=3, id="n1"
    )
    store, (name,) = forgotten("raj", events=[one, other])
    engine = Engine.over(store, BOOK)
    for change in ({"recipient": "ann"}, {"actor": "ann"}, {"actor": "ann", "recipient": "bob"}):
        told = check_conflict(engine, evolve(one, **change), "differs, where a member was")
        assert name not in told and "raj" not in told and ", now" not in told
    more = {**other.data, "whom": ["raj", "cy"], "reached": 4}
    told = check_conflict(engine, evolve(other, data=more), "data.whom differs, where a member was")
    assert "(data.whom differs, where a member was forgotten; data.reached was 3, now 4)" in told
    backup = Engine(BOOK)  # made before anybody was forgotten
    backup.record(one)
    with engine._memory.reading():
        erased = engine._memory.log.events[one.id]
    told = check_conflict(backup, erased)
    assert name not in told and "raj" not in told


# ---- anything ------------------------------------------------------------------------------------------------


@given(seeds)
@settings(max_examples=max(5, EXAMPLES // 4), deadline=None)
def test_that_whatever_was_erased_all_comes_again_and_nothing_else(tmp_path_factory, seed):
    random, folder = Random(seed), tmp_path_factory.mktemp("resent")
    one, other = two_books(random)
    store, events = MemoryStore(), history(random, 30)
    Engine.over(store, one).record_many(events)
    members = [each for each in random.sample(MEMBERS, 2) if any(names(e, each) for e in events)]
    steps = [lambda each=each: forget(store, one, each) for each in members]
    steps.append(lambda: prune(store, one, LATER, folder / "old.gz"))
    random.shuffle(steps)
    for step in steps:
        step()
    if random.random() < 0.5:
        rescore(store, one := other)
    engine = Engine.over(store, one)
    assert engine.record_many(events).duplicates == len(events)
    changed = [changed_event(random, each) for each in events]
    told = engine.record_many(changed)
    assert len(told.rejected) == len(changed), told


@given(seeds)
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_an_event_is_known_exactly_if_forgetting_can_make_it_what_is_known(seed):
    random = Random(seed)
    store, sent = MemoryStore(), [meeting(random, f"n{number}") for number in range(5)]
    Engine.over(store, MEETINGS).record_many(sent)
    for member in random.sample(CROWD, random.choice((1, 2, 3))):
        with suppress(UnknownName):  # if nothing but a text that was erased named them
            forget(store, MEETINGS, member, keep=random.choice(KEPT))
    engine = Engine.over(store, MEETINGS)
    assert engine.record_many(sent).duplicates == len(sent)
    with engine._memory.reading():
        known = [engine._memory.log.events[event.id] for event in sent]
    for event, left in zip(sent, known, strict=True):
        for changed in (with_another_name(random, event) for _ in range(4)):
            if can_become(left, changed):
                check_duplicate(engine, changed)
            else:
                told = check_conflict(engine, changed)
                assert not any(is_pseudonym(each) for each in re.findall(r"[\w-]+", told))


CROWD = ["ann", "bob", "cy", "eve"]
MEETINGS = RuleBook.parse(
    """
    [book]
    id = "meetings"

    [event."work.met"]
    requires = ["actor"]
    fields = { who = { type = "texts" }, whom = { type = "texts" }, note = {} }

    [[rule]]
    id = "met"
    on = "work.met"
    points = 1
    """
)


KEPT = ((), ("who",), ("whom",), ("who", "whom"))


def meeting(random, id):
    data = {key: random.choices(CROWD, k=random.randrange(5)) for key in ("who", "whom")}
    actor, recipient, note = random.choices(CROWD, k=3)
    data["note"] = random.choice((note, "", "for you"))
    return Event(
        id=id, type="work.met", occurred_at=START, actor=actor, recipient=recipient, data=data
    )


def with_another_name(random, event):
    """A meeting with another name in one place."""
    key, name = random.choice(("actor", "recipient", "note", "who", "whom")), random.choice(CROWD)
    if key in ("actor", "recipient"):
        return evolve(event, **{key: name})
    value = name
    if key != "note":
        value = [*event.data[key], name]
        del value[random.randrange(len(value))]
    return evolve(event, data={**event.data, key: value})


def words(event):
    """All words of a meeting."""
    data = event.data
    return {event.actor, event.recipient, data["note"], *data["who"], *data["whom"]}


def can_become(known, event):
    """Whether an event becomes the known one if members are forgotten, one after the other, with any fields kept.

    What an erased text was isn't known, so that it may be anything.
    """
    names = {each for each in words(known) if is_pseudonym(each)}
    if names:
        empty = {key: value for key, value in known.data.items() if not value}
        event = evolve(event, data={**event.data, **empty})
    rows = {(meeting_row(event), frozenset(names))}
    for _ in range(len(names)):
        rows |= {
            (erasure(member, name, kept).event(row), unused - {name})
            for row, unused in rows
            for member, name, kept in product(CROWD, unused, KEPT)
        }
    return meeting_row(known) in {row for row, _ in rows}


@cache
def erasure(member, name, keep):
    return Redaction.by(MEETINGS, member, name, keep)


def meeting_row(event):
    return event_row(1, event, Relations(MEETINGS))


def names(event, member):
    return member in (event.actor, event.recipient, *event.data.values())


def changed_event(random, event):
    """The event with something else in a place that no erasure touches."""
    changes = [
        {"occurred_at": event.occurred_at + timedelta(microseconds=1)},
        {"object": f"{event.object}x"},
        {"in_reply_to": f"{event.in_reply_to}x"},
        {"community": f"{event.community}x"},
        {"topics": (*event.topics, "x")},
        {"type": "time.advanced" if event.type != "time.advanced" else "post.shared"},
        {"data": {**event.data, "x": 1}},
    ]
    return evolve(event, **random.choice(changes))


KIND = BOOK.types["work.named"]
OTHER_ONE = "forgotten-fedcba9876543210"


def work(actor="dee", **data):
    return Event(id="w", type="work.named", occurred_at=START, actor=actor, data=data)


def test_that_what_is_left_of_two_lists_is_of_a_name_in_both():
    known = work(who=(PSEUDONYM,), whom=(PSEUDONYM,))
    for who, whom in product([("ann", "bob"), ("bob", "ann")], [("ann", "cy"), ("cy", "ann")]):
        assert remains(work(who=who, whom=whom), known, KIND, ()) == known
    assert remains(work(who=("ann", "bob"), whom=("cy", "x")), known, KIND, ()) != known


def test_that_whoever_has_a_pseudonym_already_needs_no_other_in_a_list():
    sent, known = work("ann", who=("ann", "bob", "x", "x")), work(PSEUDONYM, who=(OTHER_ONE,))
    assert remains(sent, known, KIND, ()) == known


def test_that_a_pseudonym_gives_way_to_one_that_stands_for_nobody_else():
    """What is left of the first list may be of either name; what is left of the second can only be of Ann's."""
    sent = work(who=("ann", "bob"), whom=("ann", "x", "x"))
    known = work(who=(PSEUDONYM,), whom=(OTHER_ONE,))
    assert remains(sent, known, KIND, ()) == known


def test_that_nobody_is_left_for_a_second_pseudonym_of_one_name():
    sent = work(who=("ann", "x", "x"), whom=("ann", "y", "y"))
    known = work(who=(PSEUDONYM,), whom=(OTHER_ONE,))
    assert remains(sent, known, KIND, ()) != known


@pytest.mark.parametrize(("actor", "same"), [("ann", True), (PSEUDONYM, False)])
def test_that_no_text_is_taken_for_erased_where_no_name_was(actor, same):
    """Who sends a pseudonym again knows what is left of the event, and says something else."""
    known = work(actor=PSEUDONYM, says="")
    assert (remains(work(actor=actor, says="x"), known, KIND, ()) == known) == same
