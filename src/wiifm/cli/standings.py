"""``wiifm standings``: show what everybody has."""

from __future__ import annotations

import click

from wiifm.cli.holdings import holdings_json, write_holdings
from wiifm.cli.names import NAMES, Directory
from wiifm.cli.output import TOP, json_option, write_json
from wiifm.cli.store import BOOK_OPTION, STORE, existing


@click.command("standings")
@STORE
@BOOK_OPTION
@json_option("all holders")
@NAMES
@TOP
def standings_command(
    store: str, book: str | None, as_json: bool, directory: Directory, top: int
) -> None:
    """Show the points, badges and levels of everybody in STORE.

    \b
    Example:
      wiifm standings sqlite:///acme.db --top 20
    """
    with existing(store, book) as engine:
        found = engine.standings()
        if as_json:
            write_json({"book": engine.book.digest, **holdings_json(found)})
        else:
            write_holdings(engine.book, found, top, directory)
