"""The option ``--plugin``, which tries plugins that aren't installed, and how commands load a rule book with them."""

from __future__ import annotations

import click

from wiifm.cli.output import write_error
from wiifm.faults import InvalidInput
from wiifm.plugins import find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.tried import tried, try_plugin

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
    """Add the option to a command; to a group, to the commands in it."""
    if isinstance(command, click.Group):
        for name in command.commands:
            accept_plugins(command.commands[name])
    else:
        command.params.append(PLUGIN)


def load(path: str) -> RuleBook:
    """Load a rule book, and write to standard error which of the plugins that are tried it doesn't use.

    Raises:
        InvalidRuleBook: it isn't valid, or one of those plugins isn't.
    """
    book = RuleBook.load(path)
    if not tried():
        return book
    plugins = find_plugins(disabled=book.disabled_plugins)
    for name, text in plugins.tried.items():
        found = plugins.contributions[name]
        if name not in book.plugins and (found.draft.items or found.observers.registered):
            way = f"add {name!r} to `use` in [book], or to `vocabulary` for its event types alone"
            write_error(f"{path} doesn't use what {text} contributes: {way}")
    return book
