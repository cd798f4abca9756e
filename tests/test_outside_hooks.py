"""What plugins offer to the outside, sources and commands: there by their names, told apart, isolated where they fail."""

import io
import json
import subprocess
import sys

import pytest

from wiifm import Engine, InvalidInput, RuleBook, StoreFault
from wiifm.cli.app import app, run
from wiifm.sources import Line, find_source, pour

CSV = """
    import codecs, csv
    from datetime import datetime
    from wiifm import Event, Fault, InvalidInput, hookimpl
    from wiifm.sources import Line, Rejected

    def read(stream, file):
        for number, row in enumerate(csv.reader(codecs.iterdecode(stream, "utf-8")), 1):
            if row[0] == "raise":
                raise RuntimeError("no such row")
            if row[0] == "exit":
                raise SystemExit(3)
            if row[0] == "invalid":
                raise InvalidInput([Fault("the row", "that it is wrong", "another")])
            if row[0] == "odd":
                yield row
                continue
            if row[0] == "number":
                yield Line(file, "2", Rejected(file, number, (Fault("the row", "this", "that"),)))
                continue
            if row[0] == "silent":
                yield Line(file, number, Rejected(file, number, ()))
                continue
            at = datetime.fromisoformat(row[1])
            yield Line(file, number, Event(id=row[0], type="post.shared", occurred_at=at, actor=row[2], object=row[0]))

    @hookimpl
    def wiifm_sources(sources):
        sources.add("rows", read)
    """
GREET = """
    import click
    from wiifm import hookimpl

    @click.command()
    @click.argument("name")
    def greet(name):
        \"\"\"Greet somebody.\"\"\"
        {body}

    @hookimpl
    def wiifm_commands(commands):
        commands.add(greet)
    """
SAY = 'click.echo(f"hello {name}")'


def row(name):
    return f"{name},2026-05-04T09:00:00+00:00,ann\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write files into a folder of their own, with a book, and be there."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)

    def put(**texts):
        for name, text in {"book": "[book]\nid = 'b'\n", **texts}.items():
            (place / name).write_text(text, encoding="utf-8")

    return put


# ---- sources -----------------------------------------------------------------------------------------------


def test_that_a_source_reads_by_its_name(install, files, capsys, monkeypatch):
    install("table", CSV)
    files(one=row("a") + row("b"), two=row("c"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(row("d").encode())))
    scored = ["score", "plugin:sharing", "one", "two", "-", "--source", "rows"]
    assert run([*scored, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["events"] == 4 and found["members"]["ann"]["points"]["points"] == 8
    sources = ["--source", "rows"]
    assert run(["statement", "ann", "plugin:sharing", "one", *sources]) == 0
    assert run(["explain", "a", "plugin:sharing", "one", *sources]) == 0
    assert "+2 points" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (
            "raise",
            "found RuntimeError('no such row') (wiifm_table_plugin.py, line 10), expected a source",
        ),
        (
            "exit",
            "found SystemExit(3) (wiifm_table_plugin.py, line 12), expected a source that yields a Rejected for what is wrong",
        ),
        ("invalid", "the row: found that it is wrong, expected another"),
        ("odd", "found ['odd'], expected wiifm.sources.Line(file, number, an Event or what is"),
        ("number", "number: found '2', expected a whole number, 0 or more"),
        ("silent", "faults: found (), expected a tuple of faults, at least one"),
    ],
)
def test_that_what_a_source_raises_is_told_and_the_rest_is_read(install, files, capsys, word, told):
    install("table", CSV)
    files(one=row("a") + word + "\n", two=row("b"))
    assert run(["score", "plugin:sharing", "one", "two", "--source", "rows", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["events"] == 2
    (rejected,) = found["rejected"]
    assert (rejected["file"], rejected["line"]) == ("one", 2)
    (fault,) = rejected["faults"]
    assert fault.startswith("source 'rows' of plugin 'table' (wiifm-table 1.0)") and told in fault


def test_that_a_source_goes_on_after_what_is_no_line(install, files):
    install("table", CSV)
    payload = row("a") + "odd\n" + row("b")
    found = list(find_source("rows")(io.BytesIO(payload.encode()), "one"))
    assert [line.number for line in found] == [1, 2, 3]
    assert all(isinstance(line, Line) for line in found)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda line: line._replace(number="1"), "number: found '1', expected a whole number"),
        (lambda line: line._replace(number=-1), "number: found -1, expected a whole number"),
        (lambda line: line.found, "what it yields: found .*, expected wiifm.sources.Line"),
    ],
    ids=["a text", "below nothing", "an event"],
)
def test_that_what_is_no_line_is_not_poured_in(install, change, told):
    install("table", CSV)
    line = next(find_source("rows")(io.BytesIO(row("a").encode()), "one"))
    with pytest.raises(InvalidInput, match=told):
        pour(Engine(RuleBook.load("plugin:sharing")), [change(line)])


def test_that_a_source_that_is_not_there_is_told(install, files, capsys):
    install("table", CSV)
    install("broken", "import no_such_module")
    files(one=row("a"), book="[book]\nid = 'b'\ndisabled_plugins = ['table', 'broken']")
    assert run(["score", "plugin:sharing", "one", "--source", "rwos"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[0].endswith("found 'rwos', expected a source: jsonl, rows; did you mean 'rows'?")
    assert "plugin 'broken' (wiifm-broken 1.0)" in told[1], "it may be the one that was meant"
    assert run(["score", "book", "one", "--source", "rows"]) == 2
    told = capsys.readouterr().err
    assert (
        "found 'rows', expected a source: jsonl (plugins that are switched off: broken, ta" in told
    )


def test_that_a_source_of_two_plugins_is_a_fault_of_whoever_asks(install, files, capsys):
    install("one", CSV)
    install("two", CSV.replace('"rows"', '"rows", read)\n        sources.add("jsonl"'))
    with pytest.raises(InvalidInput, match=r"source 'rows': found one of .* and one of "):
        find_source("rows")
    assert find_source("rows", disabled=["two"])
    assert find_source("jsonl") == find_source("jsonl", disabled=["two"]), "ours stays ours"
    assert run(["plugins"]) == 1
    told = capsys.readouterr().out
    assert "wrong: source 'rows': found one of plugin '" in told
    assert (
        "source 'jsonl': found the name 'jsonl', expected a name other than those of wiif" in told
    )


def test_that_what_is_no_source_is_told_to_those_who_ask_for_sources(install):
    install("odd", "from wiifm import hookimpl\n@hookimpl\ndef wiifm_sources(s): s.add('x', 5)")
    install("odder", CSV.replace('"rows"', '"x", 5)\n        sources.add("rows"'))
    assert RuleBook.parse("[book]\nid = 'b'\nuse = 'odder'"), "no book asks for sources"
    assert find_source("rows")
    with pytest.raises(InvalidInput) as error:
        find_source("x")
    _, *told = map(str, error.value.faults)
    assert any(
        "hook wiifm_sources: found the argument 's', expected 'sources'" in fault for fault in told
    )
    assert any(
        "source 'x': found 5, expected a function that takes (stream, file)" in fault
        for fault in told
    )


# ---- commands ----------------------------------------------------------------------------------------------


def test_that_a_command_of_a_plugin_stands_beside_our_own(install, capsys):
    install("greet", GREET.format(body=SAY))
    assert run(["greet", "ann"]) == 0
    assert capsys.readouterr().out == "hello ann\n"
    assert run(["--help"]) == 0
    assert "Greet somebody." in capsys.readouterr().out
    assert run(["greet", "--help"]) == 0
    assert run(["greet"]) == 2
    assert run(["greeet", "ann"]) == 2
    assert run(["plugins", "--hook", "wiifm_commands", "--json"]) == 0
    out = capsys.readouterr().out
    found = json.loads(out[out.index("{") :])
    assert found["plugins"]["greet"]["contributes"] == {"command": ["greet"]}


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (
            "raise ValueError('not today')",
            2,
            "plugin 'greet' (wiifm-greet 1.0), command 'greet': found ValueError('not today') "
            "(wiifm_greet_plugin.py, line 9), expected a command that raises nothing",
        ),
        ("raise FileNotFoundError('gone')", 2, "command 'greet': found FileNotFoundError('gone')"),
        ("import json; json.loads('{')", 2, "(char 1)') (wiifm_greet_plugin.py, line 9), expected"),
        ("raise click.UsageError('who?')", 2, "Error: who?"),
        ("raise click.Abort", 130, ""),
        ("raise BrokenPipeError", 141, ""),
        ("click.get_current_context().exit(7)", 7, ""),
    ],
)
def test_that_a_command_that_raises_is_named(install, body, status, told):
    install("greet", GREET.format(body=body))
    code = "import sys; from wiifm.cli.app import run; sys.exit(run(['greet', 'ann']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert told in done.stderr


def test_that_a_command_that_cannot_be_registered_holds_up_no_other(install, capsys):
    install("greet", GREET.format(body=SAY))
    install("broken", "from wiifm import hookimpl\n@hookimpl\ndef wiifm_commands(commands): 1 / 0")
    install("odd", GREET.format(body=SAY).replace("commands.add(greet)", "commands.add(5)"))
    assert run(["greet", "ann"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["--help"]) == 0
    told = capsys.readouterr()
    assert "Greet somebody." in told.out
    assert "plugin 'broken' (wiifm-broken 1.0), hook wiifm_commands: found ZeroDiv" in told.err
    assert "plugin 'odd' (wiifm-odd 1.0): a command: found 5, expected a click.Command" in told.err
    assert run(["gret"]) == 2
    assert "hook wiifm_commands" in capsys.readouterr().err
    assert run(["plugins"]) == 1
    assert "a command: found 5" in capsys.readouterr().out


def test_that_no_plugin_takes_a_command_over(install, capsys):
    install("thief", GREET.format(body=SAY).replace("click.command()", "click.command('score')"))
    assert run(["score", "--help"]) == 0
    assert "BOOK EVENTS" in capsys.readouterr().out
    assert run(["plugins"]) == 1
    told = "plugin 'thief' (wiifm-thief 1.0): command 'score': found the name 'score', expected a n"
    assert told in capsys.readouterr().out
    assert "thief" not in str(app.commands)


def test_that_a_command_imports_nothing_that_only_others_need():
    code = (
        "import sys; from wiifm.cli.app import run; run(['score', '--help']); "
        "print(*(name for name in sys.modules if name.startswith('wiifm.')))"
    )
    told = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "wiifm.cli.score" in told
    assert not {"wiifm.culture", "wiifm.showing", "wiifm.upkeep", "wiifm.web"} & set(told.split())
    assert {name: app.commands[name].name for name in app.commands} == {n: n for n in app.commands}


def test_that_a_command_of_two_plugins_is_a_fault_that_names_both(install, capsys):
    install("one", GREET.format(body=SAY))
    install("two", GREET.format(body=SAY))
    assert run(["greet", "ann"]) == 2
    told = capsys.readouterr().err
    assert "command 'greet': found one of plugin '" in told and "plugin 'two' (wiifm-two" in told
    assert run(["plugins"]) == 1
    assert "wrong: command 'greet': found one of" in capsys.readouterr().out


def test_that_the_environment_switches_commands_and_sources_off(install, monkeypatch, capsys):
    install("greet", GREET.format(body=SAY))
    install("table", CSV)
    monkeypatch.setenv("WIIFM_PLUGINS", "none")
    assert run(["greet", "ann"]) == 2
    with pytest.raises(InvalidInput, match="expected a source: jsonl"):
        find_source("rows")
    assert find_source("jsonl")
    capsys.readouterr()
    assert run(["plugins"]) == 0
    assert "greet  (switched off by WIIFM_PLUGINS)" in capsys.readouterr().out


def test_that_a_rule_book_never_asks_for_commands(install):
    install(
        "greet",
        "from wiifm import hookimpl\n@hookimpl\ndef wiifm_commands(commands): import no_such_click",
    )
    assert RuleBook.parse("[book]\nid = 'b'\nuse = 'greet'")


# ---- stores ------------------------------------------------------------------------------------------------

STORE = """
from wiifm import hookimpl
from wiifm.stores.memory import MemoryStore

@hookimpl
def wiifm_stores(stores):
    stores.add("acme", lambda url: MemoryStore())
"""


def test_that_a_plugin_opens_stores_of_its_own_scheme(install):
    install("acme", STORE)
    engine = Engine.open("acme:here", RuleBook.load("plugin:sharing"))
    assert engine.pending() == ()


def test_that_a_scheme_that_nobody_opens_names_the_nearest_one(install):
    install("acme", STORE)
    with pytest.raises(StoreFault, match=r"expected one of: acme, .*did you mean 'acme'"):
        Engine.open("acne:here", RuleBook.load("plugin:sharing"))
    book = RuleBook.parse("[book]\nid = 'b'\ndisabled_plugins = ['acme']")
    with pytest.raises(StoreFault, match="expected one of: memory"):
        Engine.open("acme:here", book)


def test_that_two_stores_of_one_scheme_are_told_apart_and_what_one_raises_names_it(install, capsys):
    install("acme", STORE.replace("MemoryStore())", "1 / 0)"))
    with pytest.raises(StoreFault, match=r"plugin 'acme' \(wiifm-acme 1.0\): it raised Zero"):
        Engine.open("acme:here", RuleBook.load("plugin:sharing"))
    install("other", STORE)
    with pytest.raises(StoreFault, match="expected one plugin: uninstall the others"):
        Engine.open("acme:here", RuleBook.load("plugin:sharing"))
    install("ours", STORE.replace('"acme"', '"sqlite"'))
    assert run(["plugins"]) == 1
    told = capsys.readouterr().out
    assert "store 'acme'" in told
    assert "expected a scheme that isn't ours" in told


@pytest.mark.parametrize(
    ("asked", "told"),
    [("scor", "; did you mean 'score'?"), ("gret", "; did you mean 'greet'?"), ("xyzzy", ".")],
)
def test_that_a_misspelt_command_is_told_with_the_nearest(install, capsys, asked, told):
    install("greeter", GREET.format(body=SAY))
    assert run([asked]) == 2
    assert f"No such command '{asked}'{told}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["rules", "chek"], "'chek'; did you mean 'check'?"),
        (["convert", "fedbadge"], "'fedbadge'; did you mean 'fedbadges'?"),
        (["rules", "xyzzy"], "'xyzzy'."),
    ],
)
def test_that_a_misspelt_command_below_another_is_told_with_the_nearest(capsys, asked, told):
    assert run(asked) == 2
    assert f"No such command {told}" in capsys.readouterr().err
