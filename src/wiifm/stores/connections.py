"""A connection pool that is safe across forks.

Each connection serves one transaction at a time. Idle ones are closed before a fork. A connection that was in use during
a fork belongs to the parent: the child neither uses nor closes it.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, TypeVar

from attrs import define, field

from wiifm.faults import StoreClosed


class Connection(Protocol):
    """A database connection, of which the pool needs only ``close``."""

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Connection)


@define(eq=False)
class _Loan(Generic[C]):
    """A borrowed connection, from when it is taken or opened until it is given back, and the process that borrowed it."""

    connection: C | None = None
    process: int = field(factory=os.getpid)


_ALL: weakref.WeakSet[Connections[Any]] = weakref.WeakSet()
_INHERITED: list[object] = []
"""Connections that a child inherited from its parent. They are kept here, since even closing them would disturb the parent."""
_FORKING = threading.local()


class Connections(Generic[C]):
    """The connections to one database; a further one is opened when all are in use.

    Args:
        place: identifies the database.
        connect: opens a connection.
        roll_back: undoes what was not committed; a connection on which this fails is closed.
    """

    def __init__(
        self, place: str, connect: Callable[[], C], roll_back: Callable[[C], object]
    ) -> None:
        self._place = place
        self._connect = connect
        self._roll_back = roll_back
        self._open = True
        self._idle: list[C] = []
        self._lent_out: set[_Loan[C]] = set()
        self._open_at_fork = False
        self._reset()
        _ALL.add(self)
        weakref.finalize(self, _close_all, self._idle, self._process)

    def _reset(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()

    @contextmanager
    def borrowed(self, begin: Callable[[C], object]) -> Iterator[C]:
        """Borrow a connection for one transaction, which ``begin`` starts; what isn't committed when the block ends is rolled back.

        If the server closed an idle connection (``begin`` raises ConnectionError), a new one is opened.
        """
        loan = _Loan[C]()
        try:
            self._take(loan)
            yield self._started(loan, begin)
        finally:
            try:
                self._end(loan)
            finally:  # again, in case an interrupt came in the first call
                self._end(loan)

    def _take(self, loan: _Loan[C]) -> None:
        if self._process != os.getpid():  # a fork that bypassed Python's fork hooks
            self.after_fork_in_child()
        with self._lock:
            if not self._open:
                raise StoreClosed(f"{self._place}: this store is closed; open it again")
            self._lent_out.add(loan)
            if self._idle:  # without a call: Python handles interrupts after calls
                loan.connection = self._idle[-1]
                del self._idle[-1]

    def _started(self, loan: _Loan[C], begin: Callable[[C], object]) -> C:
        if loan.connection is not None:
            with suppress(ConnectionError):
                begin(loan.connection)
                return loan.connection
            self._give_back(loan, loan.connection)
        loan.connection = self._connect()
        begin(loan.connection)
        return loan.connection

    def _end(self, loan: _Loan[C]) -> None:
        """Take the connection back, unless that has been done."""
        if loan.connection is not None:
            self._give_back(loan, loan.connection)
        with self._lock:
            self._lent_out.discard(loan)

    def _give_back(self, loan: _Loan[C], connection: C) -> None:
        if loan.process != os.getpid():  # in the child of a fork during the transaction
            _INHERITED.append(connection)
            loan.connection = None
            return
        try:
            self._roll_back(connection)
        except BaseException as error:
            with suppress(Exception):
                connection.close()
            loan.connection = None
            if not isinstance(error, Exception):
                raise
            return
        with self._lock:
            if self._open:
                self._idle += [connection]
                loan.connection = None
                return
        connection.close()
        loan.connection = None

    def close(self) -> None:
        """Close the idle connections now, and borrowed ones when they are given back."""
        with self._lock:
            self._open = False
            _close_all(self._idle, self._process)

    def before_fork(self) -> None:
        """Close the idle connections, and lock the pool until the fork is over."""
        self._lock.acquire()
        _close_all(self._idle, self._process)

    def after_fork_in_parent(self) -> None:
        """Unlock the pool."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Start with an empty pool: open connections belong to the parent."""
        self._reset()
        self._open_at_fork = self._open_at_fork or bool(self._lent_out or self._idle)
        _INHERITED.extend(self._idle)
        self._idle.clear()
        self._lent_out.clear()

    def were_open_at_fork(self) -> bool:
        """Whether any connection to this database was open when this process was forked."""
        return any(each._open_at_fork for each in _ALL if each._place == self._place)


def _close_all(idle: list[Any], process: int) -> None:
    """Close idle connections, if this is the process that opened them."""
    while idle and process == os.getpid():
        idle.pop().close()


def _before_fork() -> None:
    _FORKING.held = list(_ALL)
    for connections in _FORKING.held:
        connections.before_fork()


def _in_parent() -> None:
    while _FORKING.held:
        _FORKING.held.pop().after_fork_in_parent()


def _in_child() -> None:
    while _FORKING.held:
        _FORKING.held.pop().after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
