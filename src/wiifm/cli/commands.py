"""The group of all commands: wiifm's own, imported when they are used, and those of plugins, looked for when they are needed."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Collection, Iterable, Mapping
from importlib import import_module
from typing import Any

import click
from attrs import frozen

from wiifm.cli.output import write_error
from wiifm.cli.plugin_option import OPTION, accept_plugins
from wiifm.contributions import Contribution, attribute
from wiifm.failures import module_of, raised
from wiifm.faults import FOREIGN_ERRORS, Fault, InvalidInput, WiifmError, nearest
from wiifm.plugins import Plugins, find_plugins

_FOUND = "wiifm.command"
"""Where click's context has the command of a plugin that is run, with its plugin."""


@frozen
class Commands:
    """The commands of plugins by name, each with the plugin that it is of, and the faults of those that can't be used."""

    found: dict[str, tuple[click.Command, Contribution]]
    faults: dict[str, Fault]


def commands_of(plugins: Plugins, own: Collection[str]) -> Commands:
    """The commands of plugins. A name that is one of ``own``, or that two plugins use, is a fault."""
    found, faults = {}, {}
    for name, owners in plugins.offered(lambda each: each.commands.registered).items():
        owner = next(iter(owners))
        if name in own:
            where = f"{plugins.contributions[owner].source}: command {name!r}"
            taken = "a name that none of wiifm's own commands has: " + ", ".join(own)
            faults[name] = Fault(where, f"the name {name!r}", taken)
        elif len(owners) > 1:
            faults[name] = plugins.ambiguity("command", name, owners)
        else:
            found[name] = owners[owner], plugins.contributions[owner]
    return Commands(found, faults)


class LazyCommands(UserDict[str, click.Command]):
    """Commands by their names, given as ``"module:name"`` and imported at the first access, so that a command imports only what it needs.

    >>> LazyCommands({"score": "wiifm.cli.score:score_command"})["score"].name
    'score'
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        found: dict[str, Any] = {**places}
        super().__init__(found)

    def __getitem__(self, name: str) -> click.Command:
        """The command with a name."""
        found = self.data[name]
        if isinstance(found, str):
            module, _, attribute = found.partition(":")
            found = self.data[name] = getattr(import_module(module), attribute)
            accept_plugins(found)
        return found


class CommandGroup(click.Group):
    """Commands under one name. One that doesn't exist is refused with the nearest name that does."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        found = super().get_command(ctx, cmd_name)
        if found is None:
            refuse(ctx, cmd_name, self.commands)
        return found


def refuse(ctx: click.Context, name: str, known: Iterable[str]) -> None:
    """Fail with the command that was probably meant, if there is one near enough.

    Raises:
        click.UsageError: there is one.
    """
    if meant := nearest(name, known):
        ctx.fail(f"No such command {name!r}; did you mean {meant!r}?")


class MainGroup(click.Group):
    """wiifm's own commands and those of plugins. Plugins are loaded only to list commands, or for a name that isn't one of wiifm's own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, wiifm's own first."""
        own = super().list_commands(ctx)
        plugins = find_plugins(hooks={"wiifm_commands"})
        commands = commands_of(plugins, own)
        _report_faults(plugins, commands)
        return [*own, *sorted(commands.found)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with a name; None if there is none.

        Raises:
            InvalidInput: plugins offer one, but it can't be used.
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        plugins = find_plugins(hooks={"wiifm_commands"})
        commands = commands_of(plugins, self.commands)
        if cmd_name in commands.faults:
            raise InvalidInput([commands.faults[cmd_name]])
        if cmd_name not in commands.found:
            _report_faults(plugins, commands)
            refuse(ctx, cmd_name, [*self.commands, *commands.found])
            return None
        ctx.meta[_FOUND] = commands.found[cmd_name]
        return commands.found[cmd_name][0]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that arguments name. If there is none, a plugin that is named after it may be the one that has it.

        Raises:
            click.UsageError: there is none.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if any(each.partition("=")[0] == OPTION for each in args):
                advice = f"a command of a plugin comes after it: wiifm {OPTION} FILE {args[0]}"
                raise click.UsageError(f"{error.message} With {OPTION}, {advice}", ctx) from None
            raise

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. If a plugin's command raises, the error names it and the line.

        Raises:
            InvalidInput: a plugin's command raised.
        """
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except (WiifmError, SystemExit):
            raise
        except FOREIGN_ERRORS as error:
            if _FOUND not in ctx.meta:
                raise
            raise InvalidInput([_failure(error, *ctx.meta[_FOUND])]) from error


def _failure(error: BaseException, command: click.Command, owner: Contribution) -> Fault:
    """The fault of a plugin's command that raised, with the place in its code."""
    function = command.callback or attribute(owner.plugin, "wiifm_commands")
    found = raised(error, module_of(function))
    return Fault(
        f"{owner.source}, command {command.name!r}", found, "a command that raises nothing"
    )


def _report_faults(plugins: Plugins, commands: Commands) -> None:
    """Write the faults of plugins to standard error, as they may be why a command is missing."""
    faults = [fault for each in plugins.contributions.values() for fault in each.faults]
    for fault in dict.fromkeys([*plugins.faults, *faults, *commands.faults.values()]):
        write_error(str(fault))
