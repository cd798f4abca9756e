"""``Engine``: receives events, has the three folds decide, commits the result, and notifies observers.

However late, out of order, repeated or retracted its events are, the result is that of one fold, in order, over the events that count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Self

from wiifm import arguments
from wiifm.campaigns import Closing
from wiifm.closing import Terms, close
from wiifm.deciding import NOT_READ, refuse_while_deciding
from wiifm.dispatch import Clock, Dispatcher, Observers, checked_clock, utc_now
from wiifm.engine_readings import EngineReadings
from wiifm.events import NO_DATA, Event, Value
from wiifm.faults import Fault
from wiifm.ledger import Holder, Receipt, Tally
from wiifm.memory import Memory
from wiifm.own_events import advance, retraction
from wiifm.recording import record_all
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store, place_of


class Engine(EngineReadings):
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

    Threads:
        Any number of threads may share an engine, in memory or over a store. One call records or reads at a time, and the others wait.
        Each reading is of one state between two batches. Observers are called in the thread that recorded, so by two threads at once if two record.
    """

    _opened: Store | None = None
    """The store that ``open`` opened, which is closed with the engine."""

    def __init__(self, book: RuleBook, observers: Observers = (), clock: Clock = utc_now) -> None:
        self._book = arguments.checked_book(book)
        self._clock = checked_clock(clock)
        self._dispatcher = Dispatcher.of(book, observers)
        self._remember(Memory.of(book))

    def _remember(self, memory: Memory, store: Store | None = None) -> None:
        self._memory = memory
        self._place = "in memory" if store is None else place_of(store)
        self._dispatcher.attach(memory, store, self._clock)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._book.id!r}, {self._place})"

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What observers raised, and where a plugin raised instead of deciding in bulk, so far; the latest thousand. Nothing else was held up by it."""
        return tuple(self._dispatcher.faults)

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
            InvalidURL: the URL isn't valid.
            OtherBook: another rule book decided the contents of the store.
            StoreFault: the store doesn't exist or can't be opened, or a later version of wiifm wrote it; or no book is given, and the
                store's can't be rebuilt.
        """
        from wiifm.stores.urls import open_store  # noqa: PLC0415 - imported only when needed

        disabled = () if book is None else arguments.checked_book(book).disabled_plugins
        store = open_store(url, disabled)
        try:
            engine = cls.over(store, book, observers, clock)
        except BaseException:
            store.close()
            raise
        engine._opened = store
        return engine

    @classmethod
    def over(
        cls,
        store: Store,
        book: RuleBook | None = None,
        observers: Observers = (),
        clock: Clock = utc_now,
    ) -> Self:
        """Open an engine over a store. It continues from what the store contains; without a book, it decides by the one that the store keeps.

        The store stays open when the engine is closed: whoever opened it closes it.

        >>> from wiifm import open_store
        >>> with open_store("memory:") as store:
        ...     with Engine.over(store, RuleBook.load("plugin:sharing")):
        ...         pass
        ...     print(Engine.over(store))
        Engine('sharing', in memory)

        Raises:
            OtherBook: another rule book decided its contents.
            StoreFault: a later version of wiifm wrote it; or no book is given, and the store's can't be rebuilt.
        """
        from wiifm.archive.archive import Archive  # noqa: PLC0415 - imported only when needed
        from wiifm.archive.stored_book import check_store, kept_book  # noqa: PLC0415
        from wiifm.stores.holding import Lent  # noqa: PLC0415

        check_store(store)
        book = kept_book(store) if book is None else book
        engine, lent = cls(book, observers, clock), Lent(store)
        archive = Archive.open(lent, book, searched=Archive.tables)
        engine._remember(archive, lent)
        return engine

    def close(self) -> None:
        """Close the engine; afterwards every call raises StoreClosed. A store that it opened itself is closed, too; one that it was
        given (``over``) stays open. For an engine in memory this does nothing.
        """
        self._memory.close()
        if self._opened is not None:
            self._opened.close()

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
        self,
        event: str | Event,
        *,
        at: datetime | None = None,
        actor: str | Holder | None = None,
    ) -> Receipt:
        """Retract an event, by itself or its id, recorded or not: records an ``event.retracted`` that names it. Retracting it again changes nothing.

        Raises:
            InvalidEvent: the rule book has no event type that retracts, or the id isn't valid.
            InvalidInput: the actor is a unit or a community.
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

    def close_campaign(
        self,
        name: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        budget: float | None = None,
        at: datetime | None = None,
    ) -> Closing:
        """Pay out a campaign by the standings of this moment. Records the closing, and what it pays to whom, as events.

        ``since``, ``until`` (its window), ``budget`` and ``at`` override what the campaign and the clock say. Retracting the event
        of the closing takes back everything that it paid; then it can be closed again.

        Raises:
            UnknownName: the book has no such campaign.
            InvalidInput: the window isn't past, or was closed already; or the budget isn't valid.
        """
        terms = Terms(since=since, until=until, budget=budget, at=at)
        with self._dispatcher.writing([]):
            done, receipts = close(self._memory, name, self.clock(), terms)
        self._dispatcher.notify(receipts)
        return done

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
