"""What several badges measure alike is kept and folded once: each is given as if it had it for itself."""

import tomllib
from random import Random

import pytest
import tomli_w
from hypothesis import given, settings

from histories import history
from test_law import EXAMPLES, check_as_naive_in_any_order, check_ledger, seeds
from wiifm import Engine, InvalidRuleBook, RuleBook, verify
from wiifm.program import compile_book
from wiifm.rulebook.dump import dumps
from wiifm.stores.memory import MemoryStore
from wiifm.testing import books, check_law

FIXED = ("id", "title", "after", "tier", "points", "keep", "all_of", "any_of", "none_of", "needs")


def like(random, badge, number):
    """A badge by the same measures as another one, that asks something else of them."""
    twin = {key: value for key, value in badge.items() if key not in ("after", "points")}
    twin["id"] = f"{badge['id']}-{number}"
    if "at_least" in badge and "keep_up" not in badge:
        twin["at_least"] = random.choice([1, 2, 4, {"bronze": 1, "gold": 3}])
        twin["again"] = random.choice([[], 1, 2, badge.get("again", [])])
    return twin


def composed(random, badges, number):
    """A badge of several measures, each of which others have for themselves."""
    parts = []
    for badge in random.sample(badges, min(len(badges), random.choice([1, 2, 3]))):
        found = {key: value for key, value in badge.items() if key not in (*FIXED, "per", "again")}
        parts += badge.get("all_of", []) or badge.get("any_of", []) or [found]
    return {"id": f"c{number}", random.choice(["all_of", "any_of"]): parts} | {
        key: badge[key] for badge in badges[:1] for key in ("per",) if key in badge
    }


def with_twins(random):
    """A book in which most of what is measured is asked for more than once."""
    tables = tomllib.loads(dumps(books.book(random)))
    badges = list(tables["badge"])
    for number in range(6):
        make = random.choice([like, like, composed])
        found = make(random, random.choice(badges) if make is like else badges, number)
        try:
            RuleBook.parse(tomli_w.dumps({**tables, "badge": [*tables["badge"], found]}))
        except InvalidRuleBook:
            continue
        tables["badge"].append(found)
    return RuleBook.parse(tomli_w.dumps(tables))


def fields(book):
    return [part.field for s in compile_book(book).badges for w in s.criteria for part in w.parts]


def test_that_most_of_these_books_keep_something_once_for_several():
    found = [fields(with_twins(Random(seed))) for seed in range(EXAMPLES // 2)]
    assert sum(len(set(each)) < len(each) for each in found) > len(found) * 3 / 4


@given(seeds)
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_each_badge_is_given_as_if_it_measured_for_itself(seed):
    random = Random(seed)
    book, events = with_twins(random), history(random, 25)
    check_as_naive_in_any_order(book, events)
    check_ledger(check_law(book, events))


@given(seeds)
@settings(max_examples=EXAMPLES // 4, deadline=None)
def test_that_a_store_keeps_it_once_and_proves_it(seed):
    random = Random(seed)
    book, events = with_twins(random), history(random, 25)
    store = MemoryStore()
    engine = Engine.over(store, book)
    while events:
        batch, events = events[:7], events[7:]
        engine.record_many(batch)
    assert not verify(store, book).differences


TWO = """[book]
id = "b"
[[badge]]
id = "nice"
to = "recipient"
count = "object.liked"
per = "object"
at_least = 2
again = "object"
[[badge]]
id = "good"
to = "recipient"
count = "object.liked"
per = "object"
at_least = 3
again = "object"
[[badge]]
id = "both"
per = "object"
all_of = [
    { count = "object.liked", to = "recipient", at_least = 3 },
    { count = "answer.accepted", to = "recipient", at_least = 1 },
]
"""


@pytest.mark.parametrize("other", ["", "where = 'hour > 5'\n", "since = 2026-01-01T00:00:00Z\n"])
def test_that_only_what_is_measured_alike_is_kept_once(other):
    book = RuleBook.parse(TWO.replace("at_least = 3\nagain", f"{other}at_least = 3\nagain"))
    likes = [field for field in fields(book) if field != "badge_both_c1"]
    assert len(likes) == 3 and len(set(likes)) == (2 if other else 1)
    tables = compile_book(book).states["member"]().tables
    assert [name for name in tables if "_c" in name] == sorted(set(fields(book)))


SPELLED = """[book]
id = "b"
[[badge]]
id = "some"
count = ["post.shared", "answer.posted"]
where = "hour < 25"
since = 2026-01-01T00:00:00Z
at_least = 2
[[badge]]
id = "more"
count = ["post.shared", "answer.posted"]
where = "hour < 25"
since = 2026-01-01T00:00:00Z
at_least = 3
"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hour < 25", "hour<25"),
        ('["post.shared", "answer.posted"]', '["answer.posted", "post.shared"]'),
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"),
    ],
)
def test_that_books_of_one_digest_keep_the_same_however_they_are_spelled(one, other):
    before, after = SPELLED.rsplit(one, 1)
    books = [RuleBook.parse(SPELLED), RuleBook.parse(before + other + after)]
    assert books[0].digest == books[1].digest
    assert len(set(fields(books[0]))) == 1
    assert fields(books[0]) == fields(books[1])
    for first, second in (books, reversed(books)):
        store = MemoryStore()
        events = [event for event in history(Random(5), 80) if event.type == "post.shared"]
        Engine.over(store, first).record_many(events[::2])
        Engine.over(store, second).record_many(events[1::2])
        assert not verify(store, second).differences
        alone = Engine(books[0])
        alone.record_many(events)
        assert Engine.over(store, second).standings() == alone.standings()
