"""A background thread that runs submitted calls one after the other, while the caller continues.

SQLite releases the GIL while it writes. ``SqliteWriter`` therefore writes in such a thread, and the engine packs the next
rows meanwhile.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import TypeAlias

Work: TypeAlias = Callable[[], object]

SHORT_INTERVAL = 1e-4
"""Python's switch interval, in seconds, while a background thread exists. With Python's default of five milliseconds, the time
that a database needs for a thousand rows, the background thread would mostly wait for the GIL."""


class _SwitchInterval:
    """The switch interval of this process, which is shorter while at least one background thread runs."""

    def __init__(self) -> None:
        self._lock, self._working, self._normal = Lock(), 0, sys.getswitchinterval()

    def shorten(self) -> None:
        """Count one more background thread; the first one shortens the interval."""
        with self._lock:
            if not self._working:
                self._normal = sys.getswitchinterval()
                sys.setswitchinterval(min(SHORT_INTERVAL, self._normal))
            self._working += 1

    def restore(self) -> None:
        """Count one background thread less, unless a fork has reset the count; the last one restores the interval."""
        with self._lock:
            self._working = max(0, self._working - 1)
            if not self._working:
                sys.setswitchinterval(self._normal)

    def reset_after_fork(self) -> None:
        """Restore the interval in the child of a fork, which has none of its parent's threads."""
        self._lock = Lock()
        if self._working:
            self._working = 0
            sys.setswitchinterval(self._normal)


_SWITCH_INTERVAL = _SwitchInterval()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_SWITCH_INTERVAL.reset_after_fork)


class BackgroundThread:
    """A thread that starts with the first submitted call, and stops on ``end`` or when this object is garbage-collected.

    After a call that raises, no further call runs.

    >>> done = []
    >>> background = BackgroundThread()
    >>> background.submit(lambda: done.append(1))
    >>> background.submit(lambda: 1 / 0)
    >>> background.submit(lambda: done.append(2))
    >>> background.wait()
    Traceback (most recent call last):
    ZeroDivisionError: division by zero
    >>> background.end()
    >>> done
    [1]
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._done = True
        self._raised: BaseException | None = None

    @property
    def busy(self) -> bool:
        """Whether the thread was started and not ended."""
        return self._thread is not None

    def submit(self, work: Work) -> None:
        """Queue a call; it runs after all earlier ones, unless one of them raises."""
        if self._thread is None:
            weakref.finalize(self, self._work.put, None)
            those = (self._work, weakref.ref(self))
            thread = Thread(target=_run, args=those, name="wiifm writes", daemon=True)
            thread.start()
            self._thread = thread
        self._done = False
        self._work.put(work)

    def fail(self, raised: BaseException) -> None:
        """Keep the exception of a call, for ``wait`` to raise."""
        self._raised = raised

    def wait(self) -> None:
        """Wait until every queued call has run.

        Raises:
            BaseException: the exception of the call that failed.
        """
        if not self._done:
            signal = _Marker()
            self._work.put(signal)
            signal.seen.wait()
            self._done = True
        if self._raised is not None:
            raise self._raised

    def end(self) -> None:
        """Drop the calls that haven't begun, and wait for the one that has. It may be called again after an interrupt."""
        if self._thread is not None:
            with suppress(Empty):
                while True:
                    self._work.get_nowait()
            self._work.put(None)
            _join(self._thread)
            self._thread = None
            self._done = True


def _run(pieces: SimpleQueue[Work | None], background: weakref.ref[BackgroundThread]) -> None:
    """Run one call after the other. Between calls nothing here refers to the ``BackgroundThread``, so that it can be collected."""
    raised = False
    _SWITCH_INTERVAL.shorten()
    try:
        while (work := pieces.get()) is not None:
            if isinstance(work, _Marker) or not raised:
                try:
                    work()
                except BaseException as error:
                    raised = True
                    if (owner := background()) is not None:
                        owner.fail(error)
                    del owner
            del work
    finally:
        _SWITCH_INTERVAL.restore()


class _Marker:
    """A queued call that reports that all calls before it have run."""

    def __init__(self) -> None:
        self.seen = Event()

    def __call__(self) -> None:
        self.seen.set()


def _join(thread: Thread) -> None:
    """Wait for a thread, even if interrupted: it uses the caller's connection.

    When the interpreter shuts down it stops daemon threads without ending them, so waiting would never return.
    """
    if sys.is_finalizing():
        return
    try:
        thread.join()
    except BaseException:
        thread.join()
        raise
