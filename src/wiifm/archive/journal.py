"""The receipts in a store. Those of earlier batches are read as needed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import define, evolve, field

from wiifm.archive.accounts import StoredAccounts
from wiifm.archive.past import StoredHistory
from wiifm.archive.receipts import packed, receipt_of
from wiifm.archive.rows import BECAUSE, EVENT, NO, WAS
from wiifm.archive.tables import ENTRIES, RECEIPTS
from wiifm.folds.flow import Flow
from wiifm.folds.repair import HistoryChange
from wiifm.journal import Journal, Mark
from wiifm.ledger import Entry, Holder, Receipt
from wiifm.stores.protocol import Row


def _own(row: Row) -> bool:
    """Whether an entry was written when its own event was recorded."""
    return row[BECAUSE] is None and row[WAS] is None


@define(eq=False)
class StoredJournal(Journal):
    """The receipts of events, in a store."""

    accounts: StoredAccounts = field(kw_only=True)

    def write(self, change: HistoryChange, flow: Flow) -> None:
        """Note what a change of a history brought about."""
        assert isinstance(change.history, StoredHistory)
        change.history.touch()
        super().write(change, flow)

    def receipt(self, event: str) -> Receipt:
        """The first receipt of a recorded event."""
        return self.receipts_of([event])[event]

    def receipts_of(self, events: list[str]) -> dict[str, Receipt]:
        """The first receipts of some recorded events."""
        rows = self.accounts.rows
        reading = rows.scope.open
        keys = [(event,) for event in events]
        booked = reading.find(ENTRIES, keys, index="event")
        mine = [row for row in booked if _own(row)]
        mine += reading.find(ENTRIES, keys, index="because")
        by_no = {int(row[NO]): str(row[BECAUSE] or row[EVENT]) for row in mine}  # type: ignore[arg-type]
        entries: dict[str, list[Entry]] = {event: [] for event in events}
        for no in rows.hold(mine):
            entries[by_no[no]].append(self.accounts.entry(no))
        bodies = {str(event): str(body) for event, body in reading.find(RECEIPTS, keys)}
        return {event: receipt_of(event, entries[event], bodies.get(event)) for event in events}

    def faults_at(self, events: Collection[str]) -> set[tuple[str, Holder, str]]:
        """Where plugins raised instead of deciding when some events were recorded, in this batch or before: event, holder and rule."""
        rows = [row for row in self.out.refused if row[1].id in events and row[3] == "fault"]
        found = {(row[1].id, row[0].holder, row[2].rule) for row in rows}
        keys = [(event,) for event in events]
        for event, body in self.accounts.rows.scope.open.find(RECEIPTS, keys):
            refusals = receipt_of(str(event), (), str(body)).refusals
            faults = [each for each in refusals if each.reason == "fault"]
            found |= {(str(event), each.holder, each.rule) for each in faults if each.holder}
        return found

    def new_rows(self, since: Mark) -> list[Row]:
        """The rows of ``RECEIPTS`` for this batch: what the entries don't tell."""
        told: dict[str, list[Any]] = {event: [] for event in self.statuses}
        for cause, line in self._lines(evolve(since, rows=len(self.accounts.rows))):
            told.setdefault(cause, []).append(line)
        return [(event, packed(self._receipt(event, lines))) for event, lines in told.items()]

    def end(self) -> None:
        """Forget what was new in this batch: it is in the store now."""
        self.statuses.clear()
        for found in (self.out.booked, self.out.refused):
            found.truncate(0)
        self._refused.clear()
        self.out.awarded.clear()
        self.out.withdrawn.clear()
        self.levels.clear()
