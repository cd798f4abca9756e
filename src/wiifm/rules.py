"""What a rule book says about points: rules, limits, gates and purses.

Each class is a table of the TOML rule book, key by key; the nouns only. What they mean together is
checked in ``rulebook``, compiled in ``program``, and decided in ``folds``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

Role: TypeAlias = Literal[
    "actor", "recipient", "mentor", "unit", "community", "former_mentor", "mentors_mentor"
]
Scalar: TypeAlias = str | int | float | bool

ROLES: tuple[Role, ...] = (
    *("actor", "recipient", "mentor", "unit", "community"),
    *("former_mentor", "mentors_mentor"),
)
MENTORS: tuple[Role, ...] = ("mentor", "former_mentor", "mentors_mentor")
OF_MERIT: tuple[Role, ...] = (*MENTORS, "unit")
"""The roles that are somebody's: of the member whose merit it is."""

HOLDERS: dict[Role, Literal["member", "unit", "community"]] = {
    "actor": "member",
    "recipient": "member",
    "mentor": "member",
    "unit": "unit",
    "community": "community",
    "former_mentor": "member",
    "mentors_mentor": "member",
}
"""Of which kind the holder is whom a role credits."""

LARGEST_AMOUNT = 10**15
"""No amount, limit or threshold is larger than this in size."""

DECIMALS = range(10)
"""How many decimals a purse may have."""

FINEST = 6
"""Gates count in steps of so many decimals, so that rules of different purses may share one."""

SPLIT = ("among", "number")
"""The fields of an event that is one of several for one thing: how many there are, and which one it is."""

LIMIT_KEYS = ("object", "person", "topic", "community")
GATE_KEYS = ("actor", "recipient", "object", "in_reply_to", "community", "unit", "all")


@frozen(kw_only=True)
class Purse:
    """A currency that points are counted in.

    Amounts are exact: a purse counts in steps of ``10 ** -decimals``, and rounds half to even.
    Deductions never take a holder below ``floor``.

    >>> Purse(id="karma", floor=0).decimals
    0
    """

    id: str
    decimals: int = 0
    floor: float | None = None
    means: str = ""


@frozen(kw_only=True)
class Limit:
    """How much a receiver may get: ``points`` or ``times``, within ``per``.

    ``per`` lists at most one calendar period (day, week, month, year, ever) and any of object,
    person, topic, community. With ``net`` a deduction makes room again. A limit for ``all`` holds
    for every rule of its purse that isn't ``exempt``.

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
    """How often something scarce may be used, whoever is credited for it.

    ``of`` says what it is scarce for: the giver (actor), a recipient, an object, the object it
    replies to, a community, a unit, several of them together, or ``all``. The first ``times``
    claims stand (or those that fit into ``points``), each ``per`` period; with ``carry`` what a
    period leaves is there in the next one, up to so much. With ``distinct = "actor"`` a second
    claim of the same actor is refused.

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
    """For whom a rule holds: members of these units, events in these communities; empty is everybody.

    >>> Audience(units=("sales",)).communities
    ()
    """

    units: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()


@frozen(kw_only=True)
class Graded:
    """A grant that follows an aggregate over all events on one object, and is re-graded with each.

    ``by`` is the measure (count, sum, max, mean, latest, distinct), ``value`` what is measured: a field or
    an expression. ``steps`` are pairs of a threshold and the points it is worth in all.

    >>> Graded(by="mean", value="score").steps
    ()
    """

    by: str
    value: str = ""
    steps: tuple[tuple[float, float], ...] = ()


@frozen(kw_only=True)
class Judged:
    """A grant that follows what several judges say of one object, and is re-graded with each judgement.

    Of each actor the latest event on the object counts: ``value`` is what they say of it, a field or an expression;
    null is no judgement. ``by`` makes one value of them: mean, median, trimmed (the mean without the ``trim`` highest and
    lowest, as a part of them), or a measure of a plugin. Where ``original`` names another object, the judgement is that it is a duplicate of
    it: worth ``share`` of what the same judge says of the original.

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
    """What is left of an amount where people are close: a share of it, from 0 to less than 1.

    ``mutual`` is left of what is given back: where the recipient gave to the actor by the same rule ``within`` the time
    before. ``reporting`` is left of what is given to one's own manager or report. Of both the smaller one counts.

    >>> Weaker(mutual=0.5).within
    '30 days'
    """

    mutual: float | None = None
    within: str = "30 days"
    reporting: float | None = None


@frozen(kw_only=True)
class Fade:
    """What is left for a former mentor: the whole in the first ``per`` after the mentoring ended, then a ``share`` of what was left in the one before.

    After so many ``times`` of ``per`` nothing is.

    >>> Fade(share=0.5, times=3).per
    '30 days'
    """

    share: float
    per: str = "30 days"
    times: int


@frozen(kw_only=True)
class Rule:
    """One reason to credit somebody: on which events, to whom, how much, and what they are told.

    ``points`` is a number, or an expression of the event's fields. ``of`` overrides whose merit it
    is (whose mentor and unit are meant). With ``split`` the amount is shared by all whom an event is one of several for, as
    :func:`wiifm.to_each` makes them. ``kind`` names a rule kind of a plugin, ``settings`` are
    its own. ``test`` is a plugin's function, asked in addition to ``where``.

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


RuleStep: TypeAlias = Callable[[Any, Any, Mapping[str, Any]], tuple[Hashable, "int | float | None"]]


@frozen(kw_only=True)
class RuleKind:
    """How a plugin's kind of rule decides: ``step(state, activity, settings) -> (state, amount)``.

    ``start`` is the state before the first activity. The step is pure: it reads no clock, does no I/O,
    and its state can be compared and is never changed in place. An amount of None gives nothing.

    >>> RuleKind(name="once", step=lambda state, activity, settings: (True, None if state else 5)).start
    """

    name: str
    step: RuleStep
    start: Hashable = None
    version: str = ""
    by: str = field(default="", eq=False)
    """How messages name the plugin that contributed it."""
