"""``wiifm convert``: what another system keeps, as events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from wiifm.cli.output import counted, tell
from wiifm.events import Event
from wiifm.sources import Line, Rejected, write_jsonl
from wiifm.sources.stackexchange import read_dump

OUTPUT = click.option(
    "--output",
    metavar="FILE",
    default="-",
    help="Where the events go, as JSON Lines, compressed if its name ends with .gz; standard output unless given.",
)


@click.group("convert")
def convert_commands() -> None:
    """Turn what another system keeps into events, as JSON Lines."""


@convert_commands.command("stackexchange")
@click.argument("folder", metavar="DIR")
@OUTPUT
@click.pass_context
def stackexchange_command(context: click.Context, folder: str, output: str) -> None:
    """Turn a Stack Exchange data dump into events for the pack stackexchange.

    DIR holds Posts, Users and Votes as .xml or .xml.gz; Comments and PostHistory are read if they are there. Exit status 1
    when some row was rejected and the rest was converted.
    """
    rejected: list[int] = []
    written = write_jsonl(_told(read_dump(folder), rejected), output)
    if output != "-":
        tell(f"{counted(written, 'event')}, {len(rejected)} rejected")
    context.exit(1 if rejected else 0)


def _told(lines: Iterable[Line], rejected: list[int]) -> Iterator[Event]:
    """The events of lines; what was rejected is told at once, and its line noted."""
    for line in lines:
        if isinstance(line.found, Rejected):
            tell(str(line.found))
            rejected.append(line.number)
        else:
            yield line.found
