"""Where help flows, naively: between units, levels and reporting lines; and the network of help."""

from collections import Counter

from .figures import part


def between_members(world):
    """The acts from one member to another."""
    return [d for d in world.deeds if d.between(world.members)]


def flow(world):
    found, sizes = {}, Counter(unit for unit in world.units.values() if unit)
    helps = [d.help for d in between_members(world) if d.help]
    contacts = [d.contact for d in between_members(world) if d.contact]
    otherwise = {
        who for a, b in contacts for who in (a, b) if times(contacts, a, b) > times(helps, a, b)
    }
    for name, pairs in (("help", helps), ("contact", contacts)):
        placed = [(a, b) for a, b in pairs if world.units.get(a) and world.units.get(b)]
        units = [(world.units[a], world.units[b]) for a, b in placed]
        within = sum(a == b for a, b in units)
        met = sum(a == b for a, _ in units for _, b in units)
        n = sum(sizes.values())
        chance = part(sum(k * (k - 1) for k in sizes.values()), n * (n - 1)) if placed else None
        persons = {who for pair in pairs for who in pair if world.units.get(who)}
        if name == "contact" and 0 < len(otherwise) < world.fewest:
            persons = ()
        found[f"flow.{name}.count"] = world.enough(len(placed), persons, 0)
        found[f"flow.{name}.within"] = world.enough(part(within, len(placed)), persons)
        found[f"flow.{name}.by_chance"] = world.enough(chance, persons)
        found[f"flow.{name}.by_activity"] = world.enough(part(met, len(placed) ** 2), persons)
    return found | matrix(world, helps)


def times(pairs, one, other):
    """How often a pair occurs, in either direction."""
    return sum({*pair} == {one, other} for pair in pairs)


def matrix(world, helps):
    """Help between units, by (from, to): None where a cell is hidden.

    If only one cell would be hidden, the smallest other cell is hidden too, so that it can't be computed from the sum.
    """
    shown = world.called()
    placed = [(a, b) for a, b in helps if a in shown and b in shown]
    units = {*shown.values()}
    cells = {
        (a, b): [p for p in placed if (shown[p[0]], shown[p[1]]) == (a, b)]
        for a in units
        for b in units
    }
    hidden = {
        cell
        for cell, found in cells.items()
        if 0 < len({m for p in found for m in p}) < world.fewest
    }
    for inside in (True, False):
        there = [cell for cell, found in cells.items() if found and (cell[0] == cell[1]) is inside]
        rest = [cell for cell in there if cell not in hidden]
        if len(there) - len(rest) == 1 and rest:
            hidden.add(min(rest, key=lambda cell: (len(cells[cell]), cell)))
    return {
        f"flow.matrix.{a}.{b}": None if (a, b) in hidden else len(found)
        for (a, b), found in cells.items()
    }


def lines(world):
    found = {}
    level = {m: world.level(m) for m in world.members}
    for name in ("help", "contact"):
        pairs = [pair for d in between_members(world) if (pair := getattr(d, name))]
        pairs = [
            (a, b) for a, b in pairs if world.level(a) is not None and world.level(b) is not None
        ]
        persons = {who for pair in pairs for who in pair}
        along = sum(world.managers.get(a) == b or world.managers.get(b) == a for a, b in pairs)
        found[f"flow.{name}_along_lines"] = world.enough(part(along, len(pairs)), persons)
        if name == "help":
            levels = [(world.level(a), world.level(b)) for a, b in pairs]
            across = [(a, b) for a, b in levels if a != b]
            found["flow.across_levels"] = world.enough(part(len(across), len(pairs)), persons)
            upwards = part(sum(a > b for a, b in across), len(across))
            found["flow.upwards"] = world.enough(upwards, persons)
    inside = [m for m in world.members if level[m] is not None]
    pairs = [(a, b) for a in inside for b in inside if a < b]
    direct = sum(world.managers[a] == b or world.managers[b] == a for a, b in pairs)
    return found | {"flow.lines_by_chance": world.enough(part(direct, len(pairs)), inside)}


def net(world):
    ties = {d.help for d in between_members(world) if d.help}
    persons = {who for tie in ties for who in tie}
    largest = max((len(together(who, ties)) for who in persons), default=0)
    back = sum((b, a) in ties for a, b in ties)
    thanks = [d.contact for d in between_members(world) if d.act == "thanks" and d.contact]
    givers, receivers = ({pair[n] for pair in thanks} for n in (0, 1))
    return {
        "flow.persons": world.enough(len(persons), world.members, 0),
        "flow.hanging_together": world.enough(part(largest, len(persons)), persons),
        "flow.reciprocity": world.enough(part(back, len(ties)), persons),
        "flow.givers_of_thanks": world.enough(len(givers), world.members, 0),
        "flow.receivers_of_thanks": world.enough(len(receivers), world.members, 0),
    }


def together(who, ties):
    """The connected component of somebody: everybody they are tied to, directly or through others."""
    found = {who}
    while more := {one for tie in ties if found & {*tie} for one in tie} - found:
        found |= more
    return found
