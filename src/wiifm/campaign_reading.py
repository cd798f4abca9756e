"""Reads what concerns campaigns: what members earned in a window, which teams there were, and which closings count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction

from wiifm.campaigns import CLOSED
from wiifm.ledger import Holder
from wiifm.memory import Memory

LIKELY_CLOSINGS = 2
"""How many closings of each campaign are looked up at once: one, and the one after it in case it was retracted."""


def points_within(
    memory: Memory, purse: str, since: datetime | None, until: datetime | None
) -> dict[str, Fraction]:
    """Return what each member earned in a purse by events of a window: ``since <= occurred_at < until``; None is no bound."""
    sums = memory.accounts.sums(purse, since, until)
    scale = 10 ** memory.book.purses[purse].decimals
    return {member: Fraction(minor, scale) for member, minor in sums.items()}


def earned_within(
    memory: Memory, member: str, since: datetime | None, until: datetime | None
) -> dict[str, dict[str, int]]:
    """Return the same of one member, for all purses: in each, by event, what it came to in minor units, in the order of the ledger."""
    found: dict[str, dict[str, int]] = {}
    rows = memory.accounts.booked_amounts(Holder("member", member), since, until)
    for event, _, _, purse, minor in rows:
        amounts = found.setdefault(purse, {})
        amounts[event] = amounts.get(event, 0) + minor
    return found


def teams(memory: Memory, members: Iterable[str], until: datetime) -> dict[str, list[str]]:
    """Return the units that some members belonged to at the end of a window, each with all of its members then."""
    relations = memory.flow.relations
    units = {relations.unit_before(member, until) for member in members}
    found: dict[str, list[str]] = {}
    for unit in sorted(each for each in units if each):
        of_it = relations.there(memory.deeds.members_of(unit), until)
        found[unit] = sorted(each for each in of_it if relations.unit_before(each, until) == unit)
    return found


def prefetch_closings(memory: Memory, names: Iterable[str]) -> None:
    """Load the first closings of some campaigns, all at once."""
    numbers = range(1, LIKELY_CLOSINGS + 1)
    memory.log.prefetch(closing_id(name, number) for name in names for number in numbers)


def closings(memory: Memory, name: str) -> Iterator[tuple[str, datetime | None, datetime]]:
    """Yield the live closings of a campaign: the id, the beginning and the end of the window of each."""
    for event in taken_ids(memory, name):
        found = memory.log.events[event]
        until = _moment(found.data.get("until"))
        if until and found.type == CLOSED and memory.log.is_live(found):
            yield event, _moment(found.data.get("since")), until


def _moment(said: object) -> datetime | None:
    """Parse a moment in the data of a closing; None if it is no moment, since anybody may record such an event."""
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return found if found.tzinfo else None


def taken_ids(memory: Memory, name: str) -> Iterator[str]:
    """Yield the ids of all closings of a campaign that were recorded, including retracted ones."""
    number = 1
    while (event := closing_id(name, number)) in memory.log.events:
        yield event
        number += 1


def closing_id(name: str, number: int) -> str:
    """Return the id of a closing of a campaign, by its number from 1."""
    return f"closing:{name}:{number}"
