"""Progress, naively: docs/reference/semantics.md as a program that measures everything a member did, as of one moment."""

from copy import copy
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from naive_expressions import evaluate

from .criteria import (
    Moment,
    Nothing,
    all_badges,
    exact,
    grace,
    groups_of,
    is_met,
    last_value,
    length,
    measure,
    only_fields,
    pass_time,
    period,
    plain,
    reached,
    span,
    streak,
    terms,
    touched,
    within_time,
    works,
)
from .scene import END
from .who import KINDS, kind, profile, when

FALLING = ("count", "distinct", "max", "latest", "run")
TICK = timedelta(microseconds=1)
HORIZON_DAYS = 500
"""A number of days within which every streak ends, and every calendar year."""


class Now(Moment):
    """The moment as of which progress is read, in the member's zone, to be measured as the last item of a history."""

    def __init__(self, book, live, member, at, seen):
        self.at, self.act = at, Nothing(At(at))
        zone = profile(book, live, member, "zone", (END, "")) or book.zone
        self.zone = ZoneInfo(zone)
        self.day, self.home = (
            max([at.astimezone(ZoneInfo(name)).date(), *(each.day for each in seen)])
            for name in (zone, book.zone)
        )
        times = [e for e in live if kind(book, e).advances and e.occurred_at <= at]
        self.time = max(times, key=when, default=None)

    def at_home(self):
        """The same moment with the date in the book's zone, which decides for badges that must be kept up."""
        return self.on(self.home)

    def on(self, day, at=None):
        """The same moment on another day."""
        found = copy(self)
        found.day, found.at = day, at or self.at
        found.act = Nothing(At(found.at))
        return found

    def begins(self, day):
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


class At:
    """An event of which only the moment matters."""

    def __init__(self, at):
        self.occurred_at = at


def progress(book, now, seen, awards):
    """What is next for a member: (badge, part, tier, key, value, threshold, until, barred, present, second).

    Lines with ``barred`` are criteria of ``none_of`` that are met and stand in the way.
    """
    found = []
    for badge in all_badges(book).values():
        if not badge.asks or KINDS[badge.asks[0].to] != "member":
            continue
        lines = [
            (
                number,
                *near[:-1],
                False,
                present(book, part, now.at_home() if badge.keep_up else now, seen),
                near[-1],
            )
            for number, part in enumerate(badge.parts)
            if (near := next_of(book, badge, part, now, seen, awards)) is not None
        ]
        if badge.join == "any":
            lacking = max(1, badge.needs - (len(badge.parts) - len(lines)))
            lines = sorted(lines, key=lambda line: (-share(*line[3:5]), line[4] - line[3]))[
                :lacking
            ]
        found += [(badge.id, *line) for line in lines]
        found += [
            (badge.id, *line, True, None, False) for line in bars(book, badge, now, seen, awards)
        ]
    return found


def next_of(book, badge, part, now, seen, awards):
    """The nearest tier of a criterion: (tier, key, value, threshold, until, second); None if there is none."""
    composite = len(badge.asks) > 1 or badge.after
    once = composite or badge.keep_up
    if once and all((badge.id, tier, ()) in awards for tier in badge.tiers):
        return None
    if badge.keep_up:
        return next_kept_up(book, badge, part, now.at_home(), seen)
    if part.until and part.until <= now.at:
        return None
    best = None
    for key in keys_now(book, part, now, seen, composite):
        value = as_of(book, part, key, now, seen)
        if composite:
            value = as_seen(book, part, key, seen, value)
        for tier, threshold in open_tiers(badge, part, key, now, awards):
            if (value or 0) < threshold:
                if best is None or share(value or 0, threshold) > share(*best[2:]):
                    best = tier, key, value or 0, threshold
                break
    if best is None:
        return None
    counts = best[2] and as_of(book, part, best[1], now, seen) == best[2]
    return of_the_second(
        book, part, (*best, until(book, part, best[1], now, seen, counts)), now, seen
    )


def present(book, part, now, seen):
    """What the present day, week, month or year has so far: (group, first day, value, threshold); None if it counts already, or one event is enough."""
    calendar = ("day", "workday", "week", "month", "year")
    if part.each is None or part.group not in calendar or part.per != "member":
        return None
    least, today = exact(next(iter(part.each.at_least.values()))), now.day.toordinal()
    if part.over.startswith("last") or (part.each.measure == "count" and least == 1):
        return None
    if part.group == "workday" and not works(book, now, today):
        return None
    group = today if part.group == "workday" else period(part.group, now.day)
    found = within_time(book, part, None, [*seen, now])
    if part.group == "workday":
        found = [one for one in found if works(book, one[0], one[0].day.toordinal())]
    value = plain(part.each.measure, [s for each, s in found if group in groups_of(part, each)])
    first = {
        "week": now.day - timedelta(days=now.day.weekday()),
        "month": now.day.replace(day=1),
        "year": now.day.replace(month=1, day=1),
    }
    begin = first.get(part.group, now.day)
    while span(part.over, begin) != span(part.over, now.day):
        begin += timedelta(days=1)
    return None if (value or 0) >= least else (part.group, begin, value or 0, least)


def keys_now(book, part, now, seen, composite):
    """The keys that a criterion has counted for: in the current period if it has one, ever if the badge has several parts. Else a ratio's are those of its second measure."""
    counted = terms(part)[1] if part.terms and not composite else part
    keys = {key for each in seen for key in touched(book, counted, each)}
    if not composite and not part.over.startswith("last"):
        keys = {key for key in keys if within_time(book, counted, key, [*seen, now])}
    return sorted(keys or {None}, key=repr)


def as_of(book, part, key, now, seen):
    """What a criterion measures as of now: None in a period without activities, 0 for a streak that can't go on."""
    counted = part.terms or part.over == "ever" or part.over.startswith("last")
    if not counted and not within_time(book, part, key, [*seen, now]):
        return None
    value = measure(book, part, key, [*seen, now])
    if part.measure == "streak" and value:
        met = reached(book, part, within_time(book, part, key, [*seen, now]))
        today = period(part.group, now.day) if part.group != "workday" else now.day.toordinal()
        while part.group == "workday" and not works(book, now, today):
            today += 1
        return value if today in met or streak(book, part, {**met, today: now}) > value else 0
    return value


def as_seen(book, part, key, seen, now):
    """The last value that a badge of several parts measured, or the current one if both reach the same tiers."""
    before = last_value(book, part, key, seen)
    tiers = [exact(most) for most in part.at_least.values()]
    reach = [[each is not None and each >= most for most in tiers] for each in (before, now)]
    return now if reach[0] == reach[1] else before


def open_tiers(badge, part, key, now, awards):
    """The tiers not given yet for a key (and period, if each has its own), with their thresholds."""
    which = (key,) if part.per in part.again else ()
    which += (span(part.over, now.day),) if "period" in part.again else ()
    every = [n for n in part.again if isinstance(n, int)]
    for tier, most in part.at_least.items():
        name = (badge.id, tier or badge.tier)
        if every:
            given = sum(award[:2] == name and award[2][:-1] == which for award in awards)
            yield tier or badge.tier, exact(most) + every[0] * given
        elif (*name, which) not in awards:
            yield tier or badge.tier, exact(most)


def next_kept_up(book, badge, part, now, seen):
    """What a badge that must be kept up lacks, with the thresholds that the latest event that advances time sets."""
    least = exact(next(iter(part.at_least.values())))
    if part.or_only is not None and now.time is not None:
        only = evaluate(part.or_only, only_fields(book, now.time), "number")
        least = least if only is None else min(least, exact(only))
    value = as_of(book, part, None, now, seen)
    if value is not None and value >= least:
        return None
    found = badge.tiers[0], None, value or 0, least, until(book, part, None, now, seen, value)
    return of_the_second(book, part, found, now, seen)


def of_the_second(book, part, found, now, seen):
    """For a ratio whose second measure is below its minimum, the progress of that measure; else what was found; and which of them it is."""
    if not part.terms:
        return *found, False
    (tier, key, *_), second = found, terms(part)[1]
    value = as_of(book, second, key, now, seen) or 0
    least = exact(next(iter(part.terms[1].at_least.values())))
    if value >= least:
        return *found, False
    return tier, key, value, least, until(book, second, key, now, seen, value), True


def bars(book, badge, now, seen, awards):
    """The criteria of ``none_of`` per member that are met, and so stand in the way of a badge."""
    now = now.at_home() if badge.keep_up else now
    if all((badge.id, tier, ()) in awards for tier in badge.tiers):
        return
    for number, part in enumerate(badge.none_of, len(badge.parts)):
        if part.per == "member":
            passes = badge.keep_up or part.over != "ever"
            value = (
                as_of(book, part, None, now, seen) if passes else last_value(book, part, None, seen)
            )
            if is_met(value, part):
                least = exact(next(iter(part.at_least.values())))
                ends = lasts(book, part, None, now, seen, least) if passes else None
                yield number, badge.tier, None, value, least, ends


def until(book, part, key, now, seen, counts):
    """Until when the current value counts and the criterion is valid; None for ever."""
    ends = [part.until] if part.until and part.until > now.at else []
    if counts:
        ends.append(lasts(book, part, key, now, seen, as_of(book, part, key, now, seen)))
    return min(filter(None, ends), default=None)


def lasts(book, part, key, now, seen, least):
    """Until when a criterion measures at least ``least`` if nothing more happens; None if time alone takes nothing away."""
    parts = terms(part) if part.terms else [part]
    if any(each.measure == "gap" for each in parts):
        return None

    def holds(later):
        value = as_of(book, part, key, later, seen)
        return value is not None and value >= least

    if part.over.startswith("last"):
        found = [each for each in parts for each, _ in within_time(book, each, key, [*seen, now])]
        leave = sorted({each.act.event.occurred_at + length(part.over) for each in found})
        if (part.each or part).measure not in FALLING:
            return leave[0] if leave else None
        return next((at for at in leave if not holds(now.on(now.day, at + TICK))), None)
    if part.over != "ever" and part.measure != "streak":

        def holds(later):
            return span(part.over, later.day) == span(part.over, now.day)

    if part.over != "ever" or part.measure == "streak":
        days = (now.day + timedelta(days=n) for n in range(1, HORIZON_DAYS))
        return next((now.begins(day) for day in days if not holds(now.on(day))), None)
    return None


def share(value, threshold):
    return Fraction(value) / Fraction(threshold) if threshold > 0 else Fraction(0)


def streaks(book, now, seen):
    """The member's current streaks of length two or more, of badges with one criterion: (badge, unit, length)."""
    found = []
    for badge in all_badges(book).values():
        (part, *more) = badge.asks or (None,)
        if part is None or more or badge.after or part.measure != "streak" or part.to != "actor":
            continue
        keys = {key for each in seen for key in touched(book, part, each)}
        length = max((as_of(book, part, key, now, seen) or 0 for key in keys), default=0)
        found += [(badge.id, part.group, length)] if length >= 2 else []
    return sorted(found, key=lambda each: (-each[2], each[0]))


class Passing:
    """An event that advances time, with the data of the last such event."""

    def __init__(self, now, at):
        self.occurred_at, self.id = at, "~"
        self.data = now.time.data if now.time else {}


def losing(book, member, now, seen, awards):
    """By badge that is held and must be kept up, the moments at which it may be lost, and whether it would be: {badge: [(at, lost)]}."""
    held = [badge for badge in all_badges(book).values() if badge.keep_up]
    held = [badge for badge in held if (badge.id, badge.tiers[0], ()) in awards]
    parts = [part for badge in held for each in badge.asks for part in (each.terms or (each,))]
    spans = {length(each.over) for badge in held for each in badge.asks if each.over != "ever"}
    at = {each.act.event.occurred_at + span for each in seen for span in spans}
    at |= {awards[badge.id, badge.tiers[0], ()][0] + grace(badge) for badge in held}
    if any(part.measure == "gap" for part in parts):
        days = (now.home + timedelta(days=n) for n in range(1, 30))
        at |= {datetime.combine(day, time(), ZoneInfo(book.zone)).astimezone(UTC) for day in days}
    moments = sorted(t for each in at for t in (each - TICK, each, each + TICK) if t > now.at)
    found = {badge.id: [] for badge in held}
    for moment in (now.at, *moments):
        left = dict(awards)
        pass_time(book, Passing(now, moment), ("member", member), seen, left)
        for badge in held:
            found[badge.id].append((moment, (badge.id, badge.tiers[0], ()) not in left))
    return found
