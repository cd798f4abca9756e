"""The command: what it prints, what it exits with, and that nothing from outside ends in a traceback."""

import gzip
import io
import json
import os
import pty
import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wiifm import Engine, RuleBook, read_event
from wiifm.cli.app import run
from wiifm.cli.explain import explanation_json, receipt_json

BOOK = """
[book]
id   = "acme"
zone = "Europe/Paris"
[purse.points]
[purse.karma]
decimals = 2
[[rule]]
id = "kudos"
on = "kudos.given"
to = "recipient"
points = 5
say = "{actor} thanked you: {text}"
[[rule]]
id = "shared"
on = "post.shared"
points = 0.25
purse = "karma"
limit = { points = 0.5, per = "day" }
means = "sharing is a beginning"
[[rule]]
id = "for-the-unit"
on = "post.shared"
to = "unit"
points = 2
[[badge]]
id = "thanked"
to = "recipient"
distinct = "actor"
on = "kudos.given"
at_least = { bronze = 1, silver = 2 }
[[badge]]
id = "liked"
to = "recipient"
count = "object.liked"
per = "object"
again = "object"
at_least = 1
[ladder.path]
levels = { novice = 0, guide = 10 }
"""


def event(name: str, kind: str, hour: int, **keys: object) -> dict[str, object]:
    return {"id": name, "type": kind, "occurred_at": f"2026-05-04T{hour:02}:00:00Z", **keys}


EVENTS = [
    event("j1", "member.joined", 1, actor="ann", data={"unit": "sales"}),
    event("p1", "post.shared", 2, actor="ann", object="note"),
    event("p2", "post.shared", 3, actor="ann", object="note2"),
    event("p3", "post.shared", 4, actor="ann", object="note3"),
    event("k1", "kudos.given", 5, actor="bob", recipient="ann", data={"text": "well done"}),
    event("k2", "kudos.given", 6, actor="cleo", recipient="ann", data={"text": "\x1b[2J[bold]"}),
    event("l1", "object.liked", 7, actor="bob", object="note"),
    event("l2", "object.liked", 8, actor="bob", object="note2"),
    event("l3", "object.liked", 8, actor="bob", object="unheard-of"),
    event("7", "post.shared", 9, actor="bob", object="bobs"),
    event("p4", "post.shared", 10, actor="bob", object="taken-back"),
    event("r1", "event.retracted", 11, actor="bob", retracts="p4"),
]


def lines(events: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "may.jsonl").write_bytes(lines(EVENTS))
    return tmp_path


def scored(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["score", "acme.toml", *arguments, "--json"]) in (0, 1)
    return json.loads(capsys.readouterr().out)


def award(hour: int, thing: str | None, tier: str | None) -> dict[str, object]:
    return {"at": f"2026-05-04T{hour:02}:00:00+00:00", "object": thing, "tier": tier}


@pytest.mark.parametrize("group", [[], ["convert"], ["rules"]])
def test_that_help_says_in_a_line_what_each_command_does(group: list[str], capsys) -> None:
    run([*group, "--help"])
    commands = capsys.readouterr().out.partition("Commands:")[2]
    assert commands.strip() and "..." not in commands


def test_score_as_json(place: Path, capsys) -> None:
    assert run(["score", "acme.toml", "may.jsonl", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found = json.loads(captured.out)
    assert found == {
        "book": RuleBook.load("acme.toml").digest,
        "events": 12,
        "duplicates": 0,
        "pending": 1,
        "rejected": [],
        "failed": 0,
        "members": {
            "ann": {
                "points": {"karma": 0.5, "points": 10},
                "badges": {
                    "liked": [
                        award(7, "note", None),
                        award(8, "note2", None),
                    ],
                    "thanked": [
                        award(5, None, "bronze"),
                        award(6, None, "silver"),
                    ],
                },
                "levels": {"path": "guide"},
            },
            "bob": {
                "points": {"karma": 0.25, "points": 0},
                "badges": {},
                "levels": {"path": "novice"},
            },
        },
        "units": {
            "sales": {
                "points": {"karma": 0.0, "points": 6},
                "badges": {},
                "levels": {"path": "novice"},
            }
        },
    }
    assert list(found["members"]) == ["ann", "bob"]


def test_the_score_does_not_depend_on_the_path(place: Path, capsys, monkeypatch) -> None:
    straight = scored(capsys, "may.jsonl")
    mixed = [*EVENTS, *EVENTS[3:8]]
    random.Random(7).shuffle(mixed)
    (place / "a.jsonl.gz").write_bytes(gzip.compress(lines(mixed[:6])))
    (place / "b.jsonl").write_bytes(lines(mixed[10:]))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(mixed[6:10]))))
    crooked = scored(capsys, "b.jsonl", "-", "a.jsonl.gz")
    assert crooked.pop("duplicates") == 5
    assert straight.pop("duplicates") == 0
    assert json.dumps(crooked) == json.dumps(straight)


@pytest.mark.parametrize("command", ["score", "rules"])
def test_that_a_store_is_not_taken_for_a_book(place, capsys, command):
    more = ["sqlite:///acme.db", "may.jsonl"] if command == "score" else ["check", "sqlite:///a"]
    assert run([command, *more]) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "found the store 'sqlite:///a" in error
    assert ("use wiifm standings STORE" in error) is (command == "score")


@pytest.mark.parametrize(
    "command",
    [
        ["score"],
        ["record", "sqlite:///new.db"],
        ["rules", "try", "--member", "ann"],
        ["statement", "ann"],
    ],
    ids=" ".join,
)
def test_that_a_format_that_has_to_be_converted_says_how(place: Path, capsys, command) -> None:
    given = [*command, "acme.toml", "may.jsonl", "--source", "stackexchange"]
    assert run(given) == 2
    told = capsys.readouterr().err
    assert "can be converted first: see wiifm convert stackexchange --help" in told
    assert not Path("new.db").exists()


def test_rejected_lines_are_told_and_the_rest_is_scored(place: Path, capsys) -> None:
    bad = [event("x1", "post.shred", 1), {"id": 7}, event("k1", "kudos.given", 5, actor="eve")]
    (place / "june.jsonl").write_bytes(lines(bad) + b"{\n")
    assert run(["score", "acme.toml", "may.jsonl", "june.jsonl"]) == 1
    captured = capsys.readouterr()
    assert "12 events, 0 duplicates, 1 pending, 4 rejected" in captured.out
    told = captured.err.splitlines()
    assert "june.jsonl, line 1, event 'x1', type: found 'post.shred'" in told[0]
    assert "did you mean 'post.shared'?" in told[0]
    assert "june.jsonl, line 4, the line: found no JSON" in told[-1]
    found = scored(capsys, "may.jsonl", "june.jsonl")
    assert [each["line"] for each in found["rejected"]] == [1, 2, 3, 4]
    assert {each["file"] for each in found["rejected"]} == {"june.jsonl"}
    assert "actor was 'bob', now 'eve'" in found["rejected"][2]["faults"][0]
    assert found["members"]["ann"]["points"]["points"] == 10


def test_the_table_shows_the_first_members(place: Path, capsys) -> None:
    assert run(["score", "acme.toml", "may.jsonl", "--top", "1"]) == 0
    out = capsys.readouterr().out
    cells = [line.replace("│", " ").split() for line in out.splitlines()]
    assert ["ann", "10", "0.50", "4", "guide"] in cells
    assert "bob" not in out


def test_the_table_says_how_many_it_leaves_out(place: Path, capsys) -> None:
    run(["score", "acme.toml", "may.jsonl", "--top", "1"])
    out = capsys.readouterr().out
    assert "1 of 2 members; --top 2 shows all\n" in out and "\n12 events" in out
    run(["score", "acme.toml", "may.jsonl"])
    assert "members;" not in capsys.readouterr().out


def test_no_id_is_cut_in_a_pipe(place: Path) -> None:
    name = "m" * 150 + "-the-end"
    (place / "june.jsonl").write_bytes(
        lines([event("k", "kudos.given", 1, actor="bob", recipient=name)])
    )
    done = process("score", "acme.toml", "june.jsonl", capture_output=True)
    assert name.encode() in done.stdout
    assert "…".encode() not in done.stdout
    ours, theirs = pty.openpty()
    done = process("score", "acme.toml", "june.jsonl", stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    assert b"the-end" in os.read(ours, 9000)  # on a terminal it goes on in the next line
    os.close(ours)


def test_the_ledger_on_standard_output(place: Path, capsysbinary) -> None:
    assert run(["score", "acme.toml", "may.jsonl", "--ledger", "ledger.jsonl"]) == 0
    capsysbinary.readouterr()
    assert run(["score", "acme.toml", "may.jsonl", "--ledger", "-"]) == 0
    found = capsysbinary.readouterr()
    assert found.out == Path("ledger.jsonl").read_bytes() != b""
    assert found.err == b""
    assert run(["score", "acme.toml", "may.jsonl", "--ledger", "-", "--json"]) == 2
    found = capsysbinary.readouterr()
    assert found.out == b"" and b"name a file for the ledger" in found.err
    assert not Path("-").exists()


def test_a_ledger_that_cannot_be_written_is_found_before_scoring(place: Path, capsys) -> None:
    (place / "bad.jsonl").write_bytes(b"{")
    for wrong in ("no/such.jsonl", "n" * 300, ".", "/proc/ledger.jsonl"):
        assert run(["score", "acme.toml", "bad.jsonl", "--ledger", wrong]) == 2
        told = capsys.readouterr()
        assert "--ledger" in told.err and "bad.jsonl" not in told.err and told.out == ""
    Path("old.jsonl").write_text("old")
    assert run(["score", "nope.toml", "may.jsonl", "--ledger", "old.jsonl"]) == 2
    assert run(["score", "nope.toml", "may.jsonl", "--ledger", "new.jsonl"]) == 2
    assert Path("old.jsonl").read_text() == "old" and not Path("new.jsonl").exists()


def test_the_ledger_is_written(place: Path, capsys) -> None:
    assert run(["score", "acme.toml", "may.jsonl", "--ledger", "ledger.jsonl"]) == 0
    entries = [json.loads(line) for line in Path("ledger.jsonl").read_text().splitlines()]
    assert [each["no"] for each in entries] == list(range(1, len(entries) + 1))
    assert entries[0]["book"] == RuleBook.load("acme.toml").digest
    ann = [e["amount"] for e in entries if e["holder"] == {"kind": "member", "id": "ann"}]
    assert sum(ann) == 10.5
    for wrong in ("may.jsonl", "acme.toml", "no/such.jsonl", "."):
        assert run(["score", "acme.toml", "may.jsonl", "--ledger", wrong]) == 2
    assert Path("may.jsonl").read_bytes() == lines(EVENTS)


@pytest.mark.parametrize("reading", [["score"], ["statement", "ann"], ["leaderboard"]])
def test_that_a_closed_standard_output_is_told(place: Path, capsys, monkeypatch, reading) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert run([*reading, "acme.toml", "may.jsonl"]) == 2
    assert capsys.readouterr().err.startswith("The output can't be written: [Errno 9]")


def test_a_statement(place: Path, capsys) -> None:
    assert run(["statement", "ann", "acme.toml", "may.jsonl"]) == 0
    out = capsys.readouterr().out
    assert "bob" in out and "Your level: Guide" in out
    assert "\x1b" not in out and "[2J[bold]" in out
    assert run(["statement", "ann", "acme.toml", "may.jsonl", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["points"] == {"karma": 0.5, "points": 10}
    assert {each["giver"] for each in found["recognition"]} == {"bob", "cleo"}
    assert {"rule", "purse", "amount", "times", "say", "entries", "events"} <= set(
        found["earned"][0]
    )
    assert {"badge": "thanked", **award(5, None, "bronze"), "event": "k1"} in found["awards"]


def test_a_statement_of_some_time_in_the_zone_of_the_book(place: Path, capsys) -> None:
    ask = ["statement", "ann", "acme.toml", "may.jsonl", "--json"]
    assert run([*ask, "--since", "2026-05-04T07:30", "--until", "2026-05-05"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["since"] == "2026-05-04T07:30:00+02:00"
    assert [each["amount"] for each in found["earned"] if each["rule"] == "kudos"] == [5]
    assert run([*ask, "--since", "soon"]) == 2
    assert "found 'soon', expected ISO 8601" in capsys.readouterr().err
    assert run([*ask, "--since", "2026-05-05", "--until", "2026-05-05"]) == 2
    assert run([*ask, "--since", "0001-01-01"]) in (0, 2)


def test_a_statement_of_nobody(place: Path, capsys) -> None:
    assert run(["statement", "anm", "acme.toml", "may.jsonl"]) == 2
    assert "did you mean 'ann'?" in capsys.readouterr().err
    assert run(["statement", "sales", "acme.toml", "may.jsonl"]) == 2
    assert "there is a unit of this name" in capsys.readouterr().err


def test_explain_an_entry_or_an_event(place: Path, capsys) -> None:
    run(["score", "acme.toml", "may.jsonl", "--ledger", "ledger.jsonl"])
    entries = [json.loads(line) for line in Path("ledger.jsonl").read_text().splitlines()]
    number = next(each["no"] for each in entries if each["event"] == "p1")
    capsys.readouterr()
    for what in (str(number), f"#{number}"):
        assert run(["explain", what, "acme.toml", "may.jsonl"]) == 0
        out = capsys.readouterr().out
        assert f"#{number}  " in out and "id='p1'" in out
    assert run(["explain", "k2", "acme.toml", "may.jsonl"]) == 0
    out = capsys.readouterr().out
    assert "+5 points  kudos" in out and "has earned thanked silver" in out
    assert run(["explain", "p3", "acme.toml", "may.jsonl"]) == 0
    assert "shared gave nothing more" in capsys.readouterr().out
    assert run(["explain", "l3", "acme.toml", "may.jsonl"]) == 0
    for what, hint in (
        ("9999", "there are entries 1 to"),
        ("k22", "did you mean 'k2'?"),
        ("²", ""),
    ):
        assert run(["explain", what, "acme.toml", "may.jsonl"]) == 2
        assert hint in capsys.readouterr().err


def test_that_an_event_whose_id_is_the_number_of_an_entry_can_be_asked_for(tmp_path, capsys):
    """A bare number is the entry, whatever else it is; that there is more is told, and how to ask for it."""
    url = f"sqlite:///{tmp_path}/a.db"
    with Engine.open(url, RuleBook.load("plugin:sharing")) as engine:
        for name, actor in (("2", "bob"), ("#1", "raj"), ("k3", "eve")):
            engine.record(read_event(event(name, "kudos.given", 9, actor=actor, recipient="ann")))
    for what, out, err in (
        (["2"], "#2  ann  +5 points  kudos  raj thanked you", "wiifm explain --event 2 ..."),
        (["--event", "2"], "2: recorded\n  #1  ann  +5 points  kudos  bob thanked you", ""),
        (["#1"], "#1  ann  +5 points  kudos  bob thanked you", "wiifm explain --event '#1' ..."),
        (["--event", "#1"], "#1: recorded\n  #2  ann  +5 points  kudos  raj thanked you", ""),
        (["3"], "#3  ann  +5 points  kudos  eve thanked you", ""),
    ):
        assert run(["explain", *what, url]) == 0
        found = capsys.readouterr()
        assert found.out.startswith(out)
        assert err in found.err and bool(found.err) == bool(err)
    assert run(["explain", "--event", "3", url]) == 2
    assert "event '3': none with this id was recorded" in capsys.readouterr().err


def explained(capsys: pytest.CaptureFixture[str], what: str) -> dict[str, object]:
    assert run(["explain", what, "acme.toml", "may.jsonl", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_explain_as_json(place: Path, capsys) -> None:
    found = explained(capsys, "k2")
    receipt, (explanation,) = found["receipt"], found["explanations"]
    assert receipt["status"] == "recorded" and receipt["entries"] == [explanation["entry"]["no"]]
    thanked = {"holder": {"kind": "member", "id": "ann"}, "badge": "thanked"}
    assert receipt["awards"] == [{**thanked, **award(6, None, "silver"), "event": "k2"}]
    assert explanation["entry"]["amount"] == 5
    assert explanation["event"] == explanation["because"]
    assert explanation["event"]["data"] == {"text": "\x1b[2J[bold]"}
    number = explanation["entry"]["no"]
    assert explained(capsys, f"#{number}") == {"receipt": None, "explanations": [explanation]}
    (refusal,) = explained(capsys, "p3")["receipt"]["refusals"]
    assert refusal["reason"] == "limit" and refusal["holder"]["id"] == "ann"
    assert explained(capsys, "l3")["receipt"]["why"]


def test_explain_as_json_which_event_a_refusal_is_of() -> None:
    liked = '[[rule]]\nid="liked"\non="object.liked"\nto="recipient"\npoints=1\nlimit={times=1,per="day"}'
    engine = Engine(RuleBook.parse(BOOK + liked))
    for name, hour in (("l1", 9), ("l2", 10)):
        engine.record(read_event(event(name, "object.liked", hour, actor="bob", object="o")))
    engine.record(read_event(event("p", "post.shared", 13, actor="ann", object="o")))
    engine.record(read_event(event("l3", "object.liked", 14, actor="bob", object="o")))
    late, own = (receipt_json(engine.receipt(each))["refusals"] for each in ("p", "l3"))
    assert [each["event"] for each in late] == ["l2"]
    assert [*own[0]] == ["holder", "rule", "reason", "detail"]


def test_explain_as_json_what_was_corrected() -> None:
    engine = Engine(RuleBook.parse(BOOK))
    engine.record(read_event(EVENTS[4]))
    engine.record(read_event(event("r2", "event.retracted", 12, retracts="k1")))
    first, second = (explanation_json(engine.explain(number)) for number in (1, 2))
    assert first["corrections"] == [second["entry"]]
    assert second["corrects"] == first["entry"]
    assert second["because"]["retracts"] == "k1"


def test_rules_check_show_and_schema(place: Path, capsys) -> None:
    assert run(["rules", "check", "acme.toml"]) == 0
    digest = RuleBook.load("acme.toml").digest
    assert f"digest {digest}" in capsys.readouterr().out
    assert run(["rules", "show", "acme.toml"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# digest: {digest}\n")
    assert RuleBook.parse(out).digest == digest
    assert run(["rules", "show", "acme.toml", "--program"]) == 0
    source = capsys.readouterr().out
    assert "class MemberState:" in source and "# the rule 'kudos'" in source
    compile(source, "program", "exec")
    assert run(["rules", "show", "acme.toml", "--program", "--json"]) == 2
    capsys.readouterr()
    assert run(["rules", "show", "acme.toml", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown.pop("digest") == digest
    assert run(["rules", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.validate(shown, schema)
    jsonschema.validate(tomllib.loads(BOOK), schema)


def test_all_faults_of_a_book_are_listed(place: Path, capsys) -> None:
    wrong = BOOK.replace('"kudos.given"', '"kudo.given"').replace("points = 5", "point = 5")
    Path("wrong.toml").write_text(wrong, encoding="utf-8")
    assert run(["rules", "check", "wrong.toml"]) == 1
    out = capsys.readouterr().out
    assert "did you mean 'kudos.given'?" in out and "did you mean 'points'?" in out
    assert run(["score", "wrong.toml", "may.jsonl"]) == 2
    assert capsys.readouterr().err == out
    for book, status in (("nope.toml", 2), ("plugin:nope", 1), (".", 2), ("may.jsonl", 2)):
        assert run(["rules", "check", book]) == status
        assert run(["score", book, "may.jsonl"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["scor"],
        ["score"],
        ["score", "acme.toml"],
        ["score", "acme.toml", "nope.jsonl"],
        ["score", "acme.toml", "."],
        ["score", "acme.toml", "-", "-"],
        ["score", "acme.toml", "may.jsonl", "--top", "-1"],
        ["score", "acme.toml", "may.jsonl", "--jsn"],
        ["statement", "ann"],
        ["rules", "chek", "acme.toml"],
    ],
)
def test_wrong_usage(place: Path, arguments: list[str], capsys) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err and not captured.out


def test_version_and_help(capsys) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("wiifm ")
    for command in (
        [],
        ["score"],
        ["record"],
        ["standings"],
        ["statement"],
        ["explain"],
        ["rules"],
        ["rules", "check"],
    ):
        assert run([*command, "--help"]) == 0
        assert "Usage: wiifm" in capsys.readouterr().out


def process(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "wiifm", *arguments], check=False, **options)  # type: ignore[call-overload]


def test_without_the_extra_one_sentence_says_so(place: Path) -> None:
    hide = "import sys; sys.modules['click'] = None; from wiifm.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "pip install 'wiifm[cli]'" in done.stderr.decode()


def test_whoever_interrupts_it_before_it_has_begun_sees_no_traceback() -> None:
    interrupted = """
import sys
from wiifm.cli import main
class Interrupting:
    def find_spec(self, *_):
        raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
main()
"""
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_broken_pipe_is_no_traceback(place: Path, stream: str) -> None:
    (place / "bad.jsonl").write_bytes(b'{"id": 1}\n' * 3000)
    reading, writing = os.pipe()
    os.close(reading)
    other = "stderr" if stream == "stdout" else "stdout"
    done = process("score", "acme.toml", "bad.jsonl", **{stream: writing, other: subprocess.PIPE})
    os.close(writing)
    assert done.returncode == 141
    assert b"Traceback" not in (done.stderr or b"")
    assert b"Exception ignored" not in (done.stderr or b"")


def test_a_pipe_of_another_encoding_gets_what_it_can_show(place: Path) -> None:
    (place / "june.jsonl").write_bytes(
        lines([event("é", "kudos.given", 1, actor="é", recipient="zoł")])
    )
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = process("score", "acme.toml", "june.jsonl", capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert rb"zo\u0142" in done.stdout


def test_a_progress_bar_on_a_terminal_and_none_in_a_pipe(place: Path) -> None:
    piped = process("score", "acme.toml", "may.jsonl", capture_output=True)
    assert (piped.returncode, piped.stderr) == (0, b"")
    ours, theirs = pty.openpty()
    done = process(
        "score",
        "acme.toml",
        "may.jsonl",
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    assert done.stdout == piped.stdout
    assert b"may.jsonl" in os.read(ours, 4096)
    os.close(ours)


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
SPOKEN = (
    "score statement explain leaderboard standings record rules check show schema acme.toml may.jsonl --json --top"
    " --since --until --book --around --over 3 k1 ann plugin:sharing sqlite:///acme.db memory: -- -h"
)
ARGUMENTS = st.lists(
    st.sampled_from(SPOKEN.split())
    | WORDS.filter(lambda word: not word.startswith("--l") and word not in ("-", "..", ".")),
    max_size=7,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None
)
@given(ARGUMENTS)
def test_no_arguments_end_in_a_traceback(place: Path, arguments: list[str]) -> None:
    assert run(arguments) in (0, 1, 2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(max_size=60)
    | st.integers(0, len(BOOK)).map(lambda at: BOOK[:at] + "\n" + BOOK[at + 9 :])
)
def test_no_book_ends_in_a_traceback(place: Path, text: str) -> None:
    Path("fuzz.toml").write_text(text, encoding="utf-8", errors="surrogatepass")
    checked = run(["rules", "check", "fuzz.toml"])
    assert checked in (0, 1)
    assert run(["score", "fuzz.toml", "may.jsonl", "--json"]) in ((0, 1) if checked == 0 else (2,))


def test_plugins_lists_what_each_contributes(capsys) -> None:
    assert run(["plugins", "--trace"]) == 0
    told = capsys.readouterr().out
    assert "sharing  (built in)" in told and "kudos.given" in told
    assert "wiifm_books(books)  in wiifm.packs.sharing:wiifm_books" in told
    assert (
        "pack      discourse, fedora, kudos, praise, sharing, stackexchange" in told
        and "source    jsonl" in told
    )
    assert run(["plugins", "--json", "--hook", "wiifm_event_types"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "question.asked" in found["plugins"]["sharing"]["contributes"]["event"]
    assert found["plugins"]["sharing"]["faults"] == []
    assert run(["plugins", "--hook", "wiifm_rulez"]) == 2
    assert "did you mean 'wiifm_rules'" in capsys.readouterr().err


def test_that_units_have_a_table_of_their_own(tmp_path, capsys) -> None:
    book = tmp_path / "teams.toml"
    book.write_text(
        "[book]\nid = 'teams'\n[[rule]]\nid = 'k'\non = 'kudos.given'\nto = 'recipient'\npoints = 2\n"
        "[[rule]]\nid = 'u'\non = 'kudos.given'\nto = 'unit'\npoints = 1\n",
        encoding="utf-8",
    )
    lines = [
        {"id": "j", "type": "member.joined", "actor": "ann", "data": {"unit": "Lab"}},
        {"id": "k", "type": "kudos.given", "actor": "raj", "recipient": "ann"},
    ]
    at = {"occurred_at": "2026-05-04T09:00:00Z"}
    events = tmp_path / "kudos.jsonl"
    events.write_text("\n".join(json.dumps(each | at) for each in lines), encoding="utf-8")
    assert run(["score", str(book), str(events)]) == 0
    rows = [each.split() for each in capsys.readouterr().out.splitlines() if each.startswith("│")]
    assert rows == [
        ["│", "ann", "│", "2", "│", "0", "│"],
        ["│", "unit", "Lab", "│", "1", "│", "0", "│"],
    ]


def test_that_a_statement_calls_members_by_the_names_of_a_file(place: Path, capsys) -> None:
    (place / "names.json").write_text('{"ann": "Ann Keller", "bob": "Bob Rey"}', encoding="utf-8")
    asked = ["statement", "ann", "acme.toml", "may.jsonl"]
    assert run([*asked, "--names", "names.json", "--language", "de"]) == 0
    named = capsys.readouterr().out
    assert run([*asked, "--language", "de"]) == 0
    plain = capsys.readouterr().out
    assert named.startswith("Ann Keller: was für dich drin ist\n")
    assert "bob" in plain and "Bob Rey" in named
    assert named.replace("Ann Keller", "ann").replace("Bob Rey", "bob").split() == plain.split()


def test_that_a_leaderboard_calls_members_by_the_names_of_a_file(place: Path, capsys) -> None:
    (place / "names.json").write_text('{"ann": "Ann Keller"}', encoding="utf-8")
    asked = ["leaderboard", "acme.toml", "may.jsonl", "--names", "names.json"]
    assert run(asked) == 0
    assert "Ann Keller" in capsys.readouterr().out
    assert run([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ranks"][0]["member"] == "ann"


def test_that_tables_tell_members_of_one_name_apart_by_their_ids(place: Path, capsys) -> None:
    names = {"ann": "Ann Rey", "bob": "Ann Rey", "cid": "Cid"}
    (place / "names.json").write_text(json.dumps(names), encoding="utf-8")
    (place / "same.jsonl").write_text(
        "".join(
            json.dumps({"id": who, "type": "post.shared", "occurred_at": "2026-05-04T09:00:00Z", "actor": who, "object": f"o-{who}"}) + "\n"
            for who in ("ann", "bob", "cid")
        )
    )  # fmt: skip
    (place / "posts.toml").write_text(
        "[book]\nid = 'b'\n[[rule]]\nid = 'post'\non = 'post.shared'\npoints = 1\n"
        "[campaign.spring]\npays = 'points'\nbudget = 9\n"
        "[[rule]]\nid = 'paid'\non = 'campaign.paid'\nto = 'recipient'\npoints = 'amount'\n"
    )
    assert run(["record", "sqlite:///s.db", "posts.toml", "same.jsonl"]) == 0
    for asked in (
        ["score", "posts.toml", "same.jsonl"],
        ["standings", "sqlite:///s.db"],
        ["leaderboard", "sqlite:///s.db"],
        ["close", "sqlite:///s.db", "spring", "--until", "2026-06-01", "--preview"],
    ):
        capsys.readouterr()
        assert run([*asked, "--names", "names.json"]) == 0
        told = capsys.readouterr().out
        assert "Ann Rey (ann)" in told and "Ann Rey (bob)" in told
        assert "Cid" in told and "(cid)" not in told


def words(table: str) -> list[str]:
    """The words of a table, without its borders."""
    return re.findall(r"[\w.]+", table)


def test_that_tables_of_standings_call_members_by_the_names_of_a_file(place: Path, capsys) -> None:
    (place / "names.json").write_text('{"ann": "Ann Keller"}', encoding="utf-8-sig")
    assert run(["record", "sqlite:///s.db", "acme.toml", "may.jsonl"]) == 0
    for asked in (["score", "acme.toml", "may.jsonl"], ["standings", "sqlite:///s.db"]):
        capsys.readouterr()
        assert run(asked) == 0
        plain = capsys.readouterr().out
        assert run([*asked, "--names", "names.json"]) == 0
        named = capsys.readouterr().out
        assert "Ann Keller" in named and "Ann Keller" not in plain
        assert words(named.replace("Ann Keller", "ann")) == words(plain)
        assert run([*asked, "--names", "names.json", "--json"]) == 0
        assert "ann" in json.loads(capsys.readouterr().out)["members"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ann: Ann", "found no JSON (Expecting value"),
        ("[]", "found a list, expected one JSON object of names by id"),
        ('{"ann": 7}', "'ann': found 7, expected a name, a text"),
    ],
)
def test_that_a_file_of_names_says_what_is_wrong(place: Path, capsys, text, told) -> None:
    (place / "names.json").write_text(text, encoding="utf-8")
    assert run(["statement", "ann", "acme.toml", "may.jsonl", "--names", "names.json"]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
