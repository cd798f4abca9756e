"""The names that an expression or a sentence of a rule book may use, depending on its event types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Formatter
from typing import Literal, TypeAlias, cast

from wiifm.event_types import DERIVED, RESERVED, SPECIAL, EventType
from wiifm.events import ENVELOPE
from wiifm.faults import nearest
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Rule

NameKind: TypeAlias = Literal["text", "number", "flag", "texts"]

UNITS = ("actor_unit", "recipient_unit")
ACROSS = "across_units"
"""Whether the units of actor and recipient are known and not the same: for expressions only."""


def names_for(
    types: Mapping[str, EventType], on: Iterable[str], special: Iterable[str] = ()
) -> dict[str, NameKind]:
    """The names that all events of these types have, with their kinds.

    >>> from wiifm.event_types import EventType, Field
    >>> one = EventType(name="a", fields={"score": Field("integer")})
    >>> names_for({"a": one}, ["a"])["score"]
    'number'
    """
    names: dict[str, NameKind] = {**ENVELOPE}
    names |= {name: kind for name, kind in DERIVED.items() if name not in SPECIAL}
    fields = [
        {
            name: cast(NameKind, expression_kind(each.type))
            for name, each in types[name].fields.items()
        }
        for name in on
        if name in types
    ]
    if fields:
        shared = set.intersection(*(set(each.items()) for each in fields))
        names |= {name: kind for name, kind in shared if name not in RESERVED}
    return names | {name: DERIVED[name] for name in special}


def intended_types(types: Mapping[str, EventType], on: Iterable[str]) -> tuple[str, ...] | None:
    """The event types that names most likely mean, also if misspelt; None if a name is similar to none.

    >>> one = EventType(name="answer.posted")
    >>> intended_types({one.name: one}, ["anser.posted"]), intended_types({one.name: one}, ["anser.posted", "zebra"])
    (('answer.posted',), None)
    """
    guesses = [name if name in types else nearest(name, types) for name in on]
    known = tuple(name for name in guesses if name is not None)
    return known if len(known) == len(guesses) else None


def time_fields(book: RuleBook) -> dict[str, NameKind]:
    """The fields that all event types that advance time have, with their kinds."""
    kinds = [kind for kind in book.types.values() if kind.advances]
    names = names_for(book.types, [kind.name for kind in kinds])
    return {name: found for name, found in names.items() if any(name in k.fields for k in kinds)}


def special_names(book: RuleBook, rule: Rule) -> tuple[str, ...]:
    """The names that an amount or a sentence of this rule may use in addition to those of its events."""
    gate = book.gates.get(rule.gate) if isinstance(rule.gate, str) else None
    place = ("place",) if gate is not None and gate.points is None else ()
    return (*place, "value") if rule.graded or rule.judged else place


def expression_kind(field_type: str) -> str:
    """The kind that a field of this type has in expressions: an integer is a number."""
    return "number" if field_type == "integer" else field_type


def names_in(sentence: str) -> set[str]:
    """The names in braces in a sentence.

    >>> sorted(names_in("{actor} thanked you: {text}"))
    ['actor', 'text']

    Raises:
        ValueError: its braces don't match.
    """
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
