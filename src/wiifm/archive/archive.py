"""``Archive``: what an engine remembers, kept in a store.

It runs the same three folds as ``Memory``, on dictionaries that read through to the store. A batch is one transaction: what
it touches is prefetched in sets, folded in the process, and written, all or nothing. There is one writer at a time, so any
number of processes get the same result as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from typing import ClassVar, Self

from attrs import define, field

from wiifm.accounts import Bookings
from wiifm.activities import BEGINNING
from wiifm.archive.accounts import StoredAccounts
from wiifm.archive.cache import Cache
from wiifm.archive.chain import BATCH, Counts, Seal
from wiifm.archive.codec import bounds_of, cells_of, moment_of, pack
from wiifm.archive.damage import Damage
from wiifm.archive.deeds import StoredDeeds, mention_rows
from wiifm.archive.gates import StoredGates
from wiifm.archive.holders import StoredGhosts, StoredHistories
from wiifm.archive.journal import StoredJournal
from wiifm.archive.log import ID, StoredLog, event_row
from wiifm.archive.neighbours import neighbours
from wiifm.archive.pending import Pending
from wiifm.archive.places import Within, bookings_of
from wiifm.archive.prefetch import prefetch
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.received import note_awaited, note_received
from wiifm.archive.relations import MAX_AWAITED, StoredRelations, limited
from wiifm.archive.replies import recall_reply_targets
from wiifm.archive.rows import StoredRows
from wiifm.archive.scope import TransactionScope
from wiifm.archive.stored_book import (
    check_deciding,
    facts,
    row_to_keep,
    state_of,
    write_first_facts,
)
from wiifm.archive.tables import (
    AWAITED,
    BOOKS,
    COMMITS,
    ENTRIES,
    EVENTS,
    FACTS,
    HOLDERS,
    MENTIONS,
    RECEIPTS,
    TABLES,
    VERSION,
)
from wiifm.archive.versions import migrate
from wiifm.deciding import NOT_READ, refuse_while_deciding
from wiifm.events import Event
from wiifm.folds.flow import Flow
from wiifm.forks import register_after_fork
from wiifm.journal import Mark
from wiifm.ledger import Holder, Receipt
from wiifm.memory import Commit, Memory
from wiifm.program import compile_book
from wiifm.program.writing import note_part
from wiifm.records import Booked, Outcomes
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Row, Store, Table

_INITIAL_STATE = (0, 0, 0, 0, 0, 0, cells_of(BEGINNING), cells_of(BEGINNING))
"""The progress of an empty archive: the numbers of commits, events, entries, holders, profiles and mentorings; the places of the latest
event, and of the latest retraction, before which kept badges may count events that were retracted."""


@define(eq=False, kw_only=True)
class Archive(Memory):
    """A memory in a store."""

    batch: ClassVar[int] = 5_000
    most: ClassVar[int] = 100_000
    seal_class: ClassVar[type[Seal]] = Seal
    tables: ClassVar[Sequence[Table]] = TABLES
    store: Store
    scope: TransactionScope
    log: StoredLog
    accounts: StoredAccounts
    journal: StoredJournal
    pending: Pending
    relations: StoredRelations
    histories: StoredHistories
    gates: StoredGates
    damage: Damage
    cache: Cache = field(init=False)
    commits: int = -1
    """The number of commits at the last look at the store; -1 before the first."""
    chain: str = ""
    report_cache: object | None = field(default=None, init=False)
    """What a culture report computed, to be reused by the next one; it says itself for which commit it is valid."""
    _profiles: int = 0
    _mentorings: int = 0
    _book_to_store: Row | None = None

    def __attrs_post_init__(self) -> None:
        self.deeds = StoredDeeds(log=self.log, scope=self.scope)
        parts = (self.log, self.relations, self.histories, self.gates, self.accounts)
        self.cache = Cache(self.scope, *parts, self.histories.ghosts)
        register_after_fork(self, type(self).after_fork_in_child)

    @classmethod
    def open(cls, store: Store, book: RuleBook, searched: Collection[Table] = ()) -> Self:
        """The archive in a store. If there is none, it is created. If work over it fails, damage is looked for in the ``searched`` tables.

        Raises:
            StoreFault: the store is of a later version, or another rule book decided its contents.
        """
        program, out, scope = compile_book(book), Outcomes(), TransactionScope()
        log = StoredLog(book=book, admits=program.admit, scope=scope)
        relations = StoredRelations(book=book, scope=scope, log=log)
        histories = StoredHistories(program=program, scope=scope, log=log)
        gates = StoredGates(program=program, scope=scope)
        if program.kept:
            said = StoredRelations(book=book, scope=scope, log=log, include_retracted=True)
            died = ReadThrough(histories.died)
            histories.ghosts = StoredGhosts(program=program, log=log, relations=said, by_id=died)
        flow = Flow(program, log, out, relations, gates, histories, histories.ghosts)
        flow.pending = pending = Pending(scope)
        rows = StoredRows(scope, program, log, out.booked)
        accounts = StoredAccounts(book=book, rows=rows, histories=histories)
        archive = cls(
            book=book,
            program=program,
            log=log,
            out=out,
            flow=flow,
            accounts=accounts,
            journal=StoredJournal(out, accounts=accounts),
            pending=pending,
            store=store,
            scope=scope,
            relations=relations,
            histories=histories,
            gates=gates,
            damage=Damage(store, lambda: program, searched),
        )
        store.prepare(cls.tables)
        archive._initialise()
        return archive

    def _initialise(self) -> None:
        """Create the archive if it doesn't exist, and migrate the tables if they are of an earlier version.

        The text of a book with the same meaning may differ from the stored one: then the next batch stores it.
        """
        with self._lock, self.store.reading() as reading:
            known = facts(reading)
            if known:
                self._book_to_store = row_to_keep(reading, self.book)
        if known and int(known["version"]) < VERSION:
            check_deciding(self.book, known)
            with self._lock, self.store.writing() as session:
                migrate(session, self.book)
        if not known:
            with self._lock, self.store.writing() as session:
                known = facts(session)
                if not known:
                    write_first_facts(session, self.book, pack(_INITIAL_STATE))
                    return
        check_deciding(self.book, known)

    # ---- transactions ------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, events: list[Event]) -> Iterator[None]:
        """A transaction in which events are looked up, and those that are new are committed."""
        with self._lock:
            try:
                with self.store.writing() as session:
                    self.scope.session = session
                    self._sync(session)
                    self.prefetch(events)
                    yield
                self.end_batch()
            except BaseException as error:
                note_part(error)
                self._reset()
                self.damage.tell(error)
                raise
            finally:
                self.scope.session = None

    def prefetch(self, events: list[Event]) -> None:
        """Recall, in sets, what some events touch."""
        prefetch(events, self.log, self.relations, self.histories, self.gates, self.flow.relate)

    def stamp(self) -> Hashable:
        """The last link of the chain of commits, which changes with every commit of any process."""
        with self.reading():
            return self.chain

    def prefetch_facts(self, events: list[Event], objects: Iterable[str]) -> None:
        """Recall whether some events count, the objects that they are about and some others, and what these reply to."""
        self.log.retractions.recall(event.id for event in events)
        recall_reply_targets(events, objects, self.relations)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A transaction that reads one snapshot of the store; within an open transaction, that one. Refused like that of a memory."""
        refuse_while_deciding(self, NOT_READ)
        with self._lock:
            if self.scope.session is not None:
                yield
                return
            try:
                with self.store.reading() as session:
                    self.scope.session = session  # type: ignore[assignment]
                    self._sync(session)
                    yield
                self.let_go()
            except Exception as error:
                self.damage.tell(error)
                raise
            finally:
                self.scope.session = None

    def _sync(self, session: Reading) -> None:
        """If others have written since the last look at the store, clear all caches, and read how far it has come."""
        known = facts(session)
        commits, events, entries, holders, profiles, mentorings, latest, horizon = state_of(known)
        if commits == self.commits and known["chain"] == self.chain:
            return  # both, since a backup may have been restored, and as many other commits added
        check_deciding(self.book, known, opened=True)
        self._reset()
        self.commits, self.chain = commits, known["chain"]
        self.log.count, self.histories.count = events, holders
        self.accounts.begin(entries)
        self.flow.latest = (moment_of(latest[0]), latest[1])
        self.log.retractions.enabled = bool([*session.scan(EVENTS, index="retracts", most=1)])
        self.histories.advances = self.log.advances() if self.program.passing else []
        if self.flow.ghosts:
            self.flow.ghosts.horizon = (moment_of(horizon[0]), horizon[1])
        awaited = limited(str(row[0]) for row in session.scan(AWAITED, most=MAX_AWAITED + 1))
        self.relations.enable_lookups(profiles > 0, mentorings > 0, awaited)
        self._profiles, self._mentorings = profiles, mentorings

    def end_batch(self) -> None:
        """Forget what was new in this batch: it is in the store now."""
        if self.log.fresh:
            self._book_to_store = None
        self.log.fresh = []
        self.accounts.begin(len(self.accounts.rows))
        self.journal.end()
        self.let_go()

    def let_go(self) -> None:
        """Evict what exceeds the limits of the caches. It is recalled when needed."""
        self.cache.evict()

    def _reset(self) -> None:
        """Clear all caches, and have the next transaction read how far the store has come."""
        self.commits = -1
        self.cache.forget_all()
        self.log.fresh = []
        self.pending.forget()
        self.journal.end()

    def after_fork_in_child(self) -> None:
        """Start again in the child of a fork: a thread of the parent may have been in the middle of a transaction."""
        self._lock, self.scope.session, self.commits = RLock(), None, -1

    def booked(self, of: Iterable[Holder]) -> Iterator[tuple[Holder, Iterable[Booked]]]:
        """Some holders, each with its entries, the latest first. No more is read than is consumed."""
        return ((each, (row for _, row in self.accounts.latest(each, None))) for each in of)

    def members_near(self, name: str) -> Iterable[str]:
        """The names of members next to a name in sorted order. Not all are read."""
        return neighbours(self.scope.open, HOLDERS, "name", ("member",), name)

    def events_near(self, event: str) -> Iterable[str]:
        """The ids of events next to an id in sorted order."""
        return neighbours(self.scope.open, EVENTS, "id", (), event)

    def happened(
        self,
        community: str | None,
        topic: str | None,
        since: datetime | None,
        until: datetime | None,
    ) -> Bookings | None:
        """What was booked for the events at a place, looked up from the place."""
        places: dict[Within, str | None] = {"topic": topic, "community": community}
        bounds = bounds_of(since, until)
        return bookings_of(self.accounts, self.relations, self.let_go, places, bounds)

    def close(self) -> None:
        """End the use of the store, once no thread is in a transaction."""
        super().close()
        with self._lock:
            self.store.close()

    # ---- a batch -----------------------------------------------------------------------------------------

    def commit(self, fresh: list[Event]) -> Commit:
        """Fold new events of the log, and write the result."""
        since = self.journal.mark()
        if not fresh:
            return Commit(since, [], [])
        self.log.fresh = fresh
        late = self._receive(fresh)
        commit = Commit(since, fresh, late)
        seal = self.seal_class(BATCH, self.book.digest)
        self._write_events(commit.events[: len(fresh) - len(late)], seal)
        self._write_pasts()
        if late:
            self._repair(late)
            self._write_events(late, seal)
            self._write_pasts()
        self.journal.note_levels(since, self.log.events)
        self._write_ledger(since, seal)
        self._write_states()  # last: packing takes longest, and the store writes the other rows meanwhile
        self._write_facts(fresh, seal)
        return commit

    def receipts_by_number(self, numbers: Sequence[int]) -> dict[int, Receipt]:
        """The receipts of the events with some numbers in the log, by number; unknown numbers are left out."""
        rows = self.scope.open.find(EVENTS, [(no,) for no in numbers])
        receipts = self.journal.receipts_of([str(row[ID]) for row in rows])
        return {int(row[0]): receipts[str(row[ID])] for row in rows}  # type: ignore[arg-type]

    def _write_events(self, events: list[Event], seal: Seal) -> None:
        rows = self._event_rows(events)
        self.log.count += len(rows)
        self.scope.open.insert(EVENTS, rows)
        self.scope.open.insert(MENTIONS, mention_rows(self.book, rows, events))
        seal.add_events(rows)
        note_awaited(self.scope.open, rows, events, self.log, self.relations)
        note_received(self.scope.open, rows, events, self.relations)

    def _event_rows(self, events: list[Event]) -> list[Row]:
        return [event_row(no, e, self.relations) for no, e in self.log.numbered(events)]

    def _write_pasts(self) -> None:
        self.histories.write_pasts()
        self.gates.write_claims()

    def _write_states(self) -> None:
        self.histories.write_states()
        self.gates.write_states()
        self.pending.shelve()

    def _write_ledger(self, since: Mark, seal: Seal) -> None:
        self._write_entries(seal)
        receipts = sorted(self.journal.new_rows(since))
        self.scope.open.insert(RECEIPTS, receipts)
        seal.add(receipts)

    def _write_entries(self, seal: Seal) -> None:
        entries = self.accounts.new_rows()
        self.scope.open.insert(ENTRIES, entries)
        seal.add(entries)

    def _write_facts(self, fresh: Iterable[Event], seal: Seal) -> None:
        for kind, number in Counter(event.type for event in fresh).items():
            event_type = self.book.types[kind]
            self._profiles += number * event_type.of_actor
            self._mentorings += number * bool(event_type.relates and not event_type.of_actor)
        if self._book_to_store:
            self.scope.open.put(BOOKS, [self._book_to_store])
        self.commits += 1
        row = seal.commit(self._counts(), self.chain)
        self.chain = str(row[-1])
        self._write_progress()
        self.scope.open.insert(COMMITS, [row])

    def _counts(self) -> Counts:
        return self.commits, self.log.count, len(self.accounts.rows), self.histories.count

    def _write_progress(self) -> None:
        state = (
            *self._counts(),
            self._profiles,
            self._mentorings,
            cells_of(self.flow.latest),
            cells_of(self.flow.ghosts.horizon if self.flow.ghosts else BEGINNING),
        )
        self.scope.open.put(FACTS, [("state", pack(state)), ("chain", self.chain)])

    def number_holders(self, holders: list[Holder]) -> None:
        """Give holders their numbers in this order, before any event concerns them. A holder that has a number keeps it."""
        with self.writing([]):
            self.histories.prefetch(holders)
            for each in holders:
                self.histories.of(each)
            if self.histories.touched:
                self._write_states()
                self._write_progress()
