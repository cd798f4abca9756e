"""``wiifm culture``: whether knowledge flows in the organisation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from wiifm.cli.feed import SOURCE
from wiifm.cli.moments import SINCE, UNTIL, time_of
from wiifm.cli.output import room, say, say_json, say_rows
from wiifm.cli.store import KEPT_BOOK, at_rest
from wiifm.cli.subject import SUBJECT, Subject, engine_of
from wiifm.culture.data import as_json
from wiifm.culture.keeping import keep
from wiifm.culture.nouns import Culture
from wiifm.culture.page import page
from wiifm.culture.plain import markdown, rows
from wiifm.words.catalogues import speech
from wiifm.words.speech import Speech

_STYLES = {
    "title": "bold",
    "period": "dim",
    "lead": "",
    "weeks": "green",
    "section": "bold cyan",
    "note": "dim",
}


@click.command("culture")
@SUBJECT
@SOURCE
@KEPT_BOOK
@click.option("--json", "face", flag_value="json", help="The report as JSON.")
@click.option("--html", "face", flag_value="html", help="The report as a page in one file.")
@click.option("--markdown", "face", flag_value="markdown", help="The report in Markdown.")
@click.option(
    "--language", default="en", show_default=True, help="Such as de, es, fr, or one of a plugin."
)
@SINCE
@UNTIL
@click.option(
    "--fewest",
    metavar="K",
    type=click.IntRange(min=1),
    help="No figure is told that is of fewer persons; as many as the book says, or 5, unless given.",
)
@click.option(
    "--named", is_flag=True, help="Name first believers and experts, where the book allows it."
)
@click.option(
    "--keep-days",
    is_flag=True,
    help="Keep in STORE what each day comes to, so that later reports needn't read its events.",
)
@click.pass_context
def culture_command(
    context: click.Context,
    subject: Subject,
    source: str,
    book: str | None,
    face: str | None,
    language: str,
    since: datetime | None,
    until: datetime | None,
    fewest: int | None,
    named: bool,
    keep_days: bool,
) -> None:
    """Report whether knowledge flows.

    The report tells of adoption, spread, help across units, answers, topics and rewards.

    It is read from STORE, or from EVENTS that are scored by BOOK. It needs the extra culture.
    """
    spoken = speech(language)
    if keep_days:
        _keep(subject, book)
    with engine_of(subject, source, book) as (engine, poured):
        first, last = time_of(since, until, engine.book)
        try:
            least = engine.book.fewest if fewest is None else fewest
            found = engine.culture(first, last, fewest=least, named=named)
        except ImportError as error:
            raise click.ClickException(str(error)) from None
    _FACES[face](found, spoken)
    context.exit(1 if poured.rejected else 0)


def _keep(subject: Subject, book: str | None) -> None:
    """Have the store keep its days."""
    if subject.store is None:
        raise click.BadParameter("it is for a STORE, which can keep them", param_hint="--keep-days")
    with at_rest(subject.store, book) as (opened, decided):
        keep(opened, decided)


def _text(found: Culture, spoken: Speech) -> None:
    """As text of 80 columns, or as wide as a terminal is."""
    say_rows(rows(found, spoken, room()), _STYLES)


_FACES: dict[str | None, Callable[[Culture, Speech], None]] = {
    None: _text,
    "json": lambda found, _: say_json(as_json(found)),
    "html": lambda found, spoken: click.echo(page(found, spoken), nl=False),
    "markdown": lambda found, spoken: say(markdown(found, spoken)),
}
