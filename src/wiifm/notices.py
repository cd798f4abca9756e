"""Notices: what members are told, one piece at a time: an entry, an award that came or went, a level."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from attrs import frozen

from wiifm.ledger import Award, Entry, Holder, LevelChange

NoticeType: TypeAlias = Literal[
    "entry.written", "award.granted", "award.withdrawn", "level.reached", "level.lost"
]


@frozen(kw_only=True)
class Notice:
    """One thing to tell a holder: its type says what, and ``about`` has all of it.

    ``id`` is the same whenever the notice is delivered, so that whoever gets it twice can tell. ``event`` is the one whose
    recording brought it about.

    >>> change = LevelChange(holder=Holder("member", "ann"), ladder="path", before="newcomer", level="helper",
    ...                      up=True, occurred_at=datetime(2026, 5, 1), event="e1")
    >>> notice = Notice.of("level.reached", "e1", change)
    >>> print(notice.id, notice)
    b2f552aa9a7523ac34441094 ann has reached helper on path
    """

    id: str
    type: NoticeType
    holder: Holder
    event: str
    about: Entry | Award | LevelChange

    @classmethod
    def of(cls, type: NoticeType, event: str, about: Entry | Award | LevelChange) -> Notice:
        """The notice of something that the recording of an event brought about."""
        told = repr((type, event, *about.holder, *_identity(about)))
        name = sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        return cls(id=name, type=type, holder=about.holder, event=event, about=about)

    @property
    def occurred_at(self) -> datetime:
        """When what it tells of happened, in the time of events."""
        return self.about.occurred_at

    def __str__(self) -> str:
        if isinstance(self.about, Award):
            has = "has earned" if self.type == "award.granted" else "no longer has"
            return f"{self.holder} {has} {self.about}"
        return str(self.about)

    def as_json(self) -> dict[str, Any]:
        """The notice as JSON: its type, the time, and as data what it is about."""
        return {
            "type": self.type,
            "timestamp": self.occurred_at.isoformat(),
            "data": {**self.about.as_json(), "because": self.event},
        }


def _identity(about: Entry | Award | LevelChange) -> tuple[object, ...]:
    """What tells it from all else that one event brings about for one holder."""
    if isinstance(about, Entry):
        return about.no, about.rule, about.purse, str(about.amount)
    if isinstance(about, Award):
        return about.badge, about.tier, about.key, about.occurrence
    return about.ladder, about.before, about.level
