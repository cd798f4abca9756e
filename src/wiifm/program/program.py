"""A compiled rule book: its source, and the functions that the folds and the readings call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from attrs import frozen

from wiifm.activities import Activity, Related, Slot
from wiifm.events import Event
from wiifm.ledger import HolderKind
from wiifm.program.badges import CompiledBadge
from wiifm.records import Grant, State
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Gate, Rule

Take: TypeAlias = Callable[[list[Event], list[Event], list[tuple[Event, str, str]]], None]
"""Folds a batch in order. It puts late events into the second list, before they have changed anything, and events that
credit nobody into the third, each with its state and why.
"""


@frozen
class Program:
    """A compiled rule book.

    Attributes:
        text: the source.
        slots: the slots that the book asks for, by event type.
        states: makes the first state of each kind of holder.
        bind_relate: returns the relate functions of all event types, bound to the relations that they read.
        bind_take: returns ``take``, bound to relations, histories, states of gates, and outcomes.
        reward: for each slot the function that folds an activity into its holder's state.
        tabled: for event types that are counted in tables of the state, by role, the fields of the activity by which.
        passing: for each kind of holder the function that folds an event that advances time.
        advancing: the types of such events, if the book has a badge that must be kept up.
        gates: the gates at which claims are made, those of pairs included.
        claims: for each slot its gated rules: the gate's id, the rule, the name of the place, and the function that makes the claim.
        badges: the badges and levels by criteria.
        values: for each criterion's field the function that reads its value for all keys.
        value: likewise for one key, if time changes it.
        moments: likewise the times of what is in a rolling window.
        present: for each field of groups or a streak by days, weeks, months or years the function that reads what the present one has.
        accepts: by event type, whether an event is surely valid.
        admit: the loop that records such events.
        grants: the grants by rule and slot.
        kept: the program of the kept badges alone, if there are any.
    """

    book: RuleBook
    text: str
    slots: Mapping[str, tuple[Slot, ...]]
    states: Mapping[HolderKind, Callable[[], State]]
    bind_relate: Callable[..., Mapping[str, Callable[[Any], Related]]]
    bind_take: Callable[..., Take]
    reward: Mapping[Slot, Callable[..., None]]
    tabled: Mapping[str, Mapping[str, frozenset[str]]]
    passing: Mapping[HolderKind, Callable[..., bool]]
    advancing: frozenset[str]
    gates: Mapping[str, Gate]
    claims: Mapping[Slot, tuple[tuple[str, Rule, str, Callable[[Activity], Any]], ...]]
    badges: tuple[CompiledBadge, ...]
    values: Mapping[str, Callable[..., list[tuple[Any, Any]]]]
    value: Mapping[str, Callable[..., Any]]
    moments: Mapping[str, Callable[..., list[datetime]]]
    present: Mapping[str, Callable[..., Any]]
    accepts: Mapping[str, Callable[[Any], bool]]
    admit: Callable[[Iterator[Event], dict[str, Event], Callable[[Event], None]], None]
    grants: Mapping[tuple[str, Slot], Grant]
    kept: Program | None = None

    @property
    def gated(self) -> frozenset[str]:
        """The event types that make claims at gates."""
        return frozenset(slot[0] for slot in self.claims)
