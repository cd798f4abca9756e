"""Mistakes of plugins are told when they register, before anything is decided: by plugin, noun and key."""

import json

import pytest

from wiifm import (
    Delivery,
    Engine,
    InvalidInput,
    Measure,
    RuleBook,
    RuleKind,
    StoreFault,
    hookimpl,
    hooks,
    rescore,
    verify,
)
from wiifm.cli.app import run
from wiifm.contributions import HOOKS
from wiifm.plugins import find_plugins


async def late(*arguments):
    """Whoever calls this has done nothing."""


def lazy(*arguments):
    """Whoever calls this has done nothing either."""
    yield


def registering(hook, *calls):
    """A plugin with one hook, which does all of this with what it is handed."""
    made = {}
    exec(
        f"def {hook}(self, {HOOKS[hook]}):\n    for call in calls: call({HOOKS[hook]})",
        locals(),
        made,
    )
    return type("Plugin", (), {hook: hookimpl(made[hook])})()


def faults_of(plugin):
    """What is wrong with a plugin, whichever hook is asked for."""
    found = find_plugins([plugin], hooks=HOOKS).contributions
    return [str(fault) for fault in found[type(plugin).__name__].faults]


def kind(step):
    return lambda kinds: kinds.add(RuleKind(name="k", step=step))


def measure(add=max, read=abs):
    return lambda measures: measures.add(Measure(name="m", start=0, add=add, read=read))


@pytest.mark.parametrize(
    ("hook", "call", "told"),
    [
        ("wiifm_rule_kinds", kind(lambda state, activity: 1), "rule kind 'k', key 'step': found {here}(state, activity), expected a function that takes (state, activity, settings)"),
        ("wiifm_rule_kinds", kind(late), "rule kind 'k', key 'step': found the coroutine function test_plugin_mistakes:late, expected a function that isn't async: its result is not awaited"),
        ("wiifm_measures", measure(add=lambda state: state), "measure 'm', key 'add': found {here}(state), expected a function that takes (state, sample)"),
        ("wiifm_measures", measure(read=lambda *, state: state), "measure 'm', key 'read': found {here}(*, state), expected a function that takes (state)"),
        ("wiifm_rules", lambda book: book.rule(id="r", on="post.shared", points=1)(lambda: True), "rule 'r': found {here}.<locals>.<lambda>(), expected a function that takes (activity)"),
        ("wiifm_rules", lambda book: book.rule(on="post.shared", points=1)(late), "rule 'late': found the coroutine function test_plugin_mistakes:late, expected a function that isn't async: its result is not awaited"),
        ("wiifm_rules", lambda book: book.rule(on="post.shared", points=1)(lazy), "rule 'lazy': found the generator function test_plugin_mistakes:lazy, expected a function that isn't a generator: its result is not iterated over"),
        ("wiifm_observers", lambda observers: observers.add(lazy), "an observer: found the generator function test_plugin_mistakes:lazy, expected a function that isn't a generator: its result is not iterated over"),
        ("wiifm_observers", lambda observers: observers.add(lambda: 1), "an observer: found {here}.<locals>.<lambda>(), expected a function that takes (receipts)"),
        ("wiifm_sources", lambda sources: sources.add("rows", lambda stream: []), "source 'rows': found {here}.<locals>.<lambda>(stream), expected a function that takes (stream, file)"),
        ("wiifm_stores", lambda stores: stores.add("rows", lambda: 1), "store 'rows': found {here}.<locals>.<lambda>(), expected a function that takes (url)"),
    ],
)  # fmt: skip
def test_that_a_function_that_cannot_be_called_is_told_at_once(hook, call, told):
    here = "test_plugin_mistakes:<lambda>"
    assert faults_of(registering(hook, call)) == [f"plugin 'Plugin': {told.format(here=here)}"]


def test_that_a_rule_whose_decorator_stands_above_no_function_is_told():
    def forgotten(book):
        book.rule(on="post.shared", points=1)

        @book.rule(on="post.shared", points=2)
        def long_posts(activity):
            return True

    plugin = registering("wiifm_rules", forgotten)
    line = forgotten.__code__.co_firstlineno + 1
    told = (
        f"plugin 'Plugin': test_plugin_mistakes.py, line {line}: found book.rule(on='post.shared', points=1) by itself, "
        "expected @book.rule(...) above a function; to add a rule without a test, call book.add(wiifm.Rule(...))"
    )
    assert faults_of(plugin) == [told]
    with pytest.raises(InvalidInput, match="by itself"):
        RuleBook.parse("[book]\nid = 'b'", plugins=[plugin])


def test_that_a_rule_whose_decorator_has_no_keys_or_unnamed_ones_is_told_how_it_is_written():
    def misspelt(book):
        @book.rule
        def short_posts(activity):
            return True

        @book.rule("post.shared", points=3)
        def any_posts(activity):
            return True

        @book.rule(on="post.shared", points=2)
        def long_posts(activity):
            return short_posts(activity) and any_posts(activity)

    plugin = registering("wiifm_rules", misspelt)
    line = misspelt.__code__.co_firstlineno
    here = f"{test_that_a_rule_whose_decorator_has_no_keys_or_unnamed_ones_is_told_how_it_is_written.__name__}.<locals>"
    keys = 'expected the keys of a rule by their names: @book.rule(on="post.shared", points=1)'
    assert faults_of(plugin) == [
        f"plugin 'Plugin': test_plugin_mistakes.py, line {line + 1}: found @book.rule above "
        f"test_plugin_mistakes:{here}.misspelt.<locals>.short_posts, {keys}",
        f"plugin 'Plugin': test_plugin_mistakes.py, line {line + 5}: found book.rule('post.shared'), {keys}",
    ]
    [rule] = find_plugins([plugin]).contributions["Plugin"].draft.items.values()
    assert rule.test(None)


def test_that_a_function_that_does_not_tell_what_it_takes_is_taken():
    assert not faults_of(registering("wiifm_measures", measure(add=max)))


def test_that_a_delivery_or_an_engine_takes_no_function_of_nothing():
    with pytest.raises(InvalidInput, match=r"delivery 'crm', to: found .*\(\), expected a func"):
        Delivery("crm", lambda: None)
    with pytest.raises(InvalidInput, match=r"observers: found .*\(\), expected a function that"):
        Engine(RuleBook.load("plugin:sharing"), observers=[lambda: None])


@pytest.mark.parametrize("hook", HOOKS)
def test_that_a_hook_without_its_argument_is_told_at_once(hook):
    plugin = type("Plugin", (), {hook: hookimpl(eval("lambda self: 1"))})()
    argument = HOOKS[hook]
    told = f"plugin 'Plugin', hook {hook}: found no argument, expected the argument {argument!r}"
    assert faults_of(plugin) == [told]


@pytest.mark.filterwarnings("error")
def test_that_a_hook_that_nobody_awaits_is_told_and_not_called():
    class Plugin:
        @hookimpl
        async def wiifm_rules(self, book):
            """Registers nothing, whatever it says."""

    (told,) = faults_of(Plugin())
    assert told.startswith("plugin 'Plugin', hook wiifm_rules: found a coroutine function")


class Unanswering:
    """A plugin that answers for none of its attributes."""

    def __getattr__(self, name):
        raise RuntimeError("not to be asked")


class Unanswered:
    """A plugin with a hook that isn't there when it is asked for, and one that isn't marked."""

    @property
    def wiifm_rule_kinds(self):
        raise RuntimeError("not yet")

    def wiifm_rules(self, book):
        raise AssertionError("called without a mark")


def test_that_a_plugin_that_raises_where_it_is_looked_at_is_told():
    (told,) = faults_of(Unanswering())
    assert told == (
        "plugin 'Unanswering': found RuntimeError('not to be asked'), expected a plugin with hooks"
    )
    told = faults_of(Unanswered())
    if told != ["plugin 'Unanswered': found RuntimeError('not yet'), expected a plugin with hooks"]:
        # pluggy looks at no property from 1.7 on
        assert [each.partition(": ")[0] for each in told] == [
            "plugin 'Unanswered', hook wiifm_rule_kinds",
            "plugin 'Unanswered', hook wiifm_rules",
        ]


def test_that_the_list_of_plugins_tells_of_it_and_traces_what_was_called(install, capsys):
    install(
        "half",
        """
        from wiifm import hookimpl

        def __getattr__(name):
            raise RuntimeError if name == "wiifm_sources" else AttributeError

        def wiifm_rules(book):
            "It has no mark."

        @hookimpl
        def wiifm_measures(measures):
            "It is called."
        """,
    )
    assert run(["plugins", "--trace"]) == 1
    told = capsys.readouterr().out
    assert "wiifm_measures(measures)  in wiifm_half_plugin:wiifm_measures" in told
    assert "called    wiifm_rules" not in told


# ---- the version of the hooks ------------------------------------------------------------------------------


class Dated:
    """A plugin that says for which version of the hooks it was written."""

    def __init__(self, version):
        self.wiifm_api_version = version

    @hookimpl
    def wiifm_tomorrow(self, morning):
        """A hook that isn't there yet."""

    @hookimpl
    def wiifm_rules(self, book):
        raise AssertionError("called in spite of its version")


def test_that_a_plugin_for_later_hooks_is_told_and_left_alone():
    (told,) = faults_of(Dated(hooks.API_VERSION + 1))
    assert told == (
        "plugin 'Dated', wiifm_api_version: found 2, expected at most 1, the version of this wiifm: "
        "upgrade wiifm, or install an earlier release of the plugin"
    )


@pytest.mark.parametrize("version", ["1", 0, True, None])
def test_that_a_version_that_is_none_is_told(version):
    (told,) = faults_of(Dated(version))
    assert told.endswith(f"found {version!r}, expected a version of the hooks, such as 1")


def test_that_a_plugin_for_these_hooks_is_read_as_ever():
    assert "in spite of its version" in "".join(faults_of(Dated(hooks.API_VERSION)))


# ---- what shows only in a book ---------------------------------------------------------------------------

TEA = '''
    from wiifm import EventType, hookimpl

    @hookimpl
    def wiifm_event_types(types):
        types.add(EventType(name="tea.made", requires=("actor",)))

    @hookimpl
    def wiifm_rules(book):
        book.toml("""
            [[rule]]
            id   = "tea"
            on   = "tea.maid"
            kind = "strong"
        """)

    @hookimpl
    def wiifm_books(books):
        books.add("cups", "[[badge]]\\nid = 'cup'\\ncount = 'cup.broken'")
'''
SOUND = '''
    from wiifm import hookimpl

    @hookimpl
    def wiifm_rules(book):
        book.toml("""
            [[rule]]
            id     = "shared-tea"
            on     = ["tea.made", "post.shared"]
            points = 1
        """)
'''


def test_that_the_list_of_plugins_tells_what_would_be_wrong_in_a_book(install, capsys):
    install("tea", TEA)
    install("sound", SOUND)
    assert run(["plugins", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["plugins"]
    assert not found["sound"]["faults"] and not found["sharing"]["faults"]
    assert found["tea"]["faults"] == [
        "plugin 'tea' (wiifm-tea 1.0): rule 'tea', key 'on': found the event type 'tea.maid', expected a declared event type; did you mean 'tea.made'?",
        "plugin 'tea' (wiifm-tea 1.0): rule 'tea', key 'kind': found 'strong', expected a rule kind of a plugin",
        "plugin 'tea' (wiifm-tea 1.0), pack 'cups': badge 'cup', key 'on': found the event type 'cup.broken', expected a declared event type",
    ]


# ---- how to mend it --------------------------------------------------------------------------------------


def test_that_two_plugins_of_one_class_can_be_named_as_the_message_says():
    class Twin:
        @hookimpl
        def wiifm_measures(self, measures):
            pass

    one, other = Twin(), Twin()
    with pytest.raises(InvalidInput, match="by setting its __name__, such as 'Twin_2'"):
        RuleBook.parse("[book]\nid = 'b'", plugins=[one, other])
    other.__name__ = "Twin_2"
    assert RuleBook.parse("[book]\nid = 'b'", plugins=[one, other])


def test_that_a_hook_of_a_class_that_lacks_self_is_told():
    class Selfless:
        @hookimpl
        def wiifm_rules(book):  # noqa: N805 - the mistake
            pass

    assert faults_of(Selfless()) == [
        "plugin 'Selfless', hook wiifm_rules: found a method whose first argument is 'book', "
        "expected self before it: def wiifm_rules(self, book)"
    ]


def test_that_a_decorated_rule_with_a_test_among_its_keys_is_told():
    def twice_tested(book):
        @book.rule(on="post.shared", points=1, test=3)
        def long_posts(activity):
            return True

    assert faults_of(registering("wiifm_rules", twice_tested)) == [
        "plugin 'Plugin': rule 'long-posts', key 'test': found 3, "
        "expected no such key: the decorated function is the test"
    ]


@pytest.mark.parametrize("work", [verify, rescore])
def test_that_a_url_is_opened_as_a_store_and_its_password_is_not_told(work):
    with pytest.raises(StoreFault, match="can't connect, expected a server that runs") as told:
        work("postgresql://ann:secret@127.0.0.1:9/acme", RuleBook.load("plugin:sharing"))
    assert "secret" not in str(told.value)


def test_that_a_pack_that_cannot_be_read_hides_no_fault_of_another_one(install, capsys):
    packs = """
    from wiifm import hookimpl

    @hookimpl
    def wiifm_books(books):
        books.add("bad", "[[rule]]\\nid = 'r'\\non = 'nope.x'\\npoints = 1")
        books.add("worse", "not toml [")
    """
    install("evil", packs)
    assert run(["plugins"]) == 1
    told = capsys.readouterr().out
    assert "wrong     plugin 'evil' (wiifm-evil 1.0), pack 'worse': found invalid TOML" in told
    place = "wrong     plugin 'evil' (wiifm-evil 1.0), pack 'bad': rule 'r', key 'on'"
    assert f"{place}: found the event type 'nope.x'" in told
    assert told.count("wrong") == 2
