"""What each event brought about, so that its first receipt can be given again at any time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count
from typing import Literal, TypeAlias, cast

from attrs import define, evolve, field

from wiifm.accounts import Accounts
from wiifm.activities import order_of
from wiifm.events import Event
from wiifm.folds.flow import Flow
from wiifm.folds.repair import HistoryChange
from wiifm.ledger import Award, Holder, LevelChange, Receipt, Refusal, Status
from wiifm.levels import Ladders
from wiifm.program.amounts import in_points
from wiifm.records import AwardCell, Awarded, AwardKey, History, Outcomes, Refused

Line: TypeAlias = tuple[Literal["rows", "awarded", "refused", "withdrawn", "levels"], int]
"""Where something that belongs to a receipt stands: in which list, at which index."""


@define
class Mark:
    """The lengths of the journal's lists at some moment."""

    rows: int = 0
    awarded: int = 0
    refused: int = 0
    withdrawn: int = 0
    levels: int = 0


@define(eq=False)
class Journal:
    """Awards given and withdrawn, refusals, changes of levels, and why events weren't simply recorded.

    Each item of ``out`` and ``levels`` names the event that caused it; for rows, :meth:`Accounts.cause` knows it.
    """

    accounts: Accounts
    out: Outcomes
    levels: list[LevelChange] = field(factory=list)
    statuses: dict[str, tuple[Status, str]] = field(factory=dict)
    _refused: dict[int, str] = field(factory=dict)
    """The event that was refused something, by the index of the refusal, where another event caused it."""
    _by_cause: dict[str, list[Line]] = field(factory=dict)
    _indexed: Mark = field(factory=Mark)
    _ladders: Ladders = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ladders = Ladders.of(self.accounts.book)

    def mark(self) -> Mark:
        """The present lengths."""
        out = self.out
        return Mark(
            len(self.accounts.rows),
            len(out.awarded),
            len(out.refused),
            len(out.withdrawn),
            len(self.levels),
        )

    def roll_back(self, since: Mark, events: Iterable[str]) -> None:
        """Drop what was written since a mark, for events whose batch failed."""
        for event in events:
            self.statuses.pop(event, None)
        self._unindex()
        self.accounts.truncate(since.rows)
        self.out.refused.truncate(since.refused)
        self._refused = {n: event for n, event in self._refused.items() if n < since.refused}
        del self.out.awarded[since.awarded :]
        del self.out.withdrawn[since.withdrawn :]
        del self.levels[since.levels :]

    def write(self, change: HistoryChange, flow: Flow) -> None:
        """Write what a repair pass changed in one history: entries, awards, and refusals.

        Refusals are written of events that newly credit the holder, or are worth less than before.
        """
        reported = change.newly_credited | self.accounts.write(change)
        events = flow.log.events
        for key, cell in change.gained.items():
            self.out.awarded.append((change.history, events[change.cause_of(cell[:2])], key, cell))
        for key, cell in change.lost.items():
            self.out.withdrawn.append(
                (change.history, events[change.cause_of(cell[:2])], key, cell)
            )
        new_faults = self._new_faults(change, reported)
        for refused in (
            *(row for row in change.outcomes.refused if row[1].id in reported),
            *new_faults,
        ):
            self._refuse(change, flow, refused)

    def _refuse(self, change: HistoryChange, flow: Flow, refused: Refused) -> None:
        """Write a refusal that a repair pass decided, with its cause."""
        history, event, grant, reason, detail = refused
        because = flow.log.events[change.cause_of(order_of(event))]
        if because.id != event.id:
            self._refused[len(self.out.refused)] = event.id
        self.out.refused.append((history, because, grant, reason, detail))

    def _new_faults(self, change: HistoryChange, reported: set[str]) -> Iterable[Refused]:
        """Faults of plugins that didn't occur when their event came; the first one of each rule, as others may well follow from it."""
        if "fault" not in change.outcomes.refused.reasons(0):
            return ()
        failed = [
            row
            for row in change.outcomes.refused
            if row[3] == "fault" and row[1].id not in reported
        ]
        known = self.faults_at({row[1].id for row in failed})
        first: dict[str, Refused] = {}
        for row in failed:
            if (row[1].id, row[0].holder, row[2].rule) not in known:
                first.setdefault(row[2].rule, row)
        return first.values()

    def faults_at(self, events: Collection[str]) -> set[tuple[str, Holder, str]]:
        """The faults of plugins that the receipts of some events tell of: the event, the holder and the rule of each."""
        self._index()
        lines = ((event, line) for event in events for line in self._by_cause.get(event, ()))
        rows = ((event, self.out.refused[n]) for event, (which, n) in lines if which == "refused")
        return {(event, row[0].holder, row[2].rule) for event, row in rows if row[3] == "fault"}

    def note_levels(self, since: Mark, events: Mapping[str, Event]) -> None:
        """Write the changes of levels since a mark, each with the event that caused it.

        ``events`` has the events of the log by id.
        """
        booked = self.accounts.rows.first_cells(since.rows)
        numbers = dict(zip(booked, count(since.rows + 1), strict=False))  # of each the last
        awarded = [*self.out.awarded[since.awarded :], *self.out.withdrawn[since.withdrawn :]]
        moves = self._ladders.moves(numbers, awarded)
        if not moves:
            return
        awards = {row[0]: row[1] for row in awarded}
        for history, steps, before, after in moves:
            if steps.badges:
                event = awards[history]
            else:
                event = events[self.accounts.cause(numbers[history])]
            change = LevelChange(
                holder=history.holder,
                ladder=steps.ladder,
                before=steps.named(before),
                level=steps.named(after),
                up=after > before,
                occurred_at=event.occurred_at,
                event=event.id,
            )
            self.levels.append(change)

    def faults_since(self, since: Mark) -> list[tuple[str, Refused]]:
        """The faults of plugins since a mark (they raised, or gave a wrong answer), each with the id of the event."""
        refused = self.out.refused
        if "fault" not in refused.reasons(since.refused):
            return []
        rows = ((number, refused[number]) for number in range(since.refused, len(refused)))
        return [(self._refused.get(no, row[1].id), row) for no, row in rows if row[3] == "fault"]

    def note_current_levels(self, histories: Iterable[History]) -> None:
        """Store the present levels in histories, after the folds were made anew."""
        for history in histories:
            self._ladders.note_current_levels(history)

    def note(self, event: str, state: str, why: str) -> None:
        """Remember why an event credits nobody."""
        self.statuses[event] = (cast(Status, state), why)

    def note_status(self, flow: Flow, event: str) -> None:
        """Remember the status of an event that came late, unless it was simply recorded."""
        found = flow.log.events[event]
        if flow.log.is_retraction(found):
            self.statuses[event] = ("retraction", self._retraction(flow, str(found.retracts)))
        elif event in flow.log.retractions:
            by = flow.log.retractions[event][0].id
            self.statuses[event] = ("retracted", f"the event {by} takes it back")
        else:
            related = flow.relate(found)
            if related.state != "live":
                self.note(event, related.state, related.why)

    def _retraction(self, flow: Flow, target: str) -> str:
        known = flow.log.events.get(target)
        if known is None:
            return f"the event {target} isn't known yet; it will count for nothing when it comes"
        if flow.log.is_retraction(known):
            return f"the event {target} is a retraction itself, and those are final: this has no effect"
        return f"the event {target} no longer counts"

    def receipts(self, events: Iterable[str], since: Mark) -> dict[str, Receipt]:
        """The receipts of events, made of what was written since a mark."""
        found: dict[str, list[Line]] = {event: [] for event in events}
        for cause, line in self._lines(since):
            if cause in found:
                found[cause].append(line)
        return {event: self._receipt(event, lines) for event, lines in found.items()}

    def receipt(self, event: str) -> Receipt:
        """The first receipt of an event, however long ago."""
        self._index()
        rows: list[Line] = [("rows", number - 1) for number in self.accounts.of_cause(event)]
        return self._receipt(event, [*rows, *self._by_cause.get(event, ())])

    def _index(self) -> None:
        """Extend the index by cause to what was written since, rows excepted."""
        try:
            for cause, line in self._beside_rows(self._indexed):
                self._by_cause.setdefault(cause, []).append(line)
            self._indexed = self.mark()
        except BaseException:
            self._unindex()
            raise

    def _unindex(self) -> None:
        """Drop the index by cause."""
        self._by_cause.clear()
        self._indexed = Mark()

    def duplicate_receipt(self, event: str) -> Receipt:
        """The receipt for an event that came again: its first receipt, with the status "duplicate"."""
        first = self.receipt(event)
        why = f"it was {first.status} before; nothing was changed"
        return evolve(first, status="duplicate", why=f"{why}: {first.why}" if first.why else why)

    def _lines(self, since: Mark) -> Iterator[tuple[str, Line]]:
        """Everything written since a mark, each with its cause."""
        for number in range(since.rows, len(self.accounts.rows)):
            yield self.accounts.cause(number + 1), ("rows", number)
        yield from self._beside_rows(since)

    def _beside_rows(self, since: Mark) -> Iterator[tuple[str, Line]]:
        """Everything but rows written since a mark, each with its cause."""
        for number in range(since.awarded, len(self.out.awarded)):
            yield self.out.awarded[number][1].id, ("awarded", number)
        for number in range(since.refused, len(self.out.refused)):
            yield self.out.refused[number][1].id, ("refused", number)
        for number in range(since.withdrawn, len(self.out.withdrawn)):
            yield self.out.withdrawn[number][1].id, ("withdrawn", number)
        for number in range(since.levels, len(self.levels)):
            yield self.levels[number].event, ("levels", number)

    def _receipt(self, event: str, lines: list[Line]) -> Receipt:
        status, why = self.statuses.get(event, ("recorded", ""))
        found: dict[str, list[int]] = {}
        for which, number in lines:
            found.setdefault(which, []).append(number)
        return Receipt(
            event=event,
            status=status,
            why=why,
            entries=tuple(self.accounts.entry(number + 1) for number in found.get("rows", [])),
            refusals=tuple(map(self._refusal, found.get("refused", []))),
            awards=tuple(_award(self.out.awarded[n]) for n in found.get("awarded", [])),
            withdrawn=tuple(_award(self.out.withdrawn[n]) for n in found.get("withdrawn", [])),
            levels=tuple(self.levels[n] for n in found.get("levels", [])),
        )

    def _refusal(self, number: int) -> Refusal:
        history, because, grant, reason, detail = self.out.refused[number]
        if not isinstance(detail, str):
            words, left, wanted = detail
            decimals = self.accounts.book.purses[grant.purse].decimals
            detail = f"{words} leaves {in_points(left, decimals)} of {in_points(wanted, decimals)}"
        event = self._refused.get(number, because.id)
        return Refusal(
            event=event, holder=history.holder, rule=grant.rule, reason=reason, detail=detail
        )


def _award(awarded: Awarded) -> Award:
    history, _, key, cell = awarded
    return award(history.holder, key, cell)


def award(holder: Holder, key: AwardKey, cell: AwardCell) -> Award:
    """An :class:`Award`, from its key and its cell."""
    badge, tier, occurrence = key
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
