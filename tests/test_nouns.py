"""What plugins hand over is read key by key: each mistake is told with plugin, noun and key, and nothing is let through."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count

import pytest

from wiifm import (
    Audience,
    Badge,
    Criterion,
    EventType,
    Field,
    Gate,
    Graded,
    InvalidRuleBook,
    Ladder,
    Limit,
    Measure,
    Purse,
    Rule,
    RuleBook,
    RuleKind,
    hookimpl,
)

HEAD = "[book]\nid = 'b'\n"


class Giving:
    """A plugin that registers one thing at each hook for which it has one."""

    def __init__(self, **given):
        self.given = given

    def _register(self, hook, registry):
        if hook in self.given:
            value = self.given[hook]
            registry.add(*value) if isinstance(value, list) else registry.add(value)

    @hookimpl
    def wiifm_event_types(self, types):
        self._register("types", types)

    @hookimpl
    def wiifm_rules(self, book):
        self._register("rules", book)

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        self._register("kinds", kinds)

    @hookimpl
    def wiifm_measures(self, measures):
        self._register("measures", measures)

    @hookimpl
    def wiifm_calendars(self, calendars):
        self._register("calendars", calendars)

    @hookimpl
    def wiifm_observers(self, observers):
        self._register("observers", observers)


def faults(**given):
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(HEAD, plugins=[Giving(**given)])
    return [str(fault) for fault in caught.value.faults]


def rule(**more):
    return Rule(**{"id": "r", "on": ("post.shared",), "points": 1, **more})


def criterion(**more):
    return Criterion(**{"measure": "count", "on": ("post.shared",), "at_least": {"": 1}, **more})


def step(state, activity, settings):
    return state, 1


def both(one, two):
    return one


ITEMS = [
    (rule(id=5), "rule 5, key 'id': found 5, expected a text"),
    (rule(where=5), "rule 'r', key 'where': found 5, expected a text or None"),
    (rule(say=None), "rule 'r', key 'say': found None, expected a text"),
    (
        rule(points=Decimal("1.5")),
        "rule 'r', key 'points': found Decimal('1.5'), expected a number, a text or None",
    ),
    (rule(points=True), "rule 'r', key 'points': found True"),
    (rule(points=float("nan")), "rule 'r', key 'points': found nan"),
    (rule(points=10**5000), "found <int, which cannot be shown>, expected an integer within 2**53"),
    (rule(to="actr"), "rule 'r', key 'to': found 'actr', expected 'actor', 'recipient'"),
    (rule(to="actr"), "or 'mentors_mentor'; did you mean 'actor'?"),
    (rule(on="post.shared"), "key 'on': found 'post.shared', expected a tuple: ('post.shared',)"),
    (rule(on=["post.shared"]), "key 'on': found ['post.shared'], expected a tuple of texts"),
    (rule(on=("post.shared", 5)), "key 'on', number 2: found 5, expected a text"),
    (rule(since=datetime(2026, 1, 1)), "expected a datetime with a time zone"),
    (rule(since=date(2026, 1, 1)), "expected a datetime with a time zone"),
    (rule(until=datetime(1, 1, 1, tzinfo=UTC)), "from 1900 to 2999"),
    (rule(limit=(Limit(times="x"),)), "key 'limit', number 1, key 'times': found 'x'"),
    (rule(limit=(5,)), "key 'limit', number 1: found 5, expected a text or a Limit"),
    (rule(gate=Gate(of="actor", times=1)), "key 'gate', key 'of': found 'actor', expected a tuple"),
    (rule(audience=None), "key 'audience': found None, expected an Audience"),
    (rule(audience=Audience(units="a")), "key 'audience', key 'units': found 'a'"),
    (rule(graded=Graded(by="count", steps=((1,),))), "key 'graded', key 'steps', number 1"),
    (rule(graded=Graded(by="count", steps=((1, "x"),))), "number 1, number 2: found 'x'"),
    (rule(settings={"a": None}), "key 'settings', key 'a': found None"),
    (rule(test=5), "key 'test': found 5, expected a function or None"),
    (Limit(id="l", points="x", per=5), "limit 'l', key 'points': found 'x'"),
    (Limit(id="l", points="x", per=5), "limit 'l', key 'per': found 5"),
    (Purse(id="p", decimals="x"), "purse 'p', key 'decimals': found 'x', expected an integer"),
    (Purse(id="p", decimals=True), "purse 'p', key 'decimals': found True, expected an integer"),
    (Badge(id="x", parts=5), "badge 'x', key 'parts': found 5, expected a tuple of Criterion"),
    (Badge(id="x", parts=(criterion(at_least=3),)), "number 1, key 'at_least': found 3"),
    (Badge(id="x", parts=(criterion(at_least={5: 3}),)), "key 'at_least', key 5: found 5"),
    (Badge(id="x", parts=(criterion(each=5),)), "key 'each': found 5, expected a Criterion or"),
    (Ladder(id="l", levels={"a": "x"}), "ladder 'l', key 'levels', key 'a': found 'x'"),
    (EventType(name=None), "event None, key 'name': found None, expected a text"),
    (5, "found 5, expected a Purse, an EventType, a Rule"),
    (rule, "expected a Purse, an EventType, a Rule"),
]


@pytest.mark.parametrize(("item", "told"), ITEMS)
def test_that_a_wrong_key_of_a_noun_is_told_with_plugin_noun_and_key(item, told):
    found = faults(rules=item)
    assert all(fault.startswith("plugin 'Giving': ") for fault in found)
    assert any(told in fault for fault in found), found
    assert len(found) <= 2


def test_that_the_name_of_an_event_type_is_told_once():
    (found,) = faults(types=EventType(name="Talk"))
    assert found.startswith("plugin 'Giving': event 'Talk', key 'name': found 'Talk', expected a")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"types": EventType(name=None)}, "event None, key 'name': found None"),
        (
            {"types": EventType(name="a", fields={5: Field()})},
            "event 'a', key 'fields', key 5: found 5, expected a text",
        ),
        (
            {"types": EventType(name="a", fields={"a": 5})},
            "event 'a', key 'fields', key 'a': found 5, expected a Field",
        ),
        (
            {"types": EventType(name="a", fields={"a": Field("txt")})},
            "key 'fields', key 'a', key 'type': found 'txt', expected 'text', 'number'",
        ),
        (
            {"types": EventType(name="a", requires="actor")},
            "event 'a', key 'requires': found 'actor', expected a tuple: ('actor',)",
        ),
        ({"types": "talk.given"}, "plugin 'Giving': found 'talk.given', expected an EventType"),
        ({"types": EventType(name="a", creates="A B")}, "'creates': found 'A B', expected a name"),
        ({"types": EventType(name="a", creates="any")}, "'creates': found 'any', expected a name"),
        ({"types": EventType(name="a", acts_on=("A B",))}, "'acts_on': found 'A B'"),
        ({"kinds": RuleKind(name=None, step=5)}, "rule kind None, key 'name': found None"),
        ({"kinds": RuleKind(name="k", step=5)}, "rule kind 'k', key 'step': found 5"),
        ({"kinds": RuleKind(name="k", step=step, start={})}, "key 'start': found {}, expected a"),
        ({"kinds": RuleKind(name="K k", step=step)}, "rule kind 'K k': found the name 'K k'"),
        ({"kinds": 5}, "expected a RuleKind"),
        (
            {"measures": Measure(name="count", start=0, add=both, read=abs)},
            "measure 'count', key 'name': found 'count', expected a name other than",
        ),
        ({"measures": Measure(name="m", start=0, add=5, read=6)}, "key 'add': found 5"),
        ({"measures": Measure(name="m", start=0, add=5, read=6)}, "key 'read': found 6"),
        ({"observers": 5}, "an observer: found 5, expected a function"),
        ({"calendars": [5, []]}, "calendar 5: found the name 5, expected a name"),
        ({"calendars": ["de", 5]}, "calendar 'de': found 5, expected dates"),
        ({"calendars": ["de", "2026-01-01"]}, "calendar 'de': found '2026-01-01', expected dates"),
        ({"calendars": ["de", [datetime(2026, 1, 1)]]}, "expected a datetime.date, without a time"),
        ({"calendars": ["de", (date(2026, 1, 1) for _ in count())]}, "more than 100,000 dates"),
        (
            {"calendars": ["de", map(date(9990, 1, 1).__add__, map(timedelta, count()))]},
            "dates that don't end",
        ),
    ],
)
def test_that_each_hook_reads_what_it_is_given(given, told):
    found = faults(**given)
    assert all(fault.startswith("plugin 'Giving': ") for fault in found)
    assert any(told in fault for fault in found), found


class Day(date):
    """A date as libraries have them, which can't be pickled as it is."""

    def __reduce__(self):
        raise NotImplementedError


def test_that_the_days_of_a_calendar_become_plain_dates():
    plugin = Giving(calendars=["de", [Day(2026, 12, 25), date(2026, 12, 26)]])
    days = RuleBook.parse(HEAD + "calendar = 'de'", plugins=[plugin]).calendar.holidays
    assert days == {date(2026, 12, 25), date(2026, 12, 26)}
    assert {type(day) for day in days} == {date}


def test_that_what_cannot_show_itself_is_told_all_the_same():
    class Shy:
        def __repr__(self):
            raise SystemExit

    assert "found <Shy, which cannot be shown>" in faults(rules=Shy())[0]
    assert "key 'where': found <Shy, which cannot be shown>" in faults(rules=rule(where=Shy()))[0]


def test_that_all_mistakes_of_a_plugin_are_told_at_once():
    found = faults(rules=[rule(where=5), rule(id="s", say=5)], observers=5)
    assert len(found) == 3


def test_that_a_plugin_contributes_a_name_once():
    kind = RuleKind(name="k", step=step)
    assert "rule kind 'k': found a second one" in faults(kinds=[kind, kind])[0]
    assert "rule 'r': found a second one" in faults(rules=[rule(), rule()])[0]

    class Twice:
        @hookimpl
        def wiifm_rules(self, book):
            book.add(rule())
            book.toml("[[rule]]\nid = 'r'\non = 'post.shared'\npoints = 2")

    with pytest.raises(InvalidRuleBook, match="rule 'r': found a second one"):
        RuleBook.parse(HEAD, plugins=[Twice()])


def test_that_texts_and_tests_of_a_plugin_are_what_they_should_be():
    class Careless:
        @hookimpl
        def wiifm_rules(self, book):
            book.toml(b"[book]")
            book.rule(id="r", on="post.shared", points=1)(None)

    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(HEAD, plugins=[Careless()])
    told = str(caught.value)
    assert "plugin 'Careless': found b'[book]', expected a text in TOML" in told
    assert "plugin 'Careless': rule 'r': found None, expected a function" in told


def test_that_a_test_may_be_whatever_can_be_called():
    class Asking:
        def __call__(self, activity):
            return True

    for test in (Asking(), partial(both, 1)):
        book = RuleBook.parse(HEAD, plugins=[Giving(rules=rule(test=test))])
        assert book.rules["r"].test is test


def test_that_sound_nouns_are_taken_as_they_are():
    whole = rule(
        since=datetime(2026, 1, 1, tzinfo=UTC),
        limit=(Limit(times=1, per=("day", "person")),),
        gate=Gate(of=("actor",), times=5),
        audience=Audience(communities=("c",)),
        say="{actor}",
    )
    badge = Badge(id="x", parts=(criterion(at_least={"a": 1, "b": 2.5}),), points={"a": 1})
    book = RuleBook.parse(HEAD, plugins=[Giving(rules=[whole, badge])])
    assert book.rules["r"].audience == whole.audience
    assert book.badges["x"] == badge
