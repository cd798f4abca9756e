"""``wiifm statement``: show what sharing did for a member and for others, and what is next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from wiifm.cli.feed import SOURCE
from wiifm.cli.links import link_options
from wiifm.cli.moments import SINCE, UNTIL, time_range
from wiifm.cli.names import NAMES, Directory
from wiifm.cli.output import (
    LANGUAGE,
    Json,
    format_options,
    holding_json,
    room,
    write,
    write_json,
    write_rows,
)
from wiifm.cli.store import BOOK_OPTION
from wiifm.cli.subject import SUBJECT, Subject, engine_of
from wiifm.one_line import one_line
from wiifm.rulebook.book import RuleBook
from wiifm.showing import Links, by_template, mail, markdown, page
from wiifm.statement import as_json
from wiifm.statement.nouns import Statement, evidence
from wiifm.statement.plain import rows
from wiifm.statement.telling import tell
from wiifm.words.catalogues import speech
from wiifm.words.speech import Speech


@click.command("statement")
@click.argument("member", metavar="MEMBER")
@SUBJECT
@SOURCE
@BOOK_OPTION
@format_options(
    json="Print the statement as JSON.",
    html="Print the statement as a self-contained HTML page.",
    markdown="Print the statement in Markdown.",
    mail="Print the statement as a mail with text and HTML, to pipe to a mailer.",
    why="Print the ids of the events behind each line.",
)
@LANGUAGE
@SINCE
@UNTIL
@NAMES
@link_options
def statement_command(
    member: str,
    subject: Subject,
    source: str,
    book: str | None,
    output: str | None,
    language: str,
    since: datetime | None,
    until: datetime | None,
    directory: Directory,
    **templates: str | None,
) -> None:
    """Show what's in it for MEMBER.

    The statement says what they gained and why, whom they helped, and what is next. It reads a STORE, or scores EVENTS by BOOK. Times without
    a UTC offset are in the time zone of the book.

    \b
    Examples:
      wiifm statement ann sqlite:///acme.db --since 2026-05-01
      wiifm statement ann acme.toml may.jsonl --html > ann.html
    """
    spoken, links = speech(language, directory.called), _links(output, **templates)
    with engine_of(subject, source, book) as (engine, poured):
        found = engine.statement(engine.member(member).id, *time_range(since, until, engine.book))
        decided = engine.book
    _FORMATS[output](found, spoken, decided, links)
    click.get_current_context().exit(1 if poured.rejected else 0)


def _links(output: str | None, **templates: str | None) -> Links:
    """The links of the templates.

    Raises:
        click.UsageError: the output format has no links, or would have relative links in a mail.
    """
    given = [each for each in templates.values() if each is not None]
    if given and output not in _FORMATS_WITH_LINKS:
        raise click.UsageError("--links and --profiles go with --html, --markdown or --mail")
    if output == "mail" and any(each.startswith("/") for each in given):
        raise click.UsageError(
            "a link in a mail can't be relative: expected URLs that begin with http:// or https://"
        )
    return by_template(**templates)


def statement_json(found: Statement) -> Json:
    """A statement as JSON, with the badges that the member holds."""
    return {**as_json(found), **holding_json(found.standing)}


def _text(found: Statement, spoken: Speech, book: RuleBook, _: Links) -> None:
    """Write text of up to 80 columns."""
    write_rows(rows(tell(found, spoken, book), room()))


def _why(found: Statement, *_: object) -> None:
    for name, events in evidence(found):
        if events:
            write(one_line(f"{name}: {', '.join(events)}"))


def _html(found: Statement, spoken: Speech, book: RuleBook, links: Links) -> None:
    click.echo(page(found, spoken, book=book, links=links), nl=False)


def _markdown(found: Statement, spoken: Speech, book: RuleBook, links: Links) -> None:
    write(markdown(found, spoken, book=book, links=links))


def _mail(found: Statement, spoken: Speech, book: RuleBook, links: Links) -> None:
    click.echo(mail(found, spoken, book=book, links=links).as_bytes(), nl=False)


_FORMATS_WITH_LINKS: dict[str | None, Callable[[Statement, Speech, RuleBook, Links], None]] = {
    "html": _html,
    "markdown": _markdown,
    "mail": _mail,
}

_FORMATS = _FORMATS_WITH_LINKS | {
    None: _text,
    "json": lambda found, *_: write_json(statement_json(found)),
    "why": _why,
}
