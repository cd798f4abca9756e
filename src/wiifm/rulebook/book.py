"""The rule book as a noun: everything that decides, gathered and frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import field, frozen

from wiifm.badges import Badge, Ladder
from wiifm.campaigns import Campaign
from wiifm.criteria import Measure
from wiifm.deliveries import Delivery, Observer
from wiifm.event_types import EventType
from wiifm.periods import Calendar
from wiifm.rules import Gate, Limit, Purse, Rule, RuleKind

FEWEST = 5
"""Of fewer persons no figure is told, unless a book or a report says another number."""


@frozen(kw_only=True, repr=False)
class RuleBook:
    """A validated rule book, frozen. Make one with ``RuleBook.load`` or ``RuleBook.parse``.

    The mappings are by id. ``limits`` and ``gates`` hold the named ones and, under the name of
    their rule, the ones written inside a rule. ``observers`` are those of the plugins it was gathered with, ``plugins`` what messages call these;
    they are no part of its meaning, nor are ``disabled_plugins``, whose sources can't be read by, ``campaigns``,
    whose closings are events, ``individuals``, which says whether readings may rank members and name them to each other, and ``fewest``,
    of how many persons a figure is at least.

    >>> book = RuleBook.parse("[book]\\nid = 'b'")
    >>> book.zone, len(book.types) > 20, len(book.digest)
    ('UTC', True, 16)
    """

    id: str
    zone: str = "UTC"
    types: Mapping[str, EventType]
    purses: Mapping[str, Purse]
    rules: Mapping[str, Rule]
    limits: Mapping[str, Limit] = field(factory=dict)
    gates: Mapping[str, Gate] = field(factory=dict)
    badges: Mapping[str, Badge] = field(factory=dict)
    ladders: Mapping[str, Ladder] = field(factory=dict)
    campaigns: Mapping[str, Campaign] = field(factory=dict, eq=False)
    calendar: Calendar = Calendar()
    kinds: Mapping[str, RuleKind] = field(factory=dict)
    measures: Mapping[str, Measure] = field(factory=dict)
    digest: str = ""
    observers: Mapping[str, tuple[Observer | Delivery, ...]] = field(factory=dict, eq=False)
    plugins: Mapping[str, str] = field(factory=dict, eq=False)
    disabled_plugins: tuple[str, ...] = field(default=(), eq=False)
    individuals: bool = field(default=True, eq=False)
    fewest: int = field(default=FEWEST, eq=False)

    def __repr__(self) -> str:
        """Which one it is: all that it says would fill screens.

        >>> book = RuleBook.parse("[book]\\nid = 'b'")
        >>> print(repr(book).replace(book.digest, "..."))
        RuleBook(id='b', rules=0, badges=0, digest='...')
        """
        rules, badges = len(self.rules), len(self.badges)
        return f"RuleBook(id={self.id!r}, rules={rules}, badges={badges}, digest={self.digest!r})"

    @classmethod
    def load(cls, path: str | Path, plugins: Iterable[object] = ()) -> RuleBook:
        """The rule book in a TOML file, or ``plugin:NAME``: the pack of this name, or what a plugin contributes itself.

        >>> "shared" in RuleBook.load("plugin:sharing").rules
        True

        Args:
            path: the file, in UTF-8.
            plugins: modules or objects with hooks, used with all that they contribute.

        Raises:
            InvalidRuleBook: with all faults, each naming its file, table and key.
        """
        # gather makes rule books, so it stands above this noun
        from wiifm.rulebook.gather import load  # noqa: PLC0415

        return load(path, plugins)

    @classmethod
    def parse(
        cls, text: str, plugins: Iterable[object] = (), source: str = "rule book"
    ) -> RuleBook:
        """The rule book that a TOML text says, with what it uses of plugins.

        >>> RuleBook.parse("[book]\\nid = 'acme'").id
        'acme'

        Args:
            text: the TOML.
            plugins: modules or objects with hooks, used with all that they contribute.
            source: what messages call the text.

        Raises:
            InvalidRuleBook: with all faults, each naming its source, table and key.
        """
        from wiifm.rulebook.gather import parse  # noqa: PLC0415

        return parse(text, plugins, source)

    def dumps(self) -> str:
        """The whole book, with all that plugins contribute, as a TOML text that stands by itself.

        >>> book = RuleBook.parse("[book]\\nid = 'acme'")
        >>> RuleBook.parse(book.dumps()).digest == book.digest
        True

        Raises:
            InvalidRuleBook: with all that can't be said in TOML.
        """
        from wiifm.rulebook.dump import dumps  # noqa: PLC0415

        return dumps(self)


def all_badges(book: RuleBook) -> dict[str, Badge]:
    """The badges of a book, and the levels that ladders of criteria are made of."""
    climbs = {badge.id: badge for ladder in book.ladders.values() for badge in ladder.climbs}
    return {**book.badges, **climbs}
