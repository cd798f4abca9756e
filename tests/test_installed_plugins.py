"""Plugins that are installed: found, switched off, isolated where they are broken, and told apart."""

import importlib
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import pytest
from attrs import evolve

from wiifm import Engine, Event, InvalidRuleBook, Rule, RuleBook, hookimpl
from wiifm.cli.app import run
from wiifm.plugins import find_plugins

HEAD = "[book]\nid = 'b'\n"
POINT = "[[rule]]\nid = 'point'\non = 'post.shared'\nkind = 'fixed'\n"
FIXED = """
    from wiifm import RuleKind, hookimpl

    @hookimpl
    def wiifm_rule_kinds(kinds):
        kinds.add(RuleKind(name="fixed", step=lambda state, activity, settings: (state, {points})))
    """
NODDING = """
    from wiifm import Rule, hookimpl

    @hookimpl
    def wiifm_rules(book):
        book.add(Rule(id="nod", on=("object.liked",), to="recipient", points={points}))
    """


def faults(text, plugins=()):
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(text, plugins=plugins)
    return [str(fault) for fault in caught.value.faults]


def post():
    return Event(
        id="e1",
        type="post.shared",
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        actor="ann",
        object="p1",
    )


def test_that_an_installed_plugin_is_there_by_its_name(install):
    install("nod", NODDING.format(points=1))
    assert RuleBook.parse(HEAD + "use = 'nod'").rules["nod"].points == 1
    assert "nod" not in RuleBook.parse(HEAD).rules
    assert "did you mean 'nod'?" in faults(HEAD + "use = 'nodd'")[0]


def test_that_a_running_process_sees_what_is_installed_and_uninstalled(install, tmp_path):
    install("other", NODDING.format(points=1))  # the first on the path, and read before
    assert "nod" in RuleBook.parse(HEAD + "use = 'other'").rules
    (tmp_path / "wiifm-other" / "nod_plugin.py").write_text(dedent(NODDING.format(points=2)))
    info = tmp_path / "wiifm-other" / "nod-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nod\nVersion: 1.0")
    (info / "entry_points.txt").write_text("[wiifm]\nnod = nod_plugin\n")
    importlib.invalidate_caches()
    try:
        assert RuleBook.parse(HEAD + "use = 'nod'").rules["nod"].points == 2
    finally:
        sys.modules.pop("nod_plugin", None)
    shutil.rmtree(info)
    assert "did you mean 'nod'" not in faults(HEAD + "use = 'nodd'")[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("raise RuntimeError('not today')", "RuntimeError('not today')"),
        ("import sys; sys.exit(3)", "SystemExit(3)"),
        ("import no_such_module_anywhere", "ModuleNotFoundError"),
        ("def wiifm_rules(book", "SyntaxError"),
        (
            "class Shy(Exception):\n    def __repr__(self): raise SystemExit\nraise Shy",
            "<Shy, which cannot be shown>",
        ),
    ],
)
def test_that_a_plugin_that_cannot_be_imported_stops_only_books_that_name_it(install, text, told):
    install("broken", text)
    assert RuleBook.parse(HEAD)
    for key in ("use", "vocabulary"):
        (fault,) = faults(HEAD + f"{key} = 'broken'")
        assert fault.startswith("plugin 'broken' (wiifm-broken 1.0), wiifm_broken_plugin: found ")
        assert told in fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@hookimpl\ndef wiifm_rules(book): raise SystemExit(3)", "hook wiifm_rules: found System"),
        (
            "class Shy(Exception):\n    def __repr__(self): raise SystemExit\n"
            "@hookimpl\ndef wiifm_rules(book): raise Shy",
            "hook wiifm_rules: found <Shy, which cannot be shown>",
        ),
        ("@hookimpl\ndef wiifm_rules(book): return [1]", "found [1], expected a hook that regis"),
        ("@hookimpl\ndef wiifm_rules(book): yield 1", "expected a hook that registers and returns"),
        ("@hookimpl\ndef wiifm_rules(bok): pass", "found the argument 'bok', expected 'book'"),
        ("@hookimpl\ndef wiifm_rule(book): pass", "did you mean 'wiifm_rules'?"),
        (
            "def wiifm_rules(book): pass",
            "hook wiifm_rules: found a function without a mark, expected @wiifm.hooki",
        ),
        ("", "expected a module or an object with hooks: wiifm_event_types, wiifm_rules"),
        (
            "from wiifm import RuleBook\n@hookimpl\ndef wiifm_rules(book): RuleBook.parse('[')",
            "plugin 'odd' (wiifm-odd 1.0), hook wiifm_rules, rule book: found invalid TOML",
        ),
    ],
)
def test_that_a_plugin_with_odd_hooks_stops_only_books_that_name_it(install, text, told):
    install("odd", "from wiifm import hookimpl\n" + text)
    assert RuleBook.parse(HEAD)
    (fault,) = faults(HEAD + "use = 'odd'")
    assert told in fault
    assert fault.startswith("plugin 'odd'")


def test_that_a_hook_that_is_optional_may_be_unknown(install):
    install("new", "from wiifm import hookimpl\n@hookimpl(optionalhook=True)\ndef wiifm_x(x): pass")
    assert RuleBook.parse(HEAD + "use = 'new'")


def test_that_a_fault_of_an_observer_names_its_distribution(install, tmp_path):
    install(
        "loud",
        """
        from wiifm import hookimpl

        def down(receipts):
            raise OSError("down")

        @hookimpl
        def wiifm_observers(observers):
            observers.add(down)
        """,
    )
    url = f"sqlite:///{tmp_path}/acme.db"
    for book in (RuleBook.parse(HEAD + "use = ['loud']\n"), None):  # None: as the store keeps it
        with Engine.open(url, book) as engine:
            engine.record(evolve(post(), id="k" if book else "l"))
            assert "plugin 'loud' (wiifm-loud 1.0), the observer " in str(engine.faults[0])


def test_that_only_named_plugins_observe(install):
    module = install(
        "watch",
        """
        from wiifm import hookimpl

        told = []

        @hookimpl
        def wiifm_observers(observers):
            observers.add(told.append)

        @hookimpl
        def wiifm_books(books):
            books.add("watched", "")
        """,
    )
    Engine(RuleBook.parse(HEAD)).record(post())
    told = sys.modules[module].told
    assert not told
    Engine(RuleBook.parse(HEAD + "use = 'watch'")).record(post())
    assert len(told) == 1
    Engine(RuleBook.parse(HEAD + "vocabulary = ['sharing', 'watch']")).record(post())
    assert len(told) == 2
    Engine(RuleBook.parse(HEAD + "use = 'watched'")).record(post())
    assert len(told) == 3, "whoever builds on its pack names it"


def test_that_a_plugin_handed_over_may_be_an_installed_one(install):
    module = install("nod", NODDING.format(points=1))
    plugin = importlib.import_module(module)
    book = RuleBook.parse(HEAD + "use = 'nod'", plugins=[plugin, plugin])
    assert book.rules["nod"].points == 1
    assert RuleBook.parse(HEAD, plugins=[plugin]).rules["nod"].points == 1


@pytest.mark.parametrize("name", ["nod", "module"])
def test_that_it_is_switched_off_by_either_of_its_names(install, name):
    module = install("nod", NODDING.format(points=1))
    plugin = importlib.import_module(module)
    off = f"disabled_plugins = '{module if name == 'module' else name}'"
    assert not RuleBook.parse(HEAD + off, plugins=[plugin]).rules


# ---- switched off ------------------------------------------------------------------------------------------


def test_that_a_book_switches_plugins_off(install):
    install("fixed", FIXED.format(points=3))
    install("exits", "import sys; sys.exit()")
    assert RuleBook.parse(HEAD + POINT).kinds
    off = HEAD + "disabled_plugins = ['fixed', 'exits', 'not-installed']\n"
    assert not RuleBook.parse(off).kinds
    assert "wiifm_exits_plugin" not in sys.modules
    assert "found 'fixed', expected a rule kind" in faults(off + POINT)[0]
    told = "key 'use': found 'fixed', which disabled_plugins switches off, expected a plugin that"
    assert told in faults(off + "use = 'fixed'")[0]


def test_that_a_pack_of_a_plugin_that_is_off_may_be_the_one_that_is_missed(install):
    install(
        "extra",
        "from wiifm import hookimpl\n@hookimpl\ndef wiifm_books(books): books.add('more', '')",
    )
    assert RuleBook.parse(HEAD + "use = 'more'")
    (fault,) = faults(HEAD + "use = 'more'\ndisabled_plugins = 'extra'")
    assert fault.endswith("stackexchange-rescored (plugins that are switched off: extra)")


def test_that_a_book_switches_off_what_is_handed_over_and_what_is_built_in():
    class Nodding:
        @hookimpl
        def wiifm_rules(self, book):
            book.add(Rule(id="nod", on=("post.shared",), points=1))

    assert "nod" in RuleBook.parse(HEAD, plugins=[Nodding()]).rules
    assert not RuleBook.parse(HEAD + "disabled_plugins = 'Nodding'", plugins=[Nodding()]).rules
    book = RuleBook.parse(HEAD + "disabled_plugins = 'sharing'\nvocabulary = []")
    assert not book.types
    told = "key 'vocabulary': found 'sharing', which disabled_plugins switches off"
    assert told in faults(HEAD + "disabled_plugins = 'sharing'")[0]


@pytest.mark.parametrize(
    ("said", "there"), [("", "ab"), ("none", ""), ("a", "a"), (" a, b,", "ab")]
)
def test_that_the_environment_says_which_installed_plugins_there_are(
    install, monkeypatch, said, there
):
    for name in "ab":
        install(name, NODDING.format(points=1).replace('"nod"', f'"{name}"'))
    monkeypatch.setenv("WIIFM_PLUGINS", said)
    for name in "ab":
        text = HEAD + f"use = ['sharing', '{name}']"
        if name in there:
            assert name in RuleBook.parse(text).rules
        else:
            told = f"found '{name}', which WIIFM_PLUGINS switches off"
            assert told in faults(text)[0]


def test_that_a_name_in_the_environment_that_means_none_is_a_fault(install, monkeypatch):
    install("nod", NODDING.format(points=1))
    monkeypatch.setenv("WIIFM_PLUGINS", "nodd,sharing")
    assert faults(HEAD) == [
        "WIIFM_PLUGINS: found 'nodd', expected 'none', or installed plugins: nod; did you mean 'nod'?"
    ]


def test_that_nobody_takes_the_name_of_a_built_in_plugin(install):
    install("sharing", NODDING.format(points=1))
    assert "nod" not in RuleBook.load("plugin:sharing").rules
    assert find_plugins().off == {"sharing": "the built-in plugin of this name"}


# ---- told apart --------------------------------------------------------------------------------------------


def test_that_two_plugins_with_one_rule_are_both_named_unless_the_book_decides(install):
    install("one", NODDING.format(points=1))
    install("two", NODDING.format(points=2))
    assert RuleBook.parse(HEAD + "use = 'one'").rules["nod"].points == 1
    both = HEAD + "use = ['one', 'two']\n"
    assert faults(both) == [
        "rule book: rule 'nod': found one of plugin 'one' (wiifm-one 1.0) and one of plugin 'two' (wiifm-two 1.0), "
        "expected one definition: define rule 'nod' in the book, which replaces them"
    ]
    own = "[[rule]]\nid = 'nod'\non = 'object.liked'\npoints = 3"
    assert RuleBook.parse(both + own).rules["nod"].points == 3
    assert not RuleBook.parse(both + "drop = 'nod'").rules


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[event.'tea.made']", "event 'tea.made'"),
        ("[[badge]]\nid = 'tea'\ncount = 'post.shared'", "badge 'tea'"),
        ("[ladder.tea]\nlevels = {a = 1}", "ladder 'tea'"),
        ("[limit.tea]\ntimes = 1", "limit 'tea'"),
        ("[gate.tea]\ntimes = 1", "gate 'tea'"),
    ],
)
def test_that_whatever_two_plugins_say_is_told(text, told):
    class One:
        @hookimpl
        def wiifm_rules(self, book):
            book.toml(text)

    class Two(One):
        pass

    (fault,) = faults(HEAD, plugins=[One(), Two()])
    assert f"{told}: found one of plugin 'One' and one of plugin 'Two', expected one" in fault


def test_that_plugins_may_agree_on_a_purse():
    class One:
        text = "[purse.karma]\ndecimals = 1"

        @hookimpl
        def wiifm_rules(self, book):
            book.toml(self.text)

    class Two(One):
        pass

    class Three(One):
        text = "[purse.karma]\ndecimals = 2"

    assert RuleBook.parse(HEAD, plugins=[One(), Two()]).purses["karma"].decimals == 1
    (fault,) = faults(HEAD, plugins=[One(), Two(), Three()])
    assert (
        "one of plugin 'Two' and one of plugin 'Three', expected one definition: define purse 'karma'"
        in fault
    )


def test_that_a_type_of_the_vocabulary_is_replaced_by_the_book_alone():
    class Own:
        @hookimpl
        def wiifm_rules(self, book):
            book.toml("[event.'post.shared']")

    (fault,) = faults(HEAD, plugins=[Own()])
    assert "event 'post.shared': found one of plugin 'sharing' and one of plugin 'Own'" in fault
    assert RuleBook.parse(HEAD + "[event.'post.shared']", plugins=[Own()])


def test_that_a_kind_of_two_plugins_is_a_fault_for_books_that_ask_for_it(install):
    install("one", FIXED.format(points=1))
    install("two", FIXED.format(points=2))
    assert RuleBook.parse(HEAD)
    both = "use = ['one', 'two']\n"
    assert RuleBook.parse(HEAD + both), "which asks for no kind"
    for asking, way in (
        (POINT, "one plugin: name one of"),
        (both + POINT, "one plugin: name no more than one"),
    ):
        (fault,) = faults(HEAD + asking)
        assert f"expected {way}" in fault
        assert "rule kind 'fixed': found one of plugin '" in fault
        assert "one of plugin 'one' (wiifm-one 1.0)" in fault
        assert "one of plugin 'two' (wiifm-two 1.0)" in fault
    for name, points in (("one", 1), ("two", 2)):
        engine = Engine(RuleBook.parse(HEAD + f"use = '{name}'\n" + POINT))
        assert engine.record(post()).entries[0].amount == points
        other = {"one": "two", "two": "one"}[name]
        engine = Engine(RuleBook.parse(HEAD + f"disabled_plugins = '{other}'\n" + POINT))
        assert engine.record(post()).entries[0].amount == points


MEASURES = """
    from datetime import date
    from wiifm import Measure, hookimpl

    @hookimpl
    def wiifm_measures(measures):
        measures.add(Measure(name="longest", start=0, add=max, read=abs))

    @hookimpl
    def wiifm_calendars(calendars):
        calendars.add("de", [date(2026, 12, 25)])
    """


def test_that_a_measure_or_calendar_of_two_plugins_is_one_too(install):
    install("one", MEASURES)
    install("two", MEASURES)
    badge = "[[badge]]\nid = 'x'\nmeasure = 'longest'\nvalue = 'words'\non = 'post.shared'\n"
    assert "measure 'longest': found one of plugin" in faults(HEAD + badge)[0]
    groups = "[[badge]]\nid = 'x'\ngroups = 'day'\neach = {measure = 'longest', value = 'words'}\n"
    assert "measure 'longest': found" in faults(HEAD + groups + "on = 'post.shared'\n")[0]
    assert "calendar 'de': found one of plugin" in faults(HEAD + "calendar = 'de'")[0]


def test_that_two_distributions_with_one_name_are_both_named(install, capsys):
    install("nod", NODDING.format(points=1), "wiifm-nod")
    install("nod", NODDING.format(points=2), "other-nod")
    assert RuleBook.parse(HEAD)
    (fault,) = faults(HEAD + "use = 'nod'")
    assert "wiifm_nod_plugin in wiifm-nod" in fault
    assert "other_nod_plugin in other-nod" in fault
    assert run(["plugins"]) == 1
    assert "nod  (of more than one distribution)" in capsys.readouterr().out


# ---- handed over -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plugins", "told"),
    [
        (["sharing"], "plugin 'str': found 'sharing', expected a module or an object with hooks"),
        (["sharin"], "; did you mean \"use = ['sharing']\"?"),
        ([None], "plugin 'NoneType': found None, expected a module or an object with hooks"),
        ([5], "plugin 'int': found 5, expected a module or an object with hooks"),
        ([object()], "plugin 'object': found <object object"),
        ("sharing", "plugins: found 'sharing', expected a list of modules or objects"),
        (5, "plugins: found 5, expected a list of modules or objects"),
    ],
)
def test_that_what_is_no_plugin_is_told(plugins, told):
    (fault,) = faults(HEAD, plugins)
    assert told in fault


def test_that_a_class_is_no_plugin_and_names_differ():
    class Nodding:
        @hookimpl
        def wiifm_rules(self, book):
            """Contribute nothing."""

    assert faults(HEAD, [Nodding]) == [
        "plugin 'Nodding': found a class, expected an instance of it: Nodding()"
    ]
    (fault,) = faults(HEAD, [Nodding(), Nodding()])
    assert (
        fault
        == "plugin 'Nodding': found a second one with this name, expected plugins with different names"
    )


def test_that_a_misspelt_hook_hides_no_other_mistake():
    class Careless:
        @hookimpl
        def wiifm_rulez(self, book):
            """Never called."""

        @hookimpl
        def wiifm_observers(self, observers):
            observers.add(5)

    one, two = faults(HEAD, [Careless()])
    assert "found an unknown hook 'wiifm_rulez'" in one
    assert "an observer: found 5" in two


def test_that_a_plugin_asked_for_by_name_alone_is_missed_by_its_name():
    with pytest.raises(InvalidRuleBook) as error:
        RuleBook.load("plugin:sharin")
    assert str(error.value).startswith("rule book: found 'sharin', expected an installed plugin")
    assert "did you mean 'sharing'" in str(error.value)


def test_that_a_plugin_cannot_take_the_name_of_a_pack_that_is_built_in(install):
    ours = RuleBook.parse(HEAD + "use = 'sharing'").digest
    install(
        "odd",
        "from wiifm import hookimpl\n@hookimpl\ndef wiifm_books(books): books.add('sharing', '')",
    )
    assert RuleBook.parse(HEAD + "use = 'sharing'").digest == ours
    assert RuleBook.load("plugin:sharing")
    told = faults(HEAD + "use = 'odd'")
    assert any(
        "pack 'sharing': found the name 'sharing', expected a name other" in each for each in told
    )


def test_that_a_hook_with_two_functions_is_told_for_python_keeps_the_last_alone(install, capsys):
    two = NODDING.format(points=1) + NODDING.format(points=2).replace('"nod"', '"bow"')
    install("twice", two)
    assert "nod" not in RuleBook.parse(HEAD + "use = 'twice'").rules
    assert run(["plugins", "--hook", "wiifm_rules"]) == 1
    assert (
        "plugin 'twice' (wiifm-twice 1.0), hook wiifm_rules: found one in line 5 and another in line 11, "
        "expected one function that registers everything, as Python keeps only the last one"
    ) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def wiifm_rules(book:", "found SyntaxError("),
        ("import gone_away", 'found ModuleNotFoundError("No module named'),
        (NODDING.format(points=1).replace("def wiifm_rules", "def wiifm_rule"), "did you mean"),
    ],
)
def test_that_a_list_by_hook_tells_of_a_plugin_that_may_lack_it_by_a_fault(
    install, capsys, text, told
):
    install("odd", text)
    assert run(["plugins", "--hook", "wiifm_rules"]) == 1
    assert told in capsys.readouterr().out


def test_that_a_hook_with_two_functions_is_told_of_a_class_but_not_where_one_is_chosen(
    install, capsys
):
    hook = "@hookimpl\ndef wiifm_calendars({}calendars):\n    pass\n"
    twice = indent(hook.format("self, ") * 2, "    ")
    install(
        "object", "from wiifm import hookimpl\n\nclass Hooks:\n" + twice + "\nhooks = Hooks()\n"
    )
    (Path(sys.path[0]) / "wiifm_object-1.0.dist-info" / "entry_points.txt").write_text(
        "[wiifm]\nobject = wiifm_object_plugin:hooks\n"
    )
    chosen = indent(hook.format(""), "    ")
    install("chosen", f"from wiifm import hookimpl\nif True:\n{chosen}else:\n{chosen}")
    assert run(["plugins", "--hook", "wiifm_calendars"]) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "wrong" in line]
    assert len(said) == 1
    assert "hook wiifm_calendars: found one in line 5 and another in line 8" in said[0]
