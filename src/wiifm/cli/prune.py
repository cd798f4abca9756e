"""``wiifm prune``: archive old events, and erase their texts from the store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from attrs import asdict

from wiifm.cli.moments import in_zone, moment
from wiifm.cli.output import json_option, write, write_json
from wiifm.cli.store import BOOK_OPTION, KEEP, STORE, YES, confirm, open_with_book
from wiifm.personal import check_kept
from wiifm.retention import prune


@click.command("prune")
@STORE
@BOOK_OPTION
@click.option(
    "--before",
    metavar="TIME",
    required=True,
    callback=moment,
    help="Archive the events before this moment: a date, or a date and time, such as 2026-01-01; in the time zone of the book unless it has a "
    "UTC offset.",
)
@click.option(
    "--archive",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the events to FILE as JSON Lines, compressed if its name ends with .gz.",
)
@KEEP
@YES
@json_option()
def prune_command(
    store: str,
    book: str | None,
    before: datetime,
    archive: Path,
    keep: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> None:
    """Archive old events of STORE, and erase their texts.

    The events go into FILE, which can be recorded again. Then their free texts, which no rule reads, are erased from STORE. Points, badges and
    entries stay, and wiifm verify still succeeds. Nothing is erased before FILE is complete.

    \b
    Example:
      wiifm prune sqlite:///acme.db --before 2026-01-01 --archive 2025.jsonl.gz
    """
    with open_with_book(store, book) as (opened, decided):
        edge = in_zone(before, "--before", decided)
        check_kept(decided, keep)
        if not yes:
            question = f"Erase the texts of events before {edge} from the store, once they are in {str(archive)!r}?"
            confirm(question)
        found = prune(opened, decided, edge, archive, keep)
    if as_json:
        write_json(asdict(found))
    else:
        write(str(found))
