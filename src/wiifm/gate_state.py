"""The state of a gate at one key: the claims in order, each with its place, and how much is used up.

A rule behind a gate makes a *claim* for each event; the gate admits it with a place number (1, 2, ...), or refuses it
with the place 0. In order, a claim is appended by :meth:`GateState.enter`. If claims come late or go,
:meth:`GateState.insert` and :meth:`GateState.remove` change the list, and :meth:`GateState.settle` gives places again
from the first change on. The gate fold (``folds.gate``) has one such state for each key of each gate.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import define, field, frozen

from wiifm.rules import Gate

Claim: TypeAlias = tuple[datetime, str, str, int, int, "str | None", int]
"""What a rule asks of a gate for one event: the time, the event, the rule and the rank, by which claims are sorted; the
amount, in millionths of a point; the actor; and the number of the period, if the gate carries over (else 0).
"""

Placed: TypeAlias = tuple[datetime, str, str, int, int, "str | None", int, int]
"""A claim with its place; 0 if it was refused."""


@frozen(eq=False)
class Terms:
    """The terms of a gate, with points in millionths: ``most`` per period, and ``carry``, how much is carried over at most.

    ``within`` is for the gates of pairs: a claim gets the place 1 if the other member of the pair claimed within that time
    before it, and 0 otherwise.
    """

    gate: Gate
    most: int | None = None
    carry: int | None = None
    within: timedelta | None = None
    counts: int | None = field(init=False)
    """How many claims get through, if the gate does nothing but count them; otherwise None."""

    @counts.default
    def _counts(self) -> int | None:
        plain = self.carry is None and self.within is None and not self.gate.distinct
        return self.most if plain and self.gate.times is not None else None


@define(eq=False)
class GateState:
    """A gate at one key: all claims in order, each with its place, and how much is used up.

    Attributes:
        through, points: how many claims were admitted, and the millionths that they took; in the present period, if the
            gate carries over.
        actors: the actors admitted, if each may get through only once.
        period, carried: if the gate carries over, the latest period with a claim, and what was carried over into it.
        last_gifts: if this is the gate of a pair, when each of the two claimed last; None before anybody did.
        changed: the first claim that was inserted or removed since the places were settled.
    """

    terms: Terms
    claims: list[Placed] = field(factory=list)
    through: int = 0
    points: int = 0
    actors: set[str] | None = None
    period: int | None = None
    carried: int = 0
    last_gifts: dict[str | None, datetime] | None = None
    changed: Claim | None = None

    def enter(self, claim: Claim) -> int:
        """Append a claim that is later than all others.

        Returns:
            Its place; 0 if it is refused.

        >>> state, moment = GateState(Terms(Gate(times=1), most=1)), datetime(2026, 5, 1)
        >>> [state.enter((moment, event, "r", 0, 5, "ann", 0)) for event in ("e1", "e2")]
        [1, 0]
        """
        place = self._admit(claim)
        self.claims.append((*claim, place))
        return place

    def _admit(self, claim: Claim) -> int:
        """Let a claim through if there is room for it; return its place."""
        terms = self.terms
        if terms.counts is not None:  # the common case
            if self.through >= terms.counts:
                return 0
            self.through += 1
            return self.through
        at, _, _, _, amount, actor, period = claim
        if terms.within is not None:
            return self._place_in_pair(at, actor, terms.within)
        if terms.carry is not None:
            self._begin_period(period)
        used = self.through + 1 if terms.gate.times is not None else self.points + amount
        if terms.most is not None and used > terms.most + self.carried:
            return 0
        if actor is not None and terms.gate.distinct:
            if self.actors is None:
                self.actors = set()
            if actor in self.actors:
                return 0
            self.actors.add(actor)
        self.through += 1
        self.points += amount
        return self.through

    def _place_in_pair(self, at: datetime, actor: str | None, within: timedelta) -> int:
        """1 if the other member of the pair gave something not long before, otherwise 0."""
        if self.last_gifts is None:
            self.last_gifts = {}
        self.last_gifts[actor] = at
        others = (moment for member, moment in self.last_gifts.items() if member != actor)
        return int(any(at - moment <= within for moment in others))

    def _begin_period(self, period: int) -> None:
        """Begin a later period, with what the earlier ones left over, as far as it may be carried."""
        if self.period is None:
            self.period = period
        elif period > self.period:
            most, carry = self.terms.most or 0, self.terms.carry or 0
            used = self.through if self.terms.gate.times is not None else self.points
            left = min(carry, most + self.carried - used)
            missed = period - self.period - 1  # periods in which nothing was claimed
            self.carried = min(carry, left + missed * most)
            self.period, self.through, self.points = period, 0, 0

    def insert(self, claim: Claim) -> None:
        """Insert a claim at its position. Call ``settle`` afterwards."""
        self.claims.insert(self._index_of(claim), (*claim, 0))
        self._note_change(claim)

    def remove(self, claim: Claim) -> None:
        """Remove a claim. Call ``settle`` afterwards."""
        self._release(self.claims.pop(self._index_of(claim)))
        self._note_change(claim)

    def place_of(self, claim: Claim) -> int:
        """The place of a claim."""
        return self.claims[self._index_of(claim)][7]

    def _index_of(self, claim: Claim) -> int:
        return bisect_left(self.claims, claim[:4], key=_sort_key)

    def _note_change(self, claim: Claim) -> None:
        """Note the first claim that was inserted or removed."""
        self.changed = claim if self.changed is None else min(self.changed, claim, key=_sort_key)

    def _release(self, claim: Placed) -> None:
        """Give back what an admitted claim used up."""
        if claim[7]:
            self.through -= 1
            self.points -= claim[4]
            if self.actors and claim[5] is not None:
                self.actors.discard(claim[5])

    def settle(self) -> list[str]:
        """Give places again to the claims from the first change on.

        Returns:
            The ids of the events whose places changed, in order.

        >>> state, moment = GateState(Terms(Gate(times=2), most=2)), datetime(2026, 5, 1)
        >>> claims = [(moment, event, "r", 0, 0, "ann", 0) for event in ("e1", "e2", "e3", "e4")]
        >>> [state.enter(claim) for claim in claims]
        [1, 2, 0, 0]
        >>> state.remove(claims[1])
        >>> state.settle()
        ['e3']
        """
        if self.changed is None:
            return []
        start, stood = self._rewind(self._index_of(self.changed))
        self.changed, moved = None, dict[str, None]()
        shuts = self.terms.gate.times if self.terms.carry is None else None
        for number in self._numbers_from(start):
            if stood == 0 and self.through == shuts:
                break  # nobody was admitted from here on, and nobody can be now
            claim = self.claims[number]
            place = self._admit(claim[:7])
            stood -= claim[7] > 0
            if claim[7] != place:
                self._set_place(number, place)
                moved[claim[1]] = None
        return list(moved)

    def _numbers_from(self, number: int) -> Iterable[int]:
        """The numbers of the claims from one on."""
        return range(number, len(self.claims))

    def _set_place(self, number: int, place: int) -> None:
        """Change the place of a claim."""
        self.claims[number] = (*self.claims[number][:7], place)

    def _rewind(self, changed: int) -> tuple[int, int]:
        """Go back to what was used up before a claim.

        Returns:
            The number of the claim from which on places have to be given, and how many claims were admitted from there on (0
            where that isn't needed). If the gate carries over it is the first claim of all, as no earlier carry is stored.
        """
        if self.terms.within is not None:
            self.through = self.points = 0
            self._restore_last_gifts(changed, self.terms.within)
            return changed, 0
        if self.terms.carry is not None:
            self.through, self.points, self.period, self.carried = 0, 0, None, 0
            return 0, 0
        stood = self.through
        if self.terms.counts is not None:
            ahead = self.claims[changed - 1][7] or self.terms.counts if changed else 0
            self.through = ahead
            return changed, stood - ahead
        for number in self._numbers_from(changed):
            self._release(self.claims[number])
        return changed, stood - self.through

    def _restore_last_gifts(self, changed: int, within: timedelta) -> None:
        """Set when each of a pair gave last, before a changed claim, as far as it matters to claims after it."""
        self.last_gifts = {}
        for number in range(changed - 1, -1, -1):
            at, actor = self.claims[number][0], self.claims[number][5]
            if self.claims[changed - 1][0] - at > within:
                break
            self.last_gifts.setdefault(actor, at)


def _sort_key(claim: Claim | Placed) -> tuple[datetime, str, str, int]:
    """What claims are sorted by."""
    return claim[:4]
