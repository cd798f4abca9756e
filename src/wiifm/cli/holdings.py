"""Standings as JSON, and as a table of the first members."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from wiifm.cli.output import Json, draw, holding_json, printable, write
from wiifm.ledger import HolderKind, Standing
from wiifm.rulebook.book import RuleBook

_PLURALS: dict[HolderKind, str] = {
    "member": "members",
    "unit": "units",
    "community": "communities",
}


def holdings_json(standings: Iterable[Standing]) -> Json:
    """Standings as JSON: members by id, and units and communities if there are any."""
    found: dict[HolderKind, Json] = {"member": {}}
    for each in sorted(standings, key=lambda each: each.holder):
        found.setdefault(each.holder.kind, {})[each.holder.id] = holding_json(each)
    return {plural: found[kind] for kind, plural in _PLURALS.items() if kind in found}


def write_table(book: RuleBook, standings: Iterable[Standing], top: int) -> None:
    """Print a table of the ``top`` members with the most points in the purse ``points``, or else in the first purse.

    Units and communities follow in a table of their own. If the book doesn't name members (``individuals = false``), it is the
    only one.
    """
    members: list[Standing] = []
    groups: list[Standing] = []
    for each in standings:
        (members if each.holder.kind == "member" else groups).append(each)
    if book.individuals:
        _write(book, "member", "members", members, top)
    if groups or not book.individuals:
        _write(book, "unit or community", "units and communities", groups, top)
    if not book.individuals:
        write(
            "members aren't shown, nor units and communities of too few: the rule book says individuals = false"
        )


def _write(book: RuleBook, what: str, all_of: str, found: list[Standing], top: int) -> None:
    draw(_table(book, what, found, top))
    if len(found) > top:
        write(f"{top} of {len(found)} {all_of}; --top {len(found)} shows all")


def _table(book: RuleBook, what: str, found: list[Standing], top: int) -> Table:
    purses = sorted(book.purses, key=lambda name: (name != "points", name))
    ladders = sorted(book.ladders)
    best = sorted(found, key=lambda each: (-each.points[purses[0]], each.holder.id))
    table = Table()
    table.add_column(what, overflow="fold")
    for purse in purses:
        table.add_column(purse, justify="right")
    table.add_column("badges", justify="right")
    for ladder in ladders:
        table.add_column(ladder)
    for each in best[:top]:
        cells = [printable(str(each.holder)), *(str(each.points[purse]) for purse in purses)]
        cells += [str(len(each.badges)), *(each.levels[name] or "" for name in ladders)]
        table.add_row(*map(Text, cells))
    return table
