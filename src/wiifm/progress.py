"""A reading: how far a holder is from the next award of each badge, from the very state that awards it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from attrs import evolve, frozen

from wiifm.criteria import Criterion
from wiifm.event_types import zone_named
from wiifm.expiry import Moment, lasts
from wiifm.ledger import Amount, HolderKind
from wiifm.program import Program
from wiifm.program.amounts import expressible
from wiifm.program.badges import CompiledBadge
from wiifm.program.criteria import CompiledCriterion
from wiifm.program.keeping import KeepUpTerms
from wiifm.program.measures import MeasureFailed, Number, exact, reaches
from wiifm.records import Awards, History, State
from wiifm.rules import HOLDERS


@frozen(kw_only=True)
class Progress:
    """How far a holder is from an award: what counts, how much there is, and how much it takes.

    ``part`` is the number of the criterion, from 0, in a badge of several. What is ``barred`` must stay below its threshold,
    and doesn't: ``missing`` is how far it is above, and below 0. Up to ``until`` (in UTC) what counts now goes on counting, or bars,
    if nothing more happens; None where time takes nothing of it.

    >>> Progress(badge="helper", tier="gold", key=None, value=7, threshold=10).missing
    3
    """

    badge: str
    tier: str
    key: str | None
    value: int | float
    threshold: int | float
    part: int = 0
    barred: bool = False
    until: datetime | None = None

    @property
    def missing(self) -> int | float:
        """How much is still missing.

        >>> Progress(badge="helper", tier="", key=None, value=7, threshold=10).missing
        3
        """
        return self.threshold - self.value


@frozen
class Near:
    """What is nearest of a criterion: the ``share`` that is done, the value, its key, and the next tier with its threshold."""

    share: Fraction
    value: Number
    key: Hashable
    tier: str
    threshold: Number
    until: datetime | None = None


@frozen
class Reading:
    """Whose progress is read, and as of when."""

    program: Program
    state: State
    awards: Awards
    moment: Moment

    @property
    def day(self) -> int:
        """The effective day."""
        return max(self.state.day, self.moment.day)

    def at_home(self) -> Reading:
        """The same by the days of the book, by which time is advanced for all: what must be kept up goes by them."""
        home = evolve(self.moment, zone=zone_named(self.program.book.zone))
        return evolve(self, moment=home)

    def values(self, watched: CompiledCriterion, day: int) -> list[tuple[Hashable, Number | None]]:
        """What the readers of awards read of a criterion now."""
        return self.program.values[watched.field](self.state, day, self.moment.now)

    def until(
        self, watched: CompiledCriterion, key: Hashable, value: Number | None
    ) -> datetime | None:
        """Up to when what counts now for a criterion goes on counting, and the criterion holds."""
        part = watched.criterion
        ends = [part.until] if part.until and part.until > self.moment.now else []
        if value:
            found = lasts(self.program, watched, self.state, key, self.moment, value)
            ends += [found] if found and found >= self.moment.now else []
        return min(ends).astimezone(UTC) if ends else None


def progress_of(
    program: Program, kind: HolderKind, history: History | None, moment: Moment
) -> Iterator[Progress]:
    """The next threshold of each badge that such a holder can earn, read at a moment.

    For a badge that counts by object, topic or person, it is the key that is furthest (the first in the alphabet, of several; none where nothing counts). A badge of several
    criteria shows each that isn't met yet; where some of them would do, as many as are lacking, the nearest ones. What the event that advanced time last
    says of the community is what badges that must be kept up take.
    """
    state = history.state if history else program.states[kind]()
    local = Reading(program, state, history.awards() if history else {}, moment)
    for seeker in program.badges:
        parts = seeker.badge.parts
        if not seeker.badge.asks or HOLDERS[seeker.badge.asks[0].to] != kind:
            continue
        reading = local if seeker.badge.keep_up is None else local.at_home()
        try:
            if seeker.badge.keep_up is not None:
                found = list(_upkeep(reading, seeker))
            else:
                found = list(_parts(reading, seeker))
            barred = list(_barred(reading, seeker))
        except MeasureFailed:  # the receipts tell of it; there is no progress to show
            continue
        yield from barred
        if seeker.badge.join == "any":
            found = _lacking(found, max(1, seeker.badge.needs - (len(parts) - len(found))))
        for number, near in found:
            yield Progress(
                badge=seeker.badge.id,
                tier=near.tier or seeker.badge.tier,
                key=near.key if near.value and isinstance(near.key, str) else None,
                value=expressible(near.value),
                threshold=expressible(near.threshold),
                part=number,
                until=near.until,
            )


def _lacking(found: list[tuple[int, Near]], count: int) -> list[tuple[int, Near]]:
    """Of the parts that aren't met so many that are nearest."""
    nearest = sorted(found, key=_far)[:count]
    return [pair for pair in found if pair in nearest]


def _far(part: tuple[int, Near]) -> tuple[Fraction, Number]:
    """How far a part is from being met: by the share that lacks, then by how much lacks."""
    _, near = part
    return -near.share, near.threshold - near.value


def _parts(reading: Reading, seeker: CompiledBadge) -> Iterator[tuple[int, Near]]:
    """What lacks to a badge that activities bring about."""
    badge, awards = seeker.badge, reading.awards
    if badge.composite and all((badge.id, tier, ()) in awards for tier in badge.tiers):
        return
    for number, watched in enumerate(seeker.criteria[: len(badge.parts)]):
        part = watched.criterion
        if part.until and part.until <= reading.moment.now:
            continue
        now = reading.values(watched, reading.day)
        noted = badge.composite and not watched.is_kept_as_it_is
        values = _last_seen(reading, seeker, number, dict(now)) if noted else now
        found = _nearest(values or [(None, 0)], awards, seeker, watched, reading.day)
        if found is not None:
            counts = found.value if dict(now).get(found.key) == found.value else None
            until = reading.until(watched, found.key, counts)
            lasting = evolve(found, until=until) if until else found
            yield number, _of_the_second(reading, watched, lasting)


def _of_the_second(reading: Reading, watched: CompiledCriterion, near: Near) -> Near:
    """What is next, but of a ratio that isn't one yet how much there is of its second measure, as long as that isn't enough."""
    if not watched.criterion.terms:
        return near
    second = watched.parts[-1]
    value = dict(reading.values(second, reading.day)).get(near.key) or 0
    least = exact(next(iter(watched.criterion.terms[1].at_least.values())))
    if value >= least:
        return near
    until = reading.until(second, near.key, value)
    return evolve(near, share=Fraction(0), value=value, threshold=least, until=until)


def _last_seen(
    reading: Reading, seeker: CompiledBadge, number: int, now: dict[Hashable, Number | None]
) -> list[tuple[Hashable, Number | None]]:
    """The values of a part as the badge saw them last; measured anew, as the next activity does it, where no tier hangs on that."""
    kept: Any = getattr(reading.state, f"{seeker.prefix}_{number}", None)
    seen = list(kept.items()) if isinstance(kept, dict) else [(None, kept)]
    tiers = [exact(most) for most in seeker.badge.parts[number].at_least.values()]

    def reached(value: Number | None) -> list[bool]:
        return [reaches(value, most) for most in tiers]

    anew = [(key, now.get(key), value) for key, value in seen]
    return [(key, new if reached(new) == reached(old) else old) for key, new, old in anew]


def _upkeep(reading: Reading, seeker: CompiledBadge) -> Iterator[tuple[int, Near]]:
    """What lacks to a badge that must be kept up, as it would be looked at now; nothing while it is held."""
    badge, time = seeker.badge, reading.moment.time
    if (badge.id, badge.tiers[0], ()) in reading.awards:
        return
    keeping = KeepUpTerms.of(reading.program.book, badge)
    asked = keeping.thresholds(time.data if time else {}, holding=False)
    for number, watched in enumerate(seeker.criteria[: len(badge.parts)]):
        ((_, value),) = reading.values(watched, reading.day)
        threshold = keeping.least[number] if asked[number] is None else asked[number]
        assert threshold is not None
        if not reaches(value, threshold):
            share = share_of(value or 0, threshold)
            until = reading.until(watched, None, value)
            near = Near(Fraction(*share), value or 0, None, "", threshold, until)
            yield number, _of_the_second(reading, watched, near)


def _barred(reading: Reading, seeker: CompiledBadge) -> Iterator[Progress]:
    """What stands in the way of a badge: criteria for the member that must not be met, and are."""
    badge = seeker.badge
    if all((badge.id, tier, ()) in reading.awards for tier in badge.tiers):
        return
    for number, watched in enumerate(seeker.barred, len(badge.parts)):
        if watched.keyed:
            continue
        ((_, most),) = watched.criterion.at_least.items()
        for _, value in reading.values(watched, reading.day):
            if value is not None and value >= exact(most):
                moment, state = reading.moment, reading.state
                yield Progress(
                    badge=badge.id,
                    tier=badge.tier,
                    key=None,
                    value=expressible(value),
                    threshold=expressible(exact(most)),
                    part=number,
                    barred=True,
                    until=lasts(reading.program, watched, state, None, moment, exact(most)),
                )


def _nearest(
    values: list[tuple[Hashable, Number | None]],
    awards: Awards,
    seeker: CompiledBadge,
    watched: CompiledCriterion,
    day: int,
) -> Near | None:
    """The key that is furthest towards a threshold that isn't reached yet; of several, the first in the alphabet."""
    best: tuple[tuple[int, int], Number, Hashable, str, Number] | None = None
    part, span = watched.criterion, watched.span(day)
    least, bar = exact(next(iter(part.at_least.values()))), 0
    for key, value in values:
        value = value or 0
        if 0 <= value < bar:
            continue  # whichever tier is open takes no less
        for tier, threshold in _open_tiers(awards, seeker, part, key, span):
            if value < threshold:
                share = share_of(value, threshold)
                if best is None or _is_nearer((share, key), (best[0], best[2])):
                    best = (share, value, key, tier, threshold)
                    bar = int(share[0] * least // share[1])
                break
    return None if best is None else Near(Fraction(*best[0]), *best[1:])


def share_of(value: Number | Amount | float, threshold: Number | Amount | float) -> tuple[int, int]:
    """What share of a threshold there is, as two integers of which the second is above 0: fractions take their time.

    Of a threshold that isn't above 0 there is no share.

    >>> share_of(3, 10), share_of(1.5, 2), share_of(-10, -5)
    ((3, 10), (3, 4), (0, 1))
    """
    if threshold <= 0:
        return 0, 1
    if type(value) is int and type(threshold) is int:  # as most are
        return value, threshold
    return (Fraction(value) / Fraction(threshold)).as_integer_ratio()


def _is_nearer(
    one: tuple[tuple[int, int], Hashable], other: tuple[tuple[int, int], Hashable]
) -> bool:
    """Whether a key has a larger share than another one; of the same, whether it is the first in the alphabet."""
    (value, threshold), key = one
    (most, of), known = other
    mine, theirs = value * of, most * threshold
    return mine > theirs or (mine == theirs and repr(key) < repr(known))


def _open_tiers(
    awards: Awards, seeker: CompiledBadge, part: Criterion, key: Hashable, span: int
) -> Iterator[tuple[str, Number]]:
    """The tiers that a key hasn't been given yet (in this period, where the badge is given again in each)."""
    which: tuple[Hashable, ...] = (key,) if part.per in part.again else ()
    which += (span,) if "period" in part.again else ()
    every = next((item for item in part.again if isinstance(item, int)), None)
    for tier, most in part.at_least.items():
        name = (seeker.badge.id, tier or seeker.badge.tier)
        if every is not None:
            given = sum(award[:2] == name and award[2][:-1] == which for award in awards)
            yield tier, exact(most) + every * given
        elif (*name, which) not in awards:
            yield tier, exact(most)
