"""A rule book while it is being gathered: what each source contributed, before it is checked.

TOML files and plugins fill a :class:`Draft`; ``gather`` lays drafts over each other; ``check`` reads the
result. Nothing is lost on the way: a fault is kept beside what was sound.
"""

from __future__ import annotations

from collections.abc import Iterator
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
"""The tables of a rule book, and the noun that each becomes."""


@define
class Header:
    """The ``[book]`` table: who the book is, and what it builds on."""

    id: str = ""
    zone: str = "UTC"
    use: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ("sharing",)
    drop: tuple[str, ...] = ()
    disabled_plugins: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    holidays: tuple[date, ...] = ()
    workdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    individuals: bool | None = None
    fewest: int | None = None
    means: str = ""


@define
class Draft:
    """What one source contributes: items by section and id, and the faults found so far."""

    source: str
    header: Header = field(factory=Header)
    items: dict[Key, Item] = field(factory=dict)
    sources: dict[Key, str] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    collided: set[Key] = field(factory=set)
    """What several of the sources that were laid over each other say in ways that don't agree."""
    dropped: dict[Key, str] = field(factory=dict)
    """What was dropped, and the source that did it."""

    def add(self, item: Item) -> None:
        """Take in one item; a second one with the same id in one source is a fault."""
        section = next(name for name, noun in SECTIONS.items() if isinstance(item, noun))
        name = item.name if isinstance(item, EventType) else item.id
        if (section, name) in self.items:
            where = f"{self.source}: {section} {name!r}"
            self.faults.append(Fault(where, "a second one with this id", "an id used once"))
        else:
            self.items[section, name] = item
            self.sources[section, name] = self.source

    def section(self, name: str) -> Iterator[tuple[str, Item]]:
        """The items of one section with their ids, by id, so that order in a file never matters."""
        for (section, key), item in sorted(self.items.items(), key=lambda pair: pair[0]):
            if section == name:
                yield key, item

    def place(self, section: str, name: str) -> str:
        """How messages name an item: by its source, section and id."""
        return f"{self.sources.get((section, name), self.source)}: {section} {name!r}"
