"""``wiifm statement``: what sharing did for a member and for others, and what is next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from wiifm.cli.feed import SOURCE
from wiifm.cli.links import link_options
from wiifm.cli.moments import SINCE, UNTIL, time_of
from wiifm.cli.output import Json, holding, room, say, say_json, say_rows
from wiifm.cli.store import KEPT_BOOK
from wiifm.cli.subject import SUBJECT, Subject, engine_of
from wiifm.rulebook.book import RuleBook
from wiifm.showing import Links, by_template, mail, markdown, page
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
@SUBJECT
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
@SINCE
@UNTIL
@link_options
def statement_command(
    member: str,
    subject: Subject,
    source: str,
    book: str | None,
    face: str | None,
    language: str,
    since: datetime | None,
    until: datetime | None,
    **templates: str | None,
) -> None:
    """Show what's in it for MEMBER.

    The statement says what they gained and why, whom they helped, and what is next.

    It is read from STORE, or from EVENTS that are scored by BOOK.

    A date without a UTC offset is one in the zone of the book.
    """
    spoken, links = speech(language), _links(face, **templates)
    with engine_of(subject, source, book) as (engine, poured):
        found = engine.statement(engine.member(member).id, *time_of(since, until, engine.book))
        decided = engine.book
    _FACES[face](found, spoken, decided, links)
    click.get_current_context().exit(1 if poured.rejected else 0)


def _links(face: str | None, **templates: str | None) -> Links:
    """Where things and members are; refused where nothing would become a link."""
    given = [each for each in templates.values() if each is not None]
    if given and face not in _LEADING:
        raise click.UsageError("--links and --profiles go with --html, --markdown or --mail")
    if face == "mail" and any(each.startswith("/") for each in given):
        raise click.UsageError("a mail is on no host: expected addresses with http:// or https://")
    return by_template(**templates)


def statement_json(found: Statement) -> Json:
    """A statement as JSON, with the badges that the member holds."""
    return {**as_json(found), **holding(found.standing)}


def _text(found: Statement, spoken: Speech, book: RuleBook, _: Links) -> None:
    """As text of 80 columns, or as wide as a terminal is."""
    say_rows(rows(tell(found, spoken, book), room()), _STYLES)


def _why(found: Statement, *_: object) -> None:
    for name, events in evidence(found):
        if events:
            say(f"{name}: {', '.join(events)}")


def _html(found: Statement, spoken: Speech, book: RuleBook, links: Links) -> None:
    click.echo(page(found, spoken, book=book, links=links), nl=False)


def _markdown(found: Statement, spoken: Speech, book: RuleBook, links: Links) -> None:
    say(markdown(found, spoken, book=book, links=links))


def _mail(found: Statement, spoken: Speech, book: RuleBook, links: Links) -> None:
    click.echo(mail(found, spoken, book=book, links=links).as_bytes(), nl=False)


_LEADING: dict[str | None, Callable[[Statement, Speech, RuleBook, Links], None]] = {
    "html": _html,
    "markdown": _markdown,
    "mail": _mail,
}
"""The faces in which something may be a link."""

_FACES = _LEADING | {
    None: _text,
    "json": lambda found, *_: say_json(statement_json(found)),
    "why": _why,
}
