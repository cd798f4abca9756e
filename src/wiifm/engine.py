"""``Engine``: receives events, has the three folds decide, commits the result, and notifies observers.

However late, out of order, repeated or retracted its events are, the result is that of one fold, in order, over the events that count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Self, Unpack

from wiifm import arguments
from wiifm.campaigns import Closing
from wiifm.closing import Terms, close, plan
from wiifm.collector import young_generation_only
from wiifm.deciding import NOT_READ, refuse_while_deciding
from wiifm.dispatch import Clock, Dispatcher, Observers, checked_clock, utc_now
from wiifm.event_types import Act
from wiifm.events import NO_DATA, Event, Value
from wiifm.explanation import Explanation
from wiifm.faults import Fault
from wiifm.leaderboard import Among, Board, Rank
from wiifm.ledger import Amount, Entry, Holder, Receipt, Standing, Tally
from wiifm.ledger_reading import entries, entries_for, explanation_of, ranks_of
from wiifm.memory import Memory
from wiifm.own_events import advance, retraction
from wiifm.privacy import check_may_rank, without_places
from wiifm.recording import record_all
from wiifm.rulebook.book import RuleBook
from wiifm.scores import scores_in
from wiifm.standings import standing_in, standings_in
from wiifm.stores.protocol import Store

if TYPE_CHECKING:
    from wiifm.culture.nouns import Asked, Culture
    from wiifm.statement.nouns import Statement


class Engine:
    """A recognition engine that decides by one rule book. By default it keeps everything in memory.

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
        book: the rules by which it decides.
        observers: functions that are called after each commit with the receipts of its batch, and deliveries, which are told
            notice by notice. Those of plugins are added to them (deliveries of plugins need a store).
        clock: returns the time, for deliveries and retractions.
    """

    def __init__(self, book: RuleBook, observers: Observers = (), clock: Clock = utc_now) -> None:
        self.book = arguments.checked_book(book)
        self.clock = checked_clock(clock)
        self._dispatcher = Dispatcher.of(book, observers)
        self.faults: list[Fault] = self._dispatcher.faults
        """What observers raised, and where a plugin raised instead of deciding in bulk; the latest thousand. Nothing else was held up by it."""
        self._remember(Memory.of(book))

    def _remember(self, memory: Memory, store: Store | None = None) -> None:
        self._memory = memory
        self._dispatcher.attach(memory, store, self.clock)

    @classmethod
    def open(
        cls,
        url: str,
        book: RuleBook | None = None,
        observers: Observers = (),
        clock: Clock = utc_now,
    ) -> Self:
        """Open an engine over the store that a URL names, such as ``sqlite:///acme.db``.

        Without a book it decides by the one that the store keeps, and creates nothing if nothing was recorded there.

        >>> with Engine.open("memory:", RuleBook.load("plugin:sharing")) as engine:
        ...     engine.pending()
        ()

        Raises:
            StoreFault: the store doesn't exist or can't be opened, another rule book decided its contents, or a later version of
                wiifm wrote it; or no book is given, and the store's can't be rebuilt.
        """
        from wiifm.stores.urls import open_store  # noqa: PLC0415 - imported only when needed

        disabled = () if book is None else arguments.checked_book(book).disabled_plugins
        store = open_store(url, disabled)
        try:
            return cls.over(store, book, observers, clock)
        except BaseException:
            store.close()
            raise

    @classmethod
    def over(
        cls,
        store: Store,
        book: RuleBook | None = None,
        observers: Observers = (),
        clock: Clock = utc_now,
    ) -> Self:
        """Open an engine over a store. It continues from what the store contains; without a book, it decides by the one that the store keeps.

        Raises:
            StoreFault: another rule book decided its contents, or a later version of wiifm wrote it; or no book is given, and the
                store's can't be rebuilt.
        """
        from wiifm.archive.archive import Archive  # noqa: PLC0415 - imported only when needed
        from wiifm.archive.stored_book import kept_book  # noqa: PLC0415

        book = kept_book(store) if book is None else book
        engine = cls(book, observers, clock)
        engine._remember(Archive.open(store, book), store)
        return engine

    def close(self) -> None:
        """Close the store; afterwards every call raises StoreFault. For an engine in memory this does nothing."""
        self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- recording ----------------------------------------------------------------------------------------

    def record(self, event: Event) -> Receipt:
        """Record one event; returns what it gave to whom, what it didn't give, and why. The same event again changes nothing, and returns
        the first receipt.

        Raises:
            InvalidEvent: its type isn't in the rule book, or it lacks something that the type requires.
            ConflictingEvent: its id was used before for an event with other content.
        """
        return self._record_made([event], lambda _: event)

    def _record_made(self, seen: list[Event], make: Callable[[Memory], Event]) -> Receipt:
        """Record the event that ``make`` returns within the transaction; notify unless it is a duplicate. ``seen``: events that are known before."""
        with self._dispatcher.writing(seen):
            receipt = self._memory.record(make(self._memory))
        if receipt.status != "duplicate":
            self._dispatcher.notify([receipt])
        return receipt

    def receipt(self, event: str) -> Receipt:
        """The first receipt of a recorded event.

        Raises:
            UnknownName: no event with this id was recorded.
        """
        memory = self._memory
        with memory.reading():
            return memory.journal.receipt(arguments.recorded_event(memory, event))

    @property
    def at_once(self) -> int:
        """How many events to pass to ``record_many`` at once, if you have more: as many as are committed together.

        The number grows while events arrive late, as when a history is recorded from its end: each batch corrects earlier results once.

        >>> Engine(RuleBook.load("plugin:sharing")).at_once
        1000
        """
        refuse_while_deciding(self._memory, NOT_READ)
        return self._memory.at_once

    def record_many(self, events: Iterable[Event]) -> Tally:
        """Record many events, in batches. A faulty event is skipped and reported, and the others are recorded.

        >>> Engine(RuleBook.load("plugin:sharing")).record_many([])
        Tally(recorded=0, duplicates=0, pending=0, rejected=(), failed=0)
        """
        return record_all(self._memory, self._dispatcher, events)

    def retract(
        self, event: str, *, at: datetime | None = None, actor: str | None = None
    ) -> Receipt:
        """Retract an event, recorded or not: records an ``event.retracted`` that names it. Retracting it again changes nothing.

        Raises:
            InvalidEvent: the rule book has no event type that retracts, or the id isn't valid.
        """
        moment = at or self.clock()
        return self._record_made([], partial(retraction, event=event, at=moment, actor=actor))

    def advance(self, to: datetime, data: Mapping[str, Value] = NO_DATA) -> Receipt:
        """Record that time has passed: badges that must be kept up are given and lost by what holds at that moment.

        ``data`` is what such badges ask of the community as a whole. Retract the event to undo it.

        Raises:
            InvalidEvent: the rule book has no event type that advances time, or its type doesn't allow such data.
            ConflictingEvent: time was advanced to this moment before, with other data.
        """
        return self._record_made([], partial(advance, to=to, data=data))

    def close_campaign(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """Pay out a campaign by the standings of this moment. Records the closing, and what it pays to whom, as events.

        ``since``, ``until`` (its window), ``budget`` and ``at`` override what the campaign and the clock say. Retracting the event
        of the closing takes back everything that it paid; then it can be closed again.

        Raises:
            UnknownName: the book has no such campaign.
            InvalidInput: the window isn't past, or was closed already; or the budget isn't valid.
        """
        with self._dispatcher.writing([]):
            done, receipts = close(self._memory, name, self.clock(), terms)
        self._dispatcher.notify(receipts)
        return done

    def preview_closing(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """What :meth:`close_campaign` would return, or raise, at this moment. Nothing is recorded.

        With ``individuals = false`` in the book it returns the pool, but no places.
        """
        with self._memory.reading():
            return without_places(self.book, plan(self._memory, name, self.clock(), terms))

    def deliver(self) -> dict[str, int]:
        """Tell deliveries what is due again, and what they weren't told yet; returns the number of delivered notices by delivery.
        It is done after each commit, too. If you record rarely, call it from time to time.

        >>> from wiifm import Delivery
        >>> told = []
        >>> engine = Engine(RuleBook.load("plugin:sharing"), [Delivery("crm", told.append)])
        >>> engine.deliver()
        {'crm': 0}
        """
        return self._dispatcher.deliver()

    # ---- reading -----------------------------------------------------------------------------------------

    def holders(self) -> Iterator[Holder]:
        """All members, units and communities that an activity has credited or could have credited, by kind and name."""
        with self._memory.reading():
            return iter(sorted(each.holder for each in self._memory.credited()))

    def member(self, name: str) -> Holder:
        """The member with a name.

        Raises:
            UnknownName: nobody of this name did anything, or was or could have been credited; it suggests similar names.
        """
        with self._memory.reading():
            return arguments.credited_member(self._memory, name)

    def pending(self) -> tuple[str, ...]:
        """The ids of the events that wait for the event that creates their object.

        >>> Engine(RuleBook.load("plugin:sharing")).pending()
        ()
        """
        with self._memory.reading():
            return tuple(sorted(self._memory.flow.pending))

    def standing(self, holder: str | Holder) -> Standing:
        """What a member, unit or community has now. It is empty for an unknown one.

        Raises:
            InvalidInput: the name isn't valid.
            Withheld: the book says ``individuals = false``, and too few of the unit or community earned anything.

        >>> Engine(RuleBook.load("plugin:sharing")).standing("ann").levels
        {'path': 'newcomer'}
        """
        with self._memory.reading():
            return standing_in(self._memory, arguments.holder_of(holder))

    def standings(self) -> list[Standing]:
        """The standing of each of the ``holders``, in their order, all at one moment. With ``individuals = false`` in the book, members are left out,
        and so are units and communities that are too small.
        """
        with self._memory.reading():
            return standings_in(self._memory)

    def scores(self, rule: str, holder: str | Holder) -> dict[str, Amount]:
        """What each object of a member is worth, by its judgements under a judged rule.

        Raises:
            UnknownName: the book has no such judged rule.
            InvalidInput: the name isn't valid.
            Withheld: it is a unit or community whose :meth:`standing` is withheld.
        """
        with self._memory.reading():
            return scores_in(self._memory, rule, arguments.holder_of(holder))

    def ledger(
        self, holder: str | Holder | None = None, purse: str | None = None, rule: str | None = None
    ) -> Iterator[Entry]:
        """The entries in the order in which they were written: all, or those of a holder, purse or rule. The rule may be one of an earlier book.

        Raises:
            UnknownName: the book has no such purse; or neither the book nor any entry has such a rule.
            InvalidInput: a name isn't valid.

        >>> list(Engine(RuleBook.load("plugin:sharing")).ledger("ann", purse="points"))
        []
        """
        return entries(self._memory, holder, purse, rule)

    def entries_of(self, event: str) -> list[Entry]:
        """The entries that were written for an event, with those that correct them; none if it wasn't recorded.

        Raises:
            InvalidInput: the id isn't valid.
        """
        with self._memory.reading():
            return entries_for(self._memory, event)

    def explain(self, entry: int | Entry) -> Explanation:
        """Why there is an entry, as its holder may read it.

        Raises:
            UnknownName: there is no entry with this number.
            Withheld: it is one of a unit or community whose :meth:`standing` is withheld.
        """
        number = entry.no if isinstance(entry, Entry) else entry
        with self._memory.reading():
            return explanation_of(self._memory, number)

    def leaderboard(
        self,
        purse: str = "points",
        over: str = "ever",
        community: str | None = None,
        around: str | None = None,
        at: datetime | None = None,
        **among: Unpack[Among],
    ) -> list[Rank]:
        """Who earned most, or improved most. ``around`` names a member, and limits the board to them and their neighbours.

        ``over`` is ever, day, week, month, year, "last 30 days" or "every 14 days", as of ``at`` (by default the time of the latest
        event). ``unit``, ``topic``, ``newcomers`` and ``by`` are those of a :class:`~wiifm.leaderboard.Board`.

        Raises:
            Withheld: the book says ``individuals = false``.
            UnknownName: the book has no such purse.
            InvalidInput: ``over``, ``newcomers``, ``by`` or a name isn't valid.
        """
        check_may_rank(self.book)
        arguments.check_known("purse", purse, self.book.purses)
        arguments.check_moment("at", at)
        with self._memory.reading():
            at = at or self._now()
            board = Board(at=at, purse=purse, over=over, community=community, **among)
            return ranks_of(self._memory, board, around)

    def statement(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        minutes: Mapping[Act, float] | None = None,
    ) -> Statement:
        """A member's "what's in it for me?". ``minutes`` says how many minutes each act is assumed to save others.

        Raises:
            InvalidInput: the name isn't valid, ``since`` or ``until`` isn't an aware datetime, or ``minutes`` has an unknown act.
        """
        from wiifm.statement_reading import statement_of  # noqa: PLC0415 - half as much to import as the rest

        arguments.check_report_arguments(since, until, minutes)
        with self._memory.reading(), young_generation_only():
            return statement_of(self._memory, member, since, until, self._now(), minutes)

    def culture(
        self, since: datetime | None = None, until: datetime | None = None, **asking: Unpack[Asked]
    ) -> Culture:
        """The organisation's report on whether knowledge flows. It names nobody unless asked to (extra ``culture``).

        ``fewest``, ``units``, ``managers``, ``minutes``, ``purse`` and ``named`` are those of :class:`~wiifm.culture.nouns.Asked`.

        Raises:
            Withheld: names are asked for, or figures of fewer persons than the book allows, and it says ``individuals = false``.
            InvalidInput: a time, ``minutes``, ``fewest`` or ``purse`` isn't valid.
        """
        from wiifm.culture.reading import culture_of  # noqa: PLC0415 - the extra may be missing

        with self._memory.reading():
            return culture_of(self._memory, since, until, self._now(), **asking)

    def _now(self) -> datetime:
        """The time of the latest event that counts, so that readings don't depend on a clock; by the clock if there is none."""
        return self._memory.flow.now() or self.clock()


def memory_of(engine: Engine) -> Memory:
    """What an engine remembers, for modules of wiifm that read it in other ways than by its methods. They must not change it."""
    return engine._memory
