"""The report's sections on who takes part: adoption, growth, evenness, weeks, and how it began."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import date
from math import ceil
from statistics import median

from wiifm.culture.context import Context
from wiifm.culture.figures import (
    Figure,
    gini,
    lorenz,
    nakamoto,
    of_enough,
    plain,
    refused,
    share,
)
from wiifm.culture.nouns import (
    TARGET,
    Adoption,
    Manner,
    Participation,
    Spread,
    UnitAdoption,
    UnitSpread,
    Week,
)
from wiifm.culture.tally import BROADCASTING, CONVERSING, SHARING
from wiifm.event_types import Act

PERIOD = 28
"""The period that is compared with the one before it, in days; half of the report's period if that is shorter."""

EARLY = 0.16
"""The share of innovators and early adopters among adopters (Rogers 1962)."""

FOLLOWING = 90
"""Within how many days a colleague counts as following."""


def adoption(context: Context) -> Adoption:
    """Who takes part and contributes, in all and by unit; and growth."""
    members, fewest = len(context.members), context.fewest
    contributors = set(context.contributed)
    length = context.last_day - context.start + 1
    days = max(1, min(PERIOD, length // 2))
    there, first = context.members.keys(), context.last_day - days + 1
    now = _active(context, first, context.last_day) & there
    before = _active(context, first - days, first - 1) & there
    new = {m for m in now if context.seen[m] > context.last_day - days}
    enough = members >= fewest
    return Adoption(
        members=members,
        active=of_enough(share(len(context.active), members), members, fewest),
        contributing=of_enough(share(len(contributors), members), members, fewest),
        target=TARGET,
        period_days=days,
        now_active=len(now) * enough,
        before_active=len(before) * enough,
        new=len(new) * enough,
        returned=len(now - before - new) * enough * (length > days),
        silent=len(before - now) * enough,
        units=_by_unit(context, contributors),
    )


def _active(context: Context, first: int, last: int) -> set[str]:
    found = (context.tally.active.get(day, ()) for day in range(first, last + 1))
    return set().union(*found)


def _by_unit(context: Context, contributors: set[str]) -> tuple[UnitAdoption, ...]:
    active = Counter(context.shown[m] for m in context.active if m in context.shown)
    giving = Counter(context.shown[m] for m in contributors if m in context.shown)
    return tuple(
        UnitAdoption(
            unit=unit,
            members=size,
            active=share(active[unit], size),
            contributing=share(giving[unit], size),
        )
        for unit, size in sorted(context.sizes.items())
        if size >= context.fewest
    )


def participation(context: Context) -> Participation:
    """The shares of the busiest (90-9-1: Nielsen 2006; by rank as van Mierlo 2014), and inequality."""
    members, fewest = sorted(context.members), context.fewest
    n = len(members)
    counts = sorted((context.contributed[m] for m in members), reverse=True)
    total, one, ten = sum(counts), ceil(n / 100), ceil(n / 10)
    gave, got = Counter[str](), Counter[str]()
    for (giver, receiver), times in context.tally.helps.items():
        gave[giver] += times
        got[receiver] += times
    giving, getting = [gave[m] for m in members], [got[m] for m in members]
    helpers = len(context.of_members(gave))
    enough = n >= fewest
    return Participation(
        onlookers=of_enough(share(counts.count(0), n), n, fewest),
        top_1=of_enough(_part(sum(counts[:one]), total, n), one, fewest),
        next_9=of_enough(_part(sum(counts[one:ten]), total, n), min(one, ten - one), fewest),
        other_90=of_enough(_part(sum(counts[ten:]), total, n), min(ten, n - ten), fewest),
        gini_contributing=of_enough(plain(gini(counts), n), n, fewest),
        gini_giving=of_enough(plain(gini(giving), n), n, fewest),
        gini_receiving=of_enough(plain(gini(getting), n), n, fewest),
        half_of_help=of_enough(plain(nakamoto(giving) or None, helpers), helpers, fewest),
        lorenz_giving=lorenz(giving) if enough else (),
        lorenz_receiving=lorenz(getting) if enough else (),
    )


def _part(part: int, whole: int, n: int) -> Figure:
    """A share of all acts, without an interval, as acts aren't independent."""
    return plain(part / whole if whole else None, n)


def manner(context: Context) -> Manner:
    """The shares of broadcasting, sharing and conversing among contributions, as far as enough persons did them."""
    acts, all_acts = context.acts, context.tally.acts
    total = sum(acts.get(act, 0) for act in (*BROADCASTING, *SHARING, *CONVERSING))

    def part(of: tuple[Act, ...]) -> Figure:
        times = sum(acts.get(act, 0) for act in of)
        hidden = not times and any(all_acts[act] for act in of)
        return refused(context.fewest) if hidden or not total else _part(times, total, total)

    return Manner(
        broadcasting=part(BROADCASTING),
        sharing=part(SHARING),
        conversing=part(CONVERSING),
        acts=acts,
    )


def weeks(context: Context) -> tuple[Week, ...]:
    """Each week of the period, from Monday on (ISO 8601); the first and the last may be incomplete."""
    start = context.start
    empty = not context.seen or start > context.last_day
    if empty or len(context.members) < context.fewest:
        return ()
    firsts, moves, left = sorted(context.firsts.values()), context.scene.moves[::-1], set[str]()
    monday = start - (start - 1) % 7
    found = []
    for begin in range(monday, context.last_day + 1, 7):
        days = range(begin, begin + 7)
        giving = set().union(*(context.tally.contributing.get(day, ()) for day in days))
        while moves and moves[-1][0] < begin + 7:
            _, member, stays = moves.pop()
            (left.discard if stays else left.add)(member)
        gone = sum(1 for each in left if context.firsts.get(each, begin + 7) < begin + 7)
        found.append(
            Week(
                begins=date.fromordinal(begin),
                days=min(begin + 6, context.last_day) - max(begin, start) + 1,
                active=len(_active(context, begin, begin + 6)),
                contributing=len(giving),
                spread=bisect_right(firsts, begin + 6) - gone,
            )
        )
    return tuple(found)


def spread(context: Context) -> Spread:
    """How contributing spread: early contributors, and colleagues of their unit who followed."""
    order = sorted(context.of_members(context.firsts), key=lambda m: (context.firsts[m], m))
    early = [m for m in order[: ceil(EARLY * len(order))] if m in context.units]
    by_unit: dict[str, list[str]] = {}
    for member in order:
        if member in context.units:
            by_unit.setdefault(context.units[member], []).append(member)
    lags, followers = [], set[str]()
    for member in early:
        began = context.firsts[member]
        later = [
            other
            for other in by_unit[context.units[member]]
            if began < context.firsts[other] <= began + FOLLOWING
        ]
        followers.update(later)
        if later:
            lags.append(context.firsts[later[0]] - began)
    enough = len(early), context.fewest
    return Spread(
        contributors=context.many(len(order)),
        early=context.many(len(early)),
        followed=of_enough(share(len(lags), len(early)), *enough),
        lag_days=of_enough(plain(median(lags) if lags else None, len(lags)), len(lags), enough[1]),
        followers=context.many(len(followers)),
        units=_beginnings(context, order),
        named=tuple(m for m in early if m in context.nameable),
    )


def _beginnings(context: Context, order: list[str]) -> tuple[UnitSpread, ...]:
    began: dict[str, list[str]] = {}
    for member in order:
        if member in context.shown:
            began.setdefault(context.shown[member], []).append(member)
    found = []
    for unit, members in began.items():
        days = [context.firsts[m] for m in members]
        if len(days) < context.fewest:
            continue
        found.append(
            UnitSpread(
                unit=unit,
                began=date.fromordinal(days[0]),
                members=context.sizes[unit],
                contributors=len(days),
                days=plain(days[context.fewest - 1] - days[0], len(days)),
                first=members[0] if members[0] in context.nameable else None,
            )
        )
    return tuple(sorted(found, key=lambda each: (each.began, each.unit)))
