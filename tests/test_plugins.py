"""What plugins contribute: kinds, measures, calendars, observers; and that one which fails breaks nothing else."""

import copy
import functools
import operator
import pickle
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from wiifm import (
    Engine,
    Event,
    EventType,
    Field,
    Holder,
    InvalidInput,
    InvalidRuleBook,
    Measure,
    RuleBook,
    RuleKind,
    Setting,
    StoreFault,
    UnknownName,
    hookimpl,
    hooks,
)
from wiifm.archive.codec import pack, unpack
from wiifm.program import compile_book
from wiifm.states import is_state
from wiifm.stores.memory import MemoryStore

START = datetime(2026, 12, 21, 9, tzinfo=UTC)


def post(number, **more):
    at = START + timedelta(days=number)
    return Event(
        id=f"e{number}",
        type="post.shared",
        occurred_at=at,
        actor="ann",
        object=f"p{number}",
        **more,
    )


def book_with(plugin, text):
    return RuleBook.parse("[book]\nid = 'b'\n" + text, plugins=[plugin])


class Kinds:
    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        def doubling(state, activity, settings):
            amount = settings["first"] * 2**state
            return state + 1, amount

        kinds.add(RuleKind(name="doubling", step=doubling, start=0))


KIND = "[[rule]]\nid = 'd'\non = 'post.shared'\nkind = 'doubling'\nsettings = {first = 3}\n"


def test_that_a_rule_kind_folds_in_order_whatever_the_order_of_arrival():
    engine = Engine(book_with(Kinds(), KIND))
    engine.record_many([post(2), post(0), post(1)])
    assert engine.standing("ann").points["points"] == 3 + 6 + 12
    engine.retract("e0", at=START)
    assert engine.standing("ann").points["points"] == 3 + 6


DECLARED = {
    "first": Setting("integer", 4, least=1, most=100, means="what the first one is worth"),
    "per": Setting("text", choices=("week", "month")),
}


class DeclaredKinds:
    """A kind that declares its settings, and keeps those that it is called with."""

    def __init__(self, settings):
        self.declared, self.seen = settings, []

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        def step(state, activity, settings):
            self.seen.append(dict(settings))
            return state, 1

        kinds.add(RuleKind(name="declared", step=step, settings=self.declared))


def declared(settings, plugin=None):
    rule = "[[rule]]\nid = 'd'\non = 'post.shared'\nkind = 'declared'\n"
    return book_with(plugin or DeclaredKinds(DECLARED), f"{rule}settings = {settings}")


def test_that_a_step_gets_the_default_of_a_setting_that_the_rule_leaves_out():
    plugin = DeclaredKinds(DECLARED)
    engine = Engine(declared("{ per = 'week' }", plugin))
    engine.record(post(0))
    assert plugin.seen == [{"first": 4, "per": "week"}]
    plugin.seen.clear()
    Engine(declared("{ per = 'month', first = 7 }", plugin)).record(post(0))
    assert plugin.seen == [{"first": 7, "per": "month"}]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (
            "{ frist = 1, per = 'week' }",
            "found 'frist', expected a setting of the kind 'declared': first, per; did you mean 'first'?",
        ),
        ("{ first = 0, per = 'week' }", "found first = 0, expected an integer from 1 to 100"),
        ("{ first = 101, per = 'week' }", "found first = 101, expected an integer from 1 to 100"),
        ("{ first = 1.5, per = 'week' }", "found first = 1.5, expected an integer from 1 to 100"),
        ("{ first = true, per = 'week' }", "found first = true, expected an integer from 1 to 100"),
        ("{ per = 'day' }", "found per = 'day', expected 'week' or 'month'"),
        ("{ first = 8 }", "found no 'per', expected per = 'week' or 'month'"),
    ],
)
def test_that_a_wrong_setting_is_refused_when_the_book_is_loaded(settings, text):
    with pytest.raises(InvalidRuleBook) as refused:
        declared(settings)
    assert [str(each) for each in refused.value.faults] == [
        f"rule book: rule 'd', key 'settings': {text}"
    ]


@pytest.mark.parametrize(
    "ask", [lambda settings: settings["frist"], lambda settings: settings.get("frist", 8)]
)
def test_that_a_step_is_told_if_it_asks_for_a_setting_that_its_kind_lacks(ask):
    class Asking:
        @hookimpl
        def wiifm_rule_kinds(self, kinds):
            def step(state, activity, settings):
                return state, ask(settings)

            kinds.add(RuleKind(name="declared", step=step, settings=DECLARED))

    [refusal] = Engine(declared("{ per = 'week' }", Asking())).record(post(0)).refusals
    assert "the kind declares first, per; did you mean 'first'" in refusal.detail


def test_that_a_kind_without_settings_takes_none():
    with pytest.raises(InvalidRuleBook, match="none, since the kind 'declared' takes no settings"):
        declared("{ first = 1 }", DeclaredKinds({}))


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (5, "key 'a': found 5, expected a Setting"),
        (
            Setting("text", least=1),
            "key 'a', key 'least': found 1, expected none with the type 'text'",
        ),
        (
            Setting("flag", most=1),
            "key 'a', key 'most': found 1, expected none with the type 'flag'",
        ),
        (Setting(least=3, most=1), "key 'a', key 'most': found 1, expected at least 3"),
        (Setting("flag", 1), "key 'a', key 'default': found 1, expected true or false"),
        (
            Setting("integer", 0, least=1),
            "key 'a', key 'default': found 0, expected an integer of 1 or more",
        ),
        (Setting(choices=("x",)), "key 'a', key 'choices': found"),
        (
            Setting("text", choices=("x", "x")),
            "key 'a', key 'choices': found ('x', 'x'), expected each",
        ),
        (
            Setting("integer", least=1.2, most=1.8),
            "key 'a', key 'most': found 1.8, expected a bound",
        ),
        (Setting(means="a\nb"), "key 'a', key 'means': found"),
        (
            Setting("text", choices="xy"),
            "key 'a', key 'choices': found 'xy', expected a tuple: ('xy',)",
        ),
    ],
)
def test_that_a_wrong_declaration_of_a_setting_is_told(setting, text):
    with pytest.raises(InvalidRuleBook) as refused:
        declared("{}", DeclaredKinds({"a": setting}))
    assert f"rule kind 'declared', key 'settings', {text}" in str(refused.value)


class Between:
    """A kind whose settings must go together."""

    def __init__(self, valid_if="low <= high", **defaults):
        self.valid_if, self.defaults = valid_if, {"low": None, "high": None, **defaults}

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        settings = {name: Setting(default=each) for name, each in self.defaults.items()}
        kinds.add(
            RuleKind(
                name="declared",
                step=lambda state, activity, _: (state, 1),
                settings=settings,
                valid_if=self.valid_if,
            )
        )


@pytest.mark.parametrize(
    ("settings", "plugin", "text"),
    [
        ("{ low = 5, high = 3 }", Between(), "found low = 5, high = 3, expected low <= high"),
        ("{ low = 5 }", Between(high=3), "found low = 5, high = 3, expected low <= high"),
        ("{ low = 5, high = '3' }", Between(), "found high = '3', expected a number"),
    ],
)
def test_that_settings_that_do_not_go_together_are_refused_when_the_book_is_loaded(
    settings, plugin, text
):
    assert declared("{ low = 3, high = 3 }", plugin).digest
    with pytest.raises(InvalidRuleBook) as refused:
        declared(settings, plugin)
    assert [str(each) for each in refused.value.faults] == [
        f"rule book: rule 'd', key 'settings': {text}"
    ]


@pytest.mark.parametrize(
    ("plugin", "text"),
    [
        (Between(low=5, high=3), "key 'settings': found low = 5, high = 3 by default, expected low <= high"),
        (Between("low <= hihg"), "key 'valid_if': found hihg, expected one of: high, low; did you mean 'high'?"),
        (Between("low + high"), "key 'valid_if': found low + high (a number), expected a flag, as a whole"),
        (Between(max), "key 'valid_if': found <built-in function max>, expected a text"),
    ],
)  # fmt: skip
def test_that_a_wrong_condition_of_settings_is_told(plugin, text):
    with pytest.raises(InvalidRuleBook) as refused:
        declared("{ low = 3, high = 5 }", plugin)
    assert f"rule kind 'declared', {text}" in str(refused.value)


def test_that_a_condition_of_settings_changes_no_digest():
    settings = "{ low = 3, high = 5 }"
    assert declared(settings, Between()).digest == declared(settings, Between("low < high")).digest


def test_that_declaring_settings_changes_no_digest():
    before, after = DeclaredKinds(None), DeclaredKinds(DECLARED)
    assert declared("{ per = 'week' }", after).digest == declared("{ per = 'week' }", before).digest


def test_that_a_rule_kind_sees_only_what_the_gate_lets_through():
    gate = "gate = { of = 'actor', times = 2, per = 'month' }"
    engine = Engine(book_with(Kinds(), KIND + gate))
    engine.record_many([post(0), post(1), post(2), post(20)])
    assert [entry.amount for entry in engine.ledger()] == [3, 6, 12]


class Measures:
    @hookimpl
    def wiifm_measures(self, measures):
        measures.add(
            Measure(
                name="product", start=1, add=lambda state, x: state * x, read=lambda state: state
            )
        )


def test_that_a_measure_counts_for_badges():
    text = "[[badge]]\nid = 'x'\nmeasure = 'product'\nvalue = 'words'\non = 'post.shared'\nat_least = 20"
    engine = Engine(book_with(Measures(), text))
    engine.record(post(0, data={"words": 4}))
    assert not engine.standing("ann").badges
    engine.record(post(1, data={"words": 5}))
    assert [award.event for award in engine.standing("ann").badges] == ["e1"]


class Failing:
    @hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            if sample == 13:
                raise ValueError("unlucky")
            return state + sample

        measures.add(Measure(name="lucky", start=0, add=add, read=lambda state: state))

    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        kinds.add(RuleKind(name="odd", step=lambda state, activity, settings: (state, "much")))


FAILING = """
[[badge]]
id = 'x'
measure = 'lucky'
value = 'words'
on = 'post.shared'
at_least = 20
[[rule]]
id = 'odd'
on = 'post.shared'
kind = 'odd'
[[rule]]
id = 'plain'
on = 'post.shared'
points = 1
"""


def test_that_a_failing_measure_or_kind_is_told_and_holds_up_nothing_else():
    engine = Engine(book_with(Failing(), FAILING))
    receipt = engine.record(post(0, data={"words": 13}))
    assert {(no.rule, no.reason) for no in receipt.refusals} == {
        ("badge:x", "fault"),
        ("odd", "fault"),
    }
    assert engine.standing("ann").points["points"] == 1
    engine.record(post(1, data={"words": 20}))
    assert engine.standing("ann").badges


class Holidays:
    @hookimpl
    def wiifm_calendars(self, calendars):
        calendars.add("xmas", [date(2026, 12, 25)])


STREAK = "[[badge]]\nid = 's'\nstreak = 'workday'\neach = {count = 'post.shared'}\nat_least = 5\n"


def test_that_holidays_and_weekends_do_not_break_a_streak_of_working_days():
    days = [post(n) for n in (0, 1, 2, 3, 7)]  # Monday to Thursday, no Christmas, next Monday
    without, within = (
        Engine(book_with(Holidays(), STREAK)),
        Engine(book_with(Holidays(), "calendar = ['xmas']\n" + STREAK)),
    )
    without.record_many(days)
    within.record_many(days)
    assert not without.standing("ann").badges
    assert within.standing("ann").badges


class Own:
    @hookimpl
    def wiifm_event_types(self, types):
        types.add(
            EventType(name="talk.given", requires=("actor",), fields={"hearers": Field("integer")})
        )

    @hookimpl
    def wiifm_rules(self, book):
        @book.rule(on="talk.given", points=4)
        def in_a_full_room(activity):
            return activity.data["hearers"] >= 10


def talk(name, **data):
    return Event(id=name, type="talk.given", occurred_at=START, actor="ann", data=data)


def test_that_who_names_an_unknown_kind_or_calendar_is_told_those_there_are():
    class Sales:
        @hookimpl
        def wiifm_rule_kinds(self, kinds):
            kinds.add(RuleKind(name="fading", step=lambda state, activity, settings: (state, 1)))

    class Gone:
        @hookimpl
        def wiifm_calendars(self, calendars):
            calendars.add("xmas", [date(2026, 12, 25)])

    rule = "[[rule]]\nid = 'r'\non = 'post.shared'\nkind = 'elo'"
    head = "[book]\nid = 'b'\ncalendar = 'xmas'\ndisabled_plugins = ['Gone']\n"
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(head + rule, plugins=[Sales(), Gone()])
    assert [fault.expected for fault in caught.value.faults] == [
        "a calendar of a plugin: none is installed (plugins that are switched off: Gone); or list the dates in `holidays`",
        "a rule kind of a plugin: fading (plugins that are switched off: Gone)",
    ]
    badge = "[[badge]]\nid = 'b'\nmeasure = 'spread'\nvalue = 'words'\non = 'post.shared'"
    with pytest.raises(InvalidRuleBook, match=r"ratio \(plugins that are switched off: Gone\)"):
        RuleBook.parse(head.replace("calendar = 'xmas'", "") + badge, plugins=[Gone()])


def test_that_a_test_in_python_decides_and_its_failure_is_told_and_isolated():
    engine = Engine(RuleBook.parse("[book]\nid = 'b'", plugins=[Own()]))
    assert engine.record(talk("t1", hearers=12)).entries[0].amount == 4
    assert not engine.record(talk("t2", hearers=2)).entries
    receipt = engine.record(talk("t3"))
    assert [(no.rule, no.reason) for no in receipt.refusals] == [("in-a-full-room", "fault")]
    assert "KeyError" in receipt.refusals[0].detail
    assert engine.standing("ann").points["points"] == 4


class Stop(BaseException):
    """What is meant to end everything, such as a timeout of the platform."""


class Stopping:
    @hookimpl
    def wiifm_rules(self, book):
        book.toml(BADGES)

        @book.rule(on="post.shared", points=4)
        def stops(activity):
            if activity.event.data.get("words") == 1:
                raise Stop

    @hookimpl
    def wiifm_measures(self, measures):
        def add(state, sample):
            if sample == 2:
                raise Stop
            return state

        measures.add(Measure(name="stopping", start=0, add=add, read=lambda state: state))


BADGES = """
[[badge]]
id = 'plain'
count = 'post.shared'
[[badge]]
id = 'stopped'
measure = 'stopping'
value = 'words'
on = 'post.shared'
[[badge]]
id = 'kept'
count = 'post.shared'
keep = true
[[rule]]
id = 'zero'
on = 'post.shared'
points = 1
"""


@pytest.mark.parametrize("make", [Engine, lambda book: Engine.over(MemoryStore(), book)])
@pytest.mark.parametrize(("words", "part"), [(1, "the rule 'stops'"), (2, "the badge 'stopped'")])
def test_that_what_ends_everything_names_the_rule_or_badge_that_it_came_from(make, words, part):
    book = book_with(Stopping(), "")
    engine = make(book)
    with pytest.raises(Stop) as caught:
        engine.record(post(0, data={"words": words}))
    assert caught.value.__notes__ == [f"in the program of b {book.digest}: {part}"]
    assert engine.record(post(0, data={"words": 3})).entries, "nothing was recorded before"


def test_that_a_fault_names_the_function_that_raised():
    engine = Engine(RuleBook.parse("[book]\nid = 'b'", plugins=[Own()]))
    (refusal,) = engine.record(talk("t3")).refusals
    rows = Path(__file__).read_text(encoding="utf-8").splitlines()
    line = next(no for no, row in enumerate(rows, 1) if 'data["hearers"]' in row)
    assert refusal.detail == (
        "its test test_plugins:Own.wiifm_rules.<locals>.in_a_full_room raised KeyError('hearers'), "
        f"in line {line}"
    )


def test_that_a_fault_of_what_is_written_in_c_has_no_line():
    engine = Engine(measuring(0, operator.truediv, len))
    (refusal,) = engine.record(post(0, data={"words": 0})).refusals
    assert "raised ZeroDivisionError(" in refusal.detail and ", in line" not in refusal.detail


def test_that_a_line_is_that_of_the_function_and_not_of_what_wraps_or_is_called():
    def deeper():
        raise ValueError("too deep")

    def step(state, activity, settings):
        deeper()

    @functools.wraps(step)
    def wrapped(*arguments):
        return step(*arguments)

    for each in (step, wrapped):
        (refusal,) = Engine(stepping(each)).record(post(0)).refusals
        assert refusal.detail.endswith(
            f"raised ValueError('too deep'), in line {step.__code__.co_firstlineno + 1}"
        )


class Broken:
    @hookimpl
    def wiifm_rules(self, book):
        raise RuntimeError("no rules today")


def test_that_a_plugin_that_raises_is_named_with_its_hook():
    with pytest.raises(InvalidRuleBook, match=r"plugin 'Broken', hook wiifm_rules.*no rules today"):
        RuleBook.parse("[book]\nid = 'b'", plugins=[Broken()])


class Wrong:
    @hookimpl
    def wiifm_event_types(self, types):
        types.add("talk.given")

    @hookimpl
    def wiifm_rules(self, book):
        book.rule(on="talk.given", pionts=4)(lambda activity: True)

    @hookimpl
    def wiifm_calendars(self, calendars):
        calendars.add("x", ["2026-12-25"])


def test_that_wrong_contributions_are_told_like_any_bad_input():
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse("[book]\nid = 'b'", plugins=[Wrong()])
    told = str(caught.value)
    assert "an EventType" in told or "a EventType" in told
    assert "did you mean 'points'?" in told
    assert "a datetime.date" in told


class Mistaken:
    @hookimpl
    def wiifm_rules(self, book, engine):
        """A hook with an argument that there isn't."""


def test_that_a_plugin_with_a_wrong_signature_is_named():
    with pytest.raises(InvalidInput, match="Mistaken"):
        RuleBook.parse("[book]\nid = 'b'", plugins=[Mistaken()])


def test_that_a_hook_which_is_to_go_still_works_and_says_what_to_use_instead(monkeypatch):
    @hooks.hookspec(warn_on_impl=DeprecationWarning("use wiifm_books instead"))
    def wiifm_rules(book):
        """As it was."""

    monkeypatch.setattr(hooks, "wiifm_rules", wiifm_rules)
    with pytest.warns(DeprecationWarning, match="use wiifm_books instead"):
        book = RuleBook.parse("[book]\nid = 'b'", plugins=[Own()])
    assert "in-a-full-room" in book.rules
    assert hooks.API_VERSION == 1


def test_that_observers_are_told_per_batch_and_cannot_undo_a_commit():
    told = []

    def failing(receipts):
        raise OSError("no network")

    engine = Engine(RuleBook.load("plugin:sharing"), observers=[failing, told.append])
    engine.record_many([post(0), post(1)])
    engine.record(post(2))
    assert [[receipt.event for receipt in batch] for batch in told] == [["e0", "e1"], ["e2"]]
    assert told[0][0].entries[0].rule == "shared"
    assert engine.standing("ann").points["points"] == 6
    assert len(engine.faults) == 2
    assert "no network" in str(engine.faults[0])


def test_that_a_book_is_compiled_once_whoever_observes_it_and_anew_where_it_decides_otherwise():
    book = RuleBook.load("plugin:sharing")
    quiet = evolve(book, observers={"sharing": (print,)})
    one, two = compile_book(book), compile_book(quiet)
    assert two.reward is one.reward
    assert one.book is book and two.book is quiet  # which know whom they tell
    other = compile_book(evolve(book, rules={}))
    assert other.reward is not one.reward and other.text != one.text


def test_that_a_book_may_be_compiled_while_another_thread_compiles_one(monkeypatch):
    other = RuleBook.load("plugin:kudos")

    def meanwhile(one, two):
        if two is book:
            compile_book(evolve(other, rules={}))
        return False

    book = RuleBook.load("plugin:sharing")
    compile_book(other)
    monkeypatch.setattr(sys.modules[compile_book.__module__], "_decide_alike", meanwhile)
    assert compile_book(book).book is book


def test_that_the_observers_of_a_plugin_are_told_by_every_engine_over_the_book():
    told = []

    class Watching:
        @hookimpl
        def wiifm_observers(self, observers):
            observers.add(told.append)

    book = RuleBook.parse("[book]\nid = 'b'", plugins=[Watching()])
    Engine(book).record(post(0))
    assert [receipt.event for batch in told for receipt in batch] == ["e0"]


async def awaited(receipts):
    """Whoever calls this has told nobody anything."""


def test_that_nobody_awaits_an_observer():
    class Late:
        @hookimpl
        def wiifm_observers(self, observers):
            observers.add(awaited)

    with pytest.raises(
        InvalidRuleBook,
        match=r"plugin 'Late': an observer: found the coroutine function .*:awaited",
    ):
        book_with(Late(), "")
    with pytest.raises(InvalidInput, match="observers: found the coroutine function"):
        Engine(book_with(Holidays(), ""), [awaited])
    with pytest.raises(InvalidInput, match=r"observers: found .*, expected a list of observers"):
        Engine(book_with(Holidays(), ""), print)
    with pytest.raises(InvalidInput, match=r"clock: found 'noon', expected a function that takes"):
        Engine(book_with(Holidays(), ""), clock="noon")


class Dividing:
    @hookimpl
    def wiifm_rule_kinds(self, kinds):
        kinds.add(
            RuleKind(
                name="div",
                step=lambda state, a, settings: (None, 6 // (int(a.event.object[1:]) - 2)),
            )
        )


DIVIDING = "[[rule]]\nid = 'r'\non = 'post.shared'\nkind = 'div'"


def test_that_what_plugins_left_undecided_in_bulk_is_counted_and_told():
    engine = Engine(book_with(Dividing(), DIVIDING))
    tally = engine.record_many([post(number) for number in range(5)])
    assert (tally.recorded, tally.failed) == (5, 1)
    (fault,) = engine.faults
    assert str(fault).startswith(
        "event 'e2', rule 'r': found the rule kind div of plugin 'Dividing', test_plugins:"
    )
    assert engine.record_many([post(number) for number in range(5)]).failed == 0


class Losing(MemoryStore):
    """Loses its first batch while that is being committed; later it commits, and can't be read any more."""

    batches = 0

    @contextmanager
    def writing(self):
        with super().writing() as writing:
            yield writing
            self.batches += 1
            if self.batches == 2:  # the first one began the archive
                raise StoreFault("lost")

    def reading(self):
        assert self.batches < 3
        return super().reading()


def test_that_nothing_is_told_of_a_batch_that_is_not_committed():
    heard, events = [], [post(number) for number in range(5)]
    engine = Engine.over(Losing(), book_with(Dividing(), DIVIDING), [heard.append])
    with pytest.raises(StoreFault, match="lost"):
        engine.record_many(events)
    assert (engine.faults, heard) == ((), [])
    liked = Event(id="l", type="object.liked", occurred_at=START, actor="bob", object="p9")
    tally = engine.record_many([*events, liked])
    assert (tally.recorded, tally.pending, tally.failed) == (6, 1, 1)
    assert (len(engine.faults), len(heard)) == (1, 1)


def test_that_a_fault_of_an_observer_names_its_function():
    def failing(receipts):
        raise OSError("no network")

    engine = Engine(RuleBook.load("plugin:sharing"), observers=[failing])
    engine.record(post(0))
    assert engine.faults[0].where == (
        "plugin 'observers', the observer "
        "test_plugins:test_that_a_fault_of_an_observer_names_its_function.<locals>.failing"
    )
    line = failing.__code__.co_firstlineno + 1
    assert engine.faults[0].found == f"OSError('no network') (test_plugins.py, line {line})"
    engine = Engine(RuleBook.load("plugin:sharing"), observers=[functools.partial(failing)])
    engine.record(post(0))
    assert engine.faults[0].found.endswith(f" (test_plugins.py, line {line})")


def test_that_an_observer_that_always_raises_fills_no_memory(monkeypatch):
    monkeypatch.setattr("wiifm.dispatch.MAX_FAULTS", 2)
    engine = Engine(RuleBook.load("plugin:sharing"), observers=[lambda receipts: 1 / 0])
    for number in range(3):
        engine.record(post(number))
    assert len(engine.faults) == 2


def measuring(start, add, read, tiers="1"):
    """A book with a badge for the words of posts by a measure."""

    class Measuring:
        @hookimpl
        def wiifm_measures(self, measures):
            measures.add(Measure(name="m", start=start, add=add, read=read))

    text = "[[badge]]\nid = 'x'\nmeasure = 'm'\nvalue = 'words'\non = 'post.shared'\nat_least = "
    return book_with(Measuring(), text + tiers)


def grow(state, sample):
    """A step that goes on writing into one list."""
    return [sample] if state == () else state.append(sample) or state


def test_that_a_measure_whose_state_could_be_changed_in_place_is_a_fault():
    book = measuring((), grow, len, tiers="{bronze = 1, silver = 900, gold = 1200}")
    posts = [post(number, data={"words": 1}) for number in range(1000)]
    engine, late = Engine(book), Engine(book)
    engine.record_many(posts)
    late.record_many([*posts[:700], *posts[710:]])
    receipt = late.record(posts[705])
    late.record_many(posts[700:710])
    (refusal,) = receipt.refusals
    assert refusal.reason == "fault"
    assert refusal.detail.startswith(
        "the measure m of plugin 'Measuring', test_plugins:grow, answered wrongly: the state [1]"
    )
    assert late.standing("ann") == engine.standing("ann")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("5", "the value '5' is of the type str, no int, float or Fraction"),
        (True, "the value true is of the type bool, no int, float or Fraction"),
        (float("nan"), "the value nan isn't finite"),
        (10**400, "the value an integer of more than 100 digits isn't within 10**308"),
    ],
)
def test_that_a_measure_that_reads_no_number_is_told_what_it_read(value, told):
    engine = Engine(measuring(0, max, lambda state: value))
    (refusal,) = engine.record(post(0, data={"words": 1})).refusals
    assert refusal.detail.startswith(
        "the measure m of plugin 'Measuring', test_plugins:test_that_a_"
    )
    assert refusal.detail.endswith(f", answered wrongly: {told}")


def stepping(step):
    """A book with one rule, by a kind with a step."""

    class Stepping:
        @hookimpl
        def wiifm_rule_kinds(self, kinds):
            kinds.add(RuleKind(name="doubling", step=step))

    return book_with(Stepping(), KIND)


def test_that_an_amount_of_another_type_is_told_by_its_type():
    engine = Engine(stepping(lambda state, activity, settings: (state, Decimal("1.5"))))
    (refusal,) = engine.record(post(0)).refusals
    assert "the amount Decimal('1.5') is of the type Decimal, no int or float" in refusal.detail


@pytest.mark.parametrize("answer", [None, 5, (0, 1, 2)])
def test_that_a_step_that_answers_no_state_and_amount_is_told_what_it_answered(answer):
    book = stepping(lambda state, activity, settings: answer)
    (refusal,) = Engine(book).record(post(0)).refusals
    told = f"the answer {answer or 'null'} is no tuple (state, amount)"
    assert refusal.detail.endswith(f", answered wrongly: {told}")


def test_that_a_step_cannot_change_its_settings():
    def step(state, activity, settings):
        settings["first"] += 1
        return state, settings["first"]

    engine = Engine(stepping(step))
    (refusal,) = engine.record(post(0)).refusals
    assert refusal.reason == "fault"
    assert "does not support item assignment" in refusal.detail


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_that_an_error_arrives_whole_from_another_process(again):
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse("[book]\nid = 'b'", plugins=[Wrong()])
    error = again(caught.value)
    assert type(error) is InvalidRuleBook
    assert (error.faults, str(error)) == (caught.value.faults, str(caught.value))


DEEP = ()
for _ in range(200):
    DEEP = (DEEP,)


@pytest.mark.parametrize(
    "state",
    [
        Decimal(1),
        date(2026, 5, 4),
        datetime(2026, 5, 4, 9),
        datetime(2026, 5, 4, 9, tzinfo=ZoneInfo("Europe/Paris")),
        Holder("member", "ann"),
        ([],),
        10**5000,
        "\ud800",
        DEEP,
    ],
    ids=lambda state: type(state).__name__,
)
def test_that_a_state_that_no_store_could_keep_is_a_fault_in_any(state, tmp_path):
    """In memory as well: a store makes no difference, and no plugin breaks a batch."""
    book = stepping(lambda before, activity, settings: (state, 1))
    stored = Engine.open(f"sqlite:///{tmp_path / 'b.db'}", book)
    for engine in (Engine(book), stored):
        (refusal,) = engine.record(post(0)).refusals
        assert refusal.reason == "fault"
        assert "isn't made of numbers, Fractions, texts, datetimes in UTC" in refusal.detail
        assert engine.record(Event(id="j", type="member.joined", occurred_at=START, actor="ann"))


plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.fractions()
    | st.datetimes(timezones=st.just(UTC))
)
states = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=20,
)


def typed(state):
    """A state with the type of each part, for 1 and True are equal."""
    if isinstance(state, tuple | frozenset):
        return type(state)(map(typed, state))
    return type(state), state


@given(states)
def test_that_whatever_may_be_a_state_is_the_same_out_of_a_store(state):
    assume(is_state(state))
    assert typed(unpack(pack(state))) == typed(state)


def touchy(state):
    """Reads no number where the words of posts are 3 in all."""
    return "three" if state == 3 else state


@pytest.mark.parametrize("where", ["memory", "store", "sqlite", "postgres"])
def test_that_what_begins_to_fail_at_an_old_event_is_told(where, request, tmp_path):
    book = measuring(0, lambda state, sample: state + sample, touchy, tiers="4")
    if where == "memory":
        engine = Engine(book)
    elif where == "store":
        engine = Engine.over(MemoryStore(), book)
    elif where == "sqlite":
        engine = Engine.open(f"sqlite:///{tmp_path}/acme.db", book)
    else:
        engine = Engine.open(request.getfixturevalue("postgres_urls")(), book)
    first, *posts = (post(number, data={"words": n}) for number, n in enumerate((1, 2, 0, 1, 0)))
    assert engine.record_many(posts).failed == 2, "at e3 and e4"
    assert not engine.record(post(2.5)).refusals, "they failed when they came"
    before = engine.faults
    assert engine.record_many([first]).failed == 1
    late = engine.receipt("e0")
    assert [(each.event, each.holder, each.rule, each.reason) for each in late.refusals] == [
        ("e1", ("member", "ann"), "badge:x", "fault")
    ]
    (told,) = [each.detail for each in late.refusals]
    assert told.startswith("the measure m of plugin 'M")
    assert f"x gave nothing more for e1: {told}" in str(late) and "e1" not in told
    assert "answered wrongly: the value 'three' is of the type str" in told
    (fault,) = engine.faults[len(before) :]
    assert fault.where == "event 'e1', decided anew because of 'e0', badge 'x'"
    assert fault.found == f"{told} (test_plugins.py, line {touchy.__code__.co_firstlineno})"


@pytest.mark.parametrize("where", ["memory", "store", "sqlite"])
@pytest.mark.parametrize("by", ["record", "record_many", "retract", "advance"])
def test_that_a_step_that_records_is_a_fault_of_its_rule_and_the_rest_is_committed(
    where, by, tmp_path
):
    calls = {
        "record": lambda: engine.record(post(7)),
        "record_many": lambda: engine.record_many([post(7)]),
        "retract": lambda: engine.retract("e1", at=START),
        "advance": lambda: engine.advance(START + timedelta(days=9)),
    }

    class Recording:
        @hookimpl
        def wiifm_rule_kinds(self, kinds):
            def step(state, activity, settings):
                if activity.event.id == "e1":
                    calls[by]()
                return state, 1

            kinds.add(RuleKind(name="recording", step=step))

    rules = "[[rule]]\nid = 'r'\non = 'post.shared'\nkind = 'recording'\n"
    book = book_with(Recording(), rules + "[[rule]]\nid = 's'\non = 'post.shared'\npoints = 2")
    observers = [lambda receipts: receipts[0].event == "e2" and engine.record(post(3))]
    if where == "memory":
        engine = Engine(book, observers)
    elif where == "store":
        engine = Engine.over(MemoryStore(), book, observers)
    else:
        engine = Engine.open(f"sqlite:///{tmp_path}/acme.db", book, observers)
    receipt = engine.record(post(1))
    assert [entry.rule for entry in receipt.entries] == ["s"]
    (refusal,) = receipt.refusals
    assert (refusal.rule, refusal.reason) == ("r", "fault")
    assert "Recording" in refusal.detail
    assert "a step, a test or a measure must not record events" in refusal.detail
    assert [entry.rule for entry in engine.record(post(2)).entries] == ["r", "s"]
    assert engine.receipt("e3").status == "recorded", "an observer may record"
    with pytest.raises(UnknownName):
        engine.receipt("e7")
    assert engine.standing("ann").points["points"] == 8
    assert not engine.faults
