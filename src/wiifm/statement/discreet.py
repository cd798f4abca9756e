"""A statement that names nobody else, for rule books that say ``individuals = false``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import attrs
from attrs import evolve

from wiifm.statement.nouns import Statement

Naming: TypeAlias = Callable[[str | None], str | None]
"""What somebody is called."""

_ONE = frozenset({"member", "giver", "asker"})
_SEVERAL = frozenset({"people"})
"""The parts of a statement that are members."""


def discreet(statement: Statement, called: Naming) -> Statement:
    """The statement with other names for others; who is new, and who is near, isn't told at all."""
    without = evolve(
        statement,
        needed=evolve(statement.needed, colleagues=()),
        beginning=statement.beginning and evolve(statement.beginning, neighbours=()),
    )
    renamed: Statement = _renamed(without, called)
    return renamed


def _renamed(value: Any, called: Naming) -> Any:
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_renamed(each, called) for each in value)
    if type(value).__module__ != Statement.__module__:
        return value
    changed: dict[str, object] = {}
    for attribute in attrs.fields(type(value)):
        found = getattr(value, attribute.name)
        if attribute.name in _ONE:
            changed[attribute.name] = called(found)
        elif attribute.name in _SEVERAL and all(isinstance(each, str) for each in found):
            changed[attribute.name] = tuple(called(each) for each in found)
        else:
            changed[attribute.name] = _renamed(found, called)
    return evolve(value, **changed)
