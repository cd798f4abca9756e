"""What an engine remembers, kept in a store: recalled for each batch, folded in the process, written whole or not at all.

The three folds are the same as in memory; here they find in their dictionaries what the store knows. A batch is one
transaction, and there is one writer at a time, so any number of processes come to what one would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from typing import Any, ClassVar, Self

from attrs import define, field

from wiifm.accounts import Bookings
from wiifm.activities import BEGINNING, Order
from wiifm.archive.cache import Cache
from wiifm.archive.chain import BATCH, Counts, Seal
from wiifm.archive.codec import bounds_of, micros, moment_of, pack
from wiifm.archive.deeds import StoredDeeds, mention_rows
from wiifm.archive.flush import write_pasts, write_states
from wiifm.archive.forks import tell_of_forks
from wiifm.archive.holders import StoredGates, StoredGhosts, StoredHistories
from wiifm.archive.journal import StoredJournal
from wiifm.archive.ledger import StoredAccounts
from wiifm.archive.log import FEW, ID, StoredLog, StoredRelations, event_row, few
from wiifm.archive.neighbours import neighbours
from wiifm.archive.pending import Pending
from wiifm.archive.places import Within, bookings_of
from wiifm.archive.prefetch import prefetch
from wiifm.archive.read_through import ReadThrough
from wiifm.archive.received import note_awaited, note_received
from wiifm.archive.replies import up_the_replies
from wiifm.archive.rows import StoredRows
from wiifm.archive.scope import TransactionScope
from wiifm.archive.stored_book import book_row, decided_by, facts, purses_of, state_of
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
from wiifm.archive.versions import bring_up_to_date
from wiifm.events import Event
from wiifm.folds.flow import Flow
from wiifm.journal import Mark
from wiifm.ledger import Holder, Receipt
from wiifm.memory import BATCH as EVENTS_AT_ONCE
from wiifm.memory import Commit, Memory
from wiifm.program import compile_book
from wiifm.records import Booked, Outcomes
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Reading, Row, Store, Table


def _place(order: Order) -> tuple[int, str]:
    return micros(order[0]), order[1]


_NOTHING = (0, 0, 0, 0, 0, 0, _place(BEGINNING), _place(BEGINNING))
"""How far an archive has come at first: commits, events, entries, holders, what members said of themselves, mentorings; the places of
the latest event, and of the latest retraction that may be part of what a kept badge counts."""


@define(eq=False, kw_only=True)
class Archive(Memory):
    """A memory in a store."""

    batch: ClassVar[int] = EVENTS_AT_ONCE
    most: ClassVar[int] = 100_000
    sealing: ClassVar[type[Seal]] = Seal
    tables: ClassVar[Sequence[Table]] = TABLES
    store: Store
    scope: TransactionScope
    log: StoredLog
    rows: StoredRows
    lines: StoredAccounts
    said: StoredJournal
    waiting: Pending
    relations: StoredRelations
    histories: StoredHistories
    gates: StoredGates
    cache: Cache = field(init=False)
    commits: int = -1
    """How many commits there were when the store was looked at last; -1 before that."""
    chain: str = ""
    aside: object | None = field(default=None, init=False)
    """What a reading made of it and may use once more, as it says for itself how far it had come."""
    _profiles: int = 0
    _mentorings: int = 0
    _to_keep: Row | None = None
    _turn: Any = field(factory=RLock)

    def __attrs_post_init__(self) -> None:
        self.journal, self.deeds = self.said, StoredDeeds(log=self.log, scope=self.scope)
        what = (self.log, self.relations, self.histories, self.gates, self.lines)
        self.cache = Cache(self.scope, *what, self.flow.ghosts)
        tell_of_forks(self)

    @classmethod
    def open(cls, store: Store, book: RuleBook) -> Self:
        """The archive in a store, which is made there if there is none.

        Raises:
            StoreFault: the store is of a later version, or another rule book decided what is in it.
        """
        program, out, scope = compile_book(book), Outcomes(), TransactionScope()
        log = StoredLog(book, program.admit, scope=scope)
        relations = StoredRelations(book, scope=scope, log=log)
        histories = StoredHistories(program, scope=scope, log=log)
        gates = StoredGates(program, scope=scope)
        if program.kept:
            everything = StoredRelations(book, scope=scope, log=log, dead=True)
            histories.ghosts = StoredGhosts(program, log, everything, ReadThrough(histories.died))
        flow = Flow(program, log, out, relations, gates, histories, histories.ghosts)
        flow.pending = waiting = Pending(scope)
        rows = StoredRows(scope, program, log, out.booked)
        lines = StoredAccounts(book, rows, stored=rows, histories=histories)
        found = cls(
            book=book,
            program=program,
            log=log,
            out=out,
            flow=flow,
            accounts=lines,
            lines=lines,
            said=StoredJournal(lines, out, stored=lines),
            waiting=waiting,
            store=store,
            scope=scope,
            rows=rows,
            relations=relations,
            histories=histories,
            gates=gates,
        )
        store.prepare(cls.tables)
        found._found()
        return found

    def _found(self) -> None:
        """Begin an archive where there is none yet.

        The words of a book that means the same may differ from those that are kept: the next batch keeps them.
        """
        kept = book_row(self.book)
        with self._turn, self.store.reading() as looking:
            known = facts(looking)
            if known and looking.find(BOOKS, [kept[:1]]) != [kept]:
                self._to_keep = kept
        if known and int(known["version"]) < VERSION:
            self._check(known)
            with self._turn, self.store.writing() as session:
                bring_up_to_date(session, self.book)
        if not known:
            with self._turn, self.store.writing() as session:
                known = facts(session)
                if not known:
                    first = {
                        "version": str(VERSION),
                        "book": self.book.digest,
                        "purses": purses_of(self.book),
                        "chain": "",
                        "state": pack(_NOTHING),
                    }
                    session.insert(FACTS, first.items())
                    session.put(BOOKS, [kept])
                    return
        self._check(known)

    def _check(self, known: dict[str, str]) -> None:
        otherwise = (
            "open it with that one, or have all of it decided anew "
            "(wiifm rescore --preview tells what would change)"
        )
        decided_by(self.book, known["book"], otherwise)

    # ---- transactions ------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, events: list[Event]) -> Iterator[None]:
        """A transaction in which some events are looked at, and those that are new are committed."""
        with self._turn:
            try:
                with self.store.writing() as session:
                    self.scope.session = session
                    self._catch_up(session)
                    self.prefetch(events)
                    yield
                self.end_batch()
            except BaseException:
                self._forget()
                raise
            finally:
                self.scope.session = None

    def prefetch(self, events: list[Event]) -> None:
        """Recall in sets what some events touch."""
        prefetch(events, self.log, self.relations, self.histories, self.gates, self.flow.relate)

    def stamp(self) -> Hashable:
        """The last link of the chain of commits in the store, whoever made them."""
        with self.reading():
            return self.chain

    def prefetch_facts(self, events: list[Event], objects: Iterable[str]) -> None:
        """Recall in sets whether some events count, the objects that they are about and some others, and what these reply to."""
        self.log.taken_back.recall(event.id for event in events)
        up_the_replies(events, objects, self.relations)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the store, unless a transaction is open already."""
        with self._turn:
            if self.scope.session is not None:
                yield
                return
            try:
                with self.store.reading() as session:
                    self.scope.session = session  # type: ignore[assignment]
                    self._catch_up(session)
                    yield
                self.let_go()
            finally:
                self.scope.session = None

    def _catch_up(self, session: Reading) -> None:
        """Where others have written since it was looked at, hold nothing of what was known before."""
        known = facts(session)
        commits, events, entries, holders, profiles, mentorings, latest, horizon = state_of(known)
        if commits == self.commits and known["chain"] == self.chain:
            return  # a backup may have been restored meanwhile, and so many others recorded in it
        self._check(known)
        self._forget()
        self.commits, self.chain = commits, known["chain"]
        self.log.count, self.histories.count = events, holders
        self.lines.begin(entries)
        self.flow.latest = (moment_of(latest[0]), latest[1])
        self.log.taken_back.some = bool([*session.scan(EVENTS, index="retracts", most=1)])
        self.histories.advances = self.log.advances() if self.program.passing else []
        if self.flow.ghosts:
            self.flow.ghosts.horizon = (moment_of(horizon[0]), horizon[1])
        awaited = few(str(row[0]) for row in session.scan(AWAITED, most=FEW + 1))
        self.relations.expect(profiles > 0, mentorings > 0, awaited)
        self._profiles, self._mentorings = profiles, mentorings

    def end_batch(self) -> None:
        """Take what was written in a batch as past."""
        if self.log.fresh:
            self._to_keep = None
        self.log.fresh = []
        self.lines.begin(len(self.rows))
        self.said.end()
        self.let_go()

    def let_go(self) -> None:
        """Don't hold more and more: what is needed is recalled."""
        self.cache.evict()

    def _forget(self) -> None:
        """Hold nothing any more, and look at how far the store has come once more."""
        self.commits = -1
        self.cache.forget_all()
        self.log.fresh = []
        self.waiting.forget()
        self.said.end()

    def leave_behind(self) -> None:
        """After a fork, in the child: a thread that stayed with the parent may have been in the middle of something."""
        self._turn, self.scope.session, self.commits = RLock(), None, -1

    def booked(self, of: Iterable[Holder]) -> Iterator[tuple[Holder, Iterable[Booked]]]:
        """Some holders, each with what was booked for it, the last first: no more is read than is taken."""
        return ((each, (row for _, row in self.accounts.latest(each, None))) for each in of)

    def members_near(self, name: str) -> Iterable[str]:
        """The names of members next to a name, as they are sorted: nobody looks at all of them."""
        return neighbours(self.scope.open, HOLDERS, "name", ("member",), name)

    def events_near(self, event: str) -> Iterable[str]:
        """The ids of events next to an id, as they are sorted."""
        return neighbours(self.scope.open, EVENTS, "id", (), event)

    def happened(
        self,
        community: str | None,
        topic: str | None,
        since: datetime | None,
        until: datetime | None,
    ) -> Bookings | None:
        """What was booked for what happened at a place, found from there."""
        places: dict[Within, str | None] = {"topic": topic, "community": community}
        bounds = bounds_of(since, until)
        return bookings_of(self.lines, self.relations, self.let_go, places, bounds)

    def close(self) -> None:
        """Close the store, once nobody is in a transaction."""
        with self._turn:
            self.store.close()

    # ---- a batch -----------------------------------------------------------------------------------------

    def commit(self, fresh: list[Event]) -> Commit:
        """Fold new events of the log, and write what they brought about."""
        since = self.journal.mark()
        if not fresh:
            return Commit(since, [], [])
        self.log.fresh = fresh
        late = self._receive(fresh)
        commit = Commit(since, fresh, late)
        seal = self.sealing(BATCH, self.book.digest)
        self._write_events(commit.events[: len(fresh) - len(late)], seal)
        write_pasts(self.histories, self.gates)
        if late:
            self._repair(late)
            self._write_events(late, seal)
            write_pasts(self.histories, self.gates)
        self.journal.note_levels(since, self.log.events)
        self._write_ledger(since, seal)
        self._write_states()  # last, since packing them takes longest: meanwhile the store writes the others
        self._write_facts(fresh, seal)
        return commit

    def receipts_by_number(self, numbers: Sequence[int]) -> dict[int, Receipt]:
        """The receipts of the events with some numbers in the log, as far as there are such."""
        rows = self.scope.open.find(EVENTS, [(no,) for no in numbers])
        receipts = self.said.receipts_of([str(row[ID]) for row in rows])
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

    def _write_states(self) -> None:
        write_states(self.histories, self.gates)
        self.waiting.shelve()

    def _write_ledger(self, since: Mark, seal: Seal) -> None:
        self._write_entries(seal)
        receipts = sorted(self.said.new_rows(since))
        self.scope.open.insert(RECEIPTS, receipts)
        seal.add(receipts)

    def _write_entries(self, seal: Seal) -> None:
        entries = self.lines.new_rows()
        self.scope.open.insert(ENTRIES, entries)
        seal.add(entries)

    def _write_facts(self, fresh: Iterable[Event], seal: Seal) -> None:
        for kind, number in Counter(event.type for event in fresh).items():
            found = self.book.types[kind]
            self._profiles += number * found.of_actor
            self._mentorings += number * bool(found.relates and not found.of_actor)
        if self._to_keep:
            self.scope.open.put(BOOKS, [self._to_keep])
        self.commits += 1
        row = seal.commit(self._counts(), self.chain)
        self.chain = str(row[-1])
        self._write_progress()
        self.scope.open.insert(COMMITS, [row])

    def _counts(self) -> Counts:
        return self.commits, self.log.count, len(self.rows), self.histories.count

    def _write_progress(self) -> None:
        state = (
            *self._counts(),
            self._profiles,
            self._mentorings,
            _place(self.flow.latest),
            _place(self.flow.ghosts.horizon if self.flow.ghosts else BEGINNING),
        )
        self.scope.open.put(FACTS, [("state", pack(state)), ("chain", self.chain)])

    def enrol(self, holders: list[Holder]) -> None:
        """Give holders their numbers in this order, before anything concerns them; who has one keeps it."""
        with self.writing([]):
            self.histories.prefetch(holders)
            for each in holders:
                self.histories.of(each)
            if self.histories.touched:
                self._write_states()
                self._write_progress()
