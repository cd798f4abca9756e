"""What commands say of a file that is missing, can't be read, or is something else."""

import gzip
import io
import sys
from pathlib import Path

import pytest

from test_cli import BOOK, EVENTS, lines
from wiifm import InvalidRuleBook, RuleBook
from wiifm.cli.app import run
from wiifm.rulebook import gather

STORE = "postgresql://ann:secret@127.0.0.1/acme"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("acme.toml").write_text(BOOK, encoding="utf-8")
    Path("may.jsonl").write_bytes(lines(EVENTS))
    Path("folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("book", "told"),
    [
        (
            "nowhere.toml",
            "nowhere.toml: found no such file, expected a rule book: a file in TOML, or",
        ),
        ("acne.toml", "or plugin:NAME; did you mean 'acme.toml'?"),
        ("acme", "or plugin:NAME; did you mean 'acme.toml'?"),
        ("folder/acme.toml", "folder/acme.toml: found no such file"),
        ("acme.toml/x", "acme.toml/x: found no such file"),
        ("folder", "folder: found a folder, expected a rule book: a file in TOML, or plugin:NAME"),
        ("", "found a folder, expected a rule book"),
        ("x\0y", "embedded null byte"),
        ("x" * 300, ": found File name too long, expected a rule book"),
    ],
)
def test_that_a_book_that_is_not_there_is_told(capsys, book, told):
    for command in (["rules", "check", book], ["rules", "diff", "acme.toml", book]):
        assert run(command) == 2
        found = capsys.readouterr()
        assert told in found.err and "Errno" not in found.err and found.out == ""


def test_that_a_book_that_may_not_be_read_is_told(monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied", "acme.toml")

    monkeypatch.setattr(gather.Path, "read_text", refused)
    with pytest.raises(InvalidRuleBook, match=r"acme.toml: found no permission to read it, expec"):
        RuleBook.load("acme.toml")


@pytest.mark.parametrize(
    ("bytes_", "told"),
    [
        (b"# \xe9", r"found b'\xe9' at byte 3, expected a text in UTF-8"),
        (BOOK.encode("utf-16"), "found UTF-16, expected a text in UTF-8"),
        (b"\0", "found invalid TOML"),
        (bytes(range(256)), "found b'\\x80' at byte 129, expected a text in UTF-8"),
        (b"", "key 'id': found nothing, expected a name for the rule book"),
    ],
)
def test_that_what_is_no_text_is_no_book(capsys, bytes_, told):
    Path("odd.toml").write_bytes(bytes_)
    assert run(["rules", "check", "odd.toml"]) == 1
    assert told in capsys.readouterr().out


def test_that_a_book_may_not_build_on_what_is_no_text(capsys):
    Path("above.toml").write_text("[book]\nid = 'above'\nuse = 'odd.toml'", encoding="utf-8")
    Path("odd.toml").write_bytes(b"[book]\nid = '\xe9'")
    assert run(["rules", "check", "above.toml"]) == 1
    told = "odd.toml: found b'\\xe9' at byte 14, expected a text in UTF-8\n"
    assert capsys.readouterr().out == told


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_that_a_file_in_the_encoding_of_powershell_is_told_once(capsys, order, packed):
    """Not once for each line of it."""
    text = "\ufeff" + lines(EVENTS).decode()
    Path("wide.jsonl").write_bytes(packed(text.encode(order)))
    assert run(["score", "acme.toml", "wide.jsonl", "may.jsonl"]) == 1
    found = capsys.readouterr()
    told = "wide.jsonl, line 1, the file: found UTF-16, expected UTF-8: save it in that encoding"
    assert found.err.startswith(told)
    assert len(found.err.splitlines()) == 1
    assert f"{len(EVENTS)} events" in found.out


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_that_a_book_and_events_of_windows_are_read(capsys, start, end):
    for name, text in (("acme.toml", BOOK), ("may.jsonl", lines(EVENTS).decode())):
        Path(f"w-{name}").write_bytes((start + text.replace("\n", end)).encode())
    assert run(["score", "acme.toml", "may.jsonl", "--json"]) == 0
    expected = capsys.readouterr().out
    assert run(["score", "w-acme.toml", "w-may.jsonl", "--json"]) == 0
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    "command",
    [
        ["rules", "check", STORE],
        ["rules", "diff", "acme.toml", STORE],
        ["verify", "sqlite:///a.db", "--book", STORE],
        ["rescore", "sqlite:///a.db", "acme.toml", "--was", STORE],
        ["score", STORE, "may.jsonl"],
    ],
)
def test_that_a_store_is_no_book_and_its_password_is_not_told(capsys, command):
    assert run(command) == 2
    told = capsys.readouterr().err
    assert "found the store 'postgresql:...', expected a rule book: a file in TOML" in told
    assert "secret" not in told


@pytest.mark.parametrize("command", [["score", "acme.toml"], ["leaderboard", "acme.toml"]])
def test_that_a_store_is_no_file_of_events_and_its_password_is_not_told(capsys, command):
    assert run([*command, STORE]) == 2
    told = capsys.readouterr().err
    assert "found the store 'postgresql:...', expected a file of events" in told
    assert "secret" not in told


@pytest.mark.parametrize("events", ["may.jsonl", "may.jsonl.gz"])
def test_that_a_file_of_events_is_no_book(capsys, events):
    for command in (["score", events, "acme.toml"], ["rules", "diff", "acme.toml", events]):
        assert run(command) == 2
        told = f"found the file of events '{events}', expected a rule book: a file in TOML"
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        (["score", "may.jsonl"], "wiifm score BOOK EVENTS..."),
        (["record", "sqlite:///a.db", "may.jsonl"], "wiifm record STORE BOOK EVENTS..."),
        (["rules", "check"], "wiifm rules check BOOK"),
    ],
)
def test_that_a_book_as_an_option_is_told_where_it_is_an_argument(capsys, command, usage):
    assert run([*command, "--book", "acme.toml"]) == 2
    assert f"Error: BOOK is an argument here, no option: {usage}\n" in capsys.readouterr().err
    assert run([*command[:-1], "--help"]) == 0
    assert "--book" not in capsys.readouterr().out


CONVERSIONS = (["convert", "stackexchange", "dump"], ["convert", "fedbadges", "dump"])


@pytest.fixture
def dump(folder):
    (folder / "dump").mkdir()
    for name in ("Posts", "Users", "Votes"):
        Path(f"dump/{name}.xml").write_text("<rows/>", encoding="utf-8")
    Path("dump/rule.yml").write_text("name: rule", encoding="utf-8")


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("no/such", "'no/such' can't be written: No such file or directory"),
        ("folder", "'folder' is a directory"),
    ],
)
def test_that_an_output_that_cannot_be_written_is_told_at_once(capsys, dump, output, told):
    for command in (*CONVERSIONS, ["score", "acme.toml", "nowhere.jsonl"]):
        option = "--output" if command in CONVERSIONS else "--ledger"
        assert run([*command[:3], option, output]) == 2
        found = " ".join(capsys.readouterr().err.split())
        assert told in found or "nowhere.jsonl" in found


def test_that_no_conversion_writes_over_what_it_reads(capsys, dump):
    for command, output in zip(CONVERSIONS, ("dump/Posts.xml", "dump/rule.yml"), strict=True):
        before = Path(output).read_bytes()
        assert run([*command, "--output", output]) == 2
        assert f"'{output}' is an input of this command" in capsys.readouterr().err
        assert Path(output).read_bytes() == before
        assert run([*command, "--output", "dump/made"]) in (0, 1)
        assert run([*command, "--output", "dump/made"]) in (0, 1)


def test_that_a_folder_that_may_not_be_read_is_no_folder_without_tables(capsys, dump, monkeypatch):
    def refused(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refused)
    assert run(["convert", "stackexchange", "dump"]) == 2
    assert "dump: found no permission to read it" in capsys.readouterr().err


def test_that_a_date_in_quotes_is_told(capsys, monkeypatch):
    text = BOOK + "[campaign.may]\nuntil = '2026-06-01'\npays = 'points'\n"
    Path("quoted.toml").write_text(text, encoding="utf-8")
    assert run(["rules", "check", "quoted.toml"]) == 1
    told = "found '2026-06-01', expected a date, or a date and time, without quotes"
    assert told in capsys.readouterr().out


def test_that_a_current_folder_that_is_gone_is_no_closed_output(capsys, folder, monkeypatch):
    monkeypatch.chdir("folder")
    Path().absolute().rmdir()
    assert run(["plugins", "--plugin", "karma.py"]) == 2
    assert capsys.readouterr().err == (
        "The current folder isn't there any more: change to another one.\n"
    )


def test_that_events_are_read_from_standard_input_whatever_they_are(capsys, monkeypatch):
    for given, status in ((lines(EVENTS), 0), (bytes(range(256)), 1), (b"", 0)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        assert run(["score", "acme.toml", "-"]) == status
        assert "Traceback" not in capsys.readouterr().err
