"""Recording a stream of events, batch by batch. Each batch is committed as a whole, and only then observers are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from attrs import define, field, frozen

from wiifm.collector import young_generation_only
from wiifm.dispatch import Dispatcher
from wiifm.events import Event
from wiifm.ledger import Receipt, Rejection, Tally
from wiifm.memory import Memory
from wiifm.records import Refused


@frozen
class _Batch:
    """What became of a batch, gathered while it is committed."""

    recorded: int
    duplicates: int
    rejected: list[Rejection]
    pending: int
    failed: list[tuple[str, Refused]]
    receipts: Collection[Receipt]
    late: bool


@define
class _Totals:
    """What became of the batches that were committed."""

    recorded: int = 0
    duplicates: int = 0
    pending: int | None = None
    rejected: list[Rejection] = field(factory=list)
    failed: int = 0

    def add(self, batch: _Batch) -> None:
        """Add a batch."""
        self.recorded += batch.recorded
        self.duplicates += batch.duplicates
        self.pending = batch.pending
        self.rejected += batch.rejected
        self.failed += len(batch.failed)


def record_all(memory: Memory, dispatcher: Dispatcher, events: Iterable[Event]) -> Tally:
    """Record events, and tell observers. Faulty events are rejected; the others are recorded."""
    stream, found, first = iter(events), _Totals(), 0
    with young_generation_only() as collect:
        while chunk := list(islice(stream, memory.at_once)):
            with dispatcher.writing(chunk) as deciding:
                batch = _record(memory, dispatcher, chunk, first)
            found.add(batch)
            first += len(chunk)
            memory.late = batch.late
            dispatcher.note_undecided(batch.failed, deciding)
            dispatcher.notify(batch.receipts)
            collect()
    if found.pending is None:  # there were no events
        with memory.reading():
            found.pending = len(memory.flow.pending)
    return Tally(
        recorded=found.recorded,
        duplicates=found.duplicates,
        pending=found.pending,
        rejected=tuple(found.rejected),
        failed=found.failed,
    )


def _record(memory: Memory, dispatcher: Dispatcher, chunk: list[Event], first: int) -> _Batch:
    """Record one batch. The caller tells observers of it once it is committed."""
    fresh, known, faulty = memory.log.admit(chunk, first)
    commit = memory.commit(fresh)
    events = [event.id for event in commit.events] if dispatcher.observers else []
    receipts = memory.journal.receipts(events, commit.since) if events else {}
    return _Batch(
        recorded=len(fresh),
        duplicates=known,
        rejected=faulty,
        pending=len(memory.flow.pending),
        failed=memory.journal.faults_since(commit.since),
        receipts=receipts.values(),
        late=bool(commit.late),
    )
