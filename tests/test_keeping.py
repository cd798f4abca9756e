"""Badges and levels that must be kept up, and what must not be met."""

import tomllib
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from jsonschema import Draft202012Validator

from processes import batches
from wiifm import (
    ConflictingEvent,
    Engine,
    Event,
    InvalidEvent,
    InvalidInput,
    InvalidRuleBook,
    RuleBook,
    verify,
)
from wiifm.rulebook.dump import dumps
from wiifm.rulebook.schema import json_schema
from wiifm.stores.memory import MemoryStore

START = datetime(2026, 1, 1, tzinfo=UTC)
TRUST = """
[book]
id = "trust"

[event."time.advanced"]
advances = true
fields = { new_topics = { type = "integer" } }

[[ladder.trust.level]]
id = "member"
count = "comment.posted"

[[ladder.trust.level]]
id = "regular"
keep_up = { share = 0.5, grace = "14 days" }
all_of = [{ count = "comment.posted", over = "last 100 days", at_least = 10, or_only = "new_topics / 4" }]
none_of = [{ count = "object.disliked", to = "recipient", over = "last 30 days", at_least = 2 }]

[[ladder.trust.level]]
id = "leader"
count = "kudos.given"
to = "recipient"

[[badge]]
id = "fan"
after = "trust/regular"
"""


def at(day):
    return START + timedelta(days=day)


def event(name, kind, day, **more):
    return Event(id=name, type=kind, occurred_at=at(day), **more)


def comments(days, actor="ann"):
    return [event(f"c{day}", "comment.posted", day, actor=actor, object=f"o{day}") for day in days]


def engine_of(text=TRUST, url=None):
    book = RuleBook.parse(text)
    return Engine.open(url, book) if url else Engine(book)


def level(engine, member="ann"):
    return engine.standing(member).levels["trust"]


@pytest.mark.parametrize("url", [None, "memory:"])
def test_that_a_level_is_given_and_lost_when_time_is_advanced(url):
    engine = engine_of(url=url)
    engine.record_many(comments(range(10)))
    assert level(engine) == "member"
    receipt = engine.advance(at(10))
    assert level(engine) == "member", "what the community did wasn't said"
    receipt = engine.advance(at(11), {"new_topics": 40})
    assert [str(each) for each in receipt.awards] == ["trust/regular", "fan"]
    assert level(engine) == "regular"
    engine.advance(at(104), {"new_topics": 400})  # six comments are left: at least half of ten
    assert level(engine) == "regular"
    lost = engine.advance(at(106), {"new_topics": 400})
    assert [str(each) for each in lost.withdrawn] == ["trust/regular"]
    assert [(each.before, each.level, each.up) for each in lost.levels] == [
        ("regular", "member", False)
    ]
    assert level(engine) == "member"
    assert [each.badge for each in engine.standing("ann").badges] == ["fan"]
    assert engine.receipt("time:2026-04-17T00:00:00+00:00") == lost


def test_that_what_is_kept_needs_only_a_share_and_is_safe_for_a_while():
    engine = engine_of()
    engine.record_many(comments(range(10)))
    engine.advance(at(100), {"new_topics": 40})
    engine.advance(at(113), {"new_topics": 400})
    assert level(engine) == "regular", "within the grace of 14 days"
    engine.advance(at(114), {"new_topics": 400})
    assert level(engine) == "member"


@pytest.mark.parametrize("seed", range(12))
def test_that_a_level_is_kept_as_long_as_the_statement_says(seed):
    """Time that is advanced up to then leaves it, and right after takes it: by the window, the grace, or both."""
    random = Random(seed)
    days = sorted(random.sample(range(100), 12))
    books = [
        TRUST,
        TRUST.replace(
            'count = "comment.posted", over', "distinct = 'object', on = 'comment.posted', over"
        ),
    ]
    books.append(TRUST.replace("14 days", "99 days"))
    text = random.choice(books)
    ends = []
    for late in (timedelta(microseconds=-1), timedelta(microseconds=1)):
        engine = engine_of(text)
        engine.record_many(comments(days))
        engine.advance(at(100), {"new_topics": 400})
        (kept,) = engine.statement("ann").growth.kept
        assert (kept.kind, kept.name) == ("level", "regular")
        engine.advance(kept.until + late, {"new_topics": 400})
        ends.append((kept.until, level(engine)))
    (until, before), (again, after) = ends
    assert until == again
    assert (before, after) == ("regular", "member")
    assert until >= at(114), "it is safe for a grace"


AWAY = """
[book]
id = "b"
zone = "Asia/Tokyo"
[[badge]]
id = "around"
count = "comment.posted"
keep_up = {}
none_of = [{ gap = "comment.posted", at_least = 31 }]
[[badge]]
id = "lately"
count = "comment.posted"
keep_up = {}
none_of = [{ gap = "comment.posted", at_least = 31, over = "last 90 days" }]
[[badge]]
id = "back"
gap = "comment.posted"
at_least = 40
"""


@pytest.mark.parametrize("url", [None, "memory:"])
def test_that_an_absence_counts_while_it_goes_on(url):
    """In Tokyo the 32nd day begins nine hours earlier; what was once too long ago passes, over a window."""
    engine = engine_of(AWAY, url)

    def held(day):
        engine.advance(at(day))
        return [each.badge for each in engine.standing("ann").badges]

    engine.record_many(comments([0]))
    assert held(1) == ["around", "lately"]
    assert held(31.6) == ["around", "lately"]
    assert held(31.7) == []
    (far,) = (each for each in engine.statement("ann").next if each.badge == "back")
    assert (far.value, far.threshold, far.until) == (31, 40, None)
    engine.record_many(comments([60]))
    assert held(61) == ["back"], "there was such a gap"
    assert held(91) == ["back", "lately"], "the first comment has left the window"
    assert held(92) == ["back"]


def test_that_the_statement_says_how_long_one_may_be_away():
    engine = engine_of(AWAY)
    engine.record_many(comments([0]))
    engine.advance(at(1))
    kept = engine.statement("ann").growth.kept
    assert {each.name: each.until for each in kept} == dict.fromkeys(
        ["around", "lately"], at(31.625)
    )


def test_that_a_mean_is_kept_until_the_first_of_what_it_is_of_has_passed():
    """Nobody can say what comes then: it may fall, or rise."""
    badge = 'id = "praised"\nmean = "amount"\non = "kudos.given"\nto = "recipient"\nover = "last 30 days"\nat_least = 3'
    engine = engine_of(TRUST + f"[[badge]]\n{badge}\nkeep_up = {{ share = 1 }}\n")
    for day, amount in ((0, 5), (10, 1)):
        data = {"amount": amount}
        engine.record(event(f"k{day}", "kudos.given", day, actor="bob", recipient="ann", data=data))
    engine.advance(at(11), {"new_topics": 0})
    assert {each.name: each.until for each in engine.statement("ann").growth.kept} == {
        "praised": at(30)
    }
    engine.advance(at(30.1), {"new_topics": 0})
    assert not engine.standing("ann").badges


def test_that_a_share_of_what_the_community_does_may_be_enough():
    engine = engine_of()
    engine.record_many(comments(range(4)))
    engine.advance(at(5), {"new_topics": 20})
    assert level(engine) == "member"
    engine.advance(at(6), {"new_topics": 16})
    assert level(engine) == "regular"


def test_that_what_must_not_be_met_takes_it_and_passes():
    engine = engine_of()
    engine.record_many(comments(range(10)))
    engine.record(event("d1", "object.disliked", 10, actor="bob", object="o1"))
    engine.record(event("d2", "object.disliked", 11, actor="bob", object="o1"))
    engine.advance(at(12), {"new_topics": 40})
    assert level(engine) == "member"
    engine.advance(at(42), {"new_topics": 40})
    assert level(engine) == "regular"


def test_that_the_level_above_stays_and_needs_the_one_below():
    engine = engine_of()
    engine.record_many(comments(range(10)))
    engine.record(event("k0", "kudos.given", 9, actor="bob", recipient="ann"))
    assert level(engine) == "member"
    engine.advance(at(10), {"new_topics": 40})
    assert level(engine) == "leader", "the kudos were there already"
    engine.advance(at(200), {"new_topics": 40})
    assert level(engine) == "leader"


def test_that_a_badge_is_lost_with_what_it_comes_after():
    engine = engine_of()
    engine.record_many(comments(range(10)))
    engine.advance(at(10), {"new_topics": 4})
    assert level(engine) == "regular"
    for day in range(10):
        engine.retract(f"c{day}", at=at(11))
    assert level(engine) is None


def test_that_progress_is_what_the_next_advance_asks_for():
    engine = engine_of()
    engine.record_many(comments(range(3)))
    engine.advance(at(4), {"new_topics": 20})
    (found,) = [each for each in engine.statement("ann").next if each.badge == "trust/regular"]
    assert (found.value, found.threshold, found.missing) == (3, 5, 2)
    engine.record(comments([5])[0])
    engine.advance(at(6), {"new_topics": 20})
    assert level(engine) == "member"
    engine.record(comments([7])[0])
    engine.advance(at(8), {"new_topics": 20})
    assert level(engine) == "regular"
    assert "trust/regular" not in {each.badge for each in engine.statement("ann").next}


def test_that_progress_tells_what_stands_in_the_way():
    engine = engine_of()
    engine.record_many(comments(range(10)))
    for number in range(3):
        engine.record(event(f"d{number}", "object.disliked", 20, actor="bob", object="o1"))
    next = engine.statement("ann").next
    (found,) = [each for each in next if each.badge == "trust/regular"]
    assert (found.value, found.threshold, found.missing, found.barred) == (3, 2, -1, True)


def test_that_the_same_advance_is_a_duplicate_and_may_be_made_again_once_retracted():
    engine = engine_of()
    engine.record_many(comments(range(10)))
    first = engine.advance(at(11), {"new_topics": 40})
    assert engine.advance(at(11), {"new_topics": 40}).status == "duplicate"
    with pytest.raises(ConflictingEvent):
        engine.advance(at(11), {"new_topics": 9})
    back = engine.retract(first.event, at=at(12))
    assert level(engine) == "member"
    assert [each.badge for each in back.withdrawn] == ["trust/regular", "fan"]
    assert engine.advance(at(11), {"new_topics": 40}).event == f"{first.event}:2"
    assert level(engine) == "regular"


def test_that_an_advance_that_another_process_took_back_is_none_here(new_url):
    """The first retraction in a store at all, by an engine that another one didn't see at work."""
    url = new_url()
    with engine_of(url=url) as here, engine_of(url=url) as there:
        here.record_many(comments(range(12)))
        time = here.advance(at(11), {"new_topics": 40}).event
        assert level(here) == "regular"
        there.retract(time, at=at(12))
        here.record(event("late", "comment.posted", 2.5, actor="ann", object="late"))
        assert level(here) == level(there) == "member"


def test_that_what_nobody_can_say_is_refused():
    engine = engine_of()
    with pytest.raises(InvalidEvent, match="an unknown field"):
        engine.advance(at(1), {"topics_new": 3})
    with pytest.raises(InvalidInput, match="UTC offset"):
        engine.advance(datetime(2026, 1, 1))
    with pytest.raises(InvalidEvent, match="only advances time"):
        engine.record(event("t", "time.advanced", 1, actor="ann"))
    bare = Engine(RuleBook.parse("[book]\nid = 'b'\nvocabulary = []"))
    with pytest.raises(InvalidEvent, match="no type that advances time"):
        bare.advance(at(1))


def test_that_whatever_the_order_and_the_batches_the_levels_are_the_same():
    random = Random(7)
    events = [*comments(range(0, 300, 3)), *comments([1, 2, 4, 5], "bob")]
    events += [
        event(f"t{day}", "time.advanced", day, data={"new_topics": random.choice([8, 40, 90])})
        for day in range(0, 400, 7)
    ]
    events += [event(f"r{day}", "event.retracted", 400, retracts=f"t{day}") for day in (70, 399)]
    events += [event("r3", "event.retracted", 401, retracts="c30")]
    straight = engine_of()
    straight.record_many(events)
    for url in (None, "memory:"):
        random.shuffle(events)
        engine = engine_of(url=url)
        for batch in batches(random, list(events)):
            engine.record_many(batch)
        assert holding(engine) == holding(straight)
        assert holding(engine) != holding(engine_of())


def holding(engine):
    return {standing.holder: standing for standing in engine.standings()}


def test_that_a_store_in_which_time_passes_is_proved():
    random, book, store = Random(3), RuleBook.parse(TRUST), MemoryStore()
    engine = Engine.over(store, book)
    events = [*comments(range(0, 300, 3)), *comments([1, 2, 4, 5], "bob")]
    engine.record_many(events[:40])
    for day in (20, 200, 100, 290, 400):
        engine.advance(at(day), {"new_topics": random.choice([8, 40, 90])})
        engine.record_many(events[40 + day // 10 : 60 + day // 10])
    engine.retract("time:2026-04-11T00:00:00+00:00", at=at(401))
    assert level(engine) == "member"
    assert verify(store, book).differences == ()


def test_that_a_store_keeps_what_was_lost_and_given_at_once():
    book, store = RuleBook.parse(HERE), MemoryStore()
    engine = Engine.over(store, book)
    engine.record_many(comments([0]))
    engine.advance(at(1))
    engine.advance(at(11))
    again = Engine.over(store, book)
    assert [each.badge for each in engine.standing("ann").badges] == ["away"]
    assert again.standing("ann") == engine.standing("ann")


HERE = """
[book]
id = "b"
[[badge]]
id = "here"
count = "comment.posted"
over = "last 10 days"
keep_up = {}
[[badge]]
id = "away"
count = "comment.posted"
none_of = [{ count = "comment.posted", over = "last 10 days" }]
keep_up = {}
"""

DISCOURSE = """
[book]
id = "discourse"

[event."time.advanced"]
advances = true
fields = { topics = { type = "integer", required = true }, posts = { type = "integer", required = true } }

[event."post.flagged"]
requires = ["actor", "object"]
acts_on = "any"
merit = "recipient"

[[ladder.trust.level]]
id = "member"
count = "object.read"

[[ladder.trust.level]]
id = "regular"
keep_up = { share = 0.9, grace = "14 days" }
all_of = [
  { groups = "day", each = { count = "object.read" }, over = "last 100 days", at_least = 50 },
  { distinct = "in_reply_to", on = "comment.posted", over = "last 100 days", at_least = 10 },
  { distinct = "object", on = "object.read", over = "last 100 days", at_least = 500, or_only = "(new_topics + 2) // 4" },
  { count = "object.read", over = "last 100 days", at_least = 20000, or_only = "(new_posts + 2) // 4" },
  { count = "object.liked", over = "last 100 days", at_least = 30 },
  { count = "object.liked", to = "recipient", over = "last 100 days", at_least = 20 },
  { distinct = "actor", on = "object.liked", to = "recipient", over = "last 100 days", at_least = 5 },
  { groups = "day", each = { count = "object.liked" }, to = "recipient", over = "last 100 days", at_least = 7 },
  { distinct = "object", on = "object.read", at_least = 200 },
  { count = "object.read", at_least = 500 },
]
none_of = [
  { distinct = "object", on = "post.flagged", to = "recipient", over = "last 100 days", at_least = 6 },
  { distinct = "actor", on = "post.flagged", to = "recipient", over = "last 100 days", at_least = 6 },
]
""".replace("topics = {", "new_topics = {").replace("posts = {", "new_posts = {")


def busy(days):
    """What a regular does on some days: reads ten topics, replies in one, likes and is liked."""
    for day in days:
        for n in range(10):
            yield event(f"q{day}.{n}", "question.asked", day, actor="x", object=f"t{day}.{n}")
            yield event(f"r{day}.{n}", "object.read", day, actor="ann", object=f"t{day}.{n}")
        yield event(
            f"w{day}", "comment.posted", day, actor="ann", object=f"w{day}", in_reply_to=f"t{day}.0"
        )
        yield event(f"g{day}", "object.liked", day, actor="ann", object=f"t{day}.0")
        yield event(f"l{day}", "object.liked", day, actor=f"fan{day % 6}", object=f"w{day}")


def test_that_the_third_level_of_discourse_can_be_said():
    engine = engine_of(DISCOURSE)
    engine.record_many(busy(range(52)))
    engine.advance(at(48.5), {"new_topics": 1000, "new_posts": 1000})
    assert level(engine) == "member", "it takes fifty days, and these are 49"
    engine.advance(at(52), {"new_topics": 2200, "new_posts": 2200})
    assert level(engine) == "member", "520 posts of 2,200 aren't a quarter"
    engine.advance(at(53), {"new_topics": 2200, "new_posts": 2000})
    assert level(engine) == "regular", "nor are 520 topics, but 500 are enough"
    engine.advance(at(105.5), {"new_topics": 1000, "new_posts": 1000})
    assert level(engine) == "regular", "of fifty days 46 are left: nine tenths are 45"
    engine.advance(at(107.5), {"new_topics": 1000, "new_posts": 1000})
    assert level(engine) == "member", "44 are left"


@pytest.mark.parametrize("which", ["TRUST", "NOT", "DISCOURSE"])
def test_that_it_is_read_and_written_and_known_to_editors(which):
    text = {"TRUST": TRUST, "NOT": NOT, "DISCOURSE": DISCOURSE}[which]
    book = RuleBook.parse(text)
    assert RuleBook.parse(dumps(book)).digest == book.digest
    Draft202012Validator(json_schema()).validate(tomllib.loads(text))
    Draft202012Validator(json_schema()).validate(tomllib.loads(dumps(book)))


def test_that_the_digest_knows_how_a_badge_is_kept_up():
    changes = [
        ("share = 0.5", "share = 0.6"),
        ("14 days", "15 days"),
        ("new_topics / 4", "new_topics / 5"),
    ]
    changes.append(('over = "last 30 days"', 'over = "last 31 days"'))
    digests = {RuleBook.parse(NOT.replace(*changes.pop())).digest, RuleBook.parse(NOT).digest}
    digests |= {RuleBook.parse(TRUST.replace(*each)).digest for each in [("", ""), *changes]}
    assert len(digests) == 6


FAULTS = {
    "points": ("points = 3", "none for a badge that may be lost"),
    "keep": ("keep = true", "false for a badge that must be kept up"),
    "per": ("per = 'object'", "'member' in a badge that must be kept up"),
    "again": ("again = 3", "'once' in a badge"),
    "over": ("over = 'week'", "'ever' or a rolling window"),
    "tiers": ("at_least = { a = 1, b = 2 }", "one threshold without a tier"),
    "share": ("keep_up = { share = 2 }", "a number above 0, up to 1"),
    "grace": ("keep_up = { grace = 'a while' }", "a length of time"),
    "or_only": ("or_only = 'new_topic'", "did you mean 'new_topics'"),
}


@pytest.mark.parametrize(("line", "told"), FAULTS.values(), ids=FAULTS)
def test_that_a_badge_that_cant_be_kept_up_is_refused(line, told):
    keep_up = "" if line.startswith("keep_up") else "keep_up = {}"
    head = TRUST.partition("[[ladder")[0]
    text = f"{head}\n[[badge]]\nid = 'x'\ncount = 'comment.posted'\n{keep_up}\n{line}"
    with pytest.raises(InvalidRuleBook, match=told):
        RuleBook.parse(text)


def test_that_no_bonus_follows_on_time():
    text = TRUST + "\n[[badge]]\nid = 'rich'\nafter = 'fan'\npoints = 3"
    with pytest.raises(InvalidRuleBook, match="none for a badge that comes after one"):
        RuleBook.parse(text)


NOT = """
[book]
id = "b"
[[badge]]
id = "x"
count = "answer.posted"
at_least = 2
none_of = [{ count = "object.disliked", to = "recipient", over = "last 30 days" }]
"""


def answers(days):
    return [event(f"a{day}", "answer.posted", day, actor="ann", object=f"o{day}") for day in days]


def test_that_a_badge_waits_until_what_bars_it_has_passed():
    engine = engine_of(NOT)
    engine.record_many(answers([0]))
    engine.record(event("d", "object.disliked", 1, actor="bob", object="o0"))
    engine.record_many(answers([2, 31]))
    assert not engine.standing("ann").badges
    engine.record_many(answers([32]))
    assert [each.event for each in engine.standing("ann").badges] == ["a32"]
    engine.record(event("d2", "object.disliked", 33, actor="bob", object="o0"))
    assert len(engine.standing("ann").badges) == 1, "what is given stays"


def test_that_none_of_alone_brings_nothing_about():
    text = "[book]\nid = 'b'\n[[badge]]\nid = 'x'\nnone_of = [{ count = 'object.disliked' }]"
    with pytest.raises(InvalidRuleBook, match="a criterion that gives the badge"):
        RuleBook.parse(text)


KEPT = """
[book]
id = "b"

[event."time.advanced"]
advances = true

[[badge]]
id = "lately"
count = "comment.posted"
over = "last 30 days"
at_least = 4
keep_up = { share = 0.5, grace = "10 days" }
none_of = [{ count = "object.disliked", to = "recipient", over = "last 30 days", at_least = 2 }]
"""


def held(engine):
    return [each.badge for each in engine.standing("ann").badges]


def dislikes(days):
    return [event(f"d{day}", "object.disliked", day, actor="bob", object="o0") for day in days]


@pytest.mark.parametrize(("day", "left"), [(31.5, ["lately"]), (32.5, [])])
def test_that_a_share_of_a_fixed_number_is_enough_to_keep_it(day, left):
    engine = engine_of(KEPT)
    engine.record_many(comments(range(4)))
    engine.advance(at(4))
    assert held(engine) == ["lately"]
    engine.advance(at(day))
    assert held(engine) == left


@pytest.mark.parametrize(("days", "left"), [([15], ["lately"]), ([15, 16], [])])
def test_that_of_what_bars_it_no_share_is_enough(days, left):
    engine = engine_of(KEPT)
    engine.record_many([*comments(range(4)), *dislikes(days)])
    engine.advance(at(4))
    engine.advance(at(20))
    assert held(engine) == left


def test_that_what_comes_after_a_badge_that_was_lost_waits_until_it_is_given_again():
    thanked = "[[badge]]\nid = 'thanked'\ncount = 'kudos.given'\nto = 'recipient'\nafter = 'lately'"
    engine = engine_of(KEPT + thanked)

    def is_thanked(day):
        engine.record(event(f"k{day}", "kudos.given", day, actor="bob", recipient="ann"))
        return "thanked" in held(engine)

    engine.record_many(comments(range(4)))
    engine.advance(at(4))
    engine.advance(at(50))
    assert not held(engine) and not is_thanked(51)
    engine.record_many(comments(range(52, 56)))
    assert not is_thanked(57)
    engine.advance(at(58))
    assert held(engine) == ["lately", "thanked"], "it was met already"


def test_that_no_grace_saves_a_badge_from_the_loss_of_what_it_comes_after():
    above = "[[badge]]\nid = 'above'\nafter = 'lately'\ncount = 'kudos.given'\nto = 'recipient'\n"
    engine = engine_of(KEPT + above + "keep_up = { grace = '90 days' }")
    engine.record_many(comments(range(4)))
    engine.record(event("k", "kudos.given", 3, actor="bob", recipient="ann"))
    engine.advance(at(4))
    assert held(engine) == ["above", "lately"]
    engine.advance(at(40))
    assert not held(engine)
