"""``wiifm statement`` and ``wiifm explain``: what a member earned and why, and why there is an entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click

from wiifm.cli.feed import BOOK, EVENTS, feed
from wiifm.cli.output import Json, award_json, holding, number, say, say_json
from wiifm.engine import Engine
from wiifm.event_types import zone_named
from wiifm.faults import UnknownName, nearest
from wiifm.rulebook.book import RuleBook
from wiifm.statement import Statement

_FEW = 20_000
"""Among more names than this, none is looked for that may have been meant."""


@click.command("statement")
@click.argument("member", metavar="MEMBER")
@BOOK
@EVENTS
@click.option("--json", "as_json", is_flag=True, help="The statement as JSON.")
@click.option("--since", metavar="TIME", help="From this date (or date and time) on.")
@click.option("--until", metavar="TIME", help="Before this date (or date and time).")
@click.pass_context
def statement_command(
    context: click.Context,
    member: str,
    book: str,
    events: tuple[str, ...],
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
    poured = feed(engine, events)
    known = {holder.id for holder in engine.holders() if holder.kind == "member"}
    if member not in known:
        message = f"member {member!r}: none of these events credits them or could have"
        raise UnknownName(message + _hint(member, known))
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


def _hint(word: str, known: set[str]) -> str:
    hint = nearest(word, known) if len(known) <= _FEW else None
    return f"; did you mean {hint!r}?" if hint else ""


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
        "awards": [{"badge": each.badge, **award_json(each)} for each in found.awards],
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


@click.command("explain")
@click.argument("what", metavar="NUMBER|EVENT-ID")
@BOOK
@EVENTS
@click.pass_context
def explain_command(context: click.Context, what: str, book: str, events: tuple[str, ...]) -> None:
    """Why there is an entry in the ledger, or what an event did and why it didn't do more.

    A number is that of an entry, as score --ledger and statement --json show it; if there is no such
    entry, it is the id of an event.
    """
    engine = Engine(RuleBook.load(book))
    poured = feed(engine, events)
    say("\n\n".join(_explained(engine, what)))
    context.exit(1 if poured.rejected else 0)


def _explained(engine: Engine, what: str) -> Iterator[str]:
    """The explanation of an entry, or the receipt of an event with those of its entries."""
    number = what.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 20:
        try:
            yield str(engine.explain(int(number)))
            return
        except UnknownName:  # then it may be the id of an event
            pass
    try:
        yield str(engine.receipt(what))
    except UnknownName:
        known = {each.event for each in engine.ledger()}
        entries = f"there are entries 1 to {sum(1 for _ in engine.ledger())}"
        message = f"{what!r}: no event has this id, and {entries}{_hint(what, known)}"
        raise UnknownName(message) from None
    for each in list(engine.ledger()):
        if each.event == what:
            yield str(engine.explain(each))
