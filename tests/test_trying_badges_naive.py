"""What is told of badges while a book is tried, how much counts and until when, is what progress comes to after each event and didn't after the one before."""

import os
from datetime import UTC, datetime
from random import Random

import pytest

from histories import history
from naive import fold
from naive import progress as naive
from test_law import some_book
from test_progress_naive import as_told
from wiifm import Engine, Event, Holder, RuleBook
from wiifm.activities import order_of
from wiifm.engine_readings import memory_of
from wiifm.tracing import trials

SEEDS = range(1_000 if os.environ.get("WIIFM_LONG") else 6)


@pytest.mark.parametrize("seed", SEEDS)
def test_that_all_that_counts_is_told_when_it_changes(seed):
    random = Random(seed)
    book = some_book(random)
    events = sorted({each.id: each for each in history(random, 20)}.values(), key=order_of)
    engine = Engine(book)
    engine.record_many(events)
    members = [each for each in engine.holders() if each.kind == "member"]
    for holder in random.sample(members, min(2, len(members))):
        check_told(book, events, holder)


def test_that_a_mean_is_told_with_as_many_digits_as_a_number_has():
    """So that what lacks a little isn't told as if it were met."""
    book = RuleBook.parse(
        "[book]\nid = 'b'\nvocabulary = 'sharing'\n[[badge]]\nid = 'x'\n"
        "mean = 'minutes'\non = 'mentoring.session'\nat_least = 2"
    )
    events = [
        Event(
            id=f"e{number}",
            type="mentoring.session",
            occurred_at=datetime(2026, 5, 4, number, tzinfo=UTC),
            actor="ann",
            recipient="bob",
            data={"minutes": minutes},
        )
        for number, minutes in enumerate((1, 1, 2))
    ]
    found = check_told(book, events, Holder("member", "ann"))
    assert found["e2"] == [("badge x", "1.33333333333333 of 2")]


def check_told(book, events, holder):
    """What is told must be what differs from event to event, by event; it is returned."""
    found = {each.event.id: counts(each) for each in trials(book, events, holder)}
    was = near(book, events[:1], holder)
    for number, event in enumerate(events[1:], 2):
        now = near(book, events[:number], holder)
        expected = [
            said(book, line)
            for key, line in now.items()
            if line != was.get(key) and (line[4] or key in was)
        ]
        assert found.get(event.id, []) == sorted(expected), (holder, event.id)
        was = now
    return found


def near(book, events, holder):
    """What is next for a member when the last of some events happened, by badge, part and key."""
    engine = Engine(book)
    engine.record_many(events)
    known = memory_of(engine).flow.histories.get(holder)
    awards = dict(known.awards()) if known else {}
    _, _, live = fold.counted_events(book, events)
    seen = fold.booked(book, events).get(tuple(holder), [])
    now = naive.Now(book, live, holder.id, events[-1].occurred_at, seen)
    lines = map(as_told, naive.progress(book, now, seen, awards))
    return {(line[0], line[1], line[3]): line for line in lines}


def counts(trial):
    """What is told of what counts towards badges."""
    return sorted(
        (each.what, each.outcome)
        for each in trial.steps
        if each.what.startswith("badge ")
        and not each.outcome.startswith(("gave ", "earned", "lost", "all is met"))
    )


def said(book, line):
    """What counts, in words."""
    badge, part, tier, key, value, threshold, until, barred, present, second = line
    several = len(naive.all_badges(book)[badge].parts) > 1 and not barred
    much, least = f"{float(value):.15g}", f"{float(threshold):.15g}"
    return f"badge {badge}" + (f", criterion {part + 1}" if several else ""), "".join(
        [
            f"{much}, must stay below {least}" if barred else f"{much} of {least}",
            " of its second measure" if second else "",
            f" to {tier}" if tier else "",
            f" for {key}" if key is not None else "",
            here(*present) if present else "",
            f", until {until.isoformat()} if nothing more happens" if until and value else "",
        ]
    )


def here(group, since, value, threshold):
    return f", {float(value):.15g} of {float(threshold):.15g} in this {group}"
