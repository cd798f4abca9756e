"""What a late event costs doesn't grow with what a member's state remembers."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from wiifm import Engine, Event, RuleBook
from wiifm.folds import ghosts, reward

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


def test_that_what_all_deaths_have_in_common_is_folded_once_for_kept_badges():
    kept = f"{BADGE}count = 'object.liked'\nkeep = true\n"
    engine = Engine(RuleBook.parse(BOOK + kept))
    engine.record(Event(id="n", type="post.shared", occurred_at=MONDAY, actor="ann", object="note"))
    engine.record_many([like(n, f"m{n}") for n in range(1, EVENTS)])
    for hour in range(5):
        with patch.object(ghosts, "fold", wraps=ghosts.fold) as fold:
            engine.retract(f"m{EVENTS - 100 + hour}-likes", at=MONDAY + timedelta(days=9 + hour))
    assert EVENTS - 200 < sum(len(call.args[2]) for call in fold.call_args_list) < EVENTS + 600
    assert [award.badge for award in engine.standing("ann").badges] == ["b"]
