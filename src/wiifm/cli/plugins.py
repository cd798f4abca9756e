"""``wiifm plugins``: which plugins there are, what each contributes, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points

import click

from wiifm import hooks
from wiifm.cli.output import Json, say, say_json
from wiifm.faults import nearest
from wiifm.plugins import HOOKS, Contribution, Plugins, find_plugins


def _a_hook(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name is not None and name not in HOOKS:
        hint = nearest(name, HOOKS)
        near = f"; did you mean {hint!r}?" if hint else ""
        raise click.BadParameter(f"found {name!r}, expected one of {', '.join(HOOKS)}{near}")
    return name


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
@click.option("--hook", metavar="NAME", callback=_a_hook, help="Only plugins that have this hook.")
@click.option(
    "--trace", is_flag=True, help="Show each hook that was called, and where it is defined."
)
@click.pass_context
def plugins_command(context: click.Context, as_json: bool, hook: str | None, trace: bool) -> None:
    """List the plugins that are built in or installed, and what each contributes to rule books.

    Exit status 1 if there is anything wrong with one.
    """
    plugins = find_plugins()
    shown = {
        name: each for name, each in plugins.found.items() if hook is None or hook in hooks_of(each)
    }
    if as_json:
        found = {name: plugin_json(each) for name, each in shown.items()}
        say_json({"api_version": hooks.API_VERSION, "plugins": found, "off": dict(plugins.off)})
    else:
        say("\n".join(_lines(plugins, shown, trace)) or "no plugin has this hook")
    context.exit(1 if any(each.faults for each in shown.values()) or plugins.faults else 0)


def hooks_of(found: Contribution) -> list[str]:
    """The hooks that a plugin has."""
    return [name for name in HOOKS if callable(getattr(found.plugin, name, None))]


def contributed(found: Contribution) -> dict[str, list[str]]:
    """The names of all that a plugin contributes, by what it is."""
    kinds: dict[str, list[str]] = {}
    for draft in (found.types.draft, found.book.draft):
        for section, name in sorted(draft.items):
            kinds.setdefault(section, []).append(name)
    kinds["kind"] = sorted(found.kinds.found)
    kinds["measure"] = sorted(found.measures.found)
    kinds["calendar"] = sorted(found.calendars.found)
    kinds["observer"] = [
        getattr(each, "__name__", type(each).__name__) for each in found.observers.found
    ]
    return {kind: names for kind, names in kinds.items() if names}


def plugin_json(found: Contribution) -> Json:
    """A plugin as JSON."""
    return {
        "distribution": distribution_of(found.name),
        "hooks": hooks_of(found),
        "contributes": contributed(found),
        "faults": [str(fault) for fault in found.faults],
    }


def distribution_of(name: str) -> str | None:
    """The distribution that an installed plugin comes with; None for one that is built in."""
    dists = [point.dist for point in entry_points(group=hooks.PROJECT, name=name)]
    return next((f"{dist.name} {dist.version}" for dist in dists if dist), None)


def _lines(plugins: Plugins, shown: dict[str, Contribution], trace: bool) -> Iterator[str]:
    for name, found in shown.items():
        yield f"{name}  ({distribution_of(name) or 'built in'})"
        for kind, names in contributed(found).items():
            yield f"  {kind:<9} {', '.join(names)}"
        if trace:
            for hook in hooks_of(found):
                function = getattr(found.plugin, hook)
                where = f"{function.__module__}:{function.__qualname__}"
                yield f"  called    {hook}({HOOKS[hook]})  in {where}"
        for fault in found.faults:
            yield f"  wrong     {fault}"
    for name, why in plugins.off.items():
        yield f"{name}  (switched off by {why})"
    for fault in plugins.faults:
        yield f"wrong: {fault}"
