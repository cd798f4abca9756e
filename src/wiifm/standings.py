"""A reading: what one holder has, or all have, of what an engine remembers, as far as the book lets it be told.

Where a book says ``individuals = false``, a unit or a community of which too few members earned anything isn't told: what it
has would be theirs to read. Who they are is read from the ledger, and no further than until there are enough.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice

from wiifm.ledger import Holder, HolderKind, Standing
from wiifm.memory import Memory
from wiifm.privacy import Withheld, readable, standing_for_holder, withheld_groups
from wiifm.records import Booked
from wiifm.standing import standing_of

_GROUP_KINDS: tuple[HolderKind, ...] = ("unit", "community")

ROWS_AT_ONCE = 50
"""So many rows, or events, are looked at before it is asked whether there are enough by now."""


def standing_in(memory: Memory, holder: Holder) -> Standing:
    """What a holder has now, as they may read it.

    Raises:
        Withheld: it is a unit or a community of too few.
    """
    check_readable(memory, holder)
    history = memory.flow.histories.get(holder)
    return standing_for_holder(memory.book, standing_of(memory.program, holder, history))


def standings_in(memory: Memory) -> list[Standing]:
    """What all holders have that may be told to anybody, by kind and name."""
    found = (standing_of(memory.program, each.holder, each) for each in memory.credited())
    return sorted(
        readable(memory.book, found, withheld_holders(memory)), key=lambda each: each.holder
    )


def check_readable(memory: Memory, holder: Holder) -> None:
    """Complain where a holder is a unit or a community of too few.

    Raises:
        Withheld: it is, and the book says ``individuals = false``.
    """
    if holder.kind != "member" and holder.id in _withheld_names(memory, holder.kind):
        raise _refusal(memory, holder)


def check_entry_readable(memory: Memory, holder: Holder) -> None:
    """The same of an entry: nobody is behind one of a unit or a community that nothing credits any more.

    Raises:
        Withheld: it may not, and the book says ``individuals = false``.
    """
    check_readable(memory, holder)
    if holder.kind != "member" and not memory.book.individuals and not memory.knows(holder):
        raise _refusal(memory, holder)


def _refusal(memory: Memory, holder: Holder) -> Withheld:
    return Withheld(
        f"the rule book {memory.book.id!r} says individuals = false: what the {holder.kind} {holder.id!r} has isn't told, "
        f"as fewer than {memory.book.fewest} of its members earned it, or those of another one could be had from the sum"
    )


def withheld_holders(memory: Memory) -> set[Holder]:
    """The units and communities that aren't told; none where members may be named."""
    return {Holder(kind, name) for kind in _GROUP_KINDS for name in _withheld_names(memory, kind)}


def _withheld_names(memory: Memory, kind: HolderKind) -> set[str]:
    """Those of one kind: of all that have enough persons the first by name goes with too few, since it isn't counted how many more they have."""
    if memory.book.individuals:
        return set()
    booked = memory.booked(memory.groups(kind))
    persons = {each.id: _persons(memory, each, iter(rows)) for each, rows in booked}
    return withheld_groups(persons, memory.book.fewest)


def is_small(memory: Memory, unit: str) -> bool:
    """Whether so few members are there in a unit now that its name would tell who is meant: in most, those who came last are enough."""
    relations = memory.flow.relations
    for most in (ROWS_AT_ONCE, sys.maxsize):
        members = memory.deeds.members_of(unit, most)
        relations.prefetch_profiles(members)
        there = relations.there(members)
        now = [each for each in there if relations.current_unit(each) == unit]
        if len(now) >= memory.book.fewest:
            return False
    return True


def _persons(memory: Memory, holder: Holder, rest: Iterator[Booked]) -> set[str]:
    """Members who earned what a unit or a community has, of a unit those who are there in it now; no more than are enough, whichever were found first."""
    relations, found, enough = memory.flow.relations, set[str](), memory.book.fewest
    while len(found) < enough and (rows := list(islice(rest, ROWS_AT_ONCE))):
        memory.prefetch_facts([row[1] for row in rows], ())
        earners = {_earner(memory, row) for row in memory.accounts.nonzero(rows)}
        new = {each for each in earners if each is not None} - found
        if holder.kind == "unit":
            relations.prefetch_profiles(new)
            new = {e for e in relations.there(new) if relations.current_unit(e) == holder.id}
        found |= new
        memory.let_go()
    return set(islice(found, enough))


def _earner(memory: Memory, row: Booked) -> str | None:
    """The member whose merit a row is."""
    _, event, grant, _, _ = row
    merit = grant.slot[2] or memory.book.types[event.type].merit
    return event.actor if merit == "actor" else memory.flow.relations.recipient(event)
