"""Which names an expression or a sentence of the rule book may use, given the events it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, cast

from wiifm.event_types import DERIVED, RESERVED, EventType
from wiifm.events import ENVELOPE

NameKind: TypeAlias = Literal["text", "number", "flag", "texts"]
SPECIAL = ("place", "value")
"""Names that only some rules have: the place at a gate, the value of a grade."""


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
    names |= {k: v for k, v in DERIVED.items() if k not in SPECIAL or k in special}
    fields = [
        {name: cast(NameKind, kind_of(each.type)) for name, each in types[name].fields.items()}
        for name in on
        if name in types
    ]
    if fields:
        shared = set.intersection(*(set(each.items()) for each in fields))
        names |= {name: kind for name, kind in shared if name not in RESERVED}
    return names


def kind_of(field_type: str) -> str:
    """The kind of an expression's name for a field's type: integers are numbers."""
    return "number" if field_type == "integer" else field_type
