"""The shell: receives events, has the three folds decide, commits, and tells observers.

``Engine`` keeps everything in memory. Whatever order, lateness, doubling or retraction its events come
in, what it holds afterwards is one in-order fold over the events that count.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice

from attrs import frozen

from wiifm.accounts import Accounts
from wiifm.events import Event
from wiifm.faults import ConflictingEvent, Fault, InvalidEvent, UnknownName, nearest, short
from wiifm.folds.flow import Flow
from wiifm.journal import Journal, Mark
from wiifm.leaderboard import Rank, leaderboard
from wiifm.leaderboard import around as neighbours
from wiifm.ledger import Entry, Holder, Receipt, Rejection, Standing, Tally
from wiifm.log import Log, conflict
from wiifm.program import compile_book
from wiifm.rulebook.book import Observer, RuleBook
from wiifm.standing import progress_of, standing_of
from wiifm.statement import Grounds, Statement, statement

BATCH = 5_000
"""How many events ``record_many`` commits at once, at least."""


@frozen(kw_only=True)
class Explanation:
    """Why there is an entry: the event and the rule behind it, and the corrections that followed.

    ``amount`` of the entry and its ``corrections`` together is what still stands.

    >>> engine = Engine(RuleBook.parse("[book]\\nid='b'\\n[[rule]]\\nid='r'\\non='post.shared'\\npoints=2"))
    >>> post = Event(id="e1", type="post.shared", occurred_at=datetime(2026, 5, 4, tzinfo=UTC), actor="ann", object="p")
    >>> print(str(engine.explain(engine.record(post).entries[0])).splitlines()[0])
    #1  ann  +2 points  r  r
    """

    entry: Entry
    event: Event
    because: Event
    rule: str
    means: str
    corrects: Entry | None
    corrections: tuple[Entry, ...]

    def __str__(self) -> str:
        entry = self.entry
        lines = [
            str(entry),
            f"  event    {self.event}",
            f"  rule     {self.rule} of the rule book {entry.book}"
            + (f": {self.means}" if self.means else ""),
        ]
        if self.because.id != self.event.id:
            lines.append(f"  because  of the later arrival of {self.because}")
        if self.corrects:
            lines.append(f"  corrects {self.corrects}")
        lines += [f"  then     {each}, because of {each.because}" for each in self.corrections]
        return "\n".join(lines)


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
        self.book = book
        self._program = compile_book(book)
        self._log = Log(book)
        self._flow = Flow(self._program, self._log)
        self._accounts = Accounts(book)
        self._observers = [("observers", each) for each in observers]
        self._observers += [
            (name, each) for name, found in book.observers.items() for each in found
        ]
        self.faults: list[Fault] = []
        self._journal = Journal(self._accounts)

    # ---- what happened -----------------------------------------------------------------------------------

    def record(self, event: Event) -> Receipt:
        """Take in one event; answers what it gave to whom and why, and what it didn't, and why not.

        The same event again changes nothing, and answers with the first receipt.

        Raises:
            InvalidEvent: its type isn't in the rule book, or it lacks what the type asks for.
            ConflictingEvent: its id was used before for another content.
        """
        if not isinstance(event, Event):
            raise InvalidEvent([Fault("event", short(event), "an Event")])
        if not self._log.is_new(event):
            return self._journal.again(event.id)
        since = self._commit([event])
        receipts = self._journal.receipts([event.id], since)
        self._tell(receipts)
        return receipts[event.id]

    def receipt(self, event: str) -> Receipt:
        """The first receipt of a recorded event.

        Raises:
            UnknownName: no event with this id was recorded.
        """
        if event not in self._log.events:
            hint = nearest(event, self._log.events)
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
        stream = enumerate(events)
        size = BATCH
        while chunk := list(islice(stream, size)):
            batch: dict[str, Event] = {}
            for index, event in chunk:
                try:
                    fresh = self._is_new_in(batch, event)
                except (InvalidEvent, ConflictingEvent) as error:
                    rejected.append(Rejection(index=index, error=error))
                    continue
                if fresh:
                    batch[event.id] = event
                else:
                    duplicates += 1
            recorded += len(batch)
            size = self._next_size(batch.values())
            with _no_cycles():
                since = self._commit(list(batch.values()))
            if self._observers:
                self._tell(self._journal.receipts(batch, since))
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
                id=f"retract:{event}",
                type=types[0],
                occurred_at=at or datetime.now(UTC),
                actor=actor,
                retracts=event,
            )
        )

    def _next_size(self, batch: Iterable[Event]) -> int:
        """How many events to take next: more and more where they come late, since each batch folds again."""
        latest = self._log.latest
        late = latest and any((e.occurred_at, e.id) < latest for e in batch)
        return max(BATCH, len(self._log.events) // 2) if late else BATCH

    def _is_new_in(self, batch: dict[str, Event], event: Event) -> bool:
        if not isinstance(event, Event):
            raise InvalidEvent([Fault("event", short(event), "an Event")])
        known = batch.get(event.id)
        if known is None:
            return self._log.is_new(event)
        if known == event:
            return False
        raise conflict(known, event)

    def _commit(self, batch: list[Event]) -> Mark:
        """Fold a batch and write what it changed; answers where the journal stood before."""
        since = self._journal.mark()
        for turn in self._flow.take(batch):
            self._journal.write(turn)
        for event in batch:
            self._journal.note_status(self._flow, event.id)
        return since

    def _tell(self, receipts: Mapping[str, Receipt]) -> None:
        """Tell the observers; one that raises is noted in ``faults``, and the others are told."""
        for name, observer in self._observers:
            try:
                observer(tuple(receipts.values()))
            except Exception as error:  # a foreign observer must not undo what is committed
                self.faults.append(
                    Fault(f"plugin {name!r}, an observer", repr(error), "a call that returns")
                )

    # ---- what came of it ---------------------------------------------------------------------------------

    def holders(self) -> Iterator[Holder]:
        """All members, units and communities that any activity credits or might have credited."""
        return (
            holder for holder, found in self._flow.histories.items() if found.items or found.kept
        )

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
        wanted = None if holder is None else _holder(holder)
        for number, (a, name, _, by, _, _) in enumerate(self._accounts.rows, 1):
            if wanted in (None, a.holder) and purse in (None, name) and rule in (None, by):
                yield self._accounts.entry(number)

    def explain(self, entry: int | Entry) -> Explanation:
        """Why there is an entry.

        Raises:
            UnknownName: there is no entry with this number.
        """
        number = entry.no if isinstance(entry, Entry) else entry
        if not 1 <= number <= len(self._accounts.rows):
            raise UnknownName(f"entry {number}: there are entries 1 to {len(self._accounts.rows)}")
        found = self._accounts.entry(number)
        row = self._accounts.rows[number - 1]
        later = [n for n, each in enumerate(self._accounts.rows, 1) if each[4] == number]
        rule = self.book.rules.get(found.rule)
        return Explanation(
            entry=found,
            event=row[0].event,
            because=self._log.events[found.because],
            rule=found.rule,
            means=rule.means if rule else "",
            corrects=self._accounts.entry(found.corrects) if found.corrects else None,
            corrections=tuple(self._accounts.entry(n) for n in later),
        )

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
        if purse not in self.book.purses:
            hint = nearest(purse, self.book.purses)
            raise UnknownName(
                f"purse {purse!r}: the book has {', '.join(self.book.purses)}; did you mean {hint!r}?"
            )
        ranks = leaderboard(
            self.book, self._accounts.rows, purse, over, community, at or self._now()
        )
        return ranks if around is None else neighbours(ranks, around)

    def statement(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Statement:
        """A member's "what's in it for me?": earned and why, helped, recognised by, and what is next."""
        holder = Holder("member", member)
        history = self._flow.histories.get(holder)
        rows = enumerate(self._accounts.rows, 1)
        grounds = [
            Grounds(self._accounts.entry(number), row[0].person, str(row[0].data.get("text", "")))
            for number, row in rows
            if row[0].holder == holder
        ]
        progress = progress_of(self._program, history, self._now())
        return statement(self.standing(member), grounds, progress, since, until)

    def _now(self) -> datetime:
        """The time of the latest event: readings have no clock of their own."""
        return self._log.latest[0] if self._log.latest else datetime.now(UTC)


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Pause the cycle collector while a batch is folded: the folds make no cycles, and it would walk again and again
    over all that they keep, for more than half of the time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _holder(found: str | Holder) -> Holder:
    return found if isinstance(found, Holder) else Holder("member", found)
