"""A report in HTML: one file, in which nothing is fetched and nothing is run. All that comes from outside is escaped."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from wiifm.culture import charts
from wiifm.culture.nouns import Culture
from wiifm.culture.telling import Line, Section, line, number, percent, period, sections
from wiifm.showing.pages import head


def page(culture: Culture) -> str:
    """A report as a page in one file.

    >>> from wiifm import Engine, RuleBook
    >>> page(Engine(RuleBook.load("plugin:sharing")).culture()).splitlines()[:2]
    ['<!doctype html>', '<html lang="en">']
    """
    style = files("wiifm.culture").joinpath("culture.css").read_text(encoding="utf-8")
    title = f"{culture.book}: does knowledge flow?"
    return "\n".join(
        (
            head(title, style, "en"),
            f"<body><main><header><h1>{escape(title)}</h1><p>{escape(period(culture))}</p></header>",
            f'<ul class="figures">{"".join(map(_tile, _tiles(culture)))}</ul>',
            _pictures(culture),
            f'<div class="sections">{"".join(map(_section, sections(culture)))}</div>',
            f"<footer>No figure is of fewer than {culture.fewest} persons; — stands for one that isn't told. "
            "Ranges are intervals of 95 %.</footer></main></body></html>\n",
        )
    )


def _tiles(culture: Culture) -> tuple[Line, ...]:
    return (
        line("of members contribute", culture.adoption.contributing, "members"),
        line("of help stays in its unit", culture.flow.help.within, "times"),
        line("of questions are answered", culture.answering.answered, "questions"),
        line("hours saved, an estimate", culture.saved.hours, "times", number),
    )


def _tile(tile: Line) -> str:
    return (
        f"<li><strong>{escape(tile.value)}</strong><span>{escape(tile.label)}</span>"
        f"<small>{escape(tile.note)}</small></li>"
    )


def _pictures(culture: Culture) -> str:
    adoption, flow = culture.adoption, culture.flow
    chance = flow.help.by_chance.value
    expected = "" if chance is None else f" By chance, {percent(chance)} would stay in its unit."
    found = (
        (
            "wide",
            "How contributing spread",
            charts.spread(culture),
            f"Members who had ever contributed (filled), and those who did in the week. The target is {percent(adoption.target)} of {adoption.members:,}.",
        ),
        (
            "",
            "Help between units",
            charts.matrix(flow),
            f"From the unit of a row to that of a column; the darker, the more of what a row gives.{expected}",
        ),
        (
            "",
            "Who carries it",
            charts.lorenz(culture),
            "The part of all help that members give (solid) and receive (thin), least first; on the straight line all would do as much.",
        ),
    )
    return (
        '<div class="pictures">'
        + "".join(
            f'<figure class="{kind}"><h2>{title}</h2>{picture}<figcaption>{escape(told)}</figcaption></figure>'
            for kind, title, picture, told in found
            if picture
        )
        + "</div>"
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
