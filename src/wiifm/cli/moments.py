"""Moments on a command line: ISO 8601, in the zone of the book where they have no UTC offset."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import click

from wiifm.event_types import zone_named
from wiifm.rulebook.book import RuleBook

Moment = TypeVar("Moment", datetime, datetime | None)

EXPECTED = "ISO 8601, such as 2026-05-01 or 2026-05-01T09:00:00+02:00"


def moment(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    """The moment that an option says: its callback."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"found {text!r}, expected {EXPECTED}") from None


SINCE = click.option(
    "--since", metavar="TIME", callback=moment, help="From this date (or date and time) on."
)
UNTIL = click.option(
    "--until", metavar="TIME", callback=moment, help="Before this date (or date and time)."
)
"""The options of whoever tells of a time."""


def time_of(
    since: datetime | None, until: datetime | None, book: RuleBook
) -> tuple[datetime | None, datetime | None]:
    """What both say, in the zone of a book where they have no UTC offset."""
    first, last = in_zone(since, "--since", book), in_zone(until, "--until", book)
    if first and last and first >= last:
        told = f"{last.isoformat()} is not after {first.isoformat()}"
        raise click.BadParameter(told, param_hint="--until")
    return first, last


def in_zone(found: Moment, option: str, book: RuleBook) -> Moment:
    """A moment with its UTC offset, if there is one."""
    if found is None:
        return None
    try:
        zoned = found if found.tzinfo else found.replace(tzinfo=zone_named(book.zone))
        zoned.timestamp()
    except (ValueError, OverflowError):
        told = f"found {found.isoformat()!r}, expected {EXPECTED}"
        raise click.BadParameter(told, param_hint=option) from None
    return zoned
