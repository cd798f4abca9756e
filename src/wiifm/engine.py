"""The shell: receives events, has the three folds decide, commits, and tells observers.

``Engine`` keeps everything in memory. Whatever order, lateness, doubling or retraction its events come
in, what it holds afterwards is one in-order fold over the events that count.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice

from wiifm.accounts import Accounts
from wiifm.activities import Activity
from wiifm.events import LONGEST_NAME, Event
from wiifm.explanation import Explanation, explain
from wiifm.faults import (
    DISTURBANCES,
    Fault,
    InvalidEvent,
    InvalidInput,
    UnknownName,
    nearest,
    short,
    shown,
)
from wiifm.folds.flow import Flow, refolded
from wiifm.journal import Journal, Mark
from wiifm.leaderboard import Rank, leaderboard
from wiifm.leaderboard import around as neighbours
from wiifm.ledger import Entry, Holder, Receipt, Rejection, Standing, Tally
from wiifm.log import Log
from wiifm.program import LATE, compile_book
from wiifm.progress import progress_of
from wiifm.records import Booked, Outcomes
from wiifm.rulebook.book import Observer, RuleBook
from wiifm.standing import standing_of
from wiifm.statement import Grounds, Statement, statement

BATCH = 5_000
"""How many events ``record_many`` commits at once, at least."""


class Engine:
    """A recognition engine over one rule book, in memory.

    >>> from datetime import datetime, UTC
    >>> engine = Engine(RuleBook.load("plugin:sharing"))
    >>> thanks = Event(id="e1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC),
    ...                actor="bob", recipient="ann", data={"text": "for the pricing note"})
    >>> print(engine.record(thanks))
    e1: recorded
      #1  ann  +5 points  kudos  bob thanked you: for the pricing note
    >>> engine.standing("ann").points["points"]
    5

    Args:
        book: what decides.
        observers: called after each commit with the receipts of its batch, beside those of plugins.
    """

    def __init__(self, book: RuleBook, observers: Iterable[Observer] = ()) -> None:
        if not isinstance(book, RuleBook):
            raise InvalidInput(
                [Fault("book", short(book), "a RuleBook, such as RuleBook.load(...)")]
            )
        self.book = book
        self._program = compile_book(book)
        self._log = Log(book, self._program.accepts)
        self._out = Outcomes()
        self._flow = Flow(self._program, self._log, self._out)
        self._accounts = Accounts(book, self._out.booked)
        self._observers = [("observers", each) for each in observers]
        self._observers += [
            (name, each) for name, found in book.observers.items() for each in found
        ]
        self.faults: list[Fault] = []
        """What observers raised; nothing else was held up by it."""
        self._journal = Journal(self._accounts, self._out)

    # ---- what happened -----------------------------------------------------------------------------------

    def record(self, event: Event) -> Receipt:
        """Take in one event; answers what it gave to whom and why, and what it didn't, and why not.

        The same event again changes nothing, and answers with the first receipt.

        Raises:
            InvalidEvent: its type isn't in the rule book, or it lacks what the type asks for.
            ConflictingEvent: its id was used before for another content.
        """
        if not self._log.is_new(event):
            return self._journal.again(event.id)
        self._log.append(event)
        since, _ = self._commit([event])
        receipts = self._journal.receipts([event.id], since)
        self._tell(receipts)
        return receipts[event.id]

    def receipt(self, event: str) -> Receipt:
        """The first receipt of a recorded event.

        Raises:
            UnknownName: no event with this id was recorded.
        """
        if event not in self._log.events:
            hint = nearest(str(event), self._log.events)
            near = f"; did you mean {hint!r}?" if hint else ""
            raise UnknownName(f"event {event!r}: none with this id was recorded{near}")
        return self._journal.receipt(event)

    def record_many(self, events: Iterable[Event]) -> Tally:
        """Take in many events, in batches; a faulty one is left out and told, the rest goes on.

        >>> Engine(RuleBook.load("plugin:sharing")).record_many([])
        Tally(recorded=0, duplicates=0, pending=0, rejected=())
        """
        recorded = duplicates = 0
        rejected: list[Rejection] = []
        stream = iter(events)
        size, first = BATCH, 0
        with _only_the_young() as collect:
            while chunk := list(islice(stream, size)):
                fresh, known, faulty = self._log.admit(chunk, first)
                first += len(chunk)
                duplicates += known
                rejected += faulty
                recorded += len(fresh)
                since, late = self._commit(fresh)
                size = max(BATCH, len(self._log.events) // 2) if late else BATCH
                if self._observers:
                    self._tell(self._journal.receipts([event.id for event in fresh], since))
                collect()
        return Tally(
            recorded=recorded,
            duplicates=duplicates,
            pending=len(self._flow.pending),
            rejected=tuple(rejected),
        )

    def retract(
        self, event: str, *, at: datetime | None = None, actor: str | None = None
    ) -> Receipt:
        """Take an event back, known or not: records an ``event.retracted`` that names it.

        Doing so twice changes nothing.

        Raises:
            InvalidEvent: the rule book has no event type that retracts.
        """
        types = [name for name, kind in self.book.types.items() if kind.retracts]
        if not types:
            fault = Fault(
                "type", "no type that retracts", "one in the rule book, such as event.retracted"
            )
            raise InvalidEvent([fault])
        known = self._log.retractions.get(event)
        if known:
            return self._journal.again(known[0].id)
        return self.record(
            Event(
                id=self._retraction_id(event),
                type=types[0],
                occurred_at=at or datetime.now(UTC),
                actor=actor,
                retracts=event,
            )
        )

    def _retraction_id(self, event: str) -> str:
        """``retract:`` and the event's id; or its SHA-256, where that is taken or would be too long."""
        plain = f"retract:{event}"
        if len(plain) <= LONGEST_NAME and plain not in self._log.events:
            return plain
        return f"retract:{hashlib.sha256(event.encode()).hexdigest()}"

    def _commit(self, fresh: list[Event]) -> tuple[Mark, bool]:
        """Fold new events of the log; answers where the journal stood before, and whether any came late.

        Whatever interrupts it, nothing of these events is recorded then, and they may be sent again.
        """
        since = self._journal.mark()
        try:
            late = self._fold(fresh)
        except BaseException:
            self._take_back(fresh, since)
            raise
        return since, late

    def _fold(self, fresh: list[Event]) -> bool:
        late = []
        for event, found in self._flow.receive(fresh):
            if found is LATE:
                late.append(event)
            else:
                self._journal.note(event.id, *found)
        if late:
            for turn in self._flow.mend(late):
                self._journal.write(turn, self._flow)
            for event in late:
                self._journal.note_status(self._flow, event.id)
        return bool(late)

    def _take_back(self, fresh: list[Event], since: Mark) -> None:
        """Be again as before some events came: forget what they brought, and fold the others anew."""
        for event in fresh:
            self._log.forget(event)
        self._journal.forget(since, [event.id for event in fresh])
        self._flow = refolded(self._program, self._log, self._out)

    def _tell(self, receipts: Mapping[str, Receipt]) -> None:
        """Tell the observers; one that raises is noted in ``faults``, and the others are told."""
        for name, observer in self._observers:
            try:
                observer(tuple(receipts.values()))
            except DISTURBANCES as error:  # a foreign observer must not undo what is committed
                self.faults.append(
                    Fault(f"plugin {name!r}, an observer", shown(error), "a call that returns")
                )

    # ---- what came of it ---------------------------------------------------------------------------------

    def holders(self) -> Iterator[Holder]:
        """All members, units and communities that any activity credits or might have credited."""
        return (found.holder for found in self._flow.histories if found.state.day or found.kept)

    def pending(self) -> tuple[str, ...]:
        """The ids of events that wait for the one that created their object.

        >>> Engine(RuleBook.load("plugin:sharing")).pending()
        ()
        """
        return tuple(sorted(self._flow.pending))

    def standing(self, holder: str | Holder) -> Standing:
        """What a member (or a unit or community) has now; nothing for one that nobody heard of.

        >>> Engine(RuleBook.load("plugin:sharing")).standing("ann").levels
        {'path': 'newcomer'}
        """
        found = _holder(holder)
        return standing_of(self._program, found, self._flow.histories.get(found))

    def ledger(
        self, holder: str | Holder | None = None, purse: str | None = None, rule: str | None = None
    ) -> Iterator[Entry]:
        """The entries in the order in which they were written: all, or those of a holder, purse or rule.

        >>> list(Engine(RuleBook.load("plugin:sharing")).ledger("ann", purse="points"))
        []
        """
        self._know("purse", purse, self.book.purses)
        self._know(
            "rule", rule, [*self.book.rules, *(f"badge:{name}" for name in self.book.badges)]
        )
        wanted = None if holder is None else _holder(holder)
        for number, (history, _, grant, _, _) in enumerate(self._accounts.rows, 1):
            mine = wanted in (None, history.holder)
            if mine and purse in (None, grant.purse) and rule in (None, grant.rule):
                yield self._accounts.entry(number)

    def explain(self, entry: int | Entry) -> Explanation:
        """Why there is an entry.

        Raises:
            UnknownName: there is no entry with this number.
        """
        number = entry.no if isinstance(entry, Entry) else entry
        return explain(self.book, self._log, self._accounts, number)

    def leaderboard(
        self,
        purse: str = "points",
        over: str = "ever",
        community: str | None = None,
        around: str | None = None,
        at: datetime | None = None,
    ) -> list[Rank]:
        """Who earned most; ``around`` a member shows only them and their neighbours.

        ``over`` is ever, day, week, month, year, "last 30 days" or "every 14 days", as of ``at``
        (the latest event's time unless given).

        Raises:
            UnknownName: the book has no such purse.
            InvalidInput: ``over`` is none of these.
        """
        self._know("purse", purse, self.book.purses)
        _aware("at", at)
        ranks = leaderboard(
            self.book, self._accounts.rows, self._look, purse, over, community, at or self._now()
        )
        return ranks if around is None else neighbours(ranks, around)

    def statement(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Statement:
        """A member's "what's in it for me?": earned and why, helped, recognised by, and what is next.

        Raises:
            InvalidInput: ``since`` or ``until`` is no aware date and time.
        """
        _aware("since", since)
        _aware("until", until)
        holder = Holder("member", member)
        history = self._flow.histories.get(holder)
        rows = enumerate(self._accounts.rows, 1)
        grounds = [self._grounds(number, row) for number, row in rows if row[0].holder == holder]
        now = self._now()
        day = now.astimezone(self._flow.relations.zone_by_now(member)).toordinal()
        progress = progress_of(self._program, "member", history, day, now)
        return statement(self.standing(member), grounds, progress, since, until)

    @staticmethod
    def _know(what: str, name: str | None, known: Iterable[str]) -> None:
        """Complain about a name that the book doesn't have."""
        names = list(known)
        if name is not None and name not in names:
            hint = nearest(str(name), names)
            near = f"; did you mean {hint!r}?" if hint else ""
            raise UnknownName(f"{what} {name!r}: the book has {', '.join(names) or 'none'}{near}")

    def _look(self, row: Booked) -> Activity | None:
        """The activity that a row was booked for, as far as it still counts."""
        history, event, grant, _, _ = row
        found = self._flow.activities(event)
        mine = (a for a in found if a.slot == grant.slot and a.holder == history.holder)
        return next(mine, None)

    def _grounds(self, number: int, row: Booked) -> Grounds:
        found, rule = self._look(row), self.book.rules.get(row[2].rule)
        return Grounds(
            entry=self._accounts.entry(number),
            person=found.person if found else None,
            text=str(row[1].data.get("text", "")),
            means=rule.means if rule else "",
        )

    def _now(self) -> datetime:
        """The time of the latest event that counts: readings have no clock of their own."""
        return self._flow.now() or datetime.now(UTC)


@contextmanager
def _only_the_young() -> Iterator[Callable[[], object]]:
    """Have Python's cycle collector look only at young objects for a while, and only when the result is called.

    Whatever the folds keep makes no cycles and stays; a full collection would walk over all of it, again and
    again, for half of the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield (lambda: gc.collect(1)) if enabled else (lambda: None)
    finally:
        if enabled:
            gc.enable()


def _aware(name: str, moment: datetime | None) -> None:
    if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
        expected = "a datetime with its UTC offset, such as datetime(2026, 5, 1, tzinfo=UTC)"
        raise InvalidInput([Fault(name, short(moment), expected)])


def _holder(found: str | Holder) -> Holder:
    return found if isinstance(found, Holder) else Holder("member", found)
