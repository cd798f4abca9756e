"""Another rule book changes what both come to from zero differ by, and owes no more than that: told before, appended once, and taken back by the book before."""

import os
from contextlib import closing
from fractions import Fraction
from itertools import permutations
from random import Random
from unittest.mock import patch

import pytest

from communities import community
from histories import history
from naive import rescoring as naive
from test_accounts_naive import nets, record, thing
from test_boards_naive import PURSES
from test_rescore import rows_of, two_books
from test_rescored_rows import rows_by_name
from wiifm import Engine, RuleBook, rescore, verify
from wiifm.stores.sqlite import SqliteStore
from wiifm.stores.sqlite_rows import SqliteWriter
from wiifm.stores.urls import open_store
from wiifm.upkeep import replay
from wiifm.upkeep.previewing import preview

SEEDS = range(500 if os.environ.get("WIIFM_LONG") else 4)
TEXT = PURSES.dumps()
VARIANTS = [
    TEXT.replace("points = 3\n", "points = 4\n"),
    TEXT.replace("floor = 0", "").replace('to = "mentor"', 'to = "actor"'),
    TEXT.replace('id = "asker"', 'id = "asking"').replace('"thanked"', '"was-thanked"'),
    TEXT.replace("limit = ", 'gate = { of = "actor", times = 1, per = "day" }\n#'),
    TEXT.replace('purse = "whole"', 'purse = "fine"'),
]


PACKS = [
    RuleBook.load(f"plugin:{name}")
    for name in ("stackexchange", "stackexchange-rescored", "discourse", "sharing")
]
PAIRS = [(one, other) for one, other in permutations(PACKS, 2) if one.purses == other.purses]
PAIRS += [(PURSES, RuleBook.parse(each)) for each in VARIANTS]


def life(seed):
    """Two books, and what happened that both can take."""
    random = Random(seed)
    if seed % 2:
        return random, *two_books(random), history(random, random.choice([10, 40]))
    books = random.sample(random.choice(PAIRS), 2)
    found = community(random, random.choice([3, 8]), 50, random.choice([3, 30]))
    for book in books:
        faulty = {each.index for each in Engine(book).record_many(found).rejected}
        found = [each for number, each in enumerate(found) if number not in faulty]
    return random, *books, found


def told(change):
    """What a preview tells, in the words of the naive one."""
    gains = {purse: Fraction(amount) for purse, amount in change.gains.items()}
    given, gone = (
        {(each.badge, each.tier, each.occurrence) for each in found}
        for found in (change.given, change.gone)
    )
    return gains, given, gone, dict(change.before.levels), dict(change.after.levels)


def check_rescored(store, one, other, events):
    """The ledger grew by what is owed, and no more, and names both books."""
    before = [*Engine.over(store, one).ledger()]
    expected = naive.changes(one, other, events)
    found = {tuple(each.holder): told(each) for each in preview(store, other)}
    assert found == expected
    done = rescore(store, other)
    engine = Engine.over(store)
    ledger = [*engine.ledger()]
    more = ledger[len(before) :]
    assert ledger[: len(before)] == before and len(more) == done.corrections
    assert {(each.book, each.was) for each in more} <= {(other.digest, one.digest)}
    keys = [(tuple(e.holder), e.event, e.rule, e.purse, e.role) for e in more]
    assert {*keys} == {*naive.corrections(one, other, events)} and len({*keys}) == len(keys)
    assert nets(ledger) == naive.nets(other, events)
    for entry in more:
        explained = engine.explain(entry)
        assert f"{one.digest} was replaced" in str(explained) and explained.event.id == entry.event
        if entry.corrects:  # of a grade the first entry, which may be for another event
            assert thing(explained.corrects) == thing(entry) and explained.corrects.no < entry.no
    assert not [*preview(store, other)]
    proof = verify(store, other)
    assert not proof.differences, proof


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/rescore.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_a_book_changes_what_is_owed(seed, url, tmp_path):
    with closing(open_store(url.format(tmp_path))) as store:
        live_through(seed, store)


@pytest.mark.parametrize("seed", [0, 1])
def test_that_it_does_so_in_postgresql(seed, postgres_urls):
    with closing(open_store(postgres_urls())) as store:
        live_through(seed, store)


def live_through(seed, store):
    random, one, other, events = life(seed)
    half = random.randrange(len(events))
    record(Engine.over(store, one), events[:half], random)
    check_rescored(store, one, other, events[:half])
    record(Engine.over(store), events[half:], random)
    assert rescore(store, other).corrections == 0
    rows = rows_by_name(store)
    assert rescore(store, other).corrections == 0
    assert rows_by_name(store) == rows
    check_rescored(store, other, one, events)


class Killed(BaseException):
    """As if the process had been killed."""


def killed_at(number):
    """Have the process killed where it writes rows, into whichever file, for so many-th a time."""
    left = iter(range(number, -1, -1))

    def write(session, *given):
        if next(left, None) == 0:
            raise Killed
        return real(session, *given)

    real = SqliteWriter._run_write
    return patch.object(SqliteWriter, "_run_write", write)


@pytest.mark.parametrize("seed", range(3))
def test_that_it_goes_on_wherever_it_was_killed(seed, tmp_path):
    random, one, other, events = life(seed)
    with closing(SqliteStore(tmp_path / "a.db")) as store, patch.object(replay, "SIZE", 7):
        record(Engine.over(store, one), events[:-5], random)
        rows, number = rows_of(store), 0
        while True:
            number += random.choice([1, 3, 9])
            try:
                with killed_at(number):
                    rescore(store, other, tmp_path)
                break
            except Killed:
                assert rows_of(store) == rows
        assert number > 3 and not [*tmp_path.glob("wiifm-*")]
        record(Engine.over(store), events[-5:], random)
        assert nets(Engine.over(store).ledger()) == naive.nets(other, events)
        assert not verify(store, other).differences
