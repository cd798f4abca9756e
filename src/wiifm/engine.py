"""The shell: receives events, has the three folds decide, commits, and tells observers.

``Engine`` keeps everything in memory. Whatever order, lateness, doubling or retraction its events come
in, what it holds afterwards is one in-order fold over the events that count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Self, Unpack

from wiifm import arguments
from wiifm.campaigns import Closing
from wiifm.closing import Terms, close, plan
from wiifm.collector import only_the_young
from wiifm.dispatch import Clock, Dispatcher, Told, a_clock, the_clock
from wiifm.event_types import Act
from wiifm.events import NO_DATA, Event, Value
from wiifm.explanation import Explanation
from wiifm.faults import Fault, InvalidInput, short
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
        observers: called after each commit with the receipts of its batch, and deliveries, which are told notice by
            notice, beside those of plugins (whose deliveries need a store).
        clock: tells the time, where deliveries or retractions need it.
    """

    def __init__(self, book: RuleBook, observers: Told = (), clock: Clock = the_clock) -> None:
        if not isinstance(book, RuleBook):
            raise InvalidInput(
                [Fault("book", short(book), "a RuleBook, such as RuleBook.load(...)")]
            )
        self.book = book
        self.clock = a_clock(clock)
        self._dispatcher = Dispatcher.of(book, observers)
        self.faults: list[Fault] = self._dispatcher.faults
        """What observers raised, and what was left undecided in bulk since a plugin raised: the latest thousand. Nothing else was held up by it."""
        self._remember(Memory.of(book))

    def _remember(self, memory: Memory, store: Store | None = None) -> None:
        self._memory = memory
        self._dispatcher.follow(memory, store, self.clock)

    @classmethod
    def open(
        cls, url: str, book: RuleBook | None = None, observers: Told = (), clock: Clock = the_clock
    ) -> Self:
        """An engine that remembers in the store that a URL names, such as ``sqlite:///acme.db``.

        Without a book it decides by the one that is kept there, and makes nothing where nothing was recorded.

        >>> with Engine.open("memory:", RuleBook.load("plugin:sharing")) as engine:
        ...     engine.pending()
        ()

        Raises:
            StoreFault: there is no such store, it can't be opened, another rule book decided what is in it, or
                a later version of wiifm wrote it; or no book is given, and none can be made of what is there.
        """
        from wiifm.stores.urls import open_store  # noqa: PLC0415 - only whoever asks pays for it

        store = open_store(url, book.disabled_plugins if book else ())
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
        observers: Told = (),
        clock: Clock = the_clock,
    ) -> Self:
        """An engine that remembers in a store, beginning with what is in it; without a book, by the one kept there.

        Raises:
            StoreFault: another rule book decided what is in it, or a later version of wiifm wrote it; or no book
                is given, and none can be made of what is there.
        """
        from wiifm.archive.archive import Archive  # noqa: PLC0415 - only whoever asks pays for it
        from wiifm.archive.stored_book import kept_book  # noqa: PLC0415

        book = kept_book(store) if book is None else book
        engine = cls(book, observers, clock)
        engine._remember(Archive.open(store, book), store)
        return engine

    def close(self) -> None:
        """Close the store; whatever is asked for afterwards is a StoreFault. In memory there is nothing to close."""
        self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- what happened -----------------------------------------------------------------------------------

    def record(self, event: Event) -> Receipt:
        """Take in one event; answers what it gave to whom and why, and what it didn't, and why not.

        The same event again changes nothing, and answers with the first receipt.

        Raises:
            InvalidEvent: its type isn't in the rule book, or it lacks what the type asks for.
            ConflictingEvent: its id was used before for another content.
        """
        return self._say([event], lambda _: event)

    def _say(self, seen: list[Event], make: Callable[[Memory], Event]) -> Receipt:
        """Take in an event that is made in the midst of a transaction, and tell of it unless it was recorded before."""
        with self._dispatcher.writing(seen):
            receipt = self._memory.record(make(self._memory))
        if receipt.status != "duplicate":
            self._dispatcher.tell([receipt])
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
        """How many events it is best to hand over at once, by whoever has more of them: as many as are committed together.

        They are more and more while events come late, as where a history is told from its end: what came before is mended once for each batch.

        >>> Engine(RuleBook.load("plugin:sharing")).at_once
        1000
        """
        return self._memory.at_once

    def record_many(self, events: Iterable[Event]) -> Tally:
        """Take in many events, in batches; a faulty one is left out and told, the rest goes on.

        >>> Engine(RuleBook.load("plugin:sharing")).record_many([])
        Tally(recorded=0, duplicates=0, pending=0, rejected=(), failed=0)
        """
        return record_all(self._memory, self._dispatcher, events)

    def retract(
        self, event: str, *, at: datetime | None = None, actor: str | None = None
    ) -> Receipt:
        """Take an event back, known or not: records an ``event.retracted`` that names it.

        Doing so twice changes nothing.

        Raises:
            InvalidEvent: the rule book has no event type that retracts, or no event can have such an id.
        """
        moment = at or self.clock()
        return self._say([], partial(retraction, event=event, at=moment, actor=actor))

    def advance(self, to: datetime, data: Mapping[str, Value] = NO_DATA) -> Receipt:
        """Say that time has passed: badges that must be kept up are given and lost by what is there at that moment.

        ``data`` is what such badges ask of the community as a whole. Retracting the event has time not have passed.

        Raises:
            InvalidEvent: the rule book has no event type that advances time, or not with such data.
            ConflictingEvent: time was advanced to this moment before, with other data.
        """
        return self._say([], partial(advance, to=to, data=data))

    def close_campaign(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """Share what a campaign pays by the standings of this moment: records that, and what it pays to whom, as events.

        ``since``, ``until`` (its window), ``budget`` and ``at`` go before what the campaign says, and the clock.
        Retracting the closing's event takes back all that it paid; then it may be closed again.

        Raises:
            UnknownName: the book has no such campaign.
            InvalidInput: the window isn't past, or was closed already; or the budget is none.
        """
        with self._dispatcher.writing([]):
            done, told = close(self._memory, name, self.clock(), terms)
        self._dispatcher.tell(told)
        return done

    def preview_closing(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """What :meth:`close_campaign` would come to, and raise, at this moment; nothing is recorded.

        Where the book says ``individuals = false`` it tells the pool, and no places.
        """
        with self._memory.reading():
            return without_places(self.book, plan(self._memory, name, self.clock(), terms))

    def deliver(self) -> dict[str, int]:
        """Tell deliveries what failed before and is due again, and what they weren't told; answers how many notices each took.

        It is done after each commit, too; whoever records seldom calls it from time to time.

        >>> from wiifm import Delivery
        >>> told = []
        >>> engine = Engine(RuleBook.load("plugin:sharing"), [Delivery("crm", told.append)])
        >>> engine.deliver()
        {'crm': 0}
        """
        return self._dispatcher.deliver()

    # ---- what came of it ---------------------------------------------------------------------------------

    def holders(self) -> Iterator[Holder]:
        """All members, units and communities that any activity credits or might have credited, by kind and name."""
        with self._memory.reading():
            return iter(sorted(each.holder for each in self._memory.credited()))

    def member(self, name: str) -> Holder:
        """The member of a name.

        Raises:
            UnknownName: they did nothing, and no event credits them or could have; with who may have been meant.
        """
        with self._memory.reading():
            return arguments.credited_member(self._memory, name)

    def pending(self) -> tuple[str, ...]:
        """The ids of events that wait for the one that created their object.

        >>> Engine(RuleBook.load("plugin:sharing")).pending()
        ()
        """
        with self._memory.reading():
            return tuple(sorted(self._memory.flow.pending))

    def standing(self, holder: str | Holder) -> Standing:
        """What a member (or a unit or community) has now; nothing for one that nobody heard of.

        Raises:
            InvalidInput: nobody can have such a name.
            Withheld: the book says ``individuals = false``, and it is a unit or community of which too few earned anything.

        >>> Engine(RuleBook.load("plugin:sharing")).standing("ann").levels
        {'path': 'newcomer'}
        """
        with self._memory.reading():
            return standing_in(self._memory, arguments.holder_of(holder))

    def standings(self) -> list[Standing]:
        """What each of the ``holders`` has, in their order, all at one moment; without members, and units and communities of too few, where the book says ``individuals = false``."""
        with self._memory.reading():
            return standings_in(self._memory)

    def scores(self, rule: str, holder: str | Holder) -> dict[str, Amount]:
        """What each object of a member is worth by what its judges say, under a judged rule.

        Raises:
            UnknownName: the book has no such judged rule.
            InvalidInput: nobody can have such a name.
            Withheld: it is a unit or community that :meth:`standing` doesn't tell.
        """
        with self._memory.reading():
            return scores_in(self._memory, rule, arguments.holder_of(holder))

    def ledger(
        self, holder: str | Holder | None = None, purse: str | None = None, rule: str | None = None
    ) -> Iterator[Entry]:
        """The entries in the order in which they were written: all, or those of a holder, purse or rule, be it one of an earlier book.

        Raises:
            UnknownName: the book has no such purse, or neither it nor any entry such a rule.
            InvalidInput: nobody, or no rule, can have such a name.

        >>> list(Engine(RuleBook.load("plugin:sharing")).ledger("ann", purse="points"))
        []
        """
        return entries(self._memory, holder, purse, rule)

    def entries_of(self, event: str) -> list[Entry]:
        """The entries that were written for an event, with those that correct them; none for one that wasn't recorded.

        Raises:
            InvalidInput: no event can have such an id.
        """
        with self._memory.reading():
            return entries_for(self._memory, event)

    def explain(self, entry: int | Entry) -> Explanation:
        """Why there is an entry, as its holder may read it.

        Raises:
            UnknownName: there is no entry with this number.
            Withheld: it is one of a unit or community that :meth:`standing` doesn't tell.
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
        """Who earned most, or improved most; ``around`` a member shows only them and their neighbours.

        ``over`` is ever, day, week, month, year, "last 30 days" or "every 14 days", as of ``at``
        (the latest event's time unless given). ``unit``, ``topic``, ``newcomers`` and ``by`` are those of a :class:`~wiifm.leaderboard.Board`.

        Raises:
            Withheld: the book says ``individuals = false``.
            UnknownName: the book has no such purse.
            InvalidInput: ``over``, ``newcomers`` or ``by`` is none of these, or nobody can have such a name.
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
        """A member's "what's in it for me?"; ``minutes`` says how many each act is assumed to save others.

        Raises:
            InvalidInput: nobody can have such a name, ``since`` or ``until`` is no aware date and time, or ``minutes`` has no such act.
        """
        from wiifm.statement_reading import statement_of  # noqa: PLC0415 - half as much to import as the rest

        arguments.check_report_arguments(since, until, minutes)
        with self._memory.reading(), only_the_young():
            return statement_of(self._memory, member, since, until, self._now(), minutes)

    def culture(
        self, since: datetime | None = None, until: datetime | None = None, **asking: Unpack[Asked]
    ) -> Culture:
        """Whether knowledge flows: the organisation's report, which names nobody unless asked to (extra ``culture``).

        ``fewest``, ``units``, ``managers``, ``minutes``, ``purse`` and ``named`` are those of :class:`~wiifm.culture.nouns.Asked`.

        Raises:
            Withheld: names are asked for, or figures of fewer persons than the book says, and it says ``individuals = false``.
            InvalidInput: a time, ``minutes``, ``fewest`` or ``purse`` is none.
        """
        from wiifm.culture.reading import culture_of  # noqa: PLC0415 - the extra may be missing

        with self._memory.reading():
            return culture_of(self._memory, since, until, self._now(), **asking)

    def _now(self) -> datetime:
        """The time of the latest event that counts: readings have no clock of their own."""
        return self._memory.flow.now() or self.clock()


def memory_of(engine: Engine) -> Memory:
    """What an engine remembers, for those within the house who read it otherwise than by its methods; they change nothing of it."""
    return engine._memory
