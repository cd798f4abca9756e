"""Where a plugin's function failed is told to its author, by file and line; what a store keeps of it stays the same."""

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from wiifm import Engine, Event, Measure, RuleBook, RuleKind, dispatch, hookimpl
from wiifm.stores.memory import MemoryStore
from wiifm.testing import RuleContract

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
RULES = """
[book]
id = "b"
[[rule]]
id = "r"
on = "post.shared"
kind = "failing"
"""


@pytest.fixture(autouse=True)
def _nothing_logged_before():
    dispatch._log_once.cache_clear()


def post(number, **data):
    return Event(
        id=f"e{number}",
        type="post.shared",
        occurred_at=START + timedelta(hours=number),
        actor="ann",
        object=f"p{number}",
        data=data,
    )


def book_of(step, text=RULES, **more):
    class Plugin:
        @hookimpl
        def wiifm_rule_kinds(self, kinds):
            for number, each in enumerate([step, *more.values()]):
                kinds.add(RuleKind(name="failing" + "again" * number, step=each))

    return RuleBook.parse(text, plugins=[Plugin()])


def words_of(activity):
    return activity.data["words"]


def reading_words(state, activity, settings):
    return state, words_of(activity)


def line_of(function):
    return function.__code__.co_firstlineno


@pytest.mark.parametrize("make", [Engine, lambda book: Engine.over(MemoryStore(), book)])
def test_that_the_log_names_the_innermost_line_of_the_package_once(make, caplog):
    engine = make(book_of(reading_words))
    for number in range(3):
        engine.record(post(number))
    engine.record_many(post(number) for number in range(3, 9))
    (told,) = caplog.records
    assert (told.name, told.levelname) == ("wiifm.plugins", "WARNING")
    assert told.getMessage() == (
        f"test_failures:reading_words raised KeyError (test_failures.py, line {line_of(words_of) + 1}); "
        "so it gave nothing. The receipts say for which events: a refusal with the reason 'fault'"
    )
    (refusal,) = engine.receipt("e0").refusals
    line = line_of(reading_words) + 1
    assert refusal.detail.endswith(f"reading_words, raised KeyError('words'), in line {line}")


def test_that_the_log_does_not_quote_what_may_be_personal(caplog):
    def quoting(state, activity, settings):
        raise ValueError(f"no points for {activity.event.actor}")

    Engine(book_of(quoting)).record(post(0))
    assert "ann" not in caplog.text and "raised ValueError" in caplog.text


def test_that_the_faults_of_an_engine_name_the_place_of_each_function(caplog):
    """Two functions on two lines that raise the same; and one that answers wrongly, of which the beginning is told."""
    made = {}
    for name in ("one", "other"):
        exec(
            compile(
                "def step(state, activity, settings):\n    raise KeyError('x')",
                f"/plugins/{name}.py",
                "exec",
            ),
            {"__name__": name},
            made,
        )
        made[name] = made["step"]

    def wordy(state, activity, settings):
        return state, "much"

    text = RULES + "".join(
        f"[[rule]]\nid = 's{kind}'\non = 'post.shared'\nkind = 'failing{kind}'\n"
        for kind in ("again", "againagain")
    )
    engine = Engine(book_of(made["one"], text, other=made["other"], wordy=wordy))
    assert engine.record_many([post(0)]).failed == 3
    one, other, wrong = (each.found for each in engine.faults)
    assert one.endswith("one:step, raised KeyError('x'), in line 2 (one.py, line 2)")
    assert other.endswith("other:step, raised KeyError('x'), in line 2 (other.py, line 2)")
    assert wrong.endswith(f"no int or float (test_failures.py, line {line_of(wordy)})")
    assert [each.getMessage().partition(";")[0] for each in caplog.records] == [
        "one:step raised KeyError (one.py, line 2)",
        "other:step raised KeyError (other.py, line 2)",
        "test_failures:test_that_the_faults_of_an_engine_name_the_place_of_each_function.<locals>.wordy "
        f"answered wrongly (test_failures.py, line {line_of(wordy)})",
    ]
    assert all(
        "(" not in no.detail.partition("raised")[2][10:] for no in engine.receipt("e0").refusals[:2]
    )


def test_that_a_test_and_a_measure_that_raise_are_told_like_a_step(caplog):
    def long_enough(activity):
        return activity.data["words"] > 3

    def add(state, sample):
        return state + 1 // sample

    class Plugin:
        @hookimpl
        def wiifm_rules(self, book):
            book.rule(id="r", on="post.shared", points=1)(long_enough)

        @hookimpl
        def wiifm_measures(self, measures):
            measures.add(Measure(name="m", start=0, add=add, read=lambda state: state))

    badge = "[[badge]]\nid = 'x'\nmeasure = 'm'\nvalue = 'words'\non = 'post.shared'\nat_least = 1"
    engine = Engine(RuleBook.parse(f"[book]\nid = 'b'\n{badge}", plugins=[Plugin()]))
    engine.record_many([post(0), post(1, words=0)])
    told = [fault.found.rpartition(" (")[2] for fault in engine.faults]
    lines = (line_of(long_enough) + 1, line_of(add) + 1)
    assert told == [f"test_failures.py, line {line})" for line in lines]
    assert len(caplog.records) == 2


def test_that_a_function_in_c_has_no_place(caplog):
    engine = Engine(book_of(pow))
    engine.record_many([post(0)])
    assert caplog.records[0].getMessage().startswith("builtins:pow raised TypeError; ")
    assert "(" not in engine.faults[0].found.rpartition("raised TypeError(")[2].partition("')")[2]


def test_that_nothing_is_logged_of_a_batch_that_was_not_committed(caplog):
    class Interrupted(BaseException):
        pass

    def interrupted(state, activity, settings):
        if activity.event.id == "e1":
            raise Interrupted
        raise KeyError("x")

    engine = Engine.over(MemoryStore(), book_of(interrupted))
    with pytest.raises(Interrupted):
        engine.record_many([post(0), post(1)])
    assert not caplog.records


def test_that_the_contract_does_not_take_the_log_for_the_rule_s(caplog):
    caplog.set_level(logging.DEBUG)

    def now_and_then(state, activity, settings):
        return state, 3 if activity.event.id == "e0" else activity.data["words"]

    class Contract(RuleContract):
        examples = 3

        def make_book(self):
            return book_of(now_and_then)

        def examples_of(self):
            return [post(0), post(1)]

    Contract().test_that_it_is_pure()
    assert [each.name for each in caplog.records] == ["wiifm.plugins"]


KARMA = """
import wiifm

def step(state, activity, settings):
    return state, activity.data["words"]

@wiifm.hookimpl
def wiifm_rule_kinds(kinds):
    kinds.add(wiifm.RuleKind(name="failing", step=step))
"""


def test_that_a_command_tells_a_failure_once(tmp_path):
    (tmp_path / "karma.py").write_text(KARMA, encoding="utf-8")
    (tmp_path / "b.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "e.jsonl").write_text(
        '{"id": "e0", "type": "post.shared", "occurred_at": "2026-05-04T09:00:00Z", "actor": "ann", "object": "p"}'
    )
    store = f"sqlite:///{tmp_path}/acme.db"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "wiifm",
            "record",
            "--plugin",
            "karma.py",
            store,
            "b.toml",
            "e.jsonl",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    told = "karma:step, raised KeyError('words'), in line 5 (karma.py, line 5), expected a decision"
    assert done.stderr.count("karma.py, line 5") == 1 and told in done.stderr
