"""Assembles a statement from what was looked up for it.

:mod:`wiifm.statement_reading` does the look-ups; the functions called here compute each part from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, frozen

from wiifm.deeds import Deeds
from wiifm.event_types import Act
from wiifm.events import Event
from wiifm.ledger import Amount, Standing
from wiifm.progress import Progress
from wiifm.rules import MENTORS
from wiifm.statement.earned import Earnings, Net, by_topic, earned, nets, sums
from wiifm.statement.evidence import growth_evidence
from wiifm.statement.growth import compared, nearest
from wiifm.statement.learning import beginning, learning, needed, own_topics
from wiifm.statement.nouns import Reach, Statement
from wiifm.statement.outlook import Compared, Growth, Kept, RunningCampaign, Streak
from wiifm.statement.past import Past, Period, time_before
from wiifm.statement.reach import helps, reach, recognition, saved, talents, weeks
from wiifm.statement.titles import replies, titles


@frozen(kw_only=True)
class Holdings:
    """What a member holds now: points, badges and levels, their progress towards others (nearest first), streaks, what they keep up, and what they
    have in the campaigns that are running.
    """

    standing: Standing
    progress: tuple[Progress, ...]
    streaks: tuple[Streak, ...]
    kept: tuple[Kept, ...] = ()
    campaigns: tuple[RunningCampaign, ...] = ()
    objects: tuple[str, ...] = ()
    """The ids of the objects that their latest awards, and those that are near, are for."""


def assemble(
    past: Past, deeds: Deeds, held: Holdings, gained: Earnings, minutes: Mapping[Act, float]
) -> Statement:
    """Assemble a member's statement; ``minutes`` says how much time each act is assumed to save."""
    found = nets(gained.entries)
    past, ever = _with_credited(past, found), evolve(past, since=None)
    reached, known, standing = reach(past), talents(ever), held.standing
    new = not found and not past.active
    growth = Growth(
        levels={name: level for name, level in standing.levels.items() if level},
        streaks=held.streaks,
        compared=_compared(past, found, gained.before, _helped_alike(past, reached)),
        kept=held.kept,
    )
    near = nearest(past.book, standing, held.progress)
    return Statement(
        member=past.member,
        since=past.since,
        until=past.until,
        at=past.now,
        standing=standing,
        earned=earned(found),
        topics=by_topic(found),
        awards=Period(past.since, past.until, past.now).of(standing.badges),
        reach=reached,
        recognition=recognition(past),
        learning=learning(past),
        talents=known,
        growth=growth,
        next=held.progress,
        nearest=near,
        campaigns=held.campaigns,
        needed=needed(past, deeds, own_topics(ever, known)),
        saved=saved(past, minutes),
        beginning=beginning(past, deeds) if new else None,
        weeks=weeks(past),
        titles=titles(past, held.objects),
        replies=replies(past, held.objects),
        behind=dict(growth_evidence(past, found, standing, growth, near)),
    )


def _with_credited(past: Past, found: Iterable[Net]) -> Past:
    """The past, with the members whom credited events without an act were done for."""
    credited = _credited(past, found)
    return evolve(past, credited=credited) if credited else past


def _credited(past: Past, found: Iterable[Net]) -> dict[str, tuple[Event, ...]]:
    """By member: the events without an act for which the member was credited, as something done for that member."""
    roles = {"actor", *MENTORS}
    plain = [
        (net.context.person, net.context.line.event.id)
        for net in found
        if net.context.act is None and net.amount > 0 and net.context.line.slot[1] in roles
        if past.act(net.context.line.event) is None  # as a badge's bonus has none of its own
    ]
    groups: dict[str, tuple[Event, ...]] = {}
    events = {event.id: event for event in (*past.mine, *past.received)} if plain else {}
    for person, event in plain:
        if person and person != past.member and event in events:
            groups[person] = (*groups.get(person, ()), events[event])
    return groups


def _helped_alike(past: Past, reached: Reach) -> int:
    """The number of members helped, comparable with the period before.

    Events without an act are left out, since those of the period before aren't looked up.
    """
    return helps(evolve(past, credited={})) if past.credited else len(reached.people)


def _compared(
    past: Past, found: list[Net], then: dict[str, Amount], helped: int
) -> Compared | None:
    """This period compared with the one of the same length before it; None if it has no beginning, or there is nothing to compare."""
    before = time_before(past.since, past.until or past.now)
    if before is None:
        return None
    earlier = evolve(past, since=before, until=past.since, credited={})
    if not then and not past.active:
        return None
    return compared(sums(found), then, (helped, helps(earlier)))
