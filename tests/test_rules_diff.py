"""What two rule books say otherwise."""

import json
from pathlib import Path
from random import Random

from hypothesis import given, settings

from test_law import EXAMPLES, seeds, some_book
from wiifm import RuleBook, RuleKind, hookimpl
from wiifm.cli.app import run
from wiifm.rulebook.changes import changes
from wiifm.rulebook.dump import format_tables, to_toml_tables

ONE = """
[book]
id = "one"
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 5
say = "thanks"
[[badge]]
id = "helper"
count = "answer.posted"
at_least = 3
"""
OTHER = """
[book]
id = "other"
zone = "Europe/Paris"
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 7
say = "many thanks"
[[rule]]
id = "shared"
on = "post.shared"
points = 1
"""


@given(seeds)
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_books_of_another_meaning_differ_in_what_decides(seed):
    random = Random(seed)
    one, other = some_book(random), some_book(random)
    assert changes(one, one) == []
    assert changes(RuleBook.parse(one.dumps()), one) == []
    if one.digest != other.digest:
        assert any(each.decides for each in changes(one, other))


EXPRESSED = ("where", "points", "value", "original", "sum", "max", "mean", "median", "latest")
IN_ANY_ORDER = ("on", "count", "units", "communities", "limit", "exempt", "per", "rules")


def respelled(value, key=""):
    """The same in other words: expressions in brackets, lists from behind."""
    if isinstance(value, str) and key in EXPRESSED:
        return f" ({value} )"
    if isinstance(value, dict):
        return {name: respelled(each, name) for name, each in value.items()}
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value[::-1] if key in IN_ANY_ORDER else value
    return [*map(respelled, value)] if isinstance(value, list) else value


@given(seeds)
@settings(max_examples=EXAMPLES, deadline=None)
def test_that_what_is_only_spelled_otherwise_is_the_same(seed):
    one = some_book(Random(seed))
    tables = to_toml_tables(one)
    for kind in ("rule", "badge"):
        tables[kind] = respelled(tables.get(kind, []))
    for rule in tables["rule"]:
        if "points" in rule:
            rule["points"] = str(rule["points"])
    other = RuleBook.parse(format_tables(tables))
    assert other.digest == one.digest
    assert changes(one, other) == []


def test_that_what_readings_show_decides_nothing():
    one = RuleBook.parse("[book]\nid = 'b'")
    other = RuleBook.parse("[book]\nid = 'b'\nindividuals = false\nfewest = 9")
    found = {each.key: each.decides for each in changes(one, other)}
    assert found == {"individuals": False, "fewest": False}


def test_that_settings_are_no_expressions_and_lists_no_others():
    one, other = (
        RuleBook.parse(
            f"[book]\nid='b'\n[[rule]]\nid='r'\non='post.shared'\nkind='odd'\nsettings={{where='{where}'}}",
            plugins=[Odd()],
        )
        for where in ("a<b", "a < b")
    )
    assert one.digest != other.digest
    (change,) = changes(one, other)
    assert change.decides and change.key == "settings"


class Odd:
    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        kinds.add(RuleKind(name="odd", step=lambda state, *_: (state, 1)))


def test_that_every_change_is_told():
    told = [str(each) for each in changes(RuleBook.parse(ONE), RuleBook.parse(OTHER))]
    assert told == [
        "book: zone 'UTC', now 'Europe/Paris'",
        "rule kudos: points 5, now 7",
        "rule kudos: say 'thanks', now 'many thanks'",
        "badge helper: gone",
        "rule shared: new",
    ]


def test_that_a_function_of_another_version_is_told():
    def of(version):
        class Plugin:
            @hookimpl
            def wiifm_rules(self, book):
                @book.rule(on="post.shared", points=3, version=version)
                def long(activity):
                    return True

        return RuleBook.parse("[book]\nid = 'b'", plugins=[Plugin()])

    (change,) = changes(of("1"), of("2"))
    assert str(change) == "rule long: version '1', now '2'"


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("one.toml").write_text(ONE, encoding="utf-8")
    Path("other.toml").write_text(OTHER, encoding="utf-8")
    Path("words.toml").write_text(ONE.replace("thanks", "thank you"), encoding="utf-8")
    assert run(["rules", "diff", "one.toml", "other.toml"]) == 1
    assert "rule shared: new" in capsys.readouterr().out
    assert run(["rules", "diff", "one.toml", "words.toml"]) == 0
    assert capsys.readouterr().out == "rule kudos: say 'thanks', now 'thank you'\n"
    assert run(["rules", "diff", "one.toml", "one.toml"]) == 0
    assert capsys.readouterr().out == "they say the same\n"
    assert run(["rules", "diff", "one.toml", "other.toml", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["old"] == RuleBook.parse(ONE).digest
    assert {"kind": "rule", "name": "kudos", "key": "points", "old": 5, "new": 7} in found[
        "changes"
    ]
