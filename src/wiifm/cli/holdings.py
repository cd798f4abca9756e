"""What all holders have: as JSON, and the first members in a table."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from wiifm.cli.output import Json, draw, holding, say, shown
from wiifm.ledger import HolderKind, Standing
from wiifm.rulebook.book import RuleBook

_PLURALS: dict[HolderKind, str] = {
    "member": "members",
    "unit": "units",
    "community": "communities",
}


def holdings(standings: Iterable[Standing]) -> Json:
    """What each member has, and each unit and community where there are any, sorted."""
    found: dict[HolderKind, Json] = {"member": {}}
    for each in sorted(standings, key=lambda each: each.holder):
        found.setdefault(each.holder.kind, {})[each.holder.id] = holding(each)
    return {plural: found[kind] for kind, plural in _PLURALS.items() if kind in found}


def say_table(book: RuleBook, standings: Iterable[Standing], top: int) -> None:
    """The first members, by the points of the purse ``points`` or else the first one."""
    members = [each for each in standings if each.holder.kind == "member"]
    draw(_table(book, members, top))
    if len(members) > top:
        say(f"{top} of {len(members)} members; --top {len(members)} shows all")


def _table(book: RuleBook, members: list[Standing], top: int) -> Table:
    purses = sorted(book.purses, key=lambda name: (name != "points", name))
    ladders = sorted(book.ladders)
    best = sorted(members, key=lambda each: (-each.points[purses[0]], each.holder.id))
    table = Table()
    table.add_column("member", overflow="fold")
    for purse in purses:
        table.add_column(purse, justify="right")
    table.add_column("badges", justify="right")
    for ladder in ladders:
        table.add_column(ladder)
    for each in best[:top]:
        cells = [shown(each.holder.id), *(str(each.points[purse]) for purse in purses)]
        cells += [str(len(each.badges)), *(each.levels[name] or "" for name in ladders)]
        table.add_row(*map(Text, cells))
    return table
