"""``wiifm leaderboard``: who earned most."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

import click
from rich.table import Table
from rich.text import Text

from wiifm.cli.feed import SOURCE
from wiifm.cli.moments import in_zone, moment
from wiifm.cli.output import TOP, draw, say, say_json, shown
from wiifm.cli.store import KEPT_BOOK
from wiifm.cli.subject import SUBJECT, Subject, engine_of
from wiifm.leaderboard import BY, Among, Rank
from wiifm.ledger import number


@click.command("leaderboard")
@SUBJECT
@SOURCE
@KEPT_BOOK
@click.option(
    "--purse", default="points", show_default=True, help="The purse whose points are compared."
)
@click.option(
    "--over",
    metavar="TIME",
    default="ever",
    show_default=True,
    help='ever, day, week, month, year, "last 30 days" or "every 14 days".',
)
@click.option("--community", metavar="NAME", help="Only what was earned in this community.")
@click.option("--unit", metavar="NAME", help="Only what was earned by those of this unit.")
@click.option("--topic", metavar="NAME", help="Only what was earned on this topic.")
@click.option(
    "--newcomers",
    metavar="TIME",
    help='Only members who began in this time, such as month or "last 90 days".',
)
@click.option(
    "--by",
    type=click.Choice(BY),
    default="points",
    show_default=True,
    help="What is compared: the points, or how many more than in the time before.",
)
@click.option("--around", metavar="MEMBER", help="Only this member and their neighbours.")
@click.option(
    "--at",
    metavar="TIME",
    callback=moment,
    help="As of this moment; the latest event's unless given.",
)
@TOP
@click.option("--json", "as_json", is_flag=True, help="All ranks, as JSON.")
@click.pass_context
def leaderboard_command(
    context: click.Context,
    subject: Subject,
    source: str,
    book: str | None,
    purse: str,
    over: str,
    community: str | None,
    around: str | None,
    at: datetime | None,
    top: int,
    as_json: bool,
    **among: Unpack[Among],
) -> None:
    """Show who earned most.

    It is read from STORE, or from EVENTS that are scored by BOOK.
    """
    with engine_of(subject, source, book) as (engine, poured):
        until = in_zone(at, "--at", engine.book)
        ranks = engine.leaderboard(purse, over, community, around, until, **among)
        if around is not None and not ranks:
            engine.member(around)  # or there is nobody of this name
    if as_json:
        found = [
            {"rank": each.rank, "member": each.member, "points": number(each.points)}
            for each in ranks
        ]
        asked = {"purse": purse, "over": over, "community": community, **among}
        say_json({**asked, "ranks": found})
    else:
        _say_table(ranks, purse, top)
    context.exit(1 if poured.rejected else 0)


def _say_table(ranks: list[Rank], purse: str, top: int) -> None:
    table = Table()
    table.add_column("rank", justify="right")
    table.add_column("member", overflow="fold")
    table.add_column(shown(purse), justify="right")
    for each in ranks[:top]:
        table.add_row(*map(Text, (str(each.rank), shown(each.member), str(each.points))))
    draw(table)
    if len(ranks) > top:
        say(f"{top} of {len(ranks)} ranks; --top {len(ranks)} shows all")
