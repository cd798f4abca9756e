"""What a late event costs doesn't grow with what a member's state remembers."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from wiifm import Engine, Event, RuleBook
from wiifm.folds import kept, reward
from wiifm.records import SPACING

BOOK = "[book]\nid = 'b'\n[[rule]]\nid = 'r'\non = 'object.liked'\nto = 'recipient'\npoints = 1\n"
BADGE = "[[badge]]\nid = 'b'\nto = 'recipient'\nat_least = 1000\n"
REMEMBERING = {
    "a limit per object and person": "limit = { times = 1, per = ['object', 'person'] }\n",
    "a count per person": f"{BADGE}count = 'object.liked'\nper = 'person'\n",
    "a distinct per object": f"{BADGE}distinct = 'actor'\non = 'object.liked'\nper = 'object'\n",
}
EVENTS = 6_000
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)


def like(place: float, who: str) -> Event:
    at = MONDAY + timedelta(minutes=place)
    return Event(id=f"{who}-likes", type="object.liked", occurred_at=at, actor=who, object="note")


@pytest.mark.parametrize("kind", REMEMBERING)
def test_that_the_second_late_event_refolds_few_events(kind):
    engine = Engine(RuleBook.parse(BOOK + REMEMBERING[kind]))
    engine.record(Event(id="n", type="post.shared", occurred_at=MONDAY, actor="ann", object="note"))
    engine.record_many([like(n, f"m{n}") for n in range(1, EVENTS)])
    engine.record(like(EVENTS - 100.5, "first"))
    with patch.object(reward, "fold", wraps=reward.fold) as fold:
        engine.record(like(EVENTS - 90.5, "second"))
    assert 90 <= fold.call_count < 200
    assert engine.standing("ann").points["points"] == EVENTS + 1


KEPT = f"{BADGE}count = 'object.liked'\nkeep = true\n"


def folded_for_kept_badges(do):
    """How many activities are folded for kept badges meanwhile."""
    with patch.object(kept, "fold", wraps=kept.fold) as fold:
        do()
    return sum(len(call.args[2]) for call in fold.call_args_list)


def test_that_nothing_is_folded_for_kept_badges_if_an_event_dies_after_everything_else():
    engine = Engine(RuleBook.parse(BOOK + KEPT))
    engine.record(Event(id="n", type="post.shared", occurred_at=MONDAY, actor="ann", object="note"))
    engine.record_many([like(n, f"m{n}") for n in range(1, 1_001)])
    at = MONDAY + timedelta(days=9)
    assert not folded_for_kept_badges(lambda: engine.retract("m500-likes", at=at))
    assert [award.badge for award in engine.standing("ann").badges] == ["b"]
    assert engine.standing("ann").points["points"] == 999


def test_that_deaths_fold_again_only_what_they_change_for_kept_badges():
    engine = Engine(RuleBook.parse(BOOK + KEPT))
    engine.record(Event(id="n", type="post.shared", occurred_at=MONDAY, actor="ann", object="note"))
    for n in range(1, EVENTS):
        engine.record(like(n, f"m{n}"))
        if n % 100 == 0:
            engine.retract(f"m{n - 20}-likes", at=MONDAY + timedelta(minutes=n, seconds=1))
    late = like(EVENTS / 2 + 0.5, "late")
    deaths = EVENTS // 100 - 1
    folded = folded_for_kept_badges(lambda: engine.record(late))
    assert EVENTS * 0.9 < folded < EVENTS + deaths * (SPACING + 30)
