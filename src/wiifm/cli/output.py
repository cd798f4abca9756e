"""Write text and JSON to a terminal or a pipe.

Texts from outside are written with control characters escaped, so that they can't control the terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click
from rich.console import Console
from rich.text import Text

from wiifm.faults import counted
from wiifm.ledger import Award, Standing, number

Json: TypeAlias = dict[str, Any]

Command = TypeVar("Command", bound=Callable[..., Any])

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ISOLATES = re.compile("([\u2068\u2069])")


def top_option(what: str) -> Callable[[Command], Command]:
    """The option for the number of something that is shown, such as "members in the table"."""
    return click.option(
        "--top",
        default=10,
        show_default=True,
        type=click.IntRange(min=0),
        help=f"The number of {what}; --json always has all.",
    )


def json_option(what: str = "the result") -> Callable[[Command], Command]:
    """The option to print something as JSON."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON.")


TOP = top_option("members in the table")


def format_options(**helps: str) -> Callable[[Command], Callable[..., None]]:
    """The options of a command that prints one of several formats, each with its help. The one that is given is passed on as ``output``.

    Two of them are refused when the command is called.
    """

    def decorate(command: Command) -> Callable[..., None]:
        @wraps(command)
        def with_output(*arguments: object, **options: object) -> None:
            given = [name for name in helps if options.pop(name)]
            if len(given) > 1:
                named = " and ".join(f"--{name}" for name in given)
                raise click.UsageError(f"found {named}, expected only one output format")
            command(*arguments, **options, output=given[0] if given else None)

        for name, text in reversed(helps.items()):
            with_output = click.option(f"--{name}", is_flag=True, help=text)(with_output)
        return with_output

    return decorate


LANGUAGE = click.option(
    "--language",
    default="en",
    show_default=True,
    help="The language: en, de, es, fr, or one that a plugin provides.",
)


def printable(text: str) -> str:
    """A text with its control characters escaped, so that it can't control the terminal.

    >>> print(printable("ann" + chr(27) + "[2J"))
    ann\\x1b[2J
    """
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def printable_sentence(text: str) -> str:
    """A sentence with its control characters escaped, apart from the isolates that separate right-to-left names from the rest.

    >>> printable_sentence("to \u2068\u05e0\u05d5\u2069" + chr(27)) == "to \u2068\u05e0\u05d5\u2069" + "\\\\x1b"
    True
    """
    parts = _ISOLATES.split(text)
    return "".join(each if _ISOLATES.fullmatch(each) else printable(each) for each in parts)


def write(text: str) -> None:
    """Write a text to standard output."""
    click.echo(printable(text))


def write_error(text: str) -> None:
    """Write a message to standard error."""
    click.echo(printable(text), err=True)


def write_json(found: object) -> None:
    """Write JSON to standard output, in ASCII."""
    click.echo(json.dumps(found, indent=2, allow_nan=False, default=_moment))


def _moment(value: object) -> str:
    if isinstance(value, date):  # or a datetime, which is a subclass
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


def writable(_: click.Context, __: click.Parameter, path: str | None) -> str | None:
    """The callback of an option for a file to write. It checks that it can be written, before anything is computed, and doesn't change it."""
    if path is None or path == "-" or (os.path.exists(path) and not os.path.isfile(path)):
        return path
    new = not os.path.lexists(path)
    try:
        with open(path, "ab"):
            pass
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise click.BadParameter(f"{path!r} can't be written: {why}") from None
    if new:
        os.unlink(path)
    return path


def refuse_input(path: str | None, inputs: Iterable[str | Path], option: str) -> None:
    """Refuse a file to write, if there is one, that is also one of the files that the command reads.

    Raises:
        click.BadParameter: it is.
    """
    if path and os.path.exists(path):
        for each in inputs:
            if os.path.exists(each) and os.path.samefile(path, each):
                message = f"{path!r} is an input of this command; name another file"
                raise click.BadParameter(message, param_hint=option)


TEXT, LEAST = 80, 40
"""The width of text in columns, and the least one in a narrow terminal."""


_STYLES = {
    "title": "bold",
    "period": "dim",
    "figures": "bold green",
    "weeks": "green",
    "section": "bold cyan",
    "quote": "italic",
    "note": "dim",
}
"""How a terminal shows the kinds of rows in a statement or report; others are plain."""


def write_rows(rows: Iterable[tuple[str, str]]) -> None:
    """Write rows of text, each with its kind."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for kind, row in rows:
        if is_a_terminal():
            console.print(Text(printable_sentence(row), style=_STYLES.get(kind, "")))
        else:
            click.echo(printable_sentence(row))


def room() -> int:
    """The width for text: 80 columns, or that of a narrower terminal."""
    return min(TEXT, max(LEAST, Console().width)) if is_a_terminal() else TEXT


def is_a_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def holding_json(standing: Standing) -> Json:
    """A standing as JSON: points by purse, badges by id, levels by ladder."""
    badges: dict[str, list[Json]] = {}
    for award in sorted(standing.badges, key=_award_order):
        badges.setdefault(award.badge, []).append(award_json(award))
    return {
        "points": {purse: number(amount) for purse, amount in sorted(standing.points.items())},
        "badges": badges,
        "levels": dict(sorted(standing.levels.items())),
    }


def award_json(award: Award) -> Json:
    """An award of a badge as JSON, as standings have it."""
    return {
        "at": award.occurred_at.isoformat(),
        "object": award.key,
        "tier": award.tier or None,
    }


def sourced_award_json(award: Award) -> Json:
    """An award of a badge as JSON, with the id of the event that brought it."""
    return {**award_json(award), "event": award.event}


def _award_order(award: Award) -> tuple[object, ...]:
    return (award.badge, award.occurred_at, award.key or "", award.tier, repr(award.occurrence))


def tally_text(recorded: int, duplicates: int, pending: int, rejected: int) -> str:
    """How many events were recorded and how many weren't, as text.

    >>> tally_text(1, 2, 0, 0)
    '1 event, 2 duplicates, 0 pending, 0 rejected'
    """
    counts = (counted(recorded, "event"), counted(duplicates, "duplicate"))
    return ", ".join((*counts, f"{pending} pending", f"{rejected} rejected"))
