"""The registries that hooks get as their argument. Each validates what a plugin registers.

A mistake becomes a fault that names the plugin, and is left out. Everything else that the plugin registers stays.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeAlias, TypeVar

from attrs import AttrsInstance, define, evolve, field

from wiifm.criteria import MEASURES, Measure
from wiifm.deliveries import Delivery, Observer
from wiifm.event_types import A_NAME, EventType, is_name
from wiifm.faults import Fault, InvalidRuleBook, literal, origin
from wiifm.rule_kinds import RuleKind
from wiifm.rulebook.check_attributes import either, noun_faults, with_article
from wiifm.rulebook.draft import SECTIONS, Draft, Item
from wiifm.rulebook.packs import Pack
from wiifm.rulebook.toml import read_rule, read_toml
from wiifm.rules import Rule
from wiifm.signatures import call_fault, yielding_fault
from wiifm.stores.protocol import Store

if TYPE_CHECKING:
    import click

    from wiifm.sources.lines import Line

T = TypeVar("T")
Test = TypeVar("Test", bound=Callable[..., bool])
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]+)*")

Reader: TypeAlias = "Callable[[BinaryIO, str], Iterable[Line]]"
"""A source: takes a binary file and its name, and yields a ``Line`` for each event, or for each fault."""

Opener: TypeAlias = Callable[[str], Store]
"""Takes a URL, and returns the store that it names."""

MOST_DAYS = 100_000
"""How many days a calendar may have: more than those of 270 years."""

_SOME_DAYS = f"at most {MOST_DAYS:,} dates: stop at a year"

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
"""The attributes of registered objects that are functions, and the arguments that each is called with."""


@define
class Registry:
    """The base of all registries: which plugin one belongs to, and the faults in what it registered."""

    source: str
    """How messages name the plugin."""
    faults: list[Fault] = field(factory=list)

    def accepts(self, value: object, *nouns: type[AttrsInstance]) -> bool:
        """Whether a value is an instance of one of the classes, with valid attributes. If it isn't, faults are added."""
        noun = next((each for each in nouns if isinstance(value, each)), None)
        if noun is None:
            expected = either(map(with_article, nouns))
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

    def accepts_function(self, what: str, function: object, *arguments: str) -> bool:
        """Whether ``function`` can be called with these arguments. If it can't, a fault is added."""
        fault = call_fault(f"{self.source}: {what}", function, *arguments)
        self.faults += [fault] if fault else []
        return fault is None

    def keep(self, registered: dict[str, T], title: str, name: object, value: T) -> None:
        """Register a value under a name, which must be valid and not yet used."""
        place = f"{self.source}: {title} {literal(name)}"
        if not is_name(name):
            self.faults.append(Fault(place, f"the name {literal(name)}", A_NAME))
        elif name in registered:
            self.faults.append(
                Fault(place, "a second one with this name", "a name that is used once")
            )
        else:
            registered[str(name)] = value


@define
class Drafting(Registry):
    """The base of registries whose objects could be written in TOML, too. They are kept in a draft."""

    draft: Draft = field()

    @draft.default
    def _new_draft(self) -> Draft:
        return Draft(self.source, faults=self.faults)


@define
class EventTypes(Drafting):
    """The registry of the hook ``wiifm_event_types``."""

    def add(self, *types: EventType) -> None:
        """Declare event types."""
        for each in types:
            if self.accepts(each, EventType):
                self.draft.add(each)


@define
class RuleBookBuilder(Drafting):
    """The registry of the hook ``wiifm_rules``."""

    def add(self, *items: Item) -> None:
        """Contribute rules, limits, gates, purses, badges or ladders."""
        for each in items:
            if self.accepts(each, *SECTIONS.values()):
                self.draft.add(each)

    def toml(self, text: str) -> None:
        """Contribute everything in a TOML text, except for its ``[book]`` table, which is ignored."""
        try:
            read = read_toml(text, self.source)
        except InvalidRuleBook as error:
            self.faults += error.faults
            return
        self.faults += read.faults
        for item in read.items.values():
            self.draft.add(item)

    def rule(self, *unnamed: NoReturn, **keys: Any) -> Callable[[Test], Test]:
        """Contribute a rule with a test in Python: decorates ``test(activity) -> bool``, which must be pure.

        The keys are those of a ``[[rule]]`` table. The default of ``id`` is the function's name, with dashes for
        underscores. Change ``version`` when the function's meaning changes: it is part of the book's digest.
        """
        if unnamed:
            return self._without_keys(unnamed, sys._getframe(1))
        unused = self._unused_decorator(keys, sys._getframe(1))
        self.faults.append(unused)  # until it decorates a function

        def register(test: Test) -> Test:
            if unused in self.faults:
                self.faults.remove(unused)
            name = keys.get("id") or getattr(test, "__name__", "").replace("_", "-")
            if "test" in keys:
                place = f"{self.source}: rule {literal(name)}, key 'test'"
                found, expected = (
                    literal(keys["test"]),
                    "no such key: the decorated function is the test",
                )
                self.faults.append(Fault(place, found, expected))
                return test
            if self.accepts_function(f"rule {literal(name)}", test, "activity") and (
                rule := read_rule(self.draft, {**keys, "id": name}, test)
            ):
                self.draft.add(rule)
            return test

        return register

    def _without_keys(self, unnamed: tuple[object, ...], caller: FrameType) -> Callable[..., Any]:
        """Add the fault that the keys are missing, or have no names. Returns what leaves the decorated function as it is."""
        bare = callable(unnamed[0])
        arguments = ", ".join(literal(each, 30) for each in unnamed)
        found = f"@book.rule above {origin(unnamed[0])}" if bare else f"book.rule({arguments})"
        expected = 'the keys of a rule by their names: @book.rule(on="post.shared", points=1)'
        self.faults.append(Fault(self._line(caller), found, expected))
        return unnamed[0] if bare else lambda test: test  # type: ignore[return-value]

    def _line(self, caller: FrameType) -> str:
        """How messages name the line that a plugin is at."""
        return f"{self.source}: {Path(caller.f_code.co_filename).name}, line {caller.f_lineno}"

    def _unused_decorator(self, keys: dict[str, Any], caller: FrameType) -> Fault:
        """The fault of a plugin that calls ``book.rule(...)`` and doesn't decorate a function with the result."""
        arguments = ", ".join(f"{key}={literal(value, 30)}" for key, value in keys.items())
        expected = "@book.rule(...) above a function; to add a rule without a test, call book.add(wiifm.Rule(...))"
        return Fault(self._line(caller), f"book.rule({arguments}) by itself", expected)


@define
class RuleKinds(Registry):
    """The registry of the hook ``wiifm_rule_kinds``."""

    registered: dict[str, RuleKind] = field(factory=dict)

    def add(self, *kinds: RuleKind) -> None:
        """Contribute rule kinds."""
        for kind in kinds:
            if self.accepts(kind, RuleKind) and self._accepts_declaration(kind):
                self.keep(self.registered, "rule kind", kind.name, evolve(kind, by=self.source))

    def _accepts_declaration(self, kind: RuleKind) -> bool:
        """Whether the declared settings of a kind make sense. If they don't, faults are added."""
        place = f"{self.source}: rule kind {literal(kind.name)}"
        found = [fault.inside(place) for fault in kind.declaration_faults()]
        self.faults += found
        return not found


@define
class Measures(Registry):
    """The registry of the hook ``wiifm_measures``."""

    registered: dict[str, Measure] = field(factory=dict)

    def add(self, *measures: Measure) -> None:
        """Contribute measures."""
        for measure in measures:
            if not self.accepts(measure, Measure):
                continue
            if measure.name in MEASURES:
                place = f"{self.source}: measure {measure.name!r}, key 'name'"
                taken = "a name other than those of wiifm's own measures: " + ", ".join(MEASURES)
                self.faults.append(Fault(place, repr(measure.name), taken))
            else:
                self.keep(self.registered, "measure", measure.name, evolve(measure, by=self.source))


@define
class Calendars(Registry):
    """The registry of the hook ``wiifm_calendars``."""

    registered: dict[str, frozenset[date]] = field(factory=dict)

    def add(self, name: str, holidays: Iterable[date]) -> None:
        """Contribute a calendar: the holidays of a country or a company."""
        place = f"{self.source}: calendar {literal(name)}"
        if isinstance(holidays, str) or not isinstance(holidays, Iterable):
            self.faults.append(Fault(place, literal(holidays), "dates: a list or set of them"))
            return
        try:
            days = list(islice(holidays, MOST_DAYS + 1))
        except OverflowError:  # the day after the last one that there is, 31 December 9999
            days = []
            wrong = [Fault(place, "dates that don't end", _SOME_DAYS)]
        else:
            wrong = list(_day_faults(place, days))
        self.faults += wrong
        if not wrong:
            plain = frozenset(date.fromordinal(day.toordinal()) for day in days)
            self.keep(self.registered, "calendar", name, plain)


def _day_faults(place: str, days: Sequence[object]) -> Iterator[Fault]:
    """The faults of the days of a calendar: too many of them, and what is no date."""
    if len(days) > MOST_DAYS:
        yield Fault(place, f"more than {MOST_DAYS:,} dates: they may not end", _SOME_DAYS)
        return
    for day in days:
        if isinstance(day, datetime):
            yield Fault(place, literal(day), "a datetime.date, without a time")
        elif not isinstance(day, date):
            yield Fault(place, literal(day), "a datetime.date")


@define
class Observers(Registry):
    """The registry of the hook ``wiifm_observers``."""

    registered: list[Observer | Delivery] = field(factory=list)

    def add(self, *observers: Observer | Delivery) -> None:
        """Contribute observers, functions that get the receipts of each batch; and deliveries, which get each notice."""
        for each in observers:
            if isinstance(each, Delivery) and each.name in {
                other.name for other in self.registered if isinstance(other, Delivery)
            }:
                place = f"{self.source}: delivery {literal(each.name)}"
                self.faults.append(
                    Fault(place, "a second one with this name", "a name that is used once")
                )
            elif isinstance(each, Delivery) or self.accepts_function(
                "an observer", each, "receipts"
            ):
                self.registered.append(each)


@define
class Books(Registry):
    """The registry of the hook ``wiifm_books``."""

    registered: dict[str, Pack] = field(factory=dict)

    def add(self, name: str, toml: str | Traversable) -> None:
        """Contribute a pack: a TOML text, or a file such as ``importlib.resources.files(...) / "kudos.toml"``.

        Rule books build on it by its name. It is read when one does, so an invalid pack affects nobody else.
        """
        place = f"{self.source}, pack {literal(name)}"
        if isinstance(toml, str | Traversable):
            self.keep(self.registered, "pack", name, Pack(name, place, toml))
        else:
            self.faults.append(Fault(place, literal(toml), "a text in TOML, or a file with one"))


@define
class Sources(Registry):
    """The registry of the hook ``wiifm_sources``."""

    registered: dict[str, Reader] = field(factory=dict)

    def add(self, name: str, read: Reader) -> None:
        """Contribute a source: ``read(stream, file)`` yields a :class:`~wiifm.sources.Line` for each event or fault."""
        place = f"{self.source}: source {literal(name)}"
        if fault := yielding_fault(place, read, "stream", "file"):
            self.faults.append(fault)
        else:
            self.keep(self.registered, "source", name, read)


@define
class Stores(Registry):
    """The registry of the hook ``wiifm_stores``."""

    registered: dict[str, Opener] = field(factory=dict)

    def add(self, scheme: str, opener: Opener) -> None:
        """Contribute a kind of store: ``opener(url)`` returns the store that a URL with this scheme names."""
        if self.accepts_function(f"store {literal(scheme)}", opener, "url"):
            self.keep(self.registered, "store", scheme, opener)


@define
class Words(Registry):
    """The registry of the hook ``wiifm_words``."""

    registered: list[tuple[str, str]] = field(factory=list)

    def add(self, language: str, po: str | Traversable) -> None:
        """Contribute a gettext catalogue (.po): its text, or a file such as ``importlib.resources.files(...) / "nl.po"``."""
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
            self.registered.append((language, text))


@define
class Commands(Registry):
    """The registry of the hook ``wiifm_commands``."""

    registered: dict[str, click.Command] = field(factory=dict)

    def add(self, *commands: click.Command) -> None:
        """Contribute commands to the command line ``wiifm``."""
        from click import Command  # noqa: PLC0415 - only the command line needs click

        for command in commands:
            if isinstance(command, Command):
                self.keep(self.registered, "command", command.name, command)
            else:
                place = f"{self.source}: a command"
                self.faults.append(Fault(place, literal(command), "a click.Command"))
