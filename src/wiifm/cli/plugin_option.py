"""The option ``--plugin``, which tries plugins that aren't installed."""

from __future__ import annotations

import click

from wiifm.faults import InvalidInput
from wiifm.tried import try_plugin

OPTION = "--plugin"


def _try(context: click.Context, _: click.Parameter, texts: tuple[str, ...]) -> None:
    """The callback of the option. It is eager, so that whatever follows finds the plugins."""
    for text in () if context.resilient_parsing else texts:
        try:
            try_plugin(text)
        except InvalidInput as error:
            raise click.BadParameter(str(error), param_hint=OPTION) from None


PLUGIN = click.Option(
    [OPTION],
    metavar="[NAME=]FILE",
    multiple=True,
    is_eager=True,
    expose_value=False,
    callback=_try,
    help="A plugin to try without installing it: a file, or the name of a module. Can be repeated.",
)


def accept_plugins(command: click.Command) -> None:
    """Add the option to a command, unless it has it; if it is a group, to the commands in it, too."""
    if isinstance(command, click.Group):
        for name in command.commands:
            accept_plugins(command.commands[name])
    if PLUGIN not in command.params:
        command.params.append(PLUGIN)
