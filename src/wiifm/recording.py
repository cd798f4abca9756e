"""Recording a stream of events, batch by batch. Each batch is committed as a whole, and only then observers are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from wiifm.collector import young_generation_only
from wiifm.dispatch import Dispatcher
from wiifm.events import Event
from wiifm.ledger import Receipt, Rejection, Tally
from wiifm.memory import Commit, Memory


def record_all(memory: Memory, dispatcher: Dispatcher, events: Iterable[Event]) -> Tally:
    """Record events, and tell observers. Faulty events are rejected; the others are recorded."""
    stream, first, recorded, duplicates, failed = iter(events), 0, 0, 0, 0
    pending: int | None = None
    rejected: list[Rejection] = []
    with young_generation_only() as collect:
        while chunk := list(islice(stream, memory.at_once)):
            with dispatcher.writing(chunk) as deciding:
                fresh, known, faulty = memory.log.admit(chunk, first)
                commit = memory.commit(fresh)
                receipts = _receipts(memory, dispatcher, commit)
                undecided = memory.journal.faults_since(commit.since)
                pending = len(memory.flow.pending)
            first += len(chunk)
            recorded += len(fresh)
            duplicates += known
            rejected += faulty
            failed += len(undecided)
            memory.late = bool(commit.late)
            dispatcher.note_undecided(undecided, deciding)
            dispatcher.notify(receipts)
            collect()
    if pending is None:  # there were no events
        with memory.reading():
            pending = len(memory.flow.pending)
    return Tally(
        recorded=recorded,
        duplicates=duplicates,
        pending=pending,
        rejected=tuple(rejected),
        failed=failed,
    )


def _receipts(memory: Memory, dispatcher: Dispatcher, commit: Commit) -> Collection[Receipt]:
    """The receipts of a batch, if there are observers, who are told of them once it is committed."""
    events = [event.id for event in commit.events] if dispatcher.observers else []
    return memory.journal.receipts(events, commit.since).values() if events else ()
