"""What a culture report is made of. Nouns only; each figure is defined in docs/explanation/culture.md, with its source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypedDict

from attrs import frozen

from wiifm.culture.figures import Figure
from wiifm.event_types import Act

TARGET = 0.20
"""Which part of a workforce is to contribute, where a programme is to carry itself."""


class Asked(TypedDict, total=False):
    """What a report may be asked for beside its time.

    ``fewest`` persons are behind each figure; as many as the book says unless given. ``units`` and ``managers`` say for members where they belong
    and to whom they report, and stand above what profiles say. ``minutes`` is what each act is assumed to save others.
    ``named`` names first believers and experts; the book must allow it.
    """

    fewest: int
    units: Mapping[str, str]
    managers: Mapping[str, str]
    minutes: Mapping[Act, float]
    purse: str
    named: bool


@frozen(kw_only=True)
class Week:
    """One week: who took part, who contributed, and how many of those who were there at its end had ever contributed by then.

    ``days`` of its seven lie in the time that is told, from its first or to its last day; each as far as it goes. A week of fewer
    is told as far as it lies in it, and isn't one to set beside others.
    """

    begins: date
    days: int
    active: int
    contributing: int
    spread: int


@frozen(kw_only=True)
class UnitAdoption:
    """How far one unit is: its members, and which part of them took part and contributed."""

    unit: str
    members: int
    active: Figure
    contributing: Figure


@frozen(kw_only=True)
class Adoption:
    """Who takes part, against the target; and how many are new, came back and fell silent from one period to the next."""

    members: int
    active: Figure
    contributing: Figure
    target: float
    period_days: int
    now_active: int
    before_active: int
    new: int
    returned: int
    silent: int
    units: tuple[UnitAdoption, ...]


@frozen(kw_only=True)
class Participation:
    """How evenly it is spread: who only looks on, what the busiest contribute, and inequality of giving and receiving help."""

    onlookers: Figure
    top_1: Figure
    next_9: Figure
    other_90: Figure
    gini_contributing: Figure
    gini_giving: Figure
    gini_receiving: Figure
    half_of_help: Figure
    lorenz_giving: tuple[tuple[float, float], ...]
    lorenz_receiving: tuple[tuple[float, float], ...]


@frozen(kw_only=True)
class UnitSpread:
    """How it began in one unit: when the first member contributed, and the days until the ``fewest``-th did; who began, if named."""

    unit: str
    began: date
    members: int
    contributors: int
    days: Figure
    first: str | None = None


@frozen(kw_only=True)
class Spread:
    """The first believers: early contributors, how many of them had a colleague of their unit follow, and after how many days."""

    contributors: int
    early: int
    followed: Figure
    lag_days: Figure
    followers: int
    units: tuple[UnitSpread, ...]
    named: tuple[str, ...] = ()


@frozen(kw_only=True)
class Manner:
    """What people do when they contribute: send to many, share, or converse; and how often each act was done."""

    broadcasting: Figure
    sharing: Figure
    conversing: Figure
    acts: Mapping[Act, int]


@frozen(kw_only=True)
class Mixture:
    """How much stays within units; and what would, by chance: if units were dealt out anew, and by how much each unit gives and gets."""

    within: Figure
    by_chance: Figure
    by_activity: Figure
    count: int


@frozen(kw_only=True)
class Flow:
    """Where help and contact go: across units, levels and reporting lines. ``matrix`` has a row for each unit that gives."""

    help: Mixture
    contact: Mixture
    across_levels: Figure
    help_along_lines: Figure
    contact_along_lines: Figure
    lines_by_chance: Figure
    upwards: Figure
    units: tuple[str, ...]
    matrix: tuple[tuple[int | None, ...], ...]
    persons: int
    hanging_together: Figure
    reciprocity: Figure
    givers_of_thanks: int
    receivers_of_thanks: int


@frozen(kw_only=True)
class Answering:
    """What becomes of questions: how many another person answered, how many were solved, and the hours until the first answer."""

    questions: int
    answered: Figure
    solved: Figure
    hours: Figure
    hours_of_three_quarters: Figure


@frozen(kw_only=True)
class Topic:
    """What is known about a topic: which members help with it, and on how few it rests. It is orphaned when none of its helpers took part lately.

    ``help`` is how often they did, and 0 where fewer than ``fewest`` helped: that would be what each of a few did.
    """

    topic: str
    persons: int
    helpers: int
    help: int
    bus_factor: int
    orphaned: bool
    named: tuple[str, ...] = ()


@frozen(kw_only=True)
class Knowledge:
    """Topics with enough persons, most help first; and how many others there are."""

    topics: tuple[Topic, ...]
    withheld: int
    orphaned: int
    resting_on_one: int


@frozen(kw_only=True)
class Mentoring:
    """Who has a mentor: of all, and of those who came in the last half-year."""

    mentors: int
    mentored: Figure
    newcomers: Figure


@frozen(kw_only=True)
class Saved:
    """Hours that sharing saved others: an estimate, and the minutes that it assumes for each act."""

    hours: Figure
    times: Mapping[Act, int]
    minutes: Mapping[Act, float]


@frozen(kw_only=True)
class RuleShare:
    """What part of the points one rule gave, of those that the rules gave that are told."""

    rule: str
    share: float


@frozen(kw_only=True)
class Rewards:
    """Whether points go where help went; and whether one rule drowns the others. ``withheld`` rules gave points to too few to be told."""

    purse: str
    points_and_help: Figure
    rules: tuple[RuleShare, ...]
    withheld: int
    effective_rules: Figure
    drowning: str | None


@frozen(kw_only=True)
class Culture:
    """Whether knowledge flows: the organisation's report over a time, in which no figure is of fewer than ``fewest`` persons.

    ``since`` counts, ``until`` no longer does; members are those who hadn't left by then. :func:`~wiifm.culture.as_json` makes it JSON.

    >>> from wiifm import Engine, RuleBook
    >>> Engine(RuleBook.load("plugin:sharing")).culture().adoption.active.withheld
    'fewer than 5 persons'
    """

    book: str
    since: datetime | None
    until: datetime
    first_day: date | None
    fewest: int
    events: int
    adoption: Adoption
    participation: Participation
    spread: Spread
    weeks: tuple[Week, ...]
    manner: Manner
    flow: Flow
    answering: Answering
    knowledge: Knowledge
    mentoring: Mentoring
    saved: Saved
    rewards: Rewards
