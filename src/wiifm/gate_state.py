"""What the gate fold remembers, as nouns: the claims at one key of a gate, in order, and what is used up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import define, field, frozen

from wiifm.rules import Gate

Claim: TypeAlias = tuple[datetime, str, str, int, int, "str | None", int]
"""What a rule asks of a gate for one event: time, event, rule and rank, by which it stands in the order; how much it
takes, in millionths; the actor; and the number of the period, where the gate carries over (else 0)."""

Placed: TypeAlias = tuple[datetime, str, str, int, int, "str | None", int, int]
"""A claim with its place: 0 where it doesn't get through."""


@frozen(eq=False)
class Terms:
    """A gate, with what it counts in millionths where it counts points: ``most`` in a period, ``carry`` over from one to the next.

    ``within`` is for a gate of pairs: a claim so much time behind one of the other member has the place 1, and no other has one.
    """

    gate: Gate
    most: int | None = None
    carry: int | None = None
    within: timedelta | None = None
    counts: int | None = field(init=False)
    """How many get through, where it only counts those; else None."""

    @counts.default
    def _counts(self) -> int | None:
        plain = self.carry is None and self.within is None and not self.gate.distinct
        return self.most if plain and self.gate.times is not None else None


@define(eq=False)
class GateState:
    """A gate at one key: all claims in order, each with its place, and what is used up.

    Where the gate carries over, ``period`` is the latest that something was claimed in, ``carried`` what came over into it
    (times, or millionths), and what is used up is so in this period. Where it is that of a pair, ``gave`` is when
    each of both claimed last. ``changed`` is the first claim that was put in or dropped since they were settled.
    """

    terms: Terms
    claims: list[Placed] = field(factory=list)
    through: int = 0
    points: int = 0
    actors: set[str] | None = None
    period: int | None = None
    carried: int = 0
    gave: dict[str | None, datetime] = field(factory=dict)
    changed: Claim | None = None

    def enter(self, claim: Claim) -> int:
        """The place of a claim that stands behind all others; 0 where it doesn't get through.

        >>> state, moment = GateState(Terms(Gate(times=1), most=1)), datetime(2026, 5, 1)
        >>> [state.enter((moment, event, "r", 0, 5, "ann", 0)) for event in ("e1", "e2")]
        [1, 0]
        """
        place = self._admit(claim)
        self.claims.append((*claim, place))
        return place

    def _admit(self, claim: Claim) -> int:
        terms = self.terms
        if terms.counts is not None:  # the way of most
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
        """1 where the other one of a pair gave something to the actor not long before; else 0."""
        self.gave[actor] = at
        others = (moment for member, moment in self.gave.items() if member != actor)
        return int(any(at - moment <= within for moment in others))

    def _begin_period(self, period: int) -> None:
        """Let a period begin, if it is a later one, with what those before it left, as far as it is carried over."""
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
        """Take in a claim at its place in the order; ``settle`` gives places again."""
        self.claims.insert(self._index_of(claim), (*claim, 0))
        self._note_change(claim)

    def remove(self, claim: Claim) -> None:
        """Take a claim out; ``settle`` gives places again."""
        self._release(self.claims.pop(self._index_of(claim)))
        self._note_change(claim)

    def place_of(self, claim: Claim) -> int:
        """The place that a claim has."""
        return self.claims[self._index_of(claim)][7]

    def _index_of(self, claim: Claim) -> int:
        return bisect_left(self.claims, claim[:4], key=_sort_key)

    def _note_change(self, claim: Claim) -> None:
        """Note where the first claim stands that was put in or dropped."""
        self.changed = claim if self.changed is None else min(self.changed, claim, key=_sort_key)

    def _release(self, claim: Placed) -> None:
        """Have what a claim took be there again."""
        if claim[7]:
            self.through -= 1
            self.points -= claim[4]
            if self.actors and claim[5] is not None:
                self.actors.discard(claim[5])

    def settle(self) -> list[str]:
        """Give the claims behind the first change their places anew; answers the events of those that got another one.

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
                break  # the gate is shut from here on, as it was
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
        """Give a claim another place."""
        self.claims[number] = (*self.claims[number][:7], place)

    def _rewind(self, changed: int) -> tuple[int, int]:
        """Have used up what was so ahead of a claim; answers from where on to go forward, and how many stood from there on.

        What carries over isn't known of any earlier moment, so there it is the beginning.
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
        """Find out who gave last, as far as it may matter to whoever gives after the claim ahead of a changed one."""
        self.gave = {}
        for number in range(changed - 1, -1, -1):
            at, actor = self.claims[number][0], self.claims[number][5]
            if self.claims[changed - 1][0] - at > within:
                break
            self.gave.setdefault(actor, at)


def _sort_key(claim: Claim | Placed) -> tuple[datetime, str, str, int]:
    """By what a claim stands in the order."""
    return claim[:4]
