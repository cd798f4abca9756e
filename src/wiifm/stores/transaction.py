"""What the transactions of every store have in common: they end with their block, and a call that raises spoils them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from wiifm.faults import StoreFault


class Transaction:
    """A transaction that goes on until it is ended or spoilt.

    >>> transaction = Transaction("acme.db")
    >>> transaction.must_go_on()
    >>> transaction.end()
    >>> transaction.must_go_on()
    Traceback (most recent call last):
    wiifm.faults.StoreFault: acme.db: this transaction has ended; begin another
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._process = os.getpid()
        self._over: str | None = None

    def must_go_on(self) -> None:
        """Nothing more can be asked of a transaction that is over.

        Raises:
            StoreFault: it has ended, was spoilt, or belongs to the process that forked this one.
        """
        if self._over is not None:
            raise StoreFault(f"{self._place}: {self._over}")
        if self._process != os.getpid():
            raise StoreFault(
                f"{self._place}: this transaction belongs to the parent process; begin another"
            )

    def end(self) -> None:
        """From now on it answers nothing more."""
        self._over = self._over or "this transaction has ended; begin another"

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around a call that changes rows: if it raises, the transaction is spoilt, and can only be left."""
        self.must_go_on()
        try:
            yield
        except BaseException:
            self._over = (
                "a call of this transaction raised before, so nothing of it is kept; begin another"
            )
            raise
