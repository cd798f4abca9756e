"""What goes to the terminal or the pipe: text that is safe to show, JSON, and numbers in it."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

import click
from rich.console import Console, RenderableType

from wiifm.ledger import Amount, Award, Entry, Holder, Standing

Json: TypeAlias = dict[str, Any]

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """A text from outside with its control characters spelt out, so that it can't steer a terminal.

    >>> print(shown("ann" + chr(27) + "[2J"))
    ann\\x1b[2J
    """
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


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
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


_UNBOUNDED = 100_000
"""As wide as a pipe is."""


def draw(found: RenderableType) -> None:
    """Draw a table to standard output, as wide and colourful as that is; a pipe has no width at all."""
    width = None if sys.stdout.isatty() else _UNBOUNDED
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(found)
    click.echo(capture.get(), nl=False, color=console.is_terminal)


def number(amount: Amount | float) -> int | float:
    """An amount as a number of JSON.

    >>> from decimal import Decimal
    >>> number(Decimal("1.25")), number(5)
    (1.25, 5)
    """
    return float(amount) if isinstance(amount, Decimal) else amount


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


def holder_json(holder: Holder) -> Json:
    """A member, unit or community."""
    return {"kind": holder.kind, "id": holder.id}


def entry_json(entry: Entry) -> Json:
    """An entry of the ledger."""
    return {
        "no": entry.no,
        "holder": holder_json(entry.holder),
        "purse": entry.purse,
        "amount": number(entry.amount),
        "rule": entry.rule,
        "event": entry.event,
        "occurred_at": entry.occurred_at.isoformat(),
        "role": entry.role,
        "say": entry.say,
        "corrects": entry.corrects,
        "because": entry.because,
        "book": entry.book,
        "was": entry.was,
    }


def _award_order(award: Award) -> tuple[object, ...]:
    return (award.badge, award.occurred_at, award.key or "", award.tier, repr(award.occurrence))


def counted(times: int, noun: str) -> str:
    """How many of something, in words.

    >>> counted(1, "event"), counted(0, "event")
    ('1 event', '0 events')
    """
    return f"{times} {noun}" + ("" if times == 1 else "s")
