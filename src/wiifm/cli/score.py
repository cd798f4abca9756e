"""``wiifm score``: score events without a store."""

from __future__ import annotations

import click

from wiifm.cli.books import BOOK, load
from wiifm.cli.feed import EVENTS, SOURCE, feed, rejected_json
from wiifm.cli.holdings import holdings_json, write_holdings
from wiifm.cli.names import NAMES, Directory
from wiifm.cli.output import (
    TOP,
    Json,
    json_option,
    refuse_input,
    tally_text,
    writable,
    write,
    write_json,
)
from wiifm.engine import Engine
from wiifm.sources import Poured
from wiifm.sources.jsonl import write_records


@click.command("score")
@BOOK
@EVENTS
@SOURCE
@json_option()
@click.option(
    "--ledger",
    metavar="FILE",
    type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    callback=writable,
    help="Write the entries of the ledger to FILE as JSON Lines; - prints them instead of the table.",
)
@NAMES
@TOP
@click.pass_context
def score_command(
    context: click.Context,
    book: str,
    events: tuple[str, ...],
    source: str,
    as_json: bool,
    ledger: str | None,
    directory: Directory,
    top: int,
) -> None:
    """Score EVENTS by BOOK, without a store.

    It shows the points, badges and levels of each member. Exit status 1 if a line was rejected, or a plugin raised where it should have
    decided.

    \b
    Examples:
      wiifm score acme.toml may.jsonl
      wiifm score plugin:sharing may.jsonl --json
    """
    if ledger == "-" and as_json:
        message = "- is standard output, which --json writes to; name a file for the ledger"
        raise click.BadParameter(message, param_hint="--ledger")
    refuse_input(ledger, (book, *events), "--ledger")
    engine = Engine(load(book))
    poured = feed(engine, events, source)
    if ledger is not None:
        write_records((entry.as_json() for entry in engine.ledger()), ledger)
    if as_json:
        write_json(score_json(engine, poured))
    elif ledger != "-":
        write_holdings(engine.book, engine.standings(), top, directory)
        pending, rejected = len(engine.pending()), len(poured.rejected)
        write(tally_text(poured.recorded, poured.duplicates, pending, rejected))
    context.exit(1 if poured.rejected or poured.failed else 0)


def score_json(engine: Engine, poured: Poured) -> Json:
    """The result as JSON. Its order doesn't depend on the order of the events."""
    return {
        "book": engine.book.digest,
        "events": poured.recorded,
        "duplicates": poured.duplicates,
        "pending": len(engine.pending()),
        "rejected": rejected_json(poured.rejected),
        "failed": poured.failed,
        **holdings_json(engine.standings()),
    }
