"""The report's section on flows: help across units, levels and reporting lines, and the network of help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wiifm.culture.acts import may_show_contact
from wiifm.culture.context import Context
from wiifm.culture.figures import by_permutation, of_enough, plain, refused, share
from wiifm.culture.network import Mixing, mixing, shape
from wiifm.culture.nouns import Flow, Mixture
from wiifm.culture.tally import Pair


def flow(context: Context) -> Flow:
    """Where help and contact go, and where they would go by chance."""
    fewest, between = context.fewest, context.between_members
    helps, contacts, thanks = map(
        between, (context.tally.helps, context.tally.contacts, context.tally.thanks)
    )
    shown = mixing(helps, context.shown)
    names = tuple(sorted({unit for pair in shown.flows for unit in pair}))
    found = shape(helps)
    lines = _lines(context, helps, contacts)
    return Flow(
        help=_mixture(context, helps),
        contact=_contact(context, helps, contacts),
        **lines,  # type: ignore[arg-type]
        units=names,
        matrix=_matrix(context, helps, shown, names),
        persons=context.many(found.persons),
        hanging_together=of_enough(share(found.largest, found.persons), found.persons, fewest),
        reciprocity=of_enough(plain(found.reciprocity, found.ties), found.persons, fewest),
        givers_of_thanks=context.many(len({giver for giver, _ in thanks})),
        receivers_of_thanks=context.many(len({receiver for _, receiver in thanks})),
    )


def _mixture(context: Context, pairs: Mapping[Pair, int]) -> Mixture:
    persons = {person for pair in pairs for person in pair if person in context.shown}
    units = context.units
    found = mixing(pairs, units)
    between = {(a, b): n for (a, b), n in pairs.items() if a in units and b in units}
    sizes: dict[str, int] = {}
    for unit in units.values():
        sizes[unit] = sizes.get(unit, 0) + 1
    enough = len(persons), context.fewest
    return Mixture(
        within=of_enough(plain(found.within, found.count), *enough),
        by_chance=of_enough(by_permutation([*sizes.values()], between), *enough),
        by_activity=of_enough(found.by_activity, *enough),
        count=found.count if len(persons) >= context.fewest else 0,
    )


def _contact(context: Context, helps: Mapping[Pair, int], contacts: Mapping[Pair, int]) -> Mixture:
    if may_show_contact(helps, contacts, context.fewest):
        return _mixture(context, contacts)
    few = refused(context.fewest)
    return Mixture(within=few, by_chance=few, by_activity=few, count=0)


def _matrix(
    context: Context, helps: Iterable[Pair], found: Mixing, names: tuple[str, ...]
) -> tuple[tuple[int | None, ...], ...]:
    """The matrix of flows; None where too few persons are behind a cell."""
    persons_of: dict[Pair, set[str]] = {}
    for giver, receiver in helps:
        if giver in context.shown and receiver in context.shown:
            cell = persons_of.setdefault((context.shown[giver], context.shown[receiver]), set())
            cell.update((giver, receiver))
    hidden = {cell for cell, persons in persons_of.items() if len(persons) < context.fewest}
    for inside in (True, False):
        _hide_a_second(found.flows, hidden, inside)
    return tuple(
        tuple(None if (a, b) in hidden else found.flows.get((a, b), 0) for b in names)
        for a in names
    )


def _hide_a_second(flows: Mapping[Pair, int], hidden: set[Pair], inside: bool) -> None:
    """If a single cell is hidden, hide the smallest other one too: the sum, which is shown, would give it away."""
    cells = [cell for cell in flows if (cell[0] == cell[1]) is inside]
    rest = [cell for cell in cells if cell not in hidden]
    if rest and len(cells) - len(rest) == 1:
        hidden.add(min(rest, key=lambda cell: (flows[cell], cell)))


def _lines(
    context: Context, helps: Mapping[Pair, int], contacts: Mapping[Pair, int]
) -> dict[str, object]:
    """The shares across levels, upwards and along reporting lines, among members with a place in a line."""
    levels, managers = context.scene.levels(), context.scene.managers
    placed, contact = (
        {(a, b): n for (a, b), n in pairs.items() if a in levels and b in levels}
        for pairs in (helps, contacts)
    )
    total, met = sum(placed.values()), sum(contact.values())
    across = sum(n for (a, b), n in placed.items() if levels[a] != levels[b])
    up = sum(n for (a, b), n in placed.items() if levels[a] > levels[b])
    persons = len({person for pair in placed for person in pair})
    others = len({person for pair in contact for person in pair})
    there = levels.keys() & context.members.keys()
    size = len(there)
    ties = sum(a != b and a in there and b in there for a, b in managers.items())
    chance = 2 * ties / (size * (size - 1)) if size > 1 else None
    fewest = context.fewest

    def along(pairs: Mapping[Pair, int]) -> int:
        return sum(n for (a, b), n in pairs.items() if managers.get(a) == b or managers.get(b) == a)

    return {
        "across_levels": of_enough(plain(_of(across, total), total), persons, fewest),
        "help_along_lines": of_enough(plain(_of(along(placed), total), total), persons, fewest),
        "contact_along_lines": of_enough(plain(_of(along(contact), met), met), others, fewest),
        "lines_by_chance": of_enough(plain(chance, size), size, fewest),
        "upwards": of_enough(plain(_of(up, across), across), persons, fewest),
    }


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None
