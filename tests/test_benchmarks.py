"""The benchmark runs, and its floor does the same job as the engine (it asserts so itself)."""

import json
import re
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest
from attrs import evolve
from benchmarks import growth, memory, steps, truth, web
from benchmarks.__main__ import PACK, WORDS, main
from benchmarks.community import START, community
from benchmarks.floor import score
from benchmarks.forums import FORUMS, forum

from wiifm import Engine, RuleBook

KEYS = {
    "events_per_second",
    "floor_events_per_second",
    "ratio",
    "keeping_ratio",
    "bytes_per_member",
    "bytes_per_live_member",
    "bytes_per_event",
    "late_speedup",
    "retract_speedup",
    "import_ratio",
    "ready_ratio",
}


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent.parent,
    )


def test_that_the_benchmark_measures_the_same_job_done_twice():
    done = run("memory", "--events", "2000", "--json")
    found = json.loads(done.stdout)
    assert set(found) == KEYS == WORDS["memory"].keys()
    assert all(value > 0 for value in found.values())


def test_that_it_is_the_same_job_for_another_community(monkeypatch, capsys):
    """Without the interpreters that are started to see how long it takes to import wiifm, whoever is in the community."""
    monkeypatch.setattr(memory, "_import_ratios", lambda: (1.5, 2.5))
    monkeypatch.setattr(sys, "argv", ["", "memory", "--events", "5000", "--json", "--seed", "11"])
    main()
    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    assert (found["import_ratio"], found["ready_ratio"]) == (1.5, 2.5)
    assert all(value > 0 for value in found.values())


@pytest.mark.parametrize("seed", [7, 12])
def test_that_it_is_the_same_job_where_limits_and_tiers_are_reached(seed):
    """All comes in a hundredth of the time, and what is liked and reshared are a few answers."""
    events = community(8_000, seed)
    answers = [event.object for event in events if event.type == "answer.posted"][:40]
    few = {kind: cycle(answers) for kind in ("object.liked", "object.reshared", "object.helped")}
    events = [
        evolve(
            event,
            occurred_at=START + (event.occurred_at - START) / 100,
            object=next(few[event.type]) if event.type in few and number > 2_000 else event.object,
        )
        for number, event in enumerate(events)
    ]
    engine = Engine(memory.BOOK)
    engine.record_many(events)
    memory._assert_same(engine, score(events))
    reasons = set(engine._memory.out.refused.reasons(0))
    assert {"limit", "capped", "gate", "self"} <= reasons
    badges = {(a.badge, a.tier) for each in engine.holders() for a in engine.standing(each).badges}
    assert {("good-answer", "silver"), ("busy", "silver"), ("helping", "silver")} <= badges


def test_that_the_table_has_a_figure_for_each_key():
    page = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    engine = page.partition("\n## The engine")[2].partition("\n### ")[0]
    assert set(re.findall(r"^\| `(\w+)` (?:\| [\d,.]+ )+\|$", engine, re.MULTILINE)) == KEYS


def test_that_pages_are_measured_beside_a_bare_one():
    done = run("web", "--events", "1000", "--json")
    found = json.loads(done.stdout)
    page = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    web = page.partition("\n## Pages")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \| [\d,.]+ \|$", web, re.MULTILINE)) == set(found)
    assert found.keys() == WORDS["web"].keys()
    assert found["page_bytes"] > 3000 and all(value > 0 for value in found.values())


def test_that_the_pages_are_those_of_the_most_active_members():
    events = community(20_000)
    members = sorted({event.actor for event in events if event.actor is not None})
    found = web.most_active(events, members)
    counts = [sum(event.actor == member for event in events) for member in found]
    assert len(found) == web.AT_ONCE and counts == sorted(counts, reverse=True)
    assert max(sum(e.actor == m for e in events) for m in {*members} - {*found}) <= counts[-1]


PACK_KEYS = ["events_per_second", "growth", *sorted(key for key in KEYS if "bytes" in key)]


@pytest.mark.parametrize("book", ["discourse", "stackexchange"])
def test_that_the_engine_is_measured_under_a_pack(book):
    done = run("memory", "--book", book, "--events", "2000", "--json")
    found = json.loads(done.stdout)
    assert sorted(found) == sorted(PACK_KEYS) == sorted(PACK) and all(
        value > 0 for value in found.values()
    )
    page = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    table = page.partition("| key | `stackexchange` | `discourse` |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` ", table, re.MULTILINE)) == sorted(PACK_KEYS)


@pytest.mark.parametrize("name", sorted(FORUMS))
def test_that_a_forum_earns_what_its_pack_has(name):
    engine = Engine(RuleBook.load(f"plugin:{name}"))
    engine.record_many(forum(name, 20_000))
    standings = engine.standings()
    assert sum(each.points["points"] > 20 for each in standings) > len(standings) / 2
    assert len({award.badge for each in standings for award in each.badges}) >= 10


def test_that_the_table_of_steps_has_each_kind_of_criterion():
    page = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    table = page.partition("| criterion | ever |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z ,]+) \|", table, re.MULTILINE) == [
        *steps.MEASURES,
        *steps.STREAKS,
    ]
    text = steps.MEASURES["median"] + f'\nover = "{steps.ROLLING}"\n'
    book = RuleBook.parse(f'{steps.EVENT}[[badge]]\nid = "it"\nat_least = 5\n{text}')
    assert 0 < steps.seconds(book, 400) < steps.late_seconds(book, 400), (
        "late ones are folded again"
    )


READ_KEYS = {
    "events_per_second",
    "lines_per_second",
    "floor_events_per_second",
    "plain_events_per_second",
    "plain_floor_events_per_second",
    "constructed_per_second",
    "ratio",
    "plain_ratio",
}


@pytest.mark.parametrize("more", [["--json"], ["--json", "--seed", "11"]])
def test_that_reading_is_measured_beside_decoding(more):
    done = run("read", "--events", "2000", *more)
    found = json.loads(done.stdout)
    assert set(found) == READ_KEYS
    assert all(value > 0 for value in found.values())
    assert found["ratio"] == pytest.approx(
        found["events_per_second"] / found["floor_events_per_second"], abs=0.001
    )


def test_that_growth_is_measured_on_another_community():
    found = json.loads(run("growth", "--events", "10000", "--seed", "11", "--json").stdout)
    assert list(found["events"]) == ["10000"] and list(found["rules"]) == ["20", "200"]
    assert list(found["ages"]) == ["10000"]
    assert all(value > 0 for value in found["ages"]["10000"].values())


def test_that_each_figure_is_said_in_words():
    lines = run("read", "--events", "1000").stdout.splitlines()
    assert len(lines) == len(READ_KEYS) == len(WORDS["read"])
    assert any("read_jsonl without the extra fast" in line for line in lines)


@pytest.mark.parametrize("what", ["growth", "steps"])
def test_that_figures_without_words_have_a_unit(what, monkeypatch, capsys):
    module = {"growth": growth, "steps": steps}[what]
    monkeypatch.setattr(module, "measure", lambda *_: {"count, ever": {"400": 1.98}})
    monkeypatch.setattr(sys, "argv", ["", what])
    main()
    first, _, rest = capsys.readouterr().out.partition("\n")
    assert first.startswith("Microseconds per ") and json.loads(rest)
    monkeypatch.setattr(sys, "argv", ["", what, "--json"])
    main()
    assert json.loads(capsys.readouterr().out), "and a program reads only the figures"


def test_that_what_is_no_benchmark_is_refused_with_the_usage(monkeypatch, capsys, tmp_path):
    def told(*words):
        monkeypatch.setattr(sys, "argv", ["", *words])
        with pytest.raises(SystemExit, match="2"):
            main()
        told = capsys.readouterr().err
        assert told.startswith("usage: python -m benchmarks")
        return told

    for few in ("0", "-1", "999"):
        assert f"found {few}, expected 1,000 or more" in told("memory", "--events", few)
    assert "found 9999, expected 10,000 or more" in told("growth", "--events", "9999")
    assert "expected none" in told("memory", "sqlite")
    assert "argument --book: found 'discourse' with read" in told("read", "--book", "discourse")
    assert "argument --dump: found 'x' with read" in told("read", "--dump", "x")
    assert "argument --data: found 'x' with read" in told("read", "--data", "x")
    for what in ("steps", "truth"):
        assert f"argument --events: found '2000' with {what}" in told(what, "--events", "2000")
        assert f"argument --seed: found '7' with {what}" in told(what, "--seed", "7")
    assert "found no Posts, Users, Votes" in told("truth", "--dump", str(tmp_path))


STATEMENTS = {f"statement_{each}_ms" for each in ("p50", "p99", "busiest", "ever_p99")}
BOARDS = {
    f"board_{each}_ms" for each in ("ever", "month", "year", "topic", "improved", "newcomers")
}


def test_that_a_store_is_measured_beside_bare_writing():
    done = run("store", "--events", "1000", "--json")
    found = json.loads(done.stdout)
    assert set(found) == {"backend", "batches", "growth", *STATEMENTS, *BOARDS}
    assert set(found["batches"]) == {"1", "100", "1000", "10000"}
    for batch in found["batches"].values():
        assert set(batch) == {"events_per_second", "floor_events_per_second", "ratio"}
        assert all(value > 0 for value in batch.values())
    assert list(found["growth"]) == ["1000"] and found["growth"]["1000"] > 0
    assert all(found[each] > 0 for each in STATEMENTS | BOARDS)


def test_that_a_store_is_measured_while_it_grows():
    found = json.loads(run("fill", "--events", "12000", "--seed", "11", "--json").stdout)
    assert set(found) == {"backend", "events", *STATEMENTS, *BOARDS}
    assert list(found["events"]) == ["10000", "12000"]
    first, last = found["events"].values()
    assert all(value > 0 for value in first.values())
    assert last["stored_megabytes"] > first["stored_megabytes"]


def test_that_a_rescoring_and_what_two_processes_could_gain_are_measured():
    found = json.loads(run("rescore", "--events", "2000", "--json").stdout)
    assert set(found) == WORDS["rescore"].keys()
    assert all(value > 0 for value in found.values())
    assert found["log_share"] + found["move_share"] < 1
    assert 1 < found["two_processes_at_most"] < 2


def test_that_the_truth_is_told_key_by_key(monkeypatch, capsys):
    done = run("truth", "--json", "--data", "nowhere")
    found = json.loads(done.stdout)["stackexchange"]
    page = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    section = page.split("| key of `stackexchange` |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (`.+?`) \| .+ \| ([^|]*) \|$", section, re.MULTILINE)
    keys, figures = [], []
    for names, row in rows:
        keys += re.findall(r"`(\w+)`", names)
        figures += row.split(", ")
    assert keys == list(found)
    told = [
        each for value in found.values() for each in (value if isinstance(value, list) else [value])
    ]
    assert figures[:-1] == [str(each) for each in told[:-1]] and isinstance(told[-1], dict)
    monkeypatch.setattr(truth, "measure", lambda data, dump: {"stackexchange": found})
    monkeypatch.setattr(sys, "argv", ["", "truth", "--data", "nowhere"])
    main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "stackexchange" and "  within5    0.928" in lines
    assert "  awards     3,502 / 3,493 / 3,456" in lines
    assert lines[lines.index("  altruist                  2      2      2") - 1].split() == [
        "by_kind",
        "site",
        "here",
        "both",
    ]


def test_that_a_long_key_of_the_truth_stands_apart_from_its_figure():
    lines = truth.as_text({"adoption": {"givers": [8, 10], "receivers_off_by": 2}}).splitlines()
    assert lines == ["adoption", "  givers            8 / 10", "  receivers_off_by  2"]


def test_that_a_report_over_a_store_is_measured_first_again_and_after_a_day_more():
    done = run("culture", "--events", "1000", "--json")
    found = json.loads(done.stdout)
    page = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    told = page.partition("\n## A culture report")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", told)) >= set(found) == WORDS["culture"].keys()
    assert all(value > 0 for value in found.values())
