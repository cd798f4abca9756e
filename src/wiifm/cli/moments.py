"""Options for moments: ISO 8601, in the time zone of the book unless they have a UTC offset."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import click

from wiifm.event_types import zone_named
from wiifm.rulebook.book import RuleBook

Moment = TypeVar("Moment", datetime, datetime | None)

EXPECTED = "ISO 8601, such as 2026-05-01 or 2026-05-01T09:00:00+02:00"


def moment(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    """The callback of an option for a moment."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"found {text!r}, expected {EXPECTED}") from None


SINCE = click.option(
    "--since",
    metavar="TIME",
    callback=moment,
    help="The beginning: a date, or a date and time, such as 2026-05-01.",
)
UNTIL = click.option(
    "--until",
    metavar="TIME",
    callback=moment,
    help="The end, exclusive: a date, or a date and time, such as 2026-06-01.",
)


def time_range(
    since: datetime | None, until: datetime | None, book: RuleBook
) -> tuple[datetime | None, datetime | None]:
    """The values of ``--since`` and ``--until`` with their UTC offsets.

    Raises:
        click.BadParameter: the end isn't after the beginning.
    """
    first, last = in_zone(since, "--since", book), in_zone(until, "--until", book)
    if first and last and first >= last:
        message = f"{last.isoformat()} is not after {first.isoformat()}"
        raise click.BadParameter(message, param_hint="--until")
    return first, last


def in_zone(found: Moment, option: str, book: RuleBook) -> Moment:
    """A moment with its UTC offset: its own, or that of the book's time zone. None stays None.

    Raises:
        click.BadParameter: the moment can't be represented.
    """
    if found is None:
        return None
    try:
        zoned = found if found.tzinfo else found.replace(tzinfo=zone_named(book.zone))
        zoned.timestamp()
    except (ValueError, OverflowError):
        message = f"found {found.isoformat()!r}, expected {EXPECTED}"
        raise click.BadParameter(message, param_hint=option) from None
    return zoned
