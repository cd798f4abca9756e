"""The data classes of a member's statement.

Each figure carries the ids of the events that it was computed from, so that :meth:`Statement.why` can explain it. Other members are
given by their ids; members that want to stay hidden are left out. No class here has a place for what a member lost or didn't do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import field, frozen

from wiifm.event_types import Act
from wiifm.faults import UnknownName, literal, nearest
from wiifm.frozendict import frozen_mappings
from wiifm.ledger import Amount, Award, Role, Standing
from wiifm.progress import Progress
from wiifm.statement.outlook import Growth, RunningCampaign, Step

Events: TypeAlias = tuple[str, ...]
"""The ids of the events that a figure was computed from, in order."""

Reply: TypeAlias = Literal["own answer", "own reply", "answer", "reply"]
"""What an object is to the one whose title it is called by: an answer, or another reply; the member's own, or somebody else's."""


@frozen(kw_only=True)
class Earned:
    """What one rule gave in one purse.

    ``amount`` is the total, with all corrections; ``times`` is the number of events, and ``entries`` has the number of the first ledger
    entry of each. ``say`` is the sentence that all these entries share, or else the meaning of the rule (``alike`` is true in both cases);
    if the rule has no meaning, it is the sentence of the latest entry, and ``alike`` is false. ``act`` and ``role`` are the act of
    these events and the member's role in them, if they are the same for all; ``people`` are the other members involved, and
    ``objects`` what was acted on, such as the questions that were answered. ``by_object`` is true for a rule that values all that happens
    to an object together, by a grade or by judges: its events are those at which the value changed, and more may have happened.

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
    role: Role | Literal[""] = ""
    people: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    events: Events = ()
    by_object: bool = False


@frozen(kw_only=True)
class TopicEarned:
    """What was earned on one topic, in one purse. An event about two topics counts for both.

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
    """Another member, and the events in which they are involved.

    >>> Person(member="raj", events=("e1", "e2")).times
    2
    """

    member: str
    events: Events

    @property
    def times(self) -> int:
        """The number of events."""
        return len(self.events)


@frozen(kw_only=True)
class Crossing:
    """Help that crossed a boundary: to another unit, or across levels of the hierarchy.

    ``to`` is the unit, or the number of levels with its sign (``+1`` is one level up); ``people`` are the members who were helped there.
    """

    to: str
    people: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class Used:
    """An object of the member's that others read, liked, used or were helped by, and who they are.

    ``title`` is what it is called. If ``reply`` is set, that is the title of something up its replies, as it has none of its own.
    """

    object: str
    kind: str
    title: str
    reply: Reply | None = None
    people: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class Reach:
    """Whom the member's help reached.

    ``people`` are the members whose questions they answered, who said that something of theirs helped, who used it, whom they mentored, or
    for whom they did something that earned points though its event type has no act. ``answered`` are the members whose questions they
    answered, and ``questions`` these questions, each once however many answers it got. ``units`` are the units that were
    reached, other than the member's own at the time. ``levels`` says how far up or down the hierarchy somebody stands now, if both
    stand below one person.
    """

    people: tuple[Person, ...] = ()
    answered: tuple[Person, ...] = ()
    questions: tuple[str, ...] = ()
    units: tuple[Crossing, ...] = ()
    levels: tuple[Crossing, ...] = ()
    used: tuple[Used, ...] = ()


@frozen(kw_only=True)
class Recognition:
    """One event by which somebody accepted, confirmed, liked or used something of the member's, or thanked them, with their words if any.

    ``title`` and ``reply`` say what its object is called, as those of :class:`Used` do.
    """

    giver: str | None
    act: Act | None
    text: str
    object: str | None
    title: str
    reply: Reply | None = None
    occurred_at: datetime
    event: str


@frozen(kw_only=True)
class Learning:
    """How the member learned.

    ``asked`` are the questions that they asked, ``answered`` those of them that others answered before ``until``, and ``answerers`` these
    others. ``replied`` are their replies to others, ``read`` the events by which they read something of others, and ``objects`` what
    they read.
    """

    asked: Events = ()
    answered: Events = ()
    replied: Events = ()
    read: Events = ()
    objects: tuple[str, ...] = ()
    answerers: tuple[Person, ...] = ()


@frozen(kw_only=True)
class Talent:
    """A topic on which others confirmed the member: who they are, and by which events, as far back as a statement looks."""

    topic: str
    people: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class OpenQuestion:
    """A question of the last 180 days on one of the member's topics that nobody has answered yet."""

    object: str
    title: str
    asker: str | None
    topics: tuple[str, ...]
    occurred_at: datetime
    event: str


@frozen(kw_only=True)
class NewColleague:
    """A member whose first event lies in the last 60 days, and who asked or shared something on one of the member's topics."""

    member: str
    topics: tuple[str, ...]
    since: datetime
    event: str


@frozen(kw_only=True)
class Needed:
    """Where the member is needed: their topics, the open questions on these (the oldest first), and new colleagues who are active on them.

    Questions and colleagues are left out if their member had left when the period ended. ``topics`` are the member's strongest topics, five
    at most. A topic counts one for each answer or contribution of theirs, and three for each confirmation by somebody else.
    """

    topics: tuple[str, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    colleagues: tuple[NewColleague, ...] = ()


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Saved:
    """An estimate of the time that others saved.

    ``minutes`` is the total, ``by`` has the events of each act that saved time, and ``assumed`` the minutes assumed for each act. A person
    counts once for each object, by the act that saved them most.
    """

    minutes: float = 0
    by: Mapping[Act, Events] = field(factory=dict)
    assumed: Mapping[Act, float] = field(factory=dict)


@frozen(kw_only=True)
class FirstStep:
    """A first step for a new member: an act, and what a rule gives for it if the rule states a number."""

    act: Act
    rule: str
    purse: str
    points: float | None


@frozen(kw_only=True)
class Neighbour:
    """A colleague of the same unit, and the topics of their latest contributions."""

    member: str
    topics: tuple[str, ...]
    events: Events


@frozen(kw_only=True)
class Beginning:
    """For a member who has no entry and did nothing yet: what to do first, and which colleagues already do it."""

    steps: tuple[FirstStep, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Statement:
    """What sharing did for a member, and for others, in the period from ``since`` up to, but not including, ``until``.

    ``standing``, ``growth.levels``, ``growth.streaks``, ``growth.kept`` and ``next`` describe the present, whatever the period is; ``needed`` and ``campaigns`` are as of ``until``.
    ``talents`` and ``needed.topics`` follow from the events of the period, of the one of the same length before it, and of the last twelve
    weeks; and, if these are fewer, from the latest 30 answers and contributions of the member, and the latest 30 events by which others
    confirmed or thanked them.

    ``next`` is the progress towards all badges, the nearest first; ``nearest`` are the three badges or levels that the text shows.
    ``str(statement)`` is the text that a member gets to read, in English; for other languages and formats see ``wiifm.showing``.

    >>> from wiifm import Engine, RuleBook
    >>> statement = Engine(RuleBook.load("plugin:sharing")).statement("ann")
    >>> statement.reach.people, statement.beginning.steps[0].act
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
    campaigns: tuple[RunningCampaign, ...] = ()
    needed: Needed = field(factory=Needed)
    saved: Saved = field(factory=Saved)
    beginning: Beginning | None = None
    weeks: tuple[int, ...] = ()
    behind: Mapping[str, Events] = field(factory=dict)
    """The events of the period behind each line about ``growth`` and ``nearest``, by the name of the line."""
    titles: Mapping[str, str] = field(factory=dict)
    """The titles, by id, of the objects that the latest awards of each badge, ever and in the period, are for, and of those that are near an award."""
    replies: Mapping[str, Reply] = field(factory=dict)
    """What those of the objects in ``titles`` are whose title isn't their own, but that of something up their replies."""

    def why(self, line: str) -> Events:
        """Return the ids of the events behind a line.

        Args:
            line: the name of the line, such as ``reach.people`` or ``talents.pricing``.

        Raises:
            UnknownName: the statement has no such line. The message suggests the nearest name.
        """
        found = dict(evidence(self))
        lines = [line] if line in found else self._each(line)
        for each in lines:
            if each not in found:
                message = f"line {literal(each)}: the statement has none of this name"
                raise UnknownName(message, nearest(each, found))
        return tuple(dict.fromkeys(event for each in lines for event in found[each]))

    def _each(self, line: str) -> list[str]:
        """The lines that a name stands for: those of several rules, joined by ``+``, in one purse. Names of purses and rules may contain dots."""
        for purse in dict.fromkeys(each.purse for each in self.earned):
            start = f"earned.{purse}."
            if line.startswith(start):
                return [start + rule for rule in line.removeprefix(start).split("+")]
        return [line]

    def __str__(self) -> str:
        from wiifm.statement.plain import text  # noqa: PLC0415 - a platform that only reads figures needs no words
        from wiifm.statement.telling import tell  # noqa: PLC0415

        return text(tell(self))


def evidence(statement: Statement) -> Iterator[tuple[str, Events]]:
    """Yield the name of each line of a statement, with the events behind it.

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
    for campaign in statement.campaigns:
        yield campaign.line, campaign.events
    yield "needed.questions", tuple(each.event for each in statement.needed.questions)
    yield "needed.colleagues", tuple(each.event for each in statement.needed.colleagues)
    yield "saved", tuple(dict.fromkeys(e for each in statement.saved.by.values() for e in each))
    yield from _of_purses(statement)
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


def _of_purses(statement: Statement) -> Iterator[tuple[str, Events]]:
    """The lines that there are once for each purse: what was deducted in it, and the best topics."""
    for purse in dict.fromkeys(each.purse for each in statement.earned if each.amount < 0):
        less = (e for e in statement.earned if e.purse == purse and e.amount < 0)
        yield f"less.{purse}", tuple(dict.fromkeys(event for e in less for event in e.events))
    for purse in dict.fromkeys(each.purse for each in statement.topics):
        best = (each for each in statement.topics if each.purse == purse and each.amount > 0)
        yield f"by_topic.{purse}", tuple(dict.fromkeys(event for e in best for event in e.events))


def award_line(award: Award) -> str:
    """The name of the line for an award, made of its badge, its tier and its key. Awards that share these share a line."""
    return ".".join(filter(None, ("awards", award.badge, award.tier, award.key)))


def events_of(parts: tuple[Person | Crossing | Neighbour, ...]) -> Events:
    """The events behind several parts of a statement, each once."""
    return tuple(dict.fromkeys(event for each in parts for event in each.events))
