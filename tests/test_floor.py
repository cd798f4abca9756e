"""The benchmark's floor decides what the engine does, also where each limit, gate, condition and tier of its book is met."""

from collections import defaultdict
from datetime import timedelta

from attrs import evolve
from benchmarks.community import START, community
from benchmarks.floor import score
from benchmarks.memory import BOOK, _assert_same

from wiifm import Engine, Event

CROWDED = 5
"""As many days has the first half of the community, in place of a year: so the limits of days and weeks are met."""


def crowded(events):
    """A community of which the first half happens in a few days."""
    half = events[len(events) // 2].occurred_at - START
    for event in events:
        since = event.occurred_at - START
        early = START + since * (timedelta(days=CROWDED) / half)
        yield evolve(event, occurred_at=early) if since < half else event


def star(day):
    """Somebody new whose answers are liked up to a hundred times, who is there for 30 days, and comments on a post, that others share again,
    six times a day; and somebody who posts for a week. So each tier is just met."""

    def event(kind, hours, actor=None, **more):
        at = day + timedelta(hours=hours)
        number = len(found)
        found.append(Event(id=f"s{number}", type=kind, occurred_at=at, actor=actor, **more))

    found = []
    event("post.shared", 1, "other", object="star post")
    for likes in (10, 25, 100):
        event("answer.posted", 2, "star", object=f"star {likes}", in_reply_to="star question")
    for number in range(100):
        for likes in (10, 25, 100):
            if number < likes:
                event("object.liked", 3 + number / 10, object=f"star {likes}")
    for number in range(10):
        event("object.reshared", 14, f"fan {number}", object="star post")
    for days in range(1, 30):
        for number, hour in enumerate((5, 6, 7, 8, 9, 10)):
            about = {"object": f"star {days}.{number}", "in_reply_to": "star post"}
            event("comment.posted", 24 * days + hour, "star", **about)
        if days <= 7:
            event("post.shared", 24 * days + 12, "a week", object=f"week {days}")
    return found


def met(receipts, book):
    """How each rule came out: for which reasons it gave nothing, and "gave", or "not" where an event isn't one for it."""
    ends = defaultdict(set)
    for event, receipt in receipts:
        gave = {entry.rule for entry in receipt.entries}
        refused = {each.rule: each.reason for each in receipt.refusals}
        for rule in book.rules.values():
            if event.type in rule.on:
                name = rule.id
                ends[name] |= {refused[name]} if name in refused else set()
                ends[name].add("gave" if name in gave else "not" if name not in refused else "no")
    return ends


def test_that_the_floor_decides_the_same_where_each_limit_is_met():
    events = [*crowded(community(20_000, 11))]
    midnight = events[-1].occurred_at.replace(hour=0, minute=0, second=0, microsecond=0)
    events += star(midnight + timedelta(days=1))
    engine = Engine(BOOK)
    receipts = [(event, engine.record(event)) for event in events]
    floor = score(events)
    _assert_same(engine, floor)
    levels = [None, *BOOK.ladders["path"].levels]
    moves = [(each.holder.id, each.level, event.id) for event, r in receipts for each in r.levels]
    assert moves == [(member, levels[reached], event) for member, reached, event in floor[2]]

    ends = met(receipts, BOOK)
    assert all("gave" in ends[rule] for rule in BOOK.rules)
    for rule in ("shared", "asked", "answered", "liked"):
        assert ends[rule] >= {"limit", "capped"}, rule
    assert all("limit" in ends[rule] for rule in ("helped", "commented"))
    assert all("gate" in ends[rule] for rule in ("first-answer", "kudos"))
    assert all("not" in ends[rule] for rule in ("liked", "commented"))  # their conditions
    given = {(award.badge, award.tier) for _, each in receipts for award in each.awards}
    assert given == {(badge.id, tier) for badge in BOOK.badges.values() for tier in badge.tiers}
    graded = {e.amount for _, each in receipts for e in each.entries if e.rule == "reshared"}
    assert graded == {5, 10}
    levels = {engine.standing(holder).levels["path"] for holder in engine.holders()}
    assert levels == {"newcomer", "contributor", "guide", "pillar"}
