"""Doubts about rule books that are sound."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from wiifm import RuleBook
from wiifm.cli.app import run
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


def test_that_rules_for_the_same_overlap():
    two = RULE.format("one") + RULE.format("two")
    assert doubts(two) == [
        "rules one and two: both credit the actor of post.shared in points; perhaps a condition (where) is missing"
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
        "ladder path: nobody can climb it, as nothing gives k; perhaps a rule with purse = 'k' is missing"
    ]
    badge = "[[badge]]\nid = 'rich'\nearned = 'k'\nat_least = 3\n"
    assert doubts(text + badge)[0].startswith("badge rich: nobody can reach it")


def test_that_a_threshold_above_a_cap_is_told():
    text = RULE.format("r") + "[limit.daily]\npoints = 10\nper = 'day'\nall = true\n"
    badge = "[[badge]]\nid = 'week'\nearned = 'points'\nover = 'week'\nat_least = {}\n"
    assert doubts(text + badge.format(70)) == []
    assert doubts(text + badge.format(71)) == [
        "badge week: 71 points in a week can't be had, as the limit 'daily' leaves 70 at most; "
        "perhaps a lower threshold or a higher limit is missing"
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
