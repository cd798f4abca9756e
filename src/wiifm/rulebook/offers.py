"""What plugins offer to every book by its name: rule kinds, measures and calendars.

A book may use what any installed plugin offers, without naming the plugin. Where several offer the same name,
those that the book names come first; if that doesn't leave one, it is a fault for a book that asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from attrs import frozen

from wiifm.contributions import Contribution
from wiifm.criteria import Measure
from wiifm.faults import Fault
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.digest import kinds_used, measures_used
from wiifm.rules import RuleKind

T = TypeVar("T")


@frozen
class Offers:
    """What the plugins that were found offer to a book that names some of them."""

    source: str
    found: Mapping[str, Contribution]
    named: Container[str]

    @property
    def kinds(self) -> dict[str, RuleKind]:
        """The rule kinds by name."""
        return self._first(lambda each: each.kinds.registered)

    @property
    def measures(self) -> dict[str, Measure]:
        """The measures by name."""
        return self._first(lambda each: each.measures.registered)

    @property
    def calendars(self) -> dict[str, frozenset[date]]:
        """The holidays by the calendar's name."""
        return self._first(lambda each: each.calendars.registered)

    def faults(self, book: RuleBook, calendars: Iterable[str]) -> Iterator[Fault]:
        """The names under which more than one plugin offers something, where the book can't have meant one."""
        yield from self._several("rule kind", lambda each: each.kinds.registered, kinds_used(book))
        yield from self._several(
            "measure", lambda each: each.measures.registered, measures_used(book)
        )
        yield from self._several("calendar", lambda each: each.calendars.registered, set(calendars))

    def _owners(self, offered: Callable[[Contribution], Iterable[str]]) -> dict[str, list[str]]:
        """By name, the plugins that offer it: those that the book names, or else all."""
        owners: dict[str, list[str]] = {}
        for plugin, each in self.found.items():
            for name in offered(each):
                owners.setdefault(name, []).append(plugin)
        return {
            name: [each for each in plugins if each in self.named] or plugins
            for name, plugins in owners.items()
        }

    def _first(self, offered: Callable[[Contribution], Mapping[str, T]]) -> dict[str, T]:
        owners = self._owners(offered)
        return {name: offered(self.found[plugins[0]])[name] for name, plugins in owners.items()}

    def _several(
        self, title: str, offered: Callable[[Contribution], Iterable[str]], used: Container[str]
    ) -> Iterator[Fault]:
        for name, plugins in self._owners(offered).items():
            if len(plugins) > 1 and name in used:
                found = " and ".join(f"one of {self.found[each].source}" for each in plugins)
                named = plugins[0] in self.named
                way = "name no more than" if named else "name"
                expected = (
                    f"one: {way} one of these plugins in `use`, or others in disabled_plugins"
                )
                yield Fault(f"{self.source}: {title} {name!r}", found, expected)
