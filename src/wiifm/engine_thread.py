"""``EngineThread``: an engine, and the thread in which its calls run one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Self, TypeVar

from wiifm.deciding import NOT_CLOSED, NOT_READ, NOT_RECORDED, refuse_while_deciding
from wiifm.engine import Engine
from wiifm.engine_readings import memory_of
from wiifm.faults import Fault, InvalidInput, StoreClosed, literal
from wiifm.forks import register_after_fork
from wiifm.memory import Memory

T = TypeVar("T")


class EngineThread:
    """Runs the calls of an :class:`~wiifm.asynchronous.AsyncEngine`: all in one thread, and reports over a store in a second one."""

    def __init__(self, engine: Engine) -> None:
        if not isinstance(engine, Engine):
            raise InvalidInput([Fault("engine", literal(engine), "an Engine")])
        self._engine = engine
        self._start_threads()
        self._reader: Engine | None = None
        self._close_future: Future[None] | None = None
        register_after_fork(self, EngineThread._after_fork_in_child)

    def _start_threads(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wiifm")
        self._report_thread = ThreadPoolExecutor(1, thread_name_prefix="wiifm-report")

    def _after_fork_in_child(self) -> None:
        """Take new threads in the child of a fork, since those of the parent aren't there.

        Calls that the parent still waits for are done in the parent only. If it was closing the engine, the child's isn't closed. Once
        it is closed, the ``Engine`` says so in both. The future isn't asked: a thread of the parent may hold its lock.
        """
        self._close_future = None
        self._start_threads()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._engine!r})"

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

    def _separate_reader(self) -> Engine | None:
        """The engine for long readings, over the same store; None for an engine in memory."""
        from wiifm.archive.archive import Archive  # noqa: PLC0415 - imported only when needed

        memory = memory_of(self._engine)
        if self._reader is None and isinstance(memory, Archive):
            self._reader = Engine.over(memory.store, self._engine.book, clock=self._engine.clock)
        return self._reader

    async def _run(self, call: Callable[[], T]) -> T:
        """Run a call in the thread, unless the awaiting task is cancelled before it begins."""
        self._check_usable(NOT_READ)
        return await in_thread(self._thread, call)

    async def _run_shielded(self, call: Callable[[], T]) -> T:
        """Run a call in the thread, even if the awaiting task is cancelled."""
        self._check_usable(NOT_RECORDED)
        return await asyncio.shield(in_thread(self._thread, call))

    def _check_usable(self, why_not: str) -> None:
        """Refuse calls once the engine is closed, and those of a plugin's function that it is calling: its thread would wait for itself.

        Raises:
            StoreClosed: the engine is closed.
            StillDeciding: the call is refused, with the reason ``why_not``.
        """
        if self._close_future is not None:
            raise StoreClosed("this engine is closed; open another one")
        refuse_while_deciding(memory_of(self._engine), why_not)


async def read(engine: EngineThread, ask: Callable[[Memory], T]) -> T:
    """Ask what an engine remembers, all of it at one moment, for modules of wiifm that read it in other ways than by its methods."""
    memory = memory_of(engine._engine)

    def asked() -> T:
        with memory.reading():
            return ask(memory)

    return await engine._run(asked)


def in_thread(thread: Executor | None, call: Callable[[], T]) -> asyncio.Future[T]:
    """Run a call in a thread; its result can be awaited."""
    return asyncio.get_running_loop().run_in_executor(thread, call)
