"""``wiifm statement``: what sharing did for a member and for others, and what is next."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

import click
from rich.console import Console
from rich.text import Text

from wiifm.cli.feed import SOURCE
from wiifm.cli.ground import GROUND, Ground, engine_of
from wiifm.cli.moments import in_zone, moment
from wiifm.cli.output import Json, holding, say, say_json, shown
from wiifm.cli.store import KEPT_BOOK
from wiifm.engine import Engine
from wiifm.showing import mail, markdown, page
from wiifm.statement import as_json
from wiifm.statement.nouns import Statement, evidence
from wiifm.statement.plain import rows
from wiifm.statement.telling import tell
from wiifm.words.catalogues import speech
from wiifm.words.speech import Speech

_STYLES = {
    "title": "bold",
    "period": "dim",
    "figures": "bold green",
    "weeks": "green",
    "section": "bold cyan",
    "quote": "italic",
    "note": "dim",
}


@click.command("statement")
@click.argument("member", metavar="MEMBER")
@GROUND
@SOURCE
@KEPT_BOOK
@click.option("--json", "face", flag_value="json", help="The statement as JSON.")
@click.option("--html", "face", flag_value="html", help="The statement as a page in one file.")
@click.option("--markdown", "face", flag_value="markdown", help="The statement in Markdown.")
@click.option(
    "--mail", "face", flag_value="mail", help="A mail of it, text and HTML, to pipe to a mailer."
)
@click.option("--why", "face", flag_value="why", help="The ids of the events behind each line.")
@click.option(
    "--language", default="en", show_default=True, help="Such as de, es, fr, or one of a plugin."
)
@click.option(
    "--since", metavar="TIME", callback=moment, help="From this date (or date and time) on."
)
@click.option(
    "--until", metavar="TIME", callback=moment, help="Before this date (or date and time)."
)
@click.pass_context
def statement_command(
    context: click.Context,
    member: str,
    ground: Ground,
    source: str,
    book: str | None,
    face: str | None,
    language: str,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """What's in it for MEMBER: what they gained and why, whom they helped, and what is next.

    It is read from STORE, or from EVENTS that are scored by BOOK.

    A date without a UTC offset is one in the zone of the book.
    """
    spoken = speech(language)
    with engine_of(ground, source, book) as (engine, poured):
        found = engine.statement(engine.member(member).id, *_time(engine, since, until))
    _FACES[face](found, spoken)
    context.exit(1 if poured.rejected else 0)


def _time(
    engine: Engine, since: datetime | None, until: datetime | None
) -> tuple[datetime | None, datetime | None]:
    first, last = in_zone(since, "--since", engine.book), in_zone(until, "--until", engine.book)
    if first and last and first >= last:
        told = f"{last.isoformat()} is not after {first.isoformat()}"
        raise click.BadParameter(told, param_hint="--until")
    return first, last


def statement_json(found: Statement) -> Json:
    """A statement as JSON, with the badges that the member holds."""
    return {**as_json(found), **holding(found.standing)}


def _text(found: Statement, spoken: Speech) -> None:
    """As text: in colour in a terminal, and the same without in a pipe."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for kind, row in rows(tell(found, spoken)):
        if sys.stdout.isatty():
            console.print(Text(shown(row), style=_STYLES.get(kind, "")))
        else:
            say(row)


def _why(found: Statement, _: Speech) -> None:
    for name, events in evidence(found):
        if events:
            say(f"{name}: {', '.join(events)}")


_FACES: dict[str | None, Callable[[Statement, Speech], None]] = {
    None: _text,
    "json": lambda found, _: say_json(statement_json(found)),
    "html": lambda found, spoken: click.echo(page(found, spoken), nl=False),
    "markdown": lambda found, spoken: say(markdown(found, spoken)),
    "mail": lambda found, spoken: click.echo(mail(found, spoken).as_bytes(), nl=False),
    "why": _why,
}
