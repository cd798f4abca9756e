"""What plugins offer to every rule book: rule kinds, measures and calendars, each by its name.

A book may use what any installed plugin offers, without naming the plugin. If several plugins offer the same name, those
that the book uses take precedence. If more than one is left, a book that uses the name has a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from attrs import frozen

from wiifm.contributions import Contribution
from wiifm.criteria import Measure
from wiifm.faults import Fault
from wiifm.rule_kinds import RuleKind
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import kinds_used, measures_used

T = TypeVar("T")


@frozen
class Offers:
    """What plugins offer to the book ``source``, which uses the plugins ``used``."""

    source: str
    contributions: Mapping[str, Contribution]
    used: Container[str]

    @property
    def kinds(self) -> dict[str, RuleKind]:
        """The rule kinds by name."""
        return self._by_name(lambda each: each.kinds.registered)

    @property
    def measures(self) -> dict[str, Measure]:
        """The measures by name."""
        return self._by_name(lambda each: each.measures.registered)

    @property
    def calendars(self) -> dict[str, frozenset[date]]:
        """The holidays by the name of the calendar."""
        return self._by_name(lambda each: each.calendars.registered)

    def faults(self, book: RuleBook, calendars: Iterable[str]) -> Iterator[Fault]:
        """The faults of names that the book uses and several plugins offer."""
        yield from self._ambiguities(
            "rule kind", lambda each: each.kinds.registered, kinds_used(book)
        )
        yield from self._ambiguities(
            "measure", lambda each: each.measures.registered, measures_used(book)
        )
        yield from self._ambiguities(
            "calendar", lambda each: each.calendars.registered, set(calendars)
        )

    def _owners(self, offered: Callable[[Contribution], Iterable[str]]) -> dict[str, list[str]]:
        """By name, the plugins that offer it: those that the book uses, or else all."""
        owners: dict[str, list[str]] = {}
        for plugin, each in self.contributions.items():
            for name in offered(each):
                owners.setdefault(name, []).append(plugin)
        return {
            name: [each for each in plugins if each in self.used] or plugins
            for name, plugins in owners.items()
        }

    def _by_name(self, offered: Callable[[Contribution], Mapping[str, T]]) -> dict[str, T]:
        owners = self._owners(offered)
        return {
            name: offered(self.contributions[plugins[0]])[name] for name, plugins in owners.items()
        }

    def _ambiguities(
        self, title: str, offered: Callable[[Contribution], Iterable[str]], needed: Container[str]
    ) -> Iterator[Fault]:
        for name, plugins in self._owners(offered).items():
            if len(plugins) > 1 and name in needed:
                found = " and ".join(
                    f"one of {self.contributions[each].source}" for each in plugins
                )
                way = "name no more than" if plugins[0] in self.used else "name"
                expected = (
                    f"one plugin: {way} one of these in `use`, or the others in disabled_plugins"
                )
                yield Fault(f"{self.source}: {title} {name!r}", found, expected)
