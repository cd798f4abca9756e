"""How many members hold each badge, in a culture report: what it counts, what it withholds, and how it tells it."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from communities import community, moments
from naive.culture import badge_families, badges
from naive.scene import World
from wiifm import Engine, Event, RuleBook
from wiifm.culture.badges import families, told_together
from wiifm.culture.data import as_json
from wiifm.culture.keeping import keep
from wiifm.culture.page import page
from wiifm.culture.plain import markdown, rows
from wiifm.upkeep.forgetting import forget
from wiifm.words.catalogues import languages, speech

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEXT = """
[book]
id = "all-kinds"
use = ["sharing"]
[[badge]]
id = "thanked"
count = "kudos.given"
to = "recipient"
at_least = { bronze = 1, silver = 2, gold = 4 }
[[badge]]
id = "well-thanked"
count = "kudos.given"
to = "recipient"
at_least = 3
after = "thanked:silver"
[[badge]]
id = "giver"
count = "kudos.given"
at_least = 1
keep = true
[[badge]]
id = "regular"
count = ["answer.posted", "kudos.given", "post.shared"]
over = "last 40 days"
at_least = 1
keep_up = { share = 0.5 }
[[badge]]
id = "liked"
count = ["object.liked", "object.helped"]
to = "recipient"
per = "object"
again = "object"
at_least = 1
points = 3
[[badge]]
id = "lively"
count = "kudos.given"
to = "unit"
at_least = 1
[[badge]]
id = "never"
count = "post.shared"
at_least = 1000
"""
BOOK = RuleBook.parse(TEXT)


def counts(found):
    """The figures of a report on badges by their names, as the naive report has them."""
    return {
        f"badges.{each.badge}.{each.tier}.{name}": figure.value
        for each in found.badges
        for name, figure in (("held", each.held), ("got", each.got))
    }


def on(day, name, kind, actor, **more):
    return Event(id=name, type=kind, occurred_at=START + timedelta(days=day), actor=actor, **more)


def thanks(member, times, day=1):
    return [
        on(day, f"{member}-{day}-{n}", "kudos.given", f"giver {n}", recipient=member)
        for n in range(times)
    ]


def report_on(*events, book=BOOK, **asked):
    engine = Engine(book)
    engine.record_many(events)
    return engine.culture(**asked)


def thanked(found):
    """How many members hold the badge for thanks, and got it, in each tier."""
    return {
        each.tier: (each.held.value, each.got.value)
        for each in found.badges
        if each.badge == "thanked"
    }


@pytest.mark.parametrize("seed", range(6))
def test_that_every_number_is_as_defined_of_any_store(seed, new_url):
    random, url, days = Random(seed), new_url(), 60
    events = community(random, random.choice([8, 14]), 80, days)
    events += [on(30 + n, f"t{n}", "time.advanced", None) for n in range(0, 30, 10)]
    engine = Engine(BOOK)
    engine.record_many(events)
    awards = [award for each in engine.standings() for award in each.badges]
    assert {"giver", "liked", "regular"} <= {each.badge for each in awards}
    with Engine.open(url, BOOK) as writer:
        writer.record_many(events[:40])
        keep(url)
        writer.record_many(events[40:])
    for _ in range(3):
        since, until = (random.choice(moments(random, events, days)) for _ in "su")
        fewest = random.randint(1, 4)
        found = engine.culture(since, until, fewest=fewest)
        world = World(BOOK, events, since, found.until, fewest, {}, {})
        assert counts(found) == badges(world, awards), (since, until)
        with Engine.open(url) as reader:
            assert as_json(reader.culture(since, until, fewest=fewest)) == as_json(found)
            reader.standing(awards[0].holder)  # whose state is in memory now
            assert as_json(reader.culture(since, until, fewest=fewest)) == as_json(found)


def test_that_badges_of_units_are_not_told_nor_what_others_gave_them():
    joined = [on(0, f"j{n}", "member.joined", f"m{n}", data={"unit": "Lab"}) for n in range(6)]
    found = report_on(*joined, *(each for n in range(6) for each in thanks(f"m{n}", 1)))
    assert "lively" not in {each.badge for each in found.badges}
    assert thanked(found)["bronze"] == (6, 6)


def test_that_what_is_gone_is_not_held_and_what_is_kept_is():
    members = [f"m{n}" for n in range(8)]
    given = [each for member in members for each in thanks(member, 1)]
    gone = [
        Event(id=f"r{n}", type="event.retracted", occurred_at=given[n].occurred_at, retracts=one.id)
        for n, one in enumerate(given[:2])
    ]
    left = on(2, "left", "member.left", "m7")
    assert thanked(report_on(*given))["bronze"] == (8, 8)
    assert thanked(report_on(*given, *gone))["bronze"] == (6, 6)
    assert thanked(report_on(*given, *gone, left))["bronze"] == (5, 5)
    alone = on(1, "alone", "kudos.given", "raj", recipient="mia")
    back = Event(id="b", type="event.retracted", occurred_at=START + timedelta(3), retracts="alone")
    there = on(2, "p", "post.shared", "raj", object="p")
    assert counts(report_on(alone, there, back, fewest=1))["badges.giver..held"] == 1


def test_that_who_got_it_before_cannot_be_computed_nor_who_has_one_tier_alone():
    early = [each for n in range(3) for each in thanks(f"m{n}", 1, day=1)]
    late = [each for n in range(3, 12) for each in thanks(f"m{n}", 1, day=9)]
    since = START + timedelta(days=5)
    assert thanked(report_on(*early, *late, since=since))["bronze"] == (12, None)  # 3 had it before
    assert thanked(report_on(*early, *late, since=since, fewest=3))["bronze"] == (12, 9)
    assert thanked(report_on(*early, *late, until=since, fewest=3))["bronze"] == (3, 3)
    more = [each for n in range(9) for each in thanks(f"m{n}", 2, day=10)]
    found = report_on(*early, *late, *more)
    assert thanked(found) == {"bronze": (12, 12), "silver": (None, None), "gold": (0, 0)}
    assert counts(found)["badges.well-thanked..held"] is None  # who has silver may have it, too


def test_that_a_badge_that_is_had_again_is_of_the_family_of_what_counts_the_same():
    badge = "[[badge]]\nid = '{}'\nto = 'recipient'\ncount = 'kudos.given'\nat_least = {}\n{}"
    text = badge.format("once", 1, "") + badge.format("often", 4, "again = 4\n")
    (family,) = families(RuleBook.parse("[book]\nid = 'b'\n" + text).badges.values())
    assert family >= {"once", "often"}


@pytest.mark.parametrize("seed", range(10))
def test_that_no_two_numbers_differ_by_too_few(seed):
    random = Random(seed)
    events = community(random, random.choice([8, 20]), 120, 30)
    fewest, since = random.randint(2, 5), random.choice(moments(random, events, 30))
    engine, quiet = Engine(BOOK), Engine(evolve(BOOK, individuals=False, fewest=fewest))
    for each in (engine, quiet):
        each.record_many(events)
    told, sure = counts(quiet.culture(since)), counts(engine.culture(since, fewest=1))
    assert None not in sure.values()
    for family in badge_families(BOOK):
        names = [f"badges.{badge}.{tier}.{what}" for badge, tier in family for what in ("held", "got")]  # fmt: skip
        shown = [name for name in names if told[name] is not None]
        assert all(told[name] == sure[name] and not 0 < told[name] < fewest for name in shown)
        for name in shown:
            if name.endswith("held") and (got := name.removesuffix("held") + "got") in shown:
                assert not 0 < told[name] - told[got] < fewest, name
        tiers = [f"badges.thanked.{tier}.held" for tier in ("bronze", "silver", "gold")]
        for one, other in permutations([name for name in tiers if name in shown], 2):
            assert not 0 < told[one] - told[other] < fewest, (one, other)


PERSONS = st.frozensets(st.integers(0, 9))
GROUPS = st.tuples(PERSONS) | st.tuples(PERSONS, PERSONS).map(lambda two: (two[0], two[1] - two[0]))
"""Who holds a badge; or who got it, and who had it before."""


@given(st.lists(GROUPS, max_size=8), st.integers(1, 4))
def test_that_of_any_groups_no_rest_of_too_few_can_be_computed(revealed, fewest):
    told = told_together(enumerate(revealed), fewest)
    known = {group for number in told for group in revealed[number]}
    for one, other in permutations(known, 2):
        assert not one < other or len(other - one) >= fewest
    assert not [each for each in known if 0 < len(each) < fewest]
    for number in {*range(len(revealed))} - told:  # each that is withheld has a reason
        assert [
            each
            for each in revealed[number]
            if 0 < len(each) < fewest
            or any(0 < len(each ^ one) < fewest and (each < one or one < each) for one in known)
        ]


def test_that_the_reason_does_not_tell_which_of_two_numbers_is_of_few():
    """Six hold the badge in bronze, and in silver, which is told; five of them in gold, so that one doesn't."""
    members = [f"m{n}" for n in range(6)]
    found = report_on(*(each for who in members for each in thanks(who, 4 if who != "m0" else 2)))
    assert thanked(found)["gold"] == (None, None)
    reasons = {each.tier: each.held.withheld for each in found.badges if each.badge == "thanked"}
    assert reasons == {"bronze": "", "silver": "", "gold": "would tell of fewer than 5 persons"}


def test_that_a_report_of_too_few_members_tells_of_no_badge_at_all():
    found = report_on(*thanks("m0", 1))
    assert {*counts(found).values()} == {None}
    assert all(each.held.withheld == "would tell of fewer than 5 persons" for each in found.badges)
    assert "hold each badge" not in markdown(found)


@pytest.mark.parametrize("language", languages())
def test_that_every_form_tells_who_holds_what_and_what_nobody_holds(language):
    spoken, since = speech(language), START + timedelta(days=5)
    early = [each for n in range(6) for each in thanks(f"m{n}", 1, day=1)]
    late = [each for n in range(6, 12) for each in thanks(f"m{n}", 1, day=9)]
    found = report_on(*early, *late, since=since)
    text = "\n".join(text for _, text in rows(found, spoken, wide=200))
    name = spoken.called("badge", "thanked")
    bronze, gold = (f"{name}, {spoken.called('tier', tier)}" for tier in ("bronze", "gold"))
    for made in (text, markdown(found, spoken), page(found, spoken)):
        words = " ".join(made.split())
        assert spoken("How many hold each badge") in words
        assert spoken.many("{n} got it in this time", "{n} got it in this time", 6) in words
        nobody = spoken("Nobody holds: {badges}.", badges="@").partition("@")[0]
        assert bronze in words and gold in words.partition(" ".join(nobody.split()))[2]
    whole = "\n".join(text for _, text in rows(report_on(*early, *late), spoken, wide=200))
    assert spoken.many("{n} got it in this time", "{n} got it in this time", 12) not in whole


def test_that_a_member_who_was_forgotten_is_still_counted(new_url):
    url = new_url()
    with Engine.open(url, BOOK) as engine:
        engine.record_many([each for n in range(6) for each in thanks(f"m{n}", 1)])
        assert thanked(engine.culture())["bronze"] == (6, 6)
    forget(url, BOOK, "m3")
    with Engine.open(url) as engine:
        assert thanked(engine.culture())["bronze"] == (6, 6)
