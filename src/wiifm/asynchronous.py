"""An engine for an async framework: whatever it is asked for is done in a thread of its own, and the event loop goes on."""

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
from wiifm.dispatch import Clock, Told, the_clock
from wiifm.engine import Engine, memory_of
from wiifm.event_types import Act
from wiifm.events import NO_DATA, Event, Value
from wiifm.explanation import Explanation
from wiifm.faults import Fault, InvalidInput, StoreFault, literal
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

    It has one thread, which does one thing after the other; so an engine in memory can be shared, too. A culture report over
    a store is read in a second one: it may take long, and nobody else waits for it. What it was given
    to record is recorded, even where whoever awaits it is cancelled: as a whole, or, where the process dies,
    not at all.

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
        engine: from now on it belongs to that thread.

    Raises:
        InvalidInput: it is none.
    """

    def __init__(self, engine: Engine) -> None:
        if not isinstance(engine, Engine):
            raise InvalidInput([Fault("engine", literal(engine), "an Engine")])
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wiifm")
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="wiifm-aside")
        self._reader: Engine | None = None
        self._closing: Future[None] | None = None

    @property
    def book(self) -> RuleBook:
        """The rule book that decides."""
        return self._engine.book

    @classmethod
    async def open(
        cls, url: str, book: RuleBook | None = None, observers: Told = (), clock: Clock = the_clock
    ) -> Self:
        """An engine over a store, as :meth:`wiifm.Engine.open` has it.

        Raises:
            StoreFault: the store can't be opened.
        """
        opening = _in_a_thread(None, partial(Engine.open, url, book, observers, clock))
        try:
            return cls(await asyncio.shield(opening))
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unused)
            raise

    async def close(self) -> None:
        """Close the engine, once all that it was given is recorded."""
        if self._closing is None:
            self._closing = self._thread.submit(self._engine.close)
            self._thread.shutdown(wait=False)
            self._aside.shutdown(wait=False)  # who waits there is told that it is closed
        await asyncio.shield(asyncio.wrap_future(self._closing))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ---- what happened -----------------------------------------------------------------------------------

    async def record(self, event: Event) -> Receipt:
        """See :meth:`wiifm.Engine.record`."""
        return await self._to_the_end(partial(self._engine.record, event))

    async def record_many(self, events: Iterable[Event] | AsyncIterable[Event]) -> Tally:
        """See :meth:`wiifm.Engine.record_many`.

        Between two batches others have their turn. Whoever is cancelled sends all of it again.
        """
        return _together([each async for each in self._batches(events)])

    async def _batches(
        self, events: Iterable[Event] | AsyncIterable[Event]
    ) -> AsyncIterator[tuple[int, Tally]]:
        """How many events there were in each batch that was recorded, and what became of them."""
        if not isinstance(events, AsyncIterable):
            stream, size, wanted = iter(events), 0, 0
            while size == wanted:
                wanted = self._engine.at_once
                some = partial(_record_some, self._engine, stream, wanted)
                found = await self._to_the_end(some)
                size = found[0]
                yield found
            return
        batch: list[Event] = []
        async for event in events:
            batch.append(event)
            if len(batch) >= self._engine.at_once:
                yield len(batch), await self._to_the_end(partial(self._engine.record_many, batch))
                batch = []
        yield len(batch), await self._to_the_end(partial(self._engine.record_many, batch))

    async def retract(
        self, event: str, *, at: datetime | None = None, actor: str | None = None
    ) -> Receipt:
        """See :meth:`wiifm.Engine.retract`."""
        return await self._to_the_end(partial(self._engine.retract, event, at=at, actor=actor))

    async def advance(self, to: datetime, data: Mapping[str, Value] = NO_DATA) -> Receipt:
        """See :meth:`wiifm.Engine.advance`."""
        return await self._to_the_end(partial(self._engine.advance, to, data))

    async def close_campaign(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """See :meth:`wiifm.Engine.close_campaign`."""
        return await self._to_the_end(partial(self._engine.close_campaign, name, **terms))

    async def preview_closing(self, name: str, **terms: Unpack[Terms]) -> Closing:
        """See :meth:`wiifm.Engine.preview_closing`."""
        return await self._do(partial(self._engine.preview_closing, name, **terms))

    async def deliver(self) -> dict[str, int]:
        """See :meth:`wiifm.Engine.deliver`."""
        return await self._to_the_end(self._engine.deliver)

    # ---- what came of it ---------------------------------------------------------------------------------

    async def receipt(self, event: str) -> Receipt:
        """See :meth:`wiifm.Engine.receipt`."""
        return await self._do(partial(self._engine.receipt, event))

    async def pending(self) -> tuple[str, ...]:
        """See :meth:`wiifm.Engine.pending`."""
        return await self._do(self._engine.pending)

    async def member(self, name: str) -> Holder:
        """See :meth:`wiifm.Engine.member`."""
        return await self._do(partial(self._engine.member, name))

    async def standing(self, holder: str | Holder) -> Standing:
        """See :meth:`wiifm.Engine.standing`."""
        return await self._do(partial(self._engine.standing, holder))

    async def scores(self, rule: str, holder: str | Holder) -> dict[str, Amount]:
        """See :meth:`wiifm.Engine.scores`."""
        return await self._do(partial(self._engine.scores, rule, holder))

    async def standings(self) -> list[Standing]:
        """See :meth:`wiifm.Engine.standings`."""
        return await self._do(self._engine.standings)

    async def ledger(
        self, holder: str | Holder | None = None, purse: str | None = None, rule: str | None = None
    ) -> list[Entry]:
        """See :meth:`wiifm.Engine.ledger`."""
        return await self._do(lambda: list(self._engine.ledger(holder, purse, rule)))

    async def latest(
        self, member: str, purse: str | None, rule: str | None, before: int | None, most: int
    ) -> list[Entry]:
        """A member's last entries, the last one first: so many before a number, of all purses and rules or one.

        Raises:
            UnknownName: the book has no such purse, or neither it nor any entry such a rule.
        """
        return await self._read(
            lambda memory: latest_entries(memory, member, purse, rule, before, most)
        )

    async def entries_of(self, event: str) -> list[Entry]:
        """See :meth:`wiifm.Engine.entries_of`."""
        return await self._do(partial(self._engine.entries_of, event))

    async def happened(self, member: str, events: Collection[str]) -> list[Event]:
        """Some events that were recorded, by their ids, as a member may read them: with ``individuals = false`` no other is named in them."""
        names = Names(self.book, member)
        return await self._read(
            lambda memory: [names.event(each) for each in memory.log.with_ids(events)]
        )

    async def told(self, entries: Collection[Entry], s: Speech) -> dict[int, str]:
        """The sentences of some entries, by their numbers, in a language, as their holders may read them."""

        def read(memory: Memory) -> dict[int, str]:
            rows = {each.no: memory.accounts.rows[each.no - 1] for each in entries}
            names = {each.holder: Names.to(self.book, each.holder) for each in entries}
            return {
                each.no: names[each.holder].sentence(each, rows[each.no], s) for each in entries
            }

        return await self._read(read)

    async def is_listed(self, member: str) -> bool:
        """Whether leaderboards may show a member, by what they said last."""
        return await self._read(lambda memory: bool(memory.flow.relations.listed([member])))

    async def unit_of(self, member: str) -> str | None:
        """The unit that a member belongs to, by what they said last; None where they never did."""
        return await self._read(lambda memory: memory.flow.relations.current_unit(member))

    async def there(self, members: Collection[str]) -> list[str]:
        """Of some members those that are there: who haven't left, or joined again."""
        return await self._read(lambda memory: memory.flow.relations.there(members))

    async def stamp(self) -> Hashable:
        """What is another wherever something was recorded, by whomever, or a backup restored: what was read at the same one is still so."""
        return await self._do(memory_of(self._engine).stamp)

    async def stamp_of(self, member: str) -> Hashable:
        """What is another as soon as a member did something, or something is booked for them."""
        from wiifm.archive.stamp import own_stamp  # noqa: PLC0415 - only whoever asks pays for it

        return await self._do(partial(own_stamp, memory_of(self._engine), member))

    async def explain(self, entry: int | Entry) -> Explanation:
        """See :meth:`wiifm.Engine.explain`."""
        return await self._do(partial(self._engine.explain, entry))

    async def leaderboard(
        self,
        purse: str = "points",
        over: str = "ever",
        community: str | None = None,
        around: str | None = None,
        at: datetime | None = None,
        **among: Unpack[Among],
    ) -> list[Rank]:
        """See :meth:`wiifm.Engine.leaderboard`."""
        board = partial(self._engine.leaderboard, purse, over, community, around, at, **among)
        return await self._do(board)

    async def statement(
        self,
        member: str,
        since: datetime | None = None,
        until: datetime | None = None,
        minutes: Mapping[Act, float] | None = None,
    ) -> Statement:
        """See :meth:`wiifm.Engine.statement`."""
        return await self._do(partial(self._engine.statement, member, since, until, minutes))

    async def culture(
        self, since: datetime | None = None, until: datetime | None = None, **asking: Unpack[Asked]
    ) -> Culture:
        """See :meth:`wiifm.Engine.culture`."""
        reader = await self._do(self._apart)
        self._must_be_open()
        read = partial((reader or self._engine).culture, since, until, **asking)
        return await _in_a_thread(self._aside if reader else self._thread, read)

    def _apart(self) -> Engine | None:
        """The engine that reads what takes long, over the same store; None where it is all in memory."""
        from wiifm.archive.archive import Archive  # noqa: PLC0415 - only whoever asks pays for it

        memory = memory_of(self._engine)
        if self._reader is None and isinstance(memory, Archive):
            self._reader = Engine.over(memory.store, self.book, clock=self._engine.clock)
        return self._reader

    # ---- in the thread -----------------------------------------------------------------------------------

    async def _do(self, call: Callable[[], T]) -> T:
        """Have something done, unless whoever awaits it is cancelled before it begins."""
        self._must_be_open()
        return await _in_a_thread(self._thread, call)

    async def _read(self, ask: Callable[[Memory], T]) -> T:
        """Have something asked of what the engine remembers, all of it at one moment."""
        memory = memory_of(self._engine)

        def read() -> T:
            with memory.reading():
                return ask(memory)

        return await self._do(read)

    async def _to_the_end(self, call: Callable[[], T]) -> T:
        """Have something done, even where whoever awaits it is cancelled."""
        self._must_be_open()
        return await asyncio.shield(_in_a_thread(self._thread, call))

    def _must_be_open(self) -> None:
        if self._closing is not None:
            raise StoreFault("this engine is closed; open another one")


def _in_a_thread(thread: Executor | None, call: Callable[[], T]) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(thread, call)


def _close_unused(opening: asyncio.Future[Engine]) -> None:
    """Close what was opened for nobody."""
    if not opening.cancelled() and not opening.exception():
        opening.result().close()


def _record_some(engine: Engine, events: Iterator[Event], wanted: int) -> tuple[int, Tally]:
    """Record so many of the next events; answers how many there were."""
    batch = list(islice(events, wanted))
    return len(batch), engine.record_many(batch)


def _together(batches: list[tuple[int, Tally]]) -> Tally:
    """What became of the events of some batches, so many each."""
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
