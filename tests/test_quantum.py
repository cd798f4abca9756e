"""The community that ships with the examples: what its site published, and the same whatever the order."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from benchmarks import truth_stackexchange

from dumps import answer, question, user, vote, write_dump
from wiifm import Engine, Event, RuleBook
from wiifm.sources import read_jsonl
from wiifm.sources.stackexchange import read_dump

QUANTUM = Path(__file__).parent.parent / "examples" / "quantum"
BOOK = RuleBook.load(QUANTUM / "book.toml")
DUMP = os.environ.get("WIIFM_QUANTUM_DUMP", "")


def shipped():
    return [event for event in read_jsonl(QUANTUM / "events.jsonl.gz") if isinstance(event, Event)]


def test_that_the_shipped_events_give_the_same_shuffled_doubled_and_with_some_withdrawn():
    events = shipped()
    random = Random(2018)
    gone = random.sample(events, 200)
    in_order = Engine(BOOK)
    ids = {event.id for event in gone}
    in_order.record_many(event for event in events if event.id not in ids)
    anyhow = Engine(BOOK)
    for event in gone[:100]:
        anyhow.retract(event.id, at=event.occurred_at)
    doubled = events + random.sample(events, 2_000)
    random.shuffle(doubled)
    anyhow.record_many(doubled)
    for event in gone[100:]:
        anyhow.retract(event.id, at=event.occurred_at)
    assert anyhow.pending() == in_order.pending()
    for holder in {*anyhow.holders(), *in_order.holders()}:
        assert anyhow.standing(holder) == in_order.standing(holder)


def test_that_every_shipped_line_is_an_event_of_the_documented_keys():
    with gzip.open(QUANTUM / "events.jsonl.gz", "rt") as file:
        lines = [json.loads(line) for line in file]
    assert len(lines) == len({line["id"] for line in lines}) == 24_222
    assert lines == sorted(lines, key=lambda line: (line["occurred_at"], line["id"]))


def test_that_points_and_badges_are_those_that_the_site_published():
    found = truth_stackexchange.measure(QUANTUM)
    assert found["book"] == "stackexchange" and found["members"] == 332
    assert found["within5"] >= 0.928 and found["spearman"] >= 0.9999
    published, ours, both = found["awards"]
    assert (published, found["kinds"]) == (3_502, 27)
    assert ours - both <= 37 and published - both <= 46
    assert (found["precision"], found["recall"]) == (0.989, 0.987)
    of_badge = found["by_kind"].items()
    assert {badge for badge, n in of_badge if n[1] > n[2]} == {"autobiographer", "enlightened"}
    assert sum(n[0] for _, n in of_badge) == published


def test_that_a_dump_with_wrong_rows_and_few_members_is_compared_as_far_as_it_goes(
    tmp_path, capsys
):
    site = user(-1, Reputation=1)
    users = [site, user(1, Reputation=6), {"Id": 2}, {"Id": 3, "Reputation": 7}]
    had = [{"UserId": number, "Name": "Student"} for number in (-1, 1)]
    tables = {
        "Users": users,
        "Posts": [question(1, 1), answer(2, 2, 1), answer(3, 3, 1), {"Id": 9}],
        "Votes": [vote(1, 1, 2)],
        "Badges": [*had, {"Id": 9}],
    }
    folder = write_dump(tmp_path / "dump", tables)
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.lower())
    found = truth_stackexchange.measure(folder)
    assert (found["members"], found["within5"], found["spearman"]) == (1, 1.0, None)
    assert found["awards"] == [1, 1, 1]
    told = capsys.readouterr().err
    assert "posts.xml.gz, line 6" in told and "users.xml.gz, line 6" in told


@pytest.mark.skipif(not DUMP, reason="WIIFM_QUANTUM_DUMP names no folder of the site's dump")
def test_that_the_shipped_events_and_figures_are_those_of_the_dump():
    assert [line.found for line in read_dump(DUMP)] == shipped()
    here, there = (truth_stackexchange.measure(each) for each in (QUANTUM, Path(DUMP)))
    assert {**here, "data": ""} == {**there, "data": ""}


def test_that_the_conversion_says_what_it_takes():
    words = [sys.executable, "-m", "benchmarks.truth_stackexchange", "DUMP"]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, cwd=QUANTUM.parent.parent
    )
    assert done.returncode == 1
    assert done.stderr == "usage: python -m benchmarks.truth_stackexchange DUMP_DIR FOLDER\n"
