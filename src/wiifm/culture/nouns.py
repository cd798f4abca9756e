"""The parts of a culture report. docs/explanation/culture.md defines each figure, with its source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypedDict

from attrs import frozen

from wiifm.culture.figures import Figure
from wiifm.event_types import Act
from wiifm.frozendict import frozen_mappings

TARGET = 0.20
"""The share of members who should contribute for a programme to sustain itself."""


class Asked(TypedDict, total=False):
    """The arguments of a report, except its period. None stands for the default.

    ``fewest``: how many persons must be behind each figure; by default what the book says. ``units`` and ``managers``: by member, their
    unit and manager, which take precedence over profiles. ``minutes``: how many minutes each act is assumed to save others. ``purse``: the
    points to compare with help. ``named``: whether to name early contributors and experts, which the book must allow.
    """

    fewest: int | None
    units: Mapping[str, str] | None
    managers: Mapping[str, str] | None
    minutes: Mapping[Act, float] | None
    purse: str | None
    named: bool


@frozen(kw_only=True)
class Week:
    """One week: who was active, who contributed, and how many of those who were there at its end had ever contributed.

    ``days`` is how many of its seven days lie in the period. If it is fewer than seven, which happens in the first and last week, don't
    compare the week with others.
    """

    begins: date
    days: int
    active: int
    contributing: int
    spread: int


@frozen(kw_only=True)
class UnitAdoption:
    """One unit: its members, and the shares of them who were active and contributed."""

    unit: str
    members: int
    active: Figure
    contributing: Figure


@frozen(kw_only=True)
class Adoption:
    """Who takes part, compared with the target; and how many members are new, returned or fell silent between two periods."""

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
    """How evenly participation is spread: onlookers, the shares of the busiest, and the inequality of giving and receiving help."""

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
    """How contributing began in one unit: the day of the first contributor (named if allowed), and the days until the ``fewest``-th."""

    unit: str
    began: date
    members: int
    contributors: int
    days: Figure
    first: str | None = None


@frozen(kw_only=True)
class Spread:
    """Early contributors, how many of them were followed by a colleague of their unit, and after how many days (median)."""

    contributors: int
    early: int
    followed: Figure
    lag_days: Figure
    followers: int
    units: tuple[UnitSpread, ...]
    named: tuple[str, ...] = ()


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Manner:
    """How people contribute: by broadcasting, sharing or conversing; and how often each act was done."""

    broadcasting: Figure
    sharing: Figure
    conversing: Figure
    acts: Mapping[Act, int]


@frozen(kw_only=True)
class Mixture:
    """The share of flows within units, and its expectation by chance: if members were dealt out to units at random, and by unit activity."""

    within: Figure
    by_chance: Figure
    by_activity: Figure
    count: int


@frozen(kw_only=True)
class Flow:
    """Where help and contact go: across units, levels and reporting lines. ``matrix`` has a row for each unit that gives help.

    A cell of ``matrix`` is None if too few persons are behind it.
    """

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
    """What becomes of questions: how many were answered by somebody else, how many were solved, and the hours until the first answer."""

    questions: int
    answered: Figure
    solved: Figure
    hours: Figure
    hours_of_three_quarters: Figure


@frozen(kw_only=True)
class Topic:
    """A topic: how many members help with it, and how few of them give most of the help. It is orphaned if none of them was active lately.

    ``help`` is how often they helped; it is 0 if fewer than ``fewest`` did, as it would show what each of a few did.
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
    """Topics with enough persons, those with the most help first; and how many are withheld."""

    topics: tuple[Topic, ...]
    withheld: int
    orphaned: int
    resting_on_one: int


@frozen(kw_only=True)
class Mentoring:
    """How many have a mentor: of all members, and of those who came in the last half-year."""

    mentors: int
    mentored: Figure
    newcomers: Figure


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Saved:
    """An estimate of the hours that sharing saved others, with how often each act was done and the minutes that it is assumed to save."""

    hours: Figure
    times: Mapping[Act, int]
    minutes: Mapping[Act, float]


@frozen(kw_only=True)
class RuleShare:
    """The share of the points that one rule gave, among the rules that the report shows."""

    rule: str
    share: float


@frozen(kw_only=True)
class BadgeTier:
    """How many members hold a badge in one tier (``""`` if it has none), and how many of them got it in the period.

    Both count what members hold now, as far as it was given before the end of the period. A figure that would be of too few persons, alone or
    less another one, is withheld; 0 isn't.
    """

    badge: str
    tier: str
    held: Figure
    got: Figure


@frozen(kw_only=True)
class Rewards:
    """Whether points follow help, and whether one rule outweighs all others. ``withheld`` rules gave points to too few persons to be shown."""

    purse: str
    points_and_help: Figure
    rules: tuple[RuleShare, ...]
    withheld: int
    effective_rules: Figure
    drowning: str | None


@frozen(kw_only=True)
class Culture:
    """The culture report over a period. No figure is about fewer than ``fewest`` persons.

    The period includes ``since`` and excludes ``until``. Members are those who hadn't left by its end. ``badges`` has each tier of each badge
    that the book gives to members. :func:`~wiifm.culture.as_json` converts the report to JSON.

    >>> from wiifm import Engine, RuleBook
    >>> Engine(RuleBook.load("plugin:sharing")).culture().adoption.active.withheld
    'would tell of fewer than 5 persons'
    """

    book: str
    since: datetime | None
    until: datetime
    first_day: date | None
    fewest: int
    deeds: int
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
    badges: tuple[BadgeTier, ...]
