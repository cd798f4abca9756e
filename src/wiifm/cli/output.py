"""What goes to the terminal or the pipe: text that is safe to show, JSON, and numbers in it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias, TypeVar

import click
from rich.console import Console, RenderableType
from rich.text import Text

from wiifm.faults import counted
from wiifm.ledger import Award, Standing, number

Json: TypeAlias = dict[str, Any]

Command = TypeVar("Command", bound=Callable[..., Any])

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_APART = re.compile("([\u2068\u2069])")


def top_option(what: str) -> Callable[[Command], Command]:
    """The option that says how many of something are shown, such as "members the table"."""
    return click.option(
        "--top",
        default=10,
        show_default=True,
        type=click.IntRange(min=0),
        help=f"How many {what} shows; --json always has all.",
    )


TOP = top_option("members the table")


def shown(text: str) -> str:
    """A text from outside with its control characters spelt out, so that it can't steer a terminal.

    >>> print(shown("ann" + chr(27) + "[2J"))
    ann\\x1b[2J
    """
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def sentence(text: str) -> str:
    """A sentence as :func:`shown`; what keeps its parts apart, where a name in it runs from right to left, is left in it.

    >>> sentence("to \u2068\u05e0\u05d5\u2069" + chr(27)) == "to \u2068\u05e0\u05d5\u2069" + "\\\\x1b"
    True
    """
    return "".join(each if _APART.fullmatch(each) else shown(each) for each in _APART.split(text))


def say(text: str) -> None:
    """Write a text to standard output."""
    click.echo(shown(text))


def tell(text: str) -> None:
    """Write a message to standard error."""
    click.echo(shown(text), err=True)


def say_json(found: object) -> None:
    """Write JSON to standard output, in characters that any pipe can carry."""
    click.echo(json.dumps(found, indent=2, allow_nan=False, default=_moment))


def _moment(value: object) -> str:
    if isinstance(value, date):  # a moment is one, too
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


TEXT, LEAST = 80, 40
"""So many columns text has, and at least."""


def say_rows(rows: Iterable[tuple[str, str]], styles: Mapping[str, str]) -> None:
    """Rows of text, each with what it is: in the style of that in a terminal, and the same without in a pipe."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for kind, row in rows:
        if _is_a_terminal():
            console.print(Text(sentence(row), style=styles.get(kind, "")))
        else:
            click.echo(sentence(row))


def room() -> int:
    """How wide text may be: 80 columns, or fewer where a terminal has no more."""
    return min(TEXT, max(LEAST, Console().width)) if _is_a_terminal() else TEXT


def _is_a_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


_UNBOUNDED = 100_000
"""As wide as a pipe is."""


def draw(found: RenderableType) -> None:
    """Draw a table to standard output, as wide and colourful as that is; a pipe has no width at all."""
    width = None if _is_a_terminal() else _UNBOUNDED
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(found)
    click.echo(capture.get(), nl=False, color=console.is_terminal)


def holding(standing: Standing) -> Json:
    """What a holder has: points by purse, badges by id, levels by ladder."""
    badges: dict[str, list[Json]] = {}
    for award in sorted(standing.badges, key=_award_order):
        badges.setdefault(award.badge, []).append(award_json(award))
    return {
        "points": {purse: number(amount) for purse, amount in sorted(standing.points.items())},
        "badges": badges,
        "levels": dict(sorted(standing.levels.items())),
    }


def award_json(award: Award) -> Json:
    """One award of a badge, as a standing lists it."""
    return {
        "at": award.occurred_at.isoformat(),
        "object": award.key,
        "tier": award.tier or None,
    }


def reasoned_json(award: Award) -> Json:
    """One award of a badge with the event that brought it, where somebody asks why."""
    return {**award_json(award), "event": award.event}


def _award_order(award: Award) -> tuple[object, ...]:
    return (award.badge, award.occurred_at, award.key or "", award.tier, repr(award.occurrence))


def tallied(recorded: int, duplicates: int, pending: int, rejected: int) -> str:
    """What became of events, in words.

    >>> tallied(1, 2, 0, 0)
    '1 event, 2 duplicates, 0 pending, 0 rejected'
    """
    counts = (counted(recorded, "event"), counted(duplicates, "duplicate"))
    return ", ".join((*counts, f"{pending} pending", f"{rejected} rejected"))
