"""Doubts about rule books that are sound."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiifm import RuleBook, RuleKind, hookimpl
from wiifm.cli.app import run
from wiifm.expressions import parse
from wiifm.rulebook.contradictions import contradictory_name
from wiifm.rulebook.lint import lint

HEAD = "[book]\nid = 'b'\n"
RULE = "[[rule]]\nid = '{}'\non = 'post.shared'\npoints = 2\nlimit = {{ times = 1, per = 'day' }}\n"


def doubts(text):
    return [str(each) for each in lint(RuleBook.parse(HEAD + text))]


@pytest.mark.parametrize(
    "rule",
    [
        "points = 2\nlimit = { times = 1, per = 'day' }",
        "points = 2\ngate = { of = 'actor', times = 1 }",
        "points = -2",
        "graded = { by = 'count', steps = [[3, 5]] }",
    ],
)
def test_that_what_is_held_raises_no_doubt(rule):
    assert doubts(f"[[rule]]\nid = 'r'\non = 'object.liked'\nto = 'recipient'\n{rule}") == []


def test_that_a_limit_of_all_points_holds_every_rule():
    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 2\n"
    assert len(doubts(rule)) == 1
    assert doubts(rule + "[limit.daily]\npoints = 10\nper = 'day'\nall = true") == []
    assert (
        len(
            doubts(
                rule
                + "purse = 'k'\n[purse.k]\n[purse.points]\n[limit.daily]\npoints = 10\nper = 'day'\nall = true"
            )
        )
        == 1
    )


def test_that_a_limit_of_all_points_holds_no_rule_that_is_exempt():
    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 2\nexempt = 'daily'\n"
    (doubt,) = doubts(rule + "[limit.daily]\npoints = 10\nper = 'day'\nall = true")
    assert doubt.startswith("rule r: it gives 2 points each time")


def test_that_one_point_is_a_point():
    (doubt,) = doubts("[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 1\n")
    assert doubt.startswith("rule r: it gives 1 point each time")


def test_that_a_kind_without_a_limit_is_told_by_its_name():
    class Halving:
        @hookimpl
        def wiifm_rule_kinds(self, kinds):
            kinds.add(RuleKind(name="halving", step=lambda state, activity, settings: (state, 1)))

    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\nkind = 'halving'\n"
    assert [str(each) for each in lint(RuleBook.parse(HEAD + rule, plugins=[Halving()]))] == [
        "rule r: it gives points by the kind 'halving' each time, as often as somebody likes; consider a limit or a gate"
    ]


def test_that_rules_for_the_same_overlap():
    two = RULE.format("one") + RULE.format("two")
    assert doubts(two) == [
        "rules one and two: both credit the actor of post.shared in points; consider a condition (where)"
    ]
    assert doubts(two + "where = \"community == 'c'\"") == []
    assert (
        doubts(
            RULE.format("one") + "until = 2026-05-01\n" + RULE.format("two") + "since = 2026-05-01"
        )
        == []
    )


def test_that_an_empty_purse_is_told():
    text = RULE.format("r") + "[purse.points]\n[purse.k]\n"
    ladder = "[ladder.path]\npurse = '{}'\nlevels = {{ low = 0, high = 10 }}\n"
    assert doubts(text + ladder.format("points")) == []
    assert doubts(text + ladder.format("k")) == [
        "ladder path: nobody can climb it, as nothing gives k; consider a rule with purse = 'k'"
    ]
    badge = "[[badge]]\nid = 'rich'\nearned = 'k'\nat_least = 3\n"
    assert doubts(text + badge)[0].startswith("badge rich: 3 k can't be had, as nothing gives k")
    taken = "[[rule]]\nid = 't'\non = 'kudos.given'\npurse = 'k'\npoints = -1\n"
    assert doubts(text + badge + taken) == doubts(text + badge)
    assert doubts(text + "[ladder.path]\npurse = 'k'\nlevels = { low = 0 }\n") == []


def test_that_a_threshold_above_a_cap_is_told():
    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 2\n"
    text = rule + "[limit.daily]\npoints = 10\nper = 'day'\nall = true\n"
    badge = "[[badge]]\nid = 'week'\nearned = 'points'\nover = 'week'\nat_least = {}\n"
    assert doubts(text + badge.format(70)) == []
    assert doubts(text + badge.format(71)) == [
        "badge week: 71 points in a week can't be had, as the limit 'daily' leaves 70 at most; "
        "consider a lower threshold or a higher limit"
    ]


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("one.toml").write_text(HEAD + RULE.format("one"), encoding="utf-8")
    Path("two.toml").write_text(HEAD + RULE.format("one") + RULE.format("two"), encoding="utf-8")
    assert run(["rules", "lint", "one.toml"]) == 0
    assert capsys.readouterr().out == "no doubts\n"
    assert run(["rules", "lint", "two.toml", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["where"] == "rules one and two"


PACKS = [file.stem for file in Path(str(files("wiifm.packs"))).glob("*.toml")]
SITE = ["rule accepted", "rule accepting", "rule bounty-offered", "rule bounty-won"]
FORUM = """chat-message chat-reaction-given chat-reaction-received flag-agreed like-given like-received post-created posts-read
reaction-given reaction-received solution time-read topic-created user-invited"""
DOUBTS = {
    "stackexchange": SITE,
    "stackexchange-rescored": SITE,
    "discourse": [f"rule {name}" for name in FORUM.split()],
}
"""Doubts that a pack leaves, as what it stands for knows no limit either."""


@pytest.mark.parametrize("pack", PACKS)
def test_that_a_pack_raises_no_doubt_that_the_original_does_not(pack):
    found = lint(RuleBook.load(f"plugin:{pack}"))
    assert [each.where for each in found] == DOUBTS.get(pack, [])
    assert all("as often as somebody likes" in each.what for each in found)


ONCE = "[[rule]]\nid = 'r'\non = 'object.liked'\nto = 'recipient'\npoints = 2\n{}\n"
EARNED = "[[badge]]\nid = 'b'\nto = 'recipient'\nearned = 'points'\nrules = 'r'\n{}\n"


@pytest.mark.parametrize(
    ("rule", "badge", "told"),
    [
        ("limit = { times = 3, per = 'day' }", "over = 'week'", "in a week can't be had, as rule r gives 42"),
        ("limit = { times = 3, per = 'ever' }", "", "can't be had, as rule r gives 6"),
        ("limit = { points = 5, per = 'month' }", "over = 'month'", "as rule r gives 5"),
        ("limit = { points = 3, per = 'week' }", "over = 'month'", "as rule r gives 18"),
        ("limit = { points = 3, per = 'day' }", "over = 'last 7 days'", "in last 7 days can't be had"),
        ("gate = { of = 'recipient', times = 4 }", "", "can't be had, as rule r gives 8"),
        ("gate = { of = 'all', points = 9, per = 'year' }", "over = 'month'", "as rule r gives 18"),
        ("limit = 'few'\n[limit.few]\npoints = 7\nper = 'day'", "over = 'day'", "as rule r gives 7"),
        ("purse = 'k'\nlimit = { times = 1, per = 'day' }\n[purse.k]\n[purse.points]", "", "as nothing of r gives points"),
    ],
)  # fmt: skip
def test_that_a_badge_that_the_limits_of_its_rules_keep_out_of_reach_is_told(rule, badge, told):
    (doubt,) = doubts(ONCE.format(rule) + EARNED.format(f"at_least = 50\n{badge}"))
    assert doubt.startswith("badge b: ")
    assert told in doubt


@pytest.mark.parametrize(
    ("rule", "badge"),
    [
        ("limit = { times = 3, per = 'day' }", ""),
        ("limit = { times = 3, per = ['day', 'person'] }", "over = 'week'"),
        ("limit = { times = 25, per = 'week' }", "over = 'week'"),
        ("limit = { points = 9, per = 'day', net = true }", "over = 'day'"),
        ("gate = { of = 'actor', times = 1 }", ""),
        ("gate = { of = 'recipient', times = 5, per = 'day', carry = 40 }", "over = 'day'"),
    ],
)
def test_that_a_badge_within_reach_is_not(rule, badge):
    assert doubts(ONCE.format(rule) + EARNED.format(f"at_least = 50\n{badge}")) == []


LOSES = "[[rule]]\nid = 'l'\non = 'object.disliked'\nto = 'recipient'\npoints = -9\nlimit = 'few'\n[limit.few]\npoints = 9\n"


@pytest.mark.parametrize(
    ("rule", "badge"),
    [
        # what was lost on Monday may be won again on Tuesday, beyond the nine of the week; and what others lose isn't seen
        ("limit = 'few'\n" + LOSES + "per = 'week'\nnet = true", "over = 'day'"),
        ("limit = 'few'\n" + LOSES + "per = 'ever'\nnet = true", "since = 2026-05-01"),
        ("limit = 'few'\n" + LOSES + "per = 'ever'\nnet = true", "on = 'object.liked'"),
        ("limit = 'few'\n" + LOSES + "per = 'ever'\nnet = true", "per = 'object'"),
        # days of the book, of which the day of a member may touch four
        ("gate = { of = 'recipient', times = 7, per = 'day' }", "over = 'day'"),
    ],
)
def test_that_what_may_be_had_all_the_same_is_not(rule, badge):
    badge = EARNED.replace("rules = 'r'\n", "").format(f"at_least = 50\n{badge}")
    assert doubts(ONCE.format(rule) + badge) == []


def test_that_a_streak_that_begins_within_a_day_sees_no_loss_before():
    rule = ONCE.format("limit = 'few'\n" + LOSES + "per = 'day'\nnet = true")
    streak = "[[badge]]\nid = 'b'\nto = 'recipient'\nstreak = 'day'\neach = { earned = 'points', at_least = 50 }\nat_least = 5\n"
    assert len(doubts(rule + streak)) == 1
    assert doubts(rule + streak + "since = 2026-05-01T12:00:00Z") == []


def test_that_a_threshold_that_nothing_reaches_is_none():
    text = RULE.format("r") + "[purse.points]\n[purse.k]\n[[badge]]\nid = 'b'\n"
    keep_up = "earned = 'k'\nat_least = 5\nor_only = 'most'\nkeep_up = {}\n"
    ticks = "[event.'time.advanced']\nadvances = true\nfields = { most = { type = 'integer' } }\n"
    ratio = "ratio = [{ earned = 'k' }, { count = 'post.shared' }]\nat_least = 0\n"
    for more in ("earned = 'k'\nat_least = 0\n", keep_up + ticks, ratio):
        assert doubts(text + more) == []


def test_that_rules_of_one_limit_are_held_together():
    rules = "".join(
        f"[[rule]]\nid = '{name}'\non = '{on}'\npoints = 2\nlimit = 'daily'\n"
        for name, on in (("one", "post.shared"), ("two", "answer.posted"))
    )
    text = rules + "[limit.daily]\npoints = 10\nper = 'day'\n"
    badge = "[[badge]]\nid = 'b'\nearned = 'points'\nover = 'week'\nat_least = {}\n"
    assert doubts(text + badge.format(70)) == []
    assert "the limit 'daily' leaves 70 at most" in doubts(text + badge.format(71))[0]


def test_that_each_level_and_each_period_of_a_streak_must_be_within_reach():
    rule = ONCE.format("limit = { times = 3, per = 'ever' }")
    (doubt,) = doubts(rule + "[ladder.path]\nlevels = { new = 0, some = 6, many = 7 }")
    assert doubt.startswith("ladder path, level many: 7 points can't be had, as rule r gives 6 at")
    streak = "[[badge]]\nid = 'b'\nto = 'recipient'\nstreak = 'workday'\neach = { earned = 'points', at_least = 7 }\nat_least = 5\n"
    (doubt,) = doubts(rule + streak)
    assert doubt.startswith("badge b: 7 points in a day can't be had")
    bonus = "[[badge]]\nid = 'first'\ncount = 'post.shared'\nat_least = 1\npoints = 5\n"
    high = "[ladder.path]\nlevels = { new = 0, many = 7 }"
    assert doubts(rule + bonus + high) == []
    assert len(doubts(rule + bonus.replace("points = 5\n", "") + high)) == 1


def test_that_points_of_badges_fill_no_purse_that_is_earned():
    text = "[purse.k]\n[[badge]]\nid = 'first'\ncount = 'post.shared'\nat_least = 1\npoints = 5\npurse = 'k'\n"
    (doubt,) = doubts(text + "[[badge]]\nid = 'rich'\nearned = 'k'\nat_least = 3\n")
    assert doubt.startswith("badge rich: 3 k can't be had, as nothing gives k")


def test_that_an_id_that_is_nearly_another_is_told_behind_a_gate_too():
    kudos = "[[rule]]\nid = '{}'\non = 'kudos.given'\nto = 'recipient'\npoints = 5\ngate = {{ of = 'actor', times = 5, per = 'week' }}\n"
    (doubt,) = doubts("use = 'sharing'\n" + kudos.format("kudo"))
    assert doubt == (
        "rules kudo and kudos: both credit the recipient of kudos.given in points; "
        "consider one id for both, so that one replaces the other, or a condition (where)"
    )
    assert doubts("use = 'sharing'\n" + kudos.format("kudos")) == []
    assert doubts(kudos.format("weekly-1") + kudos.format("weekly-2")) == []
    assert "documents" in doubts(kudos.format("documents") + kudos.format("docmuents"))[0]


def test_that_rules_of_which_one_has_a_gate_do_not_overlap():
    gate = "gate = { of = 'actor', times = 1 }\n"
    one, two = RULE.format("one"), RULE.format("two")
    assert doubts(one + gate + two) == doubts(one + two + gate) == []


def test_that_a_badge_with_the_id_of_a_rule_is_told():
    badge = "[[badge]]\nid = 'kudos'\ncount = 'kudos.given'\nat_least = 5\n"
    (doubt,) = doubts("use = 'sharing'\n" + badge)
    assert doubt == (
        "badge kudos: there is a rule with this id, which it doesn't replace; consider an id of its own"
    )
    assert doubts("use = 'sharing'\ndrop = 'kudos'\n" + badge) == []


NEVER = [
    ("hour > 18 and hour < 8", "post.shared", "hour"),
    ("8 > hour > 18", "post.shared", "hour"),
    ("amount >= 3 and amount <= 2", "kudos.given", "amount"),
    ("weekday == 8", "post.shared", "weekday"),
    ("object_type == 'answer' and object_type == 'post'", "object.liked", "object_type"),
    ("object_type == 'post'", "answer.accepted", "object_type"),
    ("actor in ['ann', 'raj'] and (hour > 3 or hour < 3) and actor != 'ann' and actor != 'raj'", "post.shared", "actor"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "on", "name"), NEVER)
def test_that_a_condition_which_no_event_meets_is_told(where, on, name):
    told = f"no event meets {where!r}: no value of {name} satisfies it"
    each = f"each = {{ count = '{on}', where = \"{where}\" }}"
    (doubt,) = doubts(f"[[badge]]\nid = 'x'\nstreak = 'day'\n{each}")
    assert doubt.startswith(f"badge x: {told}")
    (doubt,) = doubts(RULE.format("r").replace("post.shared", on) + f'where = "{where}"')
    assert doubt.startswith(f"rule r: {told}")


@pytest.mark.parametrize(
    ("where", "on"),
    [
        ("hour > 18 or hour < 8", "post.shared"),
        ("not (hour > 18 and hour < 8)", "post.shared"),
        ("object_type == 'question'", "answer.posted"),
        ("object_type != 'answer'", "answer.accepted"),  # of one that nobody knows
        ("object_type == 'document'", "object.liked"),
        ("hour >= 8 and hour <= 8 and 9 >= month", "post.shared"),
        ("actor != recipient and actor != 'ann'", "kudos.given"),
    ],
)
def test_that_a_condition_which_an_event_may_meet_is_not(where, on):
    assert doubts(RULE.format("r").replace("post.shared", on) + f'where = "{where}"') == []


LINKS = st.tuples(
    st.sampled_from(["x", "y"]),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"]),
    st.integers(0, 3),
).map(lambda link: "{} {} {}".format(*link[:2], f"[{link[2]}]" if "in" in link[1] else link[2]))


@given(st.lists(LINKS, min_size=1, max_size=5))
def test_that_nothing_meets_what_is_never_so(links):
    where = " and ".join(links)
    found = parse(where, {"x": "number", "y": "number"}, where="where", kind="flag")
    meets = found.function({"x": "x", "y": "y"}, "x, y")
    grid = [number / 2 for number in range(-2, 9)]
    assert not (contradictory_name(where, {}) and any(meets(x, y) for x in grid for y in grid))


BRIDGE = "[[badge]]\nid = 'bridge'\nto = 'recipient'\ndistinct = 'unit'\non = 'object.helped'\nat_least = 2\n"
GROUPS = (
    "[[badge]]\nid = 'bridge'\ngroups = 'unit'\neach = { count = 'answer.posted' }\nat_least = 2\n"
)
BY_ACTOR = "[event.'object.helped']\nacts_on = 'any'\nrequires = 'object'\nmerit = 'actor'\n"


def test_that_a_badge_for_many_units_counts_not_only_the_members_own():
    assert doubts(BRIDGE) == [
        "badge bridge: it counts units of the recipient, which is the member, and not of the actor; "
        "consider distinct = 'actor_unit'"
    ]
    (doubt,) = doubts(GROUPS)
    assert doubt.endswith("consider an event type with merit = 'recipient'")
    assert doubts(BRIDGE + BY_ACTOR) == []
    by_giver = BRIDGE.replace("to = 'recipient'", "to = 'actor'")
    assert doubts(by_giver) == []
    (doubt,) = doubts(by_giver + BY_ACTOR)
    assert "units of the actor," in doubt and doubt.endswith("distinct = 'recipient_unit'")
