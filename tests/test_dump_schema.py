"""A book written back to TOML means the same; the JSON Schema knows what the reader knows."""

import json
import re
import tomllib
from datetime import date, datetime
from typing import Any

import jsonschema
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from wiifm import Badge, Criterion, EventType, InvalidRuleBook, Ladder, RuleBook, hookimpl
from wiifm.cli.app import run
from wiifm.faults import Fault
from wiifm.periods import Over
from wiifm.rulebook.dump import dumps, dumps_with_comments, to_toml_tables
from wiifm.rulebook.schema import json_schema

EVERYTHING = r"""
[book]
id       = "everything"
zone     = "Europe/Paris"
use      = "sharing"
drop     = ["curious", "path"]
workdays = [1, 2, 3, 4, 5, 6]
holidays = [2026-12-25, 2026-12-24]
means    = "one of each"

[purse.points]
floor = 0
[purse.karma]
decimals = 2
means    = "a quote \" and a tab \t, é and \u0001"

[event."task.judged"]
means    = "a judge scores a task"
acts_on  = ["post", "document"]
requires = ["actor", "object"]
merit    = "recipient"
[event."task.judged".fields]
score = { type = "number", required = true, means = "0 to 10" }
place_of = { type = "text" }

[limit.all-day]
points = 100
per    = "day"
all    = true
net    = true
[limit.unused]
times = 3
per   = ["month", "community"]
purse = "karma"

[gate.podium]
of       = ["community", "object"]
times    = 3
per      = "month"
distinct = "actor"

[[rule]]
id       = "judged"
on       = "task.judged"
to       = "recipient"
graded   = { by = "mean", value = "score", steps = [[5, 10], [7.5, 20], [9, 50]] }
limit    = [{ points = 60, per = "week" }, "daily-effort", { times = 5, per = ["object", "month"] }]
exempt   = "all-day"
since    = 2026-01-01
until    = 2026-12-31T12:00:00
audience = { units = ["sales", "IT"], communities = ["c1"] }
where    = "score > 0 and hour < 22"
say      = "{points} for {object}"

[[rule]]
id       = "graded-by-expression"
on       = "task.judged"
to       = "mentor"
of       = "recipient"
points   = "value * 2"
graded   = { by = "count" }
purse    = "karma"
limit    = { points = 2.5, per = ["person", "topic", "year"] }
gate     = "podium"
self_credit = true

[[rule]]
id       = "podium-place"
on       = ["post.shared", "document.contributed"]
to       = "unit"
points   = "4 - place"
gate     = { of = "all", times = 3, per = "year", distinct = "actor", means = "the first three" }

[[rule]]
id       = "minus"
on       = "object.disliked"
to       = "community"
points   = -0.5
purse    = "karma"
gate     = { of = ["actor", "unit"], points = 10, per = "day" }

[[badge]]
id       = "tiered"
sum      = "score * 2"
on       = "task.judged"
to       = "recipient"
over     = "month"
again    = ["period"]
at_least = { bronze = 1.5, silver = 10, "very gold" = 100 }
points   = { bronze = 1, "very gold" = 5 }
purse    = "karma"

[[badge]]
id       = "each-of"
groups   = "object"
each     = { distinct = "actor", where = "hour > 8", at_least = 3 }
on       = "object.liked"
to       = "recipient"
over     = "last 30 days"
per      = "community"
at_least = 2
again    = "community"
keep     = true

[[badge]]
id       = "composite"
any_of   = [
  { count = "post.shared", at_least = 3 },
  { mean = "score", on = "task.judged", at_least = 7.5, since = 2026-05-01 },
  { run = "task.judged", where = "score > 5", at_least = 4 },
  { earned = "karma", rules = ["minus"], at_least = 5, over = "every 14 days" },
]
per      = "object"
again    = "object"
tier     = "gold"
points   = 7

[[badge]]
id       = "single-any"
any_of   = [{ count = "post.shared", at_least = 3 }]

[[badge]]
id       = "after-only"
after    = ["tiered:bronze", "single-any"]

[[badge]]
id       = "and-after"
streak   = "week"
each     = { count = ["post.shared", "comment.posted"] }
freeze   = 2
at_least = 4
after    = "single-any"
say      = "well done"

[[badge]]
id       = "earner"
earned   = "points"
rules    = ["judged", "accepted"]
at_least = 100

[[badge]]
id       = "every-ten"
count    = "post.shared"
at_least = 10
again    = [10]

[ladder.points-ladder]
levels = { "low one" = 0, high = 12.5 }
[ladder.climb]
means = "by criteria"
[[ladder.climb.level]]
id    = "first"
count = "post.shared"
at_least = 1
[[ladder.climb.level]]
id    = "second"
all_of = [{ count = "post.shared", at_least = 2 }, { max = "score", on = "task.judged", at_least = 3 }]
after  = "tiered"
[[ladder.climb.level]]
id    = "third"
after = ["single-any"]
"""
PLAIN = "[book]\nid = 'plain'\n[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 1\n"
BOOKS = {
    "everything": EVERYTHING,
    "plain": PLAIN,
    "moments": PLAIN + "since = 1905-01-01\nuntil = 2026-05-01T10:00:00.25+05:30\n",
    "own words": """
[book]
id = "own"
vocabulary = []
[event."x.made"]
creates = "thing"
[event."x.taken"]
retracts = true
[event."who.is"]
relates = "profile"
requires = "actor"
[[rule]]
id = "r"
on = "x.made"
points = "2 if unit == 'a\\"b' else 1"
limit = "r#2"
[limit."r#2"]
times = 4
[limit."r#1"]
times = 3
[gate."r#"]
of = "actor"
times = 1
""",
}
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def as_json(tables: object) -> Any:
    return json.loads(json.dumps(tables, default=lambda moment: moment.isoformat()))


@pytest.fixture(params=BOOKS)
def text(request: pytest.FixtureRequest) -> str:
    return BOOKS[request.param]


def test_a_written_book_means_the_same(text: str) -> None:
    book = RuleBook.parse(text)
    again = RuleBook.parse(dumps(book))
    assert again.digest == book.digest
    assert dumps(again) == dumps(book)
    assert again.calendar == book.calendar
    for name in ("types", "purses", "rules", "limits", "gates", "badges", "ladders", "id", "zone"):
        assert getattr(again, name) == getattr(book, name)


def test_a_written_book_stands_by_itself(text: str) -> None:
    written = tomllib.loads(dumps(RuleBook.parse(text)))
    assert written["book"]["vocabulary"] == []
    assert "use" not in written["book"]
    assert written == to_toml_tables(RuleBook.parse(text))


def test_limits_and_gates_of_a_rule_are_written_inside_it() -> None:
    tables = to_toml_tables(RuleBook.parse(EVERYTHING))
    rules = {rule["id"]: rule for rule in tables["rule"]}
    assert rules["judged"]["limit"][0] == {"points": 60, "per": "week"}
    own = {"times": 3, "per": "year", "distinct": "actor", "means": "the first three"}
    assert rules["podium-place"]["gate"] == own
    assert not any("#" in name for name in [*tables["limit"], *tables["gate"]])


def test_what_only_python_can_say_is_a_fault() -> None:
    class Pack:
        @hookimpl
        def wiifm_rules(self, book: Any) -> None:
            @book.rule(on="post.shared", points=1)
            def odd_days(activity: object) -> bool:
                return True

            book.add(
                Ladder(id="odd", climbs=(Badge(id="free", after=("other",)),)),
                Badge(
                    id="other",
                    parts=(Criterion(measure="count", on=("post.shared",), at_least={"": 1}),),
                ),
            )

    book = RuleBook.parse("[book]\nid = 'b'", plugins=[Pack()])
    with pytest.raises(InvalidRuleBook) as raised:
        dumps(book)
    told = str(raised.value)
    assert "rule 'odd-days', key 'test': found a function in Python" in told
    assert "ladder 'odd'" in told


def test_that_the_holidays_of_a_calendar_are_listed_and_read_back(tmp_path, capsys) -> None:
    class Office:
        @hookimpl
        def wiifm_calendars(self, calendars: Any) -> None:
            calendars.add("office", {date(2026, 12, 25), date(2026, 12, 24)})

    text = "[book]\nid = 'b'\ncalendar = 'office'\nholidays = [2026-12-31]"
    book = RuleBook.parse(text, plugins=[Office()])
    off = [date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31)]
    assert to_toml_tables(book)["book"]["holidays"] == off
    again = RuleBook.parse(dumps(book))
    assert (again.calendar, again.digest) == (book.calendar, book.digest)
    written = tmp_path / "written.toml"
    written.write_text(dumps(book), encoding="utf-8")
    assert not run(["rules", "show", "--json", str(written)])
    shown = json.loads(capsys.readouterr().out)
    assert shown["book"]["holidays"] == [each.isoformat() for each in off]
    assert VALIDATOR.is_valid({name: found for name, found in shown.items() if name != "digest"})


@pytest.mark.parametrize(
    ("holidays", "told"),
    [
        ("2026-12-24", "key 'holidays': found 2026-12-24, expected a list"),
        (
            "[2026-12-24T09:00:00]",
            "key 'holidays', number 1: found 2026-12-24T09:00:00, expected a date",
        ),
        ("['Christmas']", "key 'holidays', number 1: found 'Christmas', expected a date"),
    ],
)
def test_that_holidays_are_dates(holidays: str, told: str) -> None:
    with pytest.raises(InvalidRuleBook, match=re.escape(told)):
        RuleBook.parse(f"[book]\nid = 'b'\nholidays = {holidays}")


def test_what_a_plugin_adds_is_written_too() -> None:
    class Pack:
        @hookimpl
        def wiifm_event_types(self, types: Any) -> None:
            types.add(EventType(name="tea.made", requires=("actor",)))

        @hookimpl
        def wiifm_rules(self, book: Any) -> None:
            made = Criterion(measure="count", on=("tea.made",), at_least={"": 1, "gold": 3})
            book.add(Badge(id="tea", parts=(made,)))

    book = RuleBook.parse(PLAIN, plugins=[Pack()])
    assert RuleBook.parse(dumps(book)).digest == book.digest


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
NUMBERS = st.integers(1, 10**6) | st.floats(0.001, 1e6)
POINTS = st.integers(1, 10**6) | st.integers(1, 10**9).map(lambda thousandths: thousandths / 1000)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}([._-][a-z0-9]{1,3})?", fullmatch=True)
LIMITS = st.fixed_dictionaries(
    {"points": POINTS},
    optional={
        "times": st.integers(1, 9),
        "net": st.booleans(),
        "means": TEXT,
        "per": st.sampled_from(["day", ["week", "object"], ["person", "topic"], "ever"]),
    },
)
GATES = st.fixed_dictionaries(
    {"of": st.sampled_from(["actor", ["object", "unit"], "all"]), "times": st.integers(1, 9)},
    optional={"per": st.sampled_from(["day", "year"]), "distinct": st.just("actor"), "means": TEXT},
)
RULES = st.fixed_dictionaries(
    {"on": st.sampled_from(["post.shared", ["kudos.given", "object.liked"]]), "points": POINTS},
    optional={
        "to": st.sampled_from(["actor", "recipient", "mentor", "unit", "community"]),
        "limit": LIMITS | st.lists(LIMITS | st.just("shared"), max_size=3),
        "gate": GATES | st.just("scarce"),
        "say": TEXT.map(lambda text: text.replace("{", "").replace("}", "")),
        "means": TEXT,
        "since": st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1)),
        "where": st.sampled_from(["hour > 3", "actor == 'é\"'"]),
        "self_credit": st.booleans(),
        "audience": st.fixed_dictionaries({"units": st.lists(TEXT, min_size=1, max_size=2)}),
    },
)
TIERS = st.lists(TEXT, min_size=1, max_size=3, unique=True).map(
    lambda names: {name: number for number, name in enumerate(names, 1)}
)
BADGES = st.fixed_dictionaries(
    {"count": st.sampled_from(["post.shared", ["kudos.given", "object.liked"]])},
    optional={
        "at_least": NUMBERS.filter(lambda x: x >= 1) | TIERS,
        "over": st.sampled_from(["ever", "month", "last 3 days"]),
        "per": st.sampled_from(["member", "topic"]),
        "say": TEXT.map(lambda text: text.replace("{", "").replace("}", "")),
        "points": POINTS,
    },
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    rules = draw(st.dictionaries(NAMES, RULES, max_size=3))
    badges = draw(st.dictionaries(NAMES, BADGES, max_size=3))
    return {
        "book": {"id": "b", "zone": draw(st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata"]))},
        "purse": {"points": {"decimals": 3}},
        "limit": {"shared": draw(LIMITS)},
        "gate": {"scarce": draw(GATES)},
        "rule": [{"id": name, **rule} for name, rule in rules.items()],
        "badge": [{"id": name, **badge} for name, badge in badges.items()],
    }


@settings(deadline=None)
@given(tables())
def test_any_written_book_means_the_same(found: dict[str, Any]) -> None:
    book = RuleBook.parse(tomli_w.dumps(found))
    written = dumps(book)
    assert RuleBook.parse(written).digest == book.digest
    VALIDATOR.validate(as_json(found))
    VALIDATOR.validate(as_json(tomllib.loads(written)))


# ---- the schema ------------------------------------------------------------------------------------------


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert "One reason to credit somebody" in SCHEMA["$defs"]["rule"]["description"]


def test_valid_books_validate(text: str) -> None:
    VALIDATOR.validate(as_json(tomllib.loads(text)))
    VALIDATOR.validate(as_json(to_toml_tables(RuleBook.parse(text))))
    VALIDATOR.validate(as_json(to_toml_tables(RuleBook.load("plugin:sharing"))))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[purse.karma]", "[purses.karma]"),
        ("decimals =", "decimal ="),
        ("decimals = 2", "decimals = 'two'"),
        ('merit    = "recipient"', 'merit = "recipiant"'),
        ('merit    = "recipient"', 'act = "answer"'),
        ('requires = ["actor", "object"]', 'requires = ["actr"]'),
        ('type = "number"', 'type = "float"'),
        ('per    = "day"', 'per = "dya"'),
        ("exempt ", "excempt "),
        ('to       = "recipient"\ngraded', 'to = "receiver"\ngraded'),
        ('by = "mean"', 'by = "medium"'),
        ("[5, 10]", "[5]"),
        ("points   = -0.5", "points = [1]"),
        ("groups ", "group "),
        ('groups   = "object"', 'groups = "objects"'),
        ("any_of   = [", "one_of = ["),
        ("at_least = 7.5", "atleast = 7.5"),
        ("keep     = true", 'keep = "yes"'),
        ("[[ladder.climb.level]]", "[[ladder.climb.levels]]"),
        ("levels = { ", "levels = { a = 'b', "),
        ("freeze   = 2", "freeze = 2\ncount = 'post.shared'"),
        ('over     = "month"', 'over = "monthly"'),
        ('over     = "last 30 days"', 'over = "last days"'),
        ('over = "every 14 days"', 'over = "every two weeks"'),
        ('id       = "judged"', 'id = "Judged"'),
        ('id       = "tiered"', 'id = "tiered badge"'),
        ("[purse.karma]", "[purse.Karma]"),
        ("[limit.unused]", "[limit.un-]"),
        ("[ladder.climb]", "[ladder.'']\n[ladder.climb]"),
    ],
)
def test_typos_do_not(old: str, new: str) -> None:
    assert old in EVERYTHING
    tables = tomllib.loads(EVERYTHING.replace(old, new))
    assert not VALIDATOR.is_valid(as_json(tables))
    with pytest.raises(InvalidRuleBook):
        RuleBook.parse(EVERYTHING.replace(old, new))


def test_that_what_only_python_says_is_described_in_comments():
    class Tested:
        @hookimpl
        def wiifm_rules(self, book):
            @book.rule(on="post.shared", points=2)
            def long_enough(activity):
                return True

    book = RuleBook.parse("[book]\nid = 'b'\n", plugins=[Tested()])
    with pytest.raises(InvalidRuleBook):
        book.dumps()
    text = dumps_with_comments(book)
    assert "the rule 'long-enough' has the test" in text and "points = 2" in text
    assert RuleBook.parse(text).rules["long-enough"].points == 2


@pytest.mark.parametrize(
    "wrong",
    [
        "[[badge]]\nid = 'b'\nstreak = 'week'\ngroup = 'week'\neach = { count = 'post.shared' }",
        "[[badge]]\nid = 'b'\nany_of = [{ count = 'post.shared', purse = 'points' }]",
        "[purse.points]\nid = 'points'",
        "[event.'x.made']\nname = 'x.made'",
    ],
)
def test_that_the_schema_offers_no_internal_key(wrong: str) -> None:
    assert not VALIDATOR.is_valid(as_json(tomllib.loads(f"[book]\nid = 'b'\n{wrong}")))


WINDOWS = st.from_regex(
    r"\s{0,2}(last|every|ever|first) \s?[0-9]{1,7} ?(second|hour|day|week|month)s?\s?",
    fullmatch=True,
)


@given(WINDOWS | st.sampled_from(["ever", "day", "week", "month", "year", "years", " day"]))
def test_that_the_schema_takes_each_window_that_the_reader_takes(over: str) -> None:
    schema = SCHEMA["$defs"]["criterion"]["properties"]["over"]
    if not isinstance(Over.parse(over), Fault):
        assert jsonschema.Draft202012Validator(schema).is_valid(over)
