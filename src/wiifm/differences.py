"""Compares two standings, for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from wiifm.ledger import Award, Standing
from wiifm.one_line import one_line


def difference(one: Standing, other: Standing) -> str:
    """Describe the differences between two standings of a holder, one per line; "" if there are none.

    >>> from wiifm import Holder
    >>> ann = Holder("member", "ann")
    >>> print(difference(Standing(holder=ann, points={"points": 5}), Standing(holder=ann, points={"points": 3})))
    ann: points 5, but 3
    """
    return joined(one, other, "but")


def joined(one: Standing, other: Standing, joint: str) -> str:
    """Describe the differences between two standings as :func:`difference` does, with another word between both values."""
    who = str(one.holder) if one.holder == other.holder else f"{one.holder} and {other.holder}"
    return "\n".join(one_line(f"{who}: {line}") for line in _lines(one, other, joint))


def _lines(one: Standing, other: Standing, joint: str) -> Iterator[str]:
    for purse in {**one.points, **other.points}:
        if one.points.get(purse) != other.points.get(purse):
            yield f"{purse} {one.points.get(purse)}, {joint} {other.points.get(purse)}"
    mine, theirs = ({_name(each): each for each in found.badges} for found in (one, other))
    for name in {**mine, **theirs}:
        if mine.get(name) != theirs.get(name):
            yield f"badge {name} {_when(mine.get(name))}, {joint} {_when(theirs.get(name))}"
    for ladder in {**one.levels, **other.levels}:
        if one.levels.get(ladder) != other.levels.get(ladder):
            yield f"level on {ladder} {one.levels.get(ladder)}, {joint} {other.levels.get(ladder)}"


def _name(award: Award) -> str:
    which = " ".join(str(each) for each in award.occurrence)
    return f"{award.badge} {award.tier}".rstrip() + (f" ({which})" if which else "")


def _when(award: Award | None) -> str:
    if award is None:
        return "not held"
    told = award.key is None or award.key in map(str, award.occurrence)
    return f"given by {award.event}" + ("" if told else f" for {award.key}")
