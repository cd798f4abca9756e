"""``wiifm close``: share out a campaign's pool, once for each window."""

from __future__ import annotations

from datetime import datetime

import click
from attrs import evolve

from wiifm.campaigns import Campaign, Closing
from wiifm.cli.moments import in_zone, moment
from wiifm.cli.names import NAMES, Directory
from wiifm.cli.output import Json, json_option, top_option, write, write_json
from wiifm.cli.store import BOOK_OPTION, STORE, after_store, existing
from wiifm.cli.tables import number_column, text_column, write_rest, write_table
from wiifm.closing import Terms
from wiifm.faults import counted
from wiifm.ledger import number
from wiifm.rulebook.book import RuleBook


@click.command("close")
@STORE
@click.argument("campaign", metavar="CAMPAIGN", callback=after_store)
@BOOK_OPTION
@click.option(
    "--since",
    metavar="TIME",
    callback=moment,
    help="When points begin to count. Default: the end of the last closing, or else the beginning of the campaign in the book.",
)
@click.option(
    "--until",
    metavar="TIME",
    callback=moment,
    help="When points cease to count. Required if the campaign in the book has no end.",
)
@click.option(
    "--budget",
    type=float,
    metavar="AMOUNT",
    help="The amount to share out, instead of the one in the book.",
)
@click.option(
    "--preview", is_flag=True, help="Show who would get how much, without recording anything."
)
@NAMES
@top_option("places in the table")
@json_option("all places")
def close_command(
    store: str,
    campaign: str,
    book: str | None,
    since: datetime | None,
    until: datetime | None,
    budget: float | None,
    preview: bool,
    directory: Directory,
    top: int,
    as_json: bool,
) -> None:
    """Close CAMPAIGN: share out its pool.

    Who gets how much follows from what was recorded in STORE, and is recorded there as events. A window is closed only once, so if the
    command was interrupted, run it again.

    \b
    Examples:
      wiifm close sqlite:///acme.db spring --preview
      wiifm close sqlite:///acme.db spring --until 2026-06-01 --budget 500
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
        write_json(_json(closing, preview))
    else:
        _show(_named(closing, directory), engine.book, top, preview)


def _end(book: RuleBook, campaign: str) -> datetime | None:
    """The end of a campaign in the book; None for an unknown campaign, which the engine reports."""
    found = book.campaigns.get(campaign)
    if found is not None and found.until is None:
        message = f"campaign {campaign!r} has no end in the book; give --until TIME"
        raise click.BadParameter(message, param_hint="--until")
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


def _named(closing: Closing, directory: Directory) -> Closing:
    """A closing whose members have their names."""
    called = (evolve(each, member=directory.told_apart(each.member)) for each in closing.places)
    return evolve(closing, places=tuple(called))


def _show(closing: Closing, book: RuleBook, top: int, preview: bool) -> None:
    campaign = book.campaigns[closing.campaign]
    shares = ""
    if book.individuals or not preview:
        _say_places(closing, campaign, top)
        shares = f"{counted(len(closing.places), 'place')}, "
    since = "the beginning" if closing.since is None else closing.since.isoformat()
    summary = f"{shares}a pool of {closing.pool} {campaign.pays}, {campaign.purse} from {since} to {closing.until.isoformat()}"
    if campaign.goal is not None and closing.points < campaign.goal:
        summary += f", {closing.points} of the goal of {campaign.goal:.15g}"
    write(f"{summary}: {'nothing was recorded' if preview else f'recorded as {closing.event}'}")


def _say_places(closing: Closing, campaign: Campaign, top: int) -> None:
    write_table(
        (
            number_column("rank"),
            text_column("member"),
            number_column(campaign.purse),
            number_column(campaign.pays),
        ),
        ((each.rank, each.member, each.points, each.amount) for each in closing.places[:top]),
    )
    write_rest(top, len(closing.places), "places")
