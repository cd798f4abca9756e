"""Encodes receipts for a store, without their entries, which are stored by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wiifm.archive.codec import micros, moment_of, pack, unpack
from wiifm.ledger import Award, Entry, Holder, LevelChange, Reason, Receipt, Refusal


def receipt_of(event: str, entries: Iterable[Entry], body: str | None) -> Receipt:
    """The receipt from its entries and its stored body."""
    if body is None:
        return Receipt(event=event, status="recorded", entries=tuple(entries))
    status, why, refusals, awards, withdrawn, levels = unpack(body)
    return Receipt(
        event=event,
        status=status,
        why=why,
        entries=tuple(entries),
        refusals=tuple(_refusal(event, *each) for each in refusals),
        awards=tuple(_award(*each) for each in awards),
        withdrawn=tuple(_award(*each) for each in withdrawn),
        levels=tuple(_level(*each) for each in levels),
    )


def packed(receipt: Receipt) -> str:
    """The body of a receipt to store."""
    refusals = tuple(_refusal_cells(receipt.event, each) for each in receipt.refusals)
    given, gone = (
        tuple(_cells(each) for each in awards) for awards in (receipt.awards, receipt.withdrawn)
    )
    levels = tuple(_level_cells(each) for each in receipt.levels)
    return pack((receipt.status, receipt.why, refusals, given, gone, levels))


def _refusal_cells(event: str, refusal: Refusal) -> tuple[Any, ...]:
    """A refusal as a tuple; its event comes last, and only if it isn't that of the receipt."""
    holder = (*refusal.holder,) if refusal.holder else None
    of = () if refusal.event == event else (refusal.event,)
    return holder, refusal.rule, refusal.reason, refusal.detail, *of


def _cells(award: Award) -> tuple[Any, ...]:
    moment = micros(award.occurred_at)
    holder = (*award.holder,)
    return holder, award.badge, award.tier, award.key, award.occurrence, moment, award.event


def _level_cells(change: LevelChange) -> tuple[Any, ...]:
    holder, moment = (*change.holder,), micros(change.occurred_at)
    return holder, change.ladder, change.before, change.level, change.up, moment, change.event


def _refusal(
    event: str, holder: Any, rule: str, reason: Reason, detail: str, of: str | None = None
) -> Refusal:
    found = Holder(*holder) if holder else None
    return Refusal(event=of or event, holder=found, rule=rule, reason=reason, detail=detail)


def _award(
    holder: Any, badge: str, tier: str, key: str | None, occurrence: Any, at: int, event: str
) -> Award:
    return Award(
        holder=Holder(*holder),
        badge=badge,
        tier=tier,
        key=key,
        occurrence=occurrence,
        occurred_at=moment_of(at),
        event=event,
    )


def _level(
    holder: Any, ladder: str, before: str | None, level: str | None, up: bool, at: int, event: str
) -> LevelChange:
    return LevelChange(
        holder=Holder(*holder),
        ladder=ladder,
        before=before,
        level=level,
        up=up,
        occurred_at=moment_of(at),
        event=event,
    )
