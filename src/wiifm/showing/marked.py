"""A statement in Markdown (CommonMark), for wikis, issues and chats."""

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
"""What CommonMark takes for a character by its name or number, as in ``&copy;``."""

_LEADING = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")
"""What begins a list or underlines a heading, where a line begins with it."""


def markdown(
    statement: Statement,
    speech: Speech = ENGLISH,
    *,
    book: RuleBook | None = None,
    links: Links = nowhere,
) -> str:
    """A statement in Markdown; with the rule book it tells what counts for what is next, too, and with ``links`` it leads there.

    >>> from wiifm import Engine, RuleBook
    >>> print(markdown(Engine(RuleBook.load("plugin:sharing")).statement("ann")).splitlines()[0])
    # ann: what's in it for you
    """
    told, to = tell(statement, speech, book), resolver(links)
    lines = [f"# {plain(told.title)}", "", f"*{plain(told.period)}*", ""]
    if told.figures:
        figures = (f"**{plain(each.value)}** {plain(each.label)}" for each in told.figures)
        lines += [" · ".join(figures), ""]
    if told.weeks:
        lines += [f"{sparkline(told.weeks)} {plain(told.caption)}", ""]
    for section in told.sections:
        lines += [*_section(section, to), ""]
    return "\n".join(lines)


def plain(text: str) -> str:
    """A text that Markdown takes as it is: one line, and none of its characters means anything.

    Addresses in it are no links, and nobody is called by an @: an invisible mark (U+2060) stands behind it.

    >>> plain("*now* <b>")
    '\\\\*now\\\\* \\\\<b\\\\>'
    """
    one = _LEADING.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", " ".join(text.split())))
    return one.replace("@", "@\u2060")


def _section(section: Section, to: AddressOf) -> Iterator[str]:
    yield f"## {plain(section.title)}"
    yield ""
    for line in section.lines:
        yield f"- {_line(line, to)}"
    if section.note:
        yield ""
        yield f"*{plain(section.note)}*"


def _line(line: Line, to: AddressOf) -> str:
    if line.by:
        on = (
            f", {_linked(line.about.title, line.about, to)}"
            if line.about and to(line.about)
            else ""
        )
        return f"{plain(line.text)} — {_linked(line.by, line.giver, to)}{on}"
    lead = f"**{plain(line.value)}** " if line.value else ""
    share = f"{bar(line.share)} " if line.share is not None else ""
    means = f" — {plain(line.means)}" if line.means else ""
    return f"{lead}{share}{_linked(line.text, line.about, to)}{means}"


def _linked(text: str, about: About | None, to: AddressOf) -> str:
    """A text in which what it is about is a link, if anything leads there.

    What an address would end at is percent-encoded, and nothing in it is read as a reference to a character.
    """
    address = to(about)
    if about is None or address is None:
        return plain(text)
    place = _REFERENCE.sub(_ESCAPED, address.replace("(", "%28").replace(")", "%29"))
    before, words, behind = split_at(plain(text), plain(about.title))
    return f"{before}[{words}]({place}){behind}"
