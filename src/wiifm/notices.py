"""Notices: what deliveries are told, one change at a time: an entry, an award given or withdrawn, a level reached or lost."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from attrs import frozen

from wiifm.ledger import Award, Entry, Holder, LevelChange
from wiifm.one_line import one_line

NoticeType: TypeAlias = Literal[
    "entry.written", "award.granted", "award.withdrawn", "level.reached", "level.lost"
]
"""What kind of change a notice tells."""


@frozen(kw_only=True)
class Notice:
    """One change for one holder: ``type`` says what kind, ``about`` has the details.

    ``id`` is the same at each delivery of the notice, so that a receiver recognises duplicates. ``event`` is the id of the
    event whose recording caused the change.

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
        """The notice of a change that the recording of an event caused."""
        told = repr((type, event, *about.holder, *_identity(about)))
        name = sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        return cls(id=name, type=type, holder=about.holder, event=event, about=about)

    @property
    def occurred_at(self) -> datetime:
        """The time of the event at which the change happened."""
        return self.about.occurred_at

    def __str__(self) -> str:
        if isinstance(self.about, Award):
            has = "has earned" if self.type == "award.granted" else "no longer has"
            return one_line(f"{self.holder} {has} {self.about}")
        return str(self.about)

    def as_json(self) -> dict[str, Any]:
        """The notice as JSON: its type, its time, and the change as ``data``."""
        return {
            "type": self.type,
            "timestamp": self.occurred_at.isoformat(),
            "data": {**self.about.as_json(), "because": self.event},
        }


def _identity(about: Entry | Award | LevelChange) -> tuple[object, ...]:
    """What identifies a change among all that one event causes for one holder."""
    if isinstance(about, Entry):
        return about.no, about.rule, about.purse, str(about.amount)
    if isinstance(about, Award):
        return about.badge, about.tier, about.key, about.occurrence
    return about.ladder, about.before, about.level
