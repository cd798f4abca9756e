"""``wiifm culture``: report whether knowledge flows in the organisation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from wiifm.cli.feed import SOURCE
from wiifm.cli.moments import SINCE, UNTIL, time_range
from wiifm.cli.names import NAMES, Directory
from wiifm.cli.output import LANGUAGE, format_options, room, write, write_json, write_rows
from wiifm.cli.store import BOOK_OPTION, open_with_book
from wiifm.cli.subject import SUBJECT, Subject, engine_of
from wiifm.culture.data import as_json
from wiifm.culture.keeping import keep
from wiifm.culture.nouns import Culture
from wiifm.culture.page import page
from wiifm.culture.plain import markdown, rows
from wiifm.words.catalogues import speech
from wiifm.words.speech import Speech


@click.command("culture")
@SUBJECT
@SOURCE
@BOOK_OPTION
@format_options(
    json="Print the report as JSON.",
    html="Print the report as a self-contained HTML page.",
    markdown="Print the report in Markdown.",
)
@LANGUAGE
@SINCE
@UNTIL
@click.option(
    "--fewest",
    metavar="K",
    type=click.IntRange(min=1),
    help="Leave out figures about fewer than K people. Default: the minimum in the book, or 5.",
)
@click.option(
    "--named", is_flag=True, help="Name first believers and experts, if the book allows it."
)
@NAMES
@click.option(
    "--keep-days",
    is_flag=True,
    help="Store a tally of each day in STORE, so that later reports don't have to read its events.",
)
@click.pass_context
def culture_command(
    context: click.Context,
    subject: Subject,
    source: str,
    book: str | None,
    output: str | None,
    language: str,
    since: datetime | None,
    until: datetime | None,
    fewest: int | None,
    named: bool,
    directory: Directory,
    keep_days: bool,
) -> None:
    """Report whether knowledge flows in the organisation.

    The report covers adoption, spread, help across units, answers, topics and rewards. It reads a STORE, or scores EVENTS by BOOK. It needs
    the extra culture.

    \b
    Examples:
      wiifm culture sqlite:///acme.db --since 2026-01-01 --until 2026-04-01
      wiifm culture acme.toml may.jsonl --html > culture.html
    """
    spoken = speech(language, directory.called)
    if keep_days:
        _keep_days(subject, book)
    with engine_of(subject, source, book) as (engine, poured):
        first, last = time_range(since, until, engine.book)
        try:
            least = engine.book.fewest if fewest is None else fewest
            found = engine.culture(first, last, fewest=least, named=named)
        except ImportError as error:
            raise click.ClickException(str(error)) from None
    _FORMATS[output](found, spoken)
    context.exit(1 if poured.rejected else 0)


def _keep_days(subject: Subject, book: str | None) -> None:
    if subject.store is None:
        raise click.BadParameter("only a STORE can keep them", param_hint="--keep-days")
    with open_with_book(subject.store, book) as (opened, decided):
        keep(opened, decided)


def _text(found: Culture, spoken: Speech) -> None:
    """Write text of up to 80 columns."""
    write_rows(rows(found, spoken, room()))


_FORMATS: dict[str | None, Callable[[Culture, Speech], None]] = {
    None: _text,
    "json": lambda found, _: write_json(as_json(found)),
    "html": lambda found, spoken: click.echo(page(found, spoken), nl=False),
    "markdown": lambda found, spoken: write(markdown(found, spoken)),
}
