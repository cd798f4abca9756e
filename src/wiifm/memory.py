"""All that an engine remembers, and how events come to be part of it: all of a batch, or nothing.

``Memory`` holds everything in the process. Whatever keeps it elsewhere answers the same.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import ClassVar, Self

from attrs import define, field, frozen

from wiifm.accounts import Accounts, Bookings
from wiifm.deeds import Deeds
from wiifm.events import Event
from wiifm.folds.flow import Flow, in_order, refolded
from wiifm.journal import Journal, Mark
from wiifm.ledger import Holder, HolderKind, Receipt
from wiifm.log import Log
from wiifm.program import Program, compile_book
from wiifm.program.writing import note_part
from wiifm.records import Booked, History, Outcomes
from wiifm.rulebook.book import RuleBook

BATCH = 5_000
"""How many events a store commits at once, at least."""


@frozen
class Commit:
    """A batch that was committed: where the journal stood before, its events, and those of them that came late."""

    since: Mark
    fresh: list[Event]
    late: list[Event]

    @property
    def events(self) -> list[Event]:
        """The events in the order in which they took effect: those in order by time, then those that came late."""
        if not self.late:
            return in_order(self.fresh)
        behind = {event.id for event in self.late}
        return [*in_order([event for event in self.fresh if event.id not in behind]), *self.late]


@define(eq=False)
class Memory:
    """The log, the three folds over it, the ledger, and what was said of each event."""

    batch: ClassVar[int] = 1_000
    """How many events are committed at once, at least: so few stay in the cache of the processor from one look at them to the next."""
    most: ClassVar[int] = sys.maxsize
    """How many are at most, where some came late: here all are held anyway."""
    late: bool = field(default=False, init=False)
    """Whether any of the events of the last batch came late."""
    book: RuleBook
    program: Program
    log: Log
    out: Outcomes
    flow: Flow
    accounts: Accounts
    effect_order: list[str] | None = None
    """The ids of all events in the order in which they took effect, for whoever asks by their numbers."""
    journal: Journal = field(init=False)
    deeds: Deeds = field(init=False)
    _failed: tuple[list[Event], Mark] | None = field(default=None, init=False)
    """The events of a batch that failed, and where the journal stood before it, until all is as before."""

    def __attrs_post_init__(self) -> None:
        self.deeds = Deeds(self.log)
        self.journal = Journal(self.accounts, self.out)

    @classmethod
    def of(cls, book: RuleBook) -> Self:
        """An empty one."""
        program, out = compile_book(book), Outcomes()
        log = Log(book, program.admit)
        return cls(book, program, log, out, Flow(program, log, out), Accounts(book, out.booked))

    @contextmanager
    def writing(self, events: list[Event]) -> Iterator[None]:
        """A block in which some events are looked at, and those that are new are committed.

        Whatever interrupts it, nothing of these events is recorded then, and they may be sent again.
        """
        self._roll_back()
        size, since = self.log.size, self.journal.mark()
        try:
            yield
        except BaseException:
            if self.log.size > size:
                self._failed = [*islice(self.log.events.values(), size, None)], since
                self._roll_back()
            raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A block in which what is read belongs together."""
        self._roll_back()
        yield

    @property
    def at_once(self) -> int:
        """How many events are committed at once: while they come late as many as half of the log, since a batch mends the past once."""
        return max(self.batch, min(self.log.size // 2, self.most)) if self.late else self.batch

    def prefetch(self, events: list[Event]) -> None:
        """Have at hand what is behind some events that are about to be looked at."""

    def stamp(self) -> Hashable:
        """How far it has come: another wherever something was recorded."""
        return self.log.size

    def prefetch_facts(self, events: list[Event], objects: Iterable[str]) -> None:
        """Have at hand whether some recorded events count, whom they were for, and who made some objects."""

    def happened(
        self,
        community: str | None,
        topic: str | None,
        since: datetime | None,
        until: datetime | None,
    ) -> Bookings | None:
        """What was booked for what happened in a community, and on a topic, in a time; None where it is best found by looking at all of the time."""
        return None

    def let_go(self) -> None:
        """Hold nothing that was only looked at, where too much of it is held."""

    def commit(self, fresh: list[Event]) -> Commit:
        """Fold new events of the log, and note what came of them."""
        since = self.journal.mark()
        try:
            late = self._receive(fresh)
            self._mend(late)
            self.journal.note_levels(since, self.log.events)
        except BaseException as error:
            note_part(error)
            raise
        commit = Commit(since, fresh, late)
        if self.effect_order is not None:
            self.effect_order += [event.id for event in commit.events]
        return commit

    def record(self, event: Event) -> Receipt:
        """Commit an event, unless it was recorded before; answers what came of it then."""
        if not self.log.is_new(event):
            return self.journal.duplicate_receipt(event.id)
        self.log.append(event)
        since = self.commit([event]).since
        return self.journal.receipts([event.id], since)[event.id]

    def receipts_by_number(self, numbers: Sequence[int]) -> dict[int, Receipt]:
        """The receipts of the events with some numbers in the order of commits, from 1, as far as there are such."""
        placed = self.effect_order or []
        found = [(no, placed[no - 1]) for no in numbers if no <= len(placed)]
        return {no: self.journal.receipt(event) for no, event in found}

    def _receive(self, fresh: list[Event]) -> list[Event]:
        """Fold what comes in order; answers what doesn't."""
        late, told = self.flow.receive(fresh)
        for event, state, why in told:
            self.journal.note(event.id, state, why)
        return late

    def _mend(self, late: list[Event]) -> None:
        """Fold what comes late."""
        if late:
            for change in self.flow.repair(late):
                self.journal.write(change, self.flow)
            for event in late:
                self.journal.note_status(self.flow, event.id)

    def _roll_back(self) -> None:
        """Be again as before a batch that failed, if one did: forget what it brought, and fold the others anew.

        Where this fails, too, as a plugin is asked once more, it is done before anything else is asked or recorded.
        """
        if self._failed is None:
            return
        fresh, since = self._failed
        for event in fresh:
            self.log.remove(event)
        if self.effect_order is not None:
            del self.effect_order[self.log.size :]
        self.journal.roll_back(since, [event.id for event in fresh])
        try:
            flow = refolded(self.program, self.log, self.out)
        except BaseException as error:
            note_part(error)
            raise
        self.flow = flow
        self.journal.note_current_levels(self.flow.histories)
        self._failed = None

    def credited(self) -> Iterator[History]:
        """The histories of all holders that any activity credits or might have credited."""
        return filter(is_credited, self.flow.histories)

    def groups(self, kind: HolderKind) -> list[Holder]:
        """The units, or communities, that any activity credits or might have credited."""
        found = self.flow.histories.of_kind(kind)
        return [each.holder for each in found if is_credited(each)]

    def booked(self, of: Iterable[Holder]) -> Iterator[tuple[Holder, Iterable[Booked]]]:
        """Some holders, each with what was booked for it."""
        found: dict[Holder, list[Booked]] = {each: [] for each in of}
        for _, row in self.accounts.of_holder(None) if found else ():
            if row[0].holder in found:
                found[row[0].holder].append(row)
        yield from found.items()

    def knows(self, holder: Holder) -> bool:
        """Whether any activity credits a holder, or might have."""
        found = self.flow.histories.get(holder)
        return found is not None and is_credited(found)

    def members_near(self, name: str) -> Iterable[str]:
        """The names of members among which the one that is most like a name may be."""
        return (each.holder.id for each in self.credited() if each.holder.kind == "member")

    def events_near(self, event: str) -> Iterable[str]:
        """The ids of events among which the one that is most like an id may be."""
        return self.log.events

    def close(self) -> None:
        """Let go of what is outside of the process, if anything is."""


def is_credited(found: History) -> bool:
    """Whether any activity credits the holder of a history, or might have credited them."""
    return bool(found.state.day or found.kept)
