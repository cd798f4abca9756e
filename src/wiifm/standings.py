"""Reads the standings of one holder or of all, as far as the rule book lets them be read.

Under ``individuals = false``, a unit or community in which fewer than ``fewest`` members earned anything is withheld, since its standing would
reveal theirs. The members are counted from the ledger, and no further than up to ``fewest``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice

from wiifm.ledger import KINDS, Holder, HolderKind, Standing
from wiifm.memory import Memory
from wiifm.privacy import Withheld, readable, standing_for_holder, withheld_groups
from wiifm.records import Booked
from wiifm.standing import standing_of

_GROUP_KINDS = KINDS[1:]

ROWS_AT_ONCE = 50
"""How many rows or events are read before checking whether there are enough members."""


def standing_in(memory: Memory, holder: Holder) -> Standing:
    """Return what a holder has now, as they may read it.

    Raises:
        Withheld: the holder is a unit or a community of too few members.
    """
    check_readable(memory, holder)
    history = memory.flow.histories.get(holder)
    return standing_for_holder(memory.book, standing_of(memory.program, holder, history))


def standings_in(memory: Memory) -> list[Standing]:
    """Return the standings that anybody may read, sorted by kind and name of the holder."""
    found = (standing_of(memory.program, each.holder, each) for each in memory.credited())
    return sorted(
        readable(memory.book, found, withheld_holders(memory)), key=lambda each: each.holder
    )


def check_readable(memory: Memory, holder: Holder) -> None:
    """Check that the standing of a holder may be read.

    Raises:
        Withheld: the book says ``individuals = false``, and the holder is a unit or a community of too few members.
    """
    if holder.kind != "member" and holder.id in _withheld_names(memory, holder.kind):
        raise _refusal(memory, holder)


def check_entry_readable(memory: Memory, holder: Holder) -> None:
    """Check that a ledger entry of a holder may be read.

    A unit or community that nothing credits any more has no members to count, so its entries are withheld, too.

    Raises:
        Withheld: the book says ``individuals = false``, and the entry may not be read.
    """
    check_readable(memory, holder)
    if holder.kind != "member" and not memory.book.individuals and not memory.knows(holder):
        raise _refusal(memory, holder)


def _refusal(memory: Memory, holder: Holder) -> Withheld:
    return Withheld(
        f"the rule book {memory.book.id!r} says individuals = false: the standing of the {holder.kind} {holder.id!r} is withheld, "
        f"since fewer than {memory.book.fewest} of its members earned it, or since it would reveal that of another {holder.kind}"
    )


def withheld_holders(memory: Memory) -> set[Holder]:
    """Return the units and communities that are withheld; none if members may be named."""
    return {Holder(kind, name) for kind in _GROUP_KINDS for name in _withheld_names(memory, kind)}


def _withheld_names(memory: Memory, kind: HolderKind) -> set[str]:
    """The names of the withheld units, or communities.

    Members are counted only up to ``fewest``. So if one more group must be withheld to protect the small ones, it is the first by name of those
    that have enough members, and not the smallest.
    """
    if memory.book.individuals:
        return set()
    booked = memory.booked(memory.groups(kind))
    persons = {each.id: _persons(memory, each, iter(rows)) for each, rows in booked}
    return withheld_groups(persons, memory.book.fewest)


def is_small(memory: Memory, unit: str) -> bool:
    """Whether a unit now has so few members that its name would reveal who is meant.

    In most units, the latest profiles already show enough members; only otherwise all are read.
    """
    relations = memory.flow.relations
    for most in (ROWS_AT_ONCE, sys.maxsize):
        members = memory.deeds.members_of(unit, most)
        relations.prefetch_profiles(members)
        there = relations.there(members)
        now = [each for each in there if relations.current_unit(each) == unit]
        if len(now) >= memory.book.fewest:
            return False
    return True


def _persons(memory: Memory, holder: Holder, remaining: Iterator[Booked]) -> set[str]:
    """Members who earned what a unit or a community has, at most ``fewest``, in no particular choice.

    For a unit, only those count who belong to it now.
    """
    relations, found, enough = memory.flow.relations, set[str](), memory.book.fewest
    while len(found) < enough and (rows := list(islice(remaining, ROWS_AT_ONCE))):
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
    """The member who earned a row: the actor or the recipient of its event, by the rule's or the event type's ``merit``."""
    _, event, grant, _, _ = row
    merit = grant.slot[2] or memory.book.types[event.type].merit
    return event.actor if merit == "actor" else memory.flow.relations.recipient(event)
