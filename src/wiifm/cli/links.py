"""Where things and members are on the platform, on a command line: the templates of their addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from wiifm.showing.links import template_fault
from wiifm.statement.view import Kind

Command = TypeVar("Command", bound=Callable[..., object])

OPTIONS: dict[Kind, tuple[str, str]] = {
    "object": ("--links", "an object, such as a question,"),
    "member": ("--profiles", "a member"),
}
"""The options that tell where objects and members are, and what that is called."""


def link_options(command: Command) -> Command:
    """The options of a command that shows what may lead to the platform; it hands them to :func:`wiifm.showing.by_template`."""
    for kind, (option, what) in reversed(OPTIONS.items()):
        command = click.option(
            option,
            f"{kind}s",
            metavar="TEMPLATE",
            callback=_checked(kind),
            help=f"Where {what} is on your platform, such as 'https://esn.example/{kind}s/{{{kind}}}'.",
        )(command)
    return command


def _checked(kind: Kind) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A callback that refuses what is no template."""

    def checked(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
        if fault := template_fault(OPTIONS[kind][0], kind, text):
            raise click.BadParameter(f"found {fault.found}, expected {fault.expected}")
        return text

    return checked
