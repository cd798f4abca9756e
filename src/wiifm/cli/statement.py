"""``wiifm statement``: what a member earned and why, and what is next."""

from __future__ import annotations

from datetime import datetime

import click

from wiifm.cli.feed import SOURCE
from wiifm.cli.ground import GROUND, Ground, engine_of
from wiifm.cli.moments import in_zone, moment
from wiifm.cli.output import Json, holding, say, say_json
from wiifm.cli.store import KEPT_BOOK
from wiifm.statement.as_json import as_json
from wiifm.statement.nouns import Statement


@click.command("statement")
@click.argument("member", metavar="MEMBER")
@GROUND
@SOURCE
@KEPT_BOOK
@click.option("--json", "as_json", is_flag=True, help="The statement as JSON.")
@click.option(
    "--since", metavar="TIME", callback=moment, help="From this date (or date and time) on."
)
@click.option(
    "--until", metavar="TIME", callback=moment, help="Before this date (or date and time)."
)
@click.pass_context
def statement_command(
    context: click.Context,
    member: str,
    ground: Ground,
    source: str,
    book: str | None,
    as_json: bool,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """What's in it for MEMBER: what they earned and why, and what is next.

    It is read from STORE, or from EVENTS that are scored by BOOK.

    A date without a UTC offset is one in the zone of the book.
    """
    with engine_of(ground, source, book) as (engine, poured):
        first, last = in_zone(since, "--since", engine.book), in_zone(until, "--until", engine.book)
        if first and last and first >= last:
            told = f"{last.isoformat()} is not after {first.isoformat()}"
            raise click.BadParameter(told, param_hint="--until")
        found = engine.statement(engine.member(member).id, first, last)
    if as_json:
        say_json(statement_json(found))
    else:
        say(str(found))
    context.exit(1 if poured.rejected else 0)


def statement_json(found: Statement) -> Json:
    """A statement as JSON, with the badges that the member holds."""
    return {**as_json(found), **holding(found.standing)}
