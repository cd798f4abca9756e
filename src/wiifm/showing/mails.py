"""A statement as a mail: text, and beside it HTML that every mail program shows, without style sheets, scripts or pictures."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from wiifm.rulebook.book import RuleBook
from wiifm.statement.nouns import Statement
from wiifm.statement.plain import text
from wiifm.statement.telling import tell
from wiifm.statement.told import Line, Section, Told
from wiifm.words.speech import ENGLISH, Speech

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BREAKS = "overflow-wrap:anywhere;word-break:break-word"
"""A long word, such as an address, goes on in the next row: it makes no mail wider than a phone."""
_INK, _SOFT, _LINE, _ACCENT = "#1f2430", "#5d6475", "#e5e1d8", "#0f6b5c"


def mail(
    statement: Statement,
    speech: Speech = ENGLISH,
    link: str | None = None,
    *,
    book: RuleBook | None = None,
) -> EmailMessage:
    """A statement as a mail that lacks only its sender and its recipient.

    >>> from wiifm import Engine, RuleBook
    >>> made = mail(Engine(RuleBook.load("plugin:sharing")).statement("ann"))
    >>> made["Subject"], [part.get_content_type() for part in made.iter_parts()]
    ("ann: what's in it for you", ['text/plain', 'text/html'])

    Args:
        statement: what it tells of.
        speech: in which language.
        link: where the statement is on the platform, if it is there.
        book: tells what counts for what is next, where it is given.
    """
    told = tell(statement, speech, book)
    made = EmailMessage(policy=SMTP)
    made["Subject"] = " ".join(told.title.split())
    made["Content-Language"] = told.language
    body = text(told) + "\n"
    made.set_content(f"{body}\n{link}\n" if link else body)
    made.add_alternative(html(told, link), subtype="html")
    return made


def html(told: Told, link: str | None = None) -> str:
    """What is told of a statement, as HTML for mails."""
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
            *map(_section, told.sections),
            _link(told, link),
            "</td></tr></table></td></tr></table></body></html>",
        )
    )


def _figures(told: Told) -> str:
    cells = "".join(
        f'<td style="padding:12px 12px 12px 0;vertical-align:top"><b style="font-size:20px;color:{_ACCENT}">'
        f'{escape(each.value)}</b><br><span style="font-size:13px;color:{_SOFT}">{escape(each.label)}</span></td>'
        for each in told.figures
    )
    if not cells:
        return ""
    return f'<table role="presentation" cellpadding="0" cellspacing="0"><tr>{cells}</tr></table>'


def _section(section: Section) -> str:
    lines = "".join(map(_line, section.lines))
    note = (
        f'<p style="margin:4px 0 0;font-size:13px;color:{_SOFT}">{escape(section.note)}</p>'
        if section.note
        else ""
    )
    return (
        f'<h2 style="margin:22px 0 6px;padding-bottom:6px;border-bottom:1px solid {_LINE};font-size:16px">'
        f"{escape(section.title)}</h2>{lines}{note}"
    )


def _line(line: Line) -> str:
    return f'<p style="margin:6px 0;font-size:15px;line-height:1.45">{"".join(_parts(line))}</p>'


def _parts(line: Line) -> Iterator[str]:
    if line.by:
        yield f'{escape(line.text)} <span style="color:{_SOFT}">— {escape(line.by)}</span>'
        return
    if line.value:
        yield f'<b style="color:{_ACCENT}">{escape(line.value)}</b> '
    yield escape(line.text)
    if line.means:
        yield f'<br><span style="font-size:13px;color:{_SOFT}">{escape(line.means)}</span>'


def _link(told: Told, link: str | None) -> str:
    if link is None:
        return ""
    return (
        f'<p style="margin:24px 0 12px"><a href="{escape(link)}" style="color:{_ACCENT}">'
        f"{escape(told.title)}</a></p>"
    )
