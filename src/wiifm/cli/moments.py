"""Moments on a command line: ISO 8601, in the zone of the book where they have no UTC offset."""

from __future__ import annotations

from datetime import datetime

import click

from wiifm.engine import Engine
from wiifm.event_types import zone_named

EXPECTED = "ISO 8601, such as 2026-05-01 or 2026-05-01T09:00:00+02:00"


def moment(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    """The moment that an option says: its callback."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"found {text!r}, expected {EXPECTED}") from None


def in_zone(found: datetime | None, option: str, engine: Engine) -> datetime | None:
    """A moment with its UTC offset."""
    if found is None:
        return None
    try:
        zoned = found if found.tzinfo else found.replace(tzinfo=zone_named(engine.book.zone))
        zoned.timestamp()
    except (ValueError, OverflowError):
        told = f"found {found.isoformat()!r}, expected {EXPECTED}"
        raise click.BadParameter(told, param_hint=option) from None
    return zoned
