"""Leaderboards, naively: docs/howto/leaderboard.md and docs/reference/semantics.md, computed from all that members were ever booked."""

from .criteria import length, span
from .fold import booked
from .scene import END
from .who import is_there, kind, profile

LAST = chr(0x10FFFF)
"""Sorts after all ids."""


def live_events(book, events):
    """The live events."""
    gone = {e.retracts for e in events}
    return [e for e in events if not kind(book, e).retracts and e.id not in gone]


def rows(book, events):
    """What each member was booked: (member, activity, purse, amount)."""
    found = booked(book, events)
    return [
        (name, each.act, purse, amount)
        for (kind_, name), seen in found.items()
        if kind_ == "member"
        for each in seen
        for _, purse, amount in each.booked
    ]


def leaderboard(
    book,
    events,
    rows,
    purse="points",
    over="ever",
    community=None,
    around=None,
    at=None,
    unit=None,
    topic=None,
    newcomers=None,
    by="points",
):
    """The lines of a leaderboard: (rank, member, points). Its parameters are those of ``Engine.leaderboard``."""
    live = live_events(book, events)
    at = at or max((e.occurred_at for e in live), default=END)
    mine = [
        (name, act, amount)
        for name, act, in_purse, amount in rows
        if in_purse == purse
        and community in (None, act.community)
        and unit in (None, act.holder_unit)
        and (topic is None or topic in act.topics)
    ]
    points = {}
    for member in {name for name, _, _ in mine}:
        now, before = (
            sum(amount for name, act, amount in mine if name == member and ago(over, at, act) == n)
            for n in (0, 1)
        )
        if by == "improvement":
            now = max(now - before, 0) if now > 0 else 0
        if now and (newcomers is None or is_new(rows, member, newcomers, at)):
            points[member] = now
    shown = [m for m in points if profile(book, live, m, "listed", (END, "")) is not False]
    shown = [m for m in shown if is_there(book, live, m, (at, LAST))]
    lines = [(1 + sum(points[o] > points[m] for o in shown), m, points[m]) for m in shown]
    return near(sorted(lines), around)


def ago(over, at, act):
    """In which period an activity lies, counted back from that of ``at``: 0 in the same, 1 in the one before; below 0 if it is later."""
    happened = act.event.occurred_at
    if over == "ever":
        return 0
    if over.startswith("last"):
        if happened > at:
            return -1
        begins, count = at - length(over), 0
        while happened < begins:
            begins, count = begins - length(over), count + 1
        return count
    today = at.astimezone(act.local.tzinfo).date()
    return span(over, today) - span(over, act.local.date())


def is_new(rows, member, newcomers, at):
    """Whether no event before the current period ``newcomers`` gave a member anything, on balance."""
    sums = {}
    for name, act, purse, amount in rows:
        if name == member and ago(newcomers, at, act) > 0:
            sums[act.event.id, purse] = sums.get((act.event.id, purse), 0) + amount
    return not any(sums.values())


def near(lines, member):
    """The lines around a member: up to two before and two after. All lines without a member, none if the member isn't there."""
    if member is None:
        return lines
    at = [n for n, (_, name, _) in enumerate(lines) if name == member]
    return [line for n, line in enumerate(lines) if at and abs(n - at[0]) <= 2]
