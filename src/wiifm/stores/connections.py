"""Connections that rest between transactions: each serves one at a time, and none crosses a fork."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, TypeVar

from wiifm.faults import StoreFault


class Connection(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Connection)

_ALL: weakref.WeakSet[Connections[Any]] = weakref.WeakSet()
_INHERITED: list[object] = []
"""Connections that a child got from its parent. Even closing them would disturb the parent: they are kept, and left alone."""


class Connections(Generic[C]):
    """Connections to one place; another one is opened when all are at work.

    Args:
        place: what they lead to, for messages.
        connect: opens one.
        reset: rolls back what was not committed; a connection that can't even do this is closed.
    """

    def __init__(self, place: str, connect: Callable[[], C], reset: Callable[[C], object]) -> None:
        self._place = place
        self._connect = connect
        self._reset = reset
        self._resting: list[C] | None = []
        self._anew()
        _ALL.add(self)

    def _anew(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[C]:
        """A connection for one transaction. Where it wasn't committed by the end of the block, it is rolled back."""
        connection, process = self._take(), os.getpid()
        try:
            yield connection
        finally:
            self._give_back(connection, process)

    def _take(self) -> C:
        if self._process != os.getpid():  # a fork that Python wasn't told of
            self.leave_behind()
        with self._lock:
            if self._resting is None:
                raise StoreFault(f"{self._place}: this store is closed; open it again")
            if self._resting:
                return self._resting.pop()
        return self._connect()

    def _give_back(self, connection: C, process: int) -> None:
        if process != os.getpid():  # forked within the transaction
            _INHERITED.append(connection)
            return
        try:
            self._reset(connection)
        except BaseException as error:
            with suppress(Exception):
                connection.close()
            if not isinstance(error, Exception):
                raise
            return
        with self._lock:
            if self._resting is not None:
                self._resting.append(connection)
                return
        connection.close()

    def rest(self) -> None:
        """Close what isn't at work."""
        with self._lock:
            resting, self._resting = self._resting, None if self._resting is None else []
        for connection in resting or ():
            connection.close()

    def leave_behind(self) -> None:
        """In the child of a fork: forget what belongs to the parent."""
        self._anew()
        if self._resting is not None:
            _INHERITED.extend(self._resting)
            self._resting = []

    def close(self) -> None:
        """Close all of them; those at work, when they come back."""
        with self._lock:
            resting, self._resting = self._resting, None
        for connection in resting or ():
            connection.close()


def _before_fork() -> None:
    for connections in list(_ALL):
        connections.rest()


def _after_fork_in_child() -> None:
    for connections in list(_ALL):
        connections.leave_behind()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
