"""Renders a statement as a mail: plain text, and HTML without style sheets, scripts or pictures, which every mail program shows."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from wiifm.rulebook.book import RuleBook
from wiifm.showing.links import Links, nowhere, resolver, with_host_of
from wiifm.showing.pages import linked
from wiifm.statement.nouns import Statement
from wiifm.statement.plain import text
from wiifm.statement.telling import tell
from wiifm.statement.view import AddressOf, Line, Section, Told, unlinked
from wiifm.words.speech import ENGLISH, Speech

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BREAKS = "overflow-wrap:anywhere;word-break:break-word"
"""Breaks long words, such as addresses, so that a mail is never wider than a phone."""
_QUIET = 'style="color:inherit;text-decoration:underline"'
"""The style of a link within a line: the colour of the line."""

_INK, _SOFT, _LINE, _ACCENT = "#1f2430", "#5d6475", "#e5e1d8", "#0f6b5c"


def mail(
    statement: Statement,
    speech: Speech = ENGLISH,
    link: str | None = None,
    *,
    book: RuleBook | None = None,
    links: Links = nowhere,
) -> EmailMessage:
    """Return a statement as a mail message, without its sender and its recipient.

    >>> from wiifm import Engine, RuleBook
    >>> made = mail(Engine(RuleBook.load("plugin:sharing")).statement("ann"))
    >>> made["Subject"], [part.get_content_type() for part in made.iter_parts()]
    ("ann: what's in it for you", ['text/plain', 'text/html'])

    Args:
        statement: the statement to render.
        speech: its language.
        link: the address of the statement on the platform, if it has one.
        book: the rule book; with it, the next awards also say what counts towards them, and campaigns what there is to get.
        links: maps objects and members to their addresses; a path is taken to be on the host of ``link``.
    """
    told, address_of = tell(statement, speech, book), with_host_of(link, resolver(links))
    made = EmailMessage(policy=SMTP)
    made["Subject"] = " ".join(told.title.split())
    made["Content-Language"] = told.language
    body = text(told, address_of) + "\n"
    made.set_content(f"{body}\n{link}\n" if link else body)
    made.add_alternative(html(told, link, address_of), subtype="html")
    return made


def html(told: Told, link: str | None = None, address_of: AddressOf = unlinked) -> str:
    """Return a statement as HTML for mails."""
    return "\n".join(
        (
            f'<!doctype html><html lang="{escape(told.language)}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(told.title)}</title></head>",
            f'<body style="margin:0;padding:24px 12px;background:#f3f1ec;color:{_INK};{_FONT}">',
            '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">',
            '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
            f'style="max-width:600px;background:#fffdf9;border:1px solid {_LINE};border-radius:16px">',
            f'<tr><td style="padding:28px 28px 12px;{_BREAKS}">',
            f'<h1 style="margin:0;font-size:24px;line-height:1.25">{escape(told.title)}</h1>',
            f'<p style="margin:6px 0 0;color:{_SOFT};font-size:15px">{escape(told.period)}</p>',
            _figures(told),
            *(_section(each, address_of) for each in told.sections),
            _link(told, link),
            "</td></tr></table></td></tr></table></body></html>",
        )
    )


def _figures(told: Told) -> str:
    """The figures, each in a table of its own: these stand in a row, as far as there is room, in any mail program."""
    figures = "".join(
        f'<table role="presentation" align="left" cellpadding="0" cellspacing="0"><tr><td style="padding:12px 20px 12px 0">'
        f'<b style="font-size:20px;color:{_ACCENT}">{escape(each.value)}</b><br>'
        f'<span style="font-size:13px;color:{_SOFT}">{escape(each.label)}</span></td></tr></table>'
        for each in told.figures
    )
    return f'{figures}<div style="clear:both"></div>' if figures else ""


def _section(section: Section, address_of: AddressOf) -> str:
    lines = "".join(_line(each, address_of) for each in section.lines)
    note = (
        f'<p style="margin:4px 0 0;font-size:13px;color:{_SOFT}">{escape(section.note)}</p>'
        if section.note
        else ""
    )
    return (
        f'<h2 style="margin:22px 0 6px;padding-bottom:6px;border-bottom:1px solid {_LINE};font-size:16px">'
        f"{escape(section.title)}</h2>{lines}{note}"
    )


def _line(line: Line, address_of: AddressOf) -> str:
    parts = "".join(_parts(line, address_of))
    return f'<p style="margin:6px 0;font-size:15px;line-height:1.45">{parts}</p>'


def _parts(line: Line, address_of: AddressOf) -> Iterator[str]:
    if line.by:
        about, by = line.about, linked(line.by, line.giver, address_of, _QUIET)
        on = (
            f", {linked(about.title, about, address_of, _QUIET)}"
            if about and address_of(about)
            else ""
        )
        yield f'{escape(line.text)} <span style="color:{_SOFT}">— {by}{on}</span>'
        return
    if line.value:
        yield f'<b style="color:{_ACCENT}">{escape(line.value)}</b> '
    yield linked(line.text, line.about, address_of, _QUIET)
    if line.means:
        yield f'<br><span style="font-size:13px;color:{_SOFT}">{escape(line.means)}</span>'


def _link(told: Told, link: str | None) -> str:
    if link is None:
        return ""
    return (
        f'<p style="margin:24px 0 12px"><a href="{escape(link)}" style="color:{_ACCENT}">'
        f"{escape(told.title)}</a></p>"
    )
