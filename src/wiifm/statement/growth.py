"""Computes how a member grows: streaks, badges kept up, the comparison with the period before, and the nearest badges and levels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import lcm
from typing import TypeVar

from wiifm.expiry import Moment, kept_until
from wiifm.ledger import Amount, Standing
from wiifm.program import Program
from wiifm.program.measures import MeasureFailed
from wiifm.progress import Progress, Reading, share_of
from wiifm.records import History
from wiifm.rulebook.book import RuleBook
from wiifm.statement.outlook import Compared, Kept, Step, Streak

N = TypeVar("N", Progress, Step)

NEAREST = 3
"""The number of nearest badges and levels that are shown."""

SHORTEST = 2
"""The shortest streak that is shown."""


def by_nearness(found: Iterable[N]) -> list[N]:
    """Sort by the share of the threshold that is reached, the largest first.

    The shares are brought to a common denominator, since comparing integers is much faster than comparing fractions.

    >>> third, half = (Progress(badge=name, tier="", key=None, value=1, threshold=most) for name, most in [("a", 3), ("b", 2)])
    >>> [each.badge for each in by_nearness([third, half])]
    ['b', 'a']
    """
    shares = [(share_of(each.value, each.threshold), each) for each in found]
    whole = lcm(*(among for (_, among), _ in shares))

    def nearness(found: tuple[tuple[int, int], N]) -> tuple[int, str, str]:
        (done, among), each = found
        name = each.badge if isinstance(each, Progress) else each.name
        return -done * (whole // among), name, each.tier

    return [each for _, each in sorted(shares, key=nearness)]


def nearest(book: RuleBook, standing: Standing, progress: Iterable[Progress]) -> tuple[Step, ...]:
    """The badges and levels that are nearest, at most :data:`NEAREST`.

    Each badge and ladder occurs once, with the first of ``progress`` about it: several criteria of one badge would crowd out the others.
    """
    levels = {
        f"{name}/{each}": (name, each) for name in book.ladders for each in _climbs(book, name)
    }
    steps: dict[tuple[str, str], Step] = {}
    for each in (each for each in progress if not each.barred):
        ladder, name = levels.get(each.badge, (None, each.badge))
        kind, tier = ("level", "") if ladder is not None else ("badge", each.tier)
        steps.setdefault(
            (kind, name if ladder is None else ladder),
            Step(
                kind=kind,  # type: ignore[arg-type]
                name=name,
                tier=tier,
                key=each.key,
                value=each.value,
                threshold=each.threshold,
                until=each.until,
                present=each.present,
                ladder=ladder,
                part=each.part,
                second=each.second,
            ),
        )
    near = (*steps.values(), *_next_levels(book, standing))
    return tuple(by_nearness(near)[:NEAREST])


def _climbs(book: RuleBook, ladder: str) -> list[str]:
    """The levels of a ladder that are reached by criteria instead of points."""
    return [each.id.removeprefix(f"{ladder}/") for each in book.ladders[ladder].climbs]


def _next_levels(book: RuleBook, standing: Standing) -> Iterator[Step]:
    """The next level of each ladder whose levels take points."""
    for ladder in book.ladders.values():
        points = standing.points.get(ladder.purse, 0)
        higher = [(least, name) for name, least in ladder.levels.items() if least > points]
        if higher and ladder.levels:
            least, name = min(higher)
            yield Step(
                kind="level",
                name=name,
                tier="",
                key=None,
                value=points,
                threshold=least,
                ladder=ladder.id,
            )


def streaks(program: Program, history: History | None, moment: Moment) -> tuple[Streak, ...]:
    """The lengths of the streaks that badges ask for, the longest first, from :data:`SHORTEST` on."""
    found: dict[tuple[str, str], Streak] = {}
    reading = Reading.of(program, "member", history, moment)
    for compiled in program.badges:
        for watched in compiled.criteria:
            part = watched.criterion
            if part.measure != "streak" or compiled.badge.composite or part.to != "actor":
                continue
            try:
                values = reading.values(watched, reading.day)
            except MeasureFailed:
                continue
            length = max((int(value or 0) for _, value in values), default=0)
            if length >= SHORTEST:
                key = (compiled.badge.id, str(part.group))
                found[key] = Streak(badge=compiled.badge.id, unit=str(part.group), length=length)
    return tuple(sorted(found.values(), key=lambda each: (-each.length, each.badge)))


def kept(program: Program, history: History | None, moment: Moment) -> tuple[Kept, ...]:
    """The badges and levels to be kept up that the member holds, and until when what they did is enough; the earliest first."""
    if history is None:
        return ()
    found, awards = [], history.awards()
    for compiled in program.badges:
        badge = compiled.badge
        if badge.keep_up is None or (badge.id, badge.tiers[0], ()) not in awards:
            continue
        until = kept_until(program, compiled, history.state, awards, moment)
        if until is not None and until > moment.now:
            if badge.id in program.book.badges:
                found.append(Kept(kind="badge", name=badge.id, until=until))
            else:
                ladder, _, name = badge.id.partition("/")
                found.append(Kept(kind="level", name=name, until=until, ladder=ladder))
    return tuple(sorted(found, key=lambda each: (each.until, each.name, each.ladder or "")))


def compared(
    now: dict[str, Amount], before: dict[str, Amount], people: tuple[int, int]
) -> Compared:
    """Pair what came into each purse, and how many members were helped, in this period and in the one before."""
    return Compared(
        points={name: (now.get(name, 0), before.get(name, 0)) for name in {**now, **before}},
        people=people,
    )
