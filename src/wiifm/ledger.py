"""What came of it: entries, awards, refusals, receipts and standings.

These are answers. The engine makes them from what the folds decided; nothing here decides anything,
and nothing here is ever edited: a correction is a further entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from attrs import frozen

from wiifm.faults import InvalidInput

Amount: TypeAlias = int | Decimal
HolderKind: TypeAlias = Literal["member", "unit", "community"]
Status: TypeAlias = Literal["recorded", "duplicate", "pending", "retracted", "retraction", "void"]


class Holder(NamedTuple):
    """Who is credited: a member, or a unit or community that earns as a whole.

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
        """A member, unit or community as JSON.

        >>> Holder("unit", "Sales").as_json()
        {'kind': 'unit', 'id': 'Sales'}
        """
        return {"kind": self.kind, "id": self.id}


@frozen(kw_only=True)
class Entry:
    """One line of the ledger: what a holder got (or lost), by which rule, for which event.

    ``no`` counts the lines from 1. A line that mends an earlier one names it in ``corrects``: for
    the same event, or, under a graded rule, the first line for the same object;
    ``because`` is the event whose arrival made the line, which differs from ``event`` only when
    something came late or was retracted. ``book`` is the digest of the rule book that decided; ``was`` that of the book
    before it, where the line was made because all was decided anew by another book.

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
    role: str
    say: str
    corrects: int | None
    because: str
    book: str
    was: str | None = None

    def __str__(self) -> str:
        mend = f"  (corrects #{self.corrects})" if self.corrects else ""
        return f"#{self.no}  {self.holder}  {self.amount:+} {self.purse}  {self.rule}  {self.say}{mend}"

    def as_json(self) -> dict[str, Any]:
        """The line as JSON."""
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
    """An amount as a number of JSON.

    >>> number(Decimal("1.25")), number(5)
    (1.25, 5)
    """
    return float(amount) if isinstance(amount, Decimal) else amount


@frozen(kw_only=True)
class Award:
    """A badge that a holder has, and for what.

    ``key`` is what it was given for where the badge counts per object, topic, community, unit or
    person. ``occurrence`` tells awards of a badge that is given again apart.

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
        return what if self.key is None else f"{what} for {self.key}"

    def as_json(self) -> dict[str, Any]:
        """The award as JSON; ``object`` is what it was given for."""
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
    """That a holder stands on another level of a ladder than before: ``up``, on a higher one, or on a lower one.

    Levels are compared before and after each batch. ``event`` is the last one in it that
    brought the holder points, or a badge that makes a level.

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
            return f"{self.holder} has reached {self.level} on {self.ladder}"
        back = f"is back on {self.level}" if self.level else "has no level any more"
        return f"{self.holder} {back} on {self.ladder}, after {self.before}"

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


def named(rule: str) -> str:
    """What entries and refusals call their rule, for messages: a rule, or the badge or level whose bonus it is.

    >>> named("kudos"), named("badge:helper"), named("badge:trust/known")
    ("rule 'kudos'", "badge 'helper'", "level 'trust/known'")
    """
    name = rule.removeprefix("badge:")
    if name == rule:
        return f"rule {rule!r}"
    return f"{'level' if '/' in name else 'badge'} {name!r}"


@frozen(kw_only=True)
class Refusal:
    """What a rule did not give, and why: self, gate, limit, split, capped, mutual, reporting, faded, floor or fault.

    ``capped`` is a grant cut to what a limit left over, ``floor`` a deduction cut to what there was to take; ``split`` is the part of one of several; ``mutual`` and
    ``reporting`` are less for what is given back, or to one's own manager or report, ``faded`` for a former mentor. The others gave nothing.

    ``event`` is the one that it was not given for: that of the receipt, or another one, which was decided anew because of that.

    >>> Refusal(event="e1", holder=Holder("member", "ann"), rule="liked", reason="self", detail="one's own").reason
    'self'
    """

    event: str
    holder: Holder | None
    rule: str
    reason: str
    detail: str


@frozen(kw_only=True)
class Receipt:
    """What recording one event did: what it gave to whom and why, and what it didn't, and why not.

    ``entries`` are all ledger lines that it caused, corrections included; ``awards`` and
    ``withdrawn`` the badges that came and went, ``levels`` who stands on another level than before. ``status`` is recorded, pending (its object isn't
    known yet), retracted (it was taken back before it came), retraction, void (it can credit
    nobody, ``why`` says the reason) or duplicate (then the rest is that of the first receipt).

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
        lines += [f"  {gone.holder} no longer has {gone}" for gone in self.withdrawn]
        lines += [f"  {change}" for change in self.levels]
        lines += [
            f"  {no.rule} gave nothing more{self._for(no)}: {no.detail}" for no in self.refusals
        ]
        return "\n".join(lines)

    def _for(self, refusal: Refusal) -> str:
        """Which event a refusal is of, where it is another one."""
        return "" if refusal.event == self.event else f" for {refusal.event}"


@frozen(kw_only=True)
class Standing:
    """What a holder has now: points by purse, badges, and the level on each ladder.

    >>> Standing(holder=Holder("member", "ann"), points={"points": 5}, levels={"path": None}).badges
    ()
    """

    holder: Holder
    points: Mapping[str, Amount]
    badges: tuple[Award, ...] = ()
    levels: Mapping[str, str | None] = {}


@frozen(kw_only=True)
class Rejection:
    """An event that was refused: its place among those that were handed over, from 0, and why.

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
    """What became of many events: how many were new, known already, and refused as faulty.

    ``rejected`` tells of each event that was refused; nothing of it was recorded. ``failed`` is how many decisions of plugins
    came to nothing, since the plugin raised or answered what it mustn't; the receipts tell of each, and ``Engine.faults`` of the latest.

    >>> Tally(recorded=2, duplicates=1, pending=0).rejected
    ()
    """

    recorded: int
    duplicates: int
    pending: int
    rejected: tuple[Rejection, ...] = ()
    failed: int = 0
