"""The second fold: who gets through where something is scarce.

Activities in, their claims at gates; places out. The claims at one key of a gate stand in the order of
their events, and only those behind a change can change their place.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
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
"""Where something is claimed, under which name the program knows its place, and the claim."""


@define(eq=False)
class Gates:
    """All claims, by the gate and its key that they are made at."""

    program: Program
    states: dict[str, dict[tuple[Hashable, ...], GateState]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.states = {name: {} for name in self.program.gates}

    def claims(self, activities: Iterable[Activity]) -> Iterator[Claimed]:
        """What activities claim."""
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

    def change(self, gone: list[Claimed], come: list[Claimed]) -> None:
        """Take claims out, and put others in their places."""
        self.prefetch(where for where, _, _ in (*gone, *come))
        for (gate, key), _, claim in gone:
            self.states[gate][key].remove(claim)
        for (gate, key), _, claim in come:
            self._state(gate, key).insert(claim)

    def prefetch(self, keys: Iterable[GateKey]) -> None:
        """Have at hand what is used up at some keys: all is, unless it lies elsewhere."""

    def _state(self, gate: str, key: tuple[Hashable, ...]) -> GateState:
        found = self.states[gate].get(key)
        if found is None:
            found = self.states[gate][key] = GateState(terms_of(self.program.gates[gate]))
        return found

    def settle(self, where: GateKey) -> list[str]:
        """Give the claims at a key their places; answers the events whose places changed, in order."""
        gate, key = where
        return self.states[gate][key].settle()

    def places(self, activities: Iterable[Activity]) -> list[dict[str, int]]:
        """The places of the claims of each of some activities, by the names under which the program knows them."""
        claimed = [[*self.claims([a])] for a in activities]
        places = iter(self.places_of([*chain.from_iterable(claimed)]))
        return [{name: next(places) for _, name, _ in each} for each in claimed]

    def places_of(self, claimed: list[Claimed]) -> list[int]:
        """The place that each of some claims has."""
        return [self.states[gate][key].place_of(claim) for (gate, key), _, claim in claimed]
