"""Reads how far a holder is from the next award of each badge, from the same state by which badges are awarded."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, Self

from attrs import evolve, frozen

from wiifm.criteria import Criterion
from wiifm.event_types import zone_named
from wiifm.expiry import Moment, lasts_until
from wiifm.ledger import Amount, HolderKind
from wiifm.program import Program
from wiifm.program.amounts import expressible
from wiifm.program.badges import CompiledBadge
from wiifm.program.criteria import CompiledCriterion
from wiifm.program.keeping import KeepUpTerms
from wiifm.program.measures import MeasureFailed, Number, exact, reaches
from wiifm.records import Awards, History, State
from wiifm.rules import HOLDER_KINDS


@frozen(kw_only=True)
class Present:
    """What the present day, workday, week, month or year (``group``) has so far, and the threshold that each of them must reach to count.

    ``since`` is the first day of it that counts, which isn't that of a week whose beginning lies in another period of ``over``; in the time
    zone of the holder (of the book for badges that must be kept up). It is present as of the latest event, not by a clock.

    >>> Present(group="week", since=date(2026, 3, 9), value=1, threshold=3).value
    1
    """

    group: str
    since: date
    value: int | float
    threshold: int | float


@frozen(kw_only=True)
class Progress:
    """How far a holder is from an award of a badge.

    ``value`` is what counts so far, and ``threshold`` what it takes. ``key`` is the object, topic or person for which the badge counts, if it
    counts by one. ``part`` is the number of the criterion, from 0, in a badge with several. A criterion is ``barred`` if it must stay below
    its threshold and doesn't: ``missing`` is 0 or negative then. ``until`` (in UTC) is when ``value`` stops counting, or barring, if nothing
    more happens; None if time doesn't change it. Of a ratio whose ``second`` measure isn't large enough yet, they are
    its value and threshold. ``present`` is given if the badge counts days, weeks, months or years in which more than one event is asked for,
    and the present one doesn't count yet.

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
    present: Present | None = None
    second: bool = False

    @property
    def missing(self) -> int | float:
        """The difference between the threshold and the value.

        >>> Progress(badge="helper", tier="", key=None, value=7, threshold=10).missing
        3
        """
        return self.threshold - self.value


@frozen
class Near:
    """The key of a criterion that is nearest to its next tier: its value and that tier's threshold, of which ``share`` is reached."""

    share: Fraction
    value: Number
    key: Hashable
    tier: str
    threshold: Number
    until: datetime | None = None
    present: Present | None = None
    second: bool = False


@frozen
class Reading:
    """What progress is read from: the state and awards of a holder, and the moment."""

    program: Program
    state: State
    awards: Awards
    moment: Moment

    @classmethod
    def of(
        cls, program: Program, kind: HolderKind, history: History | None, moment: Moment
    ) -> Self:
        """The reading of a holder; one without a history has done nothing yet."""
        if history is None:
            return cls(program, program.states[kind](), {}, moment)
        return cls(program, history.state, history.awards(), moment)

    @property
    def day(self) -> int:
        """The effective day."""
        return max(self.state.day, self.moment.day)

    def at_home(self) -> Reading:
        """The same reading in the time zone of the book, by whose days badges that must be kept up are checked."""
        home = evolve(self.moment, zone=zone_named(self.program.book.zone))
        return evolve(self, moment=home)

    def values(self, watched: CompiledCriterion, day: int) -> list[tuple[Hashable, Number | None]]:
        """The value of a criterion for each key, by the function that awards are decided by."""
        rolls = watched.over.kind == "last"  # a day of local time may have 23 or 25 hours
        at = self.moment.now if rolls else self.moment.local
        return self.program.values[watched.field](self.state, day, at)

    def until(
        self, watched: CompiledCriterion, key: Hashable, value: Number | None
    ) -> datetime | None:
        """Until when the value of a criterion keeps counting, and the criterion applies (in UTC); None if it doesn't end."""
        part = watched.criterion
        ends = [part.until] if part.until and part.until > self.moment.now else []
        if value:
            found = self.lasts(watched, key, value)
            ends += [found] if found and found >= self.moment.now else []
        return min(ends).astimezone(UTC) if ends else None

    def lasts(self, watched: CompiledCriterion, key: Hashable, least: Number) -> datetime | None:
        """Until when a criterion keeps at least the value ``least``; None if time doesn't lower it."""
        return lasts_until(self.program, watched, self.state, key, self.moment, least)

    def present(self, watched: CompiledCriterion) -> Present | None:
        """What the present group of a criterion has, if more than one event is asked for in each, and it doesn't count yet."""
        read, each = self.program.present.get(watched.field), watched.criterion.each
        if read is None or each is None or each.met_by_one:
            return None
        value, least = read(self.state, self.day, self.moment.local), exact(each.least)
        if value is None or reaches(value, least):
            return None
        return Present(
            group=watched.criterion.group,
            since=self._first_that_counts(watched),
            value=expressible(value),
            threshold=expressible(least),
        )

    def _first_that_counts(self, watched: CompiledCriterion) -> date:
        """The first day of the present group in the present period of ``over``, as a week may begin in the month before."""
        first, now = _first_day(watched.criterion.group, self.day), watched.span(self.day)
        days = range(first.toordinal(), self.day + 1)
        return date.fromordinal(next(day for day in days if watched.span(day) == now))


def _first_day(group: str, day: int) -> date:
    """The first day of the week, month or year that a day (an ordinal) lies in; the day itself for days.

    >>> found = date(2026, 3, 12).toordinal()
    >>> [str(_first_day(each, found)) for each in ("workday", "week", "month", "year")]
    ['2026-03-12', '2026-03-09', '2026-03-01', '2026-01-01']
    """
    found = date.fromordinal(day)
    firsts = {
        "week": found - timedelta(days=found.weekday()),
        "month": found.replace(day=1),
        "year": found.replace(month=1, day=1),
    }
    return firsts.get(group, found)


def progress_of(
    program: Program, kind: HolderKind, history: History | None, moment: Moment
) -> Iterator[Progress]:
    """Yield the progress towards the next threshold of each badge that this kind of holder can earn.

    For a badge that counts by object, topic or person, this is the key with the most progress (of several, the first alphabetically; None if
    nothing counts). A badge with several criteria yields each that isn't met yet; if some of them are enough, the nearest ones, as many
    as are missing. Thresholds of badges that must be kept up follow from the latest event that advanced time.
    """
    local = Reading.of(program, kind, history, moment)
    for compiled in program.badges:
        parts = compiled.badge.parts
        if not compiled.badge.asks or HOLDER_KINDS[compiled.badge.asks[0].to] != kind:
            continue
        reading = local if compiled.badge.keep_up is None else local.at_home()
        try:
            if compiled.badge.keep_up is not None:
                found = list(_upkeep(reading, compiled))
            else:
                found = list(_parts(reading, compiled))
            barred = list(_barred(reading, compiled))
        except MeasureFailed:  # the receipts report it; there is no progress to show
            continue
        yield from barred
        if compiled.badge.join == "any":
            found = _nearest_parts(found, max(1, compiled.badge.needs - (len(parts) - len(found))))
        for number, near in found:
            yield Progress(
                badge=compiled.badge.id,
                tier=near.tier or compiled.badge.tier,
                key=near.key if near.value and isinstance(near.key, str) else None,
                value=expressible(near.value),
                threshold=expressible(near.threshold),
                part=number,
                until=near.until,
                present=near.present,
                second=near.second,
            )


def _nearest_parts(found: list[tuple[int, Near]], count: int) -> list[tuple[int, Near]]:
    """The ``count`` nearest of the criteria that aren't met, in their order."""
    nearest = sorted(found, key=_distance)[:count]
    return [pair for pair in found if pair in nearest]


def _distance(part: tuple[int, Near]) -> tuple[Fraction, Number]:
    """The sort key for how far a criterion is from being met: by its share, then by what is missing."""
    _, near = part
    return -near.share, near.threshold - near.value


def _parts(reading: Reading, compiled: CompiledBadge) -> Iterator[tuple[int, Near]]:
    """The criteria that aren't met yet of a badge that is awarded by activities."""
    badge, awards = compiled.badge, reading.awards
    if badge.composite and all((badge.id, tier, ()) in awards for tier in badge.tiers):
        return
    for number, watched in enumerate(compiled.criteria[: len(badge.parts)]):
        part = watched.criterion
        if part.until and part.until <= reading.moment.now:
            continue
        now = reading.values(watched, reading.day)
        noted = badge.composite and not watched.is_kept_as_it_is
        values = _last_seen(reading, compiled, number, dict(now)) if noted else now
        found = _nearest(values or [(None, 0)], awards, compiled, watched, reading.day)
        if found is not None:
            counts = found.value if dict(now).get(found.key) == found.value else None
            until = reading.until(watched, found.key, counts)
            lasting = evolve(found, until=until, present=reading.present(watched))
            yield number, _or_second_term(reading, watched, lasting)


def _or_second_term(reading: Reading, watched: CompiledCriterion, near: Near) -> Near:
    """The progress of a criterion; but for a ratio whose second measure isn't large enough yet, that of the second measure."""
    if not watched.criterion.terms:
        return near
    second = watched.parts[-1]
    value = dict(reading.values(second, reading.day)).get(near.key) or 0
    least = exact(watched.criterion.terms[1].least)
    if value >= least:
        return near
    until = reading.until(second, near.key, value)
    share = Fraction(*share_of(value, least))
    return evolve(near, share=share, value=value, threshold=least, until=until, second=True)


def _last_seen(
    reading: Reading, compiled: CompiledBadge, number: int, now: dict[Hashable, Number | None]
) -> list[tuple[Hashable, Number | None]]:
    """The values of a criterion as the badge last saw them; measured anew, as the next activity will, if that changes no tier."""
    tiers = [exact(most) for most in compiled.badge.parts[number].at_least.values()]

    def reached(value: Number | None) -> list[bool]:
        return [reaches(value, most) for most in tiers]

    seen = _as_seen(reading, compiled, number)
    anew = [(key, now.get(key), value) for key, value in seen]
    return [(key, new if reached(new) == reached(old) else old) for key, new, old in anew]


def _as_seen(
    reading: Reading, compiled: CompiledBadge, number: int
) -> list[tuple[Hashable, Number | None]]:
    """The values that a badge of several criteria keeps of one: those after the last activity of each key that it saw."""
    kept: Any = getattr(reading.state, f"{compiled.prefix}_{number}", None)
    return list(kept.items()) if isinstance(kept, dict) else [(None, kept)]


def _upkeep(reading: Reading, compiled: CompiledBadge) -> Iterator[tuple[int, Near]]:
    """The criteria that aren't met of a badge that must be kept up, if time were advanced now; nothing while the badge is held."""
    badge, time = compiled.badge, reading.moment.time
    if (badge.id, badge.tiers[0], ()) in reading.awards:
        return
    keeping = KeepUpTerms.of(reading.program.book, badge)
    asked = keeping.thresholds(time.data if time else {}, holding=False)
    for number, watched in enumerate(compiled.criteria[: len(badge.parts)]):
        ((_, value),) = reading.values(watched, reading.day)
        threshold = keeping.least[number] if asked[number] is None else asked[number]
        assert threshold is not None
        if not reaches(value, threshold):
            share = share_of(value or 0, threshold)
            until = reading.until(watched, None, value)
            now = reading.present(watched)
            near = Near(Fraction(*share), value or 0, None, "", threshold, until, now)
            yield number, _or_second_term(reading, watched, near)


def _barred(reading: Reading, compiled: CompiledBadge) -> Iterator[Progress]:
    """The criteria that must not be met for a badge, and are."""
    badge = compiled.badge
    if all((badge.id, tier, ()) in reading.awards for tier in badge.tiers):
        return
    for number, watched in enumerate(compiled.barred, len(badge.parts)):
        if watched.keyed:
            continue
        most = exact(watched.criterion.least)
        if stays := badge.keep_up is None and watched.over.kind == "ever":
            values = _as_seen(reading, compiled, number)  # by which even a broken streak bars
        else:
            values = reading.values(watched, reading.day)
        for _, value in values:
            if value is not None and value >= most:
                yield Progress(
                    badge=badge.id,
                    tier=badge.tier,
                    key=None,
                    value=expressible(value),
                    threshold=expressible(most),
                    part=number,
                    barred=True,
                    until=None if stays else reading.lasts(watched, None, most),
                )


def _nearest(
    values: list[tuple[Hashable, Number | None]],
    awards: Awards,
    compiled: CompiledBadge,
    watched: CompiledCriterion,
    day: int,
) -> Near | None:
    """The key with the most progress towards a threshold that isn't reached yet; of several, the first alphabetically."""
    best: tuple[tuple[int, int], Number, Hashable, str, Number] | None = None
    part, span = watched.criterion, watched.span(day)
    least, bar = exact(part.least), 0
    for key, value in values:
        value = value or 0
        if 0 <= value < bar:
            continue  # no open tier has a lower threshold than the first
        for tier, threshold in _open_tiers(awards, compiled, part, key, span):
            if value < threshold:
                share = share_of(value, threshold)
                if best is None or _is_nearer((share, key), (best[0], best[2])):
                    best = (share, value, key, tier, threshold)
                    bar = int(share[0] * least // share[1])
                break
    return None if best is None else Near(Fraction(*best[0]), *best[1:])


def share_of(value: Number | Amount | float, threshold: Number | Amount | float) -> tuple[int, int]:
    """Return the share of a threshold that is reached, as a numerator and a positive denominator, which is faster than a Fraction.

    A threshold that isn't above 0 has no share: (0, 1).

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
    """Whether a key has a larger share than another; with equal shares, whether it is first alphabetically."""
    (value, threshold), key = one
    (most, of), known = other
    mine, theirs = value * of, most * threshold
    return mine > theirs or (mine == theirs and repr(key) < repr(known))


def _open_tiers(
    awards: Awards, compiled: CompiledBadge, part: Criterion, key: Hashable, span: int
) -> Iterator[tuple[str, Number]]:
    """The tiers that a key wasn't awarded yet, with their thresholds (in this period, if the badge is awarded once in each)."""
    which: tuple[Hashable, ...] = (key,) if part.per in part.again else ()
    which += (span,) if "period" in part.again else ()
    every = next((item for item in part.again if isinstance(item, int)), None)
    for tier, most in part.at_least.items():
        name = (compiled.badge.id, tier or compiled.badge.tier)
        if every is not None:
            given = sum(award[:2] == name and award[2][:-1] == which for award in awards)
            yield tier, exact(most) + every * given
        elif (*name, which) not in awards:
            yield tier, exact(most)
