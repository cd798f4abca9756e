"""The pictures of a report, each with its title and what it shows."""

from __future__ import annotations

from attrs import frozen

from wiifm.culture import charts
from wiifm.culture.nouns import Culture
from wiifm.culture.telling import percent


@frozen(kw_only=True)
class Picture:
    """A picture in SVG; ``title`` stands above it, ``told`` below."""

    name: str
    title: str
    drawn: str
    told: str


def pictures(culture: Culture) -> tuple[Picture, ...]:
    """Those that there is enough for.

    >>> from wiifm import Engine, RuleBook
    >>> pictures(Engine(RuleBook.load("plugin:sharing")).culture())
    ()
    """
    adoption, flow = culture.adoption, culture.flow
    chance = flow.help.by_chance.value
    expected = "" if chance is None else f" By chance, {percent(chance)} would stay in its unit."
    found = (
        Picture(
            name="spread",
            title="How contributing spread",
            drawn=charts.spread(culture),
            told=f"Members who had ever contributed (filled), and those who did in the week. The target is {percent(adoption.target)} of {adoption.members:,}.",
        ),
        Picture(
            name="matrix",
            title="Help between units",
            drawn=charts.matrix(flow),
            told=f"From the unit of a row to that of a column; the darker, the more of what a row gives.{expected}",
        ),
        Picture(
            name="lorenz",
            title="Who carries it",
            drawn=charts.lorenz(culture),
            told="The part of all help that members give (solid) and receive (thin), least first; on the straight line all would do as much.",
        ),
    )
    return tuple(each for each in found if each.drawn)
