"""Rules, limits, gates and purses: the parts of a rule book that say who gets how many points.

Each class holds the keys of a table of the TOML rule book, and decides nothing. ``rulebook`` checks a book as a whole,
``program`` compiles it, and ``folds`` runs it. ``docs/reference/semantics.md`` defines what each key means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from attrs import field, frozen

from wiifm.frozendict import frozen_mappings
from wiifm.ledger import HolderKind, Role

Scalar: TypeAlias = str | int | float | bool

ROLES: tuple[Role, ...] = (
    *("actor", "recipient", "mentor", "unit", "community"),
    *("former_mentor", "mentors_mentor"),
)
MENTORS: tuple[Role, ...] = ("mentor", "former_mentor", "mentors_mentor")
MERIT_ROLES: tuple[Role, ...] = (*MENTORS, "unit")
"""The roles that depend on whose merit an event is: that member's mentors and unit."""

HOLDER_KINDS: dict[Role, HolderKind] = {
    "actor": "member",
    "recipient": "member",
    "mentor": "member",
    "unit": "unit",
    "community": "community",
    "former_mentor": "member",
    "mentors_mentor": "member",
}
"""The kind of holder that each role credits."""

LARGEST_AMOUNT = 10**15
"""The largest absolute value of an amount, limit or threshold."""

DECIMALS = range(10)
"""How many decimals a purse may have."""

GATE_DECIMALS = 6
"""Gates count points with this many decimals, so that rules with different purses may share a gate."""

SPLIT = ("among", "number")
"""The fields of an event that ``to_each`` made: how many events there are for one occasion, and which one this is."""

LIMIT_KEYS = ("object", "person", "topic", "community")
GATE_KEYS = ("actor", "recipient", "object", "in_reply_to", "community", "unit", "all")


@frozen(kw_only=True)
class Purse:
    """A currency that points are counted in.

    Amounts are exact multiples of ``10 ** -decimals``, rounded half to even. Deductions never take a holder below ``floor``.

    >>> Purse(id="karma", floor=0).decimals
    0
    """

    id: str
    decimals: int = 0
    floor: float | None = None
    means: str = ""


@frozen(kw_only=True)
class Limit:
    """How much a holder may receive: at most so many ``points``, or so many ``times``, within ``per``.

    ``per`` lists at most one calendar period (day, week, month, year, ever) and any of object, person, topic and
    community. With ``net`` a deduction makes room for more. A limit with ``all`` holds for every rule of its purse that
    isn't ``exempt``.

    >>> Limit(points=200, per=("day",), net=True).times is None
    True
    """

    id: str = ""
    points: float | None = None
    times: int | None = None
    per: tuple[str, ...] = ("ever",)
    net: bool = False
    all: bool = False
    purse: str = "points"
    means: str = ""


@frozen(kw_only=True)
class Gate:
    """How often something scarce may be used, such as what a giver may give in a week, whoever is credited.

    ``of`` says what has a gate of its own: each actor, recipient, object, object that is replied to, community or unit,
    each combination of several of these, or ``all`` together. In each ``per`` period the first ``times`` claims stand, or
    those that fit into ``points``. With ``carry``, what a period leaves is added to the next one, up to that number. With
    ``distinct = "actor"``, a second claim of the same actor is refused.

    >>> Gate(of=("actor",), times=5, per="week", carry=10).points is None
    True
    """

    id: str = ""
    of: tuple[str, ...] = ("all",)
    times: int | None = None
    points: float | None = None
    per: str = "ever"
    carry: float | None = None
    distinct: Literal["actor"] | None = None
    means: str = ""


@frozen(kw_only=True)
class Audience:
    """For whom a rule holds: holders in these units, events in these communities. An empty tuple means any.

    >>> Audience(units=("sales",)).communities
    ()
    """

    units: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()


@frozen(kw_only=True)
class Graded:
    """An amount that depends on an aggregate over all events on one object. Each further event computes it anew.

    ``by`` is the measure (count, sum, max, mean, median, latest or distinct), ``value`` the field or expression that is
    measured. ``steps`` are pairs of a threshold and the points that reaching it is worth in total.

    >>> Graded(by="mean", value="score").steps
    ()
    """

    by: str
    value: str = ""
    steps: tuple[tuple[float, float], ...] = ()


@frozen(kw_only=True)
class Judged:
    """An amount that depends on how several judges value one object. Each further judgement computes it anew.

    The latest event of each actor on the object is their judgement. ``value`` is a field or an expression; null is no
    judgement. ``by`` combines the values: mean, median, trimmed (the mean without the highest and lowest, of which ``trim``
    is the share at each end), or a measure of a plugin. Where ``original`` names another object, the judge says that this
    one is a duplicate: it is worth ``share`` of the same judge's value for the original.

    >>> Judged(by="mean", value="score", original="duplicate_of", share=0.1).trim
    0
    """

    by: str
    value: str
    trim: float = 0
    original: str | None = None
    share: float = 0


@frozen(kw_only=True)
class Weaker:
    """Which share of an amount is left between people who are close, from 0 to less than 1.

    ``mutual`` holds if the recipient gave to the actor by the same rule ``within`` the time before; ``reporting`` holds
    if one of the two manages the other. If both hold, the smaller share counts.

    >>> Weaker(mutual=0.5).within
    '30 days'
    """

    mutual: float | None = None
    within: str = "30 days"
    reporting: float | None = None


@frozen(kw_only=True)
class Fade:
    """Which share of an amount is left for a former mentor: all of it in the first ``per`` after the mentoring ended.

    In each further ``per`` it is ``share`` of what was left in the one before; after ``times`` of them nothing is left.

    >>> Fade(share=0.5, times=3).per
    '30 days'
    """

    share: float
    per: str = "30 days"
    times: int


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Rule:
    """One reason to credit somebody: on which events, to whom, how much, and what they are told.

    ``points`` is a number, or an expression of the event's fields. ``of`` overrides whose merit the event is, and so
    whose mentor and unit are meant. With ``split`` the amount is divided among all recipients of an event that
    ``wiifm.to_each`` made. ``kind`` names a plugin's rule kind, which reads ``settings``. ``test`` is a plugin's function:
    it must return true, in addition to ``where``.

    >>> Rule(id="thanks", on=("kudos.given",), to="recipient", points=5).purse
    'points'
    """

    id: str
    on: tuple[str, ...]
    to: Role = "actor"
    points: int | float | str | None = None
    purse: str = "points"
    of: Literal["actor", "recipient"] | None = None
    where: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    audience: Audience = Audience()
    limit: tuple[str | Limit, ...] = ()
    exempt: tuple[str, ...] = ()
    gate: str | Gate | None = None
    graded: Graded | None = None
    judged: Judged | None = None
    weaker: Weaker | None = None
    fade: Fade | None = None
    split: bool = False
    self_credit: bool = False
    say: str = ""
    means: str = ""
    kind: str | None = None
    settings: Mapping[str, Scalar] = field(factory=dict)
    test: Callable[..., bool] | None = None
    version: str = ""
