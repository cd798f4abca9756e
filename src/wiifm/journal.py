"""What each recorded event brought about, kept so that its first receipt can be given again at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

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


Line: TypeAlias = tuple[Literal["rows", "notices", "refused"], int]
"""Where something that was written stands: in which list, at which place."""


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
    _by_cause: dict[str, list[Line]] = field(factory=dict)
    _indexed: Mark = field(factory=Mark)

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
        found: dict[str, list[Line]] = {event: [] for event in events}
        for cause, line in self._lines(since):
            if cause in found:
                found[cause].append(line)
        return {event: self._receipt(event, lines) for event, lines in found.items()}

    def receipt(self, event: str) -> Receipt:
        """The first receipt of an event, whenever that was."""
        for cause, line in self._lines(self._indexed):
            self._by_cause.setdefault(cause, []).append(line)
        self._indexed = self.mark()
        return self._receipt(event, self._by_cause.get(event, []))

    def again(self, event: str) -> Receipt:
        """The first receipt of an event, for one that came again."""
        first = self.receipt(event)
        why = f"it was {first.status} before; nothing was changed"
        return evolve(first, status="duplicate", why=f"{why}: {first.why}" if first.why else why)

    def _lines(self, since: Mark) -> Iterator[tuple[str, Line]]:
        """What was written since a mark, each with its cause: where it stands in which list."""
        for number in range(since.rows, len(self.accounts.rows)):
            yield self.accounts.rows[number][5], ("rows", number)
        for number in range(since.notices, len(self.notices)):
            yield self.notices[number][0], ("notices", number)
        for number in range(since.refused, len(self.refused)):
            yield self.refused[number][0], ("refused", number)

    def _receipt(self, event: str, lines: list[Line]) -> Receipt:
        status, why = self.statuses.get(event, ("recorded", ""))
        notices = [self.notices[number] for which, number in lines if which == "notices"]
        return Receipt(
            event=event,
            status=status,
            why=why,
            entries=tuple(self.accounts.entry(n + 1) for which, n in lines if which == "rows"),
            refusals=tuple(self._refusal(n) for which, n in lines if which == "refused"),
            awards=tuple(award(who, key, cell) for _, who, key, cell, came in notices if came),
            withdrawn=tuple(
                award(who, key, cell) for _, who, key, cell, came in notices if not came
            ),
        )

    def _refusal(self, number: int) -> Refusal:
        _, holder, (rule, reason, detail) = self.refused[number]
        if not isinstance(detail, str):
            words, left, wanted = detail
            book = self.accounts.book
            decimals = book.purses[book.rules[rule].purse].decimals
            detail = f"{words} leaves {in_points(left, decimals)} of {in_points(wanted, decimals)}"
        return Refusal(holder=holder, rule=rule, reason=reason, detail=detail)


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
