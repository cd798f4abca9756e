"""A report as one HTML file that loads and runs nothing; everything that comes from outside is escaped."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from wiifm.culture.nouns import Culture
from wiifm.culture.pictures import Picture, pictures
from wiifm.culture.sections import sections
from wiifm.culture.telling import NONE, Line, Section, footnote, lead, period, tiles, title
from wiifm.showing.pages import head
from wiifm.words.speech import ENGLISH, Speech


def page(culture: Culture, speech: Speech = ENGLISH) -> str:
    """A report as an HTML page in one file.

    >>> from wiifm import Engine, RuleBook
    >>> page(Engine(RuleBook.load("plugin:sharing")).culture()).splitlines()[:2]
    ['<!doctype html>', '<html lang="en">']
    """
    style = files("wiifm.culture").joinpath("culture.css").read_text(encoding="utf-8")
    name = escape(title(culture, speech))
    return "\n".join(
        (
            head(title(culture, speech), style, speech.language),
            f"<body><main><header><h1>{name}</h1><p>{escape(period(culture, speech))}</p>"
            f'<p class="lead">{escape(lead(culture, speech))}</p></header>',
            _tiles(tiles(culture, speech)),
            f'<div class="pictures">{"".join(map(_picture, pictures(culture, speech)))}</div>',
            f'<div class="sections">{"".join(map(_section, sections(culture, speech)))}</div>',
            f"<footer>{escape(footnote(culture, speech))}</footer></main></body></html>\n",
        )
    )


def _tiles(found: tuple[Line, ...]) -> str:
    """The main figures, if any of them is known."""
    if all(each.value == NONE for each in found):
        return ""
    return f'<ul class="figures">{"".join(map(_tile, found))}</ul>'


def _tile(tile: Line) -> str:
    return (
        f"<li><strong>{escape(tile.value)}</strong><span>{escape(tile.label)}</span>"
        f"<small>{escape(tile.note)}</small></li>"
    )


def _picture(picture: Picture) -> str:
    kind = f"{picture.name} wide" if picture.wide else picture.name
    return (
        f'<figure class="{kind}"><h2>{escape(picture.title)}</h2><div>{picture.svg}</div>'
        f"<figcaption>{escape(picture.caption)}</figcaption></figure>"
    )


def _section(section: Section) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{escape(each.label)}</th><td>{escape(each.value)}</td>"
        f"<td class='note'>{escape(each.note)}</td></tr>"
        for each in section.lines
    )
    return (
        f'<section class="{section.name}"><h2>{escape(section.title)}</h2>'
        f"<table>{rows}</table><p>{escape(section.means)}</p></section>"
    )
