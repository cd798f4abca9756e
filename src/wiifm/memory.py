"""Everything that an engine remembers, and how a batch of events becomes part of it: as a whole, or not at all.

``Memory`` holds all of it in the process. ``archive.Archive`` is the subclass that keeps it in a store.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import islice
from threading import RLock
from typing import ClassVar, Self

from attrs import define, field, frozen

from wiifm.accounts import Accounts, Bookings
from wiifm.activities import in_order
from wiifm.deciding import NOT_CLOSED, NOT_READ, deciding, refuse_while_deciding
from wiifm.deeds import Deeds
from wiifm.events import Event
from wiifm.folds.flow import Flow, refolded
from wiifm.forks import register_after_fork
from wiifm.journal import Journal, Mark
from wiifm.ledger import Holder, HolderKind, Receipt
from wiifm.log import Log
from wiifm.program import Program, compile_book
from wiifm.program.writing import note_part
from wiifm.records import Booked, History, Outcomes
from wiifm.rulebook.book import RuleBook


@frozen
class Commit:
    """A batch that was committed: the journal's lengths before it, its events, and those that came late."""

    since: Mark
    fresh: list[Event]
    late: list[Event]

    @property
    def events(self) -> list[Event]:
        """The events in the order in which they took effect: those in order by time, then the late ones."""
        if not self.late:
            return in_order(self.fresh)
        late = {event.id for event in self.late}
        return [*in_order([event for event in self.fresh if event.id not in late]), *self.late]


@define(eq=False)
class Memory:
    """The log, the three folds over it, the ledger, and the journal."""

    batch: ClassVar[int] = 1_000
    """The least number of events that are committed at once. So few stay in the processor's cache between one pass and the next."""
    most: ClassVar[int] = sys.maxsize
    """The greatest number of events that are committed at once while they come late. No bound, as all are in memory anyway."""
    late: bool = field(default=False, init=False)
    """Whether any event of the last batch came late."""
    book: RuleBook
    program: Program
    log: Log
    out: Outcomes
    flow: Flow
    accounts: Accounts
    effect_order: list[str] | None = None
    """The ids of all events in the order in which they took effect, if somebody asks for events by their numbers."""
    journal: Journal = field(init=False)
    deeds: Deeds = field(init=False)
    _failed: tuple[list[Event], Mark] | None = field(default=None, init=False)
    """The events of a batch that failed, and the journal's lengths before it, until it is rolled back."""
    _begun: tuple[int, Mark] | None = field(default=None, init=False)
    """The lengths of the log and the journal before the batch that is being committed."""
    _lock: RLock = field(factory=RLock, init=False)
    """Held by the thread that records or reads. The others wait."""

    def __attrs_post_init__(self) -> None:
        self.deeds = Deeds(self.log)
        self.journal = Journal(self.accounts, self.out)
        register_after_fork(self, type(self).after_fork_in_child)

    @classmethod
    def of(cls, book: RuleBook) -> Self:
        """An empty memory."""
        program, out = compile_book(book), Outcomes()
        log = Log(book, program.admit)
        return cls(book, program, log, out, Flow(program, log, out), Accounts(book, out.booked))

    @contextmanager
    def writing(self, events: list[Event]) -> Iterator[None]:
        """A context in which events are committed. If anything interrupts it, none of them is recorded, and they may be sent again."""
        with self._lock:
            if self._failed is not None:
                self._roll_back()
            self._begun = self.log.size, self.journal.mark()
            try:
                yield
            except BaseException:
                self._note_failed()
                self._roll_back()
                raise
            finally:
                self._begun = None

    def reading(self) -> AbstractContextManager[object]:
        """A context in which everything that is read belongs to one moment.

        Raises:
            StillDeciding: a plugin's function that decides a batch of this memory is trying to read.
        """
        refuse_while_deciding(self, NOT_READ)
        if self._failed is not None:
            with self._lock:
                self._roll_back()
        return self._lock  # itself, as any other context would take longer than a short reading, or could be left locked by an interrupt

    def after_fork_in_child(self) -> None:
        """Start again in the child of a fork. The batch of a thread that stayed in the parent is rolled back before anything else."""
        if self._lock.acquire(blocking=False):  # no other thread had it
            self._lock.release()
            return
        self._lock = RLock()
        self._note_failed()

    @property
    def at_once(self) -> int:
        """How many events to commit at once: while events come late up to half of the log, as each batch repairs the past once."""
        return max(self.batch, min(self.log.size // 2, self.most)) if self.late else self.batch

    def prefetch(self, events: list[Event]) -> None:
        """Load what some events depend on that are about to be recorded."""

    def stamp(self) -> Hashable:
        """A value that changes whenever something is recorded."""
        return self.log.size

    def prefetch_facts(self, events: list[Event], objects: Iterable[str]) -> None:
        """Load whether some recorded events count, whom they are for, and who created some objects."""

    def happened(
        self,
        community: str | None,
        topic: str | None,
        since: datetime | None,
        until: datetime | None,
    ) -> Bookings | None:
        """What was booked for events in a community and on a topic, in a time.

        None if it is faster to look at everything of that time.
        """
        return None

    def let_go(self) -> None:
        """Drop what was only read, if there is too much of it."""

    def commit(self, fresh: list[Event]) -> Commit:
        """Fold new events of the log, and write what they bring about."""
        since = self.journal.mark()
        try:
            late = self._receive(fresh)
            self._repair(late)
            self.journal.note_levels(since, self.log.events)
        except BaseException as error:
            note_part(error)
            raise
        commit = Commit(since, fresh, late)
        if self.effect_order is not None:
            self.effect_order += [event.id for event in commit.events]
        return commit

    def record(self, event: Event) -> Receipt:
        """Commit one event, unless it was recorded before; return its receipt."""
        if not self.log.is_new(event):
            return self.journal.duplicate_receipt(event.id)
        self.log.append(event)
        since = self.commit([event]).since
        return self.journal.receipts([event.id], since)[event.id]

    def receipts_by_number(self, numbers: Sequence[int]) -> dict[int, Receipt]:
        """The receipts of the events with some numbers in the order of commits, from 1, as far as there are such events."""
        events = self.effect_order or []
        found = [(no, events[no - 1]) for no in numbers if no <= len(events)]
        return {no: self.journal.receipt(event) for no, event in found}

    def _receive(self, fresh: list[Event]) -> list[Event]:
        """Fold the events that come in order; return the late ones."""
        late, uncredited = self.flow.receive(fresh)
        for event, state, why in uncredited:
            self.journal.note(event.id, state, why)
        return late

    def _repair(self, late: list[Event]) -> None:
        """Repair what late events change."""
        if late:
            for change in self.flow.repair(late):
                self.journal.write(change, self.flow)
            for event in late:
                self.journal.note_status(self.flow, event.id)

    def _note_failed(self) -> None:
        """Note that the batch that was begun must be rolled back, if it has come so far that anything is left of it."""
        if self._begun is None or self._failed is not None:
            return
        size, since = self._begun
        if self.log.size > size:
            self._failed = [*islice(self.log.events.values(), size, None)], since

    def _roll_back(self) -> None:
        """Return to the state before a batch that failed, if one did: drop what it wrote, and make the folds anew.

        The folds may fail again, as they call plugins. Then this is repeated before anything is read or recorded.
        """
        if self._failed is None:
            return
        fresh, since = self._failed
        self.flow = None  # type: ignore[assignment] # if the folds fail again, a thread that waits to read fails, too
        for event in fresh:
            self.log.remove(event)
        if self.effect_order is not None:
            del self.effect_order[self.log.size :]
        self.journal.roll_back(since, [event.id for event in fresh])
        try:
            with deciding(self):
                self.flow = refolded(self.program, self.log, self.out)
        except BaseException as error:
            note_part(error)
            raise
        self.journal.note_current_levels(self.flow.histories)
        self._failed = None

    def credited(self) -> Iterator[History]:
        """The histories of all holders that have any activity, or a kept badge."""
        return filter(is_credited, self.flow.histories)

    def groups(self, kind: HolderKind) -> list[Holder]:
        """The units, or the communities, that have any activity, or a kept badge."""
        found = self.flow.histories.of_kind(kind)
        return [each.holder for each in found if is_credited(each)]

    def booked(self, of: Iterable[Holder]) -> Iterator[tuple[Holder, Iterable[Booked]]]:
        """Some holders, each with the rows that were booked for it."""
        found: dict[Holder, list[Booked]] = {each: [] for each in of}
        for _, row in self.accounts.of_holder(None) if found else ():
            if row[0].holder in found:
                found[row[0].holder].append(row)
        yield from found.items()

    def knows(self, holder: Holder) -> bool:
        """Whether a holder has any activity, or a kept badge."""
        found = self.flow.histories.get(holder)
        return found is not None and is_credited(found)

    def members_near(self, name: str) -> Iterable[str]:
        """Names of members to search for the one most like a name."""
        return (each.holder.id for each in self.credited() if each.holder.kind == "member")

    def events_near(self, event: str) -> Iterable[str]:
        """Ids of events to search for the one most like an id."""
        return self.log.events

    def close(self) -> None:
        """Release what is outside of the process."""
        refuse_while_deciding(self, NOT_CLOSED)


def is_credited(found: History) -> bool:
    """Whether the holder of a history has any activity, which may have earned nothing, or a kept badge."""
    return bool(found.state.day or found.kept)
