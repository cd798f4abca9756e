"""The class ``RuleBook``: everything that decides who gets what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from attrs import field, frozen

from wiifm.badges import Badge, Ladder
from wiifm.campaigns import Campaign
from wiifm.criteria import Measure
from wiifm.deliveries import Delivery, Observer
from wiifm.event_types import EventType
from wiifm.frozendict import frozen_mappings
from wiifm.periods import Calendar
from wiifm.rule_kinds import RuleKind
from wiifm.rules import Gate, Limit, Purse, Rule

DEFAULT_FEWEST = 5
"""The default of ``fewest``: the smallest number of persons that a figure may be of."""


@frozen(kw_only=True, repr=False, field_transformer=frozen_mappings)
class RuleBook:
    """A rule book. Make one with ``RuleBook.load`` or ``RuleBook.parse``, which validate it. It can't be changed.

    ``RuleBook(...)`` and ``attrs.evolve(book, ...)`` validate nothing. An engine refuses such a book if it can't decide by it, as when a
    rule names a limit that the book doesn't have. What every book has is the ``digest`` of its own contents.

    The mappings are by id. ``limits`` and ``gates`` also hold those that are written inside a rule, under the ids ``RULE#1``,
    ``RULE#2`` and so on, and ``RULE#``.

    The following decide nothing, so they are not part of the digest: ``campaigns``, whose closings are events; ``observers``,
    those of the plugins that the book uses; ``plugins``, how messages name these; ``disabled_plugins``; ``individuals``,
    whether readings may rank members and name members to each other; and ``fewest``, the smallest number of persons that a
    figure may be of.

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
    observers: Mapping[str, tuple[Observer | Delivery, ...]] = field(factory=dict, eq=False)
    plugins: Mapping[str, str] = field(factory=dict, eq=False)
    disabled_plugins: tuple[str, ...] = field(default=(), eq=False)
    individuals: bool = field(default=True, eq=False)
    fewest: int = field(default=DEFAULT_FEWEST, eq=False)

    @cached_property
    def digest(self) -> str:
        """Identifies the meaning of the book. It is computed from the contents when it is first asked for."""
        from wiifm.rulebook.digest import digest  # noqa: PLC0415 - digest imports this module

        return digest(self)

    def __hash__(self) -> int:
        return hash((self.id, frozenset(self.rules), frozenset(self.badges)))

    def __repr__(self) -> str:
        """Short, since the whole book would fill screens.

        >>> book = RuleBook.parse("[book]\\nid = 'b'")
        >>> print(repr(book).replace(book.digest, "..."))
        RuleBook(id='b', rules=0, badges=0, digest='...')
        """
        rules, badges = len(self.rules), len(self.badges)
        return f"RuleBook(id={self.id!r}, rules={rules}, badges={badges}, digest={self.digest!r})"

    @classmethod
    def load(cls, path: str | Path, plugins: Iterable[object] = ()) -> RuleBook:
        """Load the rule book in a TOML file; or ``plugin:NAME``: the pack with this name, or else what the plugin itself contributes.

        >>> "shared" in RuleBook.load("plugin:sharing").rules
        True

        Args:
            path: the file, in UTF-8.
            plugins: modules or objects with hooks, used as if the book named them in ``use``.

        Raises:
            InvalidRuleBook: the book isn't valid; with all its faults, each naming its file, table and key.
        """
        # gather imports this module, as it makes rule books
        from wiifm.rulebook.gather import load  # noqa: PLC0415

        return load(path, plugins)

    @classmethod
    def parse(
        cls, text: str, plugins: Iterable[object] = (), source: str = "rule book"
    ) -> RuleBook:
        """Read a rule book from a TOML text.

        >>> RuleBook.parse("[book]\\nid = 'acme'").id
        'acme'

        Args:
            text: the TOML.
            plugins: modules or objects with hooks, used as if the book named them in ``use``.
            source: how messages name the text.

        Raises:
            InvalidRuleBook: the book isn't valid; with all its faults, each naming its source, table and key.
        """
        from wiifm.rulebook.gather import parse  # noqa: PLC0415

        return parse(text, plugins, source)

    def dumps(self) -> str:
        """Write the whole book, with all that plugins and packs contribute, as one TOML text.

        >>> book = RuleBook.parse("[book]\\nid = 'acme'")
        >>> RuleBook.parse(book.dumps()).digest == book.digest
        True

        Raises:
            InvalidRuleBook: it has rules with a test in Python, or other items that TOML can't express.
        """
        from wiifm.rulebook.dump import dumps  # noqa: PLC0415

        return dumps(self)


def all_badges(book: RuleBook) -> dict[str, Badge]:
    """The badges of a book by id, including the levels of ladders by criteria."""
    climbs = {badge.id: badge for ladder in book.ladders.values() for badge in ladder.climbs}
    return {**book.badges, **climbs}


def default_purse(book: RuleBook) -> str:
    """The purse that is meant where none is named: ``points``, or else the first one.

    >>> default_purse(RuleBook.load("plugin:sharing"))
    'points'
    """
    return "points" if "points" in book.purses else next(iter(book.purses), "points")
