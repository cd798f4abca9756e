"""Work that is done by a thread of its own, one piece after the other, while whoever asked for it goes on.

A database writes without Python: while it does, the engine packs what is to be written next.
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

OFTEN = 1e-4
"""After so many seconds a thread that computes lets another one go on, while any work is done behind. Python's five milliseconds
are as long as a database needs for a thousand rows: it would stand still most of the time, waiting to be given the next."""


class _Turns:
    """How often the threads of this process take turns: while anybody works behind, more often than usually."""

    def __init__(self) -> None:
        self._lock, self._working, self._usual = Lock(), 0, sys.getswitchinterval()

    def hasten(self) -> None:
        """One more works behind."""
        with self._lock:
            if not self._working:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(OFTEN, self._usual))
            self._working += 1

    def relax(self) -> None:
        """One less does, unless it stayed with the parent."""
        with self._lock:
            self._working = max(0, self._working - 1)
            if not self._working:
                sys.setswitchinterval(self._usual)

    def leave_behind(self) -> None:
        """After a fork, in the child: whoever worked behind stayed with the parent."""
        self._lock = Lock()
        if self._working:
            self._working = 0
            sys.setswitchinterval(self._usual)


_TURNS = _Turns()
if hasattr(os, "register_at_fork"):  # there is no fork elsewhere
    os.register_at_fork(after_in_child=_TURNS.leave_behind)


class BackgroundThread:
    """A thread that begins with the first piece of work, and ends when it is told to, or when nobody knows it any more.

    >>> done = []
    >>> behind = BackgroundThread()
    >>> behind.do(lambda: done.append(1))
    >>> behind.do(lambda: 1 / 0)
    >>> behind.do(lambda: done.append(2))
    >>> behind.wait()
    Traceback (most recent call last):
    ZeroDivisionError: division by zero
    >>> behind.end()
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
        """Whether there is such a thread."""
        return self._thread is not None

    def do(self, work: Work) -> None:
        """Have something done once all before it is; after a piece that raises, nothing more is."""
        if self._thread is None:
            weakref.finalize(self, self._work.put, None)
            those = (self._work, weakref.ref(self))
            thread = Thread(target=_go_on, args=those, name="wiifm writes", daemon=True)
            thread.start()
            self._thread = thread
        self._done = False
        self._work.put(work)

    def note(self, raised: BaseException) -> None:
        """Keep what a piece raised, to be told to whoever waits."""
        self._raised = raised

    def wait(self) -> None:
        """Wait until all of it is done.

        Raises:
            BaseException: what a piece raised.
        """
        if not self._done:
            signal = _Signal()
            self._work.put(signal)
            signal.seen.wait()
            self._done = True
        if self._raised is not None:
            raise self._raised

    def end(self) -> None:
        """Do nothing more than the piece that has begun, and wait for that; whoever was interrupted here may say so again."""
        if self._thread is not None:
            with suppress(Empty):
                while True:
                    self._work.get_nowait()
            self._work.put(None)
            _join(self._thread)
            self._thread = None
            self._done = True


def _go_on(pieces: SimpleQueue[Work | None], behind: weakref.ref[BackgroundThread]) -> None:
    """Do one piece after the other; between them, nothing here holds on to whoever asked for them."""
    raised = False
    _TURNS.hasten()
    try:
        while (work := pieces.get()) is not None:
            if isinstance(work, _Signal) or not raised:
                try:
                    work()
                except BaseException as error:
                    raised = True
                    if (whose := behind()) is not None:
                        whose.note(error)
                    del whose
            del work
    finally:
        _TURNS.relax()


class _Signal:
    """That everything before it is done."""

    def __init__(self) -> None:
        self.seen = Event()

    def __call__(self) -> None:
        self.seen.set()


def _join(thread: Thread) -> None:
    """Wait for a thread; whoever is interrupted meanwhile waits all the same, since it uses their connection.

    Python stops such threads where they are when it ends: whoever waited for one then would wait for ever.
    """
    if sys.is_finalizing():
        return
    try:
        thread.join()
    except BaseException:
        thread.join()
        raise
