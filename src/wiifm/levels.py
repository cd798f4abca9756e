"""On which level of each ladder a holder stands, and who stands on another one than before a batch.

A level is a function of what a holder has: of the points in a purse, or of badges. So is what it was before a batch, as the
batch tells by how much each purse grew, and which badges came and went.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil
from typing import Self, TypeAlias, TypedDict

from attrs import frozen

from wiifm.badges import Ladder
from wiifm.program.grants import purse_field
from wiifm.program.measures import exact
from wiifm.records import Awarded, AwardKey, Awards, Booked, History, State
from wiifm.rulebook.book import RuleBook


class Move(TypedDict):
    """From which level to which, and whether that is up."""

    ladder: str
    before: str | None
    level: str | None
    up: bool


Moves: TypeAlias = list[tuple[History, Move]]


def minor_of(state: State, purse: str) -> int:
    """What is in a purse, in minor units; nothing in one that no rule fills for such a holder."""
    found: int = getattr(state, purse_field(purse), 0)
    return found


@frozen
class Steps:
    """The levels of a ladder, lowest first; those by points with what each takes, in minor units."""

    ladder: str
    names: tuple[str, ...]
    least: tuple[int, ...] = ()
    badges: tuple[str, ...] = ()

    @classmethod
    def of(cls, book: RuleBook, ladder: Ladder) -> Self:
        """Those of a ladder of a book."""
        if ladder.climbs:
            badges = tuple(badge.id for badge in ladder.climbs)
            return cls(ladder.id, tuple(each.partition("/")[2] for each in badges), (), badges)
        unit = 10 ** book.purses[ladder.purse].decimals
        least = tuple(ceil(Fraction(exact(most)) * unit) for most in ladder.levels.values())
        return cls(ladder.id, tuple(ladder.levels), least)

    def by_points(self, minor: int) -> int:
        """How many levels are reached with so much in the purse.

        >>> Steps("path", ("newcomer", "helper"), (0, 100)).by_points(99)
        1
        """
        return bisect_right(self.least, minor)

    def by_badges(self, held: Iterable[AwardKey]) -> int:
        """How many levels are reached by the highest of the badges that are held."""
        names = {key[0] for key in held}
        return max((n for n, badge in enumerate(self.badges, 1) if badge in names), default=0)

    def named(self, reached: int) -> str | None:
        """The name of the level that so many make."""
        return self.names[reached - 1] if reached else None

    def move(self, before: int, after: int) -> Move:
        """From one level to another one."""
        level = self.named(after)
        return Move(ladder=self.ladder, before=self.named(before), level=level, up=after > before)


def level_of(book: RuleBook, ladder: Ladder, state: State, awards: Awards) -> str | None:
    """The level on a ladder; None below the first."""
    steps = Steps.of(book, ladder)
    by_points = not ladder.climbs
    return steps.named(
        steps.by_points(minor_of(state, ladder.purse)) if by_points else steps.by_badges(awards)
    )


@frozen
class Ladders:
    """The ladders of a book: those by points under their purse, those by badges under each of these."""

    by_purse: dict[str, list[Steps]]
    by_badge: dict[str, Steps]

    @classmethod
    def of(cls, book: RuleBook) -> Self:
        """Those of a book."""
        by_purse: dict[str, list[Steps]] = {}
        by_badge: dict[str, Steps] = {}
        for ladder in book.ladders.values():
            steps = Steps.of(book, ladder)
            if steps.badges:
                by_badge |= dict.fromkeys(steps.badges, steps)
            else:
                by_purse.setdefault(ladder.purse, []).append(steps)
        return cls(by_purse, by_badge)

    def moves(
        self, booked: Iterable[Booked], given: Sequence[Awarded], gone: Sequence[Awarded]
    ) -> Moves:
        """Who stands on another level now than before a batch, of which this is what was booked, given and withdrawn."""
        found = self._by_points(booked) if self.by_purse else []
        return found + (self._by_badges(given, gone) if self.by_badge else [])

    def _by_points(self, booked: Iterable[Booked]) -> Moves:
        more: dict[tuple[History, str], int] = {}
        for history, _, grant, minor, _ in booked:
            if grant.purse in self.by_purse:
                key = history, grant.purse
                more[key] = more.get(key, 0) + minor
        found = []
        for (history, purse), grown in more.items():
            minor = minor_of(history.state, purse)
            for steps in self.by_purse[purse]:
                before, after = steps.by_points(minor - grown), steps.by_points(minor)
                if before != after:
                    found.append((history, steps.move(before, after)))
        return found

    def _by_badges(self, given: Sequence[Awarded], gone: Sequence[Awarded]) -> Moves:
        touched: dict[tuple[History, str], Steps] = {}
        net: Counter[tuple[History, AwardKey]] = Counter()
        for sign, awards in ((1, given), (-1, gone)):
            for history, _, key, _ in awards:
                steps = self.by_badge.get(key[0])
                if steps:
                    touched[history, steps.ladder] = steps
                    net[history, key] += sign
        found = []
        for (history, _), steps in touched.items():
            has = history.awards()
            had = {key for key in has if net[history, key] < 1 or key in history.kept}
            had |= {key for (whose, key), more in net.items() if whose is history and more < 0}
            before, after = steps.by_badges(had), steps.by_badges(has)
            if before != after:
                found.append((history, steps.move(before, after)))
        return found
