"""The objects that hooks are handed to register at: each checks what it is given, at once.

A plugin's mistake is told with the plugin's name; what it registered before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from attrs import define, field

from wiifm.event_types import EventType
from wiifm.faults import Fault, InvalidRuleBook, short
from wiifm.rulebook.book import Measure, Observer, RuleKind
from wiifm.rulebook.draft import SECTIONS, Draft, Item
from wiifm.rulebook.toml import read_rule, read_toml


def _expect(plugin: str, value: object, noun: type) -> None:
    if not isinstance(value, noun):
        raise InvalidRuleBook([Fault(f"plugin {plugin!r}", short(value), f"a {noun.__name__}")])


@define
class EventTypes:
    """Where ``wiifm_event_types`` registers."""

    draft: Draft

    def add(self, *types: EventType) -> None:
        """Declare event types."""
        for each in types:
            _expect(self.draft.source, each, EventType)
            self.draft.add(each)


@define
class RuleBookBuilder:
    """Where ``wiifm_rules`` registers."""

    draft: Draft

    def add(self, *items: Item) -> None:
        """Contribute rules, limits, gates, purses, badges or ladders."""
        for each in items:
            if not isinstance(each, tuple(SECTIONS.values())):
                what = "a Rule, Limit, Gate, Purse, Badge, Ladder or EventType"
                raise InvalidRuleBook([Fault(f"plugin {self.draft.source!r}", short(each), what)])
            self.draft.add(each)

    def toml(self, text: str) -> None:
        """Contribute all that a TOML text says (its ``[book]`` table is ignored)."""
        self.draft.lay_over(read_toml(text, self.draft.source))

    def rule(self, **keys: Any) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
        """Contribute a rule with a test in Python: ``test(activity) -> bool``, pure.

        The keys are those of a ``[[rule]]`` table; ``id`` is the function's name with dashes unless given.
        Change ``version`` when the function's meaning changes: it is part of the book's digest.
        """

        def register(test: Callable[..., bool]) -> Callable[..., bool]:
            name = keys.pop("id", None) or test.__name__.replace("_", "-")
            rule = read_rule(self.draft, {"id": name, **keys}, test)
            if rule is not None:
                self.draft.add(rule)
            return test

        return register


@define
class RuleKinds:
    """Where ``wiifm_rule_kinds`` registers."""

    plugin: str
    found: dict[str, RuleKind] = field(factory=dict)

    def add(self, kind: RuleKind) -> None:
        """Contribute a kind of rule."""
        _expect(self.plugin, kind, RuleKind)
        self.found[kind.name] = kind


@define
class Measures:
    """Where ``wiifm_measures`` registers."""

    plugin: str
    found: dict[str, Measure] = field(factory=dict)

    def add(self, measure: Measure) -> None:
        """Contribute a measure."""
        _expect(self.plugin, measure, Measure)
        self.found[measure.name] = measure


@define
class Calendars:
    """Where ``wiifm_calendars`` registers."""

    plugin: str
    found: dict[str, frozenset[date]] = field(factory=dict)

    def add(self, name: str, holidays: Iterable[date]) -> None:
        """Contribute the holidays of a country or company."""
        days = frozenset(holidays)
        for day in days:
            if type(day) is not date or isinstance(day, datetime):
                raise InvalidRuleBook(
                    [
                        Fault(
                            f"plugin {self.plugin!r}: calendar {name!r}",
                            short(day),
                            "a datetime.date",
                        )
                    ]
                )
        self.found[name] = days


@define
class Observers:
    """Where ``wiifm_observers`` registers."""

    plugin: str
    found: list[Observer] = field(factory=list)

    def add(self, observer: Observer) -> None:
        """Contribute a function that is told the receipts of each batch, after the commit."""
        if not callable(observer):
            raise InvalidRuleBook([Fault(f"plugin {self.plugin!r}", short(observer), "a function")])
        self.found.append(observer)
