"""Reads what a holder has now, and how far the next award is, from the cells of the reward fold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias

from attrs import frozen

from wiifm.badges import Badge, Ladder
from wiifm.folds.reward import DAY, History
from wiifm.journal import award
from wiifm.ledger import Amount, Award, Holder, Standing
from wiifm.program import Program
from wiifm.program.amounts import expressible, in_points
from wiifm.program.criteria import Watch
from wiifm.program.measures import Cells, MeasureFailed, Number, exact
from wiifm.rulebook.book import RuleBook


def standing_of(program: Program, holder: Holder, history: History | None) -> Standing:
    """What a holder has: points in every purse, badges by time, and the level on each ladder."""
    book = program.book
    cells = history.cells if history else {}
    awards = history.awards() if history else {}
    badges = [award(holder, key, cell) for key, cell in awards.items() if key[1] in book.badges]
    return Standing(
        holder=holder,
        points={name: points_of(book, cells, name) for name in book.purses},
        badges=tuple(sorted(badges, key=_by_time)),
        levels={
            name: level_of(book, ladder, cells, awards) for name, ladder in book.ladders.items()
        },
    )


def _by_time(found: Award) -> tuple[object, ...]:
    return (found.occurred_at, found.event, found.badge, found.tier, repr(found.occurrence))


def points_of(book: RuleBook, cells: Cells, purse: str) -> Amount:
    """The points in one purse."""
    return in_points(cells.get(purse, 0), book.purses[purse].decimals)


def level_of(book: RuleBook, ladder: Ladder, cells: Cells, awards: Cells) -> str | None:
    """The level on a ladder; None below the first."""
    if ladder.climbs:
        held = {key[1] for key in awards}
        reached = [badge.id.partition("/")[2] for badge in ladder.climbs if badge.id in held]
    else:
        points = Fraction(cells.get(ladder.purse, 0), 10 ** book.purses[ladder.purse].decimals)
        reached = [name for name, most in ladder.levels.items() if points >= exact(most)]
    return reached[-1] if reached else None


@frozen(kw_only=True)
class Progress:
    """How far a holder is from an award: what counts, how much there is, and how much it takes.

    >>> Progress(badge="helper", tier="gold", key=None, value=7, threshold=10).missing
    3
    """

    badge: str
    tier: str
    key: str | None
    value: int | float
    threshold: int | float

    @property
    def missing(self) -> int | float:
        """How much is still missing.

        >>> Progress(badge="helper", tier="", key=None, value=7, threshold=10).missing
        3
        """
        return self.threshold - self.value


def progress_of(program: Program, history: History | None, now: datetime) -> Iterator[Progress]:
    """The next threshold of each badge of one criterion, from the very cells that award it.

    For a badge that counts by object, topic or person, it is the key that is furthest. A badge of several
    criteria shows each criterion that isn't met yet.
    """
    cells = history.cells if history else {}
    day = max(cells.get(DAY, 0), now.toordinal())
    awards = history.awards() if history else {}
    for seeker in program.seekers:
        badge = seeker.badge
        if badge.composite and all(_given(awards, badge.id, tier, None) for tier in badge.tiers):
            continue
        for watched in seeker.watches:
            found = _nearest(cells, awards, badge, watched, day, now)
            if found is not None:
                _, value, key, tier, threshold = found
                yield Progress(
                    badge=badge.id,
                    tier=tier or badge.tier,
                    key=key if isinstance(key, str) else None,
                    value=expressible(value),
                    threshold=expressible(threshold),
                )


Near: TypeAlias = tuple[Fraction, Number, Hashable, str, Number]
"""The share that is done, the value, its key, and the next tier with its threshold."""


def _nearest(
    cells: Cells, awards: Cells, badge: Badge, watched: Watch, day: int, now: datetime
) -> Near | None:
    """The key that is furthest towards a threshold that isn't reached yet."""
    best: Near | None = None
    for key in _keys_seen(cells, watched.prefix) or [None]:
        try:
            value = watched.value(cells, key, day, now) or 0
        except MeasureFailed:  # told in the receipts; there is no progress to show
            continue
        for tier, threshold in watched.thresholds:
            given = _given(awards, badge.id, tier or badge.tier, key)
            if not given and value < threshold:
                share = Fraction(value) / Fraction(threshold) if threshold > 0 else Fraction(0)
                if best is None or share > best[0]:
                    best = (share, value, key, tier, threshold)
                break
    return best


def _given(awards: Cells, badge: str, tier: str, key: Hashable) -> bool:
    """Whether there is an award for this tier: once for all, or for this key."""
    return ("award", badge, tier, ()) in awards or ("award", badge, tier, (key,)) in awards


def _keys_seen(cells: Cells, prefix: tuple[str, str, int]) -> list[Hashable]:
    """The keys that a criterion has counted for so far."""
    return [key[3] for key in cells if type(key) is tuple and len(key) == 4 and key[:3] == prefix]
