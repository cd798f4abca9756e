"""Reads what a holder has now, and how far the next award is, from the cells of the reward fold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias

from attrs import frozen

from wiifm.badges import Ladder
from wiifm.journal import award
from wiifm.ledger import Amount, Award, Holder, Standing
from wiifm.program import Program
from wiifm.program.amounts import expressible, in_points
from wiifm.program.badges import Seeker
from wiifm.program.grants import purse_field
from wiifm.program.measures import MeasureFailed, Number, exact
from wiifm.records import Awards, History, State
from wiifm.rulebook.book import RuleBook


def standing_of(program: Program, holder: Holder, history: History | None) -> Standing:
    """What a holder has: points in every purse, badges by time, and the level on each ladder."""
    book = program.book
    state = history.state if history else program.states[holder.kind]()
    awards = history.awards() if history else {}
    badges = [award(holder, key, cell) for key, cell in awards.items() if key[0] in book.badges]
    return Standing(
        holder=holder,
        points={name: points_of(book, state, name) for name in book.purses},
        badges=tuple(sorted(badges, key=_by_time)),
        levels={
            name: level_of(book, ladder, state, awards) for name, ladder in book.ladders.items()
        },
    )


def _by_time(found: Award) -> tuple[object, ...]:
    return (found.occurred_at, found.event, found.badge, found.tier, repr(found.occurrence))


def minor_of(state: State, purse: str) -> int:
    """What is in a purse, in minor units; nothing in one that no rule fills for such a holder."""
    found: int = getattr(state, purse_field(purse), 0)
    return found


def points_of(book: RuleBook, state: State, purse: str) -> Amount:
    """The points in one purse."""
    return in_points(minor_of(state, purse), book.purses[purse].decimals)


def level_of(book: RuleBook, ladder: Ladder, state: State, awards: Awards) -> str | None:
    """The level on a ladder; None below the first."""
    if ladder.climbs:
        held = {key[0] for key in awards}
        reached = [badge.id.partition("/")[2] for badge in ladder.climbs if badge.id in held]
    else:
        points = Fraction(minor_of(state, ladder.purse), 10 ** book.purses[ladder.purse].decimals)
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
    """The next threshold of each badge of one criterion, from the very state that awards it.

    For a badge that counts by object, topic or person, it is the key that is furthest. A badge of several
    criteria shows each criterion that isn't met yet.
    """
    state = history.state if history else program.states["member"]()
    day = max(state.day, now.toordinal())
    awards = history.awards() if history else {}
    for seeker in program.seekers:
        badge = seeker.badge
        if badge.composite and all(_given(awards, badge.id, tier, None) for tier in badge.tiers):
            continue
        for number, part in enumerate(badge.parts):
            try:
                values = program.values[seeker.watches[number].field](state, day, now)
            except (AttributeError, MeasureFailed):
                # a badge of units or communities, or a measure that fails, which the receipts tell
                continue
            found = _nearest(values, awards, seeker, number)
            if found is not None:
                _, value, key, tier, threshold = found
                yield Progress(
                    badge=badge.id,
                    tier=tier or badge.tier,
                    key=key if isinstance(key, str) else None,
                    value=expressible(value),
                    threshold=threshold,
                )
            del part


Near: TypeAlias = tuple[Fraction, Number, Hashable, str, int | float]
"""The share that is done, the value, its key, and the next tier with its threshold."""


def _nearest(
    values: list[tuple[Hashable, Number | None]], awards: Awards, seeker: Seeker, number: int
) -> Near | None:
    """The key that is furthest towards a threshold that isn't reached yet."""
    best: Near | None = None
    badge = seeker.badge
    for key, value in values or [(None, 0)]:
        value = value or 0
        for tier, threshold in badge.parts[number].at_least.items():
            given = _given(awards, badge.id, tier or badge.tier, key)
            if not given and value < exact(threshold):
                share = Fraction(value) / Fraction(threshold) if threshold > 0 else Fraction(0)
                if best is None or share > best[0]:
                    best = (share, value, key, tier, threshold)
                break
    return best


def _given(awards: Awards, badge: str, tier: str, key: Hashable) -> bool:
    """Whether there is an award for this tier: once for all, or for this key."""
    return (badge, tier, ()) in awards or (badge, tier, (key,)) in awards
