"""The objects that hooks are handed to register at: each checks what it is given, at once.

A plugin's mistake is told with the plugin's name, and left out; what else the plugin registers stays.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeAlias, TypeVar

from attrs import AttrsInstance, define, evolve, field

from wiifm.criteria import MEASURES, Measure
from wiifm.deliveries import Delivery, Observer
from wiifm.event_types import A_NAME, EventType, is_name
from wiifm.faults import Fault, InvalidRuleBook, call_fault, literal, origin, yielding_fault
from wiifm.rulebook.draft import SECTIONS, Draft, Item
from wiifm.rulebook.nouns import named, noun_faults
from wiifm.rulebook.packs import Pack
from wiifm.rulebook.toml import read_rule, read_toml
from wiifm.rules import Rule, RuleKind
from wiifm.stores.protocol import Store

if TYPE_CHECKING:
    import click

    from wiifm.sources.lines import Line

T = TypeVar("T")
Test = TypeVar("Test", bound=Callable[..., bool])
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]+)*")

Reader: TypeAlias = "Callable[[BinaryIO, str], Iterable[Line]]"
"""What a source is: from the bytes of a file and its name to events, each with its place, or what is wrong there."""

Opener: TypeAlias = Callable[[str], Store]
"""What opens a store: from a URL to the store that it names."""

_TITLES: dict[type, str] = {
    **{noun: section for section, noun in SECTIONS.items()},
    RuleKind: "rule kind",
    Measure: "measure",
}
_FUNCTIONS: dict[type, dict[str, tuple[str, ...]]] = {
    RuleKind: {"step": ("state", "activity", "settings")},
    Measure: {"add": ("state", "sample"), "read": ("state",)},
    Rule: {"test": ("activity",)},
}
"""The keys of nouns that are functions, and what each is called with."""


@define
class Registry:
    """Whose a registry is, and what was wrong with what it was given."""

    source: str
    """How messages name the plugin."""
    faults: list[Fault] = field(factory=list)

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
        for key, arguments in _FUNCTIONS.get(noun, {}).items() if not found else ():
            function = getattr(value, key)
            if function is not None:
                found += filter(None, [call_fault(f"{place}, key {key!r}", function, *arguments)])
        self.faults += found
        return not found

    def calls(self, what: str, function: object, *arguments: str) -> bool:
        """Whether something can be called with the arguments that it is to be handed; else it is told why not."""
        fault = call_fault(f"{self.source}: {what}", function, *arguments)
        self.faults += [fault] if fault else []
        return fault is None

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

    draft: Draft = field()

    @draft.default
    def _of_its_own(self) -> Draft:
        return Draft(self.source, faults=self.faults)


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

    def rule(self, *unnamed: NoReturn, **keys: Any) -> Callable[[Test], Test]:
        """Contribute a rule with a test in Python: ``test(activity) -> bool``, pure.

        The keys are those of a ``[[rule]]`` table; ``id`` is the function's name with dashes unless given.
        Change ``version`` when the function's meaning changes: it is part of the book's digest.
        """
        if unnamed:
            return self._without_keys(unnamed, sys._getframe(1))
        alone = self._of_no_function(keys, sys._getframe(1))
        self.faults.append(alone)

        def register(test: Test) -> Test:
            if alone in self.faults:
                self.faults.remove(alone)
            name = keys.get("id") or getattr(test, "__name__", "").replace("_", "-")
            if self.calls(f"rule {literal(name)}", test, "activity") and (
                rule := read_rule(self.draft, {**keys, "id": name}, test)
            ):
                self.draft.add(rule)
            return test

        return register

    def _without_keys(self, unnamed: tuple[object, ...], caller: FrameType) -> Callable[..., Any]:
        """Tell that a rule has no keys, or some without their names; answers what leaves the function below it as it is."""
        bare = callable(unnamed[0])
        said = ", ".join(literal(each, 30) for each in unnamed)
        found = f"@book.rule above {origin(unnamed[0])}" if bare else f"book.rule({said})"
        expected = 'the keys of a rule by their names: @book.rule(on="post.shared", points=1)'
        self.faults.append(Fault(self._line(caller), found, expected))
        return unnamed[0] if bare else lambda test: test  # type: ignore[return-value]

    def _line(self, caller: FrameType) -> str:
        return f"{self.source}: {Path(caller.f_code.co_filename).name}, line {caller.f_lineno}"

    def _of_no_function(self, keys: dict[str, Any], caller: FrameType) -> Fault:
        """What is wrong for as long as the decorator that a plugin asked for stands above no function."""
        said = ", ".join(f"{key}={literal(value, 30)}" for key, value in keys.items())
        expected = "a function below it, as @book.rule(...) stands above one; book.add(wiifm.Rule(...)) takes a rule without a test"
        return Fault(self._line(caller), f"book.rule({said}) by itself", expected)


@define
class RuleKinds(Registry):
    """Where ``wiifm_rule_kinds`` registers."""

    found: dict[str, RuleKind] = field(factory=dict)

    def add(self, *kinds: RuleKind) -> None:
        """Contribute kinds of rules."""
        for kind in kinds:
            if self.takes(kind, RuleKind):
                self.keep(self.found, "rule kind", kind.name, evolve(kind, by=self.source))


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
                self.keep(self.found, "measure", measure.name, evolve(measure, by=self.source))


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

    found: list[Observer | Delivery] = field(factory=list)

    def add(self, *observers: Observer | Delivery) -> None:
        """Contribute functions that are told the receipts of each batch, and deliveries, which are told notice by notice."""
        for each in observers:
            if isinstance(each, Delivery) and each.name in {
                other.name for other in self.found if isinstance(other, Delivery)
            }:
                place = f"{self.source}: delivery {literal(each.name)}"
                self.faults.append(Fault(place, "a second one with this name", "a name used once"))
            elif isinstance(each, Delivery) or self.calls("an observer", each, "receipts"):
                self.found.append(each)


@define
class Books(Registry):
    """Where ``wiifm_books`` registers."""

    found: dict[str, Pack] = field(factory=dict)

    def add(self, name: str, toml: str | Traversable) -> None:
        """Contribute a rule book: a TOML text, or a file such as ``importlib.resources.files(...) / "kudos.toml"``.

        Books build on it by its name. It is read when one does, so a broken one stops nobody else.
        """
        place = f"{self.source}, pack {literal(name)}"
        if isinstance(toml, str | Traversable):
            self.keep(self.found, "pack", name, Pack(name, place, toml))
        else:
            self.faults.append(Fault(place, literal(toml), "a text in TOML, or a file with one"))


@define
class Sources(Registry):
    """Where ``wiifm_sources`` registers."""

    found: dict[str, Reader] = field(factory=dict)

    def add(self, name: str, read: Reader) -> None:
        """Contribute a source: ``read(stream, file)`` yields a :class:`~wiifm.sources.Line` for each piece."""
        place = f"{self.source}: source {literal(name)}"
        if fault := yielding_fault(place, read, "stream", "file"):
            self.faults.append(fault)
        else:
            self.keep(self.found, "source", name, read)


@define
class Stores(Registry):
    """Where ``wiifm_stores`` registers."""

    found: dict[str, Opener] = field(factory=dict)

    def add(self, scheme: str, opener: Opener) -> None:
        """Contribute a kind of store: ``opener(url)`` opens the one that a URL of this scheme names."""
        if self.calls(f"store {literal(scheme)}", opener, "url"):
            self.keep(self.found, "store", scheme, opener)


@define
class Words(Registry):
    """Where ``wiifm_words`` registers."""

    found: list[tuple[str, str]] = field(factory=list)

    def add(self, language: str, po: str | Traversable) -> None:
        """Contribute a catalogue of gettext: its text, or a file such as ``importlib.resources.files(...) / "nl.po"``."""
        place = f"{self.source}: words of {literal(language)}"
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            self.faults.append(
                Fault(place, literal(language), "a language such as 'nl' or 'pt-BR'")
            )
        elif not isinstance(po, str | Traversable):
            self.faults.append(
                Fault(place, literal(po), "a text in gettext's format, or a file with one")
            )
        else:
            text = po if isinstance(po, str) else po.read_text(encoding="utf-8")
            self.found.append((language, text))


@define
class Commands(Registry):
    """Where ``wiifm_commands`` registers."""

    found: dict[str, click.Command] = field(factory=dict)

    def add(self, *commands: click.Command) -> None:
        """Contribute commands to the command line ``wiifm``."""
        from click import Command  # noqa: PLC0415 - only the command line asks for commands

        for command in commands:
            if isinstance(command, Command):
                self.keep(self.found, "command", command.name, command)
            else:
                place = f"{self.source}: a command"
                self.faults.append(Fault(place, literal(command), "a command of click's"))
