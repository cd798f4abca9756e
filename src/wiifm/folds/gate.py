"""The second fold: who gets through where something is scarce.

Activities in, their claims at gates; places out. The claims at one key of a gate stand in the order of
their events, and only those behind a change can change their place.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterable
from itertools import islice
from typing import TypeAlias

from attrs import define, field

from wiifm.activities import Activity
from wiifm.program import Program
from wiifm.program.claims import Claim, Claimant, Door

GateKey: TypeAlias = tuple[Hashable, ...]
Claimed: TypeAlias = tuple[GateKey, Claim]


@define
class Queue:
    """The claims at one key of a gate: all of them in order, and the places of those that are settled."""

    claimant: Claimant
    claims: list[Claim] = field(factory=list)
    places: dict[tuple[str, str], int] = field(factory=dict)
    settled: int = 0
    door: Door = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.door = Door(self.claimant.gate, self.claimant.most_points)

    def put(self, claim: Claim) -> None:
        """Take in a claim; those behind it have to be settled again."""
        insort(self.claims, claim)
        self._unsettle(claim)

    def drop(self, claim: Claim) -> None:
        """Take a claim out; those behind it have to be settled again."""
        self._unsettle(claim)
        del self.claims[bisect_left(self.claims, claim)]
        self.places.pop((claim.event, claim.rule), None)

    def _unsettle(self, claim: Claim) -> None:
        if bisect_left(self.claims, claim) < self.settled:
            self.settled, self.door = 0, Door(self.claimant.gate, self.claimant.most_points)

    def settle(self) -> set[str]:
        """Give each claim its place; answers the events of those that got another one."""
        moved = set()
        for claim in islice(self.claims, self.settled, None):
            place = self.door.admit(claim)
            if self.places.get((claim.event, claim.rule)) != place:
                self.places[claim.event, claim.rule] = place
                moved.add(claim.event)
        self.settled = len(self.claims)
        return moved


@define
class Gates:
    """All claims, by the key of the gate they are made at."""

    program: Program
    queues: dict[GateKey, Queue] = field(factory=dict)
    claimed: dict[str, tuple[Claimed, ...]] = field(factory=dict)

    def change(self, event: str, activities: Iterable[Activity]) -> set[GateKey]:
        """Put the claims of an event's activities in place of those it had; answers the keys that changed."""
        before = self.claimed.pop(event, ())
        now = tuple(self._claims(activities))
        changed: set[GateKey] = set()
        if now:
            self.claimed[event] = now
        if before == now:
            return changed
        for key, claim in before:
            self.queues[key].drop(claim)
            changed.add(key)
        for key, claim in now:
            self.queues[key].put(claim)
            changed.add(key)
        return changed

    def _claims(self, activities: Iterable[Activity]) -> Iterable[Claimed]:
        for a in activities:
            for claimant in self.program.claimants.get(a.slot, ()):
                claim = claimant.claim(a)
                if claim is not None:
                    key = claimant.key(a)
                    if key not in self.queues:
                        self.queues[key] = Queue(claimant)
                    yield key, claim

    def settle(self, keys: Iterable[GateKey]) -> set[str]:
        """Give the claims at these keys their places; answers the events whose places changed."""
        return {event for key in keys for event in self.queues[key].settle()}

    def places_of(self, event: str) -> dict[str, int]:
        """The place of each of an event's claims, by rule."""
        return {
            claim.rule: self.queues[key].places[claim.event, claim.rule]
            for key, claim in self.claimed.get(event, ())
        }
