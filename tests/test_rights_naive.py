"""Members forgotten and old texts let go, in any order, leave a store as if it had been told from the beginning what is left."""

import json
import os
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, product
from random import Random
from unittest.mock import patch

import pytest
from attrs import evolve

from communities import community
from naive.rights import RemainingLog, live_events, names, renamed
from test_accounts_naive import nets
from test_boards_naive import PURSES
from test_rescore import rows_of
from wiifm import Engine, Event, RuleBook, StoreFault, UnknownName, prune, rescore, verify
from wiifm.archive.tables import TABLES
from wiifm.culture.data import as_json as reported
from wiifm.culture.keeping import keep
from wiifm.sources.jsonl import read_jsonl
from wiifm.statement import as_json as stated
from wiifm.stores.memory import MemoryStore
from wiifm.stores.urls import open_store
from wiifm.upkeep import erasing, rescoring
from wiifm.upkeep.exporting import export
from wiifm.upkeep.forgetting import forget
from wiifm.upkeep.previewing import preview
from wiifm.upkeep.rebuild import rebuild

SEEDS = range(500 if os.environ.get("WIIFM_LONG") else 6)
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
FREE = ("text", "title")
BOOKS = [
    PURSES,
    RuleBook.parse(PURSES.dumps().replace("points = 3\n", "points = 4\n")),
    *(RuleBook.load(f"plugin:{name}") for name in ("sharing", "stackexchange", "discourse")),
]
OTHERS = {one.digest: other for one, other in zip(BOOKS[:2], BOOKS[1::-1], strict=True)}
"""Books that can take over from each other."""
THEIRS = {"holders": ("state", "kept"), "snapshots": ("state",), "cells": ("value",)}
"""What tells of others as far as it tells of a member."""


def life(random):
    """A book, and what happened by it: members have names that stand in no other word, and write some texts."""
    book = random.choice(BOOKS)
    found = community(random, random.choice([3, 6]), 50, random.choice([3, 30]))
    words = {name: kind.fields.keys() & {*FREE} for name, kind in book.types.items()}
    events = [_worded(random, each, words[each.type]) for each in found if each.type in words]
    faulty = {each.index for each in Engine(book).record_many(events).rejected}
    return book, [each for number, each in enumerate(events) if number not in faulty]


def _worded(random, event, fields):
    event = renamed(event, _odd)
    said = [f"words of {event.id}", f"{event.actor} on {event.id}", event.actor or "!", ""]
    return evolve(event, data={**event.data, **{key: random.choice(said) for key in fields}})


def _odd(name):
    return f"Mx {name[1:]}" if name[:1] == "m" and name[1:].isdigit() else name


class Kept:
    """A store that lives through things, and what is left of its log by hand."""

    def __init__(self, random, store, folder):
        self.random, self.store, self.folder = random, store, folder
        self.book, self.coming = life(random)
        self.all = [*self.coming]
        self.members = sorted({e.actor for e in self.all if e.actor})
        self.left, self.archived, self.done, self.forgotten = RemainingLog(FREE), [], [], False
        self.engine = Engine.over(store, self.book)
        self.record()

    def some_engine(self):
        """One that lives on while others are at work, or another one."""
        return self.random.choice([self.engine, Engine.over(self.store, self.book)])

    def record(self):
        size = self.random.choice([1, 5, 20])
        batch, self.coming = self.coming[:size], self.coming[size:]
        assert not self.some_engine().record_many(batch).rejected
        self.left.record(batch)

    def again(self):
        known = {each.id for each in self.left.events}
        old = [each for each in self.all if each.id in known]
        assert self.some_engine().record_many(old).duplicates == len(old)

    def keep_days(self):
        keep(self.store, self.book)

    def forget(self):
        member = self.random.choice(self.members)
        named = [each for each in self.left.events if names(each, member)]
        rows = rows_of(self.store)
        try:
            check_export(export(self.store, self.book, member), rows, member)
            told = forget(self.store, self.book, member)
        except UnknownName:
            assert not named
            return
        assert told.events == len(named)
        self.left.forget(member, told.name)
        self.forgotten = True
        mentioned = f"{member} on "  # in what others wrote of somebody else, there is nothing
        left = rows_of(self.store)
        del left["books"]
        assert member not in repr(left).replace(mentioned, "")

    def prune(self):
        edge, path = self.random.choice(self.all).occurred_at, self.folder / f"{len(self.done)}.gz"
        told = prune(self.store, self.book, edge, path)
        if told.archived:
            self.archived += read_jsonl(path)
            self.left.prune(edge)

    def rescore(self):
        other = OTHERS.get(self.book.digest, self.book)
        rescore(self.store, other)
        self.book, self.engine = other, Engine.over(self.store, other)

    def go_on(self):
        steps = [self.record, self.record, self.again, self.keep_days]
        steps += [self.forget, self.forget, self.prune, self.rescore]
        for _ in range(12):
            step = self.random.choice(steps)
            self.done.append(step.__name__)
            step()


def check_export(told, rows, member):
    """Each row that names the member is in what they get, but for states of others and what is kept by day."""
    remembered = {name: Counter(map(_cells, found)) for name, found in told["remembered"].items()}
    ids = {each["id"] for each in told["events"]} | {each["event"] for each in told["receipts"]}
    numbers = {each["no"] for each in told["entries"] + told["mentioned"]}
    del rows["books"], rows["days"]
    for name, found in rows.items():
        told_of = remembered.get(name.removesuffix("_2"), Counter())
        for row in found:
            cells = [*map(str, row)]
            if name in THEIRS and row[0] not in [
                each["no"] for each in told["remembered"]["holders"]
            ]:
                cells = cells[: {"holders": 8, "snapshots": 5, "cells": 5}[name]]
            row = with_moment(name, row)
            if any(member in cell for cell in cells):
                known = {
                    "events": row[1] in ids,
                    "receipts": row[0] in ids,
                    "entries": row[0] in numbers,
                }
                assert known.get(name) or told_of[_cells(row)], (name, row)
    check_public(told, member)


def with_moment(name, row):
    """A row with its moment as a text, as it is exported."""
    (columns,) = ([*table.columns] for table in TABLES if table.name == name)
    if "at" not in columns or name == "events" or row[columns.index("at")] is None:
        return row
    place = columns.index("at")
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row[place])
    return (*row[:place], at.isoformat(), *row[place + 1 :])


def check_public(told, member):
    """The entries come to what the member has, and what else is told of others names the member."""
    sums = Counter()
    for each in told["entries"]:
        assert each["holder"] == {"kind": "member", "id": member}
        sums[each["purse"]] += Decimal(str(each["amount"]))
    had = {purse: Decimal(str(amount)) for purse, amount in told["standing"]["points"].items()}
    assert {p: n for p, n in sums.items() if n} == {p: n for p, n in had.items() if n}
    for each in told["mentioned"]:
        assert member in each["say"] and not {"holder", "occurred_at"} & each.keys()
    for receipt in told["receipts"]:
        for part in ("refusals", "awards", "withdrawn", "levels"):
            assert all(member in json.dumps(each) for each in receipt[part])


def _cells(row):
    return json.dumps([*row.values()] if isinstance(row, dict) else [*row])


def check_as_if_told(kept):
    """All readings are those of a store that was told what is left, as it came."""
    one, twin = kept.some_engine(), Engine.over(MemoryStore(), kept.book)
    for batch in kept.left.batches:
        assert not twin.record_many(batch).rejected
    assert one.pending() == twin.pending()
    assert {*one.holders()} == {*twin.holders()}
    for holder in one.holders():
        assert one.standing(holder) == twin.standing(holder)
    assert nets(one.ledger()) == nets(twin.ledger())
    for event in kept.left.events:
        mine, theirs = one.receipt(event.id), twin.receipt(event.id)
        assert (mine.status, mine.why) == (theirs.status, theirs.why)
    if "rescore" not in kept.done:
        assert lines(one) == lines(twin)
    if live_events(kept.left.events):  # or the clock tells the time
        check_readings(kept, one, twin)
    proof = verify(kept.store, kept.book)
    assert not proof.differences, proof


def check_readings(kept, one, twin):
    since = kept.random.choice([None, kept.random.choice(kept.all).occurred_at])
    for member in kept.random.choices(
        [h.id for h in one.holders() if h.kind == "member"] or ["Mx 00"], k=2
    ):
        mine, theirs = (stated(each.statement(member, since)) for each in (one, twin))
        assert without_numbers(mine) == without_numbers(theirs)
    asked = {"fewest": 1, "named": True}
    assert reported(one.culture(since, **asked)) == reported(twin.culture(since, **asked))
    for purse in kept.book.purses:
        assert one.leaderboard(purse, over="week") == twin.leaderboard(purse, over="week")


def lines(engine):
    """What the ledger tells, in no order: which event of a batch brought something about may be another one."""
    found = {each.no: each for each in engine.ledger()}
    told = {no: (e.holder, e.event, e.rule, e.role, e.amount, e.say) for no, e in found.items()}
    return Counter((told[no], told.get(each.corrects)) for no, each in found.items())


def without_numbers(told):
    """A statement without the numbers of entries."""
    if isinstance(told, dict):
        return {key: without_numbers(each) for key, each in told.items() if key != "entries"}
    return [*map(without_numbers, told)] if isinstance(told, list | tuple) else told


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/rights.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_a_store_is_as_if_it_had_been_told_what_is_left(seed, url, tmp_path):
    with closing(open_store(url.format(tmp_path))) as store:
        live_through(seed, store, tmp_path)


def test_that_it_is_so_in_postgresql(postgres_urls, tmp_path):
    with closing(open_store(postgres_urls())) as store:
        live_through(1, store, tmp_path)


def live_through(seed, store, folder):
    kept = Kept(Random(seed), store, folder)
    kept.go_on()
    check_as_if_told(kept)
    if not kept.forgotten:
        check_replay(kept)


def check_replay(kept):
    """All archives, and what isn't in them, come to the same standings."""
    ids, anew = {each.id for each in kept.archived}, Engine(kept.book)
    assert len(ids) == len(kept.archived)
    anew.record_many([*kept.archived, *(e for e in kept.left.events if e.id not in ids)])
    was = {each.holder: each for each in Engine.over(kept.store, kept.book).standings()}
    assert {each.holder: each for each in anew.standings()} == was


# ---- what it found -------------------------------------------------------------------------------------------

THANKS = """
[book]
id = "b"
[[rule]]
id = "liked"
on = "object.liked"
to = "recipient"
points = 2
say = "{actor} likes your {object_type}"
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 5
gate = { of = "actor", times = 5, per = "week" }
say = "{actor} thanked you: {text}"
"""


def told(*events, more=()):
    store, book = MemoryStore(), RuleBook.parse(THANKS)
    for each in events:
        Engine.over(store, book).record(each)
    for each in more:
        Engine.over(store, book).retract(each, at=START)
    return store, book


def on(number, kind, actor, **more):
    at = START + timedelta(minutes=number)
    return Event(id=f"e{number}", type=kind, occurred_at=at, actor=actor, **more)


THANKED = on(1, "kudos.given", "Raj", recipient="Ann", data={"text": "prices"})


def sentences(store):
    return [each.say for each in Engine.over(store).ledger("Ann")]


def test_that_a_sentence_is_left_of_what_was_taken_back(tmp_path):
    store, book = told(THANKED, more=["e1"])
    name = forget(store, book, "Raj").name
    assert sentences(store) == [f"{name} thanked you"] * 2
    store, book = told(THANKED, more=["e1"])
    prune(store, book, START + timedelta(days=1), tmp_path / "a.gz")
    assert sentences(store) == ["Raj thanked you"] * 2


def test_that_what_a_sentence_called_a_thing_is_still_called_so():
    shared = on(1, "post.shared", "Ann", object="p")
    asked = evolve(shared, id="e0", type="question.asked", occurred_at=START)
    store, book = told(shared, on(2, "object.liked", "Raj", object="p"), asked)
    assert sentences(store) == ["Raj likes your post"]
    name = forget(store, book, "Raj").name
    assert sentences(store) == [f"{name} likes your post"]


def test_that_a_member_gets_what_gates_and_others_deeds_say_of_them():
    store, book = told(THANKED)
    doors = export(store, book, "Raj")["remembered"]["doors"]
    assert ["Raj" in each["key"] for each in doors] == [True]
    told_of = export(store, book, "Ann")["remembered"]
    assert [each["type"] for each in told_of["received"]] == ["kudos.given"]
    assert told_of["histories"] and not told_of["doors"]


# ---- at once -------------------------------------------------------------------------------------------------


def works(tmp_path):
    """What is done with a store as a whole, and takes long."""
    one, other = BOOKS[:2]
    late, numbers = START + timedelta(days=1), count()
    return {
        "rescore": lambda store: rescore(store, other),
        "again": lambda store: rescore(store, one),
        "forget": lambda store: forget(store, one, "Ann"),
        "another": lambda store: forget(store, one, "Raj"),
        "prune": lambda store: prune(store, one, late, tmp_path / f"{next(numbers)}.gz"),
    }


@pytest.mark.parametrize(
    ("slow", "quick"),
    [*product(["rescore", "again", "another"], ["forget", "prune"]), ("prune", "forget")],
)
def test_that_what_is_erased_meanwhile_does_not_come_back(slow, quick, tmp_path):
    store, work = MemoryStore(), works(tmp_path)
    Engine.over(store, BOOKS[0]).record_many([THANKED])

    once = [work[quick]]

    def meanwhile(*given):
        rebuild(*given)
        with patch.object(erasing, "rebuild", rebuild):
            while once:
                once.pop()(store)

    module = erasing if slow in ("another", "prune") else rescoring
    with (
        patch.object(module, "rebuild", meanwhile),
        pytest.raises(StoreFault, match="it was rescored; try again"),
    ):
        work[slow](store)
    work[slow](store)
    left = repr({name: rows for name, rows in rows_of(store).items() if name != "books"})
    assert "prices" not in left and ("Ann" not in left or quick == "prune")
    assert not verify(store, BOOKS[slow == "rescore"]).differences


def test_that_a_preview_that_was_kept_brings_nobody_back(tmp_path):
    store, (one, other, *_) = MemoryStore(), BOOKS
    Engine.over(store, one).record_many([THANKED])
    assert list(preview(store, other, folder=tmp_path))
    forget(store, one, "Ann")
    rescore(store, other, tmp_path)
    assert "Ann" not in repr(rows_of(store)) and not [*tmp_path.iterdir()]
    assert not verify(store, other).differences
