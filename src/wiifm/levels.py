"""Which level of each ladder a holder has reached, and who reached another one in a batch.

A level is a function of what a holder has: of the points in a purse, or of badges. Each history stores the levels that
its holder had at the end of the last batch, so that only holders who gained or lost something are compared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import NamedTuple, Self

from attrs import frozen

from wiifm.badges import Ladder
from wiifm.program.grants import purse_field
from wiifm.program.measures import exact
from wiifm.records import Awarded, Awards, History, State
from wiifm.rulebook.book import RuleBook


@frozen
class Steps:
    """The levels of a ladder, lowest first.

    By points, ``field`` is the purse's field of the state and ``least`` what each level takes, in minor units; by criteria,
    ``badges`` are the badges that stand for the levels.
    """

    ladder: str
    names: tuple[str, ...]
    field: str = ""
    least: tuple[int, ...] = ()
    badges: tuple[str, ...] = ()

    @classmethod
    def of(cls, book: RuleBook, ladder: Ladder) -> Self:
        """The steps of a ladder of a book."""
        if ladder.climbs:
            badges = tuple(badge.id for badge in ladder.climbs)
            names = tuple(badge.partition("/")[2] for badge in badges)
            return cls(ladder.id, names, badges=badges)
        least = _in_minor(tuple(ladder.levels.values()), book.purses[ladder.purse].decimals)
        return cls(ladder.id, tuple(ladder.levels), purse_field(ladder.purse), least)

    def reached(self, state: State, awards: Awards) -> int:
        """How many levels are reached by the points of a state, or by the highest level badge among the awards."""
        if not self.badges:
            return bisect_right(self.least, getattr(state, self.field, 0))
        held = {key[0] for key in awards}
        return max((n for n, badge in enumerate(self.badges, 1) if badge in held), default=0)

    def named(self, reached: int) -> str | None:
        """The name of the highest of so many levels; None of 0.

        >>> steps = Steps("path", ("newcomer", "helper"), "purse_points", (0, 100))
        >>> steps.named(2), steps.named(0)
        ('helper', None)
        """
        return self.names[reached - 1] if reached else None


@lru_cache(maxsize=256)
def _in_minor(levels: tuple[int | float, ...], decimals: int) -> tuple[int, ...]:
    """The thresholds of levels in minor units, rounded up. Cached, as it is asked again for each holder."""
    return tuple(ceil(Fraction(exact(most)) * 10**decimals) for most in levels)


def level_of(book: RuleBook, ladder: Ladder, state: State, awards: Awards) -> str | None:
    """The level of a holder on a ladder; None below the first."""
    steps = Steps.of(book, ladder)
    return steps.named(steps.reached(state, awards))


class Move(NamedTuple):
    """A change of level: how many levels of a ladder a holder had reached before, and has now."""

    history: History
    steps: Steps
    before: int
    after: int


@frozen
class Ladders:
    """The ladders of a book, each with its number; and how many levels of each are reached with no points (``first``)."""

    by_points: tuple[tuple[int, Steps], ...]
    by_badges: tuple[tuple[int, Steps], ...]
    badges: frozenset[str]
    first: tuple[int, ...]

    @classmethod
    def of(cls, book: RuleBook) -> Self:
        """The ladders of a book."""
        steps = [Steps.of(book, ladder) for ladder in book.ladders.values()]
        numbered = list(enumerate(steps))
        return cls(
            tuple((number, each) for number, each in numbered if not each.badges),
            tuple((number, each) for number, each in numbered if each.badges),
            frozenset(badge for each in steps for badge in each.badges),
            tuple(bisect_right(each.least, 0) for each in steps),
        )

    def note_current_levels(self, history: History) -> None:
        """Store the present levels in a history, of which no earlier ones are known."""
        state, awards, ladders = history.state, history.awards(), (*self.by_points, *self.by_badges)
        history.levels = tuple(
            each.reached(state, awards) for _, each in sorted(ladders, key=_number)
        )

    def moves(self, booked: Collection[History], awarded: Iterable[Awarded]) -> list[Move]:
        """The changes of levels among the holders that entries were booked for, or awards given or taken. Histories store the new levels.

        ``booked`` are different histories; ``awarded`` may repeat them.
        """
        found: list[Move] = []
        first = self.first
        moved: set[History] = set()
        for number, steps in self.by_points:
            field, least = steps.field, steps.least
            for history in booked:
                points = getattr(history.state, field, 0)
                if bisect_right(least, points) != (history.levels or first)[number]:
                    moved.add(history)
        for history in filter(moved.__contains__, booked) if moved else ():
            found += self._moved(history, self.by_points)
        if self.by_badges:
            for history in dict.fromkeys(row[0] for row in awarded if row[2][0] in self.badges):
                found += self._moved(history, self.by_badges)
        return found

    def _moved(self, history: History, ladders: tuple[tuple[int, Steps], ...]) -> Iterable[Move]:
        reached = list(history.levels or self.first)
        for number, steps in ladders:
            before, after = reached[number], steps.reached(history.state, history.awards())
            if before != after:
                reached[number] = after
                yield Move(history, steps, before, after)
        history.levels = tuple(reached)


def _number(numbered: tuple[int, Steps]) -> int:
    return numbered[0]
