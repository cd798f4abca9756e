"""Renders a statement in HTML: as a page in one file, or as a fragment for a page of the platform.

The HTML loads nothing and runs nothing: it has no scripts, fonts or pictures from elsewhere. All text from members is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from wiifm.rulebook.book import RuleBook
from wiifm.showing import charts
from wiifm.showing.links import Links, nowhere, resolver
from wiifm.statement.nouns import Statement
from wiifm.statement.telling import tell
from wiifm.statement.view import About, AddressOf, Figure, Line, Section, Told, split_at, unlinked
from wiifm.words.speech import ENGLISH, Speech, strip_controls


def style() -> str:
    """Return the style sheet of a fragment. All its rules are limited to ``.wiifm`` and what is inside.

    >>> ".wiifm" in style()
    True
    """
    return files("wiifm.showing").joinpath("statement.css").read_text(encoding="utf-8")


def page(
    statement: Statement,
    speech: Speech = ENGLISH,
    *,
    book: RuleBook | None = None,
    links: Links = nowhere,
) -> str:
    """Return a statement as an HTML page in one file.

    With ``book``, the next awards also say what counts towards them, and campaigns what there is to get; with ``links``, objects and members
    become links.

    >>> from wiifm import Engine, RuleBook
    >>> page(Engine(RuleBook.load("plugin:sharing")).statement("ann")).splitlines()[:2]
    ['<!doctype html>', '<html lang="en">']
    """
    told = tell(statement, speech, book)
    return "\n".join(
        (
            head(told.title, style(), told.language),
            '<body class="wiifm-page"><main>',
            article(told, resolver(links)),
            "</main></body></html>\n",
        )
    )


def head(title: str, style: str, language: str) -> str:
    """Return the beginning of a page in one file, up to its body; the page is light or dark, as its reader prefers.

    >>> head("Ann & Raj", "", "en").splitlines()[-2]
    '<title>Ann &amp; Raj</title>'
    """
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{escape(language)}">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style></head>",
        )
    )


def fragment(
    statement: Statement,
    speech: Speech = ENGLISH,
    *,
    book: RuleBook | None = None,
    links: Links = nowhere,
) -> str:
    """Return a statement as a fragment of a page whose style sheet includes :func:`style`; ``book`` and ``links`` are as for :func:`page`.

    >>> from wiifm import Engine, RuleBook
    >>> fragment(Engine(RuleBook.load("plugin:sharing")).statement("ann"))[:32]
    '<article class="wiifm" lang="en"'
    """
    return article(tell(statement, speech, book), resolver(links))


def article(told: Told, address_of: AddressOf = unlinked) -> str:
    """Return a statement as an HTML ``article``."""
    figures = "".join(map(_figure, told.figures))
    weeks = (
        f'<figure class="trend">{charts.weeks(told.weeks, told.caption)}'
        f"<figcaption>{escape(told.caption)}</figcaption></figure>"
        if told.weeks
        else ""
    )
    name = escape(told.title)
    sections = "".join(_section(each, told.why, address_of) for each in told.sections)
    return "\n".join(
        (
            f'<article class="wiifm" lang="{escape(told.language)}">',
            f'<header><div><h1>{name}</h1><p class="period">{escape(told.period)}</p></div>{weeks}</header>',
            f'<ul class="figures">{figures}</ul>' if figures else "",
            f'<div class="sections">{sections}</div>',
            "</article>",
        )
    )


def _figure(figure: Figure) -> str:
    return f"<li><strong>{escape(figure.value)}</strong> <span>{escape(figure.label)}</span></li>"


def _section(section: Section, why: str, address_of: AddressOf) -> str:
    lines = "".join(_line(section.name, each, why, address_of) for each in section.lines)
    note = f'<p class="note">{escape(section.note)}</p>' if section.note else ""
    return (
        f'<section class="{escape(section.name)}"><h2>{escape(section.title)}</h2>'
        f"<ul>{lines}</ul>{note}</section>"
    )


def _line(section: str, line: Line, why: str, address_of: AddressOf) -> str:
    return f"<li>{''.join(_parts(section, line, address_of))}{_why(line, why)}</li>"


def _parts(section: str, line: Line, address_of: AddressOf) -> Iterator[str]:
    if line.by:
        by = linked(line.by, line.giver, address_of, _OUT)
        yield f"<blockquote>{escape(line.text)}</blockquote><cite>{by}</cite>"
        if line.about and address_of(line.about):
            yield f'<span class="on">{linked(line.about.title, line.about, address_of, _OUT)}</span>'
        return
    if line.value:
        kind = "amount" if section in ("earned", "beginning") else "topic"
        yield f'<span class="{kind}">{escape(line.value)}</span> '
    means = f"<small>{escape(line.means)}</small>" if line.means else ""
    yield f'<span class="said">{linked(line.text, line.about, address_of, _OUT)}{means}</span>'
    if line.share is not None:
        yield charts.way(line.share)


_OUT = 'target="_top"'
"""Links leave the frame that a page may be embedded in."""


def linked(text: str, about: About | None, address_of: AddressOf, attributes: str) -> str:
    """Escape a text for HTML, with what it is about as a link if it has an address; ``attributes`` are added to the link.

    >>> linked("Ann & Raj", About("member", "ann", "Ann"), lambda about: f"/{about.id}", _OUT)
    '<a href="/ann" target="_top">Ann</a> &amp; Raj'
    """
    address = address_of(about)
    if about is None or address is None:
        return escape(text)
    before, words, behind = map(escape, split_at(text, about.title))
    return f'{before}<a href="{escape(address)}" {attributes}>{words}</a>{behind}'


def _why(line: Line, why: str) -> str:
    """The ids of the events behind a line, folded up."""
    if not line.events:
        return ""
    ids = ", ".join(f"<code>{escape(strip_controls(each))}</code>" for each in line.events[:_MOST])
    more = " …" if len(line.events) > _MOST else ""
    name = escape(why)
    summary = f'<summary title="{name}" aria-label="{name}">?</summary>'
    return f"<details>{summary}<p>{ids}{more}</p></details>"


_MOST = 12
"""The maximum number of ids shown for a line; the JSON has all of them."""
