"""Sample notices of every kind."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from attrs import evolve

from wiifm.ledger import Award, Entry, Holder, LevelChange
from wiifm.notices import Notice

_ANN, _SALES = Holder("member", "ann"), Holder("unit", "Sales")
_AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
_ENTRY = Entry(
    no=1,
    holder=_ANN,
    purse="points",
    amount=5,
    rule="kudos",
    event="k1",
    occurred_at=_AT,
    role="recipient",
    say="bøb thanked you: 谢谢",
    corrects=None,
    because="k1",
    book="0123456789abcdef",
)
_AWARD = Award(
    holder=_SALES,
    badge="liked",
    tier="gold",
    key="post-1",
    occurrence=("post-1",),
    occurred_at=_AT,
    event="k1",
)
_UP = LevelChange(
    holder=_ANN,
    ladder="path",
    before=None,
    level="newcomer",
    up=True,
    occurred_at=_AT,
    event="k1",
)
_DOWN = evolve(_UP, before="newcomer", level=None, up=False)

NOTICES = (
    Notice.of("entry.written", "k1", _ENTRY),
    Notice.of(
        "entry.written",
        "r1",
        evolve(_ENTRY, no=2, amount=Decimal("-2.5"), corrects=1, because="r1"),
    ),
    Notice.of("award.granted", "k1", _AWARD),
    Notice.of("award.granted", "k2", evolve(_AWARD, tier="", key=None, occurrence=())),
    Notice.of("award.withdrawn", "r1", _AWARD),
    Notice.of("level.reached", "k1", _UP),
    Notice.of("level.lost", "r1", _DOWN),
)
"""An entry and its correction, awards granted and withdrawn, a level reached and lost."""
