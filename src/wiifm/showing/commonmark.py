"""Renders a statement in Markdown (CommonMark), for wikis, issues and chats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wiifm.rulebook.book import RuleBook
from wiifm.showing.links import Links, nowhere, resolver
from wiifm.statement.nouns import Statement
from wiifm.statement.plain import bar, sparkline
from wiifm.statement.telling import tell
from wiifm.statement.view import About, AddressOf, Line, Section, split_at
from wiifm.words.speech import ENGLISH, Speech

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&]|(?<=:)/(?=/)|(?<=www)\.)", re.IGNORECASE)
_REFERENCE, _ESCAPED = re.compile(r"&(?=#?\w+;)"), r"\\&"
"""A character reference in CommonMark, such as ``&copy;``."""

_LEADING = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")
"""What would begin a list or underline a heading at the beginning of a line."""


def markdown(
    statement: Statement,
    speech: Speech = ENGLISH,
    *,
    book: RuleBook | None = None,
    links: Links = nowhere,
) -> str:
    """Return a statement in Markdown.

    With ``book``, the next awards also say what counts towards them, and campaigns what there is to get; with ``links``, objects and members
    become links.

    >>> from wiifm import Engine, RuleBook
    >>> print(markdown(Engine(RuleBook.load("plugin:sharing")).statement("ann")).splitlines()[0])
    # ann: what's in it for you
    """
    told, address_of = tell(statement, speech, book), resolver(links)
    lines = [f"# {plain(told.title)}", "", f"*{plain(told.period)}*", ""]
    if told.figures:
        figures = (f"**{plain(each.value)}** {plain(each.label)}" for each in told.figures)
        lines += [" · ".join(figures), ""]
    if told.weeks:
        lines += [f"{sparkline(told.weeks)} {plain(told.caption)}", ""]
    for section in told.sections:
        lines += [*_section(section, address_of), ""]
    return "\n".join(lines)


def plain(text: str) -> str:
    """Escape a text for Markdown: the result is one line, and none of its characters is markup.

    Addresses in it don't become links, and an ``@`` mentions nobody, since an invisible character (U+2060) follows it.

    >>> plain("*now* <b>")
    '\\\\*now\\\\* \\\\<b\\\\>'
    """
    one = _LEADING.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", " ".join(text.split())))
    return one.replace("@", "@\u2060")


def _section(section: Section, address_of: AddressOf) -> Iterator[str]:
    yield f"## {plain(section.title)}"
    yield ""
    for line in section.lines:
        yield f"- {_line(line, address_of)}"
    if section.note:
        yield ""
        yield f"*{plain(section.note)}*"


def _line(line: Line, address_of: AddressOf) -> str:
    if line.by:
        on = (
            f", {_linked(line.about.title, line.about, address_of)}"
            if line.about and address_of(line.about)
            else ""
        )
        return f"{plain(line.text)} — {_linked(line.by, line.giver, address_of)}{on}"
    lead = f"**{plain(line.value)}** " if line.value else ""
    share = f"{bar(line.share)} " if line.share is not None else ""
    means = f" — {plain(line.means)}" if line.means else ""
    return f"{lead}{share}{_linked(line.text, line.about, address_of)}{means}"


def _linked(text: str, about: About | None, address_of: AddressOf) -> str:
    """Escape a text, with what it is about as a link if it has an address.

    Brackets in the address are percent-encoded, and ``&`` is escaped where it would begin a character reference.
    """
    address = address_of(about)
    if about is None or address is None:
        return plain(text)
    place = _REFERENCE.sub(_ESCAPED, address.replace("(", "%28").replace(")", "%29"))
    before, words, behind = split_at(plain(text), plain(about.title))
    return f"{before}[{words}]({place}){behind}"
