"""The options ``--links`` and ``--profiles``: URL templates of objects and members on the platform."""

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
"""The option for each kind of template, and how its help calls what it links to."""


def link_options(command: Command) -> Command:
    """Add the options to a command, which passes their values on to :func:`wiifm.showing.by_template`."""
    for kind, (option, what) in reversed(OPTIONS.items()):
        command = click.option(
            option,
            f"{kind}s",
            metavar="TEMPLATE",
            callback=_checked(kind),
            help=f"The URL of {what} on your platform, such as 'https://esn.example/{kind}s/{{{kind}}}'.",
        )(command)
    return command


def _checked(kind: Kind) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A callback that refuses invalid templates."""

    def checked(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
        if fault := template_fault(OPTIONS[kind][0], kind, text):
            raise click.BadParameter(f"found {fault.found}, expected {fault.expected}")
        return text

    return checked
