"""What each recorded event brought about, kept so that its first receipt can be given again at any time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from attrs import define, evolve, field

from wiifm.accounts import Accounts
from wiifm.folds.flow import Flow, Turn
from wiifm.ledger import Award, Holder, Receipt, Refusal, Status
from wiifm.program.amounts import in_points
from wiifm.program.grants import Refused

Notice: TypeAlias = tuple[str, Holder, tuple[Any, ...], tuple[Any, ...], bool]
"""A badge that came (True) or went: cause, holder, key and cell of the award."""

Denied: TypeAlias = tuple[str, Holder, Refused]
"""A grant that was refused: the event, the holder, and what was refused."""


@define
class Mark:
    """How long the journal was at some moment."""

    rows: int = 0
    notices: int = 0
    refused: int = 0


@define
class Journal:
    """Notices of awards, refusals, and what was said of events that weren't simply recorded."""

    accounts: Accounts
    notices: list[Notice] = field(factory=list)
    refused: list[Denied] = field(factory=list)
    statuses: dict[str, tuple[Status, str]] = field(factory=dict)

    def mark(self) -> Mark:
        """Where the journal stands now."""
        return Mark(len(self.accounts.rows), len(self.notices), len(self.refused))

    def write(self, turn: Turn) -> None:
        """Take in what a turn changed: entries, awards, and what was refused to new activities."""
        self.accounts.write(turn)
        holder = turn.history.holder
        for key, cell in turn.given.items():
            self.notices.append((turn.cause_of(cell[1]), holder, key, cell, True))
        for key, cell in turn.gone.items():
            self.notices.append((turn.cause_of(cell[1]), holder, key, cell, False))
        for change, cause in turn.changes:
            if change.before is None and change.after is not None:
                self.refused += ((cause, holder, refusal) for refusal in change.after.refused)
                change.after.refused = ()

    def note_status(self, flow: Flow, event: str) -> None:
        """Remember what became of an event, unless it was simply recorded."""
        found = flow.log.events[event]
        related = flow.related.get(event)
        if flow.log.is_retraction(found):
            self.statuses[event] = ("retraction", self._retraction(flow, str(found.retracts)))
        elif event in flow.log.retractions:
            by = flow.log.retractions[event][0].id
            self.statuses[event] = ("retracted", f"the event {by} had taken it back before it came")
        elif related is not None and related.state != "live":
            self.statuses[event] = (related.state, related.why)

    def _retraction(self, flow: Flow, target: str) -> str:
        known = flow.log.events.get(target)
        if known is None:
            return f"the event {target} isn't known yet; it will count for nothing when it comes"
        if flow.log.is_retraction(known):
            return f"the event {target} is a retraction itself, and those are final: this has no effect"
        return f"the event {target} no longer counts"

    def receipts(self, events: Iterable[str], since: Mark) -> dict[str, Receipt]:
        """The receipts of events, from what was written since a mark."""
        found = {event: self._blank(event) for event in events}
        for number in range(since.rows, len(self.accounts.rows)):
            cause = self.accounts.rows[number][5]
            if cause in found:
                found[cause].entries.append(self.accounts.entry(number + 1))
        for cause, holder, key, cell, came in self.notices[since.notices :]:
            if cause in found:
                (found[cause].awards if came else found[cause].withdrawn).append(
                    award(holder, key, cell)
                )
        for cause, holder, refused in self.refused[since.refused :]:
            if cause in found:
                found[cause].refusals.append(self._refusal(holder, refused))
        return {event: draft.receipt() for event, draft in found.items()}

    def _refusal(self, holder: Holder, refused: Refused) -> Refusal:
        rule, reason, detail = refused
        if not isinstance(detail, str):
            words, left, wanted = detail
            book = self.accounts.book
            decimals = book.purses[book.rules[rule].purse].decimals
            detail = f"{words} leaves {in_points(left, decimals)} of {in_points(wanted, decimals)}"
        return Refusal(holder=holder, rule=rule, reason=reason, detail=detail)

    def _blank(self, event: str) -> _Draft:
        status, why = self.statuses.get(event, ("recorded", ""))
        return _Draft(event, status, why)

    def again(self, event: str) -> Receipt:
        """The first receipt of an event, for one that came again."""
        first = self.receipts([event], Mark())[event]
        return evolve(
            first, status="duplicate", why=f"it was {first.status} before; nothing was changed"
        )


@define
class _Draft:
    event: str
    status: Status
    why: str
    entries: list[Any] = field(factory=list)
    refusals: list[Refusal] = field(factory=list)
    awards: list[Award] = field(factory=list)
    withdrawn: list[Award] = field(factory=list)

    def receipt(self) -> Receipt:
        return Receipt(
            event=self.event,
            status=self.status,
            why=self.why,
            entries=tuple(self.entries),
            refusals=tuple(self.refusals),
            awards=tuple(self.awards),
            withdrawn=tuple(self.withdrawn),
        )


def award(holder: Holder, key: tuple[Any, ...], cell: tuple[Any, ...]) -> Award:
    """An award as a noun, from the key and the value of its cell."""
    _, badge, tier, occurrence = key
    at, event, what = cell
    return Award(
        holder=holder,
        badge=badge,
        tier=tier,
        key=what,
        occurrence=occurrence,
        occurred_at=at,
        event=event,
    )
