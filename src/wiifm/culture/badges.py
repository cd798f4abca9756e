"""The report's figures on badges: how many members hold each tier of each badge, and how many of them got it in the period."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias, TypeVar

from attrs import define, evolve, field, frozen

from wiifm.activities import within
from wiifm.badges import Badge
from wiifm.culture.context import Context
from wiifm.culture.figures import Figure, plain, refused
from wiifm.culture.nouns import BadgeTier
from wiifm.records import Awards
from wiifm.rulebook.book import RuleBook
from wiifm.rules import HOLDER_KINDS

Group: TypeAlias = frozenset[str]
"""Some persons."""

Tier: TypeAlias = tuple[str, str]
"""A badge, and a tier of it."""

What: TypeAlias = Literal["held", "got"]

Number: TypeAlias = tuple[Tier, What]
"""How many hold a tier, or got it in the period."""

K = TypeVar("K")

Revealing: TypeAlias = tuple[K, tuple[Group, ...]]
"""A number, and the groups of persons whose sizes it reveals."""


@frozen
class Holders:
    """The persons who hold a badge in one tier, and those of them who got it in the period."""

    held: set[str] = field(factory=set)
    got: set[str] = field(factory=set)


@define
class Awarded:
    """The badges that members hold, of those that a book gives to members, as far as they were given before the end of a period."""

    badges: tuple[Badge, ...]
    since: datetime | None
    until: datetime
    tiers: dict[Tier, Holders] = field(init=False)
    """Who holds which tier of which badge, in the order of the book."""

    def __attrs_post_init__(self) -> None:
        self.tiers = {(each.id, tier): Holders() for each in self.badges for tier in each.tiers}

    @classmethod
    def by(cls, book: RuleBook, since: datetime | None, until: datetime) -> Awarded:
        """The badges of a book, before anybody holds one."""
        return cls(tuple(filter(_is_of_members, book.badges.values())), since, until)

    def add(self, member: str, awards: Awards) -> None:
        """Add the awards of a member."""
        for (badge, tier, _), (at, _, _) in awards.items():
            holders = self.tiers.get((badge, tier))
            if holders is not None and at < self.until:
                holders.held.add(member)
                if within(at, self.since, self.until):
                    holders.got.add(member)


def _is_of_members(badge: Badge) -> bool:
    return any(HOLDER_KINDS[part.to] == "member" for part in badge.asks)


def badge_tiers(context: Context, awarded: Awarded) -> tuple[BadgeTier, ...]:
    """How many members hold each tier of each badge, in the order of the book, as far as that may be told."""
    there, fewest = context.members.keys(), context.fewest
    held = {tier: frozenset(each.held & there) for tier, each in awarded.tiers.items()}
    got = {tier: frozenset(each.got & there) for tier, each in awarded.tiers.items()}
    numbers, told = _numbers(held, got), set[Number]()
    for family in families(awarded.badges) if len(there) >= fewest else ():
        told |= told_together([each for each in numbers if each[0][0][0] in family], fewest)

    def figure(tier: Tier, what: What, group: Group) -> Figure:
        return plain(len(group), len(there)) if (tier, what) in told else refused(fewest)

    return tuple(
        BadgeTier(
            badge=tier[0],
            tier=tier[1],
            held=figure(tier, "held", held[tier]),
            got=figure(tier, "got", got[tier]),
        )
        for tier in held
    )


def _numbers(held: Mapping[Tier, Group], got: Mapping[Tier, Group]) -> list[Revealing[Number]]:
    """All numbers: first of those who hold a tier, the most first, then of those who got it. The latter reveal who had it before, too."""
    holders: list[Revealing[Number]] = [((tier, "held"), (who,)) for tier, who in held.items()]
    new: list[Revealing[Number]] = [
        ((tier, "got"), (who, held[tier] - who)) for tier, who in got.items()
    ]
    return [each for of in (holders, new) for each in sorted(of, key=lambda e: -len(e[1][0]))]


def families(badges: Iterable[Badge]) -> list[set[Hashable]]:
    """Group badges of which one's holders often hold the other, too: they come after one another, or count the same up to other thresholds.

    Each family has the ids of its badges, among what they count.

    >>> book = RuleBook.load("plugin:stackexchange")
    >>> [sorted(book.badges.keys() & each) for each in families(book.badges.values()) if "nice-answer" in each]
    [['good-answer', 'great-answer', 'nice-answer', 'teacher']]
    """
    found: list[set[Hashable]] = []
    for badge in badges:
        marks: set[Hashable] = {badge.id, *(name.partition(":")[0] for name in badge.after)}
        marks |= {evolve(part, at_least={}, again=(), or_only=None) for part in badge.parts}
        near = [each for each in found if not marks.isdisjoint(each)]
        found = [each for each in found if marks.isdisjoint(each)]
        found.append(marks.union(*near))
    return found


def told_together(numbers: Iterable[Revealing[K]], fewest: int) -> set[K]:
    """Those of some numbers that may be told together. If two may not, the first one is told.

    A group must have nobody or enough persons. If one is within another, so must the rest of that. Otherwise its size could be computed: of
    those who have a badge in bronze but not in silver, say, or who had it before the period.

    >>> groups = map(frozenset, ("pqrstuvw", "pqrstu", "pqrs", "p", ""))
    >>> sorted(told_together(((len(each), (each,)) for each in groups), fewest=3))
    [0, 4, 8]
    """
    told, known = set[K](), {Group()}
    for number, groups in numbers:
        if all(_may_be_beside(each, other, fewest) for each in groups for other in known):
            told.add(number)
            known.update(groups)
    return told


def _may_be_beside(one: Group, other: Group, fewest: int) -> bool:
    few = 0 < abs(len(one) - len(other)) < fewest
    return not (few and (one < other or other < one))
