"""The objects that hooks are handed to register at: each checks what it is given, at once.

A plugin's mistake is told with the plugin's name, and left out; what else the plugin registers stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from attrs import AttrsInstance, define, field

from wiifm.criteria import MEASURES
from wiifm.event_types import A_NAME, EventType, is_name
from wiifm.faults import Fault, InvalidRuleBook, literal
from wiifm.rulebook.book import Measure, Observer, RuleKind
from wiifm.rulebook.draft import SECTIONS, Draft, Item
from wiifm.rulebook.nouns import named, noun_faults
from wiifm.rulebook.toml import read_rule, read_toml

T = TypeVar("T")

_TITLES: dict[type, str] = {
    **{noun: section for section, noun in SECTIONS.items()},
    RuleKind: "rule kind",
    Measure: "measure",
}


@define
class Registry:
    """Whose a registry is, and what was wrong with what it was given."""

    plugin: str
    faults: list[Fault] = field(factory=list)

    @property
    def source(self) -> str:
        """How messages name the plugin."""
        return f"plugin {self.plugin!r}"

    def takes(self, value: object, *nouns: type[AttrsInstance]) -> bool:
        """Whether a value is one of the nouns, and each of its keys holds what it takes; else it is told why not."""
        noun = next((each for each in nouns if isinstance(value, each)), None)
        if noun is None:
            *others, last = map(named, nouns)
            expected = f"{', '.join(others)} or {last}" if others else last
            self.faults.append(Fault(self.source, literal(value), expected))
            return False
        name = getattr(value, "name" if hasattr(value, "name") else "id")
        place = f"{self.source}: {_TITLES[noun]} {literal(name)}"
        found = [fault.inside(place) for fault in noun_faults(value)]  # type: ignore[arg-type]
        self.faults += found
        return not found

    def keep(self, found: dict[str, T], title: str, name: object, value: T) -> None:
        """Keep a value under a proper name that is used once."""
        place = f"{self.source}: {title} {literal(name)}"
        if not is_name(name):
            self.faults.append(Fault(place, f"the name {literal(name)}", A_NAME))
        elif name in found:
            self.faults.append(Fault(place, "a second one with this name", "a name used once"))
        else:
            found[str(name)] = value


@define
class Drafting(Registry):
    """A registry of what TOML could say as well."""

    draft: Draft = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.draft = Draft(self.source, faults=self.faults)


@define
class EventTypes(Drafting):
    """Where ``wiifm_event_types`` registers."""

    def add(self, *types: EventType) -> None:
        """Declare event types."""
        for each in types:
            if self.takes(each, EventType):
                self.draft.add(each)


@define
class RuleBookBuilder(Drafting):
    """Where ``wiifm_rules`` registers."""

    def add(self, *items: Item) -> None:
        """Contribute rules, limits, gates, purses, badges or ladders."""
        for each in items:
            if self.takes(each, *SECTIONS.values()):
                self.draft.add(each)

    def toml(self, text: str) -> None:
        """Contribute all that a TOML text says (its ``[book]`` table is ignored)."""
        try:
            read = read_toml(text, self.source)
        except InvalidRuleBook as error:
            self.faults += error.faults
            return
        self.faults += read.faults
        for item in read.items.values():
            self.draft.add(item)

    def rule(self, **keys: Any) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
        """Contribute a rule with a test in Python: ``test(activity) -> bool``, pure.

        The keys are those of a ``[[rule]]`` table; ``id`` is the function's name with dashes unless given.
        Change ``version`` when the function's meaning changes: it is part of the book's digest.
        """

        def register(test: Callable[..., bool]) -> Callable[..., bool]:
            name = keys.get("id") or getattr(test, "__name__", "").replace("_", "-")
            if not callable(test):
                place = f"{self.source}: rule {literal(name)}"
                self.faults.append(Fault(place, literal(test), "a function of an activity"))
            elif rule := read_rule(self.draft, {**keys, "id": name}, test):
                self.draft.add(rule)
            return test

        return register


@define
class RuleKinds(Registry):
    """Where ``wiifm_rule_kinds`` registers."""

    found: dict[str, RuleKind] = field(factory=dict)

    def add(self, *kinds: RuleKind) -> None:
        """Contribute kinds of rules."""
        for kind in kinds:
            if self.takes(kind, RuleKind):
                self.keep(self.found, "rule kind", kind.name, kind)


@define
class Measures(Registry):
    """Where ``wiifm_measures`` registers."""

    found: dict[str, Measure] = field(factory=dict)

    def add(self, *measures: Measure) -> None:
        """Contribute measures."""
        for measure in measures:
            if not self.takes(measure, Measure):
                continue
            if measure.name in MEASURES:
                place = f"{self.source}: measure {measure.name!r}, key 'name'"
                taken = "a name that none of wiifm's own measures has: " + ", ".join(MEASURES)
                self.faults.append(Fault(place, repr(measure.name), taken))
            else:
                self.keep(self.found, "measure", measure.name, measure)


@define
class Calendars(Registry):
    """Where ``wiifm_calendars`` registers."""

    found: dict[str, frozenset[date]] = field(factory=dict)

    def add(self, name: str, holidays: Iterable[date]) -> None:
        """Contribute the holidays of a country or company."""
        place = f"{self.source}: calendar {literal(name)}"
        if isinstance(holidays, str) or not isinstance(holidays, Iterable):
            self.faults.append(Fault(place, literal(holidays), "dates: a list or set of them"))
            return
        days = list(holidays)
        wrong = [
            Fault(place, literal(day), "a datetime.date") for day in days if type(day) is not date
        ]
        self.faults += wrong
        if not wrong:
            self.keep(self.found, "calendar", name, frozenset(days))


@define
class Observers(Registry):
    """Where ``wiifm_observers`` registers."""

    found: list[Observer] = field(factory=list)

    def add(self, *observers: Observer) -> None:
        """Contribute functions that are told the receipts of each batch, after the commit."""
        for each in observers:
            if callable(each):
                self.found.append(each)
            else:
                place = f"{self.source}: an observer"
                self.faults.append(Fault(place, literal(each), "a function of a tuple of receipts"))
