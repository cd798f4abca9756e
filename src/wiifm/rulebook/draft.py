"""The class ``Draft``: a rule book under construction, before it is checked.

``toml`` and plugins fill drafts, ``layers`` merges them, and ``gather`` makes a rule book of the result. A draft keeps
faults next to the items that are valid, so that all faults are reported together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypeAlias

from attrs import define, field

from wiifm.badges import Badge, Ladder
from wiifm.campaigns import Campaign
from wiifm.event_types import EventType
from wiifm.faults import Fault
from wiifm.rules import Gate, Limit, Purse, Rule

Item: TypeAlias = Purse | EventType | Rule | Limit | Gate | Badge | Ladder | Campaign

Key: TypeAlias = tuple[str, str]
"""The section and the id of an item."""

SECTIONS: dict[str, type[Item]] = {
    "purse": Purse,
    "event": EventType,
    "rule": Rule,
    "limit": Limit,
    "gate": Gate,
    "badge": Badge,
    "ladder": Ladder,
    "campaign": Campaign,
}
"""The sections of a rule book, and the class of their items."""


@define
class Header:
    """The ``[book]`` table: the book's id and settings, and what it builds on."""

    id: str = ""
    zone: str = "UTC"
    use: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ("sharing",)
    drop: tuple[str, ...] = ()
    disabled_plugins: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    holidays: tuple[date, ...] = ()
    days_off: Mapping[str, tuple[str | date, ...]] = field(factory=dict)
    workdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    individuals: bool | None = None
    fewest: int | None = None
    means: str = ""

    @property
    def calendars_named(self) -> list[str]:
        """The names of holiday calendars that are used everywhere or somewhere."""
        somewhere = (each for named in self.days_off.values() for each in named)
        return [*self.calendar, *(each for each in somewhere if isinstance(each, str))]


@define
class Draft:
    """The items of one source, or of several that were merged, by section and id; and the faults found so far.

    ``sources`` names the source of each item. ``source`` is how messages name the draft itself.
    """

    source: str
    header: Header = field(factory=Header)
    items: dict[Key, Item] = field(factory=dict)
    sources: dict[Key, str] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    collided: set[Key] = field(factory=set)
    """The items that several merged sources define differently."""
    dropped: dict[Key, str] = field(factory=dict)
    """The items that were left out by a ``drop``, and the source that has it."""

    def add(self, item: Item) -> None:
        """Add an item. A second one with the same id is a fault."""
        section = next(name for name, noun in SECTIONS.items() if isinstance(item, noun))
        name = item.name if isinstance(item, EventType) else item.id
        if (section, name) in self.items:
            where = f"{self.source}: {section} {name!r}"
            self.faults.append(Fault(where, "a second one with this id", "an id that is used once"))
        else:
            self.items[section, name] = item
            self.sources[section, name] = self.source

    def section(self, name: str) -> Iterator[tuple[str, Item]]:
        """The ids and items of one section, sorted by id, so that their order in a file doesn't matter."""
        for (section, key), item in sorted(self.items.items(), key=lambda pair: pair[0]):
            if section == name:
                yield key, item

    def place(self, section: str, name: str) -> str:
        """How messages name an item: by its source, section and id."""
        return f"{self.sources.get((section, name), self.source)}: {section} {name!r}"
