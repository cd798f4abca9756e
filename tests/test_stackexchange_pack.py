"""The pack ``stackexchange``: each rule and each badge, at its mark and right below; and the law for all of it."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from test_law import check_against_naive, check_ledger
from wiifm import Engine, Event, RuleBook, preview, rescore
from wiifm.stores.urls import open_store

BOOK = RuleBook.load("plugin:stackexchange")
RESCORED = RuleBook.load("plugin:stackexchange-rescored")
START = datetime(2019, 3, 4, 9, tzinfo=UTC)
NUMBERS = count()
DOCS = Path(__file__).parent.parent / "docs" / "packs"


def happened(kind, after=0.0, actor=None, thing=None, to=None, topics=(), **data):
    """An event so many days after the start."""
    at, name = START + timedelta(days=after), f"e{next(NUMBERS)}"
    keys = {"actor": actor, "object": thing, "in_reply_to": to, "topics": topics}
    return Event(id=name, type=kind, occurred_at=at, data=data, **keys)


def asked(thing="q", days=0.0, actor="ann", **keys):
    return happened("question.asked", days, actor, thing, **keys)


def answered(thing="a", days=1.0, actor="ann", to="q"):
    return happened("answer.posted", days, actor, thing, to)


def ups(number, thing="q", days=2.0, actor=None, **data):
    return [happened("object.liked", days, actor, thing, **data) for _ in range(number)]


def downs(number, thing="q", days=2.0, actor=None, **data):
    return [happened("object.disliked", days, actor, thing, **data) for _ in range(number)]


def placed(thing="a", **data):
    return happened("answer.placed", 1, None, thing, **data)


def accepted(thing="a", days=3.0, actor="raj"):
    return happened("answer.accepted", days, actor, thing)


def scored(events, book=BOOK):
    engine = Engine(book)
    engine.record_many(events)
    return engine


def points(events, member="ann", book=BOOK):
    return scored(events, book).standing(member).points["points"]


JOINED = happened("member.joined", -9, "ann")
QUESTION, ANSWER = asked(), answered()
HIS, HER_ANSWER = asked(actor="raj"), answered()


# ---- reputation ------------------------------------------------------------------------------------------------

EACH = [
    ([], 1),
    ([QUESTION, *ups(3)], 1 + 15),
    ([QUESTION, *ups(2, days=255)], 1 + 20),  # 14 November 2019
    ([QUESTION, *ups(1, days=254), *ups(1, days=253.62)], 1 + 10 + 5),
    ([HIS, ANSWER, *ups(3, "a")], 1 + 30),
    ([QUESTION, *ups(3), *downs(2, days=2.1)], 1 + 15 - 4),
    ([QUESTION, *downs(4)], 1),
    ([QUESTION, *ups(3, wiki=True), *downs(1, wiki=True)], 1),
    ([HIS, ANSWER, accepted()], 1 + 15),
    ([HIS, ANSWER, accepted(actor="ann")], 1),
    ([QUESTION, answered(actor="raj"), accepted(actor="ann")], 1 + 2),
    ([HIS, ANSWER, happened("bounty.awarded", 4, "raj", "a", amount=50)], 1 + 50),
    ([QUESTION, *ups(30), happened("bounty.offered", 4, "ann", "q", amount=50)], 1 + 150 - 50),
    ([happened("association.granted", 0, "ann"), happened("association.granted", 1, "ann")], 101),
    ([happened("edit.approved", 0, "ann") for _ in range(3)], 1 + 6),
]


@pytest.mark.parametrize(("events", "expected"), EACH)
def test_that_each_event_gives_what_the_help_centre_says(events, expected):
    assert points([JOINED, *events]) == expected


def test_that_whoever_is_seen_voting_an_answer_down_pays_for_it():
    posts = [JOINED, HIS, answered(actor="mia"), happened("association.granted", 0, "ann")]
    assert points([*posts, *downs(3, "a", actor="ann")]) == 101 - 3
    assert points([*posts, *downs(3, "q", actor="ann")]) == 101


def test_that_a_day_gives_200_and_that_downvotes_make_room_again():
    posts = [JOINED, HIS, ANSWER]
    assert points([*posts, *ups(25, "a")]) == 1 + 200
    assert points([*posts, *ups(25, "a"), *ups(25, "a", days=3)]) == 1 + 400
    down, late = downs(2, "a", days=2.1), ups(1, "a", days=2.2)
    assert points([*posts, *ups(25, "a"), *down]) == 1 + 196
    assert points([*posts, *ups(25, "a"), *down, *late]) == 1 + 200


def test_that_accepts_bounties_and_the_association_are_beside_the_200():
    more = [accepted(days=2.1), happened("bounty.awarded", 2.1, "raj", "a", amount=100)]
    bonus = happened("association.granted", 2.1, "ann")
    assert points([JOINED, HIS, ANSWER, *ups(25, "a"), *more, bonus]) == 1 + 200 + 15 + 100 + 100


def test_that_edits_count_into_the_200_and_give_1000_in_all():
    edits = [happened("edit.approved", 2.1, "ann") for _ in range(3)]
    assert points([JOINED, HIS, ANSWER, *ups(25, "a"), *edits]) == 1 + 200
    many = [happened("edit.approved", day, "ann") for day in range(9) for _ in range(80)]
    assert points([JOINED, *many]) == 1 + 1000


def test_that_past_upvotes_of_questions_are_worth_5_unless_the_store_is_rescored():
    old, new = ups(4), ups(2, days=300)
    events = [JOINED, QUESTION, *old, *new]
    assert points(events) == 1 + 20 + 20
    assert points(events, book=RESCORED) == 1 + 40 + 20


def test_that_a_store_is_rescored_as_the_site_was(tmp_path):
    url = f"sqlite:///{tmp_path}/site.db"
    with Engine.open(url, BOOK) as engine:
        engine.record_many([JOINED, QUESTION, *ups(4), *ups(2, days=300)])
    with closing(open_store(url)) as store:
        (change,) = preview(store, RESCORED)
        assert change.gains == {"points": 20}
        rescore(store, RESCORED)
    with Engine.open(url) as engine:
        assert engine.standing("ann").points["points"] == 61


# ---- badges ----------------------------------------------------------------------------------------------------


def times(number, make):
    return [make(n) for n in range(number)]


def on_days(number, kind, **keys):
    return times(number, lambda day: happened(kind, day, "ann", **keys))


def well_asked(number):
    days = times(number, lambda n: asked(f"q{n}", n))
    return [*days, *(up for n in range(number) for up in ups(1, f"q{n}", n, asked_on=f"day {n}"))]


def big_days(number):
    return [HIS, ANSWER, *(up for n in range(number) for up in ups(20, "a", n + 2))]


def tagged(number, score):
    posts = [asked("q", topics=["tea"], actor="raj"), *times(number, lambda n: answered(f"a{n}"))]
    return [*posts, *ups(score, "a0")]


def viewed(number):
    return [QUESTION, happened("views.counted", 5, None, "q", views=number)]


def answer_with(score, *more):
    return [HIS, ANSWER, *more, *ups(score, "a")]


def cast(number, **more):
    return [happened("votes.counted", 1, "ann", **({"up": number, "down": 0} | more))]


def edited(number, **data):
    posts = times(number, lambda n: asked(f"q{n}", actor="raj"))
    return [*posts, *times(number, lambda n: happened("object.edited", 1, "ann", f"q{n}", **data))]


def bounty(kind, owner, **data):
    post = [asked(actor=owner)]
    if kind == "bounty.offered":
        return [*post, happened(kind, 1, "ann", "q", amount=50)]
    return [*post, answered(actor="mia"), happened(kind, 2, "ann", "a", amount=50, **data)]


def votes_on(kinds):
    """Votes by ann, a post of its own under each: q for a question, a for an answer."""
    posts = [HIS, *times(len(kinds), lambda n: asked(f"q{n}", actor="raj"))]
    posts += times(len(kinds), lambda n: answered(f"a{n}", 0, "raj"))
    return [*posts, *(ups(1, f"{kind}{n}", actor="ann")[0] for n, kind in enumerate(kinds))]


REACHED = {
    "student": ([QUESTION, *ups(2), *downs(1)], [QUESTION, *downs(1, days=1), *ups(1)]),
    "scholar": ([QUESTION, answered(actor="raj"), accepted(actor="ann")], [HIS, ANSWER, accepted()]),
    "nice-question": ([QUESTION, *ups(10)], [QUESTION, *downs(1, days=1), *ups(10)]),
    "good-question": ([QUESTION, *ups(25)], [QUESTION, *ups(24)]),
    "great-question": ([QUESTION, *ups(100)], [QUESTION, *ups(99)]),
    "popular-question": (viewed(1000), viewed(999)),
    "notable-question": (viewed(2500), viewed(2499)),
    "famous-question": (viewed(10000), viewed(9999)),
    "favorite-question": (
        [QUESTION, *times(25, lambda n: happened("object.bookmarked", 2, f"m{n}", "q"))],
        [QUESTION, *times(24, lambda n: happened("object.bookmarked", 2, f"m{n}", "q"))],
    ),
    "stellar-question": (
        [QUESTION, *times(100, lambda n: happened("object.bookmarked", 2, f"m{n}", "q"))],
        [QUESTION, *times(99, lambda n: happened("object.bookmarked", 2, f"m{n}", "q"))],
    ),
    "curious": (well_asked(5), well_asked(4)),
    "inquisitive": (well_asked(30), well_asked(29)),
    "socratic": (well_asked(100), well_asked(99)),
    "promoter": (bounty("bounty.offered", "ann"), bounty("bounty.offered", "raj")),
    "investor": (bounty("bounty.offered", "raj"), bounty("bounty.offered", "ann")),
    "benefactor": (
        bounty("bounty.awarded", "ann", own=True, offered=50),
        bounty("bounty.awarded", "ann", own=True, offered=100),
    ),
    "altruist": (
        bounty("bounty.awarded", "raj", own=False, offered=50),
        bounty("bounty.awarded", "raj", own=False, offered=100),
    ),
    "teacher": (answer_with(1), answer_with(0)),
    "nice-answer": (answer_with(10), answer_with(9)),
    "good-answer": (answer_with(25), answer_with(24)),
    "great-answer": (answer_with(100), answer_with(99)),
    "self-learner": (answer_with(3, placed(own=True)), answer_with(3, placed(own=False))),
    "enlightened": (
        answer_with(10, placed(first=True), accepted()),
        answer_with(10, placed(first=True)),
    ),
    "guru": (answer_with(40, accepted()), answer_with(39, accepted())),
    "revival": (
        answer_with(2, placed(first=True, days=30.1)),
        answer_with(2, placed(first=True, days=30.0)),
    ),
    "necromancer": (
        answer_with(5, placed(first=False, days=60.0)),
        answer_with(5, placed(first=True, days=59.9)),
    ),
    "autobiographer": ([happened("profile.written", 0, "ann")], []),
    "supporter": (cast(1), cast(0, down=1)),
    "critic": ([HIS, *downs(1, actor="ann")], [HIS, *ups(1, actor="ann")]),
    "civic-duty": (cast(290, down=10), cast(290, down=9)),
    "electorate": (votes_on("q" * 600 + "a" * 40), votes_on("q" * 599 + "a" * 40)),
    "suffrage": (votes_on("q" * 30), votes_on("q" * 29 + "a")),
    "vox-populi": (votes_on("q" * 20 + "a" * 20), votes_on("q" * 39)),
    "commentator": (
        [QUESTION, *times(10, lambda n: happened("comment.posted", 1, "ann", f"c{n}", "q"))],
        [QUESTION, *times(9, lambda n: happened("comment.posted", 1, "ann", f"c{n}", "q"))],
    ),
    "pundit": (
        [QUESTION, *times(10, lambda n: happened("comment.posted", 1, "ann", f"c{n}", "q", score=5))],
        [QUESTION, *times(10, lambda n: happened("comment.posted", 1, "ann", f"c{n}", "q", score=4))],
    ),
    "editor": ([QUESTION, happened("object.edited", 1, "ann", "q", part="body")], [QUESTION]),
    "organizer": (edited(1, part="tags"), edited(1, part="body")),
    "cleanup": (edited(1, part="body", rollback=True), edited(1, part="body")),
    "strunk-white": (edited(80, part="body"), [*edited(79, part="body"), *edited(1, part="tags")]),
    "copy-editor": (edited(500, part="title"), edited(499, part="title")),
    "enthusiast": (on_days(30, "member.visited"), on_days(29, "member.visited")),
    "fanatic": (on_days(100, "member.visited"), on_days(99, "member.visited")),
    "mortarboard": (big_days(1), [HIS, ANSWER, *ups(19, "a"), *ups(1, "a", days=3)]),
    "epic": (big_days(50), big_days(49)),
    "legendary": (big_days(150), big_days(149)),
    "tag-bronze": (tagged(20, 100), tagged(19, 100)),
    "tag-silver": (tagged(80, 400), tagged(80, 399)),
    "tag-gold": (tagged(200, 1000), tagged(200, 999)),
}  # fmt: skip


def test_that_the_page_sets_each_rule_and_badge_beside_the_original():
    page = (DOCS / "stackexchange.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- badges -->\n(.*?)<!-- end -->", page, re.DOTALL)
    shown = {}
    for row in table.splitlines()[2:]:
        badges, tiers, *_ = row.strip("| ").split(" | ")
        names = re.findall(r"`(.*?)`", badges)
        told = tiers.split(", ")
        shown |= zip(names, told if len(told) > 1 else told * len(names), strict=True)
    assert shown == {name: tier for name, badge in BOOK.badges.items() for tier in badge.tiers}
    assert [name for name in BOOK.rules if f"`{name}`" not in page] == []


def test_that_each_badge_of_the_pack_is_tried():
    assert set(REACHED) == set(BOOK.badges) and len(REACHED) >= 25


@pytest.mark.parametrize("badge", REACHED)
def test_that_a_badge_is_given_at_its_mark_and_not_below(badge):
    enough, too_little = REACHED[badge]
    assert badge in {award.badge for award in scored(enough).standing("ann").badges}
    assert badge not in {award.badge for award in scored(too_little).standing("ann").badges}


def test_that_badges_of_a_post_are_given_for_each_and_others_once():
    posts = [asked("q"), asked("q2"), *ups(25, "q"), *ups(12, "q2")]
    found = [str(award) for award in scored(posts).standing("ann").badges]
    assert sorted(found) == [
        "good-question silver for q",
        "nice-question bronze for q",
        "nice-question bronze for q2",
        "student bronze for q",
    ]


def test_that_a_badge_stays_when_the_score_falls_and_goes_when_a_vote_is_taken_back():
    votes = ups(10)
    engine = scored([QUESTION, *votes, *downs(3, days=4)])
    assert "nice-question" in {award.badge for award in engine.standing("ann").badges}
    engine.retract(votes[0].id, at=START)
    assert "nice-question" not in {award.badge for award in engine.standing("ann").badges}


@pytest.mark.parametrize("seed", range(3))
def test_that_the_pack_keeps_the_law_and_agrees_with_the_naive_implementation(seed):
    random = Random(seed)
    small = [badge for badge, (enough, _) in REACHED.items() if len(enough) < 60]
    events = [JOINED]
    for number, badge in enumerate(random.sample(small, 12)):
        events += [_moved(event, number) for event in REACHED[badge][random.randrange(2)]]
    random.shuffle(events)
    engine = Engine(BOOK)
    for event in events:
        engine.record(event)
    check_against_naive(BOOK, engine, events)
    check_ledger(engine)


def _moved(event, number):
    """The event among others: its objects are those of one history."""
    found = {**event.as_json(), "id": f"{number}-{event.id}"}
    found |= {key: f"{number}-{found[key]}" for key in ("object", "in_reply_to") if key in found}
    return Event(**{**found, "occurred_at": event.occurred_at})
