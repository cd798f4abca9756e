"""``wiifm convert``: convert data of other systems into events, and their rules into a rule book."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from wiifm.cli.commands import CommandGroup
from wiifm.cli.output import Command, refuse_input, writable, write_error
from wiifm.events import Event
from wiifm.faults import counted
from wiifm.sources import Line, Rejected, write_jsonl
from wiifm.sources.stackexchange import read_dump


def _output_option(what: str) -> Callable[[Command], Command]:
    return click.option(
        "--output",
        metavar="FILE",
        default="-",
        show_default=True,
        type=click.Path(dir_okay=False, readable=False, allow_dash=True),
        callback=writable,
        help=f"Write {what}; - is standard output.",
    )


@click.group("convert", cls=CommandGroup)
def convert_commands() -> None:
    """Convert data of other systems into events or rules."""


@convert_commands.command("stackexchange")
@click.argument("folder", metavar="DIR")
@_output_option("the events to FILE as JSON Lines, compressed if its name ends with .gz")
@click.pass_context
def stackexchange_command(context: click.Context, folder: str, output: str) -> None:
    """Convert a Stack Exchange data dump into events.

    The pack stackexchange has rules for them. DIR has the files Posts, Users and Votes, as .xml or .xml.gz, and may have Comments and
    PostHistory. Exit status 1 if a row was rejected and the rest was converted.

    \b
    Example:
      wiifm convert stackexchange dump --output events.jsonl.gz
    """
    refuse_input(output, Path(folder).glob("*.xml*"), "--output")
    rejected: list[int] = []
    written = write_jsonl(_events(read_dump(folder), rejected), output)
    if output != "-":
        write_error(f"{counted(written, 'event')}, {len(rejected)} rejected")
    context.exit(1 if rejected else 0)


def _events(lines: Iterable[Line], rejected: list[int]) -> Iterator[Event]:
    """The events of lines. Rejected lines are written to standard error at once, and their numbers appended to ``rejected``."""
    for line in lines:
        if isinstance(line.found, Rejected):
            write_error(str(line.found))
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
    help="A topic that exists in addition to those that the rules name, for rules about categories. Can be repeated.",
)
@click.option("--id", default="fedbadges", show_default=True, help="The id of the rule book.")
@_output_option("the rule book to FILE, in TOML")
@click.pass_context
def fedbadges_command(
    context: click.Context, places: tuple[str, ...], topics: tuple[str, ...], id: str, output: str
) -> None:
    """Convert rules of Fedora Badges into a rule book.

    RULES are YAML files, or folders of them (extra fedbadges). Whatever the book can't express is written to standard error, with the
    reason. Exit status 1 if a rule was left out and the rest was converted.

    \b
    Example:
      wiifm convert fedbadges rules/ --output badges.toml
    """
    try:
        from wiifm.fedbadges import convert, read_rules  # noqa: PLC0415 - the extra may be missing
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    inputs = (each for place in map(Path, places) for each in (place, *place.rglob("*.y*ml")))
    refuse_input(output, inputs, "--output")
    rules, unread = read_rules(places)
    found = convert(rules, topics, id)
    with click.open_file(output, "w", encoding="utf-8") as file:
        file.write(found.toml)
    left_out = [*unread, *found.left_out]
    for gap in found.otherwise:
        write_error(str(gap))
    for gap in left_out:
        write_error(f"left out: {gap}")
    write_error(f"{counted(len(found.badges), 'badge')}, {counted(len(left_out), 'rule')} left out")
    context.exit(1 if left_out else 0)
