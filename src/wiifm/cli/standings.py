"""``wiifm standings``: what everybody has."""

from __future__ import annotations

import click

from wiifm.cli.holdings import holdings, say_table
from wiifm.cli.output import TOP, say_json
from wiifm.cli.store import KEPT_BOOK, STORE, existing


@click.command("standings")
@STORE
@KEPT_BOOK
@click.option("--json", "as_json", is_flag=True, help="All holders, as JSON.")
@TOP
def standings_command(store: str, book: str | None, as_json: bool, top: int) -> None:
    """Show the points, badges and levels of everybody in STORE."""
    with existing(store, book) as engine:
        found = engine.standings()
        if as_json:
            say_json({"book": engine.book.digest, **holdings(found)})
        else:
            say_table(engine.book, found, top)
