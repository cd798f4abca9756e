"""Connections that rest between transactions: each serves one at a time, and none crosses a fork."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, TypeVar

from attrs import define, field

from wiifm.faults import StoreFault


class Connection(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Connection)


@define(eq=False)
class _Loan(Generic[C]):
    """A connection at work, from when there is one until it is given back."""

    connection: C | None = None
    process: int = field(factory=os.getpid)


_ALL: weakref.WeakSet[Connections[Any]] = weakref.WeakSet()
_INHERITED: list[object] = []
"""Connections that a child got from its parent. Even closing them would disturb the parent: they are left alone."""
_FORKING = threading.local()


class Connections(Generic[C]):
    """Connections to one place; another one is opened when all are at work.

    Args:
        place: what they lead to.
        connect: opens one.
        roll_back: undoes what was not committed; a connection that can't even do this is closed.
    """

    def __init__(
        self, place: str, connect: Callable[[], C], roll_back: Callable[[C], object]
    ) -> None:
        self._place = place
        self._connect = connect
        self._roll_back = roll_back
        self._open = True
        self._resting: list[C] = []
        self._at_work: set[_Loan[C]] = set()
        self._torn = False
        self._anew()
        _ALL.add(self)
        weakref.finalize(self, _close_all, self._resting, self._process)

    def _anew(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()

    @contextmanager
    def lent(self, begin: Callable[[C], object]) -> Iterator[C]:
        """A connection for one transaction, which is rolled back unless it was committed by the end of the block.

        Where the other side has closed a connection while it rested (``begin`` raises ConnectionError), a new
        one is opened.
        """
        loan = _Loan[C]()
        try:
            self._take(loan)
            yield self._begun(loan, begin)
        finally:
            try:
                self._end(loan)
            finally:  # once more for whoever was interrupted just there
                self._end(loan)

    def _take(self, loan: _Loan[C]) -> None:
        if self._process != os.getpid():  # a fork that Python wasn't told of
            self.leave_behind()
        with self._lock:
            if not self._open:
                raise StoreFault(f"{self._place}: this store is closed; open it again")
            self._at_work.add(loan)
            if self._resting:  # no call here, behind which an interrupt could come
                loan.connection = self._resting[-1]
                del self._resting[-1]

    def _begun(self, loan: _Loan[C], begin: Callable[[C], object]) -> C:
        if loan.connection is not None:
            with suppress(ConnectionError):
                begin(loan.connection)
                return loan.connection
            self._give_back(loan, loan.connection)
        loan.connection = self._connect()
        begin(loan.connection)
        return loan.connection

    def _end(self, loan: _Loan[C]) -> None:
        """Take a connection back, unless that is done."""
        if loan.connection is not None:
            self._give_back(loan, loan.connection)
        with self._lock:
            self._at_work.discard(loan)

    def _give_back(self, loan: _Loan[C], connection: C) -> None:
        if loan.process != os.getpid():  # the child of a fork within the transaction
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
                self._resting += [connection]
                loan.connection = None
                return
        connection.close()
        loan.connection = None

    def close(self) -> None:
        """Close all of them; those at work, when they come back."""
        with self._lock:
            self._open = False
            _close_all(self._resting, self._process)

    def hold(self) -> None:
        """Before a fork: close those that rest, and let none come or go until it is over."""
        self._lock.acquire()
        _close_all(self._resting, self._process)

    def go_on(self) -> None:
        """After a fork, in the parent."""
        self._lock.release()

    def leave_behind(self) -> None:
        """After a fork, in the child: what is open belongs to the parent."""
        self._anew()
        self._torn = self._torn or bool(self._at_work or self._resting)
        _INHERITED.extend(self._resting)
        self._resting.clear()
        self._at_work.clear()

    def torn(self) -> bool:
        """Whether connections to this place were open when this process was forked."""
        return any(each._torn for each in _ALL if each._place == self._place)


def _close_all(resting: list[Any], process: int) -> None:
    """Close the connections of a process; those of the parent of a fork are left alone."""
    while resting and process == os.getpid():
        resting.pop().close()


def _before_fork() -> None:
    _FORKING.held = list(_ALL)
    for connections in _FORKING.held:
        connections.hold()


def _in_parent() -> None:
    while _FORKING.held:
        _FORKING.held.pop().go_on()


def _in_child() -> None:
    while _FORKING.held:
        _FORKING.held.pop().leave_behind()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
