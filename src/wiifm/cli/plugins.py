"""``wiifm plugins``: list the installed plugins, what each contributes, and their faults."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from inspect import getsourcelines, ismodule
from textwrap import dedent

import click
from attrs import asdict

from wiifm import hooks
from wiifm.cli.commands import commands_of
from wiifm.cli.output import Json, json_option, write, write_json
from wiifm.contributions import HOOKS, Contribution, attribute
from wiifm.deliveries import Delivery
from wiifm.faults import Fault, InvalidRuleBook, did_you_mean, origin
from wiifm.plugins import BUILT_IN, Plugins, find_plugins
from wiifm.rule_kinds import Setting
from wiifm.rulebook.draft import Draft, Header
from wiifm.rulebook.gather import gather
from wiifm.rulebook.layers import packs_of
from wiifm.sources.by_name import WITH_SOURCES
from wiifm.stores.urls import OPENERS
from wiifm.words.catalogues import catalogues_of


def _check_hook(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name is not None and name not in HOOKS:
        message = f"found {name!r}, expected one of {', '.join(HOOKS)}{did_you_mean(name, HOOKS)}"
        raise click.BadParameter(message)
    return name


@click.command("plugins")
@json_option("the list")
@click.option(
    "--hook",
    metavar="NAME",
    callback=_check_hook,
    help="Only plugins with this hook, such as wiifm_sources, and those that may lack it by a fault.",
)
@click.option(
    "--trace", is_flag=True, help="Also show each hook that was called, and where it is defined."
)
@click.pass_context
def plugins_command(context: click.Context, as_json: bool, hook: str | None, trace: bool) -> None:
    """List the installed plugins, and what each contributes.

    Exit status 1 if any has a fault.

    \b
    Example:
      wiifm plugins --plugin karma.py
    """
    plugins = find_plugins(hooks=HOOKS, built_in=WITH_SOURCES)
    faults = [*plugins.faults, *_clashes(plugins, context)]
    vocabulary = [
        name for name in plugins.contributions if name in BUILT_IN or name not in WITH_SOURCES
    ]
    shown = [
        (each, faults_of(each, vocabulary))
        for each in plugins.contributions.values()
        if hook is None or hook in hooks_of(each) or _may_lack(each, hook)
    ]
    if as_json:
        found = {
            each.name: plugin_json(each, wrong, plugins.tried.get(each.name))
            for each, wrong in shown
        }
        off, texts = dict(plugins.off), [str(fault) for fault in faults]
        write_json(
            {"api_version": hooks.API_VERSION, "plugins": found, "off": off, "faults": texts}
        )
    else:
        lines = [
            line
            for each, wrong in shown
            for line in (_title(each, plugins), *_lines(each, wrong, trace))
        ]
        lines += [f"{name}  (switched off by {why})" for name, why in plugins.off.items()]
        lines += [f"wrong: {fault}" for fault in faults]
        write("\n".join(lines) or "no plugin has this hook")
    context.exit(1 if faults or any(wrong for _, wrong in shown) else 0)


def _clashes(plugins: Plugins, context: click.Context) -> Iterator[Fault]:
    """Names that more than one plugin offers, although a book, a file or a user has to mean one."""
    for name, packs in packs_of(plugins).items():
        if len(packs) > 1:
            yield plugins.ambiguity("pack", name, packs)
    for name, readers in plugins.offered(lambda each: each.sources.registered).items():
        if len(readers) > 1:
            yield plugins.ambiguity("source", name, readers)
    for scheme, openers in plugins.offered(lambda each: each.stores.registered).items():
        if scheme in OPENERS:
            owner = plugins.contributions[next(iter(openers))].source
            yield Fault(f"store {scheme!r}", f"one of {owner}", "a scheme that isn't ours")
        elif len(openers) > 1:
            yield plugins.ambiguity("store", scheme, openers)
    app = context.find_root().command
    assert isinstance(app, click.Group)
    yield from commands_of(plugins, app.commands).faults.values()


def hooks_of(found: Contribution) -> list[str]:
    """The hooks that a plugin has."""
    return [name for name in HOOKS if callable(attribute(found.plugin, name))]


def _may_lack(found: Contribution, hook: str) -> bool:
    """Whether a fault may be why a plugin lacks a hook: it has no hooks at all, or one with a similar name that doesn't exist."""
    return not hooks_of(found) or any(fault.nearest == hook for fault in found.faults)


def faults_of(found: Contribution, vocabulary: Iterable[str]) -> list[Fault]:
    """The faults of a plugin: of its hooks, what they register, its packs and its words; and those of books that use what has none so far."""
    faults, broken = [*found.faults, *_overwritten(found)], set[str]()
    for name, pack in found.books.registered.items():
        try:
            wrong = tuple(pack.draft().faults)
        except InvalidRuleBook as error:
            wrong = error.faults
        faults += wrong
        broken |= {name} if wrong else set()
    faults += [fault for each in catalogues_of(found) for fault in each.faults()]
    if not found.faults:  # else what a book lacks may only be what the plugin failed to contribute
        names = [each for each in (found.name, *found.books.registered) if each not in broken]
        faults += _in_books(found, names, tuple(vocabulary))
    return list(dict.fromkeys(faults))


def _overwritten(found: Contribution) -> Iterator[Fault]:
    """The hooks that the source of a plugin defines twice, so that Python silently keeps only the last function."""
    within = found.plugin if ismodule(found.plugin) else type(found.plugin)
    try:
        lines, before = getsourcelines(within)
        body = ast.parse(dedent("".join(lines))).body
    except (OSError, TypeError, SyntaxError):  # its source isn't available
        return
    if not ismodule(within):
        classes = [each for each in body if isinstance(each, ast.ClassDef)]
        body, before = [each for whole in classes for each in whole.body], before - 1
    functions = [each for each in body if isinstance(each, ast.FunctionDef) and each.name in HOOKS]
    first: dict[str, int] = {}
    for each in functions:
        line = first.setdefault(each.name, each.lineno)
        if line != each.lineno:
            lines_found = f"one in line {before + line} and another in line {before + each.lineno}"
            expected = "one function that registers everything, as Python keeps only the last one"
            yield Fault(f"{found.source}, hook {each.name}", lines_found, expected)


def _in_books(
    found: Contribution, names: Iterable[str], vocabulary: tuple[str, ...]
) -> Iterator[Fault]:
    """The faults of a plugin that show only when a book uses it, or a pack of it, with the event types of all plugins."""
    for name in names:
        header = Header(id="plugins", use=(name,), vocabulary=vocabulary)
        try:
            gather(Draft("plugins", header=header))
        except InvalidRuleBook as error:
            yield from (each for each in error.faults if each.where.startswith(found.source))


def contributed(found: Contribution) -> dict[str, list[str]]:
    """The names of everything that a plugin contributes, by kind."""
    kinds: dict[str, list[str]] = {}
    for section, name in sorted(found.draft.items):
        kinds.setdefault(section, []).append(name)
    kinds["kind"] = sorted(found.kinds.registered)
    kinds["measure"] = sorted(found.measures.registered)
    kinds["calendar"] = sorted(found.calendars.registered)
    kinds["observer"] = [
        each.name if isinstance(each, Delivery) else getattr(each, "__name__", type(each).__name__)
        for each in found.observers.registered
    ]
    kinds["pack"] = sorted(found.books.registered)
    kinds["source"] = sorted(found.sources.registered)
    kinds["store"] = sorted(found.stores.registered)
    kinds["command"] = sorted(found.commands.registered)
    kinds["words"] = sorted(language for language, _ in found.words.registered)
    return {kind: names for kind, names in kinds.items() if names}


def _declared_settings(found: Contribution) -> dict[str, Mapping[str, Setting]]:
    """The settings that the rule kinds of a plugin declare, by the names of the kinds."""
    kinds = sorted(found.kinds.registered.items())
    return {name: kind.settings for name, kind in kinds if kind.settings is not None}


def _valid_ifs(found: Contribution) -> dict[str, str]:
    """What must be true of the settings of a plugin's rule kinds together, by the names of the kinds."""
    kinds = sorted(found.kinds.registered.items())
    return {name: kind.valid_if for name, kind in kinds if kind.valid_if is not None}


def plugin_json(found: Contribution, wrong: Iterable[Fault], tried: str | None = None) -> Json:
    """A plugin as JSON; ``tried`` is how it was named if it is tried without being installed."""
    return {
        "distribution": found.distribution,
        "tried": tried,
        "hooks": hooks_of(found),
        "contributes": contributed(found),
        "settings": {
            kind: {name: asdict(setting) for name, setting in declared.items()}
            for kind, declared in _declared_settings(found).items()
        },
        "valid_if": _valid_ifs(found),
        "faults": [str(fault) for fault in wrong],
    }


def _title(found: Contribution, plugins: Plugins) -> str:
    if text := plugins.tried.get(found.name):
        return f"{found.name}  (tried: {text})"
    ours = "built in" if found.name in WITH_SOURCES else "of more than one distribution"
    return f"{found.name}  ({found.distribution or ours})"


def _lines(found: Contribution, wrong: Iterable[Fault], trace: bool) -> Iterator[str]:
    for kind, names in contributed(found).items():
        yield f"  {kind:<9} {', '.join(names)}"
    for kind, settings in _declared_settings(found).items():
        for name, setting in settings.items():
            yield f"  setting   {name} of {kind}: {setting}"
    for kind, valid_if in _valid_ifs(found).items():
        yield f"  setting   of {kind}: valid if {valid_if}"
    for hook in found.called if trace else ():
        where = origin(attribute(found.plugin, hook))
        yield f"  called    {hook}({HOOKS[hook]})  in {where}"
    for fault in wrong:
        yield f"  wrong     {fault}"
