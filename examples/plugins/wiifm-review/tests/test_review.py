"""The plugin fulfils the contract for rules, and gives the points that it documents."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

import wiifm
from wiifm.sources import Rejected, find_source
from wiifm.testing import PackContract, RuleContract

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
    """The contract for the plugin's own rules."""

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


class TestEngineering(PackContract):
    """The contract for the plugin's pack ``engineering``."""

    examples = 10

    def make_book(self):
        return wiifm.RuleBook.load("plugin:engineering")

    def examples_of(self):
        return review(1, 3)


def test_that_the_rule_book_lies_over_sharing_and_the_rules_of_reviews():
    book = wiifm.RuleBook.load("plugin:engineering")
    assert book.rules["kudos"].points == 3
    assert {"thorough-review", "helped"} <= set(book.rules) and "change-approved" not in book.rules
    assert {"all-round", "solver", "second-pair-of-eyes"} <= set(book.badges)


def payload(action, **more):
    change = {"number": 7, "user": {"login": "bob"}, "created_at": "2026-05-04T09:00:00Z"}
    change |= {"additions": 40, "deletions": 2, "review_comments": 3}
    repository = {"full_name": "acme/site"}
    return {"action": action, "pull_request": change, "repository": repository, **more}


def test_that_payloads_of_webhooks_are_read_and_wrong_ones_told():
    approval = {"id": 9, "state": "approved", "user": {"login": "ann"}}
    payloads = [
        payload("opened"),
        {"zen": "Keep it logically awesome."},
        payload("submitted", review={**approval, "submitted_at": "2026-05-04T10:00:00Z"}),
        payload("submitted", review={**approval, "submitted_at": "soon"}),
        payload("submitted", review=approval),
        payload("submitted", review="approved"),
    ]
    lines = "\n".join(map(json.dumps, payloads)).encode() + b"\n{\n" + b"[" * 100_000
    found = list(find_source("github-reviews")(io.BytesIO(lines), "hooks"))
    assert [line.number for line in found] == [1, 3, 4, 5, 6, 7, 8]
    opened, approved, *wrong = [line.found for line in found]
    assert all(isinstance(each, Rejected) for each in wrong)
    engine = wiifm.Engine(wiifm.RuleBook.load("plugin:engineering"))
    engine.record_many([opened, approved])
    assert engine.standing("ann").points["review"] == 3
