"""``wiifm prune``: old events go into an archive, and their texts from the store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from attrs import asdict

from wiifm.cli.moments import in_zone, moment
from wiifm.cli.output import say, say_json
from wiifm.cli.store import KEEP, KEPT_BOOK, RECEIPT, STORE, YES, at_rest
from wiifm.retention import prune


@click.command("prune")
@STORE
@KEPT_BOOK
@click.option(
    "--before",
    metavar="MOMENT",
    required=True,
    callback=moment,
    help="Archive the events before it: ISO 8601, in the book's zone where it has no UTC offset.",
)
@click.option(
    "--archive",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the events go, as JSON Lines; compressed if its name ends with .gz.",
)
@KEEP
@YES
@RECEIPT
def prune_command(
    store: str,
    book: str | None,
    before: datetime,
    archive: Path,
    keep: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> None:
    """Move old events of STORE into a FILE.

    The FILE can be recorded again; in STORE the texts of these events are erased.

    Points, badges and entries stay, and the store can still be verified. Nothing is erased before FILE is whole.
    """
    with at_rest(store, book) as (opened, decided):
        edge = in_zone(before, "--before", decided)
        if not yes:
            asked = f"Erase the texts of events before {edge} from the store, once they are in {str(archive)!r}"
            click.confirm(asked, abort=True, err=True)
        found = prune(opened, decided, edge, archive, keep)
    if as_json:
        say_json(asdict(found))
    else:
        say(str(found))
