"""The lock by which the threads of one process write to a store one at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from wiifm.faults import StoreBusy, StoreFault


class Turns:
    """A lock with a time limit, safe across forks and interrupts, that fails instead of deadlocking when its holder takes it again.

    >>> turns = Turns("acme.db")
    >>> with turns.taken(timeout=1), turns.taken(timeout=1):
    ...     pass
    Traceback (most recent call last):
    wiifm.faults.StoreFault: acme.db: this thread is writing already; end that transaction before you begin another
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def taken(self, timeout: float) -> Iterator[None]:
        """Wait for the lock, and hold it until the block ends.

        Raises:
            StoreBusy: the lock wasn't free in time.
            StoreFault: this thread holds the lock already, and would wait for itself.
        """
        if self._process != os.getpid():  # in the child of a fork, which has none of the threads
            self._reset()
        lock, me = self._lock, threading.get_ident()
        if self._writer == me:
            raise StoreFault(
                f"{self._place}: this thread is writing already; end that transaction before you begin another"
            )
        acquired: list[bool] = []
        try:
            # One call acquires the lock and notes that, so that an interrupt comes before both or after both.
            acquired.extend(map(lock.acquire, [True], [timeout]))
            if acquired == [False]:
                raise StoreBusy(
                    f"{self._place}: another thread of this process has been writing for {timeout:g} s; "
                    "try again, or allow more time (timeout=60 in its URL)"
                )
            self._writer = me
            yield
        finally:
            try:
                self._release(lock, acquired)
            finally:  # again, in case an interrupt came in the first call
                self._release(lock, acquired)

    def _release(self, lock: threading.Lock, acquired: list[bool]) -> None:
        """Release the lock if this block holds it. Python handles interrupts after calls, so the only call comes last."""
        if True in acquired:
            self._writer, acquired[:] = None, []
            lock.release()
