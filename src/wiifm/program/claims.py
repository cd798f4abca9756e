"""Gates, compiled: which claim a rule makes at its gate for an activity, and who gets through."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from wiifm.activities import Activity, Slot, source
from wiifm.periods import SPANS
from wiifm.program.amounts import AmountOf, amount_of, in_minor
from wiifm.program.grants import Eligible, eligible
from wiifm.program.slots import rule_slots
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Gate, Rule


class Claim(NamedTuple):
    """What a rule asks of a gate for one event: where it stands in the order, and how much it takes."""

    at: datetime
    event: str
    rule: str
    rank: int
    amount: int
    actor: str | None


@frozen
class Claimant:
    """A gated rule, compiled: whether it claims for an activity, and under which key."""

    rule: str
    gate: Gate
    most_points: int | None
    slots: frozenset[Slot]
    eligible: Eligible
    key: Callable[[Activity], tuple[Hashable, ...]]
    amount: Callable[[Activity], int | None]

    def claim(self, a: Activity) -> Claim | None:
        """The claim for an activity; None where the rule doesn't look at it, or has nothing to give."""
        if self.eligible(a):
            return None
        amount = self.amount(a)
        if amount is None:
            return None
        event = a.related.event
        return Claim(event.occurred_at, event.id, self.rule, a.rank, max(0, amount), event.actor)


def claimant(book: RuleBook, rule: Rule) -> Claimant:
    """Compile a gated rule."""
    gate = book.gates[str(rule.gate)]
    decimals = book.purses[rule.purse].decimals
    worth = amount_of(book, rule, source) if gate.points is not None else None
    return Claimant(
        rule=rule.id,
        gate=gate,
        most_points=None if gate.points is None else in_minor(gate.points, _FINEST),
        slots=rule_slots(book, rule),
        eligible=eligible(book, rule),
        key=_key(book, gate),
        amount=_finest(worth, decimals) if worth else (lambda a: 0),
    )


_FINEST = 6


def _finest(worth: AmountOf, decimals: int) -> Callable[[Activity], int | None]:
    """An amount in millionths of a point, so that rules of different purses may share a gate."""
    scale = 10 ** (_FINEST - decimals)

    def amount(a: Activity) -> int | None:
        minor = worth(a, None, None)
        return None if minor is None else minor * scale

    return amount


def _key(book: RuleBook, gate: Gate) -> Callable[[Activity], tuple[Hashable, ...]]:
    span, zone = SPANS[gate.per], ZoneInfo(book.zone)
    parts, by_giver = gate.of, "actor" in gate.of

    def key(a: Activity) -> tuple[Hashable, ...]:
        event = a.related.event
        if gate.per == "ever":
            period = 0
        elif by_giver and event.actor is not None:
            period = span(a.related.actor_day)
        else:
            period = span(event.occurred_at.astimezone(zone).toordinal())
        return (gate.id, period, *(_part(a, part) for part in parts))

    return key


def _part(a: Activity, part: str) -> str | None:
    match part:
        case "actor":
            return a.related.event.actor
        case "recipient":
            return a.related.recipient
        case "object":
            return a.related.target
        case "in_reply_to":
            return a.related.event.in_reply_to
        case "community":
            return a.related.community
        case "unit":
            return a.unit
        case _:
            return None


@define
class Door:
    """A gate at one key, as it stands after some claims: how many got through, with how much."""

    gate: Gate
    most_points: int | None
    through: int = 0
    points: int = 0
    actors: set[str] = field(factory=set)

    def admit(self, claim: Claim) -> int:
        """The place of the next claim in order; 0 where it doesn't get through.

        >>> door, moment = Door(Gate(times=1), None), datetime(2026, 5, 1)
        >>> [door.admit(Claim(moment, event, "r", 0, 5, "ann")) for event in ("e1", "e2")]
        [1, 0]
        """
        gate = self.gate
        if gate.times is not None and self.through >= gate.times:
            return 0
        if self.most_points is not None and self.points + claim.amount > self.most_points:
            return 0
        if claim.actor is not None:
            if gate.distinct and claim.actor in self.actors:
                return 0
            self.actors.add(claim.actor)
        self.through += 1
        self.points += claim.amount
        return self.through
