"""The pictures of a report, each with its title and what it shows."""

from __future__ import annotations

from attrs import frozen

from wiifm.culture import charts
from wiifm.culture.nouns import Culture
from wiifm.culture.telling import last_week, percent
from wiifm.words.speech import ENGLISH, Speech

BESIDE = 4
"""So many units have room in half of a page."""


@frozen(kw_only=True)
class Picture:
    """A picture in SVG; ``title`` stands above it, ``told`` below. One that is ``wide`` takes all the room there is."""

    name: str
    title: str
    drawn: str
    told: str
    wide: bool = False


def pictures(culture: Culture, s: Speech = ENGLISH) -> tuple[Picture, ...]:
    """Those that there is enough for.

    >>> from wiifm import Engine, RuleBook
    >>> pictures(Engine(RuleBook.load("plugin:sharing")).culture())
    ()
    """
    found = (_spread(culture, s), _matrix(culture, s), _lorenz(culture, s))
    return tuple(each for each in found if each.drawn)


def _spread(culture: Culture, s: Speech) -> Picture:
    share, members = percent(culture.adoption.target, s), s.number(culture.adoption.members)
    shows = s("Members who had ever contributed (filled), and those who did in the week.")
    target = s("The target is {share} of {members}.", share=share, members=members)
    return Picture(
        name="spread",
        title=s("How contributing spread"),
        drawn=charts.spread(culture, s),
        told=" ".join(filter(None, (shows, target, last_week(culture, s)))),
    )


def _matrix(culture: Culture, s: Speech) -> Picture:
    chance = culture.flow.help.by_chance.value
    told = s(
        "From the unit of a row to that of a column; the darker, the more of what a row gives."
    )
    if chance is not None:
        expected = s("By chance, {share} would stay in its unit.", share=percent(chance, s))
        told = f"{told} {expected}"
    title, drawn = s("Help between units"), charts.matrix(culture.flow, s)
    wide = len(culture.flow.units) > BESIDE
    return Picture(name="matrix", title=title, drawn=drawn, told=told, wide=wide)


def _lorenz(culture: Culture, s: Speech) -> Picture:
    told = s(
        "The part of all help that members give (solid) and receive (thin), least first; on the straight line all would do as much."
    )
    title, drawn = s("Who carries it"), charts.lorenz(culture, s)
    return Picture(name="lorenz", title=title, drawn=drawn, told=told)
