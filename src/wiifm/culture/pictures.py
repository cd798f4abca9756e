"""The charts of a report with their titles and captions."""

from __future__ import annotations

from attrs import frozen

from wiifm.culture import charts
from wiifm.culture.nouns import Culture
from wiifm.culture.telling import last_week, percent
from wiifm.words.speech import ENGLISH, Speech

BESIDE = 4
"""Up to how many units fit into half the width of a page."""


@frozen(kw_only=True)
class Picture:
    """A chart in SVG with a title and a caption. One that is ``wide`` takes the whole width of the page."""

    name: str
    title: str
    svg: str
    caption: str
    wide: bool = False


def pictures(culture: Culture, s: Speech = ENGLISH) -> tuple[Picture, ...]:
    """The charts for which the report has enough figures.

    >>> from wiifm import Engine, RuleBook
    >>> pictures(Engine(RuleBook.load("plugin:sharing")).culture())
    ()
    """
    found = (_spread(culture, s), _matrix(culture, s), _lorenz(culture, s))
    return tuple(each for each in found if each.svg)


def _spread(culture: Culture, s: Speech) -> Picture:
    share, members = percent(culture.adoption.target, s), s.number(culture.adoption.members)
    shows = s("Members who had ever contributed (filled), and those who did in the week.")
    target = s("The target is {share} of {members}.", share=share, members=members)
    return Picture(
        name="spread",
        title=s("How contributing spread"),
        svg=charts.spread(culture, s),
        caption=" ".join(filter(None, (shows, target, last_week(culture, s)))),
    )


def _matrix(culture: Culture, s: Speech) -> Picture:
    chance = culture.flow.help.by_chance.value
    caption = s(
        "From the unit of a row to that of a column; the darker, the more of what a row gives."
    )
    if chance is not None:
        expected = s("By chance, {share} would stay in its unit.", share=percent(chance, s))
        caption = f"{caption} {expected}"
    title, svg = s("Help between units"), charts.matrix(culture.flow, s)
    wide = len(culture.flow.units) > BESIDE
    return Picture(name="matrix", title=title, svg=svg, caption=caption, wide=wide)


def _lorenz(culture: Culture, s: Speech) -> Picture:
    caption = s(
        "The share of all help that members give (solid) and receive (thin), least first; on the straight line, all would do the same."
    )
    title, svg = s("Who carries it"), charts.lorenz(culture, s)
    return Picture(name="lorenz", title=title, svg=svg, caption=caption)
