"""The results of recording events: ledger entries, awards, refusals, receipts and standings.

The engine makes these objects from what the folds decided. They are immutable, and the ledger is append-only: a
correction is a further entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from attrs import frozen

from wiifm.faults import InvalidInput
from wiifm.frozendict import FrozenDict, frozen_mappings
from wiifm.one_line import one_line

Amount: TypeAlias = int | Decimal
"""An amount of points: a Decimal if their purse has decimals."""

HolderKind: TypeAlias = Literal["member", "unit", "community"]
"""The kind of a holder."""

KINDS: tuple[HolderKind, ...] = get_args(HolderKind)
"""The kinds of holders, in order."""

Role: TypeAlias = Literal[
    "actor", "recipient", "mentor", "unit", "community", "former_mentor", "mentors_mentor"
]
"""Who is credited for an event, seen from the event."""

Status: TypeAlias = Literal["recorded", "duplicate", "pending", "retracted", "retraction", "void"]
"""What became of an event; see :class:`Receipt`."""

Reason: TypeAlias = Literal[
    "self",
    "gate",
    "limit",
    "fault",
    "capped",
    "floor",
    "split",
    "mutual",
    "reporting",
    "faded",
]
"""Why a rule gave less than its amount; see :class:`Refusal`."""


class Holder(NamedTuple):
    """Who is credited: a member, or a unit or a community as a whole.

    >>> print(Holder("member", "ann")), print(Holder("unit", "Sales"))
    ann
    unit Sales
    (None, None)
    """

    kind: HolderKind
    id: str

    def __str__(self) -> str:
        return self.id if self.kind == "member" else f"{self.kind} {self.id}"

    def as_json(self) -> dict[str, str]:
        """The holder as JSON.

        >>> Holder("unit", "Sales").as_json()
        {'kind': 'unit', 'id': 'Sales'}
        """
        return {"kind": self.kind, "id": self.id}


@frozen(kw_only=True)
class Entry:
    """An entry of the ledger: what a holder got or lost, by which rule, for which event.

    ``no`` numbers the entries from 1. A correction names the entry that it corrects in ``corrects``: one for the same
    event or, with a graded rule, the first one for the same object. ``because`` is the event whose arrival made the entry;
    it differs from ``event`` only if something came late or was retracted. ``book`` is the digest of the rule book that
    decided. ``was`` is that of the previous book, if the entry was made because the store was rescored with another one.

    >>> entry = Entry(no=1, holder=Holder("member", "ann"), purse="points", amount=5, rule="kudos",
    ...               event="e1", occurred_at=datetime(2026, 5, 1), role="recipient",
    ...               say="Bob thanked you", corrects=None, because="e1", book="b")
    >>> print(entry)
    #1  ann  +5 points  kudos  Bob thanked you
    """

    no: int
    holder: Holder
    purse: str
    amount: Amount
    rule: str
    event: str
    occurred_at: datetime
    role: Role
    say: str
    corrects: int | None
    because: str
    book: str
    was: str | None = None

    def __str__(self) -> str:
        note = f"  (corrects #{self.corrects})" if self.corrects else ""
        return one_line(
            f"#{self.no}  {self.holder}  {self.amount:+} {self.purse}  {self.rule}  {self.say}{note}"
        )

    def as_json(self) -> dict[str, Any]:
        """The entry as JSON."""
        return {
            "no": self.no,
            "holder": self.holder.as_json(),
            "purse": self.purse,
            "amount": number(self.amount),
            "rule": self.rule,
            "event": self.event,
            "occurred_at": self.occurred_at.isoformat(),
            "role": self.role,
            "say": self.say,
            "corrects": self.corrects,
            "because": self.because,
            "book": self.book,
            "was": self.was,
        }


def number(amount: Amount | float) -> int | float:
    """An amount as a JSON number.

    >>> number(Decimal("1.25")), number(5)
    (1.25, 5)
    """
    return float(amount) if isinstance(amount, Decimal) else amount


@frozen(kw_only=True)
class Award:
    """A badge that a holder has.

    ``key`` is what it was given for, if the badge counts per object, topic, community, unit, person or pair; else None.
    ``occurrence`` distinguishes the awards of a badge that is given more than once. ``event`` is the event at which it was given.

    >>> Award(holder=Holder("member", "ann"), badge="helper", tier="gold", key=None, occurrence=(),
    ...       occurred_at=datetime(2026, 5, 1), event="e1").tier
    'gold'
    """

    holder: Holder
    badge: str
    tier: str
    key: str | None
    occurrence: tuple[str | int | None, ...]
    occurred_at: datetime
    event: str

    def __str__(self) -> str:
        what = f"{self.badge} {self.tier}".rstrip()
        return what if self.key is None else one_line(f"{what} for {self.key}")

    def as_json(self) -> dict[str, Any]:
        """The award as JSON; ``key`` is called ``object``."""
        return {
            "holder": self.holder.as_json(),
            "badge": self.badge,
            "tier": self.tier or None,
            "object": self.key,
            "occurrence": list(self.occurrence),
            "occurred_at": self.occurred_at.isoformat(),
            "event": self.event,
        }


@frozen(kw_only=True)
class LevelChange:
    """A change of a holder's level on a ladder: ``up`` to a higher one, or down. A level is None below the first.

    Levels are compared before and after each batch. ``event`` is the last event of the batch that gave the holder points,
    or a badge that is a level.

    >>> change = LevelChange(holder=Holder("member", "ann"), ladder="path", before="newcomer", level="helper",
    ...                      up=True, occurred_at=datetime(2026, 5, 1), event="e1")
    >>> print(change)
    ann has reached helper on path
    """

    holder: Holder
    ladder: str
    before: str | None
    level: str | None
    up: bool
    occurred_at: datetime
    event: str

    def __str__(self) -> str:
        if self.up:
            return one_line(f"{self.holder} has reached {self.level} on {self.ladder}")
        back = f"is back on {self.level}" if self.level else "has no level any more"
        return one_line(f"{self.holder} {back} on {self.ladder}, after {self.before}")

    def as_json(self) -> dict[str, Any]:
        """The change as JSON; a level is null below the first."""
        return {
            "holder": self.holder.as_json(),
            "ladder": self.ladder,
            "before": self.before,
            "level": self.level,
            "occurred_at": self.occurred_at.isoformat(),
            "event": self.event,
        }


def rule_label(rule: str) -> str:
    """The ``rule`` of an entry or refusal, as messages name it: a rule, or the badge or level whose bonus it is.

    >>> rule_label("kudos"), rule_label("badge:helper"), rule_label("badge:trust/known")
    ("rule 'kudos'", "badge 'helper'", "level 'trust/known'")
    """
    name = rule.removeprefix("badge:")
    if name == rule:
        return f"rule {rule!r}"
    return f"{'level' if '/' in name else 'badge'} {name!r}"


@frozen(kw_only=True)
class Refusal:
    """What a rule did not give, and the reason.

    With the reasons "self", "gate", "limit" and "fault" (a plugin's function failed) the rule gave nothing. With the others
    it gave less than its amount, if anything: "capped" by what a limit left, "floor" (a deduction) by what there was to take, "split" among
    several recipients, "mutual" because it was given back, "reporting" because one of the two manages the other, and
    "faded" because the mentoring had ended.

    ``event`` is the event that it was not given for: that of the receipt, or another one that was decided anew because of it.

    >>> Refusal(event="e1", holder=Holder("member", "ann"), rule="liked", reason="self", detail="one's own").reason
    'self'
    """

    event: str
    holder: Holder | None
    rule: str
    reason: Reason
    detail: str


@frozen(kw_only=True)
class Receipt:
    """What recording one event did: what it gave to whom, what it didn't give, and why.

    ``entries`` are all ledger entries that it caused, corrections included; ``awards`` and ``withdrawn`` the badges that
    were given and withdrawn; ``levels`` the changes of levels. ``status`` is "recorded", "pending" (its object isn't known
    yet), "retracted" (the event was retracted before it arrived), "retraction", "void" (it can't credit anybody; ``why``
    gives the reason) or "duplicate" (then the rest is that of the first receipt).

    >>> print(Receipt(event="e1", status="pending", why="nobody knows yet who created p1"))
    e1: pending (nobody knows yet who created p1)
    """

    event: str
    status: Status
    why: str = ""
    entries: tuple[Entry, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    awards: tuple[Award, ...] = ()
    withdrawn: tuple[Award, ...] = ()
    levels: tuple[LevelChange, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.event}: {self.status}" + (f" ({self.why})" if self.why else "")]
        lines += [f"  {entry}" for entry in self.entries]
        lines += [f"  {award.holder} has earned {award}" for award in self.awards]
        lines += [f"  {award.holder} no longer has {award}" for award in self.withdrawn]
        lines += [f"  {change}" for change in self.levels]
        lines += [
            f"  {each.rule} gave nothing more{self._for(each)}: {each.detail}"
            for each in self.refusals
        ]
        return "\n".join(map(one_line, lines))

    def _for(self, refusal: Refusal) -> str:
        """The event of a refusal, if it isn't that of the receipt."""
        return "" if refusal.event == self.event else f" for {refusal.event}"


@frozen(kw_only=True, field_transformer=frozen_mappings)
class Standing:
    """What a holder has: points by purse, badges, and the level on each ladder.

    >>> Standing(holder=Holder("member", "ann"), points={"points": 5}, levels={"path": None}).badges
    ()
    """

    holder: Holder
    points: Mapping[str, Amount]
    badges: tuple[Award, ...] = ()
    levels: Mapping[str, str | None] = FrozenDict()


@frozen(kw_only=True)
class Rejection:
    """An event that was refused: its position among the events that were passed, from 0, and the error.

    >>> from wiifm.faults import Fault
    >>> print(Rejection(index=3, error=InvalidInput([Fault("actor", "7", "a text")])))
    actor: found 7, expected a text
    """

    index: int
    error: InvalidInput

    def __str__(self) -> str:
        return str(self.error)


@frozen(kw_only=True)
class Tally:
    """The result of recording many events: how many were new, already recorded, pending, and refused.

    ``rejected`` lists the events that were refused; they were not recorded. ``failed`` is how many decisions of plugins came
    to nothing because the plugin raised or returned a value that isn't allowed. The receipts have each of them,
    ``Engine.faults`` the latest.

    >>> Tally(recorded=2, duplicates=1, pending=0).rejected
    ()
    """

    recorded: int
    duplicates: int
    pending: int
    rejected: tuple[Rejection, ...] = ()
    failed: int = 0
