"""The ledger and all that is read of it say the same: entries, their explanations, what each corrects, standings and scores."""

import os
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from random import Random

import pytest

from histories import history
from naive import fold
from naive.who import acted_on
from test_law import some_book
from wiifm import Engine, Event, InvalidInput, RuleBook, StoreFault
from wiifm.stores.memory import MemoryStore
from wiifm.testing import books
from wiifm.upkeep.rescoring import rescore

SEEDS = range(600 if os.environ.get("WIIFM_LONG") else 6)


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/accounts.db"])
@pytest.mark.parametrize("seed", SEEDS)
def test_that_all_readings_of_the_ledger_agree(seed, url, tmp_path, open_engine):
    random = Random(seed)
    book, events = some_book(random), history(random, random.choice([10, 30, 40]))
    engine = open_engine(url.format(tmp_path), book)
    record(engine, events, random)
    check_accounts(engine, events)


def test_that_they_agree_in_postgresql(postgres_urls, open_engine):
    random = Random(4)
    book, events = some_book(random), history(random, 30)
    engine = open_engine(postgres_urls(), book)
    record(engine, events, random)
    check_accounts(engine, events)


@pytest.mark.parametrize("seed", SEEDS)
def test_that_they_agree_after_another_book_took_over(seed):
    random, store = Random(seed), MemoryStore()
    events = history(random, 30)
    record(Engine.over(store, books.book(random)), events, random)
    book = books.book(random)
    try:
        rescore(store, book)
    except (StoreFault, InvalidInput):  # a purse or an event type is lacking
        pytest.skip("the book can't take over")
    check_accounts(Engine.over(store, book), events)


def record(engine, events, random):
    """Have them come as they are, some at a time."""
    left = [*events]
    while left:
        size = random.choice([1, 1, 3, 20])
        assert not engine.record_many(left[:size]).rejected
        left = left[size:]


def check_accounts(engine, events):
    book, entries = engine.book, [*engine.ledger()]
    assert [each.no for each in entries] == [*range(1, len(entries) + 1)]
    seen = fold.booked(book, events)
    assert nets(entries) == naive_nets(seen)
    for event in events:
        assert engine.entries_of(event.id) == [e for e in entries if e.event == event.id]
    for rule in book.rules:
        assert [*engine.ledger(rule=rule)] == [e for e in entries if e.rule == rule]
    check_standings(engine, entries)
    check_scores(engine, seen)
    by_id = {event.id: event for event in events}
    for entry in entries:
        check_explanation(engine, entry, entries, by_id)


def nets(entries):
    """What each holder was booked for an event by a rule in a role, corrections included."""
    found = Counter()
    for e in entries:
        found[tuple(e.holder), e.event, e.rule, e.purse, e.role] += Fraction(e.amount)
    return {key: amount for key, amount in found.items() if amount}


def naive_nets(seen):
    found = Counter()
    for holder, some in seen.items():
        for each in some:
            for rule, purse, amount in each.booked:
                found[holder, each.act.event.id, rule, purse, each.act.role] += amount
    return {key: amount for key, amount in found.items() if amount}


def check_standings(engine, entries):
    """The sum of the entries is the points, of whomever and in whatever purse."""
    standings = {each.holder: each for each in engine.standings()}
    assert {*standings} == {*engine.holders()} >= {holder for holder, *_ in nets(entries)}
    for holder, standing in standings.items():
        assert engine.standing(holder) == standing
        mine = [each for each in entries if each.holder == holder]
        assert [*engine.ledger(holder)] == mine
        for purse, points in standing.points.items():
            some = [each for each in mine if each.purse == purse]
            assert [*engine.ledger(holder, purse)] == some
            assert sum(each.amount for each in some) == points


def check_scores(engine, seen):
    """What each object is worth is what its judges say last makes of it."""
    for rule in (each for each in engine.book.rules.values() if each.judged):
        for holder in engine.holders():
            said = [s.judged[rule.id] for s in seen.get(tuple(holder), ()) if rule.id in s.judged]
            words = {(thing, who): (value, of) for thing, who, value, of in said}
            worth = {
                str(thing): fold.judged_worth(engine.book, rule, words, thing) for thing, _ in words
            }
            assert engine.scores(rule.id, holder) == worth


def check_explanation(engine, entry, entries, events):
    """It tells the event, the rule and what it is for, and the corrections, each of which cites the first of what it mends."""
    found, rule = engine.explain(entry), engine.book.rules.get(entry.rule)
    assert (found.entry, found.event, found.rule) == (entry, events[entry.event], entry.rule)
    assert found.because.id == entry.because in events
    assert found.corrections == tuple(e for e in entries if e.corrects == entry.no)
    assert found.corrects == (entries[entry.corrects - 1] if entry.corrects else None)
    if rule and entry.book == engine.book.digest:
        assert found.means == rule.means
    before = [e for e in entries[: entry.no - 1] if thing(e) == thing(entry)]
    same = [e for e in before if (e.event, e.role) == (entry.event, entry.role)]
    if rule and not same and (rule.graded or rule.judged) and not entry.was:
        about = target(engine.book, events[entry.event])
        same = [e for e in before if target(engine.book, events[e.event]) == about]
    if rule and not entry.was and entry.book == engine.book.digest:
        assert entry.corrects == (same[0].no if same else None)
    elif entry.corrects:  # a badge may be given twice for one event: the second is no correction
        assert thing(found.corrects) == thing(entry) and found.corrects.no < entry.no


def thing(entry):
    return entry.holder, entry.rule, entry.purse


def target(book, event):
    """The object that a grade is of."""
    found = acted_on(book, event)
    return event.object if found is None else found


def test_that_an_entry_of_another_book_is_not_explained_by_the_book_of_now():
    def book(on, means):
        return RuleBook.parse(
            f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = '{on}'\npoints = 2\nmeans = '{means}'"
        )

    store, at = MemoryStore(), datetime(2026, 5, 4, tzinfo=UTC)
    was = Engine.over(store, book("post.shared", "that somebody shares"))
    for name, kind in (("p", "post.shared"), ("c", "comment.posted")):
        was.record(Event(id=name, type=kind, occurred_at=at, actor="ann", object=name))
    assert was.explain(1).means == "that somebody shares"
    rescore(store, book("comment.posted", "that somebody replies"))
    told = [Engine.over(store).explain(each) for each in (1, 2, 3)]
    assert [(each.event.id, each.means) for each in told[:2]] == [
        ("p", ""),
        ("c", "that somebody replies"),
    ]
    assert told[2].corrects == told[0].entry and "somebody replies" not in str(told[0])


@pytest.mark.parametrize("say", ["well }} done", "{{thanks}}", "plain", "{actor} }}{{ {object}:"])
def test_that_a_sentence_is_the_same_wherever_it_is_kept(say, tmp_path, open_engine):
    book = RuleBook.parse(
        f"[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'kudos.given'\nto = 'recipient'\npoints = 1\nsay = '{say}'"
    )
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    event = Event(id="k", type="kudos.given", occurred_at=moment, actor="ann", recipient="bob")
    told = say.format(actor="ann", object="")
    for url in ("memory:", f"sqlite:///{tmp_path}/said.db"):
        engine = open_engine(url, book)
        assert engine.record(event).entries[0].say == told.rstrip(" :")
        assert [entry.say for entry in engine.ledger()] == [told.rstrip(" :")]
