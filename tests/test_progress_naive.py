"""What is next, for how long it counts, streaks, and what is kept up are what the page on semantics says, in histories made at random."""

import os
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest

from histories import MEMBERS, history
from naive import fold
from naive import progress as naive
from test_law import some_book
from wiifm import Engine, Event, Holder, RuleBook
from wiifm.engine_readings import memory_of
from wiifm.statement.past import Period
from wiifm.statement_reading import holdings_of

SEEDS = range(1_000 if os.environ.get("WIIFM_LONG") else 10)
LATER = (0, 1, 30, 216, 960)
"""So many hours after the latest event is read, too: nothing happened since."""


def told(number):
    """A number as progress tells it: a fraction is a float."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def as_told(line):
    badge, part, tier, key, value, threshold, until, barred, present, second = line
    value, threshold = map(rounded, (value, threshold))
    named = key if isinstance(key, str) and value else None  # what nothing counts for isn't near
    present = present and (*present[:2], *map(rounded, present[2:]))
    return badge, part, tier, named, value, threshold, until, barred, present, second


def rounded(number):
    return told(float(number) if Fraction(number).denominator > 1 else number)


def lines(progress):
    return {
        (
            *(p.badge, p.part, p.tier, p.key, told(p.value), told(p.threshold), p.until, p.barred),
            p.present
            and (
                *(p.present.group, p.present.since),
                *(told(p.present.value), told(p.present.threshold)),
            ),
            p.second,
        )
        for p in progress
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_that_all_progress_is_as_defined(seed):
    random = Random(seed)
    book, events = some_book(random), history(random, random.choice([10, 30, 40]))
    engine = Engine(book)
    engine.record_many(events)
    _, _, live = fold.counted_events(book, events)
    seen_of, latest = fold.booked(book, events), max(e.occurred_at for e in live)
    for member in random.sample(MEMBERS, 2):
        seen = seen_of.get(("member", member), [])
        known = memory_of(engine).flow.histories.get(Holder("member", member))
        awards = dict(known.awards()) if known else {}
        for hours in random.sample(LATER, 2):
            at = latest + timedelta(hours=hours)
            held, now = (
                holdings_of(memory_of(engine), member, Period(None, None, at)),
                naive.Now(book, live, member, at, seen),
            )
            expected = {*map(as_told, naive.progress(book, now, seen, awards))}
            assert lines(held.progress) == expected, (member, hours)
            streaks = [(each.badge, each.unit, each.length) for each in held.streaks]
            assert streaks == naive.streaks(book, now, seen), (member, hours)
            check_kept(book, held.kept, naive.losing(book, member, now, seen, awards), at)


EACH = (
    "{ count = 'answer.posted', at_least = 3 }",
    "{ sum = 'minutes', on = 'mentoring.session', at_least = 70 }",
    "{ mean = 'minutes', on = 'mentoring.session', at_least = 40 }",
    "{ median = 'minutes', on = 'mentoring.session', at_least = 40.5 }",
    "{ max = 'minutes', on = 'mentoring.session', at_least = 45 }",
    "{ distinct = 'recipient', on = 'mentoring.session', at_least = 2 }",
    "{ run = 'mentoring.session', where = 'minutes > 20', at_least = 3 }",
    "{ earned = 'points', at_least = 12 }",
)
OVER = ("month", "every 9 days", "last 12 days")


def counted(random):
    """What a badge counts, and how many of it."""
    if random.random() < 0.4:
        unit = random.choice(["day", "workday", "week", "month"])
        return f"streak = '{unit}'\nfreeze = {random.randrange(2)}\nat_least = {random.choice([1, 3, 20])}\n"
    if random.random() < 0.5:
        unit = random.choice(["day", "week", "month", "year"])
        return f"groups = '{unit}'\nat_least = {random.choice([1, 3, 20])}\n"
    unit, over = random.choice(["day", "week"]), random.choice(OVER)
    return f"groups = '{unit}'\nover = '{over}'\nat_least = {random.choice([1, 2])}\n"


def crowded(random):
    """A book of groups and streaks by the calendar, and what two members do within three weeks."""
    badges = [
        f"[[badge]]\nid = 'b{number}'\n{counted(random)}each = {random.choice(EACH)}\n"
        for number in range(6)
    ]
    rule = "[[rule]]\nid = 'r'\non = ['answer.posted', 'mentoring.session']\npoints = 5\n"
    book = RuleBook.parse(
        f"[book]\nid = 'b'\nvocabulary = 'sharing'\nzone = 'Europe/Paris'\n{rule}" + "".join(badges)
    )
    events = [
        Event(
            id=f"e{number}",
            occurred_at=datetime(2026, 3, 20, tzinfo=UTC)
            + timedelta(hours=random.randrange(24 * random.choice([2, 20]))),
            actor=random.choice(["ann", "bob"]),
            **random.choice(
                [
                    {"type": "answer.posted", "object": f"a{number}", "in_reply_to": "q"},
                    {
                        "type": "mentoring.session",
                        "recipient": random.choice(["cem", "dee"]),
                        "data": {"minutes": random.choice([10, 25, 45])},
                    },
                ]
            ),
        )
        for number in range(random.choice([5, 15, 40]))
    ]
    return book, events


@pytest.mark.parametrize("seed", range(2_000 if os.environ.get("WIIFM_LONG") else 25))
def test_that_what_the_present_day_or_week_has_is_as_defined(seed):
    random = Random(seed)
    book, events = crowded(random)
    engine = Engine(book)
    engine.record_many(events)
    seen_of, latest = fold.booked(book, events), max(e.occurred_at for e in events)
    for member in ("ann", "bob"):
        known = memory_of(engine).flow.histories.get(Holder("member", member))
        awards = dict(known.awards()) if known else {}
        at = latest + timedelta(hours=random.choice([0, 0, 5, 30, 100]))
        held = holdings_of(memory_of(engine), member, Period(None, None, at))
        seen = seen_of.get(("member", member), [])
        now = naive.Now(book, events, member, at, seen)
        expected = naive.progress(book, now, seen, awards)
        assert lines(held.progress) == {*map(as_told, expected)}, member


def check_kept(book, kept, losing, now):
    """A badge is lost right after the moment up to which it is kept, and never before; or later, where what counts may rise again."""
    told = {f"{'' if each.kind == 'badge' else '/'}{each.name}": each.until for each in kept}
    for badge, moments in losing.items():
        name = badge if badge in book.badges else f"/{badge.partition('/')[2]}"
        first = next((at for at, lost in moments if lost), None)
        if name not in told:
            assert first is None or first <= now or not falls(book, badge), (badge, first)
        else:
            assert first is None or first >= told[name], (badge, first, told[name])
            if falls(book, badge):
                assert first is not None and first - told[name] <= naive.TICK, (badge, first)


def falls(book, badge):
    """Whether what a badge counts never rises by itself, nor what it comes after."""
    found = naive.all_badges(book)[badge]
    after = {each.partition(":")[0] for each in found.after}
    rolling = [part for part in found.asks if part.over != "ever"]
    return all((part.each or part).measure in naive.FALLING for part in rolling) and all(
        falls(book, each) for each in after
    )


def test_that_an_absence_counts_for_what_must_be_kept_up_as_it_will_when_time_is_advanced():
    book = RuleBook.parse("""
    [book]
    id = "b"
    zone = "Asia/Tokyo"
    [event."time.advanced"]
    advances = true
    [[badge]]
    id = "back"
    gap = "post.shared"
    at_least = 5
    keep_up = { grace = "9 days" }
    """)
    start = datetime(2026, 5, 4, 22, tzinfo=UTC)  # the 5th in Tokyo
    post = Event(id="p", type="post.shared", occurred_at=start, actor="ann", object="p")
    engine = Engine(book)
    engine.record(post)
    for days, value in ((0, 0), (2, 1), (5, 4)):
        of = Period(None, None, start + timedelta(days=days))
        (near,) = holdings_of(memory_of(engine), "ann", of).progress
        assert (near.value, near.threshold) == (value, 5)
    engine.advance(start + timedelta(days=6))
    assert [award.badge for award in engine.standing("ann").badges] == ["back"]


def test_that_nothing_is_named_for_which_nothing_counts_any_more():
    book = RuleBook.parse("""
    [book]
    id = "b"
    [[badge]]
    id = "liked"
    to = "recipient"
    count = "object.liked"
    per = "object"
    over = "last 3 days"
    at_least = 2
    """)
    start, engine = datetime(2026, 5, 4, tzinfo=UTC), Engine(book)
    made = Event(id="p", type="post.shared", occurred_at=start, actor="ann", object="o")
    liked = Event(id="l", type="object.liked", occurred_at=start, actor="bob", object="o")
    engine.record_many([made, liked])
    for days, expected in ((3, ("o", 1)), (4, (None, 0))):
        of = Period(None, None, start + timedelta(days=days))
        (near,) = holdings_of(memory_of(engine), "ann", of).progress
        assert (near.key, near.value) == expected


def test_that_a_ratio_is_told_for_whom_its_second_measure_counted():
    """Of a contribution that was only liked there is no ratio; of one that was only disliked it is 0."""
    book = RuleBook.parse("""
    [book]
    id = "b"
    [[badge]]
    id = "esteemed"
    ratio = [{ count = "object.liked", to = "recipient" }, { count = "object.disliked", to = "recipient", at_least = 1 }]
    per = "object"
    over = "last 3 days"
    at_least = 3
    """)
    at = datetime(2026, 5, 4, tzinfo=UTC)
    events = [
        Event(id="a", type="post.shared", occurred_at=at, actor="ann", object="a"),
        Event(id="b", type="post.shared", occurred_at=at, actor="ann", object="b"),
        Event(id="c", type="object.liked", occurred_at=at, actor="bob", object="a"),
        Event(id="d", type="object.disliked", occurred_at=at, actor="bob", object="b"),
    ]
    engine = Engine(book)
    engine.record_many(events)
    (near,) = found = holdings_of(memory_of(engine), "ann", Period(None, None, at)).progress
    assert (near.value, near.threshold, near.second) == (0, 3, False)
    seen = fold.booked(book, events)["member", "ann"]
    now = naive.Now(book, events, "ann", at, seen)
    assert lines(found) == {*map(as_told, naive.progress(book, now, seen, {}))}
