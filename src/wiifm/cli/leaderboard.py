"""``wiifm leaderboard``: show who earned the most."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack, get_args

import click
from attrs import evolve

from wiifm import arguments
from wiifm.cli.feed import SOURCE
from wiifm.cli.moments import in_zone, moment
from wiifm.cli.names import NAMES, Directory
from wiifm.cli.output import TOP, Json, json_option, write, write_json
from wiifm.cli.store import BOOK_OPTION
from wiifm.cli.subject import SUBJECT, Subject, engine_of
from wiifm.cli.tables import number_column, text_column, write_rest, write_table
from wiifm.deeds import Named
from wiifm.engine import Engine
from wiifm.engine_readings import memory_of
from wiifm.leaderboard import BY, Among, Rank
from wiifm.ledger import number


@click.command("leaderboard")
@SUBJECT
@SOURCE
@BOOK_OPTION
@click.option("--purse", default="points", show_default=True, help="The purse to compare.")
@click.option(
    "--over",
    metavar="PERIOD",
    default="ever",
    show_default=True,
    help='The period: ever, day, week, month, year, "last 30 days" or "every 14 days".',
)
@click.option("--community", metavar="NAME", help="Count only what was earned in this community.")
@click.option("--unit", metavar="NAME", help="Count only what members of this unit earned.")
@click.option("--topic", metavar="NAME", help="Count only what was earned on this topic.")
@click.option(
    "--newcomers",
    metavar="PERIOD",
    help='Show only members who began in this period, such as month or "last 90 days".',
)
@click.option(
    "--by",
    type=click.Choice(BY),
    default="points",
    show_default=True,
    help="Compare points, or the growth since the period before.",
)
@click.option("--around", metavar="MEMBER", help="Show only this member and their neighbours.")
@click.option(
    "--at",
    metavar="TIME",
    callback=moment,
    help='A moment in the period, or the end of the "last 30 days". Over ever, what was earned later counts, too: the moment only decides '
    "who had left by then. Default: the moment of the latest event.",
)
@NAMES
@TOP
@json_option("all ranks")
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
    directory: Directory,
    top: int,
    as_json: bool,
    **among: Unpack[Among],
) -> None:
    """Show who earned the most.

    It reads a STORE, or scores EVENTS by BOOK.

    \b
    Examples:
      wiifm leaderboard sqlite:///acme.db --over month
      wiifm leaderboard acme.toml may.jsonl --around ann
    """
    with engine_of(subject, source, book) as (engine, poured):
        until = in_zone(at, "--at", engine.book)
        ranks = engine.leaderboard(purse, over, community, around, until, **among)
        if not ranks:
            _check_names(engine, around, community=community, **among)
    if as_json:
        options = {"purse": purse, "over": over, "community": community, **among}
        write_json({**options, "ranks": [_rank_json(each) for each in ranks]})
    else:
        ranks = [evolve(each, member=directory.told_apart(each.member)) for each in ranks]
        _write(ranks, purse if among["by"] == "points" else f"more {purse}", around, top)
    context.exit(1 if poured.rejected else 0)


def _check_names(engine: Engine, around: str | None, **named: object) -> None:
    """Check that the names exist for which a leaderboard is empty, as one may be misspelt.

    Raises:
        UnknownName: there is no such member, or no event names the community, unit or topic.
    """
    if around is not None:
        engine.member(around)
    memory = memory_of(engine)
    with memory.reading():
        for kind in get_args(Named):
            if named[kind] is not None:
                arguments.check_named(memory, kind, str(named[kind]))


def _rank_json(found: Rank) -> Json:
    return {"rank": found.rank, "member": found.member, "points": number(found.points)}


def _write(ranks: list[Rank], what: str, around: str | None, top: int) -> None:
    if not ranks:
        write("nobody is on it yet" if around is None else f"{around} isn't on it")
        return
    columns = (number_column("rank"), text_column("member"), number_column(what))
    write_table(columns, ((each.rank, each.member, each.points) for each in ranks[:top]))
    write_rest(top, len(ranks), "ranks")
