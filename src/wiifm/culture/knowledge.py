"""The report's sections on questions, knowledge, mentoring and hours saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from wiifm.culture.acts import served_shown
from wiifm.culture.context import Context
from wiifm.culture.figures import Figure, nakamoto, of_enough, plain, refused, share, time_until
from wiifm.culture.nouns import Answering, Knowledge, Mentoring, Saved, Topic
from wiifm.event_types import Act
from wiifm.privacy import withheld_groups

LATELY = 90
"""A topic is orphaned if none of its helpers was active in so many days."""

NEW = 182
"""For how many days somebody is a newcomer."""


def answering(context: Context) -> Answering:
    """What became of the questions of the period, by its end."""
    tally, fewest = context.tally, context.fewest
    askers = len({asker for _, asker in tally.asked.values() if asker is not None})
    count, waits, answerers = len(tally.asked), [], set[str | None]()
    for name, (at, asker) in tally.asked.items():
        first, who = tally.answered.get(name, (None, None))
        waited = (first or context.until) - at
        waits.append((max(0.0, waited / timedelta(hours=1)), first is not None))
        answerers |= {who or asker} if first else set()
    answered = sum(done for _, done in waits)
    persons = min(askers, len(answerers - {None})) if answered else askers
    solved = sum(1 for name in tally.asked if name in tally.solved)
    hours = [time_until(waits, part) for part in (0.5, 0.75)]
    return Answering(
        questions=count if askers >= fewest else 0,
        answered=of_enough(share(answered, count), persons, fewest),
        solved=of_enough(share(solved, count), persons, fewest),
        hours=of_enough(_until(hours[0], count), persons, fewest),
        hours_of_three_quarters=of_enough(_until(hours[1], count), persons, fewest),
    )


def _until(hours: float | None, count: int) -> Figure:
    if hours is None and count:
        return Figure(value=None, n=count, withheld="fewer were answered")
    return plain(hours, count)


def knowledge(context: Context) -> Knowledge:
    """Who knows about which topic, judged by their help, and how few it depends on (bus factor: Avelino et al. 2016)."""
    lately = set[str]()
    for day in range(context.last_day - LATELY + 1, context.last_day + 1):
        lately |= context.tally.active.get(day, set())
    helped, interest = context.tally.expertise, context.tally.interest
    about = {
        topic: {*helped.get(topic, ())} | interest.get(topic, set())
        for topic in {**helped, **interest}
    }
    expertise = {topic: there for topic in helped if (there := context.of_members(helped[topic]))}
    withheld = withheld_groups(about, context.fewest)
    hidden_help = withheld_groups(expertise, context.fewest, withheld)
    found = []
    for topic in about.keys() - withheld:
        helpers = expertise.get(topic, {})
        best = sorted(helpers, key=lambda m: (-helpers[m], m))
        factor = nakamoto(helpers.values())
        found.append(
            Topic(
                topic=topic,
                persons=len(about[topic]),
                helpers=len(helpers),
                help=0 if topic in hidden_help else sum(helpers.values()),
                bus_factor=factor,
                orphaned=not lately & helpers.keys(),
                named=tuple(m for m in best if m in context.nameable)[:3],
            )
        )
    return Knowledge(
        topics=tuple(sorted(found, key=lambda each: (-each.help, -each.persons, each.topic))),
        withheld=len(withheld),
        orphaned=sum(each.orphaned for each in found),
        resting_on_one=sum(each.bus_factor == 1 for each in found),
    )


def mentoring(context: Context) -> Mentoring:
    """Who had a mentor at the end of the period."""
    members, fewest = context.members, context.fewest
    mentored = {m: by & members.keys() for m, by in context.scene.mentors.items() if m in members}
    mentored = {mentee: by for mentee, by in mentored.items() if by}
    new = {m for m, day in members.items() if day > context.last_day - NEW}
    mentors = len(set().union(*mentored.values()))
    return Mentoring(
        mentors=mentors if mentors >= fewest else 0,
        mentored=of_enough(share(len(mentored), len(members)), len(members), fewest),
        newcomers=of_enough(share(len(mentored.keys() & new), len(new)), len(new), fewest),
    )


def saved(context: Context, minutes: Mapping[Act, float]) -> Saved:
    """The hours that sharing saved others, by the minutes that each act is assumed to save."""
    shown = served_shown(context.tally, context.fewest)
    times = {act: shown[act] for act in minutes if act in shown}
    total = sum(minutes[act] * count for act, count in times.items()) / 60
    return Saved(
        hours=plain(total, sum(times.values())) if times else refused(context.fewest),
        times=times,
        minutes=dict(minutes),
    )
