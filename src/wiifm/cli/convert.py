"""``wiifm convert``: what another system keeps, as events; and its rules, as a rule book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from wiifm.cli.commands import Family
from wiifm.cli.output import tell
from wiifm.events import Event
from wiifm.faults import counted
from wiifm.sources import Line, Rejected, write_jsonl
from wiifm.sources.stackexchange import read_dump

OUTPUT = click.option(
    "--output",
    metavar="FILE",
    default="-",
    help="Where the events go, as JSON Lines, compressed if its name ends with .gz; standard output unless given.",
)


@click.group("convert", cls=Family)
def convert_commands() -> None:
    """Turn what another system keeps into events, or into rules."""


@convert_commands.command("stackexchange")
@click.argument("folder", metavar="DIR")
@OUTPUT
@click.pass_context
def stackexchange_command(context: click.Context, folder: str, output: str) -> None:
    """Turn a Stack Exchange data dump into events.

    The pack stackexchange has rules for them.

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


@convert_commands.command("fedbadges")
@click.argument("places", metavar="RULES...", nargs=-1, required=True)
@click.option(
    "--topic",
    "topics",
    metavar="TOPIC",
    multiple=True,
    help="A topic that there is, beside those that the rules name: categories are made of these. May be given again.",
)
@click.option("--id", default="fedbadges", show_default=True, help="The name of the book.")
@click.option(
    "--output",
    metavar="FILE",
    default="-",
    help="Where the book goes, in TOML; standard output unless given.",
)
@click.pass_context
def fedbadges_command(
    context: click.Context, places: tuple[str, ...], topics: tuple[str, ...], id: str, output: str
) -> None:
    """Turn rules of Fedora Badges into a rule book.

    RULES are files in YAML, or folders of them (extra fedbadges). What the book doesn't say is told, with the reason. Exit
    status 1 when some rule was left out and the rest was converted.
    """
    try:
        from wiifm.fedbadges import convert, read_rules  # noqa: PLC0415 - the extra may be missing
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    rules, unread = read_rules(places)
    found = convert(rules, topics, id)
    with click.open_file(output, "w", encoding="utf-8") as file:
        file.write(found.toml)
    left_out = [*unread, *found.left_out]
    for gap in found.otherwise:
        tell(str(gap))
    for gap in left_out:
        tell(f"left out: {gap}")
    tell(f"{counted(len(found.badges), 'badge')}, {counted(len(left_out), 'rule')} left out")
    context.exit(1 if left_out else 0)
