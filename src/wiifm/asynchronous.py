"""``AsyncEngine``: an engine for asyncio. Each call runs in a thread, and the event loop continues."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Self, TypeVar

from attrs import evolve

from wiifm.campaigns import Closing
from wiifm.deciding import NOT_DELIVERED, NOT_READ, NOT_RECORDED
from wiifm.dispatch import Clock, Observers, utc_now
from wiifm.engine import Engine
from wiifm.engine_thread import EngineThread, in_thread
from wiifm.event_types import Act
from wiifm.events import NO_DATA, Event, Value
from wiifm.explanation import Explanation
from wiifm.faults import Fault
from wiifm.leaderboard import By, Rank
from wiifm.ledger import Amount, Entry, Holder, Receipt, Rejection, Standing, Tally
from wiifm.rulebook.book import RuleBook
from wiifm.stores.protocol import Store

if TYPE_CHECKING:
    from wiifm.culture.nouns import Culture
    from wiifm.statement.nouns import Statement

T = TypeVar("T")


class AsyncEngine(EngineThread):
    """An engine whose methods are awaited.

    It has one thread, which runs one call after the other, so an engine in memory can be shared, too. A culture report over a
    store takes long; it is read in a second thread, and holds up nobody. What it was given to record is recorded even if the
    awaiting task is cancelled: completely, or, if the process dies, not at all.

    >>> async def thank() -> str:
    ...     from datetime import UTC, datetime
    ...     async with AsyncEngine(Engine(RuleBook.load("plugin:sharing"))) as engine:
    ...         thanks = Event(id="k1", type="kudos.given", occurred_at=datetime(2026, 5, 4, tzinfo=UTC),
    ...                        actor="bob", recipient="ann")
    ...         await engine.record(thanks)
    ...         return str((await engine.standing("ann")).points["points"])
    >>> asyncio.run(thank())
    '5'

    Args:
        engine: must not be closed directly any more; :meth:`close` closes it.

    Threads:
        Await its methods on one event loop. Other threads may use the ``Engine`` that it was made of; each waits for the other as in
        :class:`~wiifm.Engine`.

    Forks:
        In the child of a fork it works on, with threads of its own; what the parent had asked for is done in the parent only. Over
        a store, both record in the same store; in memory, each goes on with a copy.

    Raises:
        InvalidInput: it isn't an Engine.
    """

    @property
    def book(self) -> RuleBook:
        """The rule book that decides."""
        return self._engine.book

    @property
    def clock(self) -> Clock:
        """The clock that the engine was given."""
        return self._engine.clock

    @property
    def faults(self) -> tuple[Fault, ...]:
        """See :attr:`wiifm.Engine.faults`."""
        return self._engine.faults

    @property
    def at_once(self) -> int:
        """See :attr:`wiifm.Engine.at_once`. :meth:`record_many` takes so many at once by itself."""
        return self._engine.at_once

    @classmethod
    async def open(
        cls,
        url: str,
        book: RuleBook | None = None,
        observers: Observers = (),
        clock: Clock = utc_now,
    ) -> Self:
        """Open an engine over a store; see :meth:`wiifm.Engine.open`.

        Raises:
            StoreFault: the store can't be opened.
        """
        return await cls._opened(partial(Engine.open, url, book, observers, clock))

    @classmethod
    async def over(
        cls,
        store: Store,
        book: RuleBook | None = None,
        observers: Observers = (),
        clock: Clock = utc_now,
    ) -> Self:
        """Open an engine over an open store; see :meth:`wiifm.Engine.over`.

        Raises:
            StoreFault: the store can't be used.
        """
        return await cls._opened(partial(Engine.over, store, book, observers, clock))

    @classmethod
    async def _opened(cls, open_engine: Callable[[], Engine]) -> Self:
        opening = in_thread(None, open_engine)
        try:
            return cls(await asyncio.shield(opening))
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unused)
            raise

    # ---- recording ----------------------------------------------------------------------------------------

    async def record(self, event: Event) -> Receipt:
        """See :meth:`wiifm.Engine.record`."""
        return await self._run_shielded(partial(self._engine.record, event))

    async def record_many(self, events: Iterable[Event] | AsyncIterable[Event]) -> Tally:
        """See :meth:`wiifm.Engine.record_many`.

        Other calls have their turn between two batches. If it is cancelled, some batches may have been recorded: send all of it again.
        """
        return _merged([each async for each in self._batches(events)])

    async def _batches(
        self, events: Iterable[Event] | AsyncIterable[Event]
    ) -> AsyncIterator[tuple[int, Tally]]:
        """The size and the tally of each batch that was recorded."""
        self._check_usable(NOT_RECORDED)
        if not isinstance(events, AsyncIterable):
            stream, size, wanted = iter(events), 0, 0
            while size == wanted:
                wanted = self._engine.at_once
                some = partial(_record_next, self._engine, stream, wanted)
                found = await self._run_shielded(some)
                size = found[0]
                yield found
            return
        batch: list[Event] = []
        async for event in events:
            batch.append(event)
            if len(batch) >= self._engine.at_once:
                yield len(batch), await self._run_shielded(partial(self._engine.record_many, batch))
                batch = []
        yield len(batch), await self._run_shielded(partial(self._engine.record_many, batch))

    async def retract(
        self,
        event: str | Event,
        *,
        at: datetime | None = None,
        actor: str | Holder | None = None,
    ) -> Receipt:
        """See :meth:`wiifm.Engine.retract`."""
        return await self._run_shielded(partial(self._engine.retract, event, at=at, actor=actor))

    async def advance(self, to: datetime, data: Mapping[str, Value] = NO_DATA) -> Receipt:
        """See :meth:`wiifm.Engine.advance`."""
        return await self._run_shielded(partial(self._engine.advance, to, data))

    async def close_campaign(
        self,
        name: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        budget: float | None = None,
        at: datetime | None = None,
    ) -> Closing:
        """See :meth:`wiifm.Engine.close_campaign`."""
        ask = partial(
            self._engine.close_campaign, name, since=since, until=until, budget=budget, at=at
        )
        return await self._run_shielded(ask)

    async def preview_closing(
        self,
        name: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        budget: float | None = None,
        at: datetime | None = None,
    ) -> Closing:
        """See :meth:`wiifm.Engine.preview_closing`."""
        ask = partial(
            self._engine.preview_closing, name, since=since, until=until, budget=budget, at=at
        )
        return await self._run(ask)

    async def deliver(self) -> dict[str, int]:
        """See :meth:`wiifm.Engine.deliver`."""
        self._check_usable(NOT_DELIVERED)
        return await self._run_shielded(self._engine.deliver)

    # ---- reading -----------------------------------------------------------------------------------------

    async def receipt(self, event: str | Event) -> Receipt:
        """See :meth:`wiifm.Engine.receipt`."""
        return await self._run(partial(self._engine.receipt, event))

    async def pending(self) -> tuple[str, ...]:
        """See :meth:`wiifm.Engine.pending`."""
        return await self._run(self._engine.pending)

    async def holders(self) -> list[Holder]:
        """See :meth:`wiifm.Engine.holders`."""
        return await self._run(lambda: list(self._engine.holders()))

    async def member(self, name: str | Holder) -> Holder:
        """See :meth:`wiifm.Engine.member`."""
        return await self._run(partial(self._engine.member, name))

    async def standing(self, holder: str | Holder) -> Standing:
        """See :meth:`wiifm.Engine.standing`."""
        return await self._run(partial(self._engine.standing, holder))

    async def scores(self, rule: str, holder: str | Holder) -> dict[str, Amount]:
        """See :meth:`wiifm.Engine.scores`."""
        return await self._run(partial(self._engine.scores, rule, holder))

    async def standings(self) -> list[Standing]:
        """See :meth:`wiifm.Engine.standings`."""
        return await self._run(self._engine.standings)

    async def ledger(
        self, holder: str | Holder | None = None, purse: str | None = None, rule: str | None = None
    ) -> list[Entry]:
        """See :meth:`wiifm.Engine.ledger`."""
        return await self._run(lambda: list(self._engine.ledger(holder, purse, rule)))

    async def latest_entries(
        self,
        holder: str | Holder,
        purse: str | None = None,
        rule: str | None = None,
        *,
        before: int | Entry | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """See :meth:`wiifm.Engine.latest_entries`."""
        ask = partial(self._engine.latest_entries, holder, purse, rule)
        return await self._run(partial(ask, before=before, limit=limit))

    async def entries_of(self, event: str | Event) -> list[Entry]:
        """See :meth:`wiifm.Engine.entries_of`."""
        return await self._run(partial(self._engine.entries_of, event))

    async def explain(self, entry: int | Entry) -> Explanation:
        """See :meth:`wiifm.Engine.explain`."""
        return await self._run(partial(self._engine.explain, entry))

    async def leaderboard(
        self,
        purse: str = "points",
        over: str = "ever",
        community: str | Holder | None = None,
        around: str | Holder | None = None,
        at: datetime | None = None,
        *,
        unit: str | Holder | None = None,
        topic: str | None = None,
        newcomers: str | None = None,
        by: By = "points",
    ) -> list[Rank]:
        """See :meth:`wiifm.Engine.leaderboard`."""
        board = partial(self._engine.leaderboard, purse, over, community, around, at)
        return await self._run(partial(board, unit=unit, topic=topic, newcomers=newcomers, by=by))

    async def statement(
        self,
        member: str | Holder,
        since: datetime | None = None,
        until: datetime | None = None,
        minutes: Mapping[Act, float] | None = None,
    ) -> Statement:
        """See :meth:`wiifm.Engine.statement`."""
        return await self._run(partial(self._engine.statement, member, since, until, minutes))

    async def culture(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        fewest: int | None = None,
        units: Mapping[str, str] | None = None,
        managers: Mapping[str, str] | None = None,
        minutes: Mapping[Act, float] | None = None,
        purse: str | None = None,
        named: bool = False,
    ) -> Culture:
        """See :meth:`wiifm.Engine.culture`."""
        reader = await self._run(self._separate_reader)
        self._check_usable(NOT_READ)
        read = partial(
            (reader or self._engine).culture,
            since,
            until,
            fewest=fewest,
            units=units,
            managers=managers,
            minutes=minutes,
            purse=purse,
            named=named,
        )
        return await in_thread(self._report_thread if reader else self._thread, read)


def _close_unused(opening: asyncio.Future[Engine]) -> None:
    """Close an engine that was opened for a task that was cancelled meanwhile."""
    if not opening.cancelled() and not opening.exception():
        opening.result().close()


def _record_next(engine: Engine, events: Iterator[Event], wanted: int) -> tuple[int, Tally]:
    """Record the next ``wanted`` events; returns how many there were, and their tally."""
    batch = list(islice(events, wanted))
    return len(batch), engine.record_many(batch)


def _merged(batches: list[tuple[int, Tally]]) -> Tally:
    """One tally for some batches, each given with its size."""
    first, rejected = 0, list[Rejection]()
    for size, tally in batches:
        rejected += [evolve(each, index=each.index + first) for each in tally.rejected]
        first += size
    tallies = [tally for _, tally in batches]
    return Tally(
        recorded=sum(each.recorded for each in tallies),
        duplicates=sum(each.duplicates for each in tallies),
        pending=tallies[-1].pending,
        failed=sum(each.failed for each in tallies),
        rejected=tuple(rejected),
    )
