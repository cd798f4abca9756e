"""Compiles a rule book into the program that the folds run: plans by slot, claimants by slot."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from wiifm.activities import Slot
from wiifm.program.badges import Seeker, seekers
from wiifm.program.claims import Claimant, claimant
from wiifm.program.grants import Grant, compile_grant
from wiifm.program.slots import rank, rule_slots
from wiifm.rulebook.book import RuleBook


@frozen
class Plan:
    """What is done with an activity of one slot: grants first, then badges, each in order."""

    grants: tuple[Grant, ...]
    seekers: tuple[Seeker, ...]
    kept: tuple[Seeker, ...]


@frozen
class Program:
    """A rule book, compiled. ``slots`` lists the slots of each event type in the order of their ranks."""

    book: RuleBook
    slots: Mapping[str, tuple[Slot, ...]]
    plans: Mapping[Slot, Plan]
    claimants: Mapping[Slot, tuple[Claimant, ...]]
    seekers: tuple[Seeker, ...]
    keeps: bool
    gated: frozenset[str]


def compile_book(book: RuleBook) -> Program:
    """The program of a rule book.

    >>> from wiifm.rulebook import RuleBook
    >>> program = compile_book(RuleBook.load("plugin:sharing"))
    >>> program.slots["kudos.given"]
    (('kudos.given', 'recipient', ''),)
    """
    grants = {rule: compile_grant(book, book.rules[rule]) for rule in sorted(book.rules)}
    by_rule = {rule: rule_slots(book, book.rules[rule]) for rule in grants}
    badges = seekers(book)
    wanted = {found for slots in by_rule.values() for found in slots}
    wanted |= {found for seeker in badges for each in seeker.watches for found in each.slots}
    slots: dict[str, list[Slot]] = {}
    for found in sorted(wanted, key=lambda each: (each[0], rank(each))):
        slots.setdefault(found[0], []).append(found)
    gated = [
        claimant(book, rule) for _, rule in sorted(book.rules.items()) if rule.gate is not None
    ]
    claimants = {found: tuple(c for c in gated if found in c.slots) for found in wanted}
    plans = {}
    for found in wanted:
        asked = _asked(badges, found)
        plans[found] = Plan(
            grants=tuple(grants[rule] for rule in grants if found in by_rule[rule]),
            seekers=asked,
            kept=tuple(seeker for seeker in asked if seeker.badge.keep),
        )
    return Program(
        book=book,
        slots={name: tuple(found) for name, found in slots.items()},
        plans=plans,
        claimants={found: each for found, each in claimants.items() if each},
        seekers=badges,
        keeps=any(seeker.badge.keep for seeker in badges),
        gated=frozenset(found[0] for found, each in claimants.items() if each),
    )


def _asked(badges: tuple[Seeker, ...], found: Slot) -> tuple[Seeker, ...]:
    """The badges to ask in a slot: those that watch it, and those that come after one that does."""
    asked: dict[str, Seeker] = {}
    for seeker in badges:
        watches = any(found in each.slots for each in seeker.watches)
        if watches or any(name.partition(":")[0] in asked for name in seeker.badge.after):
            asked[seeker.badge.id] = seeker
    return tuple(asked.values())
