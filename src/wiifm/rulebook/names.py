"""Which names an expression or a sentence of the rule book may use, given the events it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, cast

from wiifm.event_types import DERIVED, RESERVED, SPECIAL, EventType
from wiifm.events import ENVELOPE
from wiifm.faults import nearest
from wiifm.rulebook.book import RuleBook
from wiifm.rules import Rule

NameKind: TypeAlias = Literal["text", "number", "flag", "texts"]


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
        {name: cast(NameKind, kind_of(each.type)) for name, each in types[name].fields.items()}
        for name in on
        if name in types
    ]
    if fields:
        shared = set.intersection(*(set(each.items()) for each in fields))
        names |= {name: kind for name, kind in shared if name not in RESERVED}
    return names | {name: DERIVED[name] for name in special}


def meant(types: Mapping[str, EventType], on: Iterable[str]) -> tuple[str, ...] | None:
    """The types that are most likely meant by some names; None where one is like none, so that nobody knows which fields there are.

    >>> one = EventType(name="answer.posted")
    >>> meant({one.name: one}, ["anser.posted"]), meant({one.name: one}, ["anser.posted", "zebra"])
    (('answer.posted',), None)
    """
    found = [name if name in types else nearest(name, types) for name in on]
    named = tuple(name for name in found if name is not None)
    return named if len(named) == len(found) else None


def fields_of_time(book: RuleBook) -> dict[str, NameKind]:
    """The fields that every event which advances time may carry, with their kinds."""
    kinds = [kind for kind in book.types.values() if kind.advances]
    names = names_for(book.types, [kind.name for kind in kinds])
    return {name: found for name, found in names.items() if any(name in k.fields for k in kinds)}


def special_names(book: RuleBook, rule: Rule) -> tuple[str, ...]:
    """The names that an amount or a sentence of this rule has beside those of its events."""
    gate = book.gates.get(rule.gate) if isinstance(rule.gate, str) else None
    place = ("place",) if gate is not None and gate.points is None else ()
    return (*place, "value") if rule.graded or rule.judged else place


def kind_of(field_type: str) -> str:
    """The kind of an expression's name for a field's type: integers are numbers."""
    return "number" if field_type == "integer" else field_type
