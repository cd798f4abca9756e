"""The pack ``discourse``: trust levels, badges and scores, each at its mark and right below; and the law for all of it."""

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from test_law import check_against_naive
from wiifm import Engine, Event, RuleBook
from wiifm.testing import check_law

BOOK = RuleBook.load("plugin:discourse")
PAGE = Path(__file__).parent.parent / "docs" / "packs" / "discourse.md"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NUMBERS = count()


def on(kind, day=0.0, actor="ann", thing=None, to=None, reply=None, **data):
    """What happened so many days after the start."""
    at, name = START + timedelta(days=day), f"e{next(NUMBERS):06}"
    keys = {"object": thing, "recipient": to, "in_reply_to": reply}
    return Event(id=name, type=kind, occurred_at=at, actor=actor, data=data, **keys)


def topic(name="t", actor="raj", **data):
    return on("topic.created", -1, actor, name, **data)


def replied(name="r", actor="ann", reply="t", day=0.0, **data):
    return on("post.created", day, actor, name, reply=reply, **data)


def likes(number, thing, day=1.0, actor=None):
    """Likes of so many members, or all of one."""
    return [on("post.liked", day, actor or f"m{n}", thing) for n in range(number)]


def visits(number, **data):
    return [on("member.visited", day, **data) for day in range(number)]


def engine_of(events):
    """An engine that holds what the naive implementation holds."""
    engine = Engine(BOOK)
    engine.record_many(events)
    check_against_naive(BOOK, engine, list(events))
    return engine


def standing(events, member="ann"):
    return engine_of(events).standing(member)


def held(events, badge, member="ann"):
    """How often a member holds a badge."""
    engine = Engine(BOOK)
    engine.record_many(events)
    return sum(each.badge == badge for each in engine.standing(member).badges)


# ---- badges ----------------------------------------------------------------------------------------------------


def liked_posts(number, each=1):
    posts = [replied(f"p{n}") for n in range(number)]
    return [topic(), *posts, *(like for n in range(number) for like in likes(each, f"p{n}"))]


def loving(days, each=50):
    """Topics of another that Ann likes so often on each of some days."""
    topics = [topic(f"t{n}") for n in range(each)]
    return topics + [
        on("post.liked", day, "ann", f"t{n}") for day in range(days) for n in range(each)
    ]


def giving(posts, given):
    return [*liked_posts(posts), *(on("post.liked", 2, "ann", f"x{n}") for n in range(given))] + [
        topic(f"x{n}") for n in range(given)
    ]


def first(**data):
    """A reply that has something, and one that hasn't."""
    return [topic(), replied(**data)], [topic(), replied(**dict.fromkeys(data, False))]


SHARE = on("link.shared", -1, "ann", "s")
LINK = on("link.posted", -1, "ann", "l")


def visited(number):
    return [SHARE, *(on("share.visited", 1, None, "s") for _ in range(number))]


def clicked(number):
    return [LINK, *(on("link.clicked", 1, None, "l") for _ in range(number))]


def promoted(number, level):
    return [on("invitee.promoted", n, "ann", to=f"m{n}", level=level) for n in range(number)]


def solved(number):
    posts = [replied(f"p{n}") for n in range(number)]
    return [topic(), *posts, *(on("solution.accepted", 1, "raj", f"p{n}") for n in range(number))]


FINISHED = [topic(), on("topic.finished", thing="t", posts=101)]
BADGES = [
    ("welcome", [topic(actor="ann"), *likes(1, "t")], [topic(actor="ann")]),
    ("first-like", [topic(), *likes(1, "t", actor="ann")], [topic(), *likes(1, "t")]),
    ("first-quote", *first(quotes=True)),
    ("first-mention", *first(mentions=True)),
    ("first-link", *first(links=True)),
    ("first-emoji", *first(emoji=True)),
    ("first-reply-by-email", *first(by_email=True)),
    ("first-share", [SHARE], [LINK]),
    ("autobiographer", [on("profile.written")], [on("profile.written", actor="raj")]),
    ("editor", [topic(actor="ann"), on("post.edited", thing="t")], [topic(actor="ann")]),
    ("reader", FINISHED, [topic(), on("topic.finished", thing="t", posts=100)]),
    ("read-guidelines", [on("guidelines.read")], []),
    ("nice-reply", [topic(), replied(), *likes(10, "r")], [topic(), replied(), *likes(9, "r")]),
    ("good-reply", [topic(), replied(), *likes(25, "r")], [topic(), replied(), *likes(24, "r")]),
    ("great-reply", [topic(), replied(), *likes(50, "r")], [topic(), replied(), *likes(49, "r")]),
    ("nice-topic", [topic(actor="ann"), *likes(10, "t")], [topic(actor="ann"), *likes(9, "t")]),
    ("good-topic", [topic(actor="ann"), *likes(25, "t")], [topic(actor="ann"), *likes(24, "t")]),
    ("great-topic", [topic(actor="ann"), *likes(50, "t")], [topic(actor="ann"), *likes(49, "t")]),
    ("nice-share", visited(25), visited(24)),
    ("good-share", visited(300), visited(299)),
    ("great-share", visited(1000), visited(999)),
    ("popular-link", clicked(50), clicked(49)),
    ("hot-link", clicked(300), clicked(299)),
    ("famous-link", clicked(1000), clicked(999)),
    ("appreciated", liked_posts(20), liked_posts(19, 2)),
    ("respected", liked_posts(100, 2), liked_posts(100)),
    ("admired", liked_posts(300, 5), liked_posts(300, 4)),
    ("out-of-love", loving(1), loving(3, 49)),
    ("higher-love", loving(5), loving(4)),
    ("crazy-in-love", loving(20), loving(19)),
    ("thank-you", giving(20, 10), giving(20, 9)),
    ("gives-back", giving(100, 100), giving(99, 100)),
    ("empathetic", giving(500, 1000), giving(500, 999)),
    ("enthusiast", visits(10), visits(9)),
    ("aficionado", visits(100), [*visits(99), on("member.visited", 100)]),
    ("devotee", visits(365), visits(364)),
    ("anniversary", [on("membership.completed", posts=1)], [on("membership.completed", posts=0)]),
    ("promoter", [on("invite.redeemed", to="raj")], []),
    ("campaigner", promoted(3, "basic"), [*promoted(2, "basic"), *promoted(2, "member")]),
    ("champion", promoted(5, "member"), [*promoted(4, "member"), *promoted(9, "basic")]),
    ("solved", solved(1), [topic(), replied(), on("solution.accepted", 1, "ann", "r")]),
    ("leader", [on("leader.appointed")], []),
]


@pytest.mark.parametrize(("badge", "enough", "less"), BADGES, ids=[each[0] for each in BADGES])
def test_that_a_badge_is_held_at_its_mark_and_not_below(badge, enough, less):
    assert held(enough, badge) == 1
    assert held(less, badge) == 0


def test_that_each_badge_is_tested_and_told_on_the_page():
    assert {each[0] for each in BADGES} == {*BOOK.badges}
    (table,) = re.findall(r"<!-- badges -->\n(.*?)<!-- end -->", PAGE.read_text("utf-8"), re.DOTALL)
    rows = [re.findall(r"`([a-z-]+)`", row.split("|")[1]) for row in table.splitlines()[2:]]
    assert sorted(each for row in rows for each in row) == sorted(BOOK.badges)


def test_that_some_badges_are_given_for_each_post_and_each_year():
    two = [topic(), replied("r1"), replied("r2"), *likes(10, "r1"), *likes(12, "r2")]
    assert held(two, "nice-reply") == 2
    assert (
        held([on("membership.completed", 365 * n, posts=n) for n in range(4)], "anniversary") == 3
    )
    assert held(solved(10), "solved") == 2


def test_that_an_unlike_takes_a_badge_back():
    given = [topic(), replied(), *likes(10, "r")]
    engine = Engine(BOOK)
    engine.record_many(given)
    engine.retract(given[-1].id, at=START + timedelta(days=3))
    assert "nice-reply" not in {each.badge for each in engine.standing("ann").badges}


def test_that_one_post_accepted_by_its_author_or_twice_is_no_other_solution():
    again = [*solved(1), on("solution.accepted", 2, "mia", "p0")]
    assert held(again, "solved") == 1
    assert standing([topic(), replied(), on("solution.accepted", 1, "ann", "r")]).points == {
        "points": 2
    }


# ---- trust levels ----------------------------------------------------------------------------------------------


def entered(number):
    return [on("topic.entered", 0.5, thing=f"n{n}") for n in range(number)] + [
        topic(f"n{n}") for n in range(number)
    ]


def read(posts, seconds, days=1):
    """So much reading in all, on so many days."""
    return [
        on(
            "member.visited",
            1 + day,
            posts_read=posts // days + (posts % days if day == 0 else 0),
            seconds=seconds // days + (seconds % days if day == 0 else 0),
        )
        for day in range(days)
    ]


BASIC = {"topics": 5, "posts": 30, "seconds": 600}
MEMBER = {
    "topics": 20,
    "posts": 100,
    "seconds": 3600,
    "days": 15,
    "given": 1,
    "got": 1,
    "replies": 3,
}


def life(topics, posts, seconds, days=1, given=0, got=0, replies=0):
    """A member's beginnings: what was entered, read, liked and written."""
    events = [*entered(topics), *read(posts, seconds, days), topic("own", "ann")]
    events += [replied(f"r{n}", reply=f"n{n}", day=2) for n in range(replies)]
    return events + likes(given, "n0", 3, "ann") + likes(got, "own", 3)


@pytest.mark.parametrize(("needs", "level"), [(BASIC, "basic"), (MEMBER, "member")])
def test_that_a_trust_level_takes_all_that_it_asks_for(needs, level):
    assert standing(life(**needs)).levels["trust"] == level
    for key in needs:
        less = standing(life(**needs | {key: needs[key] - 1})).levels.get("trust")
        assert less != level, key


def test_that_replies_in_own_topics_are_none():
    events = [*life(**(MEMBER | {"replies": 2})), replied("r9", reply="own", day=2)]
    assert standing(events).levels["trust"] == "basic"


# ---- level 3: kept up over the last 100 days --------------------------------------------------------------------

REGULAR = {
    "days": 50,
    "replies": 10,
    "entered": 100,
    "before": 100,
    "posts": 1000,
    "given": 30,
    "got": 20,
    "likers": 5,
    "liked_days": 7,
}
COMMUNITY = {"new_topics": 400, "new_posts": 4000}


def regular(days, replies, entered, before, posts, given, got, likers, liked_days):
    """What a member did in the first 51 days, and which topics they entered long before."""
    events = [topic(f"n{n}") for n in range(before + entered)]
    events += [topic(f"own{n}", "ann") for n in range(got)]
    events += [on("topic.entered", -60, thing=f"n{n}") for n in range(before)]
    events += [on("topic.entered", 30, thing=f"n{before + n}") for n in range(entered)]
    events += [
        on("member.visited", 1 + day, posts_read=posts // days + (day < posts % days), seconds=90)
        for day in range(days)
    ]
    events += [replied(f"r{n}", reply=f"n{n}", day=30) for n in range(replies)]
    events += [on("post.liked", 30, thing=f"n{n}") for n in range(given)]
    events += [
        on("post.liked", 30 + n % liked_days, f"m{n % likers}", f"own{n}") for n in range(got)
    ]
    return events


def advanced(day):
    return on("time.advanced", day, None, **COMMUNITY)


def trust(*events):
    engine = Engine(BOOK)
    engine.record_many(events)
    return engine.standing("ann").levels.get("trust")


def test_that_level_3_takes_all_that_it_asks_for():
    assert trust(*regular(**REGULAR)) == "member", "nobody looked yet"
    assert trust(*regular(**REGULAR), advanced(100)) == "regular"
    for key, needs in REGULAR.items():
        less = regular(**REGULAR | {key: needs - 1})
        assert trust(*less, advanced(100)) == "member", key
    assert trust(*regular(**REGULAR), advanced(102)) == "member", "the first visits are too old"


def test_that_flags_and_a_suspension_stand_in_the_way():
    events = regular(**REGULAR)
    flags = [on("flag.agreed", 40, f"m{n}", f"own{n}") for n in range(6)]
    assert trust(*events, *flags[:5], advanced(100)) == "regular"
    assert trust(*events, *flags, advanced(100)) == "member"
    gone, back = on("member.suspended", 60), on("member.reinstated", 70)
    assert trust(*events, gone, advanced(100)) == "member"
    assert trust(*events, gone, back, advanced(100)) == "regular"


def test_that_level_3_is_kept_at_nine_tenths_and_lost_below_but_not_at_once():
    events = [*regular(**REGULAR), advanced(100)]
    assert trust(*events, advanced(106)) == "regular", "45 of 50 days"
    assert trust(*events, advanced(107)) == "regular", "44, and promoted a week ago"
    assert trust(*events, advanced(107), advanced(114)) == "member"
    again = [on("member.visited", 101 + day, posts_read=20, seconds=60) for day in range(8)]
    assert trust(*events, *again[1:], advanced(114)) == "member", "37 and 7"
    assert trust(*events, *again, advanced(114)) == "regular", "37 and 8"


def test_that_level_3_is_as_the_naive_implementation_has_it():
    whole = [*regular(**REGULAR), advanced(100), advanced(107), advanced(114)]
    assert standing(whole).levels["trust"] == "member"


# ---- scores ----------------------------------------------------------------------------------------------------

SCORES = [
    ("like received", [topic(actor="ann"), *likes(3, "t")], 5 + 3),
    ("like given", [topic(), *likes(3, "t", actor="ann")], 3),
    ("solution", solved(2), 2 * 2 + 2 * 10),
    ("user invited", [on("invite.redeemed", to="raj")], 10),
    ("hours read", visits(2, seconds=3599 + 3600), 2 + 2),
    ("posts read", visits(2, posts_read=299), 2 + 2 * 2),
    ("days visited", [on("member.visited"), on("member.visited", 0.1)], 1),
    ("topic created", [topic(actor="ann")], 5),
    ("post created", [topic(actor="ann"), replied()], 5 + 2),
    ("flag agreed", [topic(), on("flag.agreed", thing="t")], 10),
    ("reaction given", [topic(), on("post.reacted", thing="t")], 1),
    ("reaction received", [topic(actor="ann"), on("post.reacted", 0, "raj", "t")], 5 + 1),
    ("chat", [on("chat.posted", thing="c"), on("chat.reacted", 1, "raj", "c")], 1 + 1),
    (
        "chat reaction given",
        [on("chat.posted", actor="raj", thing="c"), on("chat.reacted", 1, thing="c")],
        1,
    ),
]


@pytest.mark.parametrize(("name", "events", "score"), SCORES, ids=[each[0] for each in SCORES])
def test_that_each_event_scores_what_it_does_there(name, events, score):
    assert standing(events).points["points"] == score


@pytest.mark.parametrize("seed", range(4))
def test_that_the_pack_keeps_the_law(seed):
    random = Random(seed)
    made = [topic("t", "ann"), replied("r", "raj"), on("chat.posted", thing="c"), SHARE, LINK]
    events = [*made]
    for _ in range(30):
        who, day = random.choice(["ann", "raj", "mia"]), random.choice([0, 0, 1, 2, 5, 40])
        events.append(
            random.choice(
                [
                    on("post.liked", day, who, random.choice(["t", "r", "nowhere"])),
                    on("member.visited", day, who, posts_read=random.choice([0, 60, 200])),
                    on("topic.entered", day, who, "t"),
                    on("solution.accepted", day, who, "r"),
                    on("share.visited", day, None, "s"),
                    on("chat.reacted", day, who, "c"),
                    on("time.advanced", day, None, new_topics=4, new_posts=300),
                    replied(f"x{random.randrange(9)}", who, day=day),
                ]
            )
        )
    check_law(BOOK, events)
