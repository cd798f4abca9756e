"""A statement that names nobody else, for rule books that say ``individuals = false``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

import attrs
from attrs import evolve

from wiifm.ledger import Award, Standing
from wiifm.progress import Progress
from wiifm.statement.nouns import Statement
from wiifm.statement.outlook import Step


class Naming(Protocol):
    """What others are called."""

    def of(self, person: str | None) -> str | None:
        """What somebody is called."""

    def key(self, badge: str, key: str | None) -> str | None:
        """What a badge is for."""

    def award(self, award: Award) -> Award:
        """An award that names nobody else."""


_MEMBER = frozenset({"member", "giver", "asker"})
_MEMBERS = frozenset({"people"})
"""The parts of a statement that are members."""


def anonymous(statement: Statement, names: Naming, small: Collection[str] = ()) -> Statement:
    """The statement with other names for others; who is new, who is near, and who stands above or below isn't told at all, nor any
    of the ``small`` units, whose names would tell who is meant."""
    reach = statement.reach
    without = evolve(
        statement,
        reach=evolve(
            reach, units=tuple(each for each in reach.units if each.to not in small), levels=()
        ),
        needed=evolve(statement.needed, colleagues=()),
        beginning=statement.beginning and evolve(statement.beginning, neighbours=()),
    )
    renamed: Statement = _renamed(without, names)
    return renamed


def _renamed(value: Any, names: Naming) -> Any:
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_renamed(each, names) for each in value)
    if isinstance(value, Award):
        return names.award(value)
    if isinstance(value, Standing):
        return evolve(value, badges=tuple(map(names.award, value.badges)))
    if isinstance(value, Progress):
        return evolve(value, key=names.key(value.badge, value.key))
    if isinstance(value, Step):
        return evolve(value, key=names.key(value.badge, value.key))
    if type(value).__module__ != Statement.__module__:
        return value
    changed: dict[str, object] = {}
    for attribute in attrs.fields(type(value)):
        found = getattr(value, attribute.name)
        if attribute.name in _MEMBER:
            changed[attribute.name] = names.of(found)
        elif attribute.name in _MEMBERS and all(isinstance(each, str) for each in found):
            changed[attribute.name] = tuple(names.of(each) for each in found)
        else:
            changed[attribute.name] = _renamed(found, names)
    return evolve(value, **changed)
