"""The pack ``fedora``, and rules of Fedora Badges made into a rule book."""

import errno
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest
import yaml

from test_law import check_against_naive
from wiifm import Engine, Event, RuleBook
from wiifm.cli.app import run
from wiifm.fedbadges import convert
from wiifm.testing import check_law

PACK = RuleBook.load("plugin:fedora")
PAGE = Path(__file__).parent.parent / "docs" / "packs" / "fedora.md"
START = datetime(2026, 5, 4, 9, tzinfo=UTC)
NUMBERS = count()


def message(kind, actor="ann", **data):
    """An event for one person whom a message names."""
    number = next(NUMBERS)
    at = START + timedelta(minutes=number)
    return Event(id=f"m{number}", type=kind, occurred_at=at, actor=actor, data=data)


def held(book, events, member="ann"):
    """The badges of a member, by the engine and by the naive implementation."""
    engine = Engine(book)
    engine.record_many(events)
    check_against_naive(book, engine, list(events))
    return {f"{each.badge} {each.tier}".strip() for each in engine.standing(member).badges}


# ---- the pack --------------------------------------------------------------------------------------------------

MANY = [
    ("git.receive", {}, "patches", {"i": 5, "ii": 30}),
    ("git.receive", {}, "committer", {"i": 20, "ii": 50}),
    ("pagure.git.receive", {}, "long-life-to-pagure", {"i": 1}),
    ("bodhi.update.request.testing", {}, "is-this-thing-on", {"i": 1, "ii": 20}),
    ("bodhi.update.request.stable", {}, "like-a-rock", {"i": 1, "ii": 20}),
    ("bodhi.update.comment", {"karma": -1}, "tester", {"i": 1, "ii": 5, "vi": 80}),
    ("wiki.article.edit", {}, "editor", {"i": 10, "iii": 50}),
    ("fedoratagger.tag.update", {}, "tagger", {"i": 10, "ii": 50}),
    ("planet.post.new", {}, "bloggin-it", {"i": 1, "ii": 5, "iii": 10}),
    ("meetbot.meeting.complete", {"named": ["msg.attendees"]}, "social-butterfly", {"": 11}),
]
ONCE = [
    ("fas.user.create", {}, "involvement"),
    ("fas.user.update", {"changed": ["gpg_keyid", "phone"]}, "crypto-panda"),
    ("fas.group.member.sponsor", {"group": "provenpackager"}, "proven-packager"),
    ("fas.group.member.sponsor", {"group": "proventesters"}, "proven-tester"),
    ("fas.group.member.sponsor", {"group": "packager", "role": "sponsor"}, "sponsor"),
    ("buildsys.build.state.change", {"new": 1}, "if-you-build-it"),
    ("buildsys.build.state.change", {"new": 3}, "what-goes-up"),
    ("meetbot.meeting.complete", {"named": ["msg.attendees"]}, "speak-up"),
    ("meetbot.meeting.complete", {"named": ["msg.chairs"]}, "secretary-general"),
]


@pytest.mark.parametrize(("kind", "data", "badge", "marks"), MANY)
def test_that_a_series_is_held_at_each_mark_and_not_before(kind, data, badge, marks):
    for tier, mark in marks.items():
        award = f"{badge} {tier}".strip()
        messages = [message(kind, **data) for _ in range(mark)]
        assert award not in held(PACK, messages[1:])
        assert award in held(PACK, messages)


@pytest.mark.parametrize(("kind", "data", "badge"), ONCE)
def test_that_a_badge_is_held_after_one_message(kind, data, badge):
    assert badge in held(PACK, [message(kind, **data)])
    assert badge not in held(PACK, [message(kind, "raj", **data)])


@pytest.mark.parametrize(
    ("kind", "data", "badge"),
    [
        ("fas.user.update", {"changed": ["phone"]}, "crypto-panda"),
        ("fas.group.member.sponsor", {"group": "packager", "role": "user"}, "sponsor"),
        ("buildsys.build.state.change", {"new": 4}, "what-goes-up"),
        ("bodhi.update.comment", {"karma": 0}, "tester i"),
        ("bodhi.update.comment", {}, "tester i"),
        ("meetbot.meeting.complete", {"named": ["msg.owner"]}, "speak-up"),
    ],
)
def test_that_a_near_miss_gives_nothing(kind, data, badge):
    assert badge not in held(PACK, [message(kind, **data)])


def test_that_the_page_tells_of_each_badge_of_the_pack():
    (table,) = re.findall(r"<!-- badges -->\n(.*?)<!-- end -->", PAGE.read_text("utf-8"), re.DOTALL)
    rows = [re.findall(r"`([a-z-]+)`", row.split("|")[1]) for row in table.splitlines()[2:]]
    assert sorted(each for row in rows for each in row) == sorted(PACK.badges)
    assert {each[2] for each in MANY} | {each[2] for each in ONCE} == {*PACK.badges}
    tiers = {tier for badge in PACK.badges.values() for tier in badge.tiers}
    assert tiers == {"", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"}


@pytest.mark.parametrize("seed", range(3))
def test_that_the_pack_keeps_the_law(seed):
    random = Random(seed)
    kinds = [(kind, data) for kind, data, *_ in [*MANY, *ONCE]]
    events = [
        message(kind, random.choice(["ann", "raj"]), **data)
        for kind, data in random.choices(kinds, k=40)
    ]
    check_law(PACK, events)


# ---- rules of our own, in YAML ---------------------------------------------------------------------------------

GARDENER = """%YAML 1.2
---
name:        Gardener (Garden II)
description: Watered 3 beds.
creator:     mia
discussion:  https://example.org/badges/7
image_url:   https://example.org/gardener-02.png
issuer_id:   garden
trigger:
  topic: org.example.prod.garden.bed.watered
criteria:
  datanommer:
    filter:
      topics: ["%(topic)s"]
      users:  ["%(msg.gardener.nick)s"]
    operation: count
    condition:
      greater than or equal to: 3
recipient: "%(msg.gardener.nick)s"
"""


def rule(trigger="topic: garden.bed.watered", condition="greater than: 2", **more):
    """A rule in YAML with another trigger, or something else that is said otherwise."""
    users = 'users: ["%(msg.agent)s"]'
    said = {"filter": f'{{ topics: ["%(topic)s"], {users} }}', "operation": "count"} | more
    criteria = said.get("criteria") or (
        f"datanommer: {{ filter: {said['filter']}, operation: {said['operation']}, condition: {{ {condition} }} }}"
    )
    recipient = said.get("recipient", '"%(msg.agent)s"')
    return (
        f"name: N\ntrigger: {{ {trigger} }}\ncriteria: {{ {criteria} }}\nrecipient: {recipient}\n"
    )


def converted(topics=(), **texts):
    return convert({name: yaml.safe_load(text) for name, text in texts.items()}, topics)


def badge(text, **others):
    """The one badge of a rule, by its book, and what is told of it."""
    found = converted(rule=text, **others)
    assert found.left_out == ()
    return RuleBook.parse(found.toml), [str(each) for each in found.otherwise]


def at(number, kind="garden.bed.watered", named="msg.agent", **data):
    return [message(kind, named=[named], **data) for _ in range(number)]


def test_that_a_rule_becomes_a_badge_with_the_same_threshold():
    book, told = badge(GARDENER)
    (made,) = book.badges.values()
    assert (made.id, made.say, made.means) == ("rule", "Watered 3 beds.", "Gardener (Garden II)")
    path = "msg.gardener.nick"
    assert held(book, at(3, named=path)) == {"rule"}
    assert held(book, at(2, named=path)) == set()
    assert held(book, at(3, named="msg.owner")) == set(), "somebody else whom it names"
    assert [each.split(": left out")[0] for each in told] == [
        "creator",
        "discussion",
        "image_url",
        "issuer_id",
    ]


@pytest.mark.parametrize(
    ("condition", "mark"),
    [
        ("greater than or equal to: 4", 4),
        ("is greater than or equal to: 4", 4),
        ("greater than: 4", 5),
        ("equal to: 4", 4),
        ("is equal to: 4", 4),
        ("less than: 4", 1),
        ("is less than or equal to: 4", 1),
        ("is not: 1", 2),
        ("is not equal to: 7", 1),
        ("lambda: 'value != 0 and ((value & (value - 1)) == 0)'", 1),
        ("lambda: 'value >= 10 and value % 7 == 0'", 14),
        ("lambda: 'value in (5, 50) or not value < 30'", 5),
    ],
)
def test_that_a_condition_is_as_good_as_the_first_number_that_meets_it(condition, mark):
    book, told = badge(rule(condition=condition))
    assert held(book, at(mark)) == {"rule"}
    assert mark == 1 or held(book, at(mark - 1)) == set()
    assert told == []


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("lambda: 'len(str(value)) > 2'", "does more than calculate"),
        ("lambda: 'value > 200000'", "no number up to 100,000 meets it"),
        ("lambda: 'value // 0 > 1'", "it can't be calculated"),
        ("at least: 3", "one of these was expected"),
        ("greater than: three", "a whole number was expected"),
        ("greater than: 1, less than: 5", "exactly one was expected"),
    ],
)
def test_that_a_condition_which_cant_be_said_leaves_the_rule_out(condition, why):
    found = converted(rule=rule(condition=condition), other=rule())
    assert [why in str(each) for each in found.left_out] == [True]
    assert found.badges == ("other",), "the others are there"


LAMBDAS = [
    ("msg['msg']['new'] == 3", {"msg_new": 3}, {"msg_new": 1}),
    ("msg['msg']['new'] != 3", {"msg_new": 1}, {}),
    ("msg['msg'].get('new') != 3", {}, {"msg_new": 3}),
    ("not msg['msg']['scratch']", {"msg_scratch": False}, {}),
    ("not msg['msg'].get('scratch')", {}, {"msg_scratch": True}),
    (
        "not msg.get('msg', {}).get('user', {}).get('anonymous', True)",
        {"msg_user_anonymous": False},
        {},
    ),
    ("msg['msg']['kind'] in ['rose', 'oak']", {"msg_kind": "oak"}, {"msg_kind": "fir"}),
    ("'rose' in msg['msg']['plants']", {"msg_plants": ["rose"]}, {"msg_plants": ["oak"]}),
    ("not ('rose' in msg['msg']['plants'])", {"msg_plants": []}, {}),
    (
        "msg.body['bed']['size'] > 2 and msg.body.get('wet')",
        {"body_bed_size": 3, "body_wet": True},
        {"body_bed_size": 3},
    ),
    ("not (msg['msg']['size'] > 2 or msg['msg']['wet'])", {"msg_size": 2, "msg_wet": False}, {}),
    ("msg['msg']['by'] is not None", {"msg_by": "raj"}, {}),
    ("msg['msg']['kind'].lower() == 'oak'", {"msg_kind": "OAK"}, {"msg_kind": "ROSE"}),
    ("1 < msg['msg']['size'] < 5", {"msg_size": 2}, {"msg_size": 5}),
    ("len(msg['msg']['plants']) >= 2", {"msg_plants": ["a", "b"]}, {"msg_plants": ["a"]}),
]


@pytest.mark.parametrize(("text", "yes", "no"), LAMBDAS)
def test_that_a_condition_on_the_message_becomes_one_on_fields(text, yes, no):
    trigger = f"all: [{{topic: garden.bed.watered}}, {{lambda: {text!r}}}]"
    book, _ = badge(rule(trigger, "greater than: 0"))
    assert held(book, at(1, **yes)) == {"rule"}
    assert held(book, at(1, **no)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "'rose' in json.dumps(msg)",
        "msg['topic'].endswith('x')",
        "any(each for each in msg['msg']['beds'])",
        "msg['msg']['a'] + 1 == 2",
        "__import__('os').system('true')",
        "=",
    ],
)
def test_that_other_python_is_told_and_never_run(text):
    trigger = f"all: [{{topic: garden.bed.watered}}, {{lambda: {text!r}}}]"
    found = converted(rule=rule(trigger))
    assert found.badges == () and "trigger.lambda" in str(found.left_out[0])


def test_that_one_field_is_not_taken_for_two_kinds():
    trigger = "all: [{{topic: garden.bed.watered}}, {{lambda: \"msg['msg']['a'] == {}\"}}]"
    found = converted(one=rule(trigger.format(1)), two=rule(trigger.format("'x'")))
    assert found.badges == ("one",)
    assert "msg.a; it is compared as a text here, and as a number elsewhere" in str(
        found.left_out[0]
    )


def test_that_triggers_join_topics_and_categories():
    both = rule("any: [{topic: garden.bed.watered}, {topic: garden.bed.dug}]", "equal to: 1")
    book, _ = badge(both)
    assert held(book, at(1, "garden.bed.dug")) == held(book, at(1)) == {"rule"}
    but = rule("all: [{category: garden}, {not: {topic: garden.bed.dug}}]", "equal to: 1")
    found = converted(rule=but, more=both)
    book = RuleBook.parse(found.toml)
    assert "rule" in held(book, at(1)) and "rule" not in held(book, at(1, "garden.bed.dug"))
    old = rule("category: { any: [shed, garden] }", "equal to: 1")
    assert RuleBook.parse(converted(["garden.fence.painted"], rule=old).toml).badges["rule"]
    assert "name others with --topic" in str(converted(rule=old).left_out[0])


def test_that_a_condition_may_hold_for_one_of_two_topics():
    trigger = (
        "any: [{topic: bed.dug}, {all: [{topic: bed.wet}, {lambda: \"msg['msg']['n'] > 1\"}]}]"
    )
    book, _ = badge(rule(trigger, "equal to: 1"))
    assert held(book, at(1, "bed.dug")) == held(book, at(1, "bed.wet", msg_n=2)) == {"rule"}
    assert held(book, at(1, "bed.wet", msg_n=1)) == set()


def test_that_the_end_of_a_topic_triggers_as_it_does_there():
    other = rule("topic: shed.bed.watered")
    book, _ = badge(rule("topic: bed.watered", "equal to: 1"), other=other)
    assert "rule" in held(book, at(1, "shed.bed.watered"))


def test_that_of_several_topics_each_is_counted_by_itself():
    book, _ = badge(rule("any: [{topic: bed.dug}, {topic: bed.wet}]", "equal to: 2"))
    assert held(book, [*at(1, "bed.dug"), *at(1, "bed.wet")]) == set()
    assert held(book, at(2, "bed.wet")) == {"rule"}


def test_that_what_sets_a_rule_off_may_be_less_than_what_is_counted():
    users = 'users: ["%(msg.agent)s"]'
    book, told = badge(
        rule("topic: bed.dug", "equal to: 3", filter=f"{{ categories: [bed], {users} }}"),
        other=rule("topic: bed.wet"),
    )
    assert "rule" not in held(book, at(4, "bed.wet")), "nothing set it off"
    assert "rule" in held(book, [*at(1, "bed.dug"), *at(2, "bed.wet")])
    assert [each.partition(":")[0] for each in told] == [
        "rule, criteria.datanommer.filter",
        "rule, trigger",
    ]
    assert "bed.dug, bed.wet; name others with --topic" in told[0]


def test_that_criteria_are_joined():
    one = 'datanommer: {{ filter: {{ topics: [bed.{}], users: ["%(msg.agent)s"] }}, operation: count, condition: {{ equal to: 2 }} }}'
    dug, wet = "{ " + one.format("dug") + " }", "{ " + one.format("wet") + " }"
    trigger = "any: [{topic: bed.dug}, {topic: bed.wet}]"
    book, told = badge(rule(trigger, criteria=f"all: [{dug}, {wet}]"))
    assert held(book, at(2, "bed.dug")) == set()
    assert held(book, [*at(2, "bed.dug"), *at(2, "bed.wet")]) == {"rule"} and told == []
    book, _ = badge(rule(trigger, criteria=f"any: [{dug}, {{ any: [{wet}] }}]"))
    assert held(book, at(2, "bed.dug")) == {"rule"}
    nested = rule(trigger, criteria=f"any: [{dug}, {{ all: [{dug}, {wet}] }}]")
    assert converted(rule=nested).badges == ()


def leaf(topic, condition):
    users = 'users: ["%(msg.agent)s"]'
    return f"{{ datanommer: {{ filter: {{ topics: [bed.{topic}], {users} }}, operation: count, condition: {{ {condition} }} }} }}"


def of_two(criteria):
    """A badge that digging sets off, with criteria about digging and watering."""
    return badge(rule("topic: bed.dug", criteria=criteria), other=rule("topic: bed.wet"))[0]


def test_that_criteria_may_ask_for_what_must_not_be():
    wet = leaf("wet", "greater than: 1")
    for criteria in (
        f"not: {wet}",
        f"not: {{ not: {{ not: {wet} }} }}",
        f"not: {{ any: [{wet}] }}",
    ):
        book = of_two(criteria)
        assert "rule" in held(book, [*at(1, "bed.wet"), *at(1, "bed.dug")])
        assert "rule" not in held(book, [*at(2, "bed.wet"), *at(3, "bed.dug")])
        assert "rule" in held(book, [*at(1, "bed.dug"), *at(9, "bed.wet")]), "it is there already"
    both = f"all: [{leaf('dug', 'equal to: 2')}, {{ not: {wet} }}]"
    assert of_two(both).badges["rule"].none_of[0].at_least == {"": 2}
    assert "rule" not in held(of_two(both), at(1, "bed.dug"))
    assert "rule" in held(of_two(both), [*at(1, "bed.wet"), *at(2, "bed.dug")])
    none = of_two(f"not: {leaf('wet', 'is not: 0')}")
    assert "rule" not in held(none, [*at(1, "bed.wet"), *at(1, "bed.dug")])
    neither = f"not: {{ any: [{wet}, {leaf('dug', 'greater than: 2')}] }}"
    assert len(of_two(neither).badges["rule"].none_of) == 2


def test_that_what_must_not_be_too_little_is_asked_for():
    book = of_two(f"not: {leaf('dug', 'less than: 3')}")
    assert not book.badges["rule"].none_of
    assert "rule" in held(book, at(3, "bed.dug")) and "rule" not in held(book, at(2, "bed.dug"))


@pytest.mark.parametrize(
    ("criteria", "why"),
    [
        (f"not: {leaf('wet', 'equal to: 4')}", "allows some larger ones"),
        (f"not: {leaf('wet', 'greater than: 200000')}", "the same for all numbers"),
        (f"not: {leaf('wet', 'lambda: value // 0')}", "can't be calculated"),
        (f"any: [{leaf('dug', 'equal to: 1')}, {{ not: {leaf('wet', 'equal to: 1')} }}]", "larger"),
        (
            f"any: [{leaf('dug', 'equal to: 1')}, {{ not: {leaf('wet', 'greater than: 1')} }}]",
            "as one of any",
        ),
        (
            f"not: {{ all: [{leaf('dug', 'greater than: 1')}, {leaf('wet', 'greater than: 1')}] }}",
            "as one of any",
        ),
        (
            "not: { datanommer: { filter: { topics: [a.b] }, operation: count, condition: { greater than: 0 } } }",
            "everybody's",
        ),
    ],
)
def test_that_a_not_which_cant_be_said_leaves_the_rule_out(criteria, why):
    found = converted(rule=rule("topic: bed.dug", criteria=criteria))
    assert [why in str(each) for each in found.left_out] == [True]


def test_that_older_rules_name_no_archive_and_users_otherwise():
    criteria = 'filter: { topics: ["%(topic)s"], usernames: ["%(msg.agent)s"] }, operation: count, condition: { equal to: 2 }'
    book, _ = badge(rule(criteria=criteria))
    assert held(book, at(2)) == {"rule"} and held(book, at(1)) == set()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"filter": '{ topics: ["%(topic)s"] }'}, "a member's events, not everybody's"),
        (
            {"filter": '{ topics: ["%(topic)s"], packages: [x], users: ["%(msg.agent)s"] }'},
            "packages",
        ),
        ({"filter": '{ topics: ["%(topic)s"], users: [ann, raj] }'}, "one member's events"),
        ({"operation": "{ lambda: 'len(query.all())' }"}, "other queries of the message archive"),
        ({"recipient": '"%(msg.owner)s"'}, "a badge goes to the person whose messages are counted"),
        ({"recipient": "everybody"}, "a path was expected"),
        ({"criteria": "fas: { group: x }"}, "datanommer, all, any, not"),
    ],
)
def test_that_what_a_badge_doesnt_say_leaves_the_rule_out(more, why):
    found = converted(rule=rule(**more))
    assert found.badges == () and why in str(found.left_out[0])


def test_that_parts_of_a_rule_that_are_kept_otherwise_are_told():
    text = rule().replace("recipient:", "recipient_nick2fas: yes\nfavourite: blue\nold:")
    _, told = badge(text)
    assert [each.partition(";")[0] for each in told] == [
        "rule, recipient: none",
        "rule: recipient_nick2fas",
        "rule: favourite",
        "rule: old",
    ]


def test_that_whatever_stands_in_a_file_is_told_and_stops_nothing():
    odd = [None, 7, [], "x", {}, {"trigger": 1}, {1: 2}, {"trigger": {"topic": 3}}]
    odd += [{"trigger": {"all": {}}}, {"trigger": {"topic": "a.b"}, "criteria": {"any": [1]}}]
    odd += [{"trigger": {"topic": "a.b"}, "criteria": {"datanommer": {"filter": {"topics": 1}}}}]
    counted = {"operation": "count", "condition": {"greater than": 2}}
    for topics in ({"topics": []}, {"topics": ["a.b"], "not_topics": ["a.b"]}):
        query = {**counted, "filter": {**topics, "users": ["%(msg.nick)s"]}}
        odd.append({"trigger": {"topic": "a.b"}, "criteria": {"datanommer": query}})
    found = convert(
        {f"r{n}": each for n, each in enumerate(odd)} | {"ok": yaml.safe_load(GARDENER)}
    )
    assert found.badges == ("ok",) and len(found.left_out) == len(odd)


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = Path("rules/garden")
    folder.mkdir(parents=True)
    (folder / "gardener-02.yml").write_text(GARDENER, encoding="utf-8")
    (folder / "notes.txt").write_text("not a rule", encoding="utf-8")
    assert run(["convert", "fedbadges", "rules", "--output", "garden.toml", "--id", "garden"]) == 0
    assert capsys.readouterr().err.endswith("1 badge, 0 rules left out\n")
    assert list(RuleBook.load("garden.toml").badges) == ["gardener-02"]
    Path("wrong.yaml").write_text("trigger: [", encoding="utf-8")
    assert run(["convert", "fedbadges", "rules", "wrong.yaml"]) == 1
    out, err = capsys.readouterr()
    assert RuleBook.parse(out).id == "fedbadges" and "left out: wrong.yaml: while parsing" in err
    assert run(["convert", "fedbadges", "nowhere"]) == 2
    assert run(["convert", "fedbadges", "x" * 400]) == 2
    assert (
        "found File name too long, expected a file or a folder of rules" in capsys.readouterr().err
    )
    assert run(["convert", "fedbadges", "rules/garden", "rules/garden"]) == 1
    assert "another file has a rule of this name" in capsys.readouterr().err


def test_that_aliases_cant_stand_for_a_rule_without_end(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [f"  - &a{n} {{any: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    trigger = ["trigger:", "  any:", "  - &a0 {topic: org.fedoraproject.prod.wiki.edit}", *lines]
    Path("bomb.yml").write_text("\n".join(["name: Bomb", *trigger]), encoding="utf-8")
    Path("gardener.yml").write_text(GARDENER, encoding="utf-8")
    assert run(["convert", "fedbadges", "bomb.yml", "gardener.yml"]) == 1
    out, err = capsys.readouterr()
    assert list(RuleBook.parse(out).badges) == ["gardener"]
    assert "left out: bomb.yml: it has an alias (*)" in err


@pytest.mark.parametrize("closed", ["rules", "rules/garden"])
def test_that_a_folder_that_cant_be_read_is_told(tmp_path, monkeypatch, capsys, closed):
    monkeypatch.chdir(tmp_path)
    Path("rules/garden").mkdir(parents=True)
    Path("rules/gardener-02.yml").write_text(GARDENER, encoding="utf-8")
    scan = os.scandir

    def refused(path):  # as it is to whoever isn't root
        if str(path) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert run(["convert", "fedbadges", "rules"]) == 2
    found = f"'{closed}': found Permission denied, expected a folder that can be read"
    assert found in capsys.readouterr().err


def test_that_the_extra_is_named_where_it_is_missing(tmp_path):
    code = (
        "import sys; sys.modules['yaml'] = None; from wiifm.cli.app import run; "
        f"sys.exit(run(['convert', 'fedbadges', {str(tmp_path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "pip install 'wiifm[fedbadges]'" in done.stderr
