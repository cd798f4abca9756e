"""Whose turn it is to write, among the threads of this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from wiifm.faults import StoreBusy, StoreFault


class Turns:
    """One writer at a time; the others wait, no longer than a time limit.

    >>> turns = Turns("acme.db")
    >>> with turns.taken(timeout=1), turns.taken(timeout=1):
    ...     pass
    Traceback (most recent call last):
    wiifm.faults.StoreFault: acme.db: this thread is writing already; end that transaction before you begin another
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._anew()

    def _anew(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def taken(self, timeout: float) -> Iterator[None]:
        """Wait for the turn, and have it until the block ends.

        Raises:
            StoreBusy: it didn't come in time.
            StoreFault: this thread has it already, and would wait for itself.
        """
        if self._process != os.getpid():  # the child of a fork: the writers stayed with the parent
            self._anew()
        lock, me = self._lock, threading.get_ident()
        if self._writer == me:
            raise StoreFault(
                f"{self._place}: this thread is writing already; end that transaction before you begin another"
            )
        had: list[bool] = []
        try:
            # One call takes and notes it: whoever is interrupted at its end has both, or neither.
            had.extend(map(lock.acquire, [True], [timeout]))
            if had == [False]:
                raise StoreBusy(
                    f"{self._place}: another thread of this process has been writing for {timeout:g} s; "
                    "try again, or allow more time (timeout=60 in its URL)"
                )
            self._writer = me
            yield
        finally:
            try:
                self._pass_on(lock, had)
            finally:  # once more for whoever was interrupted just there
                self._pass_on(lock, had)

    def _pass_on(self, lock: threading.Lock, had: list[bool]) -> None:
        """Let others write, if we had the turn and still do. Interrupts come behind calls, of which the only one is the last."""
        if True in had:
            self._writer, had[:] = None, []
            lock.release()
