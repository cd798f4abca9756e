"""The command over a store: import and go on, read as if it had been files, and say what is wrong with a store."""

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from test_cli import BOOK, EVENTS, event, lines
from wiifm import Engine, NotPrepared, RuleBook
from wiifm.archive.archive import Archive
from wiifm.archive.tables import COMMITS
from wiifm.cli.app import run
from wiifm.cli.stopping import Stopped, stopping
from wiifm.stores.urls import open_store


@pytest.fixture
def url(new_url, tmp_path, monkeypatch):
    """A store that isn't there yet; in the folder are a book and events."""
    monkeypatch.chdir(tmp_path)
    Path("acme.toml").write_text(BOOK, encoding="utf-8")
    Path("may.jsonl").write_bytes(lines(EVENTS))
    return new_url()


@pytest.fixture
def recorded(url, capsys):
    """The same, with the events in it."""
    assert run(["record", url, "acme.toml", "may.jsonl"]) == 0
    capsys.readouterr()
    return url


def answer(capsys, *arguments, status=0):
    assert run([*arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_that_the_events_that_wait_are_listed_until_their_object_comes(recorded, capsys):
    waits = {
        "event": "l3",
        "type": "object.liked",
        "occurred_at": "2026-05-04T08:00:00+00:00",
        "object": "unheard-of",
    }
    assert answer(capsys, "pending", recorded) == {"pending": [waits]}
    assert run(["pending", recorded]) == 0
    assert {"l3", "object.liked", "unheard-of"} <= set(capsys.readouterr().out.split())
    Path("june.jsonl").write_bytes(
        lines([event("p5", "post.shared", 12, actor="ann", object="unheard-of")])
    )
    assert run(["record", recorded, "acme.toml", "june.jsonl"]) == 0
    capsys.readouterr()
    assert answer(capsys, "pending", recorded) == {"pending": []}
    assert run(["pending", recorded]) == 0
    assert capsys.readouterr().out == "no event waits\n"


def test_that_the_events_that_wait_the_longest_are_listed_first(recorded, capsys):
    more = [event(f"w{n:02}", "object.liked", 9, actor="bob", object=f"o{n}") for n in range(12)]
    Path("june.jsonl").write_bytes(lines(more))
    run(["record", recorded, "acme.toml", "june.jsonl"])
    capsys.readouterr()
    assert len(answer(capsys, "pending", recorded)["pending"]) == 13
    assert run(["pending", recorded]) == 0
    told = capsys.readouterr().out
    assert " l3 " in told and " w08 " in told and " w09 " not in told
    assert told.endswith("10 of 13 events; --top 13 shows all\n")
    assert run(["pending", recorded, "--top", "13"]) == 0
    told = capsys.readouterr().out
    assert " w11 " in told and "shows all" not in told


# ---- record ------------------------------------------------------------------------------------------------


def test_that_a_second_run_changes_nothing(url, capsys):
    first = answer(capsys, "record", url, "acme.toml", "may.jsonl")
    assert first == {
        "book": RuleBook.load("acme.toml").digest,
        "events": 12,
        "duplicates": 0,
        "pending": 1,
        "rejected": [],
        "failed": 0,
        "last": {"file": "may.jsonl", "line": 12},
        "stopped": None,
    }
    with Engine.open(url) as engine:
        before = list(engine.ledger())
    second = answer(capsys, "record", url, "acme.toml", "may.jsonl")
    assert (second["events"], second["duplicates"]) == (0, 12)
    with Engine.open(url) as engine:
        assert list(engine.ledger()) == before
    assert run(["record", url, "acme.toml", "may.jsonl"]) == 0
    assert capsys.readouterr().out == "0 events, 12 duplicates, 1 pending, 0 rejected\n"


def test_that_what_is_rejected_is_told_and_the_rest_is_durable(url, capsys):
    Path("may.jsonl").write_bytes(lines(EVENTS[:2]) + b"nonsense\n" + lines(EVENTS[2:]))
    found = answer(capsys, "record", url, "acme.toml", "may.jsonl", status=1)
    assert found["events"] == 12
    ((one,),) = [found["rejected"]]
    assert (one["file"], one["line"]) == ("may.jsonl", 3)
    assert run(["record", url, "acme.toml", "may.jsonl"]) == 1
    captured = capsys.readouterr()
    assert "may.jsonl, line 3, the line: found no JSON" in captured.err
    assert "1 rejected" in captured.out


def test_that_nothing_is_recorded_where_it_would_not_last(url, capsys):
    assert run(["record", "memory:", "acme.toml", "may.jsonl"]) == 2
    assert "lost when the command ends" in capsys.readouterr().err


def test_that_no_store_is_made_where_the_book_or_a_file_is_wrong(url, capsys, tmp_path):
    Path("wrong.toml").write_text("[book]", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    for wrong in (
        ["wrong.toml", "may.jsonl"],
        ["acme.toml", "nope.jsonl"],
        ["acme.toml", "may.jsonl", "--source", "nope"],
    ):
        assert run(["record", url, *wrong]) == 2
    assert sorted(tmp_path.iterdir()) == before
    assert run(["standings", url]) == 2


def test_that_another_book_is_refused_with_both_digests(recorded, capsys):
    Path("other.toml").write_text(BOOK.replace("points = 5", "points = 6"), encoding="utf-8")
    for command in (
        ["record", recorded, "other.toml", "may.jsonl"],
        ["standings", recorded, "--book", "other.toml"],
    ):
        assert run(command) == 2
        told = capsys.readouterr().err
        assert all(RuleBook.load(book).digest in told for book in ("acme.toml", "other.toml"))


def test_that_who_waits_in_vain_is_told_and_goes_on_later(url, capsys, tmp_path):
    path = tmp_path / "waiting.db"
    Engine.open(f"sqlite:///{path}", RuleBook.load("acme.toml")).close()
    command = ["record", f"sqlite:///{path}?timeout=0.05", "acme.toml", "may.jsonl"]
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert run(command) == 2
        told = capsys.readouterr().err
        assert "nothing was recorded from these files" in told and "run it again" in told
        assert "another process has been writing" in told
    assert run(command) == 0


def test_that_a_history_told_from_its_end_is_mended_seldom(url, capsys, monkeypatch):
    """Each batch mends all that came before it: the more there is of that, the larger a batch is."""
    monkeypatch.setattr(Archive, "batch", 100)
    told = [
        event(f"k{n}", "kudos.given", 0, actor="ann", recipient=f"m{n % 7}")
        | {"occurred_at": f"2026-05-{n // 600 + 1:02}T{n // 60 % 10 + 8:02}:{n % 60:02}:00Z"}
        for n in range(3_000)
    ]
    Path("forwards.jsonl").write_bytes(lines(told))
    Path("backwards.jsonl").write_bytes(lines(told[::-1]))
    assert run(["record", url, "acme.toml", "backwards.jsonl"]) == 0
    with closing(open_store(url)) as store, store.reading() as reading:
        upto = [row[1] for row in reading.scan(COMMITS)]
    sizes = [after - before for before, after in pairwise([0, *upto])]
    assert sizes[:4] == [100, 100, 100, 150] and sizes[:-1] == sorted(sizes[:-1])
    assert len(sizes) < 15
    capsys.readouterr()
    whole = answer(capsys, "score", "acme.toml", "forwards.jsonl")
    assert answer(capsys, "standings", url)["members"] == whole["members"]


# ---- stopped -----------------------------------------------------------------------------------------------

MANY = [
    event(f"k{n}", "kudos.given", n % 24, actor=f"m{n % 40}", recipient=f"m{n % 37}")
    for n in range(Archive.batch + 1_000)
]


def importing(url, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "wiifm", "record", url, "acme.toml", "-"],
        stdin=subprocess.PIPE,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def await_a_batch(url):
    """Wait until something was committed to a store."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(NotPrepared), closing(open_store(url)) as store, store.reading() as reading:
            if list(reading.scan(COMMITS)):
                return
        time.sleep(0.02)
    raise AssertionError("nothing is recorded")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_that_it_says_where_it_stood_and_goes_on(url, capsys, number, status):
    """It is stopped between two batches, while it waits for more."""
    child = importing(url)
    child.stdin.write(lines(MANY).decode())
    child.stdin.flush()
    await_a_batch(url)
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == status
    assert (
        f"Stopped by {number.name}: everything up to standard input, line {Archive.batch}, was recorded."
        in err
    )
    assert "Run the same command to continue" in err and "Traceback" not in err
    assert out.startswith(f"{Archive.batch} events, 0 duplicates")
    Path("all.jsonl").write_bytes(lines(MANY))
    rest = answer(capsys, "record", url, "acme.toml", "all.jsonl")
    assert (rest["events"], rest["duplicates"]) == (1_000, Archive.batch)
    whole = answer(capsys, "score", "acme.toml", "all.jsonl")
    assert answer(capsys, "standings", url)["members"] == whole["members"]


def test_that_a_batch_is_finished_before_it_stops():
    done = []
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Stopped, match="SIGTERM"), stopping() as stop:
        with stop.held():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)
            done.append("batch")
        done.append("next")
    assert done == ["batch"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_that_who_asks_twice_stops_it_at_once():
    done = []
    with pytest.raises(Stopped, match="SIGINT"), stopping() as stop, stop.held():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)
        done.append("batch")
    assert not done


def test_that_there_is_a_progress_bar_on_a_terminal_only(url):
    command = [sys.executable, "-m", "wiifm", "record", url, "acme.toml", "may.jsonl"]
    piped = subprocess.run(command, capture_output=True, check=False)
    assert (piped.returncode, piped.stderr) == (0, b"")
    ours, theirs = pty.openpty()
    subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
        check=True,
    )
    os.close(theirs)
    assert b"may.jsonl" in os.read(ours, 4096)
    os.close(ours)


# ---- readings ----------------------------------------------------------------------------------------------


def test_that_standings_are_the_members_of_the_score(recorded, capsys):
    score = answer(capsys, "score", "acme.toml", "may.jsonl")
    found = answer(capsys, "standings", recorded)
    assert found == {key: score[key] for key in ("book", "members", "units")}
    assert list(found["members"]) == list(score["members"])
    assert run(["standings", recorded, "--top", "1"]) == 0
    out = capsys.readouterr().out
    assert "│ ann" in out and "1 of 2 members; --top 2 shows all" in out


@pytest.mark.parametrize(
    "reading",
    [
        ["statement", "ann"],
        ["statement", "ann", "--since", "2026-05-04T07:30", "--until", "2026-05-05"],
        ["leaderboard"],
        ["leaderboard", "--purse", "karma", "--over", "week", "--around", "ann"],
        ["leaderboard", "--at", "2026-05-05", "--over", "last 1 days", "--top", "1"],
        ["explain", "k2"],
        ["explain", "p3"],
        ["explain", "#1"],
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_that_a_reading_is_the_same_from_a_store_and_from_files(recorded, capsys, reading, form):
    said = []
    for ground in (["acme.toml", "may.jsonl"], [recorded], [recorded, "--book", "acme.toml"]):
        name, *rest = reading
        positional = [rest.pop(0)] if rest and not rest[0].startswith("--") else []
        assert run([name, *positional, *ground, *rest, *form]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] and said == [said[0]] * 3


def test_a_leaderboard(recorded, capsys):
    assert answer(capsys, "leaderboard", recorded)["ranks"] == [
        {"rank": 1, "member": "ann", "points": 10}
    ]
    karma = answer(capsys, "leaderboard", recorded, "--purse", "karma")["ranks"]
    assert [(each["member"], each["points"]) for each in karma] == [("ann", 0.5), ("bob", 0.25)]
    assert answer(capsys, "leaderboard", recorded, "--around", "bob")["ranks"] == []
    assert run(["leaderboard", recorded, "--purse", "karma", "--top", "1"]) == 0
    assert "1 of 2 ranks; --top 2 shows all" in capsys.readouterr().out
    for more, told in (
        (["--around", "bob"], "bob isn't on it\n"),
        (["--over", "day", "--at", "2020-05-05"], "nobody is on it yet\n"),
        (["--purse", "karma", "--by", "improvement", "--over", "week"], "more karma"),
    ):
        assert run(["leaderboard", recorded, *more]) == 0
        assert told in capsys.readouterr().out
    for wrong, told in (
        (["--purse", "karmas"], "did you mean 'karma'?"),
        (["--over", "weak"], "found 'weak'"),
        (["--at", "soon"], "expected ISO 8601"),
        (["--around", "anm"], "did you mean 'ann'?"),
    ):
        assert run(["leaderboard", recorded, *wrong]) == 2
        assert told in capsys.readouterr().err


def test_that_an_empty_leaderboard_is_only_of_what_events_name(url, capsys):
    more = [
        event("q1", "question.asked", 12, actor="ann", object="q", topics=["pricing"]),
        event("k3", "kudos.given", 13, actor="bob", recipient="ann", topics=["tax"]),
        event("k4", "kudos.given", 14, actor="bob", recipient="ann", community="guild"),
        event("j2", "member.joined", 15, actor="dora", data={"unit": "finance"}),
        event("k5", "kudos.given", 16, actor="bob", recipient="ann", community="bank"),
        event("r5", "event.retracted", 17, actor="bob", retracts="k5"),
    ]
    Path("june.jsonl").write_bytes(lines(more))
    assert run(["record", url, "acme.toml", "may.jsonl", "june.jsonl"]) == 0
    capsys.readouterr()
    for ground in ([url], ["acme.toml", "may.jsonl", "june.jsonl"]):
        for named in (["--unit", "finance"], ["--topic", "pricing"], ["--community", "bank"]):
            assert answer(capsys, "leaderboard", *ground, *named)["ranks"] == []
        together = ["--topic", "tax", "--community", "guild"]
        assert answer(capsys, "leaderboard", *ground, *together)["ranks"] == []
        for named, told in (
            (["--unit", "sale"], "unit 'sale': no event names it; did you mean 'sales'?"),
            (["--topic", "tox"], "topic 'tox': no event names it; did you mean 'tax'?"),
            (["--community", "gild"], "'gild': no event names it; did you mean 'guild'?"),
            (["--unit", "guild", "--topic", "tax"], "unit 'guild': no event names it"),
        ):
            assert run(["leaderboard", *ground, *named]) == 2
            shown = capsys.readouterr()
            assert told in shown.err and not shown.out


def test_that_nobody_is_told_who_was_meant(recorded, capsys):
    for name, hint in (("anm", "did you mean 'ann'?"), ("sales", "a unit of this name")):
        assert run(["statement", name, recorded]) == 2
        assert hint in capsys.readouterr().err
    for what, hint in (("k22", "did you mean 'k2'?"), ("99", "there are entries 1 to")):
        assert run(["explain", what, recorded]) == 2
        assert hint in capsys.readouterr().err


# ---- what may be wrong with a store ------------------------------------------------------------------------

READINGS = [["standings"], ["statement", "ann"], ["leaderboard"], ["explain", "k2"]]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading[0])
def test_that_a_reading_makes_nothing_where_nothing_is(url, capsys, tmp_path, reading):
    before = sorted(tmp_path.iterdir())
    for given in ([url], [url, "--book", "acme.toml"]):
        assert run([*reading, *given]) == 2
        told = capsys.readouterr().err
        assert "nothing was recorded here yet" in told and "wiifm record STORE BOOK" in told
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("sqlit:///a.db", "the scheme 'sqlit'"),
        ("sqlit:///a.db", "did you mean 'sqlite'?"),
        ("sqlite:/a.db", "found no path"),
        ("sqlite:///no/such/folder/a.db", "there is no such file"),
        ("sqlite:///.", "found a folder"),
        ("sqlite:///acme.toml", "isn't an SQLite database"),
        ("sqlite:///a.db?timeot=5", "expected timeout=SECONDS"),
        ("memory:", "nothing was recorded"),
        ("postgresql://127.0.0.1:9/test", "expected a server that runs"),
    ],
)
def test_that_a_wrong_store_is_explained(url, capsys, store, told):
    for reading in READINGS:
        assert run([*reading, store]) == 2
        assert told in capsys.readouterr().err


def test_that_no_reading_asks_for_the_turn_of_the_writer(recorded, capsys):
    if not recorded.startswith("sqlite"):
        pytest.skip("it is held by a connection to a file")
    with closing(sqlite3.connect(recorded.removeprefix("sqlite:///"))) as writer:
        writer.execute("BEGIN IMMEDIATE")
        for reading in READINGS:
            assert run([*reading, f"{recorded}?timeout=0"]) == 0
    capsys.readouterr()


def test_that_a_store_and_files_are_told_apart(recorded, capsys):
    for given, told in (
        (["acme.toml"], "expected a STORE, which is a URL"),
        (["plugin:sharing"], "or a BOOK followed by EVENTS"),
        ([recorded, "may.jsonl"], "which has its events in it"),
        ([recorded, "--source", "jsonl"], "it is for files of EVENTS"),
        (["acme.toml", "may.jsonl", "--book", "acme.toml"], "it is for a STORE"),
        (["acme.toml", "nope.jsonl"], "does not exist"),
        (["acme.toml", recorded], "expected a file of events"),
        ([], "Missing argument"),
    ):
        assert run(["statement", "ann", *given]) == 2
        assert told in capsys.readouterr().err
    for given in ([recorded], [recorded, "ann"]):
        assert run(["statement", *given]) == 2
        assert "first, expected MEMBER" in capsys.readouterr().err
    assert run(["leaderboard", "ann", recorded]) == 2
    assert "expected a file of events" in capsys.readouterr().err
    Path("odd:book.toml").write_text(BOOK, encoding="utf-8")
    assert run(["statement", "ann", "odd:book.toml", "may.jsonl"]) == 0


BREAK = "one\nTWO\u2028TWO\x85TWO"
BROKEN = [
    event(f"j{BREAK}", "member.joined", 1, actor=BREAK, data={"unit": BREAK}),
    event("j", "member.joined", 1, actor="bob", data={"unit": BREAK}),
    event(f"q{BREAK}", "question.asked", 2, actor=BREAK, object=f"q{BREAK}", topics=[BREAK], data={"title": BREAK}),
    event("a", "answer.posted", 3, actor="bob", object=f"a{BREAK}", in_reply_to=f"q{BREAK}", topics=[BREAK], data={"text": BREAK}),
    event("ok", "answer.accepted", 4, actor=BREAK, object=f"a{BREAK}"),
    event("k", "kudos.given", 4, actor=BREAK, recipient="bob", data={"text": BREAK}),
    event("w", "object.liked", 4, actor="bob", object=f"w{BREAK}"),
]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        ("standings", "STORE"),
        ("leaderboard", "STORE", "--over", "ever"),
        ("pending", "STORE"),
        ("statement", "bob", "STORE"),
        ("statement", BREAK, "STORE"),
        ("statement", "bob", "STORE", "--why"),
        ("statement", "bob", "STORE", "--markdown"),
        ("explain", "ok", "STORE"),
        ("explain", f"q{BREAK}", "STORE"),
        ("culture", "STORE", "--fewest", "1", "--named"),
        ("rules", "try", "acme.toml", "sharing.jsonl", "--member", "bob"),
        ("rescore", "STORE", "none.toml", "--preview"),
    ],
    ids=lambda command: " ".join(command).partition("\n")[0],
)
def test_that_a_line_break_in_an_event_breaks_no_line(url, capsys, command):
    Path("sharing.jsonl").write_bytes(lines(BROKEN))
    Path("none.toml").write_text(
        "[book]\nid = 'none'\n[purse.points]\n[purse.learning]\ndecimals = 1"
    )
    assert run(["record", url, "plugin:sharing", "sharing.jsonl"]) == 0
    capsys.readouterr()
    run([url if each == "STORE" else each for each in command])
    told = capsys.readouterr()
    assert told.out and not told.err
    assert not [line for line in told.out.splitlines() if line.lstrip(" │").startswith("TWO")]
