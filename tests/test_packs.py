"""Packs: rule books by name, which build on each other; and what becomes of one that is broken."""

import json
from datetime import UTC, datetime

import pytest

from wiifm import Engine, Event, EventType, InvalidRuleBook, RuleBook, hookimpl
from wiifm.testing import check_law

HEAD = "[book]\nid = 'b'\n"
THANKS = """
[book]
id   = "thanks"
zone = "Asia/Tokyo"
use  = ["sharing"]
drop = ["observed", "curious"]

[[rule]]
id     = "kudos"
on     = "kudos.given"
to     = "recipient"
points = 7
limit  = "thanks"
say    = "{actor} thanked you"

[[rule]]
id     = "thanked"
on     = "kudos.given"
points = 1

[limit.thanks]
points = 70
per    = "month"

[purse.stars]

[[badge]]
id    = "thankful"
count = "kudos.given"

[ladder.thanks]
levels = { some = 0, many = 100 }
"""


def offering(**packs):
    """A plugin that offers packs by their names."""

    class Offering:
        @hookimpl
        def wiifm_books(self, books):
            for name, toml in packs.items():
                books.add(name, toml)

    return Offering()


def named(name, **packs):
    """A plugin of a name of its own."""
    made = offering(**packs)
    type(made).__name__ = name
    return made


def book(text, *plugins):
    return RuleBook.parse(HEAD + text, plugins=plugins)


def faults(text, *plugins):
    with pytest.raises(InvalidRuleBook) as caught:
        book(text, *plugins)
    return [str(fault) for fault in caught.value.faults]


def thanks(number=0):
    at = datetime(2026, 5, 4, 9 + number, tzinfo=UTC)
    return Event(id=f"k{number}", type="kudos.given", occurred_at=at, actor="raj", recipient="ann")


# ---- what a pack brings ------------------------------------------------------------------------------------


def test_that_a_pack_brings_all_that_it_says_and_builds_on():
    found = book("use = 'thanks'", offering(thanks=THANKS))
    assert found.rules["kudos"].points == 7
    assert {"thanked", "helped"} <= set(found.rules)
    assert {"thankful", "solver"} <= set(found.badges)
    assert {"thanks", "path"} == set(found.ladders)
    assert {"thanks", "daily-effort"} <= set(found.limits)
    assert {"stars", "points", "learning"} == set(found.purses)
    assert "observed" not in found.rules and "curious" not in found.badges
    assert found.zone == "UTC", "the zone is that of the book which builds on it"


def test_that_a_book_overrides_and_drops_what_a_pack_brings():
    text = (
        "use = 'thanks'\ndrop = 'thanked'\n[[rule]]\nid = 'kudos'\non = 'kudos.given'\npoints = 3"
    )
    found = book(text, offering(thanks=THANKS))
    assert found.rules["kudos"].points == 3
    assert "thanked" not in found.rules


def test_that_of_a_pack_only_its_event_types_may_be_taken():
    talks = "[event.'talk.given']\nrequires = ['actor']\n[[rule]]\nid = 't'\non = 'talk.given'\npoints = 1"
    plugin = offering(talks=talks)
    found = book("vocabulary = 'talks'", plugin)
    assert "talk.given" in found.types and "kudos.given" in found.types
    assert not found.rules
    assert book("use = 'talks'", plugin).rules
    both = offering(talks=talks, more="[book]\nvocabulary = 'talks'", most="[book]\nuse = 'talks'")
    assert not book("use = 'more'", both).rules
    for text in ("use = ['more', 'most']", "use = ['most', 'more']"):
        assert book(text, both).rules, "what is wanted whole anywhere is there"


def test_that_a_pack_is_a_book_of_its_own():
    plugin = offering(thanks=THANKS)
    found = RuleBook.load("plugin:thanks", plugins=[plugin])
    alone = RuleBook.parse(THANKS, plugins=[plugin])
    assert (found.id, found.zone, found.digest) == ("thanks", "Asia/Tokyo", alone.digest)
    assert RuleBook.load("plugin:bare", plugins=[offering(bare="")]).id == "bare"
    engine = Engine(found)
    engine.record(thanks())
    assert engine.standing("ann").points["points"] == 7
    check_law(found, [thanks(number) for number in range(4)])


def test_that_a_pack_may_be_a_file(tmp_path):
    (tmp_path / "thanks.toml").write_text(THANKS, encoding="utf-8")
    assert book("use = 'thanks'", offering(thanks=tmp_path / "thanks.toml")).ladders["thanks"]


def test_that_a_pack_is_read_anew_once_it_says_something_else(tmp_path):
    above, below = tmp_path / "above.toml", tmp_path / "below.toml"
    above.write_text("[book]\nid = 'b'\nuse = ['below.toml']")
    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\npoints = {}"
    for points in (1, 2, 1):
        below.write_text(rule.format(points))
        assert RuleBook.load(above).rules["r"].points == points


def test_that_our_own_packs_come_in_by_the_same_door():
    assert RuleBook.load("plugin:sharing") == RuleBook.parse(
        "[book]\nid = 'sharing'\nuse = 'sharing'"
    )


def test_that_a_pack_with_the_name_of_its_plugin_lies_over_what_that_contributes():
    class talks:  # noqa: N801 - it goes by this name
        @hookimpl
        def wiifm_event_types(self, types):
            types.add(EventType(name="talk.given", requires=("actor",)))

        @hookimpl
        def wiifm_rules(self, book):
            book.toml("[[rule]]\nid = 'talk'\non = 'talk.given'\npoints = 1")

        @hookimpl
        def wiifm_books(self, books):
            books.add(
                "talks", "[book]\nvocabulary = 'talks'\n[[badge]]\nid = 's'\ncount = 'talk.given'"
            )

    for text in ("use = 'talks'", "vocabulary = 'talks'", ""):
        found = book(text, talks())
        assert (set(found.rules), set(found.badges)) == ({"talk"}, {"s"})


# ---- one on the other --------------------------------------------------------------------------------------

SHARED = "[book]\nuse = 'sharing'\n"
RULE = "[[rule]]\nid = 'kudos'\non = 'kudos.given'\npoints = {}\n"


@pytest.mark.parametrize("use", ["'top'", "['sharing', 'top']", "['top', 'sharing']"])
def test_that_what_a_pack_overrides_or_drops_stays_so_however_the_rest_comes_in(use):
    plugin = offering(top="[book]\nuse = 'sharing'\ndrop = 'helped'\n" + RULE.format(9))
    found = book(f"use = {use}", plugin)
    assert found.rules["kudos"].points == 9
    assert "helped" not in found.rules


def test_that_two_packs_of_which_neither_builds_on_the_other_are_told_apart():
    one, two = SHARED + RULE.format(1), SHARED + RULE.format(2)
    plugin = offering(one=one, two=two, both="[book]\nuse = ['one', 'two']\n" + RULE.format(3))
    (fault,) = faults("use = ['one', 'two']", plugin)
    assert (
        "rule 'kudos': found one of plugin 'Offering', pack 'one' and one of plugin 'Offering', pack 'two'"
    ) in fault
    assert book("use = ['one', 'two']\n" + RULE.format(4), plugin).rules["kudos"].points == 4
    assert "kudos" not in book("use = ['one', 'two']\ndrop = 'kudos'", plugin).rules
    for use in ("['both']", "['one', 'both', 'two']"):
        assert book(f"use = {use}", plugin).rules["kudos"].points == 3


def test_that_an_event_type_of_the_vocabulary_is_replaced_by_a_pack_above_it():
    plugin = offering(top=SHARED + "[event.'kudos.given']\nrequires = ['actor', 'recipient']")
    assert "text" not in book("use = 'top'\ndrop = 'kudos'", plugin).types["kudos.given"].fields


def test_that_packs_do_not_build_on_each_other_in_a_circle():
    plugin = offering(one="[book]\nuse = 'two'", two="[book]\nuse = 'one'", me="[book]\nuse = 'me'")
    (fault,) = faults("use = 'one'", plugin)
    assert fault == (
        "plugin 'Offering', pack 'two': book, key 'use': found 'one', which builds on this one, "
        "expected rule books that don't build on each other in a circle"
    )
    (fault,) = faults("use = 'me'", plugin)
    assert "pack 'me': book, key 'use': found 'me', which builds on this one" in fault


# ---- what is dropped ---------------------------------------------------------------------------------------

BOTH = RULE.format(1) + "[[badge]]\nid = 'kudos'\ncount = 'kudos.given'\nat_least = 5\n"


@pytest.mark.parametrize(
    ("drop", "rules", "badges"),
    [("kudos", 0, 0), ("rule:kudos", 0, 1), ("badge:kudos", 1, 0)],
)
def test_that_one_of_an_id_can_be_dropped_alone(drop, rules, badges):
    found = book(f"use = 'both'\ndrop = '{drop}'", offering(both=BOTH))
    assert (len(found.rules), len(found.badges)) == (rules, badges)


def test_that_a_section_in_a_drop_must_have_the_id():
    (fault,) = faults("use = 'both'\ndrop = 'badge:kudo'", offering(both=BOTH))
    assert fault.endswith("did you mean 'badge:kudos'?")
    (fault,) = faults("use = 'both'\ndrop = 'ladder:kudos'", offering(both=BOTH))
    assert fault.startswith("rule book: book, key 'drop': found 'ladder:kudos'")


@pytest.mark.parametrize(
    ("asking", "drop"),
    [
        ("earned = 'points'\nrules = 'kudos'\nat_least = 5", "rule 'kudos'"),
        ("streak = 'week'\neach = { earned = 'points', rules = 'kudos', at_least = 5 }\nat_least = 5", "rule 'kudos'"),
        ("count = 'kudos.given'\nafter = 'kudos'\nat_least = 9", "badge 'kudos'"),
        ("count = 'kudos.given'\nafter = 'path/some'\nat_least = 9", "ladder 'path'"),
    ],
)  # fmt: skip
def test_that_a_drop_that_another_badge_does_not_bear_is_blamed_for_it(asking, drop):
    ladder = "[[ladder.path.level]]\nid = 'some'\ncount = 'kudos.given'\nat_least = 5\n"
    plugin = offering(both=BOTH + ladder + f"[[badge]]\nid = 'b'\n{asking}")
    assert book("use = 'both'", plugin)
    gone = drop.replace(" '", ":").strip("'")
    (fault,) = faults(f"use = 'both'\ndrop = '{gone}'", plugin)
    assert fault == (
        f"rule book: book, key 'drop': found {drop}, which badge 'b' of plugin 'Offering', pack 'both' refers to, "
        "expected badge 'b' to be dropped or redefined, too"
    )
    assert "b" not in book(f"use = 'both'\ndrop = ['{gone}', 'b']", plugin).badges


def test_that_what_a_book_drops_and_asks_for_itself_is_told_where_it_asks():
    own = "[[badge]]\nid = 'b'\nearned = 'points'\nrules = 'kudos'\nat_least = 5"
    (fault,) = faults("use = 'both'\ndrop = 'rule:kudos'\n" + own, offering(both=BOTH))
    assert fault.startswith("rule book: badge 'b', key 'rules': found 'kudos', expected a rule")


def test_that_two_things_under_one_id_bury_nothing_under_what_follows():
    held = "[[rule]]\nid = '{0}'\non = 'post.shared'\npoints = 1\npurse = '{0}'\nlimit = 'few'\n"
    limit = "[purse.{0}]\n[limit.few]\ntimes = 1\npurse = '{0}'\n"
    rich = "[[badge]]\nid = 'rich-{0}'\nearned = '{0}'\nrules = '{0}'\nat_least = {1}\n"
    packs = {name: (held + limit + rich).format(name, 5) for name in ("one", "two")}
    (fault,) = faults("use = ['one', 'two']", offering(**packs))
    assert fault.startswith(
        "rule book: limit 'few': found one of plugin 'Offering', pack 'one' and"
    )
    packs["two"] += "[[badge]]\nid = 'wrong'\ncount = 'posts.shared'\nat_least = 1\n"
    told = faults("use = ['one', 'two']", offering(**packs))
    assert len(told) == 2
    assert "badge 'wrong', key 'count'" in told[1] or "badge 'wrong', key 'on'" in told[1]


# ---- what is wrong -----------------------------------------------------------------------------------------


def test_that_a_name_that_means_nothing_is_told_where_it_stands():
    plugin = offering(thanks=THANKS, top="[book]\nuse = ['thank', 'sharing']")
    (fault,) = faults("use = 'thank'", plugin)
    assert fault.startswith("rule book: book, key 'use': found 'thank', expected an installed plu")
    assert fault.endswith(
        "Offering, discourse, fedora, kudos, praise, sharing, stackexchange, stackexchange-rescored, thanks, top; did you mean 'thanks'?"
    )
    (fault,) = faults("use = 'top'", plugin)
    assert fault.startswith("plugin 'Offering', pack 'top': book, key 'use': found 'thank'")
    with pytest.raises(InvalidRuleBook, match=r"rule book: found 'thank'.*mean 'thanks'"):
        RuleBook.load("plugin:thank", plugins=[plugin])


@pytest.mark.parametrize("use", ["broken", "thank", "base.toml"])
def test_that_what_may_lie_in_what_could_not_be_taken_in_is_not_said_to_be_missing(use):
    plugin = offering(broken="[[rule", thanks=THANKS)
    asking = "[[badge]]\nid = 'b'\nearned = 'gold'\nrules = ['thanks']\nat_least = 3"
    (fault,) = faults(f"use = '{use}'\n{asking}", plugin)
    assert "badge" not in fault
    spelled, unread = faults(f"use = '{use}'\n{asking}\nless = 2", plugin)
    assert "badge 'b', key 'less'" in spelled and unread == fault


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            "[book]\nuse = 5 5\n",
            "pack 'broken': found invalid TOML: Expected newline or end of docum",
        ),
        ("[[rule]]\nid = 'r'\npoint = 1", "pack 'broken': rule 'r', key 'point': found an unkn"),
        (
            "[[rule]]\nid = 'r'\non = 'kudo.given'\npoints = 1",
            "pack 'broken': rule 'r', key 'on': found the event type 'kudo.given'",
        ),
        ("[book]\ndrop = 'x'", "pack 'broken': book, key 'drop': found 'x', expected the id of"),
        ("[book]\nzone = 'Mars'", "pack 'broken': book, key 'zone': found 'Mars'"),
    ],
)
def test_that_a_broken_pack_is_told_with_its_key_and_stops_only_books_that_build_on_it(toml, told):
    plugin = offering(broken=toml, thanks=THANKS)
    assert book("use = 'thanks'", plugin)
    assert any(told in fault for fault in faults("use = 'broken'", plugin))
    assert all(fault.startswith("plugin 'Offering'") for fault in faults("use = 'broken'", plugin))


def test_that_a_pack_that_cannot_be_read_is_told(tmp_path):
    plugin = offering(gone=tmp_path / "gone.toml")
    assert book("", plugin)
    (fault,) = faults("use = 'gone'", plugin)
    assert fault.startswith("plugin 'Offering', pack 'gone': found FileNotFoundError(2, 'No such")
    with pytest.raises(InvalidRuleBook, match="pack 'gone': found FileNotFoundError"):
        RuleBook.load("plugin:gone", plugins=[plugin])


def test_that_what_is_no_pack_is_told():
    class Wrong:
        @hookimpl
        def wiifm_books(self, books):
            books.add("five", 5)
            books.add("No Name", "")
            books.add("twice", "")
            books.add("twice", "")

    one, two, three = faults("", Wrong())
    assert (
        one == "plugin 'Wrong', pack 'five': found 5, expected a text in TOML, or a file with one"
    )
    assert "pack 'No Name': found the name 'No Name', expected a name such as" in two
    assert (
        "pack 'twice': found a second one with this name, expected a name that is used once"
        in three
    )


def test_that_a_name_of_two_plugins_is_a_fault_for_books_that_build_on_it():
    one, two, plugin = named("One", cheers=RULE.format(1)), named("Two", cheers=""), named("cheers")
    assert book("", one, two)
    (fault,) = faults("use = 'cheers'", one, two)
    assert (
        "key 'use': found 'cheers': plugin 'One', pack 'cheers' and plugin 'Two', pack 'ch" in fault
    )
    assert fault.endswith("expected one plugin: disabled_plugins can switch the others off")
    assert book("use = 'cheers'\ndisabled_plugins = 'Two'", one, two).rules
    (fault, *_) = faults("use = 'cheers'", one, plugin)
    assert "found 'cheers': plugin 'One', pack 'cheers' and plugin 'cheers', expected one" in fault


# ---- files ---------------------------------------------------------------------------------------------------


def files(folder, **texts):
    """Write rule books, each with what it uses and how many points a post is worth, and load the first."""
    for name, (use, points) in texts.items():
        file = folder / f"{name.replace('_', '/')}.toml"
        file.parent.mkdir(exist_ok=True)
        rule = f"[[rule]]\nid = 'post'\non = 'post.shared'\npoints = {points}" if points else ""
        file.write_text(f"[book]\nid = '{name}'\nuse = {json.dumps(use)}\n{rule}", encoding="utf-8")
    return RuleBook.load(folder / f"{next(iter(texts))}.toml")


def test_that_a_file_builds_on_others_as_seen_from_itself(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    book = files(
        tmp_path,
        own=(["below/middle.toml", "other.toml"], 0),
        below_middle=(["../ground.toml"], 3),
        other=(["ground.toml"], 0),
        ground=(["sharing"], 2),
    )
    assert book.rules["post"].points == 3 and "kudos" in book.rules
    assert RuleBook.parse(book.dumps()).digest == book.digest


def test_that_the_event_types_of_a_file_can_be_taken_alone(tmp_path):
    (tmp_path / "talks.toml").write_text(
        "[event.'talk.given']\ncreates = 'talk'\n[[rule]]\nid = 'talk'\non = 'talk.given'\npoints = 1"
    )
    (tmp_path / "own.toml").write_text("[book]\nid = 'o'\nvocabulary = ['talks.toml']")
    book = RuleBook.load(tmp_path / "own.toml")
    assert "talk.given" in book.types and not book.rules


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({"own": (["own.toml"], 1)}, r"own.toml: book, key 'use': found 'own.toml', which builds"),
        (
            {"own": (["sub/b.toml"], 1), "sub_b": (["../own.toml"], 1)},
            r"sub/b.toml: book, key 'use': found '../own.toml', which builds on this one",
        ),
        (
            {"own": (["a.toml", "b.toml"], 0), "a": ([], 1), "b": ([], 2)},
            r"rule 'post': found one of a.toml and one of b.toml, expected one definition: define rule 'post' in the book",
        ),
        (
            {"own": (["comon.toml"], 1), "common": ([], 1)},
            r"found 'comon.toml', expected a file, relative to .*; did you mean 'common.toml'",
        ),
        ({"own": (["plugin.toml/x.toml", "."], 1)}, r"found 'plugin.toml/x.toml', expected a file"),
        (
            {"own": (["sub/comon.toml"], 1), "sub_common": ([], 1)},
            r"found 'sub/comon.toml', .*; did you mean 'sub/common.toml'\?$",
        ),
        (
            {"own": (["zebra.toml"], 1), "common": ([], 1)},
            r"'zebra.toml', expected a file, relative to [^;]*$",
        ),
        (
            {"own": (["sub.toml"], 1), "sub.toml_x": ([], 1)},
            r"found 'sub.toml', a folder, expected a file",
        ),
        (
            {"own": (["common.TOML"], 1), "common": ([], 1)},
            r"ends in .toml; did you mean 'common.toml'\?$",
        ),
        (
            {"own": (["common"], 1), "common": ([], 1)},
            r"ends in .toml; did you mean 'common.toml'\?$",
        ),
        (
            {"own": (["no\0name.toml"], 1)},
            r"key 'use': found 'no\\x00name.toml' \(.*\), expected a file",
        ),
        (
            {"own": ([f"{'n' * 300}.toml"], 1)},
            r"key 'use': found 'n+.toml' \(.*\), expected a file",
        ),
    ],
)
def test_that_files_that_cannot_be_built_on_are_told(tmp_path, texts, told):
    with pytest.raises(InvalidRuleBook, match=told):
        files(tmp_path, **texts)


def test_that_what_is_wrong_in_a_file_below_is_told_with_its_name(tmp_path):
    (tmp_path / "below.toml").write_text("[[rule]]\nid = 'r'\non = 'post.shared'\npoint = 1")
    (tmp_path / "own.toml").write_text("[book]\nid = 'o'\nuse = ['below.toml']")
    with pytest.raises(InvalidRuleBook, match=r"below.toml: rule 'r', key 'point'"):
        RuleBook.load(tmp_path / "own.toml")


def test_that_only_a_file_builds_on_files():
    with pytest.raises(InvalidRuleBook, match="only a rule book in a file can build on files"):
        RuleBook.parse(HEAD + "use = ['common.toml']")


def test_that_a_name_of_a_plugin_is_meant_without_what_stands_before_it_elsewhere():
    with pytest.raises(InvalidRuleBook, match=r"found 'plugin:kudos', .*; did you mean 'kudos'\?$"):
        RuleBook.parse(HEAD + "use = ['plugin:kudos']")


def test_that_links_are_followed(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    (one / "book.toml").write_text("[[rule]]\nid = 'post'\non = 'post.shared'\npoints = 4")
    (one / "v2.toml").write_text("[book]\nid = 'v2'\nuse = ['book.toml']")
    (other / "book.toml").symlink_to("../one/v2.toml")
    (one / "round.toml").symlink_to("round.toml")
    assert RuleBook.load(other / "book.toml").rules["post"].points == 4
    (one / "v2.toml").write_text("[book]\nid = 'v2'\nuse = ['v2.toml']")
    with pytest.raises(InvalidRuleBook, match="which builds on this one"):
        RuleBook.load(other / "book.toml")
    (one / "v2.toml").write_text("[book]\nid = 'v2'\nuse = ['round.toml']")
    with pytest.raises(InvalidRuleBook, match=r"key 'use': found 'round.toml'.*expected a file"):
        RuleBook.load(one / "v2.toml")


def test_that_books_that_build_on_each_other_without_end_are_told(tmp_path):
    for number in range(300):
        (tmp_path / f"b{number}.toml").write_text(f"[book]\nid = 'b'\nuse = ['b{number + 1}.toml']")
    (tmp_path / "b300.toml").write_text("")
    with pytest.raises(InvalidRuleBook, match=r"found 'b33.toml', expected at most 32 rule books"):
        RuleBook.load(tmp_path / "b0.toml")
    assert RuleBook.load(tmp_path / "b270.toml").id == "b"


@pytest.mark.parametrize(
    ("own", "middle", "individuals"),
    [
        ("", "", False),
        ("individuals = true", "", True),
        ("individuals = false", "individuals = true", False),
        ("", "individuals = true", True),
        ("individuals = true", "individuals = false", True),
    ],
)
def test_that_a_book_below_may_forbid_to_name_individuals(tmp_path, own, middle, individuals):
    (tmp_path / "council.toml").write_text("[book]\nid = 'c'\nindividuals = false")
    (tmp_path / "middle.toml").write_text(f"[book]\nid = 'm'\nuse = ['council.toml']\n{middle}")
    (tmp_path / "own.toml").write_text(f"[book]\nid = 'o'\nuse = ['middle.toml']\n{own}")
    book = RuleBook.load(tmp_path / "own.toml")
    assert book.individuals is individuals
    assert RuleBook.parse(book.dumps()).individuals is individuals


def test_that_one_forbids_it_beside_one_that_allows_it(tmp_path):
    (tmp_path / "council.toml").write_text("[book]\nid = 'c'\nindividuals = false")
    (tmp_path / "open.toml").write_text("[book]\nid = 'm'\nindividuals = true")
    for key, individuals in (("use", False), ("vocabulary", True)):
        (tmp_path / "own.toml").write_text(
            f"[book]\nid = 'o'\n{key} = ['council.toml', 'open.toml']"
        )
        assert RuleBook.load(tmp_path / "own.toml").individuals is individuals


@pytest.mark.parametrize(
    ("inline", "table"),
    [
        ("limit = { times = 1, per = 'day' }", "[limit.'post#1']\ntimes = 9\nper = 'day'"),
        (
            "gate = { of = 'actor', times = 1, per = 'day' }",
            "[gate.'post#']\nof = 'actor'\ntimes = 9\nper = 'day'",
        ),
    ],
)
def test_that_what_is_written_inside_a_rule_replaces_nothing(inline, table):
    rule = f"[[rule]]\nid = 'post'\non = 'post.shared'\npoints = 1\n{inline}\n"
    with pytest.raises(
        InvalidRuleBook, match=r"'post#1?', expected another id: .* inside the rule 'post'"
    ):
        RuleBook.parse(HEAD + rule + table)
