"""Plugins that are tried on the command line without being installed (--plugin)."""

import json
import subprocess
import sys
from textwrap import dedent

import pytest

from wiifm.cli.app import app, run
from wiifm.cli.commands import LazyCommands
from wiifm.tried import tried

KARMA = """
    import wiifm
    from karma_amounts import AMOUNT

    @wiifm.hookimpl
    def wiifm_event_types(types):
        types.add(wiifm.EventType(name="tea.made", requires=("actor",)))

    @wiifm.hookimpl
    def wiifm_rule_kinds(kinds):
        step = lambda state, activity, settings: (state, AMOUNT)
        kinds.add(wiifm.RuleKind(name="brewed", step=step, version="1"))

    @wiifm.hookimpl
    def wiifm_rules(book):
        book.toml("[[rule]]\\nid = 'tea'\\non = 'tea.made'\\nkind = 'brewed'")
    """
OUTSIDE = """
    import click, wiifm
    from wiifm.stores.memory import MemoryStore
    from wiifm.sources import find_source

    @wiifm.hookimpl
    def wiifm_sources(sources):
        sources.add("mine", lambda stream, file: find_source("jsonl")(stream, file))

    @wiifm.hookimpl
    def wiifm_stores(stores):
        stores.add("mine", lambda url: MemoryStore())

    @wiifm.hookimpl
    def wiifm_commands(commands):
        @click.command()
        @click.argument("name")
        def hello(name):
            click.echo(f"hello {name}")
        commands.add(hello)
    """
BETWEEN = """
    import wiifm

    @wiifm.hookimpl
    def wiifm_rule_kinds(kinds):
        words = wiifm.Setting("integer", least=0)
        step = lambda state, activity, settings: (state, 1)
        settings = {"low": words, "high": words}
        kinds.add(wiifm.RuleKind(name="between", step=step, settings=settings, valid_if="low < high"))
    """
TEA = '{"id": "t1", "type": "tea.made", "occurred_at": "2026-05-04T09:00:00Z", "actor": "ann"}\n'


@pytest.fixture
def path():
    """What was added to ``sys.path`` is removed after everything else, as pytest restores a list of its own."""
    before = [*sys.path]
    yield
    sys.path[:] = before


@pytest.fixture(autouse=True)
def folder(path, tmp_path, monkeypatch):
    """A folder with a plugin, a book that uses it, one that doesn't, and an event; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    put("karma.py", KARMA)
    put("karma_amounts.py", "AMOUNT = 3\n")
    put("acme.toml", "[book]\nid = 'acme'\nuse = ['karma']\n")
    put("plain.toml", "[book]\nid = 'plain'\n")
    put("tea.jsonl", TEA)
    yield tmp_path
    for name, module in [*sys.modules.items()]:
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def put(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(dedent(text))


def answer(capsys, *arguments, status=0):
    assert run(arguments) == status
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "named", ["karma.py", "./karma.py", "karma", "karma=karma.py", "karma=./karma.py"]
)
def test_that_a_book_uses_a_plugin_from_a_file_or_module(capsys, named):
    found = answer(capsys, "score", "acme.toml", "tea.jsonl", "--json", "--plugin", named)
    assert found["members"]["ann"]["points"] == {"points": 3}
    assert tried() == ()
    before = answer(capsys, f"--plugin={named}", "score", "plugin:karma", "tea.jsonl", "--json")
    assert before["members"] == found["members"]


def test_that_the_same_book_means_the_same_when_the_plugin_is_installed(capsys, install):
    trial = answer(capsys, "score", "acme.toml", "tea.jsonl", "--json", "--plugin", "karma.py")
    install("karma", KARMA.replace("from karma_amounts import AMOUNT", "AMOUNT = 3"))
    assert answer(capsys, "score", "acme.toml", "tea.jsonl", "--json") == trial


def test_that_a_package_and_an_object_are_tried(capsys, folder):
    (folder / "teas").mkdir()
    put("teas/__init__.py", "from teas.brewing import Brewing\nplugin = Brewing()\n")
    hook = "    @wiifm.hookimpl\n    def wiifm_rules(self, book):\n        book.toml(TEXT)\n"
    put("teas/brewing.py", f"import wiifm\nTEXT = ''\nclass Brewing:\n{hook}")
    put("teas/__main__.py", "")
    put("teas/inner.py", "from . import plugin\n")
    files = ("teas/:plugin", "teas/__init__.py:plugin", "teas/inner.py:plugin")
    for named in ("teas:plugin", *files, "b=teas:plugin"):
        found = answer(capsys, "plugins", "--json", "--plugin", named)["plugins"]
        name = named[0] if "=" in named else "Brewing"
        assert found[name] == {
            "distribution": None,
            "tried": named,
            "hooks": ["wiifm_rules"],
            "contributes": {},
            "settings": {},
            "valid_if": {},
            "faults": [],
        }


def test_that_what_the_settings_of_a_kind_take_is_told(capsys, folder):
    put("between.py", BETWEEN)
    assert run(["plugins", "--plugin", "between.py"]) == 0
    told = capsys.readouterr().out
    assert "setting   low of between: an integer of 0 or more\n" in told
    assert "setting   of between: valid if low < high\n" in told
    found = answer(capsys, "plugins", "--json", "--plugin", "between.py")["plugins"]["between"]
    assert [*found["settings"]["between"]] == ["low", "high"]
    assert found["valid_if"] == {"between": "low < high"}


def test_that_every_command_takes_a_plugin():
    def leaves(group):
        for name in group.commands:
            command = group.commands[name]
            yield from leaves(command) if hasattr(command, "commands") else [command]

    found = [*leaves(app)]
    assert len(found) > 20
    assert LazyCommands({"again": "wiifm.cli.score:score_command"})["again"] in found
    for command in found:
        assert [each.name for each in command.params].count("plugin") == 1, command.name


def test_that_sources_stores_and_commands_of_it_are_found(capsys):
    put("outside.py", OUTSIDE)
    named = ["--plugin", "outside.py", "--plugin", "karma.py"]
    found = answer(capsys, "score", "acme.toml", "tea.jsonl", "--source=mine", "--json", *named)
    assert found["events"] == 1
    assert run([*named, "hello", "ann"]) == 0
    assert capsys.readouterr().out == "hello ann\n"
    assert run([*named, "--help"]) == 0
    assert "hello" in capsys.readouterr().out
    assert run(["standings", "mine:here", *named]) == 2
    assert "nothing was recorded here yet" in capsys.readouterr().err
    assert run(["hello", "ann", *named]) == 2
    told = "No such command 'hello'. With --plugin, a command of a plugin comes after it: wiifm --p"
    assert told in capsys.readouterr().err


def test_that_a_store_goes_on_with_it(capsys):
    url, named = "sqlite:///acme.db", ["--plugin", "karma.py"]
    assert run(["record", url, "acme.toml", "tea.jsonl", *named]) == 0
    assert run(["verify", url, *named]) == 0
    capsys.readouterr()
    assert run(["standings", url]) == 2
    told = capsys.readouterr().err
    assert "'karma' isn't installed (to try it from its file: wiifm --plugin karma=FILE)" in told
    assert run(["verify", url, "--plugin", "karma=karma.py"]) == 0


def test_that_what_a_plugin_contributes_and_its_faults_are_listed(capsys):
    assert run(["plugins", "--plugin", "karma.py", "--hook", "wiifm_rule_kinds"]) == 0
    assert capsys.readouterr().out == (
        "karma  (tried: karma.py)\n  event     tea.made\n  rule      tea\n  kind      brewed\n"
    )
    put("wrong.py", "import wiifm\n@wiifm.hookimpl\ndef wiifm_rules(book):\n    book.toml('x')\n")
    assert run(["plugins", "--plugin", "wrong.py"]) == 1
    assert "  wrong     plugin 'wrong'" in capsys.readouterr().out
    assert run(["score", "plain.toml", "tea.jsonl", "--plugin", "wrong.py"]) == 2
    assert "plugin 'wrong'" in capsys.readouterr().err


def test_that_a_book_that_does_not_use_it_is_told(capsys):
    assert run(["rules", "check", "plain.toml", "--plugin", "karma.py"]) == 0
    assert capsys.readouterr().err == (
        "plain.toml doesn't use what karma.py contributes: add 'karma' to `use` in [book], "
        "or to `vocabulary` for its event types alone\n"
    )
    put("vocabulary.toml", "[book]\nid = 'v'\nvocabulary = ['karma']\n")
    put("off.toml", "[book]\nid = 'o'\ndisabled_plugins = ['karma']\n")
    for book in ("acme.toml", "vocabulary.toml", "off.toml"):
        assert run(["rules", "check", book, "--plugin", "karma.py"]) == 0
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("named", "text", "told"),
    [
        ("", None, "plugin: found '', expected a file, such as karma.py, or the name of a module"),
        ("karna.py", None, "found no such file, expected a file, such as karma.py, or the name of"),
        ("karna.py", None, "or the name of a module; did you mean 'karma.py'?"),
        ("karna", None, "plugin: found 'karna', expected a file, such as karma.py, or the name of"),
        ("nowhere.at.all", None, "plugin: found 'nowhere.at.all', expected a file, such as"),
        ("wiifm.nothing", None, "plugin: found 'wiifm.nothing', expected a file, such as"),
        ("here/karma.py", None, "here/karma.py: found no such file"),
        ("empty", None, "empty: found a folder without __init__.py"),
        ("acme.toml", None, "acme.toml: found a file whose name doesn't end in .py"),
        ("my-tea.py", "", "found a name that can't be imported, expected one such as my_t"),
        (
            "9 lives\u00b2.py",
            "",
            "a name that can't be imported, expected one such as plugin_9_lives_.py",
        ),
        ("statistics.py", "", "found the name of another module, statistics ("),
        ("karma.py:plugn", None, "karma.py: found no 'plugn', expected an object with hooks"),
        ("bad.py", "x = 1\nx =", "SyntaxError('invalid syntax') (bad.py, line 2)"),
        ("bad.py", "\n1 / 0\n", "ZeroDivisionError('division by zero') (bad.py, line 2)"),
        ("bad.py", "import nowhere", "No module named 'nowhere'\") (bad.py, line 1), expected a p"),
        ("bad.py", "raise SystemExit(3)", "bad.py: found SystemExit(3) (bad.py, line 1), expected"),
        ("bad.py", "a\0b", "null bytes"),
    ],
)
def test_that_a_plugin_that_cannot_be_imported_is_explained(capsys, folder, named, text, told):
    (folder / "empty").mkdir()
    if text is not None:
        put(named, text)
    for arguments in (["plugins"], ["rules", "check", "plain.toml"], ["copy", "a:", "b:"]):
        assert run([*arguments, "--plugin", named]) == 2
        assert told in capsys.readouterr().err
    assert run(["--plugin", named, "plugins"]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a module or an object with hooks: wiifm_event_types, wiifm_rules"),
        ("def wiifm_rules(book): pass", "hook wiifm_rules: found a function without a mark, exp"),
        (
            "def wiifm_rulez(book): pass",
            "found wiifm_rulez, a function without a mark, expected @wiifm.hookimpl above a "
            "function with the name of a hook; did you mean 'wiifm_rules'?",
        ),
        ("def rules(book): pass", "found rules, a function without a mark, expected @wiifm.hoo"),
        (
            "class Tea:\n    def wiifm_rules(self, book): pass",
            "found a module without hooks, in which Tea has them, expected hooks that are",
        ),
    ],
)
def test_that_a_plugin_without_hooks_is_explained(capsys, text, told):
    put("none.py", text)
    assert run(["plugins", "--plugin", "none.py", "--hook", "wiifm_rules"]) == 1
    assert told in capsys.readouterr().out
    assert run(["rules", "check", "plain.toml", "--plugin", "none.py"]) == 1
    assert told in capsys.readouterr().out
    assert run(["score", "plain.toml", "tea.jsonl", "--plugin", "none.py"]) == 2
    assert told in capsys.readouterr().err


def test_that_a_group_of_commands_takes_the_option_before_its_command(capsys):
    assert run(["rules", "--plugin", "karma.py", "check", "acme.toml"]) == 0
    assert "acme.toml is sound" in capsys.readouterr().out


def test_that_a_faulty_plugin_is_not_taken_for_a_changed_store(capsys):
    url = "sqlite:///acme.db"
    assert run(["record", url, "acme.toml", "tea.jsonl", "--plugin", "karma.py"]) == 0
    put("none.py", "")
    capsys.readouterr()
    assert run(["verify", url, "--plugin", "karma.py", "--plugin", "none.py"]) == 2
    told = capsys.readouterr()
    assert told.out == "" and "a module or an object with hooks" in told.err
    assert "isn't installed" not in told.err and "was changed" not in told.err


def test_that_an_installed_plugin_is_not_replaced(capsys, install):
    module = install("karma", KARMA.replace("from karma_amounts import AMOUNT", "AMOUNT = 5"))
    assert run(["plugins", "--plugin", "karma.py"]) == 1
    told = "wrong: plugin 'karma': found a second one with this name, expected another name for one"
    assert told in capsys.readouterr().out
    found = answer(capsys, "score", "plugin:tea", "tea.jsonl", "--json", "--plugin=tea=karma.py")
    assert found["members"]["ann"]["points"] == {"points": 3}
    found = answer(capsys, "score", "acme.toml", "tea.jsonl", "--json", "--plugin", module)
    assert found["members"]["ann"]["points"] == {"points": 5}


def test_that_two_tried_plugins_of_one_name_are_told(capsys):
    put("other.py", KARMA)
    named = ["--plugin", "karma.py", "--plugin", "karma=other.py"]
    assert run(["rules", "check", "plain.toml", *named]) == 1
    told = "expected another name for one of them: --plugin NAME=other.py"
    assert told in capsys.readouterr().out


def test_that_the_environment_switches_no_tried_plugin_off(capsys, monkeypatch):
    for said in ("none", "karma"):
        monkeypatch.setenv("WIIFM_PLUGINS", said)
        assert run(["rules", "check", "acme.toml", "--plugin", "karma.py"]) == 0


def test_that_the_command_finds_what_is_in_the_current_folder():
    code = "import sys; sys.path.pop(0); from wiifm.cli.app import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "rules", "check", "acme.toml", "--plugin", "karma"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
