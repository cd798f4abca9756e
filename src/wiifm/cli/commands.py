"""The commands of plugins beside our own: found when one is asked for, and named when one fails."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Collection, Mapping
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import Any

import click
from attrs import frozen

from wiifm.cli.output import tell
from wiifm.faults import DISTURBANCES, Fault, InvalidInput, WiifmError, literal, nearest
from wiifm.plugins import Plugins, find_plugins


@frozen
class Commands:
    """The commands of plugins: each with how messages name it, and what is wrong with others."""

    found: dict[str, tuple[click.Command, str]]
    faults: dict[str, Fault]


def commands_of(plugins: Plugins, own: Collection[str]) -> Commands:
    """The commands of plugins, without those whose names are taken: by one of our own, or by two plugins."""
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
            found[name] = (
                owners[owner],
                f"{plugins.contributions[owner].source}, command {name!r}",
            )
    return Commands(found, faults)


class Imported(UserDict[str, click.Command]):
    """Commands by their names, kept as where they stand (``"module:name"``) and imported when one asks for them.

    A command that records needs little of what one that draws a report does.

    >>> Imported({"score": "wiifm.cli.score:score_command"})["score"].name
    'score'
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        found: dict[str, Any] = {**places}
        super().__init__(found)

    def __getitem__(self, name: str) -> click.Command:
        """The command of a name."""
        found = self.data[name]
        if isinstance(found, str):
            module, _, attribute = found.partition(":")
            found = self.data[name] = getattr(import_module(module), attribute)
        return found


class App(click.Group):
    """Our own commands; a name that is none of them is looked for among those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, our own first."""
        own = super().list_commands(ctx)
        plugins = find_plugins(hooks={"wiifm_commands"})
        commands = commands_of(plugins, own)
        _tell(plugins, commands)
        return [*own, *sorted(commands.found)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        plugins = find_plugins(hooks={"wiifm_commands"})
        commands = commands_of(plugins, self.commands)
        if cmd_name in commands.faults:
            raise InvalidInput([commands.faults[cmd_name]])
        if cmd_name not in commands.found:
            _tell(plugins, commands)
            if meant := nearest(cmd_name, [*self.commands, *commands.found]):
                ctx.fail(f"No such command {cmd_name!r}; did you mean {meant!r}?")
            return None
        command, ctx.meta["wiifm.command"] = commands.found[cmd_name]
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; one of a plugin that raises is named, with the line where it did."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except (WiifmError, SystemExit):
            raise
        except DISTURBANCES as error:
            command = ctx.meta.get("wiifm.command")
            if command is None:
                raise
            last = extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}, line {last.lineno}"
            found = f"{literal(error, 200)} ({place})"
            raise InvalidInput([Fault(command, found, "a command that raises nothing")]) from error


def _tell(plugins: Plugins, commands: Commands) -> None:
    """Tell what is wrong with plugins, so that nobody looks in vain for a command."""
    faults = [fault for each in plugins.contributions.values() for fault in each.faults]
    for fault in dict.fromkeys([*plugins.faults, *faults, *commands.faults.values()]):
        tell(str(fault))
