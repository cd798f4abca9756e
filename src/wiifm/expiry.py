"""Predicts until when a value keeps counting towards a badge, if nothing more happens.

Nothing is computed in a second way here: the functions by which awards are decided are called with later moments.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from attrs import evolve, frozen

from wiifm.criteria import Criterion
from wiifm.event_types import zone_named
from wiifm.events import Event
from wiifm.program import Program
from wiifm.program.badges import CompiledBadge
from wiifm.program.criteria import CompiledCriterion
from wiifm.program.keeping import KeepUpTerms
from wiifm.program.measures import Number, reaches
from wiifm.records import Awards, State

TICK = timedelta(microseconds=1)
FALLING = frozenset({"count", "distinct", "max", "latest", "run"})
"""Measures that can't rise when the oldest activity leaves a rolling window."""


@frozen
class Moment:
    """The moment of a reading: ``now`` (in UTC), the time zone of the holder, and the latest event before it that advanced time.

    >>> from zoneinfo import ZoneInfo
    >>> Moment(datetime(2026, 5, 4, 23, tzinfo=UTC), ZoneInfo("Asia/Tokyo")).day == date(2026, 5, 5).toordinal()
    True
    """

    now: datetime
    zone: tzinfo
    time: Event | None = None

    @property
    def local(self) -> datetime:
        """The moment in the time zone of the holder."""
        return self.now.astimezone(self.zone)

    @property
    def day(self) -> int:
        """The local day, as an ordinal."""
        return self.local.toordinal()

    def begins(self, day: int) -> datetime:
        """Return when a day (an ordinal) begins, in UTC."""
        midnight = datetime.combine(date.fromordinal(day), time(), self.zone)
        return midnight.astimezone(UTC)


def lasts_until(
    program: Program,
    watched: CompiledCriterion,
    state: State,
    key: Hashable,
    moment: Moment,
    least: Number,
) -> datetime | None:
    """Return until when a criterion keeps at least the value ``least`` for a key, which it has now; None if time doesn't lower it.

    For a measure that may also rise while its window rolls on, this is when the oldest activity leaves the window.
    """
    day = max(state.day, moment.day)
    if any(each.criterion.measure == "gap" for each in watched.parts):  # a gap only grows with time
        return None
    if watched.over.kind == "last":
        return _until_left_window(program, watched, state, key, moment.now, least)
    if watched.criterion.measure == "streak":
        read = program.value[watched.field]
        return _first_day_without(
            day, moment, lambda each: reaches(read(state, key, each, moment.local), least)
        )
    if watched.over.kind != "ever":
        span = watched.span(day)
        return _first_day_without(day, moment, lambda each: watched.span(each) == span)
    return None


def _until_left_window(
    program: Program,
    watched: CompiledCriterion,
    state: State,
    key: Hashable,
    now: datetime,
    least: Number,
) -> datetime | None:
    """Until when enough is left in a rolling window."""
    read, length = program.value[watched.field], watched.over.length
    leaving = [each + length for each in program.moments[watched.field](state, key, now)]
    if not never_rises(watched.criterion):
        return leaving[0].astimezone(UTC) if leaving else None
    return _first_moment_without(
        leaving, lambda at: reaches(read(state, key, state.day, at), least)
    )


def never_rises(part: Criterion) -> bool:
    """Whether the value of a criterion can't rise while time passes and nothing happens.

    >>> never_rises(Criterion(measure="count", at_least={"": 1})), never_rises(Criterion(measure="mean", at_least={"": 1}))
    (True, False)
    """
    inner = part.each or part
    return inner.measure in FALLING


def _first_moment_without(
    leaving: list[datetime], holds: Callable[[datetime], bool]
) -> datetime | None:
    """The first of some sorted moments right after which ``holds`` is false; None if it is true after all of them."""
    first = bisect_left(leaving, True, key=lambda each: not holds(each + TICK))
    return leaving[first].astimezone(UTC) if first < len(leaving) else None


def _first_day_without(day: int, moment: Moment, holds: Callable[[int], bool]) -> datetime | None:
    """The beginning of the first day on which ``holds`` is false; None if it is false on ``day`` already, or on no later day."""
    step, last = 1, date.max.toordinal()
    if not holds(day):
        return None
    while day + step < last and holds(day + step):
        step *= 2
    if holds(min(day + step, last)):
        return None
    days = range(day, min(day + step, last))
    return moment.begins(day + bisect_left(days, True, key=lambda each: not holds(each)))


def kept_until(
    program: Program, compiled: CompiledBadge, state: State, awards: Awards, moment: Moment
) -> datetime | None:
    """Return until when a held badge can't be lost, whenever time is advanced; None if it can't be lost at all.

    A badge can be lost if it must be kept up, or if it comes after one that must be.
    """
    ends = [
        kept_until(program, other, state, awards, moment)
        for other in program.badges
        if other.badge.id in {name.partition(":")[0] for name in compiled.badge.after}
    ]
    if compiled.badge.keep_up is not None:
        ends.append(_kept_up(program, compiled, state, awards, moment))
    return min(filter(None, ends), default=None)


def _kept_up(
    program: Program, compiled: CompiledBadge, state: State, awards: Awards, moment: Moment
) -> datetime | None:
    """The same, by the badge's own criteria and its grace period."""
    keeping = KeepUpTerms.of(program.book, compiled.badge)
    data = moment.time.data if moment.time else {}
    given, _, _ = awards[compiled.badge.id, compiled.badge.tiers[0], ()]
    grace = (given + keeping.grace).astimezone(UTC)
    home = evolve(moment, zone=zone_named(program.book.zone))

    def met(at: datetime) -> bool:
        day = max(state.day, evolve(home, now=at).day)
        values = [program.values[each.field](state, day, at) for each in compiled.criteria]
        return keeping.met([value for ((_, value),) in values], data, holding=True)

    rolling = [each for each in compiled.criteria if each.over.kind == "last"]
    leaving = sorted(
        at + each.over.length
        for each in rolling
        for at in program.moments[each.field](state, None, moment.now)
    )
    if not met(moment.now):
        return max(grace, moment.now)
    ends = []
    if any(
        each.criterion.measure == "gap" for watched in compiled.criteria for each in watched.parts
    ):
        ends.append(
            _first_day_without(home.day, home, lambda day: met(max(home.begins(day), moment.now)))
        )
    if all(never_rises(each.criterion) for each in rolling):
        ends.append(_first_moment_without(leaving, met))
    else:
        ends += [each.astimezone(UTC) for each in leaving[:1]]
    found = min(filter(None, ends), default=None)
    return found and max(found, grace)
