"""``wiifm statement``: what a member earned and why, and what is next."""

from __future__ import annotations

from datetime import datetime

import click

from wiifm.cli.feed import BOOK, EVENTS, SOURCE, feed
from wiifm.cli.output import Json, holding, reasoned_json, say, say_json
from wiifm.engine import Engine
from wiifm.event_types import zone_named
from wiifm.faults import UnknownName, nearest
from wiifm.ledger import Holder, number
from wiifm.rulebook.book import RuleBook
from wiifm.statement import Statement


@click.command("statement")
@click.argument("member", metavar="MEMBER")
@BOOK
@EVENTS
@SOURCE
@click.option("--json", "as_json", is_flag=True, help="The statement as JSON.")
@click.option("--since", metavar="TIME", help="From this date (or date and time) on.")
@click.option("--until", metavar="TIME", help="Before this date (or date and time).")
@click.pass_context
def statement_command(
    context: click.Context,
    member: str,
    book: str,
    events: tuple[str, ...],
    source: str,
    as_json: bool,
    since: str | None,
    until: str | None,
) -> None:
    """What's in it for MEMBER: what they earned and why, and what is next.

    A date without a UTC offset is one in the zone of the book.
    """
    engine = Engine(RuleBook.load(book))
    first, last = _moment(since, "--since", engine), _moment(until, "--until", engine)
    if first and last and first >= last:
        raise click.BadParameter(f"{until} is not after {since}", param_hint="--until")
    poured = feed(engine, events, source)
    if Holder("member", member) not in set(engine.holders()):
        raise UnknownName(_nobody(engine, member))
    found = engine.statement(member, first, last)
    if as_json:
        say_json(statement_json(found))
    else:
        say(str(found))
    context.exit(1 if poured.rejected else 0)


def _moment(text: str | None, option: str, engine: Engine) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=zone_named(engine.book.zone))
        found.timestamp()
    except (ValueError, OverflowError):
        expected = "ISO 8601, such as 2026-05-01 or 2026-05-01T09:00:00+02:00"
        raise click.BadParameter(
            f"found {text!r}, expected {expected}", param_hint=option
        ) from None
    return found


def _nobody(engine: Engine, member: str) -> str:
    """Why there is no statement for such a member, and who may have been meant."""
    holders = list(engine.holders())
    found = f"member {member!r}: none of these events credits them or could have"
    for each in holders:
        if each.id == member:
            return f"{found}; there is a {each.kind} of this name, whose standing score --json has"
    hint = nearest(member, (each.id for each in holders if each.kind == "member"))
    return found + (f"; did you mean {hint!r}?" if hint else "")


def statement_json(found: Statement) -> Json:
    """A statement as JSON."""
    return {
        "member": found.member,
        "since": found.since,
        "until": found.until,
        **holding(found.standing),
        "earned": [
            {
                "rule": each.rule,
                "purse": each.purse,
                "amount": number(each.amount),
                "times": each.times,
                "say": each.say,
                "entries": each.entries,
            }
            for each in found.earned
        ],
        "awards": [{"badge": each.badge, **reasoned_json(each)} for each in found.awards],
        "helped": dict(found.helped),
        "recognised_by": dict(found.recognised_by),
        "words": [{"member": who, "text": text} for who, text in found.words],
        "next": [
            {
                "badge": each.badge,
                "tier": each.tier or None,
                "object": each.key,
                "value": each.value,
                "threshold": each.threshold,
                "missing": each.missing,
            }
            for each in found.next
        ],
    }
