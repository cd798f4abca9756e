"""``wiifm standings``: what everybody has."""

from __future__ import annotations

import click

from wiifm.cli.holdings import holdings, say_table
from wiifm.cli.output import say_json
from wiifm.cli.store import KEPT_BOOK, STORE, existing


@click.command("standings")
@STORE
@KEPT_BOOK
@click.option("--json", "as_json", is_flag=True, help="All holders, as JSON.")
@click.option(
    "--top",
    default=10,
    show_default=True,
    type=click.IntRange(min=0),
    help="How many members the table shows; --json always has all.",
)
def standings_command(store: str, book: str | None, as_json: bool, top: int) -> None:
    """What everybody has by what was recorded in STORE: points, badges and levels."""
    with existing(store, book) as engine:
        found = engine.standings()
        if as_json:
            say_json({"book": engine.book.digest, **holdings(found)})
        else:
            say_table(engine.book, found, top)
