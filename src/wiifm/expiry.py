"""Up to when what counts now goes on counting, if nothing more happens.

Nothing is computed a second time here: it asks the readers that awards are measured by what they will read later.
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
"""Measures that don't rise when what was first leaves a rolling window."""


@frozen
class Moment:
    """When something is read: ``now``, in the ``zone`` of whom it is read of, and the event that advanced time last before.

    >>> from zoneinfo import ZoneInfo
    >>> Moment(datetime(2026, 5, 4, 23, tzinfo=UTC), ZoneInfo("Asia/Tokyo")).day == date(2026, 5, 5).toordinal()
    True
    """

    now: datetime
    zone: tzinfo
    time: Event | None = None

    @property
    def day(self) -> int:
        """The ordinal of the local day."""
        return self.now.astimezone(self.zone).toordinal()

    def begins(self, day: int) -> datetime:
        """When a day begins."""
        midnight = datetime.combine(date.fromordinal(day), time(), self.zone)
        return midnight.astimezone(UTC)


def lasts(
    program: Program,
    watched: CompiledCriterion,
    state: State,
    key: Hashable,
    moment: Moment,
    least: Number,
) -> datetime | None:
    """Up to when a criterion has at least so much for a key, as it has now, by what lies in its time; None where time takes nothing.

    Of a measure that may rise while the window rolls on, it is when the first of what counts leaves it.
    """
    day = max(state.day, moment.day)
    if any(each.criterion.measure == "gap" for each in watched.parts):  # time adds to it
        return None
    if watched.over.kind == "last":
        return _leaves(program, watched, state, key, moment.now, least)
    if watched.criterion.measure == "streak":
        read = program.value[watched.field]
        return _ends(day, moment, lambda each: reaches(read(state, key, each, moment.now), least))
    if watched.over.kind != "ever":
        span = watched.span(day)
        return _ends(day, moment, lambda each: watched.span(each) == span)
    return None


def _leaves(
    program: Program,
    watched: CompiledCriterion,
    state: State,
    key: Hashable,
    now: datetime,
    least: Number,
) -> datetime | None:
    """When so much of a rolling window has left it that less is there."""
    read, length = program.value[watched.field], watched.over.length
    leaving = [each + length for each in program.moments[watched.field](state, key, now)]
    if not falls(watched.criterion):
        return leaving[0].astimezone(UTC) if leaving else None
    return _last(leaving, lambda at: reaches(read(state, key, state.day, at), least))


def falls(part: Criterion) -> bool:
    """Whether a criterion's value never rises while nothing happens and time passes.

    >>> falls(Criterion(measure="count", at_least={"": 1})), falls(Criterion(measure="mean", at_least={"": 1}))
    (True, False)
    """
    inner = part.each or part
    return inner.measure in FALLING


def _last(leaving: list[datetime], holds: Callable[[datetime], bool]) -> datetime | None:
    """The first of some moments right after which something doesn't hold any more; None if it holds after all of them."""
    first = bisect_left(leaving, True, key=lambda each: not holds(each + TICK))
    return leaving[first].astimezone(UTC) if first < len(leaving) else None


def _ends(day: int, moment: Moment, holds: Callable[[int], bool]) -> datetime | None:
    """When the first day begins on which something doesn't hold any more that holds on a day; None if it always does."""
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
    program: Program, seeker: CompiledBadge, state: State, awards: Awards, moment: Moment
) -> datetime | None:
    """Up to when a badge that is held, and must be kept up, isn't lost whenever time is advanced; None where it never is."""
    ends = [
        kept_until(program, other, state, awards, moment)
        for other in program.badges
        if other.badge.id in {name.partition(":")[0] for name in seeker.badge.after}
    ]
    if seeker.badge.keep_up is not None:
        ends.append(_kept_up(program, seeker, state, awards, moment))
    return min(filter(None, ends), default=None)


def _kept_up(
    program: Program, seeker: CompiledBadge, state: State, awards: Awards, moment: Moment
) -> datetime | None:
    """The same by its own criteria and its grace."""
    keeping = KeepUpTerms.of(program.book, seeker.badge)
    data = moment.time.data if moment.time else {}
    given, _, _ = awards[seeker.badge.id, seeker.badge.tiers[0], ()]
    grace = (given + keeping.grace).astimezone(UTC)
    home = evolve(moment, zone=zone_named(program.book.zone))

    def met(at: datetime) -> bool:
        day = max(state.day, evolve(home, now=at).day)
        values = [program.values[each.field](state, day, at) for each in seeker.criteria]
        return keeping.met([value for ((_, value),) in values], data, holding=True)

    rolling = [each for each in seeker.criteria if each.over.kind == "last"]
    leaving = sorted(
        at + each.over.length
        for each in rolling
        for at in program.moments[each.field](state, None, moment.now)
    )
    if not met(moment.now):
        return max(grace, moment.now)
    ends = []
    if any(
        each.criterion.measure == "gap" for watched in seeker.criteria for each in watched.parts
    ):
        ends.append(_ends(home.day, home, lambda day: met(max(home.begins(day), moment.now))))
    if all(falls(each.criterion) for each in rolling):
        ends.append(_last(leaving, met))
    else:
        ends += [each.astimezone(UTC) for each in leaving[:1]]
    found = min(filter(None, ends), default=None)
    return found and max(found, grace)
