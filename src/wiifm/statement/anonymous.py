"""Makes a statement anonymous: it names nobody but its member. For rule books with ``individuals = false``."""

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
    """Maps members to what they are called; :class:`wiifm.privacy.Names` implements it."""

    def of(self, person: str | None) -> str | None:
        """What a member is called."""

    def key(self, badge: str, key: str | None) -> str | None:
        """The key of an award, renamed if it is a member."""

    def award(self, award: Award) -> Award:
        """An award whose key is renamed if it is a member."""


_MEMBER = frozenset({"member", "giver", "asker"})
"""The fields of a statement's parts that hold a member."""

_MEMBERS = frozenset({"people"})
"""The fields that hold several members, or parts with a member each."""


def anonymous(statement: Statement, names: Naming, small: Collection[str] = ()) -> Statement:
    """Return the statement with all other members renamed.

    New colleagues, neighbours and levels of the hierarchy are left out, and so are the units in ``small``, which have so few members that
    their names would tell who is meant.
    """
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
