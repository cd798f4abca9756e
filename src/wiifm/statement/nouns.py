"""What a statement says, part by part. Each figure has the ids of the events behind it, so that each can answer why.

Other members are told by their ids; hidden ones aren't told. Nothing here says what somebody lost or didn't do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import field, frozen

from wiifm.event_types import Act
from wiifm.faults import nearest
from wiifm.ledger import Amount, Award, Standing
from wiifm.progress import Progress
from wiifm.statement.outlook import Growth, Step

Events: TypeAlias = tuple[str, ...]
"""The ids of the events behind a figure, in order."""

Role: TypeAlias = Literal[
    "actor", "recipient", "mentor", "unit", "community", "former_mentor", "mentors_mentor"
]


@frozen(kw_only=True)
class Earned:
    """What one rule brought in one purse: how much, for how many events, and of each of these the first entry; what corrected it is in the amount.

    ``say`` is what all of these entries say, or what the rule is for; or else what the latest says, which is not ``alike``.
    ``act`` is what was done by these events, and ``role`` the member's in them, where all have the same;
    ``people`` the others behind them, and ``objects`` what they acted on: each question that was answered, each thing that was read.

    >>> Earned(rule="kudos", purse="points", amount=5, times=1, say="Bob thanked you", entries=(1,)).amount
    5
    """

    rule: str
    purse: str
    amount: Amount
    times: int
    say: str
    entries: tuple[int, ...]
    alike: bool = True
    act: Act | None = None
    role: str = ""
    people: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    events: Events = ()


@frozen(kw_only=True)
class TopicEarned:
    """What was earned in one topic, in one purse. An event about two topics counts for both.

    >>> TopicEarned(topic="pricing", purse="points", amount=15, entries=(1,), events=("e1",)).amount
    15
    """

    topic: str
    purse: str
    amount: Amount
    entries: tuple[int, ...]
    events: Events


@frozen(kw_only=True)
class Person:
    """Somebody, and by which events they come in.

    >>> Person(member="raj", events=("e1", "e2")).times
    2
    """

    member: str
    events: Events

    @property
    def times(self) -> int:
        """How many events there are."""
        return len(self.events)


@frozen(kw_only=True)
class Crossing:
    """A unit, or so many levels of the hierarchy, that help went across: to whom."""

    to: str
    people: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class Used:
    """Something of the member's that others read, liked, used or were helped by: what it is, and by whom it is used."""

    object: str
    kind: str
    title: str
    people: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class Reach:
    """Whom the member's help reached.

    ``people`` are those whose question they answered, who said that something of theirs helped, who used it, or whom they
    mentor, or for whom they did what says no act and brought points; ``answered`` those whose questions they answered, and ``questions`` which these are, each once however many answers it got. ``units`` are others than the member's own at that time;
    ``levels`` how far up or down the hierarchy somebody stands by now, where both stand below one person.
    """

    people: tuple[Person, ...] = ()
    answered: tuple[Person, ...] = ()
    questions: tuple[str, ...] = ()
    units: tuple[Crossing, ...] = ()
    levels: tuple[Crossing, ...] = ()
    used: tuple[Used, ...] = ()


@frozen(kw_only=True)
class Recognition:
    """One time that somebody accepted, confirmed, liked or used something of the member's, or thanked them; and their words, if any."""

    giver: str | None
    act: Act | None
    text: str
    object: str | None
    title: str
    occurred_at: datetime
    event: str


@frozen(kw_only=True)
class Learning:
    """What the member learned by: questions that they asked, those of them that others answered before ``until``, what they replied to, and what they
    read, by the events and by the ``objects`` that were read.
    """

    asked: Events = ()
    answered: Events = ()
    replied: Events = ()
    read: Events = ()
    objects: tuple[str, ...] = ()
    answerers: tuple[Person, ...] = ()


@frozen(kw_only=True)
class Talent:
    """A topic in which others confirmed the member, and who they are, by which events: as far back as a statement looks."""

    topic: str
    people: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class OpenQuestion:
    """A question of the last 180 days in one of the member's topics that nobody has answered yet."""

    object: str
    title: str
    asker: str | None
    topics: tuple[str, ...]
    occurred_at: datetime
    event: str


@frozen(kw_only=True)
class NewColleague:
    """Somebody who did their first thing in the last 60 days, and asked or shared in one of the member's topics."""

    member: str
    topics: tuple[str, ...]
    since: datetime
    event: str


@frozen(kw_only=True)
class Needed:
    """Where the member is needed: their topics, open questions in them, the oldest first, and colleagues who are new to them.

    Nobody is needed by who had left when the time ended. The topics are five at most, those that are most theirs: by how often they answered or shared in one, and three times how often others confirmed them in it.
    """

    topics: tuple[str, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    colleagues: tuple[NewColleague, ...] = ()


@frozen(kw_only=True)
class Saved:
    """An estimate of the time that others saved: minutes, by what they did, and what is assumed of each.

    Each person counts once for each object, by what saved them most.
    """

    minutes: float = 0
    by: Mapping[Act, Events] = field(factory=dict)
    assumed: Mapping[Act, float] = field(factory=dict)


@frozen(kw_only=True)
class FirstStep:
    """Something to begin with: what to do, and what a rule gives for it, where it says a number."""

    act: Act
    rule: str
    purse: str
    points: float | None


@frozen(kw_only=True)
class Neighbour:
    """A colleague of the same unit, and the topics of what they put in lately."""

    member: str
    topics: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class Beginning:
    """For whoever has no entry and did nothing yet: what to do first, and who near them does it."""

    steps: tuple[FirstStep, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


@frozen(kw_only=True)
class Statement:
    """What sharing did for a member, and for others, from ``since`` to ``until``.

    What it says of the present (``standing``, ``growth.levels``, ``next``, ``needed``) is as of ``until``'s knowledge: now.
    What somebody is known for (``talents``, ``needed.topics``) follows from the time that is told, the one before it, the last
    twelve weeks, and at least the latest 100 events. ``next`` is what is still missing to badges, nearest first; ``nearest`` the three that are told. Printed, it is what a
    member gets to read, in English; other languages and forms are in ``wiifm.showing``.

    >>> from wiifm import Engine, RuleBook
    >>> found = Engine(RuleBook.load("plugin:sharing")).statement("ann")
    >>> found.reach.people, found.beginning.steps[0].act
    ((), 'asks')
    """

    member: str
    since: datetime | None
    until: datetime | None
    at: datetime
    standing: Standing
    earned: tuple[Earned, ...] = ()
    topics: tuple[TopicEarned, ...] = ()
    awards: tuple[Award, ...] = ()
    reach: Reach = field(factory=Reach)
    recognition: tuple[Recognition, ...] = ()
    learning: Learning = field(factory=Learning)
    talents: tuple[Talent, ...] = ()
    growth: Growth = field(factory=Growth)
    next: tuple[Progress, ...] = ()
    nearest: tuple[Step, ...] = ()
    needed: Needed = field(factory=Needed)
    saved: Saved = field(factory=Saved)
    beginning: Beginning | None = None
    weeks: tuple[int, ...] = ()
    behind: Mapping[str, Events] = field(factory=dict)
    """The events of this time behind what is said of ``growth`` and of what is ``nearest``, by the names of lines."""
    titles: Mapping[str, str] = field(factory=dict)
    """What the objects are called that the latest awards of each badge, and those that are near, are for, by their ids."""

    def why(self, line: str) -> Events:
        """The ids of the events behind a line, by its name, such as ``reach.people`` or ``talents.pricing``.

        Raises:
            KeyError: the statement has no such line; with the one that was meant, maybe.
        """
        found = dict(evidence(self))
        lines = [line] if line in found else self._each(line)
        for each in lines:
            if each not in found:
                hint = nearest(each, found)
                raise KeyError(f"{each!r}" + (f"; did you mean {hint!r}?" if hint else ""))
        return tuple(dict.fromkeys(event for each in lines for event in found[each]))

    def _each(self, line: str) -> list[str]:
        """The lines of several rules that are told at once, joined by +; names of purses and rules may have dots."""
        for purse in dict.fromkeys(each.purse for each in self.earned):
            start = f"earned.{purse}."
            if line.startswith(start):
                return [start + rule for rule in line.removeprefix(start).split("+")]
        return [line]

    def __str__(self) -> str:
        from wiifm.statement.plain import text  # noqa: PLC0415 - who only counts needs no words
        from wiifm.statement.telling import tell  # noqa: PLC0415

        return text(tell(self))


def evidence(statement: Statement) -> Iterator[tuple[str, Events]]:
    """The lines of a statement by their names, each with the events behind it.

    >>> from wiifm import Engine, RuleBook
    >>> dict(evidence(Engine(RuleBook.load("plugin:sharing")).statement("ann")))["learning.asked"]
    ()
    """
    reach, learning = statement.reach, statement.learning
    for earned in statement.earned:
        yield f"earned.{earned.purse}.{earned.rule}", earned.events
    for topic in statement.topics:
        yield f"topics.{topic.purse}.{topic.topic}", topic.events
    yield from _awarded(statement)
    yield "reach.people", events_of(reach.people)
    yield "reach.answered", events_of(reach.answered)
    yield "reach.units", events_of(reach.units)
    yield "reach.levels", events_of(reach.levels)
    for used in reach.used:
        yield f"reach.used.{used.object}", used.events
    yield "recognition", tuple(each.event for each in statement.recognition)
    yield "learning.asked", learning.asked
    yield "learning.answered", learning.answered
    yield "learning.replied", learning.replied
    yield "learning.read", learning.read
    for talent in statement.talents:
        yield f"talents.{talent.topic}", talent.events
    yield "needed.questions", tuple(each.event for each in statement.needed.questions)
    yield "needed.colleagues", tuple(each.event for each in statement.needed.colleagues)
    yield "saved", tuple(dict.fromkeys(e for each in statement.saved.by.values() for e in each))
    for purse in dict.fromkeys(each.purse for each in statement.earned if each.amount < 0):
        less = (e for e in statement.earned if e.purse == purse and e.amount < 0)
        yield f"less.{purse}", tuple(dict.fromkeys(event for e in less for event in e.events))
    best = (topic for topic in statement.topics if topic.amount > 0)
    yield "topics", tuple(dict.fromkeys(event for topic in best for event in topic.events))
    yield from statement.behind.items()
    if statement.growth.compared:
        yield "growth.compared.people", events_of(reach.people)
    if statement.beginning:
        yield "beginning.neighbours", events_of(statement.beginning.neighbours)


def _awarded(statement: Statement) -> Iterator[tuple[str, Events]]:
    found: dict[str, Events] = {}
    for award in statement.awards:
        line = award_line(award)
        found[line] = (*found.get(line, ()), award.event)
    yield from found.items()


def award_line(award: Award) -> str:
    """The name of the line that tells of an award: of its badge, its tier, and what it is for; those that are alike in these share one."""
    return ".".join(filter(None, ("awards", award.badge, award.tier, award.key)))


def events_of(parts: tuple[Person | Crossing | Neighbour, ...]) -> Events:
    """The events behind several parts, each once."""
    return tuple(dict.fromkeys(event for each in parts for event in each.events))
