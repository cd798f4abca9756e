"""``AsyncEngine``: an engine for asyncio. Each call runs in a thread, and the event loop continues."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
)
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Self, TypeVar, Unpack

from attrs import evolve

from wiifm.campaigns import Closing
from wiifm.closing import Terms
from wiifm.deciding import NOT_CLOSED, NOT_DELIVERED, NOT_READ, NOT_RECORDED, refuse_while_deciding
from wiifm.dispatch import Clock, Observers, utc_now
from wiifm.engine import Engine
from wiifm.engine_readings import memory_of
from wiifm.event_types import Act
from wiifm.events import NO_DATA, Event, Value
from wiifm.explanation import Explanation
from wiifm.faults import Fault, InvalidInput, StoreClosed, literal
from wiifm.leaderboard import Among, Rank
from wiifm.ledger import Amount, Entry, Holder, Receipt, Rejection, Standing, Tally
from wiifm.ledger_reading import latest_entries
from wiifm.memory import Memory
from wiifm.privacy import Names
from wiifm.rulebook.book import RuleBook

if TYPE_CHECKING:
    from wiifm.culture.nouns import Asked, Culture
    from wiifm.statement.nouns import Statement
    from wiifm.words.speech import Speech

T = TypeVar("T")


class AsyncEngine:
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

    Raises:
        InvalidInput: it isn't an Engine.
    """

    def __init__(self, engine: Engine) -> None:
        if not isinstance(engine, Engine):
            raise InvalidInput([Fault("engine", literal(engine), "an Engine")])
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wiifm")
        self._report_thread = ThreadPoolExecutor(1, thread_name_prefix="wiifm-report")
        self._reader: Engine | None = None
        self._close_future: Future[None] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._engine!r})"

    @property
    def book(self) -> RuleBook:
        """The rule book that decides."""
        return self._engine.book

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
        opening = _in_thread(None, partial(Engine.open, url, book, observers, clock))
        try:
            return cls(await asyncio.shield(opening))
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unused)
            raise

    async def close(self) -> None:
        """Close the engine, once everything that it was given is recorded."""
        refuse_while_deciding(memory_of(self._engine), NOT_CLOSED)
        if self._close_future is None:
            self._close_future = self._thread.submit(self._engine.close)
            self._thread.shutdown(wait=False)
            self._report_thread.shutdown(wait=False)  # a report that waits there raises StoreClosed
        await asyncio.shield(asyncio.wrap_future(self._close_future))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

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

    async def close_campaign(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """See :meth:`wiifm.Engine.close_campaign`."""
        return await self._run_shielded(partial(self._engine.close_campaign, name, **terms))

    async def preview_closing(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """See :meth:`wiifm.Engine.preview_closing`."""
        return await self._run(partial(self._engine.preview_closing, name, **terms))

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

    async def latest(
        self, member: str, purse: str | None, rule: str | None, before: int | None, most: int
    ) -> list[Entry]:
        """The last entries of a member, the latest first: at most ``most`` with numbers below ``before``, of all purses and rules or of one.

        Raises:
            UnknownName: the book has no such purse; or neither the book nor any entry has such a rule.
        """
        return await self._read(
            lambda memory: latest_entries(memory, member, purse, rule, before, most)
        )

    async def entries_of(self, event: str | Event) -> list[Entry]:
        """See :meth:`wiifm.Engine.entries_of`."""
        return await self._run(partial(self._engine.entries_of, event))

    async def happened(self, member: str, events: Collection[str]) -> list[Event]:
        """Recorded events by their ids, as a member may read them: with ``individuals = false`` they name nobody else."""
        names = Names(self.book, member)
        return await self._read(
            lambda memory: [names.event(each) for each in memory.log.with_ids(events)]
        )

    async def told(self, entries: Collection[Entry], s: Speech) -> dict[int, str]:
        """The sentences of entries by their numbers, in a language, as their holders may read them."""

        def read(memory: Memory) -> dict[int, str]:
            rows = {each.no: memory.accounts.rows[each.no - 1] for each in entries}
            names = {each.holder: Names.to(self.book, each.holder) for each in entries}
            return {
                each.no: names[each.holder].sentence(each, rows[each.no], s) for each in entries
            }

        return await self._read(read)

    async def is_listed(self, member: str) -> bool:
        """Whether leaderboards may show a member, by their latest choice."""
        return await self._read(lambda memory: bool(memory.flow.relations.listed([member])))

    async def unit_of(self, member: str) -> str | None:
        """The unit that a member belongs to by the latest event that says so; None if there is none."""
        return await self._read(lambda memory: memory.flow.relations.current_unit(member))

    async def there(self, members: Collection[str]) -> list[str]:
        """Those of some members who haven't left, or have joined again."""
        return await self._read(lambda memory: memory.flow.relations.there(members))

    async def stamp(self) -> Hashable:
        """A value that changes whenever anything is recorded, by any process, or a backup is restored. A reading at the same stamp is still valid."""
        return await self._run(memory_of(self._engine).stamp)

    async def stamp_of(self, member: str) -> Hashable:
        """A value that changes as soon as a member does something, or something is booked for them."""
        from wiifm.archive.stamp import own_stamp  # noqa: PLC0415 - imported only when needed

        return await self._run(partial(own_stamp, memory_of(self._engine), member))

    async def explain(self, entry: int | Entry) -> Explanation:
        """See :meth:`wiifm.Engine.explain`."""
        return await self._run(partial(self._engine.explain, entry))

    async def leaderboard(
        self,
        purse: str = "points",
        over: str = "ever",
        community: str | None = None,
        around: str | Holder | None = None,
        at: datetime | None = None,
        **among: Unpack[Among],
    ) -> list[Rank]:
        """See :meth:`wiifm.Engine.leaderboard`."""
        board = partial(self._engine.leaderboard, purse, over, community, around, at, **among)
        return await self._run(board)

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
        self, since: datetime | None = None, until: datetime | None = None, **asking: Unpack[Asked]
    ) -> Culture:
        """See :meth:`wiifm.Engine.culture`."""
        reader = await self._run(self._separate_reader)
        self._check_usable(NOT_READ)
        read = partial((reader or self._engine).culture, since, until, **asking)
        return await _in_thread(self._report_thread if reader else self._thread, read)

    def _separate_reader(self) -> Engine | None:
        """The engine for long readings, over the same store; None for an engine in memory."""
        from wiifm.archive.archive import Archive  # noqa: PLC0415 - imported only when needed

        memory = memory_of(self._engine)
        if self._reader is None and isinstance(memory, Archive):
            self._reader = Engine.over(memory.store, self.book, clock=self._engine.clock)
        return self._reader

    # ---- the thread --------------------------------------------------------------------------------------

    async def _run(self, call: Callable[[], T]) -> T:
        """Run a call in the thread, unless the awaiting task is cancelled before it begins."""
        self._check_usable(NOT_READ)
        return await _in_thread(self._thread, call)

    async def _read(self, ask: Callable[[Memory], T]) -> T:
        """Run a reading of what the engine remembers, all of it at one moment."""
        memory = memory_of(self._engine)

        def read() -> T:
            with memory.reading():
                return ask(memory)

        return await self._run(read)

    async def _run_shielded(self, call: Callable[[], T]) -> T:
        """Run a call in the thread, even if the awaiting task is cancelled."""
        self._check_usable(NOT_RECORDED)
        return await asyncio.shield(_in_thread(self._thread, call))

    def _check_usable(self, why_not: str) -> None:
        """Refuse calls once the engine is closed, and those of a plugin's function that it is calling: its thread would wait for itself.

        Raises:
            StoreClosed: the engine is closed.
            StillDeciding: the call is refused, with the reason ``why_not``.
        """
        if self._close_future is not None:
            raise StoreClosed("this engine is closed; open another one")
        refuse_while_deciding(memory_of(self._engine), why_not)


def _in_thread(thread: Executor | None, call: Callable[[], T]) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(thread, call)


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
