"""Standings as JSON, and as a table of the first members."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wiifm.cli.names import Directory
from wiifm.cli.output import Json, holding_json, write
from wiifm.cli.tables import number_column, text_column, write_rest, write_table
from wiifm.ledger import Holder, HolderKind, Standing
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


def write_holdings(
    book: RuleBook, standings: Iterable[Standing], top: int, directory: Directory
) -> None:
    """Print a table of the ``top`` members with the most points in the purse ``points``, or else in the first purse.

    The directory says what members are called. Units and communities follow in a table of their own. If the book doesn't
    name members (``individuals = false``), it is the only one.
    """
    members: list[Standing] = []
    groups: list[Standing] = []
    for each in standings:
        (members if each.holder.kind == "member" else groups).append(each)
    if book.individuals:
        _write(book, "member", "members", members, top, lambda each: directory.told_apart(each.id))
    if groups or not book.individuals:
        _write(book, "unit or community", "units and communities", groups, top, str)
    if not book.individuals:
        write(
            "members aren't shown, nor units and communities of too few: the rule book says individuals = false"
        )


def _write(
    book: RuleBook,
    what: str,
    all_of: str,
    found: list[Standing],
    top: int,
    called: Callable[[Holder], str],
) -> None:
    purses = sorted(book.purses, key=lambda name: (name != "points", name))
    ladders = sorted(book.ladders)
    best = sorted(found, key=lambda each: (-each.points[purses[0]], each.holder.id))
    numbers = map(number_column, (*purses, "badges"))
    columns = (text_column(what), *numbers, *map(text_column, ladders))
    rows = (
        (
            called(each.holder),
            *(each.points[purse] for purse in purses),
            len(each.badges),
            *(each.levels[ladder] or "" for ladder in ladders),
        )
        for each in best[:top]
    )
    write_table(columns, rows)
    write_rest(top, len(found), all_of)
