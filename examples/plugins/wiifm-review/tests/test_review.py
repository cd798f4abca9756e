"""The plugin keeps the contract of rules, and pays as it says."""

from datetime import UTC, datetime, timedelta

import pytest

import wiifm
from wiifm.testing import RuleContract

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
BOOK = "[book]\nid = 'reviews'\nuse = ['review']\n"


def event(id, type, hours, **more):
    return wiifm.Event(id=id, type=type, occurred_at=START + timedelta(hours=hours), **more)


def review(number, comments, actor="ann"):
    change = event(f"c{number}", "review.requested", number, actor="bob", object=f"change{number}")
    approved = event(
        f"a{number}",
        "review.approved",
        number + 0.5,
        actor=actor,
        object=f"change{number}",
        data={"comments": comments},
    )
    return [change, approved]


class TestRules(RuleContract):
    """The law, purity, and that the examples earn something."""

    def make_book(self):
        return wiifm.RuleBook.parse(BOOK)

    def examples_of(self):
        return [*review(1, 3), *review(2, 20)]


@pytest.mark.parametrize(("comments", "points"), [(0, 0), (3, 3), (20, 8)])
def test_that_comments_pay_up_to_a_most(comments, points):
    engine = wiifm.Engine(wiifm.RuleBook.parse(BOOK))
    engine.record_many(review(1, comments))
    assert engine.standing("ann").points["review"] == points


def test_that_the_author_is_credited_and_the_badge_counts_colleagues():
    engine = wiifm.Engine(wiifm.RuleBook.parse(BOOK))
    engine.record_many(each for number in range(3) for each in review(number, 1))
    assert engine.standing("bob").points["review"] == 6
    assert engine.standing("ann").badges == ()
