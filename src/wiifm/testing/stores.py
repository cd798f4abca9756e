"""The contract for stores: tests that a plugin's store inherits. This module adds durability and processes to those of rows and transactions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Barrier
from typing import Any

import pytest

from wiifm.faults import StoreBusy
from wiifm.stores.protocol import Store
from wiifm.testing.examples import in_time
from wiifm.testing.store_samples import (
    APPLE,
    EATEN,
    FRUIT,
    PEAR,
    PLUM,
    Opener,
    add,
    all_of,
    count_up,
    opened,
)
from wiifm.testing.store_transactions import TransactionsContract


class StoreContract(TransactionsContract):
    """What a store must do, as :class:`wiifm.stores.Store` defines it.

    Subclass it, and give it ``make_opener``; if the store is in memory only, set ``lasting = False``.

    >>> from functools import partial
    >>> from wiifm.stores.memory import MemoryStore
    >>> class TestMemoryStore(StoreContract):
    ...     lasting = False  # it can't be opened a second time
    ...     def make_opener(self, timeout):
    ...         return partial(MemoryStore, timeout=timeout)
    >>> TestMemoryStore().test_that_a_key_is_there_once()
    """

    def _lasting_opener(self, timeout: float = 30) -> Opener:
        if not self.lasting:
            pytest.skip("lasting is False: this store doesn't outlive its process")
        return self.make_opener(timeout)

    def test_that_what_was_committed_outlives_the_store(self) -> None:
        """Committed rows are found when the store is opened again, whether it was closed or not, and it can be written on."""
        opener = self._lasting_opener()
        first = opened(opener, [PLUM])
        second = opener()
        add(second, APPLE)
        assert all_of(first) == all_of(second) == [APPLE, PLUM]
        first.close()
        add(second, PEAR)
        second.close()
        third = opened(opener)
        assert all_of(third) == [APPLE, PEAR, PLUM]
        third.close()

    def test_that_several_prepare_it_at_once(self) -> None:
        """Several threads that prepare the tables at once succeed, and none sees half of the tables."""

        def begin(opener: Opener, barrier: Barrier, number: int) -> None:
            barrier.wait(60)
            opened(opener, [(f"fruit {number}", number, None, None, None)]).close()

        for _ in range(10):
            opener, barrier = self._lasting_opener(), Barrier(6)
            with ThreadPoolExecutor(6) as pool:
                for done in [pool.submit(begin, opener, barrier, number) for number in range(6)]:
                    done.result()
            store = opener()
            assert len(all_of(store)) == 6
            store.close()

    def test_that_processes_write_one_at_a_time(self) -> None:
        """Three processes that prepare the store at once and count to sixty lose no step."""
        opener = self._lasting_opener()
        with _others(_count_up, opener, 20) as _, _others(_count_up, opener, 20) as _:
            store = opened(opener)
            count_up(store, 20)
        assert all_of(store, EATEN) == [("counter", 0, "60")]
        store.close()

    def test_that_a_writer_waits_for_another_process_but_not_forever(self) -> None:
        """Its turn comes when the other has ended, or :class:`StoreBusy` after the timeout. Readers don't wait at all."""
        opener = self._lasting_opener(0.3)
        store = opened(opener, [PLUM])
        other = opener()
        with other.writing() as writing:
            writing.insert(FRUIT, [PEAR])
            with pytest.raises(StoreBusy, match=r"0\.3 s"):
                in_time(add, store, APPLE)
            assert in_time(all_of, store) == [PLUM]
        add(store, APPLE)
        assert all_of(store) == [APPLE, PEAR, PLUM]
        store.close()
        other.close()

    def test_that_a_process_that_is_killed_leaves_what_it_committed(self) -> None:
        """What it committed stays, and nothing of the transaction in which it was killed."""
        opener = self._lasting_opener()
        store = opened(opener)
        with _others(_write_and_wait, opener) as (process, pipe):
            assert pipe.recv() == "in the middle"
            assert all_of(store) == [PLUM]
            process.kill()
        add(store, PEAR)
        assert all_of(store) == [PEAR, PLUM]
        store.close()


@contextmanager
def _others(
    work: Callable[..., None], opener: Opener, *more: Any
) -> Iterator[tuple[BaseProcess, Connection]]:
    """Run a function in another process while the block runs; wait for its end at the end of the block."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(there, opener, *more))
    process.start()
    there.close()
    try:
        yield process, here
    finally:
        process.join(60)
        here.close()
        assert process.exitcode is not None, "the other process didn't end within 60 s"


def _count_up(pipe: Connection, opener: Callable[[], Store], times: int) -> None:
    store = opened(opener)
    count_up(store, times)
    store.close()


def _write_and_wait(pipe: Connection, opener: Callable[[], Store]) -> None:
    store = opener()
    add(store, PLUM)
    with store.writing() as writing:
        writing.insert(FRUIT, [APPLE])
        writing.put(FRUIT, [("plum", 0, None, None, None)])
        pipe.send("in the middle")
        time.sleep(60)
