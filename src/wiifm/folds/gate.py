"""The second fold: who gets through where something is scarce.

Activities make claims at gates; each claim gets a place number, or 0 if it is refused. The claims at one key of a gate
stand in the order of their events, so a change can only affect the places after it. ``gate_state`` has the state at one
key and the step; here are all keys of all gates.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Activity
from wiifm.gate_state import Claim, GateState
from wiifm.program import Program
from wiifm.program.gates import terms_of

GateKey: TypeAlias = tuple[str, tuple[Hashable, ...]]
"""The id of a gate, and one of its keys."""

Claimed: TypeAlias = tuple[GateKey, str, Claim]
"""A claim with where it is made (the gate and its key), and the name by which the program knows its place."""


@define(eq=False)
class Gates:
    """The states of all gates of a book, by gate id and key."""

    program: Program
    states: Mapping[str, dict[tuple[Hashable, ...], GateState]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.states = {name: {} for name in self.program.gates}

    def claims(self, activities: Iterable[Activity]) -> Iterator[Claimed]:
        """The claims that activities make."""
        for a in activities:
            for gate, rule, place, claim in self.program.claims.get(a.slot, ()):
                claimed = claim(a)
                if claimed is not None:
                    key, amount, period = claimed
                    event = a.event
                    made = (
                        event.occurred_at,
                        event.id,
                        rule.id,
                        a.rank,
                        amount,
                        event.actor,
                        period,
                    )
                    yield (gate, key), place, made

    def replace_claims(self, removed: list[Claimed], added: list[Claimed]) -> None:
        """Remove claims, and insert others. ``settle`` has to be called for their keys afterwards."""
        self.prefetch(where for where, _, _ in (*removed, *added))
        for (gate, key), _, claim in removed:
            self.states[gate][key].remove(claim)
        for (gate, key), _, claim in added:
            self._state(gate, key).insert(claim)

    def prefetch(self, keys: Iterable[GateKey]) -> None:
        """Load the states at some keys. Nothing to do where all are in memory."""

    def _state(self, gate: str, key: tuple[Hashable, ...]) -> GateState:
        """The state of a gate at one key, new if there is none yet."""
        found = self.states[gate].get(key)
        if found is None:
            found = self.states[gate][key] = GateState(terms_of(self.program.gates[gate]))
        return found

    def settle(self, where: GateKey) -> list[str]:
        """Give places again to the claims at a key that changed; return the ids of the events whose place changed, in order."""
        gate, key = where
        return self.states[gate][key].settle()

    def places(self, activities: Iterable[Activity]) -> list[dict[str, int]]:
        """For each activity the places of its claims, by the names by which the program knows them."""
        claimed = [[*self.claims([a])] for a in activities]
        places = iter(self.places_of([*chain.from_iterable(claimed)]))
        return [{name: next(places) for _, name, _ in each} for each in claimed]

    def places_of(self, claimed: list[Claimed]) -> list[int]:
        """The places of some claims."""
        return [self.states[gate][key].place_of(claim) for (gate, key), _, claim in claimed]
