"""``wiifm close``: a campaign's pool is shared, once for each window."""

from __future__ import annotations

from datetime import datetime

import click
from rich.table import Table
from rich.text import Text

from wiifm.campaigns import Closing
from wiifm.cli.moments import in_zone, moment
from wiifm.cli.output import Json, draw, say, say_json, shown, top_option
from wiifm.cli.store import KEPT_BOOK, STORE, behind_a_store, existing
from wiifm.closing import Terms
from wiifm.faults import counted
from wiifm.ledger import number
from wiifm.rulebook.book import RuleBook


@click.command("close")
@STORE
@click.argument("campaign", metavar="CAMPAIGN", callback=behind_a_store)
@KEPT_BOOK
@click.option(
    "--since",
    metavar="TIME",
    callback=moment,
    help="From when on points count; from where the last closing ended, or as the book says, unless given.",
)
@click.option(
    "--until",
    metavar="TIME",
    callback=moment,
    help="Until when points count: must be given where the campaign in the book has no end.",
)
@click.option(
    "--budget", type=float, metavar="AMOUNT", help="What there is to share, in place of the book's."
)
@click.option("--preview", is_flag=True, help="Tell who would get how much, and record nothing.")
@top_option("places the table")
@click.option("--json", "as_json", is_flag=True, help="All places, as JSON.")
def close_command(
    store: str,
    campaign: str,
    book: str | None,
    since: datetime | None,
    until: datetime | None,
    budget: float | None,
    preview: bool,
    top: int,
    as_json: bool,
) -> None:
    """Close CAMPAIGN: share out what it pays.

    Who gets how much follows from what was recorded in STORE, and is recorded there as events.

    A window that was closed isn't closed again, so that a command that was interrupted may be repeated.
    """
    with existing(store, book) as engine:
        terms: Terms = {
            "since": in_zone(since, "--since", engine.book),
            "until": in_zone(until, "--until", engine.book) or _end(engine.book, campaign),
            "budget": budget,
        }
        close = engine.preview_closing if preview else engine.close_campaign
        closing = close(campaign, **terms)
    if as_json:
        say_json(_json(closing, preview))
    else:
        _say(closing, engine.book, top, preview)


def _end(book: RuleBook, campaign: str) -> datetime | None:
    """When a campaign ends by the book; an unknown one is left for the engine to tell."""
    found = book.campaigns.get(campaign)
    if found is not None and found.until is None:
        told = f"campaign {campaign!r} has no end in the book; say until when points count"
        raise click.BadParameter(told, param_hint="--until")
    return found.until if found else None


def _json(closing: Closing, preview: bool) -> Json:
    places = [
        {
            "rank": each.rank,
            "member": each.member,
            "points": number(each.points),
            "amount": number(each.amount),
        }
        for each in closing.places
    ]
    return {
        "campaign": closing.campaign,
        "event": None if preview else closing.event,
        "since": closing.since,
        "until": closing.until,
        "points": number(closing.points),
        "pool": number(closing.pool),
        "places": places,
    }


def _say(closing: Closing, book: RuleBook, top: int, preview: bool) -> None:
    pays = book.campaigns[closing.campaign].pays
    shares = ""
    if book.individuals or not preview:
        _say_places(closing, pays, top)
        shares = f"{counted(len(closing.places), 'place')}, "
    since = "the beginning" if closing.since is None else closing.since.isoformat()
    said = f"{shares}a pool of {closing.pool} {pays}, points from {since} to {closing.until.isoformat()}"
    say(f"{said}: {'nothing was recorded' if preview else f'recorded as {closing.event}'}")


def _say_places(closing: Closing, pays: str, top: int) -> None:
    table = Table()
    table.add_column("rank", justify="right")
    table.add_column("member", overflow="fold")
    table.add_column("points", justify="right")
    table.add_column(shown(pays), justify="right")
    for each in closing.places[:top]:
        row = (str(each.rank), shown(each.member), str(each.points), str(each.amount))
        table.add_row(*map(Text, row))
    draw(table)
    if len(closing.places) > top:
        say(f"{top} of {len(closing.places)} places; --top {len(closing.places)} shows all")
