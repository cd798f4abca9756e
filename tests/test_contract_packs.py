"""A pack must give something by each of its rules, say it in whole sentences, and be the same everywhere."""

import sys

import pytest
from attrs import evolve

import wiifm
from contracts import START, broken
from wiifm import Event, RuleBook
from wiifm.testing import (
    PackContract,
)
from wiifm.testing.sentences import gaps

SEEN = {}

PACK = """
[book]
id = "pack"
[event."talk.given"]
requires = ["actor"]
fields = { topic = {}, minutes = { type = "integer" } }
[[rule]]
id = "talk"
on = "talk.given"
points = 3
"""


def talk(**data):
    return Event(id="t", type="talk.given", occurred_at=START, actor="ann", data=data)


class TestSmallPack(PackContract):
    examples = 3
    more = ""

    def make_book(self):
        return RuleBook.parse(PACK + self.more)

    def examples_of(self):
        return [talk(minutes=700)]


class TestPackWithWhatSeldomHappens(TestSmallPack):
    more = "say = 'You talked'\n[[rule]]\nid = 'long'\non = 'talk.given'\nwhere = 'minutes > 600'\npoints = 1"


def test_that_a_pack_with_a_rule_that_never_gives_anything_is_found_out():
    more = "[[rule]]\nid = 'never'\non = 'talk.given'\nwhere = \"topic == 'a' and topic == 'b'\"\npoints = 1"
    more += "\n[[rule]]\nid = 'long'\non = 'talk.given'\nwhere = 'minutes > 800'\npoints = 1"
    told = r"give anything: long, never\. rule never: no event meets .* Add events to examples_of"
    with pytest.raises(AssertionError, match=told):
        broken(TestSmallPack, more=more).test_that_each_rule_gives_something()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[[badge]]\nid = 'x'\nstreak = 'day'\nat_least = 3\neach = {ASKED}", "badge x: no event"),
        (
            "[[ladder.path.level]]\nid = 'y'\nASKED\n[[ladder.path.level]]\nid = 'z'\nASKED",
            r"ladder path, level y: no event meets .*ladder path, level z: no event meets",
        ),
    ],
)
def test_that_a_pack_with_a_badge_that_nobody_can_have_is_found_out(more, told):
    asked = ["count = 'talk.given'", "where = \"topic == 'a' and topic == 'b'\"", "at_least = 1"]
    more = more.replace("{ASKED}", "{" + ", ".join(asked) + "}").replace("ASKED", "\n".join(asked))
    with pytest.raises(AssertionError, match=told):
        broken(TestSmallPack, more=more).test_that_each_badge_can_be_had()
    met = broken(TestSmallPack, more=more.replace(" and ", " or "))
    met.test_that_each_badge_can_be_had()


def test_that_a_pack_need_not_show_what_the_rules_of_another_pack_give():
    book = RuleBook.parse(PACK.replace("[event", "use = ['sharing']\n[event", 1))
    assert len(book.rules) > 10
    contract = broken(TestSmallPack, make_book=lambda self: book)
    contract._histories = list
    contract.test_that_each_rule_gives_something()


@pytest.mark.parametrize(
    ("say", "told"),
    [
        ("You talked on {topic} at lunch", "'You talked on  at lunch' .* without topic"),
        ("You said {topic}.", "'You said .' .* without topic"),
        ("You talked about {topic}", "'You talked about' .* without topic"),
        ("A talk ({minutes} min) for {actor}", r"'A talk \( min\) for ann' .* without minutes"),
        ("Talk: {topic}, of {points} points", "'Talk: , of 3 points' .* without topic"),
        ('\\"{topic}\\"', "'\"\"' .* without topic"),
        ("{topic}", "'' .* without topic"),
        ("{object} was useful", "' was useful' .* without object"),
        ("{topic} in {community}: {{}}", "'a in : {}' .* without community"),
        ("About {topics}", "'About' .* without topics"),
    ],
)
def test_that_a_pack_with_a_gap_in_a_sentence_is_found_out(say, told):
    gap = broken(TestSmallPack, more=f'say = "{say}"')
    gap.examples_of = lambda: [
        evolve(talk(topic="a", minutes=1), object="o", community="c", topics=("t",))
    ]
    gap._histories = list
    with pytest.raises(AssertionError, match=f"^rule 'talk' says {told}: require"):
        gap.test_that_each_sentence_is_whole()


def test_that_a_sentence_that_lacks_nothing_or_is_cut_at_its_end_has_no_gap():
    whole = broken(TestSmallPack, more='say = "{actor} talked to {recipient}: {topic}, {minutes}"')
    whole.examples_of = lambda: [talk(minutes=1)]
    with pytest.raises(
        AssertionError, match=r"says 'ann talked to somebody: , 1' .* without topic"
    ):
        whole.test_that_each_sentence_is_whole()
    whole = broken(TestSmallPack, more="say = '{actor} talked to {recipient}, {points}: {topic}'")
    whole.test_that_each_sentence_is_whole()


def test_that_a_field_that_is_required_or_there_but_empty_makes_no_gap():
    required = PACK.replace("topic = {}", "topic = { required = true }")
    whole = broken(TestSmallPack, make_book=lambda self: RuleBook.parse(required + self.more))
    whole.more = "say = 'You talked about {topic} at lunch'"
    whole.examples_of = lambda: [talk(topic=""), talk(topic="a  b")]
    whole.test_that_each_sentence_is_whole()


def test_that_a_gap_in_the_sentence_of_a_badge_that_gives_points_is_found_out():
    badge = "[[badge]]\nid = 'talks'\ncount = 'talk.given'\nat_least = 1\npoints = 2\nsay = 'Hear {topic}!'"
    gap = broken(TestSmallPack, more=badge)
    with pytest.raises(AssertionError, match=r"^badge 'talks' says 'Hear !' .* without topic"):
        gap.test_that_each_sentence_is_whole()


@pytest.mark.parametrize(
    ("name", "guard", "gap"),
    [
        ("actor_unit", "", "Thanks to  today"),
        ("actor_unit", "where = 'actor_unit != null'", ""),
        ("actor_unit", "where = 'recipient_unit != null'", "Thanks to  today"),
        ("actor_unit", "where = 'across_units'", ""),
        ("recipient_unit", "where = 'actor_unit != null'", "Thanks to  today"),
        ("recipient_unit", "where = 'across_units'", ""),
        ("unit", "", "Thanks to  today"),
    ],
)
def test_that_a_gap_where_a_unit_would_be_is_found_out(name, guard, gap):
    rule = f"[[rule]]\nid = 'r'\non = 'kudos.given'\nto = 'recipient'\npoints = 1\nsay = 'Thanks to {{{name}}} today'\n"
    book = RuleBook.parse(f"[book]\nid = 'b'\n{rule}{guard}")

    def on(id, type, actor, **more):
        return Event(id=id, type=type, occurred_at=START, actor=actor, **more)

    history = [
        on("1", "member.joined", "raj", data={"unit": "Sales"}),
        on("2", "member.joined", "ann", data={"unit": "Lab"}),
        on("3", "kudos.given", "ann", recipient="raj"),
    ]
    assert [each.says for each in gaps(book, [history])] == [gap] * bool(gap)


OFFERING = """
import wiifm
PACK = '''
[book]
vocabulary = ["talks"]
[[rule]]
id = "listened"
on = "talk.heard"
kind = "once"
'''
@wiifm.hookimpl
def wiifm_event_types(types):
    types.add(wiifm.EventType(name="talk.heard", requires=("actor",)))
@wiifm.hookimpl
def wiifm_rules(book):
    book.add(wiifm.Rule(id="own", on=("talk.heard",), points=7))
@wiifm.hookimpl
def wiifm_rule_kinds(kinds):
    kinds.add(wiifm.RuleKind(name="once", step=lambda state, activity, settings: (state, 1)))
@wiifm.hookimpl
def wiifm_books(books):
    books.add("lunches", PACK)
"""


class OfferedPack(PackContract):
    """A pack of a plugin that isn't installed, under the name that it will be installed by."""

    pack = "lunches"

    def examples_of(self):
        return [Event(id="t", type="talk.heard", occurred_at=START, actor="ann")]


def test_that_a_pack_is_tested_before_its_plugin_is_installed(tmp_path, monkeypatch):
    (tmp_path / "offering_lunches.py").write_text(OFFERING)
    monkeypatch.setattr(sys, "path", [*sys.path])
    contract = OfferedPack()
    contract.plugin = f"talks={tmp_path / 'offering_lunches.py'}"
    assert list(contract.make_book().rules) == ["listened"]
    contract.test_that_it_is_the_same_wherever_it_is_read()
    contract.test_that_the_examples_earn_something()
    with pytest.raises(wiifm.InvalidRuleBook):
        OfferedPack().make_book()


class Drifting(TestSmallPack):
    """Reads another book each time."""

    def make_book(self):
        SEEN["books"] = SEEN.get("books", 0) + 1
        return RuleBook.parse(PACK.replace("= 3", f"= {SEEN['books']}"))


class DriftingAway(TestSmallPack):
    """Reads another book in another process."""

    def make_book(self):
        return RuleBook.parse(PACK.replace("= 3", f"= {len(sys.argv) + 1}"))


@pytest.mark.parametrize(
    ("contract", "told"), [(Drifting, "^read a second time"), (DriftingAway, "^in another process")]
)
def test_that_a_pack_that_differs_from_time_to_time_is_found_out(contract, told):
    with pytest.raises(AssertionError, match=told):
        contract().test_that_it_is_the_same_wherever_it_is_read()
