"""How badges are given: functions that generated code calls, once for each award that is due."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from wiifm.events import Event
from wiifm.program.measures import Number
from wiifm.records import AwardKey, Grant, History, Outcomes

MOST_AT_ONCE = 100
"""The greatest number of awards of one badge from one activity."""


def giving(
    badge: str, bonus: Mapping[str, int | None], purse: str, grant: Grant, is_prerequisite: bool
) -> Callable[..., bool]:
    """Make the function that gives a badge, once for each tier and occurrence, and books its bonus.

    It returns whether the award is new.
    """
    once: dict[str, AwardKey] = {tier: (badge, tier, ()) for tier in bonus}

    def give(
        h: History,
        e: Event,
        out: Outcomes,
        tier: str,
        occurrence: tuple[Any, ...],
        key: Hashable,
        said: dict[str, object] | None,
    ) -> bool:
        state = h.state
        award = (badge, tier, occurrence) if occurrence else once[tier]
        if award in state.awards:
            return False
        state.awards[award] = cell = (e.occurred_at, e.id, key)
        out.awarded.append((h, e, award, cell))
        if is_prerequisite:
            state.held = {*(state.held or ()), (badge, ""), (badge, tier)}
        more = bonus[tier]
        if more:
            setattr(state, purse, getattr(state, purse) + more)
            out.book((h, e, grant, more, said))
        return True

    return give


def above(thresholds: tuple[Number, ...]) -> Callable[[Number], Number | float]:
    """Make the function that returns the lowest threshold above a value; infinity if there is none."""
    return lambda value: next((most for most in thresholds if most > value), float("inf"))


def new_repeats(
    awards: Mapping[Any, Any],
    badge: str,
    tier: str,
    which: tuple[Any, ...],
    value: Number,
    threshold: Number,
    every: int,
) -> Iterator[int]:
    """The numbers of the awards that a value has newly reached, if one is given for every N."""
    reached = int((value - threshold) // every) + 1
    given = 0
    if (badge, tier, (*which, 0)) in awards:
        low, high = 0, reached
        while low < high:  # the awards given are numbered without a gap
            middle = (low + high) // 2
            if (badge, tier, (*which, middle)) in awards:
                low = middle + 1
            else:
                high = middle
        given = low
    return iter(range(given, min(reached, given + MOST_AT_ONCE)))
